//! The door to calendars that lie elsewhere: reads them outside any transaction, and hands over what was read
//! (`docs/calendar.md`).
//!
//! [`probe`] looks what calendars there are at an address that somebody gave; [`worker`] does the readings of the
//! queue's topic `sources`, [`bookings`] has those of a
//! session read again before it is booked. What calendars are read from is a [`Provider`]; to add one, implement it, and name it in
//! [`provider`] and [`probe`].
//!
//! It writes no table: the room `calendar` takes in what was read, and plans the next reading.

mod bookings;
mod caldav;
mod extent;
mod failure;
mod ics;
mod probe;
mod removals;
mod worker;
mod write;

use futures_util::future::BoxFuture;

use crate::calendar::{Access, Due, Failure, Found, Problem, Reading, SourceKind};
use crate::itip::feed::Reader;
use crate::net::{Client, Credentials, Url};

pub use bookings::bookings;
pub use caldav::CalDav;
pub use ics::Ics;
pub use probe::{Probed, Wanted, probe};
pub use removals::removals;
pub use worker::{READING_TIME, worker};
pub use write::{Answer, Patience, TookOut, Wrote, is_free, lay, lay_answer, take_out};

/// Where calendars are read from. The house's own is none: its meetings write what they take by themselves.
pub trait Provider: Send + Sync {
    /// What calendars there are.
    fn probe(&self) -> BoxFuture<'_, Result<Probed, Failure>>;

    /// What has changed in a calendar since its mark.
    fn read<'a>(&'a self, due: &'a Due) -> BoxFuture<'a, Result<Reading, Failure>>;
}

/// The provider of a kind of source, let in by `access`.
pub fn provider(client: &Client, kind: SourceKind, access: &Access) -> Result<Box<dyn Provider>, Failure> {
    let url = failure::url(access.url.expose())?;
    match kind {
        SourceKind::Ics => Ok(Box::new(Ics::new(client, url))),
        SourceKind::CalDav => Ok(Box::new(CalDav::new(client, url, credentials(access)))),
        SourceKind::House => Err(failure::of(Problem::NotFound, "the house's own calendar is not read")),
    }
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
