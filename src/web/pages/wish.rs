//! One line that asks for a meeting: what was understood of it, every field to be changed, and the one button that begins.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::Query;
use chrono::{Days, NaiveDate, NaiveTime, Timelike};

use super::rooms;
use super::visit::{Answer, SignedIn, Visit, page, see_other};
use super::words;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::{NamedDay, Window};
use crate::base::id::{AgentId, ConnectionId};
use crate::base::time::{Timestamp, Zone};
use crate::network::{self, Connection, Day, Place, State};
use crate::sessions::{self, New, Preview, Want};
use crate::slots::Prefer;
use crate::store::Cx;
use crate::web::form::{Fields, date};
use crate::web::view::parts::{Choice, FieldErrors, Nav};
use crate::web::view::wish::{AskedOf, SessionNew};
use crate::web::wishes;
use crate::words::wish::Phrases;

/// How many connections can be chosen from.
const CONNECTIONS_MAX: u32 = 200;
/// How many days ahead an empty form looks.
const DAYS: u64 = 14;

/// How many days are listed to choose from, at most.
const DAYS_LISTED: i64 = 31;

/// The line.
#[derive(serde::Deserialize)]
pub(super) struct Line {
    #[serde(default)]
    line: String,
}

/// The form as it is typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    line: String,
    with: Vec<String>,
    optional: Vec<String>,
    title: String,
    minutes: String,
    first: String,
    last: String,
    days: String,
    earliest: String,
    latest: String,
    place: String,
    resources: Vec<AgentId>,
    better_days: Vec<String>,
    better_from: String,
    better_until: String,
}

impl Typed {
    /// An empty form: the next two weeks.
    fn empty(zone: Zone, now: Timestamp) -> Self {
        let today = zone.date(now);
        Self { first: today.to_string(), last: (today + Days::new(DAYS)).to_string(), ..Self::default() }
    }

    /// What was understood of a line.
    fn of(preview: &Preview, zone: Zone) -> Self {
        let New { purpose, with, optional, want, conversation: _ } = &preview.new;
        let ids = |all: &[ConnectionId]| all.iter().map(ToString::to_string).collect();
        let days: Vec<_> = want.days.iter().map(ToString::to_string).collect();
        let (earliest, latest) = want.within.map_or_else(Default::default, ends);
        let (better_from, better_until) = want.prefer.within.map_or_else(Default::default, ends);
        Self {
            line: String::new(),
            with: ids(with),
            optional: ids(optional),
            title: purpose.clone(),
            minutes: if want.minutes == 0 { String::new() } else { want.minutes.to_string() },
            first: zone.date(Timestamp::from_ms(want.from)).to_string(),
            last: zone.date(Timestamp::from_ms(want.to - 1)).to_string(),
            days: days.join(", "),
            earliest,
            latest,
            place: want.place.map_or_else(String::new, |place| place.as_str().to_owned()),
            resources: want.resources.clone(),
            better_days: want.prefer.days.iter().map(ToString::to_string).collect(),
            better_from,
            better_until,
        }
    }

    fn posted(fields: &Fields) -> Self {
        let all = |name| fields.all(name).map(str::to_owned).collect();
        Self {
            line: fields.owned("line"),
            with: all("with"),
            optional: all("optional"),
            title: fields.owned("title"),
            minutes: fields.get("length_minutes").trim().to_owned(),
            first: fields.get("first").trim().to_owned(),
            last: fields.get("last").trim().to_owned(),
            days: fields.all("days").collect::<Vec<_>>().join(", "),
            earliest: fields.get("earliest").trim().to_owned(),
            latest: fields.get("latest").trim().to_owned(),
            place: fields.owned("place"),
            resources: rooms::typed(fields),
            better_days: all("better_days"),
            better_from: fields.get("better_from").trim().to_owned(),
            better_until: fields.get("better_until").trim().to_owned(),
        }
    }

    fn preferred_days(&self) -> Vec<NamedDay> {
        self.better_days.iter().filter_map(|day| NamedDay::parse(day)).collect()
    }

