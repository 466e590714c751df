//! Webhooks: what receivers are told, signed and in order; what is tried again, sent anew, and never said to whom.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entente::app::webhooks as worker;
use entente::base::IpRange;
use entente::journal;
use entente::net::{Client, SystemNames};
use entente::notices;
use entente::queue;
use entente::tasks;
use entente::webhooks;
use ring::digest;
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply, World, meeting};
use crate::http_server::{Call, HttpServer, Told};
use crate::plans::no_query_scans;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// A house that may call this machine, and Ana's token.
pub(crate) struct Hooks {
    pub(crate) w: World,
    pub(crate) ana: String,
    pub(crate) client: Client,
}

pub(crate) fn allow() -> Vec<IpRange> {
    vec![IpRange::parse("127.0.0.0/8").expect("a range")]
}

impl Hooks {
    pub(crate) async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let w = World::with(|config| config.net.allow = allow());
        let ana = w.member("ana@example.org", "Ana").await;
        // As the house's own, but not in a hurry.
        let client = Client::with_names(&allow(), Arc::new(SystemNames), Duration::from_mins(2));
        Self { w, ana, client }
    }

    pub(crate) async fn send(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
        let ask = Ask::new(method, path).bearer(token);
        self.w.ask(if let Some(body) = body { ask.json(&body) } else { ask }).await
    }

    /// Adds a webhook of somebody's; gives its path and its secret.
    pub(crate) async fn add(&self, token: &str, url: &str, kinds: &[&str]) -> (String, String) {
        let new = json!({ "url": url, "kinds": kinds });
        let reply = self.send(token, "POST", "/api/v1/webhooks", Some(new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        let made = reply.json();
        let id = made["webhook"]["id"].as_str().expect("an id");
        let path = format!("/api/v1/webhooks/{id}");
        assert_eq!(reply.header("location"), Some(path.as_str()));
        (path, made["secret"].as_str().expect("a secret").to_owned())
    }

    /// A meeting of Ana's with Ben; gives its id.
    pub(crate) async fn book(&self) -> String {
        let reply = self.send(&self.ana, "POST", "/api/v1/meetings", Some(meeting())).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Reads the journal, and tells everybody what is due.
    pub(crate) async fn work(&self) {
        let store = &self.w.web.store;
        let worker = worker::worker(store.clone(), self.client.clone());
        for _ in 0..50 {
            while journal::follow(store, webhooks::FOLLOWER).await.expect("the journal is read") > 0 {}
            for follower in notices::FOLLOWERS {
                while journal::follow(store, follower).await.expect("and read") > 0 {}
            }
            let leases = self.w.write(|cx| queue::claim(cx, webhooks::TOPIC, 10, 60_000)).await;
            if leases.is_empty() {
                return;
            }
            for lease in leases {
                (worker.handler)(lease).await.expect("a call comes to its end");
            }
        }
        panic!("there is no end of what is to be told");
    }

    async fn later(&self, ms: i64) {
        self.w.clock.advance(ms);
        self.work().await;
    }

    pub(crate) async fn shown(&self, path: &str) -> Value {
        self.send(&self.ana, "GET", path, None).await.json()
    }

    /// What a webhook was told, oldest first: type, state, attempts.
    pub(crate) async fn events(&self, path: &str) -> Vec<Value> {
        let page = self.shown(&format!("{path}/events")).await;
        let mut events = page["events"].as_array().expect("events").clone();
        events.reverse();
        events
    }

    pub(crate) async fn states(&self, path: &str) -> Vec<String> {
        let events = self.events(path).await.into_iter();
        events
            .map(|one| {
                format!(
                    "{} {}",
                    one["type"].as_str().expect("a type"),
                    one["state"].as_str().expect("a state")
                )
            })
            .collect()
    }
}

fn kinds_of(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| body(call)["type"].as_str().expect("a type").to_owned()).collect()
}

fn body(call: &Call) -> Value {
    serde_json::from_str(&call.body).expect("JSON")
}

/// HMAC-SHA256 by its definition (RFC 2104), of what Standard Webhooks says is signed.
fn expected(secret: &str, call: &Call) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a prefix")).expect("base64");
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(&key);
    let (id, at) = (call.header("webhook-id"), call.header("webhook-timestamp"));
    let signed = format!("{id}.{at}.{}", call.body);
    let inner = [&block.map(|byte| byte ^ 0x36)[..], signed.as_bytes()].concat();
    let inner = digest::digest(&digest::SHA256, &inner);
    let outer = [&block.map(|byte| byte ^ 0x5c)[..], inner.as_ref()].concat();
    format!("v1,{}", STANDARD.encode(digest::digest(&digest::SHA256, &outer)))
}

