//! Sessions of somebody who is signed in: the list, one of them with its transcript, and every step that a person can take.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Path, Query};

use super::rating;
use super::session_words as told;
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page, see_other};
use super::words;
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ProposalId, SessionId, UserId};
use crate::base::time::{MINUTE, Timestamp, Zone};
use crate::sessions::conversation;
use crate::sessions::{
    self, Alternative, Message, Proposal, Role, Said, Session, Slot, Standing, State, Step,
};
use crate::store::Cx;
use crate::web::form::{Fields, date};
use crate::web::view::parts::{FieldErrors, Nav, Pager, When};
use crate::web::view::sessions::{
    Instead, OpenTime, ProposeForm, Refused, SessionList, SessionPage, SessionRow, TypedTime, WaitingSession,
};
use crate::web::view::watch::RatingForm;

/// How many sessions a page of the list has.
const PAGE: u32 = 30;
/// How many times the form has room for.
const TIMES: usize = 3;
/// How soon a page looks again while a time is being booked, in seconds: without scripts, too.
const AGAIN: &str = "3";

/// Before which one a page of the list begins.
#[derive(serde::Deserialize)]
pub(super) struct Before {
    before: Option<String>,
}

/// `GET /sessions`.
pub(super) async fn list(visit: Visit, part: Query<Before>) -> Answer {
    let me = visit.user()?.id;
    let before: Option<SessionId> = part.before.as_deref().map(str::parse).transpose()?;
    let who = visit.actor();
    let (found, zones) = visit
        .read(move |cx| {
            let found = sessions::sessions(cx, &who, before, PAGE)?;
            let zones = found.sessions.iter().map(|one| zone_of(cx, one)).collect::<Result<Vec<_>>>()?;
            Ok((found, zones))
        })
        .await?;
    let zone = visit.zone(None);
    let row = |(session, theirs): (&Session, &Option<Zone>)| SessionRow {
        href: path(session.id),
        title: session.purpose.clone(),
        with: told::with(session, me),
        wanted: told::wanted(session, theirs.unwrap_or(zone), zone),
        began: words::near(zone, session.created_at, visit.now),
        iso: session.created_at.to_rfc3339(),
        pill: told::pill(session, me),
    };
    ok(&SessionList {
        frame: visit.frame("Sessions", Nav::Sessions),
        rows: found.sessions.iter().zip(&zones).map(row).collect(),
        pager: Pager {
            first: before.map(|_| "/sessions".to_owned()),
            next: found.next.map(|id| format!("/sessions?before={id}")),
        },
    })
}

