//! Sessions over the API: begun, answered, booked; refused with alternatives; a line of words that is read and not acted upon.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::base::time::{DAY, MINUTE};
use entente::journal;
use entente::queue;
use entente::sessions;
use entente::tasks;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply, World};

/// Ana and Ben, connected; Ben lets Ana's agent propose and book with his yes.
pub(crate) struct Pair {
    pub(crate) w: World,
    pub(crate) ana: String,
    pub(crate) ben: String,
    /// The connection.
    pub(crate) id: String,
}

impl Pair {
    pub(crate) async fn new(scopes: &[&str]) -> Self {
        let w = World::new();
        let ana = w.member("ana@example.org", "Ana").await;
        let ben = w.member("ben@example.net", "Ben").await;
        let id = w.connected(&ana, &ben).await;
        let grant = json!({ "scopes": scopes, "constraints": { "notice_minutes": 0 } });
        let path = format!("/api/v1/connections/{id}/grants");
        let reply = w.ask(Ask::new("PUT", path).bearer(&ben).json(&grant)).await;
        assert_eq!(reply.code, 200, "{}", reply.text);
        Self { w, ana, ben, id }
    }

    fn new_session(&self) -> Value {
        json!({
            "with": [self.id], "purpose": "Budget", "length_minutes": 45,
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-27T00:00:00+01:00",
        })
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.w.ask(Ask::new("POST", path).bearer(token).json(body)).await
    }

    pub(crate) async fn start(&self) -> String {
        let reply = self.post(&self.ana, "/api/v1/sessions", &self.new_session()).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Value {
        let reply = self.w.ask(Ask::new("GET", path).bearer(token)).await;
        assert_eq!(reply.code, 200, "{}", reply.text);
        reply.json()
    }

    /// Lets the house's agents speak until they have nothing to say.
    pub(crate) async fn let_agents_speak(&self) {
        loop {
            let taken = self
                .w
                .write(|cx| {
                    let leases = queue::claim(cx, sessions::AGENTS, 10, MINUTE)?;
                    for lease in &leases {
                        sessions::step(cx, lease)?;
                    }
                    Ok(leases.len())
                })
                .await;
            if taken == 0 {
                return;
            }
        }
    }
}

pub(crate) const CONFIRM: &[&str] =
    &["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"];

/// A document without what is another at every run.
pub(crate) fn blurred(mut body: Value) -> Value {
    fn blur(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if name == "trace" => "…".clone_into(text),
                        Value::String(text) if matches!(name.as_str(), "secret" | "handle") => {
                            text.truncate(4);
                        }
                        Value::String(text) if text.len() > 35 && text.as_bytes()[3] == b'_' => {
                            text.truncate(4);
                        }
                        other => blur(other),
                    }
                }
            }
            Value::Array(all) => all.iter_mut().for_each(blur),
            Value::String(text) if text.len() > 35 && text.as_bytes()[3] == b'_' => text.truncate(4),
            _ => {}
        }
    }
    blur(&mut body);
    body
}

#[actix_web::test]
async fn a_session_is_begun_the_agents_propose_and_a_persons_yes_books_it() {
    let pair = Pair::new(CONFIRM).await;
    let id = pair.start().await;
    pair.let_agents_speak().await;
    let session = pair.get(&pair.ben, &format!("/api/v1/sessions/{id}")).await;
    assert_eq!((&session["state"], &session["phase"]), (&json!("awaiting_confirmation"), &json!("active")));
    assert_json_snapshot!(blurred(session.clone()));
    let mine = session["parties"].as_array().unwrap().iter().find(|one| one["name"] == "Ben").unwrap();
    let proposal = mine["proposal"].clone();
    let path = format!("/api/v1/sessions/{id}/confirm");
    let confirmed = pair.post(&pair.ben, &path, &json!({ "proposal": proposal })).await;
    assert_eq!(
        (confirmed.code, &confirmed.json()["state"]),
        (200, &json!("confirmed")),
        "{}",
        confirmed.text
    );
    let meeting = confirmed.json()["meeting"].as_str().unwrap().to_owned();
    for token in [&pair.ana, &pair.ben] {
        let seen = pair.get(token, &format!("/api/v1/meetings/{meeting}")).await;
        assert_eq!((&seen["title"], &seen["start"]), (&json!("Budget"), &session["proposals"][0]["start"]));
    }
    let transcript = pair.get(&pair.ana, &format!("/api/v1/sessions/{id}/messages")).await;
    let said: Vec<_> =
        transcript["messages"].as_array().unwrap().iter().map(|one| one["type"].clone()).collect();
    assert_eq!(said, ["proposal", "accept", "confirm", "confirm"]);
    let rest = pair.get(&pair.ana, &format!("/api/v1/sessions/{id}/messages?after=3")).await;
    assert_eq!(rest["messages"].as_array().unwrap().len(), 1);
    let list = pair.get(&pair.ana, "/api/v1/sessions").await;
    assert_eq!(list["sessions"][0]["id"], json!(id));
}

