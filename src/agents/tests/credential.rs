//! Keys and tokens: shown once, exchanged for minutes, and worth nothing the moment that something was taken back.

use super::*;
use crate::base::id::AgentKeyId;
use crate::base::jwt;
use crate::base::time::{DAY, SECOND};

const SCOPES: &[Scope] = &[Scope::CalendarRead, Scope::SessionsRead, Scope::SessionsWrite];

struct Holder {
    world: World,
    maya: Registered,
    key: AgentKeyId,
    secret: Secret,
}

impl Holder {
    fn new() -> Self {
        Self::in_a_house(|_| {})
    }

    fn in_a_house(change: impl Fn(&mut House)) -> Self {
        let world = World::with(change);
        let maya = world.maya(&world.ana);
        let id = maya.agent.id;
        let (key, secret) =
            world.write(&world.ana, move |cx, who| make_key(cx, who, id, "Laptop", SCOPES)).unwrap();
        Self { world, maya, key: key.id, secret }
    }

    fn exchange(&self, wanted: Option<&'static [Scope]>) -> Result<Issued> {
        let secret = self.secret.clone();
        self.world.write(&self.world.ana, move |cx, _| exchange(cx, &secret, wanted))
    }

    fn token(&self) -> String {
        self.exchange(None).unwrap().token.expose().to_owned()
    }

    /// What a token is good for now; `None`: nothing.
    fn proven(&self, token: &str) -> Option<Vec<Scope>> {
        self.world.town.read(|cx| match opened(cx, token)? {
            Some(claims) => Ok(proven(cx, &claims)?.map(|caller| {
                assert_eq!(caller.who, acting(&self.maya).who);
                caller.scopes
            })),
            None => Ok(None),
        })
    }
}

#[test]
fn a_key_is_exchanged_for_a_token_that_is_good_for_minutes_and_for_no_more_than_the_key() {
    let holder = Holder::new();
    let issued = holder.exchange(None).unwrap();
    assert_eq!((issued.expires_in, issued.scopes.as_slice()), (900, SCOPES));
    let token = issued.token.expose();
    assert_eq!(holder.proven(token).as_deref(), Some(SCOPES));
    let fewer = holder.exchange(Some(&[Scope::SessionsRead])).unwrap();
    assert_eq!(holder.proven(fewer.token.expose()).as_deref(), Some([Scope::SessionsRead].as_slice()));
    assert_eq!(code(holder.exchange(Some(&[Scope::MeetingsRead]))), "invalid");
    holder.world.town.clock.advance(899 * SECOND);
    assert!(holder.proven(token).is_some());
    holder.world.town.clock.advance(SECOND);
    assert_eq!(holder.proven(token), None);
}

#[test]
fn a_key_that_is_taken_back_takes_its_tokens_with_it_at_once() {
    let holder = Holder::new();
    let token = holder.token();
    let (id, key) = (holder.maya.agent.id, holder.key);
    let world = &holder.world;
    assert_eq!(code(world.write(&world.ben, move |cx, who| revoke_key(cx, who, id, key))), "not-found");
    world.write(&world.admin, move |cx, who| revoke_key(cx, who, id, key)).unwrap();
    assert_eq!(holder.proven(&token), None);
    assert_eq!(code(holder.exchange(None)), "unauthenticated");
}

#[test]
fn a_token_is_worth_nothing_once_its_agent_is_retired_or_its_owner_shut_out() {
    let holder = Holder::new();
    let (token, id, user) = (holder.token(), holder.maya.agent.id, id_of(&holder.world.ana));
    let world = &holder.world;
    world.write(&world.admin, move |cx, who| accounts::disable(cx, who, user)).unwrap();
    assert_eq!((holder.proven(&token), code(holder.exchange(None))), (None, "unauthenticated"));
    world.write(&world.admin, move |cx, who| accounts::enable(cx, who, user)).unwrap();
    assert!(holder.proven(&token).is_some());
    world.write(&world.ana, move |cx, who| deactivate(cx, who, id)).unwrap();
    assert_eq!((holder.proven(&token), code(holder.exchange(None))), (None, "unauthenticated"));
}

#[test]
fn a_capability_that_is_withdrawn_counts_at_the_next_use_of_every_token() {
    let holder = Holder::new();
    let (token, id) = (holder.token(), holder.maya.agent.id);
    let capabilities = Capabilities { schedule: false, ..Capabilities::default() };
    let change =
        RegistrationChange { capabilities: Some(capabilities.into()), ..RegistrationChange::default() };
    holder.world.write(&holder.world.ana, move |cx, who| reregister(cx, who, id, &change)).unwrap();
    assert_eq!(holder.proven(&token).as_deref(), Some([Scope::CalendarRead].as_slice()));
}

#[test]
fn a_key_is_exchanged_so_often_and_no_more() {
    let holder = Holder::new();
    for _ in 0..60 {
        assert_eq!(holder.exchange(Some(&[Scope::SessionsRead; 2])).unwrap().scopes, [Scope::SessionsRead]);
    }
    assert_eq!(code(holder.exchange(None)), "throttled");
}

#[test]
fn whoever_renews_tokens_early_that_last_for_a_minute_is_never_kept_out() {
    let holder = Holder::in_a_house(|house| house.agent_token_ms = 60 * SECOND);
    for _ in 0..180 {
        assert_eq!(holder.exchange(None).unwrap().expires_in, 60);
        holder.world.town.clock.advance(40 * SECOND);
    }
}

