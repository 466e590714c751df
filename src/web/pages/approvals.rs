//! Approvals of somebody who is signed in: what waits with its buttons, the lists, and one with who said what.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};

use super::rating;
use super::refused::refused;
use super::tasks::{called, pretty};
use super::visit::{Answer, SignedIn, Visit, ok, page, see_other};
use super::words;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalId, UserId};
use crate::base::time::{Timestamp, Zone};
use crate::store::Cx;
use crate::tasks::People;
use crate::tasks::approvals::{self, Approval, ApprovalListing, ApprovalState, Choice, Of, Planned};
use crate::web::view::approvals::{ApprovalList, ApprovalPage, ToDecide, VoteRow, state_pill};
use crate::web::view::hub::{AskedRow, Tab, Tabs};
use crate::web::view::parts::{Nav, Pager, Pill, Refused, Tone};
use crate::web::view::tasks::TaskApproval;

/// How many approvals a page has.
const PAGE: u32 = 30;

/// Which part of the list.
#[derive(serde::Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    asked: String,
    #[serde(default)]
    after: String,
}

fn names(cx: &Cx<'_>, all: &[Approval]) -> Result<People> {
    let (mut users, mut programs, mut roles) = (Vec::new(), Vec::new(), Vec::new());
    for one in all {
        users.push(one.from);
        programs.extend(one.from_agent);
        match one.of {
            Of::User(id) => users.push(id),
            Of::Role(id) => roles.push(id),
        }
    }
    crate::tasks::people(cx, &users, &programs, &roles)
}

/// How many of a role must say yes, and how many have; empty of one person.
pub(super) fn tally(one: &Approval) -> String {
    let yes = one.count(Choice::Approve);
    match (one.of, one.needed, one.state) {
        (Of::Role(_), 1, ApprovalState::Pending) => "One of them decides.".to_owned(),
        (Of::Role(_), needed, ApprovalState::Pending) => {
            let have = match yes {
                0 => "nobody has yet".to_owned(),
                1 => "1 has".to_owned(),
                many => format!("{many} have"),
            };
            format!("{needed} of them must say yes; {have}.")
        }
        _ => String::new(),
    }
}

/// What a rule of the reader's will do; empty: none will.
pub(super) fn by_rule(planned: Option<Planned>, zone: Zone) -> String {
    let Some(planned) = planned else { return String::new() };
    let does = match planned.decision {
        Choice::Approve => "approves",
        Choice::Refuse => "refuses",
    };
    format!("If you do nothing, a rule of yours {does} it on {}.", zone.short(planned.at))
}

/// An approval that waits for its reader.
pub(super) fn to_decide(
    cx: &Cx<'_>,
    who: &Actor,
    one: &Approval,
    people: &People,
    (me, zone): (UserId, Zone),
) -> Result<ToDecide> {
    let by = called(people, me, Some(one.from), one.from_agent);
    Ok(ToDecide {
        action: format!("/approvals/{}", one.id),
        who: words::sentence(&format!("{by} asks you to decide")),
        about: one.about.clone(),
        payload: one.payload.as_ref().map(pretty).unwrap_or_default(),
        tally: tally(one),
        closes: format!("Until {}.", zone.short(one.due_at)),
        by_rule: by_rule(approvals::planned(cx, who, one)?, zone),
    })
}

/// What waits for somebody, ready to show: for Home and the list.
pub(super) fn waiting(cx: &Cx<'_>, who: &Actor, zone: Zone, limit: u32) -> Result<Vec<ToDecide>> {
    let Some(me) = who.user() else { return Ok(Vec::new()) };
    let all = approvals::waiting(cx, who, limit)?;
    let people = names(cx, &all)?;
    all.iter().map(|one| to_decide(cx, who, one, &people, (me, zone))).collect()
}

/// The names that stand in one approval: for a notice of it.
pub(super) fn names_of(cx: &Cx<'_>, one: &Approval) -> Result<People> {
    names(cx, std::slice::from_ref(one))
}

