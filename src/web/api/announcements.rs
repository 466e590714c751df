//! Announcements over the API: what an administrator tells programs at once.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::deliveries::SinceQuery;
use super::tasks::instant;
use crate::accounts::Scope;
use crate::agents::{self, Announcement, NewAnnouncement, SocketRoom};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::AgentId;
use crate::base::time::Timestamp;
use crate::idempotency::Answer;
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::effect;

/// The most that are listed.
const LISTED_MAX: u32 = 50;

/// Something to be announced.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAnnouncementBody {
    /// To whom: `ai_system_broadcast`, `ai_maintenance`, `ai_status_online`, `ai_status_busy`, `ai_status_away` or `ai_user_usr_…`.
    #[schema(example = "ai_maintenance")]
    room: String,
    /// What it says, 500 characters at most; addresses are blanked.
    #[schema(max_length = 500, example = "The house moves to another machine.")]
    text: String,
    /// When work on the house begins; for `ai_maintenance`.
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    /// When it is over; for `ai_maintenance`.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
}

/// Something that was announced.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnnouncementShown {
    /// Its id: that of its entry in the journal.
    id: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// To whom.
    #[schema(example = "ai_maintenance")]
    room: String,
    /// What it says.
    text: String,
    /// When work on the house begins.
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    /// When it is over.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
}

impl AnnouncementShown {
    fn of(one: &Announcement) -> Self {
        Self {
            id: one.id.to_string(),
            at: one.at.to_rfc3339(),
            room: one.room.to_string(),
            text: one.text.clone(),
            starts_at: one.starts_at.map(Timestamp::to_rfc3339),
            ends_at: one.ends_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// What was announced lately, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AnnouncementList {
    announcements: Vec<AnnouncementShown>,
}

/// Something that was announced to an agent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ToldAnnouncement {
    /// Its place: rises, with gaps. A socket tells it under the same number.
    number: i64,
    #[serde(flatten)]
    announcement: AnnouncementShown,
}

/// What was announced to an agent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ToldList {
    /// Oldest first: what is of use still.
    announcements: Vec<ToldAnnouncement>,
    /// Where to go on, with `since`. The same as was given: there is no more for now.
    next: i64,
}

/// What was announced to an agent of the caller's and is of use still, as a socket tells it: to all, to its owner's agents, to
/// those of the status that it has now, and of work on the house until that is over.
#[utoipa::path(get, path = "/api/v1/agents/{id}/announcements", tag = "agents", operation_id = "announcements_to_agent",
    params(("id" = String, Path, description = "The agent."), SinceQuery),
    responses((status = 200, description = "What was announced to it.", body = ToldList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn told(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::MessagesRead).await?;
    let id: AgentId = call.id("id")?;
    let query: SinceQuery = call.query()?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::announced_to(cx, &who, id, (query.since, LISTED_MAX))
    });
    let (told, next) = read.await?;
    let shown = |(number, one): &agents::Numbered| ToldAnnouncement {
        number: *number,
        announcement: AnnouncementShown::of(one),
    };
    call::json(200, &ToldList { announcements: told.iter().map(shown).collect(), next })
}

/// Lists what was announced lately. Administrators only.
#[utoipa::path(get, path = "/api/v1/announcements", tag = "operation", operation_id = "list_announcements",
    responses((status = 200, description = "The last fifty, newest first.", body = AnnouncementList),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::Admin).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        agents::announcements(cx, &who, LISTED_MAX)
    });
    let announcements = read.await?.iter().map(AnnouncementShown::of).collect();
    call::json(200, &AnnouncementList { announcements })
}

/// Tells programs something at once: whoever has a socket in that room now, and whoever comes back while it is of use.
/// Administrators only.
#[utoipa::path(post, path = "/api/v1/announcements", tag = "operation", operation_id = "announce",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = NewAnnouncementBody,
    responses((status = 201, description = "It is announced.", body = AnnouncementShown),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn announce(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::Admin).await?;
    let (given, hash) = call.json::<NewAnnouncementBody>().await?;
    let new = NewAnnouncement {
        room: SocketRoom::given(&given.room)?,
        text: given.text,
        starts_at: instant("starts_at", given.starts_at.as_deref())?,
        ends_at: instant("ends_at", given.ends_at.as_deref())?,
    };
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let one = AnnouncementShown::of(&agents::announce(cx, who, &new)?);
        Ok(Answer { status: 201, body: serde_json::to_value(one).map_err(Error::internal)? })
    };
    // It is no secret of whoever may announce.
    let still = |cx: &mut Cx<'_>, who: &Actor, _: &Answer| agents::announcements(cx, who, 1).map(drop);
    effect(&call, &bearer, hash, work, still).await?.into_response()
}
