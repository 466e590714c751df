//! Programs that answer for a room over the API: each is asked before a session books its room, and hears what became of the time.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::{Role, Scope};
use entente::app::person;
use entente::base::text::Address;
use entente::base::time::{MINUTE, SECOND};
use entente::config::Config;
use entente::journal;
use entente::queue;
use entente::sessions;
use serde_json::{Value, json};

use crate::api_messages::{ask, done};
use crate::api_messages_who::let_the_house_speak;
use crate::api_world::{Reply, World, meeting, operator};
use crate::plans::no_query_scans;

/// A room, and the program of the administrator's that answers for it.
struct Desk {
    room: String,
    id: String,
    token: String,
}

impl Desk {
    async fn new(w: &World, admin: &str) -> Self {
        let room = w.room(admin).await;
        let new = json!({ "kind": "room", "name": "Porter", "registration": { "resource": room } });
        let id = done(w, "POST", "/api/v1/agents", admin, &new).await["id"].as_str().unwrap().to_owned();
        let key = json!({ "name": "Desk", "scopes": ["sessions.write", "messages.read"] });
        let key = done(w, "POST", format!("/api/v1/agents/{id}/keys"), admin, &key).await;
        let key = key["secret"].as_str().unwrap();
        let token = done(w, "POST", "/api/v1/agents/token", key, &json!({})).await["access_token"].clone();
        Self { room, id, token: token.as_str().unwrap().to_owned() }
    }

    async fn gives_a_sign_of_life(&self, w: &World) {
        done(w, "POST", format!("/api/v1/agents/{}/heartbeat", self.id), &self.token, &json!({})).await;
    }

    /// What waited in the program's inbox, which it has dealt with by that.
    async fn told(&self, w: &World) -> Vec<Value> {
        let mut told = Vec::new();
        loop {
            let path = format!("/api/v1/agents/{}/inbox", self.id);
            let given = done(w, "GET", path, &self.token, &Value::Null).await;
            let given = given["messages"].as_array().unwrap();
            for one in given {
                let path = format!("/api/v1/deliveries/{}/ack", one["delivery"].as_str().unwrap());
                done(w, "POST", path, &self.token, &json!({ "lease": one["lease"] })).await;
                told.push(one["message"].clone());
            }
            if given.is_empty() {
                return told;
            }
        }
    }

    /// What it was told that is no question, and of the house's: the bodies.
    async fn heard(&self, w: &World) -> Vec<Value> {
        let told = self.told(w).await;
        for one in &told {
            assert_eq!((&one["type"], &one["from"]), (&json!("room"), &Value::Null));
        }
        told.into_iter().map(|one| one["body"].clone()).collect()
    }

    /// What it says to a question.
    async fn says(&self, w: &World, path: &str, asked: &Value, answer: &str) -> Reply {
        let said = json!({ "proposal": asked["body"]["proposal"], "answer": answer });
        ask(w, "POST", format!("{path}/room"), &self.token, &said).await
    }
}

/// What is told of a time that was asked about.
fn became(asked: &Value, word: &str) -> Value {
    let mut body = asked["body"].clone();
    body.as_object_mut().unwrap().remove("until").unwrap();
    body["became"] = json!(word);
    body
}

/// Lets what follows the journal read all there is.
async fn follow(w: &World) {
    while journal::follow(&w.web.store, sessions::FOLLOWER).await.unwrap() > 0 {}
}

/// Ana looks for a time with Ben in the garden room, for which a program of the administrator's answers.
struct Porter {
    w: World,
    admin: String,
    ana: String,
    ben: String,
    connection: String,
    desk: Desk,
}

