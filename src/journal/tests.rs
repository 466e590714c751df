//! Tests of the promises of this pillar.

use std::path::Path;

use serde_json::json;

use super::*;
use crate::base::id::{MeetingId, ParticipantId};
use crate::base::random::Chance;
use crate::base::secret::Keys;
use crate::base::time::{Clock, MINUTE};
use crate::store::{Durability, Ground, Options, Store};
use crate::values;

const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

fn open(directory: &Path) -> Store {
    open_seeded(directory, 7)
}

/// Stores that stand for two processes have seeds of their own, or they would make the same ids.
fn open_seeded(directory: &Path, seed: u64) -> Store {
    let ground = Ground {
        house: std::sync::Arc::new(crate::base::House::new(
            crate::base::text::Address::parse("scheduling@example.org").unwrap(),
            "http://localhost:8080",
        )),
        clock: Clock::set_at(NOW),
        chance: Chance::seeded(seed),
        keys: Keys::derive(&[7; 32]),
        instance: "test".into(),
    };
    let options = Options { durability: Durability::Process, ..Options::at(directory.join("entente.db")) };
    Store::open(&options, ground, seal).unwrap().0
}

fn meeting(n: u128) -> MeetingId {
    MeetingId::from_uuid(uuid::Uuid::from_u128(n))
}

fn ana() -> ParticipantId {
    ParticipantId::from_uuid(uuid::Uuid::from_u128(99))
}

/// An entry about meeting `n` that says who, with data.
fn note(cx: &mut Cx<'_>, n: u128) -> Result<EntryId> {
    let data = json!({ "title": format!("Meeting {n}"), "n": n });
    let what = Happening::to("meeting.booked", &meeting(n)).with(&ana()).amount(45).data(&data);
    append(cx, &Actor::house("0af7651916cd43dd8448eb211c80319c"), &what)
}

/// A store with entries 1 to `many`.
fn with_entries(directory: &Path, many: u128) -> Store {
    let store = open(directory);
    for n in 1..=many {
        store.write_blocking(move |cx| note(cx, n)).unwrap();
    }
    store
}

fn verified(store: &Store) -> Result<Verified, Broken> {
    verified_against(store, None)
}

fn verified_against(store: &Store, against: Option<&Checkpoint>) -> Result<Verified, Broken> {
    store.read_blocking(|cx| verify(cx, against)).unwrap()
}

/// Changes the store behind the journal's back.
fn tamper(store: &Store, sql: &str) {
    let sql = sql.to_owned();
    assert!(
        store.write_blocking(move |cx| cx.db.execute(&sql, &[])).unwrap() > 0,
        "nothing was tampered with"
    );
}

#[test]
fn a_chain_verifies_and_its_entries_are_as_they_were_told() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 3);
    let verified = verified(&store).unwrap();
    assert_eq!((verified.first, verified.head, verified.forgotten), (1, 3, 0));
    let told = store.read_blocking(|cx| story(cx, &meeting(2), 10)).unwrap();
    insta::assert_json_snapshot!(told, { "[].id" => "jrn_…" }, @r#"
    [
      {
        "number": 2,
        "id": "jrn_…",
        "at": 1800000000000,
        "kind": "meeting.booked",
        "actor": "house",
        "road": "worker",
        "trace": "0af7651916cd43dd8448eb211c80319c",
        "subject": "mtg_00000000000000000000000000000002",
        "object": "par_00000000000000000000000000000063",
        "amount": 45,
        "data": {
          "title": "Meeting 2",
          "n": 2
        }
      }
    ]
    "#);
}

