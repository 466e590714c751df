//! The arithmetic of sets, against a grid of minutes.

use proptest::prelude::*;

use super::*;

/// As many minutes as a set of these tests reaches.
const GRID: i64 = 64;

fn intervals() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0..GRID, 0_i64..12), 0..8)
        .prop_map(|all| all.into_iter().map(|(start, length)| (start, (start + length).min(GRID))).collect())
}

/// Minute by minute, whether it lies in one of the intervals.
fn grid(intervals: &[(i64, i64)]) -> Vec<bool> {
    (0..GRID).map(|minute| intervals.iter().any(|(start, end)| (*start..*end).contains(&minute))).collect()
}

/// Whether a minute of the grid is taken.
fn has(cells: &[bool], minute: i64) -> bool {
    usize::try_from(minute).is_ok_and(|minute| cells[minute])
}

fn as_grid(set: &Set) -> Vec<bool> {
    grid(&set.iter().collect::<Vec<_>>())
}

/// Sorted, none empty, none touching the next.
fn is_tidy(set: &Set) -> bool {
    let all: Vec<_> = set.iter().collect();
    all.iter().all(|(start, end)| start < end) && all.windows(2).all(|pair| pair[0].1 < pair[1].0)
}

fn both(one: &[bool], other: &[bool], of: impl Fn(bool, bool) -> bool) -> Vec<bool> {
    one.iter().zip(other).map(|(one, other)| of(*one, *other)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn two_sets_are_joined_met_and_taken_apart_as_a_grid_of_minutes_is(one in intervals(), other in intervals()) {
        let (a, b) = (Set::of(one.clone()), Set::of(other.clone()));
        let (ga, gb) = (grid(&one), grid(&other));
        prop_assert_eq!(as_grid(&a), ga.clone());
        for (set, expected) in [
            (a.union(&b), both(&ga, &gb, |a, b| a || b)),
            (a.intersect(&b), both(&ga, &gb, |a, b| a && b)),
            (a.subtract(&b), both(&ga, &gb, |a, b| a && !b)),
            (a.complement(0, GRID), ga.iter().map(|minute| !minute).collect()),
        ] {
            prop_assert!(is_tidy(&set), "{:?}", set);
            prop_assert_eq!(as_grid(&set), expected);
        }
    }

    #[test]
    fn a_set_is_widened_clipped_measured_and_searched_as_a_grid_of_minutes_is(
        one in intervals(), before in 0_i64..6, after in 0_i64..6, from in 0..GRID, length in 0..GRID,
    ) {
        let set = Set::of(one.clone());
        let cells = grid(&one);
        prop_assert_eq!(set.total_ms(), (0..GRID).map(|minute| i64::from(has(&cells, minute))).sum::<i64>());
        let wide = set.widen(before, after);
        prop_assert!(is_tidy(&wide));
        for minute in 0..GRID {
            // Whoever is widened to here lay at most `after` before, or `before` after.
            let near = (minute - after..=minute + before).filter(|near| (0..GRID).contains(near));
            let expected = near.into_iter().any(|near| has(&cells, near));
            prop_assert_eq!(wide.contains(minute, minute + 1), expected, "minute {}", minute);
        }
        let cut = set.clip(from, from + length);
        prop_assert!(is_tidy(&cut));
        prop_assert_eq!(cut, set.intersect(&Set::span(from, from + length)));
        let end = (from + length).min(GRID);
        let all = (from..end).all(|minute| has(&cells, minute));
        if from < end {
            prop_assert_eq!(set.contains(from, end), all);
        }
        prop_assert_eq!(set.around(from).is_some(), has(&cells, from));
    }

    #[test]
    fn a_meeting_starts_where_all_its_minutes_lie_in_one_interval(one in intervals(), length in 1_i64..10) {
        let set = Set::of(one.clone());
        let cells = grid(&one);
        let starts = set.starts(length);
        prop_assert!(is_tidy(&starts));
        for start in 0..GRID {
            let fits = start + length <= GRID && (start..start + length).all(|minute| has(&cells, minute));
            prop_assert_eq!(starts.contains(start, start + 1), fits, "at {}", start);
        }
    }

    #[test]
    fn sets_obey_the_laws_of_sets(one in intervals(), other in intervals(), third in intervals()) {
        let (a, b, c) = (Set::of(one), Set::of(other), Set::of(third));
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.intersect(&b), b.intersect(&a));
        prop_assert_eq!(a.union(&b).intersect(&c), a.intersect(&c).union(&b.intersect(&c)));
        prop_assert_eq!(a.subtract(&b).union(&a.intersect(&b)), a.clone());
        prop_assert_eq!(a.complement(0, GRID).complement(0, GRID), a.clone());
        prop_assert_eq!(Set::of(a.iter()), a);
    }
}

#[test]
fn what_is_empty_or_runs_backwards_is_nothing() {
    assert!(Set::of([(5, 5), (9, 3)]).is_empty());
    assert!(Set::span(7, 7).is_empty());
    assert_eq!(Set::of([(1, 3), (3, 5)]), Set::span(1, 5), "what touches is one");
    assert_eq!(Set::span(0, 10).clip(4, 4), Set::empty());
}
