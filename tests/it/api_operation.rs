//! What operators' programs ask: health, readiness, metrics, limits; and who may push mail.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::collections::BTreeMap;

use entente::accounts::{Role, Scope};
use entente::base::{Secret, Timestamp};
use entente::config::IpRange;
use entente::web::signature;
use serde_json::{Value, json};

use crate::api_messages::{Two, request};
use crate::api_world::{Ask, World, meeting};

/// Each sample of the page by its name and labels, once the page is sound.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut kinds = BTreeMap::new();
    let mut found = BTreeMap::new();
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind));
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} is described twice");
        } else if !line.starts_with("# HELP ") {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            let of = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
            let is_part = of.is_some_and(|of| kinds.get(of).is_some_and(|kind| kind == "histogram"));
            assert!(kinds.contains_key(name) || is_part, "{name} is not described");
            assert!(
                found.insert(sample.to_owned(), value.parse().unwrap()).is_none(),
                "{sample} is there twice"
            );
        }
    }
    found
}

async fn scrape(w: &World) -> BTreeMap<String, f64> {
    let reply = w.ask(Ask::new("GET", "/metrics").from("127.0.0.1")).await;
    assert_eq!(reply.code, 200, "{}", reply.text);
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    samples(&reply.text)
}

#[actix_web::test]
async fn metrics_count_what_happened_before_the_first_scrape_and_after_it() {
    let w = World::new();
    let token = w.member("ana@example.org", "Ana").await;
    let id = w.booked(&token).await;
    let first = scrape(&w).await;
    assert!((first["entente_meetings_created_total"] - 1.0).abs() < 1e-9);
    assert!((first["entente_queue_depth{topic=\"mail\"}"] - 2.0).abs() < 1e-9);
    assert!(first["process_resident_memory_bytes"] > 1e6);
    w.clock.advance(90_000);
    w.booked(&token).await;
    assert!((scrape(&w).await["entente_queue_age_seconds{topic=\"mail\"}"] - 90.0).abs() < 1e-9);
    let path = format!("/api/v1/meetings/{id}");
    assert_eq!(w.ask(Ask::new("DELETE", path).bearer(&token)).await.code, 200);
    let second = scrape(&w).await;
    for (name, value) in [
        ("entente_meetings_created_total", 2.0),
        ("entente_meetings_cancelled_total", 1.0),
        ("entente_events_total{kind=\"meeting.booked\"}", 2.0),
        ("entente_sends_total", 0.0),
        ("entente_replies_parsed_total", 0.0),
        ("entente_proposals_total", 0.0),
        ("entente_approvals_total", 0.0),
        ("entente_declines_total", 0.0),
        ("entente_bounces_total", 0.0),
        ("entente_invalid_links_total", 0.0),
        ("entente_letters_total{state=\"bounced\"}", 0.0),
        ("entente_uptime_seconds", 90.0),
        ("entente_live_sockets", 0.0),
        ("entente_workers_dead", 0.0),
    ] {
        assert!((second[name] - value).abs() < 1e-9, "{name} is {}", second[name]);
    }
    assert!(second["entente_journal_head"] > first["entente_journal_head"]);
    let mut third = scrape(&w).await;
    let memory = "process_resident_memory_bytes";
    third.insert(memory.to_owned(), second[memory]);
    assert_eq!(third, second, "a scrape counts nothing twice");
}

