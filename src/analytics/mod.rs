//! What agents did, and how well (`docs/watching.md`): figures for each day, ratings by people, what programs report of
//! themselves, the log of an agent, and how agents stand.
//!
//! Figures are computed from the journal by one follower ([`FOLLOWER`]), from the fixed part of its entries alone, and can
//! be computed again with the same result ([`recompute`]). Tables owned: `figures`, `figure_times`, `figure_errors`,
//! `figure_threads`, `ratings`, `agent_metrics`.
//!
//! It does not know why anything happened, nor what was said.

mod activity;
mod gather;
mod health;
mod model;
mod overview;
mod part;
mod rate;
mod report;
mod see;
mod sql;
mod tally;
mod times;
mod together;

pub use activity::{Activity, By, activity};
pub use gather::{FOLLOWER, recompute};
pub use health::{Agents, Health, agents_health, health};
pub use model::{Figures, Glance, Overview, Pair, Sums, Trouble};
pub use overview::{DAYS_OF_ALL_MAX, GLANCES_MAX, overview};
pub use part::{delete_ended, erase, export};
pub use rate::{SCORE_MAX, Said, rate, rate_approval, rated, rated_approval};
pub use report::{METRICS_MAX, Metric, Reported, report};
pub use see::{DAYS_MAX, figures};
pub use times::{BUCKETS, Times};