#[test]
fn a_key_can_be_taken_back_where_agents_were_switched_off() {
    let holder = Holder::new();
    let (id, key) = (holder.maya.agent.id, holder.key);
    let off = holder.world.town.reopened(journal::seal, |house| house.agents_enabled = false);
    let ana = holder.world.ana.clone();
    off.write(move |cx| revoke_key(cx, &ana, id, key)).unwrap();
    assert!(off.read(|cx| keys(cx, &holder.world.ana, id))[0].revoked_at.is_some());
}

#[test]
fn no_program_has_what_makes_programs_or_rules_the_house() {
    let holder = Holder::new();
    let id = holder.maya.agent.id;
    let world = &holder.world;
    for scope in [Scope::Admin, Scope::AgentsWrite, Scope::ProfileWrite, Scope::CalendarWrite] {
        let made = world.write(&world.ana, move |cx, who| make_key(cx, who, id, "More", &[scope]));
        assert_eq!(code(made), "invalid", "{}", scope.as_str());
    }
    assert_eq!(code(world.write(&world.ana, move |cx, who| make_key(cx, who, id, "None", &[]))), "invalid");
}

#[test]
fn another_houses_token_a_forged_one_and_a_tampered_one_are_none() {
    let holder = Holder::new();
    let token = holder.token();
    let other = Holder::new();
    // Another house with the same name and the same ids: only the key is another.
    let theirs =
        jwt::sign(&[9; 32], "sgk_01890a5d-ac96-774b-bcce-b302099a8057", "at+jwt", &serde_json::json!({}));
    let (head, tail) = token.rsplit_once('.').unwrap();
    let tampered = format!("{head}.{}", tail.chars().rev().collect::<String>());
    for bad in [theirs.unwrap(), tampered, head.to_owned(), String::new(), "..".to_owned()] {
        assert_eq!(holder.proven(&bad), None);
    }
    assert!(other.proven(&other.token()).is_some());
}

#[test]
fn the_house_signs_with_a_new_key_after_a_while_and_publishes_the_old_one_while_its_tokens_live() {
    let holder = Holder::new();
    let kids = || {
        let keys = holder.world.town.read(|cx| public_keys(cx));
        keys.into_iter().map(|key| key.kid).collect::<Vec<_>>()
    };
    let renew = || holder.world.write(&holder.world.admin, |cx, _| renew_signing_keys(cx)).unwrap();
    assert_eq!(kids(), [""; 0]);
    let before = holder.token();
    let first = kids();
    renew();
    assert_eq!(kids(), first);
    holder.world.town.clock.advance(30 * DAY - 60 * SECOND);
    let late = holder.token();
    holder.world.town.clock.advance(60 * SECOND);
    renew();
    assert_eq!((kids().len(), &kids()[1]), (2, &first[0]));
    assert!(holder.proven(&late).is_some() && holder.proven(&before).is_none());
    assert!(holder.proven(&holder.token()).is_some());
    holder.world.town.clock.advance(961 * SECOND);
    renew();
    assert_eq!(kids().len(), 1);
}

#[test]
fn the_journal_says_what_a_program_and_its_keys_were_allowed_and_no_secret() {
    let holder = Holder::new();
    let id = holder.maya.agent.id;
    let last = |kind: &'static str| {
        let entry = holder.world.town.read(|cx| journal::newest(cx, kind, 1)).remove(0);
        assert_eq!(entry.subject, Some(id.to_string()));
        entry.data.unwrap()
    };
    assert_eq!(last("agent.registered")["capabilities"]["reserve"], false);
    let capabilities = Capabilities { reserve: true, ..Capabilities::default() };
    let change =
        RegistrationChange { capabilities: Some(capabilities.into()), ..RegistrationChange::default() };
    holder.world.write(&holder.world.ana, move |cx, who| reregister(cx, who, id, &change)).unwrap();
    assert_eq!(last("agent.changed")["capabilities"]["reserve"], true);
    let scopes = ["calendar.read", "sessions.read", "sessions.write"];
    assert_eq!(last("agent.key-made"), serde_json::json!({ "scopes": scopes }));
}

#[test]
fn fifty_keys_are_made_a_day_and_those_taken_back_are_gone_after_ninety_days() {
    let holder = Holder::new();
    let (world, id) = (&holder.world, holder.maya.agent.id);
    let make = || world.write(&world.ana, move |cx, who| make_key(cx, who, id, "Again", SCOPES));
    for _ in 1..50 {
        let key = make().unwrap().0.id;
        world.write(&world.ana, move |cx, who| revoke_key(cx, who, id, key)).unwrap();
    }
    assert_eq!(code(make()), "throttled");
    let kept = || world.town.read(|cx| keys(cx, &world.ana, id)).len();
    let swept = || world.write(&world.ana, |cx, _| delete_ended(cx)).unwrap();
    world.town.clock.advance(90 * DAY);
    assert_eq!((swept(), kept()), (0, 50));
    world.town.clock.advance(SECOND);
    assert_eq!((swept(), kept()), (49, 1));
    assert!(holder.exchange(None).is_ok(), "what is good stays good");
}
