//! Radicale: a CalDAV server that others wrote, with calendars in a directory of its own.
//!
//! Users are `ada` and `ben`, each let in by [`Radicale::password`] until a test changes that.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, StatusCode};

use crate::rig::process::{Part, fetched, open_directory};
use crate::rig::{port, tls};

const GRACE: Duration = Duration::from_secs(5);

/// The running server.
pub(crate) struct Radicale {
    part: Option<Part>,
    port: u16,
    is_encrypted: bool,
    client: reqwest::Client,
    dir: tempfile::TempDir,
}

impl Radicale {
    /// Starts it and waits until it listens.
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::start_as(false)
    }

    /// The same behind TLS, with a certificate that [`Radicale::ca_file`] stands for.
    #[track_caller]
    pub(crate) fn start_encrypted() -> Self {
        Self::start_as(true)
    }

    #[track_caller]
    fn start_as(is_encrypted: bool) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_danger_accept_invalid_certs(true)
            .build()
            .expect("an HTTP client");
        let mut radicale =
            Self { part: None, port: port::free(), is_encrypted, client, dir: open_directory("radicale") };
        tls::write(radicale.dir.path()).expect("certificates");
        let tls = if is_encrypted {
            let file = |name: &str| radicale.dir.path().join(name).display().to_string();
            format!("ssl = True\ncertificate = {}\nkey = {}\n", file("mail.pem"), file("mail.key"))
        } else {
            String::new()
        };
        let config = format!(
            "[server]\nhosts = 127.0.0.1:{}\n{tls}[auth]\ntype = htpasswd\nhtpasswd_filename = {}\nhtpasswd_encryption = plain\n\
             delay = 0\n[storage]\nfilesystem_folder = {}\n[rights]\ntype = owner_only\n[logging]\nlevel = info\n",
            radicale.port,
            radicale.users_file().display(),
            radicale.dir.path().join("calendars").display()
        );
        std::fs::write(radicale.dir.path().join("config"), config).expect("a file of our own");
        radicale.set_password("ada", &Self::password("ada"));
        radicale.restart();
        radicale
    }

    /// The password that a user begins with.
    pub(crate) fn password(user: &str) -> String {
        format!("{user}-opens")
    }

    /// From now on `password` lets `user` in, and nothing else does; `ben` keeps his.
    pub(crate) fn set_password(&self, user: &str, password: &str) {
        let users = format!("{user}:{password}\nben:{}\n", Self::password("ben"));
        std::fs::write(self.users_file(), users).expect("a file of our own");
    }

    /// Stops it: nobody listens any more.
    pub(crate) fn stop(&mut self) {
        self.part = None;
    }

    /// Starts it again on the same calendars.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut command = Command::new(fetched("python/bin/python3"));
        command.args(["-m", "radicale", "--config"]).arg(self.dir.path().join("config"));
        command.env_remove("RADICALE_CONFIG");
        let mut part = Part::start("radicale", &self.dir.path().join("radicale.log"), GRACE, &command);
        part.wait_for_port(self.port);
        self.part = Some(part);
    }

    /// The address of `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}{path}", self.port)
    }

    /// The authority of its certificate.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Makes a calendar of Ada's, for events or for tasks.
    pub(crate) async fn make_calendar(&self, name: &str, component: &str) {
        self.make_calendar_of("ada", name, component).await;
    }

    /// Makes a calendar of a user's.
    pub(crate) async fn make_calendar_of(&self, user: &str, name: &str, component: &str) {
        let body = format!(
            "<C:mkcalendar xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:set><D:prop><D:displayname>{name}\
             </D:displayname><C:supported-calendar-component-set><C:comp name='{component}'/>\
             </C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>"
        );
        let path = format!("/{user}/{}/", name.to_lowercase());
        assert_eq!(self.call("MKCALENDAR", &path, &body).await, StatusCode::CREATED, "{}", self.log());
    }

    /// Lays an object into a calendar, or another version of it, as whoever's it is.
    pub(crate) async fn put(&self, path: &str, text: &str) {
        let status = self.call("PUT", path, text).await;
        assert!(status.is_success(), "{status}: {}", self.log());
    }

    /// Moves an object to another place of its user's, in one step (RFC 4918, 9.9).
    pub(crate) async fn move_to(&self, path: &str, to: &str) {
        let user = path.split('/').nth(1).unwrap_or_default();
        let method = Method::from_bytes(b"MOVE").expect("a method");
        let request = self.client.request(method, self.url(path)).header("Destination", self.url(to));
        let answer = request.basic_auth(user, Some(Self::password(user))).send().await;
        let status = answer.expect("Radicale answers").status();
        assert!(status.is_success(), "{status}: {}", self.log());
    }

    /// Deletes an object.
    pub(crate) async fn delete(&self, path: &str) {
        let status = self.call("DELETE", path, "").await;
        assert!(status.is_success(), "{status}: {}", self.log());
    }

    /// The names and texts of what lies in a calendar of Ada's.
    pub(crate) fn objects(&self, calendar: &str) -> Vec<(String, String)> {
        self.objects_of("ada", calendar)
    }

    /// The same of a calendar of a user's.
    pub(crate) fn objects_of(&self, user: &str, calendar: &str) -> Vec<(String, String)> {
        let folder = self.dir.path().join("calendars/collection-root").join(user).join(calendar);
        let files = std::fs::read_dir(&folder).expect("a folder of the calendar's");
        let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
        // Beside them lie the server's own notes, hidden.
        let events = names.filter(|name| !name.starts_with('.'));
        let text = |name: &str| {
            let text = std::fs::read_to_string(folder.join(name)).expect("an object");
            text.replace("\r\n ", "")
        };
        events.map(|name| (name.clone(), text(&name))).collect()
    }

    /// Lays a file among the objects of a calendar, as a broken disk or another program might.
    pub(crate) fn smuggle(&self, calendar: &str, name: &str, text: &str) {
        let folder = self.dir.path().join("calendars/collection-root/ada").join(calendar);
        std::fs::write(folder.join(name), text).expect("a folder of the calendar's");
    }

    /// Calls as the user whose path it is.
    async fn call(&self, method: &str, path: &str, body: &str) -> StatusCode {
        let user = path.split('/').nth(1).unwrap_or_default();
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.client.request(method, self.url(path)).body(body.to_owned());
        let request = request.header("Content-Type", "text/calendar; charset=utf-8");
        let answer = request.basic_auth(user, Some(Self::password(user))).send().await;
        answer.expect("Radicale answers").status()
    }

    fn users_file(&self) -> PathBuf {
        self.dir.path().join("users")
    }

    fn log(&self) -> String {
        self.part.as_ref().map(Part::log).unwrap_or_default()
    }
}

impl Drop for Radicale {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- radicale\n{}", self.log());
        }
    }
}
