//! Programs: registered, changed, retired, there or not, found or not.

use super::*;
use crate::base::id::{AgentId, SessionId};
use crate::base::time::{DAY, SECOND};

#[test]
fn a_program_is_registered_once_in_place_of_the_built_in_agent_and_is_offline_until_it_gives_a_sign_of_life()
{
    let world = World::new();
    let maya = world.maya(&world.ana);
    assert!(maya.handle.starts_with("maya-"), "{}", maya.handle);
    assert_eq!(maya.presence(&world.house(), world.now()), Presence::Offline);
    assert_eq!(code(world.register(&world.ana, program(Kind::Personal, "Max"))), "agent.plays");
    world.register(&world.ana, program(Kind::Service, "Translator")).unwrap();
    world.follow();
    assert_eq!(world.names(&world.ana), ["ana", "Maya", "Translator"]);
    assert_eq!(world.names(&world.ben), ["ben"]);
    assert_eq!(code(world.register(&world.ana, program(Kind::Builtin, "Own"))), "invalid");
    assert_eq!(code(world.register(&world.ana, program(Kind::Service, " "))), "invalid");
    let playing = world.town.read(|cx| plays_for(cx, id_of(&world.ana)));
    assert_eq!(playing.map(|one| one.agent.id), Some(maya.agent.id));
}

#[test]
fn presence_is_a_lease_that_signs_of_life_renew_and_never_what_was_last_claimed() {
    let world = World::new();
    let maya = world.maya(&world.ana);
    let beat = |claimed| {
        let (who, id) = (acting(&maya), maya.agent.id);
        world.write(&who, move |cx, who| beat(cx, who, id, claimed)).unwrap()
    };
    let presence = || {
        let one = world.town.read(|cx| registered(cx, &world.ana, maya.agent.id));
        one.presence(&world.house(), world.now()).as_str()
    };
    assert_eq!(presence(), "offline");
    beat(Claimed::Away);
    assert_eq!(presence(), "away");
    world.town.clock.advance(89 * SECOND);
    assert_eq!(presence(), "away");
    world.town.clock.advance(SECOND);
    assert_eq!(presence(), "offline", "three signs of life were missed");
    beat(Claimed::Online);
    assert_eq!(presence(), "online");
    // Coming back is told once, not every sign of life.
    beat(Claimed::Online);
    assert_eq!(world.town.read(|cx| journal::newest(cx, "agent.online", 10)).len(), 2);
}

#[test]
fn whoever_is_in_as_many_conversations_as_they_can_be_in_is_busy_and_takes_no_more() {
    let world = World::new();
    let mut new = program(Kind::Personal, "Maya");
    new.capabilities.conversations_max = 2;
    let maya = world.register(&world.ana, new).unwrap();
    let (user, id) = (id_of(&world.ana), maya.agent.id);
    world.write(&acting(&maya), move |cx, who| beat(cx, who, id, Claimed::Online)).unwrap();
    let session = |number| SessionId::from_uuid(uuid::Uuid::from_u128(number));
    let engage = |number| world.write(&world.ana, move |cx, _| engage(cx, user, session(number))).unwrap();
    assert_eq!([engage(1), engage(2), engage(3)], [Some(id), Some(id), None]);
    let presence = || {
        let one = world.town.read(|cx| registered(cx, &world.ana, id));
        one.presence(&world.house(), world.now()).as_str()
    };
    assert_eq!(presence(), "busy");
    world.write(&world.ana, move |cx, _| disengage(cx, session(1))).unwrap();
    assert_eq!((presence(), engage(4)), ("online", Some(id)));
    let most = world.house().agent_conversations_max;
    let mut greedy = program(Kind::Service, "Max");
    greedy.capabilities.conversations_max = most + 1;
    assert_eq!(code(world.register(&world.ana, greedy)), "invalid");
}

