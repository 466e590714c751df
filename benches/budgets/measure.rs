//! Measuring in pairs: ours and the bare counterpart in turn, so that both meet the same machine.

use std::time::{Duration, Instant};

/// The time that `work` takes.
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

/// The middle one.
pub(crate) fn median(all: &[f64]) -> f64 {
    quantile(all, 0.5)
}

/// The value below which `share` of all lie.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place in a list"
)]
pub(crate) fn quantile(all: &[f64], share: f64) -> f64 {
    let mut all = all.to_vec();
    all.sort_by(f64::total_cmp);
    let at = ((all.len() as f64 - 1.0) * share).round();
    all.get(at as usize).copied().unwrap_or(f64::NAN)
}

/// So many in this time, by the second.
#[expect(clippy::cast_precision_loss, reason = "a count of a bench is far below 2^52")]
pub(crate) fn rate(many: usize, took: Duration) -> f64 {
    many as f64 / took.as_secs_f64()
}

/// The rounds of ours and of the bare counterpart.
#[derive(Default)]
pub(crate) struct Pairs {
    ours: Vec<f64>,
    bare: Vec<f64>,
}

impl Pairs {
    /// Adds a round.
    pub(crate) fn add(&mut self, ours: f64, bare: f64) {
        self.ours.push(ours);
        self.bare.push(bare);
    }

    /// The median of the rounds' ratios.
    pub(crate) fn ratio(&self) -> f64 {
        let ratios: Vec<f64> = self.ours.iter().zip(&self.bare).map(|(ours, bare)| ours / bare).collect();
        median(&ratios)
    }

    /// Prints the medians; `limit` says what the ratio must be.
    pub(crate) fn print(&self, name: &str, unit: &str, limit: Limit) {
        let ratio = self.ratio();
        let (budget, is_kept) = match limit {
            Limit::AtLeast(least) => (format!(">= {least}"), ratio >= least),
            Limit::Below(most) => (format!("< {most}"), ratio < most),
        };
        println!(
            "{name:<46} ours {:>10.4} {unit:<5} bare {:>10.4} {unit:<5} ratio {ratio:>6.2}  budget {budget:<7} {}",
            median(&self.ours),
            median(&self.bare),
            word(is_kept)
        );
    }
}

/// What a ratio must be.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// Rates: the share that must be reached.
    AtLeast(f64),
    /// Times: the multiple that must not be reached.
    Below(f64),
}

/// Prints what has no counterpart.
pub(crate) fn absolute(name: &str, value: f64, unit: &str, most: f64) {
    println!("{name:<46} {value:>10.1} {unit:<5} budget < {most} {}", word(value < most));
}

fn word(is_kept: bool) -> &'static str {
    if is_kept { "kept" } else { "MISSED" }
}