impl Porter {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let w = World::with(change);
        let admin = w.user("root@example.org", "Root", Role::Admin).await;
        let admin = w.token(Some(admin), &[Scope::Admin]).await;
        let desk = Desk::new(&w, &admin).await;
        let (ana, ben) = (w.member("ana@example.org", "Ana").await, w.member("ben@example.net", "Ben").await);
        let connection = w.connected(&ana, &ben).await;
        let porter = Self { w, admin, ana, ben, connection, desk };
        porter.ben_grants(0).await;
        porter
    }

    /// Ben lets Ana's agent find a time that he confirms, so long before it at least.
    async fn ben_grants(&self, notice_minutes: u32) {
        let grant = json!({
            "scopes": ["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"],
            "constraints": { "notice_minutes": notice_minutes },
        });
        let path = format!("/api/v1/connections/{}/grants", self.connection);
        done(&self.w, "PUT", path, &self.ben, &grant).await;
    }

    async fn gives_a_sign_of_life(&self) {
        self.desk.gives_a_sign_of_life(&self.w).await;
    }

    /// Ana's agent begins, and Ben says yes to the first time; gives the session, and how it stands then.
    async fn agreed(&self) -> (String, String) {
        self.agreed_in(&[&self.desk.room]).await
    }

    /// The same, for these rooms.
    async fn agreed_in(&self, rooms: &[&String]) -> (String, String) {
        let new = json!({
            "with": [self.connection], "length_minutes": 45, "resources": rooms, "purpose": "Budget",
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

    async fn asked(&self) -> Vec<Value> {
        self.desk.told(&self.w).await
    }

    async fn says(&self, path: &str, asked: &Value, answer: &str) -> Reply {
        self.desk.says(&self.w, path, asked, answer).await
    }

    /// The room is asked for and can be had, and the meeting is made; gives the question, and the session's path.
    async fn settled_once(&self) -> (Value, String) {
        self.gives_a_sign_of_life().await;
        let (path, _) = self.agreed().await;
        let asked = self.asked().await.remove(0);
        assert_eq!(self.says(&path, &asked, "accept").await.code, 200);
        assert_eq!(self.booked().await, 1);
        (asked, path)
    }

    /// The same, of which its program hears; gives the question, and the meeting's path.
    async fn booked_once(&self) -> (Value, String) {
        let (asked, path) = self.settled_once().await;
        assert_eq!(self.desk.heard(&self.w).await, [became(&asked, "booked")]);
        let session = self.see(&path).await;
        (asked, format!("/api/v1/meetings/{}", session["meeting"].as_str().unwrap()))
    }

    /// The second phase of whatever is being booked and waits for nobody any more; gives how much that was.
    async fn booked(&self) -> usize {
        self.second_phase(true).await
    }

    /// The same, whether calendars that lie elsewhere could be read or not.
    async fn second_phase(&self, is_read: bool) -> usize {
        let work = move |cx: &mut entente::store::Cx<'_>| {
            let leases = queue::claim(cx, sessions::BOOKINGS, 10, MINUTE)?;
            for lease in &leases {
                sessions::commit(cx, lease, is_read)?;
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
        (&json!(porter.desk.room), &json!("Garden room"), &json!("2026-11-18T09:00:20Z"))
    );
    let no = porter.says(&path, &asked[0], "decline").await.json();
    assert_eq!((&no["room"], &no["answer"]), (&json!(porter.desk.room), &json!("decline")));
    assert_eq!((&no["start"], &no["end"]), (&body["start"], &body["end"]));
    let session = porter.see(&path).await;
    assert_eq!((&session["state"], &session["reason"]), (&json!("negotiating"), &json!("slot-taken")));
    let refused = session["proposals"].as_array().unwrap().iter().find(|one| one["id"] == body["proposal"]);
    assert_eq!(refused.unwrap()["state"], "refused");
    let late = porter.says(&path, &asked[0], "accept").await;
    assert_eq!((late.code, late.problem().as_str()), (409, "session.room-settled"), "it is asked no more");
    assert_eq!(porter.booked().await, 0);
    assert!(porter.asked().await.is_empty(), "what it did itself it knows");

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
    let unclear = ask(&porter.w, "POST", format!("{path}/room"), &porter.desk.token, &whole).await;
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
    assert_eq!(porter.desk.heard(&porter.w).await, [became(&next, "booked")]);
    // Whoever takes part reads what was asked, what its program said, and what that was told.
    let said = porter.see(&format!("{path}/messages")).await;
    let of_room = said["messages"].as_array().unwrap().iter().filter(|one| one["type"] == "room");
    let of_room: Vec<_> = of_room
        .map(|one| {
            json!([
                one["author"],
                one["by_person"],
                one["agent"],
                one["body"]["answer"],
                one["body"]["became"]
            ])
        })
        .collect();
    let answered = |word: &str| json!([null, false, porter.desk.id, word, null]);
    let asked = json!([null, false, null, null, null]);
    let told = json!([null, false, null, null, "booked"]);
    assert_eq!(of_room, [asked.clone(), answered("decline"), asked, answered("accept"), told]);
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
    let session = porter.see(&path).await;
    let chosen =
        session["proposals"].as_array().unwrap().iter().find(|one| one["state"] == "chosen").unwrap();
    let about = json!({ "body": {
        "room": porter.desk.room, "name": "Garden room", "proposal": chosen["id"],
        "start": chosen["start"], "end": chosen["end"], "until": "",
    } });
    let heard = porter.desk.heard(&porter.w).await;
    assert_eq!(heard, [became(&about, "booked")], "it need not answer any more");
    let late = porter.says(&path, &about, "decline").await;
    let told = json!([409, "session.room-settled", "It is too late for an answer: this time was booked."]);
    assert_eq!(json!([late.code, late.problem(), late.json()["detail"]]), told);
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

#[actix_web::test]
async fn the_program_of_a_room_hears_that_a_time_is_let_go_whatever_undid_it() {
    for how in ["another room", "a narrower grant", "a calendar that cannot be read", "the end"] {
        let porter = Porter::new().await;
        let other = Desk::new(&porter.w, &porter.admin).await;
        porter.gives_a_sign_of_life().await;
        other.gives_a_sign_of_life(&porter.w).await;
        let (path, state) = porter.agreed_in(&[&porter.desk.room, &other.room]).await;
        assert_eq!(state, "booking", "{how}");
        let asked = porter.asked().await.remove(0);
        assert_eq!(porter.says(&path, &asked, "accept").await.code, 200, "{how}");
        let others = other.told(&porter.w).await.remove(0);
        let is_by_the_other = how == "another room";
        match how {
            "another room" => {
                assert_eq!(other.says(&porter.w, &path, &others, "decline").await.code, 200);
            }
            "a narrower grant" => {
                porter.ben_grants(9 * 24 * 60).await;
                follow(&porter.w).await;
            }
            "the end" => {
                done(&porter.w, "DELETE", path.clone(), &porter.ana, &Value::Null).await;
            }
            _ => {
                porter.w.clock.advance(20 * SECOND);
                assert_eq!(porter.second_phase(false).await, 1);
            }
        }
        assert_ne!(porter.see(&path).await["state"], "booking", "{how}");
        assert_eq!(porter.desk.heard(&porter.w).await, [became(&asked, "let-go")], "{how}");
        let told = if is_by_the_other { Vec::new() } else { vec![became(&others, "let-go")] };
        assert_eq!(other.heard(&porter.w).await, told, "{how}");
        let late = porter.says(&path, &asked, "accept").await;
        let words =
            json!([409, "session.room-settled", "It is too late for an answer: this time was let go."]);
        assert_eq!(json!([late.code, late.problem(), late.json()["detail"]]), words, "{how}");
    }
}

#[actix_web::test]
async fn a_question_that_was_not_read_in_time_is_not_handed_over_with_the_next() {
    let porter = Porter::new().await;
    let other = Desk::new(&porter.w, &porter.admin).await;
    porter.gives_a_sign_of_life().await;
    other.gives_a_sign_of_life(&porter.w).await;
    let (path, _) = porter.agreed_in(&[&porter.desk.room, &other.room]).await;
    let others = other.told(&porter.w).await.remove(0);
    assert_eq!(other.says(&porter.w, &path, &others, "decline").await.code, 200);
    assert_eq!(porter.yes(&path).await, "booking");
    let asked = porter.asked().await;
    let told: Vec<_> = asked.iter().map(|one| json!([one["body"]["start"], one["body"]["became"]])).collect();
    let next = other.told(&porter.w).await.remove(0);
    let (first, next) = (&others["body"]["start"], &next["body"]["start"]);
    assert_eq!(told, [json!([first, "let-go"]), json!([next, null])]);
    assert_ne!(first, next);
}

#[actix_web::test]
async fn the_program_of_a_room_hears_that_the_meeting_is_moved_and_called_off_or_goes_without_its_room() {
    let porter = Porter::new().await;
    let (asked, path) = porter.booked_once().await;
    let to = json!({ "start": "2026-11-26T15:00:00+01:00", "end": "2026-11-26T15:45:00+01:00" });
    done(&porter.w, "PATCH", path.clone(), &porter.ana, &to).await;
    done(&porter.w, "DELETE", path, &porter.ana, &Value::Null).await;
    follow(&porter.w).await;
    let mut moved = became(&asked, "moved");
    (moved["start"], moved["end"]) = (json!("2026-11-26T14:00:00Z"), json!("2026-11-26T14:45:00Z"));
    let mut cancelled = moved.clone();
    cancelled["became"] = json!("cancelled");
    assert_eq!(porter.desk.heard(&porter.w).await, [moved, cancelled]);

    let (asked, path) = porter.booked_once().await;
    let mut by_hand = meeting();
    by_hand["resources"] = json!([porter.desk.room]);
    (by_hand["start"], by_hand["end"]) = (to["start"].clone(), to["end"].clone());
    done(&porter.w, "POST", "/api/v1/meetings", &porter.ana, &by_hand).await;
    done(&porter.w, "PATCH", path.clone(), &porter.ana, &to).await;
    done(&porter.w, "DELETE", path, &porter.ana, &Value::Null).await;
    follow(&porter.w).await;
    let gone = became(&asked, "let-go");
    assert_eq!(
        porter.desk.heard(&porter.w).await,
        [gone],
        "at which time they meet elsewhere is none of its"
    );
    no_query_scans(&porter.w.web.store);
}

#[actix_web::test]
async fn an_answer_that_comes_too_late_is_no_probing_and_whoever_was_not_asked_is_told_nothing() {
    let porter = Porter::with(|config| config.agents.probes_per_hour = 2).await;
    let (asked, path) = porter.settled_once().await;
    for _ in 0..3 {
        let late = porter.says(&path, &asked, "accept").await;
        assert_eq!((late.code, late.problem().as_str()), (409, "session.room-settled"));
    }
    let other = Desk::new(&porter.w, &porter.admin).await;
    assert_eq!(other.says(&porter.w, &path, &asked, "accept").await.code, 404);
    let nonsense = json!({ "body": { "proposal": "prp_0123456789abcdef0123456789abcdef" } });
    assert_eq!(porter.says(&path, &nonsense, "accept").await.code, 404, "it was asked about no such time");
}

#[actix_web::test]
async fn what_a_room_was_asked_and_told_says_nothing_of_whoever_began_it() {
    let porter = Porter::new().await;
    let (asked, path) = porter.settled_once().await;
    let erase = |cx: &mut entente::store::Cx<'_>| {
        let ana = person::Person::at(cx, &Address::parse("ana@example.org").unwrap())?;
        person::erase(cx, &operator(), &ana)
    };
    porter.w.write(erase).await;
    let said = done(&porter.w, "GET", format!("{path}/messages"), &porter.ben, &Value::Null).await;
    let of_room = said["messages"].as_array().unwrap().iter().filter(|one| one["type"] == "room");
    let bodies: Vec<_> = of_room.map(|one| one["body"].clone()).collect();
    let fields: Vec<_> = asked["body"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["room", "name", "proposal", "start", "end", "until"], "no name but the room's");
    let mut answered = asked["body"].clone();
    answered.as_object_mut().unwrap().remove("until");
    answered["answer"] = json!("accept");
    assert_eq!(bodies, [asked["body"].clone(), answered, became(&asked, "booked")]);
}
