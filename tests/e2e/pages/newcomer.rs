//! An empty house: whoever starts it moves in by the link in the log, and books the first meeting by form.

use reqwest::Method;

use crate::booking::{GUEST, HOST, in_days};
use crate::rig::{Browser, Server, eventually};

#[tokio::test]
async fn the_first_person_moves_in_signs_in_again_by_mail_and_books_by_form() {
    let server = Server::start_with(None, |_| {});
    let browser = Browser::start().await;
    let log = server.log();
    let link = log.split_whitespace().find(|word| word.contains("/set-up?")).expect("a link in the log");
    assert!(server.fetch(Method::GET, "/mailroom").await.status >= 400, "sign-in links lie there");
    browser.open(link).await;
    assert_eq!(browser.faults("set-up").await, Vec::<String>::new());
    browser.fill("input[name=name]", HOST.name).await;
    browser.fill("input[name=email]", &HOST.address()).await;
    browser.fill("main input[name=zone]", HOST.zone).await;
    browser.press("Move in").await;
    assert!(browser.text("header").await.contains(HOST.name));
    assert!(server.fetch(Method::GET, link).await.status >= 400, "the house is no longer empty");

    browser.press("Sign out").await;
    browser.open(&format!("{}/sign-in", server.url())).await;
    browser.fill("input[name=email]", &HOST.address()).await;
    browser.press("Send me a link").await;
    let again = server.cli_ok(&["user", "link", &HOST.address()]);
    browser.open(again.trim()).await;
    browser.press(&format!("Sign in as {}", HOST.name)).await;
    // The mail with the link lies in the mailroom, which an administrator may see.
    eventually("the mail with the link", async || {
        browser.open(&format!("{}/mailroom", server.url())).await;
        browser.text("main").await.contains(HOST.user).then_some(())
    })
    .await;

    browser.open(&format!("{}/meetings/new", server.url())).await;
    browser.fill("input[name=title]", "First of all").await;
    browser.choose("form[data-keep-length]", in_days(7, 10).naive_utc()).await;
    browser.fill("#guest-name-1", GUEST.name).await;
    browser.fill("#guest-email-1", &GUEST.address()).await;
    browser.press("Book it and send the invitations").await;
    assert_eq!(browser.text("h1").await, "First of all");
    let page = browser.text("main").await;
    assert!(page.contains(GUEST.name) && page.contains("10:00"), "{page}");
}