#[actix_web::test]
async fn metrics_tell_how_long_messages_wait_and_answers_take_from_the_first_scrape_on() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let asked_and_answered = async |not_before_ms: i64| {
        let mut said = request("Well?");
        said["not_before"] = json!(two.w.clock.now().plus(not_before_ms).to_rfc3339());
        two.say(&talk, &said).await;
        two.w.clock.advance(not_before_ms + 4_000);
        let handed = two.inbox().await;
        two.w.clock.advance(2_000);
        let answer = json!({ "type": "response", "text": "Yes.", "answers": handed[0]["message"]["id"] });
        two.done("POST", format!("/api/v1/conversations/{talk}/messages"), &two.max.token, &answer).await;
    };
    asked_and_answered(0).await;
    let first = scrape(&two.w).await;
    let (handover, response) = ("entente_message_handover_seconds", "entente_message_response_seconds");
    for name in [handover, response] {
        assert!(first[&format!("{name}_count")].abs() < 1e-9, "{name}: what was before is not counted");
    }
    // What is for later waits from when it could be had.
    asked_and_answered(60_000).await;
    let second = scrape(&two.w).await;
    for (sample, value) in [
        (format!("{handover}_bucket{{le=\"2.5\"}}"), 0.0),
        (format!("{handover}_bucket{{le=\"5\"}}"), 1.0),
        (format!("{handover}_bucket{{le=\"604800\"}}"), 1.0),
        (format!("{handover}_bucket{{le=\"+Inf\"}}"), 1.0),
        (format!("{handover}_sum"), 4.0),
        (format!("{handover}_count"), 1.0),
        (format!("{response}_bucket{{le=\"5\"}}"), 0.0),
        (format!("{response}_bucket{{le=\"10\"}}"), 1.0),
        (format!("{response}_sum"), 6.0),
        (format!("{response}_count"), 1.0),
    ] {
        assert!((second[&sample] - value).abs() < 1e-9, "{sample} is {}", second[&sample]);
    }
}

#[actix_web::test]
async fn metrics_are_open_to_this_machine_and_to_nobody_behind_an_unknown_proxy() {
    let w = World::with(|config| config.server.trusted_proxies = vec![IpRange::parse("10.0.0.0/8").unwrap()]);
    let admin = w.token(None, &[Scope::Admin]).await;
    let hooks = w.token(None, &[Scope::HooksWrite]).await;
    let ask = |peer: &str, forwarded: &str, token: &str| {
        let ask = Ask::new("GET", "/metrics").from(peer).bearer(token);
        if forwarded.is_empty() { ask } else { ask.header("x-forwarded-for", forwarded) }
    };
    for (peer, forwarded, token, code) in [
        ("127.0.0.1", "", "", 200),
        ("::1", "", "", 200),
        ("::ffff:127.0.0.1", "", "", 200),
        ("203.0.113.7", "", "", 401),
        ("127.0.0.1", "203.0.113.7", "", 401),
        ("127.0.0.1", "127.0.0.1", "", 401),
        ("203.0.113.7", "127.0.0.1", "", 401),
        ("10.0.0.1", "203.0.113.7", "", 401),
        ("10.0.0.1", "127.0.0.1, 203.0.113.7", "", 401),
        ("203.0.113.7", "", hooks.as_str(), 403),
        ("203.0.113.7", "", admin.as_str(), 200),
    ] {
        let reply = w.ask(ask(peer, forwarded, token)).await;
        assert_eq!(reply.code, code, "{peer} for {forwarded:?}: {}", reply.text);
    }
}

#[actix_web::test]
async fn the_house_is_ready_while_its_store_its_disk_and_its_workers_are() {
    let w = World::new();
    let ready = async || {
        let reply = w.ask(Ask::new("GET", "/readyz")).await;
        (reply.code, reply.json())
    };
    let all = json!({ "status": "ok", "checks": { "store": "ok", "disk": "ok", "workers": "ok" } });
    assert_eq!(ready().await, (200, all.clone()));
    let beat = w.web.state.pulse.begin("mail");
    assert_eq!(ready().await, (200, all.clone()));
    drop(beat);
    let unready =
        json!({ "status": "unready", "checks": { "store": "ok", "disk": "ok", "workers": "failed" } });
    assert_eq!(ready().await, (503, unready));
    let _again = w.web.state.pulse.begin("mail");
    assert_eq!(ready().await, (200, all));
    std::fs::remove_dir_all(w.directory()).unwrap();
    let (code, told) = ready().await;
    assert_eq!((code, &told["checks"]["disk"]), (503, &json!("failed")));
    assert_eq!(
        w.ask(Ask::new("GET", "/healthz")).await.json(),
        json!({ "status": "ok" }),
        "it is alive all the same"
    );
}

