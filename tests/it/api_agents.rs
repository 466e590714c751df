//! Programs as agents over the API: registered, proven, playing, and ended; found by whoever may.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente::base::time::MINUTE;
use entente::queue;
use entente::sessions;
use insta::{assert_json_snapshot, assert_snapshot};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::api_sessions::blurred;
use crate::api_world::{Ask, Reply, World};

/// Ana and Ben, connected; Ben lets Ana's agent propose and book by itself, and runs a program.
struct Pair {
    w: World,
    ana: String,
    ben: String,
    connection: String,
}

const AUTO: &[&str] = &[
    "calendar.availability.read",
    "calendar.events.propose",
    "calendar.events.write.confirm",
    "calendar.events.write.auto",
];
const PLAYS: &[&str] = &["sessions.read", "sessions.write", "calendar.read"];

impl Pair {
    async fn new() -> Self {
        let w = World::new();
        let ana = w.member("ana@example.org", "Ana").await;
        let ben = w.member("ben@example.net", "Ben").await;
        let connection = w.connected(&ana, &ben).await;
        let pair = Self { w, ana, ben, connection };
        let grant = json!({ "scopes": AUTO, "constraints": { "notice_minutes": 0 } });
        let path = format!("/api/v1/connections/{}/grants", pair.connection);
        let reply = pair.w.ask(Ask::new("PUT", path).bearer(&pair.ben).json(&grant)).await;
        assert_eq!(reply.code, 200, "{}", reply.text);
        pair
    }

    async fn ask(&self, method: &'static str, path: impl Into<String>, token: &str, body: &Value) -> Reply {
        let ask = Ask::new(method, path.into()).bearer(token);
        self.w.ask(if body.is_null() { ask } else { ask.json(body) }).await
    }

    /// As [`Self::ask`], for what must come about.
    async fn done(&self, method: &'static str, path: impl Into<String>, token: &str, body: &Value) -> Value {
        let reply = self.ask(method, path, token, body).await;
        assert!(reply.code < 300, "{} {}", reply.code, reply.text);
        if reply.code == 204 { Value::Null } else { reply.json() }
    }

    /// Registers Ben's program, with a key for what is said; gives its id and the key's secret.
    async fn max(&self, scopes: &[&str]) -> (String, String) {
        let new = json!({ "kind": "personal", "name": "Max", "registration": { "discoverable": true } });
        let max = self.done("POST", "/api/v1/agents", &self.ben, &new).await;
        let id = max["id"].as_str().unwrap().to_owned();
        let key = json!({ "name": "Laptop", "scopes": scopes });
        let made = self.done("POST", format!("/api/v1/agents/{id}/keys"), &self.ben, &key).await;
        (id, made["secret"].as_str().unwrap().to_owned())
    }

    async fn token(&self, key: &str) -> String {
        let issued = self.done("POST", "/api/v1/agents/token", key, &json!({})).await;
        assert_eq!((&issued["token_type"], &issued["expires_in"]), (&json!("Bearer"), &json!(900)));
        issued["access_token"].as_str().unwrap().to_owned()
    }

    async fn start(&self) -> String {
        let new = json!({
            "with": [self.connection], "purpose": "Budget", "length_minutes": 45,
            "from": "2026-11-25T00:00:00+01:00", "to": "2026-11-27T00:00:00+01:00",
        });
        let session = self.done("POST", "/api/v1/sessions", &self.ana, &new).await;
        self.let_agents_speak().await;
        session["id"].as_str().unwrap().to_owned()
    }

    async fn let_agents_speak(&self) {
        loop {
            let work = |cx: &mut entente::store::Cx<'_>| {
                let leases = queue::claim(cx, sessions::AGENTS, 10, MINUTE)?;
                for lease in &leases {
                    sessions::step(cx, lease)?;
                }
                Ok(leases.len())
            };
            if self.w.write(work).await == 0 {
                return;
            }
        }
    }
}

