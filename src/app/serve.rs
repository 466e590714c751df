//! `serve`: one process per data directory, until it is told to stop.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::watch;

use super::{App, workers};
use crate::accounts;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::secret::hex;
use crate::links::{self, Purpose};
use crate::mail::inbound::Intake;
use crate::queue;
use crate::store::DirectoryLock;
use crate::web::{self, Web};

/// How long what is in hand may take when the server stops.
const FINISH: Duration = Duration::from_secs(10);

/// A house that serves.
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    server: web::Server,
    running: tokio::task::JoinSet<()>,
    stop: watch::Sender<bool>,
    app: App,
    _lock: DirectoryLock,
}

/// Starts serving; the listener is open and the workers work when this returns.
pub async fn serve(app: &App, open_mailroom: bool) -> Result<Serving> {
    let lock = DirectoryLock::take(&app.config.data_dir)?;
    let freed = app.store.write(|cx| queue::free_leases_of_others(cx)).await?;
    if freed > 0 {
        tracing::info!(freed, "work that a former process had begun is due again");
    }
    let (stop, stopping) = watch::channel(false);
    let intake = Intake::new(app.store.clone(), &app.config);
    let web = Web::new(app.store.clone(), app.config.clone(), intake.clone(), open_mailroom);
    let state = web.state.clone();
    let server = web::serve(web, app.config.server.listen)?;
    let running = workers::start(app, &intake, &state.pulse, &stopping).await?;
    Ok(Serving { address: server.address, server, running, stop, app: app.clone(), _lock: lock })
}

impl Serving {
    /// Waits for SIGTERM or SIGINT, then finishes what is in hand, ten seconds at most.
    pub async fn until_stopped(self) -> Result<()> {
        let ended = tokio::select! {
            () = signal() => Ok(()),
            ended = self.server.ended() => ended,
        };
        self.stop().await.and(ended)
    }

    /// Finishes what is in hand and stops.
    pub async fn stop(self) -> Result<()> {
        tracing::info!("stopping: what is in hand is finished first");
        let _ = self.stop.send(true);
        self.server.stop().await;
        let finished = workers::finish(self.running, FINISH).await;
        if let Err(error) = finished {
            tracing::warn!(%error, "stopped before everything was finished");
        }
        drop(self.app);
        Ok(())
    }
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// The link by which the first person becomes administrator, while nobody has an account.
pub async fn set_up_link(app: &App) -> Result<Option<String>> {
    let trace = hex(&app.store.ground().chance.bytes::<16>());
    let who = Actor::new(Who::House, Road::Worker, trace);
    let link = app
        .store
        .write(move |cx| {
            if !accounts::is_empty(cx)? {
                return Ok(None);
            }
            accounts::set_up_link(cx, &who).map(Some)
        })
        .await?;
    let ground = app.store.ground();
    Ok(link.map(|link| links::url(&ground.keys, &ground.house.public_url, Purpose::SetUp, link)))
}
