//! Finding a time over the API: slots, one time that is looked at, and busy time where it is revealed.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::meetings::time;
use crate::accounts::Scope;
use crate::base::error::{Error, Result};
use crate::base::hours::{NamedDay, Window};
use crate::base::id::{AgentId, ConnectionId, SessionId};
use crate::base::time::Timestamp;
use crate::network::Place;
use crate::sessions::conversation::{self, Right};
use crate::slots::{self, Check, Gathered, Named, Prefer, Search, Span};
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};

/// What is looked for. Times are RFC 3339 with an offset.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenSearch {
    /// The connections whose time must suit, besides the caller's.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    with: Vec<ConnectionId>,
    /// The connections whose time counts, and may be missing.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    optional: Vec<ConnectionId>,
    /// The rooms and things that are needed.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    resources: Vec<AgentId>,
    /// How long, from 5 to 1440; if not given, the longest default of the grants, or 30.
    length_minutes: Option<u32>,
    /// The whole meeting lies between `from` and `to`, at most 92 days.
    #[schema(format = DateTime)]
    from: String,
    /// See `from`.
    #[schema(format = DateTime)]
    to: String,
    /// Of `video`, `phone`, `in_person`; in whatever way, if not given.
    #[schema(value_type = Option<String>)]
    place: Option<Place>,
    /// A part of the day that would be better, on the caller's clock.
    #[schema(value_type = Option<String>, example = "09:00-12:00")]
    prefer: Option<Window>,
    /// Days that would be better, in the caller's zone: weekdays (`mon` to `sun`) or dates; 100 at most.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["tue", "2026-12-03"]))]
    prefer_days: Vec<NamedDay>,
    /// From one start to the next; 15.
    step_minutes: Option<u32>,
    /// How many slots at most, up to 500; 10.
    most: Option<u32>,
    /// Only of `/slots/check`, and needed there: when the meeting would start.
    #[schema(format = DateTime)]
    start: Option<String>,
    /// The conversation in which it is asked, with agents of all of them: it takes the right `calendar` there.
    #[schema(value_type = Option<String>)]
    conversation: Option<SessionId>,
}

impl GivenSearch {
    fn search(&self) -> Result<Search> {
        Ok(Search {
            with: self.with.clone(),
            optional: self.optional.clone(),
            resources: self.resources.clone(),
            length_minutes: self.length_minutes,
            span: Span { from: time("from", &self.from)?, to: time("to", &self.to)? },
            place: self.place,
            prefer: Prefer { within: self.prefer, days: self.prefer_days.clone() },
            step_minutes: self.step_minutes,
            most: self.most,
        })
    }
}

/// What speaks for a slot.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reason {
    /// `earliest`, `all-optional`, `preferred`, `partly-preferred`, `joins` or `unbroken`.
    #[schema(example = "earliest")]
    reason: &'static str,
    /// A sentence for people.
    words: &'static str,
}

impl From<slots::Reason> for Reason {
    fn from(reason: slots::Reason) -> Self {
        Self { reason: reason.as_str(), words: reason.words() }
    }
}

/// An interval offered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Slot {
    /// From.
    #[schema(format = DateTime)]
    start: String,
    /// To.
    #[schema(format = DateTime)]
    end: String,
    /// What speaks for it.
    reasons: Vec<Reason>,
    /// Which of the optional connections can come.
    optional: Vec<String>,
}

/// What stands in the way.
#[derive(Debug, Serialize, ToSchema)]
struct Barrier {
    /// Of the caller `length`, `place`, `notice`, `horizon`, `weekdays`, `hours`, `busy`, `held` or `full`. Of others only
    /// what they granted, as `other.notice`, and `other.taken` for the rest; of rooms and things `resource.…`.
    #[schema(example = "busy")]
    rule: &'static str,
    /// For how much of the starts that were asked for it is the first in the way; not told of one start.
    #[serde(skip_serializing_if = "Option::is_none")]
    minutes: Option<i64>,
    /// A sentence for people.
    words: &'static str,
}

