//! Every main page at a telephone's and a desk's width, light and dark, with axe-core's opinion.

use reqwest::Method;
use serde_json::{Value, json};

use super::visitor::{ALEX, ROBIN, Visitor};
use crate::booking::in_days;
use crate::rig::{Scheme, eventually};

/// Collects the faults of all pages, so that one run names them all.
struct Looks<'a> {
    visitor: &'a Visitor,
    faults: Vec<String>,
}

impl<'a> Looks<'a> {
    fn of(visitor: &'a Visitor) -> Self {
        Self { visitor, faults: Vec::new() }
    }

    /// All was looked at.
    #[track_caller]
    fn over(self) {
        assert_eq!(self.faults, Vec::<String>::new());
    }

    async fn at(&mut self, path: &str, name: &str) {
        self.visitor.browser.open(&format!("{}{path}", self.visitor.server.url())).await;
        self.here(name).await;
    }

    async fn here(&mut self, name: &str) {
        let title = self.visitor.browser.text("h1").await;
        assert!(!title.contains("not found") && !title.contains("wrong"), "{name}: {title}");
        self.faults.extend(self.visitor.browser.faults(name).await);
    }
}

#[tokio::test]
async fn pages_that_links_open_have_no_faults() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    looks.at("/", "welcome").await;
    looks.at("/sign-in", "sign-in").await;
    looks.at("/mailroom", "rooms").await;
    visitor.open_mail(ROBIN, "Invitation").await;
    browser.unfold("Propose a new time").await;
    looks.here("mailroom").await;
    let about = visitor.link("about-you").await;
    browser.open(&visitor.link("reschedule").await).await;
    looks.here("reschedule").await;
    browser.choose("form[data-keep-length]", in_days(9, 16).naive_utc()).await;
    browser.fill("textarea[name=note]", "After the morning train, if you can.").await;
    browser.press("Send the request").await;
    looks.here("requested").await;
    visitor.open_mail(ALEX, "Approve new time").await;
    browser.open(&visitor.link("approve").await).await;
    looks.here("approve").await;
    browser.press("Approve the new time").await;
    looks.here("approved").await;
    visitor.open_mail(ALEX, "Approve new time").await;
    browser.open(&visitor.link("decline").await).await;
    looks.here("settled").await;
    browser.open(&about).await;
    looks.here("about-you").await;
    looks.at("/approve?t=nothing", "unknown-link").await;
    looks.over();
}

#[tokio::test]
async fn pages_for_whoever_is_signed_in_have_no_faults() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    visitor.open_mail(ROBIN, "Invitation").await;
    visitor.answer("Accept", "applied").await;
    browser.unfold("Propose a new time").await;
    browser.choose("form[data-keep-length]", in_days(9, 16).naive_utc()).await;
    visitor.answer("Propose new time", "proposal").await;
    visitor.open_meeting_as(ALEX).await;
    looks.here("meeting").await;
    for (path, name) in [
        ("/", "home"),
        ("/meetings", "meetings"),
        ("/meetings/new", "book"),
        ("/calendar", "calendar"),
        ("/calendar/sources/new", "calendar-new"),
        ("/calendar/why?date=2027-02-03&at=10:30&length=45", "why"),
        ("/sessions", "sessions-empty"),
        ("/sessions/new?line=45+minutes+with+Nobody+next+week", "session-new-unclear"),
        ("/connections", "connections"),
        ("/connections/questions", "questions"),
        ("/booking-links", "booking-links"),
        ("/booking-links/new", "booking-link-new"),
        ("/settings", "settings"),
        ("/settings/hours", "settings-hours"),
        ("/settings/account", "settings-account"),
        ("/notices", "notices"),
        ("/notices?unread=1", "notices-unread"),
        ("/settings", "settings"),
        ("/settings/notices", "notice-settings"),
        ("/admin", "admin"),
        ("/admin/inbound", "inbound"),
        ("/admin/delivery", "delivery"),
        ("/admin/users", "users"),
        ("/admin/dead", "dead"),
        ("/admin/alerts", "alerts"),
    ] {
        looks.at(path, name).await;
    }
    looks.over();
}

