//! The link of the mail that asks somebody to decide with others: the page has the ballot and one button, and nobody signs in
//! for it.

use actix_web::http::StatusCode;
use actix_web::web::Query;

use super::group_words as say;
use super::links::{self, Asked};
use super::refused::refused;
use super::visit::{Answer, Posted, Visit, ok, page};
use crate::base::error::{Error, Result};
use crate::groups::{self, Opened};
use crate::links::{Purpose, Standing};
use crate::web::form::Fields;
use crate::web::view::decide::Settled;
use crate::web::view::groups::{AnswerPage, Ballot};
use crate::web::view::links::LinkTrouble;
use crate::web::view::parts::{Nav, Refused, When};

/// `GET /answer?t=…`.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| groups::open(cx, &secret)).await {
        Ok(opened) => shown(&visit, &opened, String::new(), None),
        Err(error) => match left(&visit, asked.t.clone(), &error).await? {
            Some(view) => ok(&view),
            None => links::trouble(&visit, error, Purpose::Group),
        },
    }
}

/// What whoever belongs to the group no more is told, where that is why their link cannot be opened.
async fn left(visit: &Visit, secret: String, error: &Error) -> Result<Option<Settled>> {
    let is_left =
        matches!(error, Error::NotFound(_)) && visit.read(move |cx| groups::is_left(cx, &secret)).await?;
    Ok(is_left.then(|| Settled {
        frame: visit.frame("You are part of this no more", Nav::Elsewhere),
        heading: "You are part of this no more".to_owned(),
        lead: "You left it, or you and whoever asked are not connected any more. There is nothing for you to answer here."
            .to_owned(),
        title: String::new(),
        when: None,
    }))
}

/// The ballot, or what it came to.
fn shown(visit: &Visit, opened: &Opened, said: String, refused: Option<(&Fields, StatusCode)>) -> Answer {
    let zone = visit.zone(Some(opened.user.zone));
    if !opened.is_open() {
        // Its address has changed since: a fresh one can be had while it goes on.
        if opened.standing == Standing::Expired && opened.seen.waits {
            return links::page_of(visit, LinkTrouble::Expired, Purpose::Group);
        }
        return ok(&settled(visit, opened));
    }
    let mut ballot = say::ballot(&opened.seen, visit.path.clone(), zone);
    if let Some((typed, _)) = refused {
        ballot = say::as_typed(ballot, typed);
    }
    let view = AnswerPage {
        frame: visit.frame_in(&opened.seen.group.question, Nav::Elsewhere, zone),
        ballot: Ballot { href: String::new(), ..ballot },
        said,
        is_refused: refused.is_some(),
    };
    page(refused.map_or(StatusCode::OK, |(_, status)| status), &view)
}

/// It is closed, or not the reader's turn.
fn settled(visit: &Visit, opened: &Opened) -> Settled {
    let zone = visit.zone(Some(opened.user.zone));
    let group = &opened.seen.group;
    let chosen = group.candidates.iter().find(|one| Some(one.id) == group.chosen && group.state.is_over());
    // Whoever it was booked without has no invitation to be sent to.
    let chosen = chosen.filter(|_| opened.seen.left_out.is_none());
    let heading = if group.state.is_open() { "It is not your turn" } else { "It is closed" };
    Settled {
        frame: visit.frame_in(&group.question, Nav::Elsewhere, zone),
        heading: heading.to_owned(),
        lead: format!(
            "{}: {}",
            group.question.trim_end_matches(['.', '?', '!']),
            say::lead(&opened.seen, zone)
        ),
        title: group.question.clone(),
        when: chosen.and_then(|one| one.time).map(|(start, end)| When::span(zone, start, end)),
    }
}

/// `POST /answer?t=…`.
pub(super) async fn act(posted: Posted, asked: Query<Asked>) -> Answer {
    let (who, secret) = (posted.visit.bearer(), asked.t.clone());
    if posted.fields.pressed() == "fresh" {
        // A fresh link would lead no further.
        if let Some(view) = left(&posted.visit, secret.clone(), &Error::NotFound("link")).await? {
            return ok(&view);
        }
        return links::fresh_question(&posted, Purpose::Group, &secret).await;
    }
    let fields = posted.fields.clone();
    let answered = posted.write(move |cx| {
        let opened = groups::open(cx, &secret)?;
        let ids: Vec<_> = opened.seen.group.candidates.iter().map(|one| one.id).collect();
        groups::answer_by_link(cx, &who, &secret, &say::answer(&fields, &ids))
    });
    match answered.await {
        Ok(opened) if opened.is_late => {
            let said = "It came too late: what you said is kept, and does not count. Another round goes on: say it again here.";
            shown(&posted.visit, &opened, said.to_owned(), Some((&posted.fields, StatusCode::CONFLICT)))
        }
        Ok(opened) => {
            let said = "Thank you, that is your answer now. You can change it here until it closes.";
            shown(&posted.visit, &opened, said.to_owned(), None)
        }
        Err(error @ (Error::Refused { .. } | Error::Invalid { .. } | Error::Throttled { .. })) => {
            again(&posted, asked.t.clone(), refused(say::in_words(error), "")?).await
        }
        Err(error) => match left(&posted.visit, asked.t.clone(), &error).await? {
            Some(view) => ok(&view),
            None => links::refused(&posted, error, Purpose::Group).await,
        },
    }
}

/// The ballot once more, with what was wrong.
async fn again(posted: &Posted, secret: String, (said, status): (Refused, StatusCode)) -> Answer {
    let opened = posted.visit.read(move |cx| groups::open(cx, &secret)).await?;
    shown(&posted.visit, &opened, said.says, Some((&posted.fields, status)))
}
