//! Reads the organizer's mailbox over IMAP, for as long as the house is open.
//!
//! How far a folder was read is a cursor in the store that moves in the transaction that takes a message in. So a
//! connection that drops, a process that ends or a disk that is full loses nothing: the next look begins where the
//! last transaction ended. The first look begins seven days back; so does one at a folder that was built anew
//! (UIDVALIDITY), where whatever came before is known again. Nothing is marked as read, moved or deleted.

mod sweep;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use self::sweep::Sweep;
use super::Intake;
use crate::base::error::Error;
use crate::base::time::Timestamp;
use crate::config::{self, Config};
use crate::mail::wire::{Imap, ImapError, ImapSettings, Security};
use crate::queue::Backoff;

/// How the mailbox is read.
#[derive(Clone, Debug)]
pub struct PollOptions {
    /// The folders: names, or special uses like `\Junk` (RFC 6154). The first is waited on.
    pub folders: Vec<String>,
    /// Whether the server is asked to tell of new mail at once (RFC 2177).
    pub idle: bool,
    /// How long between two looks.
    pub every: Duration,
    /// How long after a failure, by how many there were.
    pub backoff: Backoff,
}

impl PollOptions {
    /// These folders, a look every minute, told of new mail at once; after failures up to five minutes.
    pub fn new(folders: Vec<String>) -> Self {
        let backoff = Backoff { first_ms: 5_000, longest_ms: 300_000, attempts_max: i64::MAX };
        Self { folders, idle: true, every: Duration::from_mins(1), backoff }
    }
}

/// The mailbox that the configuration names, if it names one.
pub fn settings(config: &Config) -> Option<(ImapSettings, PollOptions)> {
    let imap = config.mail.imap.as_ref()?;
    let mut settings = ImapSettings::new(&imap.host, &imap.username, imap.password.clone());
    settings.port = imap.port;
    settings.tls = match imap.tls {
        config::Tls::Starttls => Security::Starttls,
        config::Tls::Implicit => Security::Implicit,
        config::Tls::None => Security::None,
    };
    settings.ca_file = (!imap.ca_file.as_os_str().is_empty()).then(|| config.in_data(&imap.ca_file));
    settings.message_bytes_max = u32::try_from(config.inbound.size_max_bytes).unwrap_or(u32::MAX);
    let options = PollOptions {
        idle: imap.idle,
        every: Duration::from_secs(imap.poll_seconds.into()),
        ..PollOptions::new(imap.folders.clone())
    };
    Some((settings, options))
}

/// How the reading goes, for whoever wants to know.
#[derive(Debug, Default)]
pub struct PollStatus(Mutex<PollState>);

/// As of now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollState {
    /// Whether there is a connection at the moment.
    pub is_connected: bool,
    /// When all folders were last read to their ends.
    pub last_success: Option<Timestamp>,
    /// What last went wrong, and when; forgotten with the next success.
    pub last_error: Option<(Timestamp, String)>,
    /// Since when it goes wrong; forgotten with the next success.
    pub failing_since: Option<Timestamp>,
    /// How many failures there were since the last success.
    pub failures: u32,
    /// How many messages were taken in since the start.
    pub taken: u64,
}

impl PollStatus {
    /// How it goes.
    pub fn state(&self) -> PollState {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut PollState)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Why a look ended early.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Mailbox(#[from] ImapError),
    /// The store could not take a message in: it waits in the mailbox.
    #[error("a message could not be stored: {0}")]
    Store(#[from] Error),
}

/// Reads until `stop` becomes true. Whatever fails is tried again, later and later.
pub async fn poll(
    intake: Intake,
    settings: ImapSettings,
    options: PollOptions,
    status: Arc<PollStatus>,
    mut stop: watch::Receiver<bool>,
) {
    let mailbox = format!("{}@{}", settings.username, settings.host);
    let imap = match Imap::new(settings) {
        Ok(imap) => imap,
        Err(trouble) => {
            tracing::error!(error = trouble.what, cure = trouble.cure, "the mailbox cannot be read");
            let now = intake.store().ground().clock.now();
            status.change(|state| {
                state.failing_since = Some(now);
                state.last_error = Some((now, trouble.what));
            });
            return;
        }
    };
    while !*stop.borrow() {
        let sweep = Sweep { intake: &intake, options: &options, status: &status, mailbox: &mailbox };
        let trouble = tokio::select! {
            ended = read(&imap, &sweep) => ended,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let ground = intake.store().ground();
        // A connection that got as far as the folders' ends starts the count anew.
        let failures = status.state().failures.saturating_add(1);
        status.change(|state| {
            state.is_connected = false;
            state.failures = failures;
            let now = ground.clock.now();
            state.failing_since.get_or_insert(now);
            state.last_error = Some((now, trouble.to_string()));
        });
        tracing::warn!(error = %trouble, failures, "reading the mailbox was interrupted");
        let wait = options.backoff.wait_ms(failures.into(), &ground.chance).unsigned_abs();
        tokio::select! {
            () = sleep(Duration::from_millis(wait)) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    status.change(|state| state.is_connected = false);
}

/// Connects and reads until something goes wrong.
async fn read(imap: &Imap, sweep: &Sweep<'_>) -> Trouble {
    let mut session = match imap.connect().await {
        Ok(session) => session,
        Err(why) => return why.into(),
    };
    sweep.status.change(|state| state.is_connected = true);
    loop {
        if let Err(trouble) = sweep.folders(&mut session).await {
            return trouble;
        }
        let now = sweep.intake.store().ground().clock.now();
        sweep.status.change(|state| {
            state.last_success = Some(now);
            state.last_error = None;
            state.failing_since = None;
            state.failures = 0;
        });
        // The first folder is selected: its news are told at once, the others are looked at in time.
        let every = sweep.options.every;
        if let Err(why) = session.wait(every, every, sweep.options.idle).await {
            return why.into();
        }
    }
}
