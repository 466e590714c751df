//! Rooms and things over the API: a meeting names them, each answers by itself.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::Role;
use entente::base::time::{MINUTE, SECOND};
use entente::queue;
use entente::sessions;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::api_messages::{ask, done};
use crate::api_messages_who::let_the_house_speak;
use crate::api_world::{Ask, Reply, World, meeting};
use crate::plans::no_query_scans;

/// A house with a room: a member's token, and the room's id.
async fn world() -> (World, String, String) {
    let w = World::new();
    let admin = w.user("root@example.org", "Root", Role::Admin).await;
    let token = w.token(Some(admin), &[entente::accounts::Scope::Admin]).await;
    let room = w.room(&token).await;
    let ana = w.member("ana@example.org", "Ana").await;
    (w, ana, room)
}

fn with(room: &str, guest: &str) -> Value {
    let mut new = meeting();
    new["resources"] = json!([room]);
    new["guests"] = json!([{ "email": guest }]);
    new["location"] = json!("");
    new
}

async fn book(w: &World, token: &str, new: &Value) -> Reply {
    w.ask(Ask::new("POST", "/api/v1/meetings").bearer(token).json(new)).await
}

#[actix_web::test]
async fn a_meeting_has_the_room_that_it_names_and_a_second_one_is_refused_with_other_times() {
    let (w, ana, room) = world().await;
    let made = book(&w, &ana, &with(&room, "ben@example.net")).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let body = made.json();
    assert_eq!(body["resources"], json!([{ "id": room, "name": "Garden room", "state": "accepted" }]));
    assert_eq!(body["location"], "Garden room");
    let refused = book(&w, &ana, &with(&room, "cy@example.net")).await;
    assert_eq!((refused.code, refused.problem().as_str()), (409, "meeting.room-taken"));
    let told = refused.json();
    assert_eq!(told["detail"], "Garden room: It is taken.");
    let times = told["alternatives"].as_array().unwrap();
    assert!(!times.is_empty());
    // One of them can be had.
    let mut again = with(&room, "cy@example.net");
    again["start"].clone_from(&times[0]["start"]);
    again["end"].clone_from(&times[0]["end"]);
    let booked = book(&w, &ana, &again).await;
    assert_eq!(booked.code, 201, "{}", booked.text);
    // A refusal keeps no key: the same call may be tried again.
    let twice = with(&room, "dora@example.net");
    for _ in 0..2 {
        let ask = Ask::new("POST", "/api/v1/meetings").bearer(&ana).key("one").json(&twice);
        assert_eq!(w.ask(ask).await.code, 409);
    }
}

#[actix_web::test]
async fn what_is_no_room_is_refused_by_its_field() {
    let (w, ana, room) = world().await;
    for wrong in [json!(["garden"]), json!(["agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f"]), json!([room, room])] {
        let mut new = with(&room, "ben@example.net");
        new["resources"] = wrong;
        let reply = book(&w, &ana, &new).await;
        assert_eq!((reply.code, reply.json()["field"].as_str()), (400, Some("resources")), "{}", reply.text);
    }
}

#[actix_web::test]
async fn of_a_hundred_calls_at_one_time_one_gets_the_room() {
    let (w, ana, room) = world().await;
    let new = with(&room, "ben@example.net");
    let replies = join_all((0..100).map(|_| book(&w, &ana, &new))).await;
    let made = replies.iter().filter(|reply| reply.code == 201).count();
    let refused = replies.iter().filter(|reply| reply.code == 409 && reply.problem() == "meeting.room-taken");
    assert_eq!((made, refused.count()), (1, 99));
}

