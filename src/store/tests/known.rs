//! What the writer remembers, and when it forgets.

use super::*;

const SIZES: Fact = Fact { name: "test.sizes", tables: &["things"] };
/// One that does not say from which table it is read.
const WRONG: Fact = Fact { name: "test.wrong", tables: &["checkpoints"] };

fn read_size(cx: &Cx<'_>, name: &str) -> Result<Option<i64>> {
    cx.db.one("SELECT size FROM things WHERE name = $1 AND size IS NOT NULL", values![name], |row| {
        row.get("size")
    })
}

fn size(cx: &Cx<'_>, name: &str) -> Result<Option<i64>> {
    cx.known(SIZES, values![name], |cx| read_size(cx, name))
}

fn set(cx: &Cx<'_>, name: &str, size: i64) -> Result<()> {
    cx.db.change_one(
        "INSERT INTO things (name, size) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET size = excluded.size",
        values![name, size],
    )
}

fn known(store: &Store) -> Option<i64> {
    store.write_blocking(|cx| size(cx, "a")).unwrap()
}

#[test]
fn a_fact_is_read_again_when_its_table_has_changed_in_the_same_write_or_another() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    assert_eq!(known(&store), None);
    let seen = store.write_blocking(|cx| {
        set(cx, "a", 1)?;
        let first = size(cx, "a")?;
        set(cx, "a", 2)?;
        Ok((first, size(cx, "a")?))
    });
    assert_eq!(seen.unwrap(), (Some(1), Some(2)));
    assert_eq!(known(&store), Some(2));
    store.write_blocking(|cx| cx.db.execute("DELETE FROM things WHERE name = $1", values!["a"])).unwrap();
    assert_eq!(known(&store), None);
}

#[test]
fn what_was_read_of_a_write_that_was_taken_back_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.write_blocking(|cx| set(cx, "a", 1)).unwrap();
    let failed = store.write_blocking(|cx| {
        set(cx, "a", 2)?;
        assert_eq!(size(cx, "a")?, Some(2));
        Err::<(), _>(Error::NotFound("thing"))
    });
    assert!(matches!(failed, Err(Error::NotFound(_))));
    assert_eq!(known(&store), Some(1));
}

#[test]
fn what_one_write_of_a_batch_took_back_its_neighbours_do_not_know() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.write_blocking(|cx| set(cx, "a", 1)).unwrap();
    let let_go = hold_writer(&store);
    let fails = store.enqueue(untyped(|cx: &mut Cx<'_>| {
        set(cx, "a", 2)?;
        size(cx, "a")?;
        Err::<(), _>(Error::NotFound("thing"))
    }));
    let reads = store.enqueue(untyped(|cx: &mut Cx<'_>| size(cx, "a")));
    drop(let_go);
    assert!(fails.unwrap().blocking_recv().unwrap().is_err());
    assert_eq!(reads.unwrap().blocking_recv().unwrap().and_then(typed::<Option<i64>>).unwrap(), Some(1));
}

#[test]
fn what_another_process_wrote_is_seen_by_the_next_write() {
    let directory = tempfile::tempdir().unwrap();
    let (store, neighbour) = (open(directory.path()), open(directory.path()));
    store.write_blocking(|cx| set(cx, "a", 1)).unwrap();
    assert_eq!(known(&store), Some(1));
    neighbour.write_blocking(|cx| set(cx, "a", 5)).unwrap();
    assert_eq!(known(&store), Some(5));
}

#[test]
fn more_than_there_is_room_for_makes_place_by_forgetting() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store
        .write_blocking(|cx| {
            set(cx, "a", 1)?;
            for number in 0..5_000 {
                assert_eq!(size(cx, &format!("nobody {number}"))?, None);
            }
            assert_eq!(size(cx, "a")?, Some(1));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_fact_that_does_not_name_its_table_fails_in_every_test_that_meets_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let look = |cx: &Cx<'_>| cx.known(WRONG, values!["a"], |cx| read_size(cx, "a"));
    store.write_blocking(move |cx| look(cx).map(drop)).unwrap();
    store.write_blocking(|cx| set(cx, "a", 1)).unwrap();
    let found = store.write_blocking(move |cx| look(cx).map(drop)).unwrap_err().to_string();
    assert!(found.contains("has changed, and its tables have not"), "{found}");
}
