//! The rules that decide in their owner's place: a sentence each, and the form that makes one.

use actix_web::http::StatusCode;
use chrono::Days;

use super::visit::{Answer, SignedIn, Visit, page, see_other};
use super::words;
use crate::base::error::{Error, Result};
use crate::base::id::{ApprovalRuleId, ConnectionId};
use crate::base::time::{MINUTE, Timestamp, Zone, lasting};
use crate::network::{self, Connection};
use crate::tasks::approvals::{self, Choice as Says, NewRule, Rule};
use crate::web::form;
use crate::web::view::approvals::{RuleRow, Rules};
use crate::web::view::hub::{Tab, Tabs};
use crate::web::view::parts::{Choice, FieldErrors, Nav};

/// How many connections can be chosen from.
const CONNECTIONS: u32 = 200;
/// What can be chosen, in minutes.
const AFTER: [(u32, &str); 6] = [
    (0, "At once, without asking you"),
    (15, "Where you have not decided for 15 minutes"),
    (60, "Where you have not decided for an hour"),
    (240, "Where you have not decided for 4 hours"),
    (1_440, "Where you have not decided for a day"),
    (4_320, "Where you have not decided for 3 days"),
];

/// What was typed.
struct Typed {
    whose: String,
    kind: String,
    decision: String,
    after: String,
    until: String,
    errors: FieldErrors,
}

/// `GET /approvals/rules`.
pub(super) async fn show(visit: Visit) -> Answer {
    let typed = Typed {
        whose: "own".to_owned(),
        kind: String::new(),
        decision: Says::Approve.as_str().to_owned(),
        after: "60".to_owned(),
        until: String::new(),
        errors: FieldErrors::none(),
    };
    shown(&visit, typed, StatusCode::OK).await
}

async fn shown(visit: &Visit, typed: Typed, status: StatusCode) -> Answer {
    visit.user()?;
    let (who, zone, now) = (visit.actor(), visit.zone(None), visit.now);
    let read = visit.read(move |cx| {
        let connections = network::connections(cx, &who, None, CONNECTIONS)?.connections;
        Ok((approvals::rules(cx, &who)?, connections))
    });
    let (rules, connections) = read.await?;
    let connected = connections.iter().filter(|one| one.state == network::State::Connected);
    let choice = |value: &str, words: String, chosen: &str| Choice::new(value, words, "", value == chosen);
    let mut whose = vec![choice("own", "Your own programs".to_owned(), &typed.whose)];
    whose.extend(connected.map(|one| {
        let words = format!("{} and programs of theirs", one.name.as_deref().unwrap_or("Somebody"));
        choice(&one.id.to_string(), words, &typed.whose)
    }));
    let view = Rules {
        frame: visit.frame("Rules", Nav::Agents),
        tabs: Tabs(Tab::Rules),
        rows: rules.iter().map(|rule| row(rule, &connections, zone, now)).collect(),
        whose,
        word: typed.kind,
        decisions: vec![
            choice("approve", "Approve it".to_owned(), &typed.decision),
            choice("refuse", "Refuse it".to_owned(), &typed.decision),
        ],
        after: AFTER
            .iter()
            .map(|(minutes, words)| choice(&minutes.to_string(), (*words).to_owned(), &typed.after))
            .collect(),
        until: typed.until,
        errors: typed.errors,
    };
    page(status, &view)
}

fn row(rule: &Rule, connections: &[Connection], zone: Zone, now: Timestamp) -> RuleRow {
    let whose = match rule.connection {
        None => "What your own programs ask".to_owned(),
        Some(id) => {
            let name = connections.iter().find(|one| one.id == id).and_then(|one| one.name.as_deref());
            format!("What {}, or a program of theirs, asks", name.unwrap_or("somebody"))
        }
    };
    let does = match rule.decision {
        Says::Approve => "approved",
        Says::Refuse => "refused",
    };
    let when = match rule.after_minutes {
        0 => "at once".to_owned(),
        60 => "where you have not decided for an hour".to_owned(),
        1_440 => "where you have not decided for a day".to_owned(),
        minutes => format!("where you have not decided for {}", lasting(i64::from(minutes) * MINUTE)),
    };
    let until = rule.until.map(|until| format!(", until {}", zone.short(until))).unwrap_or_default();
    let uses = match rule.uses {
        0 => "it decided nothing yet".to_owned(),
        1 => "it decided once".to_owned(),
        many => format!("it decided {many} times"),
    };
    RuleRow {
        id: rule.id.to_string(),
        sentence: format!("{whose} of kind “{}” is {does} {when}{until}.", rule.kind),
        facts: format!("Since {}; {uses}.", words::day(zone, rule.created_at, now)),
    }
}

/// `POST /approvals/rules`: makes one, or takes one away. Pressed again, it is gone already.
pub(super) async fn act(SignedIn(posted): SignedIn) -> Answer {
    let who = posted.visit.actor();
    if posted.fields.pressed() == "remove" {
        let id: ApprovalRuleId = posted.fields.get("rule").parse()?;
        return match posted.write(move |cx| approvals::remove_rule(cx, &who, id)).await {
            Ok(()) | Err(Error::NotFound(_)) => Ok(see_other("/approvals/rules?done=rule-removed")),
            Err(error) => Err(error.into()),
        };
    }
    let typed = Typed {
        whose: posted.fields.owned("whose"),
        kind: posted.fields.owned("kind"),
        decision: posted.fields.owned("decision"),
        after: posted.fields.owned("after_minutes"),
        until: posted.fields.owned("until"),
        errors: FieldErrors::none(),
    };
    let made = match wanted(&typed, posted.visit.zone(None)) {
        Ok(new) => posted.write(move |cx| approvals::add_rule(cx, &who, &new).map(drop)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(()) => Ok(see_other("/approvals/rules?done=rule-made")),
        Err(error) => {
            let errors = beside(&error).ok_or(error)?;
            shown(&posted.visit, Typed { errors, ..typed }, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

fn beside(error: &Error) -> Option<FieldErrors> {
    match error.code() {
        "approval-rule.exists" | "approval-rule.too-many" => {
            Some(FieldErrors::one("kind", error.to_string()))
        }
        "not-found" => Some(FieldErrors::one("whose", "Choose one of the list.")),
        _ => FieldErrors::from_error(error),
    }
}

fn wanted(typed: &Typed, zone: Zone) -> Result<NewRule> {
    let connection = match typed.whose.as_str() {
        "own" => None,
        id => {
            Some(id.parse::<ConnectionId>().map_err(|_| Error::invalid("whose", "Choose one of the list."))?)
        }
    };
    let decision = Says::parse(&typed.decision);
    let until = match typed.until.trim() {
        "" => None,
        text => {
            let date = form::date(text).map_err(|says| Error::invalid("until", says))?;
            // It stands to the end of that day.
            date.checked_add_days(Days::new(1)).map(|next| zone.midnight(next))
        }
    };
    Ok(NewRule {
        connection,
        kind: typed.kind.trim().to_owned(),
        decision: decision.ok_or_else(|| Error::invalid("decision", "Choose one of the list."))?,
        after_minutes: typed
            .after
            .parse()
            .map_err(|_| Error::invalid("after_minutes", "Choose one of the list."))?,
        until,
    })
}
