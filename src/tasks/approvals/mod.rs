//! Approvals: decisions that a person must take, one or so many of a role, each once; and the rules that decide by themselves.

mod ask;
mod by_link;
mod decide;
pub(super) mod model;
mod rules;
mod see;
mod tell;

pub use ask::{NewApproval, ask, cancel};
pub use by_link::{ApprovalLinks, OpenedApproval, approval_links, decide_by_link, open_approval};
pub use decide::{TOO_FEW, decide, may_decide};
pub use model::{Approval, ApprovalState, Choice, Of, Rule, Vote};
pub use rules::{NewRule, Planned, RULES_MAX, add_rule, due, planned, remove_rule, rules};
pub use see::{ApprovalListing, ApprovalPage, approval, approvals, of_none, of_task, readers, waiting};
pub use tell::{of_session, session_of, transcript};

pub(super) use ask::{cancel_of_task, end};
pub(super) use decide::recount;
pub(super) use rules::{end_over, end_through};
pub(super) use tell::forget;
