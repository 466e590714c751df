//! Tests that need no outside program.

mod inbound_clients;
mod inbound_faults;
mod inbound_mailbox;
mod inbound_outcomes;
mod inbound_poll;
mod inbound_special;
mod inbound_world;
mod view;
mod view_mail;
mod wire_compose;
mod wire_imap;
mod wire_parse;
mod wire_script;
mod wire_smtp;
