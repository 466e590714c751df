//! Tests that need no outside program.
