//! Watching agents in a browser without scripts: conversations, figures, what happened, and one that is shut out.

use std::collections::BTreeMap;

use entente::agents::{self, Claimed, Kind, NewRegistration, Pattern};
use entente::analytics;
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{AgentId, SessionId, UserId};
use entente::journal;
use entente::messages::Type;
use entente::sessions::conversation::{self, NewConversation, NewMessage, Request, Rights, With};

use crate::pages_world::{BEN, CLEO, ROOT, World};
use crate::plans::no_query_scans;

struct Watched {
    w: World,
    cleo: Actor,
    max: AgentId,
    program: Actor,
}

impl Watched {
    /// Ben runs Max, who is there; Cleo is connected with Ben.
    async fn new() -> Self {
        let w = World::new().await;
        w.connection(BEN, CLEO).await;
        let (cleo, ben): (UserId, UserId) = (w.user(CLEO).await.id, w.user(BEN).await.id);
        let owner = Actor::new(Who::User { id: ben, admin: false }, Road::Page, "t");
        let new = NewRegistration::of(Kind::Personal, "Max");
        let max = w
            .write(move |cx| {
                let id = agents::register(cx, &owner, &new)?.agent.id;
                agents::beat(cx, &owner, id, Claimed::Online)?;
                Ok(id)
            })
            .await;
        let program = Actor::new(Who::Agent { id: max, user: ben }, Road::Api, "t");
        Self { w, cleo: Actor::new(Who::User { id: cleo, admin: false }, Road::Page, "t"), max, program }
    }

    /// Cleo's agent asks Max something.
    async fn asked(&self) -> SessionId {
        let (cleo, max) = (self.cleo.clone(), self.max);
        let new = NewConversation {
            with: vec![With::Agent(max)],
            shape: None,
            request: Request::Information,
            topic: "A room for Friday".to_owned(),
            urgency: 3,
            answer_minutes: Some(90),
            rights: Rights { calendar: true, location: true, commitments: false },
            keep_days: None,
        };
        self.w
            .write(move |cx| {
                let id = conversation::begin(cx, &cleo, &new)?.id;
                let said = NewMessage {
                    kind: Type::Request,
                    text: "Is there a <b>room</b>?".to_owned(),
                    data: Some(serde_json::json!({ "seats": 6 })),
                    attachments: Vec::new(),
                    sealed: BTreeMap::new(),
                    answers: None,
                    to: Vec::new(),
                    priority: None,
                    not_before: None,
                    expires_at: None,
                };
                conversation::send(cx, &cleo, id, &said)?;
                Ok(id)
            })
            .await
    }

    async fn gather(&self) {
        while journal::gather(&self.w.web.store, analytics::FOLLOWER).await.unwrap_or(0) > 0 {}
    }
}

#[actix_web::test]
async fn somebody_reads_what_their_agents_say_and_what_became_of_it_narrows_closes_and_rates_it() {
    let it = Watched::new().await;
    let id = it.asked().await;
    let path = format!("/conversations/{id}");
    let mut cleo = it.w.browser_of(CLEO).await;
    cleo.get("/conversations").await.is(200).says("A room for Friday").says("Max").says("open");
    let page = cleo.get(&path).await;
    page.is(200)
        .says("Is there a &#60;b&#62;room")
        .says("waits in the inbox")
        .says("When their people have time");
    // Ben sees nothing of it before it is handed over to Max.
    let mut ben = it.w.browser_of(BEN).await;
    let page = ben.get(&path).await;
    page.is(200).says("Nothing that your agents said or were handed.");
    let (program, max) = (it.program.clone(), it.max);
    it.w.write(move |cx| conversation::receive(cx, &program, max, 10).map(drop)).await;
    ben.get(&path).await.is(200).says("Is there a &#60;b&#62;room").says("{&#34;seats&#34;:6}");
    cleo.get(&path).await.is(200).says("handed over");
    // What is taken away is gone for all.
    // Both boxes stand there; one of them stays.
    cleo.press(&path, "narrow", &[("rights", "calendar"), ("rights", "calendar")]).await.is(303);
    let page = ben.get(&path).await;
    assert!(page.is(200).text.contains("value=\"calendar\"") && !page.text.contains("value=\"location\""));
    ben.press(&path, "close", &[]).await.is(303);
    let page = cleo.get(&path).await;
    page.is(200).says("It is over.").says("How well was it done?");
    let rate = [("agent", it.max.to_string()), ("score", "4".to_owned())];
    let rate: Vec<_> = rate.iter().map(|(name, value)| (*name, value.as_str())).collect();
    cleo.press_on(&page, "rate", &rate).await.is(303);
    it.gather().await;
    let figures = ben.get(&format!("/agents/{}/figures", it.max)).await;
    figures
        .is(200)
        .says("4.0 of 5")
        .says("<desc>1 of 30 days: 4.0 of 5.</desc>")
        .says("<title>Messages that came</title>")
        .says("<caption class=\"visually-hidden\">");
    // It is theirs and nobody else's.
    let mut root = it.w.browser_of(ROOT).await;
    root.get(&path).await.is(404);
    root.get("/conversations").await.is(200).says("None yet.");
    no_query_scans(&it.w.web.store);
}

