//! The program under test: `entente serve` in a directory of its own, and the command line beside it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use toml::{Table, toml};

use crate::rig::mail::{DOMAIN, MailRig};
use crate::rig::port;
use crate::rig::process::{Part, open_directory};

/// The program promises to finish within 10 s of SIGTERM; more than this is a failure that tests see.
const GRACE: Duration = Duration::from_secs(15);

/// The running program.
pub(crate) struct Server {
    part: Option<Part>,
    port: u16,
    client: reqwest::Client,
    dir: tempfile::TempDir,
    /// A file of certificates, where it trusts others than this machine does.
    authority: Option<PathBuf>,
}

/// An HTTP answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The status code.
    pub(crate) status: u16,
    /// Where it redirects to, if it does: redirections are not followed.
    pub(crate) location: Option<String>,
    /// The body, as text.
    pub(crate) body: String,
}

impl Reply {
    /// The body as JSON; panics with the body where it is none.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}) in {self:?}"))
    }
}

impl Server {
    /// Starts it with the rig's mail (organizer's mailbox, submission and IMAP over TLS) and waits until it is ready.
    #[track_caller]
    pub(crate) fn start(mail: &MailRig) -> Self {
        Self::start_with(Some(mail), |_| {})
    }

    /// The same with a configuration changed by `change`; without a rig it uses the mailroom.
    #[track_caller]
    pub(crate) fn start_with(mail: Option<&MailRig>, change: impl FnOnce(&mut Table)) -> Self {
        // Whatever TLS the test programs use, they use one provider; a second call finds it set.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut server = Self {
            part: None,
            port: port::free(),
            client: client(),
            dir: open_directory("server"),
            authority: None,
        };
        let mut config = server.config(mail);
        change(&mut config);
        std::fs::write(server.config_file(), config.to_string()).expect("a file of our own");
        server.restart();
        server
    }

    /// From its next start on it calls private addresses of `range`.
    #[track_caller]
    pub(crate) fn allow(&self, range: &str) {
        let text = std::fs::read_to_string(self.config_file()).expect("a file of our own");
        let text = format!("{text}\n[net]\nallow = [{range:?}]\n");
        std::fs::write(self.config_file(), text).expect("a file of our own");
    }

    /// From its next start on it trusts the authority in `file`, as its machine might.
    pub(crate) fn trust(&mut self, file: PathBuf) {
        self.authority = Some(file);
    }

    /// Starts `entente demo`, and waits until it has said what to open; [`Server::log`] is what it said.
    #[track_caller]
    pub(crate) fn demo() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut server = Self {
            part: None,
            port: port::free(),
            client: client(),
            dir: open_directory("demo"),
            authority: None,
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
        command.arg("demo").arg("--listen").arg(format!("127.0.0.1:{}", server.port));
        command.current_dir(server.dir.path()).env("TMPDIR", server.dir.path()).env_remove("ENTENTE_CONFIG");
        let log = server.dir.path().join("server.log");
        let mut part = Part::start("entente demo", &log, GRACE, &command);
        part.wait_for("ready", || {
            std::fs::read_to_string(&log).is_ok_and(|said| said.contains("Ctrl-C")) && is_ready(server.port)
        });
        server.part = Some(part);
        server
    }

    /// The address of its pages, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Its directory: `config.toml`, `data/` and `server.log`.
    pub(crate) fn dir(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("server.log")).unwrap_or_default()
    }

    /// Stops it with SIGTERM where it runs, starts it on the same data, and waits until it is ready.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        self.stop();
        // Connections to the one before are of no use to the next.
        self.client = client();
        let mut command = self.command();
        command.arg("serve");
        let mut part = Part::start("entente", &self.dir.path().join("server.log"), GRACE, &command);
        part.wait_for("ready", || is_ready(self.port));
        self.part = Some(part);
    }

    /// Asks it to end (SIGTERM) and gives its exit code, which is 0 if it did as promised.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        self.part.take().and_then(|mut part| part.stop().code())
    }

    /// Ends it at once (SIGKILL), as a power cut would.
    pub(crate) fn kill9(&mut self) {
        if let Some(mut part) = self.part.take() {
            part.kill9();
        }
    }

    /// Runs the command line on the same configuration, beside the running server or without it.
    #[track_caller]
    pub(crate) fn cli(&self, arguments: &[&str]) -> Output {
        self.cli_with(arguments, b"")
    }

    /// The same with standard input.
    #[track_caller]
    pub(crate) fn cli_with(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("entente starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that reads nothing may have ended by now: its exit code is what counts.
        let _ = stdin.write_all(input);
        drop(stdin);
        child.wait_with_output().expect("entente ends")
    }

    /// Runs a command that must succeed, and gives its standard output.
    #[track_caller]
    pub(crate) fn cli_ok(&self, arguments: &[&str]) -> String {
        let output = self.cli(arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "entente {arguments:?}: {}\n{out}{err}", output.status);
        out.into_owned()
    }

    /// A new API token with these scopes (`admin` may do everything).
    #[track_caller]
    pub(crate) fn token(&self, scopes: &str) -> String {
        let out = self.cli_ok(&["token", "create", "--name", "e2e", "--scope", scopes]);
        out.lines().last().expect("a token on the last line").trim().to_owned()
    }

    /// Calls the API as the bearer of `token`; `body` is sent as JSON.
    pub(crate) async fn api(&self, method: Method, path: &str, token: &str, body: Option<&Value>) -> Reply {
        let mut request = self.client.request(method, self.url() + path).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        answered(request).await
    }

    /// Hands a raw message in at the API's door for inbound mail, for the envelope recipient `to`.
    pub(crate) async fn inbound(&self, token: &str, to: &str, raw: &[u8]) -> Reply {
        let to = to.replace('+', "%2B");
        let url = format!("{}/api/v1/imip/inbound?rcpt={to}", self.url());
        let request = self.client.post(url).bearer_auth(token).header("Content-Type", "message/rfc822");
        answered(request.body(raw.to_vec())).await
    }

    /// Fetches a page or link as anybody may: a path, or a whole address from a mail.
    pub(crate) async fn fetch(&self, method: Method, address: &str) -> Reply {
        let url = if address.starts_with('/') { self.url() + address } else { address.to_owned() };
        answered(self.client.request(method, url)).await
    }

    /// Opens a stream that has no end of its own, as a signed-in browser.
    pub(crate) async fn stream(&self, path: &str, cookie: &str) -> reqwest::Response {
        let request = client().get(format!("{}{path}", self.url())).header("cookie", cookie);
        request.send().await.expect("the server answers")
    }

    /// Sends a page's form, as a browser without any cookie does.
    pub(crate) async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Reply {
        let url = if address.starts_with('/') { self.url() + address } else { address.to_owned() };
        let encode =
            |text: &str| text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"));
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let request = self.client.post(url).header("Content-Type", "application/x-www-form-urlencoded");
        answered(request.body(body.join("&"))).await
    }

    fn config_file(&self) -> PathBuf {
        self.dir.path().join("config.toml")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
        command.arg("--config").arg(self.config_file()).current_dir(self.dir.path());
        command.env_remove("ENTENTE_CONFIG");
        if let Some(authority) = &self.authority {
            command.env("SSL_CERT_FILE", authority);
        }
        command
    }

    fn config(&self, mail: Option<&MailRig>) -> Table {
        let (data, listen) =
            (self.dir.path().join("data").display().to_string(), format!("127.0.0.1:{}", self.port));
        let (url, organizer) = (self.url(), format!("organizer@{DOMAIN}"));
        let mut config = toml! {
            data_dir = data
            [server]
            listen = listen
            public_url = url
            [organizer]
            name = "Entente"
            address = organizer
            subaddress = "on"
        };
        if let Some(mail) = mail {
            config.insert("mail".to_owned(), toml::Value::Table(mail_config(mail)));
        }
        config
    }
}

fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    client.timeout(Duration::from_mins(1)).build().expect("an HTTP client")
}

/// `[mail]`: the rig's submission, and the organizer's mailbox.
pub(crate) fn mail_config(mail: &MailRig) -> Table {
    let (user, password) = (MailRig::address("organizer"), MailRig::password("organizer"));
    let (submission, ca) = (i64::from(mail.submission_port()), mail.ca_file().display().to_string());
    let imap = imap_config(mail);
    toml! {
        transport = "smtp"
        imap = imap
        [smtp]
        host = "127.0.0.1"
        port = submission
        tls = "starttls"
        username = user
        password = password
        ca_file = ca
    }
}

/// `[mail.imap]`: the organizer's mailbox on the rig.
pub(crate) fn imap_config(mail: &MailRig) -> Table {
    let (user, password) = (MailRig::address("organizer"), MailRig::password("organizer"));
    let (imaps, ca) = (i64::from(mail.imaps_port()), mail.ca_file().display().to_string());
    toml! {
        host = "127.0.0.1"
        port = imaps
        tls = "implicit"
        username = user
        password = password
        ca_file = ca
        poll_seconds = 5
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- entente\n{}", self.log());
        }
    }
}

async fn answered(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.expect("the server answers");
    let status = response.status().as_u16();
    let location =
        response.headers().get("Location").and_then(|value| value.to_str().ok()).map(str::to_owned);
    Reply { status, location, body: response.text().await.expect("a whole body") }
}

/// Whether `/readyz` says 200.
fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.split(' ').nth(1) == Some("200"))
    };
    ask().unwrap_or(false)
}
