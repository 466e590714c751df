//! One webhook of the reader's: what it was told and what became of that, sent anew, tried out, changed, paused, removed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::once;
use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use super::webhooks::{Said, beside};
use super::words;
use crate::app::webhooks::receiver;
use crate::base::error::{Error, Result};
use crate::base::id::{WebhookEventId, WebhookId};
use crate::base::time::{Timestamp, Zone};
use crate::store::Cx;
use crate::web::view::parts::{FieldErrors, Flash, Nav, Pill, Tone};
use crate::web::view::webhooks::{EventRow, WebhookPage};
use crate::webhooks::{self, Change, Event, EventState, FAMILIES, State, Webhook};

/// How many events are shown.
const EVENTS_MAX: u32 = 50;

/// The page of one.
pub(super) fn path(id: WebhookId) -> String {
    format!("/webhooks/{id}")
}

/// Whether it is told.
pub(super) fn pill(one: &Webhook) -> Pill {
    match one.state {
        State::Active if one.failing_since.is_some() => Pill::new("does not answer", Tone::Wait),
        State::Active => Pill::new("active", Tone::Yes),
        State::Paused => Pill::new("paused", Tone::Plain),
        State::Failing => Pill::new("does not answer", Tone::No),
        State::Gone => Pill::new("gone", Tone::No),
    }
}

/// What its state means.
fn lead(visit: &Visit, one: &Webhook) -> String {
    let words = match (one.state, one.failing_since) {
        (State::Active, None) => "It is told of what you chose, as it happens.",
        (State::Active, Some(since)) => {
            let since = words::near(visit.zone(None), since, visit.now);
            return format!(
                "Nothing has come through since {since}. It is tried again; after two days it is left alone."
            );
        }
        (State::Paused, _) => "You paused it: it is told nothing until you resume it.",
        (State::Failing, _) => {
            "Nothing came through for two days, so it is left alone. Resume it when it is there again."
        }
        (State::Gone, _) => {
            "It said that it is gone, so it is told nothing more. Resume it if that was wrong."
        }
    };
    words.to_owned()
}

fn row(event: &Event, is_active: bool, zone: Zone, now: Timestamp) -> EventRow {
    let known = FAMILIES.iter().flat_map(|family| family.kinds).find(|(kind, _)| *kind == event.kind);
    let tries = match (event.attempts, &event.error) {
        (0, None) => "not yet".to_owned(),
        (1, None) => "the first time".to_owned(),
        (many, None) => format!("after {many} tries"),
        (many, Some(error)) => {
            let status = event.status.map_or_else(String::new, |status| format!(" ({status})"));
            let times = if many == 1 { "tried once".to_owned() } else { format!("tried {many} times") };
            format!("{times}: {error}{status}")
        }
    };
    EventRow {
        id: event.id.to_string(),
        words: known.map_or("A test", |(_, words)| words).to_owned(),
        kind: event.kind.clone(),
        when: words::near(zone, event.happened_at, now),
        pill: match event.state {
            EventState::Waiting => Pill::new("waits", Tone::Wait),
            EventState::Delivered => Pill::new("taken", Tone::Yes),
            EventState::Failed => Pill::new("not wanted", Tone::No),
            EventState::Expired => Pill::new("given up", Tone::No),
        },
        tries,
        can_replay: is_active && event.state != EventState::Waiting,
    }
}

/// What is different from a page that was just opened.
#[derive(Default)]
struct Came {
    form: Option<(Said, FieldErrors)>,
    fresh: Option<(String, &'static str)>,
}

async fn shown(visit: &Visit, one: &Webhook, came: Came, status: StatusCode) -> Answer {
    let (zone, now) = (visit.zone(None), visit.now);
    let (who, id) = (visit.actor(), one.id);
    let told = visit.read(move |cx| webhooks::events(cx, &who, id, None, EVENTS_MAX)).await?;
    let is_active = one.state == State::Active;
    let mut frame = visit.frame(one.host(), Nav::Agents);
    if let Some((_, words)) = &came.fresh {
        frame.flash = Some(Flash { tone: Tone::Yes, words: (*words).to_owned() });
    }
    let (said, errors) = came.form.unwrap_or_else(|| (Said::of(one), FieldErrors::none()));
    let former = one.former_until().filter(|until| *until > now);
    let view = WebhookPage {
        frame,
        path: path(id),
        host: one.host().to_owned(),
        pill: pill(one),
        lead: lead(visit, one),
        fresh: came.fresh.map(|(secret, _)| secret),
        once: once::fresh(visit),
        former: former.map_or_else(String::new, |until| words::near(zone, until, now)),
        is_active,
        events: told.events.iter().map(|event| row(event, is_active, zone, now)).collect(),
        events_max: EVENTS_MAX,
        form: said.form(&[], String::new(), errors),
    };
    page(status, &view)
}

/// The page of one that has a new secret, which is shown this once.
pub(super) async fn made(visit: &Visit, one: &Webhook, secret: String, words: &'static str) -> Answer {
    let came = Came { fresh: Some((secret, words)), ..Came::default() };
    shown(visit, one, came, StatusCode::OK).await
}

async fn seen(visit: &Visit, id: WebhookId) -> Result<Webhook> {
    visit.user()?;
    let who = visit.actor();
    visit.read(move |cx| webhooks::webhook(cx, &who, id)).await
}

/// `GET /webhooks/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    let one = seen(&visit, id.parse()?).await?;
    shown(&visit, &one, Came::default(), StatusCode::OK).await
}

