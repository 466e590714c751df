//! Of whom an agent is awaited in a session, as the API tells it: whoever can say something that the session waits for, and nobody
//! else.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::agents::{self, Claimed, Kind};
use entente::base::time::HOUR;
use entente::journal;
use entente::network::Scope;
use entente::sessions::{self, Message};
use serde_json::{Value, json};

use crate::api_groups::Three;
use crate::api_messages_who::let_the_house_speak;
use crate::pages_tasks::person;
use crate::pages_world::{self, BEN, CLEO, ROOT};
use crate::plans::no_query_scans;

const CONFIRM: &[&str] =
    &["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"];
const AUTO: &[&str] = &[
    "calendar.availability.read",
    "calendar.events.propose",
    "calendar.events.write.confirm",
    "calendar.events.write.auto",
];
const FROM: &str = "2026-11-25T00:00:00Z";
const TO: &str = "2026-11-27T00:00:00Z";

impl Three {
    /// What Ben and Cleo let Ana's agent do.
    async fn granting(bens: &[&str], cleos: &[&str]) -> Self {
        let three = Self::new().await;
        for (who, id, scopes) in [(&three.ben, &three.with[0], bens), (&three.cleo, &three.with[1], cleos)] {
            let grant = json!({ "scopes": scopes, "constraints": { "notice_minutes": 0 } });
            three.done("PUT", format!("/api/v1/connections/{id}/grants"), who, &grant).await;
        }
        three
    }

    /// Ana looks for 45 minutes with both.
    async fn look(&self) -> String {
        let new = json!({ "with": self.with, "length_minutes": 45, "from": FROM, "to": TO });
        let begun = self.done("POST", "/api/v1/sessions", &self.ana, &new).await;
        begun["id"].as_str().unwrap().to_owned()
    }

    async fn step(&self, session: &str, token: &str, message: Value) -> Value {
        self.done("POST", format!("/api/v1/sessions/{session}/messages"), token, &message).await
    }

    /// How a session stands, and whose agents are awaited.
    async fn stands(&self, session: &str) -> (String, Vec<String>) {
        let path = format!("/api/v1/sessions/{session}");
        let seen = self.done("GET", path, &self.ana, &Value::Null).await;
        let awaited = seen["parties"].as_array().unwrap().iter().filter(|party| party["awaited"] == true);
        let names = awaited.map(|party| party["name"].as_str().unwrap().to_owned()).collect();
        (seen["state"].as_str().unwrap().to_owned(), names)
    }

    /// The times on the table.
    async fn open(&self, session: &str) -> Vec<Value> {
        let path = format!("/api/v1/sessions/{session}");
        let seen = self.done("GET", path, &self.ana, &Value::Null).await;
        let open = seen["proposals"].as_array().unwrap().iter().filter(|one| one["state"] == "open");
        open.map(|one| one["id"].clone()).collect()
    }
}

fn yes(time: &Value) -> Value {
    json!({ "type": "accept", "proposal": time })
}

fn slot(hour: u32) -> Value {
    json!({ "start": format!("2026-11-26T{hour}:00:00Z"), "end": format!("2026-11-26T{hour}:45:00Z") })
}

