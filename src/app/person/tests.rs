//! Tests of taking away, leaving and erasing, by a set clock.
