//! What a guest does: ask for a time, confirm that the address is theirs, take it back.

use super::model::{self, Booking, BookingLink, BookingState, LINE_CHARS_MAX};
use super::open::{self, Host, Offer};
use super::times::{self, Checked, Stage, Time};
use super::{proof, sql, write};
use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::BookingId;
use crate::base::text::{self, Address};
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::links::{self, Purpose};
use crate::meetings::{self, NewMeeting, Person};
use crate::network::Place;
use crate::store::Cx;

/// How many times somebody at one network address may have held, without showing that an address is theirs.
const UNPROVEN: Budget = Budget { name: "booking-unproven", most: 10, window_ms: HOUR };
/// How many letters of this kind one address is sent.
const LETTERS: Budget = Budget { name: "booking-letters", most: 10, window_ms: DAY };
/// What a host has to decide at least, in milliseconds, however late a guest confirmed.
const DECIDE_MIN_MS: i64 = 30 * MINUTE;
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 80;

/// A time that a guest asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// When it begins.
    pub start: Timestamp,
    /// How long it is, in minutes.
    pub minutes: u32,
    /// What the guest is called.
    pub name: String,
    /// Where the guest's mail goes.
    pub address: Address,
    /// The zone the guest reads times in.
    pub zone: Zone,
    /// What they said to the questions, in order.
    pub answers: Vec<String>,
}

/// Who asks, as far as the door knows.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// What tells network addresses apart.
    pub client: String,
    /// What the browser keeps of an earlier confirmation ([`proof`](super::proof())).
    pub proof: Option<String>,
    /// The address of the account that is signed in.
    pub account: Option<Address>,
}

impl Visitor {
    /// Whether it is known that they read the mail of `address`.
    fn reads(&self, cx: &Cx<'_>, address: &Address) -> bool {
        self.account.as_ref().is_some_and(|own| own.key() == address.key())
            || self.proof.as_deref().is_some_and(|proof| proof::proven(cx, proof, address))
    }
}

/// What became of a request.
#[derive(Clone, Debug)]
pub enum Requested {
    /// The time is held until then; a letter went to the address, with the link that confirms.
    Asked {
        /// The booking.
        id: BookingId,
        /// Until when it can be confirmed.
        until: Timestamp,
    },
    /// The guest was known already, and so it was confirmed at once.
    Confirmed(Box<Opened>),
    /// Somebody else has the time, or it is not offered: nothing was kept.
    Taken {
        /// The times nearest to it.
        alternatives: Vec<Time>,
    },
}

/// A booking with what its guest may know.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The booking.
    pub booking: Booking,
    /// The link it was asked for at.
    pub link: BookingLink,
    /// Whose that is, while they offer anything.
    pub host: Option<Host>,
}

/// Asks for a time. It is held until the guest confirms by the link in the letter that goes to the address; a visitor who
/// is known to read its mail confirms at once.
pub fn request(
    cx: &mut Cx<'_>,
    who: &Actor,
    offer: &Offer,
    request: &Request,
    visitor: &Visitor,
) -> Result<Requested> {
    open::must_be_offered(&offer.link, request.minutes)?;
    let booking = drafted(cx, offer, request)?;
    let mine = sql::bookings_of_guest(cx, &booking.guest_hash)?;
    let is_same =
        |one: &&Booking| one.link == booking.link && one.start == booking.start && one.end == booking.end;
    let held = mine.iter().find(|one| is_same(one) && one.state_at(cx.now) == BookingState::Unconfirmed);
    if let Some(held) = held.filter(|_| !visitor.reads(cx, &request.address)) {
        return Ok(Requested::Asked { id: held.id, until: held.expires_at });
    }
    // What was offered to this browser may have been taken, paused or used up meanwhile.
    if let Checked::Taken { alternatives } =
        times::check(cx, &offer.link, &offer.host, &booking, Stage::Request)?
    {
        return Ok(Requested::Taken { alternatives });
    }
    let open: Vec<&Booking> = mine.iter().filter(|one| is_open(one, cx.now)).collect();
    if open.len() >= cx.house().booking_open_per_guest as usize {
        let words = too_many(cx, &open, visitor.reads(cx, &request.address))?;
        return Err(Error::refused("booking.too-many", words));
    }
    sql::insert_booking(cx, &booking)?;
    if let Some(pass) = &offer.pass {
        sql::use_pass(cx, pass, booking.id)?;
    }
    times::hold(cx, &booking, &offer.link, booking.expires_at)?;
    let data =
        serde_json::json!({ "start": booking.start.ms(), "end": booking.end.ms(), "link": booking.link });
    journal::append(
        cx,
        who,
        &Happening::to("booking.requested", &booking.id).with(&booking.user).data(&data),
    )?;
    if visitor.reads(cx, &request.address) {
        let opened = settle(cx, who, &booking, offer.link.clone())?;
        return Ok(Requested::Confirmed(Box::new(opened)));
    }
    limits::spend(cx, UNPROVEN, &visitor.client, 1)?;
    limits::spend(cx, LETTERS, &booking.guest_hash, 1)?;
    write::ask_guest(cx, who, &booking, &offer.link, &offer.host)?;
    Ok(Requested::Asked { id: booking.id, until: booking.expires_at })
}

