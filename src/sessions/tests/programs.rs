//! Programs that play for their owners: in place of the built-in agent, as long as they answer and may.

use super::*;
use crate::agents::{self, Capabilities, NewRegistration, Preferences, Registered, RegistrationChange};

fn program(capabilities: Capabilities, stand_in_minutes: Option<u32>) -> NewRegistration {
    NewRegistration {
        capabilities,
        preferences: Preferences { stand_in_minutes, ..Preferences::default() },
        ..NewRegistration::of(agents::Kind::Personal, "Max")
    }
}

fn registered(world: &World, who: &Actor, new: NewRegistration) -> Registered {
    let who = who.clone();
    let made = world.write(move |cx| agents::register(cx, &who, &new)).unwrap();
    let (is_there, id) = (acting(&made), made.agent.id);
    world.write(move |cx| agents::beat(cx, &is_there, id, agents::Claimed::Online)).unwrap()
}

/// A program of Ben's that plays for him and is stood in for after an hour.
fn max(world: &World) -> Registered {
    registered(world, &world.ben, program(Capabilities::default(), Some(60)))
}

fn acting(one: &Registered) -> Actor {
    Actor::new(Who::Agent { id: one.agent.id, user: one.agent.user.unwrap() }, Road::Api, "t")
}

/// Lets the followers of sessions read all there is, and the agents speak.
fn follow(world: &World) {
    world
        .write(|cx| {
            let entries = journal::after(cx, 0, 1_000)?;
            entries.iter().try_for_each(|entry| (FOLLOWER.apply)(cx, entry))
        })
        .unwrap();
    world.let_agents_speak();
}

fn of_ben(world: &World, id: SessionId) -> Party {
    world.see(id).party(id_of(&world.ben)).unwrap().clone()
}

#[test]
fn a_program_plays_in_place_of_the_built_in_agent_which_keeps_silent() {
    let world = World::granting(AUTO);
    let max = max(&world);
    let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
    world.let_agents_speak();
    let session = world.see(id);
    let ben = of_ben(&world, id);
    assert_eq!(
        (ben.agent, ben.standing, session.state),
        (Some(max.agent.id), Standing::Asked, State::Negotiating)
    );
    assert!(session.awaits(&ben));
    let (proposal, begins) = (session.proposals[0].id, session.proposals[0].start);
    let other = Message::Counter { slots: vec![slot(begins.plus(HOUR))], note: String::new() };
    assert!(world.say(&acting(&max), id, other).unwrap().refused.is_none());
    world.let_agents_speak();
    let session = world.see(id);
    assert_eq!(code(world.say(&acting(&max), id, Message::Accept { proposal })), "session.proposal-over");
    let chosen = session.proposals.iter().find(|one| one.state == ProposalState::Open).unwrap().id;
    let booked = world.say(&acting(&max), id, Message::Accept { proposal: chosen }).unwrap();
    assert_eq!(booked.session.state, State::Confirmed);
    let said = world.town.read(|cx| transcript(cx, &world.ana, id, 0));
    let by_max: Vec<_> = said.iter().filter(|said| said.agent == Some(max.agent.id)).collect();
    assert_eq!(by_max.len(), 2);
    assert!(by_max.iter().all(|said| said.author == Some(id_of(&world.ben)) && !said.by_person));
    assert_eq!(of_ben(&world, id).agent, None, "what is over is played by nobody");
}

#[test]
fn two_programs_whose_first_choices_differ_come_together_at_the_time_that_an_owner_confirms() {
    let world = World::granting(AUTO);
    let (mia, max) = (registered(&world, &world.ana, program(Capabilities::default(), None)), max(&world));
    let (asks, wanted) = (acting(&mia), new_with(&[world.with_ben]));
    let id = world.write(move |cx| start(cx, &asks, &wanted)).unwrap().allowed().unwrap().id;
    assert!(world.say(&acting(&mia), id, Message::Proposal { slots: Vec::new() }).unwrap().refused.is_none());
    let named: Vec<ProposalId> = world.see(id).proposals.iter().map(|one| one.id).collect();
    let accept =
        |who: &Actor, at: usize| world.say(who, id, Message::Accept { proposal: named[at] }).unwrap();
    assert_eq!(accept(&acting(&max), 1).session.state, State::Negotiating);
    assert_eq!(accept(&acting(&mia), 0).session.state, State::AwaitingConfirmation);
    // Ana is asked about the one, and Ben's program agrees to the other: it is for it to say something.
    assert!(world.see(id).awaits(&of_ben(&world, id)));
    let _ = accept(&world.ana, 0);
    let session = world.see(id);
    assert!(session.awaits(&of_ben(&world, id)), "{session:?}");
    assert_eq!(accept(&acting(&max), 0).session.state, State::Confirmed);
}