/// The zone of whoever began it, while they are here.
fn zone_of(cx: &Cx<'_>, session: &Session) -> Result<Option<Zone>> {
    match accounts::get(cx, session.initiator) {
        Ok(user) => Ok(Some(user.zone)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn path(id: SessionId) -> String {
    format!("/sessions/{id}")
}

/// A session in which somebody must decide, as Home and notices show it.
pub(super) fn waiting(session: &Session, me: UserId, zone: Zone, until: Timestamp) -> WaitingSession {
    let times = session.to_decide(me);
    WaitingSession {
        path: path(session.id),
        title: session.purpose.clone(),
        with: told::with(session, me),
        times: times.into_iter().map(|one| open_time(session, one, me, zone)).collect(),
        closes: closes(until, zone, true),
    }
}

fn open_time(session: &Session, proposal: &Proposal, me: UserId, zone: Zone) -> OpenTime {
    OpenTime {
        id: proposal.id.to_string(),
        when: When::span(zone, proposal.start, proposal.end),
        said: told::said_of(session, proposal, me),
        is_agreed: session.party(me).is_ok_and(|party| party.is_sure_of(proposal)),
    }
}

/// By when: to whoever must decide, and to whoever only may.
fn closes(until: Timestamp, zone: Zone, must_decide: bool) -> String {
    let words = if must_decide { "You can decide until" } else { "Open until" };
    format!("{words} {}.", zone.short(until))
}

/// What came back with the page: a refusal, a form.
#[derive(Default)]
struct Came {
    refused: Option<Refused>,
    typed: Vec<TypedTime>,
    errors: FieldErrors,
}

/// `GET /sessions/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    shown(&visit, id.parse()?, Came::default(), StatusCode::OK).await
}

/// What the page of a session shows, as one read finds it.
struct Seen {
    session: Session,
    in_rooms: String,
    said: Vec<Said>,
    has_earlier: bool,
    until: Timestamp,
    may_confirm: bool,
    /// The zone of whoever began it.
    theirs: Option<Zone>,
    began_in: Option<(String, String)>,
    ratings: Vec<RatingForm>,
}

fn seen(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Seen> {
    let session = sessions::session(cx, who, id)?;
    let me = who.user().ok_or(Error::NotFound("session"))?;
    let (said, has_earlier) = sessions::latest(cx, who, id)?;
    Ok(Seen {
        in_rooms: told::in_rooms(&sessions::rooms(cx, &session)?),
        until: sessions::decide_by(cx, &session, me)?,
        may_confirm: sessions::may_confirm(cx, &session, me)?,
        theirs: zone_of(cx, &session)?,
        began_in: began_in(cx, who, &session)?,
        session,
        said,
        has_earlier,
        ratings: rating::forms(cx, who, id)?,
    })
}

/// The page and the title of the conversation in which a session began, where the reader's agents are or were in it.
fn began_in(cx: &Cx<'_>, who: &Actor, session: &Session) -> Result<Option<(String, String)>> {
    let Some(id) = session.conversation else { return Ok(None) };
    match conversation::conversation(cx, who, id) {
        Ok(one) => Ok(Some((super::conversations::path(id), super::conversations::title(&one)))),
        // It is gone, or agents are switched off.
        Err(Error::NotFound(_) | Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn shown(visit: &Visit, id: SessionId, came: Came, status: StatusCode) -> Answer {
    let me = visit.user()?.id;
    let who = visit.actor();
    let Seen { session, in_rooms, said, has_earlier, until, may_confirm, theirs, began_in, ratings } =
        visit.read(move |cx| seen(cx, &who, id)).await?;
    let zone = visit.zone(None);
    let is_booking = session.state == State::Booking;
    let chosen = session.proposals.iter().find(|one| Some(one.id) == session.chosen);
    let party = session.party(me)?;
    let is_optional = party.role == Role::Optional;
    let is_alive = !session.state.is_over();
    let may_decide = Step::Accept.is_legal(session.state) && party.standing != Standing::Declined;
    let may_name = !is_optional
        && session.group.is_none()
        && (Step::Counter.is_legal(session.state) || is_first(&session, me));
    let view = SessionPage {
        frame: visit.frame(&session.purpose, Nav::Sessions),
        path: path(id),
        title: session.purpose.clone(),
        pill: told::pill(&session, me),
        lead: told::lead(&session, me),
        wanted: format!("{}{in_rooms}.", told::wanted(&session, theirs.unwrap_or(zone), zone)),
        better: told::better(&session, me, theirs.unwrap_or(zone), zone),
        refused: came.refused,
        chosen: chosen.map(|one| When::span(zone, one.start, one.end)),
        meeting_href: session.meeting.map_or_else(String::new, |meeting| format!("/meetings/{meeting}")),
        parties: told::parties(&session, me),
        times: if is_booking || !is_alive {
            Vec::new()
        } else {
            session.open_proposals().map(|one| open_time(&session, one, me, zone)).collect()
        },
        must_decide: !session.to_decide(me).is_empty(),
        may_decide,
        why_href: why(&session, me),
        group_href: session.group.map_or_else(String::new, |group| format!("/groups/{group}")),
        began_in,
        agent_agrees: told::agent_agrees(&session, me),
        not_granted: match party.connection {
            Some(connection) if is_alive && !may_confirm => format!("/connections/{connection}"),
            _ => String::new(),
        },
        closes: if is_alive && may_decide {
            closes(until, zone, !session.to_decide(me).is_empty())
        } else {
            String::new()
        },
        propose: may_name.then(|| propose_form(&session, zone, came.typed, came.errors, visit.now)),
        ratings,
        is_alive,
        is_optional,
        has_earlier,
        said: said.iter().rev().map(|one| told::line(&session, one, me, zone, visit.now)).collect(),
        version: session.version,
        is_busy: matches!(session.state, State::Initiated | State::Negotiating | State::Booking),
    };
    let mut answer = page(status, &view)?;
    if is_booking && status == StatusCode::OK {
        answer.headers_mut().insert(HeaderName::from_static("refresh"), HeaderValue::from_static(AGAIN));
    }
    Ok(answer)
}

/// Where the reader sees what of their own stood in the way; empty where something else did.
fn why(session: &Session, me: UserId) -> String {
    if session.reason.as_deref() != Some("no-common-time") {
        return String::new();
    }
    let day = Zone::UTC.date(Timestamp::from_ms(session.want.from));
    let with = session.party(me).ok().and_then(|party| party.connection);
    let with = with.map_or_else(String::new, |connection| format!("&with={connection}"));
    format!("/calendar/why?date={day}&at=10:00&length={}{with}", session.want.minutes)
}

/// Whether somebody may name the first times: it is theirs to begin.
fn is_first(session: &Session, me: UserId) -> bool {
    session.initiator == me && Step::Propose.is_legal(session.state)
}

fn propose_form(
    session: &Session,
    zone: Zone,
    mut typed: Vec<TypedTime>,
    errors: FieldErrors,
    now: Timestamp,
) -> ProposeForm {
    typed.resize(TIMES, TypedTime::default());
    let minutes = session.want.minutes;
    ProposeForm {
        times: typed,
        hint: format!("{minutes} minutes each, in {}.", zone.named(now)),
        zone: zone.name().to_owned(),
        errors,
    }
}

/// `POST /sessions/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: SessionId = id.parse()?;
    let who = posted.visit.actor();
    let seen = posted.visit.read(move |cx| sessions::session(cx, &who, id)).await?;
    let fields = &posted.fields;
    if fields.pressed() == "rate" {
        rating::rate(&posted, id).await?;
        return Ok(see_other(&format!("{}?done=rated", path(id))));
    }
    let note = || fields.owned("note");
    let (message, done) = match fields.pressed() {
        "agree" => (Message::Accept { proposal: proposal(fields)? }, "session-agreed"),
        "refuse" => {
            let refused = Message::Decline { proposal: Some(proposal(fields)?), note: note() };
            (refused, "session-refused")
        }
        "none" => (Message::Decline { proposal: None, note: note() }, "session-ended"),
        "end" => (Message::Cancel { note: note() }, "session-ended"),
        "say" => (Message::Note { text: note() }, "session-said"),
        "propose" => match named(fields, &seen) {
            Ok(slots) => (proposing(&seen, &posted.visit, slots)?, "session-proposed"),
            Err(errors) => return came_back(&posted, id, errors).await,
        },
        _ => return Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    };
    let is_propose = done == "session-proposed";
    let who = posted.visit.actor();
    let said = posted.write(move |cx| sessions::say(cx, &who, id, &message)).await;
    match said {
        Ok(answer) => match answer.refused {
            None => Ok(see_other(&format!("{}?done={}", path(id), told::done(&answer.session, done)))),
            Some(refusal) => {
                let zone = posted.visit.zone(None);
                let me = posted.visit.user()?.id;
                let time = |one: &Alternative| Instead {
                    start: one.start.to_rfc3339(),
                    when: When::span(zone, one.start, one.end),
                    why: told::why_named(&answer.session, one.reason, me),
                };
                let alternatives = refusal.alternatives.iter().map(time).collect();
                refused(&posted, id, Refused { words: refusal.message, alternatives }).await
            }
        },
        Err(Error::Refused { message, .. }) => {
            refused(&posted, id, Refused { words: message, alternatives: Vec::new() }).await
        }
        Err(Error::Invalid { message, .. }) if is_propose => {
            came_back(&posted, id, FieldErrors::one("times", message)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn proposal(fields: &Fields) -> Result<ProposalId> {
    fields.get("proposal").parse()
}

/// Whoever began a session proposes; everybody else names times instead of what was proposed.
fn proposing(session: &Session, visit: &Visit, slots: Vec<Slot>) -> Result<Message> {
    Ok(if session.initiator == visit.user()?.id {
        Message::Proposal { slots }
    } else {
        Message::Counter { slots, note: String::new() }
    })
}

/// The times that were typed, or the one alternative that was pressed.
fn named(fields: &Fields, session: &Session) -> std::result::Result<Vec<Slot>, FieldErrors> {
    let length = i64::from(session.want.minutes) * MINUTE;
    let slot = |start: Timestamp| Slot::of(start, start.plus(length));
    if let Some(start) = Timestamp::parse_rfc3339(fields.get("start")) {
        return Ok(vec![slot(start)]);
    }
    let wrong = |words: String| FieldErrors::one("times", words);
    let zone = Zone::parse(fields.get("zone")).ok_or_else(|| wrong("This is not a time zone.".to_owned()))?;
    let mut slots = Vec::new();
    for time in typed(fields).into_iter().filter(|time| !time.date.is_empty() || !time.from.is_empty()) {
        let day = date(&time.date).map_err(|words| wrong(words.to_owned()))?;
        let hour = super::wish::clock(&time.from)
            .ok_or_else(|| wrong("The time should look like 10:30.".to_owned()))?;
        let local = day.and_time(hour);
        match zone.resolve(local) {
            crate::base::time::Resolved::Skipped(_) => {
                return Err(wrong("The clocks go forward then: that hour does not exist.".to_owned()));
            }
            resolved => slots.push(slot(resolved.instant())),
        }
    }
    if slots.is_empty() {
        Err(wrong("Name at least one time: a day, and when it begins.".to_owned()))
    } else {
        Ok(slots)
    }
}

fn typed(fields: &Fields) -> Vec<TypedTime> {
    let times = fields.all("date").zip(fields.all("from")).take(sessions::SLOTS_MAX);
    times
        .map(|(date, from)| TypedTime { date: date.trim().to_owned(), from: from.trim().to_owned() })
        .collect()
}

async fn came_back(posted: &Posted, id: SessionId, errors: FieldErrors) -> Answer {
    let came = Came { typed: typed(&posted.fields), errors, refused: None };
    shown(&posted.visit, id, came, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn refused(posted: &Posted, id: SessionId, refused: Refused) -> Answer {
    let came = Came { refused: Some(refused), ..Came::default() };
    shown(&posted.visit, id, came, StatusCode::CONFLICT).await
}
