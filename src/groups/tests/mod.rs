//! How the room's rules hold: people who know Ana, programs of theirs, and what they decide together.

mod asked;
mod ends;
mod modes;
mod parts;
mod tally;
mod times;
mod turns;
mod who;

use super::tally::Vote;
use super::*;
use crate::accounts;
use crate::agents::{self, Claimed, Kind as AgentKind, NewRegistration};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::house::House;
use crate::base::id::{AgentId, CandidateId, ConnectionId, Id, MeetingId, SessionId, UserId};
use crate::base::time::{HOUR, MINUTE, Timestamp};
use crate::calendar;
use crate::journal;
use crate::network::town::{AUTO, CONFIRM, acting, awake, connected, grant, id_of, person};
use crate::network::{self, Scope};
use crate::queue;
use crate::sessions;
use crate::store::Cx;
use crate::store::town::{NOW, Town};

/// Ana, who is connected with each of the others; they work around the clock in UTC. It is Friday, 15 January 2027, 08:00.
struct World {
    town: Town,
    ana: Actor,
    /// Ben, Cleo, Dora, Emil.
    others: Vec<Actor>,
    with: Vec<ConnectionId>,
}

const NAMES: [&str; 5] = ["Ana", "Ben", "Cleo", "Dora", "Emil"];

fn hour(hours: i64) -> Timestamp {
    NOW.plus(hours * HOUR)
}

impl World {
    /// The others grant Ana these scopes.
    fn granting(scopes: &[Scope]) -> Self {
        Self::of(scopes, |_| {})
    }

    /// As [`World::granting`], in a house that is set up so.
    fn of(scopes: &[Scope], house: impl Fn(&mut House)) -> Self {
        let town = Town::open(journal::seal, |it: &mut House| house(it));
        let ana = awake(&town, "Ana");
        let others: Vec<Actor> = NAMES[1..].iter().map(|name| awake(&town, name)).collect();
        let with = others.iter().map(|other| connected(&town, (&ana, other), Some(grant(scopes)))).collect();
        Self { town, ana, others, with }
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.town.write(work)
    }

    fn begin_as(&self, who: &Actor, new: &NewGroup) -> Result<Group> {
        let (who, new) = (who.clone(), new.clone());
        self.write(move |cx| start(cx, &who, &new))?.allowed()
    }

    fn begin(&self, new: &NewGroup) -> Group {
        self.begin_as(&self.ana, new).unwrap()
    }

    /// Answers with votes for the candidates in their order.
    fn vote(&self, who: &Actor, group: &Group, votes: &[Vote]) -> Result<Group> {
        let votes = group.candidates.iter().map(|one| one.id).zip(votes.iter().copied()).collect();
        self.give(who, group.id, NewAnswer { votes, ..NewAnswer::default() })
    }

    fn tell(&self, who: &Actor, group: &Group, text: &str) -> Result<Group> {
        self.give(who, group.id, NewAnswer { text: text.to_owned(), ..NewAnswer::default() })
    }

    fn give(&self, who: &Actor, id: SessionId, new: NewAnswer) -> Result<Group> {
        let who = who.clone();
        self.write(move |cx| answer(cx, &who, id, &new))
    }

    fn see(&self, who: &Actor, id: SessionId) -> Seen {
        self.town.read(|cx| group(cx, who, id))
    }

    /// As it stands for Ana.
    fn now(&self, id: SessionId) -> Group {
        self.see(&self.ana, id).group
    }

    /// A program of somebody's, that has given a sign of life and is reached as one of a group.
    fn program(&self, of: &Actor, is_group: bool) -> Actor {
        self.program_of(of, AgentKind::Personal, is_group)
    }

    fn program_of(&self, of: &Actor, kind: AgentKind, is_group: bool) -> Actor {
        let who = of.clone();
        let id = self.write(move |cx| {
            let new = NewRegistration { is_group, ..NewRegistration::of(kind, "Max") };
            let id = agents::register(cx, &who, &new)?.agent.id;
            agents::beat(cx, &acting(id, &who), id, Claimed::Online)?;
            Ok(id)
        });
        acting(id.unwrap(), of)
    }

