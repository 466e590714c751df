//! The network's flows as a whole: two people of a house with a Radicale calendar each, connected by a mailed invitation,
//! whose agents agree on times. Real mail, real calendars; one file for each flow.

mod clocks;
mod confirm;
mod group;
mod house;
mod invite;
mod live;
mod manual;
mod programs;
mod proposals;
mod reschedule;
mod rollback;
mod session;
mod sockets;
mod story;
pub(crate) mod town;
