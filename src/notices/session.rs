//! Notices of sessions: somebody's agent asks, a person says something, one must decide, no time was found. What came of a session that ended in
//! a meeting is told by the meeting's own notices.

use super::kind::Kind;
use super::learn::{self, Tidings};
use super::model::{Facts, Notice, Waits};
use crate::accounts::{self, User};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{SessionId, UserId};
use crate::journal::Entry;
use crate::post::letter::{Face, News, Says};
use crate::sessions::{self, Session, Standing};
use crate::store::Cx;

/// The word of the news that an agent of the reader's own began it.
pub(super) const OWN: &str = "own";

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
    match entry.kind.as_str() {
        "session.proposal" | "session.counter" => said(cx, entry, subject, Kind::SessionProposed),
        "session.note" => said(cx, entry, subject, Kind::SessionNoted),
        word => {
            let kind = if word == "session.narrowed" { Some(Kind::SessionUndone) } else { Kind::parse(word) };
            match (kind, user) {
                (Some(kind), Some(user)) => tell(cx, entry, kind, (subject, user)),
                _ => Ok(()),
            }
        }
    }
}

/// Tells all the others what a person said themselves. What agents say to each other is no news: it stands in the transcript.
fn said(cx: &mut Cx<'_>, entry: &Entry, subject: &str, kind: Kind) -> Result<()> {
    let Some(author) = learn::user_in(entry.object.as_deref()) else { return Ok(()) };
    if entry.road == Road::Worker.as_str() {
        return Ok(());
    }
    let Some(session) = seen(cx, author, subject, &entry.trace)? else { return Ok(()) };
    for party in session.parties.iter().filter(|party| party.user != author) {
        if party.standing != Standing::Declined {
            tell(cx, entry, kind, (subject, party.user))?;
        }
    }
    Ok(())
}

/// Tells one party.
fn tell(cx: &mut Cx<'_>, entry: &Entry, kind: Kind, (subject, user): (&str, UserId)) -> Result<()> {
    let user = match accounts::get(cx, user) {
        Ok(user) if user.disabled_at.is_none() => user,
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(session) = seen(cx, user.id, subject, &entry.trace)? else { return Ok(()) };
    // What becomes of what a group decided on, the group tells.
    if session.group.is_some() && kind != Kind::SessionDecision {
        return Ok(());
    }
    let is_decision = kind == Kind::SessionDecision;
    let times = session.to_decide(user.id);
    let facts = Facts {
        span: match times.as_slice() {
            [only] if is_decision => Some((only.start.ms(), only.end.ms())),
            _ => learn::span(entry, "start", "end"),
        },
        word: entry.text("reason").map(str::to_owned),
        ..Facts::default()
    };
    // The question takes the place of the news that somebody asks.
    let matter = matches!(kind, Kind::SessionDecision | Kind::SessionStarted).then(|| subject.to_owned());
    let about =
        entry.object.as_deref().filter(|_| matches!(kind, Kind::SessionProposed | Kind::SessionNoted));
    learn::tell(cx, entry, &user, Tidings { kind, subject, matter, about, facts })
}

/// What a notice of a session says to its reader; `None`: the session is gone.
pub(super) fn news(cx: &Cx<'_>, notice: &Notice) -> Result<Option<News>> {
    let Some(session) = seen(cx, notice.user, &notice.subject, "")? else { return Ok(None) };
    // Whoever began it comes first among its parties.
    // Of what somebody said, whoever did.
    let about = learn::user_in(notice.about.as_deref());
    let others = session.parties.iter().filter(|party| match about {
        Some(about) => party.user == about,
        None => party.user != notice.user,
    });
    let face = |party: &sessions::Party| Face {
        name: Some(if party.name.is_empty() { "somebody".to_owned() } else { party.name.clone() }),
        is_host: false,
    };
    let is_own = notice.kind == Kind::SessionStarted && session.initiator == notice.user;
    Ok(Some(News {
        kind: notice.kind.as_str().to_owned(),
        faces: others.map(face).collect(),
        title: session.purpose.clone(),
        span: notice.facts.span,
        was: None,
        word: if is_own { OWN.to_owned() } else { notice.facts.word.clone().unwrap_or_default() },
        counted: None,
        path: format!("/sessions/{}", session.id),
    }))
}

/// What a notice of a session asks of its reader now.
pub(super) fn waits(cx: &Cx<'_>, notice: &Notice, trace: &str) -> Result<Waits> {
    let Some(session) = seen(cx, notice.user, &notice.subject, trace)? else { return Ok(Waits::Nothing) };
    let times = session.to_decide(notice.user).into_iter().map(|one| (one.id, one.start, one.end));
    let times: Vec<_> = times.collect();
    Ok(if times.is_empty() { Waits::Nothing } else { Waits::Decision { session: session.id, times } })
}

/// The letter that asks for a decision, with its links; `None`: there is nothing to decide any more.
pub(super) fn letter(cx: &Cx<'_>, user: &User, notice: &Notice, news: &News) -> Result<Option<Says>> {
    let Some(session) = seen(cx, user.id, &notice.subject, "")? else { return Ok(None) };
    let times = session.to_decide(user.id);
    if times.is_empty() {
        // Nothing is on the table: it waits for them to name times, for which there is the page.
        let waits = session.waits_for(user.id, cx.now);
        return Ok(waits.then(|| Says::Notice { meeting: None, news: news.clone(), choices: None }));
    }
    let ids: Vec<_> = times.iter().map(|one| one.id).collect();
    let links = sessions::decision_links(cx, user, &session, &ids)?;
    let spans = times.iter().map(|one| (one.start.ms(), one.end.ms()));
    Ok(Some(Says::Decision {
        user: user.id,
        session: session.id,
        news: news.clone(),
        times: spans.zip(links.agree).map(|(span, (_, link))| (span, link)).collect(),
        refuse: links.refuse,
        expires: sessions::decide_by(cx, &session, user.id)?.ms(),
    }))
}

/// That somebody's agent begins to arrange a meeting: another's, or the reader's own.
pub(super) fn begun(news: &News, name: &str, (title, with): (&str, &str)) -> String {
    if news.word == OWN {
        return format!("Your agent begins to arrange {title}{with}.");
    }
    format!("{name} wants to arrange {title} with you.")
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
