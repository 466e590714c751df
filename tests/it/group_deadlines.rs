//! The end of a group's own time, as the workers of a house that serves bring it about: what it came to, who is told by mail, and
//! what the journal has of it. The clock is the test's.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::time::Duration;

use entente::accounts::{self, NewUser, Role, Scope};
use entente::app::{self, App, Serving};
use entente::base::id::SessionId;
use entente::base::text::Address;
use entente::base::time::{MINUTE, SECOND};
use entente::base::{Actor, Chance, Clock, Road, Timestamp, Who};
use entente::config::Config;
use entente::journal;
use entente::links;
use entente::post::letter::{self, Kept, Says, State};
use entente::store::Cx;
use reqwest::Method;
use serde_json::{Value, json};

const NOW: &str = "2026-11-20T09:00:00Z";
const NAMES: [&str; 3] = ["Ana", "Ben", "Cleo"];
const SCOPES: [Scope; 4] =
    [Scope::ConnectionsRead, Scope::ConnectionsWrite, Scope::SessionsRead, Scope::SessionsWrite];

/// A house that serves, in which Ana is connected with Ben and Cleo; none of them has a program.
struct House {
    app: App,
    serving: Serving,
    clock: Clock,
    client: reqwest::Client,
    tokens: Vec<String>,
    with: Vec<Value>,
    _directory: tempfile::TempDir,
}

fn address(name: &str) -> Address {
    Address::parse(&format!("{}@entente.test", name.to_lowercase())).unwrap()
}

impl House {
    async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.toml");
        let data = directory.path().join("data").display().to_string();
        let text = format!(
            "data_dir = \"{data}\"\n[server]\nlisten = \"127.0.0.1:0\"\n[organizer]\naddress = \"organizer@entente.test\"\n"
        );
        std::fs::write(&file, text).unwrap();
        let config = Config::load(Some(&file), std::iter::empty()).unwrap();
        let clock = Clock::set_at(Timestamp::parse_rfc3339(NOW).unwrap());
        let app = App::open(config, clock.clone(), Chance::seeded(7)).unwrap();
        let moved_in = app.store.write(|cx| {
            let token = |name: &&str, cx: &mut Cx<'_>| {
                let operator = Actor::new(Who::Operator, Road::Cli, "t");
                let new = NewUser {
                    address: address(name),
                    name: (*name).to_owned(),
                    zone: None,
                    role: Role::Member,
                };
                let user = accounts::add(cx, &operator, &new)?.id;
                let (_, secret) = accounts::create_token(cx, &operator, Some(user), "it", &SCOPES)?;
                Ok(secret.expose().to_owned())
            };
            NAMES.iter().map(|name| token(name, cx)).collect()
        });
        let tokens: Vec<String> = moved_in.await.unwrap();
        let serving = app::serve(&app, false).await.unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut house = Self { app, serving, clock, client, tokens, with: Vec::new(), _directory: directory };
        for (other, name) in NAMES.iter().enumerate().skip(1) {
            let invited = json!({ "email": format!("{}@entente.test", name.to_lowercase()) });
            let id = house.done(0, Method::POST, "/connections", &invited).await["id"].clone();
            let path = format!("/connections/{}/accept", id.as_str().unwrap());
            house.done(other, Method::POST, &path, &Value::Null).await;
            house.with.push(id);
        }
        house
    }

    async fn ask(&self, who: usize, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("http://{}/api/v1{path}", self.serving.address);
        let mut request = self.client.request(method, url).bearer_auth(&self.tokens[who]);
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let code = answer.status().as_u16();
        (code, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null))
    }

    async fn done(&self, who: usize, method: Method, path: &str, body: &Value) -> Value {
        let (code, said) = self.ask(who, method, path, body).await;
        assert!((200..300).contains(&code), "{path}: {code} {said}");
        said
    }

    /// A question of Ana's to both, which ends so long after now.
    fn question(&self, ms: i64, more: &Value) -> Value {
        let deadline = self.clock.now().plus(ms).to_rfc3339();
        let mut new = json!({
            "question": "Which piece?", "with": self.with, "candidates": [{ "label": "Bach" }], "quorum": 1000,
            "deadline": deadline,
        });
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        new
    }

    async fn begin(&self, new: &Value) -> Value {
        self.done(0, Method::POST, "/groups", new).await
    }

    async fn see(&self, group: &Value) -> Value {
        self.done(0, Method::GET, &format!("/groups/{}", id_of(group)), &Value::Null).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Cx<'_>) -> entente::base::Result<T> + Send + 'static,
    ) -> T {
        self.app.store.read(work).await.unwrap()
    }

    /// Waits until the workers have brought something about: after each commit it is looked at anew.
    async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let mut changes = self.app.store.changes();
        let waited = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look().await {
                    return found;
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), changes.changed()).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
    }

    /// What was mailed to somebody about the group, oldest first, as far as it left: of what left it is kept what it was, and not what it said.
    async fn mailed(&self, name: &'static str) -> Vec<String> {
        let letters =
            self.read(move |cx| letter::of_address(cx, &links::address_hash(cx, &address(name)), 20));
        let said = |kept: &Kept| match &kept.letter.says {
            Says::GroupAsk { .. } => Some("ask".to_owned()),
            Says::Notice { news, .. } if news.kind == "group.ended" => Some("ended".to_owned()),
            _ => None,
        };
        let sent = letters.await.into_iter().rev().filter(|kept| kept.state == State::Delivered);
        sent.filter_map(|kept| said(&kept)).collect()
    }

    /// What somebody was mailed, once it is so much.
    async fn mails(&self, name: &'static str, many: usize) -> Vec<String> {
        self.until("mail", async || Some(self.mailed(name).await).filter(|mails| mails.len() >= many)).await
    }

    /// Everything that the journal has of a group: what, about whom of them, and the number.
    async fn story(&self, group: &Value) -> Vec<String> {
        let id: SessionId = id_of(group).parse().unwrap();
        self.read(move |cx| {
            let mut names = Vec::new();
            for name in NAMES {
                let user = accounts::by_address(cx, &address(name))?.unwrap();
                names.push((user.id.to_string().split_off(4), name));
            }
            let said = |one: journal::Entry| {
                let about =
                    one.object.as_deref().and_then(|id| names.iter().find(|(own, _)| id.ends_with(own)));
                let number = one.amount.map(|number| number.to_string());
                let parts = [Some(one.kind), about.map(|(_, name)| (*name).to_owned()), number];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
            };
            Ok(journal::story(cx, &id, 100)?.into_iter().map(said).collect())
        })
        .await
    }

    /// What a group came to, once it has.
    async fn outcome(&self, group: &Value) -> Value {
        self.until("an outcome", async || Some(self.see(group).await).filter(|one| !one["outcome"].is_null()))
            .await
    }
}

