//! The test rig: outside programs started as children, each with a directory and ports of its own, and stopped
//! with whatever they started when the value goes out of scope or the test program dies.
//!
//! [`MailRig`] is Postfix and Dovecot for the domain [`DOMAIN`], [`Browser`] is Chromium, [`Peer`] a calendar
//! program, [`Radicale`] somebody else's CalDAV server, [`Gate`] what stands before it, [`Agent`] the agent of `examples/`, [`Node`] a client that others wrote, [`Server`] the program under test. It waits for conditions, never for a time, and knows nothing of
//! what entente does: the tests say that.

mod agent;
mod browser;
mod gate;
mod looks;
mod mail;
mod mailbox;
mod node;
mod peer;
mod port;
mod process;
mod radicale;
mod server;
mod smtp;
mod tls;
mod wait;

pub(crate) use agent::Agent;
pub(crate) use browser::Browser;
pub(crate) use gate::Gate;
pub(crate) use looks::Scheme;
pub(crate) use mail::{DOMAIN, MailRig};
pub(crate) use mailbox::{Mailbox, Message};
pub(crate) use node::Node;
pub(crate) use peer::{Answer, Peer, property};
pub(crate) use radicale::Radicale;
pub(crate) use server::{Reply, Server, imap_config, mail_config};
pub(crate) use wait::{PATIENCE, eventually, wait_until};