#[test]
fn a_program_changes_nothing_about_programs_and_knows_itself_alone() {
    let world = World::new();
    let maya = world.maya(&world.ana);
    let other = world.register(&world.ana, program(Kind::Service, "Translator")).unwrap();
    let (who, id, other) = (acting(&maya), maya.agent.id, other.agent.id);
    assert_eq!(world.names(&who), ["Maya"], "not what else its owner runs");
    assert_eq!(world.town.read(|cx| Ok(code(registered(cx, &who, other)))), "not-found");
    let renamed = RegistrationChange { name: Some("Me".to_owned()), ..RegistrationChange::default() };
    let refused = [
        code(world.write(&who, move |cx, who| reregister(cx, who, id, &renamed))),
        code(world.write(&who, |cx, who| register(cx, who, &program(Kind::Service, "More")))),
        code(world.write(&who, move |cx, who| make_key(cx, who, id, "Mine", &[Scope::SessionsRead]))),
        code(world.write(&who, move |cx, who| relate(cx, who, id, other, Relation::Trusted))),
        code(world.write(&who, move |cx, who| deactivate(cx, who, id))),
    ];
    assert_eq!(refused, ["denied"; 5]);
}

#[test]
fn somebody_elses_program_is_not_there_and_an_administrator_may_retire_it_and_change_nothing() {
    let world = World::new();
    let maya = world.maya(&world.ana);
    let id = maya.agent.id;
    let change = RegistrationChange { is_direct: Some(false), ..RegistrationChange::default() };
    let theirs = change.clone();
    assert_eq!(code(world.write(&world.ben, move |cx, who| reregister(cx, who, id, &theirs))), "not-found");
    assert_eq!(code(world.write(&world.ben, move |cx, who| deactivate(cx, who, id))), "not-found");
    assert_eq!(code(world.write(&world.admin, move |cx, who| reregister(cx, who, id, &change))), "not-found");
    let retired = world.write(&world.admin, move |cx, who| deactivate(cx, who, id)).unwrap();
    assert_eq!(retired.agent.state, State::Retired);
    assert_eq!(world.town.read(|cx| plays_for(cx, id_of(&world.ana))), None);
    // Then there is room for another.
    world.maya(&world.ana);
}

#[test]
fn what_is_not_given_in_a_change_stays_as_it_was() {
    let world = World::new();
    let strict = Preferences { privacy: Privacy::Strict, stand_in_minutes: None, ..Preferences::default() };
    let withdrawn = Capabilities { schedule: false, calendar: false, ..Capabilities::default() };
    let new =
        NewRegistration { preferences: strict, capabilities: withdrawn, ..program(Kind::Personal, "Maya") };
    let id = world.register(&world.ana, new).unwrap().agent.id;
    let change = RegistrationChange {
        preferences: Some(PreferencesChange {
            style: Some("short".to_owned()),
            ..PreferencesChange::default()
        }),
        capabilities: Some(CapabilitiesChange {
            conversations_max: Some(3),
            ..CapabilitiesChange::default()
        }),
        ..RegistrationChange::default()
    };
    let after = world.write(&world.ana, move |cx, who| reregister(cx, who, id, &change)).unwrap();
    let Preferences { style, privacy, stand_in_minutes } = after.preferences;
    assert_eq!((style.as_str(), privacy, stand_in_minutes), ("short", Privacy::Strict, None));
    assert_eq!(after.capabilities, Capabilities { conversations_max: 3, ..withdrawn });
}

#[test]
fn a_room_that_is_retired_takes_the_program_that_answers_for_it_along() {
    let world = World::new();
    let room = world.room().id;
    let desk = NewRegistration { resource: Some(room), ..program(Kind::Room, "Front desk") };
    let desk = world.register(&world.admin, desk).unwrap().agent.id;
    world.write(&world.admin, move |cx, who| retire(cx, who, room)).unwrap();
    let desk = world.town.read(|cx| registered(cx, &world.admin, desk));
    assert_eq!((desk.agent.state, desk.resource, desk.active_at), (State::Retired, None, None));
}

