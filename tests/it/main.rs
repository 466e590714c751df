//! Tests that need no outside program.

mod view;
mod view_mail;
