//! Every rule at its edge, and all of them together against a walk minute by minute.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::base::time::{DAY, HOUR};
use crate::network::{Day, Place};

const MONDAY: &str = "2027-02-01T00:00:00Z";
const WEEK_LATER: &str = "2027-02-08T00:00:00Z";

fn other(windows: &str, limits: Limits) -> Party {
    party(Whose::Others, "UTC", windows, limits, span(MONDAY, WEEK_LATER))
}

#[test]
fn a_length_is_let_through_from_the_shortest_to_the_longest_and_not_a_minute_beyond() {
    let limits = Limits { length_ms: (15 * MINUTE, 60 * MINUTE), ..Limits::default() };
    let ana = [other("09:00-17:00", limits)];
    for (minutes, expected) in [(14, false), (15, true), (60, true), (61, false)] {
        assert_eq!(is_free(&ana, minutes, MONDAY, "2027-02-01T10:00:00Z"), expected, "{minutes} minutes");
    }
}

#[test]
fn a_place_is_let_through_where_the_grant_has_it() {
    let limits = Limits { places: BTreeSet::from([Place::Phone]), ..Limits::default() };
    let ana = [other("09:00-17:00", limits)];
    let asked = span(MONDAY, "2027-02-02T00:00:00Z");
    for (place, codes_expected) in
        [(None, vec![]), (Some(Place::Phone), vec![]), (Some(Place::Video), vec!["other.place"])]
    {
        let found = offer(&ana, &Want { place, ..want(30, asked) });
        assert_eq!(found.slots.is_empty(), !codes_expected.is_empty());
        assert_eq!(codes(&found.why).contains(&"other.place"), !codes_expected.is_empty());
    }
}

#[test]
fn notice_is_kept_to_the_minute() {
    let ana = [other("09:00-17:00", Limits { notice_ms: 4 * HOUR, ..Limits::default() })];
    let start = "2027-02-01T13:00:00Z";
    assert!(is_free(&ana, 30, "2027-02-01T09:00:00Z", start));
    assert!(!is_free(&ana, 30, "2027-02-01T09:00:01Z", start));
}

#[test]
fn nothing_starts_before_now() {
    let ana = [other("09:00-17:00", Limits::default())];
    let asked = span(MONDAY, "2027-02-02T00:00:00Z");
    let found = offer(&ana, &Want { now: at("2027-02-01T15:50:00Z"), ..want(30, asked) });
    assert_eq!(starts(&found), ["2027-02-01T16:00:00Z", "2027-02-01T16:15:00Z", "2027-02-01T16:30:00Z"]);
}

#[test]
fn a_meeting_ends_by_the_horizon_and_by_the_end_of_the_grant() {
    let end = at("2027-02-03T12:00:00Z");
    for limits in [
        Limits { horizon: Some(end), ..Limits::default() },
        Limits { ends_at: Some(end), ..Limits::default() },
    ] {
        let ana = [other("09:00-17:00", limits)];
        assert!(is_free(&ana, 30, MONDAY, "2027-02-03T11:30:00Z"), "it ends at that moment");
        assert!(!is_free(&ana, 30, MONDAY, "2027-02-03T11:31:00Z"));
        let found = offer(&ana, &want(30, span("2027-02-03T11:00:00Z", WEEK_LATER)));
        assert_eq!(codes(&found.why), ["other.horizon"]);
    }
}

#[test]
fn nothing_is_free_beyond_what_is_known_of_a_calendar_and_of_others_it_is_not_said_why() {
    let known_until = Some(at("2027-02-03T12:00:00Z"));
    let asked = span("2027-02-03T11:00:00Z", "2027-02-03T14:00:00Z");
    for (whose, expected) in [(Whose::Others, "other.taken"), (Whose::Yours, "horizon")] {
        let ana = Party { known_until, ..party(whose, "UTC", "09:00-17:00", Limits::default(), asked) };
        let found = offer(&[ana], &want(30, asked));
        assert_eq!(starts(&found), ["2027-02-03T11:00:00Z", "2027-02-03T11:15:00Z", "2027-02-03T11:30:00Z"]);
        assert_eq!(codes(&found.why), [expected]);
    }
}

#[test]
fn a_meeting_lies_as_a_whole_on_the_days_that_were_granted() {
    let limits = Limits { weekdays: BTreeSet::from([Day::Tue]), ..Limits::default() };
    let ana = [other("00:00-24:00", limits)];
    for (start, expected) in [
        ("2027-02-01T23:45:00Z", false),
        ("2027-02-02T00:00:00Z", true),
        ("2027-02-02T23:30:00Z", true),
        ("2027-02-02T23:45:00Z", false),
    ] {
        assert_eq!(is_free(&ana, 30, MONDAY, start), expected, "{start}");
    }
}

