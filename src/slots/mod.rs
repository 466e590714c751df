//! Finding a time: which there are, why these, and why no others (`docs/slots.md`).
//!
//! It owns no table and books nothing.
