//! What meetings take of the time of those who have an account.

use super::*;
use crate::calendar::{Interval, Kind};

const HOST: &str = "ana@example.org";
const GUEST: &str = "ben@example.org";

fn span(start: Timestamp, end: Timestamp) -> Vec<Interval> {
    vec![Interval { start: start.ms(), end: end.ms() }]
}

/// Ana and Ben, both with accounts, and a meeting of theirs.
fn both() -> (World, Meeting) {
    let world = World::new();
    world.sign_up(HOST);
    world.sign_up(GUEST);
    let meeting = world.make(&tea(&[GUEST]));
    world.deliver();
    (world, meeting)
}

#[test]
fn a_meeting_takes_the_time_of_both_from_the_moment_it_is_booked() {
    let (world, _) = both();
    for email in [HOST, GUEST] {
        let taken = world.taken(email);
        assert_eq!((taken.busy, taken.tentative, taken.stale), (span(START, END), vec![], None), "{email}");
    }
}

#[test]
fn an_open_meeting_may_take_its_hosts_time() {
    let world = World::new();
    world.sign_up(HOST);
    let meeting = world.make(&tea(&[]));
    assert_eq!(world.taken(HOST).tentative, span(START, END));
    world.town.write(move |cx| book(cx, &operator(), meeting.id, &person(GUEST))).unwrap();
    assert_eq!(world.taken(HOST).busy, span(START, END));
    assert!(world.taken(HOST).tentative.is_empty());
}

#[test]
fn an_answer_changes_what_is_taken_and_a_move_asks_anew() {
    let (world, meeting) = both();
    let secret = world.respond(GUEST);
    world.answer_by_link(&secret, PartStat::Tentative).unwrap();
    assert_eq!((world.taken(GUEST).busy, world.taken(GUEST).tentative), (vec![], span(START, END)));
    world.move_by(meeting.id, DAY).unwrap();
    assert_eq!(world.taken(GUEST).busy, span(START.plus(DAY), END.plus(DAY)));
    assert_eq!(world.taken(HOST).busy, span(START.plus(DAY), END.plus(DAY)));
}

#[test]
fn what_is_declined_or_cancelled_takes_nothing() {
    let world = World::new();
    world.sign_up(HOST);
    world.sign_up(GUEST);
    let mut new = tea(&[GUEST, "cy@example.org"]);
    new.decline = Some(Decline::Soft);
    let meeting = world.make(&new);
    world.deliver();
    world.answer_by_link(&world.respond(GUEST), PartStat::Declined).unwrap();
    assert!(world.taken(GUEST).busy.is_empty());
    assert_eq!(world.taken(HOST).busy, span(START, END));
    world.cancel(meeting.id);
    assert!(world.taken(HOST).busy.is_empty());
}

#[test]
fn whoever_makes_an_account_later_is_at_their_meetings_already() {
    let (world, _) = World::of(&[GUEST]);
    world.sign_up(GUEST);
    assert!(world.taken(GUEST).busy.is_empty());
    world.follow(FOLLOWER);
    assert_eq!(world.taken(GUEST).busy, span(START, END));
}

#[test]
fn the_first_meeting_that_is_written_brings_all_others_with_it() {
    let (world, _) = World::of(&[GUEST]);
    world.sign_up(GUEST);
    let mut later = tea(&[GUEST]);
    (later.start, later.end) = (START.plus(DAY), END.plus(DAY));
    world.make(&later);
    assert_eq!(world.taken(GUEST).busy.len(), 2);
}

#[test]
fn after_an_upgrade_everybodys_meetings_are_written_at_start() {
    let (world, _) = World::of(&[GUEST]);
    world.sign_up(HOST);
    world.sign_up(GUEST);
    assert_eq!(world.town.write(|cx| occupy_missing(cx)).unwrap(), 2);
    assert_eq!(world.town.write(|cx| occupy_missing(cx)).unwrap(), 0);
    for email in [HOST, GUEST] {
        assert_eq!(world.taken(email).busy, span(START, END));
    }
}

#[test]
fn two_of_one_mailbox_take_what_takes_most() {
    assert!(Kind::Busy < Kind::Tentative, "the least is what takes most");
    let world = World::new();
    world.sign_up(HOST);
    let mut new = tea(&[GUEST]);
    new.guests.push(person(HOST));
    world.make(&new);
    assert_eq!(world.taken(HOST).busy, span(START, END));
}

#[test]
fn whoever_is_forgotten_or_leaves_is_free() {
    let (world, _) = both();
    let email = address(GUEST);
    world.town.write(move |cx| about_you::erase(cx, &anyone(), &email)).unwrap();
    assert!(world.taken(GUEST).busy.is_empty());
    let (world, _) = both();
    let email = address(HOST);
    world.town.write(move |cx| leave(cx, &operator(), &email)).unwrap();
    assert!(world.taken(HOST).busy.is_empty());
    assert!(world.taken(GUEST).busy.is_empty());
}

#[test]
fn meetings_that_two_share_are_counted() {
    let (world, meeting) = both();
    let of = |from: Timestamp, to: Timestamp| {
        world.town.read(|cx| {
            let [one, other] =
                [HOST, GUEST].map(|email| accounts::by_address(cx, &address(email)).unwrap().unwrap().id);
            calendar::meetings_between(cx, one, other, from, to)
        })
    };
    assert_eq!((of(START, END), of(END, END.plus(DAY))), (1, 0));
    world.cancel(meeting.id);
    assert_eq!(of(START, END), 0);
}
