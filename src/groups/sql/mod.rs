//! The statements of group decisions.

pub(super) mod answers;
pub(super) mod groups;
