//! The order of slots, and what speaks for each.

use super::*;

const DAY_BEFORE: &str = "2027-02-01T00:00:00Z";
const DAY_AFTER: &str = "2027-02-02T00:00:00Z";

fn me(windows: &str) -> Party {
    party(Whose::Yours, "UTC", windows, Limits::default(), span(DAY_BEFORE, DAY_AFTER))
}

fn rather(within: &str, days: &[&str]) -> Prefer {
    Prefer {
        within: Window::parse(within),
        days: days.iter().map(|day| NamedDay::parse(day).unwrap()).collect(),
    }
}

fn told(found: &Found) -> Vec<String> {
    let words = |slot: &Slot| {
        let reasons: Vec<_> = slot.reasons.iter().map(|reason| reason.as_str()).collect();
        format!("{} {}", slot.start.utc().format("%H:%M"), reasons.join(" "))
    };
    found.slots.iter().map(words).collect()
}

#[test]
fn a_slot_that_leaves_the_day_whole_comes_before_one_that_cuts_it_and_the_earlier_before_the_later() {
    let mut me = me("09:00-13:00");
    me.busy = taken(&[("2027-02-01T10:30:00Z", "2027-02-01T11:00:00Z")]);
    let asked = Want { step_ms: 30 * MINUTE, ..want(30, span(DAY_BEFORE, DAY_AFTER)) };
    assert_eq!(
        told(&offer(&[me], &asked)),
        [
            "09:00 earliest unbroken",
            "10:00 joins unbroken",
            "11:00 joins unbroken",
            "12:30 unbroken",
            "09:30 free",
            "11:30 free",
            "12:00 free",
        ]
    );
}

#[test]
fn a_piece_that_is_too_short_to_use_counts_double() {
    let mut me = me("09:00-12:00");
    me.busy = taken(&[("2027-02-01T10:00:00Z", "2027-02-01T11:00:00Z")]);
    let asked = Want { step_ms: 5 * MINUTE, ..want(45, span(DAY_BEFORE, DAY_AFTER)) };
    let found = offer(&[me], &asked);
    // An hour holds 45 minutes and leaves 15: at its edge that is one short piece, in its midst two.
    assert_eq!(
        told(&found)[..5],
        [
            "09:00 earliest unbroken",
            "09:15 joins unbroken",
            "11:00 joins unbroken",
            "11:15 unbroken",
            "09:05 free"
        ]
    );
}

#[test]
fn the_preferred_part_of_the_day_comes_first_on_the_askers_clock() {
    let asked = Want {
        zone: zone("Asia/Tokyo"),
        prefer: rather("19:00-20:00", &[]),
        most: 3,
        ..want(30, span(DAY_BEFORE, DAY_AFTER))
    };
    let found = offer(&[me("09:00-17:00")], &asked);
    assert!(found.is_truncated);
    assert_eq!(told(&found), ["10:00 preferred", "10:15 preferred", "10:30 preferred"]);
}

#[test]
fn the_preferred_days_come_first_and_what_has_day_and_hour_before_what_has_one_of_them() {
    // Monday to Wednesday.
    let asked = span(DAY_BEFORE, "2027-02-04T00:00:00Z");
    let me = party(Whose::Yours, "UTC", "09:00-11:00", Limits::default(), asked);
    let days = |found: &Found| -> Vec<String> {
        let reasons = |slot: &Slot| slot.reasons.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" ");
        found
            .slots
            .iter()
            .map(|slot| format!("{} {}", slot.start.utc().format("%a %H:%M"), reasons(slot)))
            .collect()
    };
    let of = |prefer: Prefer| {
        let want = Want { prefer, step_ms: 60 * MINUTE, ..want(60, asked) };
        days(&offer(std::slice::from_ref(&me), &want))
    };
    assert_eq!(
        of(rather("", &["tue", "2027-02-03"])),
        [
            "Tue 09:00 preferred unbroken",
            "Tue 10:00 preferred unbroken",
            "Wed 09:00 preferred unbroken",
            "Wed 10:00 preferred unbroken",
            "Mon 09:00 earliest unbroken",
            "Mon 10:00 unbroken",
        ]
    );
    assert_eq!(
        of(rather("10:00-12:00", &["tue"])),
        [
            "Tue 10:00 preferred unbroken",
            "Mon 10:00 partly-preferred unbroken",
            "Tue 09:00 partly-preferred unbroken",
            "Wed 10:00 partly-preferred unbroken",
            "Mon 09:00 earliest unbroken",
            "Wed 09:00 unbroken",
        ]
    );
}

#[test]
fn of_the_nearest_times_those_that_are_preferred_are_named_first() {
    let want = Want {
        prefer: rather("10:00-12:00", &[]),
        step_ms: 30 * MINUTE,
        ..want(30, span(DAY_BEFORE, DAY_AFTER))
    };
    let mut me = me("08:00-12:00");
    me.busy = taken(&[("2027-02-01T09:30:00Z", "2027-02-01T10:00:00Z")]);
    let Check::Taken { alternatives, .. } = check_offer(&[me], &want, at("2027-02-01T09:30:00Z")) else {
        panic!("it is taken");
    };
    let found = Found { slots: alternatives, ..Found::default() };
    let near = told(&found);
    let near: Vec<&str> = near.iter().filter_map(|slot| slot.split_once(' ').map(|(at, _)| at)).collect();
    assert_eq!(near, ["10:00", "10:30", "11:00", "08:00", "08:30", "09:00"]);
}