#[actix_web::test]
async fn a_move_to_when_the_room_is_taken_lets_it_go_and_says_so() {
    let (w, ana, room) = world().await;
    let first = book(&w, &ana, &with(&room, "ben@example.net")).await.json();
    let mut later = with(&room, "cy@example.net");
    later["start"] = json!("2026-11-26T10:30:00+01:00");
    later["end"] = json!("2026-11-26T11:30:00+01:00");
    assert_eq!(book(&w, &ana, &later).await.code, 201);
    let path = format!("/api/v1/meetings/{}", first["id"].as_str().unwrap());
    let to = json!({ "start": "2026-11-26T11:00:00+01:00", "end": "2026-11-26T12:00:00+01:00" });
    let moved = w.ask(Ask::new("PATCH", path.as_str()).bearer(&ana).json(&to)).await;
    assert_eq!(moved.code, 200, "{}", moved.text);
    let expected = json!([{ "id": room, "name": "Garden room", "state": "let_go", "reason": "taken" }]);
    assert_eq!((&moved.json()["resources"], &moved.json()["location"]), (&expected, &json!("")));
    let story = w.ask(Ask::new("GET", format!("{path}/story")).bearer(&ana)).await.json();
    let kinds: Vec<_> = story["entries"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert!(kinds.contains(&json!("meeting.room-let-go")), "{kinds:?}");
}

#[actix_web::test]
async fn sessions_and_booking_links_name_rooms_as_well() {
    let (w, ana, room) = world().await;
    let ben = w.member("ben@example.net", "Ben").await;
    let connection = w.connected(&ana, &ben).await;
    let grant = json!({ "scopes": ["calendar.availability.read", "calendar.events.propose"] });
    let path = format!("/api/v1/connections/{connection}/grants");
    w.ask(Ask::new("PUT", path).bearer(&ben).json(&grant)).await;
    let new = json!({
        "with": [connection], "length_minutes": 30, "resources": [room],
        "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-28T00:00:00+01:00",
    });
    let begun = w.ask(Ask::new("POST", "/api/v1/sessions").bearer(&ana).json(&new)).await;
    assert_eq!((begun.code, &begun.json()["resources"]), (201, &json!([room])), "{}", begun.text);
    let line = json!({ "line": "half an hour with Ben tomorrow in the garden room" });
    let wish = w.ask(Ask::new("POST", "/api/v1/wishes").bearer(&ana).json(&line)).await;
    assert_eq!((wish.code, &wish.json()["resources"]), (200, &json!([room])), "{}", wish.text);
    let link =
        w.ask(Ask::new("POST", "/api/v1/booking-links").bearer(&ana).json(&json!({ "resources": [room] })));
    let link = link.await;
    assert_eq!((link.code, &link.json()["resources"]), (201, &json!([room])), "{}", link.text);
    let path = link.header("location").unwrap().to_owned();
    let without = w.ask(Ask::new("PATCH", path).bearer(&ana).json(&json!({ "resources": [] }))).await;
    assert_eq!((without.code, &without.json()["resources"]), (200, &json!([])));
}

/// Ana looks for a time with Ben in the garden room, for which a program of the administrator's answers.
struct Porter {
    w: World,
    ana: String,
    ben: String,
    connection: String,
    room: String,
    id: String,
    token: String,
}

impl Porter {
    async fn new() -> Self {
        let w = World::new();
        let admin = w.user("root@example.org", "Root", Role::Admin).await;
        let admin = w.token(Some(admin), &[entente::accounts::Scope::Admin]).await;
        let room = w.room(&admin).await;
        let new = json!({ "kind": "room", "name": "Porter", "registration": { "resource": room } });
        let id = done(&w, "POST", "/api/v1/agents", &admin, &new).await["id"].as_str().unwrap().to_owned();
        let key = json!({ "name": "Desk", "scopes": ["sessions.write", "messages.read"] });
        let key = done(&w, "POST", format!("/api/v1/agents/{id}/keys"), &admin, &key).await;
        let key = key["secret"].as_str().unwrap();
        let token = done(&w, "POST", "/api/v1/agents/token", key, &json!({})).await["access_token"].clone();
        let (ana, ben) = (w.member("ana@example.org", "Ana").await, w.member("ben@example.net", "Ben").await);
        let connection = w.connected(&ana, &ben).await;
        let grant = json!({
            "scopes": ["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"],
            "constraints": { "notice_minutes": 0 },
        });
        done(&w, "PUT", format!("/api/v1/connections/{connection}/grants"), &ben, &grant).await;
        Self { w, ana, ben, connection, room, id, token: token.as_str().unwrap().to_owned() }
    }

    async fn gives_a_sign_of_life(&self) {
        done(&self.w, "POST", format!("/api/v1/agents/{}/heartbeat", self.id), &self.token, &json!({})).await;
    }

    /// Ana's agent begins, and Ben says yes to the first time; gives the session, and how it stands then.
    async fn agreed(&self) -> (String, String) {
        let new = json!({
            "with": [self.connection], "length_minutes": 45, "resources": [self.room], "purpose": "Budget",
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-27T00:00:00+01:00",
        });
        let begun = done(&self.w, "POST", "/api/v1/sessions", &self.ana, &new).await;
        let path = format!("/api/v1/sessions/{}", begun["id"].as_str().unwrap());
        let state = self.yes(&path).await;
        (path, state)
    }

    /// The agents speak, and Ben says yes to what waits for him.
    async fn yes(&self, path: &str) -> String {
        let_the_house_speak(&self.w).await;
        let session = self.see(path).await;
        let mine = session["parties"].as_array().unwrap().iter().find(|one| one["name"] == "Ben").unwrap();
        let yes = json!({ "proposal": mine["proposal"] });
        let said = done(&self.w, "POST", format!("{path}/confirm"), &self.ben, &yes).await;
        said["state"].as_str().unwrap().to_owned()
    }

    async fn see(&self, path: &str) -> Value {
        done(&self.w, "GET", path, &self.ana, &Value::Null).await
    }

    /// What waited in the program's inbox, which it has dealt with by that.
    async fn asked(&self) -> Vec<Value> {
        let path = format!("/api/v1/agents/{}/inbox", self.id);
        let given = done(&self.w, "GET", path, &self.token, &Value::Null).await;
        let mut asked = Vec::new();
        for one in given["messages"].as_array().unwrap() {
            let path = format!("/api/v1/deliveries/{}/ack", one["delivery"].as_str().unwrap());
            done(&self.w, "POST", path, &self.token, &json!({ "lease": one["lease"] })).await;
            asked.push(one["message"].clone());
        }
        asked
    }

    /// What it says to a question.
    async fn says(&self, path: &str, asked: &Value, answer: &str) -> Reply {
        let said = json!({ "proposal": asked["body"]["proposal"], "answer": answer });
        ask(&self.w, "POST", format!("{path}/room"), &self.token, &said).await
    }

    /// The second phase of whatever is being booked and waits for nobody any more; gives how much that was.
    async fn booked(&self) -> usize {
        let work = |cx: &mut entente::store::Cx<'_>| {
            let leases = queue::claim(cx, sessions::BOOKINGS, 10, MINUTE)?;
            for lease in &leases {
                sessions::commit(cx, lease, true)?;
            }
            Ok(leases.len())
        };
        self.w.write(work).await
    }
}

