//! What is asked and done in a conversation is held to what is shared there, besides what the connection grants.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use serde_json::{Value, json};

use crate::api_messages::{ask, done, program_for};
use crate::api_messages_who::let_the_house_speak;
use crate::api_world::{Reply, World};
use crate::plans::no_query_scans;

const CONFIRM: &[&str] =
    &["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"];
const AUTO: &[&str] = &[
    "profile.basic.read",
    "calendar.availability.read",
    "calendar.events.propose",
    "calendar.events.write.confirm",
    "calendar.events.write.auto",
];
const FROM: &str = "2026-11-25T00:00:00Z";
const TO: &str = "2026-11-27T00:00:00Z";

/// Ana and Ben, connected; Ben grants Ana's agent something.
struct Both {
    w: World,
    ana: String,
    ben: String,
    connection: String,
    /// Ana's account.
    me: String,
}

impl Both {
    async fn granting(scopes: &[&str]) -> Self {
        let w = World::with(|config| config.agents.conversations_usual = config.agents.conversations_max);
        let ana = w.member("ana@example.org", "Ana").await;
        let ben = w.member("ben@example.net", "Ben").await;
        let connection = w.connected(&ana, &ben).await;
        let grant = json!({ "scopes": scopes, "reveal": "busy", "constraints": { "notice_minutes": 0 } });
        done(&w, "PUT", format!("/api/v1/connections/{connection}/grants"), &ben, &grant).await;
        let profile = done(&w, "GET", "/api/v1/profile", &ana, &Value::Null).await;
        let me = profile["user"].as_str().unwrap().to_owned();
        Self { w, ana, ben, connection, me }
    }

    /// Ana's agent begins a conversation with Ben's, in which this is shared; gives its id.
    async fn talk(&self, rights: Value) -> String {
        self.talk_of(&self.ana, rights).await
    }

    async fn talk_of(&self, token: &str, rights: Value) -> String {
        let new = json!({ "with": [self.connection], "about": "schedule", "rights": rights });
        id(&done(&self.w, "POST", "/api/v1/conversations", token, &new).await)
    }

    /// Ben lets no more than this be shared there.
    async fn narrow(&self, talk: &str, rights: Value) {
        done(&self.w, "PUT", format!("/api/v1/conversations/{talk}/rights"), &self.ben, &rights).await;
    }

    async fn start(&self, token: &str, talk: &str) -> String {
        id(&done(&self.w, "POST", "/api/v1/sessions", token, &self.search(Some(talk))).await)
    }

    async fn see(&self, session: &str) -> Value {
        done(&self.w, "GET", format!("/api/v1/sessions/{session}"), &self.ana, &Value::Null).await
    }

    async fn say(&self, session: &str, token: &str, message: Value) -> Value {
        done(&self.w, "POST", format!("/api/v1/sessions/{session}/messages"), token, &message).await
    }

    /// 45 minutes with Ben.
    fn search(&self, talk: Option<&str>) -> Value {
        let mut body = json!({ "with": [self.connection], "length_minutes": 45, "from": FROM, "to": TO });
        if let Some(talk) = talk {
            body["conversation"] = json!(talk);
        }
        body
    }

    /// Every call by which Ana's agent asks for Ben's time, or does something with it.
    fn asks(&self, talk: Option<&str>) -> Vec<(&'static str, String, Value)> {
        let within = talk.map_or_else(String::new, |talk| format!("&conversation={talk}"));
        let busy = format!("/api/v1/connections/{}/busy?from={FROM}&to={TO}{within}", self.connection);
        let mut check = self.search(talk);
        check["start"] = json!("2026-11-25T10:00:00Z");
        let mut group = self.search(talk);
        (group["question"], group["subject"]) = (json!("Budget"), json!("time"));
        let mut payload = self.search(talk);
        payload["minutes"] = payload.as_object_mut().unwrap().remove("length_minutes").unwrap();
        let find = json!({ "type": "find_time", "to": { "user": self.me }, "payload": payload });
        vec![
            ("POST", "/api/v1/slots".to_owned(), self.search(talk)),
            ("POST", "/api/v1/slots/check".to_owned(), check),
            ("GET", busy, Value::Null),
            ("POST", "/api/v1/sessions".to_owned(), self.search(talk)),
            ("POST", "/api/v1/groups".to_owned(), group),
            ("POST", "/api/v1/tasks".to_owned(), find),
        ]
    }

