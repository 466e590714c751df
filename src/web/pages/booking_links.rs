//! Booking links of somebody who is signed in: the list with what waits, one of them, and what is done to them.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};

use super::booking_form::{form, read_form, typed};
use super::conditions::minutes;
use super::rooms;
use super::visit::{Answer, Posted, SignedIn, Visit, again, ok, page, see_other};
use super::words;
use crate::base::error::{Error, Result};
use crate::base::house::House;
use crate::base::id::{BookingId, BookingLinkId};
use crate::base::time::{Timestamp, Zone};
use crate::booking::{self, Booking, BookingLink, BookingState, LinkChange, LinkState, NewLink, Page, Pass};
use crate::web::view::booking_links::{
    AskedFor, BookingLinkPage, BookingLinks, BookingRow, LinkForm, LinkRow, NewBookingLink, PassRow,
};
use crate::web::view::parts::{FieldErrors, Nav, Pager, Pill, Tone, When};

/// How many bookings of a link a page shows.
const SHOWN: u32 = 30;
/// How many single-use addresses are listed.
const PASSES_SHOWN: u32 = 50;

/// What a guest said to a page's questions.
fn said(booking: &Booking) -> Vec<(String, String)> {
    booking.answers.iter().map(|one| (one.question.clone(), one.answer.clone())).collect()
}

/// What waits, as its owner sees it.
pub(super) fn asked_for(booking: &Booking, title: &str, zone: Zone) -> AskedFor {
    AskedFor {
        action: format!("/bookings/{}", booking.id),
        who: booking.guest_name.clone(),
        title: title.to_owned(),
        when: When::span(zone, booking.start, booking.end),
        said: said(booking),
        closes: format!("The time is held until {}.", zone.short(booking.expires_at)),
    }
}

fn row(visit: &Visit, link: &BookingLink) -> LinkRow {
    let is_active = link.state == LinkState::Active;
    LinkRow {
        id: link.id.to_string(),
        title: link.says.title.clone(),
        address: format!("{}{}", visit.web.store.ground().house.public_url, link.path()),
        facts: facts(link),
        is_active,
        pill: if is_active { Pill::new("on", Tone::Yes) } else { Pill::new("off", Tone::Plain) },
    }
}

/// `30 or 60 minutes, by video, booked at once`.
fn facts(link: &BookingLink) -> String {
    let says = &link.says;
    let lengths = match says.lengths.as_slice() {
        [one] => minutes(*one, ""),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(ToString::to_string).collect();
            format!("{} or {last} minutes", first.join(", "))
        }
        [] => String::new(),
    };
    let by = if link.is_by_hand() { "you confirm each" } else { "booked at once" };
    let to = if link.needs_pass() { ", by single-use addresses" } else { "" };
    format!("{lengths}, {}, {by}{to}", says.place.words())
}

/// `GET /booking-links`.
pub(super) async fn list(visit: Visit) -> Answer {
    visit.user()?;
    let who = visit.actor();
    let read = visit.read(move |cx| Ok((booking::mine(cx, &who)?, booking::waiting(cx, &who)?)));
    let (links, waiting) = read.await?;
    let zone = visit.zone(None);
    ok(&BookingLinks {
        frame: visit.frame("Booking links", Nav::Booking),
        waiting: waiting.iter().map(|(booking, link)| asked_for(booking, &link.says.title, zone)).collect(),
        rows: links.iter().map(|link| row(&visit, link)).collect(),
    })
}

fn house(visit: &Visit) -> &House {
    &visit.web.store.ground().house
}

/// `GET /booking-links/new`.
pub(super) async fn new(visit: Visit) -> Answer {
    visit.user()?;
    let mut form = form(&NewLink::default(), 0, house(&visit));
    form.rooms = rooms::offered(&visit, form.rooms).await?;
    ok(&NewBookingLink { frame: visit.frame("A new booking link", Nav::Booking), form })
}

