//! Tests of limits.

use super::*;
use crate::base::time::{DAY, HOUR, MINUTE};
use crate::store::town::{NOW, Town};

const THREE: Budget = Budget { name: "three", most: 3, window_ms: HOUR };

fn spend_now(town: &Town, spender: &'static str, amount: i64) -> Result<()> {
    town.write(move |cx| spend(cx, THREE, spender, amount))
}

#[test]
fn a_budget_is_spent_and_is_full_again_when_its_window_is_over() {
    let town = Town::bare();
    spend_now(&town, "ana", 2).unwrap();
    town.clock.advance(30 * MINUTE);
    spend_now(&town, "ana", 1).unwrap();
    let refused = spend_now(&town, "ana", 1).unwrap_err();
    assert!(matches!(refused, Error::Throttled { retry_after_s: 1_801 }), "{refused:?}");
    town.clock.advance(30 * MINUTE);
    spend_now(&town, "ana", 3).unwrap();
}

#[test]
fn what_is_refused_spends_nothing() {
    let town = Town::bare();
    spend_now(&town, "ana", 2).unwrap();
    assert!(spend_now(&town, "ana", 2).is_err());
    spend_now(&town, "ana", 1).unwrap();
    assert!(!town.write(|cx| allows(cx, THREE, "ana", 1)).unwrap());
}

#[test]
fn each_spender_has_a_budget_of_their_own() {
    let town = Town::bare();
    spend_now(&town, "ana", 3).unwrap();
    assert!(town.write(|cx| allows(cx, THREE, "ben", 3)).unwrap());
    let other = Budget { name: "other", ..THREE };
    assert!(town.write(move |cx| allows(cx, other, "ana", 3)).unwrap());
}

#[test]
fn budgets_whose_window_is_long_over_are_deleted() {
    let town = Town::bare();
    spend_now(&town, "ana", 1).unwrap();
    assert_eq!(town.write(|cx| delete_ended(cx, NOW)).unwrap(), 0);
    town.clock.advance(2 * DAY);
    assert_eq!(town.write(|cx| delete_ended(cx, cx.now.plus(-DAY))).unwrap(), 1);
}

/// What of a flow got through in ten windows in which somebody tried all the time.
fn let_through(town: &Town, flow: Flow) -> i64 {
    town.write(move |cx| {
        let mut through = 0;
        for _ in 0..10 * flow.window_ms {
            while pass(cx, flow, "ana", 1).is_ok() {
                through += 1;
            }
            cx.now = cx.now.plus(1);
        }
        Ok(through)
    })
    .unwrap()
}

#[test]
fn a_flow_lets_through_what_it_says_however_much_that_is_in_a_millisecond() {
    let town = Town::bare();
    for (name, most, window_ms) in
        [("slow", 7, 600), ("even", 100, 500), ("between", 350, 600), ("fast", 4_000, 250)]
    {
        let flow = Flow { name, burst: 5, most, window_ms };
        let through = let_through(&town, flow);
        let all = 10 * most;
        assert!(
            (all - 1..=all + flow.burst.max(most / window_ms) + 1).contains(&through),
            "{name}: {through} of {all}"
        );
    }
}

#[test]
fn whoever_is_over_a_flow_is_told_when_to_come_again_and_is_let_through_then() {
    let town = Town::bare();
    let flow = Flow { name: "three", burst: 2, most: 1, window_ms: 3 * SECOND };
    let passed = move |town: &Town| town.write(move |cx| pass(cx, flow, "ana", 1));
    passed(&town).unwrap();
    passed(&town).unwrap();
    let refused = passed(&town).unwrap_err();
    assert!(matches!(refused, Error::Throttled { retry_after_s: 4 }), "{refused:?}");
    town.clock.advance(4 * SECOND);
    passed(&town).unwrap();
}
