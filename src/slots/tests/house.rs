//! The room among the others: every condition of a grant at its edge, whose direction it is, what is told, what is stale.

use std::collections::BTreeSet;

use super::*;
use crate::accounts::{self, NewUser, Role};
use crate::agents::{self, NewAgent};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{AgentId, ConnectionId, Id, MeetingId, UserId};
use crate::base::time::{DAY, HOUR};
use crate::calendar::{self, Access, HolderId, Kind, NewAccount, SourceKind};
use crate::journal;
use crate::network::{self, Constraints, Invitation, Length, NewGrant, Place, Reveal, Scope};
use crate::store::Cx;
use crate::store::town::{NOW, Town, address};

/// Ana grants Ben; she lives in Kolkata, where nine to five is 03:30 to 11:30 UTC, he in UTC. It is Friday, 15 January
/// 2027, 08:00.
struct World {
    town: Town,
    ana: Actor,
    ben: Actor,
    id: ConnectionId,
}

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

fn id_of(who: &Actor) -> UserId {
    who.user().unwrap()
}

/// Conditions that leave everything open but what a test closes.
fn open() -> Constraints {
    Constraints {
        notice_minutes: 0,
        horizon_days: 60,
        length: Length { min: 5, max: 480, default: 30 },
        ..Constraints::default()
    }
}

impl World {
    fn new() -> Self {
        let town = Town::open(journal::seal, |house| house.questions_per_hour = 1_000);
        let [ana, ben] = [("ana", "Asia/Kolkata"), ("ben", "UTC")].map(|(name, zone)| {
            let new = NewUser {
                address: address(&format!("{name}@example.org")),
                name: name.to_owned(),
                zone: Zone::parse(zone),
                role: Role::Member,
            };
            let user = town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
            Actor::new(Who::User { id: user.id, admin: false }, Road::Api, "t")
        });
        let (one, other) = (ana.clone(), ben.clone());
        let id = town.write(move |cx| {
            let invitation =
                Invitation { address: address("ben@example.org"), words: String::new(), grant: None };
            let id = network::invite(cx, &one, &invitation)?.id;
            network::accept(cx, &other, id, None)?;
            // Ben works around the clock, so that Ana's conditions are all there is.
            let day = || Some(vec![Window::parse("00:00-24:00").unwrap()]);
            let hours = accounts::HoursChange::Days(std::array::from_fn(|_| day()));
            let change = accounts::ProfileChange { hours: Some(hours), ..Default::default() };
            accounts::change_profile(cx, &other, &change)?;
            Ok(id)
        });
        Self { town, ana, ben, id: id.unwrap() }
    }

    fn granting(constraints: Constraints) -> Self {
        let world = Self::new();
        world.grant(&world.ana, &NewGrant { constraints, ..availability() });
        world
    }

    fn grant(&self, who: &Actor, new: &NewGrant) {
        let (who, new, id) = (who.clone(), new.clone(), self.id);
        self.town.write(move |cx| network::set_grant(cx, &who, id, &new)).unwrap();
    }

    fn ask(&self, who: &Actor, search: &Search) -> Result<Cleared> {
        let (who, search) = (who.clone(), search.clone());
        self.town.write(move |cx| ask(cx, &who, &search))?.allowed()
    }

    /// Ben's search for Ana, of so many minutes, over the next weeks.
    fn search(&self, minutes: u32) -> Search {
        let span = Span { from: NOW.plus(-DAY), to: NOW.plus(80 * DAY) };
        Search { with: vec![self.id], length_minutes: Some(minutes), ..Search::alone(span) }
    }

    fn check(&self, search: &Search, start: &str) -> Check {
        let cleared = self.ask(&self.ben, search).unwrap();
        self.town.read(|cx| check(cx, &cleared, at(start), None))
    }

    fn is_free(&self, minutes: u32, start: &str) -> bool {
        matches!(self.check(&self.search(minutes), start), Check::Free { .. })
    }

    fn find(&self, search: &Search) -> Found {
        let cleared = self.ask(&self.ben, search).unwrap();
        self.town.read(|cx| Ok(gather(cx, &cleared, None)?.find()))
    }

