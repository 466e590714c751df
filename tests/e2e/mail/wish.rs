//! A meeting out of one mailed line: a user writes to the organizer's mailbox, gets what was understood, presses the button of
//! its page, and the agents go to work.

use reqwest::Method;

use crate::booking::{GUEST, HOST, assert_no_trace, assert_private, link};
use crate::pages::sessions::House;
use crate::rig::{Browser, MailRig, Message};

/// Where Mara's mail program lives.
const DOMAIN: &str = "example.org";

const SCOPES: [&str; 3] =
    ["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"];

/// Mara's mail program writes to the organizer; `header` is what her mail server puts above.
fn write(house: &House, header: &str, subject: &str, text: &str) -> String {
    let (from, to) = (HOST.address(), MailRig::address("organizer"));
    let id = format!("{}@mail.{DOMAIN}", subject.len() + text.len() + header.len());
    let raw = format!(
        "{header}From: Mara <{from}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
         Date: Sat, 21 Nov 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    );
    house.mail.submit(HOST.user, &to, raw.as_bytes());
    id
}

fn newest(house: &House, subject: &str) -> Message {
    let message = house.mail.mailbox(HOST.user).wait_for_subject(subject);
    assert_no_trace(&message, &[GUEST]);
    assert_eq!(message.header("Auto-Submitted").as_deref().map(str::trim), Some("auto-replied"));
    message
}

#[tokio::test]
async fn a_user_mails_a_line_and_the_button_of_the_answer_begins_a_session_that_ends_in_a_meeting() {
    let house = House::open_with(&SCOPES, |config| {
        let mail = config["mail"].as_table_mut().expect("a table");
        let imap = mail["imap"].as_table_mut().expect("a table");
        imap.insert("trusted_authserv_id".to_owned(), "mx.entente.test".into());
    })
    .await;
    let proven = "Authentication-Results: mx.entente.test; dmarc=pass header.from=entente.test\r\n";
    let text = "Hello,\r\n\r\n45 minutes with Ben in the next two weeks,\r\nnot before 10, about the trio\r\n\r\n\
                Thanks,\r\nMara\r\n\r\n-- \r\nMara Ames, cello";
    let id = write(&house, proven, "A meeting", text);

    let answer = newest(&house, "Is this what you want? 45 minutes with Ben Frost");
    assert!(answer.header("In-Reply-To").is_some_and(|answered| answered.contains(&id)));
    let words = answer.text();
    assert!(words.contains("You wrote: ") && words.contains("not before 10, about the trio"), "{words}");
    assert!(
        words.contains("What for: The trio") && words.contains("Not before 10:00 (Lisbon time"),
        "{words}"
    );
    assert!(words.contains("Ben Frost then decides."), "{words}");
    let address = link(&answer, "wish");
    for method in [Method::HEAD, Method::GET, Method::GET] {
        assert_eq!(house.server.fetch(method, &address).await.status, 200);
    }
    let browser = Browser::start().await;
    browser.open(&address).await;
    assert_eq!(browser.text("h1").await, "Is this what you want?");
    assert_eq!(browser.faults("wish").await, Vec::<String>::new());
    house.mail.wait_until_delivered();
    assert_eq!(
        house.mail.mailbox(GUEST.user).messages().iter().filter(|one| one.subject().contains("trio")).count(),
        0
    );

    let done = house.server.post(&address, &[("do", "start")]).await;
    assert!(done.status == 200 && done.body.contains("The agents are at work"), "{done:?}");
    browser.open(&address).await;
    assert_eq!(browser.text("h1").await, "This link has been used");
    let again = house.server.post(&address, &[("do", "start")]).await;
    assert_eq!(again.status, 410, "it acts once: {again:?}");

    let asked =
        house.mail.mailbox(GUEST.user).wait_for_subject("The trio with Mara Ames waits for you to decide");
    let agreed = house.server.post(&link(&asked, "decide"), &[("do", "agree")]).await;
    assert_eq!(agreed.status, 200, "{agreed:?}");
    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        let mail = house.mail.mailbox(reader.user).wait_for_subject("the trio — Invitation");
        assert_private(&mail, reader, &[other]);
    }
}

#[tokio::test]
async fn a_line_that_is_not_understood_and_one_that_is_not_proven_are_answered_as_such() {
    let house = House::open_with(&SCOPES, |_| {}).await;
    // Nothing says whose mail it is: this machine's mail server signs nothing.
    write(&house, "", "30 minutes with Ben in the next two weeks", "");
    let answer = newest(&house, "Is this what you want? 30 minutes with Ben Frost");
    let words = answer.text();
    assert!(words.contains("Whether this mail was really yours could not be told."), "{words}");
    assert!(!words.contains("You wrote"), "{words}");
    write(&house, "", "something soon with Ben", "");
    let words = newest(&house, "Not understood, and nobody was asked").text();
    assert!(!words.contains("something") && words.contains("45 minutes with Ben next week"), "{words}");
}
