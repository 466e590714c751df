//! The main job by real mail: Postfix and Dovecot, with somebody else's calendar program on the other side.

mod away;
mod booking_link;
mod bounce;
mod main_job;
mod probe;
mod wish;
