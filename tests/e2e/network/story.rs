//! The whole story in Chromium: two people add their calendars, connect by a mailed invitation, grant, and one line becomes
//! a meeting by the button of a mail, at a time that both real calendars leave.

use serde_json::Value;

use super::town::{Town, at, dav_user, span};
use crate::booking::{GUEST, HOST, Somebody, assert_no_trace, assert_private, link};
use crate::rig::{Browser, Radicale, Scheme, eventually};

/// Somebody at a browser.
struct Reader {
    who: Somebody,
    other: Somebody,
    browser: Browser,
    url: String,
}

impl Reader {
    async fn signs_in(town: &Town, who: Somebody, other: Somebody) -> Self {
        let browser = Browser::start().await;
        browser.open(town.sign_in_link(who)).await;
        browser.press(&format!("Sign in as {}", who.name)).await;
        Self { who, other, browser, url: town.server.url() }
    }

    async fn opens(&self, path: &str) -> String {
        let address = if path.starts_with('/') { format!("{}{path}", self.url) } else { path.to_owned() };
        self.browser.open(&address).await;
        self.reads().await
    }

    /// What stands on the open page, in which the other's address is nowhere.
    async fn reads(&self) -> String {
        let page: Value = self.browser.evaluate("document.documentElement.outerHTML").await;
        assert!(!page.to_string().to_lowercase().contains(&self.other.address()), "{page}");
        self.browser.text("main").await
    }

    /// Opens a page again until it says this.
    async fn waits_for(&self, path: &str, words: &str) {
        eventually(&format!("{words:?} on {path}"), async || {
            self.opens(path).await.contains(words).then_some(())
        })
        .await;
    }

    /// Adds the calendar by the form, as from a telephone.
    async fn adds_calendar(&self, town: &Town) -> Vec<String> {
        let user = dav_user(self.who);
        self.browser.set_view(375, Scheme::Light).await;
        self.opens("/calendar/sources/new").await;
        let server = format!("http://127.0.0.1:{}/", town.gate.port());
        self.browser.fill("#server-url, input[name=url]", &server).await;
        self.browser.fill("input[name=username]", user).await;
        self.browser.fill("input[name=password]", &Radicale::password(user)).await;
        self.browser.press("Find my calendars").await;
        self.waits_for("/calendar", "Work").await;
        let faults = self.browser.faults("story-calendar").await;
        self.browser.set_view(1280, Scheme::Light).await;
        faults
    }

    /// Ticks what the other's agent may do.
    async fn grants(&self, path: &str, scopes: &[&str]) {
        self.opens(path).await;
        self.browser.unfold("Choose one by one").await;
        for scope in scopes {
            self.browser.click(&format!("#grant input[value='{scope}']")).await;
        }
        self.browser.press("Save").await;
    }
}

/// Mara invites Ben, who accepts where the mail leads, and lets her agent book with his yes.
async fn connect(town: &Town, mara: &Reader, ben: &Reader) -> Vec<String> {
    mara.browser.open(&format!("{}/connections", mara.url)).await;
    mara.browser.fill("input[name=email]", &GUEST.address()).await;
    mara.browser.press("Send the invitation").await;
    let asked = town.mail_to(GUEST, "asks to connect");
    assert_no_trace(&asked, &[HOST]);
    let path = link_to_connection(&asked.links());
    ben.opens(&path).await;
    ben.browser.press("Accept").await;
    assert!(ben.reads().await.contains("You are connected"));
    let scopes = ["calendar.availability.read", "calendar.events.propose", "calendar.events.write.confirm"];
    ben.grants(&path, &scopes).await;
    let faults = ben.browser.faults("story-granted").await;
    mara.waits_for("/notices", "Ben Frost accepted").await;
    faults
}

fn link_to_connection(links: &[String]) -> String {
    links.iter().find(|link| link.contains("/connections/con_")).expect("a link").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_with_calendars_of_their_own_meet_by_one_line_and_one_button() {
    let town = Town::strangers().await;
    let mara = Reader::signs_in(&town, HOST, GUEST).await;
    let ben = Reader::signs_in(&town, GUEST, HOST).await;
    let mut faults = mara.adds_calendar(&town).await;
    faults.extend(ben.adds_calendar(&town).await);
    // Lisbon's noon is one in Paris: from there an hour is all that the two leave.
    town.is_busy(HOST, &["09:00-11:00", "13:00-17:00"]).await;
    town.is_busy(GUEST, &["11:30-13:00"]).await;
    faults.extend(connect(&town, &mara, &ben).await);

    mara.opens("/").await;
    mara.browser.fill("input[name=line]", &format!("60 minutes with Ben on {}", town.day)).await;
    mara.browser.press("Find a time").await;
    assert!(mara.reads().await.contains("Understood: 60 minutes with Ben Frost"));
    mara.browser.unfold("Change something").await;
    mara.browser.fill("input[name=title]", "Trio rehearsal").await;
    mara.browser.press("Let the agents find a time").await;
    let asked = town.mail_to(GUEST, "waits for you to decide");
    assert_no_trace(&asked, &[HOST]);
    assert!(asked.text().contains("13:00"), "noon in Lisbon is one in Paris: {}", asked.text());

    // Ben reads his mail on a telephone that nobody is signed in with.
    let telephone =
        Reader { who: GUEST, other: HOST, browser: Browser::start().await, url: town.server.url() };
    telephone.browser.set_view(375, Scheme::Dark).await;
    assert!(telephone.opens(&link(&asked, "decide")).await.contains("Agree to this time?"));
    telephone.browser.press("Agree to this time").await;
    let page = telephone.reads().await;
    assert!(page.contains("It is booked") || page.contains("It is being booked"), "{page}");

    for (reader, other) in [(HOST, GUEST), (GUEST, HOST)] {
        assert_private(&town.mail_to(reader, "Trio rehearsal — Invitation"), reader, &[other]);
    }
    mara.waits_for("/sessions", "Trio rehearsal").await;
    mara.browser.follow("Trio rehearsal").await;
    let page = mara.reads().await;
    assert!(page.contains("It is booked") && page.contains("Ben Frost agreed to a time"), "{page}");
    faults.extend(mara.browser.faults("story-session").await);
    for reader in [&mara, &ben] {
        reader.waits_for("/meetings", "Trio rehearsal").await;
        let noon = at(HOST, town.day, 12, 0);
        assert_eq!(span(&town.meetings(reader.who).await[0]).0, noon);
    }
    faults.extend(ben.browser.faults("story-meetings").await);
    ben.waits_for("/notices", "Trio rehearsal").await;
    assert_eq!(town.holds(), 0);
    assert_eq!(faults, Vec::<String>::new());
}
