//! Whom an answer reaches, what waits for what, and that what is said lies sealed.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::agents;
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{AgentId, LetterId};
use entente::base::time::{MINUTE, SECOND, Timestamp};
use entente::journal;
use entente::messages::{self, Ready};
use entente::notices;
use entente::post::letter;
use entente::sessions;
use serde_json::{Value, json};

use crate::api_messages::{Program, Two, program, request, texts};
use crate::api_messages_who::let_the_house_speak;
use crate::plans::no_query_scans;

impl Two {
    /// Has somebody ask zoe@example.com to connect, and her accept; gives the id.
    async fn connects_with_zoe(&self, asks: &str, zoe: &str) -> String {
        let asked =
            self.done("POST", "/api/v1/connections", asks, &json!({ "email": "zoe@example.com" })).await;
        let id = asked["id"].as_str().unwrap().to_owned();
        self.done("POST", format!("/api/v1/connections/{id}/accept"), zoe, &Value::Null).await;
        id
    }

    async fn privacy(&self, of: &Program, owner: &str, privacy: &str) {
        let change = json!({ "registration": { "preferences": { "privacy": privacy } } });
        self.done("PATCH", format!("/api/v1/agents/{}", of.id), owner, &change).await;
    }

    /// Begins a conversation and asks something in it; gives where it is.
    async fn asks(&self, from: &Program, to: &Program) -> String {
        let new = json!({ "with": [to.id], "about": "information" });
        let talk = self.done("POST", "/api/v1/conversations", &from.token, &new).await;
        let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
        self.done("POST", path.clone(), &from.token, &request("Is there a room?")).await;
        path
    }

    /// Takes what waits for a program, and answers the first of it; gives the status, or the problem.
    async fn answers(&self, by: &Program, path: &str) -> String {
        let inbox = format!("/api/v1/agents/{}/inbox", by.id);
        let handed = self.done("GET", inbox, &by.token, &Value::Null).await;
        let message = handed["messages"][0]["message"]["id"].clone();
        self.says(by, path, &json!({ "type": "response", "text": "There is.", "answers": message })).await
    }

    async fn says(&self, by: &Program, path: &str, what: &Value) -> String {
        let reply = self.ask("POST", path, &by.token, what).await;
        if reply.code == 201 { "said".to_owned() } else { reply.problem() }
    }

    /// Begins to look for a time with Ben, and writes a note beside it; gives what the session is for, and its newest note.
    async fn finds_a_time_noting(&self, note: &str) -> [String; 2] {
        let grant = json!({ "scopes": ["calendar.availability.read", "calendar.events.propose"] });
        let path = format!("/api/v1/connections/{}/grants", self.connection);
        self.done("PUT", path, &self.ben, &grant).await;
        let new = json!({
            "with": [self.connection], "purpose": "Quillon sessions", "length_minutes": 45,
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-27T00:00:00+01:00",
        });
        let session = self.done("POST", "/api/v1/sessions", &self.ana, &new).await;
        let path = format!("/api/v1/sessions/{}/messages", session["id"].as_str().unwrap());
        self.done("POST", path.clone(), &self.ana, &json!({ "type": "note", "text": note })).await;
        let said = self.done("GET", path, &self.ben, &Value::Null).await;
        let newest = said["messages"].as_array().unwrap().last().unwrap().clone();
        [&session["purpose"], &newest["body"]["text"]].map(|text| text.as_str().unwrap().to_owned())
    }

    /// Writes to Zoe, who has no program, and is mailed of it; gives what the mail says that waits.
    async fn mails_somebody_without_a_program(&self, text: &str) -> String {
        let zoe = self.w.member("zoe@example.com", "Zoe").await;
        let at_once = json!({ "mail": { "conversation.told": "at_once" }, "digest_at": "08:00" });
        self.done("PUT", "/api/v1/notices/preferences", &zoe, &at_once).await;
        let connection = self.connects_with_zoe(&self.ana, &zoe).await;
        let new = json!({ "with": [connection], "about": "social" });
        let talk = self.done("POST", "/api/v1/conversations", &self.maya.token, &new).await;
        let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
        self.done("POST", path, &self.maya.token, &request(text)).await;
        let_the_house_speak(&self.w).await;
        for follower in notices::FOLLOWERS {
            while journal::follow(&self.w.web.store, follower).await.unwrap() > 0 {}
        }
        let waiting = self.w.web.store.read(|cx| {
            let sql = "SELECT id FROM letters WHERE id > '' ORDER BY id";
            let all: Vec<LetterId> = cx.db.all(sql, &[], |row| row.get("id"))?;
            let says = |id: LetterId| {
                letter::get(cx, id).map(|kept| format!("{:?} {:?}", kept.state, kept.letter.says))
            };
            all.into_iter()
                .map(says)
                .filter(|says| says.as_ref().is_ok_and(|says| says.starts_with("Queued")))
                .collect::<Result<Vec<_>, _>>()
        });
        waiting.await.unwrap().concat()
    }

