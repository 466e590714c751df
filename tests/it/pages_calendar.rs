//! The pages of the calendar, as a person without scripts goes through them.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::base::time::MINUTE;
use entente::calendar::{self, Failure, Mark, Object, Objects, Problem, Reading};
use entente::itip::feed::{self, Reader};
use entente::queue;

use crate::pages_world::{BEN, CLEO, Reply, World};

/// Where a reply leads.
fn leads(reply: &Reply) -> String {
    reply.is(303);
    reply.header("location").to_owned()
}

/// Does the reading that is due, as the worker does.
async fn read(w: &World, brings: Result<&'static str, Problem>) {
    w.write(move |cx| {
        let lease = queue::claim(cx, calendar::TOPIC, 1, MINUTE)?.remove(0);
        let due = calendar::due(cx, &lease)?.unwrap();
        let events = match brings {
            Ok(events) => events,
            Err(problem) => {
                let failure = Failure { problem, words: String::new(), retry_after_ms: None };
                return calendar::failed(cx, &due, &failure);
            }
        };
        let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n{events}END:VCALENDAR\r\n");
        let reader = Reader { me: &due.me, zone: due.zone, from: due.from, to: due.until };
        let feed = feed::read(text.as_bytes(), &reader).unwrap();
        let object = Object { href: String::new(), etag: String::new(), read: Ok(feed), theirs: None };
        calendar::take_in(cx, &due, &Reading { objects: Objects::Whole(vec![object]), mark: Mark::default() })
    })
    .await;
}

/// Three events: one on a Wednesday, a day off, and one that cannot be read.
const EVENTS: &str = "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261125T093000Z\r\nDTEND:20261125T101500Z\r\n\
    SUMMARY:Secret\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\nDTSTART;VALUE=DATE:20261127\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:c\r\nDTSTART:soon\r\nEND:VEVENT\r\n";

const WEEK: &str = "/calendar?week=2026-11-25";

#[actix_web::test]
async fn a_calendar_is_added_and_its_time_is_shown_without_its_titles() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    ben.get("/calendar").await.is(200).says("Add your calendar").says("always up to date");
    let form = "/calendar/sources/new";
    let added = ben
        .press(
            form,
            "caldav",
            &[("url", "https://dav.example.org"), ("username", "ben"), ("password", "right")],
        )
        .await;
    assert_eq!(leads(&added), "/calendar?done=source-added");
    let page = ben.get("/calendar?done=source-added").await;
    page.is(200).says("It is being read now").says("Work").says("Birthdays").says("dav.example.org");
    page.says("2 calendars were not read lately");
    read(&w, Ok(EVENTS)).await;
    let page = ben.get(WEEK).await;
    page.is(200).says("23 – 29 November 2026").says("10:30 – 11:15").says("all day").says("This week");
    page.says("3 events").says("1 with a fault");
    assert!(!page.text.contains("Secret") && !page.text.contains("right"));
}

#[actix_web::test]
async fn what_cannot_be_added_comes_back_with_the_reason_and_without_the_password() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let form = "/calendar/sources/new";
    let typed = [("url", "https://dav.example.org"), ("username", "ben"), ("password", "hunter2")];
    let wrong = ben.press(form, "caldav", &typed).await;
    wrong.is(422).says("does not accept the user name and password").says("value=\"ben\"");
    assert!(!wrong.text.contains("hunter2"));
    let gone = ben.press(form, "ics", &[("url", "https://gone.example.org/a.ics")]).await;
    gone.is(422).says("There is no calendar at this address.").says("gone.example.org");
    ben.press(form, "ics", &[("url", " ")]).await.is(422).says("Give the address");
    ben.press(form, "caldav", &[("url", "https://dav.example.org")]).await.is(422).says("Give the password");
    ben.get("/calendar").await.says("Add your calendar");
}

#[actix_web::test]
async fn a_source_is_renamed_switched_off_and_removed() {
    let w = World::new().await;
    let path = format!("/calendar/sources/{}", w.source(BEN).await);
    let mut ben = w.browser_of(BEN).await;
    read(&w, Ok(EVENTS)).await;
    let page = ben.get(&path).await;
    page.is(200).says("up to date").says("A feed at cal.example.org").says("It has no start that is a time");
    assert!(!page.text.contains("secret.ics"), "the address is a secret");
    let reading = ben.press(&path, "read", &[]).await;
    assert_eq!(leads(&reading), format!("{path}?done=source-reading"));
    let saved = ben.press(&path, "save", &[("name", "Band"), ("counts", "yes")]).await;
    assert_eq!(leads(&saved), format!("{path}?done=saved"));
    ben.get(WEEK).await.says("Band").says("10:30 – 11:15");
    ben.press(&path, "save", &[("name", " ")]).await.is(422).says("Say what to call it");
    let page = ben.get(&path).await;
    let token = page.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields = [("csrf", token.unwrap_or_default()), ("do", "save"), ("name", "Band")];
    leads(&ben.post(&path, &fields).await);
    ben.get(WEEK).await.says("does not count").says("nothing");
    let removed = ben.press(&path, "remove", &[]).await;
    assert_eq!(leads(&removed), "/calendar?done=source-removed");
    ben.get(&path).await.is(404);
}

