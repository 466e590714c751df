//! Notices of somebody who is signed in: the list with its decisions in place, taking note, and what is mailed.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use chrono::{NaiveTime, Timelike};

use super::approvals;
use super::booking_links::asked_for;
use super::group_words;
use super::home::unanswered;
use super::meetings::open_proposal;
use super::tasks;
use super::visit::{Answer, SignedIn, Visit, ok, page, see_other};
use super::words;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::Window;
use crate::base::id::{NoticeId, ProposalId, SessionId};
use crate::base::time::{Timestamp, Zone};
use crate::network::Usual;
use crate::notices::{self, Group, Kind, Listing, Mail, Preferences, Shown, Waits};
use crate::store::Cx;
use crate::web::form::Fields;
use crate::web::session::local_path;
use crate::web::view::connections::Waiting;
use crate::web::view::grants::ready;
use crate::web::view::notices::{Asks, KindChoice, KindGroup, NoticeList, NoticeRow, NoticeSettings};
use crate::web::view::parts::{Choice, FieldErrors, Nav, Pager, When};
use crate::web::view::sessions::{OpenTime, WaitingSession};
use crate::web::view::settings::{Tab, Tabs};

/// How many notices a page has.
const PAGE: u32 = 30;
/// What can be chosen for the reminder, in minutes before a meeting.
const REMINDERS: [(u32, &str); 7] = [
    (10, "10 minutes before"),
    (15, "15 minutes before"),
    (30, "30 minutes before"),
    (60, "1 hour before"),
    (120, "2 hours before"),
    (720, "12 hours before"),
    (1_440, "1 day before"),
];

/// Which part of the list.
#[derive(serde::Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    unread: String,
    #[serde(default)]
    before: String,
}

/// `GET /notices`.
pub(super) async fn list(visit: Visit, part: Query<Part>) -> Answer {
    let user = visit.user()?.id;
    let is_unread = !part.unread.is_empty();
    let before = part.before.parse::<i64>().ok();
    let who = visit.actor();
    let listing = Listing { unread: is_unread, before, limit: PAGE };
    let zone = visit.zone(None);
    let read = visit.read(move |cx| {
        let found = notices::list(cx, &who, listing)?;
        let asks =
            found.notices.iter().map(|shown| work(cx, &who, shown, zone)).collect::<Result<Vec<_>>>()?;
        Ok((found, notices::place(cx, user)?, asks))
    });
    let (found, newest, work) = read.await?;
    let base = if is_unread { "/notices?unread=1&" } else { "/notices?" };
    let mut rows: Vec<_> = found.notices.iter().map(|shown| row(shown, zone, visit.now)).collect();
    for (row, work) in rows.iter_mut().zip(work) {
        row.asks = work.unwrap_or_else(|| std::mem::replace(&mut row.asks, Asks::Nothing));
    }
    if let Some(first) = rows.iter_mut().find(|row| !matches!(row.asks, Asks::Nothing)) {
        first.is_first = true;
    }
    ok(&NoticeList {
        frame: visit.frame("Notices", Nav::Notices),
        is_unread,
        rows,
        ready: ready(Usual::Nothing.as_str()),
        newest,
        pager: Pager {
            first: before.map(|_| base.trim_end_matches(['?', '&']).to_owned()),
            next: found.next.map(|place| format!("{base}before={place}")),
        },
    })
}

/// What a notice of a task or an approval asks.
fn work(cx: &Cx<'_>, who: &Actor, shown: &Shown, zone: Zone) -> Result<Option<Asks>> {
    let Some(me) = who.user() else { return Ok(None) };
    Ok(match &shown.waits {
        Waits::Approval(one) => {
            let people = approvals::names_of(cx, one)?;
            let asked = approvals::to_decide(cx, who, one, &people, (me, zone))?;
            Some(Asks::Approval(Box::new(asked)))
        }
        Waits::Task(task) => {
            let people = tasks::names(cx, std::slice::from_ref(task.as_ref()))?;
            let can = crate::tasks::steps(cx, who, task)?;
            Some(Asks::Task(Box::new(tasks::to_do(task, &can, &people, me, zone))))
        }
        _ => None,
    })
}

