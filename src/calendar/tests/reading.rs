//! What readings bring, and what becomes of sources that cannot be read.

use super::*;

#[test]
fn a_feed_becomes_busy_time_and_no_title_is_kept() {
    let world = World::new();
    let id = world.ics();
    let mut titled = event("a", 9, 10);
    titled.push_str(
        "|SUMMARY:Secret plan|LOCATION:Bunker|DESCRIPTION:Do not tell|ATTENDEE:mailto:spy@example.org",
    );
    world.read(&[&titled, &event("b", 12, 13)]);
    assert_eq!(world.today(), [span(9, 10), span(12, 13)]);
    let source = world.source(id);
    assert_eq!((source.total, source.free, source.faults_total, source.read_at), (2, 0, 0, Some(NOW)));
    assert!(!source.is_stale);
    let whole = world.town.whole_text();
    for secret in ["Secret plan", "Bunker", "Do not tell", "spy@", "hunter2", "/secret"] {
        assert!(!whole.contains(secret), "{secret} is kept");
    }
}

#[test]
fn a_reading_replaces_only_what_has_changed() {
    let world = World::new();
    world.ics();
    let weekly = "UID:w|DTSTART:20270115T150000Z|DTEND:20270115T160000Z|RRULE:FREQ=WEEKLY";
    world.read(&[&event("a", 9, 10), &event("b", 11, 12), weekly]);
    let before =
        world.town.read(|cx| cx.db.one("SELECT MAX(rowid) AS n FROM busy", &[], |row| row.get::<i64>("n")));
    world.town.clock.advance(15 * MINUTE);
    world.read(&[&event("a", 9, 10), &event("b", 12, 14), weekly]);
    assert_eq!(world.today(), [span(9, 10), span(12, 14), span(15, 16)]);
    let after =
        world.town.read(|cx| cx.db.one("SELECT MAX(rowid) AS n FROM busy", &[], |row| row.get::<i64>("n")));
    assert_eq!(after.unwrap(), before.unwrap() + 1, "one row was laid anew");
    world.town.clock.advance(15 * MINUTE);
    world.read(&[weekly]);
    assert_eq!(world.today(), [span(15, 16)]);
}

#[test]
fn changes_leave_other_objects_alone() {
    let world = World::new();
    let id = world.caldav();
    let due = world.due().unwrap();
    world.read_with(&due, |due| {
        let objects = ["a", "b", "c"]
            .iter()
            .zip([9, 11, 13])
            .map(|(uid, hour)| object(due, &format!("{uid}.ics"), &feed_of(&[&event(uid, hour, hour + 1)])));
        Objects::Whole(objects.collect())
    });
    assert_eq!(world.today().len(), 3);
    world.town.clock.advance(15 * MINUTE);
    let due = world.due().unwrap();
    assert_eq!(due.objects.keys().collect::<Vec<_>>(), ["a.ics", "b.ics", "c.ics"]);
    assert_eq!(due.mark.etag.as_deref(), Some("1"));
    world.read_with(&due, |due| Objects::Changes {
        changed: vec![object(due, "b.ics", &feed_of(&[&event("b", 16, 18)]))],
        gone: vec!["c.ics".to_owned(), "never-there.ics".to_owned()],
    });
    assert_eq!(world.today(), [span(9, 10), span(16, 18)]);
    assert_eq!(world.source(id).total, 2);
}

#[test]
fn an_object_that_cannot_be_read_counts_as_it_was_known() {
    let world = World::new();
    let id = world.caldav();
    let due = world.due().unwrap();
    world.read_with(&due, |due| Objects::Whole(vec![object(due, "a.ics", &feed_of(&[&event("a", 9, 10)]))]));
    world.town.clock.advance(15 * MINUTE);
    let due = world.due().unwrap();
    world.read_with(&due, |_| Objects::Changes {
        changed: vec![Object {
            href: "a.ics".to_owned(),
            etag: "2".to_owned(),
            read: Err(Fault {
                uid: "a.ics".to_owned(),
                line: 0,
                code: "itip.not-calendar".to_owned(),
                words: "it is no calendar".to_owned(),
            }),
            theirs: None,
        }],
        gone: Vec::new(),
    });
    assert_eq!(world.today(), [span(9, 10)]);
    let source = world.source(id);
    assert_eq!((source.total, source.faults_total), (1, 1));
    assert_eq!(source.faults[0].code, "itip.not-calendar");
}

