//! Booking: one winner, nothing held in vain, and what happens between the two phases.

use super::*;
use crate::base::id::SourceId;

/// A source of Ben's that lies elsewhere, read just now: nothing is in it.
fn give_ben_a_calendar(world: &World) -> SourceId {
    let ben = world.ben.clone();
    world.write(move |cx| crate::calendar::tests::an_empty_calendar(cx, &ben)).unwrap()
}

/// The leases of bookings that wait.
fn bookings(world: &World) -> Vec<queue::Leased> {
    world.write(|cx| queue::claim(cx, BOOKINGS, 10, MINUTE)).unwrap()
}

#[test]
fn of_a_hundred_confirms_of_one_time_one_is_booked_and_no_hold_is_left() {
    let world = World::granting(CONFIRM);
    let ids: Vec<SessionId> = (0..25)
        .map(|_| {
            let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
            let named = Message::Proposal { slots: vec![slot(hour(5))] };
            assert!(world.say(&world.ana, id, named).unwrap().refused.is_none());
            id
        })
        .collect();
    let answers: Vec<(SessionId, Result<Answer>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = ids
            .iter()
            .flat_map(|id| [*id; 4])
            .map(|id| {
                let (world, proposal) = (&world, world.see(id).proposals[0].id);
                scope.spawn(move || (id, world.say(&world.ben, id, Message::Confirm { proposal })))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let booked: Vec<SessionId> =
        ids.iter().copied().filter(|id| world.see(*id).state == State::Confirmed).collect();
    assert_eq!(booked.len(), 1);
    for (id, answer) in answers {
        match answer {
            Ok(Answer { refused: None, session }) => assert_eq!(session.state, State::Confirmed),
            Ok(Answer { refused: Some(refusal), .. }) => {
                assert_eq!(refusal.code, "session.slot-taken");
                assert!(!refusal.alternatives.is_empty());
            }
            Err(error) => assert_eq!((error.code(), id), ("session.booked", booked[0])),
        }
    }
    assert!(ids.iter().all(|id| world.holds(*id) == 0));
}

#[test]
fn where_a_calendar_lies_elsewhere_it_is_read_again_before_anything_is_booked() {
    let world = World::granting(AUTO);
    let source = give_ben_a_calendar(&world);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::Booking);
    assert_eq!(world.holds(begun.id), 2, "the time is held for both");
    let leases = bookings(&world);
    let lease = leases[0].clone();
    assert_eq!(world.town.read(|cx| to_read(cx, &lease)), [source]);
    world.write(move |cx| commit(cx, &lease, true)).unwrap();
    assert_eq!(world.see(begun.id).state, State::Confirmed);
    assert_eq!(world.holds(begun.id), 0);
}

#[test]
fn what_came_into_the_calendar_meanwhile_undoes_the_booking_and_the_agents_go_on() {
    let world = World::granting(AUTO);
    give_ben_a_calendar(&world);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let chosen = world.see(begun.id).chosen.unwrap();
    let start = world.see(begun.id).proposals.iter().find(|one| one.id == chosen).unwrap().start;
    world.occupy(&world.ben, 7, start, start.plus(HOUR));
    let lease = bookings(&world)[0].clone();
    world.write(move |cx| commit(cx, &lease, true)).unwrap();
    let session = world.see(begun.id);
    assert_eq!((session.state, session.reason.as_deref()), (State::Negotiating, Some("slot-taken")));
    assert_eq!((world.holds(begun.id), session.meeting), (0, None));
    world.let_agents_speak();
    let lease = bookings(&world)[0].clone();
    world.write(move |cx| commit(cx, &lease, true)).unwrap();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::Confirmed);
    assert!(world.meeting_of(&session).start > start);
}

#[test]
fn a_booking_that_was_left_between_its_phases_is_undone() {
    let world = World::granting(AUTO);
    give_ben_a_calendar(&world);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    assert_eq!(world.see(begun.id).state, State::Booking);
    let late = bookings(&world)[0].clone();
    world.town.clock.advance(MINUTE);
    assert_eq!(world.write(give_up).unwrap(), 1);
    let session = world.see(begun.id);
    assert_eq!((session.state, session.reason.as_deref()), (State::Negotiating, Some("time-out")));
    assert_eq!(world.holds(begun.id), 0);
    // The worker that comes too late finds nothing to do.
    world.write(move |cx| commit(cx, &late, true)).unwrap();
    assert_eq!(world.see(begun.id).state, State::Negotiating);
}

#[test]
fn revoking_between_the_phases_books_nothing_and_lets_go() {
    let world = World::granting(AUTO);
    give_ben_a_calendar(&world);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let (ben, connection) = (world.ben.clone(), world.with_ben);
    world.write(move |cx| network::end(cx, &ben, connection).map(drop)).unwrap();
    let lease = bookings(&world)[0].clone();
    world.write(move |cx| commit(cx, &lease, true)).unwrap();
    let session = world.see(begun.id);
    assert_eq!((session.state, session.reason.as_deref()), (State::Canceled, Some("revoked")));
    assert_eq!((world.holds(begun.id), session.meeting), (0, None));
}

#[test]
fn nothing_books_by_itself_on_a_calendar_that_was_not_read_lately() {
    let world = World::granting(AUTO);
    give_ben_a_calendar(&world);
    world.town.clock.advance(2 * HOUR);
    let mut new = new_with(&[world.with_ben]);
    new.want.from += 3 * HOUR;
    let begun = world.start(&new).unwrap();
    world.let_agents_speak();
    let session = world.see(begun.id);
    assert_eq!(session.state, State::AwaitingConfirmation);
    let proposal = session.open_proposals().next().unwrap().id;
    // Ben says yes himself; then Ana must, too, since her agent books on Ben's calendar.
    let ben = world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap();
    assert_eq!(ben.session.state, State::AwaitingConfirmation);
    assert_eq!(ben.session.party(id_of(&world.ana)).unwrap().standing, Standing::Decides);
    let ana = world.say(&world.ana, begun.id, Message::Accept { proposal }).unwrap();
    assert_eq!(ana.session.state, State::Booking);
    let lease = bookings(&world)[0].clone();
    world.write(move |cx| commit(cx, &lease, true)).unwrap();
    assert_eq!(world.see(begun.id).state, State::Confirmed);
}

#[test]
fn where_a_calendar_could_not_be_read_again_the_people_decide() {
    let world = World::granting(AUTO);
    give_ben_a_calendar(&world);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let lease = bookings(&world)[0].clone();
    world.write(move |cx| commit(cx, &lease, false)).unwrap();
    let session = world.see(begun.id);
    assert_eq!((session.state, session.meeting), (State::AwaitingConfirmation, None));
    assert!(session.required().all(|party| party.standing == Standing::Decides));
    assert_eq!(world.holds(begun.id), 0);
}

#[test]
fn cancelling_while_it_is_booked_lets_go() {
    let world = World::granting(AUTO);
    give_ben_a_calendar(&world);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let lease = bookings(&world)[0].clone();
    let ended = world.say(&world.ana, begun.id, Message::Cancel { note: String::new() }).unwrap();
    assert_eq!(ended.session.state, State::Canceled);
    assert_eq!(world.holds(begun.id), 0);
    world.write(move |cx| commit(cx, &lease, true)).unwrap();
    assert_eq!(world.see(begun.id).state, State::Canceled);
}

#[test]
fn a_meeting_of_a_session_takes_the_time_of_both() {
    let world = World::granting(AUTO);
    let begun = world.start(&new_with(&[world.with_ben])).unwrap();
    world.let_agents_speak();
    let start = world.meeting_of(&world.see(begun.id)).start;
    let holders = [HolderId::User(id_of(&world.ana)), HolderId::User(id_of(&world.ben))];
    let taken = world.town.read(|cx| calendar::busy(cx, &holders, start, start.plus(HOUR)));
    for holder in holders {
        assert_eq!(taken[&holder].busy[0].start, start.ms());
    }
}