/// A receiver whose answers are listed; afterwards it takes everything.
pub(crate) async fn receiver(answers: Vec<Told>) -> HttpServer {
    let answers = Mutex::new(answers.into_iter());
    let answer =
        move |_: &Call| answers.lock().expect("no panic").next().unwrap_or_else(|| Told::new(204, ""));
    HttpServer::start(answer).await
}

#[tokio::test]
async fn what_happens_is_told_and_signed_as_standard_webhooks_says() {
    let h = Hooks::new().await;
    let server = receiver(vec![]).await;
    let (path, secret) = h.add(&h.ana, &server.url("/in?token=t0k"), &["meeting.*"]).await;
    let id = h.book().await;
    h.work().await;
    let calls = server.calls();
    assert_eq!(kinds_of(&calls), ["meeting.created", "meeting.booked"]);
    for call in &calls {
        assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/in?token=t0k"));
        assert_eq!(call.header("content-type"), "application/json");
        assert!(call.header("user-agent").starts_with("entente/"), "{call:?}");
        assert!(call.header("webhook-id").starts_with("evt_"));
        assert_eq!(call.header("webhook-signature"), expected(&secret, call));
        let at: i64 = call.header("webhook-timestamp").parse().expect("seconds");
        assert_eq!(at, h.w.clock.now().ms() / 1_000);
        assert!(call.body.len() < webhooks::BODY_BYTES_MAX);
        let told = body(call);
        assert_eq!(told["data"]["subject"], id.as_str());
        assert_eq!(told["data"]["sequence"], 0);
        assert!(told["data"]["entry"].as_str().expect("an entry").starts_with("jrn_"));
        assert_eq!(told["timestamp"], h.w.clock.now().to_rfc3339().as_str());
    }
    assert_eq!(h.states(&path).await, ["meeting.created delivered", "meeting.booked delivered"]);
    h.work().await;
    assert_eq!(server.calls().len(), 2, "nothing is told twice");
    let shown = h.send(&h.ana, "GET", &path, None).await.text;
    assert!(!shown.contains("whsec_"), "the secret was shown once");
    tokio::task::spawn_blocking(move || no_query_scans(&h.w.web.store)).await.expect("no scans");
}

#[tokio::test]
async fn what_a_receiver_does_not_take_is_tried_again_under_the_same_id_and_what_follows_waits() {
    let h = Hooks::new().await;
    let server =
        receiver(vec![Told::new(500, "no"), Told::new(404, "no"), Told::redirect(307, "/else")]).await;
    let (path, _) = h.add(&h.ana, &server.url("/in"), &["meeting.booked"]).await;
    let first = h.book().await;
    h.work().await;
    let second = h.send(&h.ana, "DELETE", &format!("/api/v1/meetings/{first}"), None).await;
    assert_eq!(second.code, 200);
    let other = h.book().await;
    for tries in 1..=3 {
        assert_eq!(server.calls().len(), tries, "the second waits for the first");
        let event = h.events(&path).await.remove(0);
        assert_eq!((&event["state"], &event["attempts"]), (&json!("waiting"), &json!(tries)));
        h.later(4 * HOUR).await;
    }
    let calls = server.calls();
    assert!(calls.iter().all(|call| call.path == "/in"), "a redirect is not followed");
    let subjects: Vec<_> = calls.iter().map(|call| body(call)["data"]["subject"].clone()).collect();
    assert_eq!(subjects, [json!(first), json!(first), json!(first), json!(first), json!(other)]);
    let ids: BTreeSet<_> = calls[..4].iter().map(|call| call.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 1, "the id stays");
    assert_ne!(calls[0].header("webhook-timestamp"), calls[3].header("webhook-timestamp"));
    assert_eq!(h.states(&path).await, ["meeting.booked delivered", "meeting.booked delivered"]);
    assert_eq!(h.shown(&path).await["failing_since"], Value::Null);
}

