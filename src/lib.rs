//! Entente: people and their agents agree on a time through it, privately, over plain email.
//!
//! The modules below stand in ring order: each uses only those above it (`tests/it/architecture.rs`
//! holds it). `docs/architecture.md` is the map.

// The ground.
pub mod base;
pub mod config;
pub mod dav;
pub mod itip;
pub mod model;
pub mod net;
pub mod recur;
pub mod words;
// The pillars.
pub mod journal;
pub mod queue;
pub mod store;
// Shared by the rooms.
pub mod idempotency;
pub mod limits;
pub mod links;
pub mod post;
// The rooms.
pub mod accounts;
pub mod agents;
pub mod analytics;
pub mod booking;
pub mod calendar;
pub mod groups;
pub mod meetings;
pub mod messages;
pub mod network;
pub mod notices;
pub mod sessions;
pub mod slots;
pub mod webhooks;
// Doors, and the wire beneath them.
pub mod mail;
pub mod sync;
pub mod tasks;
pub mod web;
// What sees everything, and the command line.
pub mod app;
pub mod cli;