#[test]
fn twenty_are_registered_a_day_and_what_was_retired_is_gone_after_ninety_days() {
    let world = World::new();
    let mut retired = Vec::new();
    for _ in 0..20 {
        let id = world.register(&world.ana, program(Kind::Service, "Again")).unwrap().agent.id;
        world.write(&world.ana, move |cx, who| deactivate(cx, who, id)).unwrap();
        retired.push(id);
    }
    assert_eq!(code(world.register(&world.ana, program(Kind::Service, "Again"))), "throttled");
    world.town.clock.advance(DAY);
    let stays = world.register(&world.ana, program(Kind::Service, "Stays")).unwrap();
    let swept = || world.write(&world.ana, |cx, _| delete_ended(cx)).unwrap();
    world.town.clock.advance(89 * DAY);
    assert_eq!(swept(), 0);
    world.town.clock.advance(SECOND);
    assert_eq!(swept(), 20);
    assert_eq!(world.names(&world.ana), ["Stays"], "however long it was not there");
    let whole = world.town.whole_text();
    let rows = |id: &AgentId| whole.lines().filter(|line| line.contains(&id.to_string())).collect::<Vec<_>>();
    let left: Vec<_> = retired.iter().flat_map(rows).filter(|line| !line.starts_with("journal")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!rows(&stays.agent.id).is_empty());
}

#[test]
fn only_an_administrator_says_which_program_answers_for_a_room_and_one_does() {
    let world = World::new();
    let room = world.room().id;
    let desk = NewRegistration { resource: Some(room), ..program(Kind::Room, "Front desk") };
    assert_eq!(code(world.register(&world.ana, desk.clone())), "denied");
    let made = world.register(&world.admin, desk.clone()).unwrap();
    assert_eq!(made.resource, Some(room));
    assert_eq!(code(world.register(&world.admin, desk)), "agent.plays");
    assert_eq!(code(world.register(&world.admin, program(Kind::Room, "None"))), "invalid");
}

#[test]
fn where_programs_are_switched_off_none_is_registered_and_none_plays() {
    let world = World::with(|house| house.agents_enabled = false);
    assert_eq!(code(world.register(&world.ana, program(Kind::Personal, "Maya"))), "agent.off");
    assert_eq!(world.town.read(|cx| plays_for(cx, id_of(&world.ana))), None);
}

/// Whether Ben's side finds Ana's program by its handle.
fn is_found(world: &World, one: &Registered, by: &Actor) -> bool {
    match world.town.read(|cx| Ok(find(cx, by, &one.handle, None))) {
        Ok(face) => face.id == one.agent.id,
        Err(error) => {
            assert_eq!(error.code(), "not-found");
            false
        }
    }
}

#[test]
fn a_block_on_either_side_wins_over_trust_and_trust_over_a_strict_privacy() {
    let world = World::new();
    world.follow();
    let (maya, max) = (world.maya(&world.ana), world.maya(&world.ben));
    let max_acts = acting(&max);
    let open = |privacy| {
        let preferences = Preferences { privacy, ..Preferences::default() };
        let change =
            RegistrationChange { preferences: Some(preferences.into()), ..RegistrationChange::default() };
        let id = maya.agent.id;
        world.write(&world.ana, move |cx, who| reregister(cx, who, id, &change)).unwrap();
    };
    let relate = |who: &Actor, one: AgentId, other: AgentId, relation| {
        world.write(who, move |cx, who| relate(cx, who, one, other, relation)).unwrap();
    };
    let unrelate = |who: &Actor, one: AgentId, other: AgentId| {
        world.write(who, move |cx, who| unrelate(cx, who, one, other)).unwrap();
    };
    let (ours, theirs) = (maya.agent.id, max.agent.id);
    assert!(!is_found(&world, &maya, &max_acts), "they are not connected");
    open(Privacy::Open);
    assert!(is_found(&world, &maya, &max_acts));
    world.connect();
    open(Privacy::Moderate);
    assert!(is_found(&world, &maya, &max_acts));
    assert!(is_found(&world, &maya, &world.ben), "a person finds it as well, by their built-in agent");
    open(Privacy::Strict);
    assert!(!is_found(&world, &maya, &max_acts));
    relate(&world.ana, ours, theirs, Relation::Trusted);
    assert!(is_found(&world, &maya, &max_acts));
    // A block by the target, then one by whoever looks: each wins.
    for (who, one, other) in [(&world.ana, ours, theirs), (&world.ben, theirs, ours)] {
        open(Privacy::Open);
        relate(who, one, other, Relation::Blocked);
        assert!(!is_found(&world, &maya, &max_acts));
        unrelate(who, one, other);
        assert!(is_found(&world, &maya, &max_acts));
    }
}