#[tokio::test]
async fn a_call_that_a_crash_interrupted_is_made_again_under_the_same_id() {
    let h = Hooks::new().await;
    let server = receiver(vec![]).await;
    let (path, _) = h.add(&h.ana, &server.url("/in"), &["meeting.booked"]).await;
    h.book().await;
    while journal::follow(&h.w.web.store, webhooks::FOLLOWER).await.expect("it reads") > 0 {}
    // The process ends after the receiver has it, and before that is written down.
    let begun = h.w.write(|cx| {
        let lease = queue::claim(cx, webhooks::TOPIC, 1, 60_000)?.remove(0);
        webhooks::begin(cx, &lease)
    });
    let lost = begun.await.expect("a call").event.to_string();
    h.work().await;
    assert!(server.calls().is_empty(), "somebody is at it");
    h.later(2 * 60_000).await;
    let calls = server.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].header("webhook-id"), lost);
    let event = h.events(&path).await.remove(0);
    assert_eq!((&event["state"], &event["attempts"]), (&json!("delivered"), &json!(2)));
}

#[tokio::test]
async fn a_receiver_that_is_busy_is_left_alone_for_as_long_as_it_asks_and_a_day_at_most() {
    for (status, asks, quiet, back) in [
        (503, "7200", 7_199_000, 7_200_000),
        (429, "Sat, 01 Nov 2025 23:00:00 GMT", 60_000, 7 * DAY),
        (429, "864000", DAY - 1_000, DAY),
    ] {
        let h = Hooks::new().await;
        let server = receiver(vec![Told::new(status, "").header("Retry-After", asks)]).await;
        h.add(&h.ana, &server.url("/in"), &["meeting.booked"]).await;
        h.book().await;
        h.work().await;
        if asks.ends_with("GMT") {
            // A time that is over asks for nothing.
            h.later(60_000).await;
            assert_eq!(server.calls().len(), 2, "{asks}");
            continue;
        }
        h.later(quiet).await;
        assert_eq!(server.calls().len(), 1, "{asks}");
        h.later(back - quiet).await;
        assert_eq!(server.calls().len(), 2, "{asks}");
    }
}

#[tokio::test]
async fn a_receiver_that_says_it_is_gone_is_told_nothing_more_and_its_owner_is_told() {
    let h = Hooks::new().await;
    let server = receiver(vec![Told::new(410, "gone")]).await;
    let (path, _) = h.add(&h.ana, &server.url("/in"), &["meeting.*"]).await;
    h.book().await;
    h.work().await;
    h.later(DAY).await;
    assert_eq!(server.calls().len(), 1);
    assert_eq!(h.shown(&path).await["state"], "gone");
    assert_eq!(h.states(&path).await, ["meeting.created failed", "meeting.booked waiting"]);
    let notices = h.send(&h.ana, "GET", "/api/v1/notices", None).await.json();
    let of = |notices: &Value| -> Vec<Value> {
        let all = notices["notices"].as_array().expect("notices");
        all.iter().filter(|one| one["kind"] == "webhook.failing").cloned().collect()
    };
    let told = of(&notices);
    assert_eq!(told.len(), 1);
    let says = format!("Your webhook to 127.0.0.1:{} says that it is gone, and is paused.", server.port);
    assert_eq!(told[0]["text"], says.as_str());
    // Resumed, it goes on where it stopped.
    let resumed = h.send(&h.ana, "PATCH", &path, Some(json!({ "state": "active" }))).await;
    assert_eq!(resumed.json()["state"], "active");
    h.work().await;
    assert_eq!(kinds_of(&server.calls()), ["meeting.created", "meeting.booked"]);
}

#[tokio::test]
async fn a_receiver_that_takes_nothing_for_two_days_is_left_alone_and_loses_nothing_when_it_is_back() {
    let h = Hooks::new().await;
    let is_back = Arc::new(AtomicUsize::new(0));
    let asked = is_back.clone();
    let server = HttpServer::start(move |_| match asked.load(Ordering::SeqCst) {
        0 => Told::new(502, ""),
        _ => Told::new(200, ""),
    })
    .await;
    let (path, _) = h.add(&h.ana, &server.url("/in"), &["meeting.*"]).await;
    h.book().await;
    h.work().await;
    assert!(h.shown(&path).await["failing_since"].is_string());
    for _ in 0..12 {
        h.later(4 * HOUR).await;
    }
    assert_eq!(h.shown(&path).await["state"], "failing");
    let tried = server.calls().len();
    assert!(tried >= 10, "{tried}");
    h.later(4 * HOUR).await;
    assert_eq!(server.calls().len(), tried, "it is left alone");
    let other = h.book_another().await;
    h.work().await;
    is_back.store(1, Ordering::SeqCst);
    h.send(&h.ana, "PATCH", &path, Some(json!({ "state": "active" }))).await;
    h.work().await;
    let calls = server.calls().split_off(tried);
    let told: Vec<_> = calls
        .iter()
        .map(|call| (body(call)["type"].clone(), body(call)["data"]["subject"].clone()))
        .collect();
    assert_eq!(kinds_of(&calls), ["meeting.created", "meeting.booked", "meeting.created", "meeting.booked"]);
    assert_eq!(told[3].1, other.as_str());
    let shown = h.shown(&path).await;
    assert_eq!((&shown["state"], &shown["failing_since"]), (&json!("active"), &Value::Null));
}

