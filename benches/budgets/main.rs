//! The budgets of the design, each measured against its bare counterpart in the same run on the same machine, as a
//! ratio: absolute numbers swing with the disk and the neighbours, ratios much less.
//!
//! `cargo bench` runs all; `cargo bench -- bookings` runs one. Each prints what was measured, the ratio and the budget.
//! Nothing here fails a build: a budget that is missed is said so.

mod bookings;
mod house;
mod measure;

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    if is_wanted("bookings") {
        bookings::run();
    }
}
