//! An agent's part in group decisions, as figures tell it: asked, answered in time or too late, how long it took, with whom.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts;
use entente::agents;
use entente::analytics;
use entente::base::text::Address;
use entente::base::time::{DAY, MINUTE, SECOND};
use entente::groups;
use entente::journal;
use entente::links;
use entente::notices;
use entente::post::letter::{self, Kept, Says};
use serde_json::{Value, json};

use crate::api_groups::Three;
use crate::api_watch::{gather, rows};
use crate::api_world::operator;
use crate::plans::no_query_scans;

impl Three {
    /// The built-in agent of somebody, as a follower makes it.
    pub(crate) async fn builtin(&self, email: &'static str) -> String {
        let own = self.w.write(move |cx| {
            let user = accounts::by_address(cx, &Address::parse(email).unwrap())?.unwrap();
            Ok(agents::own(cx, user.id)?.id.to_string())
        });
        own.await
    }

    pub(crate) async fn figures(&self, agent: &str, by: &str) -> Value {
        gather(&self.w.web.store).await;
        self.done("GET", format!("/api/v1/agents/{agent}/figures"), by, &Value::Null).await
    }

    /// Ana asks the two others about two pieces, for ten minutes; all must answer.
    pub(crate) async fn pieces(&self, more: Value) -> Value {
        let until = self.w.clock.now().plus(10 * MINUTE).to_rfc3339();
        let mut new = json!({
            "question": "Which piece?", "candidates": [{ "label": "Bach" }, { "label": "Ravel" }], "quorum": 1000,
            "deadline": until,
        });
        for (name, value) in more.as_object().unwrap() {
            new[name] = value.clone();
        }
        self.begin(new).await
    }

    async fn says(&self, who: &str, group: &Value, votes: &[&str]) {
        let reply = self.answer(who, group, votes).await;
        assert_eq!(reply.code, 200, "{}", reply.text);
    }

    /// Groups and whoever tells people of them read what is new.
    pub(crate) async fn follow(&self) {
        for follower in [groups::FOLLOWER].into_iter().chain(notices::FOLLOWERS) {
            while journal::follow(&self.w.web.store, follower).await.unwrap() > 0 {}
        }
    }

    /// How often somebody was asked by mail to decide.
    pub(crate) async fn asked_by_mail(&self, email: &'static str) -> usize {
        let letters = self.w.web.store.read(move |cx| {
            letter::of_address(cx, &links::address_hash(cx, &Address::parse(email).unwrap()), 50)
        });
        let is_asked = |kept: &Kept| matches!(kept.letter.says, Says::GroupAsk { .. });
        letters.await.unwrap().iter().filter(|kept| is_asked(kept)).count()
    }

    /// Its time is over.
    pub(crate) async fn closes(&self) {
        self.w.clock.advance(11 * MINUTE);
        self.work().await;
    }
}

/// How often asked, answered in time, answered too late, done well, failed, completed.
fn part(figures: &Value) -> [i64; 6] {
    ["asked", "answered", "late", "succeeded", "failed", "completed"]
        .map(|name| figures["total"][name].as_i64().unwrap())
}

#[actix_web::test]
async fn who_was_asked_and_answered_in_time_is_counted_once_with_how_long_it_took_and_who_began_it() {
    let three = Three::new().await;
    let (max, token) = three.program(&three.ben, "Max").await;
    let (anas, cleos) = (three.builtin("ana@example.org").await, three.builtin("cleo@example.net").await);
    let group = three.pieces(json!({})).await;
    three.w.clock.advance(4 * SECOND);
    three.says(&token, &group, &["yes", "no"]).await;
    // What is changed is no other answer.
    three.w.clock.advance(SECOND);
    three.says(&token, &group, &["yes", "if_need_be"]).await;
    three.w.clock.advance(MINUTE);
    three.says(&three.cleo, &group, &["yes", "no"]).await;
    three.says(&three.ana, &group, &["yes", "no"]).await;

    let found = three.figures(&max, &three.ben).await;
    assert_eq!(part(&found), [1, 1, 0, 1, 0, 1], "{found}");
    assert_eq!(found["total"]["response_time"], json!({ "many": 1, "median_ms": 5_000, "p95_ms": 5_000 }));
    let with = &found["with"][0];
    assert_eq!((&with["agent"], &with["asked"], &with["answered"]), (&json!(anas), &json!(1), &json!(1)));
    assert_eq!(with["response_time"]["median_ms"], 5_000);
    // What a person does by hand counts for their built-in agent.
    let found = three.figures(&cleos, &three.cleo).await;
    assert_eq!(part(&found), [1, 1, 0, 1, 0, 1], "{found}");
    assert_eq!(found["total"]["response_time"]["median_ms"], 120_000);
    let found = three.figures(&anas, &three.ana).await;
    assert_eq!((part(&found), &found["total"]["started"]), ([1, 1, 0, 1, 0, 1], &json!(1)));
    no_query_scans(&three.w.web.store);
}