    async fn ana_asks(&self, (method, path, body): (&'static str, String, Value)) -> Reply {
        ask(&self.w, method, path, &self.ana, &body).await
    }

    /// For which scopes Ben was asked about, newest first.
    async fn questions(&self) -> Vec<String> {
        let path = "/api/v1/connections/questions?limit=200";
        let asked = done(&self.w, "GET", path, &self.ben, &Value::Null).await;
        let all = asked["questions"].as_array().unwrap().iter();
        all.map(|one| one["scope"].as_str().unwrap().to_owned()).collect()
    }
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

/// State and reason of a session, and how Ana and Ben stand.
fn stands(session: &Value) -> [&str; 4] {
    let of = |name: &str| {
        let mut parties = session["parties"].as_array().unwrap().iter();
        parties.find(|party| party["name"] == name).unwrap()["standing"].as_str().unwrap()
    };
    [session["state"].as_str().unwrap(), session["reason"].as_str().unwrap_or("-"), of("Ana"), of("Ben")]
}

/// The times on the table.
fn open(session: &Value) -> Vec<Value> {
    let all = session["proposals"].as_array().unwrap().iter();
    all.filter(|one| one["state"] == "open").map(|one| one["id"].clone()).collect()
}

/// A refusal without what is another at every call.
fn blurred(reply: &Reply, ids: &[&str]) -> String {
    let mut body = reply.json();
    body["trace"] = json!("");
    ids.iter().fold(body.to_string(), |text, id| text.replace(id, ""))
}

#[actix_web::test]
async fn a_conversation_without_calendar_finds_no_times_of_the_other_though_the_connection_lets() {
    let both = Both::granting(AUTO).await;
    let talk = both.talk(json!({ "calendar": true })).await;
    for call in both.asks(Some(&talk)) {
        let reply = both.ana_asks(call.clone()).await;
        assert!(reply.code < 300, "{call:?}: {}", reply.text);
    }
    both.narrow(&talk, json!({})).await;
    let asked = both.questions().await;
    for call in both.asks(Some(&talk)) {
        let reply = both.ana_asks(call.clone()).await;
        assert_eq!((reply.code, reply.problem().as_str()), (409, "conversation.rights"), "{call:?}");
    }
    assert_eq!(both.questions().await, asked, "what may not be asked there is not asked");
    for call in both.asks(None) {
        let reply = both.ana_asks(call.clone()).await;
        assert!(reply.code < 300, "outside of it the connection alone decides: {call:?}: {}", reply.text);
    }
    no_query_scans(&both.w.web.store);
}

#[actix_web::test]
async fn a_profile_takes_the_right_to_the_place_and_a_meeting_that_to_commitments() {
    let both = Both::granting(AUTO).await;
    let meeting = |talk: Option<&str>| {
        let mut body = json!({
            "start": "2026-11-25T10:00:00Z", "end": "2026-11-25T11:00:00Z", "host": { "email": "ana@example.org" },
            "guests": [{ "email": "ben@example.net" }],
        });
        if let Some(talk) = talk {
            body["conversation"] = json!(talk);
        }
        ("POST", "/api/v1/meetings".to_owned(), body)
    };
    let profile = |talk: Option<&str>| {
        let within = talk.map_or_else(String::new, |talk| format!("?conversation={talk}"));
        ("GET", format!("/api/v1/connections/{}/profile{within}", both.connection), Value::Null)
    };
    let others = both.talk(json!({ "calendar": true })).await;
    let location = both.talk(json!({ "location": true })).await;
    let commitments = both.talk(json!({ "commitments": true })).await;
    let mut codes = Vec::new();
    for talk in [None, Some(&others), Some(&location), Some(&commitments)] {
        let talk = talk.map(String::as_str);
        codes.push([both.ana_asks(profile(talk)).await.code, both.ana_asks(meeting(talk)).await.code]);
    }
    assert_eq!(codes, [[200, 201], [409, 409], [200, 409], [409, 201]]);
}

#[actix_web::test]
async fn a_wider_right_than_the_connections_counts_for_nothing() {
    let both = Both::granting(&[]).await;
    let all = json!({ "calendar": true, "location": true, "commitments": true });
    let talk = both.talk(all).await;
    for (inside, outside) in both.asks(Some(&talk)).into_iter().zip(both.asks(None)) {
        if inside.1 == "/api/v1/tasks" {
            continue; // It is taken in, and has failed.
        }
        let (inside, outside) = (both.ana_asks(inside).await, both.ana_asks(outside).await);
        assert_eq!((inside.code, blurred(&inside, &[])), (403, blurred(&outside, &[])));
    }
}

#[actix_web::test]
async fn a_conversation_of_others_is_no_oracle() {
    let both = Both::granting(AUTO).await;
    let zoe = both.w.member("zoe@example.com", "Zoe").await;
    let to_ben = both.w.connected(&zoe, &both.ben).await;
    let new = json!({ "email": "ana@example.org", "words": "Shall we?" });
    let to_ana = id(&done(&both.w, "POST", "/api/v1/connections", &zoe, &new).await);
    done(&both.w, "POST", format!("/api/v1/connections/{to_ana}/accept"), &both.ana, &Value::Null).await;
    let begin = async |token: &str, with: &[&String]| {
        let rights = json!({ "calendar": true, "location": true, "commitments": true });
        let new = json!({ "with": with, "about": "schedule", "rights": rights });
        id(&done(&both.w, "POST", "/api/v1/conversations", token, &new).await)
    };
    let theirs = begin(&zoe, &[&to_ben]).await;
    let without_ben = begin(&zoe, &[&to_ana]).await;
    let left = begin(&zoe, &[&to_ana, &to_ben]).await;
    // Whatever Zoe and Ana grant each other, here it is between Ana and Ben.
    let slots = |talk: &str| ("POST", "/api/v1/slots".to_owned(), both.search(Some(talk)));
    assert_eq!(both.ana_asks(slots(&left)).await.code, 200);
    done(&both.w, "POST", format!("/api/v1/conversations/{left}/close"), &both.ana, &Value::Null).await;
    let closed = begin(&both.ana, &[&both.connection]).await;
    done(&both.w, "POST", format!("/api/v1/conversations/{closed}/close"), &both.ben, &Value::Null).await;
    let unknown = "ses_0123456789abcdef0123456789abcdef".to_owned();
    for at in 0..6 {
        let ids = [unknown.as_str(), &theirs, &without_ben, &left];
        let mut seen = Vec::new();
        for talk in ids {
            let reply = both.ana_asks(both.asks(Some(talk))[at].clone()).await;
            seen.push((reply.code, blurred(&reply, &ids)));
        }
        assert_eq!(seen[0].0, 404, "{}", seen[0].1);
        assert_eq!(seen, vec![seen[0].clone(); ids.len()]);
        let reply = both.ana_asks(both.asks(Some(&closed))[at].clone()).await;
        assert_eq!((reply.code, reply.problem().as_str()), (409, "conversation.over"));
    }
}

#[actix_web::test]
async fn what_was_taken_away_in_a_conversation_stops_the_session_that_began_in_it() {
    let both = Both::granting(CONFIRM).await;
    let talk = both.talk(json!({ "calendar": true, "commitments": true })).await;
    let session = both.start(&both.ana, &talk).await;
    let_the_house_speak(&both.w).await;
    let seen = both.see(&session).await;
    assert_eq!(stands(&seen), ["awaiting_confirmation", "-", "asked", "decides"]);
    assert_eq!(seen["conversation"], json!(talk));
    let shown = both
        .w
        .ask(crate::api_world::Ask::new("GET", format!("/api/v1/conversations/{talk}")).bearer(&both.ben));
    let began = json!([{ "id": session, "state": "awaiting_confirmation", "meeting": null }]);
    assert_eq!(shown.await.json()["sessions"], began);

    both.narrow(&talk, json!({ "commitments": true })).await;
    let asked = both.questions().await;
    // Ben wants none of what is on the table, and Ana's agent would look for more.
    while let Some(first) = open(&both.see(&session).await).first() {
        both.say(&session, &both.ben, json!({ "type": "decline", "proposal": first })).await;
        let_the_house_speak(&both.w).await;
    }
    let stopped = both.see(&session).await;
    assert_eq!(stands(&stopped), ["awaiting_confirmation", "rights", "decides", "asked"]);
    assert_eq!((&stopped["rounds"], &stopped["proposals"].as_array().unwrap().len()), (&json!(1), &3));
    assert_eq!(both.questions().await, asked, "nobody's agent looks at Ben's time any more");

    // Ana goes on by hand, and so does Ben.
    let slots = json!([{ "start": "2026-11-26T10:00:00Z", "end": "2026-11-26T10:45:00Z" }]);
    both.say(&session, &both.ana, json!({ "type": "proposal", "slots": slots })).await;
    let_the_house_speak(&both.w).await;
    let named = both.see(&session).await;
    assert_eq!(stands(&named), ["awaiting_confirmation", "-", "confirms", "decides"]);
    let yes = json!({ "type": "accept", "proposal": open(&named)[0] });
    assert_eq!(both.say(&session, &both.ben, yes).await["state"], "confirmed");
    no_query_scans(&both.w.web.store);
}

#[actix_web::test]
async fn where_its_agent_finds_no_time_of_its_own_and_may_name_none_its_person_is_asked() {
    let both = Both::granting(AUTO).await;
    let talk = both.talk(json!({ "calendar": true, "commitments": true })).await;
    let session = both.start(&both.ana, &talk).await;
    both.narrow(&talk, json!({ "commitments": true })).await;
    let at = |hour: u32| json!({ "start": format!("2026-11-26T{hour}:00:00Z"), "end": format!("2026-11-26T{hour}:45:00Z") });
    both.say(&session, &both.ana, json!({ "type": "proposal", "slots": [at(10)] })).await;
    // Ben is not free then, and nobody but him knows.
    let meeting = json!({
        "start": at(10)["start"], "end": at(10)["end"], "host": { "email": "ben@example.net" },
        "guests": [{ "email": "guest@example.com" }],
    });
    done(&both.w, "POST", "/api/v1/meetings", &both.ben, &meeting).await;
    let_the_house_speak(&both.w).await;
    let seen = both.see(&session).await;
    assert_eq!(stands(&seen), ["awaiting_confirmation", "rights", "confirms", "decides"]);
    assert_eq!(open(&seen).len(), 1, "his agent has named nothing");
    both.say(&session, &both.ben, json!({ "type": "counter", "slots": [at(14)] })).await;
    let_the_house_speak(&both.w).await;
    let seen = both.see(&session).await;
    assert_eq!(
        stands(&seen),
        ["awaiting_confirmation", "-", "decides", "confirms"],
        "Ana had named times herself"
    );
    let yes = json!({ "type": "accept", "proposal": open(&seen)[0] });
    assert_eq!(both.say(&session, &both.ana, yes).await["state"], "confirmed");
}

#[actix_web::test]
async fn a_program_names_no_times_where_they_are_shared_no_more_and_its_owner_goes_on() {
    let both = Both::granting(AUTO).await;
    let scopes = ["sessions.read", "sessions.write", "messages.read", "messages.write", "connections.read"];
    let maya = program_for(&both.w, &both.ana, "Maya", &scopes).await;
    let talk = both.talk_of(&maya.token, json!({ "calendar": true })).await;
    let session = both.start(&maya.token, &talk).await;
    both.narrow(&talk, json!({})).await;
    let path = format!("/api/v1/sessions/{session}/proposals");
    let reply = ask(&both.w, "POST", path, &maya.token, &json!({})).await;
    assert_eq!((reply.code, reply.problem().as_str()), (409, "conversation.rights"));
    let seen = both.see(&session).await;
    assert_eq!(stands(&seen), ["awaiting_confirmation", "rights", "decides", "asked"]);
    assert_eq!(seen["proposals"], json!([]));
}

#[actix_web::test]
async fn without_commitments_an_agents_yes_waits_for_its_person() {
    let both = Both::granting(AUTO).await;
    let talk = both.talk(json!({ "calendar": true })).await;
    let session = both.start(&both.ana, &talk).await;
    let_the_house_speak(&both.w).await;
    let seen = both.see(&session).await;
    assert_eq!(stands(&seen), ["awaiting_confirmation", "-", "asked", "decides"]);
    let yes = json!({ "type": "accept", "proposal": open(&seen)[0] });
    let seen = both.say(&session, &both.ben, yes.clone()).await;
    // What Ana's agent named binds her no more than what Ben's would take.
    assert_eq!(stands(&seen), ["awaiting_confirmation", "rights", "decides", "confirms"]);
    assert_eq!(both.say(&session, &both.ana, yes).await["state"], "confirmed");

    // Where it is shared, and where there is no conversation, the agents book by themselves.
    let talk = both.talk(json!({ "calendar": true, "commitments": true })).await;
    let inside = both.start(&both.ana, &talk).await;
    let outside = id(&done(&both.w, "POST", "/api/v1/sessions", &both.ana, &both.search(None)).await);
    let_the_house_speak(&both.w).await;
    assert_eq!(both.see(&inside).await["state"], "confirmed");
    let outside = both.see(&outside).await;
    assert_eq!((&outside["state"], &outside["conversation"]), (&json!("confirmed"), &Value::Null));
}

#[actix_web::test]
async fn commitments_that_are_taken_away_between_the_proposal_and_the_booking_book_nothing() {
    let both = Both::granting(AUTO).await;
    let talk = both.talk(json!({ "calendar": true, "commitments": true })).await;
    let session = both.start(&both.ana, &talk).await;
    let path = format!("/api/v1/sessions/{session}/proposals");
    done(&both.w, "POST", path, &both.ana, &json!({})).await;
    both.narrow(&talk, json!({ "calendar": true })).await;
    let_the_house_speak(&both.w).await;
    let seen = both.see(&session).await;
    assert_eq!(stands(&seen), ["awaiting_confirmation", "-", "confirms", "decides"]);
    assert_eq!(seen["meeting"], Value::Null);
}

#[actix_web::test]
async fn a_programs_yes_in_a_group_books_nothing_once_commitments_are_shared_no_more() {
    let both = Both::granting(AUTO).await;
    let max = program_for(&both.w, &both.ben, "Max", &["sessions.read", "sessions.write"]).await;
    let all = json!({ "calendar": true, "commitments": true });
    for (left, state) in [(all.clone(), "decided"), (json!({ "calendar": true }), "booking")] {
        let talk = both.talk(all.clone()).await;
        let (_, path, group) = both.asks(Some(&talk)).remove(4);
        let begun = done(&both.w, "POST", path, &both.ana, &group).await;
        assert_eq!(begun["conversation"], json!(talk));
        both.narrow(&talk, left).await;
        let votes = json!({ "votes": { begun["candidates"][0]["id"].as_str().unwrap(): "yes" } });
        let path = format!("/api/v1/groups/{}", id(&begun));
        for token in [&both.ana, &max.token] {
            done(&both.w, "PUT", format!("{path}/answer"), token, &votes).await;
        }
        assert_eq!(done(&both.w, "GET", path, &both.ana, &Value::Null).await["state"], state);
    }
    let talk = both.talk(all).await;
    let question = json!({ "question": "Why?", "with": [both.connection], "conversation": talk });
    let reply = ask(&both.w, "POST", "/api/v1/groups", &both.ana, &question).await;
    assert_eq!((reply.code, &reply.json()["field"]), (400, &json!("conversation")), "it is of times alone");
}

#[actix_web::test]
async fn what_is_taken_back_after_it_was_asked_and_before_it_is_looked_up_is_not_shown() {
    let both = Both::granting(AUTO).await;
    let less =
        "UPDATE conversations SET rights = '{\"calendar\":false,\"location\":false,\"commitments\":false}'";
    for (taken_back, code, problem) in
        [(less, 409, "conversation.rights"), ("DELETE FROM grants", 403, "denied")]
    {
        for at in 0..3 {
            let grant = json!({ "scopes": AUTO, "reveal": "busy", "constraints": { "notice_minutes": 0 } });
            let path = format!("/api/v1/connections/{}/grants", both.connection);
            done(&both.w, "PUT", path, &both.ben, &grant).await;
            let talk = both.talk(json!({ "calendar": true })).await;
            let call = both.asks(Some(&talk))[at].clone();
            assert_eq!(both.ana_asks(call.clone()).await.code, 200);
            let asked = both.questions().await.len();
            // Ben's hand comes in right behind the question.
            let trigger = format!("CREATE TRIGGER hand AFTER INSERT ON questions BEGIN {taken_back}; END");
            both.w.write(move |cx| cx.db.execute(&trigger, &[])).await;
            let reply = both.ana_asks(call.clone()).await;
            both.w.write(|cx| cx.db.execute("DROP TRIGGER hand", &[])).await;
            assert_eq!((reply.code, reply.problem().as_str()), (code, problem), "{call:?}: {}", reply.text);
            assert_eq!(both.questions().await.len(), asked + 1, "what was asked stays asked");
        }
    }
}
