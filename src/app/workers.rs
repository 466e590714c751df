//! What works in a house that serves: the workers of the queue's topics, the mailbox's reader, the followers.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{App, followers, jobs, person, webhooks};
use crate::base::error::Result;
use crate::base::time::MINUTE;
use crate::groups;
use crate::mail::inbound::poll;
use crate::mail::inbound::{self, Intake};
use crate::mail::letters::Outbox;
use crate::meetings;
use crate::notices;
use crate::queue::{self, Leased, Worker};
use crate::sessions;
use crate::store::Cx;
use crate::sync;
use crate::tasks;
use crate::web::state::State;

/// A worker of which each piece is one unit of work in the store.
fn doing(
    app: &App,
    topic: &'static str,
    parallel: u32,
    work: fn(&mut Cx<'_>, &Leased) -> Result<()>,
) -> Worker {
    let store = app.store.clone();
    let handler = move |lease: Leased| -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        let store = store.clone();
        Box::pin(async move { store.write(move |cx| work(cx, &lease)).await })
    };
    Worker { topic, parallel, lease_ms: MINUTE, handler: Arc::new(handler) }
}

/// Starts everything; each ends, with what is in hand finished, when `stop` becomes true.
pub(super) async fn start(
    app: &App,
    intake: &Intake,
    state: &Arc<State>,
    stop: &watch::Receiver<bool>,
) -> Result<JoinSet<()>> {
    let mut running = JoinSet::new();
    let outbox = Outbox::from_config(app.store.clone(), &app.config)?;
    jobs::ensure(&app.store).await?;
    while app.store.write(|cx| meetings::occupy_missing(cx)).await? > 0 {}
    while app.store.write(sessions::take_over_stranded).await? > 0 {}
    let mut start = |name: &'static str, work: Pin<Box<dyn Future<Output = ()> + Send>>| {
        let beat = state.pulse.begin(name);
        running.spawn(async move {
            work.await;
            drop(beat);
        });
    };
    let workers = [
        doing(app, sessions::AGENTS, 4, sessions::step),
        doing(app, tasks::TOPIC, 1, tasks::approvals::due),
        doing(app, groups::TOPIC, 1, groups::due),
        sync::bookings(app.store.clone(), state.client.clone(), sync::Patience::default()),
        crate::mail::letters::worker(outbox.clone()),
        crate::mail::letters::calendar_worker(outbox, state.client.clone(), sync::Patience::default()),
        sync::removals(app.store.clone(), state.client.clone(), sync::Patience::default()),
        doing(app, meetings::DEADLINES, 1, jobs::deadline),
        doing(app, notices::TOPIC, 1, notices::due),
        jobs::worker(app.store.clone()),
        person::worker(app.store.clone()),
        inbound::verify_worker(intake.clone()),
        sync::worker(app.store.clone(), state.client.clone()),
        webhooks::worker(app.store.clone(), webhooks::client(&app.config.net.allow)),
    ];
    for worker in workers {
        start(worker.topic, Box::pin(queue::run(app.store.clone(), worker, stop.clone())));
    }
    start("followers", Box::pin(followers::run(app.store.clone(), stop.clone())));
    let status = state.mailbox.clone();
    let (state, store, stopping) = (state.clone(), app.store.clone(), stop.clone());
    start("live", Box::pin(async move { state.live.run(&store, stopping).await }));
    if let Some((settings, options)) = poll::settings(&app.config) {
        start("mailbox", Box::pin(poll::poll(intake.clone(), settings, options, status, stop.clone())));
    }
    Ok(running)
}

/// Waits until everything has ended.
pub(super) async fn finish(mut running: JoinSet<()>) {
    while running.join_next().await.is_some() {}
}
