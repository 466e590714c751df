//! Tests of accounts.

mod profile;

use super::*;
use crate::base::actor::{Road, Who};
use crate::base::id::Id;
use crate::base::id::LinkId;
use crate::base::secret::Secret;
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::links::Purpose;
use crate::post::letter::Says;
use crate::post::tests::{NOW, Town, address};

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

fn anyone() -> Actor {
    Actor::new(Who::Anyone, Road::Page, "t")
}

fn acting(user: &User) -> Actor {
    Actor::new(Who::User { id: user.id, admin: user.role == Role::Admin }, Road::Page, "t")
}

fn new(email: &str, role: Role) -> NewUser {
    NewUser { address: address(email), name: "Ana Silva".to_owned(), zone: None, role }
}

fn add_one(town: &Town, email: &str, role: Role) -> User {
    let new = new(email, role);
    town.write(move |cx| add(cx, &operator(), &new)).unwrap()
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
    refused.unwrap_err().code()
}

/// The secrets of the sign-in letters to `email`, oldest first.
fn mailed_links(town: &Town, email: &str) -> Vec<String> {
    town.letters()
        .into_iter()
        .filter(|kept| kept.letter.reader.address.eq_ignore_ascii_case(email))
        .filter_map(|kept| match kept.letter.says {
            Says::SignIn { link, .. } => Some(town.secret(Purpose::SignIn, link)),
            _ => None,
        })
        .collect()
}

fn ask(town: &Town, email: &str) {
    let email = address(email);
    town.write(move |cx| request_sign_in(cx, &anyone(), &email)).unwrap();
}

fn use_link(town: &Town, secret: &str) -> Result<SignedIn> {
    let secret = secret.to_owned();
    town.write(move |cx| sign_in(cx, &anyone(), &secret, "Firefox"))
}

fn signed_in(town: &Town, email: &str) -> SignedIn {
    ask(town, email);
    use_link(town, mailed_links(town, email).last().unwrap()).unwrap()
}

fn who_is(town: &Town, secret: &Secret) -> Option<Viewer> {
    town.read(|cx| viewer(cx, secret))
}

#[test]
fn only_an_administrator_makes_accounts_and_one_per_address() {
    let town = Town::new();
    let ben = add_one(&town, "ben@example.org", Role::Member);
    let more = new("cy@example.org", Role::Member);
    assert_eq!(code(town.write(move |cx| add(cx, &acting(&ben), &more))), "denied");
    let twice = new("BEN@example.org", Role::Member);
    assert_eq!(code(town.write(move |cx| add(cx, &operator(), &twice))), "user.exists");
    let own = new("scheduling+x@entente.test", Role::Member);
    assert_eq!(code(town.write(move |cx| add(cx, &operator(), &own))), "invalid");
}

#[test]
fn an_address_is_no_name() {
    let town = Town::new();
    let mut one = new("ana@example.org", Role::Member);
    one.name = "ana@example.org".to_owned();
    assert_eq!(town.write(move |cx| add(cx, &operator(), &one)).unwrap().given_name(), None);
}

#[test]
fn a_mailed_link_signs_in_once() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Member);
    ask(&town, "Ana@Example.org");
    let secret = mailed_links(&town, "ana@example.org").remove(0);
    assert_eq!(town.read(|cx| peek(cx, &secret)).id, ana.id);
    let signed_in = use_link(&town, &secret).unwrap();
    assert_eq!(who_is(&town, &signed_in.secret).unwrap().user.id, ana.id);
    assert_eq!(code(use_link(&town, &secret)), "link.used");
    assert!(!town.whole_text().contains(signed_in.secret.expose()));
    town.assert_journal_verifies();
}

#[test]
fn a_sign_in_link_ends_after_half_an_hour_and_a_sign_in_after_thirty_days() {
    let town = Town::new();
    add_one(&town, "ana@example.org", Role::Member);
    ask(&town, "ana@example.org");
    town.clock.advance(30 * MINUTE);
    assert_eq!(code(use_link(&town, &mailed_links(&town, "ana@example.org")[0])), "link.expired");
    let browser = signed_in(&town, "ana@example.org").secret;
    town.clock.advance(30 * DAY - 1);
    assert!(who_is(&town, &browser).is_some());
    town.clock.advance(1);
    assert!(who_is(&town, &browser).is_none());
    town.clock.advance(1);
    assert_eq!(town.write(|cx| delete_ended(cx)).unwrap(), 1);
}

