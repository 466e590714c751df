//! What every flow begins with: the running program with real mail, and Mara and Ben, each with a calendar on Radicale,
//! which the house reads through a gate.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use reqwest::Method;
use serde_json::{Value, json};
use toml::toml;

use crate::booking::{GUEST, HOST, Somebody, in_days};
use crate::rig::{Gate, MailRig, Message, Radicale, Reply, Server, eventually};

/// What a program may do for them.
const SCOPES: &str = "connections.read,connections.write,sessions.read,sessions.write,notices.read,notices.write,\
    calendar.read,calendar.write,meetings.read,profile.read,profile.write,booking.read,booking.write,agents.read,agents.write,messages.read,messages.write";
/// Ben's yes is needed.
pub(crate) const CONFIRM: &[&str] =
    &["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"];
/// Ben's agent says yes.
pub(crate) const AUTO: &[&str] =
    &["calendar.availability.read", "calendar.events.propose", "calendar.events.write.auto"];

/// The town. What is said to be on a day is on [`Town::day`], on the clock of whoever it is about.
pub(crate) struct Town {
    pub(crate) server: Server,
    pub(crate) mail: MailRig,
    pub(crate) radicale: Radicale,
    pub(crate) gate: Gate,
    /// The first Monday that is at least a week ahead.
    pub(crate) day: NaiveDate,
    tokens: [String; 2],
    links: [String; 2],
}

/// Whose user on Radicale this is.
pub(super) fn dav_user(who: Somebody) -> &'static str {
    if who.user == HOST.user { "ada" } else { "ben" }
}

/// A time on somebody's clock, as an instant.
pub(crate) fn at(who: Somebody, day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    let zone: Tz = who.zone.parse().expect("a zone");
    let local = day.and_hms_opt(hour, minute, 0).expect("a time");
    zone.from_local_datetime(&local).earliest().expect("a time of that day").to_utc()
}

/// An event of somebody's on their own clock: `20270111T090000` and so on.
pub(crate) fn event(who: Somebody, uid: &str, from: &str, to: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         SUMMARY:Dentist\r\nDTSTART;TZID={zone}:{from}\r\nDTEND;TZID={zone}:{to}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n",
        zone = who.zone
    )
}

/// The start and the end of something in an answer.
pub(crate) fn span(of: &Value) -> (DateTime<Utc>, DateTime<Utc>) {
    let time = |key: &str| {
        let text = of[key].as_str().unwrap_or_else(|| panic!("no {key} in {of}"));
        DateTime::parse_from_rfc3339(text).expect("a time").to_utc()
    };
    (time("start"), time("end"))
}

impl Town {
    /// Two people who do not know each other.
    pub(crate) async fn strangers() -> Self {
        let (mail, radicale) = tokio::task::block_in_place(|| (MailRig::start(), Radicale::start()));
        for who in [HOST, GUEST] {
            radicale.make_calendar_of(dav_user(who), "Work", "VEVENT").await;
        }
        let gate = Gate::before(radicale.port()).await;
        let server = tokio::task::block_in_place(|| {
            Server::start_with(Some(&mail), |config| {
                config.extend(toml! {
                    [net]
                    allow = ["127.0.0.0/8"]
                    [limits]
                    requests_per_minute = 1_000_000
                    api_requests_per_minute = 1_000_000
                    [network]
                    questions_per_hour = 1_000_000
                });
            })
        });
        let links = [HOST, GUEST].map(|who| account(&server, who));
        let tokens = [HOST, GUEST].map(|who| token(&server, who));
        let today = in_days(7, 0).date_naive();
        let ahead = (7 - today.weekday().days_since(Weekday::Mon)) % 7;
        let day = today + Days::new(u64::from(ahead));
        Self { server, mail, radicale, gate, day, tokens, links }
    }

