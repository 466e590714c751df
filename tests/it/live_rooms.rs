//! Rooms of `/live`: what is said in one says so, reaches those who stand in it by then, and nobody else; and what an
//! administrator announces.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::time::Duration;

use entente::accounts::{Role, Scope};
use entente::base::time::{MINUTE, Timestamp};
use entente::sessions::conversation;
use entente::web::live::sockets::Tempo;
use serde_json::{Value, json};

use crate::api_messages::{Program, Two, program, request};
use crate::api_world::{Ask, Reply, World};
use crate::live_socket::House;
use crate::plans::no_query_scans;
use crate::socket_client::Client;

impl House {
    /// A socket of a program's; gives what it was welcomed with. It was told how its company stands.
    pub(crate) async fn socket(&self, of: &Program, since: Option<&Value>) -> (Client, Value) {
        let (mut client, welcome) = self.came(of, since).await;
        let agent = of.id.parse().unwrap();
        let company = self.two.w.web.store.read(move |cx| {
            let company = conversation::company(cx, agent)?;
            conversation::attending(cx, &company)
        });
        for _ in company.await.unwrap() {
            client.event("ai:status_update").await;
        }
        (client, welcome)
    }

    /// The same, before it was told anything.
    pub(crate) async fn came(&self, of: &Program, since: Option<&Value>) -> (Client, Value) {
        let mut client = Client::open(self.address, "/live").await;
        let mut data = json!({ "token": of.token });
        if let Some(since) = since {
            data["since"] = since.clone();
        }
        client.say(&json!({ "event": "ai:register", "data": data }).to_string()).await;
        let welcome = client.event("ai:register").await;
        (client, welcome)
    }
}

