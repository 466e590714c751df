//! What is taken: busy, tentative, held; and the house's own meetings.

use super::*;
use crate::base::id::{Id, MeetingId};

fn meeting(number: u128) -> MeetingId {
    MeetingId::from_uuid(uuid::Uuid::from_u128(number))
}

impl World {
    fn occupy(&self, who: &Actor, number: u128, time: Option<(i64, i64, Kind)>) {
        let user = id_of(who);
        let time = time.map(|(from, to, kind)| (at(from), at(to), kind));
        self.town.write(move |cx| occupy(cx, user, meeting(number), time)).unwrap();
    }

    fn between(&self, from: i64, to: i64) -> i64 {
        let (ana, ben) = (id_of(&self.ana), id_of(&self.ben));
        self.town.read(|cx| meetings_between(cx, ana, ben, at(from), at(to)))
    }
}

#[test]
fn somebody_without_sources_is_free_up_to_the_horizon() {
    let world = World::new();
    let taken = world.taken(&world.ana, at(0), at(24));
    assert_eq!(
        taken,
        Taken {
            busy: vec![],
            tentative: vec![],
            held: vec![],
            stale: None,
            known_until: NOW.plus(400 * DAY),
        }
    );
}

#[test]
fn what_is_taken_is_sorted_disjoint_and_clipped() {
    let world = World::new();
    world.ics();
    let tentative = format!("{}|STATUS:TENTATIVE", event("t", 9, 18));
    world.read(&[
        &event("a", 12, 14),
        &event("b", 6, 9),
        &event("c", 13, 15),
        &event("d", 15, 16),
        &tentative,
    ]);
    let taken = world.taken(&world.ana, at(8), at(17));
    assert_eq!(taken.busy, [span(8, 9), span(12, 16)]);
    assert_eq!(taken.tentative, [span(9, 17)]);
}

#[test]
fn a_source_never_read_is_stale_and_nothing_is_known_beyond_one_that_was() {
    let world = World::new();
    world.ics();
    let taken = world.taken(&world.ana, at(0), at(24));
    assert_eq!(taken.stale, Some(Stale { sources: 1, since: None }));
    world.read(&[]);
    world.town.clock.advance(30 * DAY);
    let taken = world.taken(&world.ana, at(0), at(24));
    assert_eq!(taken.stale.unwrap().since, Some(NOW));
    assert_eq!(taken.known_until.ms(), (NOW.ms() / DAY + 401) * DAY);
}

#[test]
fn a_meeting_of_the_house_takes_the_time_it_has_now() {
    let world = World::new();
    world.occupy(&world.ana, 1, Some((9, 10, Kind::Busy)));
    assert_eq!(world.today(), [span(9, 10)]);
    world.occupy(&world.ana, 1, Some((11, 12, Kind::Tentative)));
    let taken = world.taken(&world.ana, at(0), at(24));
    assert_eq!((taken.busy, taken.tentative), (vec![], vec![span(11, 12)]));
    world.occupy(&world.ana, 1, None);
    assert!(world.taken(&world.ana, at(0), at(24)).tentative.is_empty());
    world.town.clock.advance(30 * DAY);
    assert_eq!(world.taken(&world.ana, at(0), at(24)).stale, None, "the house is never stale");
}

#[test]
fn a_meeting_that_is_to_be_moved_does_not_stand_in_its_own_way() {
    let world = World::new();
    world.occupy(&world.ana, 1, Some((9, 11, Kind::Busy)));
    world.occupy(&world.ana, 2, Some((10, 12, Kind::Busy)));
    let ana = holder(&world.ana);
    let but = |subject: String| {
        world.town.read(|cx| busy_but(cx, &[ana], at(0), at(24), &subject)).remove(&ana).unwrap().busy
    };
    assert_eq!(but(meeting(1).to_string()), [span(10, 12)]);
    assert_eq!(but(meeting(3).to_string()), [span(9, 12)]);
}

