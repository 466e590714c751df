//! Tests of the promises of this pillar.

mod interleavings;
mod lines;
mod worker;

use std::path::Path;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::base::secret::Keys;
use crate::base::time::{Clock, DAY};
use crate::store::{Durability, Ground, Options, Store};
use crate::values;

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);
const TOPIC: &str = "test.mail";
const LEASE: i64 = MINUTE;

/// A store in a directory of its own, with a clock that stands.
struct House {
    store: Store,
    clock: Clock,
    directory: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::set_at(NOW);
        let store = open(directory.path(), &clock, "first");
        Self { store, clock, directory }
    }

    /// Another process on the same file.
    fn neighbour(&self, instance: &str) -> Store {
        open(self.directory.path(), &self.clock, instance)
    }

    fn write<T: Send + 'static>(
        &self,
        closure: impl Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.write_blocking(closure)
    }

    fn add(&self, work: Work) -> Option<WorkId> {
        self.write(move |cx| enqueue(cx, &work)).unwrap()
    }

    fn claim(&self, limit: u32) -> Vec<Leased> {
        self.write(move |cx| claim(cx, TOPIC, limit, LEASE)).unwrap()
    }

    /// What is claimed, by the names that [`work`] gave.
    fn claim_names(&self, limit: u32) -> Vec<String> {
        names(&self.claim(limit))
    }

    fn done(&self, lease: &Leased) -> Result<()> {
        let lease = lease.clone();
        self.write(move |cx| done(cx, &lease))
    }

    fn retry(&self, lease: &Leased, backoff: Backoff) -> Result<Failed> {
        let lease = lease.clone();
        self.write(move |cx| retry(cx, &lease, "it was busy", backoff))
    }

    fn dead(&self) -> Vec<DeadLetter> {
        self.store.read_blocking(|cx| dead_letters(cx, TOPIC, 100)).unwrap()
    }

    fn depth(&self) -> i64 {
        let topics = self.store.read_blocking(|cx| topics(cx)).unwrap();
        topics.iter().find(|topic| topic.topic == TOPIC).map_or(0, |topic| topic.depth)
    }

    fn is_ready(&self, topic: &'static str) -> bool {
        self.store.read_blocking(move |cx| is_ready(cx, topic)).unwrap()
    }
}

fn open(directory: &Path, clock: &Clock, instance: &str) -> Store {
    let ground = Ground {
        house: std::sync::Arc::new(crate::base::House::new(
            crate::base::text::Address::parse("scheduling@example.org").expect("it is an address"),
            "http://localhost:8080",
        )),
        clock: clock.clone(),
        chance: Chance::seeded(instance.len() as u64),
        keys: Keys::derive(&[7; 32]),
        instance: instance.to_owned(),
    };
    let options = Options { durability: Durability::Process, ..Options::at(directory.join("entente.db")) };
    Store::open(&options, ground, |_, _| Ok(())).unwrap().0
}

fn work(name: &str) -> Work {
    Work::of(TOPIC, "0af7651916cd43dd8448eb211c80319c", json!({ "name": name }))
}

fn name_of(lease: &Leased) -> String {
    lease.payload["name"].as_str().unwrap().to_owned()
}

fn names(leases: &[Leased]) -> Vec<String> {
    leases.iter().map(name_of).collect()
}

#[test]
fn work_is_taken_by_due_time_less_a_minute_per_priority_and_then_by_id() {
    let house = House::new();
    house.add(work("medium").not_before(NOW));
    house.add(work("medium too").not_before(NOW));
    house.add(work("low, long due").priority(Priority::Low).not_before(NOW.plus(-2 * MINUTE)));
    house.add(work("urgent").priority(Priority::Urgent));
    house.add(work("high").priority(Priority::High));
    assert_eq!(house.claim_names(10), ["urgent", "low, long due", "high", "medium", "medium too"]);
}

