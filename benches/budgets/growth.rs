//! The main pages and calls in a house of many meetings, beside the same in a house of a thousand.

use std::net::SocketAddr;
use std::time::Instant;

use entente::accounts::{Scope, create_token};
use entente::meetings::{self, Listing};
use entente::store::Store;

use crate::house;
use crate::http::Client;
use crate::measure::{Limit, Pairs, median};
use crate::token_page::{respond_pages, serve};

const SMALL: usize = 1_000;
const LARGE: usize = 100_000;
const CALLS: usize = 200;
const ROUNDS: usize = 3;

/// One main page or call.
type Call = (&'static str, fn(&Large, usize) -> String);

/// A house that is served.
struct Large {
    address: SocketAddr,
    token: String,
    meetings: Vec<String>,
    pages: Vec<String>,
    start: String,
    end: String,
}

/// Measures and prints.
pub(crate) fn run() {
    let many = crate::setting("ENTENTE_BENCH_MEETINGS").and_then(|many| many.parse().ok()).unwrap_or(LARGE);
    let directory = tempfile::tempdir().expect("a directory");
    let runtime = house::runtime();
    let _inside = runtime.enter();
    let [small, large] = [SMALL, many].map(|meetings| {
        let path = directory.path().join(meetings.to_string());
        std::fs::create_dir(&path).expect("a directory");
        let store = house::open(&path);
        runtime.block_on(house::book(&store, meetings));
        Large::of(&store)
    });
    let calls: [Call; 5] = [
        ("GET /reschedule", |house, number| get(&house.pages[number % house.pages.len()], None)),
        ("GET meetings", |house, _| get("/api/v1/meetings", Some(&house.token))),
        ("GET meeting", |house, number| {
            get(
                &format!("/api/v1/meetings/{}", house.meetings[number % house.meetings.len()]),
                Some(&house.token),
            )
        }),
        ("GET story", |house, number| {
            let id = &house.meetings[number % house.meetings.len()];
            get(&format!("/api/v1/meetings/{id}/story"), Some(&house.token))
        }),
        ("POST meeting", post),
    ];
    for (name, call) in calls {
        let mut pairs = Pairs::default();
        let mut refused = None;
        for round in 0..=ROUNDS {
            let (large, small) = (time(&large, call, round), time(&small, call, round));
            match (large, small) {
                // The first round warms both.
                (Ok(_), Ok(_)) if round == 0 => {}
                (Ok(large), Ok(small)) => pairs.add(large, small),
                (Err(status), _) | (_, Err(status)) => refused = Some(status),
            }
        }
        match refused {
            None => pairs.print(&format!("{name}, {many} meetings beside {SMALL}"), "ms", Limit::Below(2.0)),
            Some(status) => println!("{name}: the program answers {status}: not measured"),
        }
    }
}

/// The median of so many calls, in milliseconds; or the status of one that was refused.
fn time(house: &Large, call: fn(&Large, usize) -> String, round: usize) -> Result<f64, u16> {
    let mut client = Client::connect(house.address).expect("a connection");
    let mut times = Vec::with_capacity(CALLS);
    for number in 0..CALLS {
        let request = call(house, round * CALLS + number);
        let begin = Instant::now();
        let answer = client.send(&request).expect("an answer");
        times.push(begin.elapsed().as_secs_f64() * 1_000.0);
        if !(200..300).contains(&answer.status) {
            return Err(answer.status);
        }
    }
    Ok(median(&times))
}

impl Large {
    fn of(store: &Store) -> Self {
        let (_, token) = store
            .write_blocking(|cx| {
                let scopes = [Scope::Admin];
                create_token(cx, &house::operator(), None, "bench", &scopes)
            })
            .expect("a token");
        let meetings = store
            .read_blocking(|cx| {
                let listing = Listing { ahead: true, after: None, limit: 200 };
                let page = meetings::list(cx, &house::operator(), listing)?;
                Ok(page.meetings.iter().map(|seen| seen.meeting.id.to_string()).collect())
            })
            .expect("meetings");
        let new = house::meeting(store.ground().clock.now(), 0);
        Self {
            address: serve(store),
            token: token.expose().to_owned(),
            meetings,
            pages: respond_pages(store, 200),
            start: new.start.to_rfc3339(),
            end: new.end.to_rfc3339(),
        }
    }
}

fn get(path: &str, token: Option<&str>) -> String {
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{bearer}\r\n")
}

fn post(house: &Large, number: usize) -> String {
    let body = format!(
        r#"{{"start":"{}","end":"{}","host":{{"email":"new-host{number}@example.org"}},"title":"Practice session","guests":[{{"email":"new-guest{number}@example.org"}}]}}"#,
        house.start, house.end
    );
    format!(
        "POST /api/v1/meetings HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        house.token,
        body.len()
    )
}
