//! Every page in every state: it renders, is sound HTML for people and programs, and prints what comes
//! from outside as text.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use entente::web::view as v;
use entente::web::view::parts::Page;

fn add<P: Page>(pages: &mut BTreeMap<&'static str, String>) {
    for (name, page) in P::samples() {
        let html = page.render().expect("every sample renders");
        assert!(pages.insert(name, html).is_none(), "two samples are called {name}");
    }
}

/// Every page in every state, by the name of its sample.
#[expect(clippy::too_many_lines, reason = "a table: a line for each page")]
fn pages() -> BTreeMap<&'static str, String> {
    let mut pages = BTreeMap::new();
    let p = &mut pages;
    add::<v::home::Home>(p);
    add::<v::home::Welcome>(p);
    add::<v::sign_in::SignIn>(p);
    add::<v::sign_in::SignInSent>(p);
    add::<v::sign_in::SignInLink>(p);
    add::<v::sign_in::SetUp>(p);
    add::<v::meetings::MeetingList>(p);
    add::<v::meetings::MeetingPage>(p);
    add::<v::meeting_forms::MeetingNew>(p);
    add::<v::calendar::NewSource>(p);
    add::<v::calendar::SourcePage>(p);
    add::<v::calendar::Week>(p);
    add::<v::connections::Connections>(p);
    add::<v::connections::Questions>(p);
    add::<v::connections::Connect>(p);
    add::<v::grants::ConnectionPage>(p);
    add::<v::agents::AgentList>(p);
    add::<v::agents::AgentNew>(p);
    add::<v::agent::AgentPage>(p);
    add::<v::conversations::ConversationList>(p);
    add::<v::conversations::ConversationPage>(p);
    add::<v::analytics::AnalyticsPage>(p);
    add::<v::watch::FiguresPage>(p);
    add::<v::watch::ActivityPage>(p);
    add::<v::watch::EverybodysAgents>(p);
    add::<v::announcements::AnnouncementsPage>(p);
    add::<v::tasks::TaskList>(p);
    add::<v::tasks::TaskPage>(p);
    add::<v::groups::GroupList>(p);
    add::<v::groups::GroupForm>(p);
    add::<v::groups::GroupPage>(p);
    add::<v::groups::AnswerPage>(p);
    add::<v::approvals::ApprovalList>(p);
    add::<v::approvals::ApprovalPage>(p);
    add::<v::approvals::Rules>(p);
    add::<v::approvals::ApprovalDecide>(p);
    add::<v::webhooks::WebhookList>(p);
    add::<v::webhooks::WebhookNew>(p);
    add::<v::webhooks::WebhookPage>(p);
    add::<v::booking_links::BookingLinks>(p);
    add::<v::booking_links::NewBookingLink>(p);
    add::<v::booking_links::BookingLinkPage>(p);
    add::<v::booking_links::BookingDecide>(p);
    add::<v::book::Times>(p);
    add::<v::book::BookForm>(p);
    add::<v::book::BookNow>(p);
    add::<v::sessions::SessionList>(p);
    add::<v::sessions::SessionPage>(p);
    add::<v::wish::SessionNew>(p);
    add::<v::sessions::SessionDecide>(p);
    add::<v::wish::SessionWish>(p);
    add::<v::respond::Respond>(p);
    add::<v::decide::Decide>(p);
    add::<v::decide::Settled>(p);
    add::<v::decide::Done>(p);
    add::<v::links::LinkPage>(p);
    add::<v::links::FreshSent>(p);
    add::<v::links::ConfirmReply>(p);
    add::<v::about::AboutYou>(p);
    add::<v::about::AboutDone>(p);
    add::<v::settings::Settings>(p);
    add::<v::hours::HoursPage>(p);
    add::<v::account::AccountPage>(p);
    add::<v::account::AddressPage>(p);
    add::<v::notices::NoticeList>(p);
    add::<v::notices::NoticeSettings>(p);
    add::<v::admin::Overview>(p);
    add::<v::admin::Dead>(p);
    add::<v::admin::Delivery>(p);
    add::<v::admin::Users>(p);
    add::<v::admin::Alerts>(p);
    add::<v::roles::RoleList>(p);
    add::<v::roles::RolePage>(p);
    add::<v::resources::ResourceList>(p);
    add::<v::resources::ResourcePage>(p);
    add::<v::inbound::InboundList>(p);
    add::<v::inbound::InboundOne>(p);
    add::<v::mailroom::Mailboxes>(p);
    add::<v::mailroom::Mailbox>(p);
    add::<v::mailroom::Message>(p);
    add::<v::trouble::Trouble>(p);
    add::<v::why::WhyPage>(p);
    pages
}