#[test]
fn hours_are_those_of_the_grant_within_the_profile() {
    let limits = Limits { week: Some(week("08:00-10:00 16:00-18:00")), ..Limits::default() };
    let ana = [other("09:00-17:00", limits)];
    for (start, expected) in [
        ("2027-02-01T08:30:00Z", false),
        ("2027-02-01T09:00:00Z", true),
        ("2027-02-01T09:30:00Z", true),
        ("2027-02-01T09:31:00Z", false),
        ("2027-02-01T12:00:00Z", false),
        ("2027-02-01T16:30:00Z", true),
        ("2027-02-01T16:45:00Z", false),
    ] {
        assert_eq!(is_free(&ana, 30, MONDAY, start), expected, "{start}");
    }
}

#[test]
fn working_hours_are_in_the_zone_of_whoever_has_them_and_not_in_the_askers() {
    let tokyo =
        [party(Whose::Others, "Asia/Tokyo", "09:00-17:00", Limits::default(), span(MONDAY, WEEK_LATER))];
    for (start, expected) in [
        ("2027-02-01T23:30:00Z", false),
        ("2027-02-02T00:00:00Z", true),
        ("2027-02-02T07:30:00Z", true),
        ("2027-02-02T09:00:00Z", false),
        ("2027-02-02T12:00:00Z", false),
    ] {
        assert_eq!(is_free(&tokyo, 30, MONDAY, start), expected, "{start}");
    }
}

#[test]
fn a_meeting_may_touch_what_is_busy_and_not_share_a_minute_with_it() {
    let mut ana = other("09:00-17:00", Limits::default());
    ana.busy = taken(&[("2027-02-01T10:00:00Z", "2027-02-01T11:00:00Z")]);
    ana.tentative = taken(&[("2027-02-01T12:00:00Z", "2027-02-01T13:00:00Z")]);
    ana.held = taken(&[("2027-02-01T14:00:00Z", "2027-02-01T15:00:00Z")]);
    let ana = [ana];
    for hour in [10, 12, 14] {
        let at = |hour: i64, minute: i64| format!("2027-02-01T{hour:02}:{minute:02}:00Z");
        assert!(is_free(&ana, 30, MONDAY, &at(hour - 1, 30)), "directly before");
        assert!(!is_free(&ana, 30, MONDAY, &at(hour - 1, 31)));
        assert!(!is_free(&ana, 30, MONDAY, &at(hour, 15)), "inside");
        assert!(!is_free(&ana, 30, MONDAY, &at(hour, 59)));
        assert!(is_free(&ana, 30, MONDAY, &at(hour + 1, 0)), "directly after");
    }
}

#[test]
fn buffers_keep_their_distance_before_and_after_and_do_not_move_the_grid_or_the_hours() {
    let limits = Limits { buffer_before_ms: 10 * MINUTE, buffer_after_ms: 20 * MINUTE, ..Limits::default() };
    let mut ana = other("09:00-17:00", limits);
    ana.busy = taken(&[("2027-02-01T12:00:00Z", "2027-02-01T13:00:00Z")]);
    let ana = [ana];
    for (start, expected) in [
        ("2027-02-01T09:00:00Z", true),
        ("2027-02-01T11:10:00Z", true),
        ("2027-02-01T11:11:00Z", false),
        ("2027-02-01T13:09:00Z", false),
        ("2027-02-01T13:10:00Z", true),
        ("2027-02-01T16:30:00Z", true),
    ] {
        assert_eq!(is_free(&ana, 30, MONDAY, start), expected, "{start}");
    }
    let found = offer(&ana, &want(30, span(MONDAY, "2027-02-02T00:00:00Z")));
    assert!(starts(&found).contains(&"2027-02-01T13:15:00Z".to_owned()), "the step stays the step");
}

#[test]
fn a_buffer_reaches_over_what_lies_just_outside_of_the_asked_span() {
    let asked = span("2027-02-01T12:00:00Z", "2027-02-01T14:00:00Z");
    let limits = Limits { buffer_before_ms: 30 * MINUTE, buffer_after_ms: 30 * MINUTE, ..Limits::default() };
    let mut ana = party(Whose::Others, "UTC", "09:00-17:00", limits, asked);
    ana.busy = taken(&[
        ("2027-02-01T11:00:00Z", "2027-02-01T12:00:00Z"),
        ("2027-02-01T14:00:00Z", "2027-02-01T15:00:00Z"),
    ]);
    assert_eq!(
        starts(&offer(&[ana], &want(30, asked))),
        ["2027-02-01T12:30:00Z", "2027-02-01T12:45:00Z", "2027-02-01T13:00:00Z"]
    );
}