#[actix_web::test]
async fn who_is_silent_has_failed_and_who_is_late_is_counted_apart_also_when_it_is_computed_again() {
    let three = Three::new().await;
    let (max, token) = three.program(&three.ben, "Max").await;
    let (anas, cleos) = (three.builtin("ana@example.org").await, three.builtin("cleo@example.net").await);
    let group = three.pieces(json!({})).await;
    three.says(&three.ana, &group, &["yes", "no"]).await;
    three.closes().await;
    for votes in [["yes", "no"], ["no", "no"]] {
        three.says(&token, &group, &votes).await;
        three.w.clock.advance(MINUTE);
    }
    let found = three.figures(&max, &three.ben).await;
    assert_eq!(part(&found), [1, 0, 1, 0, 1, 0], "{found}");
    assert_eq!(
        found["total"]["response_time"],
        json!({ "many": 1, "median_ms": 1_800_000, "p95_ms": 1_800_000 })
    );
    assert_eq!(
        (&found["errors"][0]["kind"], &found["errors"][0]["many"]),
        (&json!("group.silent"), &json!(1))
    );
    assert_eq!(part(&three.figures(&cleos, &three.cleo).await), [1, 0, 0, 0, 1, 0]);
    // Too few have answered: that is nobody's decision.
    assert_eq!(part(&three.figures(&anas, &three.ana).await), [1, 1, 0, 1, 0, 0]);

    // One that closes before its time, because nothing can change it: whoever was not needed was not silent.
    let group = three.pieces(json!({ "quorum": 500, "threshold": 1000 })).await;
    three.says(&three.ana, &group, &["no", "no"]).await;
    three.says(&three.cleo, &group, &["no", "no"]).await;
    assert_eq!(part(&three.figures(&max, &three.ben).await), [2, 0, 1, 0, 1, 0]);
    assert_eq!(
        part(&three.figures(&anas, &three.ana).await),
        [2, 2, 0, 2, 0, 1],
        "a no is a decision as well"
    );

    // A person who answers before their program does: it is not silent, and was not theirs to be waited for.
    let group = three.pieces(json!({})).await;
    three.says(&three.ben, &group, &["yes", "no"]).await;
    three.closes().await;
    assert_eq!(part(&three.figures(&max, &three.ben).await), [3, 0, 1, 0, 1, 0]);
    let bens = three.builtin("ben@example.net").await;
    assert_eq!(part(&three.figures(&bens, &three.ben).await), [0, 1, 0, 1, 0, 0]);

    // The same again, also when all that was said is erased.
    three.w.clock.advance(8 * DAY);
    assert_eq!(three.w.write(groups::delete_ended).await, 3);
    gather(&three.w.web.store).await;
    let before = rows(&three.w.web.store).await;
    assert!(!before.iter().any(|line| line.starts_with("ses_")), "nothing goes on any more: {before:?}");
    three.w.write(|cx| analytics::recompute(cx, &operator())).await;
    gather(&three.w.web.store).await;
    assert_eq!(rows(&three.w.web.store).await, before);
    no_query_scans(&three.w.web.store);
}