#[test]
fn a_built_in_agent_follows_to_the_time_that_people_are_asked_about() {
    let world = World::granting(AUTO);
    let mia = registered(&world, &world.ana, program(Capabilities::default(), None));
    let (asks, wanted) = (acting(&mia), new_with(&[world.with_ben]));
    let id = world.write(move |cx| start(cx, &asks, &wanted)).unwrap().allowed().unwrap().id;
    assert!(world.say(&acting(&mia), id, Message::Proposal { slots: Vec::new() }).unwrap().refused.is_none());
    world.let_agents_speak();
    let named: Vec<ProposalId> = world.see(id).proposals.iter().map(|one| one.id).collect();
    assert_eq!(of_ben(&world, id).proposal, Some(named[0]));
    assert!(world.say(&acting(&mia), id, Message::Accept { proposal: named[1] }).is_ok());
    world.let_agents_speak();
    assert_eq!(
        (of_ben(&world, id).proposal, of_ben(&world, id).standing),
        (Some(named[1]), Standing::Agrees)
    );
    let booked = world.say(&world.ana, id, Message::Accept { proposal: named[1] }).unwrap();
    assert_eq!(booked.session.state, State::Confirmed);
}

#[test]
fn a_program_that_never_gave_a_sign_of_life_plays_nowhere() {
    let world = World::granting(AUTO);
    let (ben, new) = (world.ben.clone(), program(Capabilities::default(), None));
    world.write(move |cx| agents::register(cx, &ben, &new)).unwrap();
    let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
    world.let_agents_speak();
    assert_eq!(world.see(id).state, State::Confirmed);
}

#[test]
fn a_programs_yes_counts_as_an_agents_and_where_its_owner_confirms_they_are_asked() {
    let world = World::granting(CONFIRM);
    let max = max(&world);
    let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
    world.let_agents_speak();
    let proposal = world.see(id).proposals[0].id;
    let answer = world.say(&acting(&max), id, Message::Accept { proposal }).unwrap();
    assert_eq!((answer.session.state, answer.session.meeting), (State::AwaitingConfirmation, None));
    assert_eq!(of_ben(&world, id).standing, Standing::Decides);
    // No program presses its owner's button, takes what they are asked about off the table, or ends it.
    let other = Message::Counter { slots: vec![slot(hour(20))], note: String::new() };
    for message in [
        Message::Confirm { proposal },
        Message::Accept { proposal },
        other,
        Message::Cancel { note: String::new() },
    ] {
        assert_eq!(code(world.say(&acting(&max), id, message)), "session.decides");
    }
    assert!(world.say(&acting(&max), id, Message::Note { text: "He is asked.".to_owned() }).is_ok());
    let booked = world.say(&world.ben, id, Message::Accept { proposal }).unwrap();
    assert_eq!(booked.session.state, State::Confirmed);
}

/// A session about times that are still ahead when an hour has passed.
fn later(world: &World) -> New {
    let new = new_with(&[world.with_ben]);
    New { want: Want { from: hour(5).ms(), ..new.want }, ..new }
}

