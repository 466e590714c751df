//! The program in the rig: it comes up with real mail, stops when told to, and comes back.

use reqwest::Method;
use serde_json::json;

use crate::rig::{MailRig, Reply, Server};

#[tokio::test]
async fn the_server_comes_up_stops_and_comes_back() {
    let mail = MailRig::start();
    let mut server = Server::start(&mail);
    let token = server.token("admin");

    let health: Reply = server.fetch(Method::GET, "/healthz").await;
    assert_eq!((health.status, health.location), (200, None), "{}", server.log());
    let wrong = json!({ "title": "Practice Session" });
    assert_eq!(server.api(Method::POST, "/api/v1/meetings", &token, Some(&wrong)).await.status / 100, 4);
    let list = server.api(Method::GET, "/api/v1/meetings", &token, None).await;
    assert!(list.json().is_object() || list.json().is_array());

    server.kill9();
    server.restart();
    assert_eq!(server.api(Method::GET, "/api/v1/meetings", &token, None).await.status, 200);
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn a_strangers_mail_is_ignored_by_every_door() {
    let server = Server::start_with(None, |config| {
        config.insert("links".to_owned(), toml::Value::Table(toml::toml! { decision_hours = 24 }));
    });
    assert!(server.dir().join("config.toml").is_file());
    let raw = b"From: s@example.org\r\nTo: organizer@entente.test\r\nSubject: hello\r\nMessage-ID: <s@example.org>\r\n\r\nhi\r\n";
    let token = server.token("admin");
    let answer = server.inbound(&token, "organizer+x@entente.test", raw).await;
    assert_eq!(answer.json()["outcome"], "ignored");
    let told = server.cli_with(&["inbound", "ingest", "-"], raw);
    assert!(told.status.success(), "{told:?}");
}
