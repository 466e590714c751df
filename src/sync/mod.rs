//! The door to calendars that lie elsewhere: reads them outside any transaction, and hands over what was read
//! (`docs/calendar.md`).
//!
//! [`probe`] looks what calendars there are at an address that somebody gave; [`worker`] does the readings of the
//! queue's topic `sources`, [`bookings`] has those of a
//! session read again before it is booked. What calendars are read from is a [`Provider`]; to add one, implement it, and name it in
//! [`provider`] and [`probe`].
//!
//! The house's own meetings are read as well ([`House`]), and call nobody.
//!
//! It writes no table: the room `calendar` takes in what was read, and plans the next reading.

mod bookings;
mod caldav;
mod extent;
mod failure;
mod house;
mod ics;
mod probe;
mod removals;
mod worker;
mod write;

use futures_util::future::BoxFuture;

use crate::calendar::{Access, Due, Failure, Found, Problem, Reading, SourceKind};
use crate::itip::feed::Reader;
use crate::net::{Client, Credentials, Url};
use crate::store::Store;

pub use bookings::bookings;
pub use caldav::CalDav;
pub use house::House;
pub use ics::Ics;
pub use probe::{Probed, Wanted, probe};
pub use removals::removals;
pub use worker::{READING_TIME, worker};
pub use write::{Answer, Patience, TookOut, Wrote, is_free, lay, lay_answer, take_out};

/// Where calendars are read from.
pub trait Provider: Send + Sync {
    /// What calendars there are.
    fn probe(&self) -> BoxFuture<'_, Result<Probed, Failure>>;

    /// What has changed in a calendar since its mark.
    fn read<'a>(&'a self, due: &'a Due) -> BoxFuture<'a, Result<Reading, Failure>>;
}

/// The provider of what is to be read: let in by what the source has for that, or by the house's own store.
///
/// # Errors
/// A [`Failure`] where nothing can be called for it.
pub fn provider(store: &Store, client: &Client, due: &Due) -> Result<Box<dyn Provider>, Failure> {
    match (due.kind, &due.access) {
        (SourceKind::House, _) => Ok(Box::new(House::new(store))),
        (SourceKind::Ics, Some(access)) => Ok(Box::new(Ics::new(client, url_of(access)?))),
        (SourceKind::CalDav, Some(access)) => {
            Ok(Box::new(CalDav::new(client, url_of(access)?, credentials(access))))
        }
        (_, None) => Err(failure::of(Problem::Refused, "nothing lets this house in")),
    }
}

fn url_of(access: &Access) -> Result<Url, Failure> {
    failure::url(access.url.expose())
}

fn credentials(access: &Access) -> Option<Credentials> {
    let user = access.username.clone()?;
    Some(Credentials { user, password: access.password.clone().unwrap_or_default() })
}

/// For whom a source is read, and which part of it.
fn reader(due: &Due) -> Reader<'_> {
    Reader { me: &due.me, zone: due.zone, from: due.from, to: due.until }
}

/// A server as it is shown: its host, and its port where that is not the usual one.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A calendar that a probe found, of a feed.
fn feed_found(name: String) -> Found {
    Found { name, path: String::new(), writable: false }
}
