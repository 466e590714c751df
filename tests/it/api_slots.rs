//! Finding a time over the API: what is offered, what is told of others, and that refusals are all one.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::accounts::Scope;
use entente::base::Timestamp;
use entente::base::id::{Id, MeetingId, UserId};
use entente::calendar::{self, Kind};
use insta::{assert_json_snapshot, with_settings};
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply, World};

/// A house where Ana lets Ben's agent learn when she has time.
struct Pair {
    w: World,
    ana: String,
    ben: String,
    id: String,
}

impl Pair {
    async fn new(grant: Value) -> Self {
        let w = World::new();
        let ana = w.member("ana@example.org", "Ana").await;
        let ben = w.member("ben@example.net", "Ben").await;
        let id = w.connected(&ana, &ben).await;
        let pair = Self { w, ana, ben, id };
        pair.grant(grant).await;
        pair
    }

    async fn grant(&self, grant: Value) {
        let path = format!("/api/v1/connections/{}/grants", self.id);
        let reply = self.w.ask(Ask::new("PUT", path).bearer(&self.ana).json(&grant)).await;
        assert_eq!(reply.code, 200, "{}", reply.text);
    }

    async fn post(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.w.ask(Ask::new("POST", path).bearer(token).json(body)).await
    }

    /// Takes an hour of somebody's time.
    async fn busy(&self, token: &str, number: u128, start: &'static str) {
        let me = self.w.ask(Ask::new("GET", "/api/v1/profile").bearer(token)).await.json();
        let user: UserId = me["user"].as_str().unwrap().parse().unwrap();
        let start = Timestamp::parse_rfc3339(start).unwrap();
        let time = Some((start, start.plus(3_600_000), Kind::Busy));
        let meeting = MeetingId::from_uuid(uuid::Uuid::from_u128(number));
        self.w.write(move |cx| calendar::occupy(cx, user, meeting, time)).await;
    }

    /// The newest question about Ana.
    async fn question(&self) -> Value {
        let list = self.w.ask(Ask::new("GET", "/api/v1/connections/questions").bearer(&self.ana)).await;
        list.json()["questions"][0].clone()
    }
}

fn availability() -> Value {
    json!({ "scopes": ["calendar.availability.read"] })
}

/// Wednesday 25 November 2026, in Paris.
fn search(with: &[&str]) -> Value {
    json!({
        "with": with, "length_minutes": 45, "step_minutes": 30,
        "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-26T00:00:00+01:00",
    })
}

fn with(mut search: Value, field: &str, value: Value) -> Value {
    search[field] = value;
    search
}

/// As it stands but for what is another at every run.
fn blurred(reply: &Reply) -> Value {
    let mut body = reply.json();
    if let Some(trace) = body.get_mut("trace") {
        *trace = "…".into();
    }
    json!({ "status": reply.code, "body": body })
}

#[actix_web::test]
async fn times_that_suit_both_come_ranked_with_their_reasons_and_say_what_is_in_the_way_elsewhere() {
    let pair = Pair::new(availability()).await;
    pair.busy(&pair.ana, 1, "2026-11-25T09:00:00Z").await;
    pair.busy(&pair.ben, 2, "2026-11-25T12:00:00Z").await;
    let reply = pair.post(&pair.ben, "/api/v1/slots", &with(search(&[&pair.id]), "most", json!(4))).await;
    let told = blurred(&reply);
    with_settings!({ sort_maps => true }, { assert_json_snapshot!("slots_found", told) });
    let question = pair.question().await;
    assert_eq!(question["purpose"], "to find 45 minutes, on 25 November 2026");
    assert_eq!(question["shown"], "which times suit you, on 25 November 2026: 4 at most");
    assert_eq!(question["asked_by"], "Ben");
}

#[actix_web::test]
async fn one_time_is_free_or_says_why_not_and_what_is_near() {
    let pair = Pair::new(availability()).await;
    pair.busy(&pair.ana, 1, "2026-11-25T09:00:00Z").await;
    let at = |start: &str| with(search(&[&pair.id]), "start", json!(start));
    let free = pair.post(&pair.ben, "/api/v1/slots/check", &at("2026-11-25T11:00:00+01:00")).await;
    assert_eq!(free.json(), json!({ "free": true, "why": [], "alternatives": [], "stale": false }));
    let taken = pair.post(&pair.ben, "/api/v1/slots/check", &at("2026-11-25T10:30:00+01:00")).await;
    let told = blurred(&taken);
    with_settings!({ sort_maps => true }, { assert_json_snapshot!("slots_taken", told) });
    for (start, field) in [(json!(null), "start"), (json!("2026-11-27T10:30:00+01:00"), "start")] {
        let refused =
            pair.post(&pair.ben, "/api/v1/slots/check", &with(search(&[&pair.id]), "start", start)).await;
        assert_eq!((refused.problem().as_str(), refused.json()["field"].as_str()), ("invalid", Some(field)));
    }
}

