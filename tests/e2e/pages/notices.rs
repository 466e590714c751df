//! Notices in a browser: the badge that changes by itself, the decision in place, a house that closes under a stream.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use thirtyfour::By;

use super::visitor::{ALEX, ROBIN, Visitor};
use crate::booking::{in_days, rfc3339};
use crate::rig::{Browser, eventually};

/// What the badge shows now; nothing while it is hidden.
const BADGE: &str =
    "(b => b && !b.hidden ? b.firstElementChild.textContent : '')(document.querySelector('[data-unread]'))";

async fn badge_is(browser: &Browser, number: &str) {
    eventually(&format!("a badge of {number:?}"), async || {
        (browser.evaluate(BADGE).await == number).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_badge_changes_while_the_page_is_open_and_a_notice_is_decided_where_it_stands() {
    let alex = Visitor::arrive(true).await;
    alex.open_meeting_as(ALEX).await;
    // The meeting, and Robin who asks to connect.
    badge_is(&alex.browser, "2").await;
    // Robin answers in another browser; nobody touches Alex's.
    let robin = Visitor { server: alex.server, browser: Browser::start().await };
    robin.open_mail(ROBIN, "Invitation").await;
    robin.answer("Accept", "applied").await;
    badge_is(&alex.browser, "3").await;
    robin.browser.unfold("Propose a new time").await;
    robin.browser.choose("form[data-keep-length]", in_days(9, 16).naive_utc()).await;
    robin.answer("Propose new time", "proposal").await;
    badge_is(&alex.browser, "4").await;
    alex.browser.follow("Notices").await;
    let page = alex.browser.text("main").await;
    assert!(page.contains("Robin Haas accepted") && page.contains("asks to move"), "{page}");
    alex.browser.press("Approve").await;
    badge_is(&alex.browser, "3").await;
    alex.browser.follow("Notices").await;
    alex.browser.press("Mark all read").await;
    assert_eq!(alex.browser.evaluate(BADGE).await, "");
}

#[tokio::test]
async fn a_reminder_comes_when_it_was_chosen_to_by_a_form_that_needs_no_scripts() {
    let alex = Visitor::arrive(false).await;
    alex.open_meeting_as(ALEX).await;
    let browser = &alex.browser;
    browser.open(&format!("{}/settings/notices", alex.server.url())).await;
    let ten_minutes = By::Css("#remind option[value='10']");
    browser.driver().find(ten_minutes).await.expect("a choice").click().await.expect("it is chosen");
    browser.press("Save").await;
    assert_eq!(browser.text(".flash").await, "Saved.");
    // It falls due a moment from now.
    let (start, end) = (in_minutes(10, 3), in_minutes(40, 3));
    let body = json!({
        "title": "Scales", "start": rfc3339(start), "end": rfc3339(end), "host": { "email": "alex@example.org" },
        "guests": [{ "email": "kim@example.net", "name": "Kim" }],
    });
    let said = alex.server.log();
    let token = said.lines().find_map(|line| line.trim().strip_prefix("An API token: ")).expect("a token");
    let booked = alex.server.api(reqwest::Method::POST, "/api/v1/meetings", token, Some(&body)).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    eventually("a reminder", async || {
        browser.open(&format!("{}/notices", alex.server.url())).await;
        browser.text("main").await.contains("Scales with Kim begins soon.").then_some(())
    })
    .await;
}

/// So many minutes and seconds from now, UTC.
fn in_minutes(minutes: i64, seconds: i64) -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "the program under test runs in real time")]
    let now = Utc::now();
    now + TimeDelta::minutes(minutes) + TimeDelta::seconds(seconds)
}

#[tokio::test]
async fn a_house_with_open_streams_closes_in_time() {
    let mut visitor = Visitor::arrive(true).await;
    visitor.open_meeting_as(ALEX).await;
    let cookie = visitor.browser.driver().get_named_cookie("entente_sign_in").await.expect("signed in");
    let mut streams = Vec::new();
    for _ in 0..7 {
        let cookie = format!("entente_sign_in={}", cookie.value);
        let mut stream = visitor.server.stream("/events", &cookie).await;
        assert_eq!(stream.status(), 200);
        assert!(stream.chunk().await.expect("it begins").is_some());
        streams.push(stream);
    }
    let began = Instant::now();
    let code = visitor.server.stop();
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    assert_eq!(code, Some(0));
    for mut stream in streams {
        while let Ok(Some(_)) = stream.chunk().await {}
    }
}
