//! A CalDAV server of the tests: one user, a calendar of events and one of tasks, with whatever manners a test wants.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::http_server::{Call, HttpServer, Told};

pub(crate) const HOME: &str = "/dav/cal/ada@example.org/";
pub(crate) const WORK: &str = "/dav/cal/ada@example.org/work/";
const PRINCIPAL: &str = "/dav/principals/ada/";
/// `ada` and `secret`.
const BASIC: &str = "Basic YWRhOnNlY3JldA==";

/// What it holds, and how it behaves.
#[expect(clippy::struct_excessive_bools, reason = "each is a manner of its own, and a test has any of them")]
pub(crate) struct Dav {
    /// Name, version and text of each object.
    objects: BTreeMap<String, (u32, String)>,
    /// What has happened to which object, in order; a token is a place in it.
    log: Vec<String>,
    /// Whether it has `sync-collection`; else `getctag`.
    pub(crate) syncs: bool,
    /// Whether it has `calendar-multiget`.
    pub(crate) multiget: bool,
    /// The most objects in one page of `sync-collection`.
    pub(crate) page: usize,
    /// Tokens from before this place are forgotten.
    pub(crate) forgotten: usize,
    /// Whether it takes no password at all any more.
    pub(crate) closed: bool,
    /// A response that it mixes in wherever it lists something.
    pub(crate) extra: String,
    /// The path whose text it does not give with others.
    pub(crate) withholds: Option<String>,
    /// Whether it fails where it is asked for that one by itself.
    pub(crate) fails: bool,
    /// Whether it lists, and gives nothing.
    pub(crate) silent: bool,
    /// What it says instead of everything.
    pub(crate) instead: Option<Told>,
    /// How it takes the next writes, one after the other; then as it should.
    pub(crate) writes: Vec<Manner>,
    /// An object that it does not list, and gives all the same.
    pub(crate) hides: Option<String>,
    /// What it says instead of giving an object.
    pub(crate) instead_of_get: Option<u16>,
    /// Whether it takes no event that is cancelled.
    pub(crate) keeps_cancelled_out: bool,
}

/// How a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It is answered so, and nothing is written.
    Says(u16),
    /// No answer, and nothing is written.
    Silent,
    /// No answer, and it is written all the same.
    SilentAfter,
    /// It is written, and answered with an error.
    FailsAfter,
    /// It is written and answered without a version.
    NoVersion,
}

/// The running server.
pub(crate) struct DavServer {
    pub(crate) http: HttpServer,
    dav: Arc<Mutex<Dav>>,
}

impl DavServer {
    pub(crate) async fn start() -> Self {
        let dav = Arc::new(Mutex::new(Dav {
            objects: BTreeMap::new(),
            log: Vec::new(),
            syncs: true,
            multiget: true,
            page: 1_000,
            forgotten: 0,
            closed: false,
            extra: String::new(),
            withholds: None,
            fails: false,
            silent: false,
            instead: None,
            writes: Vec::new(),
            instead_of_get: None,
            hides: None,
            keeps_cancelled_out: false,
        }));
        let answering = dav.clone();
        let http = HttpServer::start(move |call| answering.lock().unwrap().answer(call)).await;
        Self { http, dav }
    }

    pub(crate) fn dav(&self) -> MutexGuard<'_, Dav> {
        self.dav.lock().unwrap()
    }

    /// How many calls of this method there were, whose body holds `what`.
    pub(crate) fn count(&self, method: &str, what: &str) -> usize {
        self.http.calls().iter().filter(|call| call.method == method && call.body.contains(what)).count()
    }
}

/// An event as an object of its own: a day of January 2027, from and to an hour in UTC.
pub(crate) fn event(uid: &str, day: u32, from: u32, to: u32) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:A <secret> & more\r\n\
         DTSTART:202701{day:02}T{from:02}0000Z\r\nDTEND:202701{day:02}T{to:02}0000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn multistatus(inner: &str) -> Told {
    // Prefixes of its own choice.
    let text = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<m:multistatus xmlns:m='DAV:' xmlns:c='urn:ietf:params:xml:ns:caldav' \
         xmlns:s='http://calendarserver.org/ns/'>\n{inner}</m:multistatus>"
    );
    Told::new(207, text).header("Content-Type", "application/xml")
}

/// One response with the properties that were found.
fn found(path: &str, properties: &str) -> String {
    // As some servers spell it.
    let path = path.replace('@', "%40");
    format!(
        "<m:response><m:href>{path}</m:href>\n<m:propstat><m:prop>{properties}</m:prop><m:status>HTTP/1.1 200 OK</m:status>\
         </m:propstat><m:propstat><m:prop><m:getcontentlength/></m:prop><m:status>HTTP/1.1 404 Not Found</m:status>\
         </m:propstat></m:response>\n"
    )
}

