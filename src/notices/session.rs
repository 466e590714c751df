//! Notices of sessions: somebody's agent asks, a person must decide, no time was found. What came of a session that ended in
//! a meeting is told by the meeting's own notices.

use super::kind::Kind;
use super::learn::{self, Tidings};
use super::model::{Facts, Notice, Waits};
use crate::accounts::{self, User};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{ProposalId, SessionId, UserId};
use crate::journal::Entry;
use crate::post::letter::{Face, News, Says};
use crate::sessions::{self, Session, Standing, State};
use crate::store::Cx;

/// A session as one of its parties sees it; `None`: it is gone, or not theirs.
fn seen(cx: &Cx<'_>, user: UserId, subject: &str, trace: &str) -> Result<Option<Session>> {
    let Ok(id) = subject.parse::<SessionId>() else { return Ok(None) };
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Worker, trace);
    match sessions::session(cx, &who, id) {
        Ok(session) => Ok(Some(session)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads an entry about a session, for the one person it names.
pub(super) fn learn(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(subject) = entry.subject.as_deref() else { return Ok(()) };
    let user = learn::user_in(entry.object.as_deref());
    match entry.kind.as_str() {
        "session.confirmed" | "session.ended" | "session.undone" => learn::settle(cx, subject, None)?,
        // Asked again, it is the newer question that waits.
        "session.decided" | "session.decision" => learn::settle(cx, subject, user)?,
        _ => {}
    }
    let kind = match entry.kind.as_str() {
        "session.narrowed" => Some(Kind::SessionUndone),
        word => Kind::parse(word),
    };
    let (Some(kind), Some(user)) = (kind, user) else { return Ok(()) };
    let user = match accounts::get(cx, user) {
        Ok(user) if user.disabled_at.is_none() => user,
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(session) = seen(cx, user.id, subject, &entry.trace)? else { return Ok(()) };
    let is_decision = kind == Kind::SessionDecision;
    let span = times(&session, user.id);
    let facts = Facts {
        span: match span.as_slice() {
            [(_, start, end)] if is_decision => Some((start.ms(), end.ms())),
            _ => learn::span(entry, "start", "end"),
        },
        word: entry.text("reason").map(str::to_owned),
        ..Facts::default()
    };
    let matter = is_decision.then(|| subject.to_owned());
    learn::tell(cx, entry, &user, Tidings { kind, subject, matter, about: None, facts })
}

/// The times that somebody is to decide about; none, if they need not.
fn times(
    session: &Session,
    user: UserId,
) -> Vec<(ProposalId, crate::base::Timestamp, crate::base::Timestamp)> {
    let Ok(party) = session.party(user) else { return Vec::new() };
    if party.standing != Standing::Decides || session.state != State::AwaitingConfirmation {
        return Vec::new();
    }
    let asked = session.open_proposals().filter(|one| party.proposal.is_none_or(|id| id == one.id));
    asked.map(|one| (one.id, one.start, one.end)).collect()
}

/// What a notice of a session says to its reader; `None`: the session is gone.
pub(super) fn news(cx: &Cx<'_>, notice: &Notice) -> Result<Option<News>> {
    let Some(session) = seen(cx, notice.user, &notice.subject, "")? else { return Ok(None) };
    // Whoever began it comes first among its parties.
    let others = session.parties.iter().filter(|party| party.user != notice.user);
    let face = |party: &sessions::Party| Face {
        name: Some(if party.name.is_empty() { "somebody".to_owned() } else { party.name.clone() }),
        is_host: false,
    };
    Ok(Some(News {
        kind: notice.kind.as_str().to_owned(),
        faces: others.map(face).collect(),
        title: session.purpose.clone(),
        span: notice.facts.span,
        was: None,
        word: notice.facts.word.clone().unwrap_or_default(),
        path: format!("/sessions/{}", session.id),
    }))
}

/// What a notice of a session asks of its reader now.
pub(super) fn waits(cx: &Cx<'_>, notice: &Notice, trace: &str) -> Result<Waits> {
    let Some(session) = seen(cx, notice.user, &notice.subject, trace)? else { return Ok(Waits::Nothing) };
    let times = times(&session, notice.user);
    Ok(if times.is_empty() { Waits::Nothing } else { Waits::Decision { session: session.id, times } })
}

/// The letter that asks for a decision, with its links; `None`: there is nothing to decide any more.
pub(super) fn letter(cx: &Cx<'_>, user: &User, notice: &Notice, news: &News) -> Result<Option<Says>> {
    let Some(session) = seen(cx, user.id, &notice.subject, "")? else { return Ok(None) };
    let times = times(&session, user.id);
    if times.is_empty() {
        return Ok(None);
    }
    let ids: Vec<_> = times.iter().map(|(id, ..)| *id).collect();
    let links = sessions::decision_links(cx, user, &session, &ids)?;
    let spans = times.iter().map(|(_, start, end)| (start.ms(), end.ms()));
    Ok(Some(Says::Decision {
        user: user.id,
        session: session.id,
        news: news.clone(),
        times: spans.zip(links.agree).map(|(span, (_, link))| (span, link)).collect(),
        refuse: links.refuse,
        expires: session.expires_at.ms(),
    }))
}

/// Why a time that was about to be booked is off again, after the sentence: `: it cannot be had any more`.
pub(super) fn why_undone(reason: &str) -> &'static str {
    match reason {
        "slot-taken" => ": it cannot be had any more",
        "time-out" => ": it took too long to look through all calendars",
        _ => "",
    }
}

/// Why a session came to no meeting, after its title: `: no time suits everybody`.
pub(super) fn why(reason: &str) -> &'static str {
    match reason {
        "no-common-time" => ": no time suits everybody",
        "declined" => ": somebody declined",
        "canceled" => ": it was called off",
        "time" => ": nobody decided in time",
        "revoked" => ": it cannot be arranged between you any more",
        _ => "",
    }
}