    async fn inbox_of(&self, one: &Program) -> Vec<Value> {
        let path = format!("/api/v1/agents/{}/inbox", one.id);
        self.done("GET", path, &one.token, &Value::Null).await["messages"].as_array().unwrap().clone()
    }

    /// When there is something to be had in Max's inbox.
    async fn ready(&self) -> (Ready, Timestamp) {
        let max: AgentId = self.max.id.parse().unwrap();
        let read = self.w.web.store.read(move |cx| {
            let user = agents::owner_of(cx, max)?.unwrap();
            let who = Actor::new(Who::Agent { id: max, user }, Road::Api, "t");
            Ok((messages::ready(cx, &who, max)?, cx.now))
        });
        read.await.unwrap()
    }
}

#[actix_web::test]
async fn whoever_asks_an_agent_that_is_open_to_all_gets_its_answer_though_nobody_else_reaches_them() {
    let two = Two::new().await;
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let zed = program(&two.w, &zoe, "Zed").await;
    two.privacy(&two.max, &two.ben, "open").await;
    let path = two.asks(&zed, &two.max).await;
    assert_eq!(two.answers(&two.max, &path).await, "said");
    assert_eq!(texts(&two.inbox_of(&zed).await), ["There is."]);
    // It is an answer: by itself it does not reach them.
    let new = json!({ "with": [zed.id], "about": "information" });
    assert_eq!(two.ask("POST", "/api/v1/conversations", &two.max.token, &new).await.code, 404);
    let relation = format!("/api/v1/agents/{}/relations/{}", zed.id, two.max.id);
    two.done("PUT", relation, &zoe, &json!({ "relation": "blocked" })).await;
    assert_eq!(two.says(&two.max, &path, &request("More?")).await, "not-found", "a block wins");
}

#[actix_web::test]
async fn whom_nobody_reaches_is_answered_where_they_ask_as_long_as_they_could_ask() {
    let two = Two::new().await;
    two.privacy(&two.maya, &two.ana, "strict").await;
    let path = two.asks(&two.maya, &two.max).await;
    assert_eq!(two.answers(&two.max, &path).await, "said");
    assert_eq!(texts(&two.inbox_of(&two.maya).await), ["There is."]);
    two.done("DELETE", format!("/api/v1/connections/{}", two.connection), &two.ana, &Value::Null).await;
    assert_eq!(two.says(&two.max, &path, &request("More?")).await, "not-found", "connected no more");
}

#[actix_web::test]
async fn of_a_group_whoever_wrote_to_an_agent_is_answered_and_whoever_did_not_is_not() {
    let two = Two::new().await;
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let zed = program(&two.w, &zoe, "Zed").await;
    two.connects_with_zoe(&two.ana, &zoe).await;
    two.privacy(&two.max, &two.ben, "open").await;
    let new = json!({ "with": [two.max.id, zed.id], "about": "task" });
    let talk = two.done("POST", "/api/v1/conversations", &two.maya.token, &new).await;
    let path = format!("/api/v1/conversations/{}/messages", talk["id"].as_str().unwrap());
    let to_zed = json!({ "type": "notification", "text": "Hello", "to": [zed.id] });
    // Max does not reach Zed, who is moderate and no connection of Ben's; Zed reaches Max, who is open.
    assert_eq!(two.says(&two.max, &path, &to_zed).await, "not-found");
    let to_max = json!({ "type": "notification", "text": "Hello", "to": [two.max.id] });
    assert_eq!(two.says(&zed, &path, &to_max).await, "said");
    assert_eq!(two.says(&two.max, &path, &to_zed).await, "not-found", "it was not handed over yet");
    assert_eq!(texts(&two.inbox_of(&two.max).await), ["Hello"]);
    assert_eq!(two.says(&two.max, &path, &to_zed).await, "said");
    assert_eq!(texts(&two.inbox_of(&zed).await), ["Hello"]);
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn what_waits_for_one_that_is_put_off_comes_after_it_and_it_is_known_when_that_is() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("first")).await;
    let second = two.say(&talk, &request("second")).await;
    let handed = two.inbox().await;
    two.answer("nack", &handed[0], &json!({ "delay_seconds": 600 })).await;
    // It is due, and stands first by its rank; it is not next.
    let (ready, now) = two.ready().await;
    assert_eq!(ready, Ready::At(now.plus(600 * SECOND)));
    let path = format!("/api/v1/deliveries/{}", second["deliveries"][0]["id"].as_str().unwrap());
    let place = two.done("GET", path.clone(), &two.maya.token, &Value::Null).await;
    assert_eq!(place["position"], 1);
    // What comes before the one that is put off comes before it as well; what comes after it in its own row does not.
    let other = two.talk(&json!({})).await;
    two.say(&other, &request("elsewhere")).await;
    two.say(&talk, &request("third")).await;
    assert_eq!(two.done("GET", path.clone(), &two.maya.token, &Value::Null).await["position"], 2);
    let elsewhere = two.inbox().await;
    assert_eq!(texts(&elsewhere), ["elsewhere"]);
    two.answer("ack", &elsewhere[0], &Value::Null).await;
    two.w.clock.advance(10 * MINUTE);
    assert_eq!(texts(&two.inbox().await), ["first"]);
    assert_eq!(two.done("GET", path, &two.maya.token, &Value::Null).await["position"], 0);
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn a_message_that_is_refused_without_a_delay_comes_back_a_little_later_and_later() {
    let two = Two::with(|config| config.agents.attempts = 10).await;
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("Hello")).await;
    let mut longest = 5 * SECOND;
    for attempt in 1..=6 {
        let handed = two.inbox().await;
        assert_eq!(handed[0]["attempt"], attempt);
        let now = two.w.web.store.read(|cx| Ok(cx.now)).await.unwrap();
        let put_back = two.answer("nack", &handed[0], &json!({})).await.json();
        let due = Timestamp::parse_rfc3339(put_back["due"].as_str().unwrap()).unwrap();
        assert!((0..=longest).contains(&due.since(now)), "{attempt}: {}", due.since(now));
        two.w.clock.advance(longest);
        longest *= 2;
    }
}