fn row(shown: &Shown, zone: Zone, now: Timestamp) -> NoticeRow {
    let Shown { notice, news, waits } = shown;
    let when =
        |(start, end): (i64, i64)| When::span(zone, Timestamp::from_ms(start), Timestamp::from_ms(end));
    NoticeRow {
        id: notice.id.to_string(),
        words: notices::sentence(news),
        when: news.span.map(when),
        was: news.was.map(when),
        // A notice of what can no longer be shown leads nowhere.
        href: if news.path == "/notices" { String::new() } else { news.path.clone() },
        came: words::near(zone, notice.created_at, now),
        iso: notice.created_at.to_rfc3339(),
        is_unread: notice.read_at.is_none(),
        asks: match waits {
            // What these ask is looked up with the names that stand in it.
            Waits::Nothing | Waits::Approval(_) | Waits::Task(_) => Asks::Nothing,
            Waits::Group(one) => {
                Asks::Group(Box::new(group_words::ballot(one, format!("/groups/{}", one.group.id), zone)))
            }
            Waits::Answer(seen) => Asks::Answer(Box::new(unanswered(seen, zone))),
            Waits::Proposal(waiting) => Asks::Proposal(Box::new(open_proposal(&waiting.0, &waiting.1, zone))),
            Waits::Decision { session, times } => {
                Asks::Decision(Box::new(decision(session, times, &notices::sentence(news), zone)))
            }
            Waits::Connection { id, words: said } => Asks::Connection(Box::new(Waiting {
                id: id.clone(),
                by: news
                    .faces
                    .first()
                    .and_then(|face| face.name.clone())
                    .unwrap_or_else(|| "Somebody".to_owned()),
                words: said.clone(),
                until: String::new(),
            })),
            Waits::Booking(booking) => Asks::Booking(Box::new(asked_for(booking, &news.title, zone))),
        },
        is_first: false,
    }
}

/// A session that waits for the reader, with its times.
fn decision(
    session: &SessionId,
    times: &[(ProposalId, Timestamp, Timestamp)],
    title: &str,
    zone: Zone,
) -> WaitingSession {
    let time = |(id, start, end): &(ProposalId, Timestamp, Timestamp)| OpenTime {
        id: id.to_string(),
        when: When::span(zone, *start, *end),
        said: String::new(),
        is_agreed: false,
    };
    WaitingSession {
        path: format!("/sessions/{session}"),
        title: title.to_owned(),
        with: String::new(),
        times: times.iter().map(time).collect(),
        closes: String::new(),
    }
}

/// `POST /notices/{id}/read`: back to the part of the list that it was pressed on.
pub(super) async fn mark(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (id, who): (NoticeId, _) = (id.parse()?, posted.visit.actor());
    posted.write(move |cx| notices::mark_read(cx, &who, id).map(drop)).await?;
    let back = local_path(posted.fields.get("back")).filter(|path| path.starts_with("/notices"));
    Ok(see_other(back.unwrap_or("/notices")))
}

/// `POST /notices/read`: those that the page has shown, and those before them.
pub(super) async fn mark_all(SignedIn(posted): SignedIn) -> Answer {
    let (place, who) = (posted.fields.get("place").parse::<i64>().ok(), posted.visit.actor());
    posted.write(move |cx| notices::mark_all(cx, &who, place).map(drop)).await?;
    Ok(see_other("/notices?done=read"))
}

/// `GET /settings/notices`.
pub(super) async fn settings(visit: Visit) -> Answer {
    visit.user()?;
    let who = visit.actor();
    let chosen = visit.read(move |cx| notices::preferences(cx, &who)).await?;
    shown(&visit, Typed::of(&chosen), FieldErrors::none(), StatusCode::OK)
}

/// What the form says, as it was typed.
struct Typed {
    mail: Vec<(Kind, String)>,
    quiet_from: String,
    quiet_until: String,
    digest_at: String,
    remind: String,
}

impl Typed {
    fn of(chosen: &Preferences) -> Self {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
        let mail = |kind: &Kind| chosen.mail.get(kind).copied().unwrap_or(kind.usual_mail());
        Self {
            mail: Kind::ALL.iter().map(|kind| (*kind, mail(kind).as_str().to_owned())).collect(),
            quiet_from: chosen.quiet.map_or_else(String::new, |quiet| clock(quiet.start())),
            quiet_until: chosen.quiet.map_or_else(String::new, |quiet| clock(quiet.end())),
            digest_at: clock(chosen.digest_at),
            remind: chosen.remind_minutes.map_or_else(|| "never".to_owned(), |minutes| minutes.to_string()),
        }
    }

    fn posted(fields: &Fields) -> Self {
        let mail = |kind: &Kind| fields.owned(&format!("mail.{}", kind.as_str()));
        Self {
            mail: Kind::ALL.iter().map(|kind| (*kind, mail(kind))).collect(),
            quiet_from: fields.owned("quiet_from"),
            quiet_until: fields.owned("quiet_until"),
            digest_at: fields.owned("digest_at"),
            remind: fields.owned("remind"),
        }
    }