#[test]
fn long_time_is_laid_in_pieces_and_found_from_its_middle() {
    let world = World::new();
    world.ics();
    world.read(&["UID:trip|DTSTART;VALUE=DATE:20270110|DTEND;VALUE=DATE:20270131"]);
    assert!(world.rows() >= 10);
    assert_eq!(world.today(), [span(0, 24)]);
    let all = world.taken(&world.ana, at(-24 * 30), at(24 * 30));
    assert_eq!(all.busy.len(), 1, "the pieces are one again");
    assert_eq!(all.busy[0].end - all.busy[0].start, 21 * DAY);
}

#[test]
fn a_feed_that_recurs_by_the_minute_is_laid_coarsely_and_says_so() {
    let world = World::new();
    let id = world.ics();
    world.read(&["UID:m|DTSTART:20270101T000000Z|DURATION:PT10S|RRULE:FREQ=MINUTELY;COUNT=40000"]);
    assert!(world.rows() <= 1_100, "{} rows", world.rows());
    assert_eq!(world.today(), [span(0, 24)]);
    let faults = world.source(id).faults;
    assert!(faults.iter().any(|fault| fault.code == "feed.too-often"), "{faults:?}");
}

#[test]
fn closing_gaps_closes_the_shortest_first() {
    let of = |list: &[(i64, i64)]| -> Vec<Interval> {
        list.iter().map(|(start, end)| Interval { start: *start, end: *end }).collect()
    };
    let all = of(&[(0, 1), (2, 3), (10, 11), (12, 13), (100, 101)]);
    assert_eq!(lay::thinned(&all, 9), all);
    assert_eq!(lay::thinned(&all, 3), of(&[(0, 3), (10, 13), (100, 101)]));
    assert_eq!(lay::thinned(&all, 1), of(&[(0, 101)]));
}

#[test]
fn a_source_that_fails_backs_off_and_keeps_what_was_known() {
    let world = World::new();
    let id = world.ics();
    world.read(&[&event("a", 9, 10)]);
    let mut waits = Vec::new();
    for _ in 0..9 {
        let next = world.source(id).next_at.unwrap();
        let now = world.town.store.ground().clock.now();
        waits.push(next.since(now) / MINUTE);
        world.town.clock.advance(next.since(now));
        world.fail(Problem::TimeOut);
    }
    assert_eq!(waits[0], 15);
    for (wait, least) in waits[1..].iter().zip([5, 10, 20, 40, 80, 160, 320, 360]) {
        assert!((least..=least + least / 10).contains(wait), "{waits:?}");
    }
    assert_eq!(world.today(), [span(9, 10)]);
    let source = world.source(id);
    assert!(source.is_stale);
    assert_eq!((source.failures, source.problem), (9, Some(Problem::TimeOut)));
    let taken = world.taken(&world.ana, at(0), at(24));
    assert_eq!(taken.stale, Some(Stale { sources: 1, since: Some(NOW) }));
    assert_eq!(world.told(id), ["source.added", "source.unreadable"], "once per outage");
    let now = world.town.store.ground().clock.now();
    world.town.clock.advance(source.next_at.unwrap().since(now));
    world.read(&[&event("a", 9, 10)]);
    assert_eq!(world.told(id), ["source.added", "source.unreadable", "source.readable"]);
    assert_eq!(world.source(id).problem, None);
}

#[test]
fn a_short_failure_is_told_to_nobody() {
    let world = World::new();
    let id = world.ics();
    world.read(&[]);
    world.town.clock.advance(15 * MINUTE);
    world.fail(Problem::Unreachable);
    world.town.clock.advance(6 * MINUTE);
    world.read(&[]);
    assert_eq!(world.told(id), ["source.added"]);
}

#[test]
fn with_a_wrong_password_nothing_is_tried_again_until_there_is_another() {
    let world = World::new();
    let id = world.caldav();
    world.fail(Problem::Refused);
    assert_eq!(world.source(id).next_at, None);
    assert_eq!(world.told(id), ["source.added", "source.unreadable"]);
    world.town.clock.advance(2 * DAY);
    world.town.write(|cx| ensure_due(cx, &Actor::house("t"))).unwrap();
    assert!(world.due().is_none());
    let (who, access) = (
        world.ana.clone(),
        Access { url: "https://dav.example.org/".to_owned().into(), username: None, password: None },
    );
    world.town.write(move |cx| renew(cx, &who, id, &access)).unwrap();
    let due = world.due().expect("it is tried at once");
    assert_eq!(due.access.unwrap().url.expose(), "https://dav.example.org/");
}

