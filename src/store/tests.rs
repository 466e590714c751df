//! Tests of the promises of this pillar.

mod known;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};

use super::migrations;
use super::*;
use crate::base::id::{Id, WorkId};
use crate::base::random::Chance;
use crate::base::secret::Keys;
use crate::base::time::{Clock, SECOND, Timestamp};
use crate::values;

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

fn ground() -> Ground {
    Ground {
        house: std::sync::Arc::new(crate::base::House::new(
            crate::base::text::Address::parse("scheduling@example.org").unwrap(),
            "http://localhost:8080",
        )),
        clock: Clock::set_at(NOW),
        chance: Chance::seeded(7),
        keys: Keys::derive(&[7; 32]),
        instance: "test".into(),
    }
}

fn options(directory: &Path) -> Options {
    Options { durability: Durability::Process, ..Options::at(directory.join("entente.db")) }
}

/// Seals nothing: the journal has tests of its own.
#[expect(clippy::unnecessary_wraps, reason = "a sealer may fail")]
fn no_seal(_: &mut Cx<'_>, _: Vec<Vec<Value>>) -> Result<()> {
    Ok(())
}

fn open(directory: &Path) -> Store {
    open_with(&options(directory))
}

/// A store with a table of ours.
fn open_with(options: &Options) -> Store {
    let (store, _) = Store::open(options, ground(), no_seal).unwrap();
    store
        .write_blocking(|cx| {
            cx.db.execute(
                "CREATE TABLE IF NOT EXISTS things (name TEXT NOT NULL PRIMARY KEY, size BIGINT, body BYTEA)",
                &[],
            )
        })
        .unwrap();
    store
}

fn add(cx: &Cx<'_>, name: &str) -> Result<()> {
    cx.db.change_one("INSERT INTO things (name) VALUES ($1)", values![name])
}

fn names(store: &Store) -> Vec<String> {
    store
        .read_blocking(|cx| cx.db.all("SELECT name FROM things ORDER BY name", &[], |row| row.get("name")))
        .unwrap()
}

/// Holds the writer, so that what is written meanwhile waits for one batch; gives what lets it go.
fn hold_writer(store: &Store) -> mpsc::Sender<()> {
    let (let_go, wait) = mpsc::channel::<()>();
    let (began, has_begun) = mpsc::channel::<()>();
    let holder = store.clone();
    let wait = std::sync::Mutex::new(wait);
    std::thread::spawn(move || {
        holder.write_blocking(move |_| {
            let _ = began.send(());
            let _ = wait.lock().unwrap().recv();
            Ok(())
        })
    });
    has_begun.recv().unwrap();
    let_go
}

/// Sends all `names` while the writer is held, so that they make one batch, and gives their outcomes.
/// A name that begins with `!` fails after its row, one with `?` panics after it.
fn write_together(store: &Store, names: &[&str]) -> Vec<Result<()>> {
    let let_go = hold_writer(store);
    let waiting: Vec<_> = names
        .iter()
        .map(|name| {
            let name = (*name).to_owned();
            store
                .enqueue(untyped(move |cx: &mut Cx<'_>| {
                    add(cx, &name)?;
                    match name.chars().next() {
                        Some('!') => Err(Error::refused("test.no", "no")),
                        Some('?') => panic!("as it was meant to"),
                        _ => Ok(()),
                    }
                }))
                .unwrap()
        })
        .collect();
    drop(let_go);
    waiting.into_iter().map(|answer| answer.blocking_recv().unwrap().and_then(typed)).collect()
}

