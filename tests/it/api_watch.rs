//! What an agent does, how well, and how it is: as its owner reads it over the API.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::analytics;
use entente::base::id::{AgentId, Id};
use entente::base::time::{DAY, HOUR, MINUTE, SECOND};
use entente::groups;
use entente::journal;
use entente::queue;
use entente::sessions::conversation;
use entente::store::Store;
use serde_json::{Value, json};

use crate::api_messages::{Two, request};
use crate::api_world::operator;
use crate::plans::no_query_scans;

/// Lets figures be computed of all there is.
pub(crate) async fn gather(store: &Store) {
    while journal::gather(store, analytics::FOLLOWER).await.unwrap() > 0 {}
}

/// The tables that are computed, row by row.
pub(crate) async fn rows(store: &Store) -> Vec<String> {
    let read = store.read(|cx| {
        let mut all = Vec::new();
        for sql in [
            "SELECT agent_id || ' ' || day || ' ' || other_id || ' ' || received || ' ' || sent || ' ' || started || ' ' ||
                 completed || ' ' || succeeded || ' ' || failed || ' ' || asked || ' ' || answered || ' ' || late AS line
                 FROM figures ORDER BY 1",
            "SELECT agent_id || ' ' || day || ' ' || other_id || ' ' || bucket || ' ' || many AS line
                 FROM figure_times ORDER BY 1",
            "SELECT agent_id || ' ' || day || ' ' || kind || ' ' || many || ' ' || last_at AS line
                 FROM figure_errors ORDER BY 1",
            "SELECT id || ' ' || agent_id || ' ' || other_id || ' ' || began_at AS line FROM figure_threads ORDER BY 1",
            "SELECT session_id || ' ' || agent_id || ' ' || user_id || ' ' || score || ' ' || day AS line
                 FROM ratings ORDER BY 1",
        ] {
            all.extend(cx.db.all(sql, &[], |row| row.get::<String>("line"))?);
        }
        Ok(all)
    });
    read.await.unwrap()
}

impl Two {
    /// Ana asks Ben to decide with her, for two minutes; gives its id and what is voted on.
    async fn group(&self) -> (String, String) {
        let until = self.w.clock.now().plus(2 * MINUTE).to_rfc3339();
        let new = json!({
            "question": "Which piece?", "with": [self.connection], "candidates": [{ "label": "Bach" }], "quorum": 1000,
            "deadline": until,
        });
        let begun = self.done("POST", "/api/v1/groups", &self.ana, &new).await;
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        (id(&begun), id(&begun["candidates"][0]))
    }

    async fn votes(&self, (group, candidate): &(String, String), token: &str) {
        let said = json!({ "votes": { candidate: "yes" } });
        self.done("PUT", format!("/api/v1/groups/{group}/answer"), token, &said).await;
    }

    /// A group that decides, and one that ends by its time, to which Ben answers too late.
    async fn decided_and_late(&self) {
        let group = self.group().await;
        self.votes(&group, &self.ana).await;
        self.w.clock.advance(MINUTE);
        self.votes(&group, &self.ben).await;
        let group = self.group().await;
        self.votes(&group, &self.ana).await;
        self.w.clock.advance(2 * MINUTE);
        let due = self.w.write(|cx| {
            let leases = queue::claim(cx, groups::TOPIC, 20, MINUTE)?;
            leases.iter().try_for_each(|lease| groups::due(cx, lease))
        });
        due.await;
        self.votes(&group, &self.ben).await;
    }

    /// Maya asks, Max answers after so long and acknowledges.
    async fn asked_and_answered(&self, talk: &str, after_ms: i64) {
        self.say(talk, &request("Well?")).await;
        let handed = self.inbox().await;
        self.w.clock.advance(after_ms);
        let answer = json!({ "type": "response", "text": "Yes.", "answers": handed[0]["message"]["id"] });
        self.done("POST", format!("/api/v1/conversations/{talk}/messages"), &self.max.token, &answer).await;
        self.answer("ack", &handed[0], &Value::Null).await;
    }