fn told(state: &str, names: &[&str]) -> (String, Vec<String>) {
    (state.to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
}

#[actix_web::test]
async fn where_agents_may_name_no_times_none_is_awaited_and_the_person_is_asked_without_its_program() {
    let three = Three::granting(AUTO, AUTO).await;
    let (_, maya) = three.program(&three.ana, "Maya").await;
    let new = json!({ "with": three.with, "about": "schedule", "rights": { "calendar": true } });
    let talk = three.done("POST", "/api/v1/conversations", &three.ana, &new).await;
    let talk = talk["id"].as_str().unwrap();
    let new = json!({
        "with": three.with, "length_minutes": 45, "from": FROM, "to": TO, "conversation": talk,
    });
    let session = three.done("POST", "/api/v1/sessions", &three.ana, &new).await;
    let session = session["id"].as_str().unwrap();
    assert_eq!(three.stands(session).await, told("initiated", &["Ana"]));

    let path = format!("/api/v1/conversations/{talk}/rights");
    three.done("PUT", path, &three.ben, &json!({})).await;
    assert_eq!(three.stands(session).await, told("initiated", &[]), "it is Ana's to name times");
    // Nobody waits until her program has tried.
    while journal::follow(&three.w.web.store, sessions::FOLLOWER).await.unwrap() > 0 {}
    let_the_house_speak(&three.w).await;
    assert_eq!(three.stands(session).await, told("awaiting_confirmation", &[]));
    let path = format!("/api/v1/sessions/{session}/proposals");
    let reply = three.ask("POST", path, &maya, &json!({})).await;
    assert_eq!((reply.code, reply.problem().as_str()), (409, "session.decides"));

    three.step(session, &three.ana, json!({ "type": "proposal", "slots": [slot(10)] })).await;
    assert_eq!(
        three.stands(session).await,
        told("negotiating", &["Ben", "Cleo"]),
        "there is something to answer"
    );
    no_query_scans(&three.w.web.store);
}

#[actix_web::test]
async fn whoever_has_not_answered_anothers_times_is_awaited_while_and_after_a_person_decides() {
    let three = Three::granting(AUTO, CONFIRM).await;
    let (_, maya) = three.program(&three.ana, "Maya").await;
    let (_, max) = three.program(&three.ben, "Max").await;
    let session = three.look().await;
    assert_eq!(three.stands(&session).await, told("initiated", &["Ana"]));
    three.step(&session, &maya, json!({ "type": "proposal", "slots": [] })).await;
    assert_eq!(three.stands(&session).await, told("negotiating", &["Ben", "Cleo"]));
    three.step(&session, &max, json!({ "type": "counter", "slots": [slot(14)] })).await;
    assert_eq!(three.stands(&session).await, told("negotiating", &["Ana", "Cleo"]));
    // Cleo's agent would, and asks her: whoever began it has not answered Ben's time yet, and he not what Cleo is asked about.
    let_the_house_speak(&three.w).await;
    assert_eq!(three.stands(&session).await, told("awaiting_confirmation", &["Ana", "Ben"]));
    let time = three.open(&session).await.remove(0);
    three.step(&session, &three.cleo, yes(&time)).await;
    assert_eq!(three.stands(&session).await, told("awaiting_confirmation", &["Ana", "Ben"]));
    three.step(&session, &maya, yes(&time)).await;
    assert_eq!(three.stands(&session).await, told("awaiting_confirmation", &["Ben"]));
    three.step(&session, &max, yes(&time)).await;
    assert_eq!(three.stands(&session).await, told("confirmed", &[]));
}

#[actix_web::test]
async fn whoever_began_it_is_awaited_where_they_have_the_last_word_and_the_house_asks_them() {
    let three = Three::granting(AUTO, CONFIRM).await;
    let session = three.look().await;
    let_the_house_speak(&three.w).await;
    // Ana wants none of what her agent named, so that it asks her from now on.
    while let Some(time) = three.open(&session).await.first() {
        three.step(&session, &three.ana, json!({ "type": "decline", "proposal": time })).await;
    }
    let_the_house_speak(&three.w).await;
    assert_eq!(three.stands(&session).await, told("awaiting_confirmation", &[]));
    let seen = three.done("GET", format!("/api/v1/sessions/{session}"), &three.ana, &Value::Null).await;
    let standings: Vec<_> =
        seen["parties"].as_array().unwrap().iter().map(|party| party["standing"].as_str().unwrap()).collect();
    assert_eq!(standings, ["decides", "agrees", "decides"]);
    let time = three.open(&session).await.remove(0);
    three.step(&session, &three.cleo, yes(&time)).await;
    three.step(&session, &three.ana, yes(&time)).await;
    assert_eq!(three.stands(&session).await, told("confirmed", &[]));
}

#[actix_web::test]
async fn of_agents_that_agree_to_different_times_those_are_awaited_that_are_to_follow_the_others() {
    let three = Three::granting(AUTO, AUTO).await;
    let (_, maya) = three.program(&three.ana, "Maya").await;
    let (_, max) = three.program(&three.ben, "Max").await;
    let (_, kit) = three.program(&three.cleo, "Kit").await;
    let session = three.look().await;
    three.step(&session, &maya, json!({ "type": "proposal", "slots": [slot(10), slot(11)] })).await;
    let times = three.open(&session).await;
    three.step(&session, &max, yes(&times[1])).await;
    // What Maya named she agrees to without a word.
    assert_eq!(three.stands(&session).await, told("negotiating", &["Cleo"]));
    three.step(&session, &kit, yes(&times[0])).await;
    assert_eq!(three.stands(&session).await, told("negotiating", &["Ben"]));
    let refused = json!({ "type": "confirm", "proposal": times[1] });
    let path = format!("/api/v1/sessions/{session}/messages");
    assert_eq!(three.ask("POST", path, &max, &refused).await.problem(), "session.waiting");
    three.step(&session, &max, yes(&times[0])).await;
    assert_eq!(three.stands(&session).await, told("confirmed", &[]));
}

#[actix_web::test]
async fn a_program_goes_on_where_its_owner_named_times_and_the_others_refused_them() {
    let three = Three::granting(AUTO, AUTO).await;
    let (_, maya) = three.program(&three.ana, "Maya").await;
    let session = three.look().await;
    three.step(&session, &three.ana, json!({ "type": "proposal", "slots": [slot(10)] })).await;
    let time = three.open(&session).await.remove(0);
    three.step(&session, &three.ben, json!({ "type": "decline", "proposal": time })).await;
    assert_eq!(three.stands(&session).await, told("negotiating", &["Ana"]));
    three.step(&session, &maya, json!({ "type": "proposal", "slots": [slot(11)] })).await;
    assert_eq!(three.stands(&session).await, told("negotiating", &["Ben", "Cleo"]));
}

#[actix_web::test]
async fn nobody_is_awaited_once_the_time_of_a_session_or_a_group_is_over() {
    let three = Three::granting(AUTO, AUTO).await;
    let (session, group) = (three.look().await, three.begin(json!({})).await);
    assert_eq!((three.stands(&session).await, &group["waits"]), (told("initiated", &["Ana"]), &json!(true)));
    // The house ends both within a minute.
    three.w.clock.advance(72 * HOUR);
    let path = format!("/api/v1/groups/{}", group["id"].as_str().unwrap());
    let seen = three.done("GET", path, &three.ana, &Value::Null).await;
    assert_eq!((&seen["state"], &seen["waits"]), (&json!("asking"), &json!(false)));
    assert_eq!(three.stands(&session).await, told("initiated", &[]));
}

#[actix_web::test]
async fn a_page_says_that_agents_are_at_it_once_the_person_who_was_asked_has_decided() {
    let w = pages_world::World::new().await;
    let (with_cleo, with_root) = (w.connection(BEN, CLEO).await, w.connection(BEN, ROOT).await);
    w.grant(with_cleo, CLEO, &[Scope::Propose, Scope::BookConfirmed]).await;
    w.grant(with_root, ROOT, &[Scope::Propose, Scope::BookAlone]).await;
    let (max, _) = w.program_of(ROOT, Kind::Personal, "Max").await;
    let (owner, max) = (person(w.user(ROOT).await.id), max.parse().unwrap());
    w.write(move |cx| agents::beat(cx, &owner, max, Claimed::Online).map(drop)).await;
    let id = w.session_with(BEN, vec![with_cleo, with_root]).await;
    w.agents().await;
    let path = format!("/sessions/{id}");
    let mut ben = w.browser_of(BEN).await;
    ben.get(&path).await.says("A person decides now: it waits for Cleo.").says("waits for others");
    let cleo = person(w.user(CLEO).await.id);
    w.write(move |cx| {
        let session = sessions::session(cx, &cleo, id)?;
        let proposal = session.party(cleo.user().unwrap())?.proposal.unwrap();
        sessions::say(cx, &cleo, id, &Message::Accept { proposal }).map(drop)
    })
    .await;
    // Root's program has not answered.
    let page = ben.get(&path).await;
    page.says("The agents are agreeing on a time.").says("agents at work");
    assert!(!page.text.contains("it waits for"));
}
