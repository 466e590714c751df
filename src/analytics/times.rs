//! How long answers took: a histogram with fixed buckets, so that days and pairs add up, whoever added what first.

/// The upper ends of the buckets, in milliseconds; what took longer lies in one more.
pub const BUCKETS: [i64; 20] = [
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    28_800_000,
    86_400_000,
    259_200_000,
    604_800_000,
];

/// The bucket of a time; one that is negative, because a clock was set back, took none.
pub(super) fn bucket_of(ms: i64) -> usize {
    BUCKETS.iter().position(|end| ms <= *end).unwrap_or(BUCKETS.len())
}

/// Times, as many as lie in each bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times([i64; BUCKETS.len() + 1]);

impl Times {
    /// Adds so many of one bucket.
    pub(super) fn add(&mut self, bucket: i64, many: i64) {
        let slot = usize::try_from(bucket).ok().and_then(|bucket| self.0.get_mut(bucket));
        if let Some(slot) = slot {
            *slot += many;
        }
    }

    /// Adds others.
    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, more) in self.0.iter_mut().zip(other.0) {
            *mine += more;
        }
    }

    /// How many there are.
    pub fn many(&self) -> i64 {
        self.0.iter().sum()
    }

    /// How long so many of a hundred took at most, by nearest rank: the upper end of the bucket that it lies in, in
    /// milliseconds; of the last one the lower end. `None`: there are none.
    pub fn percentile(&self, percent: i64) -> Option<i64> {
        let many = self.many();
        if many == 0 {
            return None;
        }
        let rank = ((many * percent + 99) / 100).max(1);
        let mut seen = 0;
        let bucket = self.0.iter().position(|in_it| {
            seen += in_it;
            seen >= rank
        });
        let end = bucket.and_then(|bucket| BUCKETS.get(bucket)).or(BUCKETS.last());
        end.copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_end_of_the_bucket_it_lies_in() {
        let mut times = Times::default();
        assert_eq!(times.percentile(50), None);
        for ms in [80, 900, 950, 4_000, 700_000_000] {
            times.add(i64::try_from(bucket_of(ms)).unwrap(), 1);
        }
        assert_eq!(times.percentile(50), Some(1_000));
        assert_eq!(times.percentile(80), Some(5_000));
        // Longer than the longest: so long at least.
        assert_eq!(times.percentile(95), Some(604_800_000));
        assert_eq!(times.many(), 5);
    }

    #[test]
    fn times_that_are_added_in_parts_are_those_that_are_added_at_once() {
        let (mut all, mut odd, mut even) = (Times::default(), Times::default(), Times::default());
        for ms in (0_i64..2_000_000).step_by(7_919) {
            let bucket = i64::try_from(bucket_of(ms)).unwrap();
            all.add(bucket, 1);
            if ms % 2 == 0 { even.add(bucket, 1) } else { odd.add(bucket, 1) }
        }
        odd.merge(&even);
        assert_eq!(odd, all);
    }

    #[test]
    fn every_end_lies_in_its_own_bucket() {
        for (at, end) in BUCKETS.iter().enumerate() {
            assert_eq!((bucket_of(*end), bucket_of(*end + 1)), (at, at + 1));
        }
        assert_eq!(bucket_of(-5), 0);
    }
}