    /// The same with their calendars known to the house, and connected: Ben lets Mara's agent do this.
    pub(crate) async fn connected(scopes: &[&str]) -> Self {
        let town = Self::strangers().await;
        for who in [HOST, GUEST] {
            town.reads_calendar(who).await;
        }
        town.ok(HOST, Method::POST, "/connections", json!({ "email": GUEST.address() })).await;
        let id = town.connection(GUEST).await;
        town.ok(GUEST, Method::POST, &format!("/connections/{id}/accept"), Value::Null).await;
        town.grants(GUEST, scopes).await;
        town
    }

    /// The link that signs somebody in, once.
    pub(super) fn sign_in_link(&self, who: Somebody) -> &str {
        &self.links[usize::from(who.user != HOST.user)]
    }

    /// What somebody's program calls with.
    pub(crate) fn token(&self, who: Somebody) -> &str {
        &self.tokens[usize::from(who.user != HOST.user)]
    }

    /// Calls the API for somebody.
    pub(crate) async fn ask(&self, who: Somebody, method: Method, path: &str, body: Value) -> Reply {
        let token = self.token(who);
        let body = Some(&body).filter(|body| !body.is_null());
        self.server.api(method, &format!("/api/v1{path}"), token, body).await
    }

    /// The same where it must be done.
    pub(crate) async fn ok(&self, who: Somebody, method: Method, path: &str, body: Value) -> Value {
        let reply = self.ask(who, method, path, body).await;
        assert!(reply.status < 300, "{path}: {} {}", reply.status, reply.body);
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }

    pub(crate) async fn get(&self, who: Somebody, path: &str) -> Value {
        self.ok(who, Method::GET, path, Value::Null).await
    }

    /// The one connection that there is.
    pub(crate) async fn connection(&self, who: Somebody) -> String {
        let list = self.get(who, "/connections").await;
        list["connections"][0]["id"].as_str().expect("a connection").to_owned()
    }

    /// What somebody lets the other's agent do, at any hour that both work.
    pub(super) async fn grants(&self, who: Somebody, scopes: &[&str]) {
        let id = self.connection(who).await;
        let grant = json!({ "scopes": scopes, "constraints": { "notice_minutes": 0 } });
        self.ok(who, Method::PUT, &format!("/connections/{id}/grants"), grant).await;
    }

    /// Makes somebody's calendar one of their sources, and waits until it was read.
    pub(super) async fn reads_calendar(&self, who: Somebody) {
        let user = dav_user(who);
        let place = format!("http://127.0.0.1:{}/{user}/work/", self.gate.port());
        let access =
            json!({ "kind": "caldav", "url": place, "username": user, "password": Radicale::password(user) });
        self.ok(who, Method::POST, "/sources", access).await;
        self.wait_until_read(who).await;
    }

    async fn wait_until_read(&self, who: Somebody) {
        eventually("the calendar was read", async || {
            let sources = self.get(who, "/sources").await;
            let all = sources["sources"].as_array()?.clone();
            all.iter()
                .all(|one| one["kind"] == "house" || one["stale"] == false && one["read"].is_string())
                .then_some(())
        })
        .await;
    }

    /// Lays events into somebody's calendar on [`Town::day`] (hours on their clock: `"09:00-11:30"`), and has it read.
    pub(super) async fn is_busy(&self, who: Somebody, times: &[&str]) {
        for (at, time) in times.iter().enumerate() {
            let (from, to) = time.split_once('-').expect("a span");
            let local = |clock: &str| format!("{}T{}00", self.day.format("%Y%m%d"), clock.replace(':', ""));
            let text = event(who, &format!("busy-{at}"), &local(from), &local(to), "");
            self.radicale.put(&format!("/{}/work/busy-{at}.ics", dav_user(who)), &text).await;
        }
        let sources = self.get(who, "/sources").await;
        let all = sources["sources"].as_array().expect("sources");
        for source in all.iter().filter(|source| source["kind"] != "house") {
            let id = source["id"].as_str().expect("an id");
            self.ok(who, Method::POST, &format!("/sources/{id}/read"), Value::Null).await;
        }
        eventually("the events count", async || {
            let sources = self.get(who, "/sources").await;
            let all = sources["sources"].as_array()?.clone();
            all.iter().any(|one| one["events"] == times.len()).then_some(())
        })
        .await;
    }

