//! Sources over the API: whose calendars are read, how they are, and what is taken of the caller's time.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SourceId};
use crate::base::secret::{Secret, sha256};
use crate::base::time::{DAY, Timestamp};
use crate::calendar::{
    self, Access, Fault, HolderId, Interval, NewAccount, Problem, SourceChange, SourceKind,
};
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::sync::{Probed, Wanted};
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::{before, effect, key_of};

/// The longest span of busy time in one answer.
const SPAN_MAX: i64 = 92 * DAY;
/// The longest address, user name and password, in bytes.
const TEXT_MAX: usize = 2_000;

/// A calendar to be read.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSource {
    /// `ics` for an iCalendar address to subscribe to, `caldav` for an account on a server.
    #[schema(example = "caldav")]
    kind: String,
    /// Of a feed its address. Of CalDAV the server's, a calendar's, or a mail address by which the server is found.
    #[schema(value_type = String, example = "https://cloud.example.org")]
    url: Secret,
    /// Of CalDAV.
    #[serde(default)]
    username: String,
    /// Of CalDAV; best one that was made for this house alone. It is kept sealed and never shown.
    #[serde(default)]
    #[schema(value_type = String)]
    password: Secret,
    /// What to call it; its own name, if not given.
    #[serde(default)]
    name: String,
    /// The room or thing whose calendar it is, `agt_…`; for administrators. The caller's own, if not given.
    agent: Option<String>,
}

/// Whose sources.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HolderQuery {
    /// Those of a room or thing, `agt_…`; for administrators. The caller's own, if not given.
    agent: Option<String>,
}

/// Whose calendars a call is about.
fn holder_of(who: &Actor, agent: Option<&str>) -> Result<HolderId> {
    match agent {
        Some(agent) => agent.parse::<AgentId>().map(HolderId::Agent),
        None => calendar::own(who),
    }
}

/// What is to be another in a source.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedSource {
    /// What to call it.
    name: Option<String>,
    /// Whether its events count as busy. What does not count is forgotten, and not read.
    counts: Option<bool>,
    /// Whether the caller's meetings are written there, in place of invitations by mail. One calendar at most: what was written to
    /// before is so no more, and what lies there stays and is kept up to date.
    writes: Option<bool>,
}

/// What lets the house in from now on.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccess {
    /// Of a feed: its new address.
    #[schema(value_type = Option<String>)]
    url: Option<Secret>,
    /// Of CalDAV; the present one stays, if not given.
    username: Option<String>,
    /// Of CalDAV.
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
}

/// Why a source could not be read.
#[derive(Debug, Serialize, ToSchema)]
struct SourceProblem {
    /// `unreachable`, `not-allowed`, `refused`, `not-found`, `not-a-calendar`, `too-large`, `time-out` or `server`.
    #[schema(example = "refused")]
    code: &'static str,
    /// A sentence for people.
    words: String,
}

/// Something wrong with one event. The rest is read all the same.
#[derive(Debug, Serialize, ToSchema)]
struct SourceFault {
    /// The event's UID, or the name of the object.
    uid: String,
    /// The line it begins on; null where there is none.
    line: Option<usize>,
    /// Stable: `feed.bad-rule`.
    #[schema(example = "feed.bad-rule")]
    code: String,
    /// What is wrong, and what it counts as.
    words: String,
}

/// Where the caller's busy time comes from, and how it is.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice or a fact of its own")]
pub(super) struct Source {
    /// Its id.
    #[schema(example = "src_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// `ics`, `caldav`, or `house` for the meetings of this house.
    kind: &'static str,
    /// What the caller calls it.
    name: String,
    /// The host it lies on; empty for the house's own.
    server: String,
    /// Whether its events count as busy.
    counts: bool,
    /// Whether it can be written to.
    writable: bool,
    /// Whether the caller's meetings are written there.
    writes: bool,
    /// Why it did not take an event when one was to be written last; null where it did.
    write_problem: Option<SourceProblem>,
    /// Whether it counts and was not read lately, or never: then nothing is booked by itself.
    stale: bool,
    /// When it was last read; of the house's own, last compared with the meetings, which write to it as they change.
    #[schema(format = DateTime)]
    read: Option<String>,
    /// When that was last tried.
    #[schema(format = DateTime)]
    tried: Option<String>,
    /// When it is read next; null where it is not, until the caller does something.
    #[schema(format = DateTime)]
    next: Option<String>,
    /// How often in a row it could not be read.
    failures: i64,
    /// Why; null where nothing is wrong.
    problem: Option<SourceProblem>,
    /// How many events there are; of the house's own, meetings when it was last read.
    events: i64,
    /// How many of them take no time.
    free: i64,
    /// What was wrong with events: the first hundred.
    faults: Vec<SourceFault>,
    /// How many faults there were.
    faults_total: i64,
    /// How far ahead it is known: nothing is free beyond.
    #[schema(format = DateTime)]
    known_until: Option<String>,
    /// Since when it is read.
    #[schema(format = DateTime)]
    created: String,
}

