//! The door to calendars that lie elsewhere: reads them outside any transaction, and hands over what was read (`docs/calendar.md`).
//!
//! It writes no table.
