//! Tests that need no outside program.

mod access;
mod api;
mod api_idempotency;
mod api_operation;
mod api_refusals;
mod api_world;
mod view;
mod view_mail;
mod wire_compose;
mod wire_imap;
mod wire_parse;
mod wire_script;
mod wire_smtp;
