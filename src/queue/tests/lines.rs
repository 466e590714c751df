//! Lines: who stands behind whom, whatever leaves and comes back.

use std::collections::BTreeMap;

use super::*;

/// What stands in one line: behind whom each one stands, whether it is being done, and who is last.
#[derive(Default)]
struct Line {
    behind: BTreeMap<WorkId, Option<WorkId>>,
    in_hand: Vec<WorkId>,
    last: Option<WorkId>,
}

/// Holds every line against what it should be: one is first, each other stands behind one that is there, all of them in one
/// row, and the last one is known. What has no key stands in none.
pub(super) fn stand(house: &House) {
    let mut lines: BTreeMap<(String, String), Line> = BTreeMap::new();
    house
        .store
        .read_blocking(|cx| {
            let rows = cx.db.all(
                "SELECT topic, ordering_key, id, after_id, leased_by FROM queue ORDER BY id",
                &[],
                |row| {
                    let key: Option<String> = row.get("ordering_key")?;
                    let work =
                        (row.get("id")?, row.get("after_id")?, row.get::<Option<String>>("leased_by")?);
                    Ok((row.get::<String>("topic")?, key, work))
                },
            )?;
            Ok(rows)
        })
        .unwrap()
        .into_iter()
        .for_each(|(topic, key, (id, after, holder)): (_, _, (WorkId, Option<WorkId>, _))| {
            let Some(key) = key else { return assert_eq!(after, None, "it has no key and waits") };
            let line = lines.entry((topic, key)).or_default();
            line.behind.insert(id, after);
            line.in_hand.extend(holder.map(|_| id));
        });
    let last = house.store.read_blocking(|cx| {
        cx.db.all("SELECT topic, ordering_key, last_id FROM queue_lines", &[], |row| {
            Ok(((row.get("topic")?, row.get("ordering_key")?), row.get("last_id")?))
        })
    });
    for (place, id) in last.unwrap() {
        lines.entry(place).or_default().last = Some(id);
    }
    for (place, line) in lines {
        let first: Vec<_> =
            line.behind.iter().filter(|(_, after)| after.is_none()).map(|(id, _)| *id).collect();
        assert_eq!(first.len(), 1, "one is first in {place:?}");
        let mut row = vec![first[0]];
        while let Some(next) = line.behind.iter().find(|(_, after)| **after == row.last().copied()) {
            row.push(*next.0);
        }
        assert_eq!(row.len(), line.behind.len(), "all of {place:?} stand in one row");
        assert_eq!(line.last, row.last().copied(), "who is last in {place:?} is known");
        assert!(line.in_hand.iter().all(|id| *id == first[0]), "the first of {place:?} alone is being done");
    }
}

fn ordered(name: &str) -> Work {
    work(name).ordered("ana")
}

#[test]
fn whoever_leaves_out_of_the_middle_of_a_line_hands_their_place_on() {
    let house = House::new();
    let ids: Vec<_> = ["a", "b", "c", "d"].map(|name| house.add(ordered(name)).unwrap()).to_vec();
    let first = house.claim(10);
    assert_eq!(names(&first), ["a"]);
    let (b, d) = (ids[1], ids[3]);
    house.write(move |cx| Ok((drop_work(cx, b)?, drop_work(cx, d)?))).unwrap();
    stand(&house);
    assert_eq!(house.claim_names(10), Vec::<String>::new(), "c waits for a as b did");
    house.done(&first[0]).unwrap();
    house.add(ordered("e"));
    stand(&house);
    let next = house.claim(10);
    assert_eq!(names(&next), ["c"]);
    house.done(&next[0]).unwrap();
    assert_eq!(house.claim_names(10), ["e"]);
}

#[test]
fn what_comes_back_from_the_dead_stands_before_what_came_after_it_and_behind_what_is_being_done() {
    let house = House::new();
    for name in ["a", "b", "c"] {
        house.add(ordered(name));
    }
    let first = house.claim(1).remove(0);
    let dead = first.id;
    house.write(move |cx| bury(cx, &first, Reason::Refused, "nobody there")).unwrap();
    let second = house.claim(1).remove(0);
    assert_eq!(name_of(&second), "b");
    house.write(move |cx| retry_dead(cx, dead)).unwrap();
    stand(&house);
    assert_eq!(house.claim_names(10), Vec::<String>::new(), "b is being done");
    house.done(&second).unwrap();
    let third = house.claim(10);
    assert_eq!(names(&third), ["a"]);
    house.done(&third[0]).unwrap();
    assert_eq!(house.claim_names(10), ["c"]);
}

#[test]
fn the_last_of_a_line_leaves_nothing_behind() {
    let house = House::new();
    house.add(ordered("a"));
    let lease = house.claim(1).remove(0);
    house.done(&lease).unwrap();
    let lines = house.store.read_blocking(|cx| {
        cx.db.all("SELECT last_id FROM queue_lines", &[], |row| row.get::<WorkId>("last_id"))
    });
    assert_eq!(lines.unwrap(), []);
}
