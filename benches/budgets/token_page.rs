//! The page behind a mailed link, under load, beside a bare actix page with the same bytes and as many workers.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, web as actix};
use entente::base::id::LinkId;
use entente::config::{Config, IpRange};
use entente::links::{self, Purpose};
use entente::mail::inbound::Intake;
use entente::meetings::{self, Listing};
use entente::post::letter::{self, Says};
use entente::store::Store;
use entente::web::{self, Web};

use crate::house;
use crate::http::{Client, load};
use crate::measure::{Limit, Pairs, quantile};

const CONNECTIONS: usize = 16;
const EACH: usize = 1_000;
const MEETINGS: usize = 200;
const ROUNDS: usize = 5;

/// Measures and prints.
pub(crate) fn run() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = house::open(directory.path());
    let runtime = house::runtime();
    runtime.block_on(house::book(&store, MEETINGS));
    let paths = respond_pages(&store, MEETINGS);
    let _inside = runtime.enter();
    let ours = serve(&store);
    let answer = Client::connect(ours).and_then(|mut client| client.get(&paths[0])).expect("an answer");
    if answer.status != 200 {
        println!("token page: the program answers {}: not measured", answer.status);
        return;
    }
    let bare = bare(answer.body);
    let (mut p99, mut p50) = (Pairs::default(), Pairs::default());
    for _ in 0..ROUNDS {
        let ours = load(ours, CONNECTIONS, EACH, &paths);
        let bare = load(bare, CONNECTIONS, EACH, &paths);
        p99.add(quantile(&ours, 0.99), quantile(&bare, 0.99));
        p50.add(quantile(&ours, 0.5), quantile(&bare, 0.5));
    }
    p99.print(&format!("token page, p99, {CONNECTIONS} connections"), "ms", Limit::Below(5.0));
    println!("{:<46} p50 ratio {:.2}", "", p50.ratio());
}

/// The house, served on a free port, with limits that a bench does not reach.
pub(crate) fn serve(store: &Store) -> SocketAddr {
    let mut config = Config::default();
    config.limits.requests_per_minute = u32::MAX;
    config.limits.api_requests_per_minute = u32::MAX;
    // Guests of a bench say which network they come from.
    config.server.trusted_proxies = IpRange::parse("127.0.0.0/8").into_iter().collect();
    let config = Arc::new(config);
    let intake = Intake::new(store.clone(), &config);
    let web = Web::new(store.clone(), config, intake, false);
    let server = web::serve(web, "127.0.0.1:0".parse().expect("an address")).expect("a server");
    let address = server.address;
    // It serves until the process ends.
    std::mem::forget(server);
    address
}

fn bare(body: Vec<u8>) -> SocketAddr {
    let body = actix::Bytes::from(body);
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let server = HttpServer::new(move || {
        let body = body.clone();
        let page = move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body) }
        };
        App::new().route("/reschedule", actix::get().to(page))
    })
    .workers(workers)
    .disable_signals()
    .bind("127.0.0.1:0")
    .expect("a port");
    let address = server.addrs()[0];
    drop(tokio::spawn(server.run()));
    address
}

/// The pages to answer and to ask for a new time, of the soonest meetings.
pub(crate) fn respond_pages(store: &Store, many: usize) -> Vec<String> {
    let ground = store.ground();
    let links: Vec<LinkId> = store
        .read_blocking(|cx| {
            let limit = u32::try_from(many).unwrap_or(200);
            let page = meetings::list(cx, &house::operator(), Listing { ahead: true, after: None, limit })?;
            let mut links = Vec::new();
            for seen in page.meetings {
                for one in &seen.meeting.participants {
                    for kept in letter::of_participant(cx, one.id, 1)? {
                        if let Says::Invitation { respond, .. } = kept.letter.says {
                            links.push(respond);
                        }
                    }
                }
            }
            Ok(links)
        })
        .expect("the links");
    links.into_iter().map(|link| links::url(&ground.keys, "", Purpose::Respond, link)).collect()
}