    /// What was chosen, or what is wrong with which field.
    fn read(&self) -> Result<Preferences, FieldErrors> {
        let mut errors = FieldErrors::none();
        let mut chosen = Preferences::default();
        for (kind, word) in self.mail.iter().filter(|(_, word)| !word.is_empty()) {
            match Mail::parse(word) {
                Some(mail) => drop(chosen.mail.insert(*kind, mail)),
                None => errors.add(format!("mail.{}", kind.as_str()), "Choose one of the list."),
            }
        }
        if self.quiet_from.trim().is_empty() != self.quiet_until.trim().is_empty() {
            let missing = if self.quiet_from.trim().is_empty() { "quiet_from" } else { "quiet_until" };
            errors.add(missing, "Quiet hours need a beginning and an end, like 22:00 and 07:00.");
        } else if !self.quiet_from.trim().is_empty() {
            let (from, until) = (clock(&self.quiet_from), clock(&self.quiet_until));
            if from.is_none() {
                errors.add("quiet_from", "This should be a time of day, like 22:00.");
            }
            if until.is_none() {
                errors.add("quiet_until", "This should be a time of day, like 07:00.");
            }
            if let (Some(from), Some(until)) = (from, until) {
                let end = if until <= from { until + 24 * 60 } else { until };
                chosen.quiet = Window::new(from, end).filter(|_| from != until);
                if chosen.quiet.is_none() {
                    let message = "Quiet hours should leave some of the day, like 22:00 to 07:00.";
                    errors.add("quiet_until", message);
                }
            }
        }
        match clock(&self.digest_at) {
            Some(minutes) => chosen.digest_at = minutes,
            None => errors.add("digest_at", "This should be a time of day, like 08:00."),
        }
        chosen.remind_minutes = match self.remind.as_str() {
            "never" => None,
            text => text.parse().ok().or_else(|| {
                errors.add("remind", "Choose one of the list.");
                None
            }),
        };
        if errors.is_empty() { Ok(chosen) } else { Err(errors) }
    }
}

/// `08:00` as minutes from midnight.
fn clock(text: &str) -> Option<u16> {
    let text = text.trim();
    let time =
        NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"));
    time.ok().and_then(|time| u16::try_from(time.hour() * 60 + time.minute()).ok())
}

/// The kinds that are about one thing, with what is chosen of them.
fn group(about: Group, mail: &[(Kind, String)], errors: &FieldErrors) -> KindGroup {
    let kinds: Vec<_> = mail.iter().filter(|(kind, _)| kind.group() == about).collect();
    let mailed = kinds.iter().filter(|(_, chosen)| chosen != Mail::Never.as_str()).count();
    let choice = |(kind, chosen): &&(Kind, String)| KindChoice {
        kind: kind.as_str().to_owned(),
        words: kind.words().to_owned(),
        hint: kind.hint().to_owned(),
        choices: Mail::ALL
            .iter()
            .map(|mail| Choice::new(mail.as_str(), mail.words(), "", mail.as_str() == chosen))
            .collect(),
    };
    let is_wrong = |(kind, _): &&(Kind, String)| !errors.of(&format!("mail.{}", kind.as_str())).is_empty();
    KindGroup {
        words: about.words().to_owned(),
        chosen: format!("{mailed} of {} by mail", kinds.len()),
        is_wrong: kinds.iter().any(is_wrong),
        kinds: kinds.iter().map(choice).collect(),
    }
}

fn shown(visit: &Visit, typed: Typed, errors: FieldErrors, status: StatusCode) -> Answer {
    let user = visit.user()?;
    let groups = Group::ALL.iter().map(|about| group(*about, &typed.mail, &errors));
    let mut remind = vec![Choice::new("never", "Never", "", typed.remind == "never")];
    remind.extend(REMINDERS.iter().map(|(minutes, words)| {
        Choice::new(minutes.to_string(), *words, "", typed.remind == minutes.to_string())
    }));
    // What was chosen by a program, in minutes that the list does not have.
    if let (false, Ok(minutes)) = (remind.iter().any(|one| one.chosen), typed.remind.parse::<u32>()) {
        remind.push(Choice::new(minutes.to_string(), format!("{minutes} minutes before"), "", true));
    }
    // Quiet hours and the digest go by the profile's zone, whatever zone the page is read in.
    let frame = visit.frame_in("Notices by mail", Nav::Settings, user.zone);
    let view = NoticeSettings {
        tabs: Tabs(Tab::Notices),
        address: user.address.as_str().to_owned(),
        groups: groups.collect(),
        quiet_from: typed.quiet_from,
        quiet_until: typed.quiet_until,
        digest_at: typed.digest_at,
        remind,
        errors,
        frame,
    };
    page(status, &view)
}

/// `POST /settings/notices`.
pub(super) async fn choose(SignedIn(posted): SignedIn) -> Answer {
    let typed = Typed::posted(&posted.fields);
    let came_back = |errors| {
        shown(&posted.visit, Typed::posted(&posted.fields), errors, StatusCode::UNPROCESSABLE_ENTITY)
    };
    let chosen = match typed.read() {
        Ok(chosen) => chosen,
        Err(errors) => return came_back(errors),
    };
    let who = posted.visit.actor();
    match posted.write(move |cx| notices::set_preferences(cx, &who, &chosen).map(drop)).await {
        Ok(()) => Ok(see_other("/settings/notices?done=saved")),
        Err(Error::Invalid { field, message }) => {
            let field = if field == "remind_minutes" { "remind".into() } else { field };
            came_back(FieldErrors::one(field, message))
        }
        Err(error) => Err(error.into()),
    }
}
