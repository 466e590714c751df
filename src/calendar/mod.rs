//! Calendars: where busy time comes from, what is taken, and what is held (`docs/calendar.md`).
//!
//! It knows no HTTP, no meeting and no grant.
