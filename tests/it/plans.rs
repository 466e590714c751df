//! Every statement has an index: no query reads a whole table that grows.
//!
//! [`scans`] holds the plan of every statement that this process has run against the rule. A test that drives
//! a room through its functions calls [`no_query_scans`] at its end, and its statements are held as well.

use std::path::Path;

use entente::base::actor::Actor;
use entente::base::id::{Id, MeetingId};
use entente::base::random::Chance;
use entente::base::secret::Keys;
use entente::base::time::{Clock, HOUR, MINUTE, Timestamp};
use entente::journal::{self, Entry, Follower, Happening};
use entente::queue::{self, Backoff, Reason, Work};
use entente::store::{Cx, Durability, Ground, Options, Store, statements};

/// Statements that may read a whole table, by a part of their text, with the reason.
const MAY_SCAN: &[(&str, &str)] = &[
    ("FROM queue GROUP BY topic", "the figures of all topics count all live work: asked for by a person"),
    (
        "FROM dead_letters GROUP BY topic",
        "the figures of all topics count all dead letters: asked for by a person",
    ),
    ("FROM followers", "there are as many followers as the program has"),
    ("FROM held_topics", "there are as many as the program has topics"),
    (
        "FROM journal WHERE number <= $1 GROUP BY kind",
        "what metrics begin with: once in the life of a process",
    ),
    ("scopes, created_at, revoked_at FROM tokens ORDER BY id", "all tokens: asked for by the operator"),
    ("FROM users ORDER BY id", "all accounts: asked for by an administrator"),
    ("FROM users LIMIT 1", "whether there is any account: stops at the first"),
    ("FROM mailroom GROUP BY", "the mailroom stands where there is no mail server"),
    ("FROM checkpoints WHERE pruned", "one a day, read at a verification"),
    ("DELETE FROM figure", "figures are erased to be computed again: by the operator"),
    ("AS line", "a test reads all there is"),
    ("sqlite_master", "the schema"),
    ("PRAGMA ", "not a query"),
    ("CREATE ", "not a query"),
];

/// Partial indexes that hold only what is in hand just now: walking one is not walking its table.
const OF_WHAT_IS_IN_HAND: &[&str] = &["lanes_live", "queue_leased"];

/// Indexes of few values: what is found by one of them alone may be most of the table.
const OF_FEW_VALUES: &[&str] = &["letters_by_state"];

/// What a recursive read goes on from: its own rows.
const OF_ITSELF: &[&str] = &["standing"];

/// Tables that do not grow with use.
const SMALL: &[&str] = &["followers", "held_topics", "refinery_schema_history", "roles", "signing_keys"];

/// The steps of the plan of `sql` that read a whole table that grows, or a whole index of it.
fn scans_in<'p>(sql: &str, plan: &'p [String]) -> Vec<&'p String> {
    let is_cut_short = sql.contains("LIMIT ") || sql.contains("MAX(") || sql.contains("MIN(");
    let is_scan = |step: &&String| {
        let index = step.split("INDEX ").nth(1).map(|rest| rest.split(' ').next().unwrap_or_default());
        if index.is_some_and(|index| OF_FEW_VALUES.contains(&index)) && !is_cut_short {
            return true;
        }
        let Some(table) = step.strip_prefix("SCAN ") else { return false };
        let name = table.split(' ').next().unwrap_or_default();
        // An index that is walked in its order until a LIMIT is reached is not read whole.
        let is_short = index.is_some_and(|index| is_cut_short || OF_WHAT_IS_IN_HAND.contains(&index));
        let is_inner = name.starts_with('(') || name == "CONSTANT";
        !is_inner && !OF_ITSELF.contains(&name) && !SMALL.contains(&name) && !is_short
    };
    plan.iter().filter(is_scan).collect()
}

/// Every statement that this process has run, whose plan reads a whole table that grows.
pub(crate) fn scans(store: &Store) -> Vec<String> {
    let seen = statements::seen();
    store
        .read_blocking(move |cx| {
            let mut found = Vec::new();
            for sql in &seen {
                if MAY_SCAN.iter().any(|(part, _)| sql.contains(part)) {
                    continue;
                }
                // What was run on a table of some test's own is no statement of the house.
                let Ok(plan) = cx.db.plan(sql) else { continue };
                found.extend(scans_in(sql, &plan).into_iter().map(|step| format!("{step}: {sql}")));
            }
            Ok(found)
        })
        .expect("the plans can be read")
}

/// Fails if a statement that this process has run so far reads a whole table that grows.
pub(crate) fn no_query_scans(store: &Store) {
    let found = scans(store);
    assert!(found.is_empty(), "these read a whole table:\n{}", found.join("\n"));
}

