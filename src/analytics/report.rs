//! What a program says of itself that the house cannot see: names of a fixed list, bounds that are checked, and kept apart from
//! what the house computes.

use super::sql;
use super::tally::day;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::store::Cx;
use crate::worded;

/// The most that is reported at once.
pub const METRICS_MAX: usize = 50;

worded! {
    /// What can be reported, in whole numbers.
    Metric {
        /// How long an answer took, in milliseconds.
        ResponseMs = "response_ms",
        /// How long a model took, in milliseconds.
        ModelMs = "model_ms",
        /// How often a model was asked.
        ModelCalls = "model_calls",
        /// How many tokens that took.
        Tokens = "tokens",
        /// What went wrong.
        Errors = "errors",
        /// What was tried again.
        Retries = "retries",
        /// How much waits in the program itself.
        QueueDepth = "queue_depth",
        /// How much memory it has, in megabytes.
        MemoryMb = "memory_mb",
        /// How busy its processor is.
        CpuPercent = "cpu_percent",
        /// How sure it was of what it did.
        ConfidencePercent = "confidence_percent",
    }
}

impl Metric {
    /// The largest value that is believed; the least is 0.
    pub const fn most(self) -> i64 {
        match self {
            Self::ResponseMs | Self::ModelMs => 86_400_000,
            Self::Tokens => 1_000_000_000,
            Self::ModelCalls | Self::Errors | Self::Retries | Self::QueueDepth => 1_000_000,
            Self::MemoryMb => 10_000_000,
            Self::CpuPercent | Self::ConfidencePercent => 100,
        }
    }
}

/// What was reported under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The name.
    pub name: String,
    /// How often.
    pub many: i64,
    /// All of it together.
    pub total: i64,
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
}

/// Keeps what a program says of itself, for today (of UTC). It is no change of the house's, and not journalled.
pub fn report(cx: &mut Cx<'_>, who: &Actor, agent: AgentId, said: &[(Metric, i64)]) -> Result<()> {
    agents::registered(cx, who, agent)?;
    if !agents::is_own(cx, who, agent)? {
        return Err(Error::NotFound("agent"));
    }
    if said.is_empty() || said.len() > METRICS_MAX {
        let words = format!("Say from 1 to {METRICS_MAX} at once.");
        return Err(Error::invalid("metrics", words));
    }
    for (at, (metric, value)) in said.iter().enumerate() {
        if !(0..=metric.most()).contains(value) {
            let words = format!("This should be from 0 to {}.", metric.most());
            return Err(Error::invalid(format!("metrics[{at}].value"), words));
        }
    }
    let today = day(cx.now);
    for (metric, value) in said {
        sql::add_metric(cx, (agent, &today), metric.as_str(), *value)?;
    }
    Ok(())
}
