//! Outgoing SMTP: a few connections, kept open, each used by one mail at a time.
//!
//! What can be known of a failure is told: refused for now, refused for good, never begun, or unsure. The
//! queue above decides what to do; this knows neither queue nor retry, but for one case: a kept connection
//! that turns out to be dead before the message was begun is replaced once.

mod connection;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::base::secret::Secret;
use crate::base::text::Address;

use super::tls::{Security, Tls, Trouble};
use connection::{Connection, Opening};

/// Where to submit mail, and how.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// The server's name, as in its certificate.
    pub host: String,
    /// 587 for STARTTLS, 465 for implicit TLS.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Security,
    /// The account; empty means that no login is tried.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// How many connections may be open at once; at least one.
    pub connections: usize,
    /// Certificates to trust besides the web's, as a PEM file.
    pub ca_file: Option<PathBuf>,
    /// What EHLO says, a host name.
    pub hello_name: String,
    /// How long connecting, with TLS and login, may take.
    pub connect_timeout: Duration,
    /// How long one command may take to be answered.
    pub command_timeout: Duration,
    /// How long the message and the answer to it may take (RFC 5321, 4.5.3.2.6 asks for ten minutes).
    pub data_timeout: Duration,
    /// How long a connection may lie idle before it is closed.
    pub idle_timeout: Duration,
}

impl SmtpSettings {
    /// Settings for `host` with STARTTLS at port 587, no login, four connections and patient timeouts.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: 587,
            tls: Security::Starttls,
            username: String::new(),
            password: Secret::default(),
            connections: 4,
            ca_file: None,
            hello_name: "localhost".to_owned(),
            connect_timeout: Duration::from_secs(30),
            command_timeout: Duration::from_mins(1),
            data_timeout: Duration::from_mins(10),
            idle_timeout: Duration::from_secs(30),
        }
    }
}

/// The server took the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its last words, which often hold its own queue id.
    pub response: String,
}

/// The mail was not taken, or nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Refused for now (4xx): try again later.
    #[error("refused for now: {code} {text}")]
    Temporary {
        /// The reply code (RFC 5321, 4.2).
        code: u16,
        /// What the server said.
        text: String,
    },
    /// This mail or this recipient is refused for good (5xx).
    #[error("refused: {code} {text}")]
    Permanent {
        /// The reply code (RFC 5321, 4.2).
        code: u16,
        /// What the server said.
        text: String,
    },
    /// The message was not begun: no connection, no TLS, no login, or lost on the way. Try again later.
    #[error("the mail server cannot be used: {0}")]
    Unreachable(String),
    /// The message was being handed over when the connection failed: it may have been taken. Sending the
    /// same bytes again may double it.
    #[error("the connection was lost while the mail was handed over: {0}")]
    Unsure(String),
}

/// What the server is, for `doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpCheck {
    /// The name it gave in answer to EHLO.
    pub server: String,
    /// Whether the connection was encrypted.
    pub encrypted: bool,
    /// Whether a login was asked for, and worked.
    pub signed_in: bool,
}

/// A submission server. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Smtp(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    settings: SmtpSettings,
    tls: Tls,
    /// One permit for each connection that may be in use.
    permits: Semaphore,
    idle: Mutex<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    /// The one used last is at the end, and is used next.
    connections: Vec<(Connection, Instant)>,
    /// Whether a task waits to close them.
    swept: bool,
}

impl Smtp {
    /// Reads `ca_file`; connects to nothing yet.
    pub fn new(settings: SmtpSettings) -> Result<Self, Trouble> {
        let tls = Tls::new(settings.ca_file.as_deref())?;
        let permits = Semaphore::new(settings.connections.max(1));
        Ok(Self(Arc::new(Pool { settings, tls, permits, idle: Mutex::default() })))
    }

    /// Hands over one message to one recipient; waits for a connection if all are in use.
    ///
    /// `message` has CRLF line ends; dots at the start of a line are taken care of here.
    pub async fn send(&self, from: &Address, to: &Address, message: &[u8]) -> Result<Sent, SendError> {
        let pool = &self.0;
        let Ok(_permit) = pool.permits.acquire().await else {
            return Err(SendError::Unreachable("the connections were closed".to_owned()));
        };
        let mut kept = self.take_idle();
        loop {
            let (mut connection, is_kept) = match kept.take() {
                Some(connection) => (connection, true),
                None => (Connection::open(&pool.settings, &pool.tls).await.map_err(SendError::from)?, false),
            };
            let outcome = connection.send(from, to, message, &pool.settings).await;
            let broken = connection.is_broken();
            // A kept connection that had died in the meantime says nothing about this mail, as long as
            // the message itself was not begun.
            if broken && is_kept && !connection.message_begun() {
                continue;
            }
            if !broken {
                self.keep(connection);
            }
            return outcome;
        }
    }

    /// Connects, encrypts and signs in as for a mail, and says what is wrong if something is.
    pub async fn check(&self) -> Result<SmtpCheck, Trouble> {
        let pool = &self.0;
        match Connection::open(&pool.settings, &pool.tls).await {
            Ok(connection) => {
                let check = SmtpCheck {
                    server: connection.server_name(),
                    encrypted: pool.settings.tls != Security::None,
                    signed_in: !pool.settings.username.is_empty(),
                };
                connection.close(pool.settings.command_timeout).await;
                Ok(check)
            }
            Err(why) => Err(why.trouble(&pool.settings)),
        }
    }

    /// How many connections lie idle.
    pub fn idle_connections(&self) -> usize {
        self.idle().connections.len()
    }

    /// Says goodbye on all idle connections.
    pub async fn close(&self) {
        let connections = std::mem::take(&mut self.idle().connections);
        for (connection, _) in connections {
            connection.close(self.0.settings.command_timeout).await;
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Idle> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<Connection> {
        let limit = self.0.settings.idle_timeout;
        self.idle().connections.pop().filter(|(_, since)| since.elapsed() < limit).map(|(kept, _)| kept)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        idle.connections.push((connection, Instant::now()));
        if !std::mem::replace(&mut idle.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.0)));
        }
    }
}

/// Closes connections whose idle time is over, and ends when none is left or the pool is gone.
async fn sweep(pool: Weak<Pool>) {
    loop {
        let Some((wait, limit)) = pool.upgrade().map(|pool| {
            let limit = pool.settings.idle_timeout;
            let idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let oldest = idle.connections.iter().map(|(_, since)| since.elapsed()).max();
            (limit.saturating_sub(oldest.unwrap_or_default()).max(Duration::from_millis(1)), limit)
        }) else {
            return;
        };
        sleep(wait).await;
        let Some(pool) = pool.upgrade() else { return };
        let (over, goodbye) = {
            let mut idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let (over, young) = std::mem::take(&mut idle.connections)
                .into_iter()
                .partition::<Vec<_>, _>(|(_, since)| since.elapsed() >= limit);
            idle.connections = young;
            idle.swept = !idle.connections.is_empty();
            (over, !idle.swept)
        };
        for (connection, _) in over {
            connection.close(Duration::from_secs(1)).await;
        }
        if goodbye {
            return;
        }
    }
}

impl From<Opening> for SendError {
    fn from(why: Opening) -> Self {
        match why {
            Opening::Refused { code, text } if (400..500).contains(&code) => Self::Temporary { code, text },
            // A refusal of the connection or the login says nothing about the mail.
            why => Self::Unreachable(why.to_string()),
        }
    }
}