#[tokio::test]
async fn pages_of_a_booking_link_have_no_faults_for_guest_and_owner() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    looks.at("/b/alex-30", "book-times").await;
    browser.leave_by("main ul.slots a").await;
    looks.here("book-form").await;
    browser.fill("input[name=name]", "Kim").await;
    browser.fill("input[name=email]", "kim@example.net").await;
    browser.press("Ask for this time").await;
    looks.here("book-look").await;
    visitor.open_mail(("kim", "kim@example.net"), "Please confirm").await;
    let link = visitor.link("booking").await;
    browser.open(&link).await;
    looks.here("book-confirm").await;
    browser.press("Confirm the time").await;
    looks.here("book-waits").await;
    visitor.open_meeting_as(ALEX).await;
    looks.at("/", "home-booking").await;
    looks.at("/notices", "notices-booking").await;
    looks.at("/booking-links", "booking-links-waiting").await;
    browser.follow("30 minutes").await;
    looks.here("booking-link").await;
    browser.press("Decline").await;
    browser.open(&link).await;
    looks.here("book-declined").await;
    looks.at("/booking?t=nothing", "book-unknown").await;
    looks.over();
}

#[tokio::test]
async fn a_guest_elsewhere_is_shown_their_own_clock_at_once_and_books_in_it() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    browser.set_time_zone("America/New_York").await;
    browser.open(&format!("{}/b/alex-30", visitor.server.url())).await;
    eventually("the times of New York", async || {
        browser.text("main").await.contains("Times are in New York time").then_some(())
    })
    .await;
    let address = browser.evaluate("location.search").await;
    assert!(address.to_string().contains("zone=America"), "{address}");
    browser.leave_by("main ul.slots a").await;
    assert!(browser.text("main").await.contains("New York time"));
    browser.fill("input[name=name]", "Kim").await;
    browser.fill("input[name=email]", "kim@example.net").await;
    browser.press("Ask for this time").await;
    assert!(browser.text("main").await.contains("New York time"));
    // Whoever says that they are elsewhere is believed, and asked no more.
    browser.open(&format!("{}/b/alex-30?zone=Asia/Tokyo", visitor.server.url())).await;
    assert!(browser.text("main").await.contains("Times are in Tokyo time"));
}

#[tokio::test]
async fn without_scripts_a_guest_elsewhere_says_where_with_one_field() {
    let visitor = Visitor::arrive(false).await;
    let browser = &visitor.browser;
    browser.open(&format!("{}/b/alex-30", visitor.server.url())).await;
    assert!(browser.text("main").await.contains("If you are elsewhere, say where:"));
    browser.fill("main input[name=zone]", "America/New_York").await;
    browser.press("Show times there").await;
    assert!(browser.text("main").await.contains("Times are in New York time"));
}

#[tokio::test]
async fn on_a_telephone_the_rare_places_unfold_by_keyboard_with_and_without_scripts() {
    for scripts in [true, false] {
        let visitor = Visitor::arrive(scripts).await;
        let browser = &visitor.browser;
        visitor.open_meeting_as(ALEX).await;
        browser.set_view(375, Scheme::Light).await;
        browser.open(&visitor.server.url()).await;
        let height = "document.querySelector('header.top').offsetHeight";
        let before = browser.evaluate(height).await;
        assert!(before.as_i64().is_some_and(|height| height <= 100), "{before}: two rows, not four");
        assert!(!browser.text("header.top").await.contains("Settings"));
        browser.type_in("header.top summary", "\u{e007}").await;
        assert!(browser.text("header.top").await.contains("Settings"));
        let mut faults = Vec::new();
        if scripts {
            faults = browser.faults("nav-open").await;
        }
        assert_eq!(faults, Vec::<String>::new());
        browser.set_view(375, Scheme::Light).await;
        browser.follow("Settings").await;
        assert!(
            browser.text("h1").await.contains("settings") || browser.text("h1").await.contains("Settings")
        );
        browser.set_view(1280, Scheme::Light).await;
        assert!(browser.text("header.top").await.contains("Connections"));
        assert_eq!(browser.evaluate("document.querySelector('header.top .more').offsetHeight").await, 0);
    }
}

