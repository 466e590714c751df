//! What webhooks are told of conversations: to whom, and nothing that anybody said.

use serde_json::{Value, json};

use crate::api_world::Ask;
use crate::http_server::HttpServer;
use crate::webhooks::{Hooks, receiver};

/// What somebody was told, oldest first: the kind, and the agent that it names.
fn told(server: &HttpServer) -> Vec<(String, Value)> {
    let read = |body: &str| serde_json::from_str::<Value>(body).expect("JSON");
    let all = server.calls().into_iter().map(|call| read(&call.body));
    all.map(|one| (one["type"].as_str().expect("a type").to_owned(), one["data"]["agent"].clone())).collect()
}

fn kinds(server: &HttpServer) -> Vec<String> {
    told(server).into_iter().map(|(kind, _)| kind.trim_start_matches("conversation.").to_owned()).collect()
}

/// Ana, who is connected with Ben and Cleo; Dan belongs to nothing of it. Each has a webhook for conversations.
struct Four {
    h: Hooks,
    ben: String,
    cleo: String,
    connections: [String; 2],
    servers: [HttpServer; 4],
}

impl Four {
    async fn new() -> Self {
        let h = Hooks::new().await;
        let ben = h.w.member("ben@example.net", "Ben").await;
        let cleo = h.w.member("cleo@example.com", "Cleo").await;
        let dan = h.w.member("dan@example.com", "Dan").await;
        let servers =
            [receiver(vec![]).await, receiver(vec![]).await, receiver(vec![]).await, receiver(vec![]).await];
        for (token, server) in [&h.ana, &ben, &cleo, &dan].into_iter().zip(&servers) {
            h.add(token, &server.url("/in"), &["conversation.*"]).await;
        }
        let mut connections = Vec::new();
        for (token, email) in [(&ben, "ben@example.net"), (&cleo, "cleo@example.com")] {
            let asked = done(&h, &h.ana, "POST", "/api/v1/connections", json!({ "email": email })).await;
            let id = asked["id"].as_str().expect("an id").to_owned();
            done(&h, token, "POST", &format!("/api/v1/connections/{id}/accept"), Value::Null).await;
            connections.push(id);
        }
        let connections = connections.try_into().expect("two");
        Self { h, ben, cleo, connections, servers }
    }

    /// Ana begins one; gives its path.
    async fn begin(&self, with: &[&str]) -> String {
        let new =
            json!({ "with": with, "about": "social", "topic": "Cellos", "rights": { "calendar": true } });
        let begun = done(&self.h, &self.h.ana, "POST", "/api/v1/conversations", new).await;
        format!("/api/v1/conversations/{}", begun["id"].as_str().expect("an id"))
    }
}

async fn done(h: &Hooks, token: &str, method: &str, path: &str, body: Value) -> Value {
    let ask = Ask::new(method, path).bearer(token);
    let reply = h.w.ask(if body.is_null() { ask } else { ask.json(&body) }).await;
    assert!(reply.code < 300, "{path}: {} {}", reply.code, reply.text);
    if reply.code == 204 { Value::Null } else { reply.json() }
}

#[tokio::test]
async fn those_who_are_in_a_conversation_are_told_when_it_begins_narrows_and_ends_and_nobody_else_is() {
    let t = Four::new().await;
    let [anas, bens, cleos, dans] = &t.servers;
    let [with_ben, with_cleo] = &t.connections;
    let talk = t.begin(&[with_ben, with_cleo]).await;
    t.h.work().await;
    for server in [anas, bens, cleos] {
        assert_eq!(kinds(server), ["begun"], "each once");
    }
    assert_ne!(told(bens)[0].1, told(cleos)[0].1, "each of their own agent");
    done(&t.h, &t.ben, "PUT", &format!("{talk}/rights"), json!({ "calendar": false })).await;
    done(&t.h, &t.cleo, "POST", &format!("{talk}/close"), Value::Null).await;
    t.h.work().await;
    done(&t.h, &t.h.ana, "POST", &format!("{talk}/close"), Value::Null).await;
    t.h.work().await;
    let all = ["begun", "narrowed", "left", "closed"];
    assert_eq!(
        (kinds(anas), kinds(bens)),
        (all.map(str::to_owned).to_vec(), all.map(str::to_owned).to_vec())
    );
    assert_eq!(kinds(cleos), ["begun"], "she had left before anything more was read");
    assert!(dans.calls().is_empty());
    for call in t.servers.iter().flat_map(HttpServer::calls) {
        for word in ["Cellos", "Ana", "Ben", "Cleo", "@", "calendar"] {
            assert!(!call.body.contains(word), "{word}: {}", call.body);
        }
    }
}

#[tokio::test]
async fn a_program_is_told_of_the_conversations_that_it_is_in_itself_and_of_no_others_of_its_owner() {
    let t = Four::new().await;
    let mut programs = Vec::new();
    for (kind, name) in [("personal", "Max"), ("service", "Rex")] {
        let new = json!({ "kind": kind, "name": name });
        let id = done(&t.h, &t.ben, "POST", "/api/v1/agents", new).await["id"].clone();
        let server = receiver(vec![]).await;
        let new = json!({ "url": server.url("/in"), "kinds": ["conversation.*"], "agent": id });
        done(&t.h, &t.ben, "POST", "/api/v1/webhooks", new).await;
        programs.push((id.as_str().expect("an id").to_owned(), server));
    }
    let (rex, rexs) = &programs[1];
    let talk = t.begin(&[rex]).await;
    done(&t.h, &t.h.ana, "POST", &format!("{talk}/close"), Value::Null).await;
    t.h.work().await;
    // That it began is read when it is over, and told all the same: who is in it is known still.
    assert_eq!(kinds(rexs), ["begun", "closed"]);
    assert_eq!(told(rexs)[0].1, json!(rex));
    assert!(programs[0].1.calls().is_empty(), "Max is in none");
    assert_eq!(kinds(&t.servers[1]), ["begun", "closed"]);
}
