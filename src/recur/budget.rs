//! How much work may be spent on rules, so that no rule takes the house's time.

/// Steps that may still be spent. A step is one period looked at, eight days compared, or one time found: some tens
/// of nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(u32);

impl Budget {
    /// So many steps.
    pub const fn of(steps: u32) -> Self {
        Self(steps)
    }

    /// The steps that are left.
    pub const fn left(self) -> u32 {
        self.0
    }

    /// Takes steps out of it; `false` if there are not as many left (then none are).
    #[must_use]
    pub const fn spend(&mut self, steps: u32) -> bool {
        let is_enough = steps <= self.0;
        self.0 = self.0.saturating_sub(steps);
        is_enough
    }
}
