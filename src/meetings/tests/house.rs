//! The second road to what meetings take: the house's own source is read out of them, and what drifted is put right.

use super::*;
use crate::agents::{self, NewAgent};
use crate::base::id::{Id, SourceId};
use crate::calendar::{
    Due, Failure, HolderId, Kind, Objects, Problem, Reading, Source, SourceKind, put_right,
};
use crate::sync::{self, Provider};
use crate::values;

const HOST: &str = "ana@example.org";
const GUEST: &str = "ben@example.org";

/// Every row of busy time, whole. (`AS cell` says that it is a test that looks.)
fn rows(world: &World) -> Vec<String> {
    let sql = "SELECT source_id || '|' || href || '|' || uid || '|' || instance || '|' || starts_at || '|' || ends_at
            || '|' || tentative || '|' || holder_id AS cell FROM busy ORDER BY cell";
    world.town.read(|cx| cx.db.all(sql, &[], |row| row.get("cell")))
}

impl World {
    fn holder(&self, email: &str) -> HolderId {
        let email = address(email);
        HolderId::User(self.town.read(|cx| accounts::by_address(cx, &email)).unwrap().id)
    }

    /// The house's own source of a user.
    fn house_of(&self, email: &str) -> Source {
        let holder = self.holder(email);
        let who = Actor::new(Who::User { id: holder.user().unwrap(), admin: false }, Road::Api, "t");
        let all = self.town.read(|cx| calendar::sources(cx, &who, holder));
        all.into_iter().find(|source| source.kind == SourceKind::House).unwrap()
    }

    /// What is due is read, and not handed over yet.
    fn begin_readings(&self) -> Vec<(Due, Reading)> {
        let due = self.town.write(|cx| {
            let leases = queue::claim(cx, calendar::TOPIC, 50, MINUTE)?;
            leases.iter().filter_map(|lease| calendar::due(cx, lease).transpose()).collect::<Result<Vec<_>>>()
        });
        let house = sync::House::new(&self.town.store);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let read = |due: Due| {
            let reading = runtime.block_on(house.read(&due)).unwrap();
            (due, reading)
        };
        due.unwrap().into_iter().map(read).collect()
    }

    /// Hands over what was read; gives how many rows were put right.
    fn end_readings(&self, read: Vec<(Due, Reading)>) -> usize {
        let put_right = |(due, reading)| self.town.write(move |cx| put_right(cx, &due, &reading)).unwrap();
        read.into_iter().map(put_right).sum()
    }

    /// Has all that meetings have written looked through; gives how many rows were put right.
    pub(super) fn look_through(&self) -> usize {
        self.hurry();
        let read = self.begin_readings();
        assert!(!read.is_empty(), "there is something to look through");
        self.end_readings(read)
    }

    fn hurry(&self) {
        let all: Vec<SourceId> =
            self.town.read(|cx| cx.db.all("SELECT id AS cell FROM sources", &[], |row| row.get("cell")));
        self.town.write(move |cx| calendar::hurry(cx, &all, "t")).unwrap();
    }

    fn damage(&self, sql: &'static str, values: Vec<crate::store::Value>) {
        let changed = self.town.write(move |cx| cx.db.execute(sql, &values)).unwrap();
        assert!(changed > 0, "{sql}");
    }

    /// What was journalled of a source.
    fn told(&self, id: SourceId) -> Vec<(String, serde_json::Value)> {
        let story = self.town.read(|cx| journal::story(cx, &id, 100));
        story.into_iter().map(|entry| (entry.kind, entry.data.unwrap_or_default())).collect()
    }
}

/// Ana and Ben, both with accounts, a room, and three meetings: one answered, one of five days, one that is off.
fn busy_world() -> (World, [MeetingId; 3]) {
    let world = World::with(|house| house.length_max_ms = 10 * DAY);
    world.sign_up(HOST);
    world.sign_up(GUEST);
    let room = NewAgent { name: "Blue Room".to_owned(), ..NewAgent::default() };
    let room = world.town.write(move |cx| agents::add(cx, &operator(), &room)).unwrap();
    let first = world.make(&NewMeeting { resources: vec![room.id], ..tea(&[GUEST]) });
    world.deliver();
    world.answer_by_link(&world.respond(GUEST), PartStat::Tentative).unwrap();
    let off = world.make(&NewMeeting { start: START.plus(9 * DAY), end: END.plus(9 * DAY), ..tea(&[GUEST]) });
    world.cancel(off.id);
    let trip = world.make(&NewMeeting { start: START.plus(DAY), end: START.plus(6 * DAY), ..tea(&[GUEST]) });
    world.deliver();
    (world, [first.id, trip.id, off.id])
}

#[test]
fn what_meetings_have_written_is_what_a_reading_finds() {
    let (world, _) = busy_world();
    let before = rows(&world);
    // One each of the first, three pieces each of the trip, and the room.
    assert_eq!(before.len(), 9, "{before:#?}");
    assert_eq!(world.look_through(), 0);
    assert_eq!(rows(&world), before);
    let source = world.house_of(GUEST);
    assert_eq!((source.total, source.free, source.faults_total), (3, 1, 0));
    assert_eq!((source.read_at, source.problem, source.is_stale), (Some(world.now()), None, false));
    assert!(world.told(source.id).is_empty(), "where nothing is wrong, nothing is told");
}

