//! Links that take rooms with them.

use super::*;
use crate::agents::{self, Agent, NewAgent};
use crate::base::hours::Week;
use crate::base::id::{AgentId, Id, MeetingId};
use crate::calendar::{self, HolderId, Interval, Kind};
use crate::meetings::ResourceState;
use crate::network::Place;

impl World {
    fn room(&self, change: impl Fn(&mut NewAgent)) -> Agent {
        let mut new = NewAgent { name: "Blue Room".to_owned(), ..NewAgent::default() };
        change(&mut new);
        self.town.write(move |cx| agents::add(cx, &operator(), &new)).unwrap()
    }

    fn fill(&self, room: AgentId, from: &str, to: &str) {
        let (from, to, meeting) = (at(from), at(to), MeetingId::from_uuid(uuid::Uuid::from_u128(99)));
        self.town.write(move |cx| calendar::occupy(cx, room, meeting, Some((from, to, Kind::Busy)))).unwrap();
    }

    fn time_of(&self, room: AgentId) -> (Vec<Interval>, Vec<Interval>) {
        let holder = HolderId::Agent(room);
        let taken = self
            .town
            .read(|cx| Ok(calendar::busy(cx, &[holder], NOW, NOW.plus(30 * DAY))?.remove(&holder).unwrap()));
        (taken.busy, taken.held)
    }

    /// A host with a link that takes a room, where they meet.
    fn in_room(change: impl Fn(&mut NewAgent)) -> (Self, BookingLink, Agent) {
        let world = Self::new();
        let room = world.room(change);
        let new = NewLink { resources: vec![room.id], place: Place::InPerson, ..link() };
        let link = world.offer(new).unwrap();
        (world, link, room)
    }
}

/// On Monday 18 January 2027, half an hour in Paris.
const TEN: &str = "2027-01-18T10:00:00+01:00";
const ELEVEN: &str = "2027-01-18T11:00:00+01:00";
const NOON: &str = "2027-01-18T12:00:00+01:00";

#[test]
fn only_times_are_offered_at_which_the_room_is_free_by_its_own_rules() {
    let (world, _, room) = World::in_room(|new| new.week = Some(Week::office()));
    world.fill(room.id, TEN, NOON);
    let free = world.free(30, "2027-01-18T00:00:00+01:00", "2027-01-19T00:00:00+01:00");
    // The room is in London, so to say: it opens at ten in Paris.
    assert_eq!(free.first(), Some(&at(NOON).to_rfc3339()), "{free:?}");
    assert_eq!(free.last(), Some(&at("2027-01-18T16:30:00+01:00").to_rfc3339()), "the host ends first");
    let taken = alternatives(world.ask(ROBIN, ELEVEN).unwrap());
    assert!(taken.contains(&at(NOON).to_rfc3339()), "{taken:?}");
}

#[test]
fn what_a_guest_asks_for_holds_the_room_and_the_meeting_has_it_as_its_place() {
    let (world, _, room) = World::in_room(|_| {});
    world.ask(ROBIN, TEN).unwrap();
    let span = vec![Interval { start: at(TEN).ms(), end: at(TEN).plus(30 * MINUTE).ms() }];
    assert_eq!(world.time_of(room.id), (vec![], span.clone()));
    let meeting = world.confirm(ROBIN).unwrap().booking.meeting.unwrap();
    assert_eq!(world.time_of(room.id), (span, vec![]));
    let meeting = world.town.read(|cx| meetings::load(cx, meeting));
    assert_eq!(
        (meeting.resources[0].state, meeting.place().as_str()),
        (ResourceState::Accepted, "Blue Room")
    );
    assert_eq!(world.open("ana", None).unwrap().rooms, ["Blue Room"]);
}

#[test]
fn of_two_links_that_take_one_room_one_guest_gets_it() {
    let (world, _, room) = World::in_room(|_| {});
    let ben = world.ben.clone();
    let new = NewLink { name: "ben".to_owned(), resources: vec![room.id], ..link() };
    world.town.write(move |cx| offer(cx, &ben, &new)).unwrap();
    world.ask(ROBIN, TEN).unwrap();
    let request = Request {
        start: at(TEN),
        minutes: 30,
        name: "Kim".to_owned(),
        address: address(KIM),
        zone: zone("Europe/Paris"),
        answers: Vec::new(),
    };
    let asked = world
        .town
        .write(move |cx| {
            let offer = open(cx, "ben", None)?;
            request_of(cx, &offer, &request)
        })
        .unwrap();
    assert!(matches!(asked, Requested::Taken { .. }), "{asked:?}");
}