#[test]
fn asking_to_sign_in_is_answered_the_same_for_unknown_and_shut_out_addresses() {
    let town = Town::new();
    add_one(&town, "root@example.org", Role::Admin);
    let ben = add_one(&town, "ben@example.org", Role::Member);
    town.write(move |cx| disable(cx, &operator(), ben.id)).unwrap();
    ask(&town, "nobody@example.org");
    ask(&town, "ben@example.org");
    assert!(town.letters().is_empty());
}

#[test]
fn one_address_gets_five_links_an_hour_and_hears_nothing_of_the_limit() {
    let town = Town::new();
    add_one(&town, "ana@example.org", Role::Member);
    for _ in 0..8 {
        ask(&town, "ana@example.org");
    }
    assert_eq!(mailed_links(&town, "ana@example.org").len(), 5);
    town.clock.advance(HOUR);
    ask(&town, "ana@example.org");
    assert_eq!(mailed_links(&town, "ana@example.org").len(), 6);
}

#[test]
fn shutting_an_account_out_ends_its_sign_ins_tokens_and_links_for_good() {
    let town = Town::new();
    add_one(&town, "root@example.org", Role::Admin);
    let ana = add_one(&town, "ana@example.org", Role::Member);
    let browser = signed_in(&town, "ana@example.org").secret;
    ask(&town, "ana@example.org");
    let unused = mailed_links(&town, "ana@example.org").remove(1);
    let own = ana.clone();
    let (_, token) = town
        .write(move |cx| create_token(cx, &acting(&own), Some(own.id), "cron", &[Scope::MeetingsRead]))
        .unwrap();
    assert!(town.read(|cx| bearer(cx, &token)).is_some());
    let id = ana.id;
    for _ in 0..2 {
        assert!(town.write(move |cx| disable(cx, &operator(), id)).unwrap().disabled_at.is_some());
    }
    assert!(who_is(&town, &browser).is_none());
    assert!(town.read(|cx| bearer(cx, &token)).is_none());
    assert!(use_link(&town, &unused).is_err());
    assert_eq!(code(town.write(move |cx| sign_in_link(cx, &operator(), id))), "user.disabled");
    assert_eq!(town.write(move |cx| enable(cx, &operator(), id)).unwrap().disabled_at, None);
    assert!(who_is(&town, &browser).is_none());
    assert!(town.read(|cx| bearer(cx, &token)).is_none());
    assert!(use_link(&town, &unused).is_err());
    signed_in(&town, "ana@example.org");
}

#[test]
fn the_last_administrator_is_neither_shut_out_nor_erased() {
    let town = Town::new();
    let root = add_one(&town, "root@example.org", Role::Admin);
    let id = root.id;
    assert_eq!(code(town.write(move |cx| disable(cx, &operator(), id))), "user.last-admin");
    let email = root.address.clone();
    let erase_root = move |cx: &mut Cx<'_>| erase(cx, &anyone(), &email);
    assert_eq!(code(town.write(erase_root.clone())), "user.last-admin");
    let second = add_one(&town, "second@example.org", Role::Admin);
    assert!(town.write(erase_root).unwrap());
    let id = second.id;
    assert_eq!(code(town.write(move |cx| disable(cx, &operator(), id))), "user.last-admin");
}

#[test]
fn an_erased_account_leaves_nothing_personal() {
    let town = Town::new();
    add_one(&town, "root@example.org", Role::Admin);
    let ana = add_one(&town, "ana@example.org", Role::Member);
    let browser = signed_in(&town, "ana@example.org").secret;
    town.write(move |cx| create_token(cx, &acting(&ana), Some(ana.id), "Ana's cron", &[Scope::MeetingsRead]))
        .unwrap();
    let document = town.read(|cx| export(cx, &address("ana@example.org")));
    assert_eq!(document["name"], "Ana Silva");
    assert_eq!(document["tokens"][0]["name"], "Ana's cron");
    assert!(town.write(|cx| erase(cx, &anyone(), &address("ana@example.org"))).unwrap());
    assert!(!town.write(|cx| erase(cx, &anyone(), &address("ana@example.org"))).unwrap());
    town.write(|cx| crate::post::letter::erase(cx, None, &address("ana@example.org"))).unwrap();
    assert!(who_is(&town, &browser).is_none());
    let all = town.whole_text();
    assert!(!all.contains("ana@example.org") && !all.contains("Ana's cron"), "{all}");
    assert!(town.read(|cx| export(cx, &address("ana@example.org"))).is_null());
    town.assert_journal_verifies();
}

