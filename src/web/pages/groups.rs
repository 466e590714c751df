//! Group decisions of somebody who is signed in: what waits with its ballot, all of them, one, and asking others.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use chrono::Days;

use super::group_words as say;
use super::once;
use super::rating;
use super::refused::refused;
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page, see_other};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::SessionId;
use crate::base::secret::sha256;
use crate::base::time::{HOUR, MINUTE, Timestamp, Zone};
use crate::groups::tally::{TWO_THIRDS, WHOLE};
use crate::groups::{self, Listing, Mode, NewCandidate, NewGroup, Subject, Verb};
use crate::network;
use crate::sessions::Want;
use crate::slots::Prefer;
use crate::store::Cx;
use crate::web::form::{self, Fields, Typed};
use crate::web::view::groups::{Against, Ballot, GroupForm, GroupList, GroupPage};
use crate::web::view::hub::{Tab, Tabs};
use crate::web::view::parts::{Choice, FieldErrors, Nav, Pager, When};

/// How many groups a page has.
const PAGE: u32 = 30;
/// How many connections can be chosen from.
const CONNECTIONS: u32 = 200;

/// Which part of the list.
#[derive(serde::Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    after: String,
}

/// What waits for somebody, ready to show: for Home and the list.
pub(super) fn waiting(cx: &Cx<'_>, who: &Actor, zone: Zone, limit: u32) -> Result<Vec<Ballot>> {
    let all = groups::waiting(cx, who, limit)?;
    Ok(all.iter().map(|one| say::ballot(one, format!("/groups/{}", one.group.id), zone)).collect())
}

/// `GET /groups`.
pub(super) async fn list(visit: Visit, part: Query<Part>) -> Answer {
    visit.user()?;
    let (who, zone, now) = (visit.actor(), visit.zone(None), visit.now);
    let after: Option<SessionId> = part.after.parse().ok();
    let read = visit.read(move |cx| {
        let page = groups::groups(cx, &who, &Listing { open: false, after, limit: PAGE })?;
        let rows: Vec<_> = page.groups.iter().map(|one| say::row(one, (zone, now))).collect();
        Ok((waiting(cx, &who, zone, PAGE)?, rows, page.next))
    });
    let (waiting, rows, next) = read.await?;
    ok(&GroupList {
        frame: visit.frame("Groups", Nav::Agents),
        tabs: Tabs(Tab::Groups),
        waiting,
        rows,
        pager: Pager {
            first: after.map(|_| "/groups".to_owned()),
            next: next.map(|id| format!("/groups?after={id}")),
        },
    })
}

/// `GET /groups/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    shown(&visit, id.parse()?, None, StatusCode::OK).await
}

async fn shown(
    visit: &Visit,
    id: SessionId,
    refused: Option<(String, &Fields)>,
    status: StatusCode,
) -> Answer {
    let (who, zone, now) = (visit.actor(), visit.zone(None), visit.now);
    let read = visit.read(move |cx| Ok((groups::group(cx, &who, id)?, rating::forms(cx, &who, id)?)));
    let (seen, ratings) = read.await?;
    let group = &seen.group;
    let chosen = group.candidates.iter().find(|one| Some(one.id) == group.chosen);
    let when = chosen.filter(|_| group.state.is_over()).and_then(|one| one.time);
    let counts = say::counts(&seen, zone);
    let note = match (counts.is_empty(), group.state.is_open(), group.mode) {
        (false, ..) => "",
        (_, true, Mode::Sequential) => "What the others said is shown when it is your turn.",
        (_, true, Mode::Consensus) => "What the others say in this round is shown when it is over.",
        (_, true, Mode::Broadcast) => "What the others say is shown when it closes.",
        _ if group.candidates.is_empty() => {
            "There was nothing to vote on: what was said stands beside the names."
        }
        _ => "",
    };
    let may = |verb| seen.can.contains(&verb);
    let path = format!("/groups/{id}");
    let view = GroupPage {
        frame: visit.frame(&group.question, Nav::Agents),
        ballot: may(Verb::Answer).then(|| {
            let ballot = say::ballot(&seen, path.clone(), zone);
            match refused.as_ref().filter(|(_, typed)| typed.pressed() == "answer") {
                Some((_, typed)) => say::as_typed(ballot, typed),
                None => ballot,
            }
        }),
        path,
        question: group.question.clone(),
        pill: say::pill(&seen),
        lead: say::lead(&seen, zone),
        when: when.map(|(start, end)| When::span(zone, start, end)),
        meeting_href: group.meeting.map(|id| format!("/meetings/{id}")).unwrap_or_default(),
        booking_href: match (group.state, group.booking) {
            (groups::State::Booking, Some(id)) => format!("/sessions/{id}"),
            _ => String::new(),
        },
        waits: seen.waits,
        counts,
        counts_note: note.to_owned(),
        members: say::members(&seen, (zone, now)),
        share: say::share(&seen),
        rules: say::rules(group),
        may_close: may(Verb::Close),
        may_cancel: may(Verb::Cancel),
        may_leave: may(Verb::Leave),
        ratings,
        refused: refused.map(|(words, _)| words).unwrap_or_default(),
    };
    page(status, &view)
}