impl Source {
    fn of(source: &calendar::Source) -> Self {
        let is_house = source.kind == SourceKind::House;
        let told = |problem: Problem, words: &str| SourceProblem {
            code: problem.as_str(),
            words: if words.is_empty() { problem.sentence() } else { words }.to_owned(),
        };
        let fault = |fault: &Fault| SourceFault {
            uid: fault.uid.clone(),
            line: (fault.line > 0).then_some(fault.line),
            code: fault.code.clone(),
            words: fault.words.clone(),
        };
        Self {
            id: source.id.to_string(),
            kind: source.kind.as_str(),
            name: source.name.clone(),
            server: source.server.clone(),
            counts: source.counts,
            writable: source.writable,
            writes: source.writes,
            write_problem: source.write_problem.map(|problem| told(problem, &source.write_words)),
            stale: source.is_stale,
            read: source.read_at.map(Timestamp::to_rfc3339),
            tried: source.tried_at.map(Timestamp::to_rfc3339),
            next: source.next_at.map(Timestamp::to_rfc3339),
            failures: source.failures,
            problem: source.problem.map(|problem| told(problem, &source.problem_words)),
            events: source.total,
            free: source.free,
            faults: source.faults.iter().map(fault).collect(),
            faults_total: source.faults_total,
            known_until: source.known_until.filter(|_| !is_house).map(Timestamp::to_rfc3339),
            created: source.created_at.to_rfc3339(),
        }
    }
}

/// Sources.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SourceList {
    /// The house's own first, then oldest first.
    sources: Vec<Source>,
}

/// From when until when.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SpanQuery {
    /// RFC 3339, with an offset.
    #[param(example = "2026-11-23T00:00:00+01:00")]
    from: String,
    /// RFC 3339; at most 92 days later.
    #[param(example = "2026-11-30T00:00:00+01:00")]
    to: String,
}

impl SpanQuery {
    /// The two instants.
    fn span(&self) -> Result<(Timestamp, Timestamp)> {
        let read = |field: &'static str, text: &str| {
            let words = "Give date and time with an offset, like 2026-11-23T00:00:00+01:00.";
            Timestamp::parse_rfc3339(text).ok_or_else(|| Error::invalid(field, words))
        };
        let (from, to) = (read("from", &self.from)?, read("to", &self.to)?);
        if to <= from {
            return Err(Error::invalid("to", "The end must come after the start."));
        }
        if to.since(from) > SPAN_MAX {
            return Err(Error::invalid("to", format!("Ask for {} days at most.", SPAN_MAX / DAY)));
        }
        Ok((from, to))
    }
}

/// Time that is taken.
#[derive(Debug, Serialize, ToSchema)]
struct Span {
    /// When it begins.
    #[schema(format = DateTime)]
    start: String,
    /// When it ends.
    #[schema(format = DateTime)]
    end: String,
}

fn spans(intervals: &[Interval]) -> Vec<Span> {
    let text = |ms| Timestamp::from_ms(ms).to_rfc3339();
    intervals.iter().map(|one| Span { start: text(one.start), end: text(one.end) }).collect()
}

/// That something may be missing.
#[derive(Debug, Serialize, ToSchema)]
struct Stale {
    /// How many sources were not read lately.
    sources: u32,
    /// When the one was read that was not read for longest; null: never.
    #[schema(format = DateTime)]
    since: Option<String>,
}

/// What is taken of the caller's time, of all sources together. The lists may overlap one another.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TimeTaken {
    /// What is certainly taken.
    busy: Vec<Span>,
    /// What may be taken.
    tentative: Vec<Span>,
    /// What is reserved for a while.
    held: Vec<Span>,
    /// Null where everything was read lately.
    stale: Option<Stale>,
    /// How far anything is known: nothing is free beyond.
    #[schema(format = DateTime)]
    known_until: String,
}

fn shown(source: &calendar::Source, status: u16) -> Result<Answer> {
    let body = serde_json::to_value(Source::of(source)).map_err(Error::internal)?;
    Ok(Answer { status, body })
}

/// Whether the sources of a kept answer are still there.
fn still_there(cx: &mut Cx<'_>, who: &Actor, answer: &Answer) -> Result<()> {
    let of =
        |value: &serde_json::Value| value.get("id").and_then(serde_json::Value::as_str).map(str::to_owned);
    let several = answer.body.get("sources").and_then(serde_json::Value::as_array);
    let ids: Vec<String> = match several {
        Some(several) => several.iter().filter_map(of).collect(),
        None => of(&answer.body).into_iter().collect(),
    };
    ids.iter().try_for_each(|id| calendar::source(cx, who, id.parse()?).map(drop))
}