#[test]
fn writes_that_wait_are_committed_together() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let changes = store.changes();
    let before = *changes.borrow();
    let let_go = hold_writer(&store);
    let ready = Arc::new(Barrier::new(65));
    let threads: Vec<_> = (0..64)
        .map(|i| {
            let (store, ready) = (store.clone(), ready.clone());
            std::thread::spawn(move || {
                let answer =
                    store.enqueue(untyped(move |cx: &mut Cx<'_>| add(cx, &format!("{i:02}")))).unwrap();
                ready.wait();
                answer.blocking_recv().unwrap().and_then(typed::<()>)
            })
        })
        .collect();
    ready.wait();
    drop(let_go);
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(names(&store).len(), 64);
    // One for the batch; the watch of the file may tell of it a second time.
    let commits = *changes.borrow() - before;
    assert!((1..=3).contains(&commits), "{commits} commits for 64 writes");
}

#[test]
fn a_closure_that_fails_or_panics_leaves_its_neighbours_work() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let outcomes = write_together(&store, &["a", "!b", "c", "?d", "e"]);
    let said: Vec<_> = outcomes.iter().map(|o| o.as_ref().map_err(ToString::to_string).err()).collect();
    let panicked = "a write panicked: as it was meant to";
    assert_eq!(said, [None, Some("no".into()), None, Some(panicked.into()), None]);
    assert_eq!(names(&store), ["a", "c", "e"]);
}

#[test]
fn a_batch_is_run_again_only_where_what_failed_had_changed_something() {
    for (changes_first, times) in [(false, 1), (true, 2)] {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path());
        let let_go = hold_writer(&store);
        let run = Arc::new(AtomicUsize::new(0));
        let counted = run.clone();
        let neighbour = store.enqueue(untyped(move |cx: &mut Cx<'_>| {
            counted.fetch_add(1, Ordering::SeqCst);
            add(cx, "a")
        }));
        let failing = store.enqueue(untyped(move |cx: &mut Cx<'_>| -> Result<()> {
            if changes_first {
                add(cx, "b")?;
            }
            Err(Error::refused("test.no", "no"))
        }));
        drop(let_go);
        neighbour.unwrap().blocking_recv().unwrap().unwrap();
        failing.unwrap().blocking_recv().unwrap().unwrap_err();
        assert_eq!((names(&store), run.load(Ordering::SeqCst)), (vec!["a".to_owned()], times));
    }
}

#[test]
fn a_batch_whose_transaction_dies_is_run_again_one_by_one_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path());
    let pages = 64;
    let store = open_with(&Options { pages_max: Some(pages), ..options(directory.path()) });
    let let_go = hold_writer(&store);
    let runs = Arc::new(AtomicUsize::new(0));
    let waiting: Vec<_> = [("small 1", 10), ("huge", 4_096 * 100), ("small 2", 10)]
        .into_iter()
        .map(|(name, size)| {
            let runs = runs.clone();
            store
                .enqueue(untyped(move |cx: &mut Cx<'_>| {
                    runs.fetch_add(1, Ordering::SeqCst);
                    let body = vec![7_u8; size];
                    cx.db.change_one("INSERT INTO things (name, body) VALUES ($1, $2)", values![name, body])
                }))
                .unwrap()
        })
        .collect();
    drop(let_go);
    let outcomes: Vec<_> =
        waiting.into_iter().map(|answer| answer.blocking_recv().unwrap().and_then(typed::<()>)).collect();
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(outcomes[1].as_ref().unwrap_err().code(), "storage-full");
    assert!(runs.load(Ordering::SeqCst) > 3, "the batch was run again");
    assert_eq!(names(&store), ["small 1", "small 2"]);
    // Space returns: what failed can be done, and the rest is still there.
    drop(store);
    let store = open_with(&Options { pages_max: Some(pages * 100), ..options(directory.path()) });
    let body = vec![7_u8; 4_096 * 100];
    store
        .write_blocking(move |cx| {
            cx.db.change_one("INSERT INTO things (name, body) VALUES ('huge', $1)", values![body])
        })
        .unwrap();
    assert_eq!(names(&store), ["huge", "small 1", "small 2"]);
}

