//! Notices over the API: list, take note, choose what is mailed.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::Scope;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::Window;
use crate::base::id::NoticeId;
use crate::base::secret::sha256;
use crate::base::time::Timestamp;
use crate::idempotency::Answer;
use crate::notices::{self, Kind, Listing, Mail, Preferences, Shown, Waits};
use crate::store::Cx;
use crate::web::bearer::Bearer;
use crate::web::call::{self, Call};
use crate::web::idempotency::effect;

/// How many notices a page has, if the caller does not say.
const LIMIT: u32 = 50;
/// The most notices of a page.
const LIMIT_MAX: u32 = 200;

/// Something its reader should know.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Notice {
    /// Its id.
    #[schema(example = "ntc_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    pub(in crate::web) id: String,
    /// Its place among its reader's: 1, 2, 3, …. The same as its id in `GET /events`.
    pub(in crate::web) place: i64,
    /// What it is about, like `meeting.moved`.
    #[schema(example = "meeting.moved")]
    kind: &'static str,
    /// The same in a sentence. Nobody is named but by name.
    text: String,
    /// The meeting or the connection.
    subject: String,
    /// The proposal that waits for its reader's decision, while it does.
    proposal: Option<String>,
    /// The time it is about, where it is about one.
    #[schema(format = DateTime)]
    start: Option<String>,
    /// Its end.
    #[schema(format = DateTime)]
    end: Option<String>,
    /// The page that shows it.
    url: String,
    /// Whether a decision is asked for.
    waits: bool,
    /// When.
    #[schema(format = DateTime)]
    created: String,
    /// When its reader took note of it; null while it is unread.
    #[schema(format = DateTime)]
    read: Option<String>,
}

impl Notice {
    pub(in crate::web) fn of(shown: &Shown, public_url: &str) -> Self {
        let Shown { notice, news, waits } = shown;
        let time = |at: i64| Timestamp::from_ms(at).to_rfc3339();
        Self {
            id: notice.id.to_string(),
            place: notice.place,
            kind: notice.kind.as_str(),
            text: notices::sentence(news),
            subject: notice.subject.clone(),
            proposal: waits.proposal().map(|id| id.to_string()),
            start: news.span.map(|(start, _)| time(start)),
            end: news.span.map(|(_, end)| time(end)),
            url: format!("{public_url}{}", news.path),
            waits: !matches!(waits, Waits::Nothing),
            created: notice.created_at.to_rfc3339(),
            read: notice.read_at.map(Timestamp::to_rfc3339),
        }
    }
}

/// A page of a list of notices.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticeList {
    /// The notices, newest first.
    notices: Vec<Notice>,
    /// How many are unread in all; 100 means that or more.
    unread: usize,
    /// What to give as `cursor` for the next page; null on the last.
    next: Option<String>,
}

/// Which notices to list.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct NoticeQuery {
    /// Only those that are unread.
    #[serde(default)]
    unread: bool,
    /// How many to a page: from 1 to 200; 50, if not given.
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// Up to where notices are marked read.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpTo {
    /// The `place` of the newest one that was seen; all, if not given.
    place: Option<i64>,
}

/// How many notices are left.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Unread {
    /// How many are unread; 100 means that or more.
    unread: usize,
}

/// What is mailed, and when.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoticePreferences {
    /// By kind: `at_once`, `daily` or `never`. A kind that is not given is mailed as usual.
    #[serde(default)]
    #[schema(example = json!({ "connection.invited": "at_once", "meeting.answered": "daily" }))]
    mail: BTreeMap<String, String>,
    /// When nothing is mailed at once, in the zone of the profile; null: never.
    #[schema(example = "22:00-07:00")]
    quiet_hours: Option<String>,
    /// When the daily digest comes.
    #[schema(example = "08:00")]
    digest_at: String,
    /// How long before a meeting the reminder comes, in minutes; null: there is none.
    remind_minutes: Option<u32>,
}

impl NoticePreferences {
    fn of(chosen: &Preferences) -> Self {
        let mail =
            chosen.mail.iter().map(|(kind, mail)| (kind.as_str().to_owned(), mail.as_str().to_owned()));
        Self {
            mail: mail.collect(),
            quiet_hours: chosen.quiet.map(|quiet| quiet.to_string()),
            digest_at: format!("{:02}:{:02}", chosen.digest_at / 60, chosen.digest_at % 60),
            remind_minutes: chosen.remind_minutes,
        }
    }

    fn read(&self) -> Result<Preferences> {
        let mut mail = BTreeMap::new();
        for (kind, word) in &self.mail {
            let field = format!("mail.{kind}");
            let known = Kind::parse(kind)
                .ok_or_else(|| Error::invalid(field.clone(), "There is no such kind of notice."))?;
            let chosen = Mail::parse(word)
                .ok_or_else(|| Error::invalid(field, "This can be at_once, daily or never."))?;
            mail.insert(known, chosen);
        }
        let quiet = self.quiet_hours.as_deref().map(|text| {
            Window::parse(text)
                .ok_or_else(|| Error::invalid("quiet_hours", "This should be hours like 22:00-07:00."))
        });
        let digest = || Error::invalid("digest_at", "This should be a time of day, like 08:00.");
        let digest_at = chrono::NaiveTime::parse_from_str(&self.digest_at, "%H:%M").map_err(|_| digest())?;
        let minutes = chrono::Timelike::num_seconds_from_midnight(&digest_at) / 60;
        Ok(Preferences {
            mail,
            quiet: quiet.transpose()?,
            digest_at: u16::try_from(minutes).map_err(|_| digest())?,
            remind_minutes: self.remind_minutes,
        })
    }
}