#[test]
fn a_preferred_day_is_the_askers_and_a_night_belongs_to_the_day_on_which_it_begins() {
    let asked = span(DAY_BEFORE, "2027-02-05T00:00:00Z");
    let preferred = |prefer: Prefer, zone_name: &str, start: &str| {
        let want = Want { prefer, zone: zone(zone_name), ..want(60, asked) };
        want.preference(at(start)).map(Reason::as_str)
    };
    // Tuesday 23:30 in UTC is Wednesday in Tokyo.
    let start = "2027-02-02T23:30:00Z";
    assert_eq!(preferred(rather("", &["tue"]), "UTC", start), Some("preferred"));
    assert_eq!(preferred(rather("", &["tue"]), "Asia/Tokyo", start), None);
    assert_eq!(preferred(rather("22:00-02:00", &["tue"]), "UTC", start), Some("preferred"));
    assert_eq!(preferred(rather("22:00-02:00", &["mon"]), "UTC", start), Some("partly-preferred"));
    assert_eq!(preferred(Prefer::default(), "UTC", start), None);
}

#[test]
fn optional_people_count_more_than_what_is_preferred() {
    let asked = span(DAY_BEFORE, DAY_AFTER);
    let optional = |windows| Party {
        is_required: false,
        ..party(Whose::Others, "UTC", windows, Limits::default(), asked)
    };
    let parties = [me("09:00-17:00"), optional("16:00-17:00"), optional("14:00-17:00")];
    let want = Want { prefer: rather("09:00-10:00", &[]), most: 2, ..want(60, asked) };
    assert_eq!(told(&offer(&parties, &want)), ["16:00 all-optional unbroken", "14:00 free"]);
}

#[test]
fn what_somebody_keeps_to_themselves_moves_no_slot() {
    let asked = span(DAY_BEFORE, DAY_AFTER);
    let plain = party(Whose::Others, "UTC", "09:00-17:00", Limits::default(), asked);
    // The same free time, once by hours and once by a calendar: nobody can tell from the order.
    let mut full = party(Whose::Others, "UTC", "00:00-24:00", Limits::default(), asked);
    full.busy = Set::of([(asked.from.ms(), asked.to.ms())]).subtract(&plain.hours);
    let of = |other: &Party| offer(&[me("08:00-18:00"), other.clone()], &want(30, asked));
    assert_eq!(of(&plain).slots, of(&full).slots);
    let opened = Party { is_open: true, ..full };
    assert_ne!(of(&plain).slots, of(&opened).slots, "where busy time is revealed, it counts");
    assert_eq!(of(&opened).slots[0].start, at("2027-02-01T09:00:00Z"));
    assert!(of(&opened).slots[0].reasons.contains(&Reason::Joins));
}

#[test]
fn ones_own_free_time_is_offered_from_its_beginning_and_anothers_only_on_the_step() {
    let asked = span("2027-02-01T09:00:00Z", "2027-02-01T11:00:00Z");
    let mut ana = party(Whose::Yours, "UTC", "09:00-11:00", Limits::default(), asked);
    ana.busy = taken(&[("2027-02-01T09:00:00Z", "2027-02-01T10:06:30Z")]);
    let mine = offer(std::slice::from_ref(&ana), &want(30, asked));
    assert_eq!(starts(&mine), ["2027-02-01T10:07:00Z", "2027-02-01T10:15:00Z", "2027-02-01T10:30:00Z"]);
    let theirs = Party { whose: Whose::Others, is_open: false, ..ana };
    let theirs = offer(&[theirs], &want(30, asked));
    assert_eq!(starts(&theirs), ["2027-02-01T10:15:00Z", "2027-02-01T10:30:00Z"]);
}

#[test]
fn the_most_are_the_best_and_it_is_said_that_there_are_more() {
    let asked = span(DAY_BEFORE, DAY_AFTER);
    let all = offer(&[me("09:00-17:00")], &want(30, asked));
    assert!(!all.is_truncated);
    let three = offer(&[me("09:00-17:00")], &Want { most: 3, ..want(30, asked) });
    assert!(three.is_truncated);
    assert_eq!(three.slots[..], all.slots[..3]);
}

#[test]
fn every_barrier_has_its_word_and_its_sentence_and_those_of_others_tell_no_more_than_they_may() {
    for rule in Rule::ALL {
        let of = |whose| Barrier { whose, rule, blocked_ms: 1 };
        assert!(!of(Whose::Yours).code().contains('.'));
        assert!(of(Whose::Yours).words().ends_with('.'));
        for whose in [Whose::Others, Whose::Things] {
            let is_private = matches!(rule, Rule::Busy | Rule::Held | Rule::Full);
            assert_eq!(of(whose).code().split('.').nth(1) == Some("taken"), is_private);
            assert!(of(whose).words().ends_with('.'));
        }
    }
}
