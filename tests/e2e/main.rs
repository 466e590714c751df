//! End-to-end tests on real parts: Postfix, Dovecot, Chromium with axe-core, and KDE's `KCalendarCore` as somebody
//! else's calendar program. `tests/run` installs the parts and runs them; plain `cargo test` does not come here.

mod booking;
mod commands;
mod crash;
mod mail;
mod pages;
mod parts;
mod rig;
