//! A house in this process whose clock a test sets, with real mail and real calendars: for days that come once a year.

use entente::accounts::{self, NewUser, Role, Scope};
use entente::app::{self, App, Serving};
use entente::base::text::Address;
use entente::base::{Actor, Chance, Clock, Road, Timestamp, Who, Zone};
use entente::config::Config;
use reqwest::Method;
use serde_json::{Value, json};
use toml::toml;

use super::town::dav_user;
use crate::booking::{GUEST, HOST, Somebody};
use crate::rig::{MailRig, Radicale, eventually, mail_config};

const SCOPES: [Scope; 8] = [
    Scope::ConnectionsRead,
    Scope::ConnectionsWrite,
    Scope::SessionsRead,
    Scope::SessionsWrite,
    Scope::CalendarRead,
    Scope::CalendarWrite,
    Scope::ProfileRead,
    Scope::ProfileWrite,
];

/// The house.
pub(super) struct House {
    pub(super) mail: MailRig,
    pub(super) radicale: Radicale,
    url: String,
    tokens: [String; 2],
    client: reqwest::Client,
    serving: Serving,
    _dir: tempfile::TempDir,
}

impl House {
    /// A house at this time, in which Ben lets Mara's agent book by itself; `people` says where they live now.
    pub(super) async fn open(now: &str, people: [Somebody; 2]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (mail, radicale) = tokio::task::block_in_place(|| (MailRig::start(), Radicale::start()));
        let dir = tempfile::tempdir().expect("a directory");
        let data = dir.path().join("data").display().to_string();
        let mut table = toml! {
            data_dir = data
            [server]
            listen = "127.0.0.1:0"
            [organizer]
            address = "organizer@entente.test"
            subaddress = "on"
            [net]
            allow = ["127.0.0.0/8"]
            [limits]
            requests_per_minute = 1_000_000
            api_requests_per_minute = 1_000_000
        };
        table.insert("mail".to_owned(), mail_config(&mail).into());
        let file = dir.path().join("config.toml");
        std::fs::write(&file, table.to_string()).expect("a file of our own");
        let config = Config::load(Some(&file), std::iter::empty()).expect("a configuration");
        let clock = Clock::set_at(Timestamp::parse_rfc3339(now).expect("a time"));
        let app = App::open(config, clock, Chance::system()).expect("a house");
        let tokens = [moves_in(&app, people[0]).await, moves_in(&app, people[1]).await];
        let serving = app::serve(&app, false).await.expect("it serves");
        let url = format!("http://{}", serving.address);
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let house = Self { mail, radicale, url, tokens, client, serving, _dir: dir };
        house.connect().await;
        house
    }

    async fn connect(&self) {
        for who in [HOST, GUEST] {
            let user = dav_user(who);
            self.radicale.make_calendar_of(user, "Work", "VEVENT").await;
        }
        self.ok(HOST, Method::POST, "/connections", json!({ "email": GUEST.address() })).await;
        let list = self.ok(GUEST, Method::GET, "/connections", Value::Null).await;
        let id = list["connections"][0]["id"].as_str().expect("a connection").to_owned();
        self.ok(GUEST, Method::POST, &format!("/connections/{id}/accept"), Value::Null).await;
        let grant = json!({
            "scopes": ["calendar.availability.read", "calendar.events.propose", "calendar.events.write.auto"],
            "constraints": { "notice_minutes": 0, "horizon_days": 365 },
        });
        self.ok(GUEST, Method::PUT, &format!("/connections/{id}/grants"), grant).await;
    }

    /// Lays events into both calendars and has the house read them, each `(name, text)`.
    pub(super) async fn with_events(&self, of: Somebody, events: &[(&str, String)]) {
        let user = dav_user(of);
        for (name, text) in events {
            self.radicale.put(&format!("/{user}/work/{name}.ics"), text).await;
        }
        let place = self.radicale.url(&format!("/{user}/work/"));
        let access =
            json!({ "kind": "caldav", "url": place, "username": user, "password": Radicale::password(user) });
        self.ok(of, Method::POST, "/sources", access).await;
        eventually("the calendar was read", async || {
            let sources = self.ok(of, Method::GET, "/sources", Value::Null).await;
            let all = sources["sources"].as_array()?.clone();
            all.iter().any(|one| one["events"] == events.len() && one["stale"] == false).then_some(())
        })
        .await;
    }

    /// Has Mara ask for a meeting in words, and gives its start when it is booked; why not, where it is not.
    pub(super) async fn asks(&self, line: &str, purpose: &str) -> String {
        let understood = self.ok(HOST, Method::POST, "/wishes", json!({ "line": line })).await;
        let mut new = json!({ "purpose": purpose });
        for field in ["with", "length_minutes", "from", "to"] {
            new[field] = understood[field].clone();
        }
        let begun = self.ok(HOST, Method::POST, "/sessions", new).await;
        let path = format!("/sessions/{}", begun["id"].as_str().expect("a session"));
        eventually("the agents are done", async || {
            let session = self.ok(GUEST, Method::GET, &path, Value::Null).await;
            match session["phase"].as_str()? {
                "pending" | "active" => None,
                "completed" => {
                    let all = session["proposals"].as_array()?.clone();
                    let chosen = all.iter().find(|one| one["state"] == "chosen")?;
                    Some(chosen["start"].as_str()?.to_owned())
                }
                _ => Some(session["reason"].as_str().unwrap_or("no reason").to_owned()),
            }
        })
        .await
    }

    /// Calls the API for somebody; it must be done.
    pub(super) async fn ok(&self, who: Somebody, method: Method, path: &str, body: Value) -> Value {
        let token = &self.tokens[usize::from(who.user != HOST.user)];
        let mut request =
            self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(token);
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.expect("the house answers");
        let status = answer.status();
        let text = answer.text().await.expect("a whole answer");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub(super) async fn stop(self) {
        self.serving.stop().await.expect("it stops");
    }
}

/// Makes somebody's account; gives their token.
async fn moves_in(app: &App, who: Somebody) -> String {
    let token = app.store.write(move |cx| {
        let operator = Actor::new(Who::Operator, Road::Cli, "t");
        let new = NewUser {
            address: Address::parse(&who.address()).expect("an address"),
            name: who.name.to_owned(),
            zone: Zone::parse(who.zone),
            role: Role::Member,
        };
        let user = accounts::add(cx, &operator, &new)?.id;
        let (_, secret) = accounts::create_token(cx, &operator, Some(user), "e2e", &SCOPES)?;
        Ok(secret.expose().to_owned())
    });
    token.await.expect("a token")
}