    /// Takes Ana's and Ben's time for a meeting of the house.
    fn meet(&self, number: u128, start: &str, minutes: i64) {
        let (start, users) = (at(start), [id_of(&self.ana), id_of(&self.ben)]);
        let time = Some((start, start.plus(minutes * MINUTE), Kind::Busy));
        let meeting = MeetingId::from_uuid(uuid::Uuid::from_u128(number));
        self.town
            .write(move |cx| users.iter().try_for_each(|user| calendar::occupy(cx, *user, meeting, time)))
            .unwrap();
    }

    fn shown(&self, who: &Actor) -> Vec<(String, String)> {
        let page = self.town.read(|cx| network::questions(cx, who, None, 50));
        page.questions.into_iter().map(|one| (one.purpose, one.shown)).collect()
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.town.write(work)
    }
}

fn availability() -> NewGrant {
    NewGrant { scopes: BTreeSet::from([Scope::AvailabilityRead]), constraints: open(), ..NewGrant::default() }
}

#[test]
fn working_hours_are_those_of_the_grantors_zone() {
    let world = World::granting(open());
    for (start, expected) in [
        ("2027-01-18T03:29:00Z", false),
        ("2027-01-18T03:30:00Z", true),
        ("2027-01-18T11:00:00Z", true),
        ("2027-01-18T11:01:00Z", false),
        ("2027-01-18T15:00:00Z", false),
        ("2027-01-16T05:00:00Z", false),
    ] {
        assert_eq!(world.is_free(30, start), expected, "{start}");
    }
}

#[test]
fn hours_of_the_grant_cut_those_of_the_profile_and_never_add_to_them() {
    let world = World::granting(Constraints { hours: Some(week("07:00-10:00")), ..open() });
    for (start, expected) in [
        ("2027-01-18T02:00:00Z", false),
        ("2027-01-18T03:30:00Z", true),
        ("2027-01-18T04:00:00Z", true),
        ("2027-01-18T04:01:00Z", false),
    ] {
        assert_eq!(world.is_free(30, start), expected, "{start}");
    }
}

#[test]
fn weekdays_are_those_of_the_grantors_calendar() {
    let world = World::new();
    let night = |cx: &mut Cx<'_>, who: &Actor| {
        let hours = accounts::HoursChange::Days(std::array::from_fn(|_| {
            Some(vec![Window::parse("00:00-24:00").unwrap()])
        }));
        let change = accounts::ProfileChange { hours: Some(hours), ..Default::default() };
        accounts::change_profile(cx, who, &change).map(drop)
    };
    let ana = world.ana.clone();
    world.write(move |cx| night(cx, &ana)).unwrap();
    let weekdays = BTreeSet::from([network::Day::Tue]);
    world.grant(&world.ana, &NewGrant { constraints: Constraints { weekdays, ..open() }, ..availability() });
    // Tuesday in Kolkata begins at 18:30 UTC on Monday.
    for (start, expected) in [
        ("2027-01-18T18:29:00Z", false),
        ("2027-01-18T18:30:00Z", true),
        ("2027-01-19T18:00:00Z", true),
        ("2027-01-19T18:01:00Z", false),
        ("2027-01-19T20:00:00Z", false),
    ] {
        assert_eq!(world.is_free(30, start), expected, "{start}");
    }
}

#[test]
fn notice_counts_from_the_moment_of_asking() {
    let world = World::granting(Constraints { notice_minutes: 120, ..open() });
    assert!(world.is_free(30, "2027-01-15T10:00:00Z"));
    assert!(!world.is_free(30, "2027-01-15T09:59:00Z"));
    world.town.clock.advance(1);
    assert!(!world.is_free(30, "2027-01-15T10:00:00Z"));
}