fn id_of(group: &Value) -> &str {
    group["id"].as_str().unwrap()
}

#[actix_web::test]
async fn a_group_ends_by_its_own_deadline_without_a_quorum_tells_everybody_by_mail_and_stands_in_the_journal()
{
    let house = House::open().await;
    let (code, refused) =
        house.ask(0, Method::POST, "/groups", &house.question(59 * SECOND, &json!({}))).await;
    assert_eq!((code, &refused["field"]), (400, &json!("deadline")), "{refused}");
    let group = house.begin(&house.question(MINUTE, &json!({}))).await;
    for name in ["Ben", "Cleo"] {
        assert_eq!(house.mails(name, 1).await, ["ask"]);
    }
    let votes = json!({ "votes": { group["candidates"][0]["id"].as_str().unwrap(): "yes" } });
    house.done(0, Method::PUT, &format!("/groups/{}/answer", id_of(&group)), &votes).await;
    house.clock.advance(MINUTE);

    let over = house.outcome(&group).await;
    let counts =
        json!([{ "id": group["candidates"][0]["id"], "yes": 1, "if_need_be": 0, "no": 0, "abstain": 0 }]);
    assert_eq!(
        (&over["outcome"], &over["phase"], &over["reason"]),
        (&json!("no_quorum"), &json!("failed"), &Value::Null)
    );
    assert_eq!(over["ended"], over["deadline"], "not a moment later by the house's clock");
    assert_eq!(
        over["result"],
        json!({ "members": 3, "answered": 1, "participation": 333, "quorum_reached": false, "candidates": counts })
    );
    assert_eq!(house.mails("Ana", 1).await, ["ended"]);
    for name in ["Ben", "Cleo"] {
        assert_eq!(house.mails(name, 2).await, ["ask", "ended"]);
    }
    assert_eq!(
        house.story(&group).await,
        [
            "group.started Ana 3",
            "group.awaited Ana 1",
            "group.awaited Ben 1",
            "group.asked Ben 1",
            "group.awaited Cleo 1",
            "group.asked Cleo 1",
            "group.answered Ana 1",
            "group.silent Ben 1",
            "group.silent Cleo 1",
            "group.closed 1",
            "group.ended Ana",
            "group.ended Ben",
            "group.ended Cleo",
        ]
    );
    house.serving.stop().await.unwrap();
}

#[actix_web::test]
async fn a_sequence_that_silence_fails_is_out_of_time_when_the_last_turn_ends_with_the_deadline() {
    let house = House::open().await;
    let in_turn = json!({ "mode": "sequential", "on_silence": "fail", "turn_seconds": 60, "quorum": 1 });
    let group = house.begin(&house.question(MINUTE, &in_turn)).await;
    let votes = json!({ "votes": { group["candidates"][0]["id"].as_str().unwrap(): "yes" } });
    house.done(0, Method::PUT, &format!("/groups/{}/answer", id_of(&group)), &votes).await;
    assert_eq!(house.mails("Ben", 1).await, ["ask"]);
    let turn = house.see(&group).await;
    assert_eq!(turn["answer_by"], turn["deadline"], "his turn lasts as long as the group has");
    house.clock.advance(MINUTE);

    let over = house.outcome(&group).await;
    assert_eq!(
        (&over["outcome"], &over["phase"], &over["reason"]),
        (&json!("timeout"), &json!("failed"), &json!("turn"))
    );
    assert_eq!(house.mails("Ana", 1).await, ["ended"]);
    assert_eq!(house.mails("Ben", 2).await, ["ask", "ended"]);
    assert_eq!(house.mails("Cleo", 1).await, ["ended"], "whose turn did not come");
    assert_eq!(
        house.story(&group).await,
        [
            "group.started Ana 3",
            "group.awaited Ana 1",
            "group.answered Ana 1",
            "group.turn Ben 1",
            "group.awaited Ben 1",
            "group.asked Ben 1",
            "group.silent Ben 1",
            "group.skipped Ben 1",
            "group.closed 1",
            "group.ended Ana",
            "group.ended Ben",
            "group.ended Cleo",
        ]
    );
    house.serving.stop().await.unwrap();
}