#[test]
fn whatever_became_of_the_rows_they_are_right_after_a_reading() {
    let (world, [first, trip, _]) = busy_world();
    let before = rows(&world);
    let (ben, ana) = (world.house_of(GUEST), world.house_of(HOST));
    let (source, first) = (ben.id, first.to_string());
    // One is lost, and one of the pieces of another.
    world.damage("DELETE FROM busy WHERE source_id = $1 AND uid = $2", values![source, first].to_vec());
    let piece = values![source, trip.to_string(), START.plus(3 * DAY)];
    world.damage("DELETE FROM busy WHERE source_id = $1 AND uid = $2 AND starts_at = $3", piece.to_vec());
    // What nobody is at: no meeting at all, no id, in a place where the house lays nothing.
    let foreign =
        "INSERT INTO busy (source_id, href, uid, instance, starts_at, ends_at, tentative, holder_id)
        VALUES ($1, $2, $3, '', $4, $5, 0, $6)";
    let unknown = MeetingId::from_uuid(uuid::Uuid::from_u128(7)).to_string();
    for (href, uid) in [("", unknown.as_str()), ("", "no id"), ("x.ics", first.as_str())] {
        let foreign_row = values![source, href, uid, START.plus(2 * HOUR), END.plus(2 * HOUR), ben.holder];
        world.damage(foreign, foreign_row.to_vec());
    }
    // At another time, for certain or not, and of somebody else.
    let of_ana = values![ana.id, first];
    world.damage("UPDATE busy SET ends_at = 5 WHERE source_id = $1 AND uid = $2", of_ana.to_vec());
    world.damage("UPDATE busy SET tentative = 1 WHERE source_id = $1 AND uid = $2", of_ana.to_vec());
    let of_trip = values![ana.id, trip.to_string()];
    world.damage("UPDATE busy SET holder_id = 'x' WHERE source_id = $1 AND uid = $2", of_trip.to_vec());
    assert_ne!(rows(&world), before);
    assert_eq!(world.look_through(), 2 + 3 + 1 + 3);
    assert_eq!(rows(&world), before);
    assert_eq!(world.look_through(), 0);
    let told = serde_json::json!({ "rows": 5 });
    assert_eq!(world.told(source), [("source.repaired".to_owned(), told)], "once, and without a title");
}

#[test]
fn a_meeting_that_moves_while_it_is_read_stays_moved() {
    let (world, [first, trip, _]) = busy_world();
    world.hurry();
    let read = world.begin_readings();
    world.move_by(first, DAY).unwrap();
    world.cancel(trip);
    let mut later = tea(&[GUEST]);
    (later.start, later.end) = (START.plus(20 * DAY), END.plus(20 * DAY));
    world.make(&later);
    let moved = rows(&world);
    assert_eq!(world.end_readings(read), 0);
    assert_eq!(rows(&world), moved, "the older reading undoes nothing");
    // It is dropped, and done anew at once.
    let source = world.house_of(GUEST);
    assert_eq!((source.read_at, source.next_at), (None, Some(world.now())));
    let read = world.begin_readings();
    assert_eq!(world.end_readings(read), 0);
    assert_eq!(rows(&world), moved);
    assert_eq!(world.house_of(GUEST).read_at, Some(world.now()));
}

#[test]
fn an_answer_while_it_is_read_counts_for_whoever_gave_it() {
    let (world, _) = busy_world();
    world.hurry();
    let read = world.begin_readings();
    let before = rows(&world);
    world.answer_by_link(&world.respond(GUEST), PartStat::Tentative).unwrap();
    let answered = rows(&world);
    assert_ne!(answered, before);
    assert_eq!(world.end_readings(read), 0);
    assert_eq!(rows(&world), answered);
    assert_eq!(world.look_through(), 0);
}

#[test]
fn a_meeting_that_cannot_be_read_counts_as_it_was_and_stops_no_other() {
    let (world, [first, trip, _]) = busy_world();
    let before = rows(&world);
    let source = world.house_of(GUEST).id;
    world.damage("UPDATE meetings SET decline = 'perhaps' WHERE id = $1", values![first].to_vec());
    world.damage(
        "DELETE FROM busy WHERE source_id = $1 AND uid = $2",
        values![source, trip.to_string()].to_vec(),
    );
    assert_eq!(world.look_through(), 3);
    assert_eq!(rows(&world), before);
    let source = world.house_of(GUEST);
    assert_eq!((source.total, source.free, source.faults_total, source.problem), (3, 1, 1, None));
    assert_eq!(
        (source.faults[0].code.as_str(), &source.faults[0].uid),
        ("house.unreadable", &first.to_string())
    );
}

