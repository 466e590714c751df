//! Tests of booking links.
