//! A line of words over the API: read, and not acted upon.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::Scope;
use crate::base::error::Result;
use crate::base::hours::Window;
use crate::base::time::Timestamp;
use crate::network::Place;
use crate::sessions;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::wishes;
use crate::words::wish::Phrases;

/// A line that asks for a meeting.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenLine {
    /// One line, in English.
    #[schema(example = "45 minutes with Ben next week, not before 10")]
    line: String,
}

/// What was understood: a session that could be begun as it stands. Nobody has been asked anything.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Understood {
    /// The names of those in `with`, in order.
    names: Vec<String>,
    /// The connections.
    with: Vec<String>,
    /// What it is about; empty if the line does not say.
    purpose: String,
    /// How long; null: what the others usually have.
    length_minutes: Option<u32>,
    /// From.
    #[schema(format = DateTime)]
    from: String,
    /// To; two weeks ahead, if the line names no day.
    #[schema(format = DateTime)]
    to: String,
    /// Only on these dates; empty: on all.
    days: Vec<String>,
    /// Only within this part of a day.
    #[schema(value_type = Option<String>)]
    within: Option<Window>,
    /// Of `video`, `phone`, `in_person`.
    #[schema(value_type = Option<String>)]
    place: Option<Place>,
    /// A part of the day that would be better: a wish, never a condition.
    #[schema(value_type = Option<String>)]
    prefer: Option<Window>,
    /// Days that would be better: weekdays (`mon` to `sun`) or dates.
    prefer_days: Vec<String>,
    /// The rooms that the line names.
    resources: Vec<String>,
    /// Whether a language model helped to read it: look closely.
    #[serde(rename = "helped")]
    is_helped: bool,
}

/// Reads a line that asks for a meeting. Nothing is sent and nobody is asked: what was understood can be looked at, and given
/// to `POST /api/v1/sessions`. What is not understood for certain is refused, with the words that were not; no time is guessed.
#[utoipa::path(post, path = "/api/v1/wishes", tag = "sessions", operation_id = "read_wish", request_body = GivenLine,
    responses((status = 200, description = "What was understood.", body = Understood),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn wish(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::SessionsRead).await?;
    let (given, _) = call.json::<GivenLine>().await?;
    let look = async |help: Option<Phrases>| {
        let (bearer, line) = (bearer.clone(), given.line.clone());
        let read = call.web.store.read(move |cx| {
            let (_, who) = bearer.actor(cx)?;
            sessions::wish(cx, &who, &line, help.as_ref())
        });
        read.await
    };
    let preview = wishes::read(&call.web, &given.line, look).await?;
    let want = &preview.new.want;
    let understood = Understood {
        names: preview.names,
        with: preview.new.with.iter().map(ToString::to_string).collect(),
        purpose: preview.new.purpose.clone(),
        length_minutes: preview.says_length.then_some(want.minutes),
        from: Timestamp::from_ms(want.from).to_rfc3339(),
        to: Timestamp::from_ms(want.to).to_rfc3339(),
        days: want.days.iter().map(ToString::to_string).collect(),
        within: want.within,
        place: want.place,
        prefer: want.prefer.within,
        prefer_days: want.prefer.days.iter().map(ToString::to_string).collect(),
        resources: want.resources.iter().map(ToString::to_string).collect(),
        is_helped: preview.is_helped,
    };
    call::json(200, &understood)
}
