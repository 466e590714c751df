//! What a guest without an account does: look at the times of a booking page, ask for one, confirm it by the link of the
//! letter. Looking changes nothing.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use chrono::NaiveDate;

use super::visit::{Answer, Posted, Visit, ok, page};
use crate::accounts::User;
use crate::base::error::{Error, Result};
use crate::base::text::Address;
use crate::base::time::{DAY, Timestamp, Zone, long_date};
use crate::booking::{self, BookingState, Free, Offer, Opened, Request, Requested, Time, Visitor};
use crate::links::Purpose;
use crate::meetings::by_link;
use crate::network::Place;
use crate::web::session;
use crate::web::view::book::{
    BookForm, BookNow, Day, Heading, Hidden, LengthLink, Now, QuestionField, TimeLink, Times,
};
use crate::web::view::parts::{Choice, FieldErrors, Frame, Nav, When};

/// How many days a page shows.
const DAYS_SHOWN: usize = 5;
/// How far a page looks for days with times, in milliseconds.
const LOOKS_MS: i64 = 60 * DAY;

/// What the address of a booking page says.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    length: String,
    from: String,
    start: String,
    zone: String,
    k: String,
}

impl Asked {
    fn of(posted: &Posted) -> Self {
        let field = |name| posted.fields.owned(name);
        Self {
            length: field("length"),
            from: String::new(),
            start: field("start"),
            zone: field("zone"),
            k: field("k"),
        }
    }

    fn pass(&self) -> Option<String> {
        (!self.k.is_empty()).then(|| self.k.clone())
    }

    /// The length that was chosen, or the shortest.
    fn minutes(&self, offer: &Offer) -> u32 {
        let lengths = &offer.link.says.lengths;
        let chosen = self.length.parse().ok().filter(|minutes| lengths.contains(minutes));
        chosen.or_else(|| lengths.first().copied()).unwrap_or_default()
    }

    /// The zone that times are told in.
    fn zone(&self, visit: &Visit, offer: &Offer) -> Zone {
        Zone::parse(&self.zone).unwrap_or_else(|| visit.zone(Some(offer.host.zone)))
    }

    /// The address of the page with other fields, and with what it carries on.
    fn href(&self, path: &str, zone: Zone, fields: &[(&str, &str)]) -> String {
        let mut query = vec![];
        for (name, value) in fields {
            query.push(format!("{name}={}", encoded(value)));
        }
        if !self.zone.is_empty() {
            query.push(format!("zone={}", encoded(zone.name())));
        }
        if !self.k.is_empty() {
            query.push(format!("k={}", encoded(&self.k)));
        }
        format!("{path}?{}", query.join("&"))
    }
}

/// Percent-encoded but for what stands in a query as it is.
fn encoded(text: &str) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/' | b':');
    text.bytes().fold(String::new(), |out, byte| {
        if plain(byte) { out + &char::from(byte).to_string() } else { out + &format!("%{byte:02X}") }
    })
}

/// `GET /b/{name}`: the times, or the form of one.
pub(super) async fn show(visit: Visit, name: Path<String>, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    match Timestamp::parse_rfc3339(&asked.start) {
        Some(start) => show_form(&visit, &name, &asked, start).await,
        None => show_times(&visit, &name, &asked).await,
    }
}

fn path(offer: &Offer) -> String {
    offer.link.path()
}

async fn show_times(visit: &Visit, name: &str, asked: &Asked) -> Answer {
    let (looked_for, wish, seen) = (name.to_owned(), asked.clone(), visit.clone());
    let read = visit.read(move |cx| {
        let offer = booking::open(cx, &looked_for, wish.pass().as_deref())?;
        let zone = wish.zone(&seen, &offer);
        let from = day_start(zone, &wish.from).unwrap_or(cx.now).max(cx.now);
        let free = booking::slots(cx, &offer, wish.minutes(&offer), (from, from.plus(LOOKS_MS)))?;
        Ok((offer, free, from))
    });
    let (offer, free, from) = read.await?;
    ok(&times(visit, asked, &offer, &free, from))
}

/// When a day begins in a zone.
fn day_start(zone: Zone, date: &str) -> Option<Timestamp> {
    let date = NaiveDate::parse_from_str(date.trim(), "%Y-%m-%d").ok()?;
    Some(zone.midnight(date))
}

