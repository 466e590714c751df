//! Entente: people and their agents agree on a time through it, privately, over plain email.
//!
//! The modules below stand in ring order: each uses only those above it (`tests/it/architecture.rs`
//! holds it). `docs/architecture.md` is the map.

// The ground.
pub mod base;
pub mod itip;
// Doors, and the wire beneath them.
pub mod mail;
pub mod web;
