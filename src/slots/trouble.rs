//! The troubleshooter: one's own rules one by one, for a time and the day around it, as they are for oneself or as they
//! meet somebody one knows. It asks nobody anything, since all of it is the reader's own.

use super::party::Reader;
use super::rules::{self, Limits, Rule, Span, Want};
use super::set::Set;
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::ConnectionId;
use crate::base::time::Timestamp;
use crate::network::{self, Grant, Scope, State};
use crate::store::Cx;

/// What is looked into.
#[derive(Clone, Copy, Debug)]
pub struct Puzzle {
    /// When a meeting would start.
    pub start: Timestamp,
    /// How long it would be, in milliseconds.
    pub length_ms: i64,
    /// Who would ask for it; `None`: the reader themselves.
    pub with: Option<ConnectionId>,
}

/// What the rules say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What each rule says to the time, in order: whether it lets it through.
    pub rules: Vec<(Rule, bool)>,
    /// Whether a calendar of the reader's was not read lately.
    pub is_stale: bool,
    /// The day of the time, in the reader's zone.
    pub day: Day,
    /// What the connection is shown, if one was named.
    pub shown: Option<Shown>,
}

/// A day of one's own; each set lies within it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// When one works.
    pub hours: Set,
    /// What is taken.
    pub busy: Set,
    /// What may be taken.
    pub tentative: Set,
    /// What is held for somebody.
    pub held: Set,
    /// Where a meeting of this length would fit, by all rules.
    pub room: Set,
}

/// What somebody is shown of the reader's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What the reader lets them know and do.
    pub grant: Grant,
    /// Whether they are shown any of the reader's time now.
    pub is_shown: bool,
}

/// One's own rules, one by one, for a time, and the day around it.
pub fn troubleshoot(cx: &Cx<'_>, who: &Actor, puzzle: &Puzzle) -> Result<Examined> {
    let user = who.user().ok_or(Error::Unauthenticated("Sign in first."))?;
    let zone = accounts::get(cx, user)?.zone;
    let date = zone.date(puzzle.start);
    let next = date.succ_opt().unwrap_or(date);
    let span = Span { from: zone.midnight(date), to: zone.midnight(next) };
    let (mut limits, mut shown) = (Limits::default(), None);
    let mut reader = Reader::new(user, span, None);
    if let Some(id) = puzzle.with {
        let connection = network::connection(cx, who, id)?;
        let grant = network::grants(cx, who, id)?.given;
        if let Some(other) = connection.other {
            limits = reader.granted(cx, &grant, other, zone)?;
        }
        let is_shown = connection.state == State::Connected && grant.allows(Scope::AvailabilityRead, cx.now);
        shown = Some(Shown { grant, is_shown });
    }
    reader.look(cx, &[user.into()])?;
    let me = reader.own(cx, user, limits)?;
    let want = Want::new(cx.now, zone, puzzle.length_ms, span);
    let rules = rules::examine(&me, &want, puzzle.start);
    let (starts, _) = rules::starts(std::slice::from_ref(&me), &want);
    let within = |set: &Set| set.clip(span.from.ms(), span.to.ms());
    let day = Day {
        hours: within(&me.hours),
        busy: within(&me.busy),
        tentative: within(&me.tentative),
        held: within(&me.held),
        room: starts.iter().map(|(first, end)| (first, end - 1 + puzzle.length_ms)).collect(),
    };
    Ok(Examined { rules, is_stale: me.is_stale, day, shown })
}