impl Hooks {
    /// Another one, on another day.
    pub(crate) async fn book_another(&self) -> String {
        let mut new = meeting();
        new["start"] = "2026-12-02T10:30:00+01:00".into();
        new["end"] = "2026-12-02T11:30:00+01:00".into();
        let reply = self.send(&self.ana, "POST", "/api/v1/meetings", Some(new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().expect("an id").to_owned()
    }
}

#[tokio::test]
async fn what_waits_for_longer_than_three_days_is_given_up_and_can_be_sent_anew() {
    let h = Hooks::new().await;
    let server = receiver(vec![]).await;
    let (path, _) = h.add(&h.ana, &server.url("/in"), &["meeting.booked"]).await;
    h.send(&h.ana, "PATCH", &path, Some(json!({ "state": "paused" }))).await;
    h.book().await;
    h.work().await;
    h.later(3 * DAY + 2 * HOUR).await;
    h.w.write(|cx| webhooks::delete_ended(cx).map(drop)).await;
    assert_eq!(h.states(&path).await, ["meeting.booked expired"]);
    let event = h.events(&path).await.remove(0);
    let replay = format!("{path}/events/{}/replay", event["id"].as_str().expect("an id"));
    let refused = h.send(&h.ana, "POST", &replay, None).await;
    assert_eq!((refused.code, refused.problem().as_str()), (409, "webhook.paused"));
    h.send(&h.ana, "PATCH", &path, Some(json!({ "state": "active" }))).await;
    h.work().await;
    assert!(server.calls().is_empty());
    assert_eq!(h.send(&h.ana, "POST", &replay, None).await.code, 202);
    h.work().await;
    assert_eq!(h.states(&path).await, ["meeting.booked delivered"]);
    // What ended long ago is forgotten.
    h.w.clock.advance(400 * DAY);
    h.w.write(|cx| webhooks::delete_ended(cx).map(drop)).await;
    assert!(h.events(&path).await.is_empty());
}

#[tokio::test]
async fn an_event_is_sent_anew_under_its_id_at_a_new_time_and_once_for_its_key() {
    let h = Hooks::new().await;
    let server = receiver(vec![]).await;
    let (path, secret) = h.add(&h.ana, &server.url("/in"), &["meeting.booked"]).await;
    h.book().await;
    h.work().await;
    let event = h.events(&path).await.remove(0)["id"].as_str().expect("an id").to_owned();
    h.w.clock.advance(HOUR);
    let replay = format!("{path}/events/{event}/replay");
    let ask = || Ask::new("POST", &replay).bearer(&h.ana).key("once");
    assert_eq!(h.w.ask(ask()).await.code, 202);
    assert_eq!(h.w.ask(ask()).await.header("idempotency-replayed"), Some("true"));
    let waiting = h.send(&h.ana, "POST", &replay, None).await;
    assert_eq!((waiting.code, waiting.problem().as_str()), (409, "webhook.waiting"));
    h.work().await;
    let calls = server.calls();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.header("webhook-id") == event && call.body == calls[0].body));
    let at = |call: &Call| call.header("webhook-timestamp").parse::<i64>().expect("seconds");
    assert_eq!(at(&calls[1]) - at(&calls[0]), HOUR / 1_000);
    assert_eq!(calls[1].header("webhook-signature"), expected(&secret, &calls[1]));
    // A test has a type of its own, and is an event like any other.
    assert_eq!(h.send(&h.ana, "POST", &format!("{path}/test"), None).await.code, 202);
    h.work().await;
    assert_eq!(kinds_of(&server.calls()[2..]), ["webhook.test"]);
    let (other, _) = h.add(&h.ana, &server.url("/other"), &["meeting.booked"]).await;
    let elsewhere = h.send(&h.ana, "POST", &format!("{other}/events/{event}/replay"), None).await;
    assert_eq!(elsewhere.code, 404, "it is the other webhook's");
}