/// Whose calendars were not read lately: then something may be missing, and nothing is booked without asking.
#[derive(Debug, Serialize, ToSchema)]
struct Stale {
    /// One of the caller's.
    yours: bool,
    /// One of somebody else's; not whose.
    others: bool,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundTimes {
    /// How long they are.
    length_minutes: i64,
    /// The best first; ties go to the earlier.
    slots: Vec<Slot>,
    /// Whether there are more.
    truncated: bool,
    /// What stands in the way elsewhere.
    why: Vec<Barrier>,
    /// Whose calendars were not read lately.
    stale: Stale,
}

/// Whether a time can be had.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Checked {
    /// Whether it can.
    free: bool,
    /// What stands in the way, if it cannot.
    why: Vec<Barrier>,
    /// Then the slots nearest to it, three before and three after; those first that are preferred.
    alternatives: Vec<Slot>,
    /// Whether a calendar concerned was not read lately.
    stale: bool,
}

fn slot(slot: &slots::Slot, named: &[Named]) -> Slot {
    let connection = |at: &usize| match named.get(*at) {
        Some(Named::Connection(id)) => Some(id.to_string()),
        _ => None,
    };
    Slot {
        start: slot.start.to_rfc3339(),
        end: slot.end.to_rfc3339(),
        reasons: slot.reasons.iter().copied().map(Reason::from).collect(),
        optional: slot.optional.iter().filter_map(connection).collect(),
    }
}

fn barriers(why: &slots::Why) -> Vec<Barrier> {
    let told = |one: &slots::Barrier| Barrier {
        rule: one.code(),
        minutes: Some(one.minutes()).filter(|minutes| *minutes > 0),
        words: one.words(),
    };
    why.barriers.iter().map(told).collect()
}

fn found(gathered: &Gathered) -> FoundTimes {
    let found = gathered.find();
    FoundTimes {
        length_minutes: gathered.want.length_ms / crate::base::time::MINUTE,
        slots: found.slots.iter().map(|one| slot(one, &gathered.named)).collect(),
        truncated: found.is_truncated,
        why: barriers(&found.why),
        stale: Stale { yours: found.why.is_stale, others: found.why.others_are_stale },
    }
}

fn checked(gathered: &Gathered, start: Timestamp) -> Checked {
    match gathered.check(start) {
        Check::Free { is_stale } => {
            Checked { free: true, why: Vec::new(), alternatives: Vec::new(), stale: is_stale }
        }
        Check::Taken { why, alternatives } => Checked {
            free: false,
            stale: why.is_any_stale(),
            why: barriers(&why),
            alternatives: alternatives.iter().map(|one| slot(one, &gathered.named)).collect(),
        },
    }
}

/// Asks everybody concerned, in a transaction of its own, which keeps the questions whatever is answered; then looks, in a read. What
/// was taken back in between, by whoever is asked or in the conversation that it names, is not shown.
async fn look<T: Send + 'static>(
    call: &Call,
    bearer: Bearer,
    (search, within): (Search, Option<SessionId>),
    show: impl Fn(&Gathered) -> T + Send + 'static,
) -> Result<T> {
    let (is_alone, asks) = (search.is_alone(), bearer.clone());
    let others: Vec<_> = search.with.iter().chain(&search.optional).copied().collect();
    let held = others.clone();
    let ask = move |cx: &mut Cx<'_>| {
        let (_, who) = asks.actor(cx)?;
        conversation::hold(cx, &who, within, &others, Right::Calendar)?;
        slots::ask(cx, &who, &search)
    };
    // Whoever looks for themselves alone asks nobody, and writes nothing.
    let asked = if is_alone { call.web.store.read(ask).await? } else { call.web.store.write(ask).await? };
    let cleared = asked.allowed()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        conversation::hold(cx, &who, within, &held, Right::Calendar)?;
        Ok(show(&slots::gather(cx, &cleared.still(cx)?, None)?))
    });
    read.await
}

