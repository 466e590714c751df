//! Agents that write to each other over the API: two programs, one of them asleep most of the time.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::config::Config;
use serde_json::{Value, json};

use crate::api_world::{Ask, Reply, World};

/// Ana and Ben, connected, each with a program: Maya is Ana's, Max is Ben's.
pub(crate) struct Two {
    pub(crate) w: World,
    pub(crate) ana: String,
    pub(crate) ben: String,
    pub(crate) connection: String,
    pub(crate) maya: Program,
    pub(crate) max: Program,
}

/// A program, with a token that is good.
pub(crate) struct Program {
    pub(crate) id: String,
    pub(crate) token: String,
}

const SCOPES: &[&str] = &["messages.read", "messages.write", "agents.read"];

impl Two {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        // Programs that say much to each other, in as many conversations as the house allows.
        let w = World::with(|config| {
            config.agents.conversations_usual = config.agents.conversations_max;
            change(config);
        });
        let ana = w.member("ana@example.org", "Ana").await;
        let ben = w.member("ben@example.net", "Ben").await;
        let connection = w.connected(&ana, &ben).await;
        let maya = program(&w, &ana, "Maya").await;
        let max = program(&w, &ben, "Max").await;
        Self { w, ana, ben, connection, maya, max }
    }

    pub(crate) async fn ask(
        &self,
        method: &'static str,
        path: impl Into<String>,
        token: &str,
        body: &Value,
    ) -> Reply {
        ask(&self.w, method, path, token, body).await
    }

    /// As [`Self::ask`], for what must come about.
    pub(crate) async fn done(
        &self,
        method: &'static str,
        path: impl Into<String>,
        token: &str,
        body: &Value,
    ) -> Value {
        done(&self.w, method, path, token, body).await
    }

    /// A conversation that Maya begins with Max; gives its id.
    pub(crate) async fn talk(&self, more: &Value) -> String {
        let mut new = json!({ "with": [self.max.id], "about": "information" });
        for (name, value) in more.as_object().into_iter().flatten() {
            new[name] = value.clone();
        }
        let begun = self.done("POST", "/api/v1/conversations", &self.maya.token, &new).await;
        begun["id"].as_str().unwrap().to_owned()
    }

    /// Maya says something to Max; gives what was answered.
    pub(crate) async fn say(&self, conversation: &str, body: &Value) -> Value {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        self.done("POST", path, &self.maya.token, body).await
    }

    /// What Max is handed.
    pub(crate) async fn inbox(&self) -> Vec<Value> {
        let path = format!("/api/v1/agents/{}/inbox", self.max.id);
        let given = self.done("GET", path, &self.max.token, &Value::Null).await;
        given["messages"].as_array().unwrap().clone()
    }

    /// Answers what Max was handed.
    pub(crate) async fn answer(&self, verb: &str, handed: &Value, more: &Value) -> Reply {
        let mut body = json!({ "lease": handed["lease"] });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let path = format!("/api/v1/deliveries/{}/{verb}", handed["delivery"].as_str().unwrap());
        self.ask("POST", path, &self.max.token, &body).await
    }

    /// What became of what Maya sent: kinds and reasons.
    pub(crate) async fn receipts(&self) -> Vec<String> {
        receipts(&self.w, &self.maya).await
    }
}

pub(crate) async fn ask(
    w: &World,
    method: &'static str,
    path: impl Into<String>,
    token: &str,
    body: &Value,
) -> Reply {
    let ask = Ask::new(method, path.into()).bearer(token);
    w.ask(if body.is_null() { ask } else { ask.json(body) }).await
}

pub(crate) async fn done(
    w: &World,
    method: &'static str,
    path: impl Into<String>,
    token: &str,
    body: &Value,
) -> Value {
    let reply = ask(w, method, path, token, body).await;
    assert!(reply.code < 300, "{} {}", reply.code, reply.text);
    if reply.code == 204 { Value::Null } else { reply.json() }
}

