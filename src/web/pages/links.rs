//! Links that do not work, fresh ones in their place, and replies that have to be confirmed.

use actix_web::http::StatusCode;
use actix_web::web::Query;

use super::visit::{Answer, Posted, Visit, ok, page};
use super::words;
use crate::base::error::Error;
use crate::base::time::Timestamp;
use crate::itip::PartStat;
use crate::links::{Purpose, Standing};
use crate::meetings::hold::{self, Held, HeldReply};
use crate::meetings::{Status, by_link};
use crate::notices;
use crate::web::view::decide::{Done, Settled};
use crate::web::view::links::{ConfirmReply, FreshSent, LinkPage, LinkTrouble};
use crate::web::view::parts::{Nav, When};

/// The secret of a link.
#[derive(serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) t: String,
}

/// The page of a link that does not work, with the button that has a fresh one sent.
pub(super) fn page_of(visit: &Visit, trouble: LinkTrouble, purpose: Purpose) -> Answer {
    let (title, status) = match trouble {
        LinkTrouble::Used => ("Link used", StatusCode::GONE),
        LinkTrouble::Expired => ("Link expired", StatusCode::GONE),
        LinkTrouble::Unknown => ("Link not known", StatusCode::NOT_FOUND),
    };
    let button = match purpose {
        Purpose::Respond | Purpose::Approve | Purpose::Decline => "Request new time",
        _ => "Send me a fresh link",
    };
    page(
        status,
        &LinkPage {
            frame: visit.frame(title, Nav::Elsewhere),
            trouble,
            action: visit.path.clone(),
            button: button.to_owned(),
            is_sign_in: false,
        },
    )
}

/// The page for what looking at a link came to. Changes nothing.
pub(super) fn trouble(visit: &Visit, error: Error, purpose: Purpose) -> Answer {
    match (&error, error.code()) {
        (Error::NotFound(_), _) => {
            visit.web.state.limits.unknown_link(visit.from)?;
            page_of(visit, LinkTrouble::Unknown, purpose)
        }
        (_, "link.expired") => page_of(visit, LinkTrouble::Expired, purpose),
        (_, "link.used") => page_of(visit, LinkTrouble::Used, purpose),
        _ => Err(error.into()),
    }
}

/// The page for what acting by a link came to. That somebody acted by a link that is none of ours is noted:
/// many of them are an alert.
pub(super) async fn refused(posted: &Posted, error: Error, purpose: Purpose) -> Answer {
    if matches!(error, Error::NotFound(_)) {
        let who = posted.visit.bearer();
        posted.visit.web.store.write(move |cx| by_link::invalid(cx, &who, purpose)).await?;
    }
    trouble(&posted.visit, error, purpose)
}

/// Sends a fresh link to the address that this one was made for. The answer is the same whatever it was.
pub(super) async fn fresh(posted: &Posted, purpose: Purpose, secret: &str) -> Answer {
    let (who, secret) = (posted.visit.bearer(), secret.to_owned());
    posted.write(move |cx| by_link::fresh(cx, &who, purpose, &secret)).await?;
    ok(&FreshSent { frame: posted.visit.frame("A fresh link", Nav::Elsewhere) })
}

/// The same of a question that was mailed to somebody with an account.
pub(super) async fn fresh_question(posted: &Posted, purpose: Purpose, secret: &str) -> Answer {
    let (who, secret) = (posted.visit.bearer(), secret.to_owned());
    posted.write(move |cx| notices::fresh(cx, &who, purpose, &secret)).await?;
    ok(&FreshSent { frame: posted.visit.frame("A fresh link", Nav::Elsewhere) })
}

/// `GET /confirm?t=…`.
pub(super) async fn confirm(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| hold::open(cx, &secret)).await {
        Ok(held) => held_page(&visit, &held),
        Err(error) => trouble(&visit, error, Purpose::Confirm),
    }
}