fn request_of(cx: &mut Cx<'_>, offer: &Offer, request: &Request) -> Result<Requested> {
    super::super::request(cx, &anyone(), offer, request, &visitor("kim"))
}

#[test]
fn a_room_that_waits_for_the_host_is_held_and_its_notice_counts_when_it_was_asked_for() {
    let world = World::new();
    let room = world.room(|new| {
        let mut rules = agents::open_rules();
        rules.notice_minutes = 60;
        new.rules = Some(rules);
    });
    let new = NewLink { resources: vec![room.id], confirmation: Confirmation::ByHand, ..link() };
    world.offer(new).unwrap();
    // It is 09:00 in Paris.
    world.ask(ROBIN, "2027-01-15T10:30:00+01:00").unwrap();
    world.confirm(ROBIN).unwrap();
    world.town.clock.advance(HOUR);
    assert_eq!(world.time_of(room.id).1.len(), 1, "it is held while the host decides");
    let id = world.waiting()[0].id;
    let ana = world.ana.clone();
    let booked = world.town.write(move |cx| approve(cx, &ana, id)).unwrap();
    let meeting = world.town.read(|cx| meetings::load(cx, booked.meeting.unwrap()));
    assert_eq!(meeting.resources[0].state, ResourceState::Accepted);
}

#[test]
fn a_host_cannot_set_aside_that_the_room_is_taken() {
    let world = World::new();
    let room = world.room(|_| {});
    let new = NewLink { resources: vec![room.id], confirmation: Confirmation::ByHand, ..link() };
    world.offer(new).unwrap();
    world.ask(ROBIN, TEN).unwrap();
    world.confirm(ROBIN).unwrap();
    world.fill(room.id, TEN, ELEVEN);
    let (ana, id) = (world.ana.clone(), world.waiting()[0].id);
    assert_eq!(code(world.town.write(move |cx| approve(cx, &ana, id))), "booking.taken");
}

#[test]
fn with_a_room_whose_calendar_was_not_read_lately_the_host_is_asked() {
    let (world, _, room) = World::in_room(|_| {});
    let calendar = move |cx: &mut Cx<'_>| {
        crate::calendar::tests::an_empty_calendar_of(cx, &operator(), HolderId::Agent(room.id))
    };
    world.town.write(calendar).unwrap();
    world.town.clock.advance(2 * HOUR);
    world.ask(ROBIN, TEN).unwrap();
    assert_eq!(world.confirm(ROBIN).unwrap().booking.state, BookingState::Waiting);
}

#[test]
fn a_room_that_is_retired_is_taken_no_more_and_the_link_can_be_changed() {
    let (world, link, room) = World::in_room(|_| {});
    world.town.write(move |cx| agents::retire(cx, &operator(), room.id)).unwrap();
    let booking = world.book(ROBIN, TEN);
    let meeting = world.town.read(|cx| meetings::load(cx, booking.meeting.unwrap()));
    assert!(meeting.resources.is_empty());
    let renamed = LinkChange { title: Some("Coffee".to_owned()), ..LinkChange::default() };
    world.change(link.id, renamed).unwrap();
    let again = NewLink { name: "again".to_owned(), resources: vec![room.id], ..super::link() };
    assert_eq!(code(world.offer(again)), "invalid");
}

#[test]
fn times_for_moving_a_meeting_are_those_at_which_its_room_is_free() {
    let (world, _, room) = World::in_room(|_| {});
    let meeting = world.book(ROBIN, TEN).meeting.unwrap();
    world.fill(room.id, ELEVEN, NOON);
    let times = world.town.read(|cx| {
        let meeting = meetings::load(cx, meeting)?;
        let guest = meeting.participants[1].id;
        shared(cx, &anyone(), &meeting, guest)
    });
    let Shared::Times(free) = times else { panic!("the link's times") };
    let starts: Vec<_> = free.times.iter().map(|time| time.start).collect();
    assert!(!starts.iter().any(|start| (at(ELEVEN)..at(NOON)).contains(start)));
    // What the meeting itself takes of the room is not in the way.
    assert!(starts.contains(&at("2027-01-18T09:30:00+01:00")) && starts.contains(&at(NOON)), "{starts:?}");
}
