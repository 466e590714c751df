//! A group of five, two of them people without agents, decides on a time and books it.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::town::{at, span};
use crate::booking::{GUEST, HOST, OTHER, Somebody, assert_private, in_days, link, rfc3339};
use crate::rig::{Agent, MailRig, Server, eventually};

/// Plays by a program, as Mara and Ben do.
const THIRD: Somebody = Somebody { user: "third", name: "Kim Oduya", zone: "Europe/Berlin" };
/// Has no program, and answers in-app.
const IN_APP: Somebody = Somebody { user: "stranger", name: "Noa Perrin", zone: "Europe/Paris" };
/// Has no program, and answers by mail.
const BY_MAIL: Somebody = Somebody { zone: "Europe/Rome", ..OTHER };

const ALL: [Somebody; 5] = [HOST, GUEST, THIRD, IN_APP, BY_MAIL];
const SCOPES: &str = "connections.read,connections.write,sessions.read,sessions.write,notices.read,meetings.read,\
    agents.read,agents.write,messages.read";
/// What a program's yes needs, to book.
const AUTO: &[&str] = &["calendar.events.propose", "calendar.events.write.auto"];
/// What a person's yes needs.
const CONFIRM: &[&str] = &["calendar.events.propose", "calendar.events.write.confirm"];

/// The five, in a house with real mail.
struct Five {
    server: Server,
    mail: MailRig,
    tokens: Vec<String>,
    /// Mara's connections with the other four.
    with: Vec<String>,
}

impl Five {
    async fn connected() -> Self {
        let mail = tokio::task::block_in_place(MailRig::start);
        let server = tokio::task::block_in_place(|| Server::start(&mail));
        let last = |said: String| said.lines().last().expect("a line").trim().to_owned();
        let made = |arguments: &[&str]| last(tokio::task::block_in_place(|| server.cli_ok(arguments)));
        let mut tokens = Vec::new();
        for who in ALL {
            let address = who.address();
            made(&["user", "add", "--name", who.name, "--time-zone", who.zone, "--email", &address]);
            tokens.push(made(&["token", "create", "--name", "own", "--user", &address, "--scope", SCOPES]));
        }
        let mut five = Self { server, mail, tokens, with: Vec::new() };
        for (at, who) in ALL.iter().enumerate().skip(1) {
            let invited = five.ok(0, Method::POST, "/connections", json!({ "email": who.address() })).await;
            let id = invited["id"].as_str().expect("an id").to_owned();
            five.ok(at, Method::POST, &format!("/connections/{id}/accept"), Value::Null).await;
            let scopes = if at < 3 { AUTO } else { CONFIRM };
            let hours = json!({ "notice_minutes": 0, "horizon_days": 60 });
            let grant = json!({ "scopes": scopes, "constraints": hours });
            five.ok(at, Method::PUT, &format!("/connections/{id}/grants"), grant).await;
            five.with.push(id);
        }
        five
    }

    async fn ok(&self, who: usize, method: Method, path: &str, body: Value) -> Value {
        let body = Some(&body).filter(|body| !body.is_null());
        let reply = self.server.api(method, &format!("/api/v1{path}"), &self.tokens[who], body).await;
        assert!(reply.status < 300, "{path}: {} {}", reply.status, reply.body);
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    }

    async fn get(&self, who: usize, path: &str) -> Value {
        self.ok(who, Method::GET, path, Value::Null).await
    }

