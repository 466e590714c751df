//! The links of the mail that asks for a decision: the page says what is asked, its one button does it, and nobody signs in for it.

use actix_web::web::Query;

use super::approvals::{by_rule, tally};
use super::links::{self, Asked};
use super::tasks::pretty;
use super::visit::{Answer, Posted, Visit, ok};
use crate::base::error::Error;
use crate::config::Confirm;
use crate::links::{Purpose, Standing};
use crate::tasks::approvals::{self, ApprovalState, Choice, OpenedApproval};
use crate::web::view::approvals::ApprovalDecide;
use crate::web::view::decide::{Done, Settled};
use crate::web::view::links::LinkTrouble;
use crate::web::view::parts::Nav;

/// `GET /approvals/decide?t=…`.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| approvals::open_approval(cx, &secret)).await {
        Ok(opened) => shown(&visit, &opened),
        Err(error) => links::trouble(&visit, error, Purpose::Approval),
    }
}

/// The decision to take, or why there is none.
fn shown(visit: &Visit, opened: &OpenedApproval) -> Answer {
    let zone = visit.zone(Some(opened.user.zone));
    if !opened.is_open() {
        // While it waits, a link that was used or has expired can be had afresh.
        return match opened.standing {
            Standing::Used if opened.may_decide && opened.said().is_none() => {
                links::page_of(visit, LinkTrouble::Used, Purpose::Approval)
            }
            Standing::Expired if opened.may_decide => {
                links::page_of(visit, LinkTrouble::Expired, Purpose::Approval)
            }
            _ => ok(&settled(visit, opened)),
        };
    }
    let approves = opened.choice == Choice::Approve;
    let who = if opened.by.is_empty() { "Somebody" } else { &opened.by };
    ok(&ApprovalDecide {
        frame: visit.frame_in(if approves { "Approve" } else { "Refuse" }, Nav::Elsewhere, zone),
        action: visit.path.clone(),
        approves,
        who: who.to_owned(),
        about: opened.approval.about.clone(),
        payload: opened.approval.payload.as_ref().map(pretty).unwrap_or_default(),
        tally: tally(&opened.approval),
        closes: zone.short(opened.approval.due_at),
        by_rule: by_rule(opened.planned, zone),
        is_auto: approves && visit.web.config.links.confirm == Confirm::Auto,
    })
}

/// It was decided, or its time was over first.
fn settled(visit: &Visit, opened: &OpenedApproval) -> Settled {
    let (heading, lead) = match (opened.approval.state_at(visit.now), opened.said()) {
        (ApprovalState::Approved, _) => ("It was approved", "Nothing more has changed now."),
        (ApprovalState::Refused, _) => ("It was refused", "Nothing more has changed now."),
        (ApprovalState::Canceled, _) => ("It was called off", "There is nothing to decide any more."),
        (ApprovalState::Expired, _) => ("It is too late to decide this", "Nobody decided in time."),
        (ApprovalState::Pending, Some(Choice::Approve)) => {
            ("You said yes", "It waits for the others. On its page you can still change what you said.")
        }
        (ApprovalState::Pending, Some(Choice::Refuse)) => {
            ("You said no", "It waits for the others. On its page you can still change what you said.")
        }
        (ApprovalState::Pending, None) => ("Others decide this", "It is not yours to decide any more."),
    };
    let about = &opened.approval.about;
    let stop = if about.ends_with(['.', '?', '!', '…']) { "" } else { "." };
    let zone = visit.zone(Some(opened.user.zone));
    Settled {
        frame: visit.frame_in("A decision", Nav::Elsewhere, zone),
        heading: heading.to_owned(),
        lead: format!("{about}{stop} {lead}"),
        title: opened.approval.about.clone(),
        when: None,
    }
}

/// `POST /approvals/decide?t=…`.
pub(super) async fn act(posted: Posted, asked: Query<Asked>) -> Answer {
    let (who, secret) = (posted.visit.bearer(), asked.t.clone());
    if posted.fields.pressed() == "fresh" {
        return links::fresh_question(&posted, Purpose::Approval, &secret).await;
    }
    let note = posted.fields.owned("words");
    let decided = posted.write(move |cx| approvals::decide_by_link(cx, &who, &secret, &note)).await;
    match decided {
        Ok(opened) => ok(&done(&posted.visit, &opened)),
        // Pressed again, or decided meanwhile: how it stands is said.
        Err(Error::Refused { .. } | Error::Denied(_)) => {
            let secret = asked.t.clone();
            let opened = posted.visit.read(move |cx| approvals::open_approval(cx, &secret)).await?;
            shown(&posted.visit, &opened)
        }
        Err(error) => links::refused(&posted, error, Purpose::Approval).await,
    }
}

/// What the decision came to.
fn done(visit: &Visit, opened: &OpenedApproval) -> Done {
    let zone = visit.zone(Some(opened.user.zone));
    let frame = visit.frame_in("Done", Nav::Elsewhere, zone);
    let words = match (opened.approval.state, opened.choice) {
        (ApprovalState::Approved, _) => ("It is approved", "Whoever asked is told."),
        (ApprovalState::Refused, _) => ("It is refused", "Whoever asked is told."),
        (_, Choice::Approve) => ("You said yes", "It waits for the others."),
        (_, Choice::Refuse) => ("You said no", "It waits for the others."),
    };
    Done::of(frame, &opened.approval.about, words, None)
}
