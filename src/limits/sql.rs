//! The statements of limits.

use crate::base::error::Result;
use crate::base::time::Timestamp;
use crate::store::Cx;
use crate::values;

/// When the present window began, and what was spent in it: of a flow, the microseconds from then to when all that was
/// let through would have come.
pub(super) fn spent(cx: &Cx<'_>, budget: &str, spender: &str) -> Result<Option<(Timestamp, i64)>> {
    cx.db.one(
        "SELECT window_start, spent FROM budgets WHERE budget = $1 AND spender = $2",
        values![budget, spender],
        |row| Ok((row.get("window_start")?, row.get("spent")?)),
    )
}

/// Writes the start of the window and what was spent in it. `known` is the start that stands there: one that stays is not
/// written again, for its index would be.
pub(super) fn set_spent(
    cx: &Cx<'_>,
    budget: &str,
    spender: &str,
    (start, spent): (Timestamp, i64),
    known: Option<Timestamp>,
) -> Result<()> {
    if known == Some(start) {
        return cx.db.change_one(
            "UPDATE budgets SET spent = $3 WHERE budget = $1 AND spender = $2",
            values![budget, spender, spent],
        );
    }
    cx.db.change_one(
        "INSERT INTO budgets (budget, spender, window_start, spent) VALUES ($1, $2, $3, $4)
         ON CONFLICT (budget, spender) DO UPDATE SET window_start = excluded.window_start, spent = excluded.spent",
        values![budget, spender, start, spent],
    )
}

/// Deletes what was spent in windows that began before `before`.
pub fn delete_ended(cx: &Cx<'_>, before: Timestamp) -> Result<usize> {
    cx.db.execute("DELETE FROM budgets WHERE window_start < $1", values![before])
}
