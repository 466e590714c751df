//! Calendars of a CalDAV server: found, read as they change, and written only as they are known.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use entente::base::{IpRange, Secret};
use entente::dav::{Condition, Delivered, Fault, Session};
use entente::net::{Client, Credentials, Names, Url};
use entente::sync::Wanted;
use futures_util::future::BoxFuture;

use crate::dav_server::{DavServer, HOME, WORK, event};
use crate::http_server::Told;
use crate::name_server::{Mood, NameServer};
use crate::sync_world::Reading;

/// A server with two events, read once.
async fn read_once(change: impl FnOnce(&DavServer)) -> (Reading, DavServer, entente::base::id::SourceId) {
    let (reading, server) = (Reading::new().await, DavServer::start().await);
    server.dav().put("one.ics", &event("one", 11, 9, 10));
    server.dav().put("two.ics", &event("two", 12, 12, 13));
    change(&server);
    let probed = reading.probe_dav(&server.http.url("/"), "secret").await.expect("calendars");
    let id = reading.add(&probed, &["Work & more"]).await[0];
    assert_eq!(reading.work().await, 1);
    (reading, server, id)
}

#[tokio::test]
async fn calendars_are_found_from_the_server_the_principal_the_home_and_the_calendar_itself() {
    let (reading, server) = (Reading::new().await, DavServer::start().await);
    for path in ["", "/", "/.well-known/caldav", "/dav/", "/dav/principals/ada/", HOME, "/some/page.html"] {
        let probed = reading.probe_dav(&server.http.url(path), "secret").await.expect(path);
        let found: Vec<_> =
            probed.found.iter().map(|it| (it.name.as_str(), it.path.as_str(), it.writable)).collect();
        assert_eq!(
            found,
            [("Work & more", WORK, true), ("Team", "/dav/cal/ada@example.org/team/", false)],
            "{path}: tasks and inboxes are no calendars"
        );
        assert_eq!(probed.access.url.expose().replace("%40", "@"), server.http.url(HOME));
    }
    let probed = reading.probe_dav(&server.http.url(WORK), "secret").await.expect("the calendar itself");
    assert_eq!(probed.found.len(), 1);
}

#[tokio::test]
async fn a_calendar_without_events_was_read_and_its_first_event_comes_when_it_comes() {
    for syncs in [true, false] {
        let (reading, server) = (Reading::new().await, DavServer::start().await);
        server.dav().syncs = syncs;
        let probed = reading.probe_dav(&server.http.url("/"), "secret").await.expect("calendars");
        let id = reading.add(&probed, &["Work & more"]).await[0];
        assert_eq!(reading.work().await, 1);
        let source = reading.source(id).await;
        assert!(source.read_at.is_some() && !source.is_stale, "{source:?}");
        reading.read_again().await;
        server.dav().put("one.ics", &event("one", 11, 9, 10));
        reading.read_again().await;
        assert_eq!(reading.busy().await, ["11 09-10"]);
    }
}

#[tokio::test]
async fn a_wrong_password_is_said_at_once_and_tried_once() {
    let (reading, server) = (Reading::new().await, DavServer::start().await);
    for (place, calls) in [("/dav/", 1), ("/", 2)] {
        let before = server.http.calls().len();
        let failure = reading.probe_dav(&server.http.url(place), "wrong").await.expect_err("wrong");
        assert_eq!(failure.problem.as_str(), "refused");
        let asked = server.http.calls().len() - before;
        assert_eq!(asked, calls, "the well-known address sends on before it asks who is there");
    }
}

#[tokio::test]
async fn a_server_without_calendars_says_so() {
    let (reading, server) = (Reading::new().await, DavServer::start().await);
    for told in [Told::new(200, "<html>"), Told::new(405, ""), Told::new(207, "<a/>"), Told::new(404, "")] {
        server.dav().instead = Some(told);
        let failure = reading.probe_dav(&server.http.url("/x/"), "secret").await.expect_err("nothing");
        assert_eq!(failure.problem.as_str(), "not-a-calendar");
    }
}

