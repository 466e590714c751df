//! What a visitor of the demonstration does again and again: go to somebody's mailbox, open a mail, use its links.

use reqwest::Method;
use serde_json::Value;

use crate::rig::{Browser, Server, eventually};

/// One of the demonstration's people: what their mailbox's address begins with, and their name.
pub(super) type Person = (&'static str, &'static str);
/// Who booked the meeting.
pub(super) const ALEX: Person = ("alex", "Alex Moreau");
/// The guest.
pub(super) const ROBIN: Person = ("robin", "Robin Haas");

/// Somebody who tries the demonstration out.
pub(super) struct Visitor {
    pub(super) server: Server,
    pub(super) browser: Browser,
}

impl Visitor {
    pub(super) async fn arrive(scripts: bool) -> Self {
        let server = Server::demo();
        let browser = if scripts { Browser::start().await } else { Browser::without_scripts().await };
        Self { server, browser }
    }

    /// Opens the newest mail in a person's mailbox whose subject holds `subject`, as soon as it is there.
    pub(super) async fn open_mail(&self, person: Person, subject: &str) {
        let browser = &self.browser;
        eventually(&format!("a mail about {subject:?} for {}", person.1), async || {
            browser.open(&format!("{}/mailroom", self.server.url())).await;
            let listed = browser.text("main").await;
            if !listed.contains(person.1) {
                return None;
            }
            browser.click(&format!("main a[href*='{}']", person.0)).await;
            browser.text("main").await.contains(subject).then_some(())
        })
        .await;
        browser.follow(subject).await;
        assert!(browser.text("h1").await.contains(subject));
    }

    /// The link of the open mail that leads to this page.
    pub(super) async fn link(&self, page: &str) -> String {
        let text = self.browser.evaluate("document.querySelector('details pre.wrap').textContent").await;
        let text = text.as_str().expect("the mail's plain text");
        let found = text.split_whitespace().find(|word| word.contains(&format!("/{page}?")));
        found.unwrap_or_else(|| panic!("no link to {page} in {text}")).to_owned()
    }

    /// Follows a link of the open mail, presses the one button with these words, and gives the heading that follows.
    pub(super) async fn press_by_link(&self, page: &str, words: &str) -> String {
        let link = self.link(page).await;
        self.browser.open(&link).await;
        self.browser.press(words).await;
        self.browser.text("h1").await
    }

    /// Presses a button of the open mail; what came of it must hold `outcome`.
    pub(super) async fn answer(&self, words: &str, outcome: &str) {
        self.browser.press(words).await;
        let came = self.browser.text("section.flash").await;
        assert!(came.to_lowercase().contains(outcome), "{words}: {came}");
    }

    /// Signs in by the link that the demonstration printed, and opens the meeting's page.
    pub(super) async fn open_meeting_as(&self, person: Person) {
        let said = self.server.log();
        let line = |what: &str| {
            let line =
                said.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {said}"));
            line.split_whitespace().last().unwrap_or_default().to_owned()
        };
        self.browser.open(&line(&format!("Sign in as {}", person.1))).await;
        self.browser.press(&format!("Sign in as {}", person.1)).await;
        self.browser.open(&line("The meeting between them")).await;
    }

    /// Makes a token of whoever is signed in, on the page where one does; gives it.
    pub(super) async fn make_token(&self, scopes: &[&str]) -> String {
        let browser = &self.browser;
        browser.open(&format!("{}/settings", self.server.url())).await;
        browser.unfold("Make a token").await;
        browser.fill("#token-name", "Program").await;
        for scope in scopes {
            browser.click(&format!("input[value='{scope}']")).await;
        }
        browser.press("Make it").await;
        browser.text("#fresh-token").await
    }

    /// What a program does over the API; gives what it is answered, null where that is nothing.
    pub(super) async fn done(&self, token: &str, method: Method, path: &str, body: Value) -> Value {
        let reply = self.server.api(method, path, token, Some(&body).filter(|body| !body.is_null())).await;
        assert!(reply.status < 300, "{path}: {}", reply.body);
        if reply.status == 204 { Value::Null } else { reply.json() }
    }
}
