//! A meeting out of one line: two people's agents agree, one of them decides by the mail's button without signing in, and
//! both get their private invitation. Real mail, a browser for each.

use reqwest::Method;
use serde_json::{Value, json};

use crate::booking::{GUEST, HOST, Somebody, assert_no_trace, assert_private, link};
use crate::rig::{Browser, MailRig, Server, eventually};

/// A house with real mail in which Mara and Ben are connected.
pub(crate) struct House {
    pub(crate) mail: MailRig,
    pub(crate) server: Server,
    links: Vec<(&'static str, String)>,
    faults: Vec<String>,
}

impl House {
    /// Ben lets Mara's agent do this, at any hour that both work.
    async fn open(scopes: &[&str]) -> Self {
        Self::open_with(scopes, |_| {}).await
    }

    /// The same with a configuration changed by `change`.
    pub(crate) async fn open_with(scopes: &[&str], change: impl FnOnce(&mut toml::Table)) -> Self {
        let mail = MailRig::start();
        let server = Server::start_with(Some(&mail), change);
        let mut house = Self { mail, server, links: Vec::new(), faults: Vec::new() };
        for who in [HOST, GUEST] {
            let link = house.account(who);
            house.links.push((who.name, link));
        }
        let (maras, bens) = (house.token(HOST), house.token(GUEST));
        let body = json!({ "email": GUEST.address() });
        let made = house.server.api(Method::POST, "/api/v1/connections", &maras, Some(&body)).await;
        assert!(made.status < 300, "{}", made.body);
        let asked = house.server.api(Method::GET, "/api/v1/connections", &bens, None).await.json();
        let id = asked["connections"][0]["id"].as_str().expect("a connection").to_owned();
        let path = format!("/api/v1/connections/{id}");
        let accepted = house.server.api(Method::POST, &format!("{path}/accept"), &bens, None).await;
        assert!(accepted.status < 300, "{}", accepted.body);
        let grant = json!({ "scopes": scopes, "constraints": { "notice_minutes": 0 } });
        let granted = house.server.api(Method::PUT, &format!("{path}/grants"), &bens, Some(&grant)).await;
        assert!(granted.status < 300, "{}", granted.body);
        house
    }

    /// Makes somebody's account; gives a sign-in link.
    fn account(&self, who: Somebody) -> String {
        let (email, add) = (who.address(), ["user", "add", "--name", who.name, "--time-zone", who.zone]);
        let said = self.server.cli_ok(&[&add[..], &["--email", &email]].concat());
        said.lines().last().expect("a link").trim().to_owned()
    }

    fn token(&self, who: Somebody) -> String {
        let email = who.address();
        let scope = "connections.read,connections.write";
        let said =
            self.server.cli_ok(&["token", "create", "--name", "agent", "--user", &email, "--scope", scope]);
        said.lines().last().expect("a token").trim().to_owned()
    }

    /// A browser in which somebody is signed in, by the link of their new account.
    async fn browser(&self, who: Somebody, scripts: bool) -> Browser {
        let browser = if scripts { Browser::start().await } else { Browser::without_scripts().await };
        let link = self.links.iter().find(|(name, _)| *name == who.name).expect("an account");
        browser.open(&link.1).await;
        browser.press(&format!("Sign in as {}", who.name)).await;
        browser
    }

    /// Ben decides by the mailed link, in a browser that nobody is signed in with.
    async fn decides(&mut self, address: &str, scripts: bool) {
        let nobody = if scripts { Browser::start().await } else { Browser::without_scripts().await };
        nobody.open(address).await;
        let page = reads(&nobody, HOST).await;
        let asks = page.contains("Agree to this time?") && page.contains("Trio rehearsal with Mara Ames");
        assert!(asks, "{page}");
        self.look(&nobody, "flow-decide").await;
        nobody.press("Agree to this time").await;
        let page = reads(&nobody, HOST).await;
        assert!(page.contains("It is booked") || page.contains("It is being booked"), "{page}");
        self.look(&nobody, "flow-decided").await;
    }

