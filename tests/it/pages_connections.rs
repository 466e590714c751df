//! The pages of connections, as a person without scripts goes through them.

use entente::network::{self, Scope};

use crate::pages_world::{ANA, BEN, CLEO, ROOT, World, address, operator};
use entente::accounts::{self, NewUser, Role};
use entente::base::time::DAY;

/// A house in which Ana has an account as well.
pub(crate) async fn world() -> World {
    let w = World::new().await;
    w.write(|cx| {
        let new = NewUser { address: address(ANA), name: "Ana".to_owned(), zone: None, role: Role::Member };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
    w
}

/// Where a reply leads.
fn leads(reply: &crate::pages_world::Reply) -> String {
    reply.is(303);
    reply.header("location").to_owned()
}

#[actix_web::test]
async fn somebody_is_invited_accepts_in_place_and_both_say_what_the_other_may_do() {
    let w = world().await;
    let mut ben = w.browser_of(BEN).await;
    ben.get("/connections").await.is(200).says("Nobody yet");
    let invited = ben.press("/connections", "/connections", &[("email", ANA), ("words", "Shall we?")]).await;
    assert_eq!(leads(&invited), "/connections?done=invited");
    ben.get("/connections").await.says(ANA).says("Waiting for them");
    let mut ana = w.browser_of(ANA).await;
    let page = ana.get("/connections").await;
    page.says("<b>Ben</b> would like to connect with you").says("Shall we?");
    assert!(!page.text.contains(BEN), "by name only");
    let there = leads(&ana.press_on(&page, "accept", &[]).await);
    let page = ana.get(&there).await;
    page.is(200).says("You are connected").says("Ben’s agent can know and do nothing for now.");
    let path = there.split('?').next().unwrap_or_default();
    let preview = ana.press_on(&page, "preview", &[("scope", "profile.basic.read")]).await;
    preview.is(200).says("If you save this").says("Ben’s agent can read your name and time zone.");
    ana.get(path).await.says("nothing for now");
    let saved =
        ana.press_on(&page, "save", &[("scope", "calendar.events.propose"), ("hours", "9:00-12:00")]).await;
    assert_eq!(leads(&saved), format!("{path}?done=granted"));
    ana.get(path).await.says("propose times to you").says("value=\"09:00-12:00\"");
    let page = ben.get(path).await;
    page.says("Your agent can propose times to Ana").says("Ana’s agent can know and do nothing");
    assert!(!page.text.contains(ANA));
    let late = ana.press_on(&preview, "save", &[]).await;
    late.is(409).says("changed meanwhile");
    let ended = ben.press(path, "end", &[]).await;
    assert_eq!(leads(&ended), "/connections?done=connection-ended");
    ana.get(path).await.says("ended").says("Nothing is shared");
    ana.get("/connections").await.says("What is over");
}

#[actix_web::test]
async fn a_form_that_cannot_be_used_comes_back_with_what_was_typed() {
    let w = world().await;
    let id = w.connection(BEN, ANA).await;
    let mut ben = w.browser_of(BEN).await;
    let wrong = ben.press("/connections", "/connections", &[("email", "nobody")]).await;
    wrong.is(422).says("value=\"nobody\"").says("not a mail address");
    for (field, typed, words) in [
        ("hours", "nine to five", "should look like 09:00-12:00"),
        ("length.max", "3", "should be from 15 to 1440"),
        ("length.min", "short", "whole number"),
        ("per_week", "0", "should be from 1 to 100"),
        ("ends_at", "2020-01-01", "should lie ahead"),
    ] {
        let page = ben.press(&format!("/connections/{id}"), "save", &[(field, typed)]).await;
        page.is(422).says(words).says(typed);
    }
}

#[actix_web::test]
async fn an_invitation_is_declined_or_blocked_in_place_and_its_inviter_sees_no_difference() {
    let w = world().await;
    let id = w.invite(BEN, ANA).await;
    let mut ana = w.browser_of(ANA).await;
    let mut ben = w.browser_of(BEN).await;
    let before = ben.get("/connections").await;
    let declined = ana.press("/connections", "decline", &[]).await;
    assert_eq!(leads(&declined), "/connections?done=connection-declined");
    ana.get("/connections").await.says("declined");
    ana.get(&format!("/connections/{id}"))
        .await
        .says("You can still change your mind")
        .says("Accept after all");
    let after = ben.get("/connections").await;
    assert_eq!(strip(before.main()), strip(after.main()));
    let path = format!("/connections/{id}");
    let blocked = ana.press(&path, "block", &[]).await;
    assert_eq!(leads(&blocked), "/connections?done=blocked");
    assert_eq!(strip(before.main()), strip(ben.get("/connections").await.main()));
    ana.get(&path).await.says("Lift the block");
    assert_eq!(leads(&ana.press(&path, "unblock", &[]).await), format!("{path}?done=unblocked"));
}

/// Without the form tokens, which differ from page to page.
fn strip(html: &str) -> String {
    let mut parts = html.split("name=\"csrf\" value=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').map_or(part, |(_, rest)| rest))
}

#[actix_web::test]
async fn a_stranger_makes_an_account_by_the_mailed_link_and_is_signed_in_and_connected() {
    let w = world().await;
    let id = w.invite(BEN, "dora@example.net").await;
    let link = w.connect_link("dora@example.net").await;
    let mut dora = w.browser();
    let page = dora.get(&link).await;
    page.is(200)
        .says("Ben would like to connect with you")
        .says("Shall we?")
        .says("Make my account and accept");
    assert!(!page.text.contains("dora@example.net"), "a link is no place for an address");
    dora.press_on(&page, "join", &[("name", " ")]).await.is(422).says("Say what others should call you");
    let wrong = dora.press_on(&page, "join", &[("name", "Dora"), ("zone", "Mars")]).await;
    wrong.is(422).says("should look like Europe/Paris").says("value=\"Dora\"");
    let made = dora.press_on(&page, "join", &[("name", "Dora"), ("zone", "Asia/Tokyo")]).await;
    assert_eq!(leads(&made), format!("/connections/{id}?done=connected"));
    dora.get(&format!("/connections/{id}")).await.is(200).says("Ben’s agent can know and do nothing");
    w.browser_of(BEN).await.get("/connections").await.says("Dora");
    // Pressed again, and by somebody else.
    dora.press_on(&page, "join", &[("name", "Dora")]).await.is(403);
    w.browser().press_on(&page, "join", &[("name", "Eve")]).await.is(200).says("You are connected");
    dora.get(&link).await.is(200).says("You are connected");
}

#[actix_web::test]
async fn a_link_is_declined_thought_over_and_replaced_when_it_is_old() {
    let w = world().await;
    w.invite(BEN, "dora@example.net").await;
    let link = w.connect_link("dora@example.net").await;
    let mut dora = w.browser();
    dora.press(&link, "decline", &[]).await.is(200).says("Declined");
    dora.get(&link).await.is(200).says("You declined before");
    w.clock.advance(8 * DAY);
    let old = dora.get(&link).await;
    old.is(410).says("This link has expired");
    dora.press_on(&old, "fresh", &[]).await.is(200).says("a fresh one is on its way");
    let fresh = w.connect_link("dora@example.net").await;
    assert_ne!(fresh, link);
    dora.get(&fresh).await.is(200).says("Make my account");
    w.clock.advance(8 * DAY);
    dora.get(&fresh).await.is(200).says("This invitation is over");
    dora.get("/connect?t=unknown").await.is(404).says("not known here");
}

#[actix_web::test]
async fn whoever_is_signed_in_accepts_a_link_as_themselves_and_not_their_own() {
    let w = world().await;
    let id = w.invite(BEN, "ana.at.work@example.net").await;
    let link = w.connect_link("ana.at.work@example.net").await;
    w.browser_of(BEN).await.get(&link).await.is(200).says("This is your own invitation");
    let mut ana = w.browser_of(ANA).await;
    let page = ana.get(&link).await;
    page.says("Accept as Ana");
    assert_eq!(leads(&ana.press_on(&page, "accept", &[]).await), format!("/connections/{id}?done=connected"));
    assert_eq!(leads(&ana.press_on(&page, "accept", &[]).await), format!("/connections/{id}?done=connected"));
}

#[actix_web::test]
async fn who_asked_is_listed_with_what_was_shown() {
    let w = world().await;
    let id = w.connection(BEN, ANA).await;
    let (ana, ben) = (w.user(ANA).await.id, w.user(BEN).await.id);
    w.write(move |cx| {
        let who = entente::base::Actor::new(
            entente::base::Who::User { id: ana, admin: false },
            entente::base::Road::Api,
            "t",
        );
        drop(network::ask(cx, &who, ben, Scope::ProfileRead, "to plan a <b>meeting</b>")?);
        Ok(())
    })
    .await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get("/connections/questions").await;
    page.is(200)
        .says(&format!("<a href=\"/connections/{id}\">Ana</a>"))
        .says("your name and time zone")
        .says("to plan a &#60;b&#62;meeting")
        .says("refused")
        .says("Shown: nothing");
    w.browser_of(ANA).await.get("/connections/questions").await.says("Nobody has asked");
}

#[actix_web::test]
async fn questions_are_folded_by_day_and_by_what_they_were_for_and_none_is_left_out() {
    let w = world().await;
    w.connection(BEN, ANA).await;
    let (ana, ben) = (w.user(ANA).await.id, w.user(BEN).await.id);
    let ask = async |trace: &'static str, scope: Scope, purpose: &'static str| {
        w.write(move |cx| {
            let user = entente::base::Who::User { id: ana, admin: false };
            let who = entente::base::Actor::new(user, entente::base::Road::Api, trace);
            drop(network::ask(cx, &who, ben, scope, purpose)?);
            Ok(())
        })
        .await;
    };
    ask("one", Scope::ProfileRead, "").await;
    w.clock.advance(DAY);
    ask("two", Scope::Propose, "to arrange a meeting").await;
    w.clock.advance(60_000);
    for _ in 0..2 {
        ask("two", Scope::Propose, "to find 45 minutes").await;
    }
    ask("two", Scope::BookAlone, "to book a meeting by itself").await;
    ask("three", Scope::Propose, "to arrange a meeting").await;
    let page = w.browser_of(BEN).await.get("/connections/questions").await;
    let main = page.main();
    assert_eq!(main.matches("<details class=\"fold\">").count(), 2, "{main}");
    page.says("<h2>Saturday 21 November 2026</h2>").says("<h2>Friday 20 November 2026</h2>");
    page.says("Ana’s agent, to arrange a meeting").says("10:00 to 10:01, 5 questions, all refused");
    page.says("to propose a time, to find 45 minutes").says("10:01, 2 times. Shown: nothing");
    page.says("Ana’s agent, your name and time zone").says("10:00, refused");
    assert_eq!(main.matches("to book a meeting by itself").count(), 1, "no sentence is said twice: {main}");
    let saturday = main.find("Saturday 21").unwrap_or_default();
    assert!(saturday < main.find("Friday 20").unwrap_or_default(), "newest first");
}

#[actix_web::test]
async fn whoever_accepts_says_with_one_choice_what_the_others_agent_may_do() {
    let w = world().await;
    w.invite(BEN, ANA).await;
    let mut ana = w.browser_of(ANA).await;
    let page = ana.get("/connections").await;
    page.says("They ask me first").says("Their agent may book by itself").says("Nothing for now");
    let there = leads(&ana.press_on(&page, "accept", &[("ready", "ask_first")]).await);
    let page = ana.get(&there).await;
    page.says(
        "learn which times would suit you, propose times to you, and book a meeting once you confirm it",
    );
    page.says("value=\"ask_first\" checked");
    // What was written before is not taken back by an acceptance that chooses nothing.
    let id = w.invite(BEN, CLEO).await;
    let mut cleo = w.browser_of(CLEO).await;
    let path = format!("/connections/{id}");
    cleo.press(&path, "save", &[("ready", "book_alone")]).await.is(303);
    cleo.press("/connections", "accept", &[]).await.is(303);
    cleo.get(&path).await.says("book meetings with you without asking anybody");
}

#[actix_web::test]
async fn by_the_link_of_an_invitation_one_choice_says_what_the_others_agent_may_do() {
    let w = world().await;
    let id = w.invite(BEN, "dora@example.net").await;
    let mut dora = w.browser();
    let link = w.connect_link("dora@example.net").await;
    let typed = [("name", "Dora"), ("zone", "Europe/Paris"), ("ready", "book_alone")];
    let joined = leads(&dora.press(&link, "join", &typed).await);
    assert_eq!(joined, format!("/connections/{id}?done=connected"));
    dora.get(&joined).await.says("book meetings with you without asking anybody");
    // Whoever opens the link of another address of theirs says it as the account that is signed in.
    w.invite(BEN, "eve@example.net").await;
    let link = w.connect_link("eve@example.net").await;
    let mut ana = w.browser_of(ANA).await;
    let there = leads(&ana.press(&link, "accept", &[("ready", "ask_first")]).await);
    ana.get(&there).await.says("book a meeting once you confirm it");
    // A link alone lets nobody in: who accepts by it chooses when they are signed in.
    w.invite(BEN, "zoe@example.net").await;
    let link = w.connect_link("zoe@example.net").await;
    w.write(|cx| {
        let new = NewUser {
            address: address("zoe@example.net"),
            name: "Zoe".to_owned(),
            zone: None,
            role: Role::Member,
        };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
    let page = w.browser().get(&link).await;
    assert!(!page.is(200).says("Accept").text.contains("They ask me first"));
}

#[actix_web::test]
async fn a_ready_made_choice_sets_the_ticks_and_a_tick_that_is_changed_ends_it() {
    let w = world().await;
    let id = w.connection(BEN, ANA).await;
    let path = format!("/connections/{id}");
    let mut ana = w.browser_of(ANA).await;
    let fresh = ana.get(&path).await;
    fresh.says("value=\"nothing\" checked").says("Choose one by one").says("can know and do nothing for now");
    let preview = ana.press_on(&fresh, "preview", &[("ready", "ask_first")]).await;
    preview
        .says("If you save this")
        .says("book a meeting once you confirm it")
        .says("value=\"ask_first\" checked");
    preview.says("value=\"calendar.events.write.confirm\" checked");
    ana.press_on(&preview, "save", &[]).await.is(303);
    let saved = ana.get(&path).await;
    saved.says("value=\"ask_first\" checked");
    // One more tick: it is that set no longer, and says so.
    ana.press_on(&saved, "save", &[("scope", "profile.basic.read")]).await.is(303);
    let own = ana.get(&path).await;
    own.says("value=\"own\" checked").says("read your name and time zone");
    ana.press_on(&own, "save", &[("ready", "nothing")]).await.is(303);
    ana.get(&path).await.says("can know and do nothing for now").says("value=\"nothing\" checked");
}

#[actix_web::test]
async fn a_stranger_reads_by_the_foot_of_the_mail_who_asks_and_erases_it() {
    let w = world().await;
    w.invite(BEN, "dora@example.net").await;
    let (link, about) = (w.connect_link("dora@example.net").await, w.about_link("dora@example.net").await);
    let mut dora = w.browser();
    let page = dora.get(&about).await;
    page.is(200).says("Ben asked you to connect with them").says("Shall we?").says("waits for you");
    assert!(!page.text.contains(BEN) && !page.text.contains("dora@"), "{}", page.text);
    let document = dora.get(&about.replacen("/about-you", "/about-you.json", 1)).await;
    document.is(200).says("\"with\": \"Ben\"").says("Shall we?");
    assert!(!document.text.contains(BEN));
    w.browser_of(BEN).await.get("/connections").await.says("dora@example.net");

    dora.press(&about, "erase", &[]).await.is(422).says("Tick this box first").says("Ben asked you");
    dora.press(&about, "erase", &[("sure", "yes")]).await.is(200).says("It is erased");
    dora.get(&about).await.is(200).says("It is erased");
    dora.get(&link).await.is(404);
    let ben = w.browser_of(BEN).await.get("/connections").await;
    assert!(!ben.text.contains("dora@"), "nor does whoever typed it find it here");
}

#[actix_web::test]
async fn whoever_has_an_account_reads_there_whom_they_know_and_whom_they_asked_by_no_address() {
    let w = world().await;
    w.connection(BEN, ANA).await;
    w.invite(BEN, "dora@example.net").await;
    w.invite(ROOT, BEN).await;
    w.meeting().await;
    let about = w.about_link(BEN).await;
    let page = w.browser().get(&about).await;
    page.is(200)
        .says("You asked Ana to connect with you")
        .says("You asked somebody to connect with you")
        .says("asked you to connect with them");
    assert!(!page.text.contains("dora@") && !page.text.contains(ANA));
}

#[actix_web::test]
async fn whoever_declined_accepts_after_all_while_the_invitation_lives() {
    let w = world().await;
    let (id, late) = (w.invite(BEN, ANA).await, w.invite(ROOT, ANA).await);
    let mut ana = w.browser_of(ANA).await;
    for one in [id, late] {
        let path = format!("/connections/{one}");
        ana.press(&path, "decline", &[]).await.is(303);
    }
    let path = format!("/connections/{id}");
    assert_eq!(leads(&ana.press(&path, "accept", &[]).await), format!("{path}?done=connected"));
    w.clock.advance(15 * DAY);
    let page = ana.get(&format!("/connections/{late}")).await;
    page.is(200).says("declined").says("Either of you can invite the other again");
    assert!(!page.text.contains("Accept after all"));
}