/// The opening tags called `tag`, each from `<` to `>`.
fn tags<'a>(html: &'a str, tag: &str) -> Vec<&'a str> {
    let open = format!("<{tag}");
    html.match_indices(&open)
        .map(|(at, _)| &html[at..])
        .filter(|rest| rest[open.len()..].starts_with([' ', '>', '\n']))
        .map(|rest| &rest[..=rest.find('>').expect("every tag is closed")])
        .collect()
}

/// The value of an attribute within a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let open = format!(" {name}=\"");
    let from = tag.find(&open)? + open.len();
    tag[from..].split('"').next()
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn every_page_has_one_title_one_heading_one_main_and_at_most_one_primary_button() {
    for (name, html) in pages() {
        assert_eq!(tags(&html, "h1").len(), 1, "{name}: h1");
        assert_eq!(tags(&html, "main").len(), 1, "{name}: main");
        // A drawing has a title of its own.
        let head = html.split("</head>").next().unwrap_or_default();
        assert_eq!(tags(head, "title").len(), 1, "{name}: title");
        assert!(!html.contains("<title> ·"), "{name}: empty title");
        let buttons = tags(&html, "button").into_iter().chain(tags(&html, "a"));
        let primary = buttons
            .filter(|tag| attribute(tag, "class").is_some_and(|c| c.split(' ').any(|c| c == "primary")))
            .count();
        assert!(primary <= 1, "{name}: {primary} primary buttons");
    }
}

#[test]
fn no_page_needs_more_than_the_content_security_policy_gives() {
    for (name, html) in pages() {
        assert!(!html.contains(" style=") && !html.contains("<style"), "{name}: inline style");
        for tag in tags(&html, "script") {
            assert!(attribute(tag, "src").is_some_and(|src| src.starts_with("/static/")), "{name}: {tag}");
        }
        assert!(!html.contains(" on") || !html.contains("onclick="), "{name}: inline handler");
        for tag in tags(&html, "iframe") {
            let sandbox = attribute(tag, "sandbox").unwrap();
            assert!(
                !sandbox.contains("allow-scripts") && !sandbox.contains("allow-same-origin"),
                "{name}: {tag}"
            );
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_id_is_there_once() {
    for (name, html) in pages() {
        let ids: Vec<&str> =
            html.match_indices(" id=\"").map(|(at, _)| html[at + 5..].split('"').next().unwrap()).collect();
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), once.len(), "{name}: an id is there twice: {ids:?}");
        let labels: BTreeSet<&str> =
            tags(&html, "label").iter().filter_map(|tag| attribute(tag, "for")).collect();
        for kind in ["input", "select", "textarea"] {
            for tag in tags(&html, kind) {
                if attribute(tag, "type") == Some("hidden") {
                    continue;
                }
                let id = attribute(tag, "id").unwrap_or_else(|| panic!("{name}: {tag} has no id"));
                assert!(labels.contains(id), "{name}: {tag} has no label");
            }
        }
        for tag in html.match_indices("aria-describedby=\"").map(|(at, found)| &html[at + found.len()..]) {
            let id = tag.split('"').next().unwrap();
            assert!(once.contains(id), "{name}: nothing is called {id}");
        }
    }
}

#[test]
fn every_form_of_somebody_signed_in_carries_the_form_token() {
    for (name, html) in pages() {
        if !html.contains("action=\"/sign-out\"") {
            continue;
        }
        for form in html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if form.contains("method=\"post\"") {
                assert!(form.contains("name=\"csrf\" value=\"sample-form-token\""), "{name}: {form}");
            }
        }
    }
}

#[test]
fn every_page_names_the_zone_and_lets_it_be_changed() {
    for (name, html) in pages() {
        assert!(html.contains("Paris time, UTC+1"), "{name}");
        assert!(html.contains("action=\"/zone\""), "{name}");
    }
}

#[test]
fn a_page_behind_a_link_holds_one_form_that_posts_to_its_own_path() {
    for name in
        ["respond", "respond-waiting", "approve", "decline", "link-expired", "confirm-reply", "about-you"]
    {
        let html = &pages()[name];
        let forms = tags(html, "form");
        let own = forms.iter().filter(|tag| attribute(tag, "action") != Some("/zone")).count();
        assert_eq!(own, 1, "{name}: {forms:?}");
    }
    let html = &pages()["respond"];
    for answer in ["accept", "tentative", "decline"] {
        assert!(html.contains(&format!("name=\"do\" value=\"{answer}\" formnovalidate")), "{answer}");
    }
}

