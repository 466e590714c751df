//! Programs that people run themselves: two of them agree on a time and book it, one killed and started again in the middle.

use chrono::{TimeDelta, Timelike};
use reqwest::Method;
use serde_json::{Value, json};

use super::town::{AUTO, Town, at, span};
use crate::booking::{GUEST, HOST, Somebody, assert_private};
use crate::rig::{Agent, eventually};

/// Registers a program of somebody's; gives its id and a key.
async fn registered(town: &Town, who: Somebody, name: &str) -> (String, String) {
    let preferences = json!({ "stand_in_minutes": null });
    let new = json!({ "kind": "personal", "name": name, "registration": { "preferences": preferences } });
    let id = town.ok(who, Method::POST, "/agents", new).await["id"].as_str().expect("an id").to_owned();
    let key = json!({ "name": "Laptop", "scopes": ["sessions.read", "sessions.write"] });
    let made = town.ok(who, Method::POST, &format!("/agents/{id}/keys"), key).await;
    (id, made["secret"].as_str().expect("a secret").to_owned())
}

/// Starts a program, and waits until it gave a sign of life.
async fn started(town: &Town, who: Somebody, (id, key): &(String, String), not_before: u32) -> Agent {
    let agent = tokio::task::block_in_place(|| Agent::start(&town.server.url(), key, not_before));
    eventually("the agent is there", async || {
        let known = town.get(who, &format!("/agents/{id}/presence")).await;
        (known["presence"] == "online").then_some(())
    })
    .await;
    agent
}

/// What programs said in a session, in order: the type of each step, and whose it was.
async fn said(town: &Town, id: &str, names: &[(&str, &str)]) -> Vec<String> {
    let all = town.get(HOST, &format!("/sessions/{id}/messages")).await;
    let all = all["messages"].as_array().expect("messages").clone();
    let by = |one: &Value| names.iter().find(|(agent, _)| one["agent"] == *agent).map(|(_, name)| *name);
    all.iter().filter_map(|one| Some(format!("{}: {}", by(one)?, one["type"].as_str()?))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_agree_on_a_time_though_one_is_killed_in_the_middle() {
    let town = Town::connected(AUTO).await;
    // Mara has time before a quarter past ten, and from two on; nobody but Ben's program knows that he wants nothing before three.
    town.is_busy(HOST, &["10:15-14:00"]).await;
    let three = at(HOST, town.day, 15, 0);
    let (maya, max) = (registered(&town, HOST, "Maya").await, registered(&town, GUEST, "Max").await);
    let mut first = started(&town, HOST, &maya, 0).await;
    let bens = started(&town, GUEST, &max, 0).await;
    drop(bens);

    let id = town.begins("45 minutes with Ben on {day}", "Duo rehearsal").await;
    eventually("Maya names times", async || {
        let session = town.session(HOST, &id).await;
        (session["state"] == "negotiating").then_some(())
    })
    .await;
    tokio::task::block_in_place(|| first.kill9());
    let bens = started(&town, GUEST, &max, three.hour()).await;
    eventually("Max refuses what is too early", async || {
        let session = town.session(HOST, &id).await;
        let all = session["proposals"].as_array()?.clone();
        (!all.is_empty() && all.iter().all(|one| one["state"] == "refused")).then_some(())
    })
    .await;
    // Nobody says anything for Mara while her program is gone: she wants it so.
    let session = town.session(HOST, &id).await;
    let hers = session["parties"].as_array().expect("parties").iter().find(|one| one["agent"] == maya.0);
    assert_eq!(hers.map(|one| one["awaited"].clone()), Some(json!(true)), "{session}");

    let again = started(&town, HOST, &maya, 0).await;
    let session = town.session_when(&id, "confirmed").await;
    let chosen =
        session["proposals"].as_array().expect("proposals").iter().find(|one| one["state"] == "chosen");
    let (start, end) = span(chosen.expect("a time"));
    assert!(start >= three && end - start == TimeDelta::minutes(45), "{session}");
    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        let invitation = town.mail_to(reader, "Duo rehearsal — Invitation");
        assert_private(&invitation, reader, &[other]);
        let meetings = town.meetings(reader).await;
        assert_eq!((meetings.len(), span(&meetings[0])), (1, (start, end)));
    }
    let steps = said(&town, &id, &[(&maya.0, "Maya"), (&max.0, "Max")]).await;
    assert_eq!(
        (steps.first().map(String::as_str), steps.last().map(String::as_str)),
        (Some("Maya: proposal"), Some("Max: accept"),),
        "{steps:?}\n{}\n{}",
        again.log(),
        bens.log()
    );
    assert!(steps.contains(&"Max: decline".to_owned()), "{steps:?}");
    assert_eq!(town.holds(), 0);

    // A key that is taken back ends what it is used for at once.
    let keys = town.get(GUEST, &format!("/agents/{}/keys", max.0)).await;
    let key = keys["keys"][0]["id"].as_str().expect("a key");
    town.ok(GUEST, Method::DELETE, &format!("/agents/{}/keys/{key}", max.0), Value::Null).await;
    eventually("the program has ended", async || bens.log().contains("not valid").then_some(())).await;
}

/// What a program gets for its key.
async fn token_of(town: &Town, (_, key): &(String, String)) -> String {
    let reply = town.server.api(Method::POST, "/api/v1/agents/token", key, Some(&json!({}))).await;
    reply.json()["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_that_want_different_times_come_together_at_one_that_an_owner_confirms() {
    let town = Town::connected(AUTO).await;
    town.is_busy(HOST, &["09:45-15:00"]).await;
    let (nine, three, evening) =
        (at(HOST, town.day, 9, 0), at(HOST, town.day, 15, 0), at(HOST, town.day, 17, 0));
    let (maya, max) = (registered(&town, HOST, "Maya").await, registered(&town, GUEST, "Max").await);
    let hers = started(&town, HOST, &maya, 0).await;
    let his = started(&town, GUEST, &max, three.hour()).await;
    // Her program begins, and may not make meetings by itself: she has the last word.
    let new = json!({
        "with": [town.connection(HOST).await], "purpose": "Duo rehearsal", "length_minutes": 45,
        "from": nine.to_rfc3339(), "to": evening.to_rfc3339(),
    });
    let token = token_of(&town, &maya).await;
    let begun = town.server.api(Method::POST, "/api/v1/sessions", &token, Some(&new)).await;
    let id = begun.json()["id"].as_str().expect("a session").to_owned();
    let hers_to_decide =
        eventually("both programs want the same time, and she is asked about it", async || {
            let session = town.session(HOST, &id).await;
            let parties = session["parties"].as_array()?.clone();
            let of = |standing: &str| parties.iter().find(|one| one["standing"] == standing);
            let (decides, agrees) = (of("decides")?["proposal"].clone(), of("agrees")?["proposal"].clone());
            (decides == agrees).then_some(decides)
        })
        .await;
    town.ok(HOST, Method::POST, &format!("/sessions/{id}/confirm"), json!({ "proposal": hers_to_decide }))
        .await;
    let session = town.session_when(&id, "confirmed").await;
    let proposals = session["proposals"].as_array().expect("proposals");
    let chosen = proposals.iter().find(|one| one["state"] == "chosen").expect("a time");
    assert!(span(chosen).0 >= three, "{session}\n{}\n{}", hers.log(), his.log());
}
