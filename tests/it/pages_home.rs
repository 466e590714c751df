//! Home: what needs the reader, with its buttons in place; and the places in the header, where there is little room for them.

use entente::calendar::{self, Failure, Problem};
use entente::network::Scope;
use entente::queue;

use crate::pages_world::{BEN, CLEO, Reply, World};

/// How many primary buttons a page has.
fn primaries(page: &Reply) -> usize {
    page.main().matches("primary\"").count()
}

/// Has a calendar of somebody's that its server refuses.
async fn unreadable(w: &World, email: &'static str) {
    w.source(email).await;
    w.write(|cx| {
        let lease = queue::claim(cx, calendar::TOPIC, 1, 60_000)?.remove(0);
        if let Some(due) = calendar::due(cx, &lease)? {
            let failure = Failure { problem: Problem::Refused, words: String::new(), retry_after_ms: None };
            calendar::failed(cx, &due, &failure)?;
        }
        Ok(())
    })
    .await;
}

#[actix_web::test]
async fn home_counts_and_shows_everything_that_needs_its_reader_with_the_buttons_in_place() {
    let w = World::new().await;
    let id = w.invite(BEN, CLEO).await;
    let mut cleo = w.browser_of(CLEO).await;
    let home = cleo.get("/").await;
    home.says("One thing needs you").says("<b>Ben</b> would like to connect with you").says("Shall we?");
    assert_eq!(primaries(&home), 1, "{}", home.main());
    let meeting = w.meeting_with(&[(CLEO, "Cleo", None)], |_| {}).await.id;
    cleo.get("/").await.says("2 things need you").says("You have not answered").says("with Ben");
    unreadable(&w, CLEO).await;
    let home = cleo.get("/").await;
    home.says("3 things need you").says("“<a href=\"/calendar/sources/").says("See what is wrong");
    assert_eq!(primaries(&home), 1, "{}", home.main());
    let accepted = cleo.press_on(&home, &format!("/connections/{id}"), &[("do", "accept")]).await;
    assert_eq!(accepted.header("location"), format!("/connections/{id}?done=connected"));
    let answered = cleo.press("/", &format!("/meetings/{meeting}/ask"), &[("do", "accept")]).await;
    answered.is(200).says("accepted");
    let home = cleo.get("/").await;
    home.says("One thing needs you").says("cannot be read");
    assert!(!home.text.contains("You have not answered"));
}

#[actix_web::test]
async fn whose_proposal_became_the_time_is_not_asked_again_and_a_title_of_names_says_them_once() {
    let w = World::new().await;
    let named = |new: &mut entente::meetings::NewMeeting| new.title = "Ben and Cleo".to_owned();
    let meeting = w.meeting_with(&[(CLEO, "Cleo", None)], named).await;
    let (mut ben, mut cleo) = (w.browser_of(BEN).await, w.browser_of(CLEO).await);
    let home = cleo.get("/").await;
    home.says("You have not answered").says("Ben and Cleo");
    assert!(!home.text.contains("with Ben"), "{}", home.main());
    let later = [("date", "2026-11-26"), ("from", "14:00"), ("until", "14:45")];
    cleo.press(&format!("/meetings/{}/ask", meeting.id), "propose", &later).await.is(200);
    let asked = ben.get("/").await;
    ben.press_on(&asked, "approve", &[]).await.is(303);
    let moved = w.load(meeting.id).await;
    assert_eq!(moved.sequence, 1);
    assert_eq!(moved.participant(meeting.guest).unwrap().partstat, entente::itip::PartStat::Accepted);
    let home = cleo.get("/").await;
    assert!(!home.text.contains("You have not answered"), "{}", home.main());
    cleo.get(&format!("/meetings/{}", meeting.id)).await.says("You accepted it by asking for it");
    w.follow().await;
    let told = cleo.get("/notices").await;
    told.says("Ben and Cleo is booked.").says("Ben approved your new time for your meeting.");
}

#[actix_web::test]
async fn whoever_booked_a_meeting_is_not_asked_on_home_whether_they_come() {
    let w = World::new().await;
    w.meeting_with(&[(CLEO, "Cleo", None)], |_| {}).await;
    w.browser_of(BEN).await.get("/").await.says("Nothing needs you");
}

#[actix_web::test]
async fn with_nothing_to_decide_finding_a_time_is_the_one_primary_button_and_its_example_is_somebody_known() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let alone = ben.get("/").await;
    alone.says("there is nobody yet: <a href=\"/connections\">invite somebody</a>").says("Find a time");
    assert_eq!(primaries(&alone), 1, "{}", alone.main());
    let id = w.connection(BEN, CLEO).await;
    w.grant(id, CLEO, &[Scope::Propose]).await;
    let home = ben.get("/").await;
    home.says("Like: 45 minutes with Cleo next week").says("<button class=\"primary\">Find a time</button>");
    assert_eq!(primaries(&home), 1, "{}", home.main());
}

#[actix_web::test]
async fn places_that_few_go_to_every_day_are_folded_where_there_is_little_room_and_all_are_there_without_scripts()
 {
    let w = World::new().await;
    let page = w.browser_of(BEN).await.get("/sessions").await;
    let header = page.text.split("</header>").next().unwrap_or_default();
    let folded = header.split("<summary class=\"here\">More</summary>").nth(1).unwrap_or_default();
    for (href, words) in
        [("/connections", "Connections"), ("/booking-links", "Booking links"), ("/settings", "Settings")]
    {
        assert!(header.contains(&format!("<li class=\"rare\"><a href=\"{href}\">{words}</a>")), "{header}");
        assert!(folded.contains(&format!("<a href=\"{href}\">{words}</a>")), "{header}");
    }
    assert!(folded.contains("<a href=\"/sessions\" aria-current=\"page\">"), "{folded}");
    assert!(!folded.contains("/meetings") && !folded.contains("/notices"), "{folded}");
    let stranger = w.browser().get("/").await;
    assert!(!stranger.text.contains("More</summary>"));
}