#[tokio::test]
async fn events_added_changed_and_deleted_become_busy_time_and_only_they_are_fetched() {
    let (reading, server, id) = read_once(|_| {}).await;
    assert_eq!(reading.busy().await, ["11 09-10", "12 12-13"]);
    reading.read_again().await;
    assert_eq!(server.count("REPORT", "calendar-multiget"), 1, "nothing new is fetched");

    server.dav().put("three.ics", &event("three", 13, 8, 9));
    server.dav().put("one.ics", &event("one", 11, 15, 16));
    server.dav().delete("two.ics");
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 15-16", "13 08-09"]);
    let last = server.http.calls().pop().expect("a call");
    assert!(
        last.body.contains("three.ics") && last.body.contains("one.ics") && !last.body.contains("two.ics")
    );
    assert_eq!(reading.source(id).await.total, 2);
}

#[tokio::test]
async fn a_long_list_comes_in_pages_and_fifty_are_fetched_at_a_time() {
    let (reading, server, id) = read_once(|server| {
        let mut dav = server.dav();
        (0..120).for_each(|i| dav.put(&format!("e{i}.ics"), &event(&format!("e{i}"), 15, 9, 10)));
        dav.page = 50;
    })
    .await;
    assert_eq!(reading.source(id).await.total, 122);
    assert_eq!(server.count("REPORT", "sync-collection"), 3);
    assert_eq!(server.count("REPORT", "calendar-multiget"), 3);
    let most = server.http.calls().iter().map(|call| call.body.matches("<D:href>").count()).max();
    assert_eq!(most, Some(50));
}

#[tokio::test]
async fn a_token_that_is_forgotten_costs_a_list_and_nothing_is_fetched_twice() {
    let (reading, server, _) = read_once(|_| {}).await;
    server.dav().delete("two.ics");
    server.dav().put("three.ics", &event("three", 13, 8, 9));
    server.dav().forget_tokens();
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 09-10", "13 08-09"]);
    let last = server.http.calls().pop().expect("a call");
    assert!(last.body.contains("three.ics") && !last.body.contains("one.ics"), "{}", last.body);
}

#[tokio::test]
async fn a_server_without_sync_collection_is_read_by_ctag_and_etags() {
    let (reading, server, _) = read_once(|server| server.dav().syncs = false).await;
    assert_eq!(reading.busy().await, ["11 09-10", "12 12-13"]);
    let before = server.http.calls().len();
    reading.read_again().await;
    assert_eq!(server.http.calls().len() - before, 1, "one look at the ctag is enough");
    server.dav().put("one.ics", &event("one", 11, 15, 16));
    server.dav().delete("two.ics");
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 15-16"]);
    server.dav().syncs = true;
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 15-16"], "it may learn better");
}

#[tokio::test]
async fn a_server_without_multiget_is_asked_for_one_after_the_other() {
    let (reading, server, _) = read_once(|server| server.dav().multiget = false).await;
    assert_eq!(reading.busy().await, ["11 09-10", "12 12-13"]);
    assert_eq!(server.count("GET", ""), 2);
}

#[tokio::test]
async fn an_object_left_out_of_a_batch_is_fetched_by_itself() {
    let withheld = format!("{WORK}two.ics");
    let (reading, server, _) = read_once(|server| server.dav().withholds = Some(withheld)).await;
    assert_eq!(reading.busy().await, ["11 09-10", "12 12-13"]);
    assert_eq!(server.count("GET", ""), 1);
}

#[tokio::test]
async fn an_object_that_does_not_come_is_asked_for_again_until_it_does() {
    let withheld = format!("{WORK}two.ics");
    let (reading, server, id) = read_once(|server| {
        let mut dav = server.dav();
        (dav.withholds, dav.fails) = (Some(withheld), true);
    })
    .await;
    assert_eq!(reading.busy().await, ["11 09-10"]);
    let source = reading.source(id).await;
    assert_eq!((source.problem, source.faults[0].code.as_str()), (None, "feed.not-delivered"));
    server.dav().fails = false;
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 09-10", "12 12-13"]);
    assert!(reading.source(id).await.faults.is_empty());
    let before = server.http.calls().len();
    reading.read_again().await;
    assert_eq!(server.http.calls().len() - before, 1, "and then no more");
}

#[tokio::test]
async fn a_server_that_gives_nothing_in_the_midst_of_a_reading_has_not_been_read() {
    let (reading, server, id) = read_once(|_| {}).await;
    (0..3).for_each(|i| server.dav().put(&format!("n{i}.ics"), &event(&format!("n{i}"), 14 + i, 9, 10)));
    server.dav().silent = true;
    reading.read_again().await;
    assert_eq!(reading.problem(id).await, "server");
    server.dav().silent = false;
    reading.world.clock.advance(3_600_000);
    reading.work().await;
    assert_eq!(reading.busy().await.len(), 5);
}