/// Looks for times that suit the caller and everybody named.
///
/// Each connection is asked a question: it spends from the pair's hourly budget, and is listed to whom it is about. If
/// one of them has not allowed it, all is refused, and it is not said whose it is. Of others nothing is told but what
/// they granted, and whether their time is free.
#[utoipa::path(post, path = "/api/v1/slots", tag = "slots", operation_id = "find_slots", request_body = GivenSearch,
    responses((status = 200, description = "The best slots, and what stands in the way elsewhere.", body = FoundTimes),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn find(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarRead).await?;
    let (given, _) = call.json::<GivenSearch>().await?;
    if given.start.is_some() {
        return Err(Error::invalid("start", "One time is looked at by /api/v1/slots/check."));
    }
    let found = look(&call, bearer, (given.search()?, given.conversation), found).await?;
    call::json(200, &found)
}

/// Looks whether a meeting can start at one time; if not, why, and which slots are nearest.
///
/// It asks everybody as `/slots` does.
#[utoipa::path(post, path = "/api/v1/slots/check", tag = "slots", operation_id = "check_slot", request_body = GivenSearch,
    responses((status = 200, description = "Whether it can.", body = Checked),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn check(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarRead).await?;
    let (given, _) = call.json::<GivenSearch>().await?;
    let start = given.start.as_deref().ok_or_else(|| Error::invalid("start", "This field is needed."))?;
    let (search, start) = (given.search()?, time("start", start)?);
    if start < search.span.from || start >= search.span.to {
        return Err(Error::invalid("start", "The start should lie between `from` and `to`."));
    }
    let checked = look(&call, bearer, (search, given.conversation), move |it| checked(it, start)).await?;
    call::json(200, &checked)
}

/// Of which span.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SpanQuery {
    /// From; RFC 3339 with an offset.
    #[param(format = DateTime)]
    from: String,
    /// To, at most 92 days later.
    #[param(format = DateTime)]
    to: String,
    /// The conversation in which it is asked, with an agent of theirs: it takes the right `calendar` there.
    #[param(value_type = Option<String>)]
    conversation: Option<SessionId>,
}

/// An interval.
#[derive(Debug, Serialize, ToSchema)]
struct Interval {
    /// From.
    #[schema(format = DateTime)]
    start: String,
    /// To.
    #[schema(format = DateTime)]
    end: String,
}

/// When somebody is busy.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BusyTime {
    /// What is taken, merged; never what fills it.
    busy: Vec<Interval>,
    /// Beyond which nothing is known, or nothing may be.
    #[schema(format = DateTime)]
    known_until: String,
    /// Whether a calendar of theirs was not read lately: something may be missing.
    stale: bool,
}

/// Shows when the other is busy, where their grant reveals it, within the hours and days that they granted.
///
/// It is a question as any other, and refused like any other. The token of an agent must be for `calendar.read` as well.
#[utoipa::path(get, path = "/api/v1/connections/{id}/busy", tag = "slots", operation_id = "ask_busy",
    params(("id" = String, Path, description = "The connection."), SpanQuery),
    responses((status = 200, description = "Their busy time.", body = BusyTime),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn busy(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::ConnectionsRead).await?.and_of_agents(Scope::CalendarRead);
    let id: ConnectionId = call.id("id")?;
    let query: SpanQuery = call.query()?;
    let span = Span { from: time("from", &query.from)?, to: time("to", &query.to)? };
    let asking = bearer.clone();
    let asked = call.web.store.write(move |cx| {
        let (_, who) = asking.actor(cx)?;
        conversation::hold(cx, &who, query.conversation, &[id], Right::Calendar)?;
        slots::ask_busy(cx, &who, id, span)
    });
    asked.await?.allowed()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        conversation::hold(cx, &who, query.conversation, &[id], Right::Calendar)?;
        slots::busy_of(cx, &who, id, span)
    });
    let busy = read.await?;
    let interval = |(start, end)| Interval {
        start: Timestamp::from_ms(start).to_rfc3339(),
        end: Timestamp::from_ms(end).to_rfc3339(),
    };
    let shown = BusyTime {
        busy: busy.taken.iter().map(interval).collect(),
        known_until: busy.known_until.to_rfc3339(),
        stale: busy.is_stale,
    };
    call::json(200, &shown)
}
