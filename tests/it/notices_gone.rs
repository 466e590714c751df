//! What notices say once what they were about is gone, or is not their reader's to see any more: nothing that is not so, of nobody,
//! and none of them stays unread.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts;
use entente::agents;
use entente::base::id::UserId;
use entente::base::text::Address;
use entente::base::time::DAY;
use entente::groups;
use entente::journal;
use entente::notices;
use entente::tasks;
use serde_json::{Value, json};

use crate::api_groups::Three;
use crate::api_world::operator;
use crate::plans::no_query_scans;

impl Three {
    /// Everybody who reads the journal does.
    async fn read_all(&self) {
        for follower in
            [tasks::FOLLOWER, groups::FOLLOWER, tasks::FOLLOWER].into_iter().chain(notices::FOLLOWERS)
        {
            while journal::follow(&self.w.web.store, follower).await.unwrap() > 0 {}
        }
    }

    /// What somebody's notices say, the oldest first, but those of connections and meetings; and how many are unread.
    async fn told(&self, who: &str) -> (Vec<String>, i64) {
        let list = self.done("GET", "/api/v1/notices", who, &Value::Null).await;
        let of_others = |kind: &str| kind.starts_with("connection.") || kind.starts_with("meeting.");
        let all = list["notices"].as_array().unwrap().iter().rev();
        let all = all.filter(|one| !of_others(one["kind"].as_str().unwrap()));
        (all.map(|one| one["text"].as_str().unwrap().to_owned()).collect(), list["unread"].as_i64().unwrap())
    }

    /// Takes note of everything so far.
    async fn all_read(&self, who: &str) {
        self.done("POST", "/api/v1/notices/read", who, &json!({})).await;
    }

    async fn user_of(&self, email: &'static str) -> UserId {
        let found = self.w.write(move |cx| accounts::by_address(cx, &Address::parse(email).unwrap()));
        found.await.unwrap().id
    }
}

fn todo(to: &Value) -> Value {
    json!({ "type": "todo", "to": to, "payload": { "text": "Water the plants" } })
}

fn cake(of: &Value) -> Value {
    json!({ "kind": "payment", "about": "Buy a cake?", "of": of })
}

#[actix_web::test]
async fn of_what_is_erased_notices_say_only_what_is_still_so_and_stay_unread_no_more() {
    let three = Three::new().await;
    let ben = json!({ "connection": three.with[0] });
    three.read_all().await;
    for who in [&three.ana, &three.ben, &three.cleo] {
        three.all_read(who).await;
    }
    let task = three.done("POST", "/api/v1/tasks", &three.ana, &todo(&ben)).await;
    let asked = three.done("POST", "/api/v1/approvals", &three.ana, &cake(&ben)).await;
    let group = three.pieces(json!({ "question": "Cake or pie?" })).await;
    three.read_all().await;
    let (task, asked) = (task["id"].as_str().unwrap(), asked["id"].as_str().unwrap());
    three.done("POST", format!("/api/v1/tasks/{task}/complete"), &three.ben, &json!({ "result": {} })).await;
    let yes = json!({ "choice": "approve" });
    three.done("POST", format!("/api/v1/approvals/{asked}/decide"), &three.ben, &yes).await;
    for who in [&three.ana, &three.ben, &three.cleo] {
        assert_eq!(three.answer(who, &group, &["yes", "no"]).await.code, 200);
    }
    three.read_all().await;
    let decided = "It was decided together: “Cake or pie?” – Bach.";
    let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let bens = words(&[
        "Ana asks you: Water the plants.",
        "Ana asks you to decide: Buy a cake?",
        "Ana asks you and one other to decide together: “Cake or pie?”",
        decided,
    ]);
    assert_eq!(three.told(&three.ben).await, (bens, 1));
    let anas = words(&["Ben did what was asked: Water the plants.", "It was approved: Buy a cake?", decided]);
    assert_eq!(three.told(&three.ana).await, (anas, 3));

    three.w.clock.advance(8 * DAY);
    three.w.write(|cx| Ok((tasks::delete_ended(cx)?, groups::delete_ended(cx)?))).await;
    three.read_all().await;
    let bens = words(&[
        "You were asked to do something. It can no longer be read.",
        "You were asked to decide something. It can no longer be read.",
        "You were asked to decide something with others. It can no longer be read.",
        "What you were asked together with others came to its end. It can no longer be read.",
    ]);
    assert_eq!(three.told(&three.ben).await, (bens, 0));
    let anas = words(&[
        "A task was done. It can no longer be read.",
        "What you wanted to have approved was approved. It can no longer be read.",
        "What you were asked together with others came to its end. It can no longer be read.",
    ]);
    assert_eq!(three.told(&three.ana).await, (anas, 0));
    no_query_scans(&three.w.web.store);
}

