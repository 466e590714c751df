//! A time: found or given, decided, and booked through the two phases; what happens where it cannot be had.

use super::Vote::{Abstain, IfNeedBe, No, Yes};
use super::*;
use crate::accounts::{HoursChange, ProfileChange};
use crate::base::hours::Window;
use crate::meetings;

fn meeting(world: &World, group: &Group) -> meetings::Meeting {
    let id = group.meeting.unwrap();
    world.town.read(|cx| meetings::load(cx, id))
}

#[test]
fn a_group_that_decides_on_a_time_books_it() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&time(&world, Mode::Broadcast, &[24, 30]));
    for (who, votes) in world.others.iter().zip([[Yes, No], [IfNeedBe, Yes], [Yes, Yes], [No, Yes]]) {
        world.vote(who, &group, &votes).unwrap();
    }
    let done = world.vote(&world.ana, &group, &[Yes, No]).unwrap();
    assert_eq!((done.state, done.chosen), (State::Decided, Some(group.candidates[0].id)), "{done:?}");
    let meeting = meeting(&world, &done);
    assert_eq!((meeting.start, meeting.title.as_str()), (hour(24), "Rehearsal"));
    let mut names: Vec<_> = meeting.participants.iter().map(|one| one.name.clone()).collect();
    names.sort();
    assert_eq!(names, ["Ana", "Ben", "Cleo", "Dora"], "not Emil, who said no");
    let booking = done.booking.unwrap();
    assert!(world.story(&booking).contains(&"session.confirmed".to_owned()));
}

#[test]
fn where_the_best_cannot_be_had_the_next_is_taken() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&time(&world, Mode::Broadcast, &[24, 30]));
    // Ben says yes, and has something else by then.
    world.occupy(&world.others[0], 1, hour(24), hour(25));
    for who in world.others.iter().chain([&world.ana]) {
        world.vote(who, &group, &[Yes, IfNeedBe]).unwrap();
    }
    let done = world.now(group.id);
    assert_eq!((done.state, done.chosen), (State::Decided, Some(group.candidates[1].id)));
    assert_eq!(meeting(&world, &done).start, hour(30));
    assert_eq!(world.count(&group, "group.booking"), 2);
    assert_eq!(done.candidates[0].state, CandidateState::Out);
}

#[test]
fn where_no_time_can_be_had_there_is_another_round_and_then_none() {
    let world = World::granting(CONFIRM);
    let rounds = Some(2);
    let group = world.begin(&NewGroup { rounds, ..time(&world, Mode::Consensus, &[24, 30]) });
    world.occupy(&world.others[0], 1, hour(24), hour(25));
    for who in &world.others {
        world.vote(who, &group, &[Yes, No]).unwrap();
    }
    assert_eq!(code(world.vote(&world.ana, &group, &[Yes, No])), "group.round", "she speaks of what is out");
    // The second got no yes; the house looks for others in the span of those that were named.
    let next = world.now(group.id);
    assert_eq!((next.state, next.round), (State::Answering, 2), "{next:?}");
    assert!(next.candidates.len() > 2);
    let fresh = next.open_candidates().next().unwrap().clone();
    assert!(fresh.round == 2 && fresh.time.unwrap().0 != hour(24));
    for who in world.others.iter().chain([&world.ana]) {
        world
            .give(who, group.id, NewAnswer { votes: [(fresh.id, Yes)].into(), ..NewAnswer::default() })
            .unwrap();
    }
    let done = world.now(group.id);
    assert_eq!((done.state, done.chosen), (State::Decided, Some(fresh.id)));
    let none = world.begin(&time(&world, Mode::Broadcast, &[24]));
    for who in world.others.iter().chain([&world.ana]) {
        world.vote(who, &none, &[Yes]).unwrap();
    }
    let none = world.now(none.id);
    assert_eq!((none.state, none.reason.as_deref()), (State::Rejected, Some("slot-taken")));
}

#[test]
fn why_a_time_of_an_earlier_round_could_not_be_had_is_no_reason_of_the_end() {
    let world = World::granting(CONFIRM);
    let rounds = Some(2);
    let group = world.begin(&NewGroup { rounds, ..time(&world, Mode::Consensus, &[24, 30]) });
    world.occupy(&world.others[0], 1, hour(24), hour(25));
    for who in &world.others {
        world.vote(who, &group, &[Yes, No]).unwrap();
    }
    let next = world.now(group.id);
    assert_eq!((next.round, &next.reason), (2, &None), "it goes on");
    for who in &world.others {
        let votes = next.open_candidates().map(|one| (one.id, No)).collect();
        world.give(who, group.id, NewAnswer { votes, round: Some(2), ..NewAnswer::default() }).unwrap();
    }
    let over = world.now(group.id);
    assert_eq!((over.state, over.reason), (State::Rejected, None), "nothing found enough agreement");
    let id = group.id.to_string();
    let closed = world.town.read(|cx| journal::story(cx, &id, 500));
    let closed = closed.into_iter().find(|entry| entry.kind == "group.closed").unwrap();
    assert_eq!(closed.text("reason"), None);
}