#[actix_web::test]
async fn the_program_of_a_room_refuses_a_time_that_its_rules_allow_and_agrees_to_another_that_is_booked() {
    let porter = Porter::new().await;
    porter.gives_a_sign_of_life().await;
    let (path, state) = porter.agreed().await;
    assert_eq!((state.as_str(), porter.booked().await), ("booking", 0), "it is waited for");
    let asked = porter.asked().await;
    let body = &asked[0]["body"];
    assert_eq!((asked.len(), &asked[0]["type"], &asked[0]["from"]), (1, &json!("room"), &Value::Null));
    assert_eq!(
        (&body["room"], &body["name"], &body["until"]),
        (&json!(porter.room), &json!("Garden room"), &json!("2026-11-18T09:00:20Z"))
    );
    let no = porter.says(&path, &asked[0], "decline").await.json();
    assert_eq!((&no["room"], &no["answer"]), (&json!(porter.room), &json!("decline")));
    assert_eq!((&no["start"], &no["end"]), (&body["start"], &body["end"]));
    let session = porter.see(&path).await;
    assert_eq!((&session["state"], &session["reason"]), (&json!("negotiating"), &json!("slot-taken")));
    let refused = session["proposals"].as_array().unwrap().iter().find(|one| one["id"] == body["proposal"]);
    assert_eq!(refused.unwrap()["state"], "refused");
    assert_eq!(porter.says(&path, &asked[0], "accept").await.code, 404, "it is asked no more");
    assert_eq!(porter.booked().await, 0);

    assert_eq!(porter.yes(&path).await, "booking");
    let next = porter.asked().await.remove(0);
    assert_ne!(next["body"]["start"], body["start"]);
    let late = porter.says(&path, &asked[0], "accept").await;
    assert_eq!(
        (late.code, late.problem().as_str()),
        (409, "session.proposal-over"),
        "it is about another time by now"
    );
    let whole = json!({ "proposal": next["body"]["proposal"], "answer": "perhaps" });
    let unclear = ask(&porter.w, "POST", format!("{path}/room"), &porter.token, &whole).await;
    assert_eq!((unclear.code, unclear.json()["field"].as_str()), (400, Some("answer")));
    for _ in 0..2 {
        assert_eq!(porter.says(&path, &next, "accept").await.code, 200);
    }
    assert_eq!(porter.booked().await, 1, "nobody is waited for any more");
    let session = porter.see(&path).await;
    assert_eq!(session["state"], "confirmed");
    let meeting = session["meeting"].as_str().unwrap();
    let meeting = porter.see(&format!("/api/v1/meetings/{meeting}")).await;
    assert_eq!((&meeting["start"], &meeting["location"]), (&next["body"]["start"], &json!("Garden room")));
    let said = porter.see(&format!("{path}/messages")).await;
    let answers: Vec<_> = said["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["type"] == "room")
        .map(|one| one["body"]["answer"].clone())
        .collect();
    assert_eq!(answers, [Value::Null, json!("decline"), Value::Null, json!("accept")]);
    no_query_scans(&porter.w.web.store);
}

#[actix_web::test]
async fn where_the_program_of_a_room_is_silent_or_asleep_the_rules_of_the_room_decide() {
    let porter = Porter::new().await;
    let (_, state) = porter.agreed().await;
    assert_eq!(state, "confirmed", "it was never there, and nobody waits for it");
    porter.gives_a_sign_of_life().await;
    let (path, state) = porter.agreed().await;
    assert_eq!(state, "booking");
    porter.w.clock.advance(20 * SECOND - 1);
    assert_eq!(porter.booked().await, 0);
    porter.w.clock.advance(1);
    assert_eq!(porter.booked().await, 1);
    assert_eq!(porter.see(&path).await["state"], "confirmed");
    assert!(porter.asked().await.is_empty(), "it need not answer any more");
    let about = json!({ "body": { "proposal": porter.see(&path).await["proposals"][0]["id"] } });
    assert_eq!(porter.says(&path, &about, "decline").await.code, 404);
}

#[actix_web::test]
async fn the_second_phase_of_a_time_that_was_let_go_books_no_other_time_whose_room_is_still_asked() {
    let porter = Porter::new().await;
    porter.gives_a_sign_of_life().await;
    let (path, _) = porter.agreed().await;
    let first = porter.asked().await.remove(0);
    porter.w.clock.advance(19 * SECOND);
    assert_eq!(porter.says(&path, &first, "decline").await.code, 200);
    assert_eq!(porter.yes(&path).await, "booking");
    porter.w.clock.advance(2 * SECOND);
    assert_eq!(porter.booked().await, 0, "the first 20 seconds are over, and those of this time are not");
    assert_eq!(porter.see(&path).await["state"], "booking");
    porter.w.clock.advance(18 * SECOND);
    assert_eq!(porter.booked().await, 1);
    assert_eq!(porter.see(&path).await["state"], "confirmed");
}