#[test]
fn what_a_program_begins_that_may_not_book_by_itself_its_owner_has_the_last_word_in() {
    for reserve in [false, true] {
        let world = World::granting(AUTO);
        let mia = registered(
            &world,
            &world.ana,
            program(Capabilities { reserve, ..Capabilities::default() }, Some(60)),
        );
        let (asks, wanted) = (acting(&mia), later(&world));
        let id = world.write(move |cx| start(cx, &asks, &wanted)).unwrap().allowed().unwrap().id;
        assert!(
            world.say(&acting(&mia), id, Message::Proposal { slots: Vec::new() }).unwrap().refused.is_none()
        );
        world.let_agents_speak();
        if reserve {
            assert_eq!(world.see(id).state, State::Confirmed);
            continue;
        }
        // Ben's agent has agreed; hers says so, be it by the one that stands in, and she is asked.
        world.town.clock.advance(60 * MINUTE);
        world.let_agents_speak();
        let session = world.see(id);
        let ana = session.party(id_of(&world.ana)).unwrap().clone();
        assert_eq!((session.meeting, ana.standing), (None, Standing::Decides), "{:?}", world.transcript(id));
        let booked = world.say(&world.ana, id, Message::Accept { proposal: ana.proposal.unwrap() }).unwrap();
        assert_eq!(booked.session.state, State::Confirmed);
    }
}

#[test]
fn a_program_that_never_gave_a_sign_of_life_begins_nothing() {
    let world = World::granting(AUTO);
    let (ana, new) = (world.ana.clone(), program(Capabilities::default(), None));
    let mia = world.write(move |cx| agents::register(cx, &ana, &new)).unwrap();
    let (asks, wanted) = (acting(&mia), new_with(&[world.with_ben]));
    assert_eq!(code(world.write(move |cx| start(cx, &asks, &wanted).map(drop))), "session.not-played");
}

#[test]
fn another_patience_counts_for_sessions_that_wait_already() {
    let world = World::granting(AUTO);
    let max = registered(&world, &world.ben, program(Capabilities::default(), None));
    let id = world.start(&later(&world)).unwrap().id;
    world.let_agents_speak();
    let (ben, agent) = (world.ben.clone(), max.agent.id);
    world
        .write(move |cx| {
            let preferences =
                agents::PreferencesChange { stand_in_minutes: Some(Some(10)), ..Default::default() };
            let change =
                RegistrationChange { preferences: Some(preferences), ..RegistrationChange::default() };
            agents::reregister(cx, &ben, agent, &change).map(drop)
        })
        .unwrap();
    follow(&world);
    world.town.clock.advance(10 * MINUTE);
    world.let_agents_speak();
    assert_eq!(world.see(id).state, State::Confirmed);
}

#[test]
fn a_program_that_says_nothing_is_stood_in_for_when_its_owners_patience_is_over() {
    let world = World::granting(AUTO);
    max(&world);
    let id = world.start(&later(&world)).unwrap().id;
    world.let_agents_speak();
    world.town.clock.advance(59 * MINUTE);
    world.let_agents_speak();
    assert_eq!(world.see(id).state, State::Negotiating);
    // What is said besides is no step, and buys no time.
    let note = Message::Note { text: "Are you there?".to_owned() };
    assert!(world.say(&world.ana, id, note).unwrap().refused.is_none());
    world.town.clock.advance(MINUTE);
    world.let_agents_speak();
    assert_eq!(world.see(id).state, State::Confirmed);
    assert_eq!(
        world.transcript(id),
        ["Ana's agent: proposal", "Ana: note", "Ben's agent: accept", "the house: confirm"]
    );
}

#[test]
fn patience_begins_anew_with_every_step_of_the_others() {
    let world = World::granting(AUTO);
    max(&world);
    let id = world.start(&later(&world)).unwrap().id;
    world.let_agents_speak();
    world.town.clock.advance(50 * MINUTE);
    let others = Message::Proposal { slots: vec![slot(hour(20))] };
    assert!(world.say(&world.ana, id, others).unwrap().refused.is_none());
    world.town.clock.advance(50 * MINUTE);
    world.let_agents_speak();
    assert_eq!(of_ben(&world, id).standing, Standing::Asked);
    world.town.clock.advance(10 * MINUTE);
    world.let_agents_speak();
    assert_eq!(world.see(id).state, State::Confirmed);
}

#[test]
fn whoever_wants_nobody_to_stand_in_has_a_session_that_waits() {
    let world = World::granting(AUTO);
    registered(&world, &world.ben, program(Capabilities::default(), None));
    let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
    world.let_agents_speak();
    world.town.clock.advance(20 * HOUR);
    world.let_agents_speak();
    assert_eq!((world.see(id).state, of_ben(&world, id).standing), (State::Negotiating, Standing::Asked));
}