#[actix_web::test]
async fn in_a_sequence_an_answer_is_awaited_from_ones_turn_on() {
    let three = Three::new().await;
    let (max, token) = three.program(&three.ben, "Max").await;
    let cleos = three.builtin("cleo@example.net").await;
    let group = three.pieces(json!({ "mode": "sequential", "turn_seconds": 60 })).await;
    three.w.clock.advance(30 * SECOND);
    three.says(&three.ana, &group, &["yes", "no"]).await;
    three.w.clock.advance(4 * SECOND);
    three.says(&token, &group, &["yes", "no"]).await;
    assert_eq!(three.figures(&max, &three.ben).await["total"]["response_time"]["median_ms"], 5_000);
    assert_eq!(part(&three.figures(&cleos, &three.cleo).await), [1, 0, 0, 0, 0, 0]);
    three.w.clock.advance(61 * SECOND);
    three.work().await;
    assert_eq!(part(&three.figures(&cleos, &three.cleo).await), [1, 0, 0, 0, 1, 0]);
}

#[actix_web::test]
async fn who_is_retired_in_the_middle_of_a_round_was_silent_and_its_person_is_asked_in_its_place() {
    let three = Three::new().await;
    let (max, token) = three.program(&three.ben, "Max").await;
    let (idle, _) = three.program(&three.cleo, "Mia").await;
    let (bens, cleos) = (three.builtin("ben@example.net").await, three.builtin("cleo@example.net").await);
    let group = three.pieces(json!({})).await;
    three.says(&token, &group, &["yes", "no"]).await;
    three.w.clock.advance(MINUTE);
    for (program, owner) in [(&max, &three.ben), (&idle, &three.cleo)] {
        three.done("DELETE", format!("/api/v1/agents/{program}"), owner, &Value::Null).await;
    }
    three.follow().await;
    // Max had answered, and that counts; Mia had not, and Cleo is asked, once.
    assert_eq!(part(&three.figures(&max, &three.ben).await), [1, 1, 0, 1, 0, 0]);
    assert_eq!(part(&three.figures(&idle, &three.cleo).await), [1, 0, 0, 0, 1, 0]);
    assert_eq!(part(&three.figures(&cleos, &three.cleo).await), [1, 0, 0, 0, 0, 0]);
    assert_eq!(part(&three.figures(&bens, &three.ben).await), [0; 6], "nothing of his is awaited any more");
    let notices = async |who: &str| {
        let told = three.done("GET", "/api/v1/notices", who, &Value::Null).await;
        let told =
            told["notices"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned());
        told.filter(|kind| kind.starts_with("group.")).collect::<Vec<_>>()
    };
    assert_eq!(
        (notices(&three.ben).await, notices(&three.cleo).await),
        (Vec::new(), vec!["group.asked".to_owned()])
    );
    assert_eq!(three.asked_by_mail("cleo@example.net").await, 1);
    assert_eq!(three.asked_by_mail("ben@example.net").await, 0);

    three.says(&three.cleo, &group, &["yes", "no"]).await;
    three.says(&three.ana, &group, &["yes", "no"]).await;
    assert_eq!(part(&three.figures(&cleos, &three.cleo).await), [1, 1, 0, 1, 0, 1]);
    assert_eq!(part(&three.figures(&idle, &three.cleo).await), [1, 0, 0, 0, 1, 0], "that was all of it");
    let before = rows(&three.w.web.store).await;
    three.w.write(|cx| analytics::recompute(cx, &operator())).await;
    gather(&three.w.web.store).await;
    assert_eq!(rows(&three.w.web.store).await, before);
}

#[actix_web::test]
async fn once_a_person_has_answered_themselves_the_rounds_to_come_are_theirs_and_no_silence_of_their_program()
{
    let three = Three::new().await;
    let (max, token) = three.program(&three.ben, "Max").await;
    let bens = three.builtin("ben@example.net").await;
    let group = three.pieces(json!({ "mode": "consensus", "rounds": 2 })).await;
    three.says(&token, &group, &["yes", "no"]).await;
    // He has the last word; nothing is agreed on, and he says nothing in the second round.
    three.says(&three.ben, &group, &["yes", "no"]).await;
    three.says(&three.cleo, &group, &["no", "yes"]).await;
    three.says(&three.ana, &group, &["no", "yes"]).await;
    assert_eq!(part(&three.figures(&bens, &three.ben).await), [1, 1, 0, 1, 0, 0]);
    three.closes().await;
    assert_eq!(part(&three.figures(&max, &three.ben).await), [1, 1, 0, 1, 0, 0]);
    assert_eq!(part(&three.figures(&bens, &three.ben).await), [1, 1, 0, 1, 1, 0]);
}
