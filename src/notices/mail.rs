//! Notices as letters: at once, after quiet hours, never twice.

use super::choose;
use super::group;
use super::kind::Kind;
use super::model::Notice;
use super::session;
use super::task;
use super::words;
use crate::accounts::User;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{MeetingId, ParticipantId};
use crate::base::time::Timestamp;
use crate::booking::{self, BookingState};
use crate::journal::Entry;
use crate::meetings;
use crate::post::letter::{self, Draft, Enqueued, News, Says};
use crate::store::Cx;

/// The end of somebody's quiet hours, if they are in them now.
pub(super) fn not_before(cx: &Cx<'_>, user: &User) -> Result<Option<Timestamp>> {
    let quiet = choose::hours_of(cx, user.id)?.quiet;
    Ok(quiet.and_then(|quiet| choose::quiet_until(quiet, user.zone, cx.now)))
}

/// Mails one notice.
pub(super) fn at_once(cx: &Cx<'_>, user: &User, notice: &Notice, entry: &Entry) -> Result<()> {
    let news = words::news(cx, notice, &entry.trace)?;
    let not_before = not_before(cx, user)?;
    let reminds = matches!(notice.kind, Kind::MeetingSoon | Kind::Nudge);
    let begins = news.span.filter(|_| reminds).map(|(start, _)| start);
    // A reminder that could only be read too late is in-app alone.
    if begins.is_some_and(|start| not_before.unwrap_or(cx.now).ms() >= start) {
        return Ok(());
    }
    if notice.kind == Kind::Nudge {
        return nudge(cx, notice, not_before, entry);
    }
    let asks = [Kind::SessionDecision, Kind::BookingWaiting, Kind::ApprovalAsked, Kind::GroupAsked];
    let says = if asks.contains(&notice.kind) {
        let Some(says) = question(cx, user, notice, &news)? else { return Ok(()) };
        says
    } else {
        let choices = task::choices(cx, user, notice)?;
        Says::Notice { meeting: notice.subject.parse::<MeetingId>().ok(), news, choices }
    };
    write(cx, user, says, (key(notice), not_before), &entry.trace).map(drop)
}

/// The nudge has a letter of its own, which goes into the thread of the invitation.
fn nudge(cx: &Cx<'_>, notice: &Notice, not_before: Option<Timestamp>, entry: &Entry) -> Result<()> {
    let matter = notice.matter.as_deref().unwrap_or_default();
    let (meeting, participant) = (meetings::load(cx, notice.subject.parse()?)?, matter.parse()?);
    let who = Actor::house(&entry.trace);
    meetings::nudge(cx, &who, &meeting, participant, (key(notice), not_before)).map(drop)
}

/// The letter that asks for a decision, with links that take it; `None`: there is nothing to decide any more.
pub(super) fn question(cx: &Cx<'_>, user: &User, notice: &Notice, news: &News) -> Result<Option<Says>> {
    match notice.kind {
        Kind::SessionDecision => session::letter(cx, user, notice, news),
        Kind::GroupAsked => group::letter(cx, user, notice, news),
        Kind::ApprovalAsked => task::letter(cx, user, notice, news),
        Kind::BookingWaiting => {
            let Some((asked, _)) = words::asked_for(cx, notice)? else { return Ok(None) };
            if asked.state_at(cx.now) != BookingState::Waiting {
                return Ok(None);
            }
            let (approve, decline) = booking::decision_links(cx, user, &asked)?;
            let expires = asked.expires_at.ms();
            let news = news.clone();
            Ok(Some(Says::BookingAsk { user: user.id, booking: asked.id, news, approve, decline, expires }))
        }
        _ => Ok(None),
    }
}

fn key(notice: &Notice) -> String {
    format!("notice {} {} {}", notice.user, notice.number, notice.kind.as_str())
}

/// What waits for the end of quiet hours is not mailed: its reader knows, or it is no longer so.
pub(super) fn take_back(cx: &Cx<'_>, notice: &Notice) -> Result<()> {
    letter::take_back(cx, &key(notice)).map(drop)
}

/// Writes a letter to somebody with an account; says whether it is new. Whoever asked never to be written to is not,
/// and nothing more is owed to them.
pub(super) fn write(
    cx: &Cx<'_>,
    user: &User,
    says: Says,
    (unique_key, not_before): (String, Option<Timestamp>),
    trace: &str,
) -> Result<bool> {
    let draft = Draft {
        to: user.address.clone(),
        name: user.given_name(),
        zone: user.zone,
        participant: says.meeting().map(|meeting| participant(cx, meeting, user)).transpose()?.flatten(),
        says,
        unique_key,
        in_reply_to: None,
        expires: None,
        trace: trace.to_owned(),
    };
    Ok(!matches!(letter::enqueue_at(cx, draft, not_before)?, Enqueued::Before))
}

/// Who somebody is at a meeting: the last check looks for the others' addresses by it.
fn participant(cx: &Cx<'_>, meeting: MeetingId, user: &User) -> Result<Option<ParticipantId>> {
    let meeting = meetings::load(cx, meeting)?;
    let mine = meeting.participants.iter().find(|one| one.address.key() == user.address.key());
    Ok(mine.map(|one| one.id))
}
