//! Who asked what about the reader: by day, and by what it was asked for. Nothing of a question is left out.

use std::cmp::Reverse;

use actix_web::web::Query;

use super::connections::After;
use super::visit::{Answer, Visit, ok};
use crate::base::id::QuestionId;
use crate::base::time::{Zone, long_date};
use crate::network::{self, Question, Scope};
use crate::web::view::connections::{Asked, AskedDay, AskedFor, Questions};
use crate::web::view::parts::{Nav, Pager, Pill, Tone};

/// How many questions a page shows.
const SHOWN: u32 = 100;

/// `GET /connections/questions`.
pub(super) async fn questions(visit: Visit, after: Query<After>) -> Answer {
    visit.user()?;
    let after: Option<QuestionId> = after.after.as_deref().map(str::parse).transpose()?;
    let who = visit.actor();
    let found = visit.read(move |cx| network::questions(cx, &who, after, SHOWN)).await?;
    ok(&Questions {
        frame: visit.frame("Who asked about you", Nav::Connections),
        days: days(&found.questions, visit.zone(None)),
        pager: Pager {
            first: after.map(|_| "/connections/questions".to_owned()),
            next: found.next.map(|id| format!("/connections/questions?after={id}")),
        },
    })
}

/// By day, and by what led to them; newest first, as they come.
fn days(questions: &[Question], zone: Zone) -> Vec<AskedDay> {
    let date = |one: &Question| zone.date(one.asked_at);
    let day = |of_day: &[Question]| AskedDay {
        words: long_date(date(&of_day[0])),
        asked: matters(of_day).iter().map(|matter| asked_for(matter, zone)).collect(),
    };
    questions.chunk_by(|one, other| date(one) == date(other)).map(day).collect()
}

/// What one agent asked for one thing: what the same step led to, or what was said to be for the same.
fn matters(of_day: &[Question]) -> Vec<Vec<&Question>> {
    let belongs = |one: &Question, other: &Question| {
        let is_same_matter =
            one.trace == other.trace || !one.purpose.is_empty() && one.purpose == other.purpose;
        one.connection == other.connection && one.asker == other.asker && is_same_matter
    };
    let mut matters: Vec<Vec<&Question>> = Vec::new();
    for one in of_day {
        // One question may show that two matters are the same.
        let (mut same, others): (Vec<_>, Vec<_>) =
            matters.into_iter().partition(|matter| matter.iter().any(|other| belongs(one, other)));
        same.push(vec![one]);
        matters = others;
        matters.push(same.concat());
    }
    for matter in &mut matters {
        matter.sort_by_key(|one| Reverse(one.id));
    }
    matters.sort_by_key(|matter| Reverse(matter.first().map(|one| one.id)));
    matters
}

fn asked_for(matter: &[&Question], zone: Zone) -> AskedFor {
    let (newest, first) = (matter[0], matter[matter.len() - 1]);
    let purpose = if first.purpose.is_empty() { what(first).to_owned() } else { first.purpose.clone() };
    let refused = matter.iter().filter(|one| !one.is_answered).count();
    let outcome = match (matter.len(), refused) {
        (1, 0) => "answered".to_owned(),
        (1, _) => "refused".to_owned(),
        (many, 0) => format!("{many} questions, all answered"),
        (many, refused) if many == refused => format!("{many} questions, all refused"),
        (many, refused) => format!("{many} questions, {refused} refused"),
    };
    AskedFor {
        by: newest.asker.clone().unwrap_or_else(|| "Somebody".to_owned()),
        href: newest.connection.map_or_else(String::new, |id| format!("/connections/{id}")),
        summary: format!("{}, {outcome}", clock(matter, zone)),
        rows: rows(matter, &purpose, zone),
        purpose,
    }
}

/// The questions of one matter, those that are alike once.
fn rows(matter: &[&Question], purpose: &str, zone: Zone) -> Vec<Asked> {
    let mut alike: Vec<Vec<&Question>> = Vec::new();
    for one in matter {
        let key =
            |one: &Question| (one.scope.clone(), one.purpose.clone(), one.is_answered, one.shown.clone());
        match alike.iter_mut().find(|others| key(others[0]) == key(one)) {
            Some(others) => others.push(one),
            None => alike.push(vec![one]),
        }
    }
    let row = |alike: &Vec<&Question>| {
        let (one, what) = (alike[0], what(alike[0]));
        let says_more = !one.purpose.is_empty() && one.purpose != purpose && one.purpose != what;
        let times = if alike.len() > 1 { format!(", {} times", alike.len()) } else { String::new() };
        Asked {
            when: clock(alike, zone) + &times,
            what: if says_more { format!("{what}, {}", one.purpose) } else { what.to_owned() },
            outcome: if one.is_answered {
                Pill::new("answered", Tone::Yes)
            } else {
                Pill::new("refused", Tone::No)
            },
            shown: one.shown.clone(),
        }
    };
    alike.iter().map(row).collect()
}

/// `11:20`, `11:20 to 11:24`.
fn clock(of_day: &[&Question], zone: Zone) -> String {
    let at = |one: &Question| zone.local(one.asked_at).format("%H:%M").to_string();
    let (from, until) = (at(of_day[of_day.len() - 1]), at(of_day[0]));
    if from == until { from } else { format!("{from} to {until}") }
}

fn what(one: &Question) -> &'static str {
    match Scope::parse(&one.scope) {
        Some(Scope::ProfileRead) => "your name and time zone",
        Some(Scope::AvailabilityRead) => "when you have time",
        Some(Scope::Propose) => "to propose a time",
        Some(Scope::BookConfirmed) => "to book what you confirm",
        Some(Scope::BookAlone) => "to book a meeting by itself",
        None => "something else",
    }
}
