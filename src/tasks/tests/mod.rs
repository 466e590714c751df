//! How the room's rules hold: a town of people who know each other, a role, and programs of theirs.

mod approvals;
mod roles;
mod rules;
mod schemas;
mod steps;

use serde_json::{Value, json};

use super::approvals::{self as asked, Approval, ApprovalState, Choice, NewApproval};
use super::*;
use crate::agents::{self, Kind, NewRegistration};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::house::House;
use crate::base::id::{AgentId, ApprovalId, ConnectionId, Id, RoleId, TaskId, UserId};
use crate::base::time::{DAY, HOUR, MINUTE};
use crate::journal;
use crate::network;
use crate::network::town::{acting, connected, id_of, operator, person};
use crate::queue;
use crate::store::Cx;
use crate::store::town::Town;

/// Ana, Ben, Cleo and Dora. Ana is connected with Ben, and nobody else with anybody. Ben, Cleo and Dora fill a role.
struct World {
    town: Town,
    ana: Actor,
    ben: Actor,
    cleo: Actor,
    dora: Actor,
    with_ben: ConnectionId,
    role: RoleId,
}

impl World {
    fn new() -> Self {
        let town = Town::open(journal::seal, |_: &mut House| {});
        let [ana, ben, cleo, dora] = ["Ana", "Ben", "Cleo", "Dora"].map(|name| person(&town, name));
        let with_ben = connected(&town, (&ana, &ben), None);
        let members = [&ben, &cleo, &dora].map(id_of);
        let role = town
            .write(move |cx| {
                let role = agents::add_role(cx, &operator(), "Front desk", "")?.id;
                agents::set_members(cx, &operator(), role, &members)?;
                Ok(role)
            })
            .unwrap();
        Self { town, ana, ben, cleo, dora, with_ben, role }
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Cx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.town.write(work)
    }

    /// Ben lets Ana's agent name times to him.
    fn may_be_proposed_to(&self) {
        let (ben, id) = (self.ben.clone(), self.with_ben);
        let grant = move |cx: &mut Cx<'_>| {
            let scopes = [network::Scope::Propose, network::Scope::AvailabilityRead].into();
            network::set_grant(cx, &ben, id, &network::NewGrant { scopes, ..Default::default() }).map(drop)
        };
        self.write(grant).unwrap();
    }

    /// A program of somebody's.
    fn program(&self, of: &Actor, kind: Kind) -> Actor {
        let who = of.clone();
        let id = self.write(move |cx| {
            let new = NewRegistration::of(kind, "Max");
            Ok(agents::register(cx, &who, &new)?.agent.id)
        });
        acting(id.unwrap(), of)
    }

    fn send(&self, from: &Actor, kind: &str, to: Named, payload: Value) -> Result<Task> {
        let who = from.clone();
        let new = NewTask { kind: kind.to_owned(), to, payload, due_at: None, trace_flags: String::new() };
        self.write(move |cx| send(cx, &who, &new))
    }

    /// Ana, or a program of hers, asks Ben to do something.
    fn todo(&self, from: &Actor) -> Task {
        self.send(from, TODO, Named::Connection(self.with_ben), json!({ "text": "Tune it" })).unwrap()
    }

    fn step(&self, who: &Actor, id: TaskId, step: Step) -> Result<Task> {
        let who = who.clone();
        self.write(move |cx| super::step(cx, &who, id, None, &step))
    }

    fn see(&self, who: &Actor, id: TaskId) -> Task {
        self.town.read(|cx| task(cx, who, id))
    }

    fn ask(&self, from: &Actor, of: Named, needed: Option<u32>) -> Result<Approval> {
        self.ask_for(from, of, needed, None)
    }

    fn ask_for(
        &self,
        from: &Actor,
        of: Named,
        needed: Option<u32>,
        task: Option<TaskId>,
    ) -> Result<Approval> {
        let who = from.clone();
        let new = NewApproval {
            task,
            kind: "payment".to_owned(),
            about: "Pay 40 euros?".to_owned(),
            payload: None,
            of,
            needed,
            due_at: None,
        };
        self.write(move |cx| asked::ask(cx, &who, &new))
    }

    fn decide(&self, who: &Actor, id: ApprovalId, choice: Choice) -> Result<Approval> {
        let who = who.clone();
        self.write(move |cx| asked::decide(cx, &who, id, choice, ""))
    }

    fn approval(&self, who: &Actor, id: ApprovalId) -> Approval {
        self.town.read(|cx| asked::approval(cx, who, id))
    }

    /// Lets this room's follower read all there is.
    fn follow(&self) {
        self.write(|cx| {
            let entries = journal::after(cx, 0, 1_000)?;
            entries.iter().try_for_each(|entry| (FOLLOWER.apply)(cx, entry))
        })
        .unwrap();
    }

    /// Lets what is due of this room's work be done; gives how much that was.
    fn work(&self) -> usize {
        self.write(|cx| {
            let leases = queue::claim(cx, TOPIC, 10, MINUTE)?;
            for lease in &leases {
                asked::due(cx, lease)?;
            }
            Ok(leases.len())
        })
        .unwrap()
    }

    /// What the journal tells of something.
    fn story(&self, subject: &impl ToString) -> Vec<String> {
        let subject = subject.to_string();
        self.town.read(|cx| journal::story(cx, &subject, 100)).into_iter().map(|one| one.kind).collect()
    }
}

fn code<T>(refused: Result<T>) -> &'static str {
    match refused {
        Ok(_) => "done",
        Err(error) => error.code(),
    }
}

fn agent_of(who: &Actor) -> AgentId {
    who.agent().unwrap()
}
