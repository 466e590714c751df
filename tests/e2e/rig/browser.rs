//! Chromium without a window, driven through chromedriver. It can reach loopback and nothing else.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::ChromeCapabilities;
use thirtyfour::prelude::*;

use crate::rig::port;
use crate::rig::process::{Part, open_directory, program};
use crate::rig::wait::{PATIENCE, eventually};

const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-US",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/// One browser with a fresh profile.
pub(crate) struct Browser {
    // In this order they are dropped: chromedriver with Chromium, then the profile.
    _chromedriver: Part,
    driver: WebDriver,
    scripts: bool,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one.
    pub(crate) async fn start() -> Self {
        Self::launch(true).await
    }

    /// Starts one in which pages run no script, as with a reader who switched them off.
    pub(crate) async fn without_scripts() -> Self {
        Self::launch(false).await
    }

    async fn launch(scripts: bool) -> Self {
        // Whatever TLS the test programs use, they use one provider; a second call finds it set.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (port, profile) = (port::free(), open_directory("browser"));
        let mut command = Command::new(program("chromedriver"));
        command.arg(format!("--port={port}")).env("HOME", profile.path());
        let log = profile.path().join("chromedriver.log");
        let mut chromedriver = Part::start("chromedriver", &log, Duration::from_secs(5), &command);
        chromedriver.wait_for_port(port);

        let driver =
            WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities(&profile, scripts)).await;
        let driver = driver.unwrap_or_else(|error| panic!("no Chromium: {error}\n{}", chromedriver.log()));
        driver.set_implicit_wait_timeout(Duration::from_secs(5)).await.expect("a timeout can be set");
        driver.set_script_timeout(PATIENCE).await.expect("a timeout can be set");
        Self { driver, scripts, _chromedriver: chromedriver, _profile: profile }
    }

    /// The driver's session, for what is not here.
    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Opens an address and waits until it is loaded.
    pub(crate) async fn open(&self, url: &str) {
        self.driver.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The text somebody sees in the first element that matches, waiting for it a while. An element that was found on a page
    /// just before another took its place is looked for again.
    pub(crate) async fn text(&self, css: &str) -> String {
        eventually(&format!("the text of {css}"), async || self.element(css).await.text().await.ok()).await
    }

    /// The text in a frame of the page, and where its links lead, once it is loaded.
    pub(crate) async fn framed(&self, css: &str) -> (String, Vec<String>) {
        let frame = self.element(css).await;
        frame.scroll_into_view().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        frame.enter_frame().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        let text = self.text("body").await;
        let mut links = Vec::new();
        for link in self.driver.find_all(By::Css("a[href]")).await.expect("links can be looked for") {
            links.extend(link.attr("href").await.expect("an attribute can be read"));
        }
        self.driver.enter_parent_frame().await.expect("there is a page around it");
        (text, links)
    }

    /// Clicks the first element that matches, which leads nowhere else.
    pub(crate) async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Follows the first link whose words hold `words`, and waits until another page has taken this one's place.
    pub(crate) async fn follow(&self, words: &str) {
        let page = self.element("html").await;
        self.click_by(By::PartialLinkText(words), words).await;
        gone(&page, words).await;
    }

    /// Presses the button with exactly these words, and waits until another page has taken this one's place.
    pub(crate) async fn press(&self, words: &str) {
        let page = self.element("html").await;
        self.click_by(By::XPath(format!("//button[normalize-space()='{words}']")), words).await;
        gone(&page, words).await;
    }

    /// Clicks the first element that matches, and waits until another page has taken this one's place.
    pub(crate) async fn leave_by(&self, css: &str) {
        let page = self.element("html").await;
        self.click(css).await;
        gone(&page, css).await;
    }

    /// Unfolds what stands under these words.
    pub(crate) async fn unfold(&self, words: &str) {
        self.click_by(By::XPath(format!("//summary[contains(., '{words}')]")), words).await;
    }

    async fn click_by(&self, by: By, words: &str) {
        let found = self.driver.find(by).await;
        let element = match found {
            Ok(element) => element,
            Err(error) => panic!(
                "{words:?}: {error}
{}",
                self.text("body").await
            ),
        };
        element.click().await.unwrap_or_else(|error| panic!("{words:?}: {error}"));
    }

    /// Chooses a day and a time in the fields with these names, by keyboard as a person in America does.
    pub(crate) async fn choose(&self, form: &str, at: chrono::NaiveDateTime) {
        let fields = [
            ("date", at.format("%m%d%Y"), at.format("%Y-%m-%d")),
            ("from", at.format("%I%M%p"), at.format("%H:%M")),
        ];
        for (name, keys, value) in fields {
            let css = format!("{form} input[name={name}]");
            self.type_in(&css, &keys.to_string()).await;
            let typed = self.evaluate(&format!("document.querySelector('{css}').value")).await;
            assert_eq!(typed, value.to_string(), "{css}");
        }
    }

    /// Types into a field as it stands.
    pub(crate) async fn type_in(&self, css: &str, keys: &str) {
        let typed = self.element(css).await.send_keys(keys).await;
        typed.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Replaces the content of a form field.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.element(css).await;
        field.clear().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Makes it a browser in another time zone (an IANA name), from the next page on.
    pub(crate) async fn set_time_zone(&self, zone: &str) {
        self.devtools("Emulation.setTimezoneOverride", json!({ "timezoneId": zone })).await;
    }

    /// The value of an expression in the page.
    pub(crate) async fn evaluate(&self, expression: &str) -> Value {
        let script = format!("return {expression};");
        let result = self.driver.execute(script, Vec::new()).await;
        result.unwrap_or_else(|error| panic!("{expression}: {error}")).json().clone()
    }

    /// Whether pages may run scripts here.
    pub(crate) fn runs_scripts(&self) -> bool {
        self.scripts
    }

    pub(super) async fn devtools(&self, command: &str, arguments: Value) -> Value {
        let result = self.driver.cdp().send_raw(command, arguments).await;
        result.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    async fn element(&self, css: &str) -> WebElement {
        self.driver.find(By::Css(css)).await.unwrap_or_else(|error| panic!("{css}: {error}"))
    }
}

/// Waits until another page has taken the place of the one that this is the root of.
async fn gone(page: &WebElement, by: &str) {
    let is_gone = async || (!page.is_present().await.unwrap_or(false)).then_some(());
    eventually(&format!("the page after {by:?}"), is_gone).await;
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The session ends with its chromedriver. Its own good-bye would wait two minutes here for an answer that
        // only this blocked thread could read.
        let _ = self.driver.clone().leak();
    }
}

fn capabilities(profile: &tempfile::TempDir, scripts: bool) -> ChromeCapabilities {
    let mut caps = DesiredCapabilities::chrome();
    caps.set_binary(&program("chromium").to_string_lossy()).expect("a capability");
    for flag in FLAGS {
        caps.add_arg(flag).expect("a capability");
    }
    caps.add_arg(&format!("--user-data-dir={}", profile.path().join("profile").display()))
        .expect("a capability");
    if !scripts {
        let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
        caps.add_experimental_option("prefs", off).expect("a capability");
    }
    caps
}
