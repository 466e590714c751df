//! The statements of calendars, one function each.

mod busy;
mod event;
mod source;
mod write;

pub(super) use busy::*;
pub(super) use event::*;
pub(super) use source::*;
pub(super) use write::*;
