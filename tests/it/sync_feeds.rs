//! Feeds: addresses that somebody subscribes to, good ones and all the others.

use std::io::Write;
use std::sync::{Arc, Mutex};

use entente::accounts::Role;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::http_server::{Call, HttpServer, Told};
use crate::sync_world::Reading;

fn feed(events: &[&str]) -> String {
    let events = events
        .iter()
        .map(|lines| ["BEGIN:VEVENT", &lines.replace('|', "\r\n"), "END:VEVENT", ""].join("\r\n"));
    let events: String = events.collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nX-WR-CALNAME:Ada at work\r\n{events}END:VCALENDAR\r\n"
    )
}

const ONE: &str = "UID:1|SUMMARY:secret|DTSTART:20270111T090000Z|DTEND:20270111T100000Z";
const TWO: &str = "UID:2|DTSTART:20270112T120000Z|DTEND:20270112T130000Z";

/// A server whose answer a test changes.
#[derive(Clone)]
struct Says(Arc<Mutex<Told>>);

impl Says {
    fn new(told: Told) -> Self {
        Self(Arc::new(Mutex::new(told)))
    }

    fn now(&self, told: Told) {
        *self.0.lock().expect("an answer") = told;
    }

    async fn server(&self) -> HttpServer {
        let says = self.clone();
        HttpServer::start(move |_: &Call| says.0.lock().expect("an answer").clone()).await
    }
}

#[tokio::test]
async fn a_feed_is_found_by_its_address_called_by_its_name_and_becomes_busy_time() {
    let reading = Reading::new().await;
    // As plain text, as some servers do.
    let server =
        Says::new(Told::new(200, feed(&[ONE, TWO])).header("Content-Type", "text/plain")).server().await;
    let probed = reading.probe_feed(&server.url("/ada.ics?key=secret")).await.expect("a feed");
    assert_eq!(probed.found[0].name, "Ada at work");
    assert_eq!(probed.server, format!("127.0.0.1:{}", server.port));
    assert!(!format!("{probed:?}").contains("key=secret"), "the address is a secret");
    let id = reading.add(&probed, &["Ada at work"]).await[0];
    assert!(reading.taken().await.stale.is_some(), "never read is not free");
    assert_eq!(reading.work().await, 1);
    assert_eq!(reading.busy().await, ["11 09-10", "12 12-13"]);
    let source = reading.source(id).await;
    assert_eq!((source.total, source.problem, source.is_stale), (2, None, false));
}

#[tokio::test]
async fn a_feed_that_has_not_changed_is_not_sent_again() {
    let reading = Reading::new().await;
    let server =
        HttpServer::start(|call| match (call.header("if-none-match"), call.header("if-modified-since")) {
            ("\"v1\"", "Mon, 11 Jan 2027 08:00:00 GMT") => Told::new(304, ""),
            _ => Told::new(200, feed(&[ONE]))
                .header("ETag", "\"v1\"")
                .header("Last-Modified", "Mon, 11 Jan 2027 08:00:00 GMT"),
        })
        .await;
    let id = reading.add_feed(&server.url("/")).await;
    reading.work().await;
    reading.read_again().await;
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 09-10"]);
    assert_eq!(server.calls()[3].header("if-none-match"), "\"v1\"");
    assert_eq!(reading.problem(id).await, "");
}

#[tokio::test]
async fn a_feed_that_changes_is_replaced_as_a_whole() {
    let reading = Reading::new().await;
    let says = Says::new(Told::new(200, feed(&[ONE])));
    let server = says.server().await;
    reading.add_feed(&server.url("/")).await;
    reading.work().await;
    says.now(Told::new(200, feed(&[TWO])));
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["12 12-13"]);
    says.now(Told::new(200, feed(&[])));
    reading.read_again().await;
    assert_eq!(reading.busy().await, Vec::<String>::new());
}