#[tokio::test]
async fn pages_of_rooms_and_things_have_no_faults() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    visitor.open_meeting_as(ALEX).await;
    looks.at("/admin/resources", "resources-empty").await;
    for name in ["Blue Room", "Projector"] {
        browser.open(&format!("{}/admin/resources", visitor.server.url())).await;
        browser.fill("input[name=name]", name).await;
        browser.press("Add it").await;
    }
    browser.fill("input[name=hours]", "08:00-20:00").await;
    browser.press("What would that mean?").await;
    looks.here("resource").await;
    browser.press("Save").await;
    browser.follow("Add a calendar").await;
    looks.here("resource-calendar-new").await;
    looks.at("/admin/resources", "resources").await;
    for (name, guest) in [("book-room", "kim@example.net"), ("book-room-taken", "sam@example.net")] {
        browser.open(&format!("{}/meetings/new", visitor.server.url())).await;
        browser.choose("form[data-keep-length]", in_days(9, 10).naive_utc()).await;
        browser.fill("input[name=title]", "Design walk").await;
        browser.fill("#guest-email-1", guest).await;
        browser.click("#room-1").await;
        if name == "book-room" {
            looks.here(name).await;
        }
        browser.press("Book it and send the invitations").await;
        if name == "book-room-taken" {
            looks.here(name).await;
        }
    }
    browser.leave_by("button[name=at]").await;
    looks.here("meeting-room").await;
    browser.unfold("Move it to another time").await;
    browser.choose("form[data-keep-length]", in_days(9, 10).naive_utc()).await;
    browser.press("Move it").await;
    looks.here("meeting-room-let-go").await;
    looks.at("/notices", "notices-room").await;
    looks.at("/booking-links/new", "booking-link-room").await;
    looks.over();
}

#[tokio::test]
async fn pages_of_webhooks_have_no_faults() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    visitor.open_meeting_as(ALEX).await;
    looks.at("/webhooks", "webhooks-none").await;
    browser.follow("Add a webhook").await;
    looks.here("webhook-new").await;
    browser.fill("#url", "http://hooks.invalid/in").await;
    browser.unfold("Meetings that you are at").await;
    browser.click("#kind-meeting-1").await;
    browser.press("Add it").await;
    looks.here("webhook-new-wrong").await;
    browser.fill("#url", "https://hooks.invalid/in").await;
    browser.press("Add it").await;
    looks.here("webhook-made").await;
    browser.press("Send a test").await;
    looks.here("webhook-tested").await;
    browser.press("Pause it").await;
    browser.unfold("Make a new secret").await;
    browser.unfold("Remove this webhook").await;
    looks.here("webhook-paused").await;
    looks.at("/webhooks", "webhooks").await;
    looks.over();
}

