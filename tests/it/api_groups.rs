//! Group decisions over the API and over sockets: begun, answered by people and programs, closed, and told.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::rt;
use entente::accounts;
use entente::base::id::MeetingId;
use entente::base::text::Address;
use entente::base::time::{MINUTE, Timestamp};
use entente::calendar;
use entente::config::Config;
use entente::groups;
use entente::queue;
use entente::web::serve;
use entente::web::state::State;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::api_messages;
use crate::api_world::{Ask, Reply, World};
use crate::socket_client::Client;

const AUTO: &[&str] =
    &["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"];
const SCOPES: &[&str] = &["sessions.read", "sessions.write", "messages.read", "messages.write"];

impl World {
    /// Has one ask the other, and nobody else, something; gives its id.
    pub(crate) async fn group(&self, asks: &str, asked: &str) -> String {
        let connection = self.connected(asks, asked).await;
        let new = json!({ "question": "Which piece?", "with": [connection], "quorum": 1000 });
        let reply = self.ask(Ask::new("POST", "/api/v1/groups").bearer(asks).json(&new)).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
        reply.json()["id"].as_str().unwrap().to_owned()
    }
}

/// Ana, who is connected with Ben and Cleo; both let her propose and book what they confirm.
pub(crate) struct Three {
    pub(crate) w: World,
    pub(crate) ana: String,
    pub(crate) ben: String,
    pub(crate) cleo: String,
    pub(crate) with: [String; 2],
}

impl Three {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let w = World::with(change);
        let ana = w.member("ana@example.org", "Ana").await;
        let ben = w.member("ben@example.net", "Ben").await;
        let with_ben = w.connected(&ana, &ben).await;
        let cleo = w.member("cleo@example.net", "Cleo").await;
        let invited = Ask::new("POST", "/api/v1/connections").bearer(&ana);
        let with_cleo = w.ask(invited.json(&json!({ "email": "cleo@example.net" }))).await.json();
        let with_cleo = with_cleo["id"].as_str().unwrap().to_owned();
        let three = Self { w, ana, ben, cleo, with: [with_ben, with_cleo] };
        three
            .done("POST", format!("/api/v1/connections/{}/accept", three.with[1]), &three.cleo, &Value::Null)
            .await;
        for (who, id) in [&three.ben, &three.cleo].into_iter().zip(&three.with) {
            let grant = json!({ "scopes": AUTO, "constraints": { "notice_minutes": 0 } });
            three.done("PUT", format!("/api/v1/connections/{id}/grants"), who, &grant).await;
        }
        three
    }

    pub(crate) async fn ask(
        &self,
        method: &'static str,
        path: impl Into<String>,
        token: &str,
        body: &Value,
    ) -> Reply {
        api_messages::ask(&self.w, method, path, token, body).await
    }

    pub(crate) async fn done(
        &self,
        method: &'static str,
        path: impl Into<String>,
        token: &str,
        body: &Value,
    ) -> Value {
        api_messages::done(&self.w, method, path, token, body).await
    }

    /// Ana asks both.
    pub(crate) async fn begin(&self, more: Value) -> Value {
        let mut new = json!({ "question": "When do we rehearse?", "with": self.with });
        for (name, value) in more.as_object().unwrap() {
            new[name] = value.clone();
        }
        self.done("POST", "/api/v1/groups", &self.ana, &new).await
    }

    pub(crate) async fn answer(&self, who: &str, group: &Value, votes: &[&str]) -> Reply {
        let id = group["id"].as_str().unwrap();
        let candidates = group["candidates"].as_array().unwrap();
        let mut said = json!({});
        for (one, vote) in candidates.iter().zip(votes) {
            said[one["id"].as_str().unwrap()] = json!(vote);
        }
        self.ask("PUT", format!("/api/v1/groups/{id}/answer"), who, &json!({ "votes": said })).await
    }

    async fn see(&self, who: &str, group: &Value) -> Value {
        self.done("GET", format!("/api/v1/groups/{}", group["id"].as_str().unwrap()), who, &Value::Null).await
    }

    /// A program of somebody's that has given a sign of life: its id and a token.
    pub(crate) async fn program(&self, of: &str, name: &str) -> (String, String) {
        self.registered_as(of, &json!({ "kind": "personal", "name": name })).await
    }

    async fn registered(&self, of: &str, kind: &str) -> (String, String) {
        self.registered_as(of, &json!({ "kind": kind, "name": "Max" })).await
    }

    async fn registered_as(&self, of: &str, new: &Value) -> (String, String) {
        let id = self.done("POST", "/api/v1/agents", of, new).await["id"].as_str().unwrap().to_owned();
        let key = json!({ "name": "Laptop", "scopes": SCOPES });
        let made = self.done("POST", format!("/api/v1/agents/{id}/keys"), of, &key).await;
        let secret = made["secret"].as_str().unwrap();
        let token = self.done("POST", "/api/v1/agents/token", secret, &json!({})).await;
        let token = token["access_token"].as_str().unwrap().to_owned();
        self.done("POST", format!("/api/v1/agents/{id}/heartbeat"), &token, &json!({})).await;
        (id, token)
    }

    pub(crate) async fn work(&self) {
        self.w
            .write(|cx| {
                let leases = queue::claim(cx, groups::TOPIC, 20, MINUTE)?;
                leases.iter().try_for_each(|lease| groups::due(cx, lease))
            })
            .await;
    }
}

