//! All that the house holds of one person, whichever room it lies in: taken away as a file, left behind, erased.
//!
//! To add a room that stores something about people: one entry in [`ROOMS`].

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::accounts;
use crate::agents;
use crate::analytics;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::UserId;
use crate::base::text::Address;
use crate::base::time::{MINUTE, Timestamp};
use crate::booking;
use crate::calendar;
use crate::groups;
use crate::idempotency;
use crate::meetings::{self, about_you};
use crate::messages;
use crate::network::{self, Connection};
use crate::notices;
use crate::queue::{self, Leased, Work, Worker};
use crate::sessions;
use crate::store::{Cx, Store};
use crate::tasks;
use crate::webhooks;

/// The queue's topic of deletions whose time comes: keyed by account.
pub const TOPIC: &str = "deletions";

/// How many connections of each way are shown on a page.
const SHOWN_MAX: u32 = 100;

/// Whoever holds an address, with or without an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// Where their mail goes.
    pub address: Address,
    /// Their account, if they have one.
    pub user: Option<UserId>,
}

impl Person {
    /// Whoever holds `address`.
    pub fn at(cx: &Cx<'_>, address: &Address) -> Result<Self> {
        let user = accounts::by_address(cx, address)?.map(|user| user.id);
        Ok(Self { address: address.clone(), user })
    }

    /// Whoever has this account.
    pub fn of(cx: &Cx<'_>, user: UserId) -> Result<Self> {
        Ok(Self { address: accounts::get(cx, user)?.address, user: Some(user) })
    }
}

