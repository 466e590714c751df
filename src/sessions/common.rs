//! What every step needs: whose time must suit, checked anew; an entry of the transcript; a word to the parties' agents.

use super::builtin;
use super::model::{Proposal, Role, Session, Standing};
use super::sql::{self, NewSaid};
use crate::accounts;
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::hours::{Hours, Week};
use crate::base::id::{AgentId, ConnectionId, UserId};
use crate::base::time::{MINUTE, Timestamp};
use crate::journal::{self, Happening};
use crate::network::{self, Scope};
use crate::slots::{self, Cleared, Gathered, Named, Search, Set, Span};
use crate::store::Cx;

/// The initiator, as whoever acts for them: the questions of a session are theirs, whoever's agent takes the step.
pub(super) fn initiator(session: &Session, who: &Actor) -> Actor {
    let is_they = who.user() == Some(session.initiator);
    // Whatever somebody else presses, of the initiator it is their agent that acts.
    let road = if is_they { who.road } else { Road::Worker };
    Actor::new(Who::User { id: session.initiator, admin: false }, road, who.trace.clone())
}

/// Asks everybody whose agreement it needs whether this may be done with them, each as a question that is kept. `None`:
/// somebody does not let it, any more; who is not said.
pub(super) fn clear(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &Session,
    scope: Scope,
) -> Result<Option<Cleared>> {
    clear_with(cx, who, session, scope, None)
}

/// As [`clear`], of one of them alone, where `only` names one.
pub(super) fn clear_with(
    cx: &mut Cx<'_>,
    who: &Actor,
    session: &Session,
    scope: Scope,
    only: Option<ConnectionId>,
) -> Result<Option<Cleared>> {
    let of = |role: Role| -> Vec<ConnectionId> {
        session
            .parties
            .iter()
            .filter(|party| party.role == role)
            .filter_map(|party| party.connection)
            .filter(|connection| only.is_none_or(|only| only == *connection))
            .collect()
    };
    let search = Search {
        with: of(Role::Required),
        optional: Vec::new(),
        resources: resources(cx, session)?,
        length_minutes: Some(session.want.minutes),
        span: Span {
            from: Timestamp::from_ms(session.want.from).max(cx.now),
            to: Timestamp::from_ms(session.want.to),
        },
        place: session.want.place,
        prefer: None,
        step_minutes: None,
        most: None,
    };
    if search.span.to <= search.span.from {
        return Ok(None);
    }
    let asked = slots::ask_for(cx, &initiator(session, who), &search, scope)?;
    Ok(asked.allowed().ok())
}

/// The rooms and things that are needed. One that was retired meanwhile is needed no more.
pub(super) fn resources(cx: &Cx<'_>, session: &Session) -> Result<Vec<AgentId>> {
    let there = agents::still_there(cx, &session.want.resources)?;
    Ok(there.into_iter().map(|agent| agent.id).collect())
}

/// Everybody's time for a session: the days and hours that were wanted cut the initiator's own, and what the initiator
/// granted the others counts as well, where they granted it.
pub(super) fn gather(cx: &Cx<'_>, who: &Actor, session: &Session, cleared: &Cleared) -> Result<Gathered> {
    let own = session.id.to_string();
    let mut gathered = slots::gather(cx, cleared, Some(&own))?;
    let span = gathered.want.span;
    let wanted = wanted(session, gathered.want.zone, span);
    if let (Some(me), Some(wanted)) = (gathered.parties.first_mut(), wanted) {
        me.granted = Some(me.granted.as_ref().map_or_else(|| wanted.clone(), |had| had.intersect(&wanted)));
    }
    let actor = initiator(session, who);
    for party in session.parties.iter().filter(|party| party.role == Role::Required) {
        let Some(connection) = party.connection else { continue };
        let given = network::grants(cx, &actor, connection)?.given;
        if given.allows(Scope::Propose, cx.now) {
            gathered.parties.push(slots::as_granted(cx, session.initiator, party.user, &given, span)?);
        }
    }
    Ok(gathered)
}

/// As [`gather`], for naming times: nothing shows of the time of those who do not let it be seen. Whatever was named so is
/// held against their time when they are asked to agree.
pub(super) fn gather_to_name(
    cx: &Cx<'_>,
    who: &Actor,
    session: &Session,
    cleared: &Cleared,
) -> Result<Gathered> {
    let mut gathered = gather(cx, who, session, cleared)?;
    let mut place = 0;
    for (party, named) in gathered.parties.iter_mut().zip(&gathered.named) {
        if matches!(named, Named::Connection(_)) {
            if !cleared.allows(place, Scope::AvailabilityRead, cx.now) {
                (party.busy, party.tentative, party.held) = (Set::empty(), Set::empty(), Set::empty());
            }
            place += 1;
        }
    }
    Ok(gathered)
}

/// The days and hours that were wanted, as a set; `None`: any.
fn wanted(session: &Session, zone: crate::base::Zone, span: Span) -> Option<Set> {
    let want = &session.want;
    if want.days.is_empty() && want.within.is_none() {
        return None;
    }
    let window = want.within.or_else(|| crate::base::hours::Window::new(0, 1_440))?;
    let daily = Hours { week: Week::every_day(window), ..Hours::default() };
    let Span { from, to } = span.with_margin();
    let mut all = slots::resolve(&daily, zone, from, to);
    if !want.days.is_empty() {
        let midnight =
            |day: chrono::NaiveDate| zone.resolve(day.and_time(chrono::NaiveTime::MIN)).instant().ms();
        let days = want.days.iter().map(|day| (midnight(*day), midnight(*day + chrono::Days::new(1))));
        all = all.intersect(&Set::of(days));
    }
    Some(all)
}

/// How long the meeting is, in milliseconds.
pub(super) fn length_ms(session: &Session) -> i64 {
    i64::from(session.want.minutes) * MINUTE
}

/// Adds an entry to the transcript.
pub(super) fn write_down(
    cx: &Cx<'_>,
    session: &mut Session,
    (author, by_person): (Option<UserId>, bool),
    kind: &str,
    body: &serde_json::Value,
) -> Result<()> {
    session.places += 1;
    let said =
        NewSaid { id: cx.id(), session: session.id, place: session.places, author, by_person, kind, body };
    sql::insert_said(cx, &said)
}

/// Keeps how a session stands, and wakes the agents of its parties.
pub(super) fn keep(cx: &Cx<'_>, who: &Actor, session: &mut Session) -> Result<()> {
    sql::update(cx, session)?;
    if !session.state.is_over() {
        builtin::wake(cx, who, session)?;
    }
    Ok(())
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
        if who.user() != Some(party.user) || who.road == Road::Worker {
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
