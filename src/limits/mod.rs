//! Limits: budgets that are spent in a window of time and kept in the store, so that a restart refills none.
//!
//! Table owned: `budgets`. Limits per network address, which must cost nothing, are the web door's own.

#[cfg(test)]
mod tests;

use crate::base::error::{Error, Result};
use crate::base::time::{SECOND, Timestamp};
use crate::store::Cx;
use crate::values;

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

/// Spends `amount` of `spender`'s budget, or says when to try again; what is refused spends nothing.
pub fn spend(cx: &Cx<'_>, budget: Budget, spender: &str, amount: i64) -> Result<()> {
    let known = cx.db.one(
        "SELECT window_start, spent FROM budgets WHERE budget = $1 AND spender = $2",
        values![budget.name, spender],
        |row| Ok((row.get::<Timestamp>("window_start")?, row.get::<i64>("spent")?)),
    )?;
    let (start, spent) = match known {
        Some((start, spent)) if cx.now.since(start) < budget.window_ms => (start, spent),
        _ => (cx.now, 0),
    };
    if spent + amount > budget.most {
        let left_ms = budget.window_ms - cx.now.since(start);
        return Err(Error::Throttled { retry_after_s: (left_ms / SECOND + 1).unsigned_abs() });
    }
    cx.db.change_one(
        "INSERT INTO budgets (budget, spender, window_start, spent) VALUES ($1, $2, $3, $4)
         ON CONFLICT (budget, spender) DO UPDATE SET window_start = excluded.window_start, spent = excluded.spent",
        values![budget.name, spender, start, spent + amount],
    )
}

/// As [`spend`], for where being over the limit is an answer like any other: says whether it was spent.
pub fn allows(cx: &Cx<'_>, budget: Budget, spender: &str, amount: i64) -> Result<bool> {
    match spend(cx, budget, spender, amount) {
        Ok(()) => Ok(true),
        Err(Error::Throttled { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Deletes what was spent in windows that began before `before`.
pub fn delete_ended(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM budgets WHERE window_start < $1", values![before])
}