fn short(field: &'static str, text: &str) -> Result<()> {
    if text.len() <= TEXT_MAX && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("This should be one line of at most {TEXT_MAX} bytes.")))
}

impl NewSource {
    fn wanted(&self) -> Result<Wanted> {
        for (field, text) in
            [("url", self.url.expose()), ("username", &self.username), ("password", self.password.expose())]
        {
            short(field, text)?;
        }
        if self.url.expose().trim().is_empty() {
            return Err(Error::invalid("url", "Give the address of the calendar."));
        }
        let has_user = !self.username.is_empty() || !self.password.is_empty();
        match SourceKind::parse(&self.kind) {
            Some(SourceKind::CalDav) if self.username.is_empty() && !self.url.expose().contains('@') => {
                Err(Error::invalid("username", "Give the name to sign in with."))
            }
            Some(SourceKind::CalDav) if self.password.is_empty() => {
                Err(Error::invalid("password", "Give the password, best one of an app's own."))
            }
            Some(SourceKind::CalDav) => Ok(Wanted::CalDav {
                place: self.url.expose().to_owned(),
                username: self.username.clone(),
                password: self.password.clone(),
            }),
            Some(SourceKind::Ics) if has_user => {
                Err(Error::invalid("username", "A feed has no user: its address is all there is."))
            }
            Some(SourceKind::Ics) => Ok(Wanted::Ics { url: self.url.clone() }),
            Some(SourceKind::House) | None => {
                Err(Error::invalid("kind", "This should be `ics` or `caldav`."))
            }
        }
    }
}

/// Adds a calendar that lies elsewhere.
///
/// It is looked at before anything is kept: what is not there, or lets nobody in, is refused with the reason. Every
/// calendar that is found becomes a source that counts as busy, and is read at once. Twenty times an hour at most.
#[utoipa::path(post, path = "/api/v1/sources", tag = "calendar", operation_id = "add_source",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewSource,
    responses((status = 201, description = "The sources; the address of the first is in `Location`.", body = SourceList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn add(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarWrite).await?;
    let (new, hash) = call.json::<NewSource>().await?;
    // The body has a password in it: what is kept of it must not let anybody try passwords.
    let hash = call.web.store.ground().keys.lookup("source-body", &hash);
    let wanted = new.wanted()?;
    if let Some(key) = key_of(&call)?
        && let Some(done) = before(&call, &bearer, &key, &hash).await?
    {
        return answered(done);
    }
    let (spender, agent) = (bearer.clone(), new.agent.clone());
    let may = call.web.store.write(move |cx| {
        let (_, who) = spender.actor(cx)?;
        calendar::may_probe(cx, &who, holder_of(&who, agent.as_deref())?)
    });
    may.await?;
    let Probed { kind, access, server, found } = call.web.prober.probe(wanted).await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let holder = holder_of(who, new.agent.as_deref())?;
        let (access, server, name) = (access.clone(), server.clone(), new.name.clone());
        let account = NewAccount { holder, kind, name, server, access, zone: None };
        let sources = calendar::add(cx, who, &account, &found)?;
        let list = SourceList { sources: sources.iter().map(Source::of).collect() };
        Ok(Answer { status: 201, body: serde_json::to_value(&list).map_err(Error::internal)? })
    };
    answered(effect(&call, &bearer, hash, work, still_there).await?)
}

/// With the address of the first source.
fn answered(done: crate::web::idempotency::Done) -> Result<HttpResponse> {
    done.created("/api/v1/sources", "/sources/0/id")
}

/// Lists the caller's sources, the meetings of this house among them, with how each is.
#[utoipa::path(get, path = "/api/v1/sources", tag = "calendar", operation_id = "list_sources", params(HolderQuery),
    responses((status = 200, description = "All of them.", body = SourceList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarRead).await?;
    let query: HolderQuery = call.query()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        calendar::sources(cx, &who, holder_of(&who, query.agent.as_deref())?)
    });
    call::json(200, &SourceList { sources: read.await?.iter().map(Source::of).collect() })
}

/// Shows a source, with what was wrong with its events.
#[utoipa::path(get, path = "/api/v1/sources/{id}", tag = "calendar", operation_id = "show_source",
    params(("id" = String, Path, description = "The source.")),
    responses((status = 200, description = "The source.", body = Source),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn show(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarRead).await?;
    let id: SourceId = call.id("id")?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        calendar::source(cx, &who, id)
    });
    call::json(200, &Source::of(&read.await?))
}

