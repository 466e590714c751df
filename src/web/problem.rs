//! Problem documents (RFC 9457): how programs are told that something cannot be done.
//!
//! Every code, with its status and title, stands in [`CODES`]; `docs/errors.md` says the same to people and is held
//! to it by a test. What went wrong inside is logged once, under the trace id that the document carries, and
//! never shown.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::error::Error;

/// One thing that can go wrong, as programs know it.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The tail of the document's `type`; never changes.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What it is, whatever the occasion.
    pub title: &'static str,
}

const fn code(code: &'static str, status: u16, title: &'static str) -> Code {
    Code { code, status, title }
}

/// Every code of the house, those first that have to do with HTTP itself.
pub const CODES: &[Code] = &[
    code("invalid", 400, "The request cannot be used"),
    code("unauthenticated", 401, "A valid token is needed"),
    code("denied", 403, "This is not yours to do"),
    code("not-found", 404, "There is no such thing"),
    code("method", 405, "This cannot be done here"),
    code("too-large", 413, "The request is too large"),
    code("media-type", 415, "The body is of another media type"),
    code("throttled", 429, "Too many requests"),
    code("inbox.full", 429, "The inbox is full"),
    code("internal", 500, "Something went wrong here"),
    code("upstream", 502, "Another server failed"),
    code("storage-full", 507, "The disk is full"),
    code("idempotency.mismatch", 422, "The key was used for another request"),
    code("idempotency.running", 409, "The same request is still running"),
    code("meeting.booked", 409, "The meeting has its guest already"),
    code("meeting.cancelled", 409, "The meeting was cancelled"),
    code("meeting.open", 409, "Nobody has been invited yet"),
    code("meeting.over", 409, "The meeting is over or was cancelled"),
    code("meeting.past", 409, "The meeting is past"),
    code("meeting.revised", 409, "The meeting has just changed"),
    code("meeting.room-taken", 409, "A room or thing cannot be had then"),
    code("proposal.approved", 409, "The proposal was approved already"),
    code("proposal.decided", 409, "The proposal was decided already"),
    code("proposal.declined", 409, "The proposal was declined already"),
    code("proposal.expired", 409, "The proposal has expired"),
    code("proposal.same-time", 409, "The meeting has this time already"),
    code("proposal.superseded", 409, "Something newer took the proposal's place"),
    code("proposal.withdrawn", 409, "The proposal was taken back"),
    code("connection.blocked", 409, "You blocked this person"),
    code("connection.connected", 409, "You are connected already"),
    code("connection.no-account", 409, "An account is needed"),
    code("connection.over", 409, "The invitation or the connection is over"),
    code("connection.own", 409, "The invitation is your own"),
    code("session.booked", 409, "The session came to a meeting already"),
    code("session.booking", 409, "A time is being booked"),
    code("session.not-granted", 409, "You have not let them book what you confirm"),
    code("session.not-proposed", 409, "The time was not proposed"),
    code("session.optional", 409, "Whoever need not come names no times and ends nothing"),
    code("session.over", 409, "The session is over"),
    code("session.proposal-over", 409, "The time is not on the table any more"),
    code("session.room-settled", 409, "It is too late to answer for the room"),
    code("session.rounds", 409, "The rounds are over"),
    code("session.slot-taken", 409, "The time cannot be had"),
    code("session.decided", 409, "A group decided on this time"),
    code("session.decides", 409, "The agent's owner decides"),
    code("session.not-played", 409, "The agent does not play here"),
    code("session.step", 409, "The step has no place now"),
    code("session.transition", 409, "The session does not become that"),
    code("session.waiting", 409, "Not everybody has agreed yet"),
    code("agent.builtin", 409, "This agent acts for a person"),
    code("agent.conversations", 409, "The agent is in too many conversations"),
    code("agent.off", 409, "Agents of one's own are switched off"),
    code("agent.plays", 409, "An agent plays there already"),
    code("agent.shut-out", 403, "The agent is shut out for a while"),
    code("agent.retired", 409, "The agent is retired"),
    code("agent.too-many", 409, "There are too many agents"),
    code("agent.too-many-keys", 409, "The agent has too many keys"),
    code("agent.too-many-relations", 409, "There are too many agents on the lists"),
    code("webhook.paused", 409, "The webhook is told nothing now"),
    code("webhook.too-many", 409, "There are too many webhooks"),
    code("webhook.waiting", 409, "The event is still to be sent"),
    code("agent.public-key", 409, "The agent has, or had, another key of this name"),
    code("conversation.over", 409, "The conversation is over"),
    code("conversation.rights", 409, "This is not shared in the conversation"),
    code("delivery.stale", 409, "The lease on the message is over"),
    code("delivery.under-way", 409, "The message waits no more"),
    code("figures.pruned", 409, "Part of the journal lies in an archive"),
    code("rating.open", 409, "It still goes on"),
    code("role.name-taken", 409, "There is a role of this name already"),
    code("role.too-many", 409, "There are too many roles"),
    code("task.over", 409, "The task is over"),
    code("task.revised", 409, "The task has just changed"),
    code("task.step", 409, "The step has no place now"),
    code("task.taken", 409, "Somebody else has taken it on"),
    code("task-type.house", 409, "The house has a type of this name"),
    code("task-type.too-many", 409, "There are too many types"),
    code("approval.decided", 409, "It is decided already"),
    code("approval-rule.exists", 409, "There is a rule for this already"),
    code("approval-rule.too-many", 409, "There are too many rules"),
    code("group.booking", 409, "What was decided is being booked"),
    code("group.initiator", 409, "Whoever began it does not leave it"),
    code("group.no-times", 409, "No time suits everybody whose time may be seen"),
    code("group.outside", 409, "Only the agent's owner can say yes to this time"),
    code("group.over", 409, "The group has come to its end"),
    code("group.revisions", 409, "This answer was changed too often"),
    code("group.round", 409, "This is not voted on in that round"),
    code("group.turn", 409, "It is somebody else's turn"),
    code("booking.over", 409, "The request no longer waits"),
    code("booking.own", 409, "The page is your own"),
    code("booking.revised", 409, "The link has just changed"),
    code("booking.taken", 409, "The time is taken"),
    code("booking.too-many", 409, "Too many times are held for this address"),
    code("booking.too-many-links", 409, "There are too many links"),
    code("booking.too-many-passes", 409, "Too many single-use addresses are out"),
    code("grant.revised", 409, "The grant has just changed"),
    code("source.exists", 409, "The calendar is read already"),
    code("source.house", 409, "The house's own calendar stays as it is"),
    code("source.not-a-calendar", 409, "This is not a calendar"),
    code("source.not-allowed", 409, "This address is not called"),
    code("source.not-found", 409, "There is no calendar there"),
    code("source.read-only", 409, "The calendar can only be read"),
    code("source.refused", 409, "The server does not let us in"),
    code("source.server", 502, "The calendar's server failed"),
    code("source.time-out", 502, "The calendar's server took too long"),
    code("source.too-large", 409, "The calendar is too large"),
    code("source.too-many", 409, "There are too many calendars"),
    code("source.unreachable", 502, "The calendar's server cannot be reached"),
    code("source.unused", 409, "The calendar is not read"),
    code("link.used", 409, "The link was used already"),
    code("link.expired", 409, "The link has expired"),
    code("erased", 409, "What was stored was erased"),
    code("user.exists", 409, "There is such an account already"),
    code("user.last-admin", 409, "This is the last administrator"),
    code("user.disabled", 409, "The account is shut out"),
    code("house.set-up", 409, "The house is set up already"),
    code("queue.exists", 409, "The same work is on the queue already"),
    code("queue.stale", 409, "The work is no longer held"),
    code("journal.unread", 409, "Part of the journal is not read yet"),
    code("queue.not-held", 409, "The topic is not held"),
    code("journal.broken", 409, "The journal does not hold"),
    code("inbound.panic", 500, "A message could not be taken in"),
    code("inbound.out-of-order", 409, "An earlier message is still being taken in"),
    code("backup.exists", 409, "The file exists already"),
    code("restore.exists", 409, "There is a database already"),
    code("data-dir", 409, "The data directory cannot be used"),
    code("key", 409, "The key file cannot be used"),
    code("server.listen", 409, "The address is taken"),
    code("doctor", 409, "Some of the checks failed"),
    code("store.locked", 409, "Another server runs on this directory"),
    code("store.newer", 409, "The database is of a newer version"),
];

