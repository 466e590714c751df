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
