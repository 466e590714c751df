//! Agents: who acts for a user, or for a room or thing (`docs/slots.md`).
//!
//! It does not know what is agreed with them.
