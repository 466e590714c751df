//! CalDAV from the client's side (RFC 4791, 4918, 6578, 6764): requests and the XML of answers, over [`crate::net`].
//!
//! It does not know whose calendar it is, nor what becomes of the time in it (`docs/calendar.md`).
