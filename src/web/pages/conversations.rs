//! Conversations of somebody's agents: what they say to others and are told, what became of each message, what may be shared;
//! closing them.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};

use super::agents::switched_on;
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page, see_other};
use super::words;
use super::{once, rating};
use crate::agents;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, MessageId, SessionId, UserId};
use crate::base::text;
use crate::base::time::{Timestamp, Zone};
use crate::messages::{self, Attachment, AttachmentState, Delivery, Road, State, Type};
use crate::sessions::conversation::{self, Conversation, Entry, NewMessage, Request, Rights, Shape};
use crate::sessions::{self, Begun};
use crate::store::Cx;
use crate::web::view::conversations::{
    BegunRow, ConversationList, ConversationPage, ConversationRow, Line, MemberRow, ReplyForm,
};
use crate::web::view::hub::{Tab, Tabs};
use crate::web::view::parts::{Choice, FieldErrors, Nav, Pager, Pill, Tone};
use crate::web::view::watch::RatingForm;

/// How many a page of the list has.
const PAGE: u32 = 30;
/// How much of a transcript is shown.
const LINES: i64 = 100;
/// How much of what somebody asks stands in a choice, in characters.
const ASKED_CHARS: usize = 60;
/// What somebody says of themselves that answers nothing: it asks, or tells.
const ASKS: &str = "request";
const TELLS: &str = "notification";

/// Before which one a page of the list begins.
#[derive(serde::Deserialize)]
pub(super) struct Before {
    before: Option<String>,
}

/// What is said of a conversation where agents are switched off.
const OFF: &str = "Agents are switched off in this house: nothing is asked or said here meanwhile. What was said can be read.";

pub(super) fn path(id: SessionId) -> String {
    format!("/conversations/{id}")
}

/// `GET /conversations`.
pub(super) async fn list(visit: Visit, part: Query<Before>) -> Answer {
    let me = visit.user()?.id;
    let before: Option<SessionId> = part.before.as_deref().map(str::parse).transpose()?;
    let who = visit.actor();
    let found = visit.read(move |cx| conversation::conversations(cx, &who, before, PAGE)).await?;
    let (zone, now) = (visit.zone(None), visit.now);
    let row = |one: &Conversation| ConversationRow {
        href: path(one.id),
        title: title(one),
        with: with(one, me),
        began: words::near(zone, one.created_at, now),
        iso: one.created_at.to_rfc3339(),
        pill: pill(one),
    };
    ok(&ConversationList {
        frame: visit.frame("Conversations", Nav::Agents),
        tabs: Tabs(Tab::Conversations),
        rows: found.conversations.iter().map(row).collect(),
        pager: Pager {
            first: before.map(|_| "/conversations".to_owned()),
            next: found.next.map(|id| format!("/conversations?before={id}")),
        },
    })
}

/// What it is about: its topic, as long as that is kept.
pub(super) fn title(one: &Conversation) -> String {
    if !one.topic.is_empty() {
        return one.topic.clone();
    }
    match one.request {
        Request::Schedule => "About a time",
        Request::Social => "A chat",
        Request::Information => "About something to know",
        Request::Task => "About something to do",
    }
    .to_owned()
}

fn name_of(one: &Conversation, agent: AgentId) -> String {
    let member = one.members.iter().find(|member| member.agent == agent);
    match member.map(|member| member.name.as_str()) {
        Some("") | None => "an agent".to_owned(),
        Some(name) => name.to_owned(),
    }
}

