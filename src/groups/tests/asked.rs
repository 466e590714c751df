//! Who is asked: programs that are there, the people whose programs are not, and how many at once.

use super::Vote::{No, Yes};
use super::*;
use crate::agents::{CapabilitiesChange, Pattern, PreferencesChange, RegistrationChange};
use crate::base::time::{DAY, SECOND};

/// A change of a program, by its owner.
fn change(world: &World, program: &Actor, change: RegistrationChange) {
    let (owner, id) =
        (Actor::new(Who::User { id: id_of(program), admin: false }, Road::Api, "t"), agent_of(program));
    world.write(move |cx| agents::reregister(cx, &owner, id, &change).map(drop)).unwrap();
}

fn has_room_for_one(world: &World, program: &Actor) {
    let one = CapabilitiesChange { conversations_max: Some(1), ..CapabilitiesChange::default() };
    change(world, program, RegistrationChange { capabilities: Some(one), ..RegistrationChange::default() });
}

fn is_asked(world: &World, group: &Group, at: usize) -> bool {
    world.now(group.id).members[at].asked_at.is_some()
}

#[test]
fn whose_program_sleeps_is_asked_themselves_and_the_program_finds_it_when_it_wakes() {
    let world = World::granting(CONFIRM);
    let program = world.program(&world.others[0], true);
    world.to(NOW.plus(10 * MINUTE));
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(
        world.count(&group, "group.asked"),
        4,
        "Ben as well, whose program gave no sign of life for long"
    );
    assert_eq!(
        (group.members[1].agent, group.members[1].asked_at),
        (program.agent(), Some(group.created_at))
    );
    let (ben, limit) = (world.others[0].clone(), 5);
    assert_eq!(world.town.read(|cx| waiting(cx, &ben, limit)).len(), 1, "it waits for him on his pages");
    assert_eq!(world.inbox(&program).len(), 1);
    world.vote(&program, &group, &[Yes]).unwrap();
}

#[test]
fn whose_program_is_silent_is_asked_at_half_of_the_time() {
    let world = World::granting(CONFIRM);
    let program = world.program(&world.others[0], true);
    let never = PreferencesChange { stand_in_minutes: Some(None), ..PreferencesChange::default() };
    change(
        &world,
        &program,
        RegistrationChange { preferences: Some(never), ..RegistrationChange::default() },
    );
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert!(!is_asked(&world, &group, 1), "the program is");
    assert_eq!(world.at(hour(5)), ["remind"]);
    assert!(is_asked(&world, &group, 1));
    assert_eq!(
        (world.count(&group, "group.asked"), world.count(&group, "group.reminded")),
        (4, 4),
        "Ana as well"
    );
    let events: Vec<_> = world.inbox(&program).into_iter().map(|(_, data)| data["event"].clone()).collect();
    assert_eq!(events, ["asked", "reminder"]);
    world.vote(&world.others[0], &group, &[Yes]).unwrap();
}

#[test]
fn a_silent_program_is_stood_in_for_after_as_long_as_its_owner_waits() {
    let world = World::granting(CONFIRM);
    world.program(&world.others[0], true);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(world.at(hour(1)), ["house"]);
    assert!(is_asked(&world, &group, 1), "a question is for its owner");
    let world = World::granting(AUTO);
    world.program(&world.others[0], true);
    let group = world.begin(&time(&world, Mode::Broadcast, &[24]));
    world.at(hour(1));
    let answered = world.see(&world.others[0], group.id);
    let said = answered.group.answer_in(1, id_of(&world.others[0])).unwrap();
    assert!(
        (said.by_person, said.agent) == (false, None),
        "a time that it may book the built-in agent answers"
    );
}

#[test]
fn whose_program_is_shut_out_in_the_middle_is_asked_themselves() {
    let world = World::granting(CONFIRM);
    let program = world.program(&world.others[0], true);
    let group = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    let id = agent_of(&program);
    world.write(move |cx| agents::shut_out(cx, "t", id, Pattern::Floods).map(drop)).unwrap();
    world.follow();
    assert!(is_asked(&world, &group, 1));
    world.follow();
    assert_eq!(world.count(&group, "group.asked"), 4, "once");
}

