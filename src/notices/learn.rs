//! What the journal's entries mean to people: who should know of each, and what then falls due later.
//!
//! Whoever did something is not told of it. An entry that was read before tells nobody anything again.

use super::agent;
use super::choose;
use super::conversation;
use super::deadline;
use super::group;
use super::kind::{Kind, Mail};
use super::mail;
use super::model::{Facts, Notice};
use super::part;
use super::session;
use super::sql::{self, New};
use super::task;
use crate::accounts::{self, User};
use crate::agents;
use crate::base::actor::{Actor, Road};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, MeetingId, ParticipantId, ProposalId, UserId};
use crate::base::time::HOUR;
use crate::journal::{Entry, Follower};
use crate::limits::{self, Budget};
use crate::meetings::{self, Meeting, ProposalStatus, Seen, Status};
use crate::store::Cx;

/// Reads the journal for what people should know.
pub(super) const FOLLOWER: Follower = Follower { name: "notices", apply };

fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    match entry.kind.as_str() {
        "meeting.booked" | "meeting.moved" | "meeting.cancelled" => meeting_changed(cx, entry),
        "meeting.room-let-go" => room_let_go(cx, entry),
        "meeting.soon" => soon(cx, entry),
        "invitation.answered" => answered(cx, entry),
        "invitation.unanswered" => unanswered(cx, entry),
        "invitation.undeliverable" | "letter.failed" | "letter.bounced" => undelivered(cx, entry),
        "user.added" | "user.enabled" => welcome(cx, entry),
        "user.erased" => match user_in(entry.subject.as_deref()) {
            Some(user) => part::erase(cx, user),
            None => Ok(()),
        },
        "role.member-removed" => task::learn_role(cx, entry),
        kind if kind.starts_with("task.") => task::learn_task(cx, entry),
        kind if kind.starts_with("approval.") || kind == "approval-rule.applied" => {
            task::learn_approval(cx, entry)
        }
        kind if kind.starts_with("session.") => session::learn(cx, entry),
        kind if kind.starts_with("group.") => group::learn(cx, entry),
        "conversation.told" | "conversation.awaited" => conversation::learn(cx, entry),
        "agent.shut-out" | "agent.inactive" | "agent.let-in" | "agent.online" | "agent.retired"
        | "agent.erased" => agent::learn(cx, entry),
        "source.unreadable" => unreadable(cx, entry),
        "webhook.failing" => webhook(cx, entry),
        // Readable again, gone, or whoever has it has seen to it.
        "source.readable" | "source.removed" | "source.changed" | "webhook.changed" | "webhook.removed" => {
            entry.subject.as_deref().map_or(Ok(()), |subject| settle(cx, subject, None))
        }
        kind if kind.starts_with("proposal.") => proposal(cx, entry),
        kind if kind.starts_with("connection.") => connection(cx, entry),
        "booking.waiting" | "booking.booked" | "booking.declined" | "booking.expired"
        | "booking.withdrawn" | "booking.erased" => booking(cx, entry),
        _ => Ok(()),
    }
}

/// After these an invitation to connect waits no more.
const ENDS_INVITATION: [&str; 7] = [
    "connection.accepted",
    "connection.declined",
    "connection.withdrawn",
    "connection.expired",
    "connection.revoked",
    "connection.blocked",
    "connection.erased",
];

/// Something to be told.
pub(super) struct Tidings<'a> {
    pub(super) kind: Kind,
    pub(super) subject: &'a str,
    pub(super) matter: Option<String>,
    pub(super) about: Option<&'a str>,
    pub(super) facts: Facts,
}

impl<'a> Tidings<'a> {
    fn of(kind: Kind, meeting: &'a str, facts: Facts) -> Self {
        Self { kind, subject: meeting, matter: None, about: None, facts }
    }
}

