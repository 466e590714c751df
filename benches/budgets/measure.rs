//! Measuring in pairs: ours and the bare counterpart in turn, so that both meet the same machine.

use std::time::{Duration, Instant};

/// The time that `work` takes.
pub fn time(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

/// The middle one.
pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value below which `share` of all lie.
pub fn quantile(mut all: Vec<f64>, share: f64) -> f64 {
    all.sort_by(f64::total_cmp);
    let at = ((all.len() as f64 - 1.0) * share).round();
    all.get(at as usize).copied().unwrap_or(f64::NAN)
}

/// Prints a row: name, ours, bare, the ratio, the budget, and whether it is kept.
pub fn row(name: &str, ours: &str, bare: &str, ratio: f64, budget: &str, is_kept: bool) {
    let word = if is_kept { "kept" } else { "MISSED" };
    println!(
        "{name:<44} ours {ours:>14}   bare {bare:>14}   ratio {ratio:>6.2}   budget {budget:<10} {word}"
    );
}
