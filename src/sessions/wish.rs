//! A line that asks for a meeting, and what was understood of it: shown before anything is sent to anybody.

use chrono::Days;
use serde::{Deserialize, Serialize};

use super::model::Want;
use super::room_words::{self, Rest};
use super::see::me;
use super::start::{self, New};
use crate::accounts::{self, User};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::Window;
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::network::{self, Connection, Place, State};
use crate::slots::Prefer;
use crate::store::Cx;
use crate::words::wish::{self, DAYS_AHEAD, Known, Phrases, Reader, Unclear, Way, Whom, Wish};

/// How many connections a name is looked for in.
const CONNECTIONS_MAX: u32 = 1_000;

/// What was understood of a line. Nobody has been asked anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// What would be begun.
    pub new: New,
    /// With whom: their names, in the order of [`New::with`].
    #[serde(skip)]
    pub names: Vec<String>,
    /// What the rooms are called that it names.
    #[serde(skip)]
    pub rooms: Vec<String>,
    /// Whether the line named days; if not, the next two weeks are meant.
    pub says_days: bool,
    /// Whether it said how long; if not, it is what the others usually have.
    pub says_length: bool,
    /// Whether a language model said which words are what.
    #[serde(default)]
    pub is_helped: bool,
}

/// What came of reading a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It was understood.
    Understood(Box<Preview>),
    /// It was not.
    Unclear {
        /// What was not.
        reason: String,
        /// Whether a language model may be asked about the line.
        may_be_asked: bool,
    },
}

impl Reading {
    /// What was understood, or a refusal of the field `line`.
    pub fn understood(self) -> Result<Preview> {
        match self {
            Self::Understood(preview) => Ok(*preview),
            Self::Unclear { reason, .. } => Err(Error::invalid("line", reason)),
        }
    }
}

/// For whom lines are read: whom they may mean, and their clock.
pub(super) struct Desk {
    user: User,
    connected: Vec<Connection>,
    people: Vec<Known>,
    rooms: Vec<(AgentId, String)>,
    now: Timestamp,
}

impl Desk {
    /// The caller's.
    pub(super) fn of(cx: &Cx<'_>, who: &Actor) -> Result<Self> {
        let user = accounts::get(cx, me(who)?)?;
        let page = network::connections(cx, who, None, CONNECTIONS_MAX)?;
        let connected: Vec<Connection> =
            page.connections.into_iter().filter(|one| one.state == State::Connected).collect();
        let people = connected
            .iter()
            .map(|one| Known { name: one.name.clone().unwrap_or_default(), address: one.address.clone() })
            .collect();
        let things = agents::resources(cx, who)?.into_iter();
        let rooms =
            things.filter(|one| one.state == agents::State::Active).map(|one| (one.id, one.name)).collect();
        Ok(Self { user, connected, people, rooms, now: cx.now })
    }

    /// A text without the rooms that it names, line by line, and which they are.
    pub(super) fn without_rooms(&self, text: &str) -> Rest {
        let known: Vec<_> = self.rooms.iter().map(|(id, name)| (*id, name.as_str())).collect();
        let mut all = Rest::default();
        for (at, line) in text.lines().enumerate() {
            let rest = room_words::take_out(line, &known);
            if at > 0 {
                all.line.push('\n');
            }
            all.line.push_str(&rest.line);
            all.rooms.extend(rest.rooms);
        }
        all.rooms.sort_unstable();
        all.rooms.dedup();
        all
    }

