//! The rooms and things of meetings: each answers by itself.

use super::*;
use crate::agents::{self, Agent, AgentChange, NewAgent};
use crate::base::hours::Week;
use crate::base::id::AgentId;
use crate::calendar::{Access, Found, HolderId, Interval, NewAccount, SourceKind};
use crate::network::{Constraints, Length};
use crate::post::letter::Event;

const HOST: &str = "ana@example.org";
const GUEST: &str = "ben@example.org";

impl World {
    fn room(&self, name: &str, change: impl Fn(&mut NewAgent)) -> Agent {
        let mut new = NewAgent { name: name.to_owned(), ..NewAgent::default() };
        change(&mut new);
        self.town.write(move |cx| agents::add(cx, &operator(), &new)).unwrap()
    }

    /// What is taken of a room's time, whenever.
    fn taken_of(&self, room: AgentId) -> Vec<Interval> {
        let holder = HolderId::Agent(room);
        self.town.read(|cx| {
            let (from, to) = (NOW.plus(-100 * DAY), NOW.plus(1_000 * DAY));
            Ok(calendar::busy(cx, &[holder], from, to)?.remove(&holder).unwrap().busy)
        })
    }

    fn try_make(&self, new: &NewMeeting) -> Result<Meeting> {
        let new = new.clone();
        self.town.write(move |cx| create(cx, &operator(), &new))
    }

    fn retire(&self, room: AgentId) {
        self.town.write(move |cx| agents::retire(cx, &operator(), room)).unwrap();
        self.follow(FOLLOWER);
    }

    /// What the newest letter of a kind says of the event.
    fn event_of(&self, email: &str, kind: &str) -> Event {
        self.newest(email, kind).letter.says.event().unwrap().clone()
    }
}

/// Tea in some rooms, and nowhere else.
fn tea_in(rooms: &[&Agent], start: Timestamp) -> NewMeeting {
    NewMeeting {
        start,
        end: start.plus(HOUR),
        location: String::new(),
        resources: rooms.iter().map(|room| room.id).collect(),
        ..tea(&[GUEST])
    }
}

fn span(start: Timestamp) -> Vec<Interval> {
    vec![Interval { start: start.ms(), end: start.plus(HOUR).ms() }]
}

fn states(meeting: &Meeting) -> Vec<(&'static str, Option<&str>)> {
    meeting.resources.iter().map(|one| (one.state.as_str(), one.reason.as_deref())).collect()
}

#[test]
fn a_room_is_taken_with_the_meeting_and_is_its_place_where_none_is_given() {
    let world = World::new();
    let (blue, beamer) = (world.room("Blue Room", |_| {}), world.room("Projector", |_| {}));
    let meeting = world.make(&tea_in(&[&blue, &beamer], START));
    assert_eq!(states(&world.load(meeting.id)), [("accepted", None); 2]);
    assert_eq!((world.taken_of(blue.id), world.taken_of(beamer.id)), (span(START), span(START)));
    for email in [HOST, GUEST] {
        assert_eq!(world.event_of(email, "invitation").location, "Blue Room, Projector", "{email}");
    }
    let given = NewMeeting { location: "Kitchen".to_owned(), ..tea_in(&[&blue], START.plus(DAY)) };
    assert_eq!(world.make(&given).place(), "Kitchen");
}

#[test]
fn a_room_that_is_taken_refuses_and_the_refusal_carries_the_nearest_times() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    world.make(&tea_in(&[&blue], START));
    let again = tea_in(&[&blue], START.plus(HOUR / 2));
    let refused = world.try_make(&again).unwrap_err();
    assert_eq!(
        (refused.code(), refused.to_string()),
        ("meeting.room-taken", "Blue Room: It is taken.".into())
    );
    let times = world.town.read(|cx| room_times(cx, None, &again));
    assert!(times.contains(&(START.plus(HOUR), START.plus(2 * HOUR))), "{times:?}");
    assert!(times.contains(&(START.plus(-HOUR), START)), "{times:?}");
    assert!(times.iter().all(|(start, end)| *end <= START || *start >= START.plus(HOUR)));
    assert_eq!(world.taken_of(blue.id), span(START));
}

