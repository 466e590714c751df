//! Letters as they are read.

mod when;

pub use when::When;