    /// What would be begun, or what is wrong with which field.
    fn read(&self, zone: Zone, now: Timestamp) -> std::result::Result<New, FieldErrors> {
        let mut errors = FieldErrors::none();
        let mut day = |field: &str, text: &str| date(text).map_err(|words| errors.add(field, words)).ok();
        let (first, last) = (day("first", &self.first), day("last", &self.last));
        let pieces = self.days.split([',', ';', ' ']).map(str::trim).filter(|piece| !piece.is_empty());
        let days: BTreeSet<NaiveDate> = pieces.take(62).filter_map(|piece| day("days", piece)).collect();
        let mut hour = |field: &str, text: &str| {
            if text.is_empty() {
                return None;
            }
            let found = clock(text);
            if found.is_none() {
                errors.add(field, "The time should look like 10:30.");
            }
            found.and_then(|time| u16::try_from(time.hour() * 60 + time.minute()).ok())
        };
        let hours = (hour("earliest", &self.earliest), hour("latest", &self.latest));
        let better = (hour("better_from", &self.better_from), hour("better_until", &self.better_until));
        let minutes = match self.minutes.as_str() {
            "" => 0,
            text => text.parse().ok().filter(|minutes| (5..=1_440).contains(minutes)).unwrap_or_else(|| {
                errors.add("length_minutes", "This should be a whole number from 5 to 1440.");
                0
            }),
        };
        let within = within(hours);
        if within.is_none() && hours != (None, None) && errors.is_empty() {
            errors.add("latest", "This leaves no time of the day.");
        }
        let ids = |all: &[String]| all.iter().filter_map(|id| id.parse().ok()).collect::<Vec<ConnectionId>>();
        let (with, mut optional) = (ids(&self.with), ids(&self.optional));
        optional.retain(|id| !with.contains(id));
        if with.is_empty() {
            errors.add("with", "Choose at least one person whose agreement it needs.");
        }
        let (Some(first), Some(last), true) = (first, last, errors.is_empty()) else { return Err(errors) };
        let want = Want {
            minutes,
            from: zone.midnight(first).max(now).ms(),
            to: zone.midnight(last + Days::new(1)).ms(),
            days: days.into_iter().collect(),
            within,
            place: Place::parse(&self.place),
            resources: self.resources.clone(),
            prefer: Prefer { within: self::within(better), days: self.preferred_days() },
        };
        Ok(New { purpose: self.title.clone(), with, optional, want, conversation: None })
    }
}

/// The two ends of a part of a day as they are typed; nothing stands for midnight.
fn ends(within: Window) -> (String, String) {
    let of = |minutes: u16| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
    let from = if within.start() == 0 { String::new() } else { of(within.start()) };
    (from, if within.end() == 1_440 { String::new() } else { of(within.end()) })
}

/// The part of a day; one that ends before it begins goes over midnight.
fn within(hours: (Option<u16>, Option<u16>)) -> Option<Window> {
    match hours {
        (None, None) => None,
        (from, until) => {
            let (from, until) = (from.unwrap_or(0), until.unwrap_or(1_440));
            Window::new(from, if until <= from { until + 1_440 } else { until })
        }
    }
}

/// `10:30`.
pub(super) fn clock(text: &str) -> Option<NaiveTime> {
    let text = text.trim();
    NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S")).ok()
}