#[test]
fn what_was_read_with_the_old_password_no_longer_counts() {
    let world = World::new();
    let id = world.caldav();
    let old = world.due().unwrap();
    let (who, access) = (
        world.ana.clone(),
        Access { url: "https://dav.example.org/".to_owned().into(), username: None, password: None },
    );
    world.town.write(move |cx| renew(cx, &who, id, &access)).unwrap();
    let failure = Failure { problem: Problem::Refused, words: String::new(), retry_after_ms: None };
    world.town.write(move |cx| failed(cx, &old, &failure)).unwrap();
    let source = world.source(id);
    assert_eq!((source.problem, source.next_at), (None, Some(NOW)));
    assert!(world.due().is_some());
}

#[test]
fn the_horizon_rolls_on_without_reading() {
    let world = World::new();
    let id = world.ics();
    world.read(&["UID:d|DTSTART:20270115T090000Z|DTEND:20270115T100000Z|RRULE:FREQ=DAILY"]);
    let (rows, known) = (world.rows(), world.source(id).known_until.unwrap());
    assert_eq!(world.taken(&world.ana, known.plus(-DAY), known.plus(3 * DAY)).busy.len(), 1);
    world.town.clock.advance(3 * DAY);
    assert_eq!(world.town.write(|cx| roll_on(cx)).unwrap(), 1);
    assert_eq!(world.town.write(|cx| roll_on(cx)).unwrap(), 0);
    assert_eq!(world.rows(), rows + 3);
    let until = world.source(id).known_until.unwrap();
    assert_eq!(until, known.plus(3 * DAY));
    assert_eq!(world.taken(&world.ana, known.plus(-DAY), known.plus(9 * DAY)).busy.len(), 4);
    world.town.clock.advance(60 * DAY);
    world.town.write(|cx| roll_on(cx)).unwrap();
    assert!(world.today().is_empty(), "what is long past is gone");
}

#[test]
fn a_reading_after_midnight_rolls_on_what_has_not_changed() {
    let world = World::new();
    world.ics();
    let daily = "UID:d|DTSTART:20270115T090000Z|DTEND:20270115T100000Z|RRULE:FREQ=DAILY";
    world.read(&[daily]);
    let rows = world.rows();
    world.town.clock.advance(DAY);
    let due = world.due().unwrap();
    world.read_with(&due, |_| Objects::Unchanged);
    assert_eq!(world.rows(), rows + 1);
    world.town.clock.advance(DAY);
    world.read(&[daily]);
    assert_eq!(world.rows(), rows + 2);
}

#[test]
fn another_zone_moves_days_and_floating_times() {
    let world = World::new();
    world.ics();
    world.read(&["UID:f|DTSTART:20270115T090000|DTEND:20270115T100000"]);
    assert_eq!(world.today(), [span(8, 9)], "Paris");
    let who = world.ana.clone();
    let change = accounts::ProfileChange { zone: Zone::parse("America/New_York"), ..Default::default() };
    world.town.write(move |cx| accounts::change_profile(cx, &who, &change)).unwrap();
    world.follow();
    assert_eq!(world.today(), [span(14, 15)], "New York");
}

#[test]
fn whoever_is_shut_out_is_not_read_until_they_are_let_in_again() {
    let world = World::new();
    let id = world.ics();
    world.read(&[&event("a", 9, 10)]);
    let ana = id_of(&world.ana);
    world.town.write(move |cx| accounts::disable(cx, &operator(), ana)).unwrap();
    world.town.clock.advance(15 * MINUTE);
    assert!(world.due().is_none());
    assert_eq!(world.source(id).next_at, None);
    world.town.write(move |cx| accounts::enable(cx, &operator(), ana)).unwrap();
    world.follow();
    assert!(world.due().is_some());
}

#[test]
fn a_zone_that_changes_while_a_reading_is_under_way_counts_for_it() {
    let world = World::new();
    world.ics();
    let due = world.due().unwrap();
    let ana = holder(&world.ana);
    world.town.write(move |cx| set_zone(cx, ana, Zone::parse("America/New_York").unwrap())).unwrap();
    let floating = feed_of(&["UID:f|DTSTART:20270115T090000|DTEND:20270115T100000"]);
    world.read_with(&due, |due| Objects::Whole(vec![object(due, "", &floating)]));
    assert_eq!(world.today(), [span(14, 15)]);
}

#[test]
fn a_source_that_is_gone_when_its_reading_ends_is_gone() {
    let world = World::new();
    let id = world.ics();
    let due = world.due().unwrap();
    let who = world.ana.clone();
    world.town.write(move |cx| remove(cx, &who, id)).unwrap();
    world.read_with(&due, |due| Objects::Whole(vec![object(due, "", &feed_of(&[&event("a", 9, 10)]))]));
    assert_eq!(world.rows(), 0);
    assert!(world.due().is_none());
}
