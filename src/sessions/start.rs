//! Starting: who wants to meet whom, for how long, and when.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::conversation::{self, Right};
use super::model::{Party, Role, Session, Standing, State, Want};
use super::{common, play, see, sql};
use crate::accounts;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, SessionId, UserId};
use crate::base::text;
use crate::base::time::{HOUR, MINUTE, Timestamp, Zone};
use crate::limits::{self, Budget};
use crate::network::{self, Scope};
use crate::slots::{PREFERRED_DAYS_MAX, Prefer, SPAN_DAYS_MAX};
use crate::store::Cx;

/// The most people in a session, with whoever begins it.
pub const PARTIES_MAX: usize = 20;
/// The longest purpose, in characters.
const PURPOSE_CHARS_MAX: usize = 200;
/// How many sessions somebody may begin in an hour.
const STARTS: Budget = Budget { name: "sessions", most: 30, window_ms: HOUR };

/// A session to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct New {
    /// The meeting's title; the house's, if empty.
    pub purpose: String,
    /// Whose agreement it needs.
    pub with: Vec<ConnectionId>,
    /// Who is invited if they are free.
    #[serde(default)]
    pub optional: Vec<ConnectionId>,
    /// What is wanted; `minutes` of 0: the default of the others' grants.
    pub want: Want,
    /// The conversation in which it begins: it is held to what is shared there.
    #[serde(default)]
    pub conversation: Option<SessionId>,
}

/// A session that was begun, or the refusal: a value until the unit of work has committed, since what was asked is kept
/// either way.
#[derive(Clone, Debug)]
#[must_use]
pub struct Started(Option<Session>);

impl Started {
    /// The session, if it was begun.
    pub fn session(&self) -> Option<&Session> {
        self.0.as_ref()
    }

    /// The session, or the refusal, in the same words for all.
    pub fn allowed(self) -> Result<Session> {
        self.0.ok_or_else(network::refusal)
    }
}

/// Begins a scheduling session; the agents take it from there.
///
/// # Errors
/// `Invalid`; of a conversation that it names those of [`conversation::hold`]; whatever keeps a program from beginning one.
pub fn start(cx: &mut Cx<'_>, who: &Actor, new: &New) -> Result<Started> {
    let me = who.user().ok_or_else(|| Error::denied("A session is begun by a person: act as a user."))?;
    check(cx, me, new)?;
    let has_last_word = play::may_begin(cx, who)?;
    let with: Vec<ConnectionId> = new.with.iter().chain(&new.optional).copied().collect();
    conversation::hold(cx, who, new.conversation, &with, Right::Calendar)?;
    limits::spend(cx, STARTS, &me.to_string(), 1)?;
    let mut parties = vec![party(cx, me, None, Role::Initiator)?];
    parties[0].has_stepped_in = has_last_word;
    let mut shortest = None;
    for (connections, role) in [(&new.with, Role::Required), (&new.optional, Role::Optional)] {
        for connection in connections {
            let verdict =
                network::ask_by_connection(cx, who, *connection, Scope::Propose, "to arrange a meeting")?;
            let Ok(allowed) = verdict.allowed() else { return Ok(Started(None)) };
            if role == Role::Required {
                let default = allowed.grant.constraints.length.default;
                shortest = Some(shortest.map_or(default, |known: u32| known.max(default)));
            }
            parties.push(party(cx, allowed.about.id, Some(*connection), role)?);
        }
    }
    let mut want = new.want.clone();
    if want.minutes == 0 {
        want.minutes = shortest.unwrap_or(30);
    }
    let purpose = text::line(&new.purpose, PURPOSE_CHARS_MAX);
    let purpose = if purpose.is_empty() { called(cx, &parties) } else { purpose };
    let mut session = Session {
        id: cx.id(),
        state: State::Initiated,
        purpose,
        initiator: me,
        expires_at: cx.now.plus(cx.house().session_ms).min(Timestamp::from_ms(want.to)),
        want,
        rounds: 0,
        rounds_max: i64::from(cx.house().session_rounds),
        places: 0,
        chosen: None,
        group: None,
        conversation: new.conversation,
        meeting: None,
        reason: None,
        version: 1,
        created_at: cx.now,
        ended_at: None,
        parties,
        proposals: Vec::new(),
    };
    sql::insert(cx, &session, who.agent())?;
    play::settle(cx, &mut session)?;
    common::tell(cx, who, "session.started", &session)?;
    common::keep(cx, who, &mut session)?;
    Ok(Started(Some(session)))
}

