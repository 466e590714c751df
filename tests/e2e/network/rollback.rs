//! Rollback: what comes between the two phases undoes the first; the session says why, the agents go on, nothing is held.

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use super::town::{AUTO, CONFIRM, Town, event, span};
use crate::booking::{GUEST, HOST, Somebody, link};
use crate::rig::{Browser, Scheme};

/// The time that Ben is to decide.
fn asked_about(session: &Value) -> (DateTime<Utc>, DateTime<Utc>) {
    let list = |field: &str| session[field].as_array().expect("a list").clone();
    let ben = list("parties").into_iter().find(|one| one["standing"] == "decides").expect("who decides");
    span(list("proposals").iter().find(|one| one["id"] == ben["proposal"]).expect("a time"))
}

/// Lays an event into somebody's calendar over this time.
async fn gets_in_between(
    town: &Town,
    who: Somebody,
    user: &str,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) {
    let zone: chrono_tz::Tz = who.zone.parse().expect("a zone");
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y%m%dT%H%M%S").to_string();
    let text = event(who, "in-between", &local(start), &local(end), "");
    town.radicale.put(&format!("/{user}/work/in-between.ics"), &text).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_between_hold_and_commit_undoes_the_booking_another_time_is_found_and_the_page_says_so()
 {
    let town = Town::connected(AUTO).await;
    town.gate.shut();
    let id = town.begins("45 minutes with Ben on {day}", "Trio rehearsal").await;
    let session = town.session_when(&id, "booking").await;
    assert_eq!(town.holds(), 2);
    // Over all that was named, so that none of it is left.
    let named: Vec<_> = session["proposals"].as_array().expect("proposals").iter().map(span).collect();
    let earliest = named.iter().map(|(start, _)| *start).min().expect("a time");
    let over = (earliest, named.iter().map(|(_, end)| *end).max().expect("a time"));
    gets_in_between(&town, GUEST, "ben", over).await;
    town.gate.wait_for_knock().await;
    town.gate.open();

    let session = town.session_when(&id, "confirmed").await;
    let meetings = town.meetings(HOST).await;
    assert_eq!(meetings.len(), 1, "one meeting: {meetings:?}");
    let (start, end) = span(&meetings[0]);
    assert!(end <= over.0 || start >= over.1, "{start} beside {over:?}: {session}");
    let is_refused = |one: &Value| one["state"] == "refused" && named.contains(&span(one));
    assert!(session["proposals"].as_array().is_some_and(|all| all.iter().any(is_refused)), "{session}");
    let said = town.transcript(GUEST, &id).await;
    let why = said.iter().find(|(kind, _)| kind == "error").expect("it says why");
    assert_eq!(why.1["reason"], json!("slot-taken"));
    let of = |kind: &str| said.iter().filter(|(said, _)| said == kind).count();
    assert!(of("proposal") + of("counter") >= 2, "other times were named: {said:?}");
    assert_eq!(town.holds(), 0);
    // Whoever opens the page reads what happened: that a time was lost, and which one it came to.
    for (who, scheme) in [(HOST, Scheme::Light), (GUEST, Scheme::Dark)] {
        let browser = Browser::start().await;
        browser.set_view(375, scheme).await;
        browser.open(town.sign_in_link(who)).await;
        browser.press(&format!("Sign in as {}", who.name)).await;
        browser.open(&format!("{}/sessions/{id}", town.server.url())).await;
        let page = browser.evaluate("document.querySelector('main').textContent").await.to_string();
        assert!(page.contains("The time cannot be had any more: nothing is held"), "{page}");
        assert!(page.contains("booked"), "{page}");
    }
    for who in [HOST, GUEST] {
        town.mail_to(who, "Trio rehearsal — Invitation");
        let mails = town.mail.mailbox(who.user).messages();
        assert_eq!(
            mails.iter().filter(|mail| mail.calendar().is_some()).count(),
            1,
            "the first was never told"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_by_mail_to_a_time_that_is_gone_meanwhile_is_undone_and_he_is_asked_anew() {
    let town = Town::connected(CONFIRM).await;
    let id = town.begins("45 minutes with Ben on {day}", "Trio rehearsal").await;
    let session = town.session_when(&id, "awaiting_confirmation").await;
    let asked = town.mail_to(GUEST, "waits for you to decide");
    let button = link(&asked, "decide");
    let first = asked_about(&session);
    // In Mara's calendar this time, and known to nobody yet.
    gets_in_between(&town, HOST, "ada", first).await;
    let pressed = town.server.post(&button, &[("do", "agree")]).await;
    assert!(pressed.body.contains("It is being booked"), "{pressed:?}");
    let session = town.session_when(&id, "awaiting_confirmation").await;
    assert!(town.meetings(GUEST).await.is_empty() && town.holds() == 0, "{session}");
    assert_eq!(town.transcript(HOST, &id).await.iter().filter(|(kind, _)| kind == "error").count(), 1);
    let second = asked_about(&session);
    assert!(second.1 <= first.0 || second.0 >= first.1, "{session}");

    // The first mail's button is of no use; the second's books.
    let newest = tokio::task::block_in_place(|| {
        crate::rig::wait_until("a second mail", crate::rig::PATIENCE, || {
            let mails = town.mail.mailbox(GUEST.user).messages();
            let mut asked =
                mails.into_iter().filter(|mail| mail.subject().contains("waits for you to decide"));
            asked.nth(1)
        })
    });
    assert_ne!(link(&newest, "decide"), button);
    town.server.post(&button, &[("do", "agree")]).await;
    assert!(town.meetings(GUEST).await.is_empty());
    town.server.post(&link(&newest, "decide"), &[("do", "agree")]).await;
    town.session_when(&id, "confirmed").await;
    assert_eq!(span(&town.meetings(GUEST).await[0]), second);
    assert_eq!(town.holds(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_ends_between_hold_and_commit_ends_the_session_and_lets_go() {
    let town = Town::connected(AUTO).await;
    town.gate.shut();
    let id = town.begins("45 minutes with Ben on {day}", "Trio rehearsal").await;
    town.session_when(&id, "booking").await;
    let connection = town.connection(GUEST).await;
    town.ok(GUEST, Method::DELETE, &format!("/connections/{connection}"), Value::Null).await;
    town.gate.open();
    let session = town.session_when(&id, "canceled").await;
    assert_eq!(session["reason"], json!("revoked"));
    assert!(town.meetings(HOST).await.is_empty() && town.holds() == 0);
    for who in [HOST, GUEST] {
        assert!(town.session(who, &id).await["meeting"].is_null());
    }
}
