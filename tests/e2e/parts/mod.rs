//! The rig itself: each outside part does what the other tests rely on.

mod browser;
mod mail;
mod peer;
mod server;
