//! `/live`: who is let in, what is told and taken, where it goes on after it broke off, and when it ends.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use entente::web::live::Live as Listeners;
use entente::web::live::sockets::Tempo;
use entente::web::state::State;
use entente::web::{Server, serve};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::api_messages::{Program, Two, done, program, request, texts};
use crate::socket_client::{Client, Frame};

/// A house that listens, with two programs.
pub(crate) struct House {
    pub(crate) two: Two,
    pub(crate) address: SocketAddr,
    server: Server,
    stop: watch::Sender<bool>,
    reader: rt::task::JoinHandle<()>,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::at(Tempo::default()).await
    }

    /// One whose sockets have another tempo.
    pub(crate) async fn at(tempo: Tempo) -> Self {
        // What floods a socket here is to find out what becomes of the socket.
        Self::of(Two::with(|config| config.agents.floods_per_hour = 0).await, tempo)
    }

    /// One of theirs.
    pub(crate) fn of(mut two: Two, tempo: Tempo) -> Self {
        let state = State::new(&two.w.web.store, &two.w.web.config);
        two.w.web.state = Arc::new(State { live: Listeners::default().at(tempo), ..state });
        let server = serve(two.w.web.clone(), SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let (stop, stopping) = watch::channel(false);
        let (state, store) = (two.w.web.state.clone(), two.w.web.store.clone());
        let reader = rt::spawn(async move { state.live.run(&store, stopping).await });
        Self { address: server.address, two, server, stop, reader }
    }

    fn sockets(&self) -> usize {
        self.two.w.web.state.live.sockets.count()
    }

    pub(crate) async fn until_sockets(&self, many: usize) {
        let wait = async {
            while self.sockets() != many {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("as many sockets as expected");
    }

    async fn presence(&self, of: &Program, owner: &str) -> Value {
        let path = format!("/api/v1/agents/{}/presence", of.id);
        self.two.done("GET", path, owner, &Value::Null).await["presence"].clone()
    }

    pub(crate) async fn close(self) {
        self.stop.send_replace(true);
        self.two
            .ask("POST", "/api/v1/connections", &self.two.ana, &json!({ "email": "kim@example.net" }))
            .await;
        self.reader.await.unwrap();
        self.server.stop().await;
    }
}

#[actix_web::test]
async fn an_agent_is_told_what_waits_takes_it_and_its_sender_hears_what_became_of_it() {
    let house = House::new().await;
    let (max, maya) = (&house.two.max, &house.two.maya);
    let talk = house.two.talk(&json!({})).await;
    let (mut maxs, welcome) = house.socket(max, None).await;
    let rooms: Vec<&str> =
        welcome["rooms"].as_array().unwrap().iter().map(|room| room.as_str().unwrap()).collect();
    for room in [format!("ai_{}", max.id), format!("ai_network_{talk}"), "ai_status_online".to_owned()] {
        assert!(rooms.contains(&room.as_str()), "{room} in {rooms:?}");
    }
    assert!(rooms.iter().any(|room| room.starts_with("ai_user_usr_")));
    assert!(rooms.ends_with(&["ai_system_broadcast", "ai_maintenance"]));
    assert_eq!((&welcome["agent"], &welcome["status"]), (&json!(max.id), &json!("online")));
    assert_eq!((&welcome["waiting"], &welcome["heartbeat_seconds"]), (&json!(false), &json!(30)));
    let (mut mayas, _) = house.socket(maya, None).await;
    let status = maxs.event("ai:status_update").await;
    assert_eq!((&status["agent"], &status["status"]), (&json!(maya.id), &json!("online")));

    let new =
        json!({ "conversation": talk, "type": "request", "text": "Is there a room?", "priority": "high" });
    let sent = mayas.done("ai:message", &new).await;
    let told = maxs.event("ai:message").await;
    assert!(told["number"].as_i64() > welcome["number"].as_i64());
    assert_eq!((&told["message"], &told["conversation"]), (&sent["id"], &json!(talk)));
    assert_eq!((&told["from"], &told["type"]), (&json!(maya.id), &json!("request")));
    assert_eq!((&told["priority"], &told["state"]), (&json!("high"), &json!("queued")));
    assert!(told["text"].is_null(), "what it says is told to whoever takes it");

    let handed = maxs.done("ai:message_delivered", &Value::Null).await;
    let handed = handed["messages"].as_array().unwrap().clone();
    assert_eq!(texts(&handed), ["Is there a room?"]);
    let delivered = mayas.event("ai:message_delivered").await;
    assert_eq!((&delivered["delivery"], &delivered["to"]), (&told["delivery"], &json!(max.id)));
    let lease = json!({ "delivery": told["delivery"], "lease": handed[0]["lease"] });
    for outcome in ["working", "done"] {
        let mut lease = lease.clone();
        lease["outcome"] = json!(outcome);
        maxs.done("ai:message_processed", &lease).await;
    }
    assert_eq!(mayas.event("ai:message_processed").await["message"], sent["id"]);
    let stale = maxs.ask("ai:message_processed", &lease).await;
    assert!(stale["error"]["type"].as_str().unwrap().ends_with("#delivery.stale"), "{stale}");

    // Given up: its sender is told of an error.
    mayas.done("ai:message", &new).await;
    maxs.event("ai:message").await;
    let handed = maxs.done("ai:message_delivered", &json!({ "limit": 1 })).await["messages"][0].clone();
    let never = json!({
        "delivery": handed["delivery"], "lease": handed["lease"], "outcome": "failed", "error": "No such room",
    });
    assert_eq!(maxs.done("ai:message_processed", &never).await["state"], "failed");
    mayas.event("ai:message_delivered").await;
    let failed = mayas.event("ai:error").await;
    assert_eq!((&failed["kind"], &failed["error"]), (&json!("failed"), &json!("No such room")));
    house.close().await;
}

#[actix_web::test]
async fn a_socket_that_breaks_off_in_the_middle_goes_on_with_nothing_skipped_and_nothing_twice() {
    let house = House::new().await;
    let talk = house.two.talk(&json!({})).await;
    let (mut maxs, welcome) = house.socket(&house.two.max, None).await;
    let (mut sent, mut told) = (Vec::new(), Vec::new());
    let mut number = welcome["number"].clone();
    for round in 0..6 {
        for _ in 0..7 {
            sent.push(house.two.say(&talk, &request("Hello")).await["id"].clone());
        }
        // Each is cut with a part of what it was sent unread.
        for _ in 0..=round {
            let event = maxs.event("ai:message").await;
            assert!(event["number"].as_i64() > number.as_i64());
            number = event["number"].clone();
            told.push(event["message"].clone());
        }
        drop(maxs);
        (maxs, _) = house.socket(&house.two.max, Some(&number)).await;
    }
    while told.len() < sent.len() {
        told.push(maxs.event("ai:message").await["message"].clone());
    }
    assert_eq!(told, sent);
    // Whoever says no place goes on from now, and beyond what there is nobody can have been.
    let (_, now) = house.socket(&house.two.max, None).await;
    let (_, ahead) = house.socket(&house.two.max, Some(&json!(1_000_000_000))).await;
    let (_, before) = house.socket(&house.two.max, Some(&json!(-5))).await;
    assert_eq!(
        (&now["waiting"], &ahead["number"], &before["number"]),
        (&json!(true), &now["number"], &json!(0))
    );
    house.close().await;
}

#[actix_web::test]
async fn a_socket_ends_at_once_with_its_key_its_agent_or_its_owner() {
    for how in ["key", "agent", "owner", "shut out"] {
        let house = House::new().await;
        let max = &house.two.max;
        let other = program(&house.two.w, &house.two.w.member("zoe@example.com", "Zoe").await, "Zed").await;
        let (mut ends, _) = house.socket(max, None).await;
        let (mut stays, _) = house.socket(&other, None).await;
        match how {
            "key" => {
                let keys = format!("/api/v1/agents/{}/keys", max.id);
                let known = house.two.done("GET", keys.clone(), &house.two.ben, &Value::Null).await;
                let key = known["keys"][0]["id"].as_str().unwrap();
                house.two.done("DELETE", format!("{keys}/{key}"), &house.two.ben, &Value::Null).await;
            }
            "agent" => {
                house
                    .two
                    .done("DELETE", format!("/api/v1/agents/{}", max.id), &house.two.ben, &Value::Null)
                    .await;
            }
            "shut out" => {
                let id = max.id.parse().unwrap();
                let work = move |cx: &mut entente::store::Cx<'_>| {
                    entente::agents::shut_out(cx, "t", id, entente::agents::Pattern::Floods)
                };
                house.two.w.write(work).await;
            }
            _ => {
                let find = |cx: &mut entente::store::Cx<'_>| {
                    let address = entente::base::text::Address::parse("ben@example.net").unwrap();
                    let user = entente::accounts::by_address(cx, &address)?.unwrap().id;
                    entente::accounts::disable(cx, &crate::api_world::operator(), user).map(drop)
                };
                house.two.w.write(find).await;
            }
        }
        let error = ends.event("ai:error").await;
        let why = if how == "shut out" { "#agent.shut-out" } else { "#unauthenticated" };
        assert!(error["type"].as_str().unwrap().ends_with(why), "{how}: {error}");
        let again_in = if how == "shut out" { json!(3_600) } else { Value::Null };
        assert_eq!(error["retry_after"], again_in, "{how}");
        assert_eq!(
            ends.end().await,
            (1008, "This is not allowed, or no longer: the error before says why.".to_owned()),
            "{how}"
        );
        house.until_sockets(1).await;
        stays.done("ai:heartbeat", &Value::Null).await;
        let mut again = Client::open(house.address, "/live").await;
        again.say(&json!({ "event": "ai:register", "data": { "token": max.token } }).to_string()).await;
        assert_eq!(again.event("ai:error").await["retry_after"], again_in, "{how}");
        assert_eq!(again.end().await.0, 1008, "{how}");
        house.close().await;
    }
}