fn status(path: &str, status: &str) -> String {
    format!("<m:response><m:href>{path}</m:href><m:status>HTTP/1.1 {status}</m:status></m:response>\n")
}

fn calendar(path: &str, name: &str, component: &str, writes: bool) -> String {
    let privilege = if writes { "<m:privilege><m:write/></m:privilege>" } else { "" };
    found(
        path,
        &format!(
            "<m:resourcetype><m:collection/><c:calendar/></m:resourcetype><m:displayname>{name}</m:displayname>\
             <c:supported-calendar-component-set><c:comp name='{component}'/></c:supported-calendar-component-set>\
             <m:current-user-privilege-set><m:privilege><m:read/></m:privilege>{privilege}</m:current-user-privilege-set>"
        ),
    )
}

impl Dav {
    /// Lays an object down, or another version of it.
    pub(crate) fn put(&mut self, name: &str, text: &str) {
        let version = self.objects.get(name).map_or(1, |(version, _)| version + 1);
        self.objects.insert(name.to_owned(), (version, text.to_owned()));
        self.log.push(name.to_owned());
    }

    pub(crate) fn delete(&mut self, name: &str) {
        self.objects.remove(name).unwrap();
        self.log.push(name.to_owned());
    }

    /// The texts of its objects, by name.
    pub(crate) fn texts(&self) -> BTreeMap<String, String> {
        self.objects.iter().map(|(name, (_, text))| (name.clone(), text.clone())).collect()
    }

    pub(crate) fn forget_tokens(&mut self) {
        self.forgotten = self.log.len() + 1;
    }

    fn etag(&self, name: &str) -> Option<String> {
        self.objects.get(name).map(|(version, _)| format!("\"{name}-{version}\""))
    }

    fn answer(&mut self, call: &Call) -> Told {
        if let Some(told) = &self.instead {
            return told.clone();
        }
        if call.path == "/.well-known/caldav" {
            return Told::redirect(301, "/dav/");
        }
        if call.header("authorization") != BASIC || self.closed {
            return Told::new(401, "").header("WWW-Authenticate", "Basic realm=\"test\"");
        }
        match call.method.as_str() {
            "PROPFIND" => self.propfind(call),
            "REPORT" if call.body.contains("sync-collection") && self.syncs => self.sync(call),
            "REPORT" | "GET" if self.silent && !call.body.contains("sync-collection") => Told::new(500, ""),
            "REPORT" if call.body.contains("calendar-multiget") && self.multiget => self.multiget(call),
            "GET" if self.fails && self.withholds.as_deref() == Some(&call.path) => Told::new(500, ""),
            "GET" if self.instead_of_get.is_some() => Told::new(self.instead_of_get.unwrap_or(500), ""),
            "GET" => match self.objects.get(name_of(&call.path)) {
                Some((_, text)) => {
                    Told::new(200, text.clone()).header("ETag", self.etag(name_of(&call.path)).unwrap())
                }
                None => Told::new(404, ""),
            },
            "PUT" | "DELETE" => self.write(call),
            _ => Told::new(501, "not here"),
        }
    }

    fn propfind(&self, call: &Call) -> Told {
        let (path, deep) = (call.path.replace("%40", "@"), call.header("depth") == "1");
        let itself = match path.as_str() {
            "/dav/" => found(
                "/dav/",
                "<m:resourcetype><m:collection/></m:resourcetype><m:current-user-principal><m:href>/dav/principals/ada/</m:href></m:current-user-principal>",
            ),
            PRINCIPAL => found(
                PRINCIPAL,
                "<m:resourcetype><m:principal/></m:resourcetype><c:calendar-home-set><m:href>/dav/cal/ada%40example.org/</m:href></c:calendar-home-set>",
            ),
            HOME => found(HOME, "<m:resourcetype><m:collection/></m:resourcetype>"),
            WORK => {
                let own = if self.syncs {
                    "<m:supported-report-set><m:supported-report><m:report><m:sync-collection/></m:report></m:supported-report></m:supported-report-set>".to_owned()
                } else {
                    format!("<s:getctag>ctag-{}</s:getctag>", self.log.len())
                };
                calendar(WORK, "Work &amp; more", "VEVENT", true).replacen(
                    "</m:prop>",
                    &(own + "</m:prop>"),
                    1,
                )
            }
            _ => return Told::new(if path == "/" { 405 } else { 404 }, "<html>"),
        };
        let mut listed = itself;
        if deep && path == HOME {
            listed.push_str(&calendar(WORK, "Work &amp; more", "VEVENT", true));
            listed.push_str(&calendar("/dav/cal/ada@example.org/team/", "Team", "VEVENT", false));
            listed.push_str(&calendar("/dav/cal/ada@example.org/tasks/", "Tasks", "VTODO", true));
            listed.push_str(&found(
                "/dav/cal/ada@example.org/inbox/",
                "<m:resourcetype><m:collection/></m:resourcetype>",
            ));
        }
        if deep && path == WORK {
            for name in self.objects.keys().filter(|name| self.hides.as_ref() != Some(name)) {
                listed.push_str(&self.listed(name));
            }
            listed.push_str(&self.extra);
        }
        multistatus(&listed)
    }