    /// What a program's inbox gives: type and event of each, acknowledged.
    fn inbox(&self, program: &Actor) -> Vec<(String, serde_json::Value)> {
        let (who, agent) = (program.clone(), agent_of(program));
        self.write(move |cx| {
            let mut all = Vec::new();
            loop {
                let received = sessions::conversation::receive(cx, &who, agent, 20)?;
                let received = with_answers(cx, &who, received)?;
                if received.is_empty() {
                    return Ok(all);
                }
                for one in received {
                    crate::messages::acknowledge(cx, &who, one.handed.delivery.id, &one.handed.lease)?;
                    all.push((one.handed.delivery.kind.as_str().to_owned(), one.entry.body["data"].clone()));
                }
            }
        })
        .unwrap()
    }

    /// Does what is due of this room's work; gives what that was.
    fn work(&self) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let done = self.write(|cx| {
                let leases = queue::claim(cx, TOPIC, 10, MINUTE)?;
                for lease in &leases {
                    due(cx, lease)?;
                }
                let what =
                    |lease: &queue::Leased| lease.payload["what"].as_str().unwrap_or_default().to_owned();
                Ok(leases.iter().map(what).collect::<Vec<_>>())
            });
            let done = done.unwrap();
            if done.is_empty() {
                return all;
            }
            all.extend(done);
        }
    }

    /// Goes on to an instant.
    fn to(&self, when: Timestamp) {
        self.town.clock.advance(when.since(self.town.clock.now()));
    }

    /// Goes on to an instant, and does what falls due then.
    fn at(&self, when: Timestamp) -> Vec<String> {
        self.to(when);
        self.work()
    }

    /// Lets this room's follower, and that of sessions, read all there is.
    fn follow(&self) {
        self.write(|cx| {
            let entries = journal::after(cx, 0, 5_000)?;
            entries.iter().try_for_each(|entry| (FOLLOWER.apply)(cx, entry))
        })
        .unwrap();
    }

    fn occupy(&self, who: &Actor, number: u128, from: Timestamp, to: Timestamp) {
        let user = id_of(who);
        let meeting = MeetingId::from_uuid(uuid::Uuid::from_u128(number));
        let busy = Some((from, to, calendar::Kind::Busy));
        self.write(move |cx| calendar::occupy(cx, user, meeting, busy)).unwrap();
    }

    /// The kinds of entries of the journal about something.
    fn story(&self, subject: &impl ToString) -> Vec<String> {
        let subject = subject.to_string();
        self.town.read(|cx| journal::story(cx, &subject, 500)).into_iter().map(|one| one.kind).collect()
    }

    fn count(&self, group: &Group, kind: &str) -> usize {
        self.story(&group.id).iter().filter(|one| *one == kind).count()
    }
}

fn agent_of(who: &Actor) -> AgentId {
    who.agent().unwrap()
}

fn code<T>(refused: Result<T>) -> &'static str {
    match refused {
        Ok(_) => "done",
        Err(error) => error.code(),
    }
}

/// A question with so many candidates, to Ben, Cleo, Dora and Emil.
fn question(world: &World, mode: Mode, labels: &[&str]) -> NewGroup {
    let candidate = |label: &&str| NewCandidate { label: (*label).to_owned(), time: None };
    NewGroup {
        question: "What do we play?".to_owned(),
        mode,
        subject: Subject::Question,
        with: world.with.clone(),
        candidates: labels.iter().map(candidate).collect(),
        want: None,
        quorum: None,
        threshold: None,
        deadline: Some(hour(10)),
        open_until: None,
        rounds: None,
        turn_seconds: None,
        on_silence: None,
        conversation: None,
    }
}

/// Half an hour at these hours from now.
fn time(world: &World, mode: Mode, hours: &[i64]) -> NewGroup {
    let candidate = |at: &i64| NewCandidate {
        label: String::new(),
        time: Some((hour(*at), hour(*at).plus(30 * MINUTE))),
    };
    NewGroup {
        subject: Subject::Time,
        candidates: hours.iter().map(candidate).collect(),
        question: "Rehearsal".to_owned(),
        ..question(world, mode, &[])
    }
}