#[test]
fn a_closure_that_goes_on_after_the_disk_was_full_keeps_nothing() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path());
    let store = open_with(&Options { pages_max: Some(64), ..options(directory.path()) });
    let outcome = store.write_blocking(|cx| {
        add(cx, "before")?;
        let body = vec![7_u8; 4_096 * 100];
        let full = cx.db.execute("INSERT INTO things (name, body) VALUES ('huge', $1)", values![body]);
        assert!(full.is_err());
        let _ = add(cx, "after");
        Ok(())
    });
    assert_eq!(outcome.unwrap_err().code(), "storage-full", "it knows why the transaction was ended");
    assert_eq!(names(&store), Vec::<String>::new());
}

#[test]
fn readers_are_not_blocked_by_a_long_write_and_do_not_see_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let (began, has_begun) = mpsc::channel();
    let (let_go, wait) = mpsc::channel::<()>();
    let (wait, writer) = (std::sync::Mutex::new(wait), store.clone());
    let thread = std::thread::spawn(move || {
        writer.write_blocking(move |cx| {
            add(cx, "a")?;
            let _ = began.send(());
            let _ = wait.lock().unwrap().recv();
            Ok(())
        })
    });
    has_begun.recv().unwrap();
    assert_eq!(names(&store), Vec::<String>::new());
    drop(let_go);
    thread.join().unwrap().unwrap();
    assert_eq!(names(&store), ["a"]);
}

#[test]
fn a_read_cannot_write() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    assert!(store.read_blocking(|cx| add(cx, "a")).is_err());
    assert_eq!(names(&store), Vec::<String>::new());
}

#[test]
fn parameters_are_bound_by_their_number_and_not_by_their_first_appearance() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let size = store.write_blocking(|cx| {
        add(cx, "a")?;
        cx.db.change_one("UPDATE things SET size = $2 WHERE name = $1", values!["a", 5_i64])?;
        cx.db.one("SELECT size FROM things WHERE size = $2 AND name = $1", values!["a", 5_i64], |row| {
            row.get::<i64>("size")
        })
    });
    assert_eq!(size.unwrap(), Some(5));
}

#[test]
fn a_value_too_many_or_too_few_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for values in [&[][..], values!["a"], values!["a", "b", "c"]] {
        let values = values.to_vec();
        let outcome = store.write_blocking(move |cx| {
            cx.db.execute("UPDATE things SET size = 1 WHERE name = $1 OR name = $2", &values)
        });
        assert!(outcome.is_err());
    }
}

#[test]
fn change_one_refuses_none_and_two() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let set_all = |cx: &mut Cx<'_>| cx.db.change_one("UPDATE things SET size = 1", &[]);
    assert!(store.write_blocking(set_all).is_err());
    store.write_blocking(|cx| add(cx, "a")).unwrap();
    assert!(store.write_blocking(set_all).is_ok());
    store.write_blocking(|cx| add(cx, "b")).unwrap();
    assert!(store.write_blocking(set_all).is_err());
}

#[test]
fn every_kind_of_value_is_read_as_it_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let id = WorkId::from_uuid(uuid::Uuid::from_u128(7));
    store
        .write_blocking(move |cx| {
            cx.db.change_one(
                "INSERT INTO things (name, size, body) VALUES ($1, $2, $3)",
                values![id, NOW, vec![0_u8, 255]],
            )?;
            cx.db.change_one("INSERT INTO things (name, size) VALUES ('none', $1)", values![None::<i64>])
        })
        .unwrap();
    let read = store.read_blocking(|cx| {
        cx.db.all("SELECT name, size, body FROM things ORDER BY name", &[], |row| {
            Ok((
                row.get::<WorkId>("name").ok(),
                row.get::<Option<Timestamp>>("size")?,
                row.get::<Option<Vec<u8>>>("body")?,
            ))
        })
    });
    assert_eq!(read.unwrap(), [(Some(id), Some(NOW), Some(vec![0, 255])), (None, None, None)]);
}

#[test]
fn a_unit_of_work_has_one_now_and_its_ids_rise() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let clock = store.ground().clock.clone();
    let (now, later, ids) = store
        .write_blocking(move |cx| {
            let now = cx.now;
            clock.advance(SECOND);
            Ok((now, cx.now, [cx.id::<WorkId>(), cx.id(), cx.id()]))
        })
        .unwrap();
    assert_eq!((now, later), (NOW, NOW));
    assert!(ids.is_sorted());
}

