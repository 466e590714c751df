//! Plain words: what people write, as far as it can be read without guessing. Pure: no clock, no store.
//!
//! [`proposed_time`] finds the one time that an answer proposes; [`wish`] reads a line that asks for a meeting. What
//! can be read in two ways is not read at all. It does not know whether anybody is free, nor what becomes of what was read.

mod lexicon;
mod proposed;
mod read;
#[cfg(test)]
mod tests;
mod tokens;
pub mod wish;

pub use proposed::proposed_time;