#[actix_web::test]
async fn a_task_that_found_a_time_is_kept_with_its_meeting_and_one_that_found_none_for_a_week() {
    let pair = Pair::new(CONFIRM).await;
    let me = pair.get(&pair.ana, "/api/v1/profile").await["user"].clone();
    let find = async || {
        let payload = json!({
            "with": [pair.id], "minutes": 45, "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-27T00:00:00+01:00",
        });
        let new = json!({ "type": "find_time", "to": { "user": me }, "payload": payload });
        let task = pair.post(&pair.ana, "/api/v1/tasks", &new).await.json();
        pair.let_agents_speak().await;
        let newest = pair.get(&pair.ana, "/api/v1/sessions").await["sessions"][0]["id"].clone();
        let about = format!("/api/v1/sessions/{}", newest.as_str().unwrap());
        (format!("/api/v1/tasks/{}", task["id"].as_str().unwrap()), about)
    };
    let (met, about) = find().await;
    let session = pair.get(&pair.ben, &about).await;
    let mine = session["parties"].as_array().unwrap().iter().find(|one| one["name"] == "Ben").unwrap();
    let yes = json!({ "proposal": mine["proposal"] });
    let meeting = pair.post(&pair.ben, &format!("{about}/confirm"), &yes).await.json()["meeting"].clone();
    let (failed, about) = find().await;
    pair.post(&pair.ben, &format!("{about}/messages"), &json!({ "type": "decline" })).await;
    while journal::follow(&pair.w.web.store, tasks::FOLLOWER).await.unwrap() > 0 {}
    let ended = [pair.get(&pair.ana, &met).await, pair.get(&pair.ana, &failed).await];
    assert_eq!(ended.map(|task| task["state"].clone()), ["completed", "failed"]);
    pair.w.clock.advance(8 * DAY);
    assert_eq!(pair.w.write(tasks::delete_ended).await, 1);
    assert_eq!(pair.get(&pair.ana, &met).await["result"]["meeting"], meeting);
    assert_eq!(pair.w.ask(Ask::new("GET", &failed).bearer(&pair.ana)).await.code, 404);
}

#[actix_web::test]
async fn a_time_that_cannot_be_had_is_refused_with_others() {
    let pair = Pair::new(CONFIRM).await;
    let id = pair.start().await;
    // Half past five in the morning is nobody's hour.
    let slots =
        json!({ "slots": [{ "start": "2026-11-25T05:30:00+01:00", "end": "2026-11-25T06:15:00+01:00" }] });
    let refused = pair.post(&pair.ana, &format!("/api/v1/sessions/{id}/proposals"), &slots).await;
    assert_eq!((refused.code, refused.problem().as_str()), (409, "session.slot-taken"));
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert!(!refused.json()["alternatives"].as_array().unwrap().is_empty());
    let strange = json!({ "proposal": "prp_0123456789abcdef0123456789abcdef" });
    let early = pair.post(&pair.ana, &format!("/api/v1/sessions/{id}/confirm"), &strange).await;
    assert_eq!((early.code, early.problem().as_str()), (409, "session.step"));
    let found = pair.post(&pair.ana, &format!("/api/v1/sessions/{id}/proposals"), &json!({})).await;
    assert_eq!((found.code, found.json()["rounds"].clone()), (200, json!(1)), "{}", found.text);
    let other = pair.post(&pair.ana, &format!("/api/v1/sessions/{id}/confirm"), &strange).await;
    assert_eq!((other.code, other.problem().as_str()), (409, "session.not-proposed"));
    let wrong =
        pair.post(&pair.ana, &format!("/api/v1/sessions/{id}/messages"), &json!({ "type": "shout" })).await;
    assert_eq!((wrong.code, wrong.problem().as_str()), (400, "invalid"));
}