#[test]
fn opening_twice_is_a_no_op() {
    let directory = tempfile::tempdir().unwrap();
    let (_, first) = Store::open(&options(directory.path()), ground(), no_seal).unwrap();
    assert_eq!(first, Upgrade { from: 0, to: schema_version(), copy: None });
    let (_, second) = Store::open(&options(directory.path()), ground(), no_seal).unwrap();
    assert_eq!(second, Upgrade { from: schema_version(), to: schema_version(), copy: None });
}

#[test]
fn a_copy_is_kept_before_an_upgrade_and_an_older_program_refuses_what_came_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.write_blocking(|cx| add(cx, "a")).unwrap();
    drop(store);
    let path = options(directory.path()).path;
    let mut known = migrations::embedded();
    known.push(
        refinery::Migration::unapplied("V9000__more", "CREATE TABLE more (name TEXT NOT NULL PRIMARY KEY)")
            .unwrap(),
    );
    let mut connection = rusqlite::Connection::open(&path).unwrap();
    let runner = refinery::Runner::new(&known);
    let upgrade = migrations::upgrade_with(&runner, &mut connection, &path, NOW).unwrap();
    assert_eq!((upgrade.from, upgrade.to), (schema_version(), 9_000));
    drop(connection);
    let copy = rusqlite::Connection::open(upgrade.copy.expect("a copy was kept")).unwrap();
    let (names, more): (String, i64) = copy
        .query_row(
            "SELECT name, (SELECT COUNT(*) FROM sqlite_master WHERE name = 'more') FROM things",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((names.as_str(), more), ("a", 0));
    let refused = Store::open(&options(directory.path()), ground(), no_seal).map(drop).unwrap_err();
    assert_eq!(refused.code(), "store.newer");
}

#[test]
fn what_lay_in_the_clear_is_sealed_by_the_upgrade_and_lies_in_the_file_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let path = options(directory.path()).path;
    let known: Vec<_> = migrations::embedded().into_iter().filter(|one| one.version() < 43).collect();
    let mut connection = rusqlite::Connection::open(&path).unwrap();
    migrations::upgrade_with(&refinery::Runner::new(&known), &mut connection, &path, NOW).unwrap();
    let rows = r#"
        INSERT INTO letters (id, kind, unique_key, address, address_hash, message_id, letter, state, created_at, keep_until)
            VALUES ('ltr_1', 'notice', 'k', 'a@example.org', 'h', 'm', '{"says":"Quillon mails"}', 'queued', 0, 0);
        INSERT INTO sessions (id, kind, phase, state, purpose, initiator_id, want, rounds, rounds_max, places, version,
                created_at, expires_at)
            VALUES ('ses_1', 'scheduling', 'active', 'negotiating', 'Quillon', 'usr_1', '{}', 0, 5, 2, 1, 0, 0),
                ('ses_2', 'conversation', 'active', 'open', '', 'usr_1', '{}', 0, 0, 0, 1, 0, 0);
        INSERT INTO session_messages (id, session_id, place, by_person, type, body, created_at)
            VALUES ('msg_1', 'ses_1', 1, 0, 'note', '{"text":"Quillon notes"}', 0), ('msg_2', 'ses_1', 2, 0, 'note', '{}', 0);
    "#;
    connection.execute_batch(rows).unwrap();
    assert!(String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains("Quillon"));
    let ground = ground();
    migrations::upgrade(&mut connection, &path, &ground).unwrap();
    let opened = |place: &str, sql: &str| -> Vec<Option<String>> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, Option<Vec<u8>>>(0)).unwrap();
        let open = |sealed: Option<Vec<u8>>| {
            sealed.map(|sealed| String::from_utf8(ground.keys.open(place, &sealed).unwrap()).unwrap())
        };
        rows.map(|row| open(row.unwrap())).collect()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        opened("letters.letter", "SELECT sealed_letter FROM letters"),
        [some(r#"{"says":"Quillon mails"}"#)]
    );
    assert_eq!(
        opened("session_messages.content", "SELECT content FROM session_messages ORDER BY place"),
        [some(r#"{"body":{"text":"Quillon notes"}}"#), None]
    );
    assert_eq!(
        opened("sessions.purpose", "SELECT sealed_purpose FROM sessions ORDER BY id"),
        [some("Quillon"), None]
    );
    drop(connection);
    assert!(!String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains("Quillon"));
}

#[test]
fn an_upgrade_that_fails_leaves_the_store_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let path = options(directory.path()).path;
    let mut known = migrations::embedded();
    known.push(
        refinery::Migration::unapplied("V9000__bad", "CREATE TABLE more (name TEXT); NONSENSE").unwrap(),
    );
    let mut connection = rusqlite::Connection::open(&path).unwrap();
    assert!(migrations::upgrade_with(&refinery::Runner::new(&known), &mut connection, &path, NOW).is_err());
    drop(connection);
    let (_, upgrade) = Store::open(&options(directory.path()), ground(), no_seal).unwrap();
    assert_eq!(upgrade.from, schema_version());
}

#[tokio::test]
async fn a_commit_of_another_process_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let open_both = move || (open(&path), open(&path));
    let (here, there) = tokio::task::spawn_blocking(open_both).await.unwrap();
    let mut changes = here.changes();
    // What was written while opening is told of as well.
    while tokio::time::timeout(std::time::Duration::from_millis(600), changes.changed()).await.is_ok() {}
    there.write(|cx| add(cx, "a")).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(10), changes.changed()).await.unwrap().unwrap();
    assert_eq!(names(&here), ["a"]);
}