#[tokio::test]
async fn a_bad_object_is_a_fault_of_its_own_and_what_was_known_of_it_counts_on() {
    let (reading, server, id) = read_once(|server| server.dav().put("bad.ics", "this is no calendar")).await;
    assert_eq!(reading.busy().await, ["11 09-10", "12 12-13"]);
    let source = reading.source(id).await;
    assert_eq!((source.problem, source.is_stale), (None, false));
    assert_eq!(
        (source.faults[0].uid.as_str(), source.faults[0].code.as_str()),
        ("bad.ics", "itip.not-calendar")
    );
    server.dav().put("one.ics", "BEGIN:VCALENDAR");
    server.dav().put("large.ics", &format!("{}{}", event("large", 13, 9, 10), "x".repeat(17 << 20)));
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 09-10", "12 12-13"], "one.ics is not free because it is broken");
    let codes: Vec<_> =
        reading.source(id).await.faults.iter().map(|it| format!("{} {}", it.uid, it.code)).collect();
    assert!(codes.contains(&"large.ics feed.not-delivered".to_owned()), "{codes:?}");
    server.dav().put("one.ics", &event("one", 11, 15, 16));
    reading.read_again().await;
    assert_eq!(reading.busy().await, ["11 15-16", "12 12-13"]);
}

#[tokio::test]
async fn what_leads_to_another_server_is_not_followed() {
    let elsewhere = DavServer::start().await;
    let away = elsewhere.http.url("/dav/cal/ada@example.org/work/evil.ics");
    let extra = format!(
        "<m:response><m:href>{away}</m:href><m:propstat><m:prop><m:getetag>\"e\"</m:getetag></m:prop>\
         <m:status>HTTP/1.1 200 OK</m:status></m:propstat></m:response>\
         <m:response><m:href>//127.0.0.1:{}/evil.ics</m:href><m:propstat><m:prop><m:getetag>\"e\"</m:getetag></m:prop>\
         <m:status>HTTP/1.1 200 OK</m:status></m:propstat></m:response>",
        elsewhere.http.port
    );
    let (reading, server, id) = read_once(|server| server.dav().extra = extra).await;
    assert_eq!(reading.busy().await.len(), 2);
    assert!(elsewhere.http.calls().is_empty());
    // Nor does the password follow a redirect.
    server.dav().instead = Some(Told::redirect(301, elsewhere.http.url(WORK)));
    reading.read_again().await;
    assert!(elsewhere.http.calls().iter().all(|call| call.header("authorization").is_empty()));
    assert_eq!(reading.problem(id).await, "refused");
}