#[test]
fn every_kind_of_tampering_names_the_first_broken_entry() {
    let cases: &[(&str, i64, &str)] = &[
        ("UPDATE journal SET kind = 'meeting.cancelled' WHERE number = 3", 3, "its hash does not follow"),
        ("UPDATE journal SET actor = 'operator' WHERE number = 3", 3, "its hash does not follow"),
        ("UPDATE journal SET road = 'page' WHERE number = 3", 3, "its hash does not follow"),
        ("UPDATE journal SET trace = '' WHERE number = 3", 3, "its hash does not follow"),
        ("UPDATE journal SET at = at + 1 WHERE number = 3", 3, "its hash does not follow"),
        ("UPDATE journal SET subject = NULL WHERE number = 3", 3, "its hash does not follow"),
        ("UPDATE journal SET object = '' WHERE number = 3", 3, "its hash does not follow"),
        ("UPDATE journal SET amount = NULL WHERE number = 3", 3, "its hash does not follow"),
        (
            "UPDATE journal SET id = (SELECT 'f' || substr(id, 2) FROM journal j WHERE j.number = 3) WHERE number = 3",
            3,
            "its hash does not follow",
        ),
        ("UPDATE journal SET id = 'nonsense' WHERE number = 3", 3, "cannot be read"),
        ("UPDATE journal SET at = 'noon' WHERE number = 3", 3, "cannot be read"),
        ("UPDATE journal SET data = '{}' WHERE number = 3", 3, "its data was changed"),
        ("UPDATE journal SET salt = NULL WHERE number = 3", 3, "its data was changed"),
        ("UPDATE journal SET data_hash = '00' WHERE number = 3", 3, "its data was changed"),
        (
            "UPDATE journal SET data = NULL, salt = NULL, data_hash = '00' WHERE number = 3",
            3,
            "its hash does not follow",
        ),
        ("UPDATE journal SET hash = '00' WHERE number = 3", 3, "its hash does not follow"),
        ("DELETE FROM journal WHERE number = 3", 3, "is missing"),
        ("DELETE FROM journal WHERE number <= 2", 1, "is missing"),
        (
            "UPDATE journal SET number = CASE number WHEN 3 THEN -4 ELSE -3 END WHERE number IN (3, 4)",
            1,
            "is missing",
        ),
        ("UPDATE journal SET number = number + 1000 WHERE number > 3", 4, "is missing"),
    ];
    for (sql, number, what) in cases {
        let directory = tempfile::tempdir().unwrap();
        let store = with_entries(directory.path(), 6);
        tamper(&store, sql);
        if sql.contains("CASE") {
            tamper(&store, "UPDATE journal SET number = -number WHERE number < 0");
        }
        let broken = verified(&store).expect_err(sql);
        let number = if sql.contains("CASE") { 3 } else { *number };
        assert_eq!(broken.number, number, "{sql}: {broken}");
        let what = if sql.contains("CASE") { "its hash does not follow" } else { what };
        assert!(broken.what.starts_with(what), "{sql}: {broken}");
    }
}

#[test]
fn a_tail_that_was_cut_off_is_found_by_a_checkpoint_and_by_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 6);
    let kept_elsewhere = store.write_blocking(|cx| checkpoint(cx)).unwrap();
    assert_eq!((kept_elsewhere.number, verified(&store).unwrap().checkpoints), (6, 1));
    assert!(verified_against(&store, Some(&kept_elsewhere)).is_ok());
    tamper(&store, "DELETE FROM journal WHERE number > 4");
    assert_eq!(verified(&store).unwrap_err().number, 5, "by the store's own");
    tamper(&store, "DELETE FROM checkpoints");
    assert_eq!(verified(&store).unwrap().head, 4);
    let broken = verified_against(&store, Some(&kept_elsewhere)).unwrap_err();
    assert_eq!(broken.to_string(), "entry 5: is missing: a checkpoint signed 6 entries");
    // New entries over the cut do not hide it.
    for n in 7..=10 {
        store.write_blocking(move |cx| note(cx, n)).unwrap();
    }
    let broken = verified_against(&store, Some(&kept_elsewhere)).unwrap_err();
    assert_eq!(broken.to_string(), "entry 6: is not the entry that the checkpoint signed");
}

#[test]
fn a_checkpoint_that_somebody_else_signed_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 3);
    let signed = store.write_blocking(|cx| checkpoint(cx)).unwrap();
    let forged = Checkpoint { signature: "00".repeat(64), ..signed.clone() };
    assert!(verified_against(&store, Some(&forged)).unwrap_err().what.contains("not signed"));
    let odd = Checkpoint { signature: "é".into(), ..signed.clone() };
    assert!(verified_against(&store, Some(&odd)).unwrap_err().what.contains("not signed"));
    let moved = Checkpoint { at: signed.at + 1, ..signed };
    assert!(verified_against(&store, Some(&moved)).unwrap_err().what.contains("not signed"));
}

