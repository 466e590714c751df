//! Two people of a house who connect, and a stranger who is led in: real mail, a browser for each.

use reqwest::Method;
use serde_json::Value;

use crate::booking::{GUEST, HOST, OTHER, Somebody, assert_no_trace, link};
use crate::rig::{Browser, MailRig, Reply, Server, eventually};

/// What the badge shows now; nothing while it is hidden.
const BADGE: &str =
    "(b => b && !b.hidden ? b.firstElementChild.textContent : '')(document.querySelector('[data-unread]'))";

/// A house with real mail, and the faults of all pages that were looked at.
struct House {
    mail: MailRig,
    server: Server,
    faults: Vec<String>,
}

/// Somebody of it, at a browser of their own.
struct Reader {
    who: Somebody,
    other: Somebody,
    browser: Browser,
    url: String,
}

impl House {
    fn open() -> Self {
        let mail = MailRig::start();
        let server = Server::start(&mail);
        Self { mail, server, faults: Vec::new() }
    }

    /// Makes somebody's account; gives a sign-in link.
    fn account(&self, who: Somebody) -> String {
        let (email, add) = (who.address(), ["user", "add", "--name", who.name, "--time-zone", who.zone]);
        let said = self.server.cli_ok(&[&add[..], &["--email", &email]].concat());
        said.lines().last().expect("a link").trim().to_owned()
    }

    /// Makes an account, and signs in with a new browser.
    async fn moves_in(&self, who: Somebody, other: Somebody, scripts: bool) -> Reader {
        let link = self.account(who);
        let browser = if scripts { Browser::start().await } else { Browser::without_scripts().await };
        browser.open(&link).await;
        browser.press(&format!("Sign in as {}", who.name)).await;
        Reader { who, other, browser, url: self.server.url() }
    }

    fn token(&self, who: Somebody) -> String {
        let email = who.address();
        let scope = "connections.read,connections.write";
        let said =
            self.server.cli_ok(&["token", "create", "--name", "agent", "--user", &email, "--scope", scope]);
        said.lines().last().expect("a token").trim().to_owned()
    }

    async fn get(&self, token: &str, path: &str) -> Reply {
        self.server.api(Method::GET, &format!("/api/v1/connections{path}"), token, None).await
    }

    /// What the bearer lets the other's agent do; not the sentence, which calls them by what is known.
    async fn given(&self, token: &str, id: &str) -> Value {
        let mut given = self.get(token, &format!("/{id}/grants")).await.json()["given"].take();
        given.as_object_mut().expect("a grant").remove("sentence");
        given
    }

    /// The mail to `reader` about this, in which the other's address is nowhere.
    fn mail_to(&self, reader: Somebody, about: &str, other: Somebody) -> crate::rig::Message {
        let mail = self.mail.mailbox(reader.user).wait_for_subject(about);
        assert_no_trace(&mail, &[other]);
        mail
    }

    /// Looks at the page that a reader has open.
    async fn look(&mut self, reader: &Reader, name: &str) {
        self.faults.extend(reader.browser.faults(name).await);
    }
}

impl Reader {
    async fn opens(&self, path: &str) -> String {
        self.browser.open(&format!("{}{path}", self.url)).await;
        self.reads().await
    }

    /// What stands on the open page, in which the other's address is nowhere.
    async fn reads(&self) -> String {
        let page = self.browser.evaluate("document.documentElement.outerHTML").await.to_string();
        assert!(
            !page.to_lowercase().contains(self.other.user),
            "{} reads of {}: {page}",
            self.who.name,
            self.other.user
        );
        self.browser.text("main").await
    }

    /// Asks an address to connect; gives what stands on the page then, where the reader's own words are theirs to read.
    async fn invites(&self, whom: Somebody) -> String {
        self.browser.open(&format!("{}/connections", self.url)).await;
        self.browser.fill("input[name=email]", &whom.address()).await;
        self.browser.fill("textarea[name=words]", "Shall our calendars find the times?").await;
        self.browser.press("Send the invitation").await;
        self.browser.text("main").await
    }

    /// Waits until the page that is open has this badge; without scripts, until it has when opened again.
    async fn has_badge(&self, number: &str) {
        eventually(&format!("a badge of {number:?} for {}", self.who.name), async || {
            if !self.browser.runs_scripts() {
                self.browser.open(&format!("{}/", self.url)).await;
            }
            (self.browser.evaluate(BADGE).await == number).then_some(())
        })
        .await;
    }