#[actix_web::test]
async fn a_slow_reader_is_cut_off_and_goes_on_where_it_was() {
    let tempo = Tempo { patience: Duration::from_millis(150), ..Tempo::default() };
    let house = House::at(tempo).await;
    let talk = house.two.talk(&json!({})).await;
    let (mut slow, welcome) = house.socket(&house.two.max, None).await;
    let sent = house.two.say(&talk, &request("Still here?")).await["id"].clone();
    // It asks and asks, and reads nothing: every answer is longer than the question.
    let asks = async {
        let data = json!({ "since": 0, "token": house.two.max.token });
        let ask = json!({ "event": "ai:register", "data": data, "id": "x".repeat(64) }).to_string();
        loop {
            slow.say(&ask).await;
        }
    };
    let cut = house.until_sockets(0);
    tokio::select! {
        () = asks => {},
        () = cut => {},
    }
    drop(slow);
    let (mut again, _) = house.socket(&house.two.max, Some(&welcome["number"])).await;
    assert_eq!(again.event("ai:message").await["message"], sent);
    drop(again);
    house.close().await;
}

#[actix_web::test]
async fn nobody_comes_in_from_another_site_by_another_way_or_without_saying_who_they_are() {
    let house = House::at(Tempo { register: Duration::from_millis(300), ..Tempo::default() }).await;
    let own = format!("http://{}", house.address);
    let mut refused = Vec::new();
    for (path, headers) in [
        ("/live", vec![("origin", "https://evil.example")]),
        ("/live", vec![("origin", "null")]),
        ("/live", vec![("sec-fetch-site", "cross-site")]),
        ("/live?token=eyJ", vec![]),
        ("/live?EIO=4&transport=polling", vec![]),
        ("/live?EIO=4", vec![]),
        ("/live?EIO=3&transport=websocket", vec![]),
        ("/live?EIO=4&transport=websocket&sid=abc", vec![]),
    ] {
        let answer = Client::try_open(house.address, path, &headers).await.err().unwrap_or_default();
        let body: Value = serde_json::from_str(&answer.1).unwrap_or_default();
        refused.push(format!("{} {}", answer.0, body["field"].as_str().unwrap_or("-")));
    }
    let expected =
        ["403 -", "403 -", "403 -", "400 token", "400 transport", "400 transport", "400 EIO", "400 sid"];
    assert_eq!(refused, expected);
    assert!(Client::try_open(house.address, "/live", &[("origin", own.as_str())]).await.is_ok());

    let late = (1008, "Say first who you are.".to_owned());
    let mut silent = Client::open(house.address, "/live").await;
    assert_eq!(silent.end().await, late);
    // Neither a cookie nor a header is taken for a first frame, nor anything else that is said first.
    let token = format!("Bearer {}", house.two.max.token);
    let mut other = Client::try_open(house.address, "/live", &[("authorization", &token)]).await.unwrap();
    other.say(r#"{"event":"ai:heartbeat"}"#).await;
    assert_eq!(other.end().await, late);
    let forged = format!("{}x", &house.two.max.token[..house.two.max.token.len() - 1]);
    let wrong = [
        (json!({ "token": "" }), "unauthenticated"),
        (json!({ "token": "eak_nothing" }), "unauthenticated"),
        (json!({ "token": house.two.ben }), "unauthenticated"),
        (json!({ "token": forged }), "unauthenticated"),
        (json!({}), "invalid"),
        (json!({ "token": house.two.max.token, "room": "ai_maintenance" }), "invalid"),
        (json!({ "token": house.two.max.token, "status": "offline" }), "invalid"),
    ];
    for (data, problem) in wrong {
        let mut client = Client::open(house.address, "/live").await;
        client.say(&json!({ "event": "ai:register", "data": data, "id": 1 }).to_string()).await;
        let error = client.event("ai:error").await;
        assert!(error["type"].as_str().unwrap().ends_with(&format!("#{problem}")), "{data}: {error}");
        assert_eq!(client.end().await.0, 1008, "{data}");
    }
    assert_eq!(house.sockets(), 0);
    house.close().await;
}

#[actix_web::test]
async fn what_is_said_over_a_socket_is_what_is_said_over_the_api() {
    let house = House::new().await;
    let talk = house.two.talk(&json!({})).await;
    let (mut mayas, _) = house.socket(&house.two.maya, None).await;
    let new = json!({ "conversation": talk, "type": "request", "text": "Once", "idempotency_key": "k1" });
    let first = mayas.done("ai:message", &new).await;
    assert_eq!(mayas.done("ai:message", &new).await["id"], first["id"], "the same key is the same message");
    // And it is by the other road.
    let path = format!("/api/v1/conversations/{talk}/messages");
    let ask = crate::api_world::Ask::new("POST", path).bearer(&house.two.maya.token).key("k1");
    assert_eq!(house.two.w.ask(ask.json(&request("Twice"))).await.problem(), "idempotency.mismatch");
    assert_eq!(texts(&house.two.inbox().await), ["Once"]);
    mayas.event("ai:message_delivered").await;

    for (data, field) in [
        (json!({ "type": "request", "text": "x" }), "conversation"),
        (json!({ "conversation": 7, "type": "request" }), "conversation"),
        (json!({ "conversation": talk, "type": "shout" }), "type"),
        (json!({ "conversation": talk, "type": "request", "texts": "x" }), "texts"),
        (
            json!({ "conversation": talk, "type": "request", "text": "x", "idempotency_key": "" }),
            "idempotency_key",
        ),
        (json!([]), "data"),
    ] {
        assert_eq!(mayas.ask("ai:message", &data).await["error"]["field"], field, "{data}");
    }
    for (event, field) in [("ai:group_consensus", "event"), ("ai:nothing", "event"), ("ack", "event")] {
        assert_eq!(mayas.ask(event, &Value::Null).await["error"]["field"], field, "{event}");
    }
    // Without a wish for an answer, what cannot be done is told all the same.
    mayas.say(r#"{"event":"ai:message_delivered","data":{"limit":500}}"#).await;
    let error = mayas.event("ai:error").await;
    assert_eq!((&error["field"], &error["event"]), (&json!("limit"), &json!("ai:message_delivered")));
    // The limits of the API hold: a burst of fifty.
    let mut new = json!({ "conversation": talk, "type": "notification", "text": "Flood" });
    let mut limited = Value::Null;
    for at in 0..60 {
        new["text"] = json!(format!("Flood {at}"));
        limited = mayas.ask("ai:message", &new).await["error"].clone();
        if !limited.is_null() {
            break;
        }
    }
    assert_eq!(limited["status"], 429);

    // A key that may only read.
    let key = json!({ "name": "Reader", "scopes": ["messages.read"] });
    let path = format!("/api/v1/agents/{}/keys", house.two.maya.id);
    let key = house.two.done("POST", path, &house.two.ana, &key).await["secret"].clone();
    let issued = done(&house.two.w, "POST", "/api/v1/agents/token", key.as_str().unwrap(), &json!({})).await;
    let token = issued["access_token"].as_str().unwrap().to_owned();
    let reader = Program { id: house.two.maya.id.clone(), token };
    let (mut reads, _) = house.socket(&reader, None).await;
    assert_eq!(reads.ask("ai:message", &new).await["error"]["status"], 403);
    assert_eq!(reads.ask("ai:typing", &json!({ "conversation": talk })).await["error"]["status"], 403);
    reads.done("ai:message_delivered", &Value::Null).await;
    house.close().await;
}

#[actix_web::test]
async fn an_open_socket_keeps_its_agent_there_and_no_longer() {
    let tempo = Tempo { renew: Some(Duration::from_millis(20)), ..Tempo::default() };
    let house = House::at(tempo).await;
    let (max, ben) = (&house.two.max, &house.two.ben);
    let (mut maxs, _) = house.socket(max, None).await;
    for _ in 0..3 {
        // Past the lease of the last sign of life: the socket gives another, at most one every thirty seconds.
        house.two.w.clock.advance(100_000);
        while house.presence(max, ben).await != "online" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        house.two.w.clock.advance(20_000);
        assert_eq!(house.presence(max, ben).await, "online");
    }
    assert_eq!(maxs.done("ai:status_update", &json!({ "status": "away" })).await["status"], "away");
    let rooms = maxs.done("ai:heartbeat", &Value::Null).await["rooms"].clone();
    assert!(rooms.as_array().unwrap().contains(&json!("ai_status_away")), "{rooms}");
    house.two.w.clock.advance(80_000);
    while house.presence(max, ben).await == "offline" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(house.presence(max, ben).await, "away", "what was claimed stays");
    drop(maxs);
    house.until_sockets(0).await;
    house.two.w.clock.advance(100_000);
    assert_eq!(house.presence(max, ben).await, "offline");
    house.close().await;
}

#[actix_web::test]
async fn a_token_that_runs_out_ends_its_socket_unless_another_came_in_time() {
    let tempo = Tempo { renew: Some(Duration::from_millis(20)), ..Tempo::default() };
    let house = House::at(tempo).await;
    let max = &house.two.max;
    let (mut goes_on, _) = house.socket(max, None).await;
    let (mut ends, _) = house.socket(max, None).await;
    house.two.w.clock.advance(600_000);
    let key = json!({ "name": "Server", "scopes": ["messages.read"] });
    let key = house.two.done("POST", format!("/api/v1/agents/{}/keys", max.id), &house.two.ben, &key).await;
    let key = key["secret"].as_str().unwrap().to_owned();
    let issued = done(&house.two.w, "POST", "/api/v1/agents/token", &key, &json!({})).await;
    goes_on.done("ai:register", &json!({ "token": issued["access_token"] })).await;
    let anothers = goes_on.ask("ai:register", &json!({ "token": house.two.maya.token })).await;
    assert_eq!(anothers["error"]["status"], 403);
    house.two.w.clock.advance(400_000);
    assert_eq!(ends.end().await.0, 1008);
    goes_on.done("ai:heartbeat", &Value::Null).await;
    house.close().await;
}

#[actix_web::test]
async fn of_an_agent_the_newest_eight_sockets_stand_and_all_are_closed_with_the_house() {
    let house = House::new().await;
    let mut all = Vec::new();
    for _ in 0..9 {
        all.push(house.socket(&house.two.max, None).await.0);
    }
    let words = "Newer sockets of this agent took its place.";
    assert_eq!(all.remove(0).end().await, (1008, words.to_owned()));
    house.until_sockets(8).await;
    // Whoever polls is not kept out by them.
    assert!(house.two.inbox().await.is_empty());
    let mut visitor = Client::open(house.address, "/live").await;
    let closing = house.close();
    let ends = async {
        for socket in &mut all {
            let stopping = json!({ "state": "stopping", "room": "ai_maintenance" });
            assert_eq!(socket.event("ai:maintenance").await, stopping);
            let closing = json!({ "status": "closing", "room": "ai_system_broadcast" });
            assert_eq!(socket.event("ai:network_status").await, closing);
            assert_eq!(
                socket.frame().await,
                Frame::Close(1012, "The house closes: come again, with since.".to_owned())
            );
        }
        assert_eq!(visitor.end().await.0, 1012);
    };
    let began = std::time::Instant::now();
    futures_util::join!(closing, ends);
    assert!(began.elapsed() < Duration::from_secs(6), "an open socket holds nothing up");
}

#[actix_web::test]
async fn a_line_on_which_nobody_answers_or_nonsense_is_said_is_cut() {
    let (ping, pong) = (Duration::from_millis(40), Duration::from_millis(200));
    let house = House::at(Tempo { ping, pong, ..Tempo::default() }).await;
    let max = &house.two.max;
    let (mut silent, _) = house.socket(max, None).await;
    silent.answers = false;
    let (mut answers, _) = house.socket(max, None).await;
    let (over, stays) = futures_util::join!(silent.end(), async {
        let wait = tokio::time::timeout(Duration::from_secs(1), answers.frame()).await;
        wait.is_err()
    });
    assert_eq!(over, (1013, "Nobody answered.".to_owned()));
    assert!(stays, "whoever answers is left alone");

    let long = format!(r#"{{"event":"{}"}}"#, "x".repeat(65_536));
    for (opcode, payload, code) in [
        (2, b"binary".to_vec(), 1003),
        (1, b"no json".to_vec(), 1002),
        (1, br#"{"event":"ai:heartbeat","id":{}}"#.to_vec(), 1002),
        (1, long.into_bytes(), 1002),
        (3, b"of no kind".to_vec(), 1002),
    ] {
        let (mut client, _) = house.socket(max, None).await;
        client.send(opcode, &payload).await;
        assert_eq!(client.end().await.0, code, "{opcode}");
    }
    house.close().await;
}

#[actix_web::test]
async fn typing_is_shown_to_whoever_is_there_and_shares_the_conversation_and_to_nobody_who_blocked() {
    let house = House::new().await;
    let zoe = house.two.w.member("zoe@example.com", "Zoe").await;
    let zed = program(&house.two.w, &zoe, "Zed").await;
    let talk = house.two.talk(&json!({})).await;
    let (mut mayas, _) = house.socket(&house.two.maya, None).await;
    let (mut maxs, _) = house.socket(&house.two.max, None).await;
    mayas.event("ai:status_update").await;
    let (mut zeds, _) = house.socket(&zed, None).await;
    let typing = json!({ "conversation": talk });
    maxs.done("ai:typing", &typing).await;
    // Once a second at most.
    maxs.done("ai:typing", &typing).await;
    maxs.done("ai:status_update", &json!({ "status": "busy" })).await;
    let told = mayas.event("ai:typing").await;
    let room = format!("ai_network_{talk}");
    assert_eq!(told, json!({ "agent": house.two.max.id, "conversation": talk, "room": room }));
    assert_eq!(mayas.event("ai:status_update").await["status"], "busy");
    let stranger = zeds.ask("ai:typing", &typing).await;
    assert_eq!(stranger["error"]["status"], 404, "it is told nothing, and there is nothing to be seen");

    let path = format!("/api/v1/agents/{}/relations/{}", house.two.maya.id, house.two.max.id);
    house.two.done("PUT", path, &house.two.ana, &json!({ "relation": "blocked" })).await;
    maxs.done("ai:status_update", &json!({ "status": "away" })).await;
    let mark = mayas.done("ai:heartbeat", &Value::Null).await;
    assert_eq!(mark["status"], "online");
    let frame = tokio::time::timeout(Duration::from_millis(200), mayas.frame()).await;
    assert!(frame.is_err(), "nothing more comes: {frame:?}");
    house.close().await;
}

#[actix_web::test]
async fn nothing_is_told_of_what_somebody_wrote_who_is_blocked_by_then() {
    let house = House::new().await;
    let talk = house.two.talk(&json!({})).await;
    house.two.say(&talk, &request("Before")).await;
    house.two.inbox().await;
    house.two.say(&talk, &request("After")).await;
    let path = format!("/api/v1/agents/{}/relations/{}", house.two.max.id, house.two.maya.id);
    house.two.done("PUT", path, &house.two.ben, &json!({ "relation": "blocked" })).await;
    let (mut maxs, _) = house.socket(&house.two.max, Some(&json!(0))).await;
    assert_eq!(maxs.event("ai:message").await["state"], "processing", "what it was handed it knows");
    maxs.say(r#"{"event":"ai:heartbeat","id":1}"#).await;
    assert_eq!(maxs.json().await["ack"], 1, "the other is not heard of");
    house.close().await;
}

/// What the house says next, but for its asking whether the client is there.
async fn after_pings(client: &mut Client) -> String {
    loop {
        let text = client.text().await;
        if text != "2" {
            return text;
        }
    }
}

#[actix_web::test]
async fn the_socket_speaks_as_much_of_socket_io_as_its_client_needs() {
    let (ping, pong) = (Duration::from_millis(40), Duration::from_secs(5));
    let house = House::at(Tempo { ping, pong, ..Tempo::default() }).await;
    // The official client puts a slash behind its path.
    let path = "/live/?EIO=4&transport=websocket&t=abc";
    let talk = house.two.talk(&json!({})).await;
    let mut client = Client::open(house.address, path).await;
    let open = client.text().await;
    let open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
    assert_eq!((&open["upgrades"], &open["maxPayload"]), (&json!([]), &json!(65_536)));
    assert_eq!((&open["pingInterval"], &open["pingTimeout"]), (&json!(40), &json!(5_000)));
    client.say("40").await;
    let elsewhere = client.text().await;
    assert!(
        elsewhere.starts_with("44{") && elsewhere.contains("There is one namespace: /ai."),
        "{elsewhere}"
    );
    client.say(&format!("40/ai,{}", json!({ "token": house.two.max.token, "since": 0 }))).await;
    assert!(client.text().await.starts_with(r#"40/ai,{"sid":""#));
    assert!(client.text().await.starts_with(r#"42/ai,["ai:register",{"#));
    assert!(client.text().await.starts_with(r#"42/ai,["ai:status_update",{"#), "Maya was there before");
    assert_eq!(client.text().await, "2", "it is asked whether it is there");
    client.say("3").await;
    client.say("2").await;
    client.say(r#"42/ai,7["ai:message_delivered",{"limit":5}]"#).await;
    assert_eq!(after_pings(&mut client).await, "3");
    assert_eq!(after_pings(&mut client).await, r#"43/ai,7[{"data":{"messages":[]}}]"#);
    house.two.say(&talk, &request("Hello")).await;
    let told = after_pings(&mut client).await;
    assert!(told.starts_with(r#"42/ai,["ai:message",{"number":"#), "{told}");
    client.say("41/ai,").await;
    client.end().await;
    house.until_sockets(0).await;

    let mut stranger = Client::open(house.address, path).await;
    stranger.text().await;
    stranger.say(r#"40/ai,{"token":"nonsense"}"#).await;
    let refused = stranger.text().await;
    assert!(refused.starts_with("44/ai,{") && refused.contains("#unauthenticated"), "{refused}");
    assert_eq!(stranger.end().await.0, 1008);
    let mut binary = Client::open(house.address, path).await;
    binary.text().await;
    binary.say(r#"451-/ai,["ai:message",{"_placeholder":true,"num":0}]"#).await;
    assert_eq!(binary.end().await, (1002, "Nothing binary is taken.".to_owned()));
    house.close().await;
}