/// Lists the caller's notices, newest first.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", operation_id = "list_notices", params(NoticeQuery),
    responses((status = 200, description = "A page of notices.", body = NoticeList),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn list(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::NoticesRead).await?;
    let query: NoticeQuery = call.query()?;
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Error::invalid("limit", format!("A page has from 1 to {LIMIT_MAX} notices.")));
    }
    let bad_cursor = || Error::invalid("cursor", "Give the `next` of the page before, unchanged.");
    let before = query.cursor.as_deref().map(|text| text.parse::<i64>().map_err(|_| bad_cursor()));
    let listing = Listing { unread: query.unread, before: before.transpose()?, limit };
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        let page = notices::list(cx, &who, listing)?;
        let unread = who.user().map(|user| notices::unread(cx, user)).transpose()?;
        Ok((page, unread.unwrap_or(0)))
    });
    let (page, unread) = read.await?;
    let public_url = &call.web.config.server.public_url;
    let list = NoticeList {
        notices: page.notices.iter().map(|one| Notice::of(one, public_url)).collect(),
        unread,
        next: page.next.map(|place| place.to_string()),
    };
    call::json(200, &list)
}

/// Marks one notice read.
#[utoipa::path(post, path = "/api/v1/notices/{id}/read", tag = "notices", operation_id = "read_notice",
    params(("id" = String, Path, description = "The notice."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    responses((status = 200, description = "The notice.", body = Notice),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 404, response = super::openapi::NotFound), (status = 409, response = super::openapi::Refused),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn mark(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::NoticesWrite).await?;
    let id: NoticeId = call.id("id")?;
    call.nothing().await?;
    let public_url = call.web.config.server.public_url.clone();
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        let notice = notices::mark_read(cx, who, id)?;
        answer(&Notice::of(&notice, &public_url))
    };
    effect(&call, &bearer, sha256(b""), work, |_, _, _| Ok(())).await?.into_response()
}

/// Marks all notices read, or those up to a place: so that what came since the caller looked stays unread. Without a body, all.
#[utoipa::path(post, path = "/api/v1/notices/read", tag = "notices", operation_id = "read_notices",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a second call with the same body a no-op for 24 hours.")),
    request_body = Option<UpTo>,
    responses((status = 200, description = "How many are left.", body = Unread),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 409, response = super::openapi::Refused),
        (status = 413, response = super::openapi::TooLarge), (status = 415, response = super::openapi::MediaType),
        (status = 422, response = super::openapi::Mismatch), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn mark_all(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::NoticesWrite).await?;
    let (given, hash) = call.json_or_nothing::<UpTo>().await?;
    let work = move |cx: &mut Cx<'_>, who: &Actor| {
        answer(&Unread { unread: notices::mark_all(cx, who, given.place)? })
    };
    effect(&call, &bearer, hash, work, |_, _, _| Ok(())).await?.into_response()
}

fn answer(body: &impl Serialize) -> Result<Answer> {
    Ok(Answer { status: 200, body: serde_json::to_value(body).map_err(Error::internal)? })
}

/// Shows what the caller has mailed, and when.
#[utoipa::path(get, path = "/api/v1/notices/preferences", tag = "notices", operation_id = "notice_preferences",
    responses((status = 200, description = "What is mailed.", body = NoticePreferences),
        (status = 401, response = super::openapi::Unauthenticated), (status = 403, response = super::openapi::Denied),
        (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn preferences(call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::NoticesRead).await?;
    let read = call.web.store.read(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        notices::preferences(cx, &who)
    });
    call::json(200, &NoticePreferences::of(&read.await?))
}

/// Chooses what is mailed, and when; what is not given is as usual.
#[utoipa::path(put, path = "/api/v1/notices/preferences", tag = "notices", operation_id = "choose_notices",
    request_body = NoticePreferences,
    responses((status = 200, description = "What is mailed from now on.", body = NoticePreferences),
        (status = 400, response = super::openapi::Invalid), (status = 401, response = super::openapi::Unauthenticated),
        (status = 403, response = super::openapi::Denied), (status = 413, response = super::openapi::TooLarge),
        (status = 415, response = super::openapi::MediaType), (status = 429, response = super::openapi::Throttled)))]
pub(super) async fn choose(mut call: Call) -> Result<HttpResponse> {
    let bearer = Bearer::of(&call, Scope::NoticesWrite).await?;
    let (given, _) = call.json::<NoticePreferences>().await?;
    let chosen = given.read()?;
    let write = call.web.store.write(move |cx| {
        let (_, who) = bearer.actor(cx)?;
        notices::set_preferences(cx, &who, &chosen)
    });
    call::json(200, &NoticePreferences::of(&write.await?))
}
