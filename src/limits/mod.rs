//! Limits: budgets that are spent in a window of time and kept in the store, so that a restart refills none.
//!
//! Table owned: `budgets`. Limits per network address, which must cost nothing, are the web door's own.

#[cfg(test)]
mod tests;

mod sql;

pub use sql::delete_ended;

use crate::base::error::{Error, Result};
use crate::base::time::{HOUR, SECOND};
use crate::store::Cx;

/// How long the start of a flow stays where it is, in milliseconds.
const START_MS: i64 = HOUR;

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

/// So much at once, and then no faster than so often (GCRA, the generic cell rate algorithm).
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Its name.
    pub name: &'static str,
    /// How much at once.
    pub burst: i64,
    /// From one to the next when the burst is spent, in milliseconds.
    pub every_ms: i64,
}

/// Lets `amount` of `spender`'s flow through, or says when to try again; what is refused spends nothing. What comes at
/// once is let through at once, be it more than the burst.
pub fn pass(cx: &Cx<'_>, flow: Flow, spender: &str, amount: i64) -> Result<()> {
    let known = sql::spent(cx, flow.name, spender)?;
    // When all that was let through would have come, had it come evenly: so many milliseconds after the start.
    let even = known.map_or(cx.now, |(start, ms)| start.plus(ms)).max(cx.now);
    let after = even.plus(amount * flow.every_ms);
    let over_ms = after.since(cx.now) - flow.burst.max(amount) * flow.every_ms;
    if over_ms > 0 {
        return Err(Error::Throttled { retry_after_s: (over_ms.div_euclid(SECOND) + 1).unsigned_abs() });
    }
    // The start stays for a while: what expires is found by it, and to move it each time is work.
    let start =
        known.map(|(start, _)| start).filter(|start| cx.now.since(*start) < START_MS).unwrap_or(cx.now);
    sql::set_spent(cx, flow.name, spender, (start, after.since(start)), known.map(|(start, _)| start))
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
