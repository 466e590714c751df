//! A line that asks for a meeting, and what was understood of it: shown before anything is sent to anybody.

use chrono::{Days, NaiveDate, NaiveTime};

use super::model::Want;
use super::room_words;
use super::see::me;
use super::start::New;
use crate::accounts;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::Window;
use crate::base::id::ConnectionId;
use crate::base::time::Timestamp;
use crate::network::{self, Connection, Place, State};
use crate::store::Cx;
use crate::words::wish::{self, Known, Reader, Way, Whom};

/// How many days ahead a line without a day looks.
const DAYS: u64 = 14;
/// How many connections a name is looked for in.
const CONNECTIONS_MAX: u32 = 1_000;

/// What was understood of a line. Nobody has been asked anything.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What would be begun.
    pub new: New,
    /// With whom: their names, in the order of [`New::with`].
    pub names: Vec<String>,
    /// What the rooms are called that it names.
    pub rooms: Vec<String>,
    /// Whether the line named days; if not, the next two weeks are meant.
    pub says_days: bool,
    /// Whether it said how long; if not, it is what the others usually have.
    pub says_length: bool,
}

/// Reads a line in the caller's name: against their connections, on their clock. Nothing is sent and nobody is asked.
pub fn wish(cx: &Cx<'_>, who: &Actor, line: &str) -> Result<Preview> {
    let user = accounts::get(cx, me(who)?)?;
    let page = network::connections(cx, who, None, CONNECTIONS_MAX)?;
    let connected: Vec<Connection> =
        page.connections.into_iter().filter(|one| one.state == State::Connected).collect();
    let people: Vec<Known> = connected
        .iter()
        .map(|one| Known { name: one.name.clone().unwrap_or_default(), address: one.address.clone() })
        .collect();
    let reader = Reader { now: cx.now, zone: user.zone, people: &people };
    let things = agents::list(cx, who)?;
    let known: Vec<_> = things
        .iter()
        .filter(|one| one.kind == agents::Kind::Resource && one.state == agents::State::Active)
        .map(|one| (one.id, one.name.as_str()))
        .collect();
    let rest = room_words::take_out(line, &known);
    let wish =
        wish::read(&rest.line, &reader).map_err(|unclear| Error::invalid("line", unclear.to_string()))?;
    let mut connections: Vec<ConnectionId> = Vec::new();
    let mut names = Vec::new();
    for whom in &wish.with {
        let found = match whom {
            Whom::Known(at) => connected.get(*at),
            Whom::Address(_) => None,
        };
        let found = found.ok_or_else(|| {
            Error::invalid(
                "line",
                "You are not connected with somebody you named by address. Invite them first.",
            )
        })?;
        connections.push(found.id);
        names.push(found.name.clone().unwrap_or_default());
    }
    let today = user.zone.date(cx.now);
    let midnight = |day: NaiveDate| user.zone.resolve(day.and_time(NaiveTime::MIN)).instant();
    let first = wish.days.first().copied().unwrap_or(today);
    let last = wish.days.last().copied().unwrap_or(today + Days::new(DAYS));
    let span = i64::try_from(wish.days.len()).unwrap_or(i64::MAX);
    let is_run = wish.days.is_empty() || (last - first).num_days() + 1 == span;
    let minutes = wish.minutes.unwrap_or(0);
    let within = match wish.at {
        Some(at) => Some(exactly(at, minutes)?),
        None => wish.within,
    };
    let want = Want {
        minutes,
        from: midnight(first).max(cx.now).ms(),
        to: midnight(last + Days::new(1)).ms(),
        days: if is_run { Vec::new() } else { wish.days.clone() },
        within,
        place: wish.way.map(|way| match way {
            Way::Video => Place::Video,
            Way::Phone => Place::Phone,
            Way::InPerson => Place::InPerson,
        }),
        resources: rest.rooms,
    };
    let rooms = agents::still_there(cx, &want.resources)?.into_iter().map(|room| room.name).collect();
    if Timestamp::from_ms(want.to) <= cx.now {
        return Err(Error::invalid("line", "That is over already."));
    }
    Ok(Preview {
        new: New { purpose: wish.about.unwrap_or_default(), with: connections, optional: Vec::new(), want },
        names,
        rooms,
        says_days: !wish.days.is_empty(),
        says_length: wish.minutes.is_some(),
    })
}

/// The window that lets a meeting begin at one minute only.
fn exactly(at: u16, minutes: u32) -> Result<Window> {
    let minutes = u16::try_from(minutes).ok().filter(|minutes| *minutes > 0);
    minutes
        .and_then(|minutes| Window::new(at, at + minutes))
        .ok_or_else(|| Error::invalid("line", "With a time, say how long as well."))
}
