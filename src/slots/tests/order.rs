//! The order of slots, and what speaks for each.

use super::*;

const DAY_BEFORE: &str = "2027-02-01T00:00:00Z";
const DAY_AFTER: &str = "2027-02-02T00:00:00Z";

fn me(windows: &str) -> Party {
    party(Whose::Yours, "UTC", windows, Limits::default(), span(DAY_BEFORE, DAY_AFTER))
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
            "09:30 ",
            "11:30 ",
            "12:00 ",
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
            "09:05 "
        ]
    );
}

#[test]
fn the_preferred_part_of_the_day_comes_first_on_the_askers_clock() {
    let asked = Want {
        zone: zone("Asia/Tokyo"),
        prefer: Window::parse("19:00-20:00"),
        most: 3,
        ..want(30, span(DAY_BEFORE, DAY_AFTER))
    };
    let found = offer(&[me("09:00-17:00")], &asked);
    assert!(found.is_truncated);
    assert_eq!(told(&found), ["10:00 preferred", "10:15 preferred", "10:30 preferred"]);
}

#[test]
fn optional_people_count_more_than_what_is_preferred() {
    let asked = span(DAY_BEFORE, DAY_AFTER);
    let optional = |windows| Party {
        is_required: false,
        ..party(Whose::Others, "UTC", windows, Limits::default(), asked)
    };
    let parties = [me("09:00-17:00"), optional("16:00-17:00"), optional("14:00-17:00")];
    let want = Want { prefer: Window::parse("09:00-10:00"), most: 2, ..want(60, asked) };
    assert_eq!(told(&offer(&parties, &want)), ["16:00 all-optional unbroken", "14:00 "]);
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
