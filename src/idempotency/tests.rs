//! Tests of kept answers.

use serde_json::json;

use super::*;
use crate::base::house::House;
use crate::base::random::Chance;
use crate::base::secret::Keys;
use crate::base::text::Address;
use crate::base::time::{Clock, Timestamp};
use crate::journal;
use crate::store::{Durability, Ground, Options, Store};

struct World {
    store: Store,
    clock: Clock,
    _directory: tempfile::TempDir,
}

fn world() -> World {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::set_at(Timestamp::from_ms(1_800_000_000_000));
    let organizer = Address::parse("scheduling@example.org").unwrap();
    let ground = Ground {
        house: std::sync::Arc::new(House::new(organizer, "http://localhost:8080")),
        clock: clock.clone(),
        chance: Chance::seeded(7),
        keys: Keys::derive(&[7; 32]),
        instance: "test".into(),
    };
    let options =
        Options { durability: Durability::Process, ..Options::at(directory.path().join("entente.db")) };
    let (store, _) = Store::open(&options, ground, journal::seal).unwrap();
    World { store, clock, _directory: directory }
}

fn key(caller: &str, route: &str) -> Key {
    Key { caller: caller.to_owned(), route: route.to_owned(), key: "k1".to_owned() }
}

#[test]
fn an_answer_is_found_again_by_its_own_caller_on_its_own_route() {
    let w = world();
    let answer = Answer { status: 201, body: json!({ "id": "mtg_1", "email": "ana@example.org" }) };
    let kept = answer.clone();
    w.store.write_blocking(move |cx| keep(cx, &key("tok_a", "POST /x"), "hash", &kept)).unwrap();
    let find = |caller: &'static str, route: &'static str, hash: &'static str| {
        w.store.read_blocking(move |cx| find(cx, &key(caller, route), hash))
    };
    assert_eq!(find("tok_a", "POST /x", "hash").unwrap(), Some(answer));
    assert_eq!(find("tok_b", "POST /x", "hash").unwrap(), None);
    assert_eq!(find("tok_a", "POST /y", "hash").unwrap(), None);
    assert_eq!(find("tok_a", "POST /x", "other").unwrap_err().code(), "idempotency.mismatch");
}

#[test]
fn an_answer_is_sealed_and_forgotten_after_a_day() {
    let w = world();
    let answer = Answer { status: 200, body: json!({ "email": "ana@example.org" }) };
    w.store.write_blocking(move |cx| keep(cx, &key("tok_a", "POST /x"), "hash", &answer)).unwrap();
    let bytes = std::fs::read(w.store.path().with_extension("db-wal")).unwrap();
    assert!(!bytes.windows(11).any(|window| window == b"ana@example"), "the answer lies there in the clear");
    w.clock.advance(KEPT_MS);
    let found = w.store.read_blocking(|cx| find(cx, &key("tok_a", "POST /x"), "another hash")).unwrap();
    assert_eq!(found, None, "what is over is over, even before it is deleted");
    assert_eq!(w.store.write_blocking(|cx| delete_ended(cx)).unwrap(), 1);
}