#[test]
fn in_the_next_round_the_program_that_is_there_is_asked_and_its_owner_is_not() {
    let world = World::granting(CONFIRM);
    let [ben, cleo] = [&world.others[0], &world.others[1]];
    let (bens, cleos) = (world.program(ben, true), world.program(cleo, true));
    world.to(NOW.plus(10 * MINUTE));
    let with = world.with[..2].to_vec();
    let group = world.begin(&NewGroup { with, ..question(&world, Mode::Consensus, &["Bach", "Ravel"]) });
    assert!(is_asked(&world, &group, 1) && is_asked(&world, &group, 2), "both sleep");
    let is_there = bens.clone();
    world
        .write(move |cx| agents::beat(cx, &is_there, agent_of(&is_there), Claimed::Online).map(drop))
        .unwrap();
    for (who, votes) in [(&bens, [Yes, No]), (&cleos, [No, Yes]), (&world.ana, [No, No])] {
        world.vote(who, &group, &votes).unwrap();
    }
    assert_eq!(world.now(group.id).round, 2);
    assert!(!is_asked(&world, &group, 1), "Ben's has come back");
    assert!(is_asked(&world, &group, 2));
}

#[test]
fn a_group_counts_as_a_conversation_until_its_end() {
    let world = World::granting(CONFIRM);
    let [bens, anas] = [world.program(&world.others[0], true), world.program(&world.ana, true)];
    has_room_for_one(&world, &bens);
    let first = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(first.members[1].agent, bens.agent());
    let second = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(second.members[1].agent, None, "it is in as many as it can be in: its owner is asked");
    assert!(second.members[1].asked_at.is_some());
    let (ana, id) = (world.ana.clone(), first.id);
    world.write(move |cx| cancel(cx, &ana, id).map(drop)).unwrap();
    let third = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(third.members[1].agent, bens.agent(), "with the end of a group there is room again");
    has_room_for_one(&world, &anas);
    let new = question(&world, Mode::Broadcast, &["Bach"]);
    let begun = world.begin_as(&anas, &new).unwrap();
    assert_eq!(code(world.begin_as(&anas, &new)), "agent.conversations");
    let (who, id) = (anas.clone(), begun.id);
    world.write(move |cx| cancel(cx, &who, id).map(drop)).unwrap();
    world.begin_as(&anas, &new).unwrap();
}

#[test]
fn a_house_says_how_many_decide_by_which_share_and_how_long_programs_have() {
    let world = World::of(CONFIRM, |house| {
        (house.group_max, house.group_threshold, house.group_ms) = (3, 1_000, 90 * SECOND);
        house.session_ms = 2 * HOUR;
    });
    let new = NewGroup { deadline: None, ..question(&world, Mode::Broadcast, &["Bach"]) };
    assert_eq!(code(world.begin_as(&world.ana, &new)), "invalid", "five are too many");
    let new = NewGroup { with: world.with[..2].to_vec(), ..new };
    assert_eq!(world.begin(&new).deadline, hour(2), "people have as long as a session");
    let programs = [&world.ana, &world.others[0], &world.others[1]].map(|who| world.program(who, true));
    let group = world.begin_as(&programs[0], &new).unwrap();
    assert_eq!(group.deadline, NOW.plus(90 * SECOND), "programs have less");
    world.vote(&programs[0], &group, &[Yes]).unwrap();
    world.vote(&programs[1], &group, &[No]).unwrap();
    assert_eq!(world.now(group.id).state, State::Rejected, "one no is too many where all must agree");
    let silent = world.begin_as(&programs[0], &new).unwrap();
    world.at(NOW.plus(90 * SECOND));
    assert_eq!(world.now(silent.id).state, State::NoQuorum, "that was all of its time");
    // A program that sleeps is none of those that answer at once.
    world.to(hour(1));
    assert_eq!(world.begin_as(&programs[0], &new).unwrap().deadline, hour(3));
}

#[test]
fn a_group_has_ninety_days_at_most_and_ends_with_the_last_of_its_times() {
    let world = World::granting(CONFIRM);
    let until = |deadline| NewGroup { deadline, ..question(&world, Mode::Broadcast, &["Bach"]) };
    assert_eq!(code(world.begin_as(&world.ana, &until(Some(NOW.plus(90 * DAY + 1))))), "invalid");
    world.begin(&until(Some(NOW.plus(90 * DAY))));
    let times = NewGroup { deadline: None, ..time(&world, Mode::Broadcast, &[24, 5]) };
    assert_eq!(world.begin(&times).deadline, hour(24), "a time that has begun is decided on no more");
    let open_until = Some(hour(30));
    assert_eq!(code(world.begin_as(&world.ana, &NewGroup { open_until, ..times.clone() })), "invalid");
    let open_until = Some(hour(23));
    assert_eq!(world.begin(&NewGroup { open_until, ..times }).open_until, open_until);
    let thirty = NewGroup { open_until: Some(NOW.plus(30 * DAY)), ..until(None) };
    assert_eq!(
        code(world.begin_as(&world.ana, &thirty)),
        "invalid",
        "it lies after the deadline that is reckoned"
    );
}
