//! Settings in a browser without scripts: hours as they are typed, days that are different, and the end of an account.

use entente::app::person;
use entente::base::time::DAY;
use entente::meetings::Status;

use crate::pages_world::{ANA, BEN, CLEO, ROOT, World, address};

const HOURS: &str = "/settings/hours";
const ACCOUNT: &str = "/settings/account";

/// A page's main part, without its form tokens.
macro_rules! snapshot {
    ($name:literal, $page:expr) => {
        insta::with_settings!({ filters => vec![("name=\"csrf\" value=\"[^\"]*\"", "name=\"csrf\"")] }, {
            insta::assert_snapshot!($name, $page.main())
        })
    };
}

#[actix_web::test]
async fn a_week_is_typed_and_kept() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    ben.get(HOURS)
        .await
        .is(200)
        .says("nine to five on weekdays is what counts")
        .says("value=\"09:00-17:00\"");
    let typed = [("monday", "13:30 – 17:00, 9:00-12:30"), ("friday", ""), ("saturday", "22:00-06:00")];
    let saved = ben.press(HOURS, "save", &typed).await;
    assert_eq!((saved.code, saved.header("location")), (303, "/settings/hours?done=saved"));
    let page = ben.get(HOURS).await;
    page.is(200).says("value=\"09:00-12:30, 13:30-17:00\"").says("value=\"22:00-06:00\"");
    assert!(!page.text.contains("nine to five on weekdays is what counts"));
    snapshot!("settings_hours", page);
    ben.press(HOURS, "forget", &[]).await.is(303);
    ben.get(HOURS).await.says("nine to five on weekdays is what counts");
}

#[actix_web::test]
async fn what_is_wrong_with_a_week_stands_beside_its_day_and_nothing_typed_is_lost() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let typed =
        [("monday", "nine to <noon>"), ("tuesday", "09:00-12:30, 12:00-13:00"), ("wednesday", "10:00-11:00")];
    let page = ben.press(HOURS, "save", &typed).await;
    page.is(422).says("2 fields need another look").says("“nine to &#60;noon&#62;” is no window of a day");
    page.says("09:00-12:30 and 12:00-13:00 overlap.").says("value=\"10:00-11:00\"");
    page.says("value=\"nine to &#60;noon&#62;\"");
    let night = [("sunday", "22:00-09:30")];
    let page = ben.press(HOURS, "save", &night).await;
    page.is(422).says("22:00-09:30 and 09:00-17:00 overlap.").says("id=\"sunday-error\"");
    ben.get(HOURS).await.says("nine to five on weekdays is what counts");
}

#[actix_web::test]
async fn days_that_are_different_are_added_one_by_one_or_several_at_once_and_removed() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let add = "/settings/hours/days";
    ben.get(HOURS).await.says("None ahead");
    let one = [("date", "2026-12-24"), ("windows", "09:00-12:00"), ("words", "Christmas Eve")];
    ben.press(HOURS, add, &one).await.is(303);
    let several = [("date", "2026-12-28"), ("until", "2026-12-30"), ("words", "Away")];
    let added = ben.press(HOURS, add, &several).await;
    assert_eq!(added.header("location"), "/settings/hours?done=days-set");
    let page = ben.get(HOURS).await;
    page.says("Thursday 24 December 2026").says("09:00-12:00 · Christmas Eve");
    page.says("Monday 28 December 2026").says("Wednesday 30 December 2026").says("Day off · Away");
    ben.press(HOURS, "/settings/hours/days/2026-12-29/drop", &[]).await.is(303);
    let page = ben.get(HOURS).await;
    assert!(!page.text.contains("Tuesday 29 December 2026") && page.text.contains("Wednesday 30"));
    for (typed, field, words) in [
        (vec![("date", "24.12.2026")], "date", "look like 2026-11-25"),
        (vec![("date", "2026-11-19")], "date", "This day is over"),
        (vec![("date", "2026-12-24"), ("until", "2026-12-23")], "until", "must not come before"),
        (vec![("date", "2026-12-24"), ("until", "2027-12-24")], "until", "62 are the most"),
        (vec![("date", "2026-12-24"), ("windows", "all day")], "windows", "“all day” is no window"),
    ] {
        let mut typed = typed;
        typed.push(("words", "Kept as typed"));
        let page = ben.press(HOURS, add, &typed).await;
        page.is(422).says(words).says(&format!("id=\"{field}-error\"")).says("value=\"Kept as typed\"");
        assert!(!page.main().contains("Day off · Kept"), "nothing was added");
    }
    ben.post("/settings/hours/days/soon/drop", &[]).await.is(403);
}

