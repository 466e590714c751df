//! Tests of calendars: a town with a few people, feeds that are read into it, and what is taken then.

mod looking;
#[cfg(debug_assertions)]
mod plans;
mod reading;
mod sources;

use super::*;
use crate::accounts::{self, NewUser, Role};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::{SourceId, UserId};
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::itip::feed::{self, Reader};
use crate::journal;
use crate::queue;
use crate::store::Cx;
use crate::store::town::{NOW, Town, address};

pub(super) struct World {
    pub(super) town: Town,
    pub(super) ana: Actor,
    pub(super) ben: Actor,
}

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

pub(super) fn id_of(who: &Actor) -> UserId {
    who.user().unwrap()
}

pub(super) fn holder(who: &Actor) -> HolderId {
    HolderId::User(id_of(who))
}

pub(super) fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
    refused.unwrap_err().code()
}

/// A feed of these events, each the lines of one VEVENT.
pub(super) fn feed_of(events: &[&str]) -> String {
    let events = events.iter().fold(String::new(), |all, lines| {
        all + "BEGIN:VEVENT\r\n" + &lines.replace('|', "\r\n") + "\r\nEND:VEVENT\r\n"
    });
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n")
}

/// 2027-01-15 (a Friday) at this hour, in UTC.
pub(super) fn at(hour: i64) -> Timestamp {
    NOW.plus((hour - 8) * HOUR)
}

/// An event on that day.
pub(super) fn event(uid: &str, from: u32, to: u32) -> String {
    format!("UID:{uid}|DTSTART:20270115T{from:02}0000Z|DTEND:20270115T{to:02}0000Z")
}

pub(super) fn span(from: i64, to: i64) -> Interval {
    Interval { start: at(from).ms(), end: at(to).ms() }
}

impl World {
    pub(super) fn new() -> Self {
        let town = Town::open(journal::seal, |_| {});
        let [ana, ben] = ["Ana", "Ben"].map(|name| {
            let new = NewUser {
                address: address(&format!("{}@example.org", name.to_lowercase())),
                name: name.to_owned(),
                zone: Zone::parse("Europe/Paris"),
                role: Role::Member,
            };
            let user = town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
            Actor::new(Who::User { id: user.id, admin: false }, Road::Api, "t")
        });
        Self { town, ana, ben }
    }

    pub(super) fn add(&self, who: &Actor, kind: SourceKind, found: &[(&str, bool)]) -> Result<Vec<Source>> {
        let new = NewAccount {
            holder: holder(who),
            kind,
            name: String::new(),
            server: "dav.example.org".to_owned(),
            access: Access {
                url: "https://dav.example.org/secret".to_owned().into(),
                username: Some("ana".to_owned()),
                password: Some("hunter2".to_owned().into()),
            },
            zone: None,
        };
        let found: Vec<Found> = found
            .iter()
            .map(|(name, writable)| Found {
                name: (*name).to_owned(),
                path: format!("/{name}/"),
                writable: *writable,
            })
            .collect();
        let who = who.clone();
        self.town.write(move |cx| add(cx, &who, &new, &found))
    }

    /// Ana's feed.
    pub(super) fn ics(&self) -> SourceId {
        self.add(&self.ana, SourceKind::Ics, &[("Work", false)]).unwrap()[0].id
    }

    /// Ana's calendar on a server.
    pub(super) fn caldav(&self) -> SourceId {
        self.add(&self.ana, SourceKind::CalDav, &[("Work", true)]).unwrap()[0].id
    }

    /// The next reading that is due.
    pub(super) fn due(&self) -> Option<Due> {
        self.town
            .write(|cx| match queue::claim(cx, TOPIC, 1, MINUTE)?.first() {
                Some(lease) => due(cx, lease),
                None => Ok(None),
            })
            .unwrap()
    }

