//! The ground everything stands on: ids, time, chance, errors, secrets and plain text.
//!
//! Nothing here does I/O, and nothing here knows a table, a protocol or a framework.

pub mod actor;
pub mod error;
pub mod hours;
pub mod house;
pub mod id;
pub mod ip_range;
pub mod jwt;
pub mod random;
pub mod secret;
#[cfg(test)]
mod tests;
pub mod text;
pub mod time;
pub mod trace;
pub mod worded;

pub use actor::{Actor, Road, Who};
pub use error::{Error, Result};
pub use house::House;
pub use id::Id;
pub use ip_range::IpRange;
pub use random::Chance;
pub use secret::{Keys, Secret};
pub use time::{Clock, Timestamp, Zone};