#[test]
fn the_times_that_a_refusal_carries_suit_whoever_asks_as_well() {
    let world = World::new();
    let owner = world.sign_up(HOST);
    let (blue, noon) = (world.room("Blue Room", |_| {}), START.plus(4 * HOUR));
    world.make(&NewMeeting { guests: vec![person(GUEST)], ..tea_in(&[], noon.plus(HOUR)) });
    let other = NewMeeting { host: person("cy@example.org"), ..tea_in(&[&blue], noon) };
    world.make(&other);
    let times = world.town.read(|cx| room_times(cx, Some(owner), &tea_in(&[&blue], noon)));
    assert!(!times.is_empty());
    assert!(times.iter().all(|(start, end)| *end <= noon || *start >= noon.plus(2 * HOUR)), "{times:?}");
}

#[test]
fn a_room_goes_by_its_own_rules_and_hours() {
    let world = World::new();
    let rules = |change: fn(&mut Constraints)| {
        move |new: &mut NewAgent| {
            let mut rules = agents::open_rules();
            change(&mut rules);
            new.rules = Some(rules);
        }
    };
    let short =
        world.room("Phone box", rules(|rules| rules.length = Length { min: 5, max: 30, default: 30 }));
    // The first of these is a Friday.
    let office = world.room("Office", |new| new.week = Some(Week::office()));
    let rare = world.room("Hall", rules(|rules| rules.per_week = Some(1)));
    let late = world.room("Studio", rules(|rules| rules.notice_minutes = 14 * 1_440));
    let said = |new: &NewMeeting| world.try_make(new).unwrap_err().to_string();
    assert_eq!(said(&tea_in(&[&short], START)), "Phone box: It cannot be had for this long.");
    assert_eq!(said(&tea_in(&[&office], START.plus(DAY))), "Office: It cannot be had at these hours.");
    assert_eq!(said(&tea_in(&[&late], START)), "Studio: It must be asked for earlier.");
    world.make(&tea_in(&[&rare], START));
    assert_eq!(said(&tea_in(&[&rare], START.plus(DAY))), "Hall: It is taken.", "a week has one");
    world.make(&tea_in(&[&rare], START.plus(7 * DAY)));
}

#[test]
fn what_is_no_room_is_not_asked() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    assert_eq!(code(world.try_make(&tea_in(&[&blue, &blue], START))), "invalid");
    world.retire(blue.id);
    assert_eq!(code(world.try_make(&tea_in(&[&blue], START))), "invalid");
}

#[test]
fn of_a_hundred_at_one_time_one_gets_the_room() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    let made = std::thread::scope(|scope| {
        let booking = |n: usize| {
            let guest = format!("guest{n}@example.org");
            let new = NewMeeting { guests: vec![person(&guest)], ..tea_in(&[&blue], START) };
            let world = &world;
            scope.spawn(move || world.try_make(&new).map_err(|error| error.code()))
        };
        let all: Vec<_> = (0..100).map(booking).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 1);
    let refused = made.iter().filter(|one| matches!(one, Err("meeting.room-taken"))).count();
    assert_eq!((refused, world.taken_of(blue.id)), (99, span(START)));
}

#[test]
fn a_room_moves_with_the_meeting_where_it_is_free() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    let meeting = world.make(&tea_in(&[&blue], START));
    world.deliver();
    // Half an hour on: what the meeting takes itself is not in its way.
    let moved = world.move_by(meeting.id, HOUR / 2).unwrap();
    assert_eq!(states(&moved), [("accepted", None)]);
    assert_eq!(world.taken_of(blue.id), span(START.plus(HOUR / 2)));
    assert!(world.event_of(HOST, "update").let_go.is_empty());
}

#[test]
fn a_meeting_that_moves_to_when_its_room_is_taken_goes_without_it_and_the_host_is_told() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    let meeting = world.make(&tea_in(&[&blue], START));
    world.make(&NewMeeting { guests: vec![person("cy@example.org")], ..tea_in(&[&blue], START.plus(DAY)) });
    world.deliver();
    let moved = world.move_by(meeting.id, DAY).unwrap();
    assert_eq!((states(&moved), moved.place()), (vec![("let_go", Some("taken"))], String::new()));
    assert_eq!(world.taken_of(blue.id), span(START.plus(DAY)), "its time is the other meeting's");
    let host = world.event_of(HOST, "update");
    assert_eq!(host.let_go, ["Blue Room was let go: it is taken at the new time."]);
    let guest = world.event_of(GUEST, "update");
    assert_eq!((guest.location.as_str(), guest.let_go.len()), ("", 0));
    let told = world.town.read(|cx| journal::story(cx, &meeting.id, 100));
    let entry = told.iter().find(|entry| entry.kind == "meeting.room-let-go").unwrap();
    assert_eq!(entry.text("reason"), Some("taken"));
    // It does not come back by itself.
    world.town.clock.advance(MINUTE);
    let back = world.move_by(meeting.id, -DAY).unwrap();
    assert_eq!(states(&back), [("let_go", Some("taken"))]);
    assert!(world.event_of(HOST, "update").let_go.is_empty(), "that was told");
}