    pub(super) fn read_with(&self, due: &Due, objects: impl Fn(&Due) -> Objects) {
        let reading =
            Reading { objects: objects(due), mark: Mark { etag: Some("1".to_owned()), ..Mark::default() } };
        let due = due.clone();
        self.town.write(move |cx| take_in(cx, &due, &reading)).unwrap();
    }

    /// Reads what is due as a feed.
    pub(super) fn read(&self, events: &[&str]) {
        let due = self.due().expect("a reading is due");
        self.read_with(&due, |due| Objects::Whole(vec![object(due, "", &feed_of(events))]));
    }

    /// Fails what is due.
    pub(super) fn fail(&self, problem: Problem) {
        let due = self.due().expect("a reading is due");
        let failure = Failure { problem, words: String::new(), retry_after_ms: None };
        self.town.write(move |cx| failed(cx, &due, &failure)).unwrap();
    }

    /// Lets the follower read the journal to its end.
    pub(super) fn follow(&self) {
        let store = self.town.store.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move { while journal::follow(&store, FOLLOWER).await.unwrap() > 0 {} });
    }

    pub(super) fn taken(&self, who: &Actor, from: Timestamp, to: Timestamp) -> Taken {
        let holder = holder(who);
        self.town.read(|cx| busy(cx, &[holder], from, to)).remove(&holder).unwrap()
    }

    /// What is busy of Ana's day.
    pub(super) fn today(&self) -> Vec<Interval> {
        self.taken(&self.ana, at(0), at(24)).busy
    }

    pub(super) fn source(&self, id: SourceId) -> Source {
        self.town.read(|cx| source(cx, &self.ana, id))
    }

    pub(super) fn change(&self, id: SourceId, to: SourceChange) -> Result<Source> {
        let who = self.ana.clone();
        self.town.write(move |cx| change(cx, &who, id, &to))
    }

    pub(super) fn rows(&self) -> i64 {
        self.town
            .read(|cx| Ok(cx.db.one("SELECT COUNT(*) AS n FROM busy", &[], |row| row.get("n"))?.unwrap()))
    }

    pub(super) fn told(&self, id: SourceId) -> Vec<String> {
        let entries = self.town.read(|cx| journal::story(cx, &id, 100));
        entries.into_iter().map(|entry| entry.kind).collect()
    }
}

pub(super) fn object(due: &Due, href: &str, text: &str) -> Object {
    let reader = Reader { me: &due.me, zone: due.zone, from: due.from, to: due.until };
    Object {
        href: href.to_owned(),
        etag: "1".to_owned(),
        read: Ok(feed::read(text.as_bytes(), &reader).unwrap()),
        theirs: None,
    }
}

/// A calendar of somebody's that lies elsewhere, just read: there is nothing in it.
pub(crate) fn an_empty_calendar(cx: &mut Cx<'_>, who: &Actor) -> Result<SourceId> {
    an_empty_calendar_of(cx, who, holder(who))
}

/// The same, of somebody's or of a room's.
pub(crate) fn an_empty_calendar_of(cx: &mut Cx<'_>, who: &Actor, holder: HolderId) -> Result<SourceId> {
    let new = NewAccount {
        holder,
        kind: SourceKind::CalDav,
        name: String::new(),
        server: "dav.example.org".to_owned(),
        access: Access {
            url: "https://dav.example.org/secret".to_owned().into(),
            username: Some("somebody".to_owned()),
            password: Some("hunter2".to_owned().into()),
        },
        zone: None,
    };
    let found = Found { name: "Work".to_owned(), path: "/work/".to_owned(), writable: true };
    let source = add(cx, who, &new, &[found])?[0].id;
    let lease = queue::claim(cx, TOPIC, 1, MINUTE)?.remove(0);
    let due = due(cx, &lease)?.expect("a reading is due");
    let reading = Reading { objects: Objects::Whole(Vec::new()), mark: Mark::default() };
    take_in(cx, &due, &reading)?;
    Ok(source)
}