#[test]
fn the_horizon_is_whole_days_of_the_grantors_calendar() {
    let world = World::new();
    let ana = world.ana.clone();
    world
        .write(move |cx| {
            let hours = accounts::HoursChange::Days(std::array::from_fn(|_| {
                Some(vec![Window::parse("00:00-24:00").unwrap()])
            }));
            let change = accounts::ProfileChange { hours: Some(hours), ..Default::default() };
            accounts::change_profile(cx, &ana, &change).map(drop)
        })
        .unwrap();
    world.grant(
        &world.ana,
        &NewGrant { constraints: Constraints { horizon_days: 3, ..open() }, ..availability() },
    );
    // Today is the 15th in Kolkata; the 18th is the last day, and ends at 18:30 UTC.
    assert!(world.is_free(30, "2027-01-18T18:00:00Z"));
    assert!(!world.is_free(30, "2027-01-18T18:01:00Z"));
}

#[test]
fn a_length_outside_of_the_grants_is_refused_and_without_one_its_default_counts() {
    let length = Length { min: 20, max: 60, default: 45 };
    let world = World::granting(Constraints { length, ..open() });
    for (minutes, expected) in [(19, false), (20, true), (60, true), (61, false)] {
        assert_eq!(world.is_free(minutes, "2027-01-18T05:00:00Z"), expected, "{minutes}");
    }
    let found = world.find(&Search { length_minutes: None, ..world.search(30) });
    assert_eq!(found.slots[0].end.since(found.slots[0].start), 45 * MINUTE);
}

#[test]
fn buffers_are_kept_before_and_after_what_is_there() {
    let constraints = Constraints { buffer_before_minutes: 15, buffer_after_minutes: 30, ..open() };
    let world = World::granting(constraints);
    world.meet(1, "2027-01-18T06:00:00Z", 60);
    for (start, expected) in [
        ("2027-01-18T05:00:00Z", true),
        ("2027-01-18T05:01:00Z", false),
        ("2027-01-18T07:14:00Z", false),
        ("2027-01-18T07:15:00Z", true),
    ] {
        assert_eq!(world.is_free(30, start), expected, "{start}");
    }
}

#[test]
fn a_week_that_has_had_its_most_is_full_from_monday_to_monday_in_the_grantors_zone() {
    let world = World::granting(Constraints { per_week: Some(2), ..open() });
    let sunday = "2027-01-17T18:30:00Z"; // Monday, midnight in Kolkata.
    world.meet(1, sunday, 30);
    assert!(world.is_free(30, "2027-01-20T05:00:00Z"), "one of two");
    world.meet(2, "2027-01-22T05:00:00Z", 30);
    assert!(!world.is_free(30, "2027-01-20T05:00:00Z"), "two of two");
    let check = world.check(&world.search(30), "2027-01-20T05:00:00Z");
    let Check::Taken { why, .. } = check else { panic!("it is taken") };
    assert_eq!(codes(&why), ["other.taken"], "how many there were is not told");
    assert!(world.is_free(30, "2027-01-25T05:00:00Z"), "the week after is another");
    // A minute earlier on Sunday it would have been the week before.
    let before = World::granting(Constraints { per_week: Some(2), ..open() });
    before.meet(1, "2027-01-17T18:29:00Z", 30);
    before.meet(2, "2027-01-22T05:00:00Z", 30);
    assert!(before.is_free(30, "2027-01-20T05:00:00Z"));
}

#[test]
fn a_place_that_was_not_granted_is_refused() {
    let places = BTreeSet::from([Place::Video]);
    let world = World::granting(Constraints { places, ..open() });
    let by = |place| Search { place: Some(place), ..world.search(30) };
    assert!(matches!(world.check(&by(Place::Video), "2027-01-18T05:00:00Z"), Check::Free { .. }));
    let Check::Taken { why, alternatives } = world.check(&by(Place::Phone), "2027-01-18T05:00:00Z") else {
        panic!("it is taken")
    };
    assert_eq!((codes(&why), alternatives.len()), (vec!["other.place"], 0));
}