#[test]
fn nor_does_its_copy_in_a_calendar_that_took_the_invitation_in() {
    let world = World::new();
    world.ics();
    let uid = |number: u128| format!("{}@entente.test", uuid::Uuid::from_u128(number).simple());
    world.occupy(&world.ana, 1, Some((9, 11, Kind::Busy)));
    world.read(&[
        &event(&uid(1), 9, 11),
        &event(&uid(2), 12, 13),
        "DTSTART:20270115T140000Z|DTEND:20270115T150000Z",
    ]);
    let ana = holder(&world.ana);
    let but = |subject: String| {
        world.town.read(|cx| busy_but(cx, &[ana], at(0), at(24), &subject)).remove(&ana).unwrap().busy
    };
    assert_eq!(but(meeting(1).to_string()), [span(12, 13), span(14, 15)]);
    assert_eq!(but("a booking".to_owned()), [span(9, 11), span(12, 13), span(14, 15)]);
}

#[test]
fn meetings_that_two_share_are_counted_by_their_start() {
    let world = World::new();
    assert_eq!(world.between(0, 24), 0);
    world.occupy(&world.ana, 1, Some((9, 10, Kind::Busy)));
    world.occupy(&world.ben, 1, Some((9, 10, Kind::Tentative)));
    world.occupy(&world.ana, 2, Some((11, 12, Kind::Busy)));
    world.occupy(&world.ben, 3, Some((11, 12, Kind::Busy)));
    // Six days long: it lies in pieces, and is one meeting all the same.
    world.occupy(&world.ana, 4, Some((13, 13 + 144, Kind::Busy)));
    world.occupy(&world.ben, 4, Some((13, 13 + 144, Kind::Busy)));
    assert_eq!(world.between(0, 24), 2);
    assert_eq!(world.between(10, 24), 1);
    assert_eq!(world.between(24, 24 * 7), 0, "its later pieces begin nothing");
    world.occupy(&world.ben, 1, None);
    assert_eq!(world.between(0, 24), 1);
}

#[test]
fn what_is_held_ends_by_the_clock_or_by_hand() {
    let world = World::new();
    let ana = holder(&world.ana);
    let held = |from, to, subject: &'static str, minutes: i64| {
        world
            .town
            .write(move |cx| hold(cx, ana, at(from), at(to), subject, cx.now.plus(minutes * MINUTE)))
            .unwrap()
    };
    held(9, 10, "bkg_1", 30);
    held(10, 11, "bkg_2", 60);
    let list = || world.taken(&world.ana, at(0), at(24)).held;
    assert_eq!(list(), [span(9, 11)]);
    let but = world.town.read(|cx| busy_but(cx, &[ana], at(0), at(24), "bkg_2")).remove(&ana).unwrap();
    assert_eq!(but.held, [span(9, 10)]);
    assert_eq!(world.town.read(|cx| holds_of(cx, "bkg_1")).len(), 1);
    world.town.clock.advance(30 * MINUTE);
    assert_eq!(list(), [span(10, 11)]);
    assert!(world.town.read(|cx| holds_of(cx, "bkg_1")).is_empty());
    assert!(world.town.write(|cx| release(cx, "bkg_2")).unwrap());
    assert!(!world.town.write(|cx| release(cx, "bkg_2")).unwrap());
    assert!(list().is_empty());
    assert_eq!(world.town.write(|cx| delete_ended(cx)).unwrap(), 1);
    held(9, 9 + 24 * 7, "bkg_3", 30);
    let found = world.town.read(|cx| holds_of(cx, "bkg_3"));
    assert_eq!((found.len(), found[0].to), (1, at(9 + 24 * 7)));
    assert_eq!(world.taken(&world.ana, at(24 * 6), at(24 * 7)).held, [span(24 * 6, 24 * 7)]);
}

/// Fifty people with three hundred events each in thirty days: what a large search looks through.
#[test]
fn looking_reads_only_the_index_that_covers_it() {
    let world = World::new();
    world.ics();
    world.read(&[&event("a", 9, 10)]);
    world.today();
    let sql = "SELECT starts_at, ends_at, tentative FROM busy
             WHERE holder_id = $1 AND starts_at >= $2 AND starts_at < $3 ORDER BY starts_at";
    assert!(crate::store::statements::seen().iter().any(|seen| seen == sql), "this is what is asked");
    let plan = world.town.read(|cx| cx.db.plan(sql));
    assert_eq!(
        plan,
        ["SEARCH busy USING COVERING INDEX busy_by_holder (holder_id=? AND starts_at>? AND starts_at<?)"]
    );
}
