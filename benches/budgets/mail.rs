//! Mail through the durable queue (claimed, rendered, sealed, handed over, settled, each step on the disk), beside the
//! bare SMTP client with the same bytes, the same sink and as many connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entente::mail::letters::{self, Outbox, Transport};
use entente::mail::wire::{Security, Smtp, SmtpSettings};
use entente::queue;
use entente::store::Store;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::house;
use crate::measure::{Limit, Pairs, rate};
use crate::sink::{Mail, Sink};

const CONNECTIONS: usize = 4;
const MEETINGS: usize = 1_500;
const ROUNDS: usize = 3;
/// How long a mail server takes for a mail; Postfix on this kind of machine takes 2 ms.
const WAITS: [Duration; 2] = [Duration::from_millis(2), Duration::ZERO];

/// Measures and prints.
pub(crate) fn run() {
    for wait in WAITS {
        let sink = Sink::start(wait);
        let (host, port) = (sink.address.ip().to_string(), sink.address.port());
        let name = format!("mail, sink of {} ms a mail", wait.as_millis());
        measure(&name, &host, port, &sink);
    }
    if let Some(server) = crate::setting("ENTENTE_BENCH_SMTP") {
        let (host, port) = server.rsplit_once(':').expect("ENTENTE_BENCH_SMTP is host:port");
        // What the bare client sends was rendered for the sink of this process.
        measure(
            &format!("mail, {server}"),
            host,
            port.parse().expect("a port"),
            &Sink::start(Duration::ZERO),
        );
    }
}

fn measure(name: &str, host: &str, port: u16, sink: &Sink) {
    let is_sink = port == sink.address.port();
    let mut pairs = Pairs::default();
    for _ in 0..ROUNDS {
        let took = through_the_queue(&client(host, port));
        let mails = if is_sink {
            sink.empty()
        } else {
            // The same letters once more, to have their bytes.
            through_the_queue(&client(&sink.address.ip().to_string(), sink.address.port()));
            sink.empty()
        };
        assert_eq!(mails.len(), MEETINGS * 2, "every letter went out, once");
        let bare = bare(&client(host, port), mails);
        sink.empty();
        pairs.add(rate(MEETINGS * 2, took), rate(MEETINGS * 2, bare));
    }
    pairs.print(name, "/s", Limit::AtLeast(0.8));
}

fn client(host: &str, port: u16) -> Smtp {
    let settings =
        SmtpSettings { port, tls: Security::None, connections: CONNECTIONS, ..SmtpSettings::new(host) };
    Smtp::new(settings).expect("a client")
}

/// From the moment the worker starts to the moment nothing is left on the queue.
fn through_the_queue(smtp: &Smtp) -> Duration {
    let directory = tempfile::tempdir().expect("a directory");
    let store = house::open_with_mail(directory.path());
    house::runtime().block_on(async {
        house::book(&store, MEETINGS).await;
        let outbox = Outbox::new(store.clone(), Transport::Smtp(smtp.clone()), None, CONNECTIONS);
        let (stop, stopping) = watch::channel(false);
        let begin = Instant::now();
        let worker = tokio::spawn(queue::run(store.clone(), letters::worker(outbox), stopping));
        while depth(&store).await > 0 {
            // Looking costs a walk through the queue: not more often than shows in the result.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let took = begin.elapsed();
        let _ = stop.send(true);
        worker.await.expect("a worker");
        smtp.close().await;
        took
    })
}

async fn depth(store: &Store) -> i64 {
    let topics = store.read(|cx| queue::topics(cx)).await.expect("the queue");
    assert!(topics.iter().all(|topic| topic.dead == 0), "no letter died");
    topics.iter().map(|topic| topic.depth).sum()
}

fn bare(smtp: &Smtp, mails: Vec<Mail>) -> Duration {
    let mails: Arc<Vec<_>> = Arc::new(
        mails
            .into_iter()
            .map(|(from, to, bytes)| (house::address(&from), house::address(&to), bytes))
            .collect(),
    );
    house::runtime().block_on(async {
        let next = Arc::new(AtomicUsize::new(0));
        let begin = Instant::now();
        let mut hands = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (smtp, mails, next) = (smtp.clone(), mails.clone(), next.clone());
            hands.spawn(async move {
                while let Some((from, to, bytes)) = mails.get(next.fetch_add(1, Ordering::Relaxed)) {
                    smtp.send(from, to, bytes).await.expect("a mail that is taken");
                }
            });
        }
        hands.join_all().await;
        let took = begin.elapsed();
        smtp.close().await;
        took
    })
}
