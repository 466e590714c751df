//! What works in a house that serves: the workers of the queue's topics, the mailbox's reader, the followers.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{App, followers, jobs};
use crate::base::error::{Error, Result};
use crate::base::time::MINUTE;
use crate::config::{self, Tls};
use crate::mail::inbound::{self, Intake};
use crate::mail::letters::Outbox;
use crate::mail::wire::{ImapSettings, Security};
use crate::meetings;
use crate::queue::{self, Worker};

/// Starts everything; each ends, with what is in hand finished, when `stop` becomes true.
pub(super) async fn start(app: &App, intake: &Intake, stop: &watch::Receiver<bool>) -> Result<JoinSet<()>> {
    let mut running = JoinSet::new();
    let outbox = Outbox::from_config(app.store.clone(), &app.config)?;
    jobs::ensure(&app.store).await?;
    let store = app.store.clone();
    let deadlines = Worker {
        topic: meetings::DEADLINES,
        parallel: 1,
        lease_ms: MINUTE,
        handler: Arc::new(move |lease| {
            let store = store.clone();
            Box::pin(async move { store.write(move |cx| jobs::deadline(cx, &lease)).await })
        }),
    };
    let workers = [
        crate::mail::letters::worker(outbox),
        deadlines,
        jobs::worker(app.store.clone()),
        inbound::verify_worker(intake.clone()),
    ];
    for worker in workers {
        running.spawn(queue::run(app.store.clone(), worker, stop.clone()));
    }
    running.spawn(followers::run(app.store.clone(), stop.clone()));
    if let Some(imap) = &app.config.mail.imap {
        let settings = imap_settings(app, imap);
        let options = inbound::PollOptions::from_config(imap);
        running.spawn(inbound::poll(intake.clone(), settings, options, stop.clone()));
    }
    Ok(running)
}

/// How to reach the mailbox, as the configuration says.
pub fn imap_settings(app: &App, imap: &config::Imap) -> ImapSettings {
    let mut settings = ImapSettings::new(&imap.host, &imap.username, imap.password.clone());
    settings.port = imap.port;
    settings.tls = security(imap.tls);
    settings.ca_file = (!imap.ca_file.as_os_str().is_empty()).then(|| app.config.in_data(&imap.ca_file));
    settings.message_bytes_max = u32::try_from(app.config.inbound.size_max_bytes).unwrap_or(u32::MAX);
    settings
}

/// How a connection is protected, as the wire names it.
pub fn security(tls: Tls) -> Security {
    match tls {
        Tls::Starttls => Security::Starttls,
        Tls::Implicit => Security::Implicit,
        Tls::None => Security::None,
    }
}

/// Waits until everything has ended, but not longer than `limit`.
pub(super) async fn finish(mut running: JoinSet<()>, limit: std::time::Duration) -> Result<()> {
    let all = async { while running.join_next().await.is_some() {} };
    tokio::time::timeout(limit, all).await.map_err(|_| {
        Error::internal(
            "work was still in hand when the time to stop was over; its leases are freed at the next start",
        )
    })
}