    pub(crate) async fn figures(&self, agent: &str, by: &str, query: &str) -> Value {
        gather(&self.w.web.store).await;
        self.done("GET", format!("/api/v1/agents/{agent}/figures{query}"), by, &Value::Null).await
    }
}

#[actix_web::test]
async fn what_an_agent_does_is_counted_by_day_and_by_whom_it_is_with() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.asked_and_answered(&talk, 4 * SECOND).await;
    two.asked_and_answered(&talk, 40 * SECOND).await;
    two.say(&talk, &request("And this?")).await;
    let handed = two.inbox().await;
    two.answer("give-up", &handed[0], &json!({ "error": "Not mine." })).await;
    two.w.clock.advance(DAY - HOUR);
    two.done("POST", format!("/api/v1/conversations/{talk}/close"), &two.ana, &json!({})).await;

    let max = two.figures(&two.max.id, &two.ben, "").await;
    let total = &max["total"];
    // Three requests, and that it is closed.
    assert_eq!((&total["received"], &total["sent"], &total["started"]), (&json!(4), &json!(2), &json!(0)));
    assert_eq!(
        (&total["succeeded"], &total["failed"], &total["success_percent"]),
        (&json!(2), &json!(1), &json!(67))
    );
    assert_eq!(total["response_time"], json!({ "many": 2, "median_ms": 5_000, "p95_ms": 60_000 }));
    let days = max["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]["day"], &days[1]["completed"]), (2, &json!("2026-11-18"), &json!(1)));
    assert_eq!((&max["with"][0]["agent"], &max["with"][0]["name"]), (&json!(two.maya.id), &json!("Maya")));
    assert_eq!(max["with"][0]["response_time"]["median_ms"], 5_000);
    assert_eq!(
        (&max["errors"][0]["kind"], &max["errors"][0]["many"]),
        (&json!("delivery.failed"), &json!(1))
    );
    assert_eq!(max["behind"], 0);

    // The other side of the same.
    let maya = two.figures(&two.maya.id, &two.ana, "?from=2026-11-18&to=2026-11-18").await;
    let total = &maya["total"];
    assert_eq!((&total["received"], &total["sent"], &total["started"]), (&json!(2), &json!(3), &json!(1)));
    assert_eq!((&total["completed"], &total["success_percent"]), (&json!(0), &Value::Null));

    // They are its owner's, and nobody else's; and days are days.
    let path = format!("/api/v1/agents/{}/figures", two.max.id);
    assert_eq!(two.ask("GET", path.clone(), &two.ana, &Value::Null).await.code, 404);
    let nobody = path.replace(&two.max.id, "agt_0123456789abcdef0123456789abcdef");
    assert_eq!(two.ask("GET", nobody, &two.ana, &Value::Null).await.code, 404);
    for query in [
        "from=2026-11-31",
        "from=2026-11-20&to=2026-11-19",
        "from=2020-01-01",
        "to=tomorrow",
        // The first and the last day that could be reckoned with, and years that have no four digits.
        "to=-262143-01-01",
        "from=%2B262142-12-31&to=%2B262142-12-31",
        "to=0000-01-01",
        "to=10000-01-01",
    ] {
        assert_eq!(
            two.ask("GET", format!("{path}?{query}"), &two.ben, &Value::Null).await.code,
            400,
            "{query}"
        );
    }
    two.figures(&two.max.id, &two.ben, "?to=0001-01-01").await;
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn somebody_reads_what_all_of_their_agents_did_page_by_page_and_nothing_of_anybody_elses() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.asked_and_answered(&talk, 4 * SECOND).await;
    let own = two.w.write(|cx| {
        let address = entente::base::text::Address::parse("ben@example.net").unwrap();
        let user = entente::accounts::by_address(cx, &address)?.unwrap();
        Ok(entente::agents::own(cx, user.id)?.id.to_string())
    });
    let own = own.await;
    gather(&two.w.web.store).await;
    let path = "/api/v1/analytics";
    let told = two.done("GET", path, &two.ben, &Value::Null).await;
    let ids = |told: &Value| -> Vec<Value> {
        told["agents"].as_array().unwrap().iter().map(|one| one["agent"].clone()).collect()
    };
    assert_eq!(ids(&told), [json!(own), json!(two.max.id)], "the built-in one came with the account");
    assert_eq!((&told["from"], &told["to"]), (&json!("2026-10-20"), &json!("2026-11-18")));
    assert_eq!((&told["behind"], &told["next"]), (&json!(0), &Value::Null));
    let max = &told["agents"][1];
    assert_eq!((&max["name"], &max["kind"]), (&json!("Max"), &json!("personal")));
    let figures = two.figures(&two.max.id, &two.ben, "").await;
    assert_eq!((&max["total"], &max["days"]), (&figures["total"], &figures["days"]));
    assert_eq!(max["total"]["received"], 1);
    assert_eq!(told["agents"][0]["days"], json!([]));

    // One by one it is the same.
    let first = two.done("GET", format!("{path}?limit=1"), &two.ben, &Value::Null).await;
    let next = first["next"].as_str().unwrap();
    let second = two.done("GET", format!("{path}?limit=1&cursor={next}"), &two.ben, &Value::Null).await;
    assert_eq!((&first["agents"][0], &second["agents"][0]), (&told["agents"][0], max));
    assert_eq!(second["next"], Value::Null);

    // One that is named, for as long as of its figures; a program is itself, and knows of no other one.
    let year = format!("{path}?agent={}&from=2025-11-18&to=2026-11-18", two.max.id);
    let named = two.done("GET", year, &two.ben, &Value::Null).await;
    assert_eq!((ids(&named), &named["agents"][0]["total"]), (vec![json!(two.max.id)], &max["total"]));
    assert_eq!(ids(&two.done("GET", path, &two.max.token, &Value::Null).await), [json!(two.max.id)]);
    for (agent, token) in
        [(&two.max.id, &two.ana), (&own, &two.max.token), (&own, &two.ana), (&two.maya.id, &two.max.token)]
    {
        let reply = two.ask("GET", format!("{path}?agent={agent}"), token, &Value::Null).await;
        assert_eq!(reply.code, 404, "{}", reply.text);
    }
    let admin = two.w.user("root@example.org", "Root", entente::accounts::Role::Admin).await;
    let admin = two.w.token(Some(admin), &[entente::accounts::Scope::Admin]).await;
    let theirs = two.done("GET", path, &admin, &Value::Null).await;
    assert!(!ids(&theirs).contains(&json!(two.max.id)), "an administrator reads their own");
    let others = two.ask("GET", format!("{path}?agent={}", two.max.id), &admin, &Value::Null).await;
    assert_eq!(others.code, 404, "as of figures");
    for query in ["limit=0", "limit=51", "from=2026-08-01", "to=-262143-01-01", "cursor=x", "days=3"] {
        let reply = two.ask("GET", format!("{path}?{query}"), &two.ben, &Value::Null).await;
        assert_eq!(reply.code, 400, "{query}: {}", reply.text);
    }
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn an_answer_took_as_long_as_its_question_was_there() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let answered = async |handed: &Value| {
        let answer = json!({ "type": "response", "text": "Yes.", "answers": handed["message"]["id"] });
        let path = format!("/api/v1/conversations/{talk}/messages");
        two.done("POST", path, &two.max.token, &answer).await;
        two.answer("ack", handed, &Value::Null).await;
    };
    // What is for later was not there before.
    let mut later = request("later");
    later["not_before"] = json!(two.w.clock.now().plus(5 * MINUTE).to_rfc3339());
    two.say(&talk, &later).await;
    two.w.clock.advance(5 * MINUTE + 4 * SECOND);
    answered(&two.inbox().await[0]).await;
    let max = two.figures(&two.max.id, &two.ben, "").await;
    assert_eq!(max["total"]["response_time"], json!({ "many": 1, "median_ms": 5_000, "p95_ms": 5_000 }));
    // What its agent puts off is there all the same.
    two.say(&talk, &request("now")).await;
    two.answer("nack", &two.inbox().await[0], &json!({ "delay_seconds": 100 })).await;
    two.w.clock.advance(100 * SECOND);
    answered(&two.inbox().await[0]).await;
    let max = two.figures(&two.max.id, &two.ben, "").await;
    assert_eq!(max["total"]["response_time"], json!({ "many": 2, "median_ms": 5_000, "p95_ms": 120_000 }));
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn what_is_said_while_figures_are_computed_again_is_what_counts() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.done("POST", format!("/api/v1/conversations/{talk}/close"), &two.maya.token, &json!({})).await;
    let rating = format!("/api/v1/sessions/{talk}/ratings/{}", two.max.id);
    let rates = async |score: i64| {
        two.w.clock.advance(SECOND);
        two.done("PUT", rating.clone(), &two.ana, &json!({ "score": score })).await;
    };
    rates(5).await;
    // More than the follower reads at once.
    let much = two.w.write(|cx| {
        let nothing = journal::Happening::of("link.invalid");
        (0..400).try_for_each(|_| journal::append(cx, &operator(), &nothing).map(drop))
    });
    much.await;
    rates(2).await;
    gather(&two.w.web.store).await;
    two.w.write(|cx| analytics::recompute(cx, &operator())).await;
    journal::gather(&two.w.web.store, analytics::FOLLOWER).await.unwrap();
    let score = async || {
        let agent: AgentId = two.max.id.parse().unwrap();
        let said = rows(&two.w.web.store).await;
        let line = said
            .iter()
            .find(|line| line.contains(&format!(" {} ", agent.uuid())) && line.split(' ').count() == 5);
        line.and_then(|line| line.split(' ').nth(3)).map(str::to_owned)
    };
    assert_eq!(score().await.as_deref(), Some("2"), "what was said last, however far the journal is read");
    rates(5).await;
    gather(&two.w.web.store).await;
    assert_eq!(score().await.as_deref(), Some("5"));
    two.w.write(|cx| analytics::recompute(cx, &operator())).await;
    gather(&two.w.web.store).await;
    assert_eq!(score().await.as_deref(), Some("5"));
    let max = two.figures(&two.max.id, &two.ben, "").await;
    assert_eq!(max["total"]["satisfaction_hundredths"], 500);
}