/// Everybody else's agents.
fn with(one: &Conversation, me: UserId) -> String {
    let others: Vec<_> = one
        .members
        .iter()
        .filter(|member| member.user != Some(me))
        .map(|member| name_of(one, member.agent))
        .collect();
    match others.as_slice() {
        [] => "your own".to_owned(),
        [other] => other.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

fn pill(one: &Conversation) -> Pill {
    match (one.ended_at, one.reason.as_deref()) {
        (None, _) => Pill::new("open", Tone::Yes),
        (Some(_), Some("silence")) => Pill::new("ended in silence", Tone::Plain),
        (Some(_), Some("left")) => Pill::new("left", Tone::Plain),
        _ => Pill::new("closed", Tone::Plain),
    }
}

/// What became of a message, for each who was addressed.
type Routes = Vec<(Delivery, Option<Road>)>;

/// What its page shows, as one read finds it.
struct Seen {
    one: Conversation,
    said: Vec<(Entry, Routes)>,
    shared: Rights,
    begun: Vec<Begun>,
    ratings: Vec<RatingForm>,
    /// What waits for the reader to answer themselves; `None`: they say nothing there themselves.
    waiting: Option<Vec<MessageId>>,
}

fn seen(cx: &Cx<'_>, who: &Actor, id: SessionId) -> Result<Seen> {
    let one = conversation::conversation(cx, who, id)?;
    let after = (one.places - LINES).max(0);
    let mut said = Vec::new();
    let entries = conversation::transcript(cx, who, id, after)?;
    let waiting = conversation::replies(cx, who, &one, &entries)?;
    let waiting = waiting.map(|all| all.into_iter().map(|entry| entry.id).collect());
    for entry in entries {
        let is_own = match entry.from {
            Some(agent) => agents::is_theirs(cx, who, agent)?,
            None => false,
        };
        // Of what was erased long ago nothing is known any more.
        let routes = match messages::routes(cx, who, entry.id) {
            Ok(routes) if is_own => routes,
            Ok(_) | Err(Error::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        said.push((entry, routes));
    }
    Ok(Seen {
        shared: conversation::may_share(cx, &one)?,
        begun: sessions::began_in(cx, who, id)?,
        ratings: rating::forms(cx, who, id)?,
        waiting,
        one,
        said,
    })
}

/// What somebody typed that was not sent, and why.
struct Typed {
    text: String,
    is: String,
    once: String,
    errors: FieldErrors,
}

/// `GET /conversations/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    shown(&visit, id.parse()?, None, StatusCode::OK).await
}

async fn shown(visit: &Visit, id: SessionId, typed: Option<Typed>, status: StatusCode) -> Answer {
    let (me, who) = (visit.user()?.id, visit.actor());
    let Seen { one, said, shared, begun, ratings, waiting } =
        visit.read(move |cx| seen(cx, &who, id)).await?;
    let (zone, now) = (visit.zone(None), visit.now);
    let held = if switched_on(visit).is_ok() { "" } else { OFF };
    let reply = waiting.map(|waiting| reply_form(visit, &one, (&said, &waiting), typed));
    let title = title(&one);
    let began_it = one.members.iter().any(|member| member.agent == one.initiator && member.user == Some(me));
    let view = ConversationPage {
        frame: visit.frame(&title, Nav::Agents),
        path: path(id),
        reply,
        pill: pill(&one),
        lead: lead(&one, zone, now),
        members: one
            .members
            .iter()
            .map(|member| MemberRow {
                name: name_of(&one, member.agent),
                is_yours: member.user == Some(me),
                has_left: member.left_at.is_some(),
            })
            .collect(),
        left: Pill::new("has left", Tone::Plain),
        facts: facts(&one, shared),
        rights: rights(one.rights),
        begun: begun.into_iter().map(began).collect(),
        is_alive: one.ended_at.is_none(),
        held: held.to_owned(),
        leaves: one.shape != Shape::Direct && !began_it,
        ratings,
        has_earlier: one.places > LINES,
        said: said.iter().map(|(entry, routes)| line(&one, entry, routes, (zone, now))).collect(),
        title,
    };
    page(status, &view)
}

/// The form by which somebody says something themselves: an answer to what waits for one, unless they say otherwise.
fn reply_form(
    visit: &Visit,
    one: &Conversation,
    (said, waiting): (&[(Entry, Routes)], &[MessageId]),
    typed: Option<Typed>,
) -> ReplyForm {
    let asked = |id: &MessageId| said.iter().map(|(entry, _)| entry).find(|entry| entry.id == *id);
    let asked: Vec<&Entry> = waiting.iter().filter_map(asked).collect();
    let words = |entry: &Entry| entry.body["text"].as_str().unwrap_or_default().to_owned();
    let whose = |entry: &Entry| entry.from.map_or_else(|| "the house".to_owned(), |from| name_of(one, from));
    let first = asked.first().map_or_else(|| TELLS.to_owned(), |entry| entry.id.to_string());
    let (text, is, mark, errors) = match typed {
        Some(typed) => (typed.text, typed.is, typed.once, typed.errors),
        None => (String::new(), first, once::fresh(visit), FieldErrors::none()),
    };
    let choice = |value: &str, words: String| Choice::new(value, words, "", value == is);
    let answer = |entry: &&Entry| {
        let (whose, said) = (whose(entry), words(entry));
        let short = text::line(&said, ASKED_CHARS);
        let more = if short.len() < said.len() { "…" } else { "" };
        let words = match short.as_str() {
            "" => format!("An answer to {whose}"),
            short => format!("An answer to {whose}: “{short}{more}”"),
        };
        choice(&entry.id.to_string(), words)
    };
    let mut kinds: Vec<Choice> = asked.iter().map(answer).collect();
    kinds.push(choice(TELLS, "Something to tell".to_owned()));
    kinds.push(choice(ASKS, "A question of your own".to_owned()));
    ReplyForm {
        asked: asked.first().map(|entry| (words::sentence(&whose(entry)), words(entry))),
        more: asked.len().saturating_sub(1),
        is_open: !errors.is_empty(),
        kinds,
        text,
        once: mark,
        errors,
    }
}

fn began(one: Begun) -> BegunRow {
    let pill = match one.state {
        sessions::State::Confirmed => Pill::new("booked", Tone::Yes),
        state if state.is_over() => Pill::new("no meeting", Tone::No),
        _ => Pill::new("goes on", Tone::Plain),
    };
    let title = if one.purpose.is_empty() { "A meeting".to_owned() } else { one.purpose };
    BegunRow { href: super::sessions::path(one.id), title, pill }
}

fn lead(one: &Conversation, zone: Zone, now: Timestamp) -> String {
    match (one.ended_at, one.erase_at) {
        (None, _) => {
            format!(
                "It goes on. It ends by itself on {} if nothing is said.",
                words::day(zone, one.expires_at, now)
            )
        }
        (Some(_), Some(at)) => {
            format!("It is over. What was said is erased on {}.", words::day(zone, at, now))
        }
        (Some(_), None) => "It is over, and what was said is erased.".to_owned(),
    }
}

fn facts(one: &Conversation, shared: Rights) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![
        fact("About", one.request.as_str().to_owned()),
        fact("Urgency", format!("{} of 5", one.urgency)),
    ];
    if let Some(minutes) = one.answer_minutes {
        facts.push(fact(
            "An answer is expected",
            format!("within {}", words::span(i64::from(minutes) * 60_000)),
        ));
    }
    facts.push(fact("Kept after its end", format!("{} days", one.keep_days)));
    let now = rights(shared).into_iter().map(|choice| choice.words.to_lowercase()).collect::<Vec<_>>();
    facts.push(fact(
        "Shared as things stand",
        if now.is_empty() { "nothing".to_owned() } else { now.join(", ") },
    ));
    facts
}

/// What is still allowed: what was taken away is not offered again.
fn rights(rights: Rights) -> Vec<Choice> {
    let all = [
        (rights.calendar, "calendar", "When their people have time"),
        (rights.location, "location", "Where their people are"),
        (rights.commitments, "commitments", "That their people will come"),
    ];
    all.into_iter()
        .filter(|(is, ..)| *is)
        .map(|(_, value, words)| Choice::new(value, words, "", true))
        .collect()
}

fn line(
    one: &Conversation,
    entry: &Entry,
    routes: &[(Delivery, Option<Road>)],
    (zone, now): (Zone, Timestamp),
) -> Line {
    let text = entry.body["text"].as_str().unwrap_or_default().to_owned();
    let data = &entry.body["data"];
    let ended = entry.from.is_none().then(|| end_words(&entry.body)).flatten();
    let has_data =
        ended.is_none() && !entry.is_told() && data.as_object().is_some_and(|data| !data.is_empty());
    let kind = match (ended, entry.kind.as_str()) {
        (Some(words), _) => words,
        _ if entry.is_told() => "was told of it",
        (_, "request") => "asks",
        (_, "response") => "answers",
        (_, "notification") => "tells",
        _ => "",
    };
    Line {
        who: entry.from.map_or_else(|| "The house".to_owned(), |agent| name_of(one, agent)),
        kind: kind.to_owned(),
        text,
        data: if has_data { data.to_string() } else { String::new() },
        attachments: entry.attachments.iter().map(attachment).collect(),
        near: words::near(zone, entry.at, now),
        iso: entry.at.to_rfc3339(),
        is_erased: entry.erased_at.is_some(),
        deliveries: routes.iter().map(|(to, road)| (name_of(one, to.to), delivery(to, *road))).collect(),
    }
}

/// What the house says of the end of a conversation, for people.
fn end_words(body: &serde_json::Value) -> Option<&'static str> {
    let of = |name: &str| body["data"][name].as_str();
    if of("event") != Some("closed") {
        return None;
    }
    Some(match of("reason") {
        Some("silence") => "says that it ended, since nothing was said for so long",
        Some("left") => "says that it ended, since somebody left it",
        _ => "says that somebody closed it",
    })
}

fn attachment(one: &Attachment) -> String {
    let held = if one.state == AttachmentState::Quarantined {
        "; it is in quarantine and given to nobody"
    } else {
        ""
    };
    format!("{}, {}, {} bytes{held}", one.name, one.media_type, one.size)
}

/// What became of a message, and by which road it goes while it is under way.
fn delivery(one: &Delivery, road: Option<Road>) -> Pill {
    match (one.state, road) {
        (State::Queued, Some(Road::Builtin)) => Pill::new("on its way to a person", Tone::Wait),
        (State::Queued, _) => Pill::new("waits in the inbox", Tone::Wait),
        (State::Processing, _) => Pill::new("handed over", Tone::Wait),
        (State::Delivered, _) => Pill::new("dealt with", Tone::Yes),
        (State::Failed, _) => Pill::new("given up", Tone::No),
        (State::Expired, _) => Pill::new("not taken in time", Tone::No),
        (State::Dead, _) => match one.reason.as_deref() {
            Some("withdrawn") => Pill::new("taken back", Tone::Plain),
            Some("closed") => Pill::new("was for later, and the conversation is over", Tone::Plain),
            Some("inbox_full") => Pill::new("their inbox was full", Tone::No),
            Some("not_permitted") => Pill::new("could not be delivered any more", Tone::No),
            _ => Pill::new("could not be delivered", Tone::No),
        },
    }
}

/// `POST /conversations/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: SessionId = id.parse()?;
    let who = posted.visit.actor();
    let done = |word: &str| Ok(see_other(&format!("{}?done={word}", path(id))));
    match posted.fields.pressed() {
        "close" => {
            posted.write(move |cx| conversation::close(cx, &who, id).map(drop)).await?;
            done("conversation-closed")
        }
        "narrow" => {
            let has = |word: &str| posted.fields.all("rights").any(|given| given == word);
            let rights = Rights {
                calendar: has("calendar"),
                location: has("location"),
                commitments: has("commitments"),
            };
            posted.write(move |cx| conversation::set_rights(cx, &who, id, rights).map(drop)).await?;
            done("saved")
        }
        "rate" => {
            rating::rate(&posted, id).await?;
            done("rated")
        }
        "say" => say(&posted, id).await,
        _ => Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    }
}