/// `POST /groups/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (id, who): (SessionId, _) = (id.parse()?, posted.visit.actor());
    if posted.fields.pressed() == "rate" {
        rating::rate(&posted, id).await?;
        return Ok(see_other(&format!("/groups/{id}?done=rated")));
    }
    let fields = posted.fields.clone();
    let did = posted.write(move |cx| match fields.pressed() {
        "answer" => {
            let seen = groups::group(cx, &who, id)?;
            let ids: Vec<_> = seen.group.candidates.iter().map(|one| one.id).collect();
            let group = groups::answer(cx, &who, id, &say::answer(&fields, &ids))?;
            let is_late =
                group.answers.iter().rev().find(|one| one.user == seen.me).is_some_and(|one| one.is_late);
            Ok(if is_late { "group-late" } else { "group-answered" })
        }
        "close" => groups::close(cx, &who, id).map(|_| "group-closed"),
        "cancel" => groups::cancel(cx, &who, id).map(|_| "group-cancelled"),
        "leave" => groups::leave(cx, &who, id).map(|()| "group-left"),
        _ => Err(Error::invalid("do", "Press one of the buttons of the page.")),
    });
    match did.await {
        Ok("group-left") => Ok(see_other("/groups?done=group-left")),
        Ok(done) => Ok(see_other(&format!("/groups/{id}?done={done}"))),
        Err(error) => {
            let (said, status) = refused(say::in_words(error), "")?;
            shown(&posted.visit, id, Some((said.says, &posted.fields)), status).await
        }
    }
}

/// `GET /groups/new`.
pub(super) async fn new(visit: Visit) -> Answer {
    visit.user()?;
    let zone = visit.zone(None);
    let day = |days: i64| zone.date(visit.now.plus(days * 24 * HOUR)).to_string();
    let usual =
        [("subject", "time"), ("mode", "broadcast"), ("hours", "72"), ("quorum", "500"), ("minutes", "60")];
    let threshold = visit.web.store.ground().house.group_threshold.to_string();
    let mut typed: Vec<(String, String)> =
        usual.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    typed.extend([
        ("from".to_owned(), day(1)),
        ("to".to_owned(), day(7)),
        ("threshold".to_owned(), threshold),
    ]);
    typed.push(("once".to_owned(), once::fresh(&visit)));
    form_page(&visit, &Fields::of(typed), FieldErrors::none(), Vec::new()).await
}

async fn form_page(visit: &Visit, typed: &Fields, errors: FieldErrors, against: Vec<Against>) -> Answer {
    visit.user()?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (who, chosen): (_, Vec<String>) = (visit.actor(), typed.all("with").map(str::to_owned).collect());
    let with = visit.read(move |cx| {
        let all = network::connections(cx, &who, None, CONNECTIONS)?.connections.into_iter();
        let connected = all.filter(|one| one.state == network::State::Connected);
        let choice = |one: network::Connection| {
            let id = one.id.to_string();
            let name = one.name.unwrap_or_else(|| "somebody without a name".to_owned());
            let is_chosen = chosen.contains(&id);
            Choice::new(id, name, "", is_chosen)
        };
        Ok(connected.map(choice).collect::<Vec<_>>())
    });
    let choices = |name: &str, all: &[(&str, &str)]| {
        let one = |(value, words): &(&str, &str)| Choice::new(*value, *words, "", typed.get(name) == *value);
        all.iter().map(one).collect::<Vec<_>>()
    };
    let two_thirds = TWO_THIRDS.to_string();
    let view = GroupForm {
        frame: visit.frame("Decide together", Nav::Agents),
        question: typed.owned("question"),
        subjects: choices("subject", &[("time", "A time, which is booked"), ("question", "Something else")]),
        with: with.await?,
        candidates: typed.owned("candidates"),
        from: typed.owned("from"),
        to: typed.owned("to"),
        minutes: typed.owned("minutes"),
        modes: choices(
            "mode",
            &[
                ("broadcast", "Everybody at once"),
                ("consensus", "In rounds, each with what the others said"),
                ("sequential", "One after the other, in the order of the list"),
            ],
        ),
        hours: choices(
            "hours",
            &[
                ("1", "An hour"),
                ("24", "A day"),
                ("72", "Three days"),
                ("168", "A week"),
                ("336", "Two weeks"),
            ],
        ),
        quorums: choices(
            "quorum",
            &[
                ("1", "Anybody"),
                ("500", "Half of them"),
                (&two_thirds, "Two thirds"),
                ("1000", "All of them"),
            ],
        ),
        thresholds: thresholds(typed.get("threshold")),
        once: once::of(typed),
        warned: if against.is_empty() { String::new() } else { mark(typed, visit.zone(None)) },
        against,
        errors,
    };
    page(status, &view)
}