#[test]
fn a_beginning_that_was_cut_off_cannot_be_passed_off_as_pruned() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 6);
    store.write_blocking(|cx| checkpoint(cx)).unwrap();
    store.write_blocking(|cx| note(cx, 7)).unwrap();
    tamper(&store, "UPDATE checkpoints SET pruned = TRUE");
    tamper(&store, "DELETE FROM journal WHERE number <= 6");
    let broken = verified(&store).unwrap_err();
    assert_eq!(broken.to_string(), "entry 6: its checkpoint is not signed with this house's key");
}

#[test]
fn an_empty_journal_verifies_and_can_be_signed() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let signed = store.write_blocking(|cx| checkpoint(cx)).unwrap();
    assert_eq!((signed.number, verified(&store).unwrap().head), (0, 0));
    store.write_blocking(|cx| note(cx, 1)).unwrap();
    assert_eq!(verified_against(&store, Some(&signed)).unwrap().head, 1);
}

#[test]
fn what_is_forgotten_is_gone_and_the_chain_still_verifies() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 4);
    assert_eq!(store.write_blocking(|cx| forget(cx, &meeting(2))).unwrap(), 1);
    assert_eq!(store.write_blocking(|cx| forget_object(cx, &meeting(3), ana())).unwrap(), 1);
    assert_eq!(store.write_blocking(|cx| forget_object(cx, &meeting(4), meeting(1))).unwrap(), 0);
    assert_eq!(verified(&store).unwrap().forgotten, 2);
    let entries = store.read_blocking(|cx| after(cx, 0, 10)).unwrap();
    let titles: Vec<_> = entries.iter().map(|entry| entry.text("title")).collect();
    assert_eq!(titles, [Some("Meeting 1"), None, None, Some("Meeting 4")]);
    let salts = store.read_blocking(|cx| {
        cx.db.one("SELECT COUNT(salt) AS many FROM journal", &[], |row| row.get::<i64>("many"))
    });
    assert_eq!(salts.unwrap(), Some(2));
}

#[test]
fn a_write_that_fails_leaves_no_entry_and_no_gap() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.write_blocking(|cx| note(cx, 1)).unwrap();
    let failed = store.write_blocking(|cx| {
        note(cx, 2)?;
        Err::<(), _>(Error::refused("test.no", "no"))
    });
    assert!(failed.is_err());
    store.write_blocking(|cx| note(cx, 3)).unwrap();
    let entries = store.read_blocking(|cx| after(cx, 0, 10)).unwrap();
    assert_eq!(
        entries.iter().map(|e| (e.number, e.number_of("n"))).collect::<Vec<_>>(),
        [(1, Some(1)), (2, Some(3))]
    );
    assert_eq!(verified(&store).unwrap().head, 2);
}