#[actix_web::test]
async fn no_grant_a_grant_of_the_wrong_direction_no_connection_and_one_that_is_over_are_refused_alike() {
    let pair = Pair::new(json!({ "scopes": ["profile.basic.read", "calendar.events.propose"] })).await;
    let blur = |reply: &Reply| {
        let mut body = reply.json();
        body["trace"] = "".into();
        body.to_string()
    };
    let nobody = "con_0123456789abcdef0123456789abcdef";
    let busy = |id: &str| {
        let span = "from=2026-11-25T00:00:00Z&to=2026-11-26T00:00:00Z";
        Ask::new("GET", format!("/api/v1/connections/{id}/busy?{span}")).bearer(&pair.ben)
    };
    let mut refusals = vec![
        pair.post(&pair.ben, "/api/v1/slots", &search(&[&pair.id])).await,
        pair.post(&pair.ben, "/api/v1/slots", &search(&[nobody])).await,
        pair.post(&pair.ben, "/api/v1/slots", &with(search(&[]), "optional", json!([pair.id]))).await,
        pair.w.ask(busy(nobody)).await,
    ];
    pair.grant(availability()).await;
    // Availability as slots alone is no view of busy time, and Ana has none of Ben's.
    refusals.push(pair.w.ask(busy(&pair.id)).await);
    refusals.push(pair.post(&pair.ana, "/api/v1/slots", &search(&[&pair.id])).await);
    // One of two is enough, and it is not said which.
    refusals.push(pair.post(&pair.ben, "/api/v1/slots", &search(&[&pair.id, nobody])).await);
    assert_eq!(
        pair.question().await["answered"],
        true,
        "what was answered is listed, whatever came of the whole"
    );
    pair.w.ask(Ask::new("DELETE", format!("/api/v1/connections/{}", pair.id)).bearer(&pair.ana)).await;
    refusals.push(pair.post(&pair.ben, "/api/v1/slots", &search(&[&pair.id])).await);
    refusals.push(pair.w.ask(busy(&pair.id)).await);
    let first = blur(&refusals[0]);
    assert_eq!(refusals[0].code, 403);
    assert!(refusals.iter().all(|one| blur(one) == first), "{refusals:?}");
}

#[actix_web::test]
async fn busy_time_is_shown_merged_where_it_is_revealed() {
    let pair = Pair::new(json!({ "scopes": ["calendar.availability.read"], "reveal": "busy" })).await;
    pair.busy(&pair.ana, 1, "2026-11-25T09:00:00Z").await;
    pair.busy(&pair.ana, 2, "2026-11-25T09:30:00Z").await;
    let path = format!("/api/v1/connections/{}/busy", pair.id);
    let span = "from=2026-11-25T00:00:00Z&to=2026-11-26T00:00:00Z";
    let reply = pair.w.ask(Ask::new("GET", format!("{path}?{span}")).bearer(&pair.ben)).await;
    assert_eq!(
        reply.json(),
        json!({
            "busy": [{ "start": "2026-11-25T09:00:00Z", "end": "2026-11-25T10:30:00Z" }],
            "known_until": "2026-11-26T00:00:00Z", "stale": false,
        })
    );
    assert_eq!(pair.question().await["shown"], "when you are busy, from 25 to 26 November 2026");
    for (query, field) in [
        ("", "from"),
        ("from=x&to=2026-11-26T00:00:00Z", "from"),
        ("from=2026-11-26T00:00:00Z&to=2026-11-25T00:00:00Z", "to"),
    ] {
        let refused = pair.w.ask(Ask::new("GET", format!("{path}?{query}")).bearer(&pair.ben)).await;
        assert_eq!((refused.problem().as_str(), refused.json()["field"].as_str()), ("invalid", Some(field)));
    }
}

