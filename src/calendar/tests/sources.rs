//! Sources: whose they are, what they are for, and how they go.

use super::*;
use crate::base::id::{AgentId, Id};

#[test]
fn what_a_probe_found_becomes_sources_that_are_due_now() {
    let world = World::new();
    let added = world.add(&world.ana, SourceKind::CalDav, &[("Work", true), ("Birthdays", false)]).unwrap();
    let seen: Vec<_> =
        added.iter().map(|one| (one.name.as_str(), one.counts, one.writable, one.writes)).collect();
    assert_eq!(seen, [("Work", true, true, false), ("Birthdays", true, false, false)]);
    let ana = holder(&world.ana);
    assert_eq!(world.town.read(|cx| sources(cx, &world.ana, ana)).len(), 2);
    let due = world.due().unwrap();
    let access = due.access.unwrap();
    assert_eq!(access.password.as_ref().unwrap().expose(), "hunter2");
    assert_eq!(due.me, [address("ana@example.org")]);
    assert!(world.due().is_none(), "one conversation with an account at a time");
    assert_eq!(format!("{access:?}"), "Access(***)");
}

#[test]
fn the_same_calendar_is_not_added_twice() {
    let world = World::new();
    world.add(&world.ana, SourceKind::CalDav, &[("Work", true)]).unwrap();
    assert_eq!(code(world.add(&world.ana, SourceKind::CalDav, &[("Work", true)])), "source.exists");
    let more = world.add(&world.ana, SourceKind::CalDav, &[("Work", true), ("Home", true)]).unwrap();
    assert_eq!(more.len(), 1);
    assert!(world.add(&world.ben, SourceKind::CalDav, &[("Work", true)]).is_ok(), "Ben's is Ben's");
}

#[test]
fn there_are_twenty_at_most() {
    let world = World::new();
    let names: Vec<String> = (0..21).map(|number| number.to_string()).collect();
    let found: Vec<(&str, bool)> = names.iter().map(|name| (name.as_str(), true)).collect();
    assert_eq!(code(world.add(&world.ana, SourceKind::CalDav, &found)), "source.too-many");
    world.add(&world.ana, SourceKind::CalDav, &found[..20]).unwrap();
    let (who, ana) = (world.ana.clone(), holder(&world.ana));
    assert_eq!(code(world.town.write(move |cx| may_probe(cx, &who, ana))), "source.too-many");
}

#[test]
fn probing_is_limited() {
    let world = World::new();
    let probe = || {
        let (who, ana) = (world.ana.clone(), holder(&world.ana));
        world.town.write(move |cx| may_probe(cx, &who, ana))
    };
    for _ in 0..20 {
        probe().unwrap();
    }
    assert_eq!(code(probe()), "throttled");
}

#[test]
fn somebody_elses_source_is_not_there() {
    let world = World::new();
    let id = world.ics();
    let ben = &world.ben;
    assert_eq!(code(world.town.store.read_blocking(|cx| source(cx, ben, id))), "not-found");
    let ana = holder(&world.ana);
    assert_eq!(code(world.town.store.read_blocking(|cx| sources(cx, ben, ana))), "denied");
    let admin = Actor::new(Who::User { id: id_of(ben), admin: true }, Road::Api, "t");
    assert_eq!(
        code(world.town.store.read_blocking(|cx| source(cx, &admin, id))),
        "not-found",
        "nor to an administrator"
    );
    let who = ben.clone();
    assert_eq!(code(world.town.write(move |cx| remove(cx, &who, id))), "not-found");
    let room = HolderId::Agent(AgentId::from_uuid(uuid::Uuid::from_u128(1)));
    assert!(
        world.town.store.read_blocking(|cx| sources(cx, &admin, room)).is_ok(),
        "a room's are the administrators'"
    );
    assert_eq!(code(world.town.store.read_blocking(|cx| sources(cx, ben, room))), "denied");
}

#[test]
fn what_does_not_count_is_forgotten_and_read_anew_when_it_does_again() {
    let world = World::new();
    let id = world.ics();
    world.read(&[&event("a", 9, 10)]);
    world.change(id, SourceChange { counts: Some(false), ..SourceChange::default() }).unwrap();
    assert!(world.today().is_empty());
    assert!(!world.town.whole_text().contains("source_events."));
    assert_eq!(world.taken(&world.ana, at(0), at(24)).stale, None);
    assert!(world.due().is_none());
    let who = world.ana.clone();
    assert_eq!(code(world.town.write(move |cx| read_now(cx, &who, id))), "source.unused");
    world.change(id, SourceChange { counts: Some(true), ..SourceChange::default() }).unwrap();
    assert!(world.source(id).is_stale, "until it is read");
    let due = world.due().unwrap();
    assert_eq!(due.mark, Mark::default());
    assert!(due.objects.is_empty());
}

