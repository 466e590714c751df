//! Houses for a bench: a durable store in a directory of its own, meetings in it, and what serves it.

use std::path::Path;
use std::sync::Arc;

use entente::base::actor::{Actor, Road, Who};
use entente::base::house::Subaddress;
use entente::base::text::Address;
use entente::base::time::{DAY, HOUR, Timestamp};
use entente::base::{Chance, Clock, House, Keys};
use entente::journal;
use entente::meetings::{self, Meeting, NewMeeting, Person};
use entente::store::{Ground, Options, Store};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// The organizer of all meetings.
pub(crate) const ORGANIZER: &str = "scheduling@example.org";

/// Opens a store with full durability.
pub(crate) fn open(directory: &Path) -> Store {
    opened(directory, House::new(address(ORGANIZER), "http://localhost:8080"))
}

/// As [`open`], for a house whose mail leaves it, with tokens in the organizer's address.
pub(crate) fn open_with_mail(directory: &Path) -> Store {
    let mut house = House::new(address(ORGANIZER), "http://localhost:8080");
    house.is_mailroom = false;
    house.subaddress = Subaddress::On;
    opened(directory, house)
}

/// As [`open`], of a house with other policies.
pub(crate) fn open_with(directory: &Path, change: impl Fn(&mut House)) -> Store {
    let mut house = House::new(address(ORGANIZER), "http://localhost:8080");
    change(&mut house);
    opened(directory, house)
}

fn opened(directory: &Path, house: House) -> Store {
    let ground = Ground {
        clock: Clock::system(),
        chance: Chance::system(),
        keys: Keys::derive(&[7; 32]),
        house: Arc::new(house),
        instance: "bench".into(),
    };
    Store::open(&Options::at(directory.join("entente.db")), ground, journal::seal).expect("a store").0
}

/// As many threads as there are cores.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// An address.
pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

/// The operator.
pub(crate) fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Api, "0af7651916cd43dd8448eb211c80319c")
}

/// A meeting of two, tomorrow.
pub(crate) fn meeting(now: Timestamp, number: usize) -> NewMeeting {
    let person = |word: &str| Person {
        address: address(&format!("{word}{number}@example.org")),
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
        resources: Vec::new(),
        decline: None,
        approval: None,
    }
}

/// Books `many` meetings by 64 callers at once, each its own transaction.
pub(crate) async fn book(store: &Store, many: usize) -> Vec<Meeting> {
    const CALLERS: usize = 64;
    let now = store.ground().clock.now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let store = store.clone();
        callers.spawn(async move {
            let who = operator();
            let mut made = Vec::new();
            for number in (caller..many).step_by(CALLERS) {
                let (new, who) = (meeting(now, number), who.clone());
                made.push(store.write(move |cx| meetings::create(cx, &who, &new)).await.expect("a booking"));
            }
            made
        });
    }
    callers.join_all().await.into_iter().flatten().collect()
}