fn heading(offer: &Offer, is_stale: bool) -> Heading {
    let says = &offer.link.says;
    Heading {
        title: says.title.clone(),
        host: offer.host.words().to_owned(),
        place: if says.place_words.is_empty() && says.place == Place::InPerson && !offer.rooms.is_empty() {
            format!("{}: {}", says.place.words(), offer.rooms.join(", "))
        } else if says.place_words.is_empty() {
            says.place.words().to_owned()
        } else {
            format!("{}: {}", says.place.words(), says.place_words)
        },
        description: says.description.clone(),
        by_hand: is_stale || offer.link.is_by_hand(),
        is_stale,
    }
}

fn frame(visit: &Visit, offer: &Offer, zone: Zone) -> Frame {
    let title = format!("{} with {}", offer.link.says.title, offer.host.words());
    visit.frame_in(&title, Nav::Elsewhere, zone)
}

fn times(visit: &Visit, asked: &Asked, offer: &Offer, free: &Free, from: Timestamp) -> Times {
    let zone = asked.zone(visit, offer);
    let minutes = asked.minutes(offer).to_string();
    let path = path(offer);
    let mut by_day: BTreeMap<NaiveDate, Vec<Time>> = BTreeMap::new();
    for time in &free.times {
        by_day.entry(zone.date(time.start)).or_default().push(*time);
    }
    let later = by_day
        .keys()
        .nth(DAYS_SHOWN)
        .map(|date| asked.href(&path, zone, &[("length", &minutes), ("from", &date.to_string())]));
    let is_later = !asked.from.is_empty() && from > visit.now;
    let mut hidden: Vec<Hidden> = vec![("length", minutes.clone())];
    if is_later {
        hidden.push(("from", asked.from.clone()));
    }
    if !asked.k.is_empty() {
        hidden.push(("k", asked.k.clone()));
    }
    let says = &offer.link.says;
    let lengths = says.lengths.iter().map(|length| LengthLink {
        words: format!("{length} minutes"),
        href: asked.href(&path, zone, &[("length", &length.to_string())]),
        chosen: *length == asked.minutes(offer),
    });
    Times {
        frame: frame(visit, offer, zone),
        heading: heading(offer, free.is_stale),
        lengths: if says.lengths.len() > 1 { lengths.collect() } else { Vec::new() },
        zone_words: zone.named(from),
        zone: if zone_error(asked).is_empty() { zone.name().to_owned() } else { asked.zone.clone() },
        zone_error: zone_error(asked).to_owned(),
        is_guess: asked.zone.is_empty() && !visit.has_zone(),
        hidden,
        days: days_of(&free.times, zone, DAYS_SHOWN, |start| {
            asked.href(&path, zone, &[("length", &minutes), ("start", &start.to_rfc3339())])
        }),
        earlier: is_later.then(|| asked.href(&path, zone, &[("length", &minutes)])),
        later,
        path,
    }
}

fn zone_error(asked: &Asked) -> &'static str {
    if asked.zone.is_empty() || Zone::parse(&asked.zone).is_some() {
        ""
    } else {
        "That is not a time zone. It should look like Europe/Paris."
    }
}

/// The first days that have times, each time with where it leads.
pub(super) fn days_of(
    times: &[Time],
    zone: Zone,
    most: usize,
    href: impl Fn(Timestamp) -> String,
) -> Vec<Day> {
    let hour = |time: &Time| zone.local(time.start).format("%H:%M").to_string();
    let day = |(date, times): (NaiveDate, Vec<Time>)| {
        let link = |time: &Time| {
            let mut words = hour(time);
            // Where clocks go back, an hour comes twice.
            if times.iter().filter(|other| hour(other) == words).count() > 1 {
                words = format!("{words} ({})", zone.offset(time.start));
            }
            TimeLink { words, iso: time.start.to_rfc3339(), href: href(time.start) }
        };
        Day { words: long_date(date), times: times.iter().map(link).collect() }
    };
    by_day(times, zone).into_iter().take(most).map(day).collect()
}

fn by_day(times: &[Time], zone: Zone) -> BTreeMap<NaiveDate, Vec<Time>> {
    let mut by_day: BTreeMap<NaiveDate, Vec<Time>> = BTreeMap::new();
    for time in times {
        by_day.entry(zone.date(time.start)).or_default().push(*time);
    }
    by_day
}

