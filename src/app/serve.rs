//! `serve`: one process per data directory, until it is told to stop.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{App, workers};
use crate::accounts;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::secret::hex;
use crate::links::{self, Purpose};
use crate::mail::inbound::Intake;
use crate::queue;
use crate::store::DirectoryLock;
use crate::web::{self, Web};

/// How long what is in hand may take when the server stops: requests and work together. Ten seconds are promised;
/// what is left of them is for the end of the process.
const FINISH: Duration = Duration::from_secs(9);

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
    let running = workers::start(app, &intake, &state, &stopping).await?;
    Ok(Serving { address: server.address, server, running, stop, app: app.clone(), _lock: lock })
}

impl Serving {
    /// Waits for a signal to stop, then finishes what is in hand, ten seconds at most.
    pub async fn until_stopped(self, mut signals: Signals) -> Result<()> {
        let ended = tokio::select! {
            () = signals.come() => Ok(()),
            ended = self.server.ended() => ended,
        };
        self.stop().await.and(ended)
    }

    /// Finishes what is in hand and stops.
    pub async fn stop(self) -> Result<()> {
        tracing::info!("stopping: what is in hand is finished first");
        let _ = self.stop.send(true);
        // Side by side: a caller who sends nothing more must not take the workers' time.
        let all = async { tokio::join!(self.server.stop(), workers::finish(self.running)) };
        if tokio::time::timeout(FINISH, all).await.is_err() {
            tracing::warn!(
                "stopped before everything was finished; what was in hand is due again at the next start"
            );
        }
        drop(self.app);
        Ok(())
    }
}

/// SIGTERM and SIGINT, listened for from before the first request is answered: one that comes early is not lost,
/// and ends nothing in the middle.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> Result<Self> {
        let terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
        Ok(Self { terminate, interrupt })
    }

    /// Waits for one of them.
    async fn come(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
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