#[test]
fn no_page_behind_a_link_shows_an_address() {
    for (name, html) in pages() {
        let is_behind_a_link = !html.contains("<nav aria-label=\"Main\"") && !name.starts_with("sign-in");
        if is_behind_a_link && name != "set-up" && !name.starts_with("about-you") {
            assert!(!html.contains('@'), "{name}");
        }
    }
}

#[test]
fn what_comes_from_outside_is_printed_as_text() {
    const HOSTILE: &str = "\"><script>alert('x')</script><b onmouseover=x>";
    let is_text = |html: String| {
        assert!(!html.contains("<script>alert") && !html.contains("<b onmouseover"), "{html}");
        assert!(html.contains("script&#62;") || html.contains("script&gt;"), "it is not there at all");
    };
    for (_, mut page) in v::meetings::MeetingPage::samples() {
        for text in
            [&mut page.title, &mut page.place, &mut page.description, &mut page.notice, &mut page.privacy]
        {
            HOSTILE.clone_into(text);
        }
        HOSTILE.clone_into(&mut page.people[0].name);
        HOSTILE.clone_into(&mut page.story[0].note);
        is_text(askama::Template::render(&page).unwrap());
    }
    for (_, mut page) in v::respond::Respond::samples() {
        for text in
            [&mut page.title, &mut page.other, &mut page.note, &mut page.action, &mut page.decline_words]
        {
            HOSTILE.clone_into(text);
        }
        is_text(askama::Template::render(&page).unwrap());
    }
    for (_, mut page) in v::agent::AgentPage::samples() {
        for text in [&mut page.name, &mut page.lead, &mut page.facts[0].1] {
            HOSTILE.clone_into(text);
        }
        is_text(askama::Template::render(&page).unwrap());
    }
    for (_, mut page) in v::mailroom::Message::samples() {
        for text in [&mut page.subject, &mut page.text, &mut page.raw, &mut page.form.text, &mut page.from] {
            HOSTILE.clone_into(text);
        }
        is_text(askama::Template::render(&page).unwrap());
    }
}

#[test]
fn a_form_that_came_back_holds_what_was_typed_and_says_what_is_wrong() {
    let pages = pages();
    for (name, field, value) in [
        ("settings", "name", "Alex"),
        ("settings-wrong", "zone", "Mars/Olympus"),
        ("meeting-new-wrong", "guest_email", "robin at example"),
        ("meeting-new-wrong", "until", "14:00"),
        ("respond-wrong", "date", "2026-11-02"),
        ("sign-in-wrong", "email", "alex at example"),
    ] {
        let inputs = tags(&pages[name], "input");
        let held = inputs
            .iter()
            .any(|tag| attribute(tag, "name") == Some(field) && attribute(tag, "value") == Some(value));
        assert!(held, "{name}: {field} does not hold {value}");
        assert_eq!(name.ends_with("-wrong"), pages[name].contains("aria-invalid=\"true\""), "{name}");
    }
}

#[test]
fn every_table_says_what_it_is() {
    for (name, html) in pages() {
        for table in html.split("<table").skip(1) {
            let within = table.split_once('>').map_or("", |(_, within)| within);
            assert!(within.trim_start().starts_with("<caption"), "{name}: a table without a caption");
        }
    }
}

#[test]
fn no_template_lies_about_unused() {
    let mut sources = String::new();
    for folder in ["src", "templates"] {
        for path in files(&root(folder)) {
            sources.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    for path in files(&root("templates")) {
        let name = path.strip_prefix(root("templates")).unwrap().to_str().unwrap().to_owned();
        assert!(sources.contains(&format!("\"{name}\"")), "{name} is used by nothing");
    }
}

#[test]
fn every_class_that_a_template_uses_is_in_the_stylesheet() {
    let css = fs::read_to_string(root("static/entente.css")).unwrap();
    for (name, html) in pages() {
        for class in html
            .match_indices(" class=\"")
            .flat_map(|(at, found)| html[at + found.len()..].split('"').next().unwrap().split(' '))
        {
            let known = class.is_empty() || class == "plain" || css.contains(&format!(".{class}"));
            assert!(known, "{name}: nothing is said about .{class}");
        }
    }
}

#[test]
fn every_page_can_be_looked_at() {
    let look = Path::new(env!("CARGO_TARGET_TMPDIR")).join("look");
    fs::create_dir_all(look.join("static")).unwrap();
    for file in ["entente.css", "entente.js", "favicon.svg"] {
        fs::copy(root("static").join(file), look.join("static").join(file)).unwrap();
    }
    for (name, html) in pages() {
        fs::write(look.join(format!("{name}.html")), html.replace("\"/static/", "\"static/")).unwrap();
    }
}