#[actix_web::test]
async fn an_owner_reads_figures_for_days_of_their_choice_and_what_happened_one_by_one() {
    let it = Watched::new().await;
    it.asked().await;
    it.gather().await;
    let mut ben = it.w.browser_of(BEN).await;
    let page = ben.get(&format!("/agents/{}", it.max)).await;
    page.is(200).says("How it is").says("Messages that wait for it");
    let figures = format!("/agents/{}/figures", it.max);
    let page = ben.get(&figures).await;
    page.is(200).says("1 came").says("0 went out").says("what ended");
    ben.get(&format!("{figures}?from=2020-01-01&to=2026-01-01"))
        .await
        .is(200)
        .says("Ask for 366 days at most.");
    let page = ben.get(&format!("/agents/{}/activity", it.max)).await;
    page.is(200).says("A request came").says("It was added").says("somebody else");
    assert!(!page.text.contains('@') || !page.main().contains("example.org"), "{}", page.main());
    // The built-in agent has figures as well.
    let mut cleo = it.w.browser_of(CLEO).await;
    let list = cleo.get("/agents").await;
    let own = list.text.split("href=\"").find(|rest| rest.contains("/figures\"")).unwrap_or_default();
    let own = own.split('"').next().unwrap_or_default().to_owned();
    cleo.get(&own).await.is(200).says("1 went out").says("Which days");
    cleo.get(&figures).await.is(404);
    no_query_scans(&it.w.web.store);
}

#[actix_web::test]
async fn a_drawing_of_what_does_not_add_up_is_described_by_what_there_was_and_not_by_a_sum() {
    let it = Watched::new().await;
    for after_ms in [4_000, 40_000] {
        let id = it.asked().await;
        let (program, max) = (it.program.clone(), it.max);
        let handed = it.w.write(move |cx| conversation::receive(cx, &program, max, 10)).await;
        it.w.clock.advance(after_ms);
        let (program, asked) = (it.program.clone(), handed[0].entry.id);
        let answer = NewMessage::words(Type::Response, "Yes.".to_owned(), Some(asked));
        it.w.write(move |cx| conversation::send(cx, &program, id, &answer).map(drop)).await;
    }
    it.gather().await;
    let mut ben = it.w.browser_of(BEN).await;
    let page = ben.get(&format!("/agents/{}/figures", it.max)).await;
    page.is(200)
        .says("<desc>2 came in 30 days.</desc>")
        .says("<desc>1 of 30 days: 5 seconds for half of them, 60 seconds for 95 of 100.</desc>")
        .says("<td class=\"number\">5</td><td class=\"number\">60</td>")
        .says("<td class=\"number\">—</td><td class=\"number\">—</td>");
}

#[actix_web::test]
async fn somebody_sees_all_of_their_agents_at_a_glance_and_is_led_to_each() {
    let cells = |came: i64, went: i64| {
        format!(
            "data-label=\"Messages came\">{came}</td><td class=\"number\" data-label=\"Messages went out\">{went}</td>"
        )
    };
    let it = Watched::new().await;
    let owner = it.w.user(BEN).await.id;
    it.w.write(move |cx| agents::own(cx, owner).map(drop)).await;
    it.gather().await;
    let mut ben = it.w.browser_of(BEN).await;
    let page = ben.get("/analytics").await;
    page.is(200).says("What your agents did").says("Nothing yet").says("href=\"/sessions/new\"").says("Max");
    it.asked().await;
    it.gather().await;
    let page = ben.get("/analytics").await;
    page.is(200).says(&cells(1, 0)).says(&cells(0, 0)).says("Your built-in agent");
    assert!(!page.text.contains("Nothing yet"));
    let href = format!("/agents/{}/figures", it.max);
    assert!(page.text.contains(&format!("<a href=\"{href}\">Max</a>")), "{}", page.main());
    ben.get(&href).await.is(200).says("href=\"/analytics\"");
    ben.get("/agents").await.says("<a href=\"/analytics\">Figures</a>");
    let mut cleo = it.w.browser_of(CLEO).await;
    let page = cleo.get("/analytics").await;
    page.is(200).says(&cells(0, 1));
    assert!(!page.main().contains("Max"), "they are their owner's");
    let page = cleo.get("/analytics?after=agt_ffffffffffffffffffffffffffffffff").await;
    page.is(200).says("href=\"/analytics\"");
    assert!(!page.text.contains("Nothing yet"), "there is something before it");
    cleo.get("/analytics?after=nobody").await.is(404);
    no_query_scans(&it.w.web.store);
}