#[actix_web::test]
async fn an_account_is_deleted_by_a_page_that_says_what_happens_and_kept_by_one_button() {
    let w = World::new().await;
    let pair = w.meeting().await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(ACCOUNT).await;
    page.is(200).says("The one meeting ahead that you host is cancelled");
    snapshot!("settings_account", page);
    ben.press(ACCOUNT, "delete", &[]).await.is(422).says("Tick this box first");
    assert_eq!(w.load(pair.id).await.status, Status::Scheduled);
    let page = ben.get(ACCOUNT).await;
    let asked = ben.press_on(&page, "delete", &[("sure", "yes")]).await;
    assert_eq!((asked.code, asked.header("location")), (303, "/settings/account?done=leaving"));
    assert_eq!(w.load(pair.id).await.status, Status::Cancelled);
    let letters = w.letters(pair.guest).await;
    assert!(letters.iter().any(|kept| kept.letter.says.kind() == "cancellation"), "the guest is written to");
    // Two presses of one button are one.
    ben.press_on(&page, "delete", &[("sure", "yes")]).await.is(303);
    let page = ben.get(ACCOUNT).await;
    page.is(200).says("Friday 27 November 2026, 10:00").says("Keep my account");
    snapshot!("settings_account_leaving", page);
    ben.get("/meetings").await.is(200).says("This account is deleted on Fri 27 Nov, 10:00.");
    w.clock.advance(6 * DAY);
    let mut phone = w.browser_of(BEN).await;
    phone.press(ACCOUNT, "keep", &[]).await.is(303);
    let page = phone.get("/settings/account?done=kept").await;
    page.is(200).says("Your account stays.").says("Delete my account");
    assert!(!phone.get("/meetings").await.text.contains("is deleted on"));
}

#[actix_web::test]
async fn everything_is_downloaded_and_is_one_s_own() {
    let w = World::new().await;
    w.meeting().await;
    let mut ben = w.browser_of(BEN).await;
    let file = ben.get("/settings/account/export").await;
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"entente.json\"");
    file.is(200).says(BEN).says("Practice session");
    assert!(!file.text.contains(ANA) && !file.text.contains(CLEO));
}

#[actix_web::test]
async fn the_last_administrator_is_told_why_they_cannot_leave() {
    let w = World::new().await;
    let mut root = w.browser_of(ROOT).await;
    let page = root.get(ACCOUNT).await;
    page.is(200).says("You are the only administrator of this house");
    assert!(!page.text.contains("Delete my account"));
}

#[actix_web::test]
async fn after_seven_days_nothing_of_them_is_in_any_row() {
    let w = World::new().await;
    w.meeting().await;
    let mut ben = w.browser_of(BEN).await;
    ben.press(HOURS, "/settings/hours/days", &[("date", "2026-12-24"), ("words", "Ben is off")])
        .await
        .is(303);
    let page = ben.get(ACCOUNT).await;
    ben.press_on(&page, "delete", &[("sure", "yes")]).await.is(303);
    w.clock.advance(7 * DAY);
    let due = w.write(|cx| entente::queue::claim(cx, person::TOPIC, 10, 60_000)).await;
    assert_eq!(due.len(), 1);
    let worker = person::worker(w.web.store.clone());
    for lease in due {
        (worker.handler)(lease).await.expect("the work is done");
    }
    ben.get("/settings").await.is(401);
    let rows = w.rows();
    assert!(!rows.contains(BEN) && !rows.contains("\"Ben\"") && !rows.contains("Ben is off"), "{rows}");
    w.read(|cx| entente::journal::verify(cx, None)).await.expect("the journal verifies");
    assert!(w.read(|cx| entente::accounts::by_address(cx, &address(BEN))).await.is_none());
}
