//! Tests that need no outside program.

mod access;
mod api;
mod api_idempotency;
mod api_operation;
mod api_refusals;
mod api_world;
mod architecture;
mod config;
mod faults;
mod inbound_clients;
mod inbound_outcomes;
mod inbound_special;
mod inbound_world;
mod letters_leaks;
mod letters_render;
mod letters_send;
mod letters_sink;
mod letters_world;
mod view;
mod view_mail;
mod wire_compose;
mod wire_imap;
mod wire_parse;
mod wire_script;
mod wire_smtp;
// Statements are remembered in debug builds only.
#[cfg(debug_assertions)]
mod plans;