#[test]
fn two_processes_write_one_chain() {
    let directory = tempfile::tempdir().unwrap();
    let stores = [open_seeded(directory.path(), 7), open_seeded(directory.path(), 8)];
    let threads: Vec<_> = stores
        .iter()
        .cloned()
        .zip([100, 200])
        .map(|(store, from)| {
            std::thread::spawn(move || {
                for n in from..from + 40 {
                    store.write_blocking(move |cx| note(cx, n)).unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(verified(&stores[0]).unwrap().head, 80);
    assert_eq!(verified(&stores[1]).unwrap().head, 80);
}

fn archived(store: &Store, archive: &Archive) -> Result<(), Broken> {
    store.read_blocking(|cx| verify_archive(cx, archive)).unwrap()
}

#[test]
fn what_is_pruned_verifies_as_an_archive_and_the_journal_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 6);
    let before = store.write_blocking(|cx| checkpoint(cx)).unwrap();
    let archive = store.write_blocking(|cx| prune(cx, 4)).unwrap();
    // An archive is a file: it goes out and comes back as JSON.
    let archive: Archive = serde_json::from_str(&serde_json::to_string(&archive).unwrap()).unwrap();
    assert_eq!((archive.entries.len(), archive.end.number), (4, 4));
    assert_eq!(archived(&store, &archive), Ok(()));
    let rest = verified_against(&store, Some(&before)).unwrap();
    assert_eq!((rest.first, rest.head), (5, 6));
    assert!(
        verified_against(&store, Some(&archive.end)).is_ok(),
        "the end of the archive is where it begins"
    );
    // To nothing, and on.
    let second = store.write_blocking(|cx| prune(cx, 6)).unwrap();
    assert_eq!((second.after.0, archived(&store, &second)), (4, Ok(())));
    assert_eq!(verified(&store).unwrap().head, 6);
    store.write_blocking(|cx| note(cx, 7)).unwrap();
    assert_eq!(verified_against(&store, Some(&second.end)).unwrap().head, 7);
    let early = verified_against(&store, Some(&archive.end)).unwrap_err();
    assert!(early.what.contains("up to which the journal was archived"), "{early}");
}

#[test]
fn an_archive_that_was_changed_or_shortened_does_not_verify() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 4);
    let archive = store.write_blocking(|cx| prune(cx, 4)).unwrap();
    let text = serde_json::to_string(&archive).unwrap();
    let changed: Archive = serde_json::from_str(&text.replacen("Meeting 3", "Meeting 9", 2)).unwrap();
    assert_eq!(archived(&store, &changed).unwrap_err().number, 3);
    let mut shortened = archive.clone();
    shortened.entries.pop();
    assert!(archived(&store, &shortened).is_err());
    let mut middle = archive;
    middle.entries.remove(1);
    assert_eq!(archived(&store, &middle).unwrap_err().number, 2);
}

/// The archive with `from` written as `to` in its entries, and each entry chained to the one before anew.
fn rechained(archive: &Archive, from: &str, to: &str) -> Archive {
    let mut value = serde_json::to_value(archive).unwrap();
    let mut last = value["after"][1].as_str().unwrap().to_owned();
    for archived in value["entries"].as_array_mut().unwrap() {
        let entry = serde_json::to_string(&archived["entry"]).unwrap().replace(from, to);
        let entry: serde_json::Value = serde_json::from_str(&entry).unwrap();
        let text = |field: &str| entry[field].as_str().map(str::to_owned);
        let fixed = chain::Fixed {
            number: entry["number"].as_i64().unwrap(),
            id: text("id").unwrap(),
            at: entry["at"].as_i64().unwrap(),
            kind: text("kind").unwrap(),
            actor: text("actor").unwrap(),
            road: text("road").unwrap(),
            trace: text("trace").unwrap(),
            subject: text("subject"),
            object: text("object"),
            amount: entry["amount"].as_i64(),
            data_hash: archived["data_hash"].as_str().unwrap().to_owned(),
        };
        last = chain::hash(&last, &fixed);
        archived["entry"] = entry;
        archived["hash"] = last.clone().into();
    }
    value["end"]["hash"] = last.into();
    serde_json::from_value(value).unwrap()
}

#[test]
fn an_archive_that_was_chained_anew_is_refused_because_its_end_is_not_signed() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 4);
    let ordinary = store.write_blocking(|cx| checkpoint(cx)).unwrap();
    let archive = store.write_blocking(|cx| prune(cx, 4)).unwrap();
    assert_eq!(archived(&store, &rechained(&archive, "same", "same")), Ok(()), "as it was");
    let unsigned = Broken { number: 4, what: "its checkpoint is not signed with this house's key".into() };
    let forged = rechained(&archive, "meeting.", "forged.");
    assert_ne!(forged.end.hash, archive.end.hash);
    assert_eq!(archived(&store, &forged), Err(unsigned.clone()));
    for signature in
        [String::new(), "no hex".to_owned(), "00".repeat(64), archive.end.signature[2..].to_owned()]
    {
        let end = Checkpoint { signature, ..archive.end.clone() };
        assert_eq!(archived(&store, &Archive { end, ..archive.clone() }), Err(unsigned.clone()));
    }
    // A checkpoint of the same entry is signed, but says nothing of an archive that ends there.
    let end = Checkpoint { pruned: true, ..ordinary.clone() };
    assert_eq!(archived(&store, &Archive { end, ..archive.clone() }), Err(unsigned));
    let cut = archived(&store, &Archive { end: ordinary, ..archive.clone() }).unwrap_err();
    assert_eq!(cut.what, "the archive ends where the journal was not pruned");
    let after = (0, archive.end.hash.clone());
    let moved = archived(&store, &Archive { after, ..archive }).unwrap_err();
    assert_eq!(moved.what, "the archive does not begin where a journal does");
}

