//! Live: a stream of notices that the house breaks off, by a kill in the middle, goes on where it was, at the next one.

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::town::Town;
use crate::booking::{GUEST, HOST};
use crate::rig::PATIENCE;

/// A stream, read event by event.
struct Stream {
    response: Response,
    read: String,
}

impl Stream {
    async fn open(town: &Town, since: Option<i64>) -> Self {
        let client = Client::builder().no_proxy().build().expect("an HTTP client");
        let mut request = client.get(format!("{}/events", town.server.url())).bearer_auth(town.token(HOST));
        if let Some(since) = since {
            request = request.header("Last-Event-ID", since.to_string());
        }
        let response = request.send().await.expect("the house answers");
        assert_eq!(response.status(), 200);
        Self { response, read: String::new() }
    }

    /// What comes next; nothing, where the stream broke off.
    async fn next(&mut self) -> Option<(i64, String, Value)> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .unwrap_or_default()
                        .trim()
                        .to_owned()
                };
                let Ok(id) = field("id:").parse() else { continue };
                return Some((id, field("event:"), serde_json::from_str(&field("data:")).expect("JSON")));
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("something comes");
            let chunk = chunk.ok().flatten()?;
            self.read.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// The next notice: its place and its kind.
    async fn notice(&mut self) -> Option<(i64, String)> {
        loop {
            let (id, name, data) = self.next().await?;
            if name == "notice" {
                return Some((id, data["kind"].as_str().unwrap_or_default().to_owned()));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_breaks_off_by_a_kill_goes_on_where_it_was_with_nothing_skipped_and_nothing_twice() {
    let mut town = Town::strangers().await;
    let mut stream = Stream::open(&town, None).await;
    let (id, name, _) = stream.next().await.expect("where it stands");
    assert_eq!((id, name.as_str()), (0, "unread"));
    // Ben asks, Mara hears of it as it happens; then the house is gone in the middle.
    town.ok(GUEST, Method::POST, "/connections", json!({ "email": HOST.address() })).await;
    assert_eq!(stream.notice().await, Some((1, "connection.invited".to_owned())));
    town.server.kill9();
    assert_eq!(stream.notice().await, None, "it broke off");
    tokio::task::block_in_place(|| town.server.restart());

    // What happens while nobody listens waits for whoever comes again.
    let connection = town.connection(HOST).await;
    town.ok(HOST, Method::POST, &format!("/connections/{connection}/accept"), Value::Null).await;
    town.ok(GUEST, Method::DELETE, &format!("/connections/{connection}"), Value::Null).await;
    town.notice(HOST, "connection.revoked").await;
    let mut again = Stream::open(&town, Some(1)).await;
    assert_eq!(again.notice().await, Some((2, "connection.revoked".to_owned())));
    let mut whole = Stream::open(&town, Some(0)).await;
    assert_eq!(whole.notice().await.map(|(place, _)| place), Some(1));
    assert_eq!(whole.notice().await.map(|(place, _)| place), Some(2));
    // And it is live again.
    town.ok(GUEST, Method::POST, "/connections", json!({ "email": HOST.address() })).await;
    for stream in [&mut again, &mut whole] {
        assert_eq!(stream.notice().await, Some((3, "connection.invited".to_owned())));
    }
}