#[test]
fn a_block_between_people_keeps_their_agents_apart_from_either_side_whatever_their_lists_say() {
    for blocks in [|world: &World| world.ana.clone(), |world: &World| world.ben.clone()] {
        let world = World::new();
        world.follow();
        let connection = world.connect();
        let (maya, max) = (world.maya(&world.ana), world.maya(&world.ben));
        let (max_acts, ours, theirs) = (acting(&max), maya.agent.id, max.agent.id);
        world.write(&world.ana, move |cx, who| relate(cx, who, ours, theirs, Relation::Trusted)).unwrap();
        assert!(is_found(&world, &maya, &max_acts));
        let who = blocks(&world);
        world.write(&who, move |cx, who| network::block(cx, who, connection)).unwrap();
        let statements = |handle: &str| {
            world.town.read(|cx| {
                let before = crate::store::statements::run_here();
                let is_found = find(cx, &max_acts, handle, None).is_ok();
                Ok((is_found, crate::store::statements::run_here() - before))
            })
        };
        let nobody = statements("nobody-abcde");
        assert_eq!((nobody.0, statements(&maya.handle)), (false, nobody));
        world.write(&who, move |cx, who| network::unblock(cx, who, connection)).unwrap();
        assert!(is_found(&world, &maya, &max_acts), "trust counts again, though the connection is over");
    }
}

#[test]
fn whoever_does_not_want_to_be_found_or_reached_is_not_there_by_as_many_statements_as_one_that_there_is_not()
{
    let world = World::new();
    world.follow();
    world.connect();
    let hidden = NewRegistration { is_discoverable: false, ..program(Kind::Service, "Hidden") };
    let hidden = world.register(&world.ana, hidden).unwrap().handle;
    let unreached = NewRegistration { is_direct: false, is_group: false, ..program(Kind::Service, "Shy") };
    let unreached = world.register(&world.ana, unreached).unwrap().handle;
    let strict = Preferences { privacy: Privacy::Strict, ..Preferences::default() };
    let strict = NewRegistration { preferences: strict, ..program(Kind::Service, "Strict") };
    let strict = world.register(&world.ana, strict).unwrap().handle;
    let found = world.maya(&world.ana).handle;
    let looked = |handle: &str| {
        world.town.read(|cx| {
            let before = crate::store::statements::run_here();
            let is_found = find(cx, &world.ben, handle, None).is_ok();
            Ok((is_found, crate::store::statements::run_here() - before))
        })
    };
    let (is_found, statements) = looked(&found);
    assert!(is_found);
    for handle in [hidden.as_str(), unreached.as_str(), strict.as_str(), "nobody-abcde"] {
        assert_eq!(looked(handle), (false, statements), "{handle}");
    }
}