#[actix_web::test]
async fn preferred_times_are_proposed_first_and_say_so_and_so_do_the_ones_of_a_refusal() {
    let pair = Pair::new(CONFIRM).await;
    let mut new = pair.new_session();
    (new["prefer"], new["prefer_days"]) = (json!("14:00-16:00"), json!(["thu", "2026-11-25"]));
    let begun = pair.post(&pair.ana, "/api/v1/sessions", &new).await;
    assert_eq!(begun.code, 201, "{}", begun.text);
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/sessions/{id}");
    let slots =
        json!({ "slots": [{ "start": "2026-11-25T08:00:00+01:00", "end": "2026-11-25T08:45:00+01:00" }] });
    let refused = pair.post(&pair.ana, &format!("{path}/proposals"), &slots).await;
    assert_eq!(refused.code, 409, "{}", refused.text);
    let first = refused.json()["alternatives"][0].clone();
    assert_eq!(first["reasons"][0]["reason"], "partly-preferred", "the day, and not the hour: {first}");
    pair.let_agents_speak().await;
    let session = pair.get(&pair.ben, &path).await;
    assert_eq!(
        (&session["prefer"], &session["prefer_days"]),
        (&json!("14:00-16:00"), &json!(["thu", "2026-11-25"]))
    );
    let proposals = session["proposals"].as_array().unwrap();
    assert_eq!(proposals[0]["start"], "2026-11-25T13:00:00Z");
    for one in proposals {
        let words = json!([{ "reason": "preferred", "words": "It is at a preferred time." }]);
        assert_eq!(one["reasons"], words, "{one}");
    }
    for (field, value, told) in [
        ("prefer", json!("afternoon"), "prefer"),
        ("prefer_days", json!(["someday"]), "prefer_days[0]"),
        ("prefer_days", json!(["mon"]), "prefer_days"),
    ] {
        let mut wrong = pair.new_session();
        wrong[field] = value;
        let refused = pair.post(&pair.ana, "/api/v1/sessions", &wrong).await;
        assert_eq!((refused.problem().as_str(), &refused.json()["field"]), ("invalid", &json!(told)));
    }
}

#[actix_web::test]
async fn nobody_starts_a_session_with_somebody_who_has_not_let_them() {
    let pair = Pair::new(&["calendar.availability.read"]).await;
    let none = pair.post(&pair.ana, "/api/v1/sessions", &pair.new_session()).await;
    let mut unknown = pair.new_session();
    unknown["with"] = json!(["con_0123456789abcdef0123456789abcdef"]);
    let nobody = pair.post(&pair.ana, "/api/v1/sessions", &unknown).await;
    assert_eq!((none.code, none.problem().as_str()), (403, "denied"));
    assert_eq!(
        blurred(none.json()),
        blurred(nobody.json()),
        "who is not there and who does not let it are alike"
    );
    let list = pair.get(&pair.ben, "/api/v1/connections/questions").await;
    assert_eq!(list["questions"].as_array().unwrap().len(), 1, "what was asked is kept");
}