#[actix_web::test]
async fn whoever_asks_too_often_is_told_when_to_come_back() {
    let w = World::with(|config| {
        config.limits.requests_per_minute = 3;
        config.limits.api_requests_per_minute = 5;
        config.server.trusted_proxies = vec![IpRange::parse("10.0.0.0/8").unwrap()];
    });
    let token = w.member("ana@example.org", "Ana").await;
    let health = async |peer: &str| w.ask(Ask::new("GET", "/healthz").from(peer)).await;
    for _ in 0..3 {
        assert_eq!(health("203.0.113.7").await.code, 200);
    }
    let reply = health("203.0.113.7").await;
    assert_eq!((reply.code, reply.problem().as_str()), (429, "throttled"));
    let wait: i64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    assert_eq!(health("203.0.113.8").await.code, 200, "a neighbour has limits of their own");
    for i in 0..3 {
        assert_eq!(health(&format!("2001:db8::{i}")).await.code, 200);
    }
    assert_eq!(health("2001:db8::ffff").await.code, 429, "a /64 is one client");
    assert_eq!(health("2001:db8:0:1::1").await.code, 200);
    let through = async |who: &str| {
        w.ask(Ask::new("GET", "/healthz").from("10.0.0.1").header("x-forwarded-for", who)).await.code
    };
    assert_eq!(through("203.0.113.7").await, 429, "a trusted proxy tells who it is");
    assert_eq!(through("203.0.113.99, 203.0.113.7").await, 429, "what was told to it counts for nothing");
    let liar = Ask::new("GET", "/healthz").from("203.0.113.7").header("x-forwarded-for", "192.0.2.1");
    assert_eq!(w.ask(liar).await.code, 429, "a stranger's word counts for nothing");
    let list = async |token: &str| {
        w.ask(Ask::new("GET", "/api/v1/meetings").from("203.0.113.7").bearer(token)).await
    };
    for _ in 0..5 {
        assert_eq!(list(&token).await.code, 200, "a token has limits of its own");
    }
    assert_eq!(list(&token).await.code, 429);
    assert_eq!(list("guess").await.code, 429, "a token that is none counts against the address");
    w.clock.advance(wait * 1_000);
    assert_eq!(health("203.0.113.7").await.code, 200);
    w.clock.advance(60_000);
    for i in 0..3 {
        assert_eq!(list(&format!("guess{i}")).await.code, 401);
    }
    assert_eq!(list("guess3").await.code, 429);
    w.clock.advance(-3_600_000);
    assert_eq!(health("203.0.113.7").await.code, 429);
    w.clock.advance(60_000);
    assert_eq!(health("203.0.113.7").await.code, 200, "a clock that was set back locks nobody out");
}

fn status() -> Value {
    json!({ "message_id": "none@example.org", "recipient": "ben@example.net", "event": "bounced" })
}

#[actix_web::test]
async fn a_signature_counts_if_it_is_right_and_fresh() {
    let secret = Secret::new("a secret of the provider's");
    let w = World::with(|config| config.inbound.secret = Secret::new("a secret of the provider's"));
    let now = Timestamp::parse_rfc3339(crate::api_world::NOW).unwrap();
    let body = status().to_string();
    let good = signature::sign(&secret, now, body.as_bytes());
    let send = async |header: &str, body: &str| {
        let ask = Ask::new("POST", "/api/v1/hooks/email-status").header(signature::HEADER, header);
        w.ask(ask.text("application/json", body)).await.code
    };
    assert_eq!(send(&good, &body).await, 200);
    assert_eq!(send(&good, &body.replace("bounced", "delayed")).await, 401, "another body");
    let other = signature::sign(&Secret::new("another"), now, body.as_bytes());
    assert_eq!(send(&other, &body).await, 401, "another secret");
    let both = format!("{good},{}", other.split_once(',').unwrap().1);
    assert_eq!(send(&both, &body).await, 200, "the old secret and the new one");
    let undated = good.replace("t=", "t=9");
    for none in ["", "t=,v1=", "v1=00", "t=1795000000", undated.as_str(), "t=9223372036854775807,v1=00"] {
        assert_eq!(send(none, &body).await, 401, "{none}");
    }
    for (age_ms, code) in [(300_000, 200), (301_000, 401), (-300_000, 200), (-301_000, 401)] {
        let signed = signature::sign(&secret, now.plus(-age_ms), body.as_bytes());
        assert_eq!(send(&signed, &body).await, code, "{age_ms} ms old");
    }
    let both =
        Ask::new("POST", "/api/v1/hooks/email-status").header(signature::HEADER, good.clone()).bearer("x");
    assert_eq!(w.ask(both.json(&status())).await.code, 400);
    let elsewhere = Ask::new("POST", "/api/v1/meetings").header(signature::HEADER, good);
    assert_eq!(w.ask(elsewhere.json(&meeting())).await.code, 401, "a signature makes no meetings");
}

