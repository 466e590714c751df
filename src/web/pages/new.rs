//! Booking a meeting.

use actix_web::http::StatusCode;

use super::once;
use super::rooms;
use super::visit::{self, Posted, SignedIn, Visit, ok, page, see_other};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::house::{Approval, Decline};
use crate::base::text::Address;
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::meetings::{self, NewMeeting, Person, Status};
use crate::store::Cx;
use crate::web::form::{Fields, Typed, beside_field};
use crate::web::view::meeting_forms::{GuestRow, MeetingForm, MeetingNew};
use crate::web::view::parts::{FieldErrors, Nav, When};

/// How many rows for guests a new form has.
const ROWS: usize = 2;
/// How many more are given at a time.
const MORE: usize = 3;
/// The most rows.
const ROWS_MAX: usize = 50;
/// How long a new meeting is at first.
const LENGTH_MS: i64 = 45 * MINUTE;

/// `GET /meetings/new`.
pub(super) async fn form(visit: Visit) -> visit::Answer {
    visit.user()?;
    let house = &visit.web.store.ground().house;
    let zone = visit.zone(None);
    // Tomorrow, at the next full hour.
    let start = visit.now.plus(DAY + HOUR - visit.now.ms().rem_euclid(HOUR));
    let (from, until) = (zone.local(start), zone.local(start.plus(LENGTH_MS)));
    let form = MeetingForm {
        title: house.default_title.clone(),
        date: from.format("%Y-%m-%d").to_string(),
        from: from.format("%H:%M").to_string(),
        until: until.format("%H:%M").to_string(),
        zone: zone.name().to_owned(),
        place: String::new(),
        video: (!house.video_url.is_empty()).then_some(false),
        description: String::new(),
        rooms: rooms::offered(&visit, Vec::new()).await?,
        other_times: Vec::new(),
        guests: vec![GuestRow::default(); ROWS],
        decline: MeetingForm::decline_choices(decline_word(house.decline)),
        approval: MeetingForm::approval_choices(approval_word(house.approval)),
        once: once::fresh(&visit),
        errors: FieldErrors::none(),
    };
    ok(&MeetingNew { frame: visit.frame("Book a meeting", Nav::Meetings), form })
}

fn decline_word(decline: Decline) -> &'static str {
    match decline {
        Decline::Strict => "strict",
        Decline::Soft => "soft",
    }
}

fn approval_word(approval: Approval) -> &'static str {
    match approval {
        Approval::Everyone => "everyone",
        Approval::Host => "host",
    }
}

