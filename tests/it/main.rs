//! Tests that need no outside program.

mod architecture;
mod config;
// Statements are remembered in debug builds only.
#[cfg(debug_assertions)]
mod plans;
