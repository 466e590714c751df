//! Limits: budgets that are spent in a window of time and kept in the store, so that a restart refills none.
//!
//! Table owned: `budgets`. Limits per network address, which must cost nothing, are the web door's own.

#[cfg(test)]
mod tests;

mod sql;

pub use sql::delete_ended;

use crate::base::error::{Error, Result};
use crate::base::time::{HOUR, SECOND, Timestamp};
use crate::store::Cx;

/// How long the start of a flow stays where it is, in milliseconds.
const START_MS: i64 = HOUR;
/// Microseconds in a millisecond.
const MICROS: i64 = 1_000;

/// So much in so long.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Its name.
    pub name: &'static str,
    /// How much may be spent in a window.
    pub most: i64,
    /// How long a window is, in milliseconds; it begins with the first spending.
    pub window_ms: i64,
}

/// So much at once, and then no faster than so often (GCRA, the generic cell rate algorithm). It is reckoned in
/// microseconds: the fastest flow that can be set lets one through in each.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Its name.
    pub name: &'static str,
    /// How much at once.
    pub burst: i64,
    /// How much in a window when the burst is spent.
    pub most: i64,
    /// How long that window is, in milliseconds.
    pub window_ms: i64,
}

impl Flow {
    /// From one to the next when the burst is spent, in microseconds.
    fn every_us(self) -> i64 {
        (self.window_ms * MICROS / self.most.max(1)).max(1)
    }
}

/// Lets `amount` of `spender`'s flow through, or says when to try again; what is refused spends nothing. What comes at
/// once is let through at once, be it more than the burst.
pub fn pass(cx: &Cx<'_>, flow: Flow, spender: &str, amount: i64) -> Result<()> {
    let known = sql::spent(cx, flow.name, spender)?;
    let every_us = flow.every_us();
    let now_us = |start: Timestamp| cx.now.since(start) * MICROS;
    // When all that was let through would have come, had it come evenly: so many microseconds from now.
    let ahead_us = known.map_or(0, |(start, us)| us - now_us(start)).max(0) + amount * every_us;
    // The clock counts milliseconds: what may come within one comes at once.
    let at_once = flow.burst.max(amount).max(MICROS / every_us);
    let over_us = ahead_us - at_once * every_us;
    if over_us > 0 {
        let seconds = over_us.div_euclid(SECOND * MICROS) + 1;
        return Err(Error::Throttled { retry_after_s: seconds.unsigned_abs() });
    }
    // The start stays for a while: what expires is found by it, and to move it each time is work.
    let start =
        known.map(|(start, _)| start).filter(|start| cx.now.since(*start) < START_MS).unwrap_or(cx.now);
    let spent_us = now_us(start) + ahead_us;
    sql::set_spent(cx, flow.name, spender, (start, spent_us), known.map(|(start, _)| start))
}

/// Spends `amount` of `spender`'s budget, or says when to try again; what is refused spends nothing.
pub fn spend(cx: &Cx<'_>, budget: Budget, spender: &str, amount: i64) -> Result<()> {
    let known = sql::spent(cx, budget.name, spender)?;
    let (start, spent) = match known {
        Some((start, spent)) if cx.now.since(start) < budget.window_ms => (start, spent),
        _ => (cx.now, 0),
    };
    if spent + amount > budget.most {
        let left_ms = budget.window_ms - cx.now.since(start);
        return Err(Error::Throttled { retry_after_s: (left_ms / SECOND + 1).unsigned_abs() });
    }
    sql::set_spent(cx, budget.name, spender, (start, spent + amount), known.map(|(start, _)| start))
}

/// As [`spend`], for where being over the limit is an answer like any other: says whether it was spent.
pub fn allows(cx: &Cx<'_>, budget: Budget, spender: &str, amount: i64) -> Result<bool> {
    match spend(cx, budget, spender, amount) {
        Ok(()) => Ok(true),
        Err(Error::Throttled { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
