//! A house for a bench: a durable store in a directory of its own.

use std::path::Path;
use std::sync::Arc;

use entente::base::actor::{Actor, Road, Who};
use entente::base::text::Address;
use entente::base::time::{DAY, HOUR, Timestamp};
use entente::base::{Chance, Clock, House, Keys};
use entente::journal;
use entente::meetings::{NewMeeting, Person};
use entente::store::{Ground, Options, Store};

/// Opens a store with full durability.
pub fn open(directory: &Path) -> Store {
    let organizer = Address::parse("scheduling@example.org").expect("an address");
    let ground = Ground {
        clock: Clock::system(),
        chance: Chance::system(),
        keys: Keys::derive(&[7; 32]),
        house: Arc::new(House::new(organizer, "http://localhost:8080")),
        instance: "bench".into(),
    };
    Store::open(&Options::at(directory.join("entente.db")), ground, journal::seal).expect("a store").0
}

/// The operator.
pub fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Api, "0af7651916cd43dd8448eb211c80319c")
}

/// A meeting of two, tomorrow.
pub fn meeting(now: Timestamp, number: usize) -> NewMeeting {
    let person = |word: &str| Person {
        address: Address::parse(&format!("{word}{number}@example.org")).expect("an address"),
        name: Some(format!("{word} {number}")),
        zone: None,
    };
    NewMeeting {
        title: "Practice session".into(),
        start: now.plus(DAY),
        end: now.plus(DAY + HOUR),
        location: "Video".into(),
        video: false,
        description: "As every week.".into(),
        host: person("host"),
        guests: vec![person("guest")],
        decline: None,
        approval: None,
    }
}