/// What a guest typed.
#[derive(Clone, Default)]
struct Typed {
    name: String,
    email: String,
    answers: Vec<String>,
    errors: FieldErrors,
}

impl Typed {
    /// Somebody who is signed in is known.
    fn of_viewer(user: Option<&User>) -> Self {
        let Some(user) = user else { return Self::default() };
        Self { name: user.name.clone(), email: user.address.as_str().to_owned(), ..Self::default() }
    }
}

async fn show_form(visit: &Visit, name: &str, asked: &Asked, start: Timestamp) -> Answer {
    let (looked_for, wish) = (name.to_owned(), asked.clone());
    let read = visit.read(move |cx| {
        let offer = booking::open(cx, &looked_for, wish.pass().as_deref())?;
        let minutes = wish.minutes(&offer);
        let free = booking::slots(cx, &offer, minutes, (start, start.plus(i64::from(minutes) * 60_000)))?;
        let near = if free.times.iter().any(|time| time.start == start) {
            None
        } else {
            Some(booking::near(cx, &offer, minutes, start)?)
        };
        Ok((offer, free.is_stale, near))
    });
    let (offer, is_stale, near) = read.await?;
    match near {
        None => ok(&form(visit, asked, (&offer, is_stale), start, Typed::of_viewer(visit.user().ok()))),
        Some(near) => taken(visit, asked, &offer, start, &near),
    }
}

fn form(
    visit: &Visit,
    asked: &Asked,
    (offer, is_stale): (&Offer, bool),
    start: Timestamp,
    typed: Typed,
) -> BookForm {
    let zone = asked.zone(visit, offer);
    let minutes = asked.minutes(offer);
    let path = path(offer);
    let mut hidden: Vec<Hidden> = vec![
        ("start", start.to_rfc3339()),
        ("length", minutes.to_string()),
        ("zone", zone.name().to_owned()),
    ];
    if !asked.k.is_empty() {
        hidden.push(("k", asked.k.clone()));
    }
    let date = zone.date(start).to_string();
    let errors = renamed(&typed.errors);
    let questions = offer.link.says.questions.iter().enumerate().map(|(at, question)| QuestionField {
        field: format!("answer-{}", at + 1),
        label: question.label.clone(),
        required: question.required,
        long: question.long,
        value: typed.answers.get(at).cloned().unwrap_or_default(),
    });
    BookForm {
        frame: frame(visit, offer, zone),
        heading: heading(offer, is_stale),
        when: When::span(zone, start, start.plus(i64::from(minutes) * 60_000)),
        back: asked.href(&path, zone, &[("length", &minutes.to_string()), ("from", &date)]),
        action: path,
        hidden,
        name: typed.name,
        email: typed.email,
        questions: questions.collect(),
        errors,
    }
}

/// The errors of the answers, by the names of the fields.
fn renamed(errors: &FieldErrors) -> FieldErrors {
    let mut renamed = FieldErrors::none();
    for (field, message) in errors.all() {
        let at =
            field.strip_prefix("answers[").and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
        let field = at.map_or_else(|| field.clone(), |at| format!("answer-{}", at + 1));
        renamed.add(field, message.clone());
    }
    renamed
}

/// The page for a time that cannot be had, with the nearest that can.
fn taken(visit: &Visit, asked: &Asked, offer: &Offer, start: Timestamp, near: &[Time]) -> Answer {
    let zone = asked.zone(visit, offer);
    let minutes = asked.minutes(offer);
    let near = near.iter().map(|time| {
        let fields = [("length", &*minutes.to_string()), ("start", &*time.start.to_rfc3339())];
        Choice::new(asked.href(&path(offer), zone, &fields), zone.short(time.start), "", false)
    });
    let now = BookNow {
        frame: frame(visit, offer, zone),
        title: offer.link.says.title.clone(),
        host: offer.host.words().to_owned(),
        when: Some(When::span(zone, start, start.plus(i64::from(minutes) * 60_000))),
        now: Now::Taken(near.collect()),
        action: String::new(),
        other_times: asked.href(&path(offer), zone, &[("length", &minutes.to_string())]),
    };
    page(StatusCode::CONFLICT, &now)
}

