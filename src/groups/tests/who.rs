//! Who belongs to it, who is asked, and who gets nothing more.

use super::Vote::{No, Yes};
use super::*;

#[test]
fn members_are_fixed_at_its_start_twenty_at_most_and_all_connected() {
    let world = World::granting(CONFIRM);
    let new = question(&world, Mode::Broadcast, &["Bach"]);
    let twice = NewGroup { with: vec![world.with[0], world.with[0]], ..new.clone() };
    assert_eq!(code(world.begin_as(&world.ana, &twice)), "invalid");
    assert_eq!(code(world.begin_as(&world.ana, &NewGroup { with: Vec::new(), ..new.clone() })), "invalid");
    let many = (0..20).map(|at| ConnectionId::from_uuid(uuid::Uuid::from_u128(at))).collect();
    assert_eq!(code(world.begin_as(&world.ana, &NewGroup { with: many, ..new.clone() })), "invalid");
    let strange = NewGroup { with: vec![ConnectionId::from_uuid(uuid::Uuid::from_u128(9))], ..new.clone() };
    assert_eq!(code(world.begin_as(&world.ana, &strange)), "not-found");
    let group = world.begin(&NewGroup { with: world.with[..2].to_vec(), ..new });
    let (dora, id) = (&world.others[2], group.id);
    assert!(world.town.store.read_blocking(|cx| super::super::group(cx, dora, id)).is_err());
    assert_eq!(code(world.vote(dora, &group, &[Yes])), "not-found");
}

#[test]
fn programs_are_asked_as_one_of_a_group_and_their_owner_has_the_last_word() {
    let world = World::granting(CONFIRM);
    let [ben, cleo] = [&world.others[0], &world.others[1]];
    let (program, closed) = (world.program(ben, true), world.program(cleo, false));
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(group.members[1].agent, program.agent());
    assert_eq!(group.members[2].agent, None, "it is not to be asked as one of a group: its owner is");
    let asked = world.inbox(&program);
    assert_eq!(asked.len(), 1);
    let (kind, data) = &asked[0];
    assert_eq!((kind.as_str(), data["question"].as_str()), ("group_broadcast", Some("What do we play?")));
    assert_eq!(data["candidates"][0]["label"], "Bach");
    assert!(world.inbox(&closed).is_empty());
    world.vote(&program, &group, &[Yes]).unwrap();
    world.vote(ben, &group, &[No]).unwrap();
    assert_eq!(code(world.vote(&program, &group, &[Yes])), "session.decides");
    assert_eq!(code(world.vote(&closed, &group, &[Yes])), "session.not-played");
    let group = world.now(group.id);
    let asked: Vec<_> =
        group.members.iter().filter(|one| one.asked_at.is_some()).map(|one| one.user).collect();
    assert_eq!(asked, [cleo, &world.others[2], &world.others[3]].map(id_of));
}