/// Appends to what the journal keeps a row of each entry's number; fails on the third meeting.
fn take_note(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    cx.db.execute("CREATE TABLE IF NOT EXISTS noted (number BIGINT NOT NULL PRIMARY KEY)", &[])?;
    cx.db.change_one("INSERT INTO noted (number) VALUES ($1)", values![entry.number])?;
    if entry.number_of("n") == Some(3) {
        return Err(Error::refused("test.no", "the third cannot be taken"));
    }
    Ok(())
}

const NOTING: Follower = Follower { name: "noting", apply: take_note };

fn noted(store: &Store) -> Vec<i64> {
    store
        .read_blocking(|cx| {
            cx.db.all("SELECT number FROM noted ORDER BY number", &[], |row| row.get::<i64>("number"))
        })
        .unwrap()
}

#[tokio::test]
async fn a_follower_commits_its_effect_and_its_cursor_together() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let store = tokio::task::spawn_blocking(move || with_entries(&path, 2)).await.unwrap();
    assert_eq!(follow(&store, NOTING).await.unwrap(), 2);
    assert_eq!(follow(&store, NOTING).await.unwrap(), 0);
    store.write(|cx| note(cx, 4)).await.unwrap();
    assert_eq!(store.read(|cx| lag(cx, "noting")).await.unwrap(), 1);
    assert_eq!(follow(&store, NOTING).await.unwrap(), 1);
    assert_eq!((noted(&store), store.read(|cx| lag(cx, "noting")).await.unwrap()), (vec![1, 2, 3], 0));
}

#[tokio::test]
async fn an_entry_that_fails_five_times_is_set_aside_and_the_follower_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let store = tokio::task::spawn_blocking(move || with_entries(&path, 5)).await.unwrap();
    // What comes before it is kept at once; what failed left nothing.
    assert_eq!(follow(&store, NOTING).await.unwrap(), 2);
    assert_eq!(noted(&store), [1, 2]);
    for _ in 0..3 {
        assert_eq!(follow(&store, NOTING).await.unwrap(), 0);
    }
    assert_eq!(follow(&store, NOTING).await.unwrap(), 1, "set aside, and there is more behind it");
    assert_eq!(follow(&store, NOTING).await.unwrap(), 2);
    assert_eq!(noted(&store), [1, 2, 4, 5]);
    let aside = store.read(|cx| {
        cx.db.all("SELECT follower, number, error FROM set_aside", &[], |row| {
            Ok((row.get::<String>("follower")?, row.get::<i64>("number")?, row.get::<String>("error")?))
        })
    });
    assert_eq!(aside.await.unwrap(), [("noting".into(), 3, "the third cannot be taken".into())]);
}

#[tokio::test]
async fn what_a_follower_has_not_read_is_not_pruned() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let store = tokio::task::spawn_blocking(move || with_entries(&path, 2)).await.unwrap();
    follow(&store, NOTING).await.unwrap();
    store.write(|cx| note(cx, 4)).await.unwrap();
    assert_eq!(store.write(|cx| prune(cx, 3)).await.unwrap_err().code(), "journal.unread");
    assert_eq!(store.write(|cx| prune(cx, 2)).await.unwrap().entries.len(), 2);
}

#[test]
fn entries_are_counted_since_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_entries(directory.path(), 3);
    store.ground().clock.advance(MINUTE);
    store.write_blocking(|cx| note(cx, 4)).unwrap();
    let count = |kind: &'static str, since| store.read_blocking(|cx| count_since(cx, kind, since)).unwrap();
    assert_eq!(count("meeting.booked", NOW), 4);
    assert_eq!(count("meeting.booked", NOW.plus(1)), 1);
    assert_eq!(count("meeting.booked", NOW.plus(2 * MINUTE)), 0);
    assert_eq!(count("meeting.cancelled", NOW), 0);
}