    /// A program of somebody's: starts it, and waits until it gave a sign of life.
    async fn program(&self, who: usize, more: &[&str]) -> Agent {
        let new = json!({ "kind": "personal", "name": format!("Agent of {}", ALL[who].name) });
        let id = self.ok(who, Method::POST, "/agents", new).await["id"].as_str().expect("an id").to_owned();
        let scopes = ["sessions.read", "sessions.write", "messages.read"];
        let key = json!({ "name": "Laptop", "scopes": scopes });
        let made = self.ok(who, Method::POST, &format!("/agents/{id}/keys"), key).await;
        let key = made["secret"].as_str().expect("a secret");
        let agent =
            tokio::task::block_in_place(|| Agent::start_of("group.py", &self.server.url(), key, more));
        eventually("the agent is there", async || {
            let known = self.get(who, &format!("/agents/{id}/presence")).await;
            (known["presence"] == "online").then_some(())
        })
        .await;
        agent
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_group_of_five_two_of_them_people_without_agents_decides_on_a_time_and_books_it() {
    let five = Five::connected().await;
    let day = in_days(9, 0).date_naive();
    // Weekends are nobody's working hours.
    let day = day
        + chrono::Days::new(match chrono::Datelike::weekday(&day) {
            chrono::Weekday::Sat => 2,
            chrono::Weekday::Sun => 1,
            _ => 0,
        });
    let (early, late) = (at(HOST, day, 10, 0), at(HOST, day, 14, 0));
    let slot = |start| json!({ "start": rfc3339(start), "end": rfc3339(start + TimeDelta::minutes(45)) });
    let deadline = rfc3339(in_days(3, 0));
    let group = json!({
        "question": "Quintet rehearsal", "subject": "time", "with": five.with, "candidates": [slot(early), slot(late)],
        // Nobody is cut short: it closes when all have answered.
        "deadline": deadline, "open_until": deadline,
    });
    let told = five.server.dir().join("group.json");
    std::fs::write(&told, group.to_string()).expect("it is written");
    // Ben's wants nothing before one o'clock, in UTC.
    let bens = five.program(1, &["--not-before", "13"]).await;
    let kims = five.program(2, &[]).await;
    let maras = five.program(0, &["--begin", told.to_str().expect("a path")]).await;

    let notice = eventually("Noa is asked in-app", async || {
        let list = five.get(3, "/notices").await;
        list["notices"].as_array()?.iter().find(|one| one["kind"] == "group.asked").cloned()
    })
    .await;
    assert!(notice.to_string().contains("Mara Ames asks you"), "{notice}");
    let listed = five.get(3, "/groups?state=open").await;
    let id = listed["groups"][0]["id"].as_str().expect("a group").to_owned();
    let path = format!("/groups/{id}");
    let seen = five.get(3, &path).await;
    let candidate = |at: usize| seen["candidates"][at]["id"].as_str().expect("an id").to_owned();
    let votes = json!({ "votes": { (candidate(0)): "yes", (candidate(1)): "if_need_be" } });
    let said = five.ok(3, Method::PUT, &format!("{path}/answer"), votes).await;
    assert_eq!(said["answers"].as_array().expect("answers").len(), 1, "Noa knows their own alone: {said}");

    let mail = tokio::task::block_in_place(|| {
        five.mail.mailbox(BY_MAIL.user).wait_for_subject("Mara Ames asks you and 3 others to decide together")
    });
    crate::booking::assert_no_trace(&mail, &[HOST, GUEST, THIRD, IN_APP]);
    let address = link(&mail, "answer");
    let opened = five.server.fetch(Method::GET, &address).await;
    assert!(opened.status == 200 && opened.body.contains("Quintet rehearsal"), "{opened:?}");
    assert_eq!(five.get(0, &path).await["state"], "answering", "looking changes nothing");
    let (first, second) = (format!("vote-{}", candidate(0)), format!("vote-{}", candidate(1)));
    let fields =
        [(first.as_str(), "no"), (second.as_str(), "yes"), ("words", "After lunch."), ("do", "answer")];
    let answered = five.server.post(&address, &fields).await;
    assert_eq!(answered.status, 200, "{answered:?}");

    let done = eventually("the group has decided", async || {
        let group = five.get(0, &path).await;
        group["outcome"].is_string().then_some(group)
    })
    .await;
    let logs = || format!("{}\n{}\n{}", maras.log(), bens.log(), kims.log());
    assert_eq!(
        (&done["outcome"], &done["participation"]),
        (&json!("decided"), &json!(1000)),
        "{done}\n{}",
        logs()
    );
    assert_eq!(done["candidate"], json!(candidate(1)));
    assert_eq!(
        done["candidates"][1]["count"],
        json!({ "yes": 4, "if_need_be": 1, "no": 0, "abstain": 0 }),
        "{done}"
    );
    for (at, reader) in ALL.iter().enumerate() {
        let invitation = tokio::task::block_in_place(|| {
            five.mail.mailbox(reader.user).wait_for_subject("Quintet rehearsal — Invitation")
        });
        let others: Vec<Somebody> =
            [HOST, GUEST, OTHER].into_iter().filter(|it| it.user != reader.user).collect();
        assert_private(&invitation, *reader, &others);
        let meetings = five.get(at, "/meetings").await;
        let meetings = meetings["meetings"].as_array().expect("meetings").clone();
        assert_eq!((meetings.len(), span(&meetings[0])), (1, (late, late + TimeDelta::minutes(45))));
    }
    eventually("the programs heard of it", async || {
        [&maras, &bens, &kims].iter().all(|one| one.log().contains("it ended: decided")).then_some(())
    })
    .await;
    let closed = five.server.fetch(Method::GET, &address).await;
    assert!(closed.body.contains("It is closed"), "{closed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_running_house_ends_a_silent_turn_and_takes_out_who_is_blocked() {
    let five = Five::connected().await;
    let new = json!({
        "question": "Who begins?", "with": &five.with[2..], "candidates": [{ "label": "Mara" }], "mode": "sequential",
        "turn_seconds": 10, "on_silence": "fail",
    });
    let id = five.ok(0, Method::POST, "/groups", new).await["id"].as_str().expect("an id").to_owned();
    let path = format!("/groups/{id}");
    five.ok(0, Method::POST, &format!("/connections/{}/block", five.with[3]), Value::Null).await;
    let member = async |at: usize| five.get(0, &path).await["members"][at].clone();
    eventually("who is blocked belongs to it no more", async || {
        member(2).await["left"].is_string().then_some(())
    })
    .await;
    assert_eq!(member(1).await["left"], Value::Null);
    let over = eventually("the turn is over", async || {
        let group = five.get(0, &path).await;
        group["outcome"].is_string().then_some(group)
    })
    .await;
    assert_eq!((&over["outcome"], &over["reason"]), (&json!("timeout"), &json!("turn")), "{over}");
    eventually("it is told how it ended", async || {
        let list = five.get(3, "/notices").await;
        list["notices"].as_array()?.iter().find(|one| one["kind"] == "group.ended").cloned()
    })
    .await;
}
