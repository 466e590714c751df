//! What an agent may do too much of, and what becomes of one that does it all the same.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::{Role, Scope};
use entente::agents;
use entente::base::id::AgentId;
use entente::base::time::{DAY, HOUR, MINUTE};
use entente::journal;
use entente::notices;
use serde_json::{Value, json};

use crate::api_messages::{Two, request};
use crate::api_watch::gather;
use crate::plans::no_query_scans;

const NOBODY: &str = "/api/v1/agents/agt_0123456789abcdef0123456789abcdef";

impl Two {
    async fn learn(&self) {
        for follower in notices::FOLLOWERS {
            while journal::follow(&self.w.web.store, follower).await.unwrap() > 0 {}
        }
        gather(&self.w.web.store).await;
    }

    /// What somebody was told, newest first.
    async fn told(&self, token: &str) -> Vec<(String, String)> {
        let told = self.done("GET", "/api/v1/notices", token, &Value::Null).await;
        let one = |one: &Value| (one["kind"].as_str().unwrap().into(), one["text"].as_str().unwrap().into());
        told["notices"].as_array().unwrap().iter().map(one).collect()
    }
}

#[actix_web::test]
async fn an_agent_that_probes_is_shut_out_until_it_is_over_or_somebody_lets_it_in() {
    let two = Two::with(|config| config.agents.probes_per_hour = 3).await;
    let admin = two.w.user("root@example.org", "Root", Role::Admin).await;
    let admin = two.w.token(Some(admin), &[Scope::Admin]).await;
    for _ in 0..3 {
        assert_eq!(two.ask("GET", NOBODY, &two.max.token, &Value::Null).await.code, 404);
    }
    // At once, and it says until when.
    let mine = format!("/api/v1/agents/{}", two.max.id);
    let refused = two.ask("GET", mine.clone(), &two.max.token, &Value::Null).await;
    assert_eq!((refused.code, refused.problem().as_str()), (403, "agent.shut-out"));
    assert!(refused.json()["detail"].as_str().unwrap().contains("2026-11-18T10:00:00Z"));
    assert_eq!(
        (refused.header("retry-after"), &refused.json()["retry_after"]),
        (Some("3600"), &json!(3_600))
    );
    two.w.clock.advance(10 * MINUTE - 1);
    let later = two.ask("POST", format!("{mine}/heartbeat"), &two.max.token, &json!({})).await;
    assert_eq!((later.code, later.header("retry-after")), (403, Some("3001")), "not a moment too early");
    two.w.clock.advance(1 - 10 * MINUTE);
    // Its owner can do what they could, and reads why; others' agents are not touched.
    let health = format!("{mine}/health");
    let seen = two.done("GET", health.clone(), &two.ben, &Value::Null).await;
    assert_eq!(seen["shut_out"], json!({ "until": "2026-11-18T10:00:00Z", "reason": "probing" }));
    assert_eq!(seen["presence"], "offline");
    let maya = format!("/api/v1/agents/{}", two.maya.id);
    assert_eq!(two.ask("GET", maya, &two.maya.token, &Value::Null).await.code, 200);
    two.learn().await;
    for token in [&two.ben, &admin] {
        let told = two.told(token).await;
        let (kind, text) = &told[0];
        assert_eq!(kind, "agent.shut-out");
        assert_eq!(text, "Max is shut out for a while: it looked again and again for what is not there.");
    }
    assert!(two.told(&two.ana).await.iter().all(|(kind, _)| kind != "agent.shut-out"));
    let figures = two.done("GET", format!("{mine}/figures"), &two.ben, &Value::Null).await;
    assert_eq!(figures["errors"][0]["kind"], "agent.shut-out");
    no_query_scans(&two.w.web.store);

    // A restart lets nobody in.
    let Two { w, ben, max, ana, connection, maya } = two;
    let two = Two { w: w.reopened(), ben, max, ana, connection, maya };
    assert_eq!(two.ask("GET", mine.clone(), &two.max.token, &Value::Null).await.code, 403);
    let lift = format!("{mine}/shut-out");
    assert_eq!(two.ask("DELETE", lift.clone(), &two.ben, &Value::Null).await.code, 403);
    assert_eq!(two.ask("DELETE", lift, &admin, &Value::Null).await.code, 204);
    assert_eq!(two.ask("GET", mine.clone(), &two.max.token, &Value::Null).await.code, 200);

    // Again, and this time it ends by itself.
    for _ in 0..3 {
        two.ask("GET", NOBODY, &two.max.token, &Value::Null).await;
    }
    assert_eq!(two.ask("GET", mine.clone(), &two.max.token, &Value::Null).await.problem(), "agent.shut-out");
    two.w.clock.advance(HOUR + MINUTE);
    let health = two.done("GET", health, &two.ben, &Value::Null).await;
    assert_eq!(health["shut_out"], Value::Null);
    // Its token is over by then: nothing else is wrong with it.
    assert_eq!(two.ask("GET", mine, &two.max.token, &Value::Null).await.code, 401);
}