/// What is known of a code; one that is not in the table is a rule that refuses.
pub fn known(code: &'static str) -> Code {
    CODES.iter().find(|known| known.code == code).copied().unwrap_or(Code {
        code,
        status: 409,
        title: "A rule of the house refuses this",
    })
}

/// A problem document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Which problem it is: the same for every occasion, and a page that explains it.
    #[serde(rename = "type")]
    #[schema(example = "https://meet.example.org/errors#meeting.cancelled")]
    pub kind: String,
    /// What it is, whatever the occasion.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What went wrong here: a sentence for people.
    pub detail: String,
    /// For bad input: the field as the caller named it, like `guests[0].email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds until it is worth trying again, where that is known: over HTTP `Retry-After` says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// By what an administrator finds it in the log and in the journal.
    pub trace: String,
}

impl Problem {
    /// What `error` is to a program. The house's pages are at `public_url`.
    pub fn of(error: &Error, public_url: &str, trace: &str) -> Self {
        let code = known(error.code());
        let detail = match error {
            Error::Internal(_) => {
                "The fault is ours, not yours. It is written down under the trace id.".to_owned()
            }
            Error::Upstream { what, .. } => format!("What we asked of {what} failed. Try again later."),
            Error::Throttled { retry_after_s } => {
                format!("Too many requests; try again in {retry_after_s} s.")
            }
            Error::Full { retry_after_s } => {
                format!("This inbox is full, by nobody's fault who writes to it now; try again in {retry_after_s} s.")
            }
            Error::StorageFull(_) => {
                "The disk of this house is full, so nothing was changed. Whoever runs it has to make room; then try again."
                    .to_owned()
            }
            Error::NotFound(_) => "There is no such thing, or it is not yours to see.".to_owned(),
            told => told.to_string(),
        };
        let field = match error {
            Error::Invalid { field, .. } => Some(field.to_string()),
            _ => None,
        };
        Self {
            kind: format!("{public_url}/errors#{}", code.code),
            title: code.title,
            status: code.status,
            detail,
            field,
            retry_after: error.retry_after_s(),
            trace: trace.to_owned(),
        }
    }

    /// As an answer. `token_was_given` says which challenge a 401 carries (RFC 6750, 3).
    pub fn into_response(self, error: &Error, token_was_given: bool) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        match error {
            Error::Unauthenticated(_) if token_was_given => {
                let challenge = r#"Bearer realm="entente", error="invalid_token""#;
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            Error::Unauthenticated(_) => {
                response.insert_header((header::WWW_AUTHENTICATE, r#"Bearer realm="entente""#));
            }
            _ => {}
        }
        if let Some(wait) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, wait.to_string()));
        }
        // What was not read of a body is not read any more.
        if matches!(self.status, 413 | 415) {
            response.force_close();
        }
        response
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .body(serde_json::to_vec(&self).unwrap_or_default())
    }
}

/// Says what went wrong inside, once.
pub fn log(error: &Error, trace: &str) {
    match error {
        Error::Internal(_) => tracing::error!(%error, trace, "a request failed"),
        Error::StorageFull(_) => tracing::error!(%error, trace, "nothing can be written: make room"),
        Error::Upstream { .. } => tracing::warn!(%error, trace, "a request failed elsewhere"),
        _ => tracing::debug!(%error, code = error.code(), trace, "a request was refused"),
    }
}
