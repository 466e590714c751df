//! Invite: A asks B; B hears of it, in the house and by mail, and accepts; A hears of that. Each writes their own grant.

use reqwest::Method;
use serde_json::{Value, json};

use super::town::{AUTO, CONFIRM, Town};
use crate::booking::{GUEST, HOST, assert_no_trace};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_mailed_accepted_and_told_back_and_each_side_grants_for_itself() {
    let town = Town::strangers().await;
    let words = json!({ "email": GUEST.address(), "words": "Shall our calendars find the times?" });
    town.ok(HOST, Method::POST, "/connections", words).await;
    // What Mara grants before he accepts stays hers.
    town.grants(HOST, AUTO).await;
    let id = town.connection(HOST).await;
    let given = town.get(HOST, &format!("/connections/{id}/grants")).await["given"].clone();

    let asked = town.mail_to(GUEST, "asks to connect");
    assert_no_trace(&asked, &[HOST]);
    assert!(asked.text().contains("Mara Ames asks to connect with you."), "{}", asked.text());
    let notice = town.notice(GUEST, "connection.invited").await;
    assert_eq!((&notice["waits"], &notice["read"]), (&json!(true), &Value::Null), "{notice}");
    assert!(!notice.to_string().contains(HOST.user), "{notice}");
    // The mail leads to where it can be accepted, and looking at it accepts nothing.
    assert!(
        asked.links().iter().any(|link| link.ends_with(&format!("/connections/{id}"))),
        "{:?}",
        asked.links()
    );
    let waiting = town.get(GUEST, &format!("/connections/{id}")).await;
    assert_ne!(waiting["state"], "connected", "{waiting}");

    town.ok(GUEST, Method::POST, &format!("/connections/{id}/accept"), Value::Null).await;
    let told = town.mail_to(HOST, "accepted");
    assert_no_trace(&told, &[GUEST]);
    let notice = town.notice(HOST, "connection.accepted").await;
    assert!(notice["text"].as_str().is_some_and(|text| text.contains("Ben Frost")), "{notice}");
    assert!(!town.notice(GUEST, "connection.invited").await["waits"].as_bool().unwrap_or(true));

    let both = town.get(GUEST, &format!("/connections/{id}/grants")).await;
    assert_eq!(both["given"]["scopes"], json!([]), "accepting grants nothing");
    town.grants(GUEST, CONFIRM).await;
    let (hers, his) = (
        town.get(HOST, &format!("/connections/{id}/grants")).await,
        town.get(GUEST, &format!("/connections/{id}/grants")).await,
    );
    assert_eq!(hers["given"]["scopes"], given["scopes"], "it is hers alone to write");
    assert_eq!(hers["received"]["scopes"], his["given"]["scopes"]);
    assert_eq!(hers["given"]["scopes"], his["received"]["scopes"]);

    // Asking again, and accepting again, makes nothing twice.
    let again = town.ask(GUEST, Method::POST, &format!("/connections/{id}/accept"), Value::Null).await;
    assert!(again.status < 300, "{}", again.body);
    let mails = town.mail.mailbox(HOST.user).messages();
    assert_eq!(mails.iter().filter(|mail| mail.subject().contains("accepted")).count(), 1);
}
