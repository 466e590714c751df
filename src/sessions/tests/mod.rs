//! Tests of sessions: a town of people who granted each other something, and the house's agents at work.

mod booking;
mod consent;
mod constraints;
mod held;
mod narrowed;
mod preferred;
mod programs;
mod rooms;
mod steps;
mod wishes;

use super::*;
use crate::accounts::{self, HoursChange, ProfileChange};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::hours::Window;
use crate::base::house::House;
use crate::base::id::{ConnectionId, Id, MeetingId, ProposalId, SessionId};
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::calendar::{self, HolderId, Kind};
use crate::journal;
use crate::meetings;
use crate::network::town::{AUTO, CONFIRM, awake, connected, grant, id_of, operator};
use crate::network::{self, Length, NewGrant, Scope};
use crate::queue;
use crate::slots::Prefer;
use crate::store::Cx;
use crate::store::town::{NOW, Town};

/// Ana, Ben and Cleo in UTC, who work around the clock. Ana is connected with Ben and with Cleo. It is Friday, 15 January
/// 2027, 08:00.
struct World {
    town: Town,
    ana: Actor,
    ben: Actor,
    cleo: Actor,
    with_ben: ConnectionId,
    with_cleo: ConnectionId,
}

/// So many hours after the tests begin.
fn hour(hours: i64) -> Timestamp {
    NOW.plus(hours * HOUR)
}

impl World {
    /// Ben and Cleo grant Ana these scopes.
    fn granting(scopes: &[Scope]) -> Self {
        Self::with(scopes, |_| {})
    }

    fn with(scopes: &[Scope], change: impl Fn(&mut House)) -> Self {
        let town = Town::open(journal::seal, change);
        let [ana, ben, cleo] = ["Ana", "Ben", "Cleo"].map(|name| awake(&town, name));
        let connect = |other: &Actor| connected(&town, (&ana, other), Some(grant(scopes)));
        let (with_ben, with_cleo) = (connect(&ben), connect(&cleo));
        Self { town, ana, ben, cleo, with_ben, with_cleo }
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.town.write(work)
    }

    fn start(&self, new: &New) -> Result<Session> {
        let (ana, new) = (self.ana.clone(), new.clone());
        self.write(move |cx| start(cx, &ana, &new))?.allowed()
    }

    fn say(&self, who: &Actor, id: SessionId, message: Message) -> Result<Answer> {
        let who = who.clone();
        self.write(move |cx| say(cx, &who, id, &message))
    }

    /// Connects Ben with Cleo: neither grants the other anything.
    fn connect_ben_and_cleo(&self) -> ConnectionId {
        connected(&self.town, (&self.ben, &self.cleo), None)
    }

    /// Somebody writes their grant.
    fn grant(&self, who: &Actor, connection: ConnectionId, new: NewGrant) {
        let who = who.clone();
        self.write(move |cx| network::set_grant(cx, &who, connection, &new).map(drop)).unwrap();
    }

    /// The log of questions about somebody, newest first: who asked, for what, what was shown.
    fn log_of(&self, who: &Actor) -> Vec<String> {
        let questions = self.town.read(|cx| network::questions(cx, who, None, 100)).questions;
        let words = questions.iter().map(|one| {
            let asker = one.asker.as_deref().unwrap_or("?");
            format!("{asker}: {} / {} / {}", one.scope, one.purpose, one.shown)
        });
        words.collect()
    }

    fn see(&self, id: SessionId) -> Session {
        let ana = self.ana.clone();
        self.town.read(|cx| session(cx, &ana, id))
    }

    /// Lets the house's agents speak until they have nothing to say.
    fn let_agents_speak(&self) {
        for _ in 0..100 {
            let taken = self
                .write(|cx| {
                    let leases = queue::claim(cx, AGENTS, 10, MINUTE)?;
                    for lease in &leases {
                        step(cx, lease)?;
                    }
                    Ok(leases.len())
                })
                .unwrap();
            if taken == 0 {
                return;
            }
        }
        panic!("the agents do not come to an end");
    }

    /// What the transcript says: who, as a person or an agent, and what.
    fn transcript(&self, id: SessionId) -> Vec<String> {
        let ana = self.ana.clone();
        let names = [(id_of(&self.ana), "Ana"), (id_of(&self.ben), "Ben"), (id_of(&self.cleo), "Cleo")];
        let said = self.town.read(|cx| transcript(cx, &ana, id, 0));
        said.iter()
            .map(|said| {
                let name = said
                    .author
                    .map_or("the house", |author| names.iter().find(|(id, _)| *id == author).unwrap().1);
                let by = if said.author.is_some() && !said.by_person { "'s agent" } else { "" };
                let reason =
                    said.body["reason"].as_str().map_or(String::new(), |reason| format!(" {reason}"));
                format!("{name}{by}: {}{reason}", said.kind)
            })
            .collect()
    }

    /// Takes somebody's time.
    fn occupy(&self, who: &Actor, number: u128, from: Timestamp, to: Timestamp) {
        let user = id_of(who);
        let meeting = MeetingId::from_uuid(uuid::Uuid::from_u128(number));
        self.write(move |cx| calendar::occupy(cx, user, meeting, Some((from, to, Kind::Busy)))).unwrap();
    }

    /// How many holds there are of anybody's time.
    fn holds(&self, id: SessionId) -> usize {
        self.town.read(|cx| calendar::holds_of(cx, &id.to_string())).len()
    }

    fn meeting_of(&self, session: &Session) -> meetings::Meeting {
        let id = session.meeting.unwrap();
        self.town.read(|cx| meetings::load(cx, id))
    }
}

fn slot(start: Timestamp) -> Slot {
    Slot::of(start, start.plus(30 * MINUTE))
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
    refused.unwrap_err().code()
}

fn refused(answer: Result<Answer>) -> &'static str {
    answer.unwrap().refused.expect("a refusal").code
}

/// Half an hour with Ben between one hour and two days from now.
fn new_with(with: &[ConnectionId]) -> New {
    let want = Want {
        resources: Vec::new(),
        minutes: 30,
        from: hour(1).ms(),
        to: hour(48).ms(),
        days: Vec::new(),
        within: None,
        place: None,
        prefer: Prefer::default(),
    };
    New { purpose: "Budget".to_owned(), with: with.to_vec(), optional: Vec::new(), want, conversation: None }
}