/// Tells one person, once, and mails it as they chose.
pub(super) fn tell(cx: &mut Cx<'_>, entry: &Entry, user: &User, tidings: Tidings<'_>) -> Result<()> {
    let kind = tidings.kind;
    // Of what their agent did somebody is told; of what they did themselves they are not.
    let did_it = entry.actor == user.id.to_string() && entry.road != Road::Worker.as_str();
    if did_it || sql::is_told(cx, user.id, entry.number, kind)? {
        return Ok(());
    }
    let chosen = match choose::mail_of(cx, user.id, kind)? {
        Mail::AtOnce if !is_mailed_at_once(cx, entry, user, kind)? => Mail::Daily,
        chosen => chosen,
    };
    let new = New {
        user: user.id,
        number: entry.number,
        kind,
        subject: tidings.subject,
        matter: tidings.matter.as_deref(),
        about: tidings.about,
        facts: tidings.facts,
        mail: chosen,
    };
    let notice = sql::insert(cx, new)?;
    match chosen {
        Mail::AtOnce => mail::at_once(cx, user, &notice, entry),
        Mail::Daily => deadline::plan_digest(cx, user, &entry.trace),
        Mail::Never => Ok(()),
    }
}

/// What others have somebody asked. Whoever may ask could fill a mailbox by it, and more than one: a role has many members.
pub(super) const ASKED: [Kind; 5] =
    [Kind::TaskAsked, Kind::TaskQuestion, Kind::ApprovalAsked, Kind::GroupAsked, Kind::ConversationAwaited];
/// How many mails at once one person gets of what one other, or a program of theirs, asks; the rest is in the day's mail.
const MAILED: Budget = Budget { name: "asked-mails", most: 20, window_ms: HOUR };

fn is_mailed_at_once(cx: &Cx<'_>, entry: &Entry, user: &User, kind: Kind) -> Result<bool> {
    if !ASKED.contains(&kind) {
        return Ok(true);
    }
    limits::allows(cx, MAILED, &format!("{} {}", entry.actor, user.id), 1)
}

/// Nothing waits any more for whoever was told of `matter`; for one person, if one is named.
pub(super) fn settle(cx: &Cx<'_>, matter: &str, user: Option<UserId>) -> Result<()> {
    for notice in sql::open(cx, matter)? {
        if user.is_none_or(|user| notice.user == user) {
            put_away(cx, &notice)?;
        }
    }
    Ok(())
}

/// What notices were about is gone: nothing waits any more, and none of them stays unread.
pub(super) fn gone(cx: &Cx<'_>, subject: &str) -> Result<()> {
    settle(cx, subject, None)?;
    sql::unread_of(cx, subject)?.iter().try_for_each(|notice| put_away(cx, notice))
}

/// Nobody has to take note of a notice any more, and what waits of its mail does not leave.
pub(super) fn put_away(cx: &Cx<'_>, notice: &Notice) -> Result<()> {
    mail::take_back(cx, notice)?;
    sql::settle(cx, notice)
}

