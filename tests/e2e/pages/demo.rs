//! The whole main job lived through in a browser, with nothing installed: `entente demo` and its mailroom.

use chrono::NaiveDateTime;

use super::visitor::{ALEX, ROBIN, Visitor};
use crate::booking::in_days;

fn day(days: u64, hour: u32) -> NaiveDateTime {
    in_days(days, hour).naive_utc()
}

async fn accept_propose_and_decline(visitor: &Visitor) {
    let browser = &visitor.browser;
    visitor.open_mail(ROBIN, "Invitation").await;
    let (words, links) = browser.framed("iframe.mail").await;
    assert!(words.contains("Request new time") && !words.contains("alex@"), "{words}");
    assert!(links.iter().any(|link| link.contains("/reschedule?r=")), "{links:?}");
    visitor.answer("Accept", "applied").await;
    browser.unfold("Propose a new time").await;
    browser.choose("form[data-keep-length]", day(20, 14)).await;
    if !browser.runs_scripts() {
        browser.type_in("form[data-keep-length] input[name=until]", "0245PM").await;
    }
    visitor.answer("Propose new time", "proposal").await;
    visitor.open_mail(ALEX, "Approve new time").await;
    assert_eq!(visitor.press_by_link("approve", "Approve the new time").await, "The meeting has moved");
    for person in [ALEX, ROBIN] {
        visitor.open_mail(person, "Updated Time").await;
        assert!(
            browser.text(".card").await.contains("updated in the calendar"),
            "{}",
            browser.text(".card").await
        );
    }
    visitor.answer("Decline", "applied").await;
    for person in [ALEX, ROBIN] {
        visitor.open_mail(person, "Cancelled").await;
    }
    visitor.open_meeting_as(ALEX).await;
    let page = browser.text("main").await;
    for part in ["cancelled", "declined", "moved"] {
        assert!(page.to_lowercase().contains(part), "{part} in:\n{page}");
    }
}

#[tokio::test]
async fn in_the_mailroom_an_invitation_is_accepted_moved_and_declined() {
    accept_propose_and_decline(&Visitor::arrive(true).await).await;
}

#[tokio::test]
async fn the_same_goes_without_scripts() {
    accept_propose_and_decline(&Visitor::arrive(false).await).await;
}

#[tokio::test]
async fn plain_words_get_a_link_filled_in_and_the_request_can_be_declined_by_link() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    visitor.open_mail(ROBIN, "Invitation").await;
    visitor.answer("Bounce it", "bounce").await;
    visitor.open_mail(ALEX, "did not arrive").await;
    visitor.open_mail(ROBIN, "Invitation").await;
    browser.fill("textarea[name=text]", "Sorry, can we do 3pm on Tuesday instead?").await;
    visitor.answer("Send these words", "answered").await;

    visitor.open_mail(ROBIN, "Re: ").await;
    let link = visitor.link("reschedule").await;
    browser.open(&link).await;
    assert_eq!(browser.evaluate("document.querySelector('input[name=from]').value").await, "15:00");
    browser.fill("textarea[name=note]", "Write to robin@example.com").await;
    browser.press("Send the request").await;
    visitor.open_mail(ALEX, "Approve new time").await;
    assert!(!browser.text("body").await.contains("robin@"), "addresses in notes are blanked");
    visitor.press_by_link("decline", "Decline the new time").await;
    visitor.open_mail(ROBIN, "was declined").await;

    visitor.open_mail(ALEX, "Invitation").await;
    browser.unfold("Forward it to a stranger").await;
    browser.fill("input[name=stranger]", "somebody@example.net").await;
    visitor.answer("Forward it, and let them accept", "confirm").await;
}

#[tokio::test]
async fn an_invitation_to_connect_waits_for_whoever_signs_in_first() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    visitor.open_mail(ALEX, "Robin Haas asks to connect").await;
    visitor.open_meeting_as(ALEX).await;
    let said = visitor.server.log();
    let printed = said.lines().find(|line| line.contains("An invitation to connect waits for Alex"));
    browser.open(printed.and_then(|line| line.split_whitespace().last()).expect("its address")).await;
    assert!(browser.text("main").await.contains("shall our agents find the times?"));
    browser.press("Accept").await;
    let page = browser.text("main").await;
    for part in
        ["You are connected", "Robin Haas’s agent can know and do nothing", "propose times to Robin Haas"]
    {
        assert!(page.contains(part), "{part} in:\n{page}");
    }
    visitor.open_mail(ROBIN, "Alex Moreau accepted").await;
}
