//! A house with a router and no network: the real one, on a store of its own, with a clock that a test moves.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web as actix};
use entente::accounts::{self, NewUser, Role, Scope};
use entente::base::id::UserId;
use entente::base::text::Address;
use entente::base::time::{DAY, MINUTE};
use entente::base::{Actor, Chance, Clock, House, Keys, Road, Secret, Timestamp, Who, Zone};
use entente::booking;
use entente::calendar::{Access, Failure, Found, Problem, SourceKind};
use entente::config::Config;
use entente::journal;
use entente::mail::inbound::Intake;
use entente::store::{Cx, Durability, Ground, Options, Store};
use entente::sync::{Probed, Wanted};
use entente::web::probe::Prober;
use entente::web::{self, Web, limits};
use serde_json::{Value, json};

/// Wednesday 18 November 2026, 09:00 UTC.
pub(crate) const NOW: &str = "2026-11-18T09:00:00Z";

/// A house.
pub(crate) struct World {
    pub(crate) web: Web,
    pub(crate) clock: Clock,
    directory: tempfile::TempDir,
}

/// A request to be made.
#[derive(Clone, Default)]
pub(crate) struct Ask {
    method: Option<Method>,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    peer: Option<SocketAddr>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.code, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The tail of a problem document's type, which is held to be one.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        let body = self.json();
        assert_eq!(body["status"], self.code);
        assert_eq!(body["trace"].as_str().unwrap().len(), 32);
        assert!(body["detail"].as_str().unwrap().ends_with(['.', '?', '…']), "{}", body["detail"]);
        let kind = body["type"].as_str().unwrap();
        kind.strip_prefix("https://meet.example.org/errors#").unwrap().to_owned()
    }
}

impl Ask {
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        let method = Some(Method::from_bytes(method.as_bytes()).unwrap());
        Self { method, path: path.into(), ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        if token.is_empty() { self } else { self.header("authorization", format!("Bearer {token}")) }
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text("application/json", body.to_string())
    }

    pub(crate) fn text(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = Some(SocketAddr::new(peer.parse().unwrap(), 40_000));
        self
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A house whose configuration was changed.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config::load(Some(&empty(directory.path())), std::iter::empty()).unwrap();
        "https://meet.example.org".clone_into(&mut config.server.public_url);
        change(&mut config);
        let clock = Clock::set_at(Timestamp::parse_rfc3339(NOW).unwrap());
        let web = Self::open(directory.path(), config, &clock, None);
        Self { web, clock, directory }
    }

    /// The same house, when its file cannot grow any more.
    pub(crate) fn full(self) -> Self {
        let Self { web, clock, directory } = self;
        let config = Config::clone(&web.config);
        drop(web);
        let web = Self::open(directory.path(), config, &clock, Some(1));
        Self { web, clock, directory }
    }

    /// The same house after a restart.
    pub(crate) fn reopened(self) -> Self {
        let Self { web, clock, directory } = self;
        let config = Config::clone(&web.config);
        drop(web);
        let web = Self::open(directory.path(), config, &clock, None);
        Self { web, clock, directory }
    }

    /// The same house after a restart with another configuration.
    pub(crate) fn reopened_with(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self { web, clock, directory } = self;
        let mut config = Config::clone(&web.config);
        drop(web);
        change(&mut config);
        let web = Self::open(directory.path(), config, &clock, None);
        Self { web, clock, directory }
    }

    fn open(directory: &std::path::Path, config: Config, clock: &Clock, pages_max: Option<u32>) -> Web {
        let mut house =
            House::new(Address::parse("scheduling@example.org").unwrap(), config.server.public_url.clone());
        house.video_url.clone_from(&config.meetings.video_url);
        house.new_recipients_per_day = config.meetings.new_recipients_per_day;
        house.agents_enabled = config.agents.enabled;
        house.agent_conversations_usual = config.agents.conversations_usual;
        house.agent_conversations_max = config.agents.conversations_max;
        house.message_attempts = config.agents.attempts;
        house.message_queue_max = config.agents.queue_max;
        house.message_burst = config.agents.burst;
        house.message_urgent_burst = config.agents.urgent_burst;
        house.message_group_burst = config.agents.group_burst;
        house.agent_shut_out_ms = i64::from(config.agents.shut_out_minutes) * MINUTE;
        let ground = Ground {
            house: Arc::new(house),
            clock: clock.clone(),
            chance: Chance::seeded(2026),
            keys: Keys::derive(&[26; 32]),
            instance: "test".to_owned(),
        };
        let path = directory.join("entente.db");
        let options = Options { durability: Durability::Process, pages_max, ..Options::at(path) };
        let (store, _) = Store::open(&options, ground, journal::seal).unwrap();
        let intake = Intake::new(store.clone(), &config);
        let web = Web::new(store, Arc::new(config), intake, false);
        Web { prober: Prober::new(|wanted| std::future::ready(look(&wanted))), ..web }
    }