#[test]
fn the_built_in_agent_takes_over_at_once_where_a_program_is_retired_or_may_not_play_any_more() {
    for is_retired in [true, false] {
        let world = World::granting(AUTO);
        let max = max(&world);
        let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
        follow(&world);
        assert_eq!(of_ben(&world, id).agent, Some(max.agent.id));
        let (ben, agent) = (world.ben.clone(), max.agent.id);
        world
            .write(move |cx| {
                if is_retired {
                    return agents::deactivate(cx, &ben, agent).map(drop);
                }
                let capabilities = Capabilities { schedule: false, ..Capabilities::default() };
                let change = RegistrationChange {
                    capabilities: Some(capabilities.into()),
                    ..RegistrationChange::default()
                };
                agents::reregister(cx, &ben, agent, &change).map(drop)
            })
            .unwrap();
        follow(&world);
        assert_eq!(world.see(id).state, State::Confirmed);
        assert_eq!(
            code(world.say(&acting(&max), id, Message::Cancel { note: String::new() })),
            "session.not-played"
        );
    }
}

#[test]
fn a_program_that_is_full_begins_nothing_and_what_others_begin_the_built_in_agent_plays() {
    let world = World::granting(AUTO);
    let one_at_once = Capabilities { conversations_max: 1, ..Capabilities::default() };
    let max = registered(&world, &world.ben, program(one_at_once, None));
    let mia = registered(&world, &world.ana, program(one_at_once, None));
    let new = new_with(&[world.with_ben]);
    let (asks, wanted) = (acting(&mia), new.clone());
    let begun = world.write(move |cx| start(cx, &asks, &wanted)).unwrap().allowed().unwrap();
    assert_eq!(begun.party(id_of(&world.ana)).unwrap().agent, Some(mia.agent.id));
    let (asks, wanted) = (acting(&mia), new.clone());
    assert_eq!(code(world.write(move |cx| start(cx, &asks, &wanted).map(drop))), "agent.conversations");
    let by_hand = world.start(&new).unwrap();
    assert_eq!(
        (by_hand.party(id_of(&world.ana)).unwrap().agent, of_ben(&world, by_hand.id).agent),
        (None, None)
    );
    assert_eq!(of_ben(&world, begun.id).agent, Some(max.agent.id));
    world.let_agents_speak();
    assert_eq!(world.see(by_hand.id).state, State::Confirmed);
    assert_eq!(
        code(world.say(&acting(&max), by_hand.id, Message::Note { text: "Hi".to_owned() })),
        "session.not-played"
    );
}

#[test]
fn neither_a_service_of_a_partys_nor_somebody_elses_program_speaks_in_their_session() {
    let world = World::granting(AUTO);
    max(&world);
    let new = NewRegistration { kind: agents::Kind::Service, ..program(Capabilities::default(), None) };
    let service = registered(&world, &world.ben, new);
    let stranger = registered(&world, &world.cleo, program(Capabilities::default(), None));
    let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
    world.let_agents_speak();
    let proposal = world.see(id).proposals[0].id;
    let accept = || Message::Accept { proposal };
    assert_eq!(code(world.say(&acting(&service), id, accept())), "session.not-played");
    assert_eq!(code(world.say(&acting(&stranger), id, accept())), "not-found");
    let (asks, wanted) = (acting(&service), new_with(&[world.with_ben]));
    assert_eq!(code(world.write(move |cx| start(cx, &asks, &wanted).map(drop))), "session.not-played");
}

#[test]
fn where_agents_are_switched_off_the_built_in_ones_take_over_at_start() {
    let world = World::granting(AUTO);
    registered(&world, &world.ben, program(Capabilities::default(), None));
    let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
    world.let_agents_speak();
    assert_eq!(world.write(take_over_stranded).unwrap(), 0);
    let off = world.town.reopened(journal::seal, |house| house.agents_enabled = false);
    let taken = off.write(take_over_stranded).unwrap();
    assert_eq!((taken, off.write(take_over_stranded).unwrap()), (1, 0));
    let world = World { town: off, ..world };
    world.let_agents_speak();
    assert_eq!(world.see(id).state, State::Confirmed);
}
