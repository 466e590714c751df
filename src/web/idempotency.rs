//! The `Idempotency-Key` of a call: the same key and body are answered as before, in one transaction with the effect.
//!
//! Only what succeeded is kept: a refusal changed nothing, and the same call may be tried again.

use std::collections::HashSet;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};

use super::Web;
use super::bearer::Bearer;
use super::call::{self, Call};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::idempotency::{self, Answer, Key};
use crate::store::Cx;

/// The longest key, in characters.
const KEY_CHARS_MAX: usize = 255;

/// The calls with a key that are being answered in this process.
#[derive(Debug, Default)]
pub struct Running(Arc<Mutex<HashSet<Key>>>);

/// A call that is being answered; it ends with this value.
#[derive(Debug)]
pub struct Turn {
    running: Arc<Mutex<HashSet<Key>>>,
    key: Key,
}

impl Running {
    /// Begins to answer; refused while the same call is being answered already.
    pub fn begin(&self, key: Key) -> Result<Turn> {
        let begun = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        if !begun {
            return Err(Error::refused(
                "idempotency.running",
                "A call with this Idempotency-Key is still running. Ask again in a moment.",
            ));
        }
        Ok(Turn { running: self.0.clone(), key })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// What a call did, as it is answered now and whenever it comes again.
#[derive(Clone, Debug)]
pub struct Done {
    /// The answer.
    pub answer: Answer,
    /// Whether it was given before.
    pub is_replay: bool,
}

impl Done {
    /// As an answer in JSON; one that says nothing has no body.
    pub fn into_response(self) -> Result<HttpResponse> {
        let mut response = match self.answer.status {
            204 => HttpResponse::NoContent().finish(),
            status => call::json(status, &self.answer.body)?,
        };
        if self.answer.status >= 400 {
            let kind = HeaderValue::from_static("application/problem+json");
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        if self.is_replay {
            let name = HeaderName::from_static("idempotency-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
        Ok(response)
    }

    /// The same, with the address of what was made (RFC 9110, 10.2.2): it lies in `collection`, and its id stands in the answer
    /// at `pointer` (RFC 6901). A refusal has none.
    pub fn created(self, collection: &str, pointer: &str) -> Result<HttpResponse> {
        let id = self.answer.body.pointer(pointer).and_then(serde_json::Value::as_str);
        let location = id.map(|id| HeaderValue::from_str(&format!("{collection}/{id}")));
        let location = location.transpose().map_err(Error::internal)?;
        let mut response = self.into_response()?;
        if let Some(location) = location {
            response.headers_mut().insert(LOCATION, location);
        }
        Ok(response)
    }
}

/// Method and path of a call.
fn route(call: &Call) -> String {
    format!("{} {}", call.request.method(), call.request.path())
}

/// The key that a call gives for itself, if it gives one.
pub fn key_of(call: &Call) -> Result<Option<String>> {
    let Some(given) = call.request.headers().get("idempotency-key") else { return Ok(None) };
    key_given("Idempotency-Key", given.to_str().unwrap_or_default()).map(Some)
}

/// A key that is given in `field`.
pub fn key_given(field: &'static str, text: &str) -> Result<String> {
    let key = text.trim();
    if key.is_empty() || key.len() > KEY_CHARS_MAX || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let words = format!("A key is from 1 to {KEY_CHARS_MAX} visible ASCII characters.");
        return Err(Error::invalid(field, words));
    }
    Ok(key.to_owned())
}

/// Takes the turn of a call with a key; `None` for one without.
pub fn turn(call: &Call, bearer: &Bearer, key: Option<&str>) -> Result<Option<Turn>> {
    let Some(key) = key else { return Ok(None) };
    let key = Key { caller: bearer.mark(), route: route(call), key: key.to_owned() };
    call.web.state.running.begin(key).map(Some)
}

/// Does `work` once for its key, in one transaction with what keeps its answer. `body_hash` tells one
/// request from another. `still` asks again whether a kept answer is its caller's to read.
pub async fn effect<W, S>(call: &Call, bearer: &Bearer, body_hash: String, work: W, still: S) -> Result<Done>
where
    W: Fn(&mut Cx<'_>, &Actor) -> Result<Answer> + Send + 'static,
    S: Fn(&mut Cx<'_>, &Actor, &Answer) -> Result<()> + Send + 'static,
{
    once(&call.web, bearer, (route(call), key_of(call)?), body_hash, work, still).await
}

/// The same, of a call by another road: the route is that of the API which does the same, and a key means the same effect
/// whichever way it comes.
pub async fn once<W, S>(
    web: &Web,
    bearer: &Bearer,
    (route, key): (String, Option<String>),
    body_hash: String,
    work: W,
    still: S,
) -> Result<Done>
where
    W: Fn(&mut Cx<'_>, &Actor) -> Result<Answer> + Send + 'static,
    S: Fn(&mut Cx<'_>, &Actor, &Answer) -> Result<()> + Send + 'static,
{
    let turn = key.as_ref().map(|key| {
        web.state.running.begin(Key { caller: bearer.mark(), route: route.clone(), key: key.clone() })
    });
    let turn = turn.transpose()?;
    let bearer = bearer.clone();
    let done = web.store.write(move |cx| {
        let (caller, actor) = bearer.actor(cx)?;
        let Some(key) = &key else {
            return Ok(Done { answer: work(cx, &actor)?, is_replay: false });
        };
        let key = Key { caller, route: route.clone(), key: key.clone() };
        if let Some(answer) = idempotency::find(cx, &key, &body_hash)? {
            still(cx, &actor, &answer)?;
            return Ok(Done { answer, is_replay: true });
        }
        let answer = work(cx, &actor)?;
        // A refusal that is a value, because what was asked on the way is kept, is none to be repeated.
        if answer.status < 400 {
            idempotency::keep(cx, &key, &body_hash, &answer)?;
        }
        Ok(Done { answer, is_replay: false })
    });
    let done = done.await;
    drop(turn);
    done
}

/// The answer of a call that is done, and of which there is nothing to say.
pub fn nothing() -> Answer {
    Answer { status: 204, body: serde_json::Value::Null }
}

/// Whether what a kept answer shows is its caller's to see still: what `look` finds by the `id` of the answer.
pub fn still_seen<I, T>(
    look: fn(&Cx<'_>, &Actor, I) -> Result<T>,
) -> impl Fn(&mut Cx<'_>, &Actor, &Answer) -> Result<()> + Send + 'static
where
    I: FromStr<Err: Into<Error>> + 'static,
    T: 'static,
{
    move |cx, who, answer| {
        let id = answer.body.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
        look(cx, who, id.parse().map_err(Into::into)?).map(drop)
    }
}

/// The answer that this call was given before, where its effect has transactions of its own.
pub async fn before(call: &Call, bearer: &Bearer, key: &str, body_hash: &str) -> Result<Option<Done>> {
    let (bearer, body_hash) = (bearer.clone(), body_hash.to_owned());
    let (route, key) = (route(call), key.to_owned());
    let read = call.web.store.read(move |cx| {
        let (caller, _) = bearer.actor(cx)?;
        let key = Key { caller, route: route.clone(), key: key.clone() };
        idempotency::find(cx, &key, &body_hash)
    });
    Ok(read.await?.map(|answer| Done { answer, is_replay: true }))
}

/// Keeps the answer of a call whose effect had transactions of its own.
pub async fn after(call: &Call, bearer: &Bearer, key: &str, body_hash: &str, answer: &Answer) -> Result<()> {
    let (bearer, body_hash, answer) = (bearer.clone(), body_hash.to_owned(), answer.clone());
    let (route, key) = (route(call), key.to_owned());
    let write = call.web.store.write(move |cx| {
        let (caller, _) = bearer.actor(cx)?;
        let key = Key { caller, route: route.clone(), key: key.clone() };
        idempotency::keep(cx, &key, &body_hash, &answer)
    });
    write.await
}