    pub(crate) fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    pub(crate) async fn write<T, F>(&self, closure: F) -> T
    where
        T: Send + 'static,
        F: Fn(&mut Cx<'_>) -> entente::base::Result<T> + Send + 'static,
    {
        self.web.store.write(closure).await.unwrap()
    }

    /// How many entries the journal has: what changes nothing adds none.
    pub(crate) async fn head(&self) -> i64 {
        self.web.store.read(|cx| journal::head(cx)).await.unwrap()
    }

    /// An account.
    pub(crate) async fn user(&self, email: &'static str, name: &'static str, role: Role) -> UserId {
        self.write(move |cx| {
            let new = NewUser {
                address: Address::parse(email).unwrap(),
                name: name.to_owned(),
                zone: Zone::parse("Europe/Paris"),
                role,
            };
            Ok(accounts::add(cx, &operator(), &new)?.id)
        })
        .await
    }

    /// A token for a user, or for the operator.
    pub(crate) async fn token(&self, user: Option<UserId>, scopes: &'static [Scope]) -> String {
        self.write(move |cx| {
            let (_, secret): (_, Secret) = accounts::create_token(cx, &operator(), user, "test", scopes)?;
            Ok(secret.expose().to_owned())
        })
        .await
    }

    /// A member with a token for what is their own.
    pub(crate) async fn member(&self, email: &'static str, name: &'static str) -> String {
        let user = self.user(email, name, Role::Member).await;
        self.token(Some(user), &OWN).await
    }

    /// Makes a request through the whole application.
    pub(crate) async fn ask(&self, ask: Ask) -> Reply {
        let web = self.web.clone();
        let app = init_service(
            App::new().wrap(from_fn(limits::limit)).configure(move |service| web::configure(service, &web)),
        )
        .await;
        let mut request = TestRequest::with_uri(&ask.path)
            .method(ask.method.clone().unwrap_or(Method::GET))
            .peer_addr(ask.peer.unwrap_or_else(|| SocketAddr::new("203.0.113.7".parse().unwrap(), 40_000)));
        for (name, value) in &ask.headers {
            request = request.append_header((name.as_str(), value.as_str()));
        }
        if !ask.body.is_empty() {
            request = request.set_payload(actix::Bytes::from(ask.body.clone()));
        }
        let response = call_service(&app, request.to_request()).await;
        let (code, headers): (StatusCode, _) = (response.status(), response.headers().clone());
        // A stream has no end.
        if headers.get("content-type").is_some_and(|kind| kind == "text/event-stream") {
            return Reply { code: code.as_u16(), headers, text: String::new() };
        }
        let bytes = to_bytes(response.into_body()).await.unwrap();
        Reply { code: code.as_u16(), headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// Has one ask ben@example.net to connect, and the other accept, as far as that goes; gives the id.
    pub(crate) async fn connected(&self, asks: &str, accepts: &str) -> String {
        let new = json!({ "email": "ben@example.net", "words": "Shall we?" });
        let reply = self.ask(Ask::new("POST", "/api/v1/connections").bearer(asks).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        let id = reply.json()["id"].as_str().unwrap().to_owned();
        self.ask(Ask::new("POST", format!("/api/v1/connections/{id}/accept")).bearer(accepts)).await;
        id
    }

    /// Has one begin a session with the other, who lets them; gives its id.
    pub(crate) async fn session(&self, begins: &str, with: &str) -> String {
        let connection = self.connected(begins, with).await;
        let grant = json!({ "scopes": ["calendar.availability.read", "calendar.events.propose"] });
        let path = format!("/api/v1/connections/{connection}/grants");
        self.ask(Ask::new("PUT", path).bearer(with).json(&grant)).await;
        let new = json!({
            "with": [connection], "length_minutes": 30,
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-28T00:00:00+01:00",
        });
        let reply = self.ask(Ask::new("POST", "/api/v1/sessions").bearer(begins).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Has one begin a conversation with the other, whoever acts for them; gives its id.
    pub(crate) async fn conversation(&self, begins: &str, with: &str) -> String {
        let connection = self.connected(begins, with).await;
        let new = json!({ "with": [connection], "about": "social" });
        let reply = self.ask(Ask::new("POST", "/api/v1/conversations").bearer(begins).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Has one write to the other; gives the message and its delivery.
    pub(crate) async fn sent(&self, writes: &str, to: &str) -> (String, String) {
        let path = format!("/api/v1/conversations/{}/messages", self.conversation(writes, to).await);
        let new = json!({ "type": "notification", "text": "Hello" });
        let reply = self.ask(Ask::new("POST", path).bearer(writes).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        let sent = reply.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&sent["id"]), text(&sent["deliveries"][0]["id"]))
    }

    /// Somebody's token asks ben@example.net, with whom they are connected, to do something; gives its id.
    pub(crate) async fn task(&self, asks: &str, asked: &str) -> String {
        let connection = self.connected(asks, asked).await;
        let new =
            json!({ "type": "todo", "to": { "connection": connection }, "payload": { "text": "Tune it" } });
        let reply = self.ask(Ask::new("POST", "/api/v1/tasks").bearer(asks).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// The same, to decide something.
    pub(crate) async fn approval(&self, asks: &str, asked: &str) -> String {
        let connection = self.connected(asks, asked).await;
        let new = json!({ "kind": "payment", "about": "Pay?", "of": { "connection": connection } });
        let reply = self.ask(Ask::new("POST", "/api/v1/approvals").bearer(asks).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Adds a feed, once; gives the source's id.
    pub(crate) async fn source(&self, token: &str) -> String {
        let list = self.ask(Ask::new("GET", "/api/v1/sources").bearer(token)).await.json();
        let of = |list: &Value| {
            let mut all = list["sources"].as_array().unwrap().iter();
            all.find(|one| one["kind"] == "ics").map(|one| one["id"].as_str().unwrap().to_owned())
        };
        if let Some(id) = of(&list) {
            return id;
        }
        let new = json!({ "kind": "ics", "url": "https://cal.example.org/secret.ics" });
        let reply = self.ask(Ask::new("POST", "/api/v1/sources").bearer(token).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        of(&reply.json()).unwrap()
    }

    /// A room of this house, made by whoever may; gives its id.
    pub(crate) async fn room(&self, token: &str) -> String {
        let new = json!({ "name": "Garden room" });
        let reply = self.ask(Ask::new("POST", "/api/v1/agents").bearer(token).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// A program of whose token it is, and a key of it that is good; both ids, with a space between.
    pub(crate) async fn program(&self, token: &str) -> String {
        let list = self.ask(Ask::new("GET", "/api/v1/agents").bearer(token)).await.json();
        let mut all = list["agents"].as_array().unwrap().iter();
        let known =
            all.find(|one| one["kind"] == "service").map(|one| one["id"].as_str().unwrap().to_owned());
        let id = if let Some(id) = known {
            id
        } else {
            let new = json!({ "kind": "service", "name": "Translator" });
            let reply = self.ask(Ask::new("POST", "/api/v1/agents").bearer(token).json(&new)).await;
            assert_eq!(reply.code, 201, "{}", reply.text);
            reply.json()["id"].as_str().unwrap().to_owned()
        };
        let new = json!({ "name": "Server", "scopes": ["sessions.read"] });
        let path = format!("/api/v1/agents/{id}/keys");
        let reply = self.ask(Ask::new("POST", path).bearer(token).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        format!("{id} {}", reply.json()["key"]["id"].as_str().unwrap())
    }

    /// A role with a name of its own, made by whoever may; gives its id.
    pub(crate) async fn role(&self, token: &str) -> String {
        let list = self.ask(Ask::new("GET", "/api/v1/roles").bearer(token)).await.json();
        let new = json!({ "name": format!("Role {}", list["roles"].as_array().unwrap().len()) });
        let reply = self.ask(Ask::new("POST", "/api/v1/roles").bearer(token).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Books a meeting of Ana's with Ben, by her token; gives its id.
    pub(crate) async fn booked(&self, token: &str) -> String {
        let reply = self.ask(Ask::new("POST", "/api/v1/meetings").bearer(token).json(&meeting())).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }
}

/// What other servers have: at every address a feed, and on every server two calendars; but the password must be `right`,
/// and some hosts have a fault of their own.
pub(crate) fn look(wanted: &Wanted) -> Result<Probed, Failure> {
    let fail = |problem| Err(Failure { problem, words: String::new(), retry_after_ms: None });
    let found =
        |name: &str, path: &str, writable| Found { name: name.to_owned(), path: path.to_owned(), writable };
    let (kind, access, found) = match wanted.clone() {
        Wanted::Ics { url } => {
            (SourceKind::Ics, Access { url, username: None, password: None }, vec![found("", "", false)])
        }
        Wanted::CalDav { password, .. } if password.expose() != "right" => return fail(Problem::Refused),
        Wanted::CalDav { place, username, password } => {
            let found = vec![found("Work", "/cal/work/", true), found("Birthdays", "/cal/birthdays/", false)];
            let access = Access { url: place.into(), username: Some(username), password: Some(password) };
            (SourceKind::CalDav, access, found)
        }
    };
    let server = access.url.expose().split('/').nth(2).unwrap_or_default().to_owned();
    match server.as_str() {
        "gone.example.org" => fail(Problem::NotFound),
        "down.example.org" => fail(Problem::Unreachable),
        "192.168.1.1" => fail(Problem::NotAllowed),
        _ => Ok(Probed { kind, server, access, found }),
    }
}

impl World {
    /// The booking link of whoever's token it is, made where there is none: its id and its name.
    pub(crate) async fn link(&self, token: &str) -> (String, String) {
        let listed = self.ask(Ask::new("GET", "/api/v1/booking-links").bearer(token)).await.json();
        let known = listed["booking_links"].get(0).cloned();
        let found = if let Some(link) = known {
            link
        } else {
            let new = Ask::new("POST", "/api/v1/booking-links").bearer(token).json(&json!({}));
            let reply = self.ask(new).await;
            assert_eq!(reply.code, 201, "{}", reply.text);
            reply.json()
        };
        let text = |field: &str| found[field].as_str().unwrap().to_owned();
        (text("id"), text("name"))
    }

    /// A webhook of somebody's; gives its id.
    pub(crate) async fn webhook(&self, token: &str) -> String {
        let new = json!({ "url": "https://hooks.example.org/in", "kinds": ["meeting.*"] });
        let reply = self.ask(Ask::new("POST", "/api/v1/webhooks").bearer(token).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["webhook"]["id"].as_str().unwrap().to_owned()
    }

    /// A booking that waits for whoever's token it is to decide, at the first time they have; gives its id.
    pub(crate) async fn waiting(&self, token: &str) -> String {
        let (id, name) = self.link(token).await;
        let by_hand = json!({ "confirmation": "by_hand" });
        self.ask(Ask::new("PATCH", format!("/api/v1/booking-links/{id}")).bearer(token).json(&by_hand)).await;
        self.write(move |cx| {
            let offer = booking::open(cx, &name, None)?;
            let free = booking::slots(cx, &offer, 30, (cx.now, cx.now.plus(30 * DAY)))?;
            let address = Address::parse(&format!("{}@guests.example", free.times[0].start.ms())).unwrap();
            let request = booking::Request {
                start: free.times[0].start,
                minutes: 30,
                name: "Robin".to_owned(),
                address: address.clone(),
                zone: Zone::UTC,
                answers: Vec::new(),
            };
            let known = booking::Visitor { account: Some(address), ..booking::Visitor::default() };
            let who = Actor::new(Who::Anyone, Road::Api, "0".repeat(32));
            match booking::request(cx, &who, &offer, &request, &known)? {
                booking::Requested::Confirmed(opened) => Ok(opened.booking.id.to_string()),
                other => panic!("{other:?}"),
            }
        })
        .await
    }
}

/// What members' programs may do.
const OWN: [Scope; 23] = [
    Scope::MeetingsRead,
    Scope::MeetingsWrite,
    Scope::ProfileRead,
    Scope::ProfileWrite,
    Scope::ConnectionsRead,
    Scope::ConnectionsWrite,
    Scope::NoticesRead,
    Scope::NoticesWrite,
    Scope::CalendarRead,
    Scope::CalendarWrite,
    Scope::AgentsRead,
    Scope::AgentsWrite,
    Scope::BookingRead,
    Scope::BookingWrite,
    Scope::SessionsRead,
    Scope::SessionsWrite,
    Scope::WebhooksRead,
    Scope::WebhooksWrite,
    Scope::MessagesRead,
    Scope::MessagesWrite,
    Scope::TasksRead,
    Scope::TasksWrite,
    Scope::ApprovalsDecide,
];

/// The operator, by the command line.
pub(crate) fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, "0".repeat(32))
}

/// A meeting of Ana's with Ben, a week ahead.
pub(crate) fn meeting() -> Value {
    json!({
        "title": "Practice",
        "start": "2026-11-25T10:30:00+01:00",
        "end": "2026-11-25T11:30:00+01:00",
        "host": { "email": "ana@example.org" },
        "guests": [{ "email": "ben@example.net", "name": "Ben", "time_zone": "America/New_York" }],
    })
}

/// An empty configuration file, so that none of the machine's is read.
fn empty(directory: &std::path::Path) -> std::path::PathBuf {
    let path = directory.join("config.toml");
    std::fs::write(&path, "").unwrap();
    path
}