#[test]
fn an_approved_time_is_checked_for_the_room_as_well() {
    let world = World::new();
    let blue = world.room("Blue Room", |new| new.week = Some(Week::office()));
    let friday = START.plus(HOUR);
    let meeting = world.make(&tea_in(&[&blue], friday));
    world.deliver();
    world.propose_by_link(&world.respond(GUEST), friday.plus(DAY)).unwrap();
    assert_eq!(world.taken_of(blue.id), span(friday), "nothing is taken before it is approved");
    world.approve(HOST).unwrap();
    assert_eq!(states(&world.load(meeting.id)), [("let_go", Some("rules"))]);
    assert!(world.taken_of(blue.id).is_empty());
}

#[test]
fn what_is_cancelled_or_declined_gives_its_rooms_back() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    let meeting = world.make(&tea_in(&[&blue], START));
    world.deliver();
    world.cancel(meeting.id);
    assert!(world.taken_of(blue.id).is_empty());
    world.make(&NewMeeting { guests: vec![person("cy@example.org")], ..tea_in(&[&blue], START) });
    world.deliver();
    world.answer_by_link(&world.respond("cy@example.org"), PartStat::Declined).unwrap();
    assert!(world.taken_of(blue.id).is_empty(), "the last guest's decline cancels it");
}

#[test]
fn an_open_meeting_has_its_room_already() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    let meeting = world.make(&NewMeeting { guests: Vec::new(), ..tea_in(&[&blue], START) });
    assert_eq!(world.taken_of(blue.id), span(START));
    world.town.write(move |cx| book(cx, &operator(), meeting.id, &person(GUEST))).unwrap();
    assert_eq!(world.event_of(GUEST, "invitation").location, "Blue Room");
}

#[test]
fn a_retired_room_is_let_go_of_meetings_ahead_and_everybody_is_told_where_it_was_the_place() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    let meeting = world.make(&tea_in(&[&blue], START));
    let elsewhere = NewMeeting { location: "Kitchen".to_owned(), ..tea_in(&[&blue], START.plus(DAY)) };
    let elsewhere = world.make(&elsewhere);
    world.deliver();
    world.retire(blue.id);
    for id in [meeting.id, elsewhere.id] {
        assert_eq!(states(&world.load(id)), [("let_go", Some("retired"))]);
    }
    assert!(world.taken_of(blue.id).is_empty());
    let updates: Vec<_> = world.deliver().into_iter().map(|kept| kept.letter.says).collect();
    assert_eq!(updates.len(), 2, "of the meeting in the kitchen nothing has changed for anybody");
    let host = world.event_of(HOST, "update");
    assert_eq!((host.sequence, host.edition, host.location.as_str()), (0, 1, ""));
    assert_eq!(host.let_go, ["Blue Room was let go: it can no longer be had in this house."]);
    assert!(world.event_of(GUEST, "update").let_go.is_empty());
}

#[test]
fn a_renamed_room_is_called_by_its_new_name() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    let meeting = world.make(&tea_in(&[&blue], START));
    let change = AgentChange { name: Some("Green Room".to_owned()), ..AgentChange::default() };
    world.town.write(move |cx| agents::change(cx, &operator(), blue.id, &change)).unwrap();
    assert_eq!(world.load(meeting.id).place(), "Green Room");
}

#[test]
fn a_room_whose_calendar_was_not_read_lately_is_had_by_whoever_books_and_marked() {
    let world = World::new();
    let blue = world.room("Blue Room", |_| {});
    world
        .town
        .write(move |cx| {
            let new = NewAccount {
                holder: HolderId::Agent(blue.id),
                kind: SourceKind::Ics,
                name: String::new(),
                server: "calendar.example.org".to_owned(),
                access: Access {
                    url: "https://calendar.example.org/room".to_owned().into(),
                    username: None,
                    password: None,
                },
                zone: None,
            };
            let found = Found { name: "Room".to_owned(), path: String::new(), writable: false };
            calendar::add(cx, &operator(), &new, &[found])
        })
        .unwrap();
    let meeting = world.make(&tea_in(&[&blue], START));
    assert_eq!(states(&meeting), [("unsure", None)]);
}