#[actix_web::test]
async fn a_search_that_cannot_be_meant_is_refused_by_its_field_and_asks_nobody() {
    let pair = Pair::new(availability()).await;
    for (field, value) in [
        ("from", json!("tomorrow")),
        ("to", json!("2026-11-25T00:00:00+01:00")),
        ("to", json!("2027-11-25T00:00:00+01:00")),
        ("length_minutes", json!(1)),
        ("step_minutes", json!(11)),
        ("most", json!(501)),
        ("place", json!("moon")),
        ("prefer", json!("morning")),
        ("prefer_days", json!("tue")),
        ("start", json!("2026-11-25T10:00:00+01:00")),
        ("with", json!([pair.id, pair.id])),
        ("who", json!("ana")),
    ] {
        let refused =
            pair.post(&pair.ben, "/api/v1/slots", &with(search(&[&pair.id]), field, value.clone())).await;
        assert_eq!(refused.problem(), "invalid", "{field} {value}");
        assert_eq!(refused.json()["field"], field, "{}", refused.text);
    }
    assert_eq!(pair.question().await, Value::Null);
}

#[actix_web::test]
async fn questions_about_somebodys_time_run_out() {
    let pair = Pair::new(availability()).await;
    for _ in 0..60 {
        assert_eq!(pair.post(&pair.ben, "/api/v1/slots", &search(&[&pair.id])).await.code, 200);
    }
    let refused = pair.post(&pair.ben, "/api/v1/slots", &search(&[&pair.id])).await;
    assert_eq!((refused.problem().as_str(), refused.header("retry-after").is_some()), ("throttled", true));
    let alone = pair.post(&pair.ben, "/api/v1/slots", &search(&[])).await;
    assert_eq!(alone.code, 200, "one's own time costs nothing");
}

#[actix_web::test]
async fn rooms_and_things_are_made_by_administrators_and_found_with_people() {
    let pair = Pair::new(availability()).await;
    let admin = pair.w.token(None, &[Scope::Admin]).await;
    let new = json!({
        "name": "Garden room", "time_zone": "Europe/Paris",
        "hours": [["10:00-12:00"], ["10:00-12:00"], ["10:00-12:00"], [], [], [], []],
        "rules": { "buffer_after_minutes": 15 },
    });
    let make = Ask::new("POST", "/api/v1/agents").bearer(&admin).key("one").json(&new);
    let made = pair.w.ask(make.clone()).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!((made.code, made.header("location")), (201, Some(format!("/api/v1/agents/{id}").as_str())));
    assert_eq!(pair.w.ask(make).await.json()["id"], id, "the same key, the same room");
    let mut told = made.json();
    told["id"] = "agt_…".into();
    with_settings!({ sort_maps => true }, { assert_json_snapshot!("agent", told) });
    let wanted = with(search(&[&pair.id]), "resources", json!([id]));
    let found = pair.post(&pair.ben, "/api/v1/slots", &wanted).await.json();
    let starts: Vec<&str> =
        found["slots"].as_array().unwrap().iter().map(|slot| slot["start"].as_str().unwrap()).collect();
    assert_eq!(starts, ["2026-11-25T09:00:00Z", "2026-11-25T09:30:00Z", "2026-11-25T10:00:00Z"]);
    let change = json!({ "hours": null, "name": "Attic" });
    let path = format!("/api/v1/agents/{id}");
    let changed = pair.w.ask(Ask::new("PATCH", path.as_str()).bearer(&admin).json(&change)).await.json();
    assert_eq!(
        (&changed["name"], &changed["hours"], &changed["time_zone"]),
        (&json!("Attic"), &json!(null), &json!("Europe/Paris"))
    );
    let retired = pair.w.ask(Ask::new("DELETE", path.as_str()).bearer(&admin)).await.json();
    assert_eq!(retired["state"], "retired");
    assert_eq!(pair.post(&pair.ben, "/api/v1/slots", &wanted).await.code, 404);
    let list = pair.w.ask(Ask::new("GET", "/api/v1/agents").bearer(&pair.ben)).await.json();
    assert_eq!(list["agents"].as_array().unwrap().len(), 0, "and nobody sees it any more");
    let bad = json!({ "name": "Cellar", "rules": { "length": { "min": 60, "max": 30, "default": 30 } } });
    let refused = pair.w.ask(Ask::new("POST", "/api/v1/agents").bearer(&admin).json(&bad)).await;
    assert_eq!(
        (refused.problem().as_str(), refused.json()["field"].as_str()),
        ("invalid", Some("rules.length.max"))
    );
}