    /// Ticks what the other's agent may do, on the connection's page.
    async fn grants(&self, path: &str, scopes: &[&str]) -> String {
        self.opens(path).await;
        if self.browser.evaluate("document.querySelector('#grant details').open").await == false {
            self.browser.unfold("Choose one by one").await;
        }
        for scope in scopes {
            self.browser.click(&format!("#grant input[value='{scope}']")).await;
        }
        self.browser.press("What would that mean?").await;
        let preview = self.browser.text("#grant .flash").await;
        self.browser.press("Save").await;
        let page = self.reads().await;
        let meant = preview.lines().last().expect("a sentence");
        assert!(page.contains(&format!("Now: {meant}")), "{meant} in:\n{page}");
        page
    }
}

/// The part of a refusal that says why: all but what is the call's own.
fn why(reply: &Reply) -> Value {
    let mut document = reply.json();
    for own in ["trace", "trace_id", "instance"] {
        if let Some(fields) = document.as_object_mut() {
            fields.remove(own);
        }
    }
    document
}

fn id_of(list: &Reply) -> String {
    list.json()["connections"][0]["id"].as_str().expect("a connection").to_owned()
}

async fn connect_ask_and_part(scripts: bool) -> House {
    let mut house = House::open();
    let mara = house.moves_in(HOST, GUEST, scripts).await;
    let ben = house.moves_in(GUEST, HOST, scripts).await;
    let (maras, bens) = (house.token(HOST), house.token(GUEST));

    let page = mara.invites(GUEST).await;
    assert!(page.contains(&GUEST.address()) && page.contains("Waiting for them"), "{page}");
    house.look(&mara, "flow-invited").await;
    let id = id_of(&house.get(&maras, "").await);
    let path = format!("/connections/{id}");
    // What Mara lets Ben's agent do is written before he accepts.
    mara.browser.open(&format!("{}{path}", mara.url)).await;
    mara.browser.unfold("Choose one by one").await;
    mara.browser.click("#grant input[value='calendar.events.propose']").await;
    mara.browser.press("Save").await;
    house.look(&mara, "flow-invited-one").await;
    let hers = house.given(&maras, &id).await;

    ben.has_badge("1").await;
    let told = house.mail_to(GUEST, "asks to connect", HOST);
    assert!(told.text().contains("Mara Ames asks to connect with you."), "{}", told.text());
    ben.opens("/connections").await;
    house.look(&ben, "flow-asked").await;
    let page = ben.opens("/notices").await;
    assert!(page.contains("Mara Ames asks to connect with you."), "{page}");
    house.look(&ben, "flow-asked-notice").await;
    ben.browser.press("Accept").await;
    let page = ben.reads().await;
    assert!(page.contains("You are connected") && page.contains("can know and do nothing for now"), "{page}");
    assert!(page.contains("Your agent can propose times to Mara Ames"), "{page}");
    house.look(&ben, "flow-connected").await;
    ben.has_badge("").await;
    assert_eq!(house.given(&maras, &id).await, hers, "it is hers alone");

    mara.has_badge("1").await;
    house.mail_to(HOST, "accepted", GUEST);
    assert!(mara.opens("/notices").await.contains("Ben Frost accepted: you are connected now."));
    house.look(&mara, "flow-accepted-notice").await;
    let page = ben.grants(&path, &["profile.basic.read", "calendar.availability.read"]).await;
    assert!(page.contains("Mara Ames’s agent can read your name and time zone and learn"), "{page}");
    house.look(&ben, "flow-granted").await;
    let page = mara.opens(&path).await;
    assert!(page.contains("Your agent can read Ben Frost’s name and time zone"), "{page}");
    assert!(page.contains("Ben Frost’s agent can propose times to you."), "{page}");
    let page = mara.grants(&path, &["calendar.events.write.confirm"]).await;
    assert!(page.contains("book a meeting once you confirm it"), "{page}");

    let asked = house.get(&maras, &format!("/{id}/profile")).await;
    assert_eq!((asked.status, &asked.json()["name"]), (200, &"Ben Frost".into()), "{}", asked.body);
    assert!(!asked.body.contains(GUEST.user));
    let refused = house.get(&bens, &format!("/{id}/profile")).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    ben.opens("/connections/questions").await;
    ben.browser.unfold("to read the profile").await;
    let page = ben.reads().await;
    assert!(page.contains("Mara Ames") && page.contains("your name and time zone"), "{page}");
    house.look(&ben, "flow-questions").await;

    ben.opens(&path).await;
    ben.browser.unfold("End the connection").await;
    ben.browser.press("End the connection").await;
    assert!(ben.reads().await.contains("It is over. Nothing is shared any more."));
    house.look(&ben, "flow-over").await;
    mara.has_badge("2").await;
    assert!(mara.opens("/notices").await.contains("Ben Frost ended your connection."));
    let page = mara.opens(&path).await;
    assert!(page.contains("Nothing is shared"), "{page}");
    house.look(&mara, "flow-over-one").await;
    let nobody = format!("/con_{}/profile", "0".repeat(32));
    let (over, unknown) =
        (house.get(&maras, &format!("/{id}/profile")).await, house.get(&maras, &nobody).await);
    assert_eq!((over.status, why(&over)), (unknown.status, why(&unknown)));
    assert_eq!((over.status, why(&over)), (403, why(&refused)));
    house
}