/// `POST /booking-links`: by the form, or at once with what is usual.
pub(super) async fn make(SignedIn(posted): SignedIn) -> Answer {
    let new = match posted.fields.pressed() {
        "quick" => Ok(NewLink::default()),
        _ => read_form(&posted.fields),
    };
    let who = posted.visit.actor();
    let made = match new {
        Ok(new) => posted.write(move |cx| booking::offer(cx, &who, &new)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(link) => Ok(see_other(&format!("/booking-links/{}?done=link-made", link.id))),
        Err(error) => {
            let Some(errors) = FieldErrors::from_error(&error) else { return Err(error.into()) };
            let visit = &posted.visit;
            let mut form = typed(&posted.fields, &NewLink::default(), (0, house(visit)), errors);
            form.rooms = rooms::offered(visit, form.rooms).await?;
            again(&NewBookingLink { frame: visit.frame("A new booking link", Nav::Booking), form })
        }
    }
}

/// Where a page of bookings begins.
#[derive(serde::Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: String,
}

impl After {
    fn place(&self) -> Option<(Timestamp, BookingId)> {
        let (at, id) = self.after.split_once('.')?;
        Some((Timestamp::from_ms(at.parse().ok()?), id.parse().ok()?))
    }
}

/// What came of the page's form.
#[derive(Default)]
struct Came {
    form: Option<LinkForm>,
    fresh: Option<String>,
}

/// `GET /booking-links/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>, after: Query<After>) -> Answer {
    visit.user()?;
    shown(&visit, id.parse()?, after.place(), Came::default(), StatusCode::OK).await
}

type Sight = (BookingLink, Vec<Pass>, Page, Vec<(Booking, BookingLink)>);

async fn shown(
    visit: &Visit,
    id: BookingLinkId,
    after: Option<(Timestamp, BookingId)>,
    came: Came,
    status: StatusCode,
) -> Answer {
    let who = visit.actor();
    let sight = visit.read(move |cx| {
        Ok((
            booking::get(cx, &who, id)?,
            booking::passes(cx, &who, id, PASSES_SHOWN)?,
            booking::bookings(cx, &who, id, after, SHOWN)?,
            booking::waiting(cx, &who)?,
        ))
    });
    let (link, passes, found, waiting): Sight = sight.await?;
    let zone = visit.zone(None);
    let path = format!("/booking-links/{id}");
    let next = found.next.map(|(start, id)| format!("{path}?after={}.{id}", start.ms()));
    let mut form = came.form.unwrap_or_else(|| form(&link.says, link.version, house(visit)));
    form.rooms = rooms::offered(visit, form.rooms).await?;
    page(
        status,
        &BookingLinkPage {
            frame: visit.frame(&link.says.title, Nav::Booking),
            row: row(visit, &link),
            fresh: came.fresh,
            is_single_use: link.needs_pass(),
            passes: passes.iter().map(|pass| pass_row(visit, pass)).collect(),
            waiting: waiting
                .iter()
                .filter(|(booking, _)| booking.link == id)
                .map(|(booking, link)| asked_for(booking, &link.says.title, zone))
                .collect(),
            bookings: found.bookings.iter().map(|one| booking_row(one, zone, visit.now)).collect(),
            pager: Pager { first: after.map(|_| path.clone()), next },
            path,
            form,
        },
    )
}

fn pass_row(visit: &Visit, pass: &Pass) -> PassRow {
    let is_over = pass.expires_at <= visit.now;
    let until = words::near(visit.zone(None), pass.expires_at, visit.now);
    let opens = if is_over { "opened" } else { "opens" };
    PassRow {
        words: pass.words.clone(),
        when: format!("{opens} until {until}"),
        pill: match (pass.is_used, is_over) {
            (true, _) => Pill::new("used", Tone::Yes),
            (false, true) => Pill::new("out of time", Tone::Plain),
            (false, false) => Pill::new("not used yet", Tone::Plain),
        },
    }
}