/// `POST /webhooks/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: WebhookId = id.parse()?;
    let one = seen(&posted.visit, id).await?;
    match posted.fields.pressed() {
        "save" => save(&posted, &one).await,
        "pause" => switch(&posted, id, false).await,
        "resume" => switch(&posted, id, true).await,
        "rotate" => rotate(&posted, id).await,
        "test" => test(&posted, id).await,
        "replay" => replay(&posted, id).await,
        "remove" => remove(&posted, id).await,
        _ => Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    }
}

fn done(id: WebhookId, word: &str) -> HttpResponse {
    see_other(&format!("{}?done={word}", path(id)))
}

async fn save(posted: &Posted, one: &Webhook) -> Answer {
    let said = Said::typed(&posted.fields);
    match saved(posted, one.id, &said).await {
        Ok(()) => Ok(done(one.id, "saved")),
        Err(error) => {
            let errors = beside(&error).ok_or(error)?;
            let came = Came { form: Some((said, errors)), ..Came::default() };
            shown(&posted.visit, one, came, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

async fn saved(posted: &Posted, id: WebhookId, said: &Said) -> Result<()> {
    let url = receiver(&said.url, &posted.visit.web.config.net.allow)?;
    let change = Change { url: Some(url), kinds: Some(said.kinds.clone()), is_active: None };
    let who = posted.visit.actor();
    posted.write(move |cx| webhooks::change(cx, &who, id, &change).map(drop)).await
}

async fn switch(posted: &Posted, id: WebhookId, is_active: bool) -> Answer {
    let who = posted.visit.actor();
    let change = Change { is_active: Some(is_active), ..Change::default() };
    posted.write(move |cx| webhooks::change(cx, &who, id, &change).map(drop)).await?;
    Ok(done(id, if is_active { "webhook-resumed" } else { "webhook-paused" }))
}

/// The page shows the new secret this once, so it is no redirect; a form that comes again makes no other.
async fn rotate(posted: &Posted, id: WebhookId) -> Answer {
    let (who, form) = (posted.visit.actor(), once::of(&posted.fields));
    let work = move |cx: &mut Cx<'_>| {
        let mut fresh = None;
        once::act(cx, &who, &format!("POST {}", path(id)), &form, |cx| {
            let (one, secret) = webhooks::rotate(cx, &who, id)?;
            fresh = Some((one, secret.expose().to_owned()));
            Ok(path(id))
        })?;
        Ok(fresh)
    };
    match posted.write(work).await? {
        None => Ok(done(id, "webhook-rotated")),
        Some((one, secret)) => made(&posted.visit, &one, secret, "There is a new secret.").await,
    }
}

async fn test(posted: &Posted, id: WebhookId) -> Answer {
    let who = posted.visit.actor();
    posted.write(move |cx| webhooks::test(cx, &who, id).map(drop)).await?;
    Ok(done(id, "webhook-tested"))
}

async fn replay(posted: &Posted, id: WebhookId) -> Answer {
    let (who, event): (_, WebhookEventId) = (posted.visit.actor(), posted.fields.get("event").parse()?);
    posted.write(move |cx| webhooks::replay(cx, &who, id, event).map(drop)).await?;
    Ok(done(id, "webhook-replayed"))
}

async fn remove(posted: &Posted, id: WebhookId) -> Answer {
    let who = posted.visit.actor();
    posted.write(move |cx| webhooks::remove(cx, &who, id)).await?;
    Ok(see_other("/webhooks?done=webhook-removed"))
}