/// The shares that can be chosen, the house's own among them.
fn thresholds(chosen: &str) -> Vec<Choice> {
    let usual =
        [(500, "Half of them"), (TWO_THIRDS, "Two thirds"), (700, "Seven in ten"), (WHOLE, "All of them")];
    let usual = usual.into_iter().map(|(share, words)| (share.to_string(), words));
    let mut all: Vec<Choice> =
        usual.map(|(share, words)| Choice::new(share.as_str(), words, "", share == chosen)).collect();
    if !all.iter().any(|one| one.chosen) && chosen.parse::<u32>().is_ok() {
        all.push(Choice::new(chosen, format!("{chosen} in a thousand"), "", true));
    }
    all
}

/// `POST /groups`: asks them. Where something speaks against the times the form comes back first, and says so; sent again with
/// that, it is for whoever sent it to say.
pub(super) async fn start(SignedIn(posted): SignedIn) -> Answer {
    let (visit, zone) = (&posted.visit, posted.visit.zone(None));
    let is_warned = posted.fields.get("warned") == mark(&posted.fields, zone);
    let begun = async {
        let new = wanted(&posted.fields, zone, visit.now)?;
        let against = if is_warned { Vec::new() } else { against(&posted, &new).await? };
        if against.is_empty() { begin(&posted, new).await.map(Ok) } else { Ok(Err(against)) }
    };
    match begun.await {
        Ok(Ok(path)) if path.is_empty() => Ok(see_other("/groups/new")),
        Ok(Ok(path)) => Ok(see_other(&path)),
        Ok(Err(against)) => form_page(visit, &posted.fields, FieldErrors::none(), against).await,
        Err(error) => {
            let errors = beside(&error, &posted.fields).ok_or(error)?;
            form_page(visit, &posted.fields, errors, Vec::new()).await
        }
    }
}

/// Begins it; gives its page.
async fn begin(posted: &Posted, new: NewGroup) -> Result<String> {
    let (who, once) = (posted.visit.actor(), once::of(&posted.fields));
    let work = move |cx: &mut Cx<'_>| {
        // A refusal is a value: what was asked is kept.
        let mut refused = None;
        let path = once::act(cx, &who, "POST /groups", &once, |cx| {
            match groups::start(cx, &who, &new)?.allowed() {
                Ok(group) => Ok(format!("/groups/{}?done=group-begun", group.id)),
                Err(error) => {
                    refused = Some(error);
                    Ok(String::new())
                }
            }
        })?;
        Ok((path, refused))
    };
    match posted.write(work).await? {
        (_, Some(refused)) => Err(refused),
        (path, None) => Ok(path),
    }
}

/// What speaks against the times that were filled in, in their order: asked in a write, and reckoned in a read.
async fn against(posted: &Posted, new: &NewGroup) -> Result<Vec<Against>> {
    let (asks, named) = (posted.visit.actor(), new.clone());
    let asked = posted.write(move |cx| groups::ask_about_times(cx, &asks, &named)).await?;
    let (who, named) = (posted.visit.actor(), new.clone());
    let warnings = posted.visit.read(move |cx| groups::warnings(cx, &who, &named, &asked)).await?;
    Ok(say::against(new, &warnings, posted.visit.zone(None)))
}

/// What was filled in, as far as times can speak against it: what was warned of is this, and nothing that was changed since.
fn mark(typed: &Fields, zone: Zone) -> String {
    let mut said = vec![zone.name(), typed.get("subject"), typed.get("minutes"), typed.get("candidates")];
    said.extend(typed.all("with"));
    sha256(said.join("\n\n").as_bytes())
}

