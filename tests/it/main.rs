//! Tests that need no outside program.

mod view;
