//! Tests that need no outside program.

mod view;
mod view_mail;
mod wire_compose;
mod wire_imap;
mod wire_parse;
mod wire_script;
mod wire_smtp;
mod architecture;
mod config;
// Statements are remembered in debug builds only.
#[cfg(debug_assertions)]
mod plans;