#[test]
fn the_house_looks_for_times_that_suit_everybody_whose_time_may_be_seen() {
    let world = World::granting(CONFIRM);
    world.occupy(&world.others[2], 1, hour(24), hour(26));
    let want = talk::plain_want(&[]);
    let want = sessions::Want { minutes: 60, from: hour(24).ms(), to: hour(28).ms(), ..want };
    let new = NewGroup { want: Some(want.clone()), ..time(&world, Mode::Broadcast, &[]) };
    let group = world.begin(&new);
    assert!(!group.candidates.is_empty());
    assert!(group.candidates.iter().all(|one| one.time.unwrap().0 >= hour(26)), "{:?}", group.candidates);
    world.occupy(&world.others[2], 2, hour(20), hour(40));
    let refused = world.begin_as(&world.ana, &new);
    assert_eq!(code(refused), "group.no-times");
}

#[test]
fn the_built_in_agent_answers_by_itself_where_it_may_book() {
    let world = World::granting(AUTO);
    world.occupy(&world.others[3], 1, hour(24), hour(25));
    let group = world.begin(&time(&world, Mode::Broadcast, &[24, 30]));
    assert_eq!(world.count(&group, "group.asked"), 0, "nobody has to be asked");
    assert_eq!(world.work(), ["house", "house", "house", "house"]);
    let now = world.now(group.id);
    assert_eq!(now.state, State::Answering);
    let done = world.vote(&world.ana, &group, &[Yes, No]).unwrap();
    assert_eq!((done.state, done.chosen), (State::Decided, Some(group.candidates[0].id)));
    let emils = done.answers.iter().find(|one| one.user == id_of(&world.others[3])).unwrap();
    assert!(!emils.by_person && emils.votes[&group.candidates[0].id] == No);
    assert_eq!(meeting(&world, &done).participants.len(), 4);
    // A question it leaves to its user.
    let other = world.begin(&question(&world, Mode::Broadcast, &["Bach"]));
    assert_eq!(
        (world.work(), world.count(&other, "group.asked")),
        (Vec::new(), 4),
        "{:?}",
        world.story(&other.id)
    );
}

#[test]
fn whoever_lets_nothing_be_booked_says_yes_to_nothing() {
    let world = World::granting(&[Scope::Propose]);
    let group = world.begin(&time(&world, Mode::Broadcast, &[24]));
    assert_eq!(code(world.vote(&world.others[0], &group, &[Yes])), "session.not-granted");
    world.vote(&world.others[0], &group, &[No]).unwrap();
    let world = World::granting(&[]);
    assert_eq!(code(world.begin_as(&world.ana, &time(&world, Mode::Broadcast, &[24]))), "denied");
}

