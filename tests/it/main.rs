//! Tests that need no outside program.

mod architecture;
mod config;
mod inbound_clients;
mod inbound_world;
mod pages_doors;
mod pages_links;
mod pages_mailroom;
mod pages_meetings;
mod pages_world;
mod plans;
mod view;
mod view_mail;
mod wire_compose;
mod wire_imap;
mod wire_parse;
mod wire_script;
mod wire_smtp;
