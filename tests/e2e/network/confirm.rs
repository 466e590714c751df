//! Confirm: B's yes by the button of the mail; both calendars are read again before anything is booked; both are told.

use reqwest::Method;
use serde_json::json;

use super::town::{CONFIRM, Town, span};
use crate::booking::{GUEST, HOST, assert_private, link};
use crate::rig::{Answer, Peer, eventually, property};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_button_of_the_mail_books_in_two_phases_and_both_get_their_invitation_once() {
    let town = Town::connected(CONFIRM).await;
    town.is_busy(HOST, &["09:00-12:00"]).await;
    let id = town.begins("45 minutes with Ben on {day}", "Trio rehearsal").await;
    let session = town.session_when(&id, "awaiting_confirmation").await;
    let button = link(&town.mail_to(GUEST, "waits for you to decide"), "decide");
    for method in [Method::HEAD, Method::GET, Method::GET] {
        assert_eq!(town.server.fetch(method, &button).await.status, 200);
    }
    assert_eq!(
        town.session(HOST, &id).await["state"],
        json!("awaiting_confirmation"),
        "looking decides nothing"
    );

    town.gate.shut();
    let pressed = town.server.post(&button, &[("do", "agree")]).await;
    assert!(pressed.body.contains("It is being booked"), "{pressed:?}");
    town.gate.wait_for_knock().await;
    let held = town.session(HOST, &id).await;
    assert_eq!((held["state"].clone(), town.holds()), (json!("booking"), 2), "held for both: {held}");
    assert!(town.meetings(HOST).await.is_empty(), "nothing is booked before both calendars were read");
    town.gate.open();
    let session_now = town.session_when(&id, "confirmed").await;
    assert_eq!(town.holds(), 0);

    // A second press answers as the first did, and books nothing.
    let again = town.server.post(&button, &[("do", "agree")]).await;
    assert!(again.body.contains("It is booked"), "{again:?}");
    let chosen =
        session_now["proposals"].as_array().and_then(|all| all.iter().find(|one| one["state"] == "chosen"));
    let chosen = chosen.expect("a time");
    assert!(
        session["proposals"].as_array().is_some_and(|all| all.iter().any(|one| one["id"] == chosen["id"]))
    );
    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        let invitation = town.mail_to(reader, "Trio rehearsal — Invitation");
        assert_private(&invitation, reader, &[other]);
        town.notice(reader, "meeting.booked").await;
        let meetings = town.meetings(reader).await;
        assert_eq!((meetings.len(), span(&meetings[0])), (1, span(chosen)));
    }

    // His calendar program answers, as to any invitation.
    let invitation = town.mail_to(GUEST, "Trio rehearsal — Invitation");
    let calendar = invitation.calendar().expect("an invitation");
    assert_eq!(property(&calendar, "SEQUENCE").as_deref(), Some(":0"));
    let peer = Peer::new(&GUEST.address());
    assert_eq!(peer.apply(&calendar)["outcome"], "added");
    let (to, raw) = peer.mail(&invitation, &peer.reply(Answer::Accepted, &calendar));
    tokio::task::block_in_place(|| town.mail.submit(GUEST.user, &to, &raw));
    eventually("his answer", async || {
        let meetings = town.meetings(HOST).await;
        let people = meetings[0]["participants"].as_array()?.clone();
        people.iter().any(|one| one["name"] == GUEST.name && one["partstat"] == "accepted").then_some(())
    })
    .await;
    for who in [HOST, GUEST] {
        let mails = town.mail.mailbox(who.user).messages();
        assert_eq!(
            mails.iter().filter(|mail| mail.calendar().is_some()).count(),
            1,
            "each gets the event once"
        );
    }
}