#[actix_web::test]
async fn somebodys_own_program_registers_proves_itself_and_plays_a_session_to_its_end() {
    let pair = Pair::new().await;
    let new = json!({
        "kind": "personal", "name": "Max",
        "registration": { "about": "Plans for Ben. Write to ben@example.net.", "preferences": { "privacy": "open" } },
    });
    let registered = pair.done("POST", "/api/v1/agents", &pair.ben, &new).await;
    assert_json_snapshot!(blurred(registered.clone()));
    let id = registered["id"].as_str().unwrap();
    let key = json!({ "name": "Laptop", "scopes": PLAYS });
    let made = pair.done("POST", format!("/api/v1/agents/{id}/keys"), &pair.ben, &key).await;
    assert_json_snapshot!(blurred(made.clone()));
    let token = pair.token(made["secret"].as_str().unwrap()).await;
    let beat = pair.done("POST", format!("/api/v1/agents/{id}/heartbeat"), &token, &json!({})).await;
    assert_eq!((&beat["presence"], &beat["heartbeat_seconds"]), (&json!("online"), &json!(30)));

    let session = pair.start().await;
    let listed = pair.done("GET", "/api/v1/sessions", &token, &Value::Null).await;
    let mine = listed["sessions"][0]["parties"].as_array().unwrap().iter().find(|one| one["name"] == "Ben");
    let mine = mine.unwrap();
    assert_eq!((&mine["agent"], &mine["awaited"]), (&json!(id), &json!(true)));
    let other = json!({ "type": "counter", "slots": [
        { "start": "2026-11-26T15:00:00+01:00", "end": "2026-11-26T15:45:00+01:00" },
    ]});
    let path = format!("/api/v1/sessions/{session}/messages");
    let countered = pair.done("POST", path.clone(), &token, &other).await;
    let proposals = countered["proposals"].as_array().unwrap();
    let proposal = proposals.iter().find(|one| one["state"] == "open").unwrap()["id"].clone();
    pair.let_agents_speak().await;
    let accept = json!({ "type": "accept", "proposal": proposal });
    let booked = pair.done("POST", path.clone(), &token, &accept).await;
    assert_eq!((&booked["state"], booked["meeting"].is_string()), (&json!("confirmed"), true));
    let transcript = pair.done("GET", path, &pair.ana, &Value::Null).await;
    let said: Vec<String> = transcript["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} by {}", one["type"], if one["agent"] == *id { "Max" } else { "another" }))
        .collect();
    assert_snapshot!(said.join("\n"));
}

#[actix_web::test]
async fn anybody_can_check_a_token_with_the_published_keys_and_a_changed_one_does_not_pass() {
    let pair = Pair::new().await;
    let (id, key) = pair.max(PLAYS).await;
    let token = pair.token(&key).await;
    let set = pair.done("GET", "/.well-known/jwks.json", "", &Value::Null).await;
    let key = &set["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"),)
    );
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let header: Value = serde_json::from_slice(&decoded(parts[0])).unwrap();
    assert_eq!(
        (&header["typ"], &header["alg"], &header["kid"]),
        (&json!("at+jwt"), &json!("EdDSA"), &key["kid"])
    );
    let public = UnparsedPublicKey::new(&ED25519, decoded(key["x"].as_str().unwrap()));
    let signed = format!("{}.{}", parts[0], parts[1]);
    public.verify(signed.as_bytes(), &decoded(parts[2])).unwrap();
    let claims: Value = serde_json::from_slice(&decoded(parts[1])).unwrap();
    assert_eq!((&claims["sub"], &claims["iss"]), (&json!(id), &claims["aud"]));
    // Somebody makes it say more than was signed.
    let mut more = claims;
    more["scope"] = json!("admin");
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(more.to_string()), parts[2]);
    assert_eq!(pair.ask("GET", "/api/v1/sessions", &forged, &Value::Null).await.code, 401);
    assert_eq!(pair.ask("GET", "/api/v1/sessions", &token, &Value::Null).await.code, 200);
}

#[actix_web::test]
async fn a_key_that_is_taken_back_ends_its_tokens_at_once_and_says_no_more_than_any_bad_one() {
    let pair = Pair::new().await;
    let (id, key) = pair.max(PLAYS).await;
    let token = pair.token(&key).await;
    let keys = pair.done("GET", format!("/api/v1/agents/{id}/keys"), &pair.ben, &Value::Null).await;
    assert!(!keys.to_string().contains(&key));
    let path = format!("/api/v1/agents/{id}/keys/{}", keys["keys"][0]["id"].as_str().unwrap());
    pair.done("DELETE", path, &pair.ben, &Value::Null).await;
    let told = |reply: Reply| (reply.code, blurred(reply.json()).to_string());
    let ended = told(pair.ask("GET", "/api/v1/sessions", &token, &Value::Null).await);
    let never = told(pair.ask("GET", "/api/v1/sessions", "aaa.bbb.ccc", &Value::Null).await);
    assert_eq!((ended.0, &ended), (401, &never));
    assert_eq!(pair.ask("POST", "/api/v1/agents/token", &key, &json!({})).await.code, 401);
}

#[actix_web::test]
async fn a_key_is_no_token_and_whoever_sends_it_is_told_what_to_do_with_it() {
    let pair = Pair::new().await;
    let (_, key) = pair.max(PLAYS).await;
    let reply = pair.ask("GET", "/api/v1/sessions", &key, &Value::Null).await;
    assert_json_snapshot!(blurred(reply.json()));
}

