//! In debug builds, every statement text that was run: so that a test can hold each one's plan
//! against the rule that no query goes without an index; and how many were run, for answers that must not be told apart.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

thread_local! {
    static RUN_HERE: Cell<u64> = const { Cell::new(0) };
}

/// How many statements this thread has run so far. A unit of work stays on one thread: what it ran is the difference.
pub fn run_here() -> u64 {
    RUN_HERE.get()
}

/// Remembers a statement.
pub(super) fn note(sql: &str) {
    RUN_HERE.set(RUN_HERE.get() + 1);
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !seen.contains(sql) {
        seen.insert(sql.to_owned());
    }
}

/// All statements this process has run so far.
pub fn seen() -> Vec<String> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}