fn held_page(visit: &Visit, held: &HeldReply) -> Answer {
    let meeting = &held.meeting;
    let zone = visit.zone(meeting.participant(held.me).ok().map(|one| meeting.zone_of(one)));
    let frame = |title| visit.frame_in(title, Nav::Elsewhere, zone);
    let now = When::span(zone, meeting.start, meeting.end);
    if held.confirmed {
        return ok(&done(visit, held));
    }
    if meeting.status == Status::Cancelled {
        return ok(&Settled::cancelled(frame("A reply"), meeting.title.clone()));
    }
    if held.outdated {
        let mut settled = Settled::superseded(frame("A reply"), meeting.title.clone(), Some(now));
        "The meeting has changed since".clone_into(&mut settled.heading);
        "That reply was to an earlier time, so it is not taken any more. Please answer the newest invitation."
            .clone_into(&mut settled.lead);
        return ok(&settled);
    }
    if held.standing != Standing::Live || !meeting.is_ahead(visit.now) {
        return page_of(visit, LinkTrouble::Expired, Purpose::Confirm);
    }
    let other = words::other(meeting, Some(held.me));
    let (said, when, consequence) = match &held.held {
        Held::Answer { partstat: word, .. } => {
            let is_off = word == PartStat::Declined.as_str() && meeting.is_off_after_decline(held.me);
            let consequence = if is_off {
                "The meeting is then cancelled for everybody.".to_owned()
            } else {
                words::sentence(&format!("{other} then sees this answer."))
            };
            (word.clone(), now, consequence)
        }
        Held::Propose(start, end, _) => (
            "asked for a new time".to_owned(),
            When::span(zone, Timestamp::from_ms(*start), Timestamp::from_ms(*end)),
            words::sentence(&format!("{other} is then asked to decide. Until then nothing changes.")),
        ),
    };
    ok(&ConfirmReply {
        frame: frame("Is that so?"),
        action: visit.path.clone(),
        title: meeting.title.clone(),
        said: if said == "tentative" { "answered with perhaps".to_owned() } else { said },
        when,
        consequence,
    })
}

/// `POST /confirm?t=…`.
pub(super) async fn confirmed(posted: Posted, asked: Query<Asked>) -> Answer {
    if posted.fields.pressed() == "fresh" {
        return fresh(&posted, Purpose::Confirm, &asked.t).await;
    }
    let (who, secret) = (posted.visit.bearer(), asked.t.clone());
    match posted.write(move |cx| hold::confirm(cx, &who, &secret)).await {
        Ok(held) => ok(&done(&posted.visit, &held)),
        Err(error @ Error::NotFound(_)) => refused(&posted, error, Purpose::Confirm).await,
        Err(error @ (Error::Refused { .. } | Error::Invalid { .. })) => {
            let secret = asked.t.clone();
            let held = posted.visit.read(move |cx| hold::open(cx, &secret)).await?;
            let is_plain =
                !held.outdated && held.standing == Standing::Live && held.meeting.is_ahead(posted.visit.now);
            // Nothing on the page would say why: the rule's own words do.
            if is_plain { Err(error.into()) } else { held_page(&posted.visit, &held) }
        }
        Err(error) => Err(error.into()),
    }
}

fn done(visit: &Visit, held: &HeldReply) -> Done {
    let meeting = &held.meeting;
    let zone = visit.zone(meeting.participant(held.me).ok().map(|one| meeting.zone_of(one)));
    let frame = visit.frame_in("Done", Nav::Elsewhere, zone);
    let now = When::span(zone, meeting.start, meeting.end);
    let other = words::other(meeting, Some(held.me));
    match &held.held {
        Held::Answer { partstat, .. } if partstat == "declined" && meeting.status == Status::Cancelled => {
            Done::declined_and_cancelled(frame, &meeting.title, now)
        }
        Held::Answer { partstat, .. } => Done::answered(frame, &meeting.title, &other, partstat, now),
        Held::Propose(start, end, _) => {
            let new = When::span(zone, Timestamp::from_ms(*start), Timestamp::from_ms(*end));
            Done::proposed(frame, &meeting.title, &other, now, new)
        }
    }
}
