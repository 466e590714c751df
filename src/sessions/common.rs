//! What every step needs: an entry of the transcript and of the journal, and a word to the parties' agents.

use super::model::{Proposal, Session, Standing};
use super::say::Speaker;
use super::sql::{self, NewSaid};
use super::state::Step;
use super::{builtin, view};
use crate::accounts;
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{AgentId, UserId};
use crate::base::time::{DAY, MINUTE};
use crate::journal::{self, Happening};
use crate::messages::{self, NewDelivery, Road, Type, Undeliverable};
use crate::queue::Priority;
use crate::store::Cx;

/// How long what was said waits for a program after its session's time, in milliseconds.
const STEP_KEPT_MS: i64 = 30 * DAY;

/// The rooms and things that are needed. One that was retired meanwhile is needed no more.
pub(super) fn resources(cx: &Cx<'_>, session: &Session) -> Result<Vec<AgentId>> {
    let there = agents::still_there(cx, &session.want.resources)?;
    Ok(there.into_iter().map(|agent| agent.id).collect())
}

/// How long the meeting is, in milliseconds.
pub(super) fn length_ms(session: &Session) -> i64 {
    i64::from(session.want.minutes) * MINUTE
}

/// Who says something in a session.
#[derive(Clone, Copy, Debug)]
pub(super) enum Voice {
    /// The house.
    House,
    /// A party, or an agent of theirs.
    Party(Speaker),
    /// The program that answers for a room: nobody's here, so that the house brings it to the parties.
    Room(AgentId),
}

/// Adds an entry to the transcript; `None`: the house says it. It is on its way to every program that plays for a party, but
/// the one that said it, and those between which and whoever did a block stands. An inbox takes no more of somebody's than of
/// messages, but for how it ends.
pub(super) fn write_down(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    speaker: Option<Speaker>,
    kind: &str,
    body: &serde_json::Value,
) -> Result<()> {
    write_down_as(cx, who, session, speaker.map_or(Voice::House, Voice::Party), (kind, body), &[])
}

/// As [`write_down`], for whoever says it; it is on its way to these programs too, which play for nobody here.
pub(super) fn write_down_as(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    voice: Voice,
    (kind, body): (&str, &serde_json::Value),
    besides: &[AgentId],
) -> Result<()> {
    session.places += 1;
    let (speaker, agent) = match voice {
        Voice::House => (None, None),
        Voice::Party(speaker) => (Some(speaker), speaker.agent),
        Voice::Room(agent) => (None, Some(agent)),
    };
    let said = NewSaid {
        id: cx.id(),
        session: session.id,
        place: session.places,
        author: speaker.map(|one| one.user),
        by_person: speaker.is_some_and(|one| one.by_person),
        agent,
        kind,
        body,
    };
    sql::insert_said(cx, &said)?;
    let message = said.id;
    let is_end = [Step::Cancel, Step::Decline].iter().any(|step| step.as_str() == kind);
    let from = speaker.map(Speaker::speaks);
    for to in told(cx, session, speaker)?.into_iter().chain(besides.iter().copied()) {
        let is_full = match from.filter(|_| !is_end) {
            Some(from) => messages::is_full(cx, from, to)?,
            None => false,
        };
        let delivery = NewDelivery {
            message,
            session: session.id,
            from,
            to,
            way: if is_full { Err(Undeliverable::InboxFull) } else { Ok(Road::Inbox) },
            kind: Type::Step,
            priority: Priority::Medium,
            not_before: None,
            // Of the meeting that came of it more is said later.
            expires_at: Some(session.expires_at.max(cx.now).plus(STEP_KEPT_MS)),
            answers: None,
        };
        messages::deliver(cx, who, &delivery)?;
    }
    Ok(())
}

/// The programs that are told of a step: those that play for the parties, but the one that took it, and those that hear nothing of
/// whoever did.
pub(super) fn told(cx: &Cx<'_>, session: &Session, speaker: Option<Speaker>) -> Result<Vec<AgentId>> {
    let mut told = Vec::new();
    for agent in session.parties.iter().filter_map(|party| party.agent) {
        let hears = match speaker {
            Some(one) => one.agent != Some(agent) && !agents::are_blocked(cx, one.speaks(), agent)?,
            None => true,
        };
        if hears {
            told.push(agent);
        }
    }
    Ok(told)
}

/// Keeps how a session stands, and wakes the agents of its parties.
pub(super) fn keep(cx: &Cx<'_>, who: &Actor, session: &mut Session) -> Result<()> {
    sql::update(cx, session)?;
    if !session.state.is_over() {
        builtin::wake(cx, who, session)?;
    }
    Ok(())
}

/// Says to all, in the house's name, why it goes on as it does: a stable word.
pub(super) fn remark(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &mut Session,
    reason: &'static str,
) -> Result<()> {
    session.reason = Some(reason.to_owned());
    write_down(cx, who, session, None, "note", &serde_json::json!({ "reason": reason }))
}

/// Tells the journal of a step: who took it, and where it stands in the transcript. What was said stays there.
pub(super) fn tell_step(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &Session,
    speaker: Speaker,
    step: Step,
) -> Result<()> {
    let happening = Happening::to(step.happening(), &session.id).with(&speaker.user).amount(session.places);
    journal::append(cx, &view::acting(who, speaker.user), &happening).map(drop)
}

/// Tells the journal, once for each party but the person who did it: notices are learnt from it. Of what somebody's agent
/// did they are told as well.
pub(super) fn tell(cx: &mut Cx<'_>, who: &Actor, kind: &'static str, session: &Session) -> Result<()> {
    tell_of(cx, who, kind, session, None)
}

/// As [`tell`], with the time that it is about.
pub(super) fn tell_of(
    cx: &mut Cx<'_>,
    who: &Actor,
    kind: &'static str,
    session: &Session,
    time: Option<&Proposal>,
) -> Result<()> {
    let data = serde_json::json!({
        "reason": session.reason,
        "state": session.state.as_str(),
        "start": time.map(|time| time.start.ms()),
        "end": time.map(|time| time.end.ms()),
    });
    for party in &session.parties {
        if who.user() != Some(party.user) || !who.is_person() {
            let happening = Happening::to(kind, &session.id).with(&party.user);
            journal::append(cx, who, &happening.data(&data))?;
        }
    }
    Ok(())
}

/// Tells the journal that somebody must decide.
pub(super) fn tell_decision(cx: &mut Cx<'_>, who: &Actor, session: &Session, user: UserId) -> Result<()> {
    journal::append(cx, who, &Happening::to("session.decision", &session.id).with(&user)).map(drop)
}

/// Who must decide as a session stands.
pub(super) fn deciding(session: &Session) -> Vec<UserId> {
    let deciding = session.parties.iter().filter(|party| party.standing == Standing::Decides);
    deciding.map(|party| party.user).collect()
}

/// Tells the journal who need not decide any more, of those who had to: they did, or it is not theirs to decide now.
pub(super) fn tell_decided(cx: &mut Cx<'_>, who: &Actor, session: &Session, had_to: &[UserId]) -> Result<()> {
    let still = deciding(session);
    for user in had_to.iter().filter(|user| !still.contains(user)) {
        journal::append(cx, who, &Happening::to("session.decided", &session.id).with(user))?;
    }
    Ok(())
}

/// Whether an account of that id can still take part.
pub(super) fn is_there(cx: &Cx<'_>, user: UserId) -> bool {
    accounts::get(cx, user).is_ok()
}