#[test]
fn nothing_is_offered_beyond_the_end_of_the_grant_and_after_it_nothing_may_be_asked() {
    let world = World::new();
    let ends_at = Some(at("2027-01-18T05:30:00Z"));
    world.grant(&world.ana, &NewGrant { ends_at, ..availability() });
    assert!(world.is_free(30, "2027-01-18T05:00:00Z"));
    assert!(!world.is_free(30, "2027-01-18T05:01:00Z"));
    world.town.clock.advance(4 * DAY);
    let refused = world.ask(&world.ben, &world.search(30)).unwrap_err();
    assert_eq!(refused.to_string(), "This person has not allowed you to know or do this.");
}

#[test]
fn what_one_side_grants_lets_the_other_ask_and_not_itself() {
    let world = World::granting(open());
    assert!(world.ask(&world.ben, &world.search(30)).is_ok());
    let wrong_way = world.ask(&world.ana, &world.search(30)).unwrap_err();
    let unknown =
        Search { with: vec![ConnectionId::from_uuid(uuid::Uuid::from_u128(9))], ..world.search(30) };
    let unknown = world.ask(&world.ben, &unknown).unwrap_err();
    assert_eq!((wrong_way.code(), wrong_way.to_string()), (unknown.code(), unknown.to_string()));
    // A refusal is kept all the same, and says that nothing was shown.
    assert_eq!(world.shown(&world.ben)[0].1, "nothing");
    // A scope beyond it includes nothing.
    world.grant(&world.ana, &NewGrant { scopes: BTreeSet::from([Scope::BookAlone]), ..availability() });
    assert_eq!(world.ask(&world.ben, &world.search(30)).unwrap_err().code(), "denied");
}

#[test]
fn whoever_is_asked_about_reads_what_for_and_what_was_shown_at_most() {
    let world = World::granting(open());
    let span = Span { from: at("2027-01-18T00:00:00Z"), to: at("2027-01-23T00:00:00Z") };
    world.find(&Search { span, most: Some(3), ..world.search(45) });
    assert_eq!(
        world.shown(&world.ana)[0],
        (
            "to find 45 minutes, from 18 to 22 January 2027".to_owned(),
            "which times suit you, from 18 to 22 January 2027: 3 at most".to_owned()
        )
    );
}

#[test]
fn what_is_taken_of_either_is_not_offered_and_what_a_meeting_takes_itself_is_to_its_own_move() {
    let world = World::granting(open());
    world.meet(7, "2027-01-18T05:00:00Z", 60);
    assert!(!world.is_free(30, "2027-01-18T05:15:00Z"));
    let cleared = world.ask(&world.ben, &world.search(30)).unwrap();
    let meeting = MeetingId::from_uuid(uuid::Uuid::from_u128(7)).to_string();
    let check = world.town.read(|cx| check(cx, &cleared, at("2027-01-18T05:15:00Z"), Some(&meeting)));
    assert_eq!(check, Check::Free { is_stale: false });
    let ben = id_of(&world.ben);
    world
        .write(move |cx| {
            let (from, to) = (at("2027-01-19T05:00:00Z"), at("2027-01-19T06:00:00Z"));
            calendar::hold(cx, HolderId::User(ben), from, to, "bkg_1", NOW.plus(HOUR))
        })
        .unwrap();
    let Check::Taken { why, .. } = world.check(&world.search(30), "2027-01-19T05:30:00Z") else {
        panic!("it is held")
    };
    assert_eq!(codes(&why), ["held"], "one's own is told");
    world.town.clock.advance(HOUR);
    assert!(world.is_free(30, "2027-01-19T05:30:00Z"), "a hold ends by the clock");
}

#[test]
fn a_calendar_that_was_never_read_makes_every_answer_stale() {
    let world = World::granting(open());
    let (ana, holder) = (world.ana.clone(), HolderId::User(id_of(&world.ana)));
    world
        .write(move |cx| {
            let access = Access {
                url: "https://calendar.example.org/ana".to_owned().into(),
                username: None,
                password: None,
            };
            let new = NewAccount {
                holder,
                kind: SourceKind::Ics,
                name: String::new(),
                server: "calendar.example.org".to_owned(),
                access,
                zone: None,
            };
            let found = calendar::Found { name: "Work".to_owned(), path: String::new(), writable: false };
            calendar::add(cx, &ana, &new, &[found]).map(drop)
        })
        .unwrap();
    assert_eq!(world.check(&world.search(30), "2027-01-18T05:00:00Z"), Check::Free { is_stale: true });
    let found = world.find(&world.search(30));
    assert_eq!((found.why.is_stale, found.why.others_are_stale), (false, true));
}

