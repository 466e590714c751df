//! Tests of the promises of this pillar.
