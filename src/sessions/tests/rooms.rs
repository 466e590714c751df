//! Rooms and things that a session needs.

use super::*;
use crate::agents::{self, Agent, NewAgent};
use crate::base::id::AgentId;
use crate::calendar::Interval;
use crate::meetings::ResourceState;
use crate::network::Place;

impl World {
    fn room(&self, change: impl Fn(&mut NewAgent)) -> Agent {
        let mut new = NewAgent { name: "Blue Room".to_owned(), ..NewAgent::default() };
        change(&mut new);
        self.write(move |cx| agents::add(cx, &operator(), &new)).unwrap()
    }

    /// Takes a room's time.
    fn fill(&self, room: AgentId, from: Timestamp, to: Timestamp) {
        let meeting = MeetingId::from_uuid(uuid::Uuid::from_u128(99));
        self.write(move |cx| calendar::occupy(cx, room, meeting, Some((from, to, Kind::Busy)))).unwrap();
    }

    fn taken_of(&self, room: AgentId) -> Vec<Interval> {
        let holder = HolderId::Agent(room);
        self.town.read(|cx| Ok(calendar::busy(cx, &[holder], NOW, hour(100))?.remove(&holder).unwrap().busy))
    }

    fn retire(&self, room: AgentId) {
        self.write(move |cx| agents::retire(cx, &operator(), room)).unwrap();
    }
}

/// Half an hour with Ben in a room.
fn in_room(world: &World, room: &Agent) -> New {
    let mut new = new_with(&[world.with_ben]);
    new.want.resources = vec![room.id];
    new
}

#[test]
fn the_agents_agree_on_a_time_at_which_the_room_is_free_and_book_it() {
    let world = World::granting(AUTO);
    let room = world.room(|_| {});
    world.fill(room.id, hour(0), hour(10));
    let mut new = in_room(&world, &room);
    new.want.place = Some(Place::InPerson);
    let begun = world.start(&new).unwrap();
    world.let_agents_speak();
    let meeting = world.meeting_of(&world.see(begun.id));
    assert!(meeting.start >= hour(10), "{}", meeting.start.to_rfc3339());
    assert_eq!(
        (meeting.resources[0].state, meeting.place().as_str()),
        (ResourceState::Accepted, "Blue Room")
    );
    assert_eq!(world.taken_of(room.id).last().unwrap().end, meeting.end.ms());
    assert_eq!(world.holds(begun.id), 0);
}

#[test]
fn a_time_at_which_the_room_is_taken_is_refused_with_others() {
    let world = World::granting(CONFIRM);
    let room = world.room(|_| {});
    let begun = world.start(&in_room(&world, &room)).unwrap();
    let named = Message::Proposal { slots: vec![slot(hour(5))] };
    assert!(world.say(&world.ana, begun.id, named).unwrap().refused.is_none());
    let proposal = world.see(begun.id).proposals[0].id;
    world.fill(room.id, hour(5), hour(6));
    let answer = world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap();
    let refusal = answer.refused.unwrap();
    assert_eq!(refusal.code, "session.slot-taken");
    assert!(!refusal.alternatives.is_empty());
    assert!(refusal.alternatives.iter().all(|one| one.end <= hour(5) || one.start >= hour(6)));
}

#[test]
fn the_room_is_held_between_the_phases_and_its_calendar_is_read_again() {
    let world = World::granting(AUTO);
    let room = world.room(|_| {});
    let source = world
        .write(move |cx| crate::calendar::tests::an_empty_calendar_of(cx, &operator(), room.id.into()))
        .unwrap();
    let begun = world.start(&in_room(&world, &room)).unwrap();
    world.let_agents_speak();
    assert_eq!((world.see(begun.id).state, world.holds(begun.id)), (State::Booking, 3));
    let lease = world.write(|cx| queue::claim(cx, BOOKINGS, 10, MINUTE)).unwrap()[0].clone();
    assert_eq!(world.town.read(|cx| to_read(cx, &lease)), [source]);
    // Something came into the room's calendar meanwhile.
    let chosen = world.see(begun.id).chosen.unwrap();
    let start = world.see(begun.id).proposals.iter().find(|one| one.id == chosen).unwrap().start;
    world.fill(room.id, start, start.plus(HOUR));
    world.write(move |cx| commit(cx, &lease, true)).unwrap();
    let session = world.see(begun.id);
    assert_eq!((session.state, session.reason.as_deref()), (State::Negotiating, Some("slot-taken")));
    assert_eq!(world.holds(begun.id), 0);
}

#[test]
fn on_a_room_whose_calendar_was_not_read_lately_nothing_books_by_itself() {
    let world = World::granting(AUTO);
    let room = world.room(|_| {});
    world
        .write(move |cx| crate::calendar::tests::an_empty_calendar_of(cx, &operator(), room.id.into()))
        .unwrap();
    world.town.clock.advance(2 * HOUR);
    let mut new = in_room(&world, &room);
    new.want.from += 3 * HOUR;
    let begun = world.start(&new).unwrap();
    world.let_agents_speak();
    assert_eq!(world.see(begun.id).state, State::AwaitingConfirmation);
    let proposal = world.see(begun.id).open_proposals().next().unwrap().id;
    assert!(world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap().refused.is_none());
    assert!(world.say(&world.ana, begun.id, Message::Accept { proposal }).unwrap().refused.is_none());
    let lease = world.write(|cx| queue::claim(cx, BOOKINGS, 10, MINUTE)).unwrap()[0].clone();
    world.write(move |cx| commit(cx, &lease, false)).unwrap();
    let meeting = world.meeting_of(&world.see(begun.id));
    assert_eq!(meeting.resources[0].state, ResourceState::Unsure, "people wanted it all the same");
}

#[test]
fn a_room_that_is_retired_in_the_middle_is_needed_no_more() {
    let world = World::granting(CONFIRM);
    let room = world.room(|_| {});
    let begun = world.start(&in_room(&world, &room)).unwrap();
    world.let_agents_speak();
    world.retire(room.id);
    let session = world.see(begun.id);
    assert_eq!(
        world.town.read(|cx| rooms(cx, &session)),
        [Room { id: room.id, name: room.name, is_there: false }]
    );
    let proposal = session.open_proposals().next().unwrap().id;
    assert!(world.say(&world.ben, begun.id, Message::Accept { proposal }).unwrap().refused.is_none());
    world.let_agents_speak();
    assert!(world.meeting_of(&world.see(begun.id)).resources.is_empty());
}

#[test]
fn a_session_is_begun_for_rooms_that_are_there_and_each_once() {
    let world = World::granting(AUTO);
    let room = world.room(|_| {});
    let mut twice = in_room(&world, &room);
    twice.want.resources.push(room.id);
    assert_eq!(code(world.start(&twice)), "invalid");
    world.retire(room.id);
    assert_eq!(code(world.start(&in_room(&world, &room))), "invalid");
}

#[test]
fn a_line_may_name_the_room() {
    let world = World::granting(AUTO);
    let room = world.room(|_| {});
    let ana = world.ana.clone();
    let line = "45 minutes with Ben tomorrow in the blue room";
    let preview = world.town.read(|cx| wish(cx, &ana, line, None)).understood().unwrap();
    assert_eq!((preview.new.want.resources, preview.new.want.minutes), (vec![room.id], 45));
    assert_eq!(preview.rooms, ["Blue Room"]);
    world.retire(room.id);
    let refused = world.town.read(|cx| Ok(wish(cx, &ana, line, None)?.understood().is_err()));
    assert!(refused, "nobody knows such a room any more");
}