#[test]
fn agents_are_discovered_by_what_their_people_share_and_by_role() {
    let world = World::new();
    world.follow();
    let connection = world.connect();
    world.maya(&world.ana);
    world
        .register(&world.ana, NewRegistration { is_discoverable: false, ..program(Kind::Service, "Hidden") })
        .unwrap();
    let sharing = || {
        let faces = world.town.read(|cx| sharing(cx, &world.ben, None));
        faces.into_iter().map(|face| face.name).collect::<Vec<_>>()
    };
    assert_eq!(sharing(), [""; 0], "Ana shares nothing yet");
    let grant =
        network::NewGrant { scopes: [network::Scope::ProfileRead].into(), ..network::NewGrant::default() };
    world.write(&world.ana, move |cx, who| network::set_grant(cx, who, connection, &grant)).unwrap();
    assert_eq!(sharing(), ["Maya"]);
    let ana = id_of(&world.ana);
    let role = world
        .write(&world.admin, move |cx, who| {
            let role = add_role(cx, who, "Front desk", "")?;
            set_members(cx, who, role.id, &[ana])
        })
        .unwrap();
    let faces = world.town.read(|cx| in_role(cx, &world.ben, role.id, None));
    assert_eq!(faces.into_iter().map(|face| face.name).collect::<Vec<_>>(), ["Maya"]);
}

#[test]
fn whoever_looks_for_agents_that_are_there_is_shown_no_others() {
    let world = World::new();
    world.follow();
    let connection = world.connect();
    let maya = world.maya(&world.ana);
    world.register(&world.ana, program(Kind::Service, "Translator")).unwrap();
    let grant =
        network::NewGrant { scopes: [network::Scope::ProfileRead].into(), ..network::NewGrant::default() };
    world.write(&world.ana, move |cx, who| network::set_grant(cx, who, connection, &grant)).unwrap();
    let ana = id_of(&world.ana);
    let role = world
        .write(&world.admin, move |cx, who| {
            let role = add_role(cx, who, "Front desk", "")?;
            set_members(cx, who, role.id, &[ana])
        })
        .unwrap();
    let (handle, id) = (maya.handle.clone(), maya.agent.id);
    let seen = |presence: &str| {
        let presence = Presence::parse(presence);
        let names = |faces: Vec<Face>| faces.into_iter().map(|face| face.name).collect::<Vec<_>>();
        let shared = names(world.town.read(|cx| sharing(cx, &world.ben, presence)));
        assert_eq!(names(world.town.read(|cx| in_role(cx, &world.ben, role.id, presence))), shared);
        let found = world.town.read(|cx| Ok(find(cx, &world.ben, &handle, presence).is_ok()));
        assert_eq!(found, shared.contains(&"Maya".to_owned()), "{presence:?}");
        shared
    };
    assert_eq!(seen("offline"), ["Maya", "Translator"]);
    assert_eq!(seen("online"), [""; 0]);
    world.write(&acting(&maya), move |cx, who| beat(cx, who, id, Claimed::Online)).unwrap();
    assert_eq!((seen("online"), seen("offline")), (vec!["Maya".to_owned()], vec!["Translator".to_owned()]));
    world.write(&acting(&maya), move |cx, who| beat(cx, who, id, Claimed::Busy)).unwrap();
    assert_eq!((seen("online"), seen("busy")), (Vec::new(), vec!["Maya".to_owned()]));
    assert_eq!(Presence::parse("asleep"), None);
}

