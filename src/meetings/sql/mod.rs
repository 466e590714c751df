//! The statements of meetings, one function each.

mod invitation;
mod meeting;
mod proposal;
mod resource;

pub(super) use invitation::*;
pub(super) use meeting::*;
pub(super) use proposal::*;
pub(super) use resource::*;
