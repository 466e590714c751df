//! Calendars that lie on a real server: Radicale, read by a house with a clock that a test moves.

use entente::accounts::{self, NewUser, Role, Scope};
use entente::app::{self, App, Serving};
use entente::base::text::Address;
use entente::base::{Actor, Chance, Clock, Road, Timestamp, Who, Zone};
use entente::config::Config;
use entente::store::Cx;
use reqwest::Method;
use serde_json::{Value, json};

use crate::name_server::{Mood, NameServer};
use crate::rig::{Radicale, Server, eventually};

/// 2027-01-04, a Monday.
const NOW: &str = "2027-01-04T08:00:00Z";

/// A house in this process, and Ada's token.
pub(crate) struct House {
    pub(crate) clock: Clock,
    url: String,
    pub(crate) token: String,
    /// Ben's, who has no calendar elsewhere.
    pub(crate) bens: String,
    client: reqwest::Client,
    serving: Serving,
    dir: tempfile::TempDir,
}

impl House {
    pub(crate) async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("config.toml");
        let text = "[server]\nlisten = \"127.0.0.1:0\"\n[organizer]\naddress = \"organizer@entente.test\"\n\
            [net]\nallow = [\"127.0.0.0/8\"]\n[limits]\nrequests_per_minute = 1000000\napi_requests_per_minute = 1000000\n";
        std::fs::write(&file, format!("data_dir = \"{}\"\n{text}", dir.path().join("data").display()))
            .expect("a file");
        let config = Config::load(Some(&file), std::iter::empty()).expect("a configuration");
        let clock = Clock::set_at(Timestamp::parse_rfc3339(NOW).expect("a time"));
        let app = App::open(config, clock.clone(), Chance::system()).expect("a house");
        let tokens = app.store.write(|cx| {
            let operator = Actor::new(Who::Operator, Road::Cli, "t");
            let token = |(name, zone): (&str, &str), cx: &mut Cx<'_>| {
                let new = NewUser {
                    address: Address::parse(&format!("{}@entente.test", name.to_lowercase()))
                        .expect("an address"),
                    name: name.to_owned(),
                    zone: Zone::parse(zone),
                    role: Role::Member,
                };
                let user = accounts::add(cx, &operator, &new)?.id;
                let scopes =
                    [Scope::CalendarRead, Scope::CalendarWrite, Scope::MeetingsRead, Scope::MeetingsWrite];
                let (_, secret) = accounts::create_token(cx, &operator, Some(user), "e2e", &scopes)?;
                Ok::<_, entente::base::Error>(secret.expose().to_owned())
            };
            Ok([token(("Ada", "Europe/Paris"), cx)?, token(("Ben", "Europe/Paris"), cx)?])
        });
        let [token, bens] = tokens.await.expect("tokens");
        let serving = app::serve(&app, false).await.expect("it serves");
        let url = format!("http://{}", serving.address);
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { clock, url, token, bens, client, serving, dir }
    }

    pub(crate) async fn api(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.api_as(&self.token, method, path, body).await
    }

    pub(crate) async fn api_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request =
            self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.expect("the house answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a whole answer");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Adds what is at `place`; gives the sources by name.
    pub(crate) async fn add(&self, place: &str, password: &str) -> Vec<(String, String)> {
        let (status, body) = self.probe(place, password).await;
        assert_eq!(status, 201, "{body}");
        let text = |source: &Value, key: &str| source[key].as_str().expect("a text").to_owned();
        let sources = body["sources"].as_array().expect("sources");
        sources.iter().map(|source| (text(source, "name"), text(source, "id"))).collect()
    }

    async fn probe(&self, place: &str, password: &str) -> (u16, Value) {
        let body = json!({ "kind": "caldav", "url": place, "username": "ada", "password": password });
        self.api(Method::POST, "/sources", Some(body)).await
    }

    pub(crate) async fn source(&self, id: &str) -> Value {
        self.api(Method::GET, &format!("/sources/{id}"), None).await.1
    }

    /// What is taken in the first weeks of 2027: `11 09-10` (day, hours, UTC), and whether that may be all.
    async fn busy(&self) -> (Vec<String>, bool) {
        let path = "/busy?from=2027-01-01T00:00:00Z&to=2027-02-01T00:00:00Z";
        let (status, body) = self.api(Method::GET, path, None).await;
        assert_eq!(status, 200, "{body}");
        let spans = body["busy"].as_array().expect("spans").iter().map(|span| {
            let (start, end) =
                (span["start"].as_str().expect("a time"), span["end"].as_str().expect("a time"));
            format!("{} {}-{}", &start[8..10], &start[11..13], &end[11..13])
        });
        (spans.collect(), body["stale"].is_null())
    }

    /// Waits until this is taken, and known lately.
    async fn wait_for(&self, expected: &[&str]) {
        eventually(&format!("{expected:?} is taken"), async || {
            let (busy, is_fresh) = self.busy().await;
            (is_fresh && busy == expected).then_some(())
        })
        .await;
    }

    /// Lets so many minutes go by.
    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.advance(minutes * 60_000);
    }

    pub(crate) async fn stop(self) {
        self.serving.stop().await.expect("it stops");
    }
}