/// Some approvals in a list.
pub(super) fn rows(
    cx: &Cx<'_>,
    all: &[Approval],
    me: UserId,
    (zone, now): (Zone, Timestamp),
) -> Result<Vec<AskedRow>> {
    let people = names(cx, all)?;
    let row = |one: &Approval| {
        let from = called(&people, me, Some(one.from), one.from_agent);
        let who = match one.of {
            Of::User(user) if one.from == me && user != me => {
                format!("asked of {}", called(&people, me, Some(user), None))
            }
            Of::Role(role) if one.from == me => format!("asked of {}", people.role(role)),
            _ => format!("from {}", from.trim_end_matches(',')),
        };
        AskedRow {
            href: format!("/approvals/{}", one.id),
            title: one.about.clone(),
            who,
            near: words::near(zone, one.created_at, now),
            iso: one.created_at.to_rfc3339(),
            pill: state_pill(one.state_at(now).as_str()),
        }
    };
    Ok(all.iter().map(row).collect())
}

/// The approvals of a task in a list: those that the reader may open lead there, and say how it is rated.
pub(super) fn rows_of_task(
    cx: &Cx<'_>,
    who: &Actor,
    all: &[Approval],
    (me, zone, now): (UserId, Zone, Timestamp),
) -> Result<Vec<TaskApproval>> {
    let rows = rows(cx, all, me, (zone, now))?.into_iter().zip(all);
    let row = |(mut row, one): (AskedRow, &Approval)| {
        let said = match rating::said_of_approval(cx, who, one.id) {
            // Whoever is at the task or sent it reads that there is one, and no more.
            Err(Error::NotFound(_)) => {
                row.href.clear();
                None
            }
            said => said?,
        };
        let rating = said.map(|said| match said {
            "" => "Say how well it was asked".to_owned(),
            said => format!("How well it was asked, you said: {said}"),
        });
        Ok(TaskApproval { row, rating: rating.unwrap_or_default() })
    };
    rows.map(row).collect()
}

/// `GET /approvals`.
pub(super) async fn list(visit: Visit, part: Query<Part>) -> Answer {
    let (me, who, zone, now) = (visit.user()?.id, visit.actor(), visit.zone(None), visit.now);
    let is_asked = !part.asked.is_empty();
    let after: Option<ApprovalId> = part.after.parse().ok();
    let read = visit.read(move |cx| {
        let listing = ApprovalListing { asked: is_asked, after, limit: PAGE, ..ApprovalListing::default() };
        let found = approvals::approvals(cx, &who, &listing)?;
        let rows = rows(cx, &found.approvals, me, (zone, now))?;
        Ok((waiting(cx, &who, zone, PAGE)?, rows, found.next))
    });
    let (waiting, rows, next) = read.await?;
    let base = if is_asked { "/approvals?asked=1&" } else { "/approvals?" };
    ok(&ApprovalList {
        frame: visit.frame("Approvals", Nav::Agents),
        tabs: Tabs(Tab::Approvals),
        waiting,
        is_asked,
        rows,
        pager: Pager {
            first: after.map(|_| base.trim_end_matches(['?', '&']).to_owned()),
            next: next.map(|id| format!("{base}after={id}")),
        },
    })
}

/// `GET /approvals/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    shown(&visit, id.parse()?, (Refused::default(), StatusCode::OK)).await
}

