//! iCalendar and iTIP: bytes in, values out, and back. Pure: no clock, no store, no mail.
//!
//! [`compose`] writes what one participant gets; [`read`] reads what programs answer, however they
//! spell it; [`order`] and [`proposal`] hold the protocol's rules about answers; [`answered()`] lays an answer into an object of somebody's own; [`new_words`] takes quotes and signatures off what people write, and [`remark`] what programs write themselves.
//!
//! [`feed`] reads whole calendars, for the busy time in them.
//!
//! To add a client's quirk: write a file named after it in `tests/fixtures/itip/`, see in the snapshot what
//! is read, and make `read` lenient, never strict. It does not know meetings, participants or MIME.

mod answered;
mod compose;
mod content;
pub mod feed;
mod model;
mod moment;
mod order;
mod proposal;
mod quotes;
mod read;
mod refusal;
mod remark;
mod vtimezone;
mod windows_zones;
mod writer;
mod zones;

#[cfg(test)]
mod tests;

pub use answered::answered;
pub use compose::{Event, Outgoing, Party, compose, compose_held, compose_object};
pub use content::{BYTES_MAX, COMPONENTS_MAX, DEPTH_MAX, LINES_MAX};
pub use model::{Method, PartStat, same_uid, uid_key};
pub use moment::Moment;
pub use order::{Answer, Arrival, Order, Reply, Revision, Stale, order};
pub use proposal::{Current, LENGTH_MAX, Proposal, is_possible, proposal};
pub use quotes::new_words;
pub use read::{Attendee, Incoming, Organizer, RequestStatus, UID_BYTES_MAX, read, read_object};
pub use refusal::Refusal;
pub use remark::remark;
pub use zones::{city, zone_named};