#[actix_web::test]
async fn what_agents_say_lies_in_no_file_in_the_clear() {
    let two = Two::new().await;
    let talk = two.talk(&json!({ "topic": "Quillonesque matters" })).await;
    let mut said = request("Quillonisation is near");
    said["data"] = json!({ "Quillonword": "Quillonvalue" });
    said["attachments"] = json!([{
        "name": "plan.pdf", "media_type": "application/pdf", "size": 12, "sha256": "a".repeat(64),
        "url": "https://files.example.org/quillonplan.pdf",
    }]);
    two.say(&talk, &said).await;
    assert!(two.inbox().await[0].to_string().contains("Quillonvalue"));
    let change = json!({ "purpose": "Quillon purposes" });
    two.done("PUT", format!("/api/v1/sessions/{talk}"), &two.ana, &change).await;
    let session = two.finds_a_time_noting("Quillon notes").await;
    let mailed = two.mails_somebody_without_a_program("Quillon mails").await;
    let shown = two.done("GET", format!("/api/v1/sessions/{talk}"), &two.ana, &Value::Null).await;
    assert_eq!(shown["purpose"], "Quillon purposes");
    assert_eq!(session, ["Quillon sessions", "Quillon notes"]);
    assert!(mailed.contains("Quillon mails"), "{mailed}");
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(two.w.directory()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let text = String::from_utf8_lossy(&bytes).to_lowercase();
    assert!(text.contains("plan.pdf"), "the files that are looked into have it");
    assert!(!text.contains("quillon"));
}

#[actix_web::test]
async fn what_three_share_is_what_each_two_of_them_let_each_other() {
    let two = Two::new().await;
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let zed = program(&two.w, &zoe, "Zed").await;
    let with_ana = two.connects_with_zoe(&two.ana, &zoe).await;
    let with_ben = two.connects_with_zoe(&two.ben, &zoe).await;
    let rights = json!({ "calendar": true, "location": true, "commitments": true });
    let new = json!({ "with": [two.max.id, zed.id], "about": "schedule", "rights": rights });
    let talk = two.done("POST", "/api/v1/conversations", &two.maya.token, &new).await;
    let path = format!("/api/v1/conversations/{}", talk["id"].as_str().unwrap());
    let shown = async || two.done("GET", path.clone(), &zed.token, &Value::Null).await["rights"].clone();
    let grant = json!({ "scopes": ["profile.basic.read", "calendar.events.propose", "calendar.events.write.confirm"] });
    let sides = [
        (&two.connection, &two.ana),
        (&two.connection, &two.ben),
        (&with_ana, &two.ana),
        (&with_ana, &zoe),
        (&with_ben, &two.ben),
        (&with_ben, &zoe),
    ];
    for (at, (connection, token)) in sides.into_iter().enumerate() {
        let rights = shown().await;
        assert_eq!((&rights["location"], &rights["commitments"]), (&json!(false), &json!(false)), "{at}");
        let path = format!("/api/v1/connections/{connection}/grants");
        two.done("PUT", path, token, &grant).await;
    }
    assert_eq!(shown().await, json!({ "calendar": false, "location": true, "commitments": true }));
    while journal::follow(&two.w.web.store, sessions::FOLLOWER).await.unwrap() > 0 {}
}