/// `POST /b/{name}`: asks for a time.
pub(super) async fn ask(posted: Posted, name: Path<String>) -> Answer {
    posted.check_token()?;
    let asked = Asked::of(&posted);
    let answers: Vec<String> =
        (1..=5).map(|number| posted.fields.owned(&format!("answer-{number}"))).collect();
    let (name_typed, email) = (posted.fields.owned("name"), posted.fields.owned("email"));
    let picked = Timestamp::parse_rfc3339(&asked.start);
    let (visit, looked_for) = (posted.visit.clone(), name.clone());
    let (wish, typed_answers, typed_email) = (asked.clone(), answers.clone(), email.clone());
    let (who, visitor, called) = (visit.actor(), visit.visitor(), name_typed.clone());
    let came = posted.write(move |cx| {
        let offer = booking::open(cx, &looked_for, wish.pass().as_deref())?;
        let is_stale = booking::slots(cx, &offer, wish.minutes(&offer), (cx.now, cx.now))?.is_stale;
        let start = picked.ok_or_else(|| Error::invalid("start", "Pick one of the times of the page."))?;
        let mut given = typed_answers.clone();
        given.truncate(offer.link.says.questions.len());
        let request = Address::required("email", &typed_email).map(|address| Request {
            start,
            minutes: wish.minutes(&offer),
            name: called.clone(),
            address,
            zone: wish.zone(&visit, &offer),
            answers: given,
        });
        let requested = booking::request(cx, &who, &offer, &request?, &visitor)?;
        Ok((offer, is_stale, requested))
    });
    let came = came.await;
    let start = picked.unwrap_or(posted.visit.now);
    match came {
        Ok((offer, is_stale, requested)) => {
            requested_page(&posted.visit, &asked, (&offer, is_stale, start), requested)
        }
        Err(error) => {
            let errors = FieldErrors::from_error(&error).filter(|_| picked.is_some());
            let Some(errors) = errors else { return refused(&posted.visit, error) };
            let typed = Typed { name: name_typed, email, answers, errors };
            form_again(&posted.visit, &name, &asked, start, typed).await
        }
    }
}

fn refused(visit: &Visit, error: Error) -> Answer {
    if error.code() == "booking.own" {
        let frame = visit.frame("Your own page", Nav::Elsewhere);
        return page(StatusCode::CONFLICT, &bare(frame, Now::Own));
    }
    Err(error.into())
}

async fn form_again(visit: &Visit, name: &str, asked: &Asked, start: Timestamp, typed: Typed) -> Answer {
    let (looked_for, wish) = (name.to_owned(), asked.clone());
    let read = visit.read(move |cx| {
        let offer = booking::open(cx, &looked_for, wish.pass().as_deref())?;
        let free = booking::slots(cx, &offer, wish.minutes(&offer), (cx.now, cx.now))?;
        Ok((offer, free.is_stale))
    });
    let (offer, is_stale) = read.await?;
    page(StatusCode::UNPROCESSABLE_ENTITY, &form(visit, asked, (&offer, is_stale), start, typed))
}

fn requested_page(
    visit: &Visit,
    asked: &Asked,
    (offer, is_stale, start): (&Offer, bool, Timestamp),
    requested: Requested,
) -> Answer {
    let zone = asked.zone(visit, offer);
    match requested {
        Requested::Taken { alternatives } => taken(visit, asked, offer, start, &alternatives),
        Requested::Asked { until, .. } => {
            let end = start.plus(i64::from(asked.minutes(offer)) * 60_000);
            ok(&BookNow {
                frame: visit.frame_in("Look in your mailbox", Nav::Elsewhere, zone),
                title: offer.link.says.title.clone(),
                host: offer.host.words().to_owned(),
                when: Some(When::span(zone, start, end)),
                now: Now::Look { until: zone.short(until), by_hand: is_stale || offer.link.is_by_hand() },
                action: String::new(),
                other_times: String::new(),
            })
        }
        // Without the letter there is no link to take it back by.
        Requested::Confirmed(opened) => ok(&state(visit, &opened, false)),
    }
}

fn bare(frame: Frame, now: Now) -> BookNow {
    BookNow {
        frame,
        title: String::new(),
        host: String::new(),
        when: None,
        now,
        action: String::new(),
        other_times: String::new(),
    }
}

