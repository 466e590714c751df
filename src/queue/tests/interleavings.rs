//! Whatever the order in which the queue is used, no work is lost or doubled.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// One step of somebody who uses the queue.
#[derive(Clone, Debug)]
enum Step {
    Enqueue {
        order: Option<u8>,
        priority: i64,
        key: Option<u8>,
        expires: bool,
    },
    Claim(u32),
    Done(usize),
    Retry(usize),
    /// Take off whatever was enqueued as this one, be it done or not.
    Drop(usize),
    Pass(i64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let enqueue = (
        proptest::option::of(0_u8..3),
        0_i64..4,
        proptest::option::weighted(0.3, 0_u8..4),
        proptest::bool::weighted(0.1),
    );
    let step = prop_oneof![
        4 => enqueue.prop_map(|(order, priority, key, expires)| Step::Enqueue { order, priority, key, expires }),
        3 => (1_u32..4).prop_map(Step::Claim),
        3 => (0_usize..4).prop_map(Step::Done),
        2 => (0_usize..4).prop_map(Step::Retry),
        1 => (0_usize..20).prop_map(Step::Drop),
        2 => (1_i64..90).prop_map(|seconds| Step::Pass(seconds * SECOND)),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..60)
}

/// The queue and what a bookkeeper knows of it.
struct Watched {
    house: House,
    enqueued: Vec<(WorkId, Option<u8>)>,
    hands: Vec<Leased>,
    finished: Vec<WorkId>,
    dropped: Vec<WorkId>,
}

const TRIES: Backoff = Backoff { first_ms: 10 * SECOND, longest_ms: MINUTE, attempts_max: 1_000 };

impl Watched {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Enqueue { order, priority, key, expires } => {
                let mut new = work("w").priority(Priority::from_level(*priority));
                new.ordering_key = order.map(|order| order.to_string());
                new.key = key.map(|key| key.to_string());
                new.expires_at = expires.then(|| self.house.clock.now().plus(30 * SECOND));
                let id = self.house.add(new);
                self.enqueued.extend(id.map(|id| (id, *order)));
            }
            Step::Claim(limit) => {
                let claimed = self.house.claim(*limit);
                self.hands.extend(claimed);
            }
            Step::Done(i) if *i < self.hands.len() => self.finish(*i),
            Step::Retry(i) if *i < self.hands.len() => {
                let lease = self.hands.remove(*i);
                let _ = self.house.retry(&lease, TRIES);
            }
            Step::Drop(i) if *i < self.enqueued.len() => {
                let (id, _) = self.enqueued[*i];
                if self.house.write(move |cx| drop_work(cx, id)).unwrap() {
                    self.dropped.push(id);
                }
            }
            Step::Done(_) | Step::Retry(_) | Step::Drop(_) => {}
            Step::Pass(ms) => self.house.clock.advance(*ms),
            Step::Restart => {
                // Whoever comes next frees what all others hold; their word counts no more.
                self.house
                    .store
                    .write_blocking(|cx| {
                        cx.db.execute(
                            "UPDATE queue SET leased_by = 'gone' WHERE leased_by IS NOT NULL",
                            &[],
                        )?;
                        free_leases_of_others(cx)
                    })
                    .unwrap();
            }
        }
    }

    fn finish(&mut self, i: usize) {
        let lease = self.hands.remove(i);
        if self.house.done(&lease).is_ok() {
            self.finished.push(lease.id);
        }
    }

    /// Does what is left; fails if that does not come to an end.
    fn drain(&mut self) {
        self.hands.clear();
        for _ in 0..1_000 {
            self.house.clock.advance(2 * MINUTE);
            let claimed = self.house.claim(5);
            if claimed.is_empty() && self.house.depth() == 0 {
                return;
            }
            self.hands = claimed;
            while !self.hands.is_empty() {
                self.finish(0);
            }
        }
        panic!("{} left that is never given out", self.house.depth());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_interleaving_loses_or_doubles_work_or_changes_the_order_of_a_key(steps in steps()) {
        let mut watched = Watched {
            house: House::new(),
            enqueued: Vec::new(),
            hands: Vec::new(),
            finished: Vec::new(),
            dropped: Vec::new(),
        };
        for step in &steps {
            watched.take(step);
            lines::stand(&watched.house);
        }
        watched.drain();
        let mut ends: BTreeMap<WorkId, usize> = BTreeMap::new();
        for id in watched.finished.iter().chain(&watched.dropped) {
            *ends.entry(*id).or_default() += 1;
        }
        for letter in watched.house.dead() {
            prop_assert_eq!(letter.reason.as_str(), "expired");
            *ends.entry(letter.id).or_default() += 1;
        }
        let expected: BTreeMap<WorkId, usize> = watched.enqueued.iter().map(|(id, _)| (*id, 1)).collect();
        prop_assert_eq!(ends, expected, "each piece of work ends exactly once");
        for key in 0..3 {
            let of_key = |id: &&WorkId| watched.enqueued.iter().any(|(other, order)| other == *id && *order == Some(key));
            let order: Vec<_> = watched.finished.iter().filter(of_key).collect();
            prop_assert!(order.is_sorted(), "key {key} was not done in order");
        }
    }
}
