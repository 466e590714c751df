//! Rooms and things over the API: a meeting names them, each answers by itself.

use entente::accounts::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply, World, meeting};

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
