//! What a program does too much of on a socket counts as it does over calls.

use entente::web::live::sockets::Tempo;
use serde_json::{Value, json};

use crate::api_messages::{Two, request};
use crate::live_socket::House;

#[actix_web::test]
async fn events_that_come_too_soon_count_as_calls_do_and_shut_the_agent_and_its_sockets_out() {
    let two = Two::with(|config| {
        config.agents.floods_per_hour = 4;
        // To begin the conversation is one of them.
        config.agents.burst = 2;
    })
    .await;
    let talk = two.talk(&json!({})).await;
    let house = House::of(two, Tempo::default());
    let (two, maya) = (&house.two, &house.two.maya);
    let (mut socket, _) = house.socket(maya, None).await;
    let new = json!({ "conversation": talk, "type": "request", "text": "Now!" });
    socket.done("ai:message", &new).await;
    // Two calls and one event are refused: one less than is too much.
    let path = format!("/api/v1/conversations/{talk}/messages");
    for _ in 0..2 {
        assert_eq!(two.ask("POST", path.clone(), &maya.token, &request("Now!")).await.code, 429);
    }
    let refused = socket.ask("ai:message", &new).await;
    assert_eq!(refused["error"]["status"], 429, "{refused}");
    let health = format!("/api/v1/agents/{}/health", maya.id);
    assert_eq!(two.done("GET", health.clone(), &two.ana, &Value::Null).await["shut_out"], Value::Null);
    assert_eq!(socket.ask("ai:message", &new).await["error"]["status"], 429);
    // The fourth was an event: the line is cut, and its token is good for nothing.
    socket.end().await;
    house.until_sockets(0).await;
    let seen = two.done("GET", health, &two.ana, &Value::Null).await;
    assert_eq!(seen["shut_out"]["reason"], "floods", "{seen}");
    let refused = two.ask("GET", "/api/v1/conversations", &maya.token, &Value::Null).await;
    assert_eq!((refused.code, refused.problem().as_str()), (403, "agent.shut-out"));
    house.close().await;
}
