//! The link in the answer to a mailed line: the page shows what was understood, its one button begins, and nobody signs in
//! for it.

use actix_web::http::StatusCode;
use actix_web::web::Query;

use super::links::{self, Asked};
use super::visit::{Answer, Posted, Visit, ok, page, see_other};
use crate::base::error::Error;
use crate::links::{Purpose, Standing};
use crate::sessions::{self, Session, Wished};
use crate::web::view::decide::{Done, Settled};
use crate::web::view::links::{FreshSent, LinkTrouble};
use crate::web::view::parts::Nav;
use crate::web::view::wish::{AskedOf, SessionWish};

/// `GET /wish?t=…`.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| sessions::open_wish(cx, &secret)).await {
        Ok(wished) => shown(&visit, &wished, "", StatusCode::OK),
        Err(error) => links::trouble(&visit, error, Purpose::Wish),
    }
}

fn shown(visit: &Visit, wished: &Wished, refused: &str, status: StatusCode) -> Answer {
    // What was understood is told on the clock that it was understood by.
    let zone = wished.user.zone;
    if !wished.is_ahead {
        return ok(&Settled {
            frame: visit.frame_in("A wish", Nav::Elsewhere, zone),
            heading: "The time that was wanted is over".to_owned(),
            lead: "Nothing has happened now. Write a new mail, and say another day.".to_owned(),
            title: String::new(),
            when: None,
        });
    }
    match wished.standing {
        Standing::Used => return links::page_of(visit, LinkTrouble::Used, Purpose::Wish),
        Standing::Expired => return links::page_of(visit, LinkTrouble::Expired, Purpose::Wish),
        Standing::Live => {}
    }
    let view = SessionWish {
        frame: visit.frame_in("Is this what you want?", Nav::Elsewhere, zone),
        action: visit.path.clone(),
        fields: sessions::fields(&wished.preview, zone),
        helped: if wished.preview.is_helped { sessions::HELPED } else { "" }.to_owned(),
        asked: wished.asked.iter().cloned().map(AskedOf::from).collect(),
        refused: refused.to_owned(),
    };
    page(status, &view)
}

/// `POST /wish?t=…`.
pub(super) async fn act(posted: Posted, asked: Query<Asked>) -> Answer {
    let (who, secret) = (posted.visit.bearer(), asked.t.clone());
    if posted.fields.pressed() == "fresh" {
        posted.write(move |cx| sessions::fresh_wish(cx, &who, &secret)).await?;
        return ok(&FreshSent { frame: posted.visit.frame("A fresh link", Nav::Elsewhere) });
    }
    let begun = posted.write(move |cx| sessions::begin(cx, &who, &secret)).await;
    let why = match begun {
        Ok((wished, started)) => match started.allowed() {
            Ok(session) => return done(&posted.visit, &wished, &session),
            Err(_) => "Somebody you named has not let your agent ask, so nobody was asked.".to_owned(),
        },
        // Pressed again, or too late: how it stands is said.
        Err(Error::Refused { .. }) => String::new(),
        Err(Error::Invalid { message, .. }) => message,
        Err(error) => return links::refused(&posted, error, Purpose::Wish).await,
    };
    let secret = asked.t.clone();
    let wished = posted.visit.read(move |cx| sessions::open_wish(cx, &secret)).await?;
    let status = if why.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
    shown(&posted.visit, &wished, &why, status)
}

fn done(visit: &Visit, wished: &Wished, session: &Session) -> Answer {
    if visit.user().is_ok_and(|user| user.id == wished.user.id) {
        return Ok(see_other(&format!("{}?done=session-started", super::sessions::path(session.id))));
    }
    let frame = visit.frame_in("Done", Nav::Elsewhere, wished.user.zone);
    let words = (
        "The agents are at work",
        "You get the invitation by mail as soon as a time is found. When you sign in, Sessions shows how it stands.",
    );
    ok(&Done::of(frame, &session.purpose, words, None))
}