    /// Begins a session of Mara's by a line of words, on [`Town::day`]; gives its id.
    pub(crate) async fn begins(&self, line: &str, purpose: &str) -> String {
        let line = line.replace("{day}", &self.day.to_string());
        let understood = self.ok(HOST, Method::POST, "/wishes", json!({ "line": line })).await;
        assert_eq!(understood["names"], json!([GUEST.name]), "{understood}");
        let mut new = json!({ "purpose": purpose });
        for field in ["with", "length_minutes", "from", "to", "days", "within", "place"] {
            if !understood[field].is_null() {
                new[field] = understood[field].clone();
            }
        }
        let session = self.ok(HOST, Method::POST, "/sessions", new).await;
        session["id"].as_str().expect("a session").to_owned()
    }

    pub(crate) async fn session(&self, who: Somebody, id: &str) -> Value {
        self.get(who, &format!("/sessions/{id}")).await
    }

    /// Waits until a session stands like this, and gives it.
    pub(crate) async fn session_when(&self, id: &str, state: &str) -> Value {
        eventually(&format!("the session {id} is {state}"), async || {
            let session = self.session(HOST, id).await;
            (session["state"] == state).then_some(session)
        })
        .await
    }

    /// What was said in a session, in order: `(type, body)`.
    pub(crate) async fn transcript(&self, who: Somebody, id: &str) -> Vec<(String, Value)> {
        let said = self.get(who, &format!("/sessions/{id}/messages")).await;
        let all = said["messages"].as_array().expect("messages");
        all.iter()
            .map(|one| (one["type"].as_str().unwrap_or_default().to_owned(), one["body"].clone()))
            .collect()
    }

    /// Waits for a notice of this kind, and gives it.
    pub(super) async fn notice(&self, who: Somebody, kind: &str) -> Value {
        eventually(&format!("a notice {kind} for {}", who.name), async || {
            let list = self.get(who, "/notices").await;
            list["notices"].as_array()?.iter().find(|one| one["kind"] == kind).cloned()
        })
        .await
    }

    /// Waits for somebody's mail about this.
    pub(crate) fn mail_to(&self, who: Somebody, about: &str) -> Message {
        tokio::task::block_in_place(|| self.mail.mailbox(who.user).wait_for_subject(about))
    }

    /// The meetings ahead of somebody's.
    pub(crate) async fn meetings(&self, who: Somebody) -> Vec<Value> {
        let list = self.get(who, "/meetings").await;
        list["meetings"].as_array().expect("meetings").clone()
    }

    /// How much time is held for anybody, by anything.
    pub(crate) fn holds(&self) -> i64 {
        counted(&self.server, "SELECT COUNT(*) FROM holds")
    }
}

/// One number out of the books of a server, running or not.
pub(crate) fn counted(server: &Server, sql: &str) -> i64 {
    let file = server.dir().join("data/entente.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let books = rusqlite::Connection::open_with_flags(file, flags).expect("the books can be read");
    books.query_row(sql, [], |row| row.get(0)).expect("a number")
}

fn account(server: &Server, who: Somebody) -> String {
    let add = ["user", "add", "--name", who.name, "--time-zone", who.zone, "--email", &who.address()];
    last_line(&tokio::task::block_in_place(|| server.cli_ok(&add)))
}

fn token(server: &Server, who: Somebody) -> String {
    let create = ["token", "create", "--name", "agent", "--user", &who.address(), "--scope", SCOPES];
    last_line(&tokio::task::block_in_place(|| server.cli_ok(&create)))
}

fn last_line(said: &str) -> String {
    said.lines().last().expect("a line").trim().to_owned()
}
