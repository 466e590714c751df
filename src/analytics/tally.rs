//! What a few entries of the journal add up to, before it is written: one row for each agent, day and other, however many
//! messages there were.

use std::collections::BTreeMap;

use super::{sql, times};
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::store::Cx;

/// What is counted.
#[derive(Clone, Copy)]
pub(super) enum Figure {
    Received,
    Sent,
    Started,
    Completed,
    Succeeded,
    Failed,
    Asked,
    Answered,
    Late,
}

/// Counts of one agent, day and other, in the order of [`Figure`].
pub(super) type Counts = [i64; 9];
type Row = (AgentId, String, Option<AgentId>);

#[derive(Default)]
pub(super) struct Tally {
    counts: BTreeMap<Row, Counts>,
    times: BTreeMap<(Row, usize), i64>,
    errors: BTreeMap<(AgentId, String, String), (i64, Timestamp)>,
}

/// The day of an instant, of UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%d").to_string()
}

impl Tally {
    /// One more.
    pub(super) fn count(&mut self, what: Figure, agent: AgentId, at: Timestamp, other: Option<AgentId>) {
        let counts = self.counts.entry((agent, day(at), other)).or_default();
        if let Some(slot) = counts.get_mut(what as usize) {
            *slot += 1;
        }
    }

    /// An answer that took so long.
    pub(super) fn time(&mut self, agent: AgentId, at: Timestamp, other: Option<AgentId>, ms: i64) {
        *self.times.entry(((agent, day(at), other), times::bucket_of(ms))).or_default() += 1;
    }

    /// Something that went wrong.
    pub(super) fn error(&mut self, agent: AgentId, at: Timestamp, kind: &str) {
        let (many, last) = self.errors.entry((agent, day(at), kind.to_owned())).or_insert((0, at));
        *many += 1;
        *last = at.max(*last);
    }

    /// Nothing of an agent is kept any more.
    pub(super) fn forget(&mut self, agent: AgentId) {
        self.counts.retain(|(one, _, _), _| *one != agent);
        self.times.retain(|((one, _, _), _), _| *one != agent);
        self.errors.retain(|(one, _, _), _| *one != agent);
    }

    /// Adds it to what is known.
    pub(super) fn keep(self, cx: &Cx<'_>) -> Result<()> {
        for ((agent, day, other), counts) in self.counts {
            sql::add_counts(cx, (agent, &day, other), counts)?;
        }
        for (((agent, day, other), bucket), many) in self.times {
            sql::add_times(cx, (agent, &day, other), bucket, many)?;
        }
        for ((agent, day, kind), (many, last)) in self.errors {
            sql::add_errors(cx, (agent, &day, &kind), many, last)?;
        }
        Ok(())
    }
}