#[test]
fn a_programs_yes_that_may_not_book_is_for_its_owner_to_confirm() {
    let world = World::granting(CONFIRM);
    let program = world.program(&world.others[0], true);
    let group = world.begin(&time(&world, Mode::Broadcast, &[24]));
    for who in world.others[1..].iter().chain([&program, &world.ana]) {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    let now = world.now(group.id);
    assert_eq!(now.state, State::Booking);
    let (ben, booking) = (world.others[0].clone(), now.booking.unwrap());
    let session = world.town.read(|cx| sessions::session(cx, &ben, booking));
    assert_eq!(session.state, sessions::State::AwaitingConfirmation);
    // It is about this time and no other.
    let proposal = session.proposals[0].id;
    let slots = vec![sessions::Slot::of(hour(40), hour(40).plus(30 * MINUTE))];
    let named = world.write({
        let (ben, slots) = (ben.clone(), slots.clone());
        move |cx| sessions::say(cx, &ben, booking, &sessions::Message::Proposal { slots: slots.clone() })
    });
    assert_eq!(code(named), "session.decided");
    world
        .write(move |cx| sessions::say(cx, &ben, booking, &sessions::Message::Accept { proposal }).map(drop))
        .unwrap();
    world.follow();
    let done = world.now(group.id);
    assert_eq!((done.state, done.chosen), (State::Decided, Some(group.candidates[0].id)));
    assert_eq!(meeting(&world, &done).participants.len(), 5);
}

#[test]
fn an_owner_who_does_not_confirm_in_time_lets_it_end() {
    let world = World::granting(CONFIRM);
    let program = world.program(&world.others[0], true);
    let group = world.begin(&time(&world, Mode::Broadcast, &[24]));
    for who in world.others[1..].iter().chain([&program, &world.ana]) {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    world.to(hour(11));
    world.write(|cx| sessions::expire_overdue(cx).map(drop)).unwrap();
    world.follow();
    let over = world.now(group.id);
    assert_eq!((over.state, over.reason.as_deref()), (State::Timeout, Some("time")));
}

#[test]
fn what_whoever_began_it_refuses_is_not_booked_and_silence_is_no_yes() {
    let world = World::granting(CONFIRM);
    let group = world.begin(&time(&world, Mode::Broadcast, &[24]));
    world.vote(&world.ana, &group, &[No]).unwrap();
    for who in &world.others {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    let over = world.now(group.id);
    assert_eq!(over.state, State::Rejected, "the host does not come");
    assert_eq!(over.reason.as_deref(), Some("declined"), "enough of them agreed to it");
    let group = world.begin(&time(&world, Mode::Broadcast, &[30]));
    for who in world.others[..3].iter().chain([&world.ana]) {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    let done = world.now(group.id);
    assert_eq!(done.state, State::Decided);
    assert_eq!(meeting(&world, &done).participants.len(), 4, "Emil said nothing, and confirms himself");
    let group = world.begin(&time(&world, Mode::Broadcast, &[34]));
    for who in world.others.iter().chain([&world.ana]) {
        world.vote(who, &group, &[Abstain]).unwrap();
    }
    let over = world.now(group.id);
    assert_eq!((over.state, over.reason), (State::Rejected, None));
}

/// Somebody works from Monday to Friday, nine to five. It is Friday.
fn works(world: &World, who: &Actor) {
    let who = who.clone();
    world
        .write(move |cx| {
            let day = |at: usize| (at < 5).then(|| vec![Window::parse("09:00-17:00").unwrap()]);
            let hours = Some(HoursChange::Days(std::array::from_fn(|at| Some(day(at).unwrap_or_default()))));
            accounts::change_profile(cx, &who, &ProfileChange { hours, ..ProfileChange::default() }).map(drop)
        })
        .unwrap();
}

#[test]
fn what_everybody_says_yes_to_themselves_is_booked_outside_of_their_hours_as_well() {
    let world = World::granting(CONFIRM);
    for who in world.others.iter().chain([&world.ana]) {
        works(&world, who);
    }
    let group = world.begin(&time(&world, Mode::Broadcast, &[26]));
    let id = group.candidates[0].id;
    assert_eq!(world.see(&world.others[0], group.id).outside, [id], "whoever looks is told");
    assert_eq!(world.see(&world.ana, group.id).outside, [id]);
    // Ana, who named it, says nothing.
    for who in &world.others {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    world.at(hour(10));
    let done = world.now(group.id);
    assert_eq!((done.state, done.reason.as_deref()), (State::Decided, None), "{done:?}");
    assert_eq!(meeting(&world, &done).participants.len(), 5);
    // What is taken stays taken, whatever they say.
    let again = world.begin(&NewGroup { deadline: None, ..time(&world, Mode::Broadcast, &[26]) });
    for who in world.others.iter().chain([&world.ana]) {
        world.vote(who, &again, &[Yes]).unwrap();
    }
    let over = world.now(again.id);
    assert_eq!((over.state, over.reason.as_deref()), (State::Rejected, Some("slot-taken")));
}

#[test]
fn a_program_says_no_yes_outside_of_its_owners_hours_and_its_owner_does() {
    let world = World::granting(CONFIRM);
    let ben = &world.others[0];
    let program = world.program(ben, true);
    works(&world, ben);
    let group = world.begin(&time(&world, Mode::Broadcast, &[26, 75]));
    assert_eq!(world.see(&program, group.id).outside, [group.candidates[0].id]);
    assert_eq!(code(world.vote(&program, &group, &[Yes, No])), "group.outside");
    world.vote(&program, &group, &[No, Yes]).unwrap();
    for who in world.others.iter().chain([&world.ana]) {
        world.vote(who, &group, &[Yes, No]).unwrap();
    }
    assert_eq!(world.now(group.id).chosen, Some(group.candidates[0].id), "Ben does so himself");
}

#[test]
fn what_lies_outside_of_the_hours_of_somebody_who_said_nothing_says_so() {
    let world = World::granting(CONFIRM);
    works(&world, &world.ana);
    let program = world.program(&world.ana, true);
    let group = world.begin_as(&program, &time(&world, Mode::Broadcast, &[26])).unwrap();
    for who in &world.others {
        world.vote(who, &group, &[Yes]).unwrap();
    }
    world.at(hour(10));
    let over = world.now(group.id);
    assert_eq!((over.state, over.reason.as_deref()), (State::Rejected, Some("outside")));
}