fn first_link(town: &Town) -> Result<LinkId> {
    town.write(|cx| set_up_link(cx, &operator()))
}

fn become_first(town: &Town, secret: &str, email: &str) -> Result<SignedIn> {
    let (secret, email) = (secret.to_owned(), address(email));
    town.write(move |cx| set_up(cx, &anyone(), &secret, (&email, "Ana", Zone::UTC), "Firefox"))
}

#[test]
fn the_set_up_link_makes_the_first_administrator_and_only_in_an_empty_house() {
    let town = Town::new();
    let (first, second) = (first_link(&town).unwrap(), first_link(&town).unwrap());
    let [first, second] = [first, second].map(|id| town.secret(Purpose::SetUp, id));
    let signed_in = become_first(&town, &first, "ana@example.org").unwrap();
    assert_eq!(signed_in.user.role, Role::Admin);
    assert!(who_is(&town, &signed_in.secret).is_some());
    assert_eq!(code(become_first(&town, &second, "eve@example.org")), "house.set-up");
    assert_eq!(code(become_first(&town, &first, "eve@example.org")), "house.set-up");
    assert_eq!(code(first_link(&town)), "house.set-up");
    let late = Town::new();
    let secret = late.secret(Purpose::SetUp, first_link(&late).unwrap());
    late.clock.advance(DAY);
    assert_eq!(code(become_first(&late, &secret, "ana@example.org")), "house.set-up");
    assert!(late.read(|cx| is_empty(cx)));
}

#[test]
fn a_set_up_that_is_refused_leaves_its_link_alive() {
    let town = Town::new();
    let secret = town.secret(Purpose::SetUp, first_link(&town).unwrap());
    assert_eq!(code(become_first(&town, &secret, "scheduling@entente.test")), "invalid");
    become_first(&town, &secret, "ana@example.org").unwrap();
}

#[test]
fn browsers_are_listed_and_ended_by_their_own_user() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Member);
    let ben = add_one(&town, "ben@example.org", Role::Member);
    let browser = signed_in(&town, "ana@example.org").secret;
    let id = town.read(|cx| sign_ins(cx, &acting(&ana)))[0].id;
    town.clock.advance(HOUR);
    town.write(move |cx| touch(cx, id)).unwrap();
    assert_eq!(town.read(|cx| sign_ins(cx, &acting(&ana)))[0].seen_at, NOW.plus(HOUR));
    assert_eq!(code(town.write(move |cx| end_sign_in(cx, &acting(&ben), id))), "not-found");
    assert!(who_is(&town, &browser).is_some());
    town.write(move |cx| end_sign_in(cx, &acting(&ana), id)).unwrap();
    assert!(who_is(&town, &browser).is_none());
}

/// Makes a token and says who calls with it.
fn token_of(town: &Town, who: &Actor, user: Option<UserId>, scopes: &[Scope]) -> Result<Caller> {
    let (who, scopes) = (who.clone(), scopes.to_vec());
    let (_, secret) = town.write(move |cx| create_token(cx, &who, user, "cron", &scopes))?;
    assert!(secret.expose().starts_with("ent_"));
    assert!(!town.whole_text().contains(secret.expose()));
    Ok(town.read(|cx| bearer(cx, &secret)).expect("it is valid"))
}