#[tokio::test]
async fn pages_of_agents_and_roles_have_no_faults() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    visitor.open_meeting_as(ALEX).await;
    looks.at("/agents", "agents-alone").await;
    browser.follow("Add one of your own").await;
    looks.here("agent-new").await;
    browser.unfold("Who may reach it").await;
    looks.here("agent-new-open").await;
    browser.fill("input[name=name]", " ").await;
    browser.fill("input[name=about]", "My assistant on the server at home").await;
    browser.press("Add it").await;
    looks.here("agent-new-wrong").await;
    browser.fill("input[name=name]", "Maya").await;
    browser.press("Add it").await;
    looks.here("agent").await;
    browser.fill("#key-name", "Server at home").await;
    browser.press("Make it").await;
    looks.here("agent-key").await;
    browser.unfold("Add an agent to the lists").await;
    browser.fill("#other", "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f").await;
    browser.press("Trust it").await;
    browser.unfold("Retire Maya").await;
    looks.here("agent-listed").await;
    looks.at("/agents", "agents").await;
    looks.at("/conversations", "conversations-empty").await;
    looks.at("/admin/roles", "roles-empty").await;
    browser.fill("input[name=name]", "Front desk").await;
    browser.fill("input[name=about]", "Answers for the big rooms").await;
    browser.press("Add it").await;
    browser.click("#member-1").await;
    looks.here("role").await;
    browser.press("Save").await;
    looks.at("/admin/roles", "roles").await;
    browser.open(&format!("{}/agents", visitor.server.url())).await;
    browser.follow("Maya").await;
    browser.unfold("Retire Maya").await;
    browser.press("Retire it").await;
    browser.follow("Maya").await;
    looks.here("agent-retired").await;
    looks.over();
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a walk through all of their pages")]
async fn pages_of_tasks_and_approvals_have_no_faults() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    visitor.open_meeting_as(ROBIN).await;
    let token = visitor.make_token(&["agents.read", "tasks.read", "tasks.write"]).await;
    visitor.open_meeting_as(ALEX).await;
    looks.at("/approvals", "approvals-empty").await;
    browser.set_view(1280, Scheme::Light).await;
    browser.open(&visitor.server.url()).await;
    let row = browser.evaluate("document.querySelector('header.top nav').offsetHeight").await;
    assert!(
        row.as_i64().is_some_and(|height| height < 60),
        "{row}: whoever sees every place has them in one row"
    );
    looks.at("/approvals/rules", "rules-empty").await;
    browser.fill("input[name=kind]", "All of them!").await;
    browser.press("Make this rule").await;
    looks.here("rules-wrong").await;
    browser.fill("input[name=kind]", "payment").await;
    browser.press("Make this rule").await;
    looks.here("rules").await;
    // Robin's program asks whoever is at the front desk, which Alex is.
    browser.open(&format!("{}/admin/roles", visitor.server.url())).await;
    browser.fill("input[name=name]", "Front desk").await;
    browser.press("Add it").await;
    browser.click("#member-1").await;
    browser.click("#member-2").await;
    browser.press("Save").await;
    let api = async |path: &str, body: Value| visitor.done(&token, Method::POST, path, body).await;
    let roles = visitor.done(&token, Method::GET, "/api/v1/roles", Value::Null).await;
    let desk = json!({ "role": roles["roles"][0]["id"] });
    for payload in [
        json!({ "text": "Send the score of the second movement", "url": "https://scores.example.org/2" }),
        json!({ "text": "Open the hall at nine.\nThe key is with the neighbours, who sleep long." }),
    ] {
        let task = json!({ "type": "todo", "to": desk, "payload": payload });
        api("/api/v1/tasks", task).await;
    }
    let question = json!({ "text": "Which hall?", "choices": ["The large one", "The garden"] });
    api("/api/v1/tasks", json!({ "type": "question", "to": desk, "payload": question })).await;
    api(
        "/api/v1/approvals",
        json!({ "kind": "payment", "about": "Pay 40 euros for the hall?", "payload": { "amount": 40 }, "of": desk }),
    )
    .await;
    looks.at("/", "home-tasks").await;
    visitor.open_mail(ALEX, "asks you to decide").await;
    browser.open(&visitor.link("approvals/decide").await).await;
    looks.here("approval-decide").await;
    looks.at("/approvals", "approvals").await;
    browser.follow("Pay 40 euros for the hall?").await;
    looks.here("approval").await;
    browser.press("Approve").await;
    looks.here("approval-approved").await;
    looks.at("/tasks", "tasks").await;
    browser.follow("Send the score of the second movement").await;
    looks.here("task").await;
    browser.press("I will do it").await;
    browser.unfold("It cannot be done").await;
    looks.here("task-taken").await;
    browser.press("Done").await;
    looks.here("task-done").await;
    looks.at("/notices", "notices-tasks").await;
    visitor.open_mail(ALEX, "asks you to decide").await;
    looks.here("mail-approval").await;
    browser.open(&visitor.link("approvals/decide").await).await;
    looks.here("approval-link").await;
    looks.at("/tasks", "tasks-again").await;
    browser.fill("textarea[name=text]", " ").await;
    browser.press("Ask").await;
    looks.here("tasks-wrong").await;
    looks.at("/tasks?sent=1", "tasks-sent").await;
    looks.at("/approvals/decide?t=nothing", "approval-link-unknown").await;
    looks.at("/groups", "groups-empty").await;
    looks.over();
}