#[test]
fn nothing_starts_in_a_week_that_has_had_its_most() {
    let full = taken(&[(MONDAY, WEEK_LATER)]);
    let asked = span("2027-02-07T22:00:00Z", "2027-02-08T02:00:00Z");
    let ana = party(Whose::Others, "UTC", "00:00-24:00", Limits { full, ..Limits::default() }, asked);
    let found = offer(std::slice::from_ref(&ana), &want(60, asked));
    assert_eq!(starts(&found).first().map(String::as_str), Some("2027-02-08T00:00:00Z"));
    assert_eq!(codes(&found.why), ["other.taken"], "how many there were is not told");
    let mine = Party { whose: Whose::Yours, ..ana };
    assert_eq!(codes(&offer(&[mine], &want(60, asked)).why), ["full"]);
}

#[test]
fn a_window_across_midnight_takes_a_meeting_across_midnight() {
    let ana = [other("22:00-02:00", Limits::default())];
    for (start, expected) in [
        ("2027-02-01T21:45:00Z", false),
        ("2027-02-01T23:45:00Z", true),
        ("2027-02-02T01:30:00Z", true),
        ("2027-02-02T01:45:00Z", false),
    ] {
        assert_eq!(is_free(&ana, 30, MONDAY, start), expected, "{start}");
    }
}

#[test]
fn all_required_ones_must_be_free_and_optional_ones_are_counted() {
    let asked = span(MONDAY, "2027-02-02T00:00:00Z");
    let me = party(Whose::Yours, "UTC", "09:00-11:00", Limits::default(), asked);
    let ana = party(Whose::Others, "UTC", "10:00-12:00", Limits::default(), asked);
    let cleo =
        Party { is_required: false, ..party(Whose::Others, "UTC", "10:30-18:00", Limits::default(), asked) };
    let found = offer(&[me, ana, cleo], &want(30, asked));
    assert_eq!(starts(&found), ["2027-02-01T10:00:00Z", "2027-02-01T10:15:00Z", "2027-02-01T10:30:00Z"]);
    assert_eq!(found.slots[0].start, at("2027-02-01T10:30:00Z"), "where more can come");
    assert_eq!(found.slots[0].optional, [2]);
    assert!(found.slots[0].reasons.contains(&Reason::AllOptional));
    assert_eq!(found.slots[1].optional, Vec::<usize>::new());
}

#[test]
fn a_stale_calendar_is_said_to_be_stale_and_not_whose_it_is() {
    let asked = span(MONDAY, "2027-02-02T00:00:00Z");
    let me = party(Whose::Yours, "UTC", "09:00-17:00", Limits::default(), asked);
    let ana = party(Whose::Others, "UTC", "09:00-17:00", Limits::default(), asked);
    for (mine, theirs) in [(false, false), (true, false), (false, true), (true, true)] {
        let parties =
            [Party { is_stale: mine, ..me.clone() }, Party { is_stale: theirs, ..ana.clone() }, ana.clone()];
        let found = offer(&parties, &want(30, asked));
        assert_eq!((found.why.is_stale, found.why.others_are_stale), (mine, theirs));
        let check = check_offer(&parties, &want(30, asked), at("2027-02-01T10:00:00Z"));
        assert_eq!(check, Check::Free { is_stale: mine || theirs });
    }
}

#[test]
fn of_oneself_every_rule_is_told_and_of_others_nothing_but_what_they_granted() {
    let asked = span(MONDAY, "2027-02-02T00:00:00Z");
    let limits = Limits { week: Some(week("08:00-16:00")), notice_ms: 30 * MINUTE, ..Limits::default() };
    let mut me = party(Whose::Yours, "UTC", "09:00-17:00", limits, asked);
    me.busy = taken(&[("2027-02-01T10:00:00Z", "2027-02-01T11:00:00Z")]);
    me.held = taken(&[("2027-02-01T12:00:00Z", "2027-02-01T13:00:00Z")]);
    let found = offer(std::slice::from_ref(&me), &want(60, asked));
    assert_eq!(codes(&found.why), ["notice", "hours", "busy", "held"]);
    let minutes: Vec<i64> = found.why.barriers.iter().map(Barrier::minutes).collect();
    // From midnight 23 hours of starts; 9:00 to 15:00 are left by the hours, of which two times two hours are taken.
    assert_eq!(minutes, [30, 23 * 60 - 30 - 360, 120, 120]);
    let ben = Party { whose: Whose::Others, is_open: false, ..me };
    let of_ben = offer(std::slice::from_ref(&ben), &want(60, asked));
    assert_eq!(codes(&of_ben.why), ["other.notice", "other.hours", "other.taken"]);
    assert_eq!(starts(&of_ben), starts(&found));
    // Whether they are busy, off or held: the same word, and the same answer.
    let mut off = party(Whose::Others, "UTC", "11:00-12:00 13:00-17:00", ben.limits.clone(), asked);
    off.held = taken(&[("2027-02-01T16:00:00Z", "2027-02-01T17:00:00Z")]);
    let mut busy = party(Whose::Others, "UTC", "00:00-24:00", ben.limits.clone(), asked);
    busy.busy = Set::of([(asked.from.ms(), asked.to.ms())]).subtract(&off.hours);
    assert_eq!(offer(&[off], &want(60, asked)), offer(&[busy], &want(60, asked)));
}