#[test]
fn urgent_work_that_keeps_coming_does_not_starve_the_rest() {
    let house = House::new();
    house.add(work("low").priority(Priority::Low));
    let mut taken = Vec::new();
    for i in 0..6 {
        for j in 0..3 {
            house.add(work(&format!("urgent {i}.{j}")).priority(Priority::Urgent));
        }
        for lease in house.claim(2) {
            house.done(&lease).unwrap();
            taken.push(name_of(&lease));
        }
        house.clock.advance(MINUTE);
    }
    // Three minutes of urgent work, three pieces a minute, go before it, and no more.
    assert_eq!(taken.iter().position(|name| name == "low"), Some(9), "{taken:?}");
}

#[test]
fn work_is_not_done_before_its_time() {
    let house = House::new();
    house.add(work("later").not_before(NOW.plus(MINUTE)).priority(Priority::Urgent));
    assert!(house.claim(10).is_empty() && !house.is_ready(TOPIC));
    let due = house.store.read_blocking(|cx| next_due(cx, TOPIC)).unwrap();
    assert_eq!(due, Some(NOW.plus(MINUTE)));
    house.clock.advance(MINUTE);
    assert!(house.is_ready(TOPIC));
    assert_eq!(house.claim_names(10), ["later"]);
}

#[test]
fn what_has_expired_is_a_dead_letter_and_is_not_done() {
    let house = House::new();
    house.add(work("old").expires(NOW.plus(SECOND)));
    house.clock.advance(SECOND);
    assert!(house.is_ready(TOPIC), "there is something to lay aside");
    assert!(house.claim(10).is_empty() && !house.is_ready(TOPIC));
    let dead = house.dead();
    assert_eq!((dead.len(), dead[0].reason.as_str(), house.depth()), (1, "expired", 0));
    assert_eq!(dead[0].payload, json!({ "name": "old" }));
}

#[test]
fn what_would_be_tried_again_after_its_expiry_is_dead_at_once() {
    let house = House::new();
    house.add(work("soon over").expires(NOW.plus(SECOND)));
    let lease = house.claim(1).remove(0);
    let failed = house.write(move |cx| retry_at(cx, &lease, "busy", NOW.plus(MINUTE), 10)).unwrap();
    assert_eq!(failed, Failed::Dead);
    assert_eq!(
        (house.dead()[0].reason.as_str(), house.dead()[0].error.as_deref()),
        ("expired", Some("busy"))
    );
}

#[test]
fn the_same_key_again_is_a_no_op_until_the_first_is_done() {
    let house = House::new();
    assert!(house.add(work("first").keyed("a")).is_some());
    assert!(house.add(work("second").keyed("a")).is_none());
    assert!(house.add(work("other key").keyed("b")).is_some());
    let leases = house.claim(10);
    assert_eq!(names(&leases), ["first", "other key"]);
    assert!(house.add(work("second").keyed("a")).is_none(), "still there while it is being done");
    house.done(&leases[0]).unwrap();
    assert!(house.add(work("second").keyed("a")).is_some());
}

#[test]
fn an_ordering_key_is_done_one_at_a_time_and_in_order_and_blocks_no_other() {
    let house = House::new();
    for name in ["ana 1", "ben 1", "ana 2", "ana 3", "ben 2"] {
        house.add(work(name).ordered(&name[..3]));
    }
    // Urgent work of a key does not overtake its elders.
    house.add(work("ana 4").ordered("ana").priority(Priority::Urgent));
    house.add(work("free"));
    let leases = house.claim(10);
    assert_eq!(names(&leases), ["ana 1", "ben 1", "free"]);
    assert!(house.claim(10).is_empty());
    assert!(matches!(house.retry(&leases[0], Backoff::PATIENT).unwrap(), Failed::Again(_)));
    house.done(&leases[1]).unwrap();
    assert_eq!(house.claim_names(10).last().map(String::as_str), Some("ben 2"), "ana waits for her first");
    house.clock.advance(MINUTE);
    for name in ["ana 1", "ana 2", "ana 3", "ana 4"] {
        let lease = house.claim(10).into_iter().find(|lease| name_of(lease).starts_with("ana")).unwrap();
        assert_eq!(name_of(&lease), name);
        house.done(&lease).unwrap();
    }
}

