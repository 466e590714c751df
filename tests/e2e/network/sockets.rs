//! Two agents on `/live` by the official Socket.IO client, cut in the middle, and one shut out while its socket is open.

use reqwest::Method;
use serde_json::{Value, json};

use super::town::{AUTO, Town};
use crate::booking::{GUEST, HOST, Somebody};
use crate::rig::Node;

/// Registers a program of somebody's; gives its id, its key's id and the key.
async fn registered(town: &Town, who: Somebody, name: &str) -> [String; 3] {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let new = json!({ "kind": "personal", "name": name, "registration": {} });
    let id = text(&town.ok(who, Method::POST, "/agents", new).await["id"]);
    let key = json!({ "name": "Laptop", "scopes": ["messages.read", "messages.write", "sessions.read", "sessions.write"] });
    let made = town.ok(who, Method::POST, &format!("/agents/{id}/keys"), key).await;
    [id, text(&made["key"]["id"]), text(&made["secret"])]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_socket_io_client_talks_is_cut_resumes_decides_and_is_shut_out_with_its_key() {
    let mut town = Town::connected(AUTO).await;
    let (maya, max) = (registered(&town, HOST, "Maya").await, registered(&town, GUEST, "Max").await);
    let with = town.connection(HOST).await;
    let create = ["token", "create", "--name", "root", "--scope", "admin"];
    let root = tokio::task::block_in_place(|| town.server.cli_ok(&create));
    let root = root.lines().last().expect("a token").trim().to_owned();
    let keys = [("MAYA", maya[2].as_str()), ("MAX", max[2].as_str()), ("ROOT", root.as_str())];
    let environment = [&keys[..], &[("MAX_ID", max[0].as_str()), ("WITH", with.as_str())]].concat();
    let mut node = tokio::task::block_in_place(|| {
        let mut node = Node::start("live.cjs", &town.server.url(), &environment);
        for line in ["registered", "talked", "resumed", "decided", "announced", "ready"] {
            node.wait_for_line(line);
        }
        node
    });
    let presence = town.get(GUEST, &format!("/agents/{}/presence", max[0])).await;
    assert_eq!(presence["presence"], "busy", "an open socket keeps how its agent said that it is");
    town.ok(GUEST, Method::DELETE, &format!("/agents/{}/keys/{}", max[0], max[1]), Value::Null).await;
    tokio::task::block_in_place(|| {
        node.wait_for_line("revoked");
        assert_eq!(town.server.stop(), Some(0));
        node.wait_for_line("closed");
    });
}
