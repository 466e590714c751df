//! Settings in a browser without scripts: hours as somebody types them, and an account that is deleted and kept.

use super::visitor::{ALEX, ROBIN, Visitor};
use crate::booking::in_days;

#[tokio::test]
async fn hours_are_typed_and_an_account_is_deleted_and_kept() {
    let visitor = Visitor::arrive(false).await;
    let browser = &visitor.browser;
    let settings = format!("{}/settings", visitor.server.url());
    visitor.open_meeting_as(ROBIN).await;
    browser.open(&settings).await;
    browser.follow("Hours").await;
    browser.fill("#monday", "13:30-17:00, 9:00-12:30").await;
    browser.fill("#friday", "until noon").await;
    browser.press("Save the week").await;
    assert!(browser.text("#friday-error").await.contains("“until noon” is no window of a day"));
    browser.fill("#friday", "8:00-12:00").await;
    browser.press("Save the week").await;
    let week =
        "[...document.querySelectorAll('form.week input[type=text]')].map(one => one.value).join('; ')";
    let kept = "09:00-12:30, 13:30-17:00; 09:00-17:00; 09:00-17:00; 09:00-17:00; 08:00-12:00; ; ";
    assert_eq!(browser.evaluate(week).await, kept);

    let day = in_days(30, 9);
    browser.type_in("#date", &day.format("%m%d%Y").to_string()).await;
    browser.fill("#words", "Midsummer").await;
    browser.press("Add").await;
    assert!(browser.text("main").await.contains("Day off · Midsummer"));
    browser.press("Remove").await;
    assert!(browser.text("main").await.contains("None ahead"));

    browser.follow("Account").await;
    assert!(
        browser.text("main").await.contains("The one invitation to a meeting ahead is declined for you.")
    );
    browser.press("Delete my account").await;
    assert!(browser.text("#sure-error").await.contains("Tick this box first"));
    browser.click("#sure").await;
    browser.press("Delete my account").await;
    assert!(browser.text("main").await.contains("Your account is deleted on"));
    assert_eq!(browser.faults("account-leaving").await, Vec::<String>::new());
    // Whoever hosts the meeting hears of it at once, and Robin of the way back.
    visitor.open_mail(ALEX, "Cancelled").await;
    visitor.open_mail(ROBIN, "Your account is to be deleted").await;
    browser.open(&settings).await;
    assert!(browser.text("main").await.contains("This account is deleted on"));
    browser.follow("Account").await;
    browser.press("Keep my account").await;
    assert!(browser.text("main").await.contains("Your account stays."));
}