#[tokio::test]
async fn after_a_rotation_both_secrets_sign_for_a_day() {
    let h = Hooks::new().await;
    let server = receiver(vec![]).await;
    let (path, before) = h.add(&h.ana, &server.url("/in"), &["meeting.booked"]).await;
    let rotated = h.send(&h.ana, "POST", &format!("{path}/rotate"), None).await.json();
    let now = rotated["secret"].as_str().expect("a secret").to_owned();
    assert_ne!(now, before);
    assert!(rotated["webhook"]["former_secret_until"].is_string());
    h.send(&h.ana, "POST", &format!("{path}/test"), None).await;
    h.later(DAY - 1_000).await;
    h.send(&h.ana, "POST", &format!("{path}/test"), None).await;
    h.later(1_000).await;
    let calls = server.calls();
    let both = format!("{} {}", expected(&now, &calls[0]), expected(&before, &calls[0]));
    assert_eq!(calls[0].header("webhook-signature"), both);
    assert_eq!(calls[1].header("webhook-signature"), expected(&now, &calls[1]));
    assert_eq!(h.shown(&path).await["former_secret_until"], Value::Null);
}

#[tokio::test]
async fn nothing_of_somebody_else_and_no_word_of_anybody_reaches_a_webhook() {
    let h = Hooks::new().await;
    let [mine, bens, zoes] = [receiver(vec![]).await, receiver(vec![]).await, receiver(vec![]).await];
    let ben = h.w.member("ben@example.net", "Ben").await;
    let zoe = h.w.member("zoe@example.com", "Zoe").await;
    let all: Vec<String> = webhooks::FAMILIES.iter().map(|family| format!("{}.*", family.word)).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    h.add(&h.ana, &mine.url("/in"), &all).await;
    h.add(&ben, &bens.url("/in"), &all).await;
    h.add(&zoe, &zoes.url("/in"), &all).await;
    let session = h.w.session(&h.ana, &ben).await;
    let say = json!({ "type": "note", "text": "A word to ben@example.net: Zanzibar" });
    let said = h.send(&h.ana, "POST", &format!("/api/v1/sessions/{session}/messages"), Some(say)).await;
    assert_eq!(said.code, 200, "{}", said.text);
    let id = h.book().await;
    let link = h.w.link(&h.ana).await.0;
    h.w.waiting(&h.ana).await;
    h.w.source(&h.ana).await;
    h.w.program(&h.ana).await;
    h.send(&h.ana, "DELETE", &format!("/api/v1/meetings/{id}"), None).await;
    h.work().await;
    assert_eq!(zoes.calls().len(), 0, "{:?}", kinds_of(&zoes.calls()));
    let told = kinds_of(&mine.calls());
    for kind in [
        "connection.invited",
        "connection.accepted",
        "session.note",
        "meeting.booked",
        "meeting.cancelled",
        "booking.waiting",
        "source.added",
        "agent.registered",
        "agent.key-made",
    ] {
        assert!(told.iter().any(|one| one == kind), "{kind} of {told:?}");
    }
    let bens = bens.calls();
    let kinds = kinds_of(&bens);
    assert!(kinds.contains(&"session.started".to_owned()) && kinds.contains(&"meeting.booked".to_owned()));
    for foreign in ["source", "agent", "booking"] {
        assert!(!kinds.iter().any(|kind| kind.starts_with(foreign)), "{kinds:?}");
    }
    let fields = ["entry", "subject", "sequence", "participant", "proposal", "place"];
    for call in bens.iter().chain(&mine.calls()) {
        for word in ["@", "Zanzibar", "Practice", "Ana", "Ben", "Zoe", "Maya", link.as_str()] {
            assert!(!call.body.contains(word), "{word}: {}", call.body);
        }
        let told = body(call);
        let data = told["data"].as_object().expect("an object");
        assert!(data.keys().all(|field| fields.contains(&field.as_str())), "{}", call.body);
        assert_eq!(told.as_object().expect("an object").len(), 3);
    }
}