#[actix_web::test]
async fn the_same_key_begins_one_session_and_a_refusal_may_be_tried_again() {
    let pair = Pair::new(CONFIRM).await;
    let ask = |key: &str, body: &Value| {
        let ask = Ask::new("POST", "/api/v1/sessions").bearer(&pair.ana).header("Idempotency-Key", key);
        pair.w.ask(ask.json(body))
    };
    let (one, again) = (ask("a", &pair.new_session()).await, ask("a", &pair.new_session()).await);
    assert_eq!((one.code, again.code), (201, 201));
    assert_eq!(one.json()["id"], again.json()["id"]);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let path = format!("/api/v1/connections/{}/grants", pair.id);
    let set = |scopes: Value| {
        pair.w.ask(Ask::new("PUT", path.clone()).bearer(&pair.ben).json(&json!({ "scopes": scopes })))
    };
    set(json!([])).await;
    let refused = ask("b", &pair.new_session()).await;
    assert_eq!(refused.code, 403);
    set(json!(CONFIRM)).await;
    assert_eq!(ask("b", &pair.new_session()).await.code, 201);
}

#[actix_web::test]
async fn a_line_of_words_is_read_and_nothing_is_done() {
    let pair = Pair::new(CONFIRM).await;
    let line = json!({ "line": "45 minutes with Ben next week, not before 10, about the budget" });
    let read = pair.post(&pair.ana, "/api/v1/wishes", &line).await;
    assert_eq!(read.code, 200, "{}", read.text);
    assert_json_snapshot!(blurred(read.json()));
    let rather = json!({ "line": "45 minutes with Ben next week, ideally on Tuesday before 12" });
    let read = pair.post(&pair.ana, "/api/v1/wishes", &rather).await.json();
    assert_eq!((&read["within"], &read["days"]), (&json!(null), &json!([])), "it is no condition");
    assert_eq!((&read["prefer"], &read["prefer_days"]), (&json!("00:00-12:00"), &json!(["tue"])));
    let unclear = json!({ "line": "lunch with Ben" });
    let refused = pair.post(&pair.ana, "/api/v1/wishes", &unclear).await;
    assert_eq!((refused.code, &refused.json()["field"]), (400, &json!("line")));
    assert!(refused.json()["detail"].as_str().unwrap().contains("“lunch”"));
    assert!(pair.get(&pair.ana, "/api/v1/sessions").await["sessions"].as_array().unwrap().is_empty());
}

#[actix_web::test]
async fn a_line_that_could_not_be_begun_is_refused_as_the_start_refuses_it() {
    let pair = Pair::new(CONFIRM).await;
    let without_room = "The hours that would be better leave no room for it within those that are asked for.";
    let too_long = "A search goes over 92 days at most.";
    for (line, field, value, words) in [
        (
            "45 minutes with Ben tomorrow, ideally between 9:00 and 9:20",
            "prefer",
            "09:00-09:20",
            without_room,
        ),
        ("45 minutes with Ben from tomorrow to 15.9.2027", "to", "2027-09-15T22:00:00Z", too_long),
    ] {
        let read = pair.post(&pair.ana, "/api/v1/wishes", &json!({ "line": line })).await;
        let mut session = pair.new_session();
        session["length_minutes"] = json!(45);
        session[field] = json!(value);
        let begun = pair.post(&pair.ana, "/api/v1/sessions", &session).await;
        for (refused, field) in [(&read, "line"), (&begun, field)] {
            let problem = refused.json();
            assert_eq!((refused.code, &problem["field"]), (400, &json!(field)), "{line}: {}", refused.text);
            assert_eq!(problem["detail"], json!(words), "{line}");
        }
        assert_eq!(read.json()["type"], begun.json()["type"]);
    }
    assert!(pair.get(&pair.ana, "/api/v1/sessions").await["sessions"].as_array().unwrap().is_empty());
}

#[actix_web::test]
async fn whoever_ends_a_session_ends_it_for_both() {
    let pair = Pair::new(CONFIRM).await;
    let id = pair.start().await;
    let ended = pair.w.ask(Ask::new("DELETE", format!("/api/v1/sessions/{id}")).bearer(&pair.ben)).await;
    assert_eq!(
        (ended.code, &ended.json()["state"], &ended.json()["reason"]),
        (200, &json!("canceled"), &json!("canceled"))
    );
    let late = pair.post(&pair.ana, &format!("/api/v1/sessions/{id}/proposals"), &json!({})).await;
    assert_eq!((late.code, late.problem().as_str()), (409, "session.over"));
}