fn times() -> Value {
    json!([
        { "start": "2026-11-25T10:00:00+01:00", "end": "2026-11-25T11:00:00+01:00" },
        { "start": "2026-11-26T10:00:00+01:00", "end": "2026-11-26T11:00:00+01:00" },
    ])
}

#[actix_web::test]
async fn a_group_of_three_decides_on_a_time_and_books_it() {
    let three = Three::new().await;
    let new = json!({
        "question": "Trio rehearsal", "subject": "time", "with": three.with, "candidates": times(), "threshold": 1000,
    });
    let begin = || Ask::new("POST", "/api/v1/groups").bearer(&three.ana).json(&new).key("one");
    let reply = three.w.ask(begin()).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
    let group = reply.json();
    let place = format!("/api/v1/groups/{}", group["id"].as_str().unwrap());
    assert_eq!(reply.header("location"), Some(place.as_str()));
    assert_eq!(three.w.ask(begin()).await.json()["id"], group["id"], "twice is once");
    assert_eq!((&group["state"], &group["phase"]), (&json!("asking"), &json!("pending")));
    assert_eq!(
        (&group["size"], &group["quorum"], &group["threshold"]),
        (&json!(3), &json!(500), &json!(1000))
    );
    assert_eq!(three.answer(&three.ana, &group, &["yes", "yes"]).await.code, 200);
    let bens = three.answer(&three.ben, &group, &["no", "yes"]).await.json();
    assert_eq!((&bens["answered"], &bens["participation"]), (&json!(2), &json!(666)));
    assert_eq!(bens["answers"].as_array().unwrap().len(), 1, "nobody knows yet what the others say: {bens}");
    assert!(bens["candidates"][0]["count"].is_null());
    assert_eq!(bens["can"], json!(["answer", "leave"]));
    let done = three.answer(&three.cleo, &group, &["yes", "if_need_be"]).await.json();
    assert_eq!((&done["outcome"], &done["phase"]), (&json!("decided"), &json!("completed")), "{done}");
    assert_eq!(done["candidate"], group["candidates"][1]["id"]);
    assert_eq!(done["candidates"][1]["count"], json!({ "yes": 2, "if_need_be": 1, "no": 0, "abstain": 0 }));
    assert_eq!(done["answers"].as_array().unwrap().len(), 3);
    let meeting = three
        .done(
            "GET",
            format!("/api/v1/meetings/{}", done["meeting"].as_str().unwrap()),
            &three.cleo,
            &Value::Null,
        )
        .await;
    assert_eq!(
        (&meeting["title"], &meeting["start"]),
        (&json!("Trio rehearsal"), &json!("2026-11-26T09:00:00Z"))
    );
    assert_eq!(meeting["participants"].as_array().unwrap().len(), 3);
    let late = three.answer(&three.ben, &group, &["yes", "no"]).await.json();
    assert_eq!(late["result"], done["result"], "what comes late changes nothing");
    assert!(late["answers"].as_array().unwrap().iter().any(|one| one["late"] == true));
    // As any session.
    let path = format!("/api/v1/sessions/{}", group["id"].as_str().unwrap());
    let session = three.done("GET", &path, &three.ana, &Value::Null).await;
    assert_eq!((&session["kind"], &session["phase"]), (&json!("group"), &json!("completed")));
    let refused = three.ask("PUT", &path, &three.ana, &json!({ "phase": "cancelled" })).await;
    assert_eq!(refused.json()["type"].as_str().unwrap().rsplit('#').next(), Some("session.transition"));
}