/// An event in January 2027, on the days that its rule adds too; hours in Paris.
fn event(uid: &str, day: u32, from: u32, to: u32, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20270101T000000Z\r\n\
         SUMMARY:Nobody's <business> & ours\r\nDTSTART;TZID=Europe/Paris:202701{day:02}T{from:02}0000\r\n\
         DTEND;TZID=Europe/Paris:202701{day:02}T{to:02}0000\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// Radicale with a calendar of two events, another one, and one of tasks.
async fn filled() -> Radicale {
    let radicale = Radicale::start();
    radicale.make_calendar("Work", "VEVENT").await;
    radicale.make_calendar("Family", "VEVENT").await;
    radicale.make_calendar("Chores", "VTODO").await;
    radicale.put("/ada/work/one.ics", &event("one", 11, 10, 11, "")).await;
    radicale.put("/ada/work/weekly.ics", &event("weekly", 12, 10, 11, "RRULE:FREQ=WEEKLY;COUNT=2\r\n")).await;
    radicale.put("/ada/family/party.ics", &event("party", 15, 18, 20, "")).await;
    radicale
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_are_found_by_any_address_of_the_server_and_chosen() {
    let (house, radicale) = (House::open().await, filled().await);
    for path in ["", "/.well-known/caldav", "/ada/"] {
        let sources = house.add(&radicale.url(path), &Radicale::password("ada")).await;
        let mut names: Vec<&str> = sources.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Family", "Work"], "tasks are no calendar: {path}");
        house.wait_for(&["11 09-10", "12 09-10", "15 17-19", "19 09-10"]).await;
        let family = &sources.iter().find(|(name, _)| name == "Family").expect("it was found").1;
        let choice = json!({ "counts": false });
        let (status, _) = house.api(Method::PATCH, &format!("/sources/{family}"), Some(choice)).await;
        assert_eq!(status, 200);
        house.wait_for(&["11 09-10", "12 09-10", "19 09-10"]).await;
        for (_, id) in &sources {
            assert_eq!(house.api(Method::DELETE, &format!("/sources/{id}"), None).await.0, 204);
        }
        house.wait_for(&[]).await;
    }
    let one = house.add(&radicale.url("/ada/family/"), &Radicale::password("ada")).await;
    assert_eq!(one.len(), 1, "a calendar's own address is that calendar");
    house.wait_for(&["15 17-19"]).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_added_changed_and_deleted_on_the_server_change_what_is_taken() {
    let (house, radicale) = (House::open().await, filled().await);
    house.add(&radicale.url("/ada/work/"), &Radicale::password("ada")).await;
    house.wait_for(&["11 09-10", "12 09-10", "19 09-10"]).await;

    radicale.put("/ada/work/three.ics", &event("three", 13, 8, 9, "")).await;
    radicale.put("/ada/work/one.ics", &event("one", 11, 15, 16, "")).await;
    radicale.delete("/ada/work/weekly.ics").await;
    house.pass(15);
    house.wait_for(&["11 14-15", "13 07-08"]).await;

    radicale.put("/ada/work/one.ics", &event("one", 11, 15, 16, "TRANSP:TRANSPARENT\r\n")).await;
    house.pass(15);
    house.wait_for(&["13 07-08"]).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_and_one_that_was_changed_waits_for_the_new_one() {
    let (house, radicale) = (House::open().await, filled().await);
    let (status, body) = house.probe(&radicale.url("/"), "wrong").await;
    assert_eq!(status, 409, "{body}");
    assert!(body["type"].as_str().is_some_and(|code| code.ends_with("#source.refused")), "{body}");

    let id = house.add(&radicale.url("/ada/work/"), &Radicale::password("ada")).await.remove(0).1;
    house.wait_for(&["11 09-10", "12 09-10", "19 09-10"]).await;
    radicale.set_password("ada", "another");
    house.pass(15);
    eventually("the source says that it is not let in", async || {
        let source = house.source(&id).await;
        (source["problem"]["code"] == "refused" && source["next"].is_null()).then_some(())
    })
    .await;
    assert_eq!(house.busy().await.0.len(), 3, "what was known counts on");
    let access = json!({ "password": "another" });
    let (status, body) = house.api(Method::PUT, &format!("/sources/{id}/access"), Some(access)).await;
    assert_eq!(status, 200, "{body}");
    eventually("the source is read again", async || {
        house.source(&id).await["problem"].is_null().then_some(())
    })
    .await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_event_beside_good_ones_is_named_and_the_good_ones_count() {
    let (house, radicale) = (House::open().await, filled().await);
    let backwards = event("backwards", 13, 10, 9, "");
    radicale.smuggle("work", "backwards.ics", &backwards);
    let zone = event("zone", 14, 8, 9, "").replace("Europe/Paris", "Mars/Olympus");
    radicale.smuggle("work", "zone.ics", &zone);
    let id = house.add(&radicale.url("/ada/work/"), &Radicale::password("ada")).await.remove(0).1;
    house.wait_for(&["11 09-10", "12 09-10", "13 09-10", "14 07-08", "19 09-10"]).await;
    let source = house.source(&id).await;
    let mut codes: Vec<String> = source["faults"]
        .as_array()
        .expect("faults")
        .iter()
        .map(|fault| {
            format!("{} {}", fault["uid"].as_str().unwrap_or(""), fault["code"].as_str().unwrap_or(""))
        })
        .collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes, ["backwards feed.bad-end", "zone feed.unknown-zone"], "{source}");
    assert!(source["problem"].is_null());
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_makes_the_calendar_stale_and_it_recovers() {
    let (house, mut radicale) = (House::open().await, filled().await);
    let id = house.add(&radicale.url("/ada/work/"), &Radicale::password("ada")).await.remove(0).1;
    let known = ["11 09-10", "12 09-10", "19 09-10"];
    house.wait_for(&known).await;
    radicale.stop();
    house.pass(15);
    eventually("the source says that the server is away", async || {
        (house.source(&id).await["problem"]["code"] == "unreachable").then_some(())
    })
    .await;
    assert_eq!(house.busy().await, (known.map(str::to_owned).to_vec(), true), "it was read lately");
    house.pass(50);
    let (busy, is_fresh) = house.busy().await;
    assert_eq!(
        (busy, is_fresh),
        (known.map(str::to_owned).to_vec(), false),
        "what was known counts, and is old"
    );
    assert_eq!(house.source(&id).await["stale"], true);

    radicale.restart();
    radicale.put("/ada/work/late.ics", &event("late", 20, 8, 9, "")).await;
    house.pass(6 * 60 + 60);
    house.wait_for(&["11 09-10", "12 09-10", "19 09-10", "20 07-08"]).await;
    assert!(house.source(&id).await["problem"].is_null());
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_events_are_read_in_two_batches_and_none_of_their_titles_is_kept() {
    let (house, radicale) = (House::open().await, Radicale::start());
    radicale.make_calendar("Work", "VEVENT").await;
    for i in 0..60 {
        let (day, hour) = (11 + i % 5, 8 + i % 7);
        radicale.put(&format!("/ada/work/e{i}.ics"), &event(&format!("e{i}"), day, hour, hour + 1, "")).await;
    }
    let id = house.add(&radicale.url("/ada/"), &Radicale::password("ada")).await.remove(0).1;
    eventually("all are read", async || (house.source(&id).await["events"] == 60).then_some(())).await;
    let data = house.dir.path().join("data");
    for file in std::fs::read_dir(data).expect("a directory") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("its bytes");
        assert!(!bytes.windows(8).any(|at| at == b"business"), "no title is kept");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_reads_an_encrypted_server_whose_certificate_it_trusts_and_no_private_one_unasked() {
    let radicale = Radicale::start_encrypted();
    radicale.make_calendar("Work", "VEVENT").await;
    radicale.put("/ada/work/one.ics", &event("one", 11, 10, 11, "")).await;
    let mut server = Server::start_with(None, |_| {});
    server.cli_ok(&[
        "user",
        "add",
        "--email",
        "ada@entente.test",
        "--name",
        "Ada",
        "--time-zone",
        "Europe/Paris",
    ]);
    let scopes = ["--scope", "calendar.read,calendar.write"];
    let token = server
        .cli_ok(&[&["token", "create", "--name", "e2e", "--user", "ada@entente.test"], &scopes[..]].concat());
    let token = token.lines().last().expect("a token on the last line").trim().to_owned();
    let body = json!({
        "kind": "caldav", "url": radicale.url("/"), "username": "ada", "password": Radicale::password("ada")
    });
    let add = async |server: &Server| {
        let reply = server.api(Method::POST, "/api/v1/sources", &token, Some(&body)).await;
        let code = reply.json()["type"].as_str().and_then(|code| code.rsplit('#').next()).map(str::to_owned);
        (reply.status, code.unwrap_or_default())
    };
    assert_eq!(add(&server).await, (409, "source.not-allowed".to_owned()));
    server.allow("127.0.0.0/8");
    server.restart();
    assert_eq!(
        add(&server).await,
        (502, "source.unreachable".to_owned()),
        "nobody stands for its certificate"
    );
    server.trust(radicale.ca_file());
    server.restart();
    assert_eq!(add(&server).await, (201, String::new()));
    eventually("the calendar is read", async || {
        let reply = server.api(Method::GET, "/api/v1/sources", &token, None).await.json();
        let sources = reply["sources"].as_array()?.clone();
        sources.iter().any(|source| source["events"] == 1 && source["stale"] == false).then_some(())
    })
    .await;
    let log = server.log();
    assert!(!log.contains(&Radicale::password("ada")), "no password is logged");
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_are_found_from_a_mail_address_where_the_domains_records_say_that_they_lie() {
    let radicale = Radicale::start_encrypted();
    radicale.make_calendar("Work", "VEVENT").await;
    let name = "_caldavs._tcp.calendars.entente.test";
    // Nobody listens at the first.
    let (away, here) = ("SRV 1 0 1 localhost", format!("SRV 5 0 {} localhost", radicale.port()));
    let names = NameServer::start(Mood::Right, &[(name, away), (name, &here), (name, "path=/ada/")]).await;
    let mut server = Server::start_with(None, |config| {
        let mut net = toml::toml! { allow = ["127.0.0.0/8", "::1"] };
        net.insert("name_servers".to_owned(), vec![names.address.to_string()].into());
        config.insert("net".to_owned(), net.into());
    });
    server.trust(radicale.ca_file());
    server.restart();
    server.cli_ok(&["user", "add", "--email", "ada@entente.test", "--name", "Ada"]);
    let scopes = ["--scope", "calendar.read,calendar.write"];
    let token = server
        .cli_ok(&[&["token", "create", "--name", "e2e", "--user", "ada@entente.test"], &scopes[..]].concat());
    let token = token.lines().last().expect("a token on the last line").trim().to_owned();
    let add = async |password: &str| {
        let body = json!({ "kind": "caldav", "url": "ada@calendars.entente.test", "username": "ada", "password": password });
        server.api(Method::POST, "/api/v1/sources", &token, Some(&body)).await
    };
    let refused = add("wrong").await;
    assert_eq!(
        (refused.status, refused.json()["type"].as_str().map(|code| code.ends_with("#source.refused"))),
        (409, Some(true))
    );
    let added = add(&Radicale::password("ada")).await;
    assert_eq!(added.status, 201, "{}", added.json());
    let sources = added.json()["sources"].clone();
    // Which host it was is shown: nobody typed it.
    assert_eq!(
        (&sources[0]["name"], &sources[0]["server"]),
        (&json!("Work"), &json!(format!("localhost:{}", radicale.port())))
    );
    assert!(names.asked().iter().filter(|asked| *asked == name).count() >= 2, "{:?}", names.asked());
}
