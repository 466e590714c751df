//! The links of real mails, opened in a browser: asking for another time, approving it, answering by button.

use crate::booking::{GUEST, HOST, assert_private, book, in_days, link, of, rfc3339, seen, seen_when};
use crate::rig::{Browser, MailRig, Peer, Server, property};

#[tokio::test]
async fn a_meeting_is_moved_by_the_links_of_real_mails_and_calendars_take_the_update() {
    let mail = MailRig::start();
    let server = Server::start(&mail);
    let token = server.token("admin");
    let browser = Browser::start().await;
    let meeting = book(&server, &token, &[GUEST]).await;
    let calendars = [HOST, GUEST].map(|who| {
        let calendar = Peer::new(&who.address());
        calendar.apply(&mail.mailbox(who.user).wait_for_subject("Invitation").calendar().unwrap());
        calendar
    });

    browser.open(&link(&mail.mailbox(GUEST.user).wait_for_subject("Invitation"), "reschedule")).await;
    assert!(!browser.evaluate("document.documentElement.outerHTML").await.to_string().contains(HOST.user));
    browser.press("Accept").await;
    seen_when(&server, &token, &meeting, "the answer", |meeting| {
        of(meeting, GUEST, "partstat") == "accepted"
    })
    .await;
    browser.open(&link(&mail.mailbox(GUEST.user).wait_for_subject("Invitation"), "reschedule")).await;
    browser.choose("form[data-keep-length]", in_days(15, 11).naive_utc()).await;
    browser.press("Send the request").await;
    let waiting = seen(&server, &token, &meeting).await;
    assert_eq!(waiting["proposals"][0]["status"], "pending", "{waiting}");

    let ask = mail.mailbox(HOST.user).wait_for_subject("Approve new time");
    browser.open(&link(&ask, "approve")).await;
    browser.open(&link(&ask, "approve")).await;
    assert_eq!(seen(&server, &token, &meeting).await, waiting, "looking changes nothing");
    browser.press("Approve the new time").await;
    let moved = seen(&server, &token, &meeting).await;
    assert_eq!((&moved["sequence"], &moved["proposals"][0]["status"]), (&1.into(), &"approved".into()));
    for (who, other, calendar) in [(HOST, GUEST, &calendars[0]), (GUEST, HOST, &calendars[1])] {
        let update = mail.mailbox(who.user).wait_for_subject("Updated Time");
        assert_private(&update, who, &[other]);
        let event = update.calendar().unwrap();
        assert_eq!(property(&event, "SEQUENCE").as_deref(), Some(":1"));
        assert_eq!(calendar.apply(&event)["outcome"], "updated");
        // Eleven o'clock was chosen in the guest's zone, Paris.
        let start = calendar.events()[0]["dtstart"].as_str().unwrap_or_default().to_owned();
        let paris = [10, 9].map(|hour| rfc3339(in_days(15, hour)));
        assert!(paris.contains(&start), "{start}");
        assert_eq!(moved["start"], start.as_str());
    }
}