#[test]
fn of_several_others_it_is_not_told_which_is_in_the_way() {
    let asked = span(MONDAY, "2027-02-02T00:00:00Z");
    let free = party(Whose::Others, "UTC", "09:00-17:00", Limits::default(), asked);
    let mut busy = free.clone();
    busy.busy = taken(&[("2027-02-01T10:00:00Z", "2027-02-01T11:00:00Z")]);
    let one = offer(&[free.clone(), busy.clone()], &want(30, asked));
    let other = offer(&[busy, free], &want(30, asked));
    assert_eq!(one, other);
    assert_eq!(codes(&one.why), ["other.taken"]);
}

#[test]
fn a_refused_time_carries_the_three_slots_before_and_after_it() {
    let asked = span(MONDAY, WEEK_LATER);
    let mut ana = other("09:00-17:00", Limits::default());
    ana.busy = taken(&[("2027-02-03T11:00:00Z", "2027-02-03T12:00:00Z")]);
    let check = check_offer(&[ana], &want(30, asked), at("2027-02-03T11:15:00Z"));
    let Check::Taken { why, alternatives } = check else { panic!("{check:?}") };
    assert_eq!(codes(&why), ["other.taken"]);
    let near: Vec<String> = alternatives.iter().map(|slot| slot.start.to_string()).collect();
    assert_eq!(
        near,
        [
            "2027-02-03T10:00:00Z",
            "2027-02-03T10:15:00Z",
            "2027-02-03T10:30:00Z",
            "2027-02-03T12:00:00Z",
            "2027-02-03T12:15:00Z",
            "2027-02-03T12:30:00Z"
        ]
    );
}

#[test]
fn each_rule_of_ones_own_is_asked_by_itself() {
    let asked = span(MONDAY, WEEK_LATER);
    let limits = Limits { weekdays: BTreeSet::from([Day::Tue]), ..Limits::default() };
    let mut me = party(Whose::Yours, "UTC", "09:00-17:00", limits, asked);
    me.busy = taken(&[("2027-02-01T18:00:00Z", "2027-02-01T19:00:00Z")]);
    let refusing: Vec<Rule> = examine(&me, &want(30, asked), at("2027-02-01T18:15:00Z"))
        .into_iter()
        .filter_map(|(rule, lets_through)| (!lets_through).then_some(rule))
        .collect();
    assert_eq!(refusing, [Rule::Weekdays, Rule::Hours, Rule::Busy]);
}

/// What a party of the property test is made of, in minutes from the start of a two-day grid.
#[derive(Clone, Debug)]
struct Drawn {
    hours: Vec<(i64, i64)>,
    granted: Option<Vec<(i64, i64)>>,
    busy: Vec<(i64, i64)>,
    held: Vec<(i64, i64)>,
    full: Vec<(i64, i64)>,
    known_until: Option<i64>,
    notice: i64,
    horizon: Option<i64>,
    before: i64,
    after: i64,
    whose: Whose,
}

/// As many minutes as the grid has; what is asked for leaves a margin on each side.
const GRID: i64 = 720;
const ASKED: (i64, i64) = (120, 600);

fn some(most: usize, long: i64) -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0..GRID, 1..long).prop_map(|(start, length)| (start, start + length)), 0..most)
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let sets = (some(4, 500), prop::option::of(some(4, 500)), some(6, 60), some(3, 60), some(2, 90));
    let limits = (prop::option::of(300..GRID), 0_i64..240, prop::option::of(300..GRID), 0_i64..30, 0_i64..30);
    let whose = prop::sample::select(vec![Whose::Yours, Whose::Others, Whose::Things]);
    (sets, limits, whose).prop_map(|(sets, limits, whose)| Drawn {
        hours: sets.0,
        granted: sets.1,
        busy: sets.2,
        held: sets.3,
        full: sets.4,
        known_until: limits.0,
        notice: limits.1,
        horizon: limits.2,
        before: limits.3,
        after: limits.4,
        whose,
    })
}

