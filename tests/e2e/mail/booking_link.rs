//! Somebody without an account picks a time on a booking page, in a browser without scripts, and by real mail: the letter
//! that proves the address, and then for both the private invitation.

use reqwest::Method;
use serde_json::json;

use crate::booking::{GUEST, HOST, assert_no_trace, assert_private, link};
use crate::rig::{Answer, Browser, MailRig, Message, Peer, Server, eventually, property};

/// A house with real mail, whose one user offers a link as `with` says.
fn offering() -> (MailRig, Server, String) {
    let mail = MailRig::start();
    let server = Server::start(&mail);
    let address = HOST.address();
    server.cli_ok(&["user", "add", "--email", &address, "--name", HOST.name, "--time-zone", HOST.zone]);
    let scopes = "booking.read,booking.write,meetings.read";
    let out = server.cli_ok(&["token", "create", "--name", "e2e", "--user", &address, "--scope", scopes]);
    let token = out.lines().last().expect("a token on the last line").trim().to_owned();
    (mail, server, token)
}

async fn offer(server: &Server, token: &str, confirmation: &str) -> String {
    let new = json!({ "name": "mara", "title": "Trio rehearsal", "confirmation": confirmation });
    let made = server.api(Method::POST, "/api/v1/booking-links", token, Some(&new)).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["url"].as_str().expect("an address").to_owned()
}

/// Picks the first time, and gives name and address.
async fn ask(browser: &Browser, page: &str) {
    browser.open(page).await;
    assert!(browser.text("main").await.contains(HOST.name));
    browser.fill("main input[name=zone]", GUEST.zone).await;
    browser.press("Show times there").await;
    assert!(browser.text("main").await.contains("Times are in Paris time"));
    browser.leave_by("main ul.slots a").await;
    browser.fill("input[name=name]", GUEST.name).await;
    browser.fill("input[name=email]", &GUEST.address()).await;
}

fn newest(mail: &MailRig, user: &str, subject: &str) -> Message {
    mail.mailbox(user).wait_for_subject(subject)
}

#[tokio::test]
async fn a_guest_without_an_account_books_through_a_link_and_both_get_their_private_invitation() {
    let (mail, server, token) = offering();
    let page = offer(&server, &token, "at_once").await;
    let browser = Browser::without_scripts().await;
    ask(&browser, &page).await;
    browser.press("Book this time").await;
    assert_eq!(browser.text("h1").await, "Look in your mailbox");

    let asked = newest(&mail, GUEST.user, "Please confirm: Trio rehearsal with Mara Ames");
    assert_no_trace(&asked, &[HOST]);
    assert!(asked.calendar().is_none(), "nothing is booked yet");
    let confirm = link(&asked, "booking");
    // Scanners open every link, as often as they like.
    for method in [Method::HEAD, Method::GET, Method::GET] {
        assert_eq!(server.fetch(method, &confirm).await.status, 200);
    }
    browser.open(&confirm).await;
    assert_eq!(browser.text("h1").await, "Confirm your time");
    browser.press("Confirm the time").await;
    assert_eq!(browser.text("h1").await, "It is booked");

    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        let invitation = newest(&mail, reader.user, "Trio rehearsal — Invitation");
        assert_private(&invitation, reader, &[other]);
        let calendar = invitation.calendar().expect("an invitation");
        assert_eq!(property(&calendar, "SEQUENCE").as_deref(), Some(":0"));
    }
    // The guest's calendar program answers as for any invitation.
    let invitation = newest(&mail, GUEST.user, "Trio rehearsal — Invitation");
    let peer = Peer::new(&GUEST.address());
    let reply = peer.reply(Answer::Accepted, &invitation.calendar().expect("an invitation"));
    let (to, raw) = peer.mail(&invitation, &reply);
    mail.submit(GUEST.user, &to, &raw);
    eventually("the guest's answer", async || {
        let listed = server.api(Method::GET, "/api/v1/meetings", &token, None).await.json();
        let people = listed["meetings"][0]["participants"].clone();
        (people[1]["partstat"] == "accepted").then_some(())
    })
    .await;

    // The browser is remembered: another time of the same guest needs no letter.
    ask(&browser, &page).await;
    browser.press("Book this time").await;
    assert_eq!(browser.text("h1").await, "It is booked");
}

#[tokio::test]
async fn a_host_who_confirms_by_hand_is_asked_by_mail_and_the_guest_is_told_of_a_no() {
    let (mail, server, token) = offering();
    let page = offer(&server, &token, "by_hand").await;
    let browser = Browser::start().await;
    ask(&browser, &page).await;
    browser.press("Ask for this time").await;
    let asked = newest(&mail, GUEST.user, "Please confirm");
    browser.open(&link(&asked, "booking")).await;
    browser.press("Confirm the time").await;
    assert_eq!(browser.text("h1").await, "Mara Ames is asked");

    let notice = newest(&mail, HOST.user, "Ben Frost asks for a time with you: Trio rehearsal");
    assert_no_trace(&notice, &[GUEST]);
    // Its links need no sign-in, and looking at them, as scanners do, decides nothing.
    let [approve, decline] = ["Approve: ", "Decline: "].map(|before| {
        let text = notice.text();
        text.split(before).nth(1).and_then(|rest| rest.lines().next()).expect("a link").trim().to_owned()
    });
    for address in [&approve, &decline] {
        for method in [Method::HEAD, Method::GET] {
            assert_eq!(server.fetch(method, address).await.status, 200);
        }
    }
    let nobody = Browser::start().await;
    nobody.open(&approve).await;
    assert_eq!(nobody.text("h1").await, "Approve this booking?");
    let mut faults = nobody.faults("booking-approve").await;
    nobody.open(&decline).await;
    assert_eq!(nobody.text("h1").await, "Decline this booking?");
    faults.extend(nobody.faults("booking-decline").await);
    assert_eq!(faults, Vec::<String>::new());
    browser.open(server.cli_ok(&["user", "link", &HOST.address()]).trim()).await;
    browser.press("Sign in as Mara Ames").await;
    browser.open(&format!("{}/notices", server.url())).await;
    let words = browser.text("main").await;
    assert!(words.contains("Ben Frost asks for a time with you"), "{words}");
    nobody.fill("input[name=words]", "Not this month.").await;
    nobody.press("Decline").await;
    assert_eq!(nobody.text("h1").await, "You declined");
    let late = server.post(&approve, &[("do", "approve")]).await;
    assert!(late.status == 200 && late.body.contains("It was declined before"), "{late:?}");
    let told = newest(&mail, GUEST.user, "Trio rehearsal is not booked");
    assert_no_trace(&told, &[HOST]);
    assert!(told.calendar().is_none() && told.text().contains("Not this month."));
}
