//! What becomes of messages where things go wrong, and what the house itself says.

use entente::accounts::{self, Role, Scope};
use entente::agents;
use entente::base::id::{AgentId, Id};
use entente::base::text::Address;
use entente::base::time::{DAY, MINUTE};
use entente::post::{self, fact};
use entente::queue::{self, Backoff, Reason};
use entente::sessions;
use serde_json::{Value, json};

use crate::api_messages::{Two, request, texts};
use crate::plans::no_query_scans;

#[actix_web::test]
async fn the_house_tells_agents_something_and_they_say_nothing_back() {
    let two = Two::new().await;
    let admin = two.w.user("root@example.org", "Root", Role::Admin).await;
    let admin = two.w.token(Some(admin), &[Scope::Admin]).await;
    let new = json!({ "with": [two.max.id, two.maya.id], "about": "information", "shape": "system", "topic": "Sunday" });
    assert_eq!(two.ask("POST", "/api/v1/conversations", &two.maya.token, &new).await.code, 403);
    let begun = two.ask("POST", "/api/v1/conversations", &admin, &new).await;
    assert_eq!((begun.code, &begun.json()["shape"]), (201, &json!("system")), "{}", begun.text);
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/conversations/{id}/messages");
    let words = json!({ "type": "system", "text": "The house is closed on Sunday." });
    two.done("POST", path.clone(), &admin, &words).await;
    let handed = two.inbox().await;
    assert_eq!(
        (texts(&handed), &handed[0]["message"]["type"]),
        (vec!["The house is closed on Sunday."], &json!("system"))
    );
    assert_eq!(two.ask("POST", path.clone(), &two.max.token, &request("Why?")).await.code, 403);
    let told = two.done("GET", path, &two.maya.token, &Value::Null).await;
    assert!(told["messages"].as_array().unwrap().is_empty(), "it was not handed over to Maya yet");
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn what_a_built_in_agent_cannot_read_on_a_fault_of_ours_is_dead_and_its_sender_told() {
    let two = Two::new().await;
    let ben = two.w.write(|cx| {
        let address = Address::parse("ben@example.net").unwrap();
        Ok(accounts::by_address(cx, &address)?.unwrap().id)
    });
    let builtin = AgentId::from_uuid(ben.await.uuid());
    let new = json!({ "with": [builtin], "about": "information" });
    let talk = two.done("POST", "/api/v1/conversations", &two.maya.token, &new).await;
    let sent = two.say(talk["id"].as_str().unwrap(), &request("Well?")).await;
    let delivery = sent["deliveries"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/deliveries/{delivery}");
    assert_eq!(two.done("GET", path.clone(), &two.maya.token, &Value::Null).await["state"], "queued");
    let buried = two.w.write(|cx| {
        let leases = queue::claim(cx, sessions::AGENTS, 10, MINUTE)?;
        for lease in &leases {
            queue::bury(cx, lease, Reason::Attempts, "the disk is on fire")?;
        }
        Ok(leases.len())
    });
    assert_eq!(buried.await, 1);
    assert_eq!(two.w.write(sessions::fail_dead).await, 1);
    assert_eq!(two.w.write(sessions::fail_dead).await, 0);
    let now = two.done("GET", path, &two.maya.token, &Value::Null).await;
    assert_eq!((&now["state"], &now["reason"]), (&json!("dead"), &json!("fault")));
    assert_eq!(two.receipts().await, ["dead (fault)"]);
    // It is nobody's failure but ours.
    let figures = two.figures(&builtin.to_string(), &two.ben, "").await;
    assert_eq!((&figures["total"]["received"], &figures["total"]["failed"]), (&json!(1), &json!(0)));
    assert_eq!(figures["errors"], json!([]));
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn however_many_dead_letters_there_are_each_has_its_turn() {
    let two = Two::new().await;
    // What means nothing to anybody, before and behind what somebody waits for.
    let bury = |many: usize| {
        two.w.clock.advance(1);
        two.w.write(move |cx| {
            for at in 0..many {
                let work =
                    queue::Work::of(sessions::AGENTS, "t", json!({})).keyed(format!("{} {at}", cx.now.ms()));
                queue::enqueue(cx, &work)?;
            }
            let leases = queue::claim(cx, sessions::AGENTS, u32::MAX, MINUTE)?;
            leases.iter().try_for_each(|lease| queue::bury(cx, lease, Reason::Attempts, "a fault"))
        })
    };
    bury(450).await;
    let ben = two.w.write(|cx| {
        let address = Address::parse("ben@example.net").unwrap();
        Ok(accounts::by_address(cx, &address)?.unwrap().id)
    });
    let new = json!({ "with": [AgentId::from_uuid(ben.await.uuid())], "about": "information" });
    let talk = two.done("POST", "/api/v1/conversations", &two.maya.token, &new).await;
    two.say(talk["id"].as_str().unwrap(), &request("Well?")).await;
    bury(0).await;
    bury(450).await;
    let mut passes = Vec::new();
    for _ in 0..6 {
        passes.push(two.w.write(sessions::fail_dead).await);
    }
    assert_eq!(passes, [0, 0, 1, 0, 0, 0], "the oldest first, 200 at a time, each once");
    assert_eq!(two.receipts().await, ["dead (fault)"]);
    let left = two.w.web.store.read(|cx| queue::unsettled(cx, sessions::AGENTS, 10)).await.unwrap();
    assert!(left.is_empty());
    let kept = two.w.web.store.read(|cx| queue::dead_letters(cx, sessions::AGENTS, 10_000)).await.unwrap();
    assert_eq!(kept.len(), 901, "they stay for whoever runs the house");
    // What is put back and dies again is seen to again.
    let id = kept[0].id;
    two.w.write(move |cx| queue::retry_dead(cx, id)).await;
    bury(0).await;
    let left = two.w.web.store.read(|cx| queue::unsettled(cx, sessions::AGENTS, 10)).await.unwrap();
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn a_route_tells_how_an_agent_is_told_at_once_that_something_waits() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let sent = two.say(&talk, &request("Well?")).await;
    let path = format!("/api/v1/messages/{}/route", sent["id"].as_str().unwrap());
    let hints = async || {
        let route = two.done("GET", path.clone(), &two.maya.token, &Value::Null).await;
        (route["deliveries"][0]["road"].clone(), route["deliveries"][0]["hints"].clone())
    };
    assert_eq!(hints().await, (json!("inbox"), json!([])));
    let new = json!({ "url": "https://hooks.example.org/in", "kinds": ["message.*"], "agent": two.max.id });
    two.done("POST", "/api/v1/webhooks", &two.ben, &new).await;
    assert_eq!(hints().await, (json!("inbox"), json!(["webhook"])));
    let socket = two.w.web.state.live.sockets.open(two.max.id.parse().unwrap());
    assert_eq!(hints().await, (json!("inbox"), json!(["socket", "webhook"])));
    drop(socket);
    let handed = two.inbox().await;
    two.answer("ack", &handed[0], &Value::Null).await;
    assert_eq!(hints().await, (Value::Null, json!([])));
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn no_query_of_agents_that_ended_reads_a_whole_table() {
    let two = Two::new().await;
    two.done("DELETE", format!("/api/v1/agents/{}", two.max.id), &two.ben, &Value::Null).await;
    two.w.clock.advance(91 * DAY);
    assert!(two.w.write(agents::delete_ended).await >= 1);
    assert_eq!(
        two.ask("GET", format!("/api/v1/agents/{}", two.max.id), &two.ben, &Value::Null).await.code,
        404
    );
    two.w.write(|cx| agents::tell_inactive(cx).map(drop)).await;
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn how_the_house_is_is_an_administrators_to_read() {
    let two = Two::new().await;
    let admin = two.w.user("root@example.org", "Root", Role::Admin).await;
    let admin = two.w.token(Some(admin), &[Scope::Admin]).await;
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("Well?")).await;
    two.w.clock.advance(5 * MINUTE);
    let health = two.done("GET", "/api/v1/health", &admin, &Value::Null).await;
    assert_eq!((&health["status"], &health["checks"]["store"]), (&json!("ok"), &json!("ok")));
    let inboxes = health["queue"].as_array().unwrap().iter().find(|one| one["topic"] == "inbox").unwrap();
    assert_eq!((&inboxes["waiting"], &inboxes["oldest_ms"]), (&json!(1), &json!(5 * MINUTE)));
    assert_eq!((&health["agents"]["online"], &health["agents"]["inbox"]["waiting"]), (&json!(0), &json!(1)));
    assert_eq!(two.ask("GET", "/api/v1/health", &two.ana, &Value::Null).await.code, 403);
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn how_the_database_and_mail_are_is_told_as_far_as_the_house_knows() {
    let two = Two::new().await;
    let admin = two.w.user("root@example.org", "Root", Role::Admin).await;
    let admin = two.w.token(Some(admin), &[Scope::Admin]).await;
    let health = async || two.done("GET", "/api/v1/health", &admin, &Value::Null).await;
    let told = health().await;
    let database = &told["database"];
    assert_eq!(
        (&database["state"], &database["backup"], &database["verified"]),
        (&json!("ok"), &Value::Null, &Value::Null)
    );
    assert!(database["bytes"].as_i64() >= Some(4_096) && database["log_bytes"].is_i64(), "{database}");
    let mail = &told["mail"];
    assert_eq!(
        (&mail["failing_since"], &mail["held"], &mail["mailbox"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!((&mail["received"], &mail["sent"]), (&Value::Null, &Value::Null));
    // A backup, a journal that holds, mail that cannot be handed over.
    two.w
        .write(|cx| {
            fact::set(cx, fact::BACKUP, "")?;
            fact::set(cx, fact::VERIFIED, "holds 12")
        })
        .await;
    let waiting = mail["waiting"].as_i64();
    two.w.clock.advance(5 * MINUTE);
    two.done("POST", "/api/v1/connections", &two.ana, &json!({ "email": "kim@example.net" })).await;
    two.w
        .write(|cx| {
            let lease = queue::claim(cx, post::TOPIC, 1, MINUTE)?.remove(0);
            let often = Backoff { first_ms: MINUTE, longest_ms: MINUTE, attempts_max: 9 };
            queue::retry(cx, &lease, "the server is away", often).map(drop)
        })
        .await;
    two.w.clock.advance(MINUTE);
    let told = health().await;
    let database = &told["database"];
    assert_eq!(
        (&database["backup"], &database["verified"], &database["sound_up_to"], &database["broken_at"]),
        (&json!("2026-11-18T09:00:00Z"), &json!("2026-11-18T09:00:00Z"), &json!(12), &Value::Null)
    );
    let mail = &told["mail"];
    assert_eq!((&mail["retrying"], mail["waiting"].as_i64() > waiting), (&json!(1), true), "{mail}");
    assert!(mail["failing_since"].as_str().is_some_and(|at| at.starts_with("2026-11-18T09:0")), "{mail}");
    two.w.write(|cx| fact::set(cx, fact::VERIFIED, "broken 7")).await;
    let database = &health().await["database"];
    assert_eq!((&database["sound_up_to"], &database["broken_at"]), (&Value::Null, &json!(7)));
    no_query_scans(&two.w.web.store);
}
