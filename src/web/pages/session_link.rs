//! The links of a mailed decision: the page says what will happen, its one button does it, and nobody signs in for it.

use actix_web::http::StatusCode;
use actix_web::web::Query;

use super::links::{self, Asked};
use super::session_words as told;
use super::visit::{Answer, Posted, Visit, ok, page};
use crate::base::error::Error;
use crate::base::time::Zone;
use crate::config::Confirm;
use crate::links::{Purpose, Standing};
use crate::sessions::{self, Opened, Session, State, Verb};
use crate::web::view::decide::{Done, Settled};
use crate::web::view::links::LinkTrouble;
use crate::web::view::parts::{Nav, When};
use crate::web::view::sessions::SessionDecide;

/// `GET /decide?t=…`.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| sessions::open(cx, &secret)).await {
        Ok(opened) => shown(&visit, &opened, "", StatusCode::OK),
        Err(error) => links::trouble(&visit, error, Purpose::Decide),
    }
}

fn zone_of(visit: &Visit, opened: &Opened) -> Zone {
    visit.zone(Some(opened.user.zone))
}

fn when(opened: &Opened, zone: Zone) -> Option<When> {
    let proposal = opened.session.proposals.iter().find(|one| Some(one.id) == opened.proposal);
    proposal.map(|one| When::span(zone, one.start, one.end))
}

/// The decision to take, or why there is none.
fn shown(visit: &Visit, opened: &Opened, refused: &str, status: StatusCode) -> Answer {
    let zone = zone_of(visit, opened);
    if !opened.is_open() && opened.waits(visit.now) {
        // Another question waits, or the same one still does: it can be mailed once more.
        let is_used = opened.standing == Standing::Used;
        let trouble = if is_used { LinkTrouble::Used } else { LinkTrouble::Expired };
        return links::page_of(visit, trouble, Purpose::Decide);
    }
    if !opened.is_open() {
        return ok(&settled(visit, opened, zone));
    }
    let is_agreeing = opened.verb == Verb::Agree;
    let title = if is_agreeing { "Agree to a time" } else { "Refuse a time" };
    let consequence = match (opened.verb, opened.proposal) {
        (Verb::Agree, _) => {
            "It is booked as soon as everybody else has agreed as well. Each of you then gets an invitation."
        }
        (Verb::Refuse, Some(_)) => "The agents look for another time. Why you refuse is not asked.",
        (Verb::Refuse, None) => "It ends without a meeting, and everybody is told.",
    };
    let is_auto = is_agreeing && refused.is_empty() && visit.web.config.links.confirm == Confirm::Auto;
    let view = SessionDecide {
        frame: visit.frame_in(title, Nav::Elsewhere, zone),
        action: visit.path.clone(),
        is_agreeing,
        title: opened.session.purpose.clone(),
        with: told::with(&opened.session, opened.user.id),
        when: when(opened, zone),
        consequences: vec![consequence.to_owned()],
        is_auto,
        refused: refused.to_owned(),
    };
    page(status, &view)
}

/// The session has moved on, or the link acted already.
fn settled(visit: &Visit, opened: &Opened, zone: Zone) -> Settled {
    let session = &opened.session;
    let booked = session.proposals.iter().find(|one| Some(one.id) == session.chosen);
    let is_booked = session.state == State::Confirmed;
    Settled {
        frame: visit.frame_in("A time", Nav::Elsewhere, zone),
        heading: if is_booked { "It is booked" } else { "There is nothing to decide here any more" }.to_owned(),
        lead: match session.state {
            State::Confirmed => "It was decided before. Nothing more has changed now.".to_owned(),
            State::Booking => "Everybody agreed, and it is being booked this very moment.".to_owned(),
            State::Canceled | State::Expired | State::Error => told::lead(session, opened.user.id),
            _ => "This was decided, or another time took its place. What waits for you now, if anything does, is in \
                  your newest mail, and on the page of Sessions when you sign in."
                .to_owned(),
        },
        title: session.purpose.clone(),
        when: booked.filter(|_| is_booked).map(|one| When::span(zone, one.start, one.end)),
    }
}

/// `POST /decide?t=…`.
pub(super) async fn act(posted: Posted, asked: Query<Asked>) -> Answer {
    let (who, secret) = (posted.visit.bearer(), asked.t.clone());
    if posted.fields.pressed() == "fresh" {
        return links::fresh_question(&posted, Purpose::Decide, &secret).await;
    }
    let decided = posted.write(move |cx| sessions::decide(cx, &who, &secret)).await;
    let secret = asked.t.clone();
    match decided {
        Ok((opened, answer)) => match answer.refused {
            None => ok(&done(&posted.visit, &opened, &answer.session)),
            Some(refusal) => {
                let now = Opened { session: answer.session, ..opened };
                shown(&posted.visit, &now, &refusal.message, StatusCode::CONFLICT)
            }
        },
        Err(Error::Refused { .. }) => {
            let opened = posted.visit.read(move |cx| sessions::open(cx, &secret)).await?;
            shown(&posted.visit, &opened, "", StatusCode::OK)
        }
        Err(error) => links::refused(&posted, error, Purpose::Decide).await,
    }
}

/// What the decision came to.
fn done(visit: &Visit, opened: &Opened, now: &Session) -> Done {
    let zone = zone_of(visit, opened);
    let frame = visit.frame_in("Done", Nav::Elsewhere, zone);
    let words = match (now.state, opened.verb) {
        (State::Confirmed, _) => ("It is booked", "Everybody gets an invitation of their own by mail."),
        (State::Booking, _) => (
            "It is being booked",
            "The calendars are read once more. The invitation comes by mail in a moment.",
        ),
        (state, Verb::Agree) if state.is_over() => ("There is no meeting", "It cannot be arranged any more."),
        (_, Verb::Agree) => ("You agreed", "It is booked as soon as everybody else has agreed as well."),
        (state, Verb::Refuse) if state.is_over() => {
            ("It is over", "There is no meeting out of this, and everybody is told.")
        }
        (_, Verb::Refuse) => (
            "You refused this time",
            "The agents look for another one. You are asked again before anything is booked.",
        ),
    };
    let when =
        when(opened, zone).filter(|_| opened.verb == Verb::Agree && !matches!(now.state, State::Canceled));
    Done::of(frame, &now.purpose, words, when)
}
