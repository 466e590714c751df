//! Who lives in the towns of the rooms' tests: people by the first name, and what they let each other.

use std::collections::BTreeSet;

use super::{Constraints, Invitation, Length, NewGrant, Scope};
use crate::accounts::{self, HoursChange, NewUser, ProfileChange, Role};
use crate::base::actor::{Actor, Road, Who};
use crate::base::hours::Window;
use crate::base::id::{AgentId, ConnectionId, UserId};
use crate::base::time::Zone;
use crate::store::town::{Town, address};

/// What lets an agent book by itself.
pub(crate) const AUTO: &[Scope] =
    &[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed, Scope::BookAlone];
/// What lets it book what its user confirms.
pub(crate) const CONFIRM: &[Scope] = &[Scope::AvailabilityRead, Scope::Propose, Scope::BookConfirmed];

pub(crate) fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

pub(crate) fn id_of(who: &Actor) -> UserId {
    who.user().unwrap()
}

/// A program of somebody's, as it acts for them.
pub(crate) fn acting(id: AgentId, owner: &Actor) -> Actor {
    Actor::new(Who::Agent { id, user: id_of(owner) }, Road::Api, "t")
}

/// Somebody new in UTC, who is written to at their name in small letters, of example.org.
pub(crate) fn person(town: &Town, name: &str) -> Actor {
    let new = NewUser {
        address: address(&format!("{}@example.org", name.to_lowercase())),
        name: name.to_owned(),
        zone: Some(Zone::UTC),
        role: Role::Member,
    };
    let user = town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
    Actor::new(Who::User { id: user.id, admin: false }, Road::Api, "t")
}

/// The same, who works around the clock.
pub(crate) fn awake(town: &Town, name: &str) -> Actor {
    let who = person(town, name);
    let them = who.clone();
    town.write(move |cx| {
        let day = || Some(vec![Window::parse("00:00-24:00").unwrap()]);
        let hours = Some(HoursChange::Days(std::array::from_fn(|_| day())));
        accounts::change_profile(cx, &them, &ProfileChange { hours, ..ProfileChange::default() })
    })
    .unwrap();
    who
}

/// These scopes, at any time, for meetings of up to eight hours.
pub(crate) fn grant(scopes: &[Scope]) -> NewGrant {
    let constraints = Constraints {
        notice_minutes: 0,
        horizon_days: 60,
        length: Length { min: 5, max: 480, default: 30 },
        ..Constraints::default()
    };
    NewGrant { scopes: scopes.iter().copied().collect::<BTreeSet<_>>(), constraints, ..NewGrant::default() }
}

/// Connects two; the second lets the first what is granted, if anything is.
pub(crate) fn connected(
    town: &Town,
    (asks, accepts): (&Actor, &Actor),
    granted: Option<NewGrant>,
) -> ConnectionId {
    let (asks, accepts) = (asks.clone(), accepts.clone());
    town.write(move |cx| {
        let to = accounts::get(cx, id_of(&accepts))?.address;
        let id = super::invite(cx, &asks, &Invitation { address: to, words: String::new(), grant: None })?.id;
        super::accept(cx, &accepts, id, None)?;
        if let Some(grant) = &granted {
            super::set_grant(cx, &accepts, id, grant)?;
        }
        Ok(id)
    })
    .unwrap()
}