#[actix_web::test]
async fn a_program_does_what_its_token_is_for_and_nothing_that_makes_it_more() {
    let pair = Pair::new().await;
    let wide = [
        "sessions.read",
        "connections.read",
        "agents.read",
        "profile.read",
        "meetings.read",
        "notices.write",
        "booking.write",
    ];
    let (id, key) = pair.max(&wide).await;
    let reserves = json!({ "registration": { "capabilities": { "reserve": true } } });
    pair.done("PATCH", format!("/api/v1/agents/{id}"), &pair.ben, &reserves).await;
    let token = pair.token(&key).await;
    let grant = json!({ "scopes": AUTO });
    let connection = format!("/api/v1/connections/{}", pair.connection);
    let grants = format!("{connection}/grants");
    let agent = format!("/api/v1/agents/{id}");
    for (method, path, body, code) in [
        ("GET", "/api/v1/profile".to_owned(), Value::Null, 200),
        ("GET", "/api/v1/meetings".to_owned(), Value::Null, 200),
        ("GET", agent.clone(), Value::Null, 200),
        // Whom its owner knows, and what they may know, is for its owner to say.
        ("GET", connection.clone(), Value::Null, 200),
        ("PUT", grants, grant, 403),
        ("POST", "/api/v1/connections".to_owned(), json!({ "email": "zoe@example.com" }), 403),
        ("POST", format!("{connection}/decline"), json!({}), 403),
        ("POST", format!("{connection}/block"), json!({}), 403),
        ("DELETE", format!("{connection}/block"), Value::Null, 403),
        ("DELETE", connection.clone(), Value::Null, 403),
        ("PATCH", "/api/v1/profile".to_owned(), json!({ "name": "Max" }), 403),
        ("GET", "/api/v1/profile/export".to_owned(), Value::Null, 403),
        // So are the times that anybody may book, and what is mailed.
        ("POST", "/api/v1/booking-links".to_owned(), json!({ "title": "A chat" }), 403),
        ("PUT", "/api/v1/notices/preferences".to_owned(), json!({ "digest_at": "09:00" }), 403),
        ("PATCH", agent.clone(), json!({ "name": "Maximus" }), 403),
        ("POST", format!("{agent}/keys"), json!({ "name": "More", "scopes": ["sessions.write"] }), 403),
        ("POST", "/api/v1/sessions".to_owned(), json!({}), 403),
        ("POST", "/api/v1/tokens".to_owned(), json!({ "name": "t", "scopes": ["meetings.read"] }), 403),
        ("DELETE", agent.clone(), Value::Null, 403),
    ] {
        let reply = pair.ask(method, path.clone(), &token, &body).await;
        assert_eq!(reply.code, code, "{method} {path}: {}", reply.text);
    }
    // A token for connections shows no times, if it is an agent's.
    let busy = format!("{connection}/busy?from=2026-11-25T00:00:00Z&to=2026-11-26T00:00:00Z");
    let reply = pair.ask("GET", busy, &token, &Value::Null).await;
    assert_eq!((reply.code, reply.text.contains("it lacks calendar.read")), (403, true), "{}", reply.text);
    for scope in ["admin", "agents.write", "profile.write", "calendar.write", "connections.write", "nonsense"]
    {
        let key = json!({ "name": "More", "scopes": [scope] });
        let reply = pair.ask("POST", format!("{agent}/keys"), &pair.ben, &key).await;
        assert_eq!((reply.code, &reply.json()["field"]), (400, &json!("scopes[0]")), "{}", reply.text);
    }
}

#[actix_web::test]
async fn an_agent_is_found_by_whoever_reaches_it_and_shows_nothing_of_its_owner() {
    let pair = Pair::new().await;
    pair.max(PLAYS).await;
    let mine = pair.done("GET", "/api/v1/agents", &pair.ben, &Value::Null).await;
    let max = mine["agents"].as_array().unwrap().iter().find(|one| one["name"] == "Max").unwrap().clone();
    let handle = max["registration"]["handle"].as_str().unwrap();
    let path = format!("/api/v1/agents/found?handle={handle}");
    let face = pair.done("GET", path.clone(), &pair.ana, &Value::Null).await;
    assert_json_snapshot!(blurred(face.clone()));
    assert!(!face.to_string().contains("example.net") && !face.to_string().contains("usr_"));
    let sharing = pair.done("GET", "/api/v1/agents/sharing", &pair.ana, &Value::Null).await;
    assert_eq!(sharing["agents"], json!([face]));
    // Max gave no sign of life yet.
    for (presence, is_shown) in [("offline", true), ("online", false), ("away", false)] {
        let sharing = format!("/api/v1/agents/sharing?presence={presence}");
        let shown = pair.done("GET", sharing, &pair.ana, &Value::Null).await;
        assert_eq!(shown["agents"] == json!([face]), is_shown, "{presence}: {shown}");
        let found = pair.ask("GET", format!("{path}&presence={presence}"), &pair.ana, &Value::Null).await;
        assert_eq!(found.code, if is_shown { 200 } else { 404 }, "{presence}");
    }
    for wrong in
        [path.clone() + "&", "/api/v1/agents/sharing?".to_owned(), "/api/v1/roles/rol_0/agents?".to_owned()]
    {
        let reply = pair.ask("GET", format!("{wrong}presence=asleep"), &pair.ana, &Value::Null).await;
        let is_role = wrong.contains("/roles/");
        assert_eq!(reply.code, if is_role { 404 } else { 400 }, "{wrong}: {}", reply.text);
    }
    let zoe = pair.w.member("zoe@example.com", "Zoe").await;
    let told = |reply: Reply| (reply.code, blurred(reply.json()).to_string().replace(handle, "h"));
    let stranger = told(pair.ask("GET", path, &zoe, &Value::Null).await);
    let nobody = told(pair.ask("GET", "/api/v1/agents/found?handle=h", &zoe, &Value::Null).await);
    assert_eq!((stranger.0, &stranger), (404, &nobody));
}