#[test]
fn a_lease_that_has_ended_gives_the_work_back_and_its_holder_is_refused() {
    let house = House::new();
    house.add(work("a"));
    let stale = house.claim(1).remove(0);
    house.clock.advance(LEASE - 1);
    assert!(house.claim(1).is_empty());
    house.clock.advance(1);
    let lease = house.claim(1).remove(0);
    assert_eq!((lease.id, stale.attempt, lease.attempt), (stale.id, 1, 2));
    for outcome in [
        house.done(&stale).err(),
        house.retry(&stale, Backoff::SHORT).err(),
        house
            .write({
                let stale = stale.clone();
                move |cx| bury(cx, &stale, Reason::Refused, "no")
            })
            .err(),
        house
            .write({
                let stale = stale.clone();
                move |cx| extend(cx, &stale, DAY)
            })
            .err(),
    ] {
        assert_eq!(outcome.map(|error| error.code()), Some("queue.stale"));
    }
    house.done(&lease).unwrap();
    assert_eq!((house.depth(), house.dead().len()), (0, 0));
}

#[test]
fn a_lease_that_was_extended_lasts() {
    let house = House::new();
    house.add(work("a"));
    let lease = house.claim(1).remove(0);
    let held = lease.clone();
    house.write(move |cx| extend(cx, &held, DAY)).unwrap();
    house.clock.advance(2 * LEASE);
    assert!(house.claim(1).is_empty());
    house.done(&lease).unwrap();
}

#[test]
fn what_a_dead_instance_had_leased_is_due_at_the_next_start() {
    let house = House::new();
    house.add(work("a"));
    house.add(work("b"));
    let lost = house.claim(1);
    let next = house.neighbour("next start");
    let freed = next.write_blocking(|cx| free_leases_of_others(cx)).unwrap();
    assert_eq!(freed, 1);
    let leases = next.write_blocking(|cx| claim(cx, TOPIC, 10, LEASE)).unwrap();
    assert_eq!(names(&leases), ["a", "b"]);
    assert_eq!(next.write_blocking(|cx| free_leases_of_others(cx)).unwrap(), 0, "its own it keeps");
    assert!(house.done(&lost[0]).is_err());
}

#[test]
fn work_is_dead_after_its_last_attempt_and_can_be_brought_back() {
    let house = House::new();
    let backoff = Backoff { first_ms: SECOND, longest_ms: SECOND, attempts_max: 3 };
    house.add(work("a").keyed("k").ordered("o"));
    house.add(work("behind").ordered("o"));
    for attempt in 1..=3 {
        let lease = house.claim(1).remove(0);
        assert_eq!(lease.attempt, attempt);
        let failed = house.retry(&lease, backoff).unwrap();
        assert_eq!(failed == Failed::Dead, attempt == 3);
        house.clock.advance(SECOND);
    }
    let dead = house.dead().remove(0);
    assert_eq!(
        (dead.reason.as_str(), dead.error.as_deref(), dead.attempts),
        ("attempts", Some("it was busy"), 3)
    );
    let behind = house.claim(10);
    assert_eq!(names(&behind), ["behind"], "the dead block nobody");
    house.done(&behind[0]).unwrap();
    house.write(move |cx| retry_dead(cx, dead.id)).unwrap();
    let again = house.claim(1).remove(0);
    assert_eq!((again.id, again.attempt, house.dead().len()), (dead.id, 1, 0));
}