    async fn look(&mut self, browser: &Browser, name: &str) {
        self.faults.extend(browser.faults(name).await);
    }
}

/// What stands on the open page, in which the other's address is nowhere.
async fn reads(browser: &Browser, other: Somebody) -> String {
    let page: Value = browser.evaluate("document.documentElement.outerHTML").await;
    assert!(!page.to_string().to_lowercase().contains(&other.address().to_lowercase()), "{page}");
    browser.text("main").await
}

async fn from_a_line_to_two_invitations(scripts: bool) -> Vec<String> {
    let scopes = ["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"];
    let mut house = House::open(&scopes).await;
    let mara = house.browser(HOST, scripts).await;
    mara.fill("input[name=line]", "45 minutes with Ben in the next two weeks, not before 10").await;
    mara.press("Find a time").await;
    let page = reads(&mara, GUEST).await;
    assert!(page.contains("Understood: 45 minutes with Ben Frost"), "{page}");
    assert!(page.contains("Ben Frost then decides."), "{page}");
    house.look(&mara, "flow-line").await;
    mara.unfold("Change something").await;
    mara.fill("input[name=title]", "Trio rehearsal").await;
    mara.press("Let the agents find a time").await;
    // The agents are at work; the page shows by itself what comes of it.
    eventually("a page that waits for Ben", async || {
        if !mara.runs_scripts() {
            let here = mara.evaluate("location.href").await;
            mara.open(here.as_str().expect("an address")).await;
        }
        mara.text("main").await.contains("it waits for Ben Frost").then_some(())
    })
    .await;
    house.look(&mara, "flow-session-waits").await;

    let asked = house.mail.mailbox(GUEST.user).wait_for_subject("waits for you to decide");
    assert_no_trace(&asked, &[HOST]);
    assert!(
        asked.text().contains("Trio rehearsal with Mara Ames waits for you to decide."),
        "{}",
        asked.text()
    );
    // Looking at the link, as scanners do, decides nothing.
    let address = link(&asked, "decide");
    for method in [Method::HEAD, Method::GET, Method::GET] {
        assert_eq!(house.server.fetch(method, &address).await.status, 200);
    }
    let ben = house.browser(GUEST, scripts).await;
    ben.open(&format!("{}/notices", house.server.url())).await;
    let page = reads(&ben, HOST).await;
    assert!(page.contains("Trio rehearsal with Mara Ames waits for you to decide."), "{page}");
    house.look(&ben, "flow-decision-notice").await;
    ben.open(&house.server.url()).await;
    assert!(reads(&ben, HOST).await.contains("One thing needs you"));
    house.look(&ben, "flow-decision-home").await;

    house.decides(&address, scripts).await;
    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        let mail = house.mail.mailbox(reader.user).wait_for_subject("Trio rehearsal — Invitation");
        assert_private(&mail, reader, &[other]);
    }
    eventually("a page that says it is booked", async || {
        if !mara.runs_scripts() {
            let here = mara.evaluate("location.href").await;
            mara.open(here.as_str().expect("an address")).await;
        } else if !mara.text("main").await.contains("It is booked") {
            mara.open(&format!("{}/sessions", house.server.url())).await;
            mara.follow("Trio rehearsal").await;
        }
        mara.text("main").await.contains("It is booked").then_some(())
    })
    .await;
    let page = reads(&mara, GUEST).await;
    assert!(
        page.contains("Ben Frost agreed to a time") && page.contains("Your agent proposed times"),
        "{page}"
    );
    house.look(&mara, "flow-session-booked").await;
    mara.open(&format!("{}/sessions", house.server.url())).await;
    house.look(&mara, "flow-sessions").await;
    house.faults
}

#[tokio::test]
async fn a_line_becomes_a_meeting_by_the_button_of_a_mail() {
    assert_eq!(from_a_line_to_two_invitations(true).await, Vec::<String>::new());
}

#[tokio::test]
async fn it_does_without_scripts() {
    assert_eq!(from_a_line_to_two_invitations(false).await, Vec::<String>::new());
}
