//! Letters: what the house writes to people, from frozen facts to words.

pub mod view;