#[test]
fn a_dead_letter_whose_key_is_on_the_queue_again_stays_dead() {
    let house = House::new();
    house.add(work("first").keyed("k"));
    let lease = house.claim(1).remove(0);
    house.write(move |cx| bury(cx, &lease, Reason::Refused, "no such mailbox")).unwrap();
    house.add(work("second").keyed("k"));
    let id = house.dead()[0].id;
    assert_eq!(house.write(move |cx| retry_dead(cx, id)).unwrap_err().code(), "queue.exists");
    assert_eq!(house.write(|cx| retry_dead_topic(cx, TOPIC)).unwrap(), 0);
    house.write(move |cx| drop_dead(cx, id)).unwrap();
    assert_eq!(house.write(move |cx| drop_dead(cx, id)).unwrap_err().code(), "not-found");
    assert_eq!(house.claim_names(10), ["second"]);
}

#[test]
fn a_held_topic_gives_nothing_until_it_is_released_and_its_worker_stays_asleep() {
    let house = House::new();
    house.add(work("a"));
    house.add(work("old").expires(NOW));
    house.write(|cx| hold(cx, TOPIC, "the server refuses us")).unwrap();
    assert!(house.claim(10).is_empty() && !house.is_ready(TOPIC));
    let topic = house.store.read_blocking(|cx| topics(cx)).unwrap().remove(0);
    assert_eq!((topic.depth, topic.held.as_deref()), (2, Some("the server refuses us")));
    assert!(house.write(|cx| release(cx, TOPIC)).unwrap());
    assert!(!house.write(|cx| release(cx, TOPIC)).unwrap());
    assert_eq!(house.claim_names(10), ["a"]);
}

#[test]
fn what_is_for_later_waits_only_when_its_time_has_come_or_it_has_failed() {
    let house = House::new();
    house.add(work("now"));
    house.add(work("standing").not_before(NOW.plus(MINUTE)));
    let figures = || {
        let topic = house.store.read_blocking(|cx| topics(cx)).unwrap().remove(0);
        (topic.waiting(), topic.leased, topic.planned)
    };
    assert_eq!(figures(), (1, 0, 1));
    let lease = house.claim(10).remove(0);
    assert_eq!(figures(), (0, 1, 1));
    house.retry(&lease, Backoff::PATIENT).unwrap();
    assert_eq!(figures(), (1, 0, 1), "what failed waits, although it is not due yet");
    house.clock.advance(MINUTE);
    assert_eq!(figures(), (2, 0, 0), "it is overdue: nobody does it");
}

#[test]
fn what_has_expired_in_another_topic_wakes_nobody() {
    let house = House::new();
    house.add(work("old").expires(NOW));
    assert!(house.is_ready(TOPIC) && !house.is_ready("test.other"));
}

#[test]
fn work_that_nobody_has_begun_can_be_taken_back() {
    let house = House::new();
    house.add(work("a").keyed("a"));
    house.add(work("b").keyed("b"));
    house.claim(1);
    assert!(!house.write(|cx| withdraw(cx, TOPIC, "a")).unwrap());
    assert!(house.write(|cx| withdraw(cx, TOPIC, "b")).unwrap());
    assert!(!house.write(|cx| withdraw(cx, TOPIC, "b")).unwrap());
}

#[test]
fn what_waits_can_be_made_due_and_says_where_it_stands() {
    let house = House::new();
    house.add(work("a").not_before(NOW.plus(DAY)));
    let second = house.add(work("b").not_before(NOW.plus(2 * DAY))).unwrap();
    assert_eq!(house.store.read_blocking(move |cx| position(cx, second)).unwrap(), 1);
    assert_eq!(house.write(|cx| make_due(cx, TOPIC)).unwrap(), 2);
    assert_eq!(house.claim_names(10), ["a", "b"]);
    house.clock.advance(SECOND);
    let topic = house.store.read_blocking(|cx| topics(cx)).unwrap().remove(0);
    assert_eq!((topic.depth, topic.leased, topic.oldest_ms), (2, 2, SECOND));
}