#[actix_web::test]
async fn figures_that_are_computed_again_are_the_same_also_when_all_that_was_said_is_erased() {
    let two = Two::new().await;
    let talk = two.talk(&json!({ "keep_days": 1 })).await;
    two.asked_and_answered(&talk, 4 * MINUTE).await;
    two.done("POST", format!("/api/v1/conversations/{talk}/close"), &two.maya.token, &json!({})).await;
    let rating = format!("/api/v1/sessions/{talk}/ratings/{}", two.max.id);
    two.done("PUT", rating.clone(), &two.ana, &json!({ "score": 2 })).await;
    two.done("PUT", rating, &two.ana, &json!({ "score": 5 })).await;
    two.decided_and_late().await;
    // Something goes on.
    let other = two.talk(&json!({})).await;
    two.say(&other, &request("Still there?")).await;
    gather(&two.w.web.store).await;
    let told = two.figures(&two.max.id, &two.ben, "").await;
    two.w.clock.advance(8 * DAY);
    let erased = two.w.write(conversation::erase_due).await;
    assert_eq!(erased, 1);
    assert_eq!(two.w.write(groups::delete_ended).await, 2);
    gather(&two.w.web.store).await;
    let before = rows(&two.w.web.store).await;
    assert_eq!(before.len(), 15, "{before:#?}");

    two.w.write(|cx| analytics::recompute(cx, &operator())).await;
    assert!(rows(&two.w.web.store).await.len() < before.len());
    gather(&two.w.web.store).await;
    assert_eq!(rows(&two.w.web.store).await, before);
    assert_eq!(
        two.figures(&two.max.id, &two.ben, "?from=2026-11-01&to=2026-11-30").await["total"],
        told["total"]
    );
    let max = two.figures(&two.max.id, &two.ben, "").await;
    let total = &max["total"];
    assert_eq!((&total["ratings"], &total["satisfaction_hundredths"]), (&json!(1), &json!(500)));

    // Of an account that goes nothing stays, also when it is computed again.
    let ben = two.w.write(|cx| {
        let address = entente::base::text::Address::parse("ben@example.net").unwrap();
        Ok(entente::accounts::by_address(cx, &address)?.unwrap().id)
    });
    let ben = ben.await;
    let who = operator();
    two.w
        .write(move |cx| {
            let person = entente::app::person::Person::of(cx, ben)?;
            entente::app::person::erase(cx, &who, &person)
        })
        .await;
    let max: AgentId = two.max.id.parse().unwrap();
    let max = max.uuid().to_string();
    let is_of_max = |line: &String| line.starts_with(&max);
    assert!(before.iter().any(is_of_max));
    gather(&two.w.web.store).await;
    let left = rows(&two.w.web.store).await;
    assert!(!left.iter().any(is_of_max));
    two.w.write(|cx| analytics::recompute(cx, &operator())).await;
    gather(&two.w.web.store).await;
    assert_eq!(rows(&two.w.web.store).await, left);

    // A journal that was pruned cannot say it all again.
    two.w.write(|cx| journal::prune(cx, 3).map(drop)).await;
    let refused = two.w.web.store.write(|cx| analytics::recompute(cx, &operator())).await;
    assert_eq!(refused.unwrap_err().code(), "figures.pruned");
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn what_a_program_says_of_itself_is_checked_and_kept_apart() {
    let two = Two::new().await;
    let path = format!("/api/v1/agents/{}/metrics", two.max.id);
    let said = |name: &str, value: i64| json!({ "metrics": [{ "name": name, "value": value }] });
    two.done("POST", path.clone(), &two.max.token, &said("tokens", 300)).await;
    two.done("POST", path.clone(), &two.max.token, &said("tokens", 100)).await;
    for (name, value, field) in [
        ("cpu_percent", 101, "metrics[0].value"),
        ("tokens", -1, "metrics[0].value"),
        ("mood", 1, "metrics[0].name"),
    ] {
        let reply = two.ask("POST", path.clone(), &two.max.token, &said(name, value)).await;
        assert_eq!((reply.code, reply.json()["field"].as_str().unwrap()), (400, field), "{name}");
    }
    let many: Vec<Value> = (0..51).map(|_| json!({ "name": "errors", "value": 1 })).collect();
    assert_eq!(two.ask("POST", path.clone(), &two.max.token, &json!({ "metrics": many })).await.code, 400);
    assert_eq!(two.ask("POST", path, &two.maya.token, &said("tokens", 1)).await.code, 404);
    let max = two.figures(&two.max.id, &two.ben, "").await;
    assert_eq!(
        max["reported"],
        json!([{ "name": "tokens", "many": 2, "total": 400, "least": 100, "most": 300 }])
    );
    assert_eq!(max["total"]["received"], 0);
}

#[actix_web::test]
async fn the_log_of_an_agent_has_what_it_did_and_what_was_done_to_it_and_no_words() {
    let two = Two::new().await;
    let talk = two.talk(&json!({ "topic": "Secret plans" })).await;
    two.asked_and_answered(&talk, SECOND).await;
    let path = format!("/api/v1/agents/{}/activity", two.max.id);
    let told = two.done("GET", path.clone(), &two.ben, &Value::Null).await;
    let kinds: Vec<_> =
        told["activity"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    for kind in
        ["agent.registered", "agent.online", "message.request", "message.response", "delivery.processed"]
    {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let words = told.to_string();
    for secret in ["Secret", "Well?", "@", "usr_"] {
        assert!(!words.contains(secret), "{secret}: {words}");
    }
    let request =
        told["activity"].as_array().unwrap().iter().find(|one| one["kind"] == "message.request").unwrap();
    assert_eq!((&request["by"], &request["agent"]), (&json!("other"), &json!(two.maya.id)));
    // Page by page it is the same.
    let mut all = Vec::new();
    let mut next = String::new();
    loop {
        let page = two.done("GET", format!("{path}?limit=3{next}"), &two.max.token, &Value::Null).await;
        all.extend(page["activity"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(&Value::from(all), &told["activity"]);
    assert_eq!(two.ask("GET", path, &two.ana, &Value::Null).await.code, 404);
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn how_an_agent_is_tells_what_waits_and_what_it_holds_too_long() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    two.say(&talk, &request("One")).await;
    two.w.clock.advance(SECOND);
    let path = format!("/api/v1/agents/{}/health", two.max.id);
    let health = two.done("GET", path.clone(), &two.ben, &Value::Null).await;
    assert_eq!((&health["presence"], &health["inbox"]["waiting"]), (&json!("online"), &json!(1)));
    assert_eq!(health["inbox"]["oldest"], "2026-11-18T09:00:00Z");
    two.inbox().await;
    two.w.clock.advance(HOUR);
    let health = two.done("GET", path.clone(), &two.ben, &Value::Null).await;
    assert_eq!((&health["presence"], &health["lease"]), (&json!("offline"), &Value::Null));
    assert_eq!((&health["inbox"]["held"], &health["inbox"]["stuck"]), (&json!(1), &json!(1)));
    assert_eq!((&health["failures"], &health["shut_out"]), (&json!(0), &Value::Null));
    assert_eq!(two.ask("GET", path, &two.ana, &Value::Null).await.code, 404);
    no_query_scans(&two.w.web.store);
}

#[actix_web::test]
async fn people_say_how_content_they_are_when_it_is_over_and_programs_do_not() {
    let two = Two::new().await;
    let talk = two.talk(&json!({})).await;
    let path = format!("/api/v1/sessions/{talk}/ratings/{}", two.max.id);
    let score = json!({ "score": 4 });
    assert_eq!(two.ask("PUT", path.clone(), &two.ana, &score).await.problem(), "rating.open");
    two.done("POST", format!("/api/v1/conversations/{talk}/close"), &two.maya.token, &json!({})).await;
    assert_eq!(two.ask("PUT", path.clone(), &two.ana, &json!({ "score": 6 })).await.code, 400);
    two.done("PUT", path.clone(), &two.ana, &score).await;
    let head = two.w.head().await;
    two.done("PUT", path.clone(), &two.ana, &score).await;
    assert_eq!(two.w.head().await, head, "the same again changes nothing");
    assert_eq!(two.ask("PUT", path, &two.maya.token, &score).await.code, 403);
    let zoe = two.w.member("zoe@example.com", "Zoe").await;
    let other = format!("/api/v1/sessions/{talk}/ratings/{}", two.max.id);
    assert_eq!(two.ask("PUT", other, &zoe, &score).await.code, 404);
    let nobody = format!("/api/v1/sessions/{talk}/ratings/agt_0123456789abcdef0123456789abcdef");
    assert_eq!(two.ask("PUT", nobody, &two.ana, &score).await.code, 404);
    let max = two.figures(&two.max.id, &two.ben, "").await;
    assert_eq!(max["total"]["satisfaction_hundredths"], 400);
    no_query_scans(&two.w.web.store);
}
