//! Group decisions over the API: begun, seen, answered, closed, taken back, left.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::group_view::ShownGroup;
use super::tasks::{instant, page_after, page_limit};
use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{CandidateId, ConnectionId, SessionId};
use crate::groups::tally::Vote;
use crate::groups::{self, Listing, Mode, NewAnswer, NewCandidate, NewGroup, Silence, Subject};
use crate::idempotency::Answer;
use crate::network::Place;
use crate::sessions::Want;
use crate::slots::Prefer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::{effect, nothing, still_seen};
use crate::web::problem::Problem;

/// What is to be voted on.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct GivenCandidate {
    /// What it is called; of a time nothing.
    #[serde(default)]
    label: String,
    /// Of a time: from.
    #[schema(format = DateTime)]
    start: Option<String>,
    /// Of a time: to.
    #[schema(format = DateTime)]
    end: Option<String>,
}

/// A group to be begun. Shares are in thousandths; 666 are two thirds.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct NewGroupBody {
    /// What is asked; of a time what the meeting is called. 500 characters.
    #[schema(example = "When do we rehearse?")]
    question: String,
    /// `broadcast` (if not given), `consensus` or `sequential`.
    mode: Option<String>,
    /// `question` (if not given) or `time`: that is booked.
    subject: Option<String>,
    /// The connections who decide with the caller, in the order of their turns.
    with: Vec<String>,
    /// What is voted on, 20 at most. Of a time none: the house looks between `from` and `to`. Of a broadcast none: what is
    /// answered is collected.
    #[serde(default)]
    candidates: Vec<GivenCandidate>,
    /// Of a time: how long, in minutes.
    length_minutes: Option<u32>,
    /// Of a time that is to be found: not before.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// Over by then.
    #[schema(format = DateTime)]
    to: Option<String>,
    /// Of `video`, `phone`, `in_person`; in whatever way, if not given.
    #[schema(value_type = Option<String>)]
    place: Option<Place>,
    /// How many of the members must answer; 500, if not given.
    #[schema(example = 500)]
    #[serde(default, deserialize_with = "thousandths")]
    quorum: Option<u32>,
    /// How many of those who say yes or no must say yes; `agents.threshold`, if not given.
    #[schema(example = 700)]
    #[serde(default, deserialize_with = "thousandths")]
    threshold: Option<u32>,
    /// By when; after `agents.group_seconds` where all are programs, else after `sessions.hours`, if not given.
    #[schema(format = DateTime)]
    deadline: Option<String>,
    /// Before, it closes only when all have answered. It lies before the deadline, also where that is not given.
    #[schema(format = DateTime)]
    open_until: Option<String>,
    /// Of a consensus: how many rounds there may be; 5, if not given.
    rounds: Option<i64>,
    /// Of a sequence: how long a turn lasts at most; an equal share of the time, if not given.
    turn_seconds: Option<i64>,
    /// Of a sequence alone: `skip` (if not given) whoever is silent, or `fail`.
    on_silence: Option<String>,
    /// Of a time: the conversation in which it is decided on, with the agents of all of them; it goes by the rights that are left
    /// there.
    #[schema(value_type = Option<String>)]
    conversation: Option<SessionId>,
}

const MODES: &str = "broadcast, consensus or sequential";
const SUBJECTS: &str = "question or time";