#[tokio::test]
async fn two_people_connect_grant_ask_and_part() {
    assert_eq!(connect_ask_and_part(true).await.faults, Vec::<String>::new());
}

#[tokio::test]
async fn they_do_without_scripts() {
    assert_eq!(connect_ask_and_part(false).await.faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_stranger_is_led_in_by_mail_and_neither_reads_the_others_address() {
    let mut house = House::open();
    let mara = house.moves_in(HOST, OTHER, true).await;
    assert!(mara.invites(OTHER).await.contains("Waiting for them"));
    let mail = house.mail_to(OTHER, "connect", HOST);
    let ida = Reader { who: OTHER, other: HOST, browser: Browser::start().await, url: house.server.url() };
    ida.browser.open(&link(&mail, "about-you")).await;
    let page = ida.reads().await;
    assert!(page.contains("Mara Ames asked you to connect with them"), "{page}");
    house.look(&ida, "flow-about-you").await;

    ida.browser.set_time_zone(OTHER.zone).await;
    ida.browser.open(&link(&mail, "connect")).await;
    let page = ida.reads().await;
    assert!(page.contains("Mara Ames would like to connect with you"), "{page}");
    assert!(page.contains("Shall our calendars find the times?"), "{page}");
    house.look(&ida, "flow-join").await;
    ida.browser.fill("input[name=name]", OTHER.name).await;
    assert_eq!(ida.browser.evaluate("document.querySelector('input[name=zone]').value").await, OTHER.zone);
    ida.browser.press("Make my account and accept").await;
    let page = ida.reads().await;
    assert!(page.contains("You are connected"), "{page}");
    house.look(&ida, "flow-joined").await;
    assert!(ida.opens("/settings").await.contains(&OTHER.address()), "they are signed in");

    mara.has_badge("1").await;
    house.mail_to(HOST, "Ida Lund accepted", OTHER);
    let page = mara.opens("/connections").await;
    assert!(page.contains("Ida Lund") && page.contains("Connected"), "{page}");
    mara.opens("/notices").await;
    ida.browser.open(&link(&mail, "connect")).await;
    assert!(ida.reads().await.contains("You are connected"));
    assert_eq!(house.faults, Vec::<String>::new());
}

#[tokio::test]
async fn whoever_is_blocked_invites_again_and_sees_no_difference() {
    let mut house = House::open();
    let mara = house.moves_in(HOST, GUEST, true).await;
    let ben = house.moves_in(GUEST, HOST, true).await;
    let before = mara.invites(GUEST).await;
    house.mail_to(GUEST, "asks to connect", HOST);
    ben.opens("/connections").await;
    ben.browser.press("Block Mara Ames").await;
    assert!(ben.reads().await.contains("Blocked. They are not told."));
    house.look(&ben, "flow-blocked").await;
    mara.browser.open(&format!("{}/connections", mara.url)).await;
    mara.browser.press("Take back").await;
    let after = mara.invites(GUEST).await;
    // All but the minute.
    let timeless = |page: &str| page.replace(|letter: char| letter.is_ascii_digit(), "");
    let over = timeless(&after).replace("What is over", "");
    assert_eq!(over.trim(), timeless(&before).trim());

    // Somebody else's invitation arrives, and with it nothing of Mara's.
    let ida = house.moves_in(OTHER, GUEST, false).await;
    ida.invites(GUEST).await;
    house.mail_to(GUEST, "Ida Lund asks to connect", HOST);
    let asked = |mail: &crate::rig::Message| mail.subject().contains("Mara Ames asks");
    assert_eq!(house.mail.mailbox(GUEST.user).messages().iter().filter(|mail| asked(mail)).count(), 1);
    let page = ben.opens("/connections").await;
    assert!(page.contains("Ida Lund would like") && !page.contains("Mara Ames would like"), "{page}");
    assert_eq!(house.faults, Vec::<String>::new());
}