/// 200 MB of zeros behind gzip.
fn bomb() -> Vec<u8> {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..200 {
        bomb.write_all(&vec![b'\n'; 1 << 20]).expect("memory");
    }
    bomb.finish().expect("memory")
}

#[tokio::test]
async fn whatever_is_at_an_address_be_it_fifty_megabytes_ends_with_a_word_on_it_and_frees_nobodys_time() {
    let reading = Reading::new().await;
    let says = Says::new(Told::new(200, feed(&[ONE])));
    let server = says.server().await;
    let id = reading.add_feed(&server.url("/")).await;
    reading.work().await;
    let whole = feed(&[ONE, TWO]);
    let cases = [
        (Told::new(200, "<!doctype html><title>Sign in</title>"), "not-a-calendar"),
        (Told::new(200, ""), "not-a-calendar"),
        (Told::new(204, ""), "server"),
        (Told::new(200, &whole[..whole.len() - 60]), "server"),
        (Told::new(404, "gone"), "not-found"),
        (Told::new(410, ""), "not-found"),
        (Told::new(500, feed(&[])), "server"),
        (Told::new(503, "").header("Retry-After", "7200"), "server"),
        (Told::new(304, ""), "server"),
        (Told::redirect(302, "http://10.0.0.7/ada.ics"), "not-allowed"),
        (Told::redirect(302, "http://[::1]/ada.ics"), "not-allowed"),
        (Told::redirect(302, "file:///etc/passwd"), "not-allowed"),
        (Told::redirect(302, "/"), "server"),
        (Told::new(302, ""), "server"),
        (Told::repeated(vec![b'x'; 1 << 10], 50 << 10), "too-large"),
        (Told::repeated("BEGIN:VCALENDAR\r\n", usize::MAX), "too-large"),
        (Told::new(200, bomb()).header("Content-Encoding", "gzip"), "too-large"),
        (Told::new(200, "no gzip").header("Content-Encoding", "gzip"), "server"),
        (Told::new(200, whole.clone()).header("Content-Encoding", "br"), "server"),
    ];
    for (told, problem) in cases {
        let words = format!("{told:?}").chars().take(120).collect::<String>();
        says.now(told);
        reading.world.clock.advance(24 * 3_600_000);
        assert_eq!(reading.work().await, 1, "it is tried again: {words}");
        assert_eq!(reading.problem(id).await, problem, "{words}");
        let source = reading.source(id).await;
        assert!(
            source.problem_words.is_empty() || source.problem_words.ends_with('.'),
            "{}",
            source.problem_words
        );
        assert_eq!(reading.busy().await, ["11 09-10"], "what was known counts on: {words}");
        assert!(reading.taken().await.stale.is_some(), "{words}");
    }
    says.now(Told::new(200, whole));
    reading.world.clock.advance(24 * 3_600_000);
    reading.work().await;
    assert_eq!((reading.problem(id).await, reading.busy().await.len()), ("", 2));
    assert_eq!(reading.taken().await.stale, None);
}

#[tokio::test]
async fn whoever_is_not_let_in_is_not_asked_again_until_somebody_changes_it() {
    let reading = Reading::new().await;
    let says = Says::new(Told::new(200, feed(&[ONE])));
    let server = says.server().await;
    let id = reading.add_feed(&server.url("/")).await;
    reading.work().await;
    says.now(Told::new(401, ""));
    reading.read_again().await;
    assert_eq!(reading.problem(id).await, "refused");
    reading.world.clock.advance(24 * 3_600_000);
    assert_eq!(reading.work().await, 0);
    assert_eq!(reading.busy().await, ["11 09-10"]);
}

