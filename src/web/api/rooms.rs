//! Programs that answer for a room or a thing, over the API: what one says of the time for which its room is asked.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ProposalId, SessionId};
use crate::idempotency::Answer;
use crate::sessions::{self, Answered, Verdict};
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::Call;
use crate::web::idempotency::effect;

/// Whether the room can be had.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenRoomAnswer {
    /// Which time it is about: the `proposal` of the question.
    proposal: String,
    /// `accept` or `decline`.
    answer: String,
}

/// What was said of the room.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoomAnswer {
    /// The session that books it.
    session: String,
    /// The room or thing.
    room: String,
    /// `accept` or `decline`.
    answer: &'static str,
    /// From when on it is wanted.
    #[schema(format = DateTime)]
    start: String,
    /// Until when.
    #[schema(format = DateTime)]
    end: String,
}

impl RoomAnswer {
    fn of(one: &Answered) -> Self {
        Self {
            session: one.session.to_string(),
            room: one.room.to_string(),
            answer: one.verdict.as_str(),
            start: one.start.to_rfc3339(),
            end: one.end.to_rfc3339(),
        }
    }
}

/// Answers for the room of the program that asks: of a time that is being booked, for as long as it is asked. Afterwards it is told
/// what became of it: `session.room-settled`, in words, and in its inbox, a step of type `room` with `became`.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/room", tag = "sessions", operation_id = "answer_for_room",
    params(("id" = String, Path, description = "The session, as the step in the inbox names it."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = GivenRoomAnswer,
    responses((status = 200, description = "What was said.", body = RoomAnswer),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 404, response = super::openapi::NotFound),
        (status = 409, response = super::openapi::Refused), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 422, response = super::openapi::Mismatch),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn answer(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsWrite).await?;
    let id: SessionId = call.id("id")?;
    let (given, hash) = call.json::<GivenRoomAnswer>().await?;
    let verdict = Verdict::parse(&given.answer)
        .ok_or_else(|| Error::invalid("answer", "This should be accept or decline."))?;
    let about: ProposalId = given
        .proposal
        .parse()
        .map_err(|_| Error::invalid("proposal", "This should be the proposal that the question names."))?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let answered = sessions::answer_for_room(cx, who, id, (about, verdict))?;
        let body = serde_json::to_value(RoomAnswer::of(&answered)).map_err(Error::internal)?;
        Ok(Answer { status: 200, body })
    };
    // It says nothing that its caller was not told when it was asked.
    effect(&call, &bearer, hash, work, |_, _, _| Ok(())).await?.into_response()
}