fn word<T>(
    field: &'static str,
    given: Option<&str>,
    (usual, words): (T, &'static str),
    parse: fn(&str) -> Option<T>,
) -> Result<T> {
    let unknown = || Error::invalid(field, format!("This should be {words}."));
    given.map_or(Ok(usual), |word| parse(word).ok_or_else(unknown))
}

/// A share, in thousandths, as it is in all of the API: who gives a fraction is told so.
fn thousandths<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<u32>, D::Error> {
    let given = Option::<serde_json::Value>::deserialize(from)?.filter(|given| !given.is_null());
    let share = given.map(|given| {
        let whole = given.as_u64().and_then(|share| u32::try_from(share).ok());
        whole.ok_or_else(|| D::Error::custom("a share is a whole number of thousandths: 700 is seven of ten"))
    });
    share.transpose()
}

impl NewGroupBody {
    pub(in crate::web) fn wanted(&self) -> Result<NewGroup> {
        let candidate = |one: &GivenCandidate| {
            let start = instant("candidates", one.start.as_deref())?;
            let end = instant("candidates", one.end.as_deref())?;
            if start.is_some() != end.is_some() {
                return Err(Error::invalid("candidates", "Give the start and the end of a time."));
            }
            Ok(NewCandidate { label: one.label.clone(), time: start.zip(end) })
        };
        let connection = |id: &String| {
            let says = "Name your connections: con_….";
            id.parse::<ConnectionId>().map_err(|_| Error::invalid("with", says))
        };
        Ok(NewGroup {
            question: self.question.clone(),
            mode: word("mode", self.mode.as_deref(), (Mode::Broadcast, MODES), Mode::parse)?,
            subject: word("subject", self.subject.as_deref(), (Subject::Question, SUBJECTS), Subject::parse)?,
            with: self.with.iter().map(connection).collect::<Result<_>>()?,
            candidates: self.candidates.iter().map(candidate).collect::<Result<_>>()?,
            want: self.want()?,
            quorum: self.quorum,
            threshold: self.threshold,
            deadline: instant("deadline", self.deadline.as_deref())?,
            open_until: instant("open_until", self.open_until.as_deref())?,
            rounds: self.rounds,
            turn_seconds: self.turn_seconds,
            on_silence: match self.on_silence.as_deref() {
                Some(given) => {
                    Some(word("on_silence", Some(given), (Silence::Skip, "skip or fail"), Silence::parse)?)
                }
                None => None,
            },
            conversation: self.conversation,
        })
    }

    /// What is wanted of a time, where the house is to look for some.
    fn want(&self) -> Result<Option<Want>> {
        let from = instant("from", self.from.as_deref())?;
        let to = instant("to", self.to.as_deref())?;
        let Some((from, to)) = from.zip(to) else {
            return match (from, to) {
                (None, None) => Ok(None),
                _ => Err(Error::invalid("to", "Say between when and when to look: from and to.")),
            };
        };
        Ok(Some(Want {
            minutes: self.length_minutes.unwrap_or(30),
            from: from.ms(),
            to: to.ms(),
            days: Vec::new(),
            within: None,
            place: self.place,
            resources: Vec::new(),
            prefer: Prefer::default(),
        }))
    }
}

/// What somebody says.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct GivenGroupAnswer {
    /// To each candidate `yes`, `if_need_be`, `no` or `abstain`; one that is not named is abstained from.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({ "cnd_019d4b5ad0007d3c8f1e2a3b4c5d6e7f": "yes" }))]
    votes: BTreeMap<String, String>,
    /// In words, 1,000 characters.
    #[serde(default)]
    text: String,
    /// In which round; the one that goes on, if not given. An answer to one that is over, of what was voted on in it, is kept
    /// and does not count.
    round: Option<i64>,
}

impl GivenGroupAnswer {
    pub(in crate::web) fn read(&self) -> Result<NewAnswer> {
        let vote = |(id, vote): (&String, &String)| {
            let id =
                id.parse::<CandidateId>().map_err(|_| Error::invalid("votes", "Name candidates: cnd_…."))?;
            let says = "This is yes, if_need_be, no or abstain.";
            let vote = Vote::parse(vote).ok_or_else(|| Error::invalid("votes", says))?;
            Ok((id, vote))
        };
        let votes = self.votes.iter().map(vote).collect::<Result<_>>()?;
        Ok(NewAnswer { votes, text: self.text.clone(), round: self.round })
    }
}

/// A page of groups.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GroupList {
    /// Newest first.
    groups: Vec<ShownGroup>,
    /// The `cursor` of the next page; null: this was the last.
    next: Option<String>,
}

/// Which groups.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GroupQuery {
    /// `open`: only what is not over.
    state: Option<String>,
    /// How many, from 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

fn kept(cx: &Cx<'_>, who: &Actor, id: SessionId, status: u16) -> Result<Answer> {
    let seen = groups::group(cx, who, id)?;
    let body = serde_json::to_value(ShownGroup::of(&seen)).map_err(Error::internal)?;
    Ok(Answer { status, body })
}

/// Begins one, for whichever door: a refusal is a value, since what was asked is kept.
pub(in crate::web) fn begin(
    cx: &mut Cx<'_>,
    who: &Actor,
    new: &NewGroup,
    (url, trace): (&str, &str),
) -> Result<Answer> {
    match groups::start(cx, who, new)?.allowed() {
        Ok(group) => {
            let asked = groups::ask_about_times(cx, who, new)?;
            let warnings = groups::warnings(cx, who, new, &asked)?;
            let shown = ShownGroup::begun(&groups::group(cx, who, group.id)?, &warnings);
            Ok(Answer { status: 201, body: serde_json::to_value(shown).map_err(Error::internal)? })
        }
        Err(error) => {
            let problem = Problem::of(&error, url, trace);
            let status = problem.status;
            Ok(Answer { status, body: serde_json::to_value(problem).map_err(Error::internal)? })
        }
    }
}

/// Answers one, for whichever door.
pub(in crate::web) fn give(cx: &mut Cx<'_>, who: &Actor, id: SessionId, new: &NewAnswer) -> Result<Answer> {
    groups::answer(cx, who, id, new)?;
    kept(cx, who, id, 200)
}