/// What a meeting is called that nobody gave a title: `Ana and Ben`; by the house, where not all of them have a name, or there
/// are many.
fn called(cx: &Cx<'_>, parties: &[Party]) -> String {
    let names: Vec<&str> = parties.iter().map(|party| party.name.as_str()).collect();
    match names.as_slice() {
        [one, other] if !one.is_empty() && !other.is_empty() => format!("{one} and {other}"),
        [one, other, third] if names.iter().all(|name| !name.is_empty()) => {
            format!("{one}, {other} and {third}")
        }
        _ => cx.house().default_title.clone(),
    }
}

pub(super) fn party(
    cx: &Cx<'_>,
    user: UserId,
    connection: Option<ConnectionId>,
    role: Role,
) -> Result<Party> {
    let name = accounts::get(cx, user)?.given_name().unwrap_or_default();
    Ok(Party {
        user,
        name,
        connection,
        role,
        standing: Standing::Asked,
        proposal: None,
        has_stepped_in: false,
        agent: None,
    })
}

/// Refuses what [`start`] would refuse of it, and asks nobody: so that nothing is offered that cannot be begun.
///
/// # Errors
/// `Invalid`, by the name of the field.
pub fn could_start(cx: &Cx<'_>, who: &Actor, new: &New) -> Result<()> {
    check(cx, see::me(who)?, new)
}

/// Refuses what cannot be meant, by the name of the field.
pub(super) fn check(cx: &Cx<'_>, me: UserId, new: &New) -> Result<()> {
    if new.with.is_empty() {
        return Err(Error::invalid("with", "Name at least one of your connections."));
    }
    let mut all: Vec<_> = new.with.iter().chain(&new.optional).collect();
    all.sort_unstable();
    all.dedup();
    if all.len() < new.with.len() + new.optional.len() {
        return Err(Error::invalid("with", "Name everybody once."));
    }
    if all.len() >= PARTIES_MAX {
        let most = PARTIES_MAX - 1;
        return Err(Error::invalid("with", format!("A session is between you and {most} others at most.")));
    }
    let want = &new.want;
    agents::named(cx, &want.resources)?;
    if want.minutes != 0 && !(5..=1_440).contains(&want.minutes) {
        return Err(Error::invalid("length_minutes", "A meeting has from 5 to 1440 minutes."));
    }
    let (from, to) = (want.from.max(cx.now.ms()), want.to);
    if to <= from + i64::from(want.minutes) * MINUTE {
        return Err(Error::invalid("to", "That leaves no time ahead in which the meeting could lie."));
    }
    if to - want.from > SPAN_DAYS_MAX * crate::base::time::DAY {
        return Err(Error::invalid("to", format!("A search goes over {SPAN_DAYS_MAX} days at most.")));
    }
    check_preferred(want, accounts::get(cx, me)?.zone)
}

/// Refuses what would be better and cannot be, by what is wanted itself: it would never come about, and nobody would be told.
fn check_preferred(want: &Want, zone: Zone) -> Result<()> {
    let Prefer { within, days } = &want.prefer;
    if days.len() > PREFERRED_DAYS_MAX {
        let words = format!("{PREFERRED_DAYS_MAX} days can be preferred at most.");
        return Err(Error::invalid("prefer_days", words));
    }
    if let Some(within) = within {
        let shared = want.within.map_or(within.end() - within.start(), |asked| asked.shared(*within));
        if u32::from(shared) < want.minutes.max(1) {
            let words =
                "The hours that would be better leave no room for it within those that are asked for.";
            return Err(Error::invalid("prefer", words));
        }
    }
    let is_wanted = |day: &NaiveDate| want.days.is_empty() || want.days.contains(day);
    let last = zone.date(Timestamp::from_ms(want.to - 1));
    let asked = zone.date(Timestamp::from_ms(want.from)).iter_days().take_while(|day| *day <= last);
    let is_preferred = |day: NaiveDate| days.iter().any(|one| one.is(day));
    if !days.is_empty() && !asked.filter(is_wanted).any(is_preferred) {
        let words = "None of the days that are asked for is one of those that would be better.";
        return Err(Error::invalid("prefer_days", words));
    }
    Ok(())
}