/// `GET /sessions/new?line=…`: what would be asked. Nobody is asked.
pub(super) async fn form(visit: Visit, line: Query<Line>) -> Answer {
    let zone = visit.user()?.zone;
    let text: String = line.line.trim().chars().take(300).collect();
    if text.is_empty() {
        let typed = Typed::empty(zone, visit.now);
        return shown(&visit, typed, Said::default(), StatusCode::OK).await;
    }
    let (who, asked) = (visit.actor(), text.clone());
    let look = async |help: Option<Phrases>| {
        let (who, asked) = (who.clone(), asked.clone());
        visit.read(move |cx| sessions::wish(cx, &who, &asked, help.as_ref())).await
    };
    match wishes::read(&visit.web, &text, look).await {
        Ok(preview) => {
            let typed = Typed { line: text, ..Typed::of(&preview, zone) };
            let understood = understood(&preview, &typed);
            let helped = if preview.is_helped { sessions::HELPED } else { "" };
            let said = Said { understood, helped: helped.to_owned(), ..Said::default() };
            shown(&visit, typed, said, StatusCode::OK).await
        }
        Err(Error::Invalid { message, .. }) => {
            let typed = Typed { line: text, ..Typed::empty(zone, visit.now) };
            let said = Said { unclear: message, ..Said::default() };
            shown(&visit, typed, said, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What was understood of a line, in a sentence.
fn understood(preview: &Preview, typed: &Typed) -> String {
    let want = &preview.new.want;
    let day =
        |text: &str| date(text).map_or_else(|_| text.to_owned(), |date| date.format("%a %-d %b").to_string());
    let named: Vec<_> =
        preview.names.iter().map(|name| if name.is_empty() { "somebody" } else { name.as_str() }).collect();
    let length = if preview.says_length {
        format!("{} minutes", want.minutes)
    } else {
        "as long as they usually have it".to_owned()
    };
    let days = match (preview.says_days, want.days.as_slice()) {
        (false, _) => format!("within the next two weeks, until {}", day(&typed.last)),
        (true, []) if typed.first == typed.last => format!("on {}", day(&typed.first)),
        (true, []) => format!("{} to {}", day(&typed.first), day(&typed.last)),
        (true, some) => some.iter().map(|date| day(&date.to_string())).collect::<Vec<_>>().join(", "),
    };
    let mut parts = vec![format!("{length} with {}", named.join(", ")), days];
    match (typed.earliest.as_str(), typed.latest.as_str()) {
        ("", "") => {}
        (from, "") => parts.push(format!("not before {from}")),
        ("", until) => parts.push(format!("over by {until}")),
        (from, until) => parts.push(format!("between {from} and {until}")),
    }
    if let Some(place) = want.place {
        parts.push(place.words().to_owned());
    }
    parts.extend(preview.rooms.iter().map(|room| format!("in {room}")));
    if !want.prefer.is_empty() {
        parts.push(format!("if possible {}", sessions::better(&want.prefer, want.minutes)));
    }
    words::sentence(&format!("{}.", parts.join(", ")))
}

/// What is said beside the form.
#[derive(Default)]
struct Said {
    understood: String,
    helped: String,
    unclear: String,
    errors: FieldErrors,
}

async fn shown(visit: &Visit, typed: Typed, said: Said, status: StatusCode) -> Answer {
    let zone = visit.user()?.zone;
    let (who, chosen) = (visit.actor(), typed.with.clone());
    let (connected, asked) = visit
        .read(move |cx| {
            let connected = connected(cx, &who)?;
            let chosen: Vec<ConnectionId> =
                connected.iter().map(|one| one.id).filter(|id| chosen.contains(&id.to_string())).collect();
            let asked = sessions::asked(cx, &who, &chosen)?;
            Ok((connected, asked))
        })
        .await?;
    let choices = |chosen: &[String]| -> Vec<Choice> {
        let choice = |one: &Connection| {
            let id = one.id.to_string();
            let is_chosen = chosen.contains(&id);
            Choice::new(id, words::sentence(&one.called()), "", is_chosen)
        };
        connected.iter().map(choice).collect()
    };
    let place = |value: &str, words: &str| Choice::new(value, words, "", typed.place == value);
    let rooms = rooms::offered(visit, rooms::ticked(&typed.resources)).await?;
    let mut places = vec![place("", "However it suits")];
    places.extend(Place::ALL.iter().map(|one| place(one.as_str(), &words::sentence(one.words()))));
    let days = day_choices(&typed);
    let view = SessionNew {
        frame: visit.frame_in("Ask for a meeting", Nav::Sessions, zone),
        with: choices(&typed.with),
        optional: choices(&typed.optional),
        line: typed.line,
        unclear: said.unclear,
        understood: said.understood,
        helped: said.helped,
        title: typed.title,
        minutes: typed.minutes,
        first: typed.first,
        last: typed.last,
        days,
        earliest: typed.earliest,
        latest: typed.latest,
        place: places,
        rooms,
        better_days: better_day_choices(&typed.better_days),
        better_from: typed.better_from,
        better_until: typed.better_until,
        asked: asked.into_iter().map(AskedOf::from).collect(),
        errors: said.errors,
    };
    page(status, &view)
}

/// The days to choose from: all from the first to the last where those are few, and in any case what was chosen.
fn day_choices(typed: &Typed) -> Vec<Choice> {
    let chosen: BTreeSet<NaiveDate> =
        typed.days.split([',', ' ']).filter_map(|piece| date(piece.trim()).ok()).collect();
    let mut days = chosen.clone();
    if let (Ok(first), Ok(last)) = (date(&typed.first), date(&typed.last))
        && last.signed_duration_since(first).num_days() < DAYS_LISTED
    {
        days.extend(first.iter_days().take_while(|day| *day <= last));
    }
    days.iter()
        .map(|day| {
            Choice::new(day.to_string(), day.format("%a %-d %b").to_string(), "", chosen.contains(day))
        })
        .collect()
}

/// The weekdays to choose from, and what dates were chosen.
fn better_day_choices(chosen: &[String]) -> Vec<Choice> {
    let weekdays = Day::ALL.map(Day::as_str).into_iter();
    let dates = chosen.iter().map(String::as_str).filter(|day| Day::parse(day).is_none());
    let days = weekdays.chain(dates).filter_map(NamedDay::parse);
    days.map(|day| {
        let value = day.to_string();
        let is_chosen = chosen.contains(&value);
        Choice::new(value, day.name(), "", is_chosen)
    })
    .collect()
}

fn connected(cx: &Cx<'_>, who: &Actor) -> Result<Vec<Connection>> {
    let page = network::connections(cx, who, None, CONNECTIONS_MAX)?;
    Ok(page.connections.into_iter().filter(|one| one.state == State::Connected).collect())
}

/// `POST /sessions`: begins it, or shows once more what would be asked.
pub(super) async fn start(SignedIn(posted): SignedIn) -> Answer {
    let visit = &posted.visit;
    let zone = visit.user()?.zone;
    let typed = Typed::posted(&posted.fields);
    let came_back = async |errors: FieldErrors| {
        let said = Said { errors, ..Said::default() };
        shown(visit, typed.clone(), said, StatusCode::UNPROCESSABLE_ENTITY).await
    };
    let new = match typed.read(zone, visit.now) {
        Ok(new) => new,
        Err(errors) => return came_back(errors).await,
    };
    let who = visit.actor();
    let started = if posted.fields.pressed() == "preview" {
        visit.read(move |cx| sessions::could_start(cx, &who, &new)).await.map(|()| None)
    } else {
        let started = posted.write(move |cx| sessions::start(cx, &who, &new)).await;
        started.and_then(sessions::Started::allowed).map(Some)
    };
    match started {
        Ok(None) => shown(visit, typed.clone(), Said::default(), StatusCode::OK).await,
        Ok(Some(session)) => {
            Ok(see_other(&format!("{}?done=session-started", super::sessions::path(session.id))))
        }
        Err(Error::Invalid { field, message }) => {
            let field = match field.as_ref() {
                "to" => "last",
                "with" => "with",
                "length_minutes" => "length_minutes",
                "resources" => "resources",
                "prefer" => "better_until",
                "prefer_days" => "better_days",
                _ => "title",
            };
            came_back(FieldErrors::one(field, message)).await
        }
        Err(Error::Denied { .. } | Error::NotFound(_)) => {
            let words = "Somebody you chose has not let your agent ask, so nobody was asked.";
            came_back(FieldErrors::one("with", words)).await
        }
        Err(error) => Err(error.into()),
    }
}