#[tokio::test]
async fn pages_of_groups_have_no_faults() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    visitor.open_meeting_as(ROBIN).await;
    let token = visitor
        .make_token(&["connections.read", "connections.write", "sessions.read", "sessions.write"])
        .await;
    let api = async |method: Method, path: &str, body: Value| visitor.done(&token, method, path, body).await;
    let invited = api(Method::POST, "/api/v1/connections", json!({ "email": "alex@example.org" })).await;
    visitor.open_meeting_as(ALEX).await;
    looks.at("/groups/new", "group-new-nobody").await;
    browser.open(&format!("{}/connections", visitor.server.url())).await;
    browser.press("Accept").await;
    let group = json!({
        "question": "What do we play at the summer concert?", "with": [invited["id"]], "quorum": 1000,
        "candidates": [{ "label": "Bach, the whole of the Goldberg variations" }, { "label": "Ravel" }, { "label": "Ligeti" }],
    });
    let group = api(Method::POST, "/api/v1/groups", group).await;
    looks.at("/", "home-group").await;
    looks.at("/notices", "notices-group").await;
    looks.at("/groups", "groups").await;
    browser.follow("What do we play at the summer concert?").await;
    browser.unfold("Leave it").await;
    looks.here("group").await;
    visitor.open_mail(ALEX, "asks you to decide together").await;
    looks.here("mail-group").await;
    browser.open(&visitor.link("answer").await).await;
    looks.here("answer").await;
    for (at, vote) in ["yes", "if_need_be", "no"].iter().enumerate() {
        browser.click(&format!("tbody tr:nth-child({}) input[value='{vote}']", at + 1)).await;
    }
    browser.press("Answer").await;
    looks.here("answer-given").await;
    let votes = json!({ "votes": { (group["candidates"][1]["id"].as_str().expect("an id")): "yes" } });
    let path = format!("/api/v1/groups/{}", group["id"].as_str().expect("an id"));
    api(Method::PUT, &format!("{path}/answer"), votes).await;
    looks.at(path.trim_start_matches("/api/v1"), "group-decided").await;
    visitor.open_mail(ALEX, "asks you to decide together").await;
    browser.open(&visitor.link("answer").await).await;
    looks.here("answer-closed").await;
    looks.at("/groups/new", "group-new").await;
    browser.fill("input[name=question]", "Rehearsal").await;
    browser.fill("textarea[name=candidates]", "tomorrow at ten").await;
    browser.press("Ask them").await;
    looks.here("group-new-wrong").await;
    looks.over();
}

