//! End-to-end tests on real parts: Postfix, Dovecot, Chromium with axe-core, and KDE's `KCalendarCore` as somebody
//! else's calendar program, python-dateutil as somebody else's idea of recurrence, Radicale as somebody else's calendar server, and the official Socket.IO client. `tests/run` installs the parts and runs them; plain `cargo test` does not come here.

mod booking;
mod calendar_writes;
mod calendars;
mod commands;
mod crash;
mod expansion;
mod mail;
#[expect(dead_code, reason = "the other tests have more to ask of it")]
#[path = "../it/name_server.rs"]
mod name_server;
mod network;
mod pages;
mod parts;
mod rig;