    fn listed(&self, name: &str) -> String {
        match self.etag(name) {
            Some(etag) => {
                found(&format!("{WORK}{name}"), &format!("<m:getetag>{etag}</m:getetag><m:resourcetype/>"))
            }
            None => status(&format!("{WORK}{name}"), "404 Not Found"),
        }
    }

    fn sync(&self, call: &Call) -> Told {
        let token = call
            .body
            .split("<sync-token>")
            .nth(1)
            .and_then(|rest| rest.split("</sync-token>").next())
            .unwrap();
        let from = token.strip_prefix("urn:token:").map(|place| place.parse::<usize>().unwrap());
        if from.is_some_and(|from| from < self.forgotten) {
            let error = "<?xml version='1.0'?><d:error xmlns:d='DAV:'><d:valid-sync-token/></d:error>";
            return Told::new(403, error).header("Content-Type", "application/xml");
        }
        let (mut listed, mut to) = (String::new(), from.unwrap_or(0));
        let mut told = Vec::new();
        while to < self.log.len() && told.len() < self.page {
            let name = &self.log[to];
            to += 1;
            let is_new = from.is_none() && !self.objects.contains_key(name);
            if !told.contains(&name) && !is_new {
                told.push(name);
                listed.push_str(&self.listed(name));
            }
        }
        if to < self.log.len() {
            listed.push_str(&status(WORK, "507 Insufficient Storage"));
        }
        listed.push_str(&self.extra);
        let _ = write!(listed, "<m:sync-token>urn:token:{to}</m:sync-token>");
        multistatus(&listed)
    }

    fn multiget(&self, call: &Call) -> Told {
        let mut listed = String::new();
        for href in call.body.split("<D:href>").skip(1).map(|rest| rest.split("</D:href>").next().unwrap()) {
            if self.withholds.as_deref() == Some(href) {
                continue;
            }
            let name = name_of(href);
            match self.objects.get(name) {
                Some((_, text)) => {
                    let etag = self.etag(name).unwrap();
                    let data = format!(
                        "<m:getetag>{etag}</m:getetag><c:calendar-data>{}</c:calendar-data>",
                        escaped(text)
                    );
                    listed.push_str(&found(href, &data));
                }
                None => listed.push_str(&status(href, "404 Not Found")),
            }
        }
        multistatus(&listed)
    }

    fn write(&mut self, call: &Call) -> Told {
        let manner = if self.writes.is_empty() { None } else { Some(self.writes.remove(0)) };
        match manner {
            Some(Manner::Says(status)) => return Told::new(status, ""),
            Some(Manner::Silent) => return Told::silent(),
            _ => {}
        }
        if self.keeps_cancelled_out && call.body.contains("STATUS:CANCELLED") {
            return Told::new(403, "");
        }
        let told = self.take(call);
        match manner {
            Some(Manner::SilentAfter) => Told::silent(),
            Some(Manner::FailsAfter) => Told::new(500, ""),
            Some(Manner::NoVersion) => Told::new(204, ""),
            _ => told,
        }
    }

    fn take(&mut self, call: &Call) -> Told {
        let name = name_of(&call.path).to_owned();
        let etag = self.etag(&name);
        let fits = match (call.header("if-none-match"), call.header("if-match")) {
            ("*", _) => etag.is_none(),
            (_, "") => false,
            (_, wanted) => etag.as_deref() == Some(wanted),
        };
        if call.method == "DELETE" && etag.is_none() {
            return Told::new(404, "");
        }
        if !fits {
            return Told::new(412, "");
        }
        if call.method == "DELETE" {
            self.delete(&name);
            return Told::new(204, "");
        }
        self.put(&name, &call.body);
        Told::new(201, "").header("ETag", self.etag(&name).unwrap())
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}