#[actix_web::test]
async fn whoever_leaves_a_group_reads_of_no_program_and_of_nothing_that_they_cannot_see() {
    let three = Three::new().await;
    three.read_all().await;
    three.all_read(&three.ben).await;
    three.all_read(&three.cleo).await;
    let group = three.pieces(json!({ "quorum": 300 })).await;
    three.read_all().await;
    let path = format!("/api/v1/groups/{}/leave", group["id"].as_str().unwrap());
    three.done("POST", path, &three.cleo, &Value::Null).await;
    three.done("DELETE", format!("/api/v1/connections/{}", three.with[0]), &three.ben, &Value::Null).await;
    three.read_all().await;
    let gone = "You were asked to decide something with others. It can no longer be read.".to_owned();
    assert_eq!(three.told(&three.cleo).await, (vec![gone.clone()], 0));
    assert_eq!(three.told(&three.ben).await, (vec![gone], 0));
}

#[actix_web::test]
async fn what_a_role_is_asked_waits_no_more_for_whoever_fills_it_no_more_and_says_so_truthfully() {
    let three = Three::new().await;
    let (ben, cleo) = (three.user_of("ben@example.net").await, three.user_of("cleo@example.net").await);
    let role = three.w.write(move |cx| {
        let role = agents::add_role(cx, &operator(), "Front desk", "")?.id;
        agents::set_members(cx, &operator(), role, &[ben, cleo]).map(|role| role.id)
    });
    let role = role.await;
    three.read_all().await;
    for who in [&three.ben, &three.cleo] {
        three.all_read(who).await;
    }
    let of = json!({ "role": role });
    three.done("POST", "/api/v1/tasks", &three.ana, &todo(&of)).await;
    three.done("POST", "/api/v1/approvals", &three.ana, &cake(&of)).await;
    three.read_all().await;
    let asked: Vec<String> =
        ["Ana asks you: Water the plants.", "Ana asks you to decide: Buy a cake?"].map(str::to_owned).into();
    let gone: Vec<String> = [
        "You were asked to do something. It can no longer be read.",
        "You were asked to decide something. It can no longer be read.",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(three.told(&three.cleo).await, (asked.clone(), 2));
    three.w.write(move |cx| agents::set_members(cx, &operator(), role, &[ben]).map(drop)).await;
    three.read_all().await;
    assert_eq!(three.told(&three.cleo).await, (gone.clone(), 0));
    assert_eq!(three.told(&three.ben).await, (asked, 2), "who still fills it is asked as before");
    three.w.write(move |cx| agents::remove_role(cx, &operator(), role)).await;
    three.read_all().await;
    three.read_all().await;
    assert_eq!(three.told(&three.ben).await, (gone, 0));
    no_query_scans(&three.w.web.store);
}

#[actix_web::test]
async fn whose_program_begins_a_session_is_told_that_it_does_and_whoever_begins_one_by_hand_is_not() {
    let three = Three::new().await;
    let (_, token) = three.program(&three.ana, "Maya").await;
    three.read_all().await;
    let new = |purpose: &str| {
        json!({
            "with": [three.with[0]], "purpose": purpose, "length_minutes": 45,
            "from": "2026-11-25T08:00:00Z", "to": "2026-11-28T18:00:00Z",
        })
    };
    let told = async |who: &str| {
        let (all, _) = three.told(who).await;
        all.into_iter().filter(|one| one.contains("arrange")).collect::<Vec<_>>()
    };
    three.done("POST", "/api/v1/sessions", &token, &new("Lunch")).await;
    three.read_all().await;
    assert_eq!(told(&three.ana).await, ["Your agent begins to arrange Lunch with Ben."]);
    assert_eq!(told(&three.ben).await, ["Ana wants to arrange Lunch with you."]);
    three.done("POST", "/api/v1/sessions", &three.ana, &new("Dinner")).await;
    three.read_all().await;
    assert_eq!(told(&three.ana).await, ["Your agent begins to arrange Lunch with Ben."]);
}

#[actix_web::test]
async fn whom_a_time_is_booked_without_is_told_so_and_why_and_gets_nothing_that_is_not_theirs() {
    let three = Three::new().await;
    let (mia, token) = three.program(&three.cleo, "Mia").await;
    three.read_all().await;
    let times = json!([{ "start": "2026-11-25T10:00:00+01:00", "end": "2026-11-25T11:00:00+01:00" }]);
    let new = json!({ "question": "Dinner?", "subject": "time", "candidates": times, "threshold": 600 });
    // Two of three are enough, whatever Cleo says, who is silent; then she says no.
    for (says, why, sentence) in [
        (None, "silent", "you had not answered"),
        (Some("no"), "refused", "you said no to this time"),
        (Some("abstain"), "abstained", "you said neither yes nor no to this time"),
    ] {
        let group = three.begin(new.clone()).await;
        if let Some(says) = says {
            assert_eq!(three.answer(&token, &group, &[says]).await.code, 200);
        }
        assert_eq!(three.answer(&three.ben, &group, &["yes"]).await.code, 200);
        let reply = three.answer(&three.ana, &group, &["yes"]).await;
        assert_eq!(reply.code, 200, "{}", reply.text);
        three.read_all().await;
        let path = format!("/api/v1/groups/{}", group["id"].as_str().unwrap());
        let anas = three.done("GET", path.clone(), &three.ana, &Value::Null).await;
        assert_eq!((&anas["outcome"], &anas["left_out"]), (&json!("decided"), &Value::Null), "{anas}");
        let meeting = format!("/api/v1/meetings/{}", anas["meeting"].as_str().unwrap());
        three.done("GET", meeting.clone(), &three.ben, &Value::Null).await;
        assert_eq!(three.ask("GET", meeting.clone(), &three.cleo, &Value::Null).await.code, 404);
        let cleos = three.done("GET", path, &three.cleo, &Value::Null).await;
        assert_eq!(
            (&cleos["outcome"], &cleos["meeting"], &cleos["left_out"]),
            (&json!("decided"), &Value::Null, &json!(why)),
            "{cleos}"
        );
        if let Some(booking) = cleos["booking"].as_str() {
            three.done("GET", format!("/api/v1/sessions/{booking}"), &three.cleo, &Value::Null).await;
        }
        let last = |(all, _): (Vec<String>, i64)| all.last().cloned().unwrap();
        assert_eq!(
            last(three.told(&three.cleo).await),
            format!("It was decided together, and is booked without you, since {sentence}: “Dinner?”.")
        );
        assert_eq!(last(three.told(&three.ben).await), "It was decided together, and is booked: “Dinner?”.");
        // Her program reads the same, in its inbox and in the transcript; the others read of the meeting.
        let said = format!("/api/v1/sessions/{}/messages", group["id"].as_str().unwrap());
        let ends = async |who: &str| {
            let all = three.done("GET", said.clone(), who, &Value::Null).await;
            let all = all["messages"]
                .as_array()
                .unwrap()
                .clone()
                .into_iter()
                .map(|one| one["body"]["data"].clone());
            let ends = all.filter(|data| data["event"] == "ended");
            ends.map(|data| (data["meeting"].clone(), data["left_out"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(ends(&three.cleo).await, [(Value::Null, json!(why))]);
        assert_eq!(ends(&three.ben).await, [(anas["meeting"].clone(), Value::Null)]);
        let inbox =
            three.done("GET", format!("/api/v1/agents/{mia}/inbox?limit=50"), &token, &Value::Null).await;
        let told = inbox.to_string();
        assert!(told.contains(&format!("\"left_out\":\"{why}\"")), "{told}");
        assert!(!told.contains(anas["meeting"].as_str().unwrap()), "{told}");
        // The next one takes its place.
        let cancelled = three.ask("DELETE", meeting, &three.ana, &Value::Null).await;
        assert!(cancelled.code < 300, "{}", cancelled.text);
    }
    no_query_scans(&three.w.web.store);
}