#[test]
fn whoever_is_disconnected_or_blocked_by_then_gets_nothing_more_and_counts_as_silent() {
    let world = World::granting(CONFIRM);
    let [ben, cleo] = [&world.others[0], &world.others[1]];
    let (bens, cleos) = (world.program(ben, true), world.program(cleo, true));
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    world.inbox(&bens);
    let answered = world.vote(&bens, &group, &[Yes]).unwrap();
    assert_eq!(answered.participation(), 200);
    // Blocked before it is handed over: nothing of it is.
    let (ana, id) = (world.ana.clone(), world.with[1]);
    world.write(move |cx| network::block(cx, &ana, id).map(drop)).unwrap();
    assert!(world.inbox(&cleos).is_empty());
    let (ben, id) = (ben.clone(), world.with[0]);
    world.write(move |cx| network::end(cx, &ben, id).map(drop)).unwrap();
    world.follow();
    let now = world.now(group.id);
    assert_eq!((now.participation(), now.rules.members), (0, 5), "what they said counts no more");
    assert_eq!(now.present().count(), 3);
    assert_eq!(code(world.vote(&bens, &group, &[Yes])), "not-found");
    for who in world.others[2..].iter().chain([&world.ana]) {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    assert_eq!(world.now(group.id).state, State::Decided, "three of five");
    assert!(world.inbox(&bens).is_empty() && world.inbox(&cleos).is_empty());
}

#[test]
fn two_members_who_have_blocked_each_other_hear_nothing_of_each_other() {
    let world = World::granting(CONFIRM);
    let [ben, cleo] = [world.others[0].clone(), world.others[1].clone()];
    let (other, id) = (cleo.clone(), connected(&world.town, (&ben, &cleo), None));
    world.write(move |cx| network::block(cx, &other, id).map(drop)).unwrap();
    let program = world.program(&ben, true);
    let group = world.begin(&question(&world, Mode::Broadcast, &[]));
    for who in [&cleo, &world.others[2], &world.others[3], &world.ana, &ben] {
        world.tell(who, &group, "Bach").unwrap();
    }
    let heard: Vec<_> = world.inbox(&program);
    let of_cleo = heard.iter().filter(|(_, data)| data["user"] == id_of(&cleo).to_string()).count();
    let of_others = heard.iter().filter(|(kind, _)| kind == "group_response").count();
    assert_eq!((of_cleo, of_others), (0, 3));
    let seen = world.see(&ben, group.id).group;
    assert!(!seen.answers.iter().any(|one| one.user == id_of(&cleo)));
}

/// One program blocks another, or somebody's built-in agent.
fn block(world: &World, owner: &Actor, program: &Actor, other: AgentId) {
    let (owner, one) = (owner.clone(), agent_of(program));
    world.write(move |cx| agents::relate(cx, &owner, one, other, agents::Relation::Blocked)).unwrap();
}

#[test]
fn a_program_that_blocks_another_members_is_asked_nothing_and_its_owner_is() {
    for is_before in [true, false] {
        let world = World::granting(CONFIRM);
        let [ben, cleo] = [world.others[0].clone(), world.others[1].clone()];
        let (bens, cleos) = (world.program(&ben, true), world.program(&cleo, true));
        if is_before {
            block(&world, &ben, &bens, agent_of(&cleos));
        }
        let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
        if !is_before {
            block(&world, &ben, &bens, agent_of(&cleos));
            world.follow();
        }
        let now = world.now(group.id);
        assert_eq!((now.members[1].agent, now.members[2].agent), (None, cleos.agent()));
        assert!(now.members[1].asked_at.is_some(), "in-app and by mail");
        assert!(world.inbox(&bens).is_empty());
        assert_eq!(world.inbox(&cleos).len(), 1);
        assert_eq!(code(world.vote(&bens, &group, &[Yes])), "session.not-played");
        for who in [&cleos, &ben, &world.others[2], &world.others[3], &world.ana] {
            world.vote(who, &group, &[Yes]).unwrap();
        }
        assert_eq!(world.now(group.id).state, State::Decided);
        assert!(world.inbox(&bens).is_empty());
        let heard = world.inbox(&cleos);
        assert!(
            heard.iter().any(|(_, data)| data["user"] == id_of(&ben).to_string()),
            "Ben's own word is heard"
        );
    }
}

#[test]
fn who_is_reached_no_more_is_asked_by_their_program_in_no_later_round_or_turn() {
    for how in ["strict", "blocked", "blocks"] {
        let world = World::granting(CONFIRM);
        let [ben, cleo] = [world.others[0].clone(), world.others[1].clone()];
        let program = world.program(&cleo, true);
        let mut new = question(&world, Mode::Sequential, &["Bach"]);
        new.turn_seconds = Some(600);
        let group = world.begin(&new);
        match how {
            "strict" => {
                let (owner, id) = (cleo.clone(), agent_of(&program));
                let change = agents::RegistrationChange {
                    preferences: Some(agents::PreferencesChange {
                        privacy: Some(agents::Privacy::Strict),
                        ..agents::PreferencesChange::default()
                    }),
                    ..agents::RegistrationChange::default()
                };
                world.write(move |cx| agents::reregister(cx, &owner, id, &change).map(drop)).unwrap();
            }
            "blocked" => {
                let maya = world.program(&world.ana, true);
                block(&world, &world.ana, &maya, agent_of(&program));
            }
            _ => block(&world, &cleo, &program, AgentId::from_uuid(id_of(&world.ana).uuid())),
        }
        // Nobody has read the journal yet: it is looked at when its turn comes.
        world.vote(&world.ana, &group, &[Yes]).unwrap();
        world.vote(&ben, &group, &[No]).unwrap();
        let now = world.now(group.id);
        let is_asked = how == "blocked";
        assert_eq!(now.turn, Some(2), "{how}");
        assert_eq!(world.inbox(&program).len(), usize::from(is_asked), "{how}");
        assert_eq!(now.members[2].agent, program.agent().filter(|_| is_asked), "{how}");
        assert_eq!(now.members[2].asked_at.is_some(), !is_asked, "{how}");
        let answers = if is_asked { &program } else { &cleo };
        world.vote(answers, &group, &[Yes]).unwrap();
    }
}

#[test]
fn a_retired_program_is_asked_no_more_and_its_owner_is() {
    let world = World::granting(CONFIRM);
    let ben = world.others[0].clone();
    let program = world.program(&ben, true);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    let (owner, agent) = (ben.clone(), agent_of(&program));
    world.write(move |cx| agents::end(cx, &owner, agent).map(drop)).unwrap();
    world.follow();
    let now = world.now(group.id);
    assert_eq!(now.members[1].agent, None);
    assert!(now.members[1].asked_at.is_some());
    world.vote(&ben, &group, &[Yes]).unwrap();
}

#[test]
fn whoever_leaves_counts_as_silent_and_whoever_began_it_does_not_leave() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    let (ana, id) = (world.ana.clone(), group.id);
    assert_eq!(code(world.write(move |cx| leave(cx, &ana, id))), "group.initiator");
    for who in &world.others[..3] {
        assert!(world.now(id).state.is_open());
        let who = who.clone();
        world.write(move |cx| leave(cx, &who, id)).unwrap();
    }
    let over = world.now(id);
    assert_eq!(over.state, State::NoQuorum, "two are left of five: three will never answer");
    assert_eq!(over.result.unwrap()["members"], 5);
}