/// `POST /meetings`.
pub(super) async fn book(SignedIn(posted): SignedIn) -> visit::Answer {
    let mut typed = typed(&posted);
    typed.rooms = rooms::offered(&posted.visit, typed.rooms).await?;
    if posted.fields.pressed() == "more" {
        let rows = (typed.guests.len() + MORE).min(ROWS_MAX);
        typed.guests.resize_with(rows, GuestRow::default);
        return came_back(&posted.visit, typed, StatusCode::OK);
    }
    let new = match new_meeting(&posted, &typed) {
        Ok(new) => new,
        Err(errors) => {
            typed.errors = errors;
            return came_back(&posted.visit, typed, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let asked = new.clone();
    let (who, form) = (posted.visit.actor(), typed.once.clone());
    let work =
        move |cx: &mut Cx<'_>| once::act(cx, &who, "POST /meetings", &form, |cx| booked(cx, &who, &new));
    let made = posted.write(work).await;
    match made {
        Ok(made) => Ok(see_other(&made)),
        Err(error) if error.code() == "meeting.room-taken" => {
            typed.other_times = other_times(&posted.visit, asked).await?;
            typed.errors = FieldErrors::one("resources", error.to_string());
            came_back(&posted.visit, typed, StatusCode::CONFLICT)
        }
        Err(error) => match beside_own_field(&error) {
            Some(errors) => {
                typed.errors = errors;
                came_back(&posted.visit, typed, StatusCode::UNPROCESSABLE_ENTITY)
            }
            None => Err(error.into()),
        },
    }
}

/// The nearest times at which all rooms that were asked for can be had.
async fn other_times(visit: &Visit, asked: NewMeeting) -> Result<Vec<(String, When)>> {
    let zone = asked.host.zone.unwrap_or_else(|| visit.zone(None));
    let who = visit.actor();
    let times = visit.read(move |cx| meetings::room_times(cx, who.user(), &asked)).await?;
    Ok(times.into_iter().map(|(start, end)| (start.ms().to_string(), When::span(zone, start, end))).collect())
}

/// Moves what was typed to one of the other times, where the button of one was pressed.
fn at_other_time(form: &mut MeetingForm, fields: &Fields) {
    let at = fields.get("at").parse().ok().map(Timestamp::from_ms);
    let read =
        Typed { date: &form.date, from: &form.from, until: &form.until, until_date: None, zone: &form.zone };
    let (Some(start), Ok(span), Some(zone)) = (at, read.span(), Zone::parse(&form.zone)) else { return };
    let (from, until) = (zone.local(start), zone.local(start.plus(span.1.since(span.0))));
    if from.date() == until.date() {
        form.date = from.format("%Y-%m-%d").to_string();
        form.from = from.format("%H:%M").to_string();
        form.until = until.format("%H:%M").to_string();
    }
}

/// Books; gives the page to go to.
fn booked(cx: &mut Cx<'_>, who: &Actor, new: &NewMeeting) -> Result<String> {
    let meeting = meetings::create(cx, who, new)?;
    let word = if meeting.status == Status::Open { "made" } else { "booked" };
    Ok(format!("/meetings/{}?done={word}", meeting.id))
}

/// What the room found wrong, beside this form's own fields.
fn beside_own_field(error: &Error) -> Option<FieldErrors> {
    let Error::Invalid { field, message } = error else { return None };
    match field.as_ref() {
        "guests" => Some(FieldErrors::one("guests[0].email", message.clone())),
        "location" => Some(FieldErrors::one("place", message.clone())),
        _ => beside_field(error),
    }
}

fn came_back(visit: &Visit, form: MeetingForm, status: StatusCode) -> visit::Answer {
    page(status, &MeetingNew { frame: visit.frame("Book a meeting", Nav::Meetings), form })
}

/// The form as it was typed.
fn typed(posted: &Posted) -> MeetingForm {
    let fields = &posted.fields;
    let house = &posted.visit.web.store.ground().house;
    let mut form = MeetingForm {
        title: fields.owned("title"),
        date: fields.owned("date"),
        from: fields.owned("from"),
        until: fields.owned("until"),
        zone: fields.owned("zone"),
        place: fields.owned("place"),
        video: (!house.video_url.is_empty()).then(|| fields.get("video") == "on"),
        description: fields.owned("description"),
        rooms: rooms::ticked(&rooms::typed(fields)),
        other_times: Vec::new(),
        guests: guests(fields),
        decline: MeetingForm::decline_choices(fields.get("decline")),
        approval: MeetingForm::approval_choices(fields.get("approval")),
        once: once::of(fields),
        errors: FieldErrors::none(),
    };
    at_other_time(&mut form, fields);
    form
}

fn guests(fields: &Fields) -> Vec<GuestRow> {
    let mut names = fields.all("guest_name");
    let mut emails = fields.all("guest_email");
    let mut rows = Vec::new();
    while rows.len() < ROWS_MAX {
        let (name, email) = (names.next(), emails.next());
        if name.is_none() && email.is_none() {
            break;
        }
        let own = |text: Option<&str>| text.unwrap_or_default().to_owned();
        rows.push(GuestRow { name: own(name), email: own(email) });
    }
    rows
}

fn new_meeting(posted: &Posted, form: &MeetingForm) -> Result<NewMeeting, FieldErrors> {
    let mut errors = FieldErrors::none();
    let typed =
        Typed { date: &form.date, from: &form.from, until: &form.until, until_date: None, zone: &form.zone };
    let span = match typed.span() {
        Ok(span) => Some(span),
        Err(found) => {
            errors = found;
            None
        }
    };
    let mut guests = Vec::new();
    for (n, row) in form.guests.iter().enumerate() {
        if row.email.trim().is_empty() && row.name.trim().is_empty() {
            continue;
        }
        match Address::required("email", &row.email) {
            Ok(address) => {
                let name = (!row.name.trim().is_empty()).then(|| row.name.clone());
                guests.push(Person { address, name, zone: None });
            }
            Err(error) => errors.add(format!("guests[{n}].email"), error.to_string()),
        }
    }
    let (Some((start, end)), Some((viewer, _)), true) = (span, &posted.visit.viewer, errors.is_empty())
    else {
        return Err(errors);
    };
    Ok(NewMeeting {
        title: form.title.clone(),
        start,
        end,
        location: form.place.clone(),
        video: form.video == Some(true),
        description: form.description.clone(),
        host: Person {
            address: viewer.user.address.clone(),
            name: viewer.user.given_name(),
            // What the meeting is told in is the zone it was booked in.
            zone: Zone::parse(&form.zone),
        },
        guests,
        resources: rooms::typed(&posted.fields),
        decline: match posted.fields.get("decline") {
            "strict" => Some(Decline::Strict),
            "soft" => Some(Decline::Soft),
            _ => None,
        },
        approval: match posted.fields.get("approval") {
            "everyone" => Some(Approval::Everyone),
            "host" => Some(Approval::Host),
            _ => None,
        },
    })
}