fn booking_row(booking: &Booking, zone: Zone, now: Timestamp) -> BookingRow {
    BookingRow {
        who: booking.guest_name.clone(),
        when: When::span(zone, booking.start, booking.end),
        pill: match booking.state_at(now) {
            BookingState::Unconfirmed => Pill::new("not confirmed yet", Tone::Plain),
            BookingState::Waiting => Pill::new("waits for you", Tone::Wait),
            BookingState::Booked => Pill::new("booked", Tone::Yes),
            BookingState::Declined => Pill::new("declined", Tone::No),
            BookingState::Expired => Pill::new("out of time", Tone::Plain),
            BookingState::Withdrawn => Pill::new("taken back", Tone::Plain),
        },
        href: booking.meeting.map_or_else(String::new, |id| format!("/meetings/{id}")),
    }
}

/// `POST /booking-links/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: BookingLinkId = id.parse()?;
    let path = format!("/booking-links/{id}");
    let switch = |active| LinkChange { active: Some(active), ..LinkChange::default() };
    match posted.fields.pressed() {
        "pause" => {
            change(&posted, id, switch(false)).await?;
            Ok(see_other(&format!("{path}?done=link-off")))
        }
        "resume" => {
            change(&posted, id, switch(true)).await?;
            Ok(see_other(&format!("{path}?done=link-on")))
        }
        "remove" => {
            let who = posted.visit.actor();
            posted.write(move |cx| booking::remove(cx, &who, id)).await?;
            Ok(see_other("/booking-links?done=link-removed"))
        }
        "pass" => pass(&posted, id).await,
        "save" => save(&posted, id, &path).await,
        _ => Err(Error::invalid("do", "This button is none of ours.").into()),
    }
}

async fn change(posted: &Posted, id: BookingLinkId, change: LinkChange) -> Result<()> {
    let who = posted.visit.actor();
    posted.write(move |cx| booking::change(cx, &who, id, change.clone()).map(drop)).await
}

/// Makes a single-use address, which is shown this once.
async fn pass(posted: &Posted, id: BookingLinkId) -> Answer {
    let (who, said) = (posted.visit.actor(), posted.fields.owned("words"));
    let made = posted.write(move |cx| {
        let (secret, _) = booking::pass(cx, &who, id, &said)?;
        let link = booking::get(cx, &who, id)?;
        Ok(format!("{}{}?k={}", cx.house().public_url, link.path(), secret.expose()))
    });
    let fresh = Some(made.await?);
    shown(&posted.visit, id, None, Came { fresh, form: None }, StatusCode::OK).await
}

async fn save(posted: &Posted, id: BookingLinkId, path: &str) -> Answer {
    let version = posted.fields.get("version").parse().ok();
    let saved = match read_form(&posted.fields) {
        Ok(says) => change(posted, id, LinkChange { version, ..LinkChange::to(says) }).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(see_other(&format!("{path}?done=saved"))),
        Err(error) => {
            let Some(errors) = FieldErrors::from_error(&error) else { return Err(error.into()) };
            let who = posted.visit.actor();
            let link = posted.visit.read(move |cx| booking::get(cx, &who, id)).await?;
            let version = version.unwrap_or(link.version);
            let form = typed(&posted.fields, &link.says, (version, house(&posted.visit)), errors);
            let came = Came { form: Some(form), fresh: None };
            shown(&posted.visit, id, None, came, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// `POST /bookings/{id}`: approves or declines.
pub(super) async fn decide(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: BookingId = id.parse()?;
    let (who, said) = (posted.visit.actor(), posted.fields.owned("words"));
    let approves = match posted.fields.pressed() {
        "approve" => true,
        "decline" => false,
        _ => return Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    };
    let decided = posted.write(move |cx| {
        if approves { booking::approve(cx, &who, id) } else { booking::decline(cx, &who, id, &said) }
    });
    let link = decided.await?.link;
    let done = if approves { "booked" } else { "booking-declined" };
    Ok(see_other(&format!("/booking-links/{link}?done={done}")))
}