#[actix_web::test]
async fn a_key_gets_no_token_while_its_agent_is_shut_out() {
    let two = Two::new().await;
    let key = json!({ "name": "Server", "scopes": ["messages.read"] });
    let made = two.done("POST", format!("/api/v1/agents/{}/keys", two.max.id), &two.ben, &key).await;
    let secret = made["secret"].as_str().unwrap();
    let id: AgentId = two.max.id.parse().unwrap();
    two.w.write(move |cx| agents::shut_out(cx, "t", id, agents::Pattern::Floods)).await;
    let refused = two.ask("POST", "/api/v1/agents/token", secret, &json!({})).await;
    assert_eq!((refused.code, refused.problem().as_str()), (403, "agent.shut-out"));
    assert_eq!(refused.header("retry-after"), Some("3600"));
    // Twice is once.
    assert!(!two.w.write(move |cx| agents::shut_out(cx, "t", id, agents::Pattern::Floods)).await);
}

#[actix_web::test]
async fn an_agent_that_goes_on_when_it_is_told_to_wait_is_shut_out_and_nobody_does_that_to_another() {
    let two = Two::with(|config| {
        config.agents.floods_per_hour = 4;
        config.agents.burst = 2;
    })
    .await;
    let talk = two.talk(&json!({})).await;
    let path = format!("/api/v1/conversations/{talk}/messages");
    // Somebody else's word for it counts for nothing: a token that only looks like Maya's.
    let forged = format!("{}x", two.maya.token);
    for _ in 0..10 {
        assert_eq!(two.ask("GET", NOBODY, &forged, &Value::Null).await.code, 401);
    }
    let mut codes = Vec::new();
    for _ in 0..8 {
        codes.push(two.ask("POST", path.clone(), &two.maya.token, &request("Now!")).await.code);
    }
    assert_eq!(codes, [201, 429, 429, 429, 429, 403, 403, 403]);
}

#[actix_web::test]
async fn a_token_that_only_names_an_agent_spends_nothing_of_what_that_agent_may_ask() {
    let two = Two::with(|config| {
        config.limits.api_requests_per_minute = 20;
        config.agents.floods_per_hour = 1;
    })
    .await;
    let mine = format!("/api/v1/agents/{}", two.maya.id);
    assert_eq!(two.ask("GET", mine.clone(), &two.maya.token, &Value::Null).await.code, 200);
    for number in 0..40 {
        let forged = format!("{}{}", two.maya.token, number % 2);
        let code = two.ask("GET", mine.clone(), &forged, &Value::Null).await.code;
        assert!([401, 429].contains(&code), "{code}");
    }
    // Neither told to wait, nor shut out for not waiting.
    assert_eq!(two.ask("GET", mine, &two.maya.token, &Value::Null).await.code, 200);
}

#[actix_web::test]
async fn what_is_refused_again_and_again_is_counted_for_an_hour() {
    let two = Two::with(|config| config.agents.refusals_per_hour = 3).await;
    let wrong = "/api/v1/conversations?limit=0";
    for _ in 0..2 {
        assert_eq!(two.ask("GET", wrong, &two.max.token, &Value::Null).await.code, 400);
    }
    let mine = format!("/api/v1/agents/{}", two.max.id);
    assert_eq!(two.ask("PATCH", mine.clone(), &two.max.token, &json!({ "name": "Other" })).await.code, 403);
    assert_eq!(two.ask("GET", mine, &two.max.token, &Value::Null).await.problem(), "agent.shut-out");
}