#[tokio::test]
async fn answers_to_an_invitation_are_told_to_its_host_alone() {
    let h = Hooks::new().await;
    let ben = h.w.member("ben@example.net", "Ben").await;
    let cleo = h.w.member("cleo@example.net", "Cleo").await;
    let [mine, bens, cleos] = [receiver(vec![]).await, receiver(vec![]).await, receiver(vec![]).await];
    for (token, server) in [(&h.ana, &mine), (&ben, &bens), (&cleo, &cleos)] {
        h.add(token, &server.url("/in"), &["invitation.*"]).await;
    }
    let mut new = meeting();
    new["guests"] = json!([{ "email": "ben@example.net" }, { "email": "cleo@example.net" }]);
    let booked = h.send(&h.ana, "POST", "/api/v1/meetings", Some(new)).await.json();
    let id: entente::base::id::MeetingId = booked["id"].as_str().unwrap().parse().unwrap();
    h.w.write(move |cx| {
        let who = crate::api_world::operator();
        let meeting = entente::meetings::see(cx, &who, id)?.meeting;
        let guest = meeting.participants.iter().find(|one| one.address.as_str() == "ben@example.net");
        let guest = guest.expect("Ben").id;
        entente::meetings::answer(cx, &who, &meeting, guest, entente::itip::PartStat::Accepted).map(drop)
    })
    .await;
    h.work().await;
    assert_eq!(kinds_of(&mine.calls()), ["invitation.answered"]);
    assert_eq!(kinds_of(&bens.calls()), ["invitation.answered"], "it is his own answer");
    assert!(cleos.calls().is_empty());
    let participant = body(&mine.calls()[0])["data"]["participant"].clone();
    assert!(participant.as_str().expect("a participant").starts_with("par_"));
}

#[actix_web::test]
async fn tasks_approvals_and_rules_are_told_to_those_who_may_read_them_and_to_nobody_else() {
    let hooks = Hooks::new().await;
    let ben = hooks.w.member("ben@example.net", "Ben").await;
    let cleo = hooks.w.member("cleo@example.com", "Cleo").await;
    let mut told = Vec::new();
    for token in [&hooks.ana, &ben, &cleo] {
        told.push(
            hooks.add(token, "http://127.0.0.1:9/in", &["task.*", "approval.*", "approval-rule.*"]).await.0,
        );
    }
    hooks.w.task(&hooks.ana, &ben).await;
    let approval = hooks.w.approval(&hooks.ana, &ben).await;
    let yes = json!({ "choice": "approve" });
    hooks.send(&ben, "POST", &format!("/api/v1/approvals/{approval}/decide"), Some(yes)).await;
    let rule = json!({ "kind": "payment", "decision": "refuse", "after_minutes": 5 });
    assert_eq!(hooks.send(&ben, "POST", "/api/v1/approval-rules", Some(rule)).await.code, 201);
    // What was put before a program falls back to its owner: that is between the two.
    let program = json!({ "kind": "personal", "name": "Max" });
    let program = hooks.send(&ben, "POST", "/api/v1/agents", Some(program)).await.json();
    hooks.w.task(&hooks.ana, &ben).await;
    let path = format!("/api/v1/agents/{}", program["id"].as_str().expect("an id"));
    assert_eq!(hooks.send(&ben, "DELETE", &path, None).await.code, 200);
    while journal::follow(&hooks.w.web.store, tasks::FOLLOWER).await.expect("the journal is read") > 0 {}
    while journal::follow(&hooks.w.web.store, webhooks::FOLLOWER).await.expect("the journal is read") > 0 {}
    let decided = ["task.submitted", "approval.asked", "approval.voted", "approval.approved"];
    let both: Vec<&str> = decided.into_iter().chain(["task.submitted"]).collect();
    let own: Vec<&str> =
        decided.into_iter().chain(["approval-rule.made", "task.submitted", "task.fell-back"]).collect();
    for ((path, token), kinds) in
        told.iter().zip([&hooks.ana, &ben, &cleo]).zip([both.as_slice(), own.as_slice(), &[]])
    {
        let page = hooks.send(token, "GET", &format!("{path}/events"), None).await.json();
        let mut seen: Vec<&str> = page["events"]
            .as_array()
            .expect("events")
            .iter()
            .filter_map(|one| one["type"].as_str())
            .collect();
        seen.reverse();
        assert_eq!(seen, kinds);
    }
}
