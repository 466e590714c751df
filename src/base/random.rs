//! Chance: the system's generator, or a seeded one, so that a test's ids and tokens repeat.

use std::sync::{Arc, Mutex, PoisonError};

use ring::rand::{SecureRandom, SystemRandom};

use super::time::Timestamp;

/// A source of random bytes and of time-ordered ids. Clones share their state.
#[derive(Clone, Debug)]
pub struct Chance(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seed: Option<Mutex<u64>>,
    system: SystemRandom,
    /// The last millisecond an id was made in, and how many were.
    last: Mutex<(i64, u32)>,
}

impl Chance {
    /// The system's cryptographic generator.
    pub fn system() -> Self {
        Self::new(None)
    }

    /// A generator that gives the same bytes for the same seed: for tests and nothing else.
    pub fn seeded(seed: u64) -> Self {
        Self::new(Some(Mutex::new(seed)))
    }

    fn new(seed: Option<Mutex<u64>>) -> Self {
        Self(Arc::new(Inner { seed, system: SystemRandom::new(), last: Mutex::new((0, 0)) }))
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.0.seed {
            None => self.0.system.fill(&mut bytes).expect("the system has random bytes to give"),
            Some(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                for chunk in bytes.chunks_mut(8) {
                    let word = split_mix(&mut state).to_le_bytes();
                    chunk.copy_from_slice(&word[..chunk.len()]);
                }
            }
        }
        bytes
    }

    /// A number from 0 to `most`, both included.
    pub fn up_to(&self, most: u64) -> u64 {
        let word = u64::from_le_bytes(self.bytes());
        if most == u64::MAX { word } else { word % (most + 1) }
    }

    /// From now on, ids are higher than `id`: another process made it, before the clock was set back.
    pub fn rise_above(&self, id: uuid::Uuid) {
        let Some((s, ns)) = id.get_timestamp().map(|at| at.to_unix()) else { return };
        let ms =
            i64::try_from(s).unwrap_or(0).saturating_mul(1_000).saturating_add(i64::from(ns / 1_000_000));
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (*last).max((ms.saturating_add(1), 0));
    }

    /// A `UUIDv7` for `now` (RFC 9562, 5.7); ids of one process rise even within a millisecond
    /// and when the clock steps back.
    pub fn uuid(&self, now: Timestamp) -> uuid::Uuid {
        let (ms, count) = {
            let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = if now.ms() > last.0 { (now.ms(), 0) } else { (last.0, last.1 + 1) };
            *last
        };
        let mut tail: [u8; 10] = self.bytes();
        // 12 bits before the variant, 6 + 8 after it: a 26-bit counter.
        let [_, low @ ..] = ((count & 0xff) | (count >> 8 & 0x3f) << 8 | (count >> 14) << 16).to_be_bytes();
        let [high, middle, _] = low;
        tail[0] = (count >> 22).to_be_bytes()[3] & 0x0f;
        tail[1] = high;
        tail[2] = middle;
        tail[3] = low[2];
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(ms).unwrap_or(0), &tail).into_uuid()
    }
}

/// `SplitMix64`: small, and good enough for tests.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
