//! The links of the mail that asks the owner of a page about a booking: the page says what will happen, its one button does it,
//! and nobody signs in for it.

use actix_web::http::StatusCode;
use actix_web::web::Query;

use super::links::{self, Asked};
use super::visit::{Answer, Posted, Visit, ok, page};
use crate::base::error::Error;
use crate::base::time::Zone;
use crate::booking::{self, BookingState, ToDecide, Verb};
use crate::config::Confirm;
use crate::links::Purpose;
use crate::web::view::booking_links::BookingDecide;
use crate::web::view::decide::{Done, Settled};
use crate::web::view::parts::{Nav, When};

/// `GET /booking/decide?t=…`.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| booking::to_decide(cx, &secret)).await {
        Ok(found) => shown(&visit, &found, "", StatusCode::OK),
        Err(error) => links::trouble(&visit, error, Purpose::BookingDecide),
    }
}

fn zone_of(visit: &Visit, found: &ToDecide) -> Zone {
    visit.zone(Some(found.user.zone))
}

fn when(found: &ToDecide, zone: Zone) -> When {
    When::span(zone, found.booking.start, found.booking.end)
}

/// The decision to take, or why there is none.
fn shown(visit: &Visit, found: &ToDecide, refused: &str, status: StatusCode) -> Answer {
    let zone = zone_of(visit, found);
    if !found.is_open(visit.now) {
        return ok(&settled(visit, found, zone));
    }
    let (approves, who) = (found.verb == Verb::Approve, &found.booking.guest_name);
    let consequences = if approves {
        vec![
            "It is booked at once, if the time is still free.".to_owned(),
            "Each of you gets an invitation.".to_owned(),
        ]
    } else {
        vec!["Nothing is booked, and the time is free again.".to_owned(), format!("{who} is told.")]
    };
    let title = if approves { "Approve a booking" } else { "Decline a booking" };
    let is_auto = approves && refused.is_empty() && visit.web.config.links.confirm == Confirm::Auto;
    let said = found.booking.answers.iter().map(|one| (one.question.clone(), one.answer.clone()));
    let view = BookingDecide {
        frame: visit.frame_in(title, Nav::Elsewhere, zone),
        action: visit.path.clone(),
        approves,
        who: who.clone(),
        title: found.link.says.title.clone(),
        when: when(found, zone),
        said: said.collect(),
        consequences,
        closes: zone.short(found.booking.expires_at),
        is_auto,
        refused: refused.to_owned(),
    };
    page(status, &view)
}

/// It was decided, or its time was over first.
fn settled(visit: &Visit, found: &ToDecide, zone: Zone) -> Settled {
    let (heading, lead) = match found.booking.state_at(visit.now) {
        BookingState::Booked => ("It is booked", "It was approved before. Nothing more has changed now."),
        BookingState::Declined => {
            ("It was declined", "It was declined before. Nothing more has changed now.")
        }
        BookingState::Withdrawn => ("It was taken back", "The guest took it back. Nothing is booked."),
        BookingState::Expired | BookingState::Unconfirmed | BookingState::Waiting => {
            ("It is too late", "The time was held for a while, and that is over. Nothing is booked.")
        }
    };
    Settled {
        frame: visit.frame_in("A booking", Nav::Elsewhere, zone),
        heading: heading.to_owned(),
        lead: lead.to_owned(),
        title: found.link.says.title.clone(),
        // Where the meeting is by now is not the booking's to know.
        when: None,
    }
}

/// `POST /booking/decide?t=…`.
pub(super) async fn act(posted: Posted, asked: Query<Asked>) -> Answer {
    let (who, secret) = (posted.visit.bearer(), asked.t.clone());
    if posted.fields.pressed() == "fresh" {
        return links::fresh_question(&posted, Purpose::BookingDecide, &secret).await;
    }
    let words = posted.fields.owned("words");
    let decided = posted.write(move |cx| booking::decide_by_link(cx, &who, &secret, &words)).await;
    let (message, status) = match decided {
        Ok(found) => return ok(&done(&posted.visit, &found)),
        // Pressed again: how it stands is said.
        Err(Error::Refused { code: "booking.over", .. }) => (String::new(), StatusCode::OK),
        Err(Error::Refused { message, .. }) => (message, StatusCode::CONFLICT),
        Err(error) => return links::refused(&posted, error, Purpose::BookingDecide).await,
    };
    let secret = asked.t.clone();
    let found = posted.visit.read(move |cx| booking::to_decide(cx, &secret)).await?;
    shown(&posted.visit, &found, &message, status)
}

/// What the decision came to.
fn done(visit: &Visit, found: &ToDecide) -> Done {
    let zone = zone_of(visit, found);
    let frame = visit.frame_in("Done", Nav::Elsewhere, zone);
    let told = format!("{} is told, and the time is free again.", found.booking.guest_name);
    let (words, when) = match found.verb {
        Verb::Approve => {
            (("It is booked", "Each of you gets an invitation by mail."), Some(when(found, zone)))
        }
        Verb::Decline => (("You declined", told.as_str()), None),
    };
    Done::of(frame, &found.link.says.title, words, when)
}