/// What a room does for one person.
struct Room {
    /// What it stores about them: an object, whose fields stand in the document beside those of other rooms.
    export: fn(&Cx<'_>, &Person) -> Result<Value>,
    /// Ends what is ahead of somebody who deletes their account, at once. Called again, it ends what came since.
    leave: fn(&mut Cx<'_>, &Actor, &Person) -> Result<()>,
    /// Erases what is personal; the journal still verifies. Nothing there is no error.
    erase: fn(&mut Cx<'_>, &Actor, &Person) -> Result<()>,
}

/// The rooms that store something about people. Accounts come last: the others may ask them whose things they erase.
const ROOMS: &[Room] = &[
    // Before the meetings: a link must offer nothing any more when they are cancelled.
    Room {
        export: |cx, person| booking::export(cx, &person.address),
        leave: |cx, who, person| match person.user {
            Some(user) => booking::leave(cx, who, user),
            None => Ok(()),
        },
        erase: |cx, who, person| booking::erase(cx, who, &person.address),
    },
    Room {
        export: |cx, person| about_you::export(cx, &person.address),
        leave: |cx, who, person| meetings::leave(cx, who, &person.address).map(drop),
        erase: |cx, who, person| about_you::erase(cx, who, &person.address),
    },
    // Before the sessions, whose transcripts theirs are.
    Room {
        export: |cx, person| match person.user {
            Some(user) => groups::export(cx, user),
            None => Ok(serde_json::json!({})),
        },
        leave: |cx, who, person| match person.user {
            Some(user) => groups::leave_all(cx, who, user),
            None => Ok(()),
        },
        erase: |cx, who, person| match person.user {
            Some(user) => groups::erase(cx, who, user),
            None => Ok(()),
        },
    },
    Room {
        export: |cx, person| match person.user {
            Some(user) => tasks::export(cx, user),
            None => Ok(serde_json::json!({})),
        },
        leave: |cx, who, person| match person.user {
            Some(user) => tasks::leave(cx, who, user),
            None => Ok(()),
        },
        erase: |cx, who, person| match person.user {
            Some(user) => tasks::erase(cx, who, user),
            None => Ok(()),
        },
    },
    Room {
        export: |cx, person| match person.user {
            Some(user) => {
                let conversations = sessions::conversation::export(cx, user)?;
                let sessions = sessions::export(cx, user)?;
                Ok(serde_json::json!({ "sessions": sessions, "conversations": conversations }))
            }
            None => Ok(serde_json::json!({})),
        },
        leave: |cx, who, person| match person.user {
            Some(user) => sessions::leave(cx, who, user).map(drop),
            None => Ok(()),
        },
        erase: |cx, who, person| match person.user {
            Some(user) => sessions::erase(cx, who, user),
            None => Ok(()),
        },
    },
    // Before the agents whose figures they are.
    Room {
        export: |cx, person| match person.user {
            Some(user) => analytics::export(cx, user),
            None => Ok(serde_json::json!({})),
        },
        leave: |_, _, _| Ok(()),
        erase: |cx, _, person| match person.user {
            Some(user) => analytics::erase(cx, user),
            None => Ok(()),
        },
    },
    // After the sessions, which say who leaves; before the agents whose messages they are.
    Room {
        export: |cx, person| match person.user {
            Some(user) => messages::export(cx, user).map(|all| serde_json::json!({ "messages": all })),
            None => Ok(serde_json::json!({})),
        },
        leave: |_, _, _| Ok(()),
        erase: |cx, who, person| match person.user {
            Some(user) => messages::erase(cx, who, user),
            None => Ok(()),
        },
    },
    Room {
        export: |cx, person| network::export(cx, &person.address),
        leave: |cx, who, person| match person.user {
            Some(user) => network::end_all(cx, who, user).map(drop),
            None => Ok(()),
        },
        erase: |cx, who, person| network::erase(cx, who, &person.address).map(drop),
    },
    Room {
        export: |cx, person| match person.user {
            Some(user) => notices::export(cx, user).map(|notices| serde_json::json!({ "notices": notices })),
            None => Ok(serde_json::json!({})),
        },
        leave: |_, _, _| Ok(()),
        erase: |cx, _, person| match person.user {
            Some(user) => notices::erase(cx, user),
            None => Ok(()),
        },
    },
    Room {
        export: |cx, person| match person.user {
            Some(user) => webhooks::export(cx, user).map(|all| serde_json::json!({ "webhooks": all })),
            None => Ok(serde_json::json!({})),
        },
        leave: |_, _, _| Ok(()),
        erase: |cx, _, person| match person.user {
            Some(user) => webhooks::erase(cx, user),
            None => Ok(()),
        },
    },
    Room {
        export: |cx, person| match person.user {
            Some(user) => calendar::export(cx, user),
            None => Ok(serde_json::json!({})),
        },
        leave: |_, _, _| Ok(()),
        erase: |cx, _, person| match person.user {
            Some(user) => calendar::erase(cx, user),
            None => Ok(()),
        },
    },
    Room {
        export: |cx, person| match person.user {
            Some(user) => agents::export(cx, user).map(|agent| serde_json::json!({ "agent": agent })),
            None => Ok(serde_json::json!({})),
        },
        leave: |_, _, _| Ok(()),
        erase: |cx, _, person| match person.user {
            Some(user) => agents::erase(cx, user),
            None => Ok(()),
        },
    },
    Room {
        export: |cx, person| Ok(serde_json::json!({ "account": accounts::export(cx, &person.address)? })),
        leave: |_, _, _| Ok(()),
        erase: |cx, who, person| accounts::erase(cx, who, &person.address).map(drop),
    },
];

/// All that is stored about somebody, as one document to take away. Whoever calls has made sure that it is for them.
pub fn export(cx: &Cx<'_>, person: &Person) -> Result<Value> {
    let mut document = Map::new();
    document.insert("address".to_owned(), person.address.as_str().into());
    document.insert("made".to_owned(), cx.now.to_rfc3339().into());
    document.extend(exported(cx, person)?);
    let former = former(cx, person)?;
    if !former.is_empty() {
        let all: Result<Vec<Value>> = former.iter().map(|one| exported(cx, one).map(Value::Object)).collect();
        document.insert("under_former_addresses".to_owned(), all?.into());
    }
    Ok(Value::Object(document))
}

/// What every room stores about them.
fn exported(cx: &Cx<'_>, person: &Person) -> Result<Map<String, Value>> {
    let mut document = Map::new();
    for room in ROOMS {
        match (room.export)(cx, person)? {
            Value::Object(fields) => document.extend(fields),
            _ => return Err(Error::internal("a room exports no object")),
        }
    }
    Ok(document)
}

/// Somebody as they were known by addresses that they had, and nobody else has by now.
fn former(cx: &Cx<'_>, person: &Person) -> Result<Vec<Person>> {
    let Some(user) = person.user else { return Ok(Vec::new()) };
    let former = accounts::former_addresses(cx, user)?;
    Ok(former.into_iter().map(|address| Person { address, user: None }).collect())
}

/// One's own document.
pub fn export_own(cx: &Cx<'_>, who: &Actor) -> Result<Value> {
    let user = who.user().ok_or(Error::Unauthenticated("Sign in first."))?;
    export(cx, &Person::of(cx, user)?)
}

/// What is stored about whoever bears a link to it, to be read on a page.
#[derive(Clone, Debug)]
pub struct Stored {
    /// By meetings and the post.
    pub by_meetings: about_you::Stored,
    /// Connections and invitations to connect, newest first, as their side sees them.
    pub connections: Vec<Connection>,
}

/// Opens the link to what is stored about its holder. Changes nothing.
pub fn open_by_link(cx: &Cx<'_>, secret: &str) -> Result<Stored> {
    let by_meetings = about_you::open(cx, secret)?;
    let connections = network::of_address(cx, &by_meetings.address, SHOWN_MAX)?;
    Ok(Stored { by_meetings, connections })
}

/// The document of whoever bears a link to what is stored about them.
pub fn export_by_link(cx: &Cx<'_>, secret: &str) -> Result<Value> {
    let stored = about_you::open(cx, secret)?;
    export(cx, &Person::at(cx, &stored.address)?)
}

/// Erases somebody at once, from every room. Refused for the last administrator. Whoever calls has made sure that it is
/// asked for by them, or by whoever runs the house.
pub fn erase(cx: &mut Cx<'_>, who: &Actor, person: &Person) -> Result<()> {
    if let Some(user) = person.user {
        queue::withdraw(cx, TOPIC, &user.to_string())?;
        let themselves = Actor { who: Who::User { id: user, admin: false }, ..who.clone() };
        for token in accounts::tokens(cx, &themselves)? {
            idempotency::forget(cx, &token.id.to_string())?;
        }
        for program in agents::registered_of(cx, &themselves)? {
            idempotency::forget(cx, &program.agent.id.to_string())?;
        }
    }
    // Accounts come last, and with them goes what addresses there were.
    for one in former(cx, person)?.iter().chain([person]) {
        for room in ROOMS {
            (room.erase)(cx, who, one)?;
        }
    }
    Ok(())
}

/// Erases whoever bears a link to what is stored about them. Erasing again is answered as the first time.
pub fn erase_by_link(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<()> {
    match about_you::open(cx, secret) {
        Ok(stored) => {
            let person = Person::at(cx, &stored.address)?;
            erase(cx, who, &person)
        }
        Err(Error::Refused { code: "erased", .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// What was done at once for somebody who deletes their account, and what is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// When everything is erased.
    pub due: Timestamp,
    /// How many meetings ahead were cancelled.
    pub cancelled: usize,
    /// How many invitations were declined.
    pub declined: usize,
}

/// Asks for the deletion of an account: what is ahead of its holder ends at once, and everything is erased when the
/// grace is over, unless it is withdrawn. Asked again, it stays due when it was. One's own, or for an administrator
/// anybody's, and not the last administrator's.
pub fn ask_deletion(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<Leaving> {
    let due = accounts::ask_deletion(cx, who, user)?;
    let person = Person::of(cx, user)?;
    let ahead = meetings::ahead_of(cx, &person.address)?;
    for room in ROOMS {
        (room.leave)(cx, who, &person)?;
    }
    let work = Work::of(TOPIC, &who.trace, serde_json::json!({ "user": user }));
    queue::enqueue(cx, &work.keyed(user.to_string()).not_before(due))?;
    Ok(Leaving { due, cancelled: ahead.hosted.len(), declined: ahead.invited.len() })
}

/// Keeps an account that was to be deleted. What has ended stays ended. One's own, or for an administrator anybody's.
pub fn withdraw_deletion(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    accounts::withdraw_deletion(cx, who, user)?;
    queue::withdraw(cx, TOPIC, &user.to_string()).map(drop)
}

/// Erases an account whose grace is over; one that is kept, or was erased, stays as it is.
fn erase_if_due(cx: &mut Cx<'_>, who: &Actor, user: UserId) -> Result<()> {
    let user = match accounts::get(cx, user) {
        Ok(user) => user,
        Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    if user.deletion_due_at.is_none_or(|due| due > cx.now) {
        return Ok(());
    }
    erase(cx, who, &Person { address: user.address, user: Some(user.id) })
}

/// Erases everybody whose grace is over: those whose own work was missed.
pub(super) fn erase_due(cx: &mut Cx<'_>, who: &Actor) -> Result<()> {
    for user in accounts::due_deletions(cx)? {
        erase_if_due(cx, who, user)?;
    }
    Ok(())
}

/// The worker of deletions.
pub fn worker(store: Store) -> Worker {
    Worker {
        topic: TOPIC,
        parallel: 1,
        lease_ms: 5 * MINUTE,
        handler: Arc::new(move |lease| {
            let store = store.clone();
            Box::pin(async move { store.write(move |cx| run(cx, &lease)).await })
        }),
    }
}

fn run(cx: &mut Cx<'_>, lease: &Leased) -> Result<()> {
    let user = lease.payload.get("user").and_then(Value::as_str);
    let user = user.ok_or_else(|| Error::internal("a deletion without its account"))?.parse()?;
    erase_if_due(cx, &Actor::house(&lease.trace), user)?;
    queue::done(cx, lease)
}