/// What became of what a program sent: kinds and reasons.
pub(crate) async fn receipts(w: &World, of: &Program) -> Vec<String> {
    let told = done(w, "GET", format!("/api/v1/agents/{}/receipts", of.id), &of.token, &Value::Null).await;
    let word = |one: &Value| match one["reason"].as_str() {
        Some(reason) => format!("{} ({reason})", one["kind"].as_str().expect("a kind")),
        None => one["kind"].as_str().expect("a kind").to_owned(),
    };
    told["receipts"].as_array().expect("a list").iter().map(word).collect()
}

/// A program of whose token it is, that has given a sign of life.
pub(crate) async fn program(w: &World, owner: &str, name: &str) -> Program {
    program_for(w, owner, name, SCOPES).await
}

/// The same, for these scopes.
pub(crate) async fn program_for(w: &World, owner: &str, name: &str, scopes: &[&str]) -> Program {
    let new = json!({ "kind": "personal", "name": name, "registration": {} });
    let made = done(w, "POST", "/api/v1/agents", owner, &new).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let key = json!({ "name": "Laptop", "scopes": scopes });
    let key = done(w, "POST", format!("/api/v1/agents/{id}/keys"), owner, &key).await;
    let issued = done(w, "POST", "/api/v1/agents/token", key["secret"].as_str().unwrap(), &json!({})).await;
    let token = issued["access_token"].as_str().unwrap().to_owned();
    done(w, "POST", format!("/api/v1/agents/{id}/heartbeat"), &token, &json!({})).await;
    Program { id, token }
}

pub(crate) fn request(text: &str) -> Value {
    json!({ "type": "request", "text": text })
}

/// What they say, in order.
pub(crate) fn texts(handed: &[Value]) -> Vec<&str> {
    handed.iter().map(|one| one["message"]["body"]["text"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn two_programs_write_to_each_other_and_each_knows_what_became_of_it() {
    let two = Two::new().await;
    let talk = two.talk(&json!({ "topic": "A room for Friday" })).await;
    let sent = two.say(&talk, &request("Is there a room? Write to ana@example.org.")).await;
    assert_eq!((&sent["place"], &sent["deliveries"][0]["state"]), (&json!(1), &json!("queued")));

    let handed = two.inbox().await;
    assert_eq!(texts(&handed), ["Is there a room? Write to [address removed]"]);
    assert_eq!(
        (&handed[0]["message"]["from"], &handed[0]["message"]["type"], &handed[0]["attempt"]),
        (&json!(two.maya.id), &json!("request"), &json!(1))
    );
    let path = format!("/api/v1/conversations/{talk}/messages");
    let answer = json!({ "type": "response", "text": "There is.", "answers": handed[0]["message"]["id"] });
    two.done("POST", path.clone(), &two.max.token, &answer).await;
    assert_eq!(two.answer("ack", &handed[0], &Value::Null).await.json()["state"], "delivered");
    assert!(two.inbox().await.is_empty());
    assert_eq!(two.receipts().await, ["delivered", "processed"]);

    let inbox = format!("/api/v1/agents/{}/inbox", two.maya.id);
    let got = two.done("GET", inbox, &two.maya.token, &Value::Null).await;
    assert_eq!(got["messages"][0]["message"]["body"]["text"], "There is.");
    let said = two.done("GET", path, &two.maya.token, &Value::Null).await;
    assert_eq!(said["messages"].as_array().unwrap().len(), 2);
    let message = sent["id"].as_str().unwrap();
    let route =
        two.done("GET", format!("/api/v1/messages/{message}/route"), &two.maya.token, &Value::Null).await;
    assert_eq!(
        (&route["deliveries"][0]["state"], &route["deliveries"][0]["road"]),
        (&json!("delivered"), &Value::Null)
    );
    // It is its sender's to know.
    let theirs =
        two.ask("GET", format!("/api/v1/messages/{message}/route"), &two.max.token, &Value::Null).await;
    assert_eq!(theirs.code, 404);
}