#[actix_web::test]
async fn one_calendar_is_chosen_to_be_written_to_in_the_list_and_on_its_page() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let typed = [("url", "https://dav.example.org"), ("username", "ben"), ("password", "right")];
    leads(&ben.press("/calendar/sources/new", "caldav", &typed).await);
    let page = ben.get("/calendar").await;
    page.says("Your meetings reach you as invitations by mail.").says("Write my meetings here");
    assert_eq!(page.text.matches("value=\"write\"").count(), 1, "one of the two can only be read");
    let action =
        page.text.split("action=\"/calendar/sources/").nth(1).and_then(|rest| rest.split('"').next());
    let path = format!("/calendar/sources/{}", action.unwrap());
    let chosen = ben.press("/calendar", "write", &[]).await;
    assert_eq!(leads(&chosen), "/calendar?done=source-written");
    let page = ben.get("/calendar?done=source-written").await;
    page.says("meetings are written here").says("Your meetings are written into “Work”");
    assert!(!page.text.contains("value=\"write\""));
    let boxed = |page: &Reply| page.text.contains("name=\"writes\" value=\"yes\" checked");
    assert!(boxed(&ben.get(&path).await));
    let page = ben.get(&path).await;
    let token = page.text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields = [
        ("csrf", token.unwrap_or_default()),
        ("do", "save"),
        ("name", "Work"),
        ("counts", "yes"),
        ("can-write", "yes"),
    ];
    leads(&ben.post(&path, &fields).await);
    assert!(!boxed(&ben.get(&path).await));
    ben.get("/calendar").await.says("Your meetings reach you as invitations by mail.");
}

#[actix_web::test]
async fn a_refused_password_is_told_once_and_renewed_on_the_page() {
    let w = World::new().await;
    let path = format!("/calendar/sources/{}", w.source(BEN).await);
    read(&w, Err(Problem::Refused)).await;
    w.follow().await;
    let mut ben = w.browser_of(BEN).await;
    ben.get("/notices").await.says("Your calendar “Work” cannot be read.").says(&path);
    let page = ben.get(&path).await;
    page.says("cannot be read").says("It is not tried again until you give another one");
    let renewed = ben.press(&path, "renew", &[("url", "https://cal.example.org/new.ics")]).await;
    assert_eq!(leads(&renewed), format!("{path}?done=source-renewed"));
    w.follow().await;
    ben.get("/notices?unread=1").await.says("Nothing is unread");
    read(&w, Ok(EVENTS)).await;
    ben.get(&path).await.says("up to date");
}

#[actix_web::test]
async fn a_calendar_is_nobody_elses_and_a_week_is_one() {
    let w = World::new().await;
    let path = format!("/calendar/sources/{}", w.source(BEN).await);
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get(&path).await.is(404);
    cleo.get("/calendar/sources/src_1").await.is(404);
    cleo.get("/calendar?week=yesterday").await.is(404);
    cleo.get("/calendar?week=8999-12-31").await.is(200);
    cleo.get("/calendar?week=1970-01-01").await.is(200);
}

#[actix_web::test]
async fn a_calendar_without_a_source_has_one_button_that_adds_one_and_with_one_too() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let empty = ben.get("/calendar").await;
    assert_eq!(empty.main().matches("href=\"/calendar/sources/new\"").count(), 1, "{}", empty.main());
    w.source(BEN).await;
    let kept = ben.get("/calendar").await;
    assert_eq!(kept.says("Add a calendar").main().matches("href=\"/calendar/sources/new\"").count(), 1);
}

#[actix_web::test]
async fn the_days_of_this_week_that_are_over_are_folded_and_those_of_other_weeks_are_not() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    // It is a Friday.
    let page = ben.get("/calendar").await;
    let (earlier, rest) = page.main().split_once("</details>").unwrap();
    assert!(earlier.contains("Earlier this week") && earlier.contains("Thursday"), "{earlier}");
    assert!(
        !rest.contains("<h3>Thursday") && rest.contains("<h3>Friday") && rest.contains("<h3>Sunday"),
        "{rest}"
    );
    assert!(!ben.get(WEEK).await.text.contains("Earlier this week"));
    assert!(!ben.get("/calendar?week=2026-11-11").await.text.contains("Earlier this week"));
}
