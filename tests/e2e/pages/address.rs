//! Another mail address, in a browser and by real mail: asked for in Settings, taken by the button of the mail that came to
//! the new mailbox; the next sign-in link comes there, and a meeting ahead is invited to anew.

use reqwest::Method;

use crate::booking::{GUEST, HOST, OTHER, Somebody, address_in, assert_no_trace, book, link};
use crate::rig::{Browser, MailRig, Server, property};

/// Where Mara reads her mail from then on.
const MOVED: Somebody = Somebody { user: OTHER.user, ..HOST };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_changed_by_the_button_of_the_mail_that_came_there() {
    let (mail, server) = tokio::task::block_in_place(|| {
        let mail = MailRig::start();
        let server = Server::start(&mail);
        (mail, server)
    });
    let add = ["user", "add", "--name", HOST.name, "--time-zone", HOST.zone, "--email", &HOST.address()];
    let said = tokio::task::block_in_place(|| server.cli_ok(&add));
    let token = tokio::task::block_in_place(|| server.token("admin"));
    book(&server, &token, &[GUEST]).await;
    let mail_to = |user: &str, about: &str| {
        let mailbox = mail.mailbox(user);
        tokio::task::block_in_place(|| mailbox.wait_for_subject(about))
    };
    let first = mail_to(HOST.user, "Trio rehearsal — Invitation");

    let browser = Browser::start().await;
    browser.open(said.lines().last().expect("a link").trim()).await;
    browser.press("Sign in as Mara Ames").await;
    browser.open(&format!("{}/settings/account", server.url())).await;
    browser.fill("input[name=email]", &MOVED.address()).await;
    browser.press("Change my address").await;
    assert!(browser.text("main").await.contains("waits for you"));
    let mut faults = browser.faults("account-new-address").await;
    assert_no_trace(&mail_to(HOST.user, "Another address was asked for"), &[MOVED]);
    let asked = mail_to(MOVED.user, "Is this your new address?");
    assert_no_trace(&asked, &[HOST]);
    let button = link(&asked, "address");
    assert_eq!(server.fetch(Method::GET, &button).await.status, 401, "the link alone is nobody's");
    browser.open(&button).await;
    faults.extend(browser.faults("settings-address").await);
    browser.press("Use this address").await;
    assert!(browser.text("main").await.contains("Your mail goes to the new address from now on."));

    assert_no_trace(&mail_to(HOST.user, "Your mail goes to another address now"), &[MOVED]);
    let again = mail_to(MOVED.user, "Trio rehearsal — Invitation");
    let (before, after) = (first.calendar().expect("an event"), again.calendar().expect("an event"));
    for name in ["UID", "SEQUENCE", "DTSTART"] {
        assert_eq!(property(&before, name), property(&after, name), "{name}");
    }
    assert_eq!(address_in(property(&after, "ATTENDEE")), MOVED.address());
    server.post("/sign-in", &[("email", &MOVED.address())]).await;
    mail_to(MOVED.user, "Your link to sign in");
    tokio::task::block_in_place(|| mail.wait_until_delivered());
    let events = mail.mailbox(HOST.user).messages().iter().filter(|mail| mail.calendar().is_some()).count();
    assert_eq!(events, 1, "the old mailbox gets nothing more");
    assert_eq!(faults, Vec::<String>::new());
}