fn is_open(booking: &Booking, now: Timestamp) -> bool {
    matches!(booking.state_at(now), BookingState::Unconfirmed | BookingState::Waiting)
}

/// Why no further time is held, and what can be done. What waits for whom is for the guest alone: whoever only types the
/// address learns that there are too many, and no more.
fn too_many(cx: &Cx<'_>, open: &[&Booking], is_theirs: bool) -> Result<String> {
    if !is_theirs || open.iter().any(|one| one.state_at(cx.now) == BookingState::Unconfirmed) {
        return Ok("Too many times are held for this address already. Confirm one that is not confirmed yet, by the link in \
            its mail, or wait until one is answered or free again."
            .to_owned());
    }
    let mut hosts: Vec<String> = Vec::new();
    for one in open {
        let name = match accounts::get(cx, one.user) {
            Ok(user) => user.given_name(),
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        };
        let name = name.unwrap_or_else(|| "your host".to_owned());
        if !hosts.contains(&name) {
            hosts.push(name);
        }
    }
    let many = open.len();
    let hosts = hosts.join(" and ");
    Ok(format!(
        "You have confirmed all {many} requests that are open, and they wait for {hosts}. There is room for another one as soon as \
        one is answered, or its time to be answered is over."
    ))
}

fn drafted(cx: &Cx<'_>, offer: &Offer, request: &Request) -> Result<Booking> {
    let name = text::name(&request.name, NAME_CHARS_MAX.min(LINE_CHARS_MAX));
    if name.is_empty() {
        return Err(Error::invalid("name", "Say who you are."));
    }
    if request.address.mailbox_key() == cx.house().organizer.mailbox_key() {
        return Err(Error::invalid("email", "This is the organizer's own mailbox, not a person's."));
    }
    let start = request.start.whole_second();
    Ok(Booking {
        id: cx.id(),
        link: offer.link.id,
        user: offer.link.user,
        start,
        end: start.plus(i64::from(request.minutes) * MINUTE),
        guest_name: name,
        guest_address: request.address.clone(),
        guest_hash: links::address_hash(cx, &request.address),
        guest_zone: request.zone,
        answers: model::answers(&offer.link.says.questions, &request.answers)?,
        state: BookingState::Unconfirmed,
        meeting: None,
        created_at: cx.now,
        expires_at: cx.now.plus(cx.house().booking_confirm_ms).min(start),
        settled_at: None,
    })
}

fn find(cx: &Cx<'_>, secret: &str) -> Result<(Booking, BookingLink)> {
    let unknown = || Error::NotFound("link");
    let link = links::find(cx, Purpose::Booking, secret)?;
    let id = link.about.detail.as_deref().ok_or_else(unknown)?.parse().map_err(|_| unknown())?;
    let booking =
        sql::booking(cx, id)?.filter(|one| one.guest_hash == link.address_hash).ok_or_else(unknown)?;
    let offered = sql::link(cx, booking.link)?.ok_or_else(unknown)?;
    Ok((booking, offered))
}

/// Opens the link of a guest's letter. Changes nothing.
pub fn look(cx: &Cx<'_>, secret: &str) -> Result<Opened> {
    let (booking, link) = find(cx, secret)?;
    opened(cx, booking, link)
}