#[tokio::test]
async fn a_server_that_asks_for_time_is_given_it() {
    let reading = Reading::new().await;
    let says = Says::new(Told::new(200, feed(&[ONE])));
    let server = says.server().await;
    reading.add_feed(&server.url("/")).await;
    reading.work().await;
    says.now(Told::new(429, "").header("Retry-After", "7200"));
    reading.read_again().await;
    reading.world.clock.advance(7_190_000);
    assert_eq!(reading.work().await, 0);
    reading.world.clock.advance(1_000_000);
    assert_eq!(reading.work().await, 1);
}

#[tokio::test]
async fn one_bad_event_never_stops_the_rest_and_rules_without_end_or_of_ten_million_times_end() {
    let reading = Reading::new().await;
    let events = [
        ONE,
        "UID:none|SUMMARY:no start at all",
        "UID:odd|DTSTART:20270231T250000Z",
        "UID:bare|DTSTART:20270113T090000Z",
        "UID:back|DTSTART:20270114T090000Z|DTEND:20270114T080000Z",
        "UID:million|DTSTART:20270101T000000Z|DURATION:PT1S|RRULE:FREQ=SECONDLY;COUNT=10000000;BYSECOND=59",
        "UID:never|DTSTART:20270115T090000Z|DURATION:PT1H|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        TWO,
    ];
    let server = Says::new(Told::new(200, feed(&events))).server().await;
    let id = reading.add_feed(&server.url("/")).await;
    reading.work().await;
    let source = reading.source(id).await;
    assert_eq!((source.problem, source.total), (None, 8));
    let codes: Vec<_> = source.faults.iter().map(|fault| (fault.uid.as_str(), fault.code.as_str())).collect();
    for fault in [("none", "feed.no-start"), ("odd", "feed.no-start"), ("back", "feed.bad-end")] {
        assert!(codes.contains(&fault), "{fault:?} in {codes:?}");
    }
    let taken = reading.taken().await;
    let starts = |ms: i64| taken.busy.iter().any(|span| span.start <= ms && ms < span.end);
    assert!(
        starts(1_799_658_000_000) && starts(1_799_755_200_000),
        "one and two are there: {:?}",
        taken.busy.len()
    );
}

#[tokio::test]
async fn what_is_no_feed_is_said_before_anything_is_kept() {
    let reading = Reading::new().await;
    let server = Says::new(Told::new(200, "<html>")).server().await;
    for (url, problem) in [
        (server.url("/"), "not-a-calendar"),
        ("ftp://example.org/a.ics".to_owned(), "not-allowed"),
        ("http://10.0.0.7/a.ics".to_owned(), "not-allowed"),
        ("http://169.254.169.254/latest/meta-data".to_owned(), "not-allowed"),
        ("http://ada:pw@127.0.0.1/a.ics".to_owned(), "not-allowed"),
        ("not an address".to_owned(), "not-allowed"),
        ("http://127.0.0.1:1/a.ics".to_owned(), "unreachable"),
    ] {
        let failure = reading.probe_feed(&url).await.expect_err(&url);
        assert_eq!(failure.problem.as_str(), problem, "{url}");
        assert!(!failure.words.contains("pw"), "{}", failure.words);
    }
}

#[tokio::test]
async fn what_the_reader_declined_by_an_address_that_they_had_takes_no_time() {
    let reading = Reading::new().await;
    let declined =
        |address: &str, event: &str| format!("{event}|ATTENDEE;PARTSTAT=DECLINED:mailto:{address}");
    let old = declined("ada@example.org", ONE);
    let says = Says::new(Told::new(200, feed(&[&old, &declined("somebody@example.org", TWO)])));
    let server = says.server().await;
    reading.has_address("ada@elsewhere.example").await;
    reading.add_feed(&server.url("/ada.ics")).await;
    reading.work().await;
    assert_eq!(reading.busy().await, ["12 12-13"]);
    // By the present one as well; and not by one that is somebody else's by now.
    says.now(Told::new(200, feed(&[&old, &declined("ada@elsewhere.example", TWO)])));
    reading.world.user("ada@example.org", "Another Ada", Role::Member).await;
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 09-10"]);
}