#[actix_web::test]
async fn what_speaks_against_times_is_told_when_it_begins_and_only_of_those_who_let_it_be_known() {
    let three = Three::new().await;
    let silent = json!({ "scopes": AUTO[1..], "constraints": { "notice_minutes": 0 } });
    three.done("PUT", format!("/api/v1/connections/{}/grants", three.with[1]), &three.cleo, &silent).await;
    for email in ["ben@example.net", "cleo@example.net"] {
        let busy = three.w.write(move |cx| {
            let user = accounts::by_address(cx, &Address::parse(email).unwrap())?.unwrap().id;
            let at = Timestamp::parse_rfc3339("2026-11-25T09:00:00Z").unwrap();
            let meeting: MeetingId = cx.id();
            calendar::occupy(cx, user, meeting, Some((at, at.plus(MINUTE), calendar::Kind::Busy)))
        });
        busy.await;
    }
    let mut named = times();
    let sunday = json!({ "start": "2026-11-29T10:00:00+01:00", "end": "2026-11-29T11:00:00+01:00" });
    named.as_array_mut().unwrap().push(sunday);
    let group = three.begin(json!({ "subject": "time", "candidates": named })).await;
    let against = |at: usize, connection: &Value, code: &str, says: &str| {
        let candidate = &group["candidates"][at]["id"];
        json!({ "candidate": candidate, "connection": connection, "code": code, "says": says })
    };
    let ben = json!(three.with[0]);
    assert_eq!(
        group["warnings"],
        json!([
            against(0, &ben, "other.taken", "It does not suit Ben."),
            against(2, &Value::Null, "hours", "It is outside your working hours."),
            against(2, &ben, "other.taken", "It does not suit Ben."),
        ]),
        "nothing of Cleo’s time, who lets nobody know it"
    );
    assert_eq!(three.see(&three.ana, &group).await["warnings"], Value::Null, "it was for whoever named them");
    assert_eq!(three.see(&three.ben, &group).await["warnings"], Value::Null);
    let asked = async |who: &str| {
        let listed = three.done("GET", "/api/v1/connections/questions", who, &Value::Null).await;
        let all = listed["questions"].as_array().unwrap().clone();
        all.iter().map(|one| one["shown"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let shown = "whether 3 times that are to be voted on can be had with you";
    assert!(asked(&three.ben).await.iter().any(|one| one == shown), "it is listed to him");
    assert!(!asked(&three.cleo).await.iter().any(|one| one == shown));
    // What her grant says anyone may read who has it.
    let short = json!({ "scopes": AUTO[1..], "constraints": { "notice_minutes": 0, "weekdays": ["mon"] } });
    three.done("PUT", format!("/api/v1/connections/{}/grants", three.with[1]), &three.cleo, &short).await;
    let group =
        three.begin(json!({ "subject": "time", "candidates": times().as_array().unwrap()[1..] })).await;
    let against = &group["warnings"][0];
    assert_eq!(
        (&against["connection"], &against["code"], &against["says"]),
        (&json!(three.with[1]), &json!("other.weekdays"), &json!("Cleo does not let you propose this day."))
    );
    assert_eq!(group["warnings"].as_array().unwrap().len(), 1);
    assert_eq!(three.begin(json!({})).await["warnings"], json!([]), "a question has no times");
}

#[actix_web::test]
async fn what_cannot_be_meant_is_refused_by_its_field() {
    let three = Three::new().await;
    let cases = [
        (json!({ "question": " " }), "question"),
        (json!({ "with": [] }), "with"),
        (json!({ "mode": "shout" }), "mode"),
        (json!({ "quorum": 1001 }), "quorum"),
        (json!({ "mode": "consensus" }), "candidates"),
        (json!({ "subject": "time" }), "candidates"),
        (json!({ "candidates": [{ "label": "Bach" }, { "label": "Bach" }] }), "candidates[1]"),
        (json!({ "deadline": "2020-01-01T00:00:00Z" }), "deadline"),
        (json!({ "rounds": 3 }), "rounds"),
        (json!({ "turn_seconds": 60 }), "turn_seconds"),
        (json!({ "mode": "sequential", "turn_seconds": 1 }), "turn_seconds"),
        (json!({ "on_silence": "skip" }), "on_silence"),
        (json!({ "question": "x".repeat(501) }), "question"),
        (json!({ "candidates": [{ "label": "x".repeat(201) }] }), "candidates[0]"),
        (json!({ "open_until": "2027-03-01T00:00:00Z" }), "open_until"),
    ];
    for (more, field) in cases {
        let mut new = json!({ "question": "Which?", "with": three.with });
        for (name, value) in more.as_object().unwrap() {
            new[name] = value.clone();
        }
        let reply = three.ask("POST", "/api/v1/groups", &three.ana, &new).await;
        assert_eq!((reply.code, &reply.json()["field"]), (400, &json!(field)), "{more}: {}", reply.text);
    }
    let group = three.begin(json!({ "candidates": [{ "label": "Bach" }] })).await;
    let path = format!("/api/v1/groups/{}/answer", group["id"].as_str().unwrap());
    for said in [
        json!({ "votes": { "cnd_1": "yes" } }),
        json!({ "votes": { group["candidates"][0]["id"].as_str().unwrap(): "maybe" } }),
        json!({}),
        json!({ "text": "x", "round": 7 }),
        json!({ "text": "x".repeat(1_001) }),
    ] {
        assert_eq!(three.ask("PUT", &path, &three.ben, &said).await.code, 400, "{said}");
    }
}

#[actix_web::test]
async fn whoever_began_it_closes_it_takes_it_back_and_ends_it_as_a_session() {
    let three = Three::new().await;
    let group = three.begin(json!({ "candidates": [{ "label": "Bach" }], "quorum": 300 })).await;
    three.answer(&three.ben, &group, &["yes"]).await;
    let id = group["id"].as_str().unwrap();
    let closed = three.done("POST", format!("/api/v1/groups/{id}/close"), &three.ana, &Value::Null).await;
    assert_eq!(
        (&closed["outcome"], &closed["result"]["answered"]),
        (&json!("decided"), &json!(1)),
        "{closed}"
    );
    let again = three.ask("POST", format!("/api/v1/groups/{id}/cancel"), &three.ana, &Value::Null).await;
    assert_eq!(again.code, 409);
    let group = three.begin(json!({})).await;
    let id = group["id"].as_str().unwrap();
    three.done("POST", format!("/api/v1/groups/{id}/leave"), &three.cleo, &Value::Null).await;
    assert_eq!(three.ask("GET", format!("/api/v1/groups/{id}"), &three.cleo, &Value::Null).await.code, 404);
    let change = json!({ "phase": "cancelled", "metadata": { "ticket": 7 } });
    let over = three.done("PUT", format!("/api/v1/sessions/{id}"), &three.ana, &change).await;
    assert_eq!((&over["phase"], &over["metadata"]), (&json!("cancelled"), &json!({ "ticket": 7 })));
    let listed = three.done("GET", "/api/v1/groups", &three.ana, &Value::Null).await;
    assert_eq!(listed["groups"].as_array().unwrap().len(), 2);
    let open = three.done("GET", "/api/v1/groups?state=open", &three.ana, &Value::Null).await;
    assert_eq!(open["groups"], json!([]));
}

#[actix_web::test]
async fn a_group_says_until_when_it_stays_open_and_a_service_does_nothing_for_its_owner() {
    let three = Three::new().await;
    let group = three.begin(json!({ "candidates": [{ "label": "Bach" }] })).await;
    assert_eq!(group["open_until"], Value::Null);
    let open_until = group["deadline"].clone();
    let group = three.begin(json!({ "candidates": [{ "label": "Bach" }], "open_until": open_until })).await;
    assert_eq!(three.see(&three.ben, &group).await["open_until"], open_until);
    let (_, service) = three.registered(&three.ben, "service").await;
    assert_eq!(three.see(&service, &group).await["can"], json!([]));
    let path = format!("/api/v1/groups/{}/leave", group["id"].as_str().unwrap());
    let refused = three.ask("POST", path, &service, &Value::Null).await;
    let code = refused.json()["type"].as_str().unwrap().rsplit('#').next().unwrap().to_owned();
    assert_eq!((refused.code, code.as_str()), (409, "session.not-played"));
    assert_eq!(three.answer(&service, &group, &["no"]).await.code, 409);
    assert_eq!(three.see(&three.ana, &group).await["members"][1]["left"], Value::Null);
    let (_, anas) = three.registered(&three.ana, "service").await;
    let path = format!("/api/v1/sessions/{}", group["id"].as_str().unwrap());
    let change = json!({ "purpose": "By a program", "metadata": { "x": 1 } });
    assert_eq!(three.ask("PUT", &path, &anas, &change).await.code, 403, "a person began it");
    three.done("PUT", &path, &three.ana, &change).await;
}

#[actix_web::test]
async fn programs_begin_answer_and_are_told_over_their_sockets() {
    let mut three = Three::new().await;
    let (maya, max) = (three.program(&three.ana, "Maya").await, three.program(&three.ben, "Max").await);
    let state = State::new(&three.w.web.store, &three.w.web.config);
    three.w.web.state = Arc::new(state);
    let server = serve(three.w.web.clone(), SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let (stop, stopping) = watch::channel(false);
    let (state, store) = (three.w.web.state.clone(), three.w.web.store.clone());
    let reader = rt::spawn(async move { state.live.run(&store, stopping).await });
    let socket = async |of: &(String, String)| {
        let mut client = Client::open(server.address, "/live").await;
        let register = json!({ "event": "ai:register", "data": { "token": of.1 } });
        client.say(&register.to_string()).await;
        client.event("ai:register").await;
        client
    };
    let (mut mayas, mut maxs) = (socket(&maya).await, socket(&max).await);
    let new = json!({
        "question": "Which piece?", "with": three.with, "mode": "sequential", "candidates": [{ "label": "Bach" }],
        "idempotency_key": "one",
    });
    let group = mayas.done("ai:group_broadcast", &new).await;
    assert_eq!(mayas.done("ai:group_broadcast", &new).await["id"], group["id"], "twice is once");
    let id = group["id"].as_str().unwrap().to_owned();
    let candidate = group["candidates"][0]["id"].as_str().unwrap().to_owned();
    let rooms = mayas.done("ai:heartbeat", &json!({})).await["rooms"].clone();
    let rooms: Vec<&str> = rooms.as_array().unwrap().iter().map(|room| room.as_str().unwrap()).collect();
    for room in [format!("ai_group_{id}"), format!("ai_network_{id}")] {
        assert!(rooms.contains(&room.as_str()), "{room} in {rooms:?}");
    }
    let early = json!({ "group": id, "votes": { (candidate.clone()): "yes" } });
    assert_eq!(maxs.ask("ai:group_response", &early).await["error"]["status"], 409, "it is not his turn");
    mayas.done("ai:group_response", &early).await;
    let asked = maxs.event("ai:group_broadcast").await;
    assert_eq!(asked["room"], format!("ai_group_{}", group["id"].as_str().unwrap()));
    assert_eq!((&asked["group"], &asked["type"]), (&json!(id), &json!("group_broadcast")), "{asked}");
    let handed = maxs.done("ai:message_delivered", &Value::Null).await["messages"][0].clone();
    let said = &handed["message"]["body"]["data"];
    assert_eq!((&handed["message"]["type"], &said["event"]), (&json!("group_broadcast"), &json!("asked")));
    assert_eq!(said["answers"][0]["votes"][&candidate], "yes", "he sees what came before: {said}");
    maxs.done("ai:group_response", &early).await;
    let answered = mayas.event("ai:group_response").await;
    assert_eq!(answered["group"], json!(id));
    assert_eq!(maxs.ask("ai:group_consensus", &Value::Null).await["error"]["field"], "event");
    // Cleo, who has no program, has the last turn: two of three have said yes, and whatever she says it is no less than
    // two thirds, which is less than seven in ten.
    assert_eq!(three.see(&three.cleo, &group).await["waits"], true);
    three.answer(&three.cleo, &group, &["no"]).await;
    for client in [&mut mayas, &mut maxs] {
        assert_eq!(client.event("ai:group_response").await["group"], json!(id), "Cleo’s");
        assert_eq!(client.event("ai:group_consensus").await["group"], json!(id));
    }
    let over = three.see(&maya.1, &group).await;
    assert_eq!(over["outcome"], "rejected");
    // One that too few answer ends by its time.
    let short = json!({ "question": "Who?", "with": three.with });
    let group = mayas.done("ai:group_broadcast", &short).await;
    three.w.clock.advance(73 * 60 * MINUTE);
    three.work().await;
    assert_eq!(three.see(&three.ana, &group).await["outcome"], "no_quorum");
    stop.send_replace(true);
    drop((mayas, maxs));
    three.done("POST", "/api/v1/connections", &three.ana, &json!({ "email": "kim@example.net" })).await;
    reader.await.unwrap();
    server.stop().await;
}