#[tokio::test]
async fn a_server_gone_wild_ends_with_a_word_on_it() {
    let (reading, server, id) = read_once(|_| {}).await;
    let root = |inner: &str| {
        format!("<d:multistatus xmlns:d='DAV:'>{inner}<d:sync-token>t</d:sync-token></d:multistatus>")
    };
    let endless = root(&format!(
        "<d:response><d:href>{WORK}</d:href><d:status>HTTP/1.1 507 More</d:status></d:response>"
    ));
    for (told, problem) in [
        (Told::new(207, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "server"),
        (Told::new(207, "<a>".repeat(1_000_000)), "server"),
        (Told::new(207, "<html/>"), "server"),
        (Told::new(207, endless), "server"),
        (Told::new(200, "<html>welcome</html>"), "server"),
        (Told::new(502, ""), "server"),
        (Told::repeated(vec![b' '; 1 << 10], usize::MAX), "too-large"),
        (Told::redirect(307, "http://10.0.0.7/"), "not-allowed"),
        (Told::new(404, ""), "not-found"),
    ] {
        let words = format!("{told:?}").chars().take(100).collect::<String>();
        server.dav().instead = Some(told);
        reading.world.clock.advance(24 * 3_600_000);
        assert_eq!(reading.work().await, 1, "{words}");
        assert_eq!(reading.problem(id).await, problem, "{words}");
        assert_eq!(reading.busy().await.len(), 2, "what was known counts on: {words}");
    }
    server.dav().instead = None;
    reading.world.clock.advance(24 * 3_600_000);
    reading.work().await;
    assert_eq!(reading.problem(id).await, "");
}

#[tokio::test]
async fn a_password_that_is_not_taken_any_more_waits_for_a_new_one() {
    let (reading, server, id) = read_once(|_| {}).await;
    server.dav().closed = true;
    reading.read_again().await;
    assert_eq!(reading.problem(id).await, "refused");
    let before = server.http.calls().len();
    reading.world.clock.advance(24 * 3_600_000);
    assert_eq!((reading.work().await, server.http.calls().len()), (0, before));
}

#[tokio::test]
async fn an_object_is_written_and_deleted_only_as_it_is_known() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = DavServer::start().await;
    let client = Client::new(&[IpRange::parse("127.0.0.0/8").expect("a range")]);
    let ada = Credentials { user: "ada".to_owned(), password: Secret::new("secret") };
    let base = Url::parse(&server.http.url(HOME)).expect("a URL");
    let session = Session::new(&client, base, Some(ada));
    let path = session.object_path(WORK, "m-1.ics").expect("a path");
    assert_eq!(path, format!("{WORK}m-1.ics"));
    assert_eq!(session.object_path(WORK, "https://example.org/m-1.ics"), None);

    let (first, second) = (event("m", 11, 9, 10), event("m", 11, 10, 11));
    let etag = session.put(&path, &first, Condition::New).await.expect("written").expect("an ETag");
    assert_eq!(session.put(&path, &second, Condition::New).await, Err(Fault::Changed), "it is there already");
    assert_eq!(session.get(&path).await, Ok(Delivered::Text(first.into_bytes(), Some(etag.clone()))));
    let newer = session.put(&path, &second, Condition::Is(&etag)).await.expect("written").expect("an ETag");
    assert_eq!(session.put(&path, &second, Condition::Is(&etag)).await, Err(Fault::Changed));
    assert_eq!(session.delete(&path, &etag).await, Err(Fault::Changed));
    assert_eq!(session.delete(&path, &newer).await, Ok(true));
    assert_eq!(session.delete(&path, &newer).await, Ok(false));
    assert_eq!(session.get(&path).await, Ok(Delivered::Gone));
}

/// No name is known.
struct Nobody;

impl Names for Nobody {
    fn look_up(&self, _: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async { Err(std::io::Error::other("no such name")) })
    }
}

/// More than anything needs on a busy machine.
const UNHURRIED: Duration = Duration::from_mins(2);

#[tokio::test]
async fn a_host_that_dns_names_is_called_only_where_this_house_calls_and_the_domain_itself_is_looked_at_next()
{
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = DavServer::start().await;
    let port = server.http.url("").rsplit(':').next().expect("a port").to_owned();
    // Over TLS alone: what listens there speaks none, and is told nothing.
    let at_home = format!("SRV 0 0 {port} 127.0.0.1");
    let records = [("_caldavs._tcp.example.org", at_home.as_str())];
    let names = NameServer::start(Mood::Right, &records).await;
    let wanted = Wanted::CalDav {
        place: "ada@example.org".to_owned(),
        username: String::new(),
        password: Secret::new("secret"),
    };
    let allow = [IpRange::parse("127.0.0.0/8").expect("a range")];
    let client = Client::with_names(&allow, Arc::new(Nobody), UNHURRIED).asking(&[names.address]);
    let failure = entente::sync::probe(&client, &wanted).await.expect_err("nobody speaks TLS there");
    assert_eq!(failure.problem.as_str(), "unreachable");
    assert!(failure.words.contains("127.0.0.1"), "the host that was named: {}", failure.words);
    assert!(server.http.calls().is_empty());
    // A private address is called for nobody's word.
    let guarded = Client::new(&[]).asking(&[names.address]);
    let failure = entente::sync::probe(&guarded, &wanted).await.expect_err("it lies inside");
    assert_eq!(failure.problem.as_str(), "not-allowed");
    assert!(names.asked().contains(&"_caldavs._tcp.example.org".to_owned()), "{:?}", names.asked());
    // Where DNS says nothing, the domain itself is looked at, as ever.
    let silent = NameServer::start(Mood::Right, &[]).await;
    let failure =
        entente::sync::probe(&client.asking(&[silent.address]), &wanted).await.expect_err("no such domain");
    assert_eq!(failure.problem.as_str(), "unreachable");
    assert!(failure.words.to_lowercase().contains("example.org"), "{}", failure.words);
}