#[test]
fn busy_time_is_shown_where_it_is_revealed_within_what_was_granted_and_to_nobody_else() {
    let world = World::granting(open());
    world.meet(1, "2027-01-18T03:00:00Z", 60);
    world.meet(2, "2027-01-18T08:00:00Z", 60);
    let span = Span { from: at("2027-01-18T00:00:00Z"), to: at("2027-01-19T00:00:00Z") };
    let look = |world: &World| -> Result<Busy> {
        let (who, id) = (world.ben.clone(), world.id);
        let asks = who.clone();
        world.town.write(move |cx| ask_busy(cx, &asks, id, span))?.allowed()?;
        Ok(world.town.read(|cx| busy_of(cx, &who, id, span)))
    };
    let refused = look(&world).unwrap_err();
    assert_eq!(refused.to_string(), "This person has not allowed you to know or do this.");
    let constraints = Constraints { hours: Some(week("09:00-14:00")), ..open() };
    world.grant(&world.ana, &NewGrant { reveal: Reveal::Busy, constraints, ..availability() });
    let busy = look(&world).unwrap();
    // 09:00 to 14:00 in Kolkata is 03:30 to 08:30 UTC.
    let expected = taken(&[
        ("2027-01-18T03:30:00Z", "2027-01-18T04:00:00Z"),
        ("2027-01-18T08:00:00Z", "2027-01-18T08:30:00Z"),
    ]);
    assert_eq!(busy.taken, expected);
    assert_eq!(world.shown(&world.ana)[0].1, "when you are busy, on 18 January 2027");
}

#[test]
fn a_room_is_needed_like_a_person_and_only_its_hours_are_told() {
    let world = World::granting(open());
    let room = world.write(|cx| {
        let new = NewAgent {
            name: "Garden room".to_owned(),
            zone: Some(Zone::UTC),
            week: Some(week("04:00-10:00")),
            rules: None,
        };
        let room = agents::add(cx, &operator(), &new)?.id;
        let (from, to) = (at("2027-01-18T05:00:00Z"), at("2027-01-18T06:00:00Z"));
        calendar::hold(cx, HolderId::Agent(room), from, to, "mtg_1", NOW.plus(DAY))?;
        Ok(room)
    });
    let search = Search { resources: vec![room.unwrap()], ..world.search(60) };
    let refused = |start: &str| match world.check(&search, start) {
        Check::Taken { why, .. } => codes(&why),
        Check::Free { .. } => vec![],
    };
    assert_eq!(refused("2027-01-18T04:00:00Z"), Vec::<&str>::new());
    assert_eq!(refused("2027-01-18T05:30:00Z"), ["resource.taken"]);
    assert_eq!(refused("2027-01-18T09:30:00Z"), ["resource.hours"]);
    let unknown = AgentId::from_uuid(uuid::Uuid::from_u128(4));
    let cleared = world.ask(&world.ben, &Search { resources: vec![unknown], ..search }).unwrap();
    assert_eq!(
        world.town.read(|cx| Ok(gather(cx, &cleared, None).err().map(|e| e.code()))),
        Some("not-found")
    );
}