#[test]
fn a_reading_that_fails_is_no_outage() {
    let (world, _) = busy_world();
    let before = rows(&world);
    world.hurry();
    let words = "The meetings could not be looked through.".to_owned();
    let failure = Failure { problem: Problem::NotFound, words, retry_after_ms: None };
    for (due, _) in world.begin_readings() {
        let failure = failure.clone();
        world.town.write(move |cx| calendar::failed(cx, &due, &failure)).unwrap();
    }
    let source = world.house_of(GUEST);
    assert_eq!((source.problem, source.failures), (Some(Problem::NotFound), 1));
    assert!(source.next_at.unwrap() > world.now() && !source.is_stale && !source.is_unreadable());
    assert!(world.told(source.id).is_empty(), "nothing is missing, so nobody is told");
    assert_eq!(rows(&world), before);
    assert_eq!(world.look_through(), 0);
    assert_eq!(world.house_of(GUEST).problem, None);
}

#[test]
fn it_is_read_when_it_is_made_and_once_a_day_each_at_a_time_of_its_own_and_never_stale() {
    let (world, _) = busy_world();
    assert_eq!(world.house_of(HOST).next_at, Some(world.now()));
    let read = world.begin_readings();
    assert_eq!((read.len(), world.end_readings(read)), (3, 0), "each by one reading");
    let source = world.house_of(HOST);
    assert_eq!((source.read_at, source.total), (Some(world.now()), 3));
    let next = |email| world.house_of(email).next_at.unwrap();
    for email in [HOST, GUEST] {
        let ahead = next(email).since(world.now());
        assert!((1..=DAY).contains(&ahead), "{ahead}");
    }
    assert_ne!(next(HOST), next(GUEST));
    assert!(world.begin_readings().is_empty(), "nothing is due yet");
    let first = next(HOST);
    world.town.clock.advance(DAY);
    world.town.write(|cx| calendar::ensure_due(cx, &Actor::house("t"))).unwrap();
    assert!(!world.house_of(HOST).is_stale);
    let read = world.begin_readings();
    assert_eq!((read.len(), world.end_readings(read)), (3, 0));
    assert_eq!(next(HOST).since(first) % DAY, 0, "at the same time of day");
}

#[test]
fn one_that_is_older_than_its_readings_has_its_first_planned_by_the_job() {
    let (world, _) = busy_world();
    world.damage("UPDATE sources SET next_at = NULL", Vec::new());
    world.damage("DELETE FROM queue", Vec::new());
    world.town.clock.advance(DAY);
    world.town.write(|cx| calendar::roll_on(cx)).unwrap();
    assert!(world.begin_readings().is_empty(), "at a time of its own");
    world.town.clock.advance(DAY);
    assert_eq!(world.begin_readings().len(), 3);
}

#[test]
fn what_is_long_past_is_neither_missed_nor_kept_for_ever() {
    let (world, _) = busy_world();
    // The whole of a day long past is kept, and its night before it: the trip goes piece by piece.
    for days in [7, 14, 34, 5, 3, 1, 1, 1, 1, 1, 3, 10] {
        world.town.clock.advance(days * DAY);
        assert_eq!(world.look_through(), 0, "at {}", world.now().to_rfc3339());
    }
    assert_eq!(rows(&world), [""; 0]);
    assert_eq!(world.house_of(HOST).total, 0);
}

#[test]
fn another_zone_or_a_door_that_is_shut_changes_nothing_of_what_meetings_take() {
    let (world, _) = busy_world();
    let before = rows(&world);
    let user = world.holder(GUEST).user().unwrap();
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, "t");
    let change = accounts::ProfileChange { zone: Zone::parse("Asia/Kathmandu"), ..Default::default() };
    world.town.write(move |cx| accounts::change_profile(cx, &who, &change)).unwrap();
    world.follow(calendar::FOLLOWER);
    assert_eq!(rows(&world), before);
    world.town.write(move |cx| accounts::disable(cx, &operator(), user)).unwrap();
    assert_eq!(world.look_through(), 0);
    assert_eq!(world.house_of(GUEST).read_at, Some(world.now()));
}

#[test]
fn one_calendar_of_meetings_is_what_a_probe_finds_and_a_reading_names_no_title() {
    let (world, _) = busy_world();
    let house = sync::House::new(&world.town.store);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let probed = runtime.block_on(house.probe()).unwrap();
    assert_eq!((probed.kind, probed.server.as_str()), (SourceKind::House, ""));
    let found: Vec<_> = probed.found.iter().map(|one| (one.name.as_str(), one.writable)).collect();
    assert_eq!(found, [("Meetings of this house", false)]);
    world.hurry();
    for (due, reading) in world.begin_readings() {
        assert!(due.account.is_none() && due.access.is_none() && due.mark == calendar::Mark::default());
        let Objects::Whole(objects) = &reading.objects else { panic!("it is read as a whole") };
        assert!(!objects.is_empty());
        for feed in objects.iter().filter_map(|object| object.read.as_ref().ok()) {
            assert!(
                feed.events.iter().all(|event| event.kind <= Kind::Tentative && event.skeleton.is_empty())
            );
        }
        assert!(!format!("{reading:?}").contains("Tea"));
    }
}