    /// What the rules of words need to know.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { now: self.now, zone: self.user.zone, people: &self.people }
    }

    /// Whoever can be asked.
    pub(super) fn connected(&self) -> &[Connection] {
        &self.connected
    }

    /// What came of a line that was read: as the rules read it, else with a language model's help.
    pub(super) fn reading(
        &self,
        cx: &Cx<'_>,
        (line, rooms): (&str, &[AgentId]),
        read: std::result::Result<Wish, Unclear>,
        help: Option<&Phrases>,
    ) -> Result<Reading> {
        let unclear = match read {
            Ok(wish) => return self.shown(cx, wish, rooms, false),
            Err(unclear) => unclear,
        };
        let may_be_asked = wish::may_be_asked(line, &unclear);
        let helped = help.filter(|_| may_be_asked).map(|said| wish::helped(line, said, &self.reader()));
        if let Some(Ok(wish)) = helped
            && let understood @ Reading::Understood(_) = self.shown(cx, wish, rooms, true)?
        {
            return Ok(understood);
        }
        Ok(Reading::Unclear { reason: unclear.to_string(), may_be_asked })
    }

    /// What would be begun, if it can be: what the start would refuse is refused here, in its words.
    fn shown(&self, cx: &Cx<'_>, wish: Wish, rooms: &[AgentId], is_helped: bool) -> Result<Reading> {
        let checked = self.preview(wish, rooms).and_then(|preview| {
            start::check(cx, self.user.id, &preview.new)?;
            Ok(preview)
        });
        match checked {
            Ok(preview) => Ok(Reading::Understood(Box::new(Preview { is_helped, ..preview }))),
            Err(Error::Invalid { message, .. }) => {
                Ok(Reading::Unclear { reason: message, may_be_asked: false })
            }
            Err(error) => Err(error),
        }
    }

    /// What would be begun; or why a line that was read cannot be asked for.
    fn preview(&self, wish: Wish, rooms: &[AgentId]) -> Result<Preview> {
        let (mut connections, mut names) = (Vec::new(), Vec::new());
        for whom in &wish.with {
            let found = match whom {
                Whom::Known(at) => self.connected.get(*at),
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
        let (says_days, says_length) = (!wish.days.is_empty(), wish.minutes.is_some());
        let want = Want { resources: rooms.to_vec(), ..self.want(&wish)? };
        let known = self.rooms.iter().filter(|(id, _)| rooms.contains(id));
        let rooms = known.map(|(_, name)| name.clone()).collect();
        let purpose = wish.about.unwrap_or_default();
        let new = New { purpose, with: connections, optional: Vec::new(), want, conversation: None };
        Ok(Preview { new, names, rooms, says_days, says_length, is_helped: false })
    }

    fn want(&self, wish: &Wish) -> Result<Want> {
        let zone = self.user.zone;
        let today = zone.date(self.now);
        let first = wish.days.first().copied().unwrap_or(today);
        let last = wish.days.last().copied().unwrap_or(today + Days::new(DAYS_AHEAD));
        let span = i64::try_from(wish.days.len()).unwrap_or(i64::MAX);
        let is_run = wish.days.is_empty() || (last - first).num_days() + 1 == span;
        let minutes = wish.minutes.unwrap_or(0);
        let within = match wish.at {
            Some(at) => Some(exactly(at, minutes)?),
            None => wish.within,
        };
        let better = match wish.better.at {
            Some(at) => Some(exactly(at, minutes)?),
            None => wish.better.within,
        };
        let want = Want {
            minutes,
            from: zone.midnight(first).max(self.now).ms(),
            to: zone.midnight(last + Days::new(1)).ms(),
            days: if is_run { Vec::new() } else { wish.days.clone() },
            within,
            place: wish.way.map(|way| match way {
                Way::Video => Place::Video,
                Way::Phone => Place::Phone,
                Way::InPerson => Place::InPerson,
            }),
            resources: Vec::new(),
            prefer: Prefer { within: better, days: wish.better.days.clone() },
        };
        if Timestamp::from_ms(want.to) <= self.now {
            return Err(Error::invalid("line", "That is over already."));
        }
        Ok(want)
    }
}

/// Reads a line in the caller's name: against their connections, on their clock. Nothing is sent and nobody is asked. `help` is
/// what a language model said of the line, if one was asked.
pub fn wish(cx: &Cx<'_>, who: &Actor, line: &str, help: Option<&Phrases>) -> Result<Reading> {
    let desk = Desk::of(cx, who)?;
    let rest = desk.without_rooms(line);
    desk.reading(cx, (&rest.line, &rest.rooms), wish::read(&rest.line, &desk.reader()), help)
}

/// The window that lets a meeting begin at one minute only.
fn exactly(at: u16, minutes: u32) -> Result<Window> {
    let minutes = u16::try_from(minutes).ok().filter(|minutes| *minutes > 0);
    minutes
        .and_then(|minutes| Window::new(at, at + minutes))
        .ok_or_else(|| Error::invalid("line", "With a time, say how long as well."))
}