#[test]
fn a_search_that_cannot_be_meant_is_refused_by_its_field() {
    let world = World::granting(open());
    let base = world.search(30);
    let room = AgentId::from_uuid(uuid::Uuid::from_u128(4));
    let to = |from: i64, to: i64| Span { from: NOW.plus(from), to: NOW.plus(to) };
    for (search, expected) in [
        (Search { span: to(DAY, DAY), ..base.clone() }, "to"),
        (Search { span: to(-2 * DAY, -DAY), ..base.clone() }, "to"),
        (Search { span: to(0, 93 * DAY), ..base.clone() }, "to"),
        (Search { length_minutes: Some(4), ..base.clone() }, "length_minutes"),
        (Search { length_minutes: Some(1_441), ..base.clone() }, "length_minutes"),
        (Search { step_minutes: Some(1), ..base.clone() }, "step_minutes"),
        (Search { step_minutes: Some(7), ..base.clone() }, "step_minutes"),
        (Search { step_minutes: Some(0), ..base.clone() }, "step_minutes"),
        (Search { most: Some(0), ..base.clone() }, "most"),
        (Search { optional: base.with.clone(), ..base.clone() }, "with"),
        (Search { resources: vec![room, room], ..base.clone() }, "with"),
    ] {
        match world.ask(&world.ben, &search) {
            Err(crate::base::error::Error::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    assert!(world.shown(&world.ana).is_empty(), "nobody was asked");
}

#[test]
fn somebody_is_a_party_under_limits_of_another_rooms_making() {
    let world = World::new();
    let ana = id_of(&world.ana);
    let span = Span { from: at("2027-01-18T00:00:00Z"), to: at("2027-01-19T00:00:00Z") };
    let limits = Limits { week: Some(week("09:00-10:00")), ..Limits::default() };
    let party = world.town.read(|cx| crate::slots::party(cx, ana, limits.clone(), span, None));
    let want = Want { most: usize::MAX, ..Want::new(NOW, party.zone, 30 * MINUTE, span) };
    let found = offer(&[party], &want);
    assert_eq!(starts(&found), ["2027-01-18T03:30:00Z", "2027-01-18T03:45:00Z", "2027-01-18T04:00:00Z"]);
}

fn refusing(told: &Examined) -> Vec<Rule> {
    told.rules.iter().filter(|one| !one.1).map(|one| one.0).collect()
}

impl World {
    fn examine(&self, who: &Actor, start: &str, with: Option<ConnectionId>) -> Examined {
        let puzzle = Puzzle { start: at(start), length_ms: 30 * MINUTE, with };
        self.town.read(|cx| troubleshoot(cx, who, &puzzle))
    }
}

#[test]
fn ones_own_rules_are_told_one_by_one_with_the_day_around_them() {
    let world = World::new();
    world.meet(1, "2027-01-18T05:00:00Z", 60);
    let told = world.examine(&world.ana, "2027-01-18T05:30:00Z", None);
    assert_eq!(refusing(&told), [Rule::Busy]);
    assert_eq!(told.day.hours, taken(&[("2027-01-18T03:30:00Z", "2027-01-18T11:30:00Z")]));
    let room =
        [("2027-01-18T03:30:00Z", "2027-01-18T05:00:00Z"), ("2027-01-18T06:00:00Z", "2027-01-18T11:30:00Z")];
    assert_eq!((told.day.room, told.shown), (taken(&room), None));
}

#[test]
fn what_a_connection_is_shown_is_told_by_their_grants_rules_and_asks_nobody() {
    let constraints = Constraints { hours: Some(week("09:00-12:00")), per_week: Some(1), ..open() };
    let world = World::granting(constraints);
    let told = world.examine(&world.ana, "2027-01-18T07:00:00Z", Some(world.id));
    assert_eq!(refusing(&told), [Rule::Hours], "noon in Kolkata is half past six");
    assert_eq!(told.day.room, taken(&[("2027-01-18T03:30:00Z", "2027-01-18T06:30:00Z")]));
    assert!(told.shown.unwrap().is_shown);
    world.meet(1, "2027-01-19T05:00:00Z", 30);
    let told = world.examine(&world.ana, "2027-01-18T05:00:00Z", Some(world.id));
    assert_eq!((refusing(&told), told.day.room.is_empty()), (vec![Rule::Full], true));
    // Ben lets Ana know nothing.
    let told = world.examine(&world.ben, "2027-01-18T05:00:00Z", Some(world.id));
    assert!(!told.shown.unwrap().is_shown);
    assert!(world.shown(&world.ana).is_empty() && world.shown(&world.ben).is_empty(), "nobody was asked");
}
