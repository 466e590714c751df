//! Tests of agents: those of people, those of rooms and things, and programs.

mod announced;
mod credential;
mod registered;
mod roles;

use super::*;
use crate::accounts::{self, NewUser, Role as UserRole, Scope};
use crate::base::actor::{Road, Who};
use crate::base::hours::Week;
use crate::base::house::House;
use crate::base::id::{ConnectionId, Id};
use crate::base::secret::Secret;
use crate::base::time::{MINUTE, Timestamp, Zone};
use crate::calendar::{self, HolderId, NewAccount, SourceKind};
use crate::journal;
use crate::network::town::{connected, id_of, operator};
use crate::network::{self, Constraints, Length};
use crate::queue;
use crate::store::Cx;
use crate::store::town::{Town, address};

/// Ana and Ben, who are connected, and an administrator.
struct World {
    town: Town,
    ana: Actor,
    ben: Actor,
    admin: Actor,
}

impl World {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl Fn(&mut House)) -> Self {
        let town = Town::open(journal::seal, change);
        let [ana, ben, admin] = [("ana", false), ("ben", false), ("admin", true)].map(|(name, admin)| {
            let new = NewUser {
                address: address(&format!("{name}@example.org")),
                name: name.to_owned(),
                zone: Zone::parse("Asia/Kolkata"),
                role: if admin { UserRole::Admin } else { UserRole::Member },
            };
            let user = town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
            Actor::new(Who::User { id: user.id, admin }, Road::Api, "t")
        });
        Self { town, ana, ben, admin }
    }

    /// Connects Ana with Ben.
    fn connect(&self) -> ConnectionId {
        connected(&self.town, (&self.ana, &self.ben), None)
    }

    fn register(&self, who: &Actor, new: NewRegistration) -> Result<Registered> {
        let who = who.clone();
        self.town.write(move |cx| register(cx, &who, &new))
    }

    /// A program that plays for its owner, and can be found.
    fn maya(&self, who: &Actor) -> Registered {
        self.register(who, program(Kind::Personal, "Maya")).unwrap()
    }

    fn write<T: Send + 'static>(
        &self,
        who: &Actor,
        work: impl Fn(&mut Cx<'_>, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let who = who.clone();
        self.town.write(move |cx| work(cx, &who))
    }

    fn house(&self) -> House {
        self.town.read(|cx| Ok(cx.house().clone()))
    }

    fn now(&self) -> Timestamp {
        self.town.read(|cx| Ok(cx.now))
    }

    fn add(&self, new: NewAgent) -> Result<Agent> {
        let who = self.admin.clone();
        self.town.write(move |cx| add(cx, &who, &new))
    }

    fn room(&self) -> Agent {
        self.add(NewAgent { name: "Garden room".to_owned(), ..NewAgent::default() }).unwrap()
    }

    fn names(&self, who: &Actor) -> Vec<String> {
        self.town.read(|cx| list(cx, who)).into_iter().map(|seen| seen.agent().name.clone()).collect()
    }

    /// Lets the follower read all there is.
    fn follow(&self) {
        self.town
            .write(|cx| {
                let entries = journal::after(cx, 0, 1_000)?;
                entries.iter().try_for_each(|entry| (FOLLOWER.apply)(cx, entry))
            })
            .unwrap();
    }
}

fn program(kind: Kind, name: &str) -> NewRegistration {
    NewRegistration { is_discoverable: true, ..NewRegistration::of(kind, name) }
}

/// A program, as it acts for its owner.
fn acting(one: &Registered) -> Actor {
    Actor::new(Who::Agent { id: one.agent.id, user: one.agent.user.unwrap() }, Road::Api, "t")
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
    refused.unwrap_err().code()
}

#[test]
fn an_agent_is_made_with_every_account_and_goes_by_its_profile() {
    let world = World::new();
    world.follow();
    world.follow();
    let ana = id_of(&world.ana);
    let agents = world.town.read(|cx| list(cx, &world.ana));
    assert_eq!(agents.len(), 1, "somebody else's is nobody's business");
    let agent = agents[0].agent();
    assert_eq!((agent.kind, agent.user, agent.id.uuid()), (Kind::Builtin, Some(ana), ana.uuid()));
    assert_eq!((agent.name.as_str(), agent.zone.name()), ("ana", "Asia/Kolkata"));
    let admin = id_of(&world.admin);
    let of_admin = AgentId::from_uuid(admin.uuid());
    assert_eq!(world.town.read(|cx| Ok(code(get(cx, &world.ana, of_admin)))), "not-found");
}

#[test]
fn an_agent_is_made_when_it_is_needed_before_the_journal_was_read_and_goes_with_the_account() {
    let world = World::new();
    let ana = id_of(&world.ana);
    let one = world.town.write(move |cx| own(cx, ana)).unwrap();
    world.follow();
    assert_eq!(world.town.write(move |cx| own(cx, ana)).unwrap(), one);
    world
        .town
        .write(move |cx| {
            erase(cx, ana)?;
            accounts::erase(cx, &operator(), &address("ana@example.org")).map(drop)
        })
        .unwrap();
    world.follow();
    assert!(world.town.read(|cx| sql::of_user(cx, ana)).is_none(), "nobody is there any more");
}