async fn shown(visit: &Visit, id: ApprovalId, (refused, status): (Refused, StatusCode)) -> Answer {
    let (me, who, zone, now) = (visit.user()?.id, visit.actor(), visit.zone(None), visit.now);
    let read = visit.read(move |cx| {
        let one = approvals::approval(cx, &who, id)?;
        let people = names_of(cx, &one)?;
        let may_decide = approvals::may_decide(cx, &who, &one)?;
        let planned = approvals::planned(cx, &who, &one)?;
        let ratings = rating::forms_of_approval(cx, &who, id)?;
        Ok((one, people, (may_decide, planned), ratings))
    });
    let (one, people, (may_decide, planned), ratings) = read.await?;
    let state = one.state_at(now);
    let vote = |vote: &approvals::Vote| VoteRow {
        who: if vote.user == me { "You".to_owned() } else { named(&vote.name) },
        pill: match vote.choice {
            Choice::Approve => Pill::new("yes", Tone::Yes),
            Choice::Refuse => Pill::new("no", Tone::No),
        },
        note: vote.note.clone(),
        when: format!("{}, {}", words::near(zone, vote.at, now), road(&vote.road)),
    };
    let rule = match (one.rule, state) {
        (Some(_), ApprovalState::Approved) => "A rule approved it.",
        (Some(_), ApprovalState::Refused) => "A rule refused it.",
        _ => "",
    };
    let view = ApprovalPage {
        frame: visit.frame(&one.about, Nav::Agents),
        path: format!("/approvals/{id}"),
        about: one.about.clone(),
        pill: state_pill(state.as_str()),
        lead: lead(&one, &people, me, (zone, now)),
        kind: one.kind.clone(),
        payload: one.payload.as_ref().map(pretty).unwrap_or_default(),
        tally: tally(&one),
        may_decide,
        by_rule: by_rule(planned, zone),
        has_said: one.vote_of(me).is_some(),
        may_cancel: one.from == me && state == ApprovalState::Pending,
        votes: one.votes.iter().map(vote).collect(),
        rule: rule.to_owned(),
        ratings,
        task_href: one.task.map(|id| format!("/tasks/{id}")).unwrap_or_default(),
        refused,
    };
    page(status, &view)
}

fn named(name: &str) -> String {
    if name.is_empty() { "Somebody".to_owned() } else { name.to_owned() }
}

fn road(word: &str) -> &'static str {
    match word {
        "link" => "by the mailed link",
        "api" => "by a program’s token",
        _ => "here",
    }
}

/// Who asks whom, and until when.
fn lead(one: &Approval, people: &People, me: UserId, (zone, now): (Zone, Timestamp)) -> String {
    let from = called(people, me, Some(one.from), one.from_agent);
    let asks = if from == "you" { "You asked".to_owned() } else { words::sentence(&format!("{from} asks")) };
    let whom = match one.of {
        Of::User(user) => called(people, me, Some(user), None),
        Of::Role(role) => people.role(role).to_owned(),
    };
    match one.ended_at {
        Some(at) => format!("{asks} {whom}. It ended {}.", words::near(zone, at, now)),
        None => format!("{asks} {whom}. It can be decided until {}.", zone.short(one.due_at)),
    }
}

/// `POST /approvals/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (id, who): (ApprovalId, _) = (id.parse()?, posted.visit.actor());
    if posted.fields.pressed() == "rate" {
        rating::rate_approval(&posted, id).await?;
        return Ok(see_other(&format!("/approvals/{id}?done=rated")));
    }
    let (pressed, note) = (posted.fields.pressed().to_owned(), posted.fields.owned("words"));
    let did = posted.write(move |cx| match pressed.as_str() {
        "cancel" => approvals::cancel(cx, &who, id),
        word => {
            let choice = Choice::parse(word);
            let choice =
                choice.ok_or_else(|| Error::invalid("do", "Press one of the buttons of the page."))?;
            approvals::decide(cx, &who, id, choice, &note)
        }
    });
    match did.await {
        Ok(one) => {
            let done = match one.state {
                ApprovalState::Pending => "voted",
                ApprovalState::Approved => "approval-approved",
                ApprovalState::Refused => "approval-refused",
                ApprovalState::Expired | ApprovalState::Canceled => "approval-canceled",
            };
            Ok(see_other(&format!("/approvals/{id}?done={done}")))
        }
        Err(error) => shown(&posted.visit, id, refused(error, posted.fields.get("words"))?).await,
    }
}
