//! What a notice says: its facts with the names that may be known now, and the one sentence that pages, mails, the API
//! and the stream share. Nobody is named but by name.

use super::group;
use super::kind::Kind;
use super::model::{Notice, Waits};
use super::{agent, conversation, gone, session, task};
use crate::accounts;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::house::House;
use crate::base::id::{BookingId, ConnectionId, MeetingId, ParticipantId, SourceId, UserId};
use crate::base::time::lasting;
use crate::booking::{self, Booking, BookingLink, BookingState};
use crate::calendar::{self, Problem};
use crate::meetings::{self, ProposalStatus, Seen};
use crate::network;
use crate::post::letter::{Face, News, is_of_names, with};
use crate::store::Cx;

/// What a notice says to its reader.
pub(super) fn news(cx: &Cx<'_>, notice: &Notice, trace: &str) -> Result<News> {
    of(cx, notice, seen(cx, notice, trace)?.as_ref())
}

/// The meeting a notice is about, as its reader may see it.
pub(super) fn seen(cx: &Cx<'_>, notice: &Notice, trace: &str) -> Result<Option<Seen>> {
    let Ok(id) = notice.subject.parse::<MeetingId>() else { return Ok(None) };
    let who = Actor::new(Who::User { id: notice.user, admin: false }, Road::Worker, trace);
    match meetings::see(cx, &who, id) {
        Ok(seen) => Ok(Some(seen)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a notice says, with its meeting at hand.
pub(super) fn of(cx: &Cx<'_>, notice: &Notice, seen: Option<&Seen>) -> Result<News> {
    let known = &notice.facts;
    let word = known.word.clone().unwrap_or_default();
    let kind = notice.kind.as_str().to_owned();
    if let Some(seen) = seen {
        let meeting = &seen.meeting;
        let one = |id: ParticipantId| meeting.participant(id).ok().map(meetings::Participant::face);
        let faces = match known.participant {
            Some(participant) => one(participant).into_iter().collect(),
            None if notice.kind == Kind::ProposalEnded => Vec::new(),
            // It is told of a room as of somebody.
            None if notice.kind == Kind::RoomLetGo => {
                vec![Face { name: known.name.clone(), is_host: false }]
            }
            None => seen.me.map_or_else(Vec::new, |me| meeting.others(me)),
        };
        return Ok(News {
            kind,
            faces,
            title: meeting.title.clone(),
            span: known.span.or(Some((meeting.start.ms(), meeting.end.ms()))),
            was: known.was,
            word,
            counted: None,
            path: format!("/meetings/{}", meeting.id),
        });
    }
    if matches!(notice.kind, Kind::GroupAsked | Kind::GroupEnded)
        && let Some(news) = group::news(cx, notice)?
    {
        return Ok(news);
    }
    if notice.subject.starts_with("ses_")
        && let Some(news) = session::news(cx, notice)?
    {
        return Ok(news);
    }
    if notice.subject.starts_with("msg_")
        && let Some(news) = conversation::news(cx, notice)?
    {
        return Ok(news);
    }
    if matches!(notice.subject.get(..4), Some("tsk_" | "apr_"))
        && let Some(news) = task::news(cx, notice)?
    {
        return Ok(news);
    }
    let mut news = News { kind, span: known.span, was: known.was, word, ..News::default() };
    if notice.subject.starts_with("con_") {
        news.faces = vec![Face { name: name(cx, notice)?, is_host: false }];
        news.path = format!("/connections/{}", notice.subject);
    } else if let Ok(source) = notice.subject.parse::<SourceId>() {
        news.title = source_name(cx, notice.user, source)?;
        news.path = format!("/calendar/sources/{source}");
    } else if matches!(notice.kind, Kind::AgentShutOut | Kind::AgentInactive) {
        news.title = known.name.clone().unwrap_or_default();
        news.path = format!("/agents/{}", notice.subject);
    } else if notice.kind == Kind::WebhookFailing {
        news.title = known.name.clone().unwrap_or_default();
        news.path = format!("/webhooks/{}", notice.subject);
    } else if let Some((booking, link)) = asked_for(cx, notice)? {
        news.faces = vec![Face { name: Some(booking.guest_name), is_host: false }];
        news.title = link.says.title;
        news.path = format!("/booking-links/{}", link.id);
    } else {
        gone::PATH.clone_into(&mut news.path);
    }
    Ok(news)
}

/// What the holder of a source calls it; empty if it is gone.
fn source_name(cx: &Cx<'_>, user: UserId, id: SourceId) -> Result<String> {
    // Of a room's calendar administrators are told, and only they.
    let who = Actor::new(Who::User { id: user, admin: true }, Road::Worker, "");
    match calendar::source(cx, &who, id) {
        Ok(source) => Ok(source.name),
        Err(Error::NotFound(_)) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// What a guest asked for, while it is kept.
pub(super) fn asked_for(cx: &Cx<'_>, notice: &Notice) -> Result<Option<(Booking, BookingLink)>> {
    let Ok(id) = notice.subject.parse::<BookingId>() else { return Ok(None) };
    let who = Actor::new(Who::User { id: notice.user, admin: false }, Road::Worker, "");
    match booking::booking(cx, &who, id) {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Who a notice tells of, where it is somebody with an account: as the entry says, or as they call themselves now.
fn name(cx: &Cx<'_>, notice: &Notice) -> Result<Option<String>> {
    if let Some(name) = &notice.facts.name {
        return Ok(Some(name.clone()));
    }
    let Some(Ok(user)) = notice.about.as_deref().map(str::parse::<UserId>) else { return Ok(None) };
    match accounts::get(cx, user) {
        Ok(user) => Ok(user.given_name()),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a notice asks of its reader now.
pub(super) fn waits(cx: &Cx<'_>, notice: &Notice, seen: Option<&Seen>, trace: &str) -> Result<Waits> {
    let (None, Some(matter)) = (notice.settled_at, &notice.matter) else { return Ok(Waits::Nothing) };
    if notice.kind == Kind::ConnectionInvited {
        let words = invited_with(cx, notice.user, matter, trace)?;
        return Ok(Waits::Connection { id: matter.clone(), words });
    }
    if notice.kind == Kind::BookingWaiting {
        let asked = asked_for(cx, notice)?.map(|(booking, _)| booking);
        let waiting = asked.filter(|booking| booking.state_at(cx.now) == BookingState::Waiting);
        return Ok(waiting.map_or(Waits::Nothing, |booking| Waits::Booking(Box::new(booking))));
    }
    if matches!(notice.kind, Kind::TaskAsked | Kind::TaskQuestion | Kind::ApprovalAsked) {
        return task::waits(cx, notice);
    }
    if notice.kind == Kind::GroupAsked {
        return group::waits(cx, notice);
    }
    if notice.kind == Kind::SessionDecision {
        return session::waits(cx, notice, trace);
    }
    let Some(seen) = seen else { return Ok(Waits::Nothing) };
    if notice.kind == Kind::Nudge {
        let is_mine = |one: &&ParticipantId| one.to_string() == *matter;
        let silent = meetings::unanswered(cx, &seen.meeting)?;
        let answer = || Waits::Answer(Box::new(seen.clone()));
        return Ok(silent.iter().find(is_mine).map_or(Waits::Nothing, |_| answer()));
    }
    let waiting = seen.proposals.iter().find(|one| {
        one.proposal.id.to_string() == *matter
            && one.proposal.status == ProposalStatus::Pending
            && seen.me.is_some_and(|me| one.awaited.contains(&me))
    });
    let asked =
        |one: &meetings::SeenProposal| Waits::Proposal(Box::new((seen.clone(), one.proposal.clone())));
    Ok(waiting.map_or(Waits::Nothing, asked))
}

/// What the inviter says to whoever may still accept; nothing where that is no longer theirs to see.
fn invited_with(cx: &Cx<'_>, user: UserId, connection: &str, trace: &str) -> Result<String> {
    let Ok(id) = connection.parse::<ConnectionId>() else { return Ok(String::new()) };
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Worker, trace);
    match network::connection(cx, &who, id) {
        Ok(seen) => Ok(seen.words),
        Err(Error::NotFound(_)) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// What to do about it in this house, where that is not plain; empty elsewhere.
pub fn advice(news: &News, house: &House) -> String {
    let words = match Kind::parse(&news.kind) {
        Some(Kind::DeliveryFailed) => {
            "The meeting still stands, but they may not know of it. Ask for the right address, and book again."
        }
        Some(Kind::SourceUnreadable) if news.word == Problem::Refused.as_str() => {
            "Its server no longer takes the password. What was last known of it still counts, but nothing is booked by itself until you give a new one."
        }
        Some(Kind::SourceUnreadable) => {
            "What was last known of it still counts, but nothing is booked by itself until it can be read again. Its page says what is wrong."
        }
        Some(Kind::WebhookFailing) => {
            "What happens meanwhile waits there for three days. See to the program that should take it, and resume the webhook on its page."
        }
        Some(Kind::AgentShutOut) => {
            "Its keys and tokens count for nothing until then; it is let in again by itself, or by an administrator. See to the program first: its page says what went wrong."
        }
        Some(Kind::AgentInactive) => "If you do not run its program any more, retire it.",
        Some(Kind::BookingWaiting) => {
            let held = lasting(house.booking_decide_ms);
            return format!(
                "The time is held until you decide, for {held} at most. Nothing is booked before."
            );
        }
        _ => "",
    };
    words.to_owned()
}

/// Whether the sentence of a kind says who, before it says of what.
fn tells_who(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::MeetingAnswered
            | Kind::ProposalWaiting
            | Kind::ProposalEnded
            | Kind::DeliveryFailed
            | Kind::SessionStarted
            | Kind::SessionProposed
            | Kind::SessionNoted
    )
}

/// What outside of the house is the reader's, and does not do what it is there for.
fn fails(news: &News) -> String {
    let what = &news.title;
    match (Kind::parse(&news.kind), what.is_empty(), news.word.as_str()) {
        (Some(Kind::AgentShutOut | Kind::AgentInactive), ..) => agent::sentence(news),
        (Some(Kind::WebhookFailing), true, _) => "a webhook of yours is paused.".to_owned(),
        (Some(Kind::WebhookFailing), _, "gone") => {
            format!("your webhook to {what} says that it is gone, and is paused.")
        }
        (Some(Kind::WebhookFailing), ..) => {
            format!("your webhook to {what} has taken nothing for two days, and is paused.")
        }
        (_, true, _) => "a calendar of yours could not be read.".to_owned(),
        _ => format!("your calendar “{what}” cannot be read."),
    }
}

/// A room was let go.
fn let_go(news: &News, title: &str) -> String {
    let room = news.faces.first().and_then(|face| face.name.as_deref()).unwrap_or("a room");
    format!("For {title}, {}", meetings::let_go_words(room, &news.word))
}

/// The sentence: `Practice session with Robin has moved.`
pub fn sentence(news: &News) -> String {
    let words = gone::sentence(news).unwrap_or_else(|| said(news));
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The sentence as it stands within another one.
fn said(news: &News) -> String {
    let who = news.faces.first().map_or("somebody", Face::words);
    let name = news.faces.first().and_then(|face| face.name.as_deref()).unwrap_or("somebody");
    let with = with(&news.title, &news.faces);
    // A sentence that says who does not say it again by a title of names.
    let names: Vec<_> = news.faces.iter().filter_map(|face| face.name.as_deref()).collect();
    let title = match (Kind::parse(&news.kind), news.title.as_str()) {
        (_, "") => "a meeting",
        (Some(kind), title) if tells_who(kind) && is_of_names(title, &names) => match kind {
            Kind::SessionStarted => "a meeting",
            _ => "your meeting",
        },
        (_, title) => title,
    };
    let said = |accepted: &'static str, declined: &'static str, else_: &'static str| match news.word.as_str()
    {
        "accepted" | "approved" => accepted,
        "declined" => declined,
        _ => else_,
    };
    match Kind::parse(&news.kind) {
        Some(Kind::ConnectionInvited) => format!("{name} asks to connect with you."),
        Some(Kind::ConnectionAccepted) => format!("{name} accepted: you are connected now."),
        Some(Kind::ConnectionRevoked) => format!("{name} ended your connection."),
        Some(Kind::MeetingBooked) => format!("{title}{with} is booked."),
        Some(Kind::MeetingMoved) => format!("{title}{with} has moved."),
        Some(Kind::MeetingCancelled) => format!("{title}{with} is cancelled."),
        Some(Kind::MeetingAnswered) if news.word == "tentative" => format!("{who} may come to {title}."),
        Some(Kind::MeetingAnswered) => format!("{who} {} {title}.", said("accepted", "declined", "answered")),
        Some(Kind::ProposalWaiting) => format!("{who} asks to move {title}."),
        Some(Kind::ProposalEnded) if news.word == "expired" => {
            format!("Nobody decided on your new time for {title}: it stays when it is.")
        }
        Some(Kind::ProposalEnded) => {
            format!("{who} {} your new time for {title}.", said("approved", "declined", "decided on"))
        }
        Some(Kind::BookingWaiting) => format!("{name} asks for a time with you: {title}."),
        Some(Kind::DeliveryFailed) => format!("The invitation for {who} to {title} did not arrive."),
        Some(Kind::SourceUnreadable | Kind::WebhookFailing | Kind::AgentShutOut | Kind::AgentInactive) => {
            fails(news)
        }
        Some(Kind::MeetingSoon) => format!("{title}{with} begins soon."),
        Some(Kind::SessionStarted) => session::begun(news, name, (title, &with)),
        Some(Kind::SessionProposed) => format!("{name} proposes times for {title}."),
        Some(Kind::SessionNoted) => format!("{name} says something about {title}."),
        Some(Kind::SessionDecision) => format!("{title}{with} waits for you to decide."),
        Some(Kind::RoomLetGo) => let_go(news, title),
        Some(Kind::SessionUndone) if news.word == "narrowed" => {
            format!("A time for {title}{with} cannot be had any more.")
        }
        Some(Kind::SessionUndone) => {
            format!("A time for {title}{with} was not booked{}.", session::why_undone(&news.word))
        }
        Some(Kind::SessionEnded) => {
            format!("There is no meeting for {title}{with}{}.", session::why(&news.word))
        }
        Some(Kind::ConversationTold | Kind::ConversationAwaited) => conversation::sentence(news),
        Some(
            Kind::TaskAsked
            | Kind::TaskQuestion
            | Kind::TaskEnded
            | Kind::ApprovalAsked
            | Kind::ApprovalEnded
            | Kind::ApprovalByRule,
        ) => task::sentence(news).unwrap_or_default(),
        Some(Kind::GroupAsked | Kind::GroupEnded) => group::sentence(news),
        Some(Kind::Nudge) => format!("your answer to {title}{with} is awaited."),
        None => format!("There is news of {title}."),
    }
}