#[test]
fn whoever_had_an_account_before_there_were_agents_has_one_now() {
    let world = World::new();
    let migration = include_str!("../../../migrations/V8__agents.sql");
    let insert = &migration[migration.find("INSERT INTO").unwrap()..];
    world.town.write(move |cx| cx.db.execute(insert.trim_end().trim_end_matches(';'), &[])).unwrap();
    let before = world.town.read(|cx| list(cx, &world.ana));
    world.follow();
    assert_eq!(world.town.read(|cx| list(cx, &world.ana)), before);
    assert_eq!(before[0].agent().id.uuid(), id_of(&world.ana).uuid());
}

#[test]
fn only_an_administrator_adds_changes_and_retires_and_everybody_sees_what_is_there() {
    let world = World::new();
    let room = world.room();
    let ana = world.ana.clone();
    let refused = world.town.write(move |cx| {
        let new = NewAgent { name: "Attic".to_owned(), ..NewAgent::default() };
        Ok([
            code(add(cx, &ana, &new)),
            code(change(cx, &ana, room.id, &AgentChange::default())),
            code(retire(cx, &ana, room.id)),
        ])
    });
    assert_eq!(refused.unwrap(), ["denied"; 3]);
    assert_eq!(world.names(&world.ana), ["Garden room"]);
    let stranger = Actor::new(Who::Anyone, Road::Api, "t");
    assert_eq!(world.town.read(|cx| Ok(code(list(cx, &stranger)))), "denied");
}

#[test]
fn a_resource_has_hours_zone_and_rules_of_its_own_and_what_nothing_could_meet_is_refused() {
    let world = World::new();
    let rules = Constraints { length: Length { min: 60, max: 30, default: 30 }, ..Constraints::default() };
    let bad = NewAgent { name: "Attic".to_owned(), rules: Some(rules), ..NewAgent::default() };
    let Err(Error::Invalid { field, .. }) = world.add(bad) else { panic!("it is refused") };
    assert_eq!(field, "rules.length.max");
    assert_eq!(code(world.add(NewAgent::default())), "invalid");
    let new = NewAgent {
        name: "  Attic ".to_owned(),
        zone: Zone::parse("Europe/Paris"),
        week: Some(Week::office()),
        rules: Some(Constraints { buffer_after_minutes: 15, ..Constraints::default() }),
    };
    let room = world.add(new).unwrap();
    assert_eq!(world.town.read(|cx| get(cx, &world.ana, room.id)), Seen::House(room.clone()));
    let who = world.admin.clone();
    let given = AgentChange {
        name: Some("Loft".to_owned()),
        week: Some(None),
        zone: Zone::parse("Asia/Tokyo"),
        ..AgentChange::default()
    };
    let changed = world.town.write(move |cx| change(cx, &who, room.id, &given)).unwrap();
    assert_eq!((changed.name.as_str(), changed.zone.name(), changed.week), ("Loft", "Asia/Tokyo", None));
    assert_eq!(changed.rules.buffer_after_minutes, 15, "what is not given stays");
}

#[test]
fn a_retired_resource_is_not_offered_any_more_and_its_calendar_is_not_read() {
    let world = World::new();
    let room = world.room();
    let who = world.admin.clone();
    let id = room.id;
    let sources = world.town.write(move |cx| {
        let new = NewAccount {
            holder: HolderId::Agent(id),
            kind: SourceKind::Ics,
            name: String::new(),
            server: "calendar.example.org".to_owned(),
            access: calendar::Access {
                url: "https://calendar.example.org/room".to_owned().into(),
                username: None,
                password: None,
            },
            zone: None,
        };
        let found = calendar::Found { name: "Room".to_owned(), path: String::new(), writable: false };
        calendar::add(cx, &who, &new, &[found])
    });
    assert_eq!(sources.unwrap().len(), 1);
    let who = world.admin.clone();
    for _ in 0..2 {
        let who = who.clone();
        let retired = world.town.write(move |cx| retire(cx, &who, id)).unwrap();
        assert_eq!(retired.state, State::Retired);
    }
    let left = world.town.read(|cx| calendar::sources(cx, &world.admin, HolderId::Agent(id)));
    assert!(left.is_empty());
    assert!(world.town.write(|cx| queue::claim(cx, calendar::TOPIC, 1, MINUTE)).unwrap().is_empty());
    assert_eq!(world.names(&world.ana), Vec::<String>::new());
    assert_eq!(world.town.read(|cx| Ok(code(get(cx, &world.ana, id)))), "not-found");
    assert_eq!(world.town.read(|cx| Ok(code(resource(cx, id)))), "not-found");
    assert_eq!(world.names(&world.admin), ["Garden room"], "an administrator sees it");
    let given = AgentChange { name: Some("Again".to_owned()), ..AgentChange::default() };
    assert_eq!(code(world.town.write(move |cx| change(cx, &who, id, &given))), "agent.retired");
}

#[test]
fn the_agent_of_a_person_is_not_changed_as_a_room_is() {
    let world = World::new();
    world.follow();
    let who = world.admin.clone();
    let id = AgentId::from_uuid(id_of(&world.ana).uuid());
    assert_eq!(code(world.town.write(move |cx| retire(cx, &who, id))), "agent.builtin");
    assert_eq!(world.town.read(|cx| Ok(code(resource(cx, id)))), "not-found");
}