/// Says what somebody typed, in their own name: their built-in agent passes it on.
async fn say(posted: &Posted, id: SessionId) -> Answer {
    let who = posted.visit.actor();
    let typed = |errors: FieldErrors| Typed {
        text: posted.fields.owned("text"),
        is: posted.fields.owned("is"),
        once: once::of(&posted.fields),
        errors,
    };
    let Typed { text, is, once: form, .. } = typed(FieldErrors::none());
    let said = posted.write(move |cx| {
        once::act(cx, &who, &format!("POST {}", path(id)), &form, |cx| {
            conversation::send(cx, &who, id, &read(&text, &is)?)?;
            Ok(format!("{}?done=conversation-said", path(id)))
        })
    });
    let error = match said.await {
        Ok(led) => return Ok(see_other(&led)),
        Err(error) => error,
    };
    let wait = |seconds: u64| {
        format!("This is too much at once. Try again in {seconds} s; what you wrote is kept here.")
    };
    let (status, words) = match &error {
        Error::Invalid { message, .. } => (StatusCode::UNPROCESSABLE_ENTITY, message.clone()),
        Error::NotFound("agent") => {
            let words =
                "Nobody in this conversation can be written to any more. What you wrote was not sent.";
            (StatusCode::CONFLICT, words.to_owned())
        }
        Error::Throttled { retry_after_s } | Error::Full { retry_after_s } => {
            (StatusCode::TOO_MANY_REQUESTS, wait(*retry_after_s))
        }
        _ => return Err(error.into()),
    };
    let field =
        if matches!(&error, Error::Invalid { field, .. } if field == "answers") { "is" } else { "text" };
    shown(&posted.visit, id, Some(typed(FieldErrors::one(field, words))), status).await
}

/// What somebody says: an answer to a message, or what they chose instead.
fn read(text: &str, is: &str) -> Result<NewMessage> {
    if text.trim().is_empty() {
        return Err(Error::invalid("text", "Write what you want to say."));
    }
    let (kind, answers) = match is {
        ASKS => (Type::Request, None),
        TELLS => (Type::Notification, None),
        id => {
            let unknown = |_| Error::invalid("answers", "There is no such message in this conversation.");
            (Type::Response, Some(id.parse().map_err(unknown)?))
        }
    };
    Ok(NewMessage::words(kind, text.to_owned(), answers))
}
