//! Webhooks in a browser without scripts: what a form that is sent twice does once.

use entente::base::id::WebhookId;
use entente::journal;
use entente::webhooks;

use crate::pages_world::{BEN, Reply, World};

/// Where a reply leads.
#[track_caller]
fn leads(reply: &Reply) -> String {
    assert_eq!(reply.code, 303, "{}", reply.main());
    reply.header("location").to_owned()
}

/// The secret that a page shows.
#[track_caller]
fn secret(page: &Reply) -> String {
    let shown = page.text.split_once("id=\"fresh-secret\">").and_then(|(_, rest)| rest.split('<').next());
    shown.unwrap_or_else(|| panic!("{}", page.main())).to_owned()
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_adds_one_webhook_and_makes_one_new_secret() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let form = ben.get("/webhooks/new").await;
    let typed = [("url", "https://hooks.example.org/in"), ("kinds", "group.*"), ("kinds", "task.*")];
    let added = ben.press_on(&form, "/webhooks", &typed).await;
    let first = secret(added.is(200));
    let again = leads(&ben.press_on(&form, "/webhooks", &typed).await);
    let page = ben.get(&again).await;
    page.is(200).says("This webhook was added already");
    let path = again.split('?').next().unwrap_or_default().to_owned();
    let id: WebhookId =
        path.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{path}"));

    let rotated = ben.press_on(&page, "rotate", &[]).await;
    let second = secret(rotated.is(200).says("There is a new secret."));
    assert_ne!(first, second);
    let twice = leads(&ben.press_on(&page, "rotate", &[]).await);
    assert_eq!(twice, format!("{path}?done=webhook-rotated"));
    let page = ben.get(&twice).await;
    page.is(200).says("The new secret was made already").says("The one before counts until");
    assert!(!page.text.contains("whsec_"), "it is shown once");
    let times = || async {
        let story = w.read(move |cx| journal::story(cx, &id, 100)).await;
        story.into_iter().filter(|one| one.kind == "webhook.rotated").count()
    };
    assert_eq!(times().await, 1);
    // The page that came after has a form of its own.
    assert_ne!(secret(&ben.press_on(&page, "rotate", &[]).await), second);
    assert_eq!(times().await, 2);
    assert!(webhooks::all_kinds().any(|kind| kind == "group.closed"));
    let shown = ben.get("/webhooks").await;
    shown.is(200).says("What groups decide").says("Tasks");
}