#[test]
fn what_changes_nothing_wakes_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.write_blocking(|cx| add(cx, "a")).unwrap();
    let changes = store.changes();
    let before = *changes.borrow();
    // Within 250 ms the watch may still tell of what was written before; it tells of nothing more.
    for _ in 0..100 {
        store.write_blocking(|cx| cx.db.execute("UPDATE things SET size = 1 WHERE name = 'z'", &[])).unwrap();
    }
    assert!(*changes.borrow() - before <= 1);
}

#[test]
fn a_second_server_on_the_same_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let first = DirectoryLock::take(directory.path()).unwrap();
    assert_eq!(DirectoryLock::take(directory.path()).unwrap_err().code(), "store.locked");
    drop(first);
    DirectoryLock::take(directory.path()).unwrap();
}

#[test]
fn a_backup_taken_while_others_write_is_consistent() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let (stop, many) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writer = {
        let (store, stop, many) = (store.clone(), stop.clone(), many.clone());
        std::thread::spawn(move || {
            while !stop.load(Ordering::SeqCst) {
                let i = many.load(Ordering::SeqCst);
                // Both or none: that is what a copy must hold.
                store
                    .write_blocking(move |cx| {
                        add(cx, &format!("{i} left"))?;
                        add(cx, &format!("{i} right"))
                    })
                    .unwrap();
                many.store(i + 1, Ordering::SeqCst);
            }
        })
    };
    while many.load(Ordering::SeqCst) < 20 {
        std::thread::yield_now();
    }
    let target = directory.path().join("copy.db");
    store.backup(&target).unwrap();
    assert_eq!(store.backup(&target).unwrap_err().code(), "backup.exists");
    stop.store(true, Ordering::SeqCst);
    writer.join().unwrap();
    let (copy, upgrade) =
        Store::open(&Options { path: target, ..options(directory.path()) }, ground(), no_seal).unwrap();
    assert_eq!(upgrade.from, schema_version());
    let names = names(&copy);
    assert!(names.len() >= 40 && names.len().is_multiple_of(2), "{} rows", names.len());
    let whole = copy.read_blocking(|cx| {
        cx.db.one("PRAGMA integrity_check", &[], |row| row.get::<String>("integrity_check"))
    });
    assert_eq!(whole.unwrap().as_deref(), Some("ok"));
}