#[test]
fn a_reading_from_before_it_stopped_counting_says_nothing() {
    let world = World::new();
    let id = world.ics();
    world.read(&[&event("a", 9, 10)]);
    world.town.clock.advance(15 * MINUTE);
    let due = world.due().unwrap();
    world.change(id, SourceChange { counts: Some(false), ..SourceChange::default() }).unwrap();
    world.change(id, SourceChange { counts: Some(true), ..SourceChange::default() }).unwrap();
    world.read_with(&due, |_| Objects::Unchanged);
    let source = world.source(id);
    assert_eq!((source.read_at, source.is_stale), (None, true));
    assert!(world.due().is_some(), "it is read again at once");
}

#[test]
fn one_source_at_most_is_written_to() {
    let world = World::new();
    let added = world
        .add(&world.ana, SourceKind::CalDav, &[("Work", true), ("Home", true), ("Team", false)])
        .unwrap();
    let [work, home, team] = [added[0].id, added[1].id, added[2].id];
    let write = |id| world.change(id, SourceChange { writes: Some(true), ..SourceChange::default() });
    write(work).unwrap();
    write(home).unwrap();
    assert_eq!((world.source(work).writes, world.source(home).writes), (false, true));
    assert_eq!(code(write(team)), "source.read-only");
}

#[test]
fn a_source_goes_with_everything_and_its_account_with_the_last() {
    let world = World::new();
    let added = world.add(&world.ana, SourceKind::CalDav, &[("Work", true), ("Home", true)]).unwrap();
    let accounts =
        || world.town.read(|cx| cx.db.all("SELECT id FROM calendar_accounts", &[], |_| Ok(()))).len();
    for (left, source) in [(1, &added[0]), (0, &added[1])] {
        assert_eq!(accounts(), 1);
        let (who, id) = (world.ana.clone(), source.id);
        world.town.write(move |cx| remove(cx, &who, id)).unwrap();
        let ana = holder(&world.ana);
        assert_eq!(world.town.read(|cx| sources(cx, &world.ana, ana)).len(), left);
    }
    assert_eq!(accounts(), 0);
    assert!(world.due().is_none());
}

#[test]
fn the_houses_own_source_is_not_changed_by_hand() {
    let world = World::new();
    let user = id_of(&world.ana);
    world
        .town
        .write(move |cx| {
            occupy(cx, user, crate::base::id::MeetingId::from_uuid(uuid::Uuid::from_u128(1)), None)
        })
        .unwrap();
    let ana = holder(&world.ana);
    let house = world.town.read(|cx| sources(cx, &world.ana, ana)).remove(0);
    assert_eq!((house.kind, house.is_stale), (SourceKind::House, false));
    let who = world.ana.clone();
    assert_eq!(code(world.town.write(move |cx| remove(cx, &who, house.id))), "source.house");
    assert_eq!(code(world.change(house.id, SourceChange::default())), "source.house");
}

#[test]
fn erasing_leaves_nothing_of_a_person() {
    let world = World::new();
    let id = world.ics();
    world.read(&[&event("uid-of-ana", 9, 10)]);
    let (user, ana) = (id_of(&world.ana), holder(&world.ana));
    world.town.write(move |cx| hold(cx, ana, at(9), at(10), "bkg_1", at(12))).unwrap();
    let taken = world.town.read(|cx| export(cx, user));
    assert_eq!(taken["calendars"][0]["busy"][0]["start"], "2027-01-15T09:00:00Z");
    assert!(!taken.to_string().contains("hunter2"));
    world.town.write(move |cx| erase(cx, user)).unwrap();
    let whole = world.town.whole_text();
    assert!(!whole.contains("uid-of-ana") && !whole.contains("dav.example.org"));
    for table in ["sources", "calendar_accounts", "source_events", "source_objects", "busy", "holds", "queue"]
    {
        assert!(!whole.lines().any(|line| line.starts_with(&format!("{table}."))), "{table}: {whole}");
    }
    assert_eq!(world.told(id), ["source.added"]);
}