fn open(directory: &Path) -> Store {
    let ground = Ground {
        house: std::sync::Arc::new(entente::base::House::new(
            entente::base::text::Address::parse("scheduling@example.org").expect("it is an address"),
            "http://localhost:8080",
        )),
        clock: Clock::set_at(Timestamp::from_ms(1_800_000_000_000)),
        chance: Chance::seeded(7),
        keys: Keys::derive(&[7; 32]),
        instance: "test".into(),
    };
    let options = Options { durability: Durability::Process, ..Options::at(directory.join("entente.db")) };
    Store::open(&options, ground, journal::seal).expect("the store opens").0
}

const TOPIC: &str = "test.work";

/// Runs every statement of the queue.
fn use_the_queue(cx: &mut Cx<'_>) -> entente::base::Result<()> {
    let data = serde_json::json!({});
    let id = queue::enqueue(cx, &Work::of(TOPIC, "t", data.clone()).keyed("a").ordered("o"))?;
    queue::enqueue(cx, &Work::of(TOPIC, "t", data.clone()).keyed("b").expires(cx.now))?;
    queue::enqueue(cx, &Work::of(TOPIC, "t", data.clone()).keyed("c").not_before(cx.now.plus(HOUR)))?;
    queue::position(cx, id.expect("the key is new"))?;
    queue::withdraw(cx, TOPIC, "c")?;
    queue::is_ready(cx, TOPIC)?;
    queue::is_ready(cx, "test.other")?;
    queue::next_due(cx, TOPIC)?;
    let lease = queue::claim(cx, TOPIC, 10, MINUTE)?.remove(0);
    queue::extend(cx, &lease, HOUR)?;
    queue::retry(cx, &lease, "busy", Backoff::PATIENT)?;
    queue::make_due(cx, TOPIC)?;
    let lease = queue::claim(cx, TOPIC, 10, MINUTE)?.remove(0);
    queue::bury(cx, &lease, Reason::Refused, "no")?;
    queue::dead_letter(cx, lease.id)?;
    queue::retry_dead_topic(cx, TOPIC)?;
    queue::topics(cx)?;
    let lease = queue::claim(cx, TOPIC, 10, MINUTE)?.remove(0);
    queue::done(cx, &lease)?;
    queue::hold(cx, TOPIC, "why not")?;
    queue::release(cx, TOPIC)?;
    queue::free_leases_of_others(cx)?;
    Ok(())
}

/// Fails on the first entry, so that the follower stumbles.
fn fail(_: &mut Cx<'_>, _: &Entry) -> entente::base::Result<()> {
    Err(entente::base::Error::refused("test.no", "no"))
}

#[tokio::test]
async fn no_query_of_the_pillars_reads_a_whole_table() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let store = tokio::task::spawn_blocking(move || open(&path)).await.unwrap();
    store.write(use_the_queue).await.unwrap();
    let meeting = MeetingId::from_uuid(uuid::Uuid::from_u128(7));
    let append = move |cx: &mut Cx<'_>| {
        journal::append(cx, &Actor::house("t"), &Happening::to("meeting.booked", &meeting).with(&meeting))
    };
    store.write(append).await.unwrap();
    for _ in 0..5 {
        journal::follow(&store, Follower { name: "failing", apply: fail }).await.unwrap();
    }
    let use_the_journal = move |cx: &mut Cx<'_>| {
        journal::story(cx, &meeting, 10)?;
        journal::after(cx, 0, 10)?;
        journal::newest(cx, "meeting.booked", 10)?;
        journal::count_since(cx, "meeting.booked", cx.now.plus(-HOUR))?;
        journal::forget(cx, &meeting)?;
        journal::forget_object(cx, &meeting, meeting)?;
        journal::lag(cx, "failing")?;
        journal::checkpoint(cx)?;
        journal::verify(cx, None)?.expect("it verifies");
        journal::prune(cx, 1)
    };
    store.write(use_the_journal).await.unwrap();
    let seen = statements::seen().len();
    assert!(seen > 40, "only {seen} statements were seen");
    tokio::task::spawn_blocking(move || no_query_scans(&store)).await.unwrap();
}

#[test]
fn a_query_without_an_index_is_caught() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let scans = |sql: &'static str| {
        let plan = store.read_blocking(move |cx| cx.db.plan(sql)).unwrap();
        scans_in(sql, &plan).len()
    };
    assert_eq!(scans("SELECT id FROM journal WHERE actor = 'house'"), 1);
    assert_eq!(scans("SELECT id FROM journal ORDER BY number"), 1);
    assert_eq!(scans("DELETE FROM dead_letters WHERE reason = 'expired'"), 1);
    assert_eq!(scans("SELECT j.id FROM queue q JOIN journal j ON j.trace = q.trace WHERE q.id = 'a'"), 1);
    assert_eq!(scans("SELECT id FROM journal WHERE number = 7"), 0);
    assert_eq!(scans("SELECT id FROM journal ORDER BY number DESC LIMIT 1"), 0);
    assert_eq!(scans("SELECT name FROM followers"), 0);
    assert_eq!(scans("SELECT id FROM letters WHERE participant_id = 'a' AND state = 'queued'"), 1);
}