#[actix_web::test]
async fn urgent_messages_have_a_smaller_budget_of_their_own() {
    let two = Two::with(|config| config.agents.urgent_burst = 2).await;
    let talk = two.talk(&json!({})).await;
    let path = format!("/api/v1/conversations/{talk}/messages");
    let urgent = json!({ "type": "request", "text": "Now!", "priority": "urgent" });
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(two.ask("POST", path.clone(), &two.maya.token, &urgent).await.code);
    }
    assert_eq!(codes, [201, 201, 429]);
    // The rest is not touched by it.
    two.say(&talk, &request("When you can.")).await;
    // After three seconds there is room for the next: twenty in a minute.
    two.w.clock.advance(3_000);
    assert_eq!(two.ask("POST", path, &two.maya.token, &urgent).await.code, 201);
}

#[actix_web::test]
async fn a_whole_group_has_a_budget_and_whoever_is_not_in_it_learns_nothing_of_that() {
    let two = Two::with(|config| config.agents.group_burst = 10).await;
    let mut others = vec![json!(two.max.id)];
    for name in ["Bo", "Cy", "Di", "Ed"] {
        let new = json!({ "kind": "service", "name": name, "registration": {} });
        others.push(two.done("POST", "/api/v1/agents", &two.ben, &new).await["id"].clone());
    }
    let group = async |with: &[serde_json::Value]| {
        let new = json!({ "with": with, "about": "social", "shape": "group" });
        let begun = two.done("POST", "/api/v1/conversations", &two.ana, &new).await;
        format!("/api/v1/conversations/{}/messages", begun["id"].as_str().unwrap())
    };
    // Ana and Max share what three of them have: each message goes to two.
    let three = group(&others[..2]).await;
    let say = async |path: &str, token: &str| two.ask("POST", path, token, &request("All!")).await.code;
    for sender in [&two.ana, &two.max.token, &two.ana, &two.max.token, &two.max.token] {
        assert_eq!(say(&three, sender).await, 201);
    }
    assert_eq!((say(&three, &two.ana).await, say(&three, &two.max.token).await), (429, 429));
    // To five others it counts as five, whoever says it; and another group has a budget of its own.
    let six = group(&others).await;
    for sender in [&two.max.token, &two.ana] {
        assert_eq!(say(&six, sender).await, 201);
    }
    assert_eq!((say(&six, &two.ana).await, say(&six, &two.max.token).await), (429, 429));
    // A stranger is answered as ever.
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    assert_eq!(say(&six, &zoe).await, 404);
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn an_owner_is_told_once_of_an_agent_that_gives_no_sign_of_life() {
    let two = Two::new().await;
    let inactive = |days: i64| {
        two.w.clock.advance(days * DAY);
        two.w.write(agents::tell_inactive)
    };
    assert_eq!(inactive(13).await, 0);
    assert_eq!(inactive(2).await, 2);
    assert_eq!(inactive(2).await, 0);
    two.learn().await;
    let told = two.told(&two.ben).await;
    let (kind, text) = &told[0];
    assert_eq!((kind.as_str(), text.as_str()), ("agent.inactive", "Max gives no sign of life any more."));
    assert_eq!(told.iter().filter(|(kind, _)| kind == "agent.inactive").count(), 1);
    // One that was added and never came is missed from the day on which it was.
    let new = json!({ "kind": "service", "name": "Rex", "registration": {} });
    two.done("POST", "/api/v1/agents", &two.ben, &new).await;
    assert_eq!((inactive(13).await, inactive(2).await, inactive(2).await), (0, 1, 0));
    two.learn().await;
    let never = "Rex has given no sign of life since it was added.";
    assert_eq!(two.told(&two.ben).await[0].1, never);
    // Whoever comes back may be missed again.
    two.done("POST", format!("/api/v1/agents/{}/heartbeat", two.max.id), &two.ben, &json!({})).await;
    assert_eq!(inactive(20).await, 1);
    no_query_scans(&two.w.web.store);
}