#[test]
fn a_clock_that_is_set_back_keeps_nothing_waiting_and_changes_no_order() {
    let house = House::new();
    house.add(work("first").ordered("one"));
    house.add(work("at its hour").not_before(NOW.plus(MINUTE)));
    house.clock.advance(-HOUR);
    assert!(house.is_ready(TOPIC));
    house.add(work("second").ordered("one"));
    // Another process, whose ids begin anew.
    let store = house.neighbour("second");
    let newest = store.read_blocking(|cx| newest(cx)).unwrap().unwrap();
    store.ground().chance.rise_above(crate::base::id::Id::uuid(newest));
    let third = work("third").ordered("one");
    store.write_blocking(move |cx| enqueue(cx, &third)).unwrap();
    for name in ["first", "second", "third"] {
        let claimed = house.claim(10);
        assert_eq!(names(&claimed), [name]);
        house.done(&claimed[0]).unwrap();
    }
    assert!(!house.is_ready(TOPIC), "a deadline is a time of the clock, and waits for it");
    house.clock.advance(HOUR + MINUTE);
    assert_eq!(house.claim_names(10), ["at its hour"]);
}

#[test]
fn work_of_a_write_that_fails_is_not_enqueued() {
    let house = House::new();
    let failed = house.write(|cx| {
        enqueue(cx, &work("a"))?;
        Err::<(), _>(Error::refused("test.no", "no"))
    });
    assert!(failed.is_err());
    assert_eq!(house.depth(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_wait_lies_between_nothing_and_a_ceiling_that_doubles(
        first_ms in 1_i64..100_000, longest_ms in 1_i64..10_000_000, attempt in -3_i64..200, seed: u64,
    ) {
        let backoff = Backoff { first_ms, longest_ms, attempts_max: 10 };
        let wait = backoff.wait_ms(attempt, &Chance::seeded(seed));
        let doublings = u32::try_from(attempt.max(1) - 1).unwrap().min(40);
        let ceiling = first_ms.saturating_mul(1 << doublings.min(29)).min(longest_ms);
        prop_assert!((0..=ceiling).contains(&wait), "{wait} > {ceiling}");
    }
}

#[test]
fn waits_are_spread_over_all_of_their_range_and_the_first_is_within_30_seconds() {
    let chance = Chance::seeded(7);
    let waits: Vec<_> = (0..2_000).map(|_| Backoff::PATIENT.wait_ms(1, &chance)).collect();
    assert!(waits.iter().all(|wait| (0..=30 * SECOND).contains(wait)));
    for tenth in 0..10 {
        let range = tenth * 3 * SECOND..(tenth + 1) * 3 * SECOND;
        let many = waits.iter().filter(|wait| range.contains(wait)).count();
        assert!((140..=260).contains(&many), "{many} of 2000 waits in {range:?}");
    }
}

#[test]
fn a_lease_is_a_claim_of_one_instance_only() {
    let house = House::new();
    for i in 0..20 {
        house.add(work(&i.to_string()));
    }
    let stores = [house.store.clone(), house.neighbour("another")];
    let threads = stores.map(|store| {
        std::thread::spawn(move || {
            let mut mine = Vec::new();
            loop {
                let claimed = store.write_blocking(|cx| claim(cx, TOPIC, 3, LEASE)).unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(names(&claimed));
            }
        })
    });
    let mut all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    all.sort_by_key(|name| name.parse::<u32>().unwrap());
    assert_eq!(all, (0..20).map(|i| i.to_string()).collect::<Vec<_>>());
    let count = house.store.read_blocking(|cx| {
        let one = "SELECT COUNT(*) AS many FROM queue WHERE topic = $1 AND leased_by IS NULL";
        cx.db.one(one, values![TOPIC], |row| row.get::<i64>("many"))
    });
    assert_eq!(count.unwrap(), Some(0));
}