pub(super) fn opened(cx: &Cx<'_>, booking: Booking, link: BookingLink) -> Result<Opened> {
    let host = match open::host_of(cx, &link) {
        Ok(host) => Some(host),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    let booking = Booking { state: booking.state_at(cx.now), ..booking };
    Ok(Opened { booking, link, host })
}

/// The guest confirms by the link of their letter. Once; the second press is answered as the first. What came of it is
/// the booking's state: a meeting, a question to the host, or nothing, where the time was taken meanwhile.
pub fn confirm(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<Opened> {
    let (booking, link) = find(cx, secret)?;
    if booking.state_at(cx.now) != BookingState::Unconfirmed {
        return opened(cx, booking, link);
    }
    settle(cx, who, &booking, link)
}

/// Books, or asks the host, for a guest whose address is known to be theirs.
fn settle(cx: &mut Cx<'_>, who: &Actor, booking: &Booking, link: BookingLink) -> Result<Opened> {
    let id = booking.id;
    let host = open::host_of(cx, &link)?;
    if host.address.mailbox_key() == booking.guest_address.mailbox_key() {
        return Err(Error::refused("booking.own", "This is your own page: nobody meets themselves."));
    }
    times::release(cx, id)?;
    match times::check(cx, &link, &host, booking, Stage::Confirm)? {
        Checked::Taken { .. } => {
            sql::settle(cx, id, BookingState::Expired, None)?;
            let data = serde_json::json!({ "word": "taken" });
            journal::append(cx, who, &Happening::to("booking.expired", &id).with(&link.user).data(&data))?;
        }
        Checked::Free { is_stale } if is_stale || link.is_by_hand() => {
            let notice = booking.start.plus(-i64::from(link.says.notice_minutes) * MINUTE);
            let until = cx.now.plus(cx.house().booking_decide_ms).min(notice);
            let until = until.max(cx.now.plus(DECIDE_MIN_MS)).min(booking.start);
            sql::set_waiting(cx, id, until)?;
            times::hold(cx, booking, &link, until)?;
            let data = serde_json::json!({ "start": booking.start.ms(), "end": booking.end.ms(), "stale": is_stale });
            journal::append(cx, who, &Happening::to("booking.waiting", &id).with(&link.user).data(&data))?;
        }
        Checked::Free { .. } => book(cx, who, booking, &link, &host)?,
    }
    let booking = sql::booking(cx, id)?.ok_or(Error::NotFound("booking"))?;
    opened(cx, booking, link)
}

/// Makes the meeting, in the name of the link's owner, and settles the booking. The caller has released the hold and
/// checked the time.
pub(super) fn book(
    cx: &mut Cx<'_>,
    who: &Actor,
    booking: &Booking,
    link: &BookingLink,
    host: &Host,
) -> Result<()> {
    let by_video = link.says.place == Place::Video && link.says.place_words.is_empty();
    let video = by_video && !cx.house().video_url.is_empty();
    let resources = times::rooms(cx, link)?;
    let is_in_room = link.says.place == Place::InPerson && !resources.is_empty();
    let new = NewMeeting {
        title: link.says.title.clone(),
        start: booking.start,
        end: booking.end,
        // Where they meet in a room, the room is the place.
        location: if link.says.place_words.is_empty() && is_in_room {
            String::new()
        } else if link.says.place_words.is_empty() {
            link.says.place.location().to_owned()
        } else {
            link.says.place_words.clone()
        },
        video,
        description: write::description(booking, link),
        host: Person { address: host.address.clone(), name: host.name.clone(), zone: Some(host.zone) },
        guests: vec![Person {
            address: booking.guest_address.clone(),
            name: Some(booking.guest_name.clone()),
            zone: Some(booking.guest_zone),
        }],
        resources,
        decline: None,
        approval: None,
    };
    // The guest has confirmed, and the host has said yes: to this request, or beforehand to whoever picks a time.
    let agreed = [host.address.clone(), booking.guest_address.clone()];
    let meeting = meetings::create_for(cx, who, link.user, &new, &agreed)?;
    sql::settle(cx, booking.id, BookingState::Booked, Some(meeting.id))?;
    let data = serde_json::json!({ "meeting": meeting.id, "link": link.id });
    journal::append(cx, who, &Happening::to("booking.booked", &booking.id).with(&link.user).data(&data))
        .map(drop)
}

/// The guest takes back what they asked for, by the link of their letter, before it is a meeting. A second press is
/// answered as the first.
pub fn withdraw(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<Opened> {
    let (booking, link) = find(cx, secret)?;
    if is_open(&booking, cx.now) {
        times::release(cx, booking.id)?;
        sql::settle(cx, booking.id, BookingState::Withdrawn, None)?;
        journal::append(cx, who, &Happening::to("booking.withdrawn", &booking.id).with(&link.user))?;
    } else if booking.state_at(cx.now) == BookingState::Booked {
        return Err(Error::refused(
            "booking.over",
            "This is a meeting by now. Decline the invitation, or ask for a new time.",
        ));
    }
    let booking = sql::booking(cx, booking.id)?.ok_or(Error::NotFound("booking"))?;
    opened(cx, booking, link)
}