/// The meeting that an entry is about, as the house sees it. One that is gone is nobody's news.
fn seen(cx: &Cx<'_>, entry: &Entry) -> Result<Option<Seen>> {
    let Some(Ok(id)) = entry.subject.as_deref().map(str::parse::<MeetingId>) else { return Ok(None) };
    match meetings::see(cx, &Actor::house(&entry.trace), id) {
        Ok(seen) => Ok(Some(seen)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The account of a participant, if they have one and may use it.
pub(super) fn account(cx: &Cx<'_>, meeting: &Meeting, one: ParticipantId) -> Result<Option<User>> {
    let Ok(participant) = meeting.participant(one) else { return Ok(None) };
    if participant.is_erased {
        return Ok(None);
    }
    let user = accounts::by_address(cx, &participant.address)?;
    Ok(user.filter(|user| user.disabled_at.is_none()))
}

/// The accounts of everybody at a meeting, each once.
pub(super) fn accounts_of(cx: &Cx<'_>, meeting: &Meeting) -> Result<Vec<(ParticipantId, User)>> {
    let mut found: Vec<(ParticipantId, User)> = Vec::new();
    for one in &meeting.participants {
        if let Some(user) = account(cx, meeting, one.id)?
            && !found.iter().any(|(_, known)| known.id == user.id)
        {
            found.push((one.id, user));
        }
    }
    Ok(found)
}

fn object(entry: &Entry) -> Option<ParticipantId> {
    entry.object.as_deref()?.parse().ok()
}

pub(super) fn user_in(text: Option<&str>) -> Option<UserId> {
    text?.parse().ok()
}

/// Whether a participant did it themselves, by a link or by mail.
fn is_doer(entry: &Entry, one: ParticipantId) -> bool {
    entry.actor == one.to_string()
}

pub(super) fn span(entry: &Entry, start: &str, end: &str) -> Option<(i64, i64)> {
    entry.number_of(start).zip(entry.number_of(end))
}

fn meeting_changed(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(Seen { meeting, proposals, .. }) = seen(cx, entry)? else { return Ok(()) };
    let subject = meeting.id.to_string();
    let people = accounts_of(cx, &meeting)?;
    if entry.kind != "meeting.booked" {
        deadline::drop_of_revision(cx, &meeting, &people, entry.amount.unwrap_or(0) - 1)?;
    }
    if meeting.status == Status::Scheduled && entry.amount == Some(meeting.sequence) {
        deadline::plan(cx, &meeting, &people, &entry.trace)?;
    }
    let now = (meeting.start.ms(), meeting.end.ms());
    let (kind, span, was) = match entry.kind.as_str() {
        "meeting.booked" => (Kind::MeetingBooked, Some(now), None),
        "meeting.moved" => {
            let new = span(entry, "start", "end").unwrap_or(now);
            (Kind::MeetingMoved, Some(new), span(entry, "was_start", "was_end"))
        }
        _ => (Kind::MeetingCancelled, Some(now), None),
    };
    // Whose proposal became the time is told so, and that is enough.
    let proposer = proposals.iter().map(|one| &one.proposal).find(|one| {
        kind == Kind::MeetingMoved
            && one.status == ProposalStatus::Approved
            && Some(one.sequence + 1) == entry.amount
            && Some((one.start.ms(), one.end.ms())) == span
    });
    let proposer = proposer.map(|proposal| proposal.by);
    for (one, user) in people {
        if kind != Kind::MeetingBooked {
            // It was about another time.
            settle(cx, &one.to_string(), None)?;
        }
        if is_doer(entry, one) || proposer == Some(one) {
            continue;
        }
        let facts = Facts { span, was, ..Facts::default() };
        tell(cx, entry, &user, Tidings::of(kind, &subject, facts))?;
    }
    Ok(())
}

/// A reminder that fell due: for the one person it names.
fn soon(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(Seen { meeting, .. }) = seen(cx, entry)? else { return Ok(()) };
    let Some(user) = user_in(entry.object.as_deref()) else { return Ok(()) };
    let Some((_, user)) = accounts_of(cx, &meeting)?.into_iter().find(|(_, one)| one.id == user) else {
        return Ok(());
    };
    let facts = Facts { span: span(entry, "start", "end"), ..Facts::default() };
    let subject = meeting.id.to_string();
    tell(cx, entry, &user, Tidings::of(Kind::MeetingSoon, &subject, facts))
}

/// What concerns the host alone.
fn tell_host(cx: &mut Cx<'_>, entry: &Entry, meeting: &Meeting, kind: Kind, facts: Facts) -> Result<()> {
    let host = meeting.host()?.id;
    if facts.participant == Some(host) || is_doer(entry, host) {
        return Ok(());
    }
    let Some(user) = account(cx, meeting, host)? else { return Ok(()) };
    let subject = meeting.id.to_string();
    tell(cx, entry, &user, Tidings::of(kind, &subject, facts))
}

/// The host is told which room it was, and why.
fn room_let_go(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(Seen { meeting, .. }) = seen(cx, entry)? else { return Ok(()) };
    let owned = |field| entry.text(field).map(str::to_owned);
    let facts = Facts { name: owned("name"), word: owned("reason"), ..Facts::default() };
    tell_host(cx, entry, &meeting, Kind::RoomLetGo, facts)
}

/// A nudge that fell due: to the one participant it names, if they have still said nothing.
fn unanswered(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let (Some(Seen { meeting, .. }), Some(one)) = (seen(cx, entry)?, object(entry)) else { return Ok(()) };
    if entry.amount != Some(meeting.sequence) || !meetings::unanswered(cx, &meeting)?.contains(&one) {
        return Ok(());
    }
    let Some(user) = account(cx, &meeting, one)? else { return Ok(()) };
    let facts = Facts { span: span(entry, "start", "end"), ..Facts::default() };
    let (subject, matter) = (meeting.id.to_string(), Some(one.to_string()));
    tell(cx, entry, &user, Tidings { matter, ..Tidings::of(Kind::Nudge, &subject, facts) })
}

fn answered(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let (Some(Seen { meeting, .. }), Some(one)) = (seen(cx, entry)?, object(entry)) else { return Ok(()) };
    settle(cx, &one.to_string(), None)?;
    // Whose proposal became the time: that it did is told.
    if entry.text("proposal").is_some() {
        return Ok(());
    }
    let facts = Facts {
        participant: Some(one),
        word: entry.text("partstat").map(str::to_lowercase),
        ..Facts::default()
    };
    tell_host(cx, entry, &meeting, Kind::MeetingAnswered, facts)
}

/// Only an invitation that still matters: what else does not arrive is no news to the host.
fn undelivered(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    if !matches!(entry.text("kind"), Some("invitation" | "update")) {
        return Ok(());
    }
    let (Some(Seen { meeting, .. }), Some(one)) = (seen(cx, entry)?, object(entry)) else { return Ok(()) };
    if !meeting.is_ahead(cx.now) {
        return Ok(());
    }
    let facts = Facts { participant: Some(one), ..Facts::default() };
    tell_host(cx, entry, &meeting, Kind::DeliveryFailed, facts)
}

fn proposal(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(Ok(id)) = entry.text("proposal").map(str::parse::<ProposalId>) else { return Ok(()) };
    let Some(seen) = seen(cx, entry)? else { return Ok(()) };
    let Some(found) = seen.proposals.iter().find(|one| one.proposal.id == id) else { return Ok(()) };
    let (meeting, proposal) = (&seen.meeting, &found.proposal);
    let subject = meeting.id.to_string();
    let span = Some((proposal.start.ms(), proposal.end.ms()));
    if entry.kind == "proposal.made" {
        // Whoever asks for a new time has said something.
        settle(cx, &proposal.by.to_string(), None)?;
        for one in &found.awaited {
            let Some(user) = account(cx, meeting, *one)? else { continue };
            let facts = Facts { participant: Some(proposal.by), span, ..Facts::default() };
            let matter = Some(id.to_string());
            tell(
                cx,
                entry,
                &user,
                Tidings { matter, ..Tidings::of(Kind::ProposalWaiting, &subject, facts) },
            )?;
        }
        return Ok(());
    }
    let decider = object(entry);
    if entry.kind == "proposal.approved" && proposal.status != ProposalStatus::Approved {
        // One of several has said yes: nothing waits for them any more.
        let Some(user) = decider.map(|one| account(cx, meeting, one)).transpose()?.flatten() else {
            return Ok(());
        };
        return settle(cx, &id.to_string(), Some(user.id));
    }
    settle(cx, &id.to_string(), None)?;
    let word = match entry.kind.as_str() {
        "proposal.approved" => "approved",
        "proposal.declined" => "declined",
        "proposal.expired" => "expired",
        _ => return Ok(()),
    };
    if is_doer(entry, proposal.by) {
        return Ok(());
    }
    let Some(user) = account(cx, meeting, proposal.by)? else { return Ok(()) };
    let participant = decider.filter(|one| *one != proposal.by);
    let facts = Facts { participant, span, word: Some(word.to_owned()), ..Facts::default() };
    tell(cx, entry, &user, Tidings::of(Kind::ProposalEnded, &subject, facts))
}

/// Connections are told of by their entries alone: whom to tell is the second party; who it was is `name`, or whoever
/// did it.
fn connection(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(subject) = entry.subject.as_deref() else { return Ok(()) };
    if ENDS_INVITATION.contains(&entry.kind.as_str()) {
        settle(cx, subject, None)?;
    }
    let Some(kind) = Kind::parse(&entry.kind) else { return Ok(()) };
    let Some(user) = user_in(entry.object.as_deref()) else { return Ok(()) };
    let user = match accounts::get(cx, user) {
        Ok(user) if user.disabled_at.is_none() => user,
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    // What a program of theirs did is told of as theirs.
    let by = match entry.actor.parse::<AgentId>() {
        Ok(agent) => agents::owner_of(cx, agent)?,
        Err(_) => user_in(Some(&entry.actor)),
    };
    let by = by.map(|by| by.to_string());
    let tidings = Tidings {
        kind,
        subject,
        matter: (kind == Kind::ConnectionInvited).then(|| subject.to_owned()),
        about: by.as_deref(),
        facts: Facts { name: entry.text("name").map(str::to_owned), ..Facts::default() },
    };
    tell(cx, entry, &user, tidings)
}

/// A calendar's holder is told; of a room's, the administrators. What it is called is looked up when it is shown.
fn unreadable(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(source) = entry.subject.as_deref() else { return Ok(()) };
    let readers = match user_in(entry.object.as_deref()).map(|user| accounts::get(cx, user)) {
        Some(Ok(user)) => vec![user],
        Some(Err(Error::NotFound(_))) => Vec::new(),
        Some(Err(error)) => return Err(error),
        None => accounts::administrators(cx)?,
    };
    for user in readers.iter().filter(|user| user.disabled_at.is_none()) {
        let facts = Facts { word: entry.text("problem").map(str::to_owned), ..Facts::default() };
        let matter = Some(source.to_owned());
        tell(cx, entry, user, Tidings { matter, ..Tidings::of(Kind::SourceUnreadable, source, facts) })?;
    }
    Ok(())
}

/// Its owner is told that a webhook is left alone, and why.
fn webhook(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(subject) = entry.subject.as_deref() else { return Ok(()) };
    let Some(user) = user_in(entry.object.as_deref()) else { return Ok(()) };
    let user = match accounts::get(cx, user) {
        Ok(user) if user.disabled_at.is_none() => user,
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let owned = |field| entry.text(field).map(str::to_owned);
    let facts = Facts { name: owned("host"), word: owned("reason"), ..Facts::default() };
    let matter = Some(subject.to_owned());
    tell(cx, entry, &user, Tidings { matter, ..Tidings::of(Kind::WebhookFailing, subject, facts) })
}

/// Whoever offers the page is asked; whatever ends the booking ends the question.
fn booking(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(subject) = entry.subject.as_deref() else { return Ok(()) };
    if entry.kind != "booking.waiting" {
        return settle(cx, subject, None);
    }
    let Some(user) = user_in(entry.object.as_deref()) else { return Ok(()) };
    let user = match accounts::get(cx, user) {
        Ok(user) if user.disabled_at.is_none() => user,
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let facts = Facts { span: span(entry, "start", "end"), ..Facts::default() };
    let tidings =
        Tidings { matter: Some(subject.to_owned()), ..Tidings::of(Kind::BookingWaiting, subject, facts) };
    tell(cx, entry, &user, tidings)
}

/// Whoever has an account from now on is reminded of the meetings they are at already.
fn welcome(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(user) = user_in(entry.subject.as_deref()) else { return Ok(()) };
    match accounts::get(cx, user) {
        Ok(user) => deadline::plan_anew(cx, &user, &entry.trace),
        Err(Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