#[test]
fn a_token_may_do_what_its_scopes_say_and_no_more_than_its_user() {
    let town = Town::new();
    let root = add_one(&town, "root@example.org", Role::Admin);
    let ben = add_one(&town, "ben@example.org", Role::Member);
    let own = token_of(&town, &acting(&ben), Some(ben.id), &[Scope::MeetingsWrite]).unwrap();
    assert!(own.may(Scope::MeetingsWrite) && !own.may(Scope::MeetingsRead) && !own.may(Scope::Admin));
    assert_eq!(own.who, Who::User { id: ben.id, admin: false });
    let narrow = token_of(&town, &acting(&root), Some(root.id), &[Scope::MeetingsRead]).unwrap();
    assert_eq!(narrow.who, Who::User { id: root.id, admin: false });
    let wide = token_of(&town, &acting(&root), Some(root.id), &[Scope::Admin]).unwrap();
    assert!(wide.may(Scope::HooksWrite));
    assert_eq!(wide.who, Who::User { id: root.id, admin: true });
    // Made for a member by an administrator: it says admin, and its user is none.
    let lent = token_of(&town, &acting(&root), Some(ben.id), &[Scope::Admin]).unwrap();
    assert_eq!(lent.who, Who::User { id: ben.id, admin: false });
    assert_eq!(token_of(&town, &operator(), None, &[Scope::Admin]).unwrap().who, Who::Operator);
    assert_eq!(token_of(&town, &operator(), None, &[Scope::HooksWrite]).unwrap().who, Who::Anyone);
}

#[test]
fn nobody_makes_a_token_for_another_or_beyond_what_they_may_do() {
    let town = Town::new();
    let root = add_one(&town, "root@example.org", Role::Admin);
    let ben = add_one(&town, "ben@example.org", Role::Member);
    let (read, who) = ([Scope::MeetingsRead], acting(&ben));
    for scope in [Scope::Admin, Scope::InboundWrite, Scope::HooksWrite] {
        assert_eq!(code(token_of(&town, &who, Some(ben.id), &[scope])), "denied", "{scope:?}");
    }
    assert_eq!(code(token_of(&town, &who, Some(root.id), &read)), "denied");
    assert_eq!(code(token_of(&town, &who, None, &read)), "denied");
    assert_eq!(code(token_of(&town, &acting(&root), None, &read)), "denied");
    assert_eq!(code(token_of(&town, &anyone(), None, &read)), "denied");
    assert_eq!(code(token_of(&town, &who, Some(ben.id), &[])), "invalid");
    let nobody = UserId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(code(token_of(&town, &operator(), Some(nobody), &read)), "not-found");
}

#[test]
fn a_token_is_taken_back_by_its_user_or_an_administrator() {
    let town = Town::new();
    let ben = add_one(&town, "ben@example.org", Role::Member);
    let cy = add_one(&town, "cy@example.org", Role::Member);
    let made_for = ben.clone();
    let (token, secret) = town
        .write(move |cx| {
            create_token(cx, &acting(&made_for), Some(made_for.id), "cron", &[Scope::MeetingsRead])
        })
        .unwrap();
    let id = token.id;
    assert!(town.read(|cx| tokens(cx, &acting(&cy))).is_empty());
    assert_eq!(code(town.write(move |cx| revoke_token(cx, &acting(&cy), id))), "not-found");
    assert!(town.read(|cx| bearer(cx, &secret)).is_some());
    for _ in 0..2 {
        let ben = ben.clone();
        town.write(move |cx| revoke_token(cx, &acting(&ben), id)).unwrap();
    }
    assert!(town.read(|cx| bearer(cx, &secret)).is_none());
    assert_eq!(town.read(|cx| tokens(cx, &operator())).len(), 1);
    assert!(town.read(|cx| bearer(cx, &Secret::new("ent_wrong"))).is_none());
}

#[test]
fn one_changes_one_s_own_profile_only() {
    let town = Town::new();
    let ana = add_one(&town, "ana@example.org", Role::Member);
    let zone = Zone::parse("Europe/Lisbon").unwrap();
    let change = ProfileChange { name: Some("  Ana\u{202e} S. ".to_owned()), zone: Some(zone), hours: None };
    let changed = town.write(move |cx| change_profile(cx, &acting(&ana), &change)).unwrap();
    assert_eq!((changed.user.name.as_str(), changed.user.zone), ("Ana S.", zone));
    assert_eq!(
        code(town.write(move |cx| change_profile(cx, &anyone(), &ProfileChange::default()))),
        "unauthenticated"
    );
    assert_eq!(code(town.store.read_blocking(|cx| list(cx, &anyone()))), "denied");
    assert_eq!(town.read(|cx| list(cx, &operator())).len(), 1);
    assert!(town.read(|cx| administrators(cx)).is_empty());
}
