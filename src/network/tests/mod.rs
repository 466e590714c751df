//! Tests of the network: a town with a few people, and every verb from both sides.

mod asking;
mod granting;
mod inviting;
mod leaving;
mod links;
mod sentences;

use super::*;
use crate::accounts::{NewUser, Role};
use crate::base::actor::{Road, Who};
use crate::base::house::House;
use crate::base::id::{AgentId, ConnectionId, Id, UserId};
use crate::base::time::{DAY, HOUR};
use crate::journal;
use crate::links::{About as LinkAbout, Purpose};
use crate::post::letter::Says;
use crate::post::tests::{NOW, Town, address};

struct World {
    town: Town,
    ana: Actor,
    ben: Actor,
    cleo: Actor,
}

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

/// A program that somebody runs.
fn program(owner: &Actor) -> Actor {
    Actor::new(Who::Agent { id: AgentId::from_uuid(uuid::Uuid::nil()), user: id_of(owner) }, Road::Api, "t")
}

fn anyone() -> Actor {
    Actor::new(Who::Anyone, Road::Link, "t")
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
    refused.unwrap_err().code()
}

impl World {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl Fn(&mut House)) -> Self {
        let town = Town::with(change);
        let [ana, ben, cleo] = ["Ana", "Ben", "Cleo"].map(|name| {
            let new = NewUser {
                address: address(&format!("{}@example.org", name.to_lowercase())),
                name: name.to_owned(),
                zone: None,
                role: Role::Member,
            };
            let user = town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
            Actor::new(Who::User { id: user.id, admin: false }, Road::Api, "t")
        });
        Self { town, ana, ben, cleo }
    }

    fn invite(&self, who: &Actor, email: &str) -> Result<Connection> {
        let invitation = Invitation { address: address(email), words: "Shall we?".to_owned(), grant: None };
        let who = who.clone();
        self.town.write(move |cx| invite(cx, &who, &invitation))
    }

    /// Runs one of the verbs that take an actor and a connection.
    fn act<T: Send + 'static>(
        &self,
        verb: fn(&mut Cx<'_>, &Actor, ConnectionId) -> Result<T>,
        who: &Actor,
        id: ConnectionId,
    ) -> Result<T> {
        let who = who.clone();
        self.town.write(move |cx| verb(cx, &who, id))
    }

    fn accept(&self, who: &Actor, id: ConnectionId) -> Result<Connection> {
        self.act(|cx, who, id| accept(cx, who, id, None), who, id)
    }

    /// Ana and Ben, connected; nobody grants anything.
    fn connected() -> (Self, ConnectionId) {
        let world = Self::new();
        let id = world.invite(&world.ana, "ben@example.org").unwrap().id;
        world.accept(&world.ben, id).unwrap();
        (world, id)
    }

    fn see(&self, who: &Actor, id: ConnectionId) -> Result<Connection> {
        self.town.store.read_blocking(|cx| connection(cx, who, id))
    }

    fn state(&self, who: &Actor, id: ConnectionId) -> Option<State> {
        self.see(who, id).ok().map(|seen| seen.state)
    }

    fn list(&self, who: &Actor) -> Vec<Connection> {
        self.town.read(|cx| connections(cx, who, None, 50)).connections
    }

    fn grant(&self, who: &Actor, id: ConnectionId, new: &NewGrant) -> Result<Grant> {
        let (who, new) = (who.clone(), new.clone());
        self.town.write(move |cx| set_grant(cx, &who, id, &new))
    }

    fn grants(&self, who: &Actor, id: ConnectionId) -> Grants {
        self.town.read(|cx| grants(cx, who, id))
    }

    /// Kinds and second parties of what the journal has of a connection, oldest first.
    fn told(&self, id: ConnectionId) -> Vec<(String, Option<String>)> {
        let entries = self.town.read(|cx| journal::story(cx, &id, 100));
        entries.into_iter().map(|entry| (entry.kind, entry.object)).collect()
    }

    fn kinds(&self, id: ConnectionId) -> Vec<String> {
        self.told(id).into_iter().map(|(kind, _)| kind).collect()
    }

    /// The secrets of the links in the letters to connect, oldest first.
    fn letters(&self) -> Vec<String> {
        let letters = self.town.letters();
        let links = letters.iter().filter_map(|kept| match &kept.letter.says {
            Says::Connect { link, .. } => Some(self.town.secret(Purpose::Connect, *link)),
            _ => None,
        });
        links.collect()
    }
}

fn id_of(who: &Actor) -> UserId {
    who.user().unwrap()
}

fn scopes(scopes: &[Scope]) -> NewGrant {
    NewGrant { scopes: scopes.iter().copied().collect(), ..NewGrant::default() }
}