/// Changes what a source is called, whether it counts as busy, and whether meetings are written there.
#[utoipa::path(patch, path = "/api/v1/sources/{id}", tag = "calendar", operation_id = "change_source",
    params(("id" = String, Path, description = "The source."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = ChangedSource,
    responses((status = 200, description = "The source.", body = Source),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn change(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarWrite).await?;
    let id: SourceId = call.id("id")?;
    let (to, hash) = call.json::<ChangedSource>().await?;
    let to = SourceChange { name: to.name, counts: to.counts, writes: to.writes };
    let work = move |cx: &mut Cx<'_>, who: &Actor| shown(&calendar::change(cx, who, id, &to)?, 200);
    effect(&call, &bearer, hash, work, still_there).await?.into_response()
}

/// Gives the house another password, or the new address of a feed; its sources are read at once.
#[utoipa::path(put, path = "/api/v1/sources/{id}/access", tag = "calendar", operation_id = "renew_source",
    params(("id" = String, Path, description = "The source."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewAccess,
    responses((status = 200, description = "The source; whether it can be read shows soon.", body = Source),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn renew(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarWrite).await?;
    let id: SourceId = call.id("id")?;
    let (new, hash) = call.json::<NewAccess>().await?;
    let hash = call.web.store.ground().keys.lookup("source-body", &hash);
    let text = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
    for (field, given) in
        [("url", text(&new.url)), ("username", new.username.clone()), ("password", text(&new.password))]
    {
        short(field, &given.unwrap_or_default())?;
    }
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let source = calendar::source(cx, who, id)?;
        let present = calendar::access_of(cx, who, id)?;
        let access = new.access(source.kind, present)?;
        shown(&calendar::renew(cx, who, id, &access)?, 200)
    };
    effect(&call, &bearer, hash, work, still_there).await?.into_response()
}

impl NewAccess {
    /// The present access with what is given.
    fn access(&self, kind: SourceKind, present: Access) -> Result<Access> {
        match kind {
            SourceKind::CalDav if self.url.is_some() => Err(Error::invalid(
                "url",
                "An account stays where it is. Add the other one, and remove this one.",
            )),
            SourceKind::CalDav => {
                let password = self.password.clone().filter(|password| !password.is_empty());
                let password =
                    password.ok_or_else(|| Error::invalid("password", "Give the new password."))?;
                let username = self.username.clone().or(present.username);
                Ok(Access { url: present.url, username, password: Some(password) })
            }
            SourceKind::Ics | SourceKind::House => {
                let url = self.url.clone().filter(|url| !url.expose().trim().is_empty());
                let url =
                    url.ok_or_else(|| Error::invalid("url", "Give the new address of the calendar."))?;
                Ok(Access { url: Secret::new(url.expose().trim()), ..present })
            }
        }
    }
}

/// Reads a source now, whatever it waits for; the house's own is compared with the meetings. Thirty times an hour at most.
#[utoipa::path(post, path = "/api/v1/sources/{id}/read", tag = "calendar", operation_id = "read_source",
    params(("id" = String, Path, description = "The source."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call a no-op for 24 hours.")),
    responses((status = 200, description = "The source; what was read shows soon.", body = Source),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn read(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarWrite).await?;
    let id: SourceId = call.id("id")?;
    call.nothing().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| shown(&calendar::read_now(cx, who, id)?, 200);
    effect(&call, &bearer, sha256(b""), work, still_there).await?.into_response()
}

/// Removes a source with everything that was read of it; what let the house in goes with the account's last.
#[utoipa::path(delete, path = "/api/v1/sources/{id}", tag = "calendar", operation_id = "remove_source",
    params(("id" = String, Path, description = "The source.")),
    responses((status = 204, description = "It is gone."),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn remove(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarWrite).await?;
    let id: SourceId = call.id("id")?;
    call.nothing().await?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        calendar::remove(cx, &who, id)
    });
    write.await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Tells what is taken of the caller's own time, of all sources together.
#[utoipa::path(get, path = "/api/v1/busy", tag = "calendar", operation_id = "busy", params(SpanQuery),
    responses((status = 200, description = "What is taken, without a word of what it is.", body = TimeTaken),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn busy(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::CalendarRead).await?;
    let (from, to) = call.query::<SpanQuery>()?.span()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let holder = calendar::own(&who)?;
        let taken = calendar::busy(cx, &[holder], from, to)?.remove(&holder);
        taken.ok_or_else(|| Error::internal("nothing is known of a holder who was asked for"))
    });
    let taken = read.await?;
    let stale = taken
        .stale
        .map(|stale| Stale { sources: stale.sources, since: stale.since.map(Timestamp::to_rfc3339) });
    call::json(
        200,
        &TimeTaken {
            busy: spans(&taken.busy),
            tentative: spans(&taken.tentative),
            held: spans(&taken.held),
            stale,
            known_until: taken.known_until.to_rfc3339(),
        },
    )
}