#[actix_web::test]
async fn without_a_configured_secret_no_signature_counts() {
    let w = World::new();
    let now = Timestamp::parse_rfc3339(crate::api_world::NOW).unwrap();
    let empty = signature::sign(&Secret::new(""), now, status().to_string().as_bytes());
    let ask = Ask::new("POST", "/api/v1/hooks/email-status").header(signature::HEADER, empty);
    assert_eq!(w.ask(ask.json(&status())).await.code, 401);
    let none = Ask::new("POST", "/api/v1/imip/inbound").header("authorization", "Bearer ");
    assert_eq!(w.ask(none.text("message/rfc822", "x")).await.code, 401);
}

#[actix_web::test]
async fn a_raw_message_is_taken_from_whoever_may_push_it() {
    let w = World::with(|config| {
        config.inbound.token = Secret::new("provider-token");
        config.inbound.secret = Secret::new("provider-secret");
    });
    let raw =
        "From: ben@example.net\r\nTo: scheduling@example.org\r\nMessage-ID: <1@example.net>\r\n\r\nHello\r\n";
    let pusher = w.token(None, &[Scope::InboundWrite]).await;
    let now = Timestamp::parse_rfc3339(crate::api_world::NOW).unwrap();
    let signed = signature::sign(&Secret::new("provider-secret"), now, raw.as_bytes());
    let push = || Ask::new("POST", "/api/v1/imip/inbound?rcpt=scheduling@example.org");
    let mut outcomes = Vec::new();
    for ask in [
        push().bearer(&pusher).key("k1"),
        push().bearer(&pusher).key("k1"),
        push().bearer("provider-token"),
        push().header(signature::HEADER, signed),
    ] {
        let reply = w.ask(ask.text("message/rfc822", raw)).await;
        assert_eq!(reply.code, 200, "{}", reply.text);
        let taken = reply.json();
        let mut fields: Vec<_> = taken.as_object().unwrap().keys().cloned().collect();
        fields.sort();
        assert_eq!(fields, ["id", "meeting", "outcome", "participant", "reason"]);
        outcomes.push(taken["outcome"].as_str().unwrap().to_owned());
    }
    assert_eq!(outcomes[0], outcomes[1], "the same call is answered as before");
    assert_eq!(outcomes[2..], ["duplicate", "duplicate"]);
    let ana = w.user("ana@example.org", "Ana", Role::Member).await;
    let member = w.token(Some(ana), &[Scope::MeetingsWrite]).await;
    for (token, code) in [(member.as_str(), 403), ("provider-secret", 401), ("", 401)] {
        assert_eq!(w.ask(push().bearer(token).text("message/rfc822", raw)).await.code, code);
    }
    let hook = Ask::new("POST", "/api/v1/hooks/email-status").bearer("provider-token").json(&status());
    assert_eq!(w.ask(hook).await.code, 401, "that token is for messages alone");
    let empty = w.ask(push().bearer(&pusher).text("message/rfc822", "")).await;
    assert_eq!((empty.code, empty.problem().as_str()), (400, "invalid"));
}

#[actix_web::test]
async fn the_list_of_errors_has_a_place_for_every_code() {
    let w = World::new();
    let reply = w.ask(Ask::new("GET", "/errors")).await;
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    for code in entente::web::problem::CODES {
        assert!(reply.text.contains(&format!("id=\"{}\"", code.code)), "{}", code.code);
    }
}
