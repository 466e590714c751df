//! The types of figures.

use super::report::Reported;
use super::times::Times;
use crate::agents::Agent;
use crate::base::id::AgentId;
use crate::base::time::Timestamp;

/// What can be added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Messages that came.
    pub received: i64,
    /// Messages that went out, one for each who was addressed.
    pub sent: i64,
    /// What it began: conversations, tasks, sessions, group decisions.
    pub started: i64,
    /// What came to its end as it should.
    pub completed: i64,
    /// What ended well.
    pub succeeded: i64,
    /// What did not.
    pub failed: i64,
    /// How often it was asked in a group decision.
    pub asked: i64,
    /// How often it answered there in time.
    pub answered: i64,
    /// How often too late.
    pub late: i64,
    /// How long its answers took.
    pub times: Times,
    /// How many people were content or not.
    pub ratings: i64,
    /// What their scores make together.
    pub score: i64,
}

impl Sums {
    pub(super) fn merge(&mut self, other: &Self) {
        self.received += other.received;
        self.sent += other.sent;
        self.started += other.started;
        self.completed += other.completed;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.asked += other.asked;
        self.answered += other.answered;
        self.late += other.late;
        self.ratings += other.ratings;
        self.score += other.score;
        self.times.merge(&other.times);
    }

    /// How many of a hundred that ended did so well; `None`: nothing ended.
    pub fn success_percent(&self) -> Option<i64> {
        let ended = self.succeeded + self.failed;
        (ended > 0).then(|| (self.succeeded * 100 + ended / 2) / ended)
    }

    /// The mean score in hundredths; `None`: nobody said.
    pub fn satisfaction_hundredths(&self) -> Option<i64> {
        (self.ratings > 0).then(|| (self.score * 100 + self.ratings / 2) / self.ratings)
    }
}

/// What it had with one other agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// With whom.
    pub other: AgentId,
    /// What it is called, as long as there is one.
    pub name: String,
    /// How much.
    pub sums: Sums,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What: a kind of the journal.
    pub kind: String,
    /// How often.
    pub many: i64,
    /// When last.
    pub last_at: Timestamp,
}

/// What an agent did in some days.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The first and the last of the days, of UTC: `2026-11-22`.
    pub span: (String, String),
    /// Those on which there was something, oldest first.
    pub days: Vec<(String, Sums)>,
    /// All of them together.
    pub total: Sums,
    /// With whom, whoever it had most with first.
    pub pairs: Vec<Pair>,
    /// What went wrong, what was last first.
    pub errors: Vec<Trouble>,
    /// What it says of itself.
    pub reported: Vec<Reported>,
    /// How many entries of the journal are still to be read: figures are complete where this is 0.
    pub behind: i64,
}

/// What one of somebody's agents did in some days.
#[derive(Clone, Debug)]
pub struct Glance {
    /// Which.
    pub agent: Agent,
    /// The days on which there was something, oldest first.
    pub days: Vec<(String, Sums)>,
    /// All of them together.
    pub total: Sums,
}

/// What somebody's agents did in some days.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The first and the last of the days, of UTC: `2026-11-22`.
    pub span: (String, String),
    /// In the order in which they were made.
    pub agents: Vec<Glance>,
    /// The last of these, where there are more behind it.
    pub next: Option<AgentId>,
    /// How many entries of the journal are still to be read.
    pub behind: i64,
}