#[actix_web::test]
async fn an_administrator_sees_everybodys_agents_and_lets_one_in_that_is_shut_out() {
    let it = Watched::new().await;
    let max = it.max;
    it.w.write(move |cx| agents::shut_out(cx, "t", max, Pattern::Floods).map(drop)).await;
    let mut ben = it.w.browser_of(BEN).await;
    let own = format!("/agents/{max}");
    let page = ben.get(&own).await;
    page.is(200).says("It is shut out until").says("it went on when it was told to wait");
    assert!(!page.text.contains("value=\"let-in\""), "its owner waits");
    ben.post(&own, &[("do", "let-in")]).await.is(403);
    let mut root = it.w.browser_of(ROOT).await;
    root.get("/admin/agents").await.is(200).says("Max").says("shut out until").says("Ben");
    root.get("/admin").await.is(200).says("Agents there").says("1 shut out");
    let page = root.get("/admin/agents").await;
    let done = root.press_on(&page, "let-in", &[]).await;
    assert_eq!(done.is(303).header("location"), "/admin/agents?done=agent-let-in");
    let page = root.get("/admin/agents").await;
    assert!(!page.is(200).text.contains("shut out until"));
    // It is retired from the list, once somebody has said that they mean it.
    page.says("Retire it").says("<details").says("This cannot be taken back.");
    ben.post(&own, &[("do", "retire"), ("list", "all")]).await.is(403);
    let done = root.press_on(&page, "retire", &[]).await;
    assert_eq!(done.is(303).header("location"), "/admin/agents?done=agent-retired");
    let page = root.get("/admin/agents?done=agent-retired").await;
    page.is(200).says("Retired. Its keys no longer work.").says("retired");
    assert!(!page.text.contains("Retire it"));
    ben.get("/admin/agents").await.is(403);
    no_query_scans(&it.w.web.store);
}

#[actix_web::test]
async fn an_agent_that_did_nothing_has_a_line_of_text_in_place_of_its_drawings() {
    let it = Watched::new().await;
    it.gather().await;
    let mut ben = it.w.browser_of(BEN).await;
    let figures = format!("/agents/{}/figures", it.max);
    let page = ben.get(&figures).await;
    page.is(200).says("Nothing yet. What Max is sent, begins and answers is drawn here, day by day.");
    assert!(!page.text.contains("<svg class=\"bars\""), "no empty boxes");
    ben.get(&format!("{figures}?from=2020-01-01&to=2020-01-31")).await.is(200).says("Nothing in these days.");
    // What there is is drawn, and only that.
    it.asked().await;
    it.gather().await;
    let page = ben.get(&figures).await;
    assert_eq!(page.is(200).text.matches("<svg class=\"bars\"").count(), 1);
    page.says("<title>Messages that came</title>")
        .says("Nothing yet: messages that went out, what it began,");
    let mut root = it.w.browser_of(ROOT).await;
    let page = root.get("/admin").await;
    page.is(200).says("Nothing yet. Mails that go out are drawn here, day by day.");
    assert!(!page.text.contains("<svg class=\"bars\""));
    page.says("The database").says("nobody has looked yet").says("The mailbox").says("Last sent");
}

#[actix_web::test]
async fn an_administrator_announces_something_on_a_page_and_what_is_wrong_stands_beside_its_field() {
    let w = World::new().await;
    let mut root = w.browser_of(ROOT).await;
    let page = root.get("/admin/agents").await;
    page.is(200).says("href=\"/admin/announcements\"");
    let path = "/admin/announcements";
    let wrong = [("room", "ai_maintenance"), ("text", "It moves"), ("date", "2026-11-23"), ("from", "23:00")];
    let page = root.press(path, path, &[&wrong[..], &[("until", "01:00")]].concat()).await;
    page.is(422).says("The end must come after the start.").says("It moves");
    let right = [("until_date", "2026-11-24"), ("until", "01:00")];
    let page = root.get(path).await;
    for _ in 0..2 {
        // Sent twice, it is said once.
        let done = root.press_on(&page, path, &[&wrong[..], &right[..]].concat()).await;
        assert_eq!(done.is(303).header("location"), "/admin/announcements?done=announced");
    }
    let page = root.get("/admin/announcements?done=announced").await;
    page.is(200).says("Announced.").says("It moves").says("all agents: work from").says("23:00");
    assert_eq!(page.main().matches("It moves").count(), 1);
    let done = root.press(path, path, &[("room", "ai_status_busy"), ("text", "Kim <kim@example.org>")]).await;
    done.is(303);
    root.get(path).await.is(200).says("To agents that were busy").says("[address removed]");
    no_query_scans(&w.web.store);
}