/// How a booking stands, for its guest.
fn state(visit: &Visit, opened: &Opened, has_link: bool) -> BookNow {
    let booking = &opened.booking;
    let zone = visit.zone(Some(booking.guest_zone));
    let until = zone.short(booking.expires_at);
    let was_in_time = booking.settled_at.is_some_and(|at| at < booking.expires_at);
    let now = match booking.state {
        BookingState::Unconfirmed => Now::Confirm(until),
        BookingState::Waiting => Now::Waiting(if has_link { until } else { String::new() }),
        BookingState::Booked => Now::Booked,
        BookingState::Declined => Now::Declined,
        BookingState::Expired if was_in_time => Now::Taken(Vec::new()),
        BookingState::Expired => Now::Expired,
        BookingState::Withdrawn => Now::Withdrawn,
    };
    let offers_more = opened.host.is_some()
        && opened.link.state == booking::LinkState::Active
        && !opened.link.needs_pass()
        && booking.state.is_over();
    BookNow {
        frame: visit.frame_in("Your time", Nav::Elsewhere, zone),
        title: opened.link.says.title.clone(),
        host: opened.host.as_ref().map_or("your host", |host| host.words()).to_owned(),
        when: Some(When::span(zone, booking.start, booking.end)),
        now,
        action: visit.path.clone(),
        other_times: if offers_more { opened.link.path() } else { String::new() },
    }
}

/// The secret of the letter's link.
#[derive(serde::Deserialize)]
pub(super) struct Secret {
    #[serde(default)]
    t: String,
}

/// `GET /booking?t=…`.
pub(super) async fn look(visit: Visit, asked: Query<Secret>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| booking::look(cx, &secret)).await {
        Ok(opened) => ok(&state(&visit, &opened, true)),
        Err(error) => unknown(&visit, error),
    }
}

fn unknown(visit: &Visit, error: Error) -> Answer {
    if !matches!(error, Error::NotFound(_)) {
        return refused(visit, error);
    }
    visit.web.state.limits.unknown_link(visit.from)?;
    let frame = visit.frame("Link not known", Nav::Elsewhere);
    page(StatusCode::NOT_FOUND, &bare(frame, Now::Unknown))
}

/// `POST /booking?t=…`: confirms, or takes it back. A browser in which it was confirmed is remembered as one whose person
/// reads the mail of that address.
pub(super) async fn act(posted: Posted, asked: Query<Secret>) -> Answer {
    posted.check_token()?;
    let withdraws = posted.fields.pressed() == "withdraw";
    let (who, secret) = (posted.visit.bearer(), asked.t.clone());
    let done = posted.write(move |cx| {
        if withdraws {
            return Ok((booking::withdraw(cx, &who, &secret)?, None));
        }
        let opened = booking::confirm(cx, &who, &secret)?;
        let is_good = matches!(opened.booking.state, BookingState::Booked | BookingState::Waiting);
        let proof = is_good.then(|| booking::proof(cx, &opened.booking.guest_hash));
        Ok((opened, proof))
    });
    match done.await {
        Ok((opened, proof)) => {
            let mut response = ok(&state(&posted.visit, &opened, true))?;
            remember(&posted.visit, &mut response, proof.as_deref())?;
            Ok(response)
        }
        Err(error) => {
            if matches!(error, Error::NotFound(_)) {
                let who = posted.visit.bearer();
                let store = &posted.visit.web.store;
                store.write(move |cx| by_link::invalid(cx, &who, Purpose::Booking)).await?;
            }
            unknown(&posted.visit, error)
        }
    }
}

fn remember(visit: &Visit, response: &mut HttpResponse, proof: Option<&str>) -> Result<()> {
    let Some(proof) = proof else { return Ok(()) };
    let cookie = session::guest(proof, &visit.web.store.ground().house.public_url);
    response.add_cookie(&cookie).map_err(Error::internal)
}

impl Visit {
    /// Who asks for a time, as far as it is known.
    fn visitor(&self) -> Visitor {
        Visitor {
            client: crate::web::client::bucket(self.from).to_string(),
            proof: self.guest.clone(),
            account: self.user().ok().map(|user| user.address.clone()),
        }
    }
}
