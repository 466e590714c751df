//! Tests of booking links: a town with a host and a few guests, and every verb from both sides.

mod limits;
mod owners;
mod people;
mod rescheduling;
mod rooms;
mod stories;
mod times;

use super::*;
use crate::accounts::{self, NewUser, Role};
use crate::base::actor::{Road, Who};
use crate::base::house::House;
use crate::base::id::{AgentId, BookingId, BookingLinkId, Id};
use crate::base::time::{DAY, HOUR, MINUTE, Timestamp, Zone};
use crate::journal;
use crate::links::Purpose;
use crate::meetings;
use crate::post::letter::{Kept, Says};
use crate::post::tests::{NOW, Town, address};
use crate::store::Cx;

const ANA: &str = "ana@example.org";
const ROBIN: &str = "robin@example.net";
const KIM: &str = "kim@example.com";

struct World {
    town: Town,
    /// The host: nine to five on weekdays in Paris.
    ana: Actor,
    ben: Actor,
}

fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "t")
}

fn anyone() -> Actor {
    Actor::new(Who::Anyone, Road::Page, "t")
}

fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
    refused.unwrap_err().code()
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

/// An instant.
fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// A link that lets everything be seen at once: no notice, half-hours.
fn link() -> NewLink {
    NewLink { name: "ana".to_owned(), notice_minutes: 0, ..NewLink::default() }
}

/// Somebody at a network address of their own.
fn visitor(client: &str) -> Visitor {
    Visitor { client: client.to_owned(), ..Visitor::default() }
}

impl World {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl Fn(&mut House)) -> Self {
        let town = Town::with(change);
        let [ana, ben] = ["Ana", "Ben"].map(|name| {
            let new = NewUser {
                address: address(&format!("{}@example.org", name.to_lowercase())),
                name: name.to_owned(),
                zone: Some(zone("Europe/Paris")),
                role: Role::Member,
            };
            let user = town.write(move |cx| accounts::add(cx, &operator(), &new)).unwrap();
            Actor::new(Who::User { id: user.id, admin: false }, Road::Page, "t")
        });
        Self { town, ana, ben }
    }

    /// A host with a link.
    fn offering(new: NewLink) -> (Self, BookingLink) {
        let world = Self::new();
        let link = world.offer(new).unwrap();
        (world, link)
    }

    fn offer(&self, new: NewLink) -> Result<BookingLink> {
        let who = self.ana.clone();
        self.town.write(move |cx| offer(cx, &who, &new))
    }

    fn change(&self, id: BookingLinkId, with: LinkChange) -> Result<BookingLink> {
        let who = self.ana.clone();
        self.town.write(move |cx| change(cx, &who, id, with.clone()))
    }

    fn open(&self, name: &str, pass: Option<&str>) -> Result<Offer> {
        self.town.store.read_blocking(|cx| open(cx, name, pass))
    }

    /// The free starts of the link `ana` between two instants.
    fn free(&self, minutes: u32, from: &str, to: &str) -> Vec<String> {
        let span = (at(from), at(to));
        let found = self.town.read(|cx| {
            let offer = open(cx, "ana", None)?;
            slots(cx, &offer, minutes, span)
        });
        found.times.iter().map(|time| time.start.to_rfc3339()).collect()
    }

    /// Asks for half an hour of the link `ana`.
    fn ask(&self, email: &str, start: &str) -> Result<Requested> {
        self.ask_as(email, start, &visitor(email))
    }

    fn ask_as(&self, email: &str, start: &str, visitor: &Visitor) -> Result<Requested> {
        let request = Request {
            start: at(start),
            minutes: 30,
            name: "Robin".to_owned(),
            address: address(email),
            zone: zone("America/New_York"),
            answers: Vec::new(),
        };
        self.ask_with(request, visitor)
    }

    fn ask_with(&self, request: Request, visitor: &Visitor) -> Result<Requested> {
        let visitor = visitor.clone();
        self.town.write(move |cx| {
            let offer = open(cx, "ana", None)?;
            super::request(cx, &anyone(), &offer, &request, &visitor)
        })
    }

    /// The secret in the newest letter that asks an address to confirm.
    fn secret(&self, email: &str) -> String {
        let found = self.letters_to(email).into_iter().rev().find_map(|kept| match kept.letter.says {
            Says::BookingConfirm { confirm, .. } => Some(confirm),
            _ => None,
        });
        self.town.secret(Purpose::Booking, found.expect("a letter that asks"))
    }

    fn letters_to(&self, email: &str) -> Vec<Kept> {
        let mut letters = self.town.letters();
        letters.retain(|kept| kept.letter.reader.address == email);
        letters
    }

    /// The kinds of the letters to an address, oldest first.
    fn kinds(&self, email: &str) -> Vec<&'static str> {
        self.letters_to(email).iter().map(|kept| kept.letter.says.kind()).collect()
    }

    fn confirm(&self, email: &str) -> Result<Opened> {
        let secret = self.secret(email);
        self.town.write(move |cx| confirm(cx, &anyone(), &secret))
    }

    /// Asks and confirms.
    fn book(&self, email: &str, start: &str) -> Booking {
        self.ask(email, start).unwrap();
        self.confirm(email).unwrap().booking
    }

    fn waiting(&self) -> Vec<Booking> {
        let who = self.ana.clone();
        self.town.read(|cx| waiting(cx, &who)).into_iter().map(|(booking, _)| booking).collect()
    }

    fn booking(&self, id: BookingId) -> Booking {
        let who = self.ana.clone();
        self.town.read(|cx| booking(cx, &who, id)).0
    }

    fn expire(&self) -> usize {
        self.town.write(|cx| expire_overdue(cx, &Actor::house("t"))).unwrap()
    }

    /// How many times are held of the host's.
    fn held(&self) -> usize {
        let count = "SELECT COUNT(*) AS many FROM holds WHERE expires_at > $1";
        self.town
            .read(|cx| {
                let now = cx.now;
                cx.db.one(count, crate::values![now], |row| row.get::<i64>("many"))
            })
            .map_or(0, |many| usize::try_from(many).unwrap())
    }

    /// Kinds and actors of what the journal has of something, oldest first.
    fn told(&self, subject: &impl ToString) -> Vec<(String, String)> {
        let entries = self.town.read(|cx| journal::story(cx, subject, 100));
        entries.into_iter().map(|entry| (entry.kind, entry.actor)).collect()
    }
}

/// The alternatives of a refusal, as starts.
fn alternatives(requested: Requested) -> Vec<String> {
    match requested {
        Requested::Taken { alternatives } => {
            alternatives.iter().map(|time| time.start.to_rfc3339()).collect()
        }
        other => panic!("it is not taken: {other:?}"),
    }
}