const MIDNIGHT: i64 = 1_801_440_000_000;

fn instant(minute: i64) -> Timestamp {
    Timestamp::from_ms(MIDNIGHT + minute * MINUTE)
}

impl Drawn {
    fn party(&self) -> Party {
        let set = |all: &[(i64, i64)]| -> Set {
            all.iter().map(|(from, to)| (instant(*from).ms(), instant(*to).ms())).collect()
        };
        let limits = Limits {
            notice_ms: self.notice * MINUTE,
            horizon: self.horizon.map(instant),
            buffer_before_ms: self.before * MINUTE,
            buffer_after_ms: self.after * MINUTE,
            full: set(&self.full),
            ..Limits::default()
        };
        let asked = Span { from: instant(ASKED.0), to: instant(ASKED.1) };
        Party {
            hours: set(&self.hours),
            granted: self.granted.as_deref().map(set),
            busy: set(&self.busy),
            held: set(&self.held),
            known_until: self.known_until.map(instant),
            ..Party::new("Ana", self.whose, Zone::UTC, &Hours::default(), limits, asked)
        }
    }

    /// Whether a meeting of `length` minutes can start at a minute, by looking at every minute of it.
    fn lets_through(&self, start: i64, length: i64) -> bool {
        let end = start + length;
        let within =
            |set: &[(i64, i64)], minute: i64| set.iter().any(|(from, to)| (*from..*to).contains(&minute));
        start >= ASKED.0 + self.notice
            && self.horizon.is_none_or(|horizon| end <= horizon)
            && self.known_until.is_none_or(|until| end <= until)
            && (start..end).all(|minute| {
                within(&self.hours, minute) && self.granted.as_ref().is_none_or(|hours| within(hours, minute))
            })
            && (start - self.before..end + self.after)
                .all(|minute| !within(&self.busy, minute) && !within(&self.held, minute))
            && !within(&self.full, start)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_is_what_a_walk_minute_by_minute_finds(
        drawn in prop::collection::vec(drawn(), 1..4), length in 1_i64..60,
    ) {
        let parties: Vec<Party> = drawn.iter().map(Drawn::party).collect();
        let asked = Span { from: instant(ASKED.0), to: instant(ASKED.1) };
        let want = Want { step_ms: 5 * MINUTE, ..want(length, asked) };
        let found = offer(&parties, &want);
        let mut at_step: Vec<i64> = found
            .slots
            .iter()
            .map(|slot| (slot.start.ms() - MIDNIGHT) / MINUTE)
            .filter(|minute| minute % 5 == 0)
            .collect();
        at_step.sort_unstable();
        let expected: Vec<i64> = (ASKED.0..=ASKED.1 - length)
            .filter(|start| start % 5 == 0 && drawn.iter().all(|one| one.lets_through(*start, length)))
            .collect();
        prop_assert_eq!(at_step, expected);
        for slot in &found.slots {
            let start = (slot.start.ms() - MIDNIGHT) / MINUTE;
            prop_assert!(drawn.iter().all(|one| one.lets_through(start, length)), "a beginning at {}", start);
        }
        for start in ASKED.0..=ASKED.1 - length {
            let check = check_offer(&parties, &want, instant(start));
            let is_free = drawn.iter().all(|one| one.lets_through(start, length));
            prop_assert_eq!(matches!(check, Check::Free { .. }), is_free, "at {}", start);
        }
        let blocked: i64 = found.why.barriers.iter().map(|barrier| barrier.blocked_ms).sum();
        prop_assert!(blocked <= found.why.asked_ms * 3, "each group is asked by itself");
    }

    #[test]
    fn the_same_question_has_the_same_answer(drawn in prop::collection::vec(drawn(), 1..4)) {
        let parties: Vec<Party> = drawn.iter().map(Drawn::party).collect();
        let want = want(30, Span { from: instant(ASKED.0), to: instant(ASKED.1) });
        let found = offer(&parties, &want);
        let reversed: Vec<Party> = parties.iter().rev().cloned().collect();
        prop_assert_eq!(&found, &offer(&parties, &want));
        prop_assert_eq!(&found, &offer(&reversed, &want), "whoever is named first");
        prop_assert!(found.slots.len() < usize::try_from(DAY / MINUTE).unwrap_or_default());
    }
}