/// What is next on a line is the answer to a question: nothing was told before. Gives the rooms.
async fn nothing_was_told(client: &mut Client) -> Vec<String> {
    client.say(r#"{"event":"ai:heartbeat","id":"still there?"}"#).await;
    let told = client.json().await;
    assert_eq!(told["ack"], "still there?", "{told}");
    let rooms = told["data"]["data"]["rooms"].as_array().unwrap();
    rooms.iter().map(|room| room.as_str().unwrap().to_owned()).collect()
}

async fn zed(house: &House) -> (Program, String) {
    let zoe = house.two.w.member("zoe@example.com", "Zoe").await;
    (program(&house.two.w, &zoe, "Zed").await, zoe)
}

async fn root(w: &World) -> String {
    let admin = w.user("root@example.org", "Root", Role::Admin).await;
    w.token(Some(admin), &[Scope::Admin]).await
}

async fn announce(w: &World, root: &str, body: &Value) -> Reply {
    w.ask(Ask::new("POST", "/api/v1/announcements").bearer(root).json(body)).await
}

#[actix_web::test]
async fn every_event_names_its_room_and_whoever_does_not_stand_in_it_is_told_nothing() {
    let house = House::new().await;
    let (zed, _) = zed(&house).await;
    let talk = house.two.talk(&json!({})).await;
    let network = json!(format!("ai_network_{talk}"));
    let (mut zeds, _) = house.socket(&zed, None).await;
    let (mut maxs, _) = house.socket(&house.two.max, None).await;
    let (mut mayas, _) = house.socket(&house.two.maya, None).await;
    assert_eq!(maxs.event("ai:status_update").await["room"], network);
    mayas.done("ai:typing", &json!({ "conversation": talk })).await;
    assert_eq!(maxs.event("ai:typing").await["room"], network);
    mayas.done("ai:message", &json!({ "conversation": talk, "type": "request", "text": "Hello" })).await;
    assert_eq!(maxs.event("ai:message").await["room"], format!("ai_{}", house.two.max.id));
    maxs.done("ai:message_delivered", &Value::Null).await;
    let delivered = mayas.event("ai:message_delivered").await;
    assert_eq!(delivered["room"], format!("ai_{}", house.two.maya.id));
    assert!(!nothing_was_told(&mut zeds).await.contains(&network.as_str().unwrap().to_owned()));
    house.close().await;
}

#[actix_web::test]
async fn whoever_comes_is_told_how_those_stand_who_came_before() {
    let house = House::new().await;
    let (max, maya) = (&house.two.max, &house.two.maya);
    let (mut maxs, _) = house.socket(max, None).await;
    maxs.done("ai:status_update", &json!({ "status": "busy" })).await;
    let talk = house.two.talk(&json!({})).await;
    let (mut mayas, _) = house.came(maya, None).await;
    let told = json!({ "agent": max.id, "status": "busy", "room": format!("ai_network_{talk}") });
    assert_eq!(mayas.event("ai:status_update").await, told);
    let came = json!({ "agent": maya.id, "status": "online", "room": format!("ai_network_{talk}") });
    assert_eq!(maxs.event("ai:status_update").await, came);
    nothing_was_told(&mut mayas).await;
    nothing_was_told(&mut maxs).await;
    // Of whom it does not reach it is told nothing.
    let path = format!("/api/v1/agents/{}/relations/{}", max.id, maya.id);
    house.two.done("PUT", path, &house.two.ben, &json!({ "relation": "blocked" })).await;
    let (mut again, _) = house.came(max, None).await;
    nothing_was_told(&mut again).await;
    nothing_was_told(&mut mayas).await;
    house.close().await;
}

#[actix_web::test]
async fn whoever_leaves_a_conversation_stands_in_its_room_no_more_though_its_socket_stays() {
    let house = House::new().await;
    let (zed, zoe) = zed(&house).await;
    let asked = json!({ "email": "zoe@example.com" });
    let asked = house.two.done("POST", "/api/v1/connections", &house.two.ana, &asked).await;
    let path = format!("/api/v1/connections/{}/accept", asked["id"].as_str().unwrap());
    house.two.done("POST", path, &zoe, &Value::Null).await;
    let (mut zeds, _) = house.socket(&zed, None).await;
    let (mut maxs, _) = house.socket(&house.two.max, None).await;
    let (mut mayas, _) = house.socket(&house.two.maya, None).await;
    // Nobody has to come again to stand in the room of what began meanwhile.
    let talk = house.two.talk(&json!({ "with": [house.two.max.id, zed.id] })).await;
    let typing = json!({ "conversation": talk });
    mayas.done("ai:typing", &typing).await;
    for client in [&mut zeds, &mut maxs] {
        assert_eq!(client.event("ai:typing").await["room"], format!("ai_network_{talk}"));
    }
    assert!(nothing_was_told(&mut zeds).await.contains(&format!("ai_network_{talk}")));
    let path = format!("/api/v1/conversations/{talk}/close");
    house.two.done("POST", path, &zed.token, &Value::Null).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    mayas.done("ai:typing", &typing).await;
    assert_eq!(maxs.event("ai:typing").await["agent"], json!(house.two.maya.id));
    assert!(!nothing_was_told(&mut zeds).await.contains(&format!("ai_network_{talk}")));
    house.close().await;
}

#[actix_web::test]
async fn what_is_announced_is_told_in_its_room_at_once_and_to_whoever_comes_back_while_it_is_of_use() {
    let house = House::new().await;
    let root = root(&house.two.w).await;
    let (mut mayas, welcome) = house.socket(&house.two.maya, None).await;
    let rooms = welcome["rooms"].as_array().unwrap();
    let anas = rooms.iter().find(|room| room.as_str().unwrap().starts_with("ai_user_")).unwrap();
    let (mut maxs, begin) = house.socket(&house.two.max, None).await;
    maxs.done("ai:status_update", &json!({ "status": "busy" })).await;

    let busy = json!({ "room": "ai_status_busy", "text": "Wait, or write to ana@example.org" });
    let ask = || Ask::new("POST", "/api/v1/announcements").bearer(&root).key("k").json(&busy);
    let made = house.two.w.ask(ask()).await;
    assert_eq!(made.code, 201, "{}", made.text);
    assert_eq!(house.two.w.ask(ask()).await.json()["id"], made.json()["id"], "the same key is the same one");
    let told = maxs.event("ai:network_status").await;
    let number = told["number"].as_i64().unwrap();
    let words = "Wait, or write to [address removed]";
    assert_eq!(
        told,
        json!({
            "number": number, "at": made.json()["at"], "announcement": made.json()["id"],
            "status": "announced", "text": words, "room": "ai_status_busy",
        })
    );
    nothing_was_told(&mut mayas).await;
    let own = json!({ "room": anas, "text": "Yours alone" });
    assert_eq!(announce(&house.two.w, &root, &own).await.code, 201);
    assert_eq!(mayas.event("ai:network_status").await["room"], *anas);
    nothing_was_told(&mut maxs).await;

    let now = house.two.w.web.store.read(|cx| Ok(cx.now)).await.unwrap();
    let at = |minutes: i64| Timestamp::to_rfc3339(now.plus(minutes * MINUTE));
    let work = json!({
        "room": "ai_maintenance", "text": "It moves", "starts_at": at(5), "ends_at": at(10),
    });
    assert_eq!(announce(&house.two.w, &root, &work).await.code, 201);
    let all = json!({ "room": "ai_system_broadcast", "text": "Good morning" });
    assert_eq!(announce(&house.two.w, &root, &all).await.code, 201);
    for client in [&mut mayas, &mut maxs] {
        let told = client.event("ai:maintenance").await;
        assert_eq!((&told["state"], &told["room"]), (&json!("announced"), &json!("ai_maintenance")));
        assert_eq!((&told["from"], &told["until"]), (&json!(at(5)), &json!(at(10))));
        assert_eq!(client.event("ai:network_status").await["text"], "Good morning");
    }

    // Whoever comes back is told what it missed, in order; once the work is over, nothing more of that.
    drop((maxs, mayas));
    let (mut maxs, _) = house.socket(&house.two.max, Some(&begin["number"])).await;
    assert_eq!(maxs.event("ai:network_status").await["number"], json!(number));
    assert_eq!(maxs.event("ai:maintenance").await["text"], "It moves");
    assert_eq!(maxs.event("ai:network_status").await["text"], "Good morning");
    drop(maxs);
    house.two.w.clock.advance(11 * MINUTE);
    let (mut maxs, _) = house.socket(&house.two.max, Some(&json!(number))).await;
    assert_eq!(maxs.event("ai:network_status").await["text"], "Good morning");
    nothing_was_told(&mut maxs).await;
    let listed = house.two.done("GET", "/api/v1/announcements", &root, &Value::Null).await;
    let texts: Vec<_> = listed["announcements"].as_array().unwrap().iter().map(|one| &one["text"]).collect();
    assert_eq!(texts, ["Good morning", "It moves", "Yours alone", words]);
    house.close().await;
}

#[actix_web::test]
async fn what_is_announced_and_what_is_said_come_back_whole_and_in_the_order_of_their_numbers() {
    let two = Two::with(|config| config.agents.burst = 100).await;
    let (talk, root) = (two.talk(&json!({})).await, root(&two.w).await);
    let mut said = Vec::new();
    for part in 0..3 {
        // Longer, each, than what is looked through at once.
        let (messages, announced) = [(60, 3), (2, 60), (1, 1)][part];
        for _ in 0..messages {
            two.say(&talk, &request("Hello")).await;
            said.push("ai:message");
        }
        for _ in 0..announced {
            let all = json!({ "room": "ai_system_broadcast", "text": "Hello" });
            assert_eq!(announce(&two.w, &root, &all).await.code, 201);
            said.push("ai:network_status");
        }
    }
    let house = House::of(two, Tempo::default());
    let (mut maxs, _) = house.socket(&house.two.max, Some(&json!(0))).await;
    let mut last = 0;
    for name in said {
        let number = maxs.event(name).await["number"].as_i64().unwrap();
        assert!(number > last, "{number} after {last}");
        last = number;
    }
    nothing_was_told(&mut maxs).await;
    house.close().await;
}

#[actix_web::test]
async fn an_announcement_is_refused_by_the_field_that_is_wrong() {
    let two = Two::new().await;
    let root = root(&two.w).await;
    let all = "ai_system_broadcast";
    let own = format!("ai_{}", two.maya.id);
    for (body, field) in [
        (json!({ "room": "ai_nowhere", "text": "x" }), "room"),
        (json!({ "room": own, "text": "x" }), "room"),
        (json!({ "room": "ai_status_offline", "text": "x" }), "room"),
        (json!({ "room": "ai_user_usr_0123456789abcdef0123456789abcdef", "text": "x" }), "room"),
        (json!({ "room": all, "text": " " }), "text"),
        (json!({ "room": all, "text": "x".repeat(501) }), "text"),
        (json!({ "room": all, "text": "x", "ends_at": "2030-01-01T00:00:00Z" }), "ends_at"),
        (json!({ "room": "ai_maintenance", "text": "x", "starts_at": "tomorrow" }), "starts_at"),
        (json!({ "room": "ai_maintenance", "text": "x", "starts_at": "2130-01-01T00:00:00Z" }), "starts_at"),
        (json!({ "room": "ai_maintenance", "text": "x", "ends_at": "2020-01-01T00:00:00Z" }), "ends_at"),
    ] {
        let reply = announce(&two.w, &root, &body).await;
        assert_eq!((reply.code, &reply.json()["field"]), (400, &json!(field)), "{body}");
    }
    let theirs = announce(&two.w, &two.maya.token, &json!({ "room": all, "text": "x" })).await;
    assert_eq!(theirs.code, 403);
    let longest = json!({ "room": all, "text": "x".repeat(500) });
    assert_eq!(announce(&two.w, &root, &longest).await.code, 201);
}

#[actix_web::test]
async fn an_agent_without_a_socket_reads_what_was_announced_to_it_since_its_last_number_while_that_is_of_use()
{
    let two = Two::new().await;
    let root = root(&two.w).await;
    let owner = async |token: &str| {
        two.done("GET", "/api/v1/profile", token, &Value::Null).await["user"].as_str().unwrap().to_owned()
    };
    let (anas, bens) = (owner(&two.ana).await, owner(&two.ben).await);
    let now = two.w.web.store.read(|cx| Ok(cx.now)).await.unwrap();
    let ends = now.plus(10 * MINUTE).to_rfc3339();
    let path = format!("/api/v1/agents/{}/announcements", two.max.id);
    let read = async |since: i64| {
        let told = two.done("GET", format!("{path}?since={since}"), &two.max.token, &Value::Null).await;
        let texts = told["announcements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["text"].as_str().unwrap().to_owned());
        (texts.collect::<Vec<_>>(), told["next"].as_i64().unwrap())
    };
    assert_eq!(read(0).await, (Vec::new(), 0));
    for body in [
        json!({ "room": "ai_maintenance", "text": "It moves", "ends_at": ends }),
        json!({ "room": format!("ai_user_{bens}"), "text": "Yours alone" }),
        json!({ "room": format!("ai_user_{anas}"), "text": "Hers alone" }),
        json!({ "room": "ai_status_busy", "text": "Wait" }),
        json!({ "room": "ai_system_broadcast", "text": "Good morning" }),
    ] {
        assert_eq!(announce(&two.w, &root, &body).await.code, 201);
    }
    let (texts, next) = read(0).await;
    assert_eq!(texts, ["It moves", "Yours alone", "Good morning"]);
    assert_eq!(read(next).await, (Vec::new(), next), "there is no more for now");
    let told = two.done("GET", path.clone(), &two.max.token, &Value::Null).await;
    let listed = two.done("GET", "/api/v1/announcements", &root, &Value::Null).await;
    let mut last = listed["announcements"][0].clone();
    last["number"] = json!(next);
    assert_eq!(told["announcements"][2], last);
    // Beyond what there is nobody can have been.
    assert_eq!(read(1_000_000).await, (Vec::new(), two.w.head().await));
    // It waits in no inbox, is no other agent's, and no longer told than it is of use.
    assert!(two.inbox().await.is_empty());
    assert_eq!(two.ask("GET", path.clone(), &two.maya.token, &Value::Null).await.code, 404);
    two.w.clock.advance(10 * MINUTE);
    assert_eq!(read(0).await.0, ["Yours alone", "Good morning"]);
    no_query_scans(&two.w.web.store);
}
