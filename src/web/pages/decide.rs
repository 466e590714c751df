//! The links that approve and decline a new time: the page says what will happen, its one button does it.

use actix_web::web::Query;

use super::links::{self, Asked};
use super::visit::{Answer, Posted, Visit, ok};
use super::words;
use crate::base::error::Error;
use crate::base::time::Zone;
use crate::config::Confirm;
use crate::links::{Purpose, Standing};
use crate::meetings::by_link::{self, Opened};
use crate::meetings::{Decided, Meeting, Proposal, ProposalStatus, Status};
use crate::web::view::decide::{Decide, Done, Settled, Verb};
use crate::web::view::links::LinkTrouble;
use crate::web::view::parts::{Nav, When};

/// `GET /approve?t=…`.
pub(super) async fn approve(visit: Visit, asked: Query<Asked>) -> Answer {
    show(&visit, Purpose::Approve, &asked.t).await
}

/// `GET /decline?t=…`.
pub(super) async fn decline(visit: Visit, asked: Query<Asked>) -> Answer {
    show(&visit, Purpose::Decline, &asked.t).await
}

/// `POST /approve?t=…`.
pub(super) async fn approved(posted: Posted, asked: Query<Asked>) -> Answer {
    act(&posted, Purpose::Approve, &asked.t).await
}

/// `POST /decline?t=…`.
pub(super) async fn declined(posted: Posted, asked: Query<Asked>) -> Answer {
    act(&posted, Purpose::Decline, &asked.t).await
}

async fn show(visit: &Visit, purpose: Purpose, secret: &str) -> Answer {
    let secret = secret.to_owned();
    match visit.read(move |cx| by_link::open(cx, purpose, &secret)).await {
        Ok(opened) => by_state(visit, purpose, &opened),
        Err(error) => links::trouble(visit, error, purpose),
    }
}

fn zone_of(visit: &Visit, opened: &Opened) -> Zone {
    let meeting = &opened.meeting;
    visit.zone(meeting.participant(opened.me).ok().map(|one| meeting.zone_of(one)))
}

/// The page for how things stand: a decision to take, or why there is none.
fn by_state(visit: &Visit, purpose: Purpose, opened: &Opened) -> Answer {
    let (meeting, Some(proposal)) = (&opened.meeting, &opened.proposal) else {
        return links::page_of(visit, LinkTrouble::Unknown, purpose);
    };
    let zone = zone_of(visit, opened);
    let frame = visit.frame_in("A new time", Nav::Elsewhere, zone);
    let (title, now) = (meeting.title.clone(), When::span(zone, meeting.start, meeting.end));
    if meeting.status == Status::Cancelled {
        return ok(&Settled::cancelled(frame, title));
    }
    let said = opened.said.as_deref();
    match proposal.status {
        ProposalStatus::Approved => ok(&Settled::decided(frame, title, "approved", Some(now))),
        ProposalStatus::Declined => ok(&Settled::decided(frame, title, "declined", Some(now))),
        ProposalStatus::Superseded => ok(&Settled::superseded(frame, title, Some(now))),
        ProposalStatus::Withdrawn => ok(&Settled::withdrawn(frame, title, Some(now))),
        ProposalStatus::Pending if proposal.sequence != meeting.sequence => {
            ok(&Settled::superseded(frame, title, Some(now)))
        }
        ProposalStatus::Pending if proposal.expires_at > visit.now && said == Some("approved") => {
            let mut settled = Settled::decided(frame, title, "approved", Some(now));
            "You have approved it. It waits for the others; the meeting moves when the last one has approved."
                .clone_into(&mut settled.lead);
            ok(&settled)
        }
        ProposalStatus::Pending if proposal.expires_at > visit.now && opened.standing == Standing::Live => {
            ok(&decision(visit, purpose, opened, proposal))
        }
        // Too late, by the deadline or by the meeting itself: while there is still a meeting to move, the
        // way on is a fresh request.
        ProposalStatus::Expired | ProposalStatus::Pending if meeting.is_ahead(visit.now) => {
            links::page_of(visit, LinkTrouble::Expired, purpose)
        }
        ProposalStatus::Expired | ProposalStatus::Pending => ok(&Settled::expired(frame, title, None)),
    }
}

fn decision(visit: &Visit, purpose: Purpose, opened: &Opened, proposal: &Proposal) -> Decide {
    let meeting = &opened.meeting;
    let zone = zone_of(visit, opened);
    let who = words::face(meeting, Some(opened.me), proposal.by);
    let (title, verb) = match purpose {
        Purpose::Approve => ("Approve a new time", Verb::Approve),
        _ => ("Decline a new time", Verb::Decline),
    };
    Decide {
        frame: visit.frame_in(title, Nav::Elsewhere, zone),
        action: visit.path.clone(),
        verb,
        title: meeting.title.clone(),
        consequences: consequences(meeting, verb, &who),
        who: words::sentence(&who),
        was: When::span(zone, meeting.start, meeting.end),
        new: When::span(zone, proposal.start, proposal.end),
        note: proposal.note.clone(),
        other_time: String::new(),
        is_auto: visit.web.config.links.confirm == Confirm::Auto,
    }
}

fn consequences(meeting: &Meeting, verb: Verb, who: &str) -> Vec<String> {
    let is_pair = meeting.written_to().count() <= 2;
    match (verb, is_pair) {
        (Verb::Approve, true) => vec![
            format!("The meeting moves, in your calendar and in {who}’s."),
            "Both of you get an updated invitation.".to_owned(),
        ],
        (Verb::Approve, false) => vec![
            "The meeting moves as soon as everybody who is asked has approved.".to_owned(),
            "Everybody then gets an updated invitation.".to_owned(),
        ],
        (Verb::Decline, _) => vec![
            "The meeting stays when it is.".to_owned(),
            words::sentence(&format!("{who} is told, without reasons.")),
        ],
    }
}

async fn act(posted: &Posted, purpose: Purpose, secret: &str) -> Answer {
    if posted.fields.pressed() == "fresh" {
        return links::fresh(posted, purpose, secret).await;
    }
    let (who, key) = (posted.visit.bearer(), secret.to_owned());
    match posted.write(move |cx| by_link::decide(cx, &who, purpose, &key)).await {
        Ok((opened, decided)) => ok(&done(&posted.visit, &opened, decided)),
        Err(Error::Refused { .. }) => show(&posted.visit, purpose, secret).await,
        Err(error) => links::refused(posted, error, purpose).await,
    }
}

/// What the decision came to. Pressed again, the meeting has moved already: the old time is then not known
/// any more, and is not shown.
fn done(visit: &Visit, opened: &Opened, decided: Decided) -> Done {
    let meeting = &opened.meeting;
    let zone = zone_of(visit, opened);
    let frame = visit.frame_in("Done", Nav::Elsewhere, zone);
    let was = When::span(zone, meeting.start, meeting.end);
    let new = opened
        .proposal
        .as_ref()
        .map_or_else(|| was.clone(), |proposal| When::span(zone, proposal.start, proposal.end));
    match decided {
        Decided::Moved | Decided::Awaiting => {
            let waits = decided == Decided::Awaiting;
            let mut done = Done::approved(frame, &meeting.title, was.clone(), new.clone(), waits);
            if was == new {
                done.was = None;
            }
            done
        }
        Decided::Declined => {
            let by = opened.proposal.as_ref().map(|one| words::face(meeting, Some(opened.me), one.by));
            Done::declined(frame, &meeting.title, by.as_deref().unwrap_or("the other side"), was)
        }
    }
}