#[test]
fn a_list_of_agents_costs_no_more_for_whoever_runs_many_and_is_of_those_that_play() {
    let world = World::new();
    world.follow();
    let max = world.maya(&world.ben);
    let ana = id_of(&world.ana);
    let names = ["Maya", "Translator", "Trusting", "Retired"];
    let programs =
        names.map(|name| world.register(&world.ana, program(Kind::Service, name)).unwrap().agent.id);
    let (trusting, retired, max) = (programs[2], programs[3], max.agent.id);
    let role = world
        .write(&world.admin, move |cx, who| {
            let role = add_role(cx, who, "Front desk", "")?;
            set_members(cx, who, role.id, &[ana])
        })
        .unwrap();
    world
        .write(&world.ana, move |cx, who| {
            relate(cx, who, trusting, max, Relation::Trusted)?;
            deactivate(cx, who, retired).map(drop)
        })
        .unwrap();
    let listed = || {
        world.town.read(|cx| {
            let before = crate::store::statements::run_here();
            let names: Vec<_> =
                in_role(cx, &world.ben, role.id, None)?.into_iter().map(|face| face.name).collect();
            Ok((names, crate::store::statements::run_here() - before))
        })
    };
    let before = listed();
    assert_eq!(before.0, ["Trusting"], "they are not connected, and one trusts another all the same");
    for _ in 0..5 {
        world.register(&world.ben, program(Kind::Service, "More")).unwrap();
    }
    assert_eq!(listed(), before);
    world.connect();
    assert_eq!(listed().0, ["Maya", "Translator", "Trusting"]);
}

#[test]
fn a_list_of_agents_has_an_end() {
    let world = World::new();
    world.follow();
    let role = world
        .write(&world.admin, |cx, admin| {
            let mut members = Vec::new();
            for number in 0..11 {
                let new = NewUser {
                    address: address(&format!("member-{number}@example.org")),
                    name: format!("Member {number}"),
                    zone: None,
                    role: UserRole::Member,
                };
                let id = accounts::add(cx, &operator(), &new)?.id;
                let who = Actor::new(Who::User { id, admin: false }, Road::Api, "t");
                let open = Preferences { privacy: Privacy::Open, ..Preferences::default() };
                let new = NewRegistration { preferences: open, ..program(Kind::Service, "One of many") };
                for _ in 0..REGISTERED_MAX {
                    register(cx, &who, &new)?;
                }
                members.push(id);
            }
            let role = add_role(cx, admin, "All", "")?;
            set_members(cx, admin, role.id, &members)
        })
        .unwrap();
    assert_eq!(world.town.read(|cx| in_role(cx, &world.ben, role.id, None)).len(), 200);
}

#[test]
fn with_the_account_its_programs_go_with_their_keys_and_out_of_the_lists_of_others() {
    let world = World::new();
    world.follow();
    let maya = world.maya(&world.ana);
    let max = world.register(&world.ben, program(Kind::Personal, "Max")).unwrap();
    let (ours, theirs, user) = (maya.agent.id, max.agent.id, id_of(&world.ana));
    let builtin = AgentId::from_uuid(user.uuid());
    for other in [ours, builtin] {
        world.write(&world.ben, move |cx, who| relate(cx, who, theirs, other, Relation::Trusted)).unwrap();
    }
    world
        .write(&world.ana, move |cx, who| make_key(cx, who, ours, "Laptop", &[Scope::SessionsRead]))
        .unwrap();
    let exported = world.town.read(|cx| export(cx, user))["registered"][0].take();
    assert_eq!((&exported["name"], &exported["handle"]), (&"Maya".into(), &maya.handle.as_str().into()));
    assert_eq!(exported["capabilities"]["schedule"], true);
    assert_eq!(exported["preferences"]["privacy"], "moderate");
    assert_eq!(exported["reach"]["discoverable"], true);
    assert_eq!(exported["last_sign_of_life"], serde_json::Value::Null, "it was never there");
    let key = &exported["keys"][0];
    assert_eq!((&key["name"], &key["scopes"][0]), (&"Laptop".into(), &"sessions.read".into()));
    assert_eq!(
        (&key["created"], &key["revoked"]),
        (&world.now().to_rfc3339().into(), &serde_json::Value::Null)
    );
    world.write(&world.admin, move |cx, _| erase(cx, user)).unwrap();
    let whole = world.town.whole_text();
    let left: Vec<&str> = whole
        .lines()
        .filter(|line| line.contains("Maya") || line.contains("Laptop") || line.contains(&maya.handle))
        .filter(|line| !line.starts_with("journal"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(world.town.read(|cx| relations(cx, &world.ben, theirs)), []);
}