/// Begins a group decision: whoever is to answer is asked. It is decided, or says why not, by its deadline.
#[utoipa::path(post, path = "/api/v1/groups", tag = "groups", operation_id = "start_group",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewGroupBody,
    responses((status = 201, description = "It has begun; its address is in `Location`.", body = ShownGroup),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn start(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let (given, hash) = call.json::<NewGroupBody>().await?;
    let new = given.wanted()?;
    let (url, trace) = (call.web.config.server.public_url.clone(), call.trace.clone());
    let work = move |cx: &mut Cx<'_>, who: &Actor| begin(cx, who, &new, (&url, &trace));
    effect(&call, &bearer, hash, work, still_seen(groups::group)).await?.created("/api/v1/groups", "/id")
}

/// Lists the groups that the caller belongs to, newest first.
#[utoipa::path(get, path = "/api/v1/groups", tag = "groups", operation_id = "groups", params(GroupQuery),
    responses((status = 200, description = "A page of groups.", body = GroupList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsRead).await?;
    let query = call.query::<GroupQuery>()?;
    let open = match query.state.as_deref() {
        None => false,
        Some("open") => true,
        Some(_) => return Err(Error::invalid("state", "This is open, or nothing.")),
    };
    let after = page_after(query.cursor.as_deref())?;
    let listing = Listing { open, after, limit: page_limit(query.limit)? };
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let page = groups::groups(cx, &who, &listing)?;
        let groups = page.groups.iter().map(ShownGroup::of).collect();
        Ok(GroupList { groups, next: page.next.map(|id| id.to_string()) })
    });
    call::json(200, &read.await?)
}

/// A group that the caller belongs to.
#[utoipa::path(get, path = "/api/v1/groups/{id}", tag = "groups", operation_id = "group",
    params(("id" = String, Path, description = "The group's session.")),
    responses((status = 200, description = "The group.", body = ShownGroup),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsRead).await?;
    let id: SessionId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        Ok(ShownGroup::of(&groups::group(cx, &who, id)?))
    });
    call::json(200, &read.await?)
}

/// Answers. An answer can be changed until it closes: each is a revision, and the last one counts. What comes too late is kept,
/// says so, and does not count.
#[utoipa::path(put, path = "/api/v1/groups/{id}/answer", tag = "groups", operation_id = "answer_group",
    params(("id" = String, Path, description = "The group's session."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = GivenGroupAnswer,
    responses((status = 200, description = "The group, as it stands now.", body = ShownGroup),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn answer(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    let (given, hash) = call.json::<GivenGroupAnswer>().await?;
    let new = given.read()?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| give(cx, who, id, &new);
    effect(&call, &bearer, hash, work, still_seen(groups::group)).await?.into_response()
}

/// Closes it before its time: what is there counts. Only whoever began it may.
#[utoipa::path(post, path = "/api/v1/groups/{id}/close", tag = "groups", operation_id = "close_group",
    params(("id" = String, Path, description = "The group's session."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    responses((status = 200, description = "The group, as it stands now.", body = ShownGroup),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn close(call: Call) -> Result<HttpResponse> {
    ended(call, |cx, who, id| groups::close(cx, who, id).map(drop)).await
}

/// Takes it back. Only whoever began it may.
#[utoipa::path(post, path = "/api/v1/groups/{id}/cancel", tag = "groups", operation_id = "cancel_group",
    params(("id" = String, Path, description = "The group's session."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    responses((status = 200, description = "The group, as it stands now.", body = ShownGroup),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn cancel(call: Call) -> Result<HttpResponse> {
    ended(call, |cx, who, id| groups::cancel(cx, who, id).map(drop)).await
}

/// Does one of the steps that end it.
async fn ended(call: Call, step: fn(&mut Cx<'_>, &Actor, SessionId) -> Result<()>) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        step(cx, who, id)?;
        kept(cx, who, id, 200)
    };
    effect(&call, &bearer, String::new(), work, still_seen(groups::group)).await?.into_response()
}

/// Leaves it: whoever does counts as a member who has not answered. Not while a time is being booked; a program does so only
/// where it is the one that is asked, and its owner has not answered.
#[utoipa::path(post, path = "/api/v1/groups/{id}/leave", tag = "groups", operation_id = "leave_group",
    params(("id" = String, Path, description = "The group's session."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    responses((status = 204, description = "It goes on without them."), (status = 400, response = super::openapi::Invalid),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn leave(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| groups::leave(cx, who, id).map(|()| nothing());
    // Whoever has left may see it no more, and is told nothing of it.
    effect(&call, &bearer, String::new(), work, |_, _, _| Ok(())).await?.into_response()
}