#[tokio::test]
async fn pages_that_watch_agents_have_no_faults() {
    let visitor = Visitor::arrive(true).await;
    let browser = &visitor.browser;
    let mut looks = Looks::of(&visitor);
    visitor.open_meeting_as(ALEX).await;
    looks.at("/conversations", "conversations-empty").await;
    looks.at("/admin/agents", "admin-agents-empty").await;
    let token = visitor
        .make_token(&[
            "agents.read",
            "agents.write",
            "messages.read",
            "messages.write",
            "tasks.read",
            "tasks.write",
        ])
        .await;
    let api = async |path: &str, body: Value| visitor.done(&token, Method::POST, path, body).await;
    let new = json!({
        "kind": "service", "name": "Max", "registration": { "preferences": { "privacy": "open" }, "discoverable": true },
    });
    let max = api("/api/v1/agents", new).await["id"].as_str().unwrap_or_default().to_owned();
    looks.at(&format!("/agents/{max}/figures"), "agent-figures-none").await;
    let talk = json!({
        "with": [max], "about": "information", "topic": "A room for Friday", "rights": { "calendar": true, "location": true },
    });
    let talk = api("/api/v1/conversations", talk).await["id"].as_str().unwrap_or_default().to_owned();
    for text in ["Is there a room for six people?", "With a piano, if there is one."] {
        let say = json!({ "type": "request", "text": text, "data": { "seats": 6 } });
        api(&format!("/api/v1/conversations/{talk}/messages"), say).await;
    }
    let metrics =
        json!({ "metrics": [{ "name": "tokens", "value": 1_200 }, { "name": "errors", "value": 1 }] });
    api(&format!("/api/v1/agents/{max}/metrics"), metrics).await;
    looks.at("/conversations", "conversations").await;
    browser.follow("A room for Friday").await;
    browser.unfold("Close it").await;
    looks.here("conversation").await;
    browser.press("Close it").await;
    looks.here("conversation-closed").await;
    eventually("figures", async || {
        browser.open(&format!("{}/agents/{max}/figures", visitor.server.url())).await;
        browser.text("main").await.contains("2 came").then_some(())
    })
    .await;
    browser.unfold("The numbers").await;
    looks.here("agent-figures").await;
    looks.at(&format!("/agents/{max}/figures?from=2020-01-01"), "agent-figures-wrong").await;
    looks.at(&format!("/agents/{max}/activity"), "agent-activity").await;
    looks.at(&format!("/agents/{max}"), "agent-watched").await;
    looks.at("/agents", "agents-watched").await;
    rated(&mut looks, &token, &max).await;
    browser.open(&format!("{}/admin/agents", visitor.server.url())).await;
    browser.unfold("Retire Max").await;
    looks.here("admin-agents").await;
    looks.at("/admin", "admin-agents-overview").await;
    looks.over();
}

/// What a program has done is rated on its page, here by whoever asked for it.
async fn rated(looks: &mut Looks<'_>, token: &str, max: &str) {
    let server = &looks.visitor.server;
    let ask = async |method: Method, path: String, token: &str, body: Value| {
        let reply = server.api(method, &path, token, Some(&body)).await;
        assert!(reply.status < 300, "{path}: {}", reply.body);
        reply.json()
    };
    let (post, put) = (Method::POST, Method::PUT);
    let declared = json!({ "about": "Tunes the piano", "payload": { "type": "object" } });
    ask(put, format!("/api/v1/agents/{max}/task-types/tune"), token, declared).await;
    let new = json!({ "type": "tune", "to": { "agent": max }, "payload": { "text": "Tune the piano" } });
    let task = ask(post.clone(), "/api/v1/tasks".to_owned(), token, new).await;
    let key = json!({ "name": "Server", "scopes": ["tasks.read", "tasks.write"] });
    let key = ask(post.clone(), format!("/api/v1/agents/{max}/keys"), token, key).await;
    let secret = key["secret"].as_str().unwrap_or_default();
    let program = ask(post.clone(), "/api/v1/agents/token".to_owned(), secret, json!({})).await;
    let program = program["access_token"].as_str().unwrap_or_default();
    let path = format!("/tasks/{}", task["id"].as_str().unwrap_or_default());
    ask(post, format!("/api/v1{path}/complete"), program, json!({ "result": {} })).await;
    looks.at(&path, "task-to-rate").await;
    looks.visitor.browser.click("input[name=score][value='4']").await;
    looks.visitor.browser.press("Say so").await;
    looks.here("task-rated").await;
}
