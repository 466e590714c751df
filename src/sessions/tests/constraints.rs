//! Constraints: every one that a grant has counts when times are named, and again in the transaction that books.

use super::*;
use crate::base::hours::Week;
use crate::network::{Day, Place};

/// When the time is that lies on the table: Sunday, 17 January 2027, 04:00.
fn at() -> Timestamp {
    hour(44)
}

/// One constraint, narrowed so that the time that lies on the table does not fit it.
fn narrowed(name: &str) -> NewGrant {
    let mut new = grant(CONFIRM);
    let constraints = &mut new.constraints;
    match name {
        "hours" => {
            let early = Window::parse("00:00-01:00").unwrap();
            constraints.hours = Some(Week::every_day(early));
        }
        "weekdays" => constraints.weekdays = [Day::Tue].into(),
        "notice" => constraints.notice_minutes = 45 * 60,
        "horizon" => constraints.horizon_days = 1,
        "shortest" => constraints.length = Length { min: 45, max: 480, default: 45 },
        "longest" => constraints.length = Length { min: 5, max: 20, default: 20 },
        "buffer before" => constraints.buffer_before_minutes = 120,
        "buffer after" => constraints.buffer_after_minutes = 120,
        "per week" => constraints.per_week = Some(1),
        "place" => constraints.places = [Place::Phone].into(),
        "end" => new.ends_at = Some(hour(20)),
        _ => panic!("{name}"),
    }
    new
}

const ALL: [&str; 11] = [
    "hours",
    "weekdays",
    "notice",
    "horizon",
    "shortest",
    "longest",
    "buffer before",
    "buffer after",
    "per week",
    "place",
    "end",
];

/// A world in which Ben has something an hour before and an hour after the time that lies on the table, and has met Ana that
/// week already; and the session, by video.
fn on_the_table() -> (World, SessionId, ProposalId) {
    let world = World::granting(CONFIRM);
    let at = at();
    world.occupy(&world.ben, 1, at.plus(-2 * HOUR), at.plus(-HOUR));
    world.occupy(&world.ben, 2, at.plus(90 * MINUTE), at.plus(2 * HOUR));
    for who in [&world.ana, &world.ben] {
        world.occupy(who, 3, hour(4), hour(5));
    }
    let mut new = new_with(&[world.with_ben]);
    new.want.place = Some(Place::Video);
    let id = world.start(&new).unwrap().id;
    let named = Message::Proposal { slots: vec![slot(at)] };
    assert!(world.say(&world.ana, id, named).unwrap().refused.is_none());
    let proposal = world.see(id).proposals[0].id;
    (world, id, proposal)
}

#[test]
fn without_any_of_them_the_time_is_booked() {
    let (world, id, proposal) = on_the_table();
    let booked = world.say(&world.ben, id, Message::Accept { proposal }).unwrap().session;
    assert_eq!(booked.state, State::Confirmed);
}

#[test]
fn each_constraint_refuses_a_time_that_is_named() {
    for name in ALL {
        let (world, id, _) = on_the_table();
        world.grant(&world.ben, world.with_ben, narrowed(name));
        let named = Message::Proposal { slots: vec![slot(at())] };
        assert_eq!(refused(world.say(&world.ana, id, named)), "session.slot-taken", "{name}");
    }
}

#[test]
fn each_constraint_that_came_after_the_proposal_counts_at_the_last_yes() {
    for name in ALL {
        let (world, id, proposal) = on_the_table();
        world.grant(&world.ben, world.with_ben, narrowed(name));
        let answer = world.say(&world.ben, id, Message::Accept { proposal }).unwrap();
        assert_eq!(answer.refused.map(|refusal| refusal.code), Some("session.slot-taken"), "{name}");
        assert_eq!((world.see(id).meeting, world.holds(id)), (None, 0), "{name}");
    }
}

#[test]
fn of_two_sessions_in_a_week_that_has_room_for_one_meeting_the_second_is_refused() {
    let world = World::granting(CONFIRM);
    let mut once = grant(CONFIRM);
    once.constraints.per_week = Some(1);
    world.grant(&world.ben, world.with_ben, once);
    let ids: Vec<(SessionId, ProposalId)> = [hour(5), hour(9)]
        .map(|at| {
            let id = world.start(&new_with(&[world.with_ben])).unwrap().id;
            let named = Message::Proposal { slots: vec![slot(at)] };
            assert!(world.say(&world.ana, id, named).unwrap().refused.is_none());
            (id, world.see(id).proposals[0].id)
        })
        .into();
    let yes =
        |(id, proposal): (SessionId, ProposalId)| world.say(&world.ben, id, Message::Accept { proposal });
    assert_eq!(yes(ids[0]).unwrap().session.state, State::Confirmed);
    assert_eq!(refused(yes(ids[1])), "session.slot-taken");
    // The week after has room again.
    let mut next = new_with(&[world.with_ben]);
    next.want.to = hour(24 * 9).ms();
    let id = world.start(&next).unwrap().id;
    let named = Message::Proposal { slots: vec![slot(hour(24 * 4))] };
    assert!(world.say(&world.ana, id, named).unwrap().refused.is_none());
    let proposal = world.see(id).proposals[0].id;
    assert_eq!(yes((id, proposal)).unwrap().session.state, State::Confirmed);
}

#[test]
fn somebodys_hours_are_of_their_own_zone_on_both_sides_of_a_clock_change() {
    // On Sunday, 14 March 2027, clocks go forward in New York, two weeks before they do in Europe.
    let world = World::granting(AUTO);
    let (ben, connection) = (world.ben.clone(), world.with_ben);
    world
        .write(move |cx| {
            let nine_to_ten = || Some(vec![Window::parse("09:00-10:00").unwrap()]);
            let change = ProfileChange {
                zone: Zone::parse("America/New_York"),
                hours: Some(HoursChange::Days(std::array::from_fn(|_| nine_to_ten()))),
                ..ProfileChange::default()
            };
            accounts::change_profile(cx, &ben, &change)
        })
        .unwrap();
    world.grant(&world.ben, connection, grant(AUTO));
    world.town.clock.advance(57 * DAY);
    // Nine o'clock there is 14:00 UTC on Saturday, and 13:00 from Sunday on.
    for (day, at) in [(0, 14), (1, 13), (3, 13)] {
        let mut new = new_with(&[connection]);
        let midnight = NOW.plus((57 + day) * DAY - 8 * HOUR);
        new.want.from = midnight.plus(HOUR).max(world.town.clock.now()).ms();
        new.want.to = midnight.plus(DAY).ms();
        let begun = world.start(&new).unwrap();
        world.let_agents_speak();
        let meeting = world.meeting_of(&world.see(begun.id));
        assert_eq!(meeting.start, midnight.plus(at * HOUR), "day {day}");
    }
}