/// What the room refuses, beside the field that it is about.
fn beside(error: &Error, typed: &Fields) -> Option<FieldErrors> {
    match error {
        Error::Invalid { field, message } => {
            if let Some(line) = line_of(field, typed) {
                return Some(FieldErrors::one("candidates", format!("“{line}”: {message}")));
            }
            let field = match field.as_ref() {
                "length_minutes" => "minutes",
                "deadline" | "open_until" => "hours",
                other => other,
            };
            Some(FieldErrors::one(field, message.clone()))
        }
        Error::NotFound(_) => Some(FieldErrors::one("with", "Choose somebody of the list.")),
        Error::Denied(_) => {
            let words = "One of them does not let you arrange meetings with them.";
            Some(FieldErrors::one("with", words))
        }
        Error::Refused { code: "group.no-times", message } => {
            Some(FieldErrors::one("candidates", message.clone()))
        }
        _ => None,
    }
}

/// The line that `candidates[2]` was made of.
fn line_of<'a>(field: &str, typed: &'a Fields) -> Option<&'a str> {
    let at = field.strip_prefix("candidates[")?.strip_suffix(']')?.parse().ok()?;
    lines(typed).nth(at)
}

/// What is to be voted on, as it was typed.
fn lines(typed: &Fields) -> impl Iterator<Item = &str> {
    typed.get("candidates").lines().map(str::trim).filter(|line| !line.is_empty())
}

/// What was filled in.
fn wanted(fields: &Fields, zone: Zone, now: Timestamp) -> Result<NewGroup> {
    let subject = Subject::parse(fields.get("subject")).unwrap_or(Subject::Question);
    let number = |name: &'static str| fields.get(name).trim().parse::<i64>().ok();
    let minutes = number("minutes").filter(|minutes| (5..=1_440).contains(minutes));
    let minutes = minutes.ok_or_else(|| Error::invalid("minutes", "A meeting has from 5 to 1440 minutes."));
    let minutes = if subject == Subject::Time { minutes? } else { 0 };
    let mut candidates = Vec::new();
    for line in lines(fields) {
        candidates.push(match subject {
            Subject::Question => NewCandidate { label: line.to_owned(), time: None },
            Subject::Time => NewCandidate { label: String::new(), time: Some(time(line, minutes, zone)?) },
        });
    }
    let want = if subject == Subject::Time { Some(span(fields, minutes, zone, now)?) } else { None };
    let hours = number("hours").filter(|hours| (1..=2_000).contains(hours)).unwrap_or(72);
    let share = |name| number(name).and_then(|share| u32::try_from(share).ok());
    Ok(NewGroup {
        question: fields.owned("question"),
        mode: Mode::parse(fields.get("mode")).unwrap_or(Mode::Broadcast),
        subject,
        with: fields.all("with").map(str::parse).collect::<Result<_>>()?,
        candidates,
        want,
        quorum: share("quorum"),
        threshold: share("threshold"),
        deadline: Some(now.plus(hours * HOUR)),
        open_until: None,
        rounds: None,
        turn_seconds: None,
        on_silence: None,
        conversation: None,
    })
}

/// A time as a line says it: `2026-11-25 10:30`.
fn time(line: &str, minutes: i64, zone: Zone) -> Result<(Timestamp, Timestamp)> {
    let wrong = || Error::invalid("candidates", format!("“{line}” should be like 2026-11-25 10:30."));
    let (date, from) = line.split_once(' ').ok_or_else(wrong)?;
    // The end is reckoned, so that a meeting may go over midnight.
    let next = form::date(date).map_err(|_| wrong())? + Days::new(1);
    let typed = Typed {
        date,
        from: from.trim(),
        until: "23:59",
        until_date: Some(&next.to_string()),
        zone: zone.name(),
    };
    let (start, _) = typed.span().map_err(|errors| match errors.of("from") {
        "" => wrong(),
        // What is not on the clock, and what the clocks skip.
        words => Error::invalid("candidates", format!("“{line}”: {words}")),
    })?;
    Ok((start, start.plus(minutes * MINUTE)))
}

/// Between which days times are looked for.
fn span(fields: &Fields, minutes: i64, zone: Zone, now: Timestamp) -> Result<Want> {
    let date = |name: &'static str| form::date(fields.get(name)).map_err(|words| Error::invalid(name, words));
    // The last day is over when the next begins: it may have an hour more than others, or one less.
    let (from, to) = (zone.midnight(date("from")?), zone.midnight(date("to")? + Days::new(1)));
    if to <= from {
        return Err(Error::invalid("to", "The last day comes after the first."));
    }
    Ok(Want {
        minutes: u32::try_from(minutes).unwrap_or(30),
        from: from.max(now).ms(),
        to: to.ms(),
        days: Vec::new(),
        within: None,
        place: None,
        resources: Vec::new(),
        prefer: Prefer::default(),
    })
}
