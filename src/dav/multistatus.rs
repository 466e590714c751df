//! What a server says of its resources: `multistatus` (RFC 4918, 13), and `error` (RFC 4918, 16).

use roxmltree::Node;

use super::href::path_of;
use super::xml::{self, CALDAV, CALENDARSERVER, DAV};
use crate::net::Url;

/// A whole answer.
#[derive(Debug, Default)]
pub(super) struct Multistatus {
    pub(super) responses: Vec<Response>,
    /// Of `sync-collection`.
    pub(super) sync_token: Option<String>,
}

/// What is said of one resource.
#[derive(Debug, Default)]
pub(super) struct Response {
    /// Its path, in the one spelling.
    pub(super) path: String,
    /// Of the resource as a whole, where that is said.
    pub(super) status: Option<u16>,
    pub(super) has: Properties,
}

/// The properties that were found; those that were not are not here.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) is_collection: bool,
    pub(super) is_calendar: bool,
    pub(super) name: Option<String>,
    /// Of `supported-calendar-component-set`.
    pub(super) components: Option<Vec<String>>,
    pub(super) etag: Option<String>,
    pub(super) ctag: Option<String>,
    pub(super) data: Option<String>,
    pub(super) principal: Option<Url>,
    pub(super) homes: Vec<Url>,
    /// Whether `sync-collection` is among its reports.
    pub(super) syncs: bool,
    /// Whether its reader may write, where that is said.
    pub(super) may_write: Option<bool>,
}

impl Multistatus {
    /// Reads what was answered at `base`. What leads to another origin is left out.
    pub(super) fn read(text: &[u8], base: &Url) -> Result<Self, &'static str> {
        let read = xml::read(text, |root| {
            if !xml::is(root, DAV, "multistatus") {
                return Err("it is no multistatus");
            }
            let responses = xml::children(root, "response").flat_map(|node| responses(node, base)).collect();
            let sync_token =
                xml::child(root, DAV, "sync-token").map(|node| xml::text(node).trim().to_owned());
            Ok(Self { responses, sync_token })
        });
        read?
    }

    /// What is said of the resource itself that was asked.
    pub(super) fn of(self, path: &str) -> Option<Response> {
        let same = |response: &Response| trimmed(&response.path) == trimmed(path);
        let place = self.responses.iter().position(same)?;
        self.responses.into_iter().nth(place)
    }
}

/// Without the slash at its end, which servers give and take.
pub(super) fn trimmed(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

/// Whether `text` is an `error` that names this condition.
pub(super) fn names_condition(text: &[u8], condition: &str) -> bool {
    xml::read(text, |root| root.descendants().any(|node| xml::is(node, DAV, condition))).unwrap_or(false)
}

/// One response; several where one status is said of several resources.
fn responses(node: Node, base: &Url) -> Vec<Response> {
    let mut hrefs = xml::children(node, "href").filter_map(|href| path_of(base, &xml::text(href)));
    let Some(path) = hrefs.next() else { return Vec::new() };
    let status = xml::child(node, DAV, "status").and_then(|status| code(&xml::text(status)));
    let mut has = Properties::default();
    for propstat in xml::children(node, "propstat") {
        let said = xml::child(propstat, DAV, "status").and_then(|status| code(&xml::text(status)));
        if said.is_none_or(|code| (200..300).contains(&code)) {
            xml::children(propstat, "prop").for_each(|prop| has.take(prop, base));
        }
    }
    let mut found = vec![Response { path, status, has }];
    found.extend(hrefs.map(|path| Response { path, status, has: Properties::default() }));
    found
}

/// The code in `HTTP/1.1 200 OK`.
fn code(status: &str) -> Option<u16> {
    status.split_whitespace().nth(1)?.parse().ok()
}

impl Properties {
    fn take(&mut self, prop: Node, base: &Url) {
        for node in prop.children().filter(Node::is_element) {
            let (space, name) = (node.tag_name().namespace().unwrap_or_default(), node.tag_name().name());
            match (space, name) {
                (DAV, "resourcetype") => {
                    self.is_collection = xml::child(node, DAV, "collection").is_some();
                    self.is_calendar = xml::child(node, CALDAV, "calendar").is_some();
                }
                (DAV, "displayname") => self.name = some(node),
                (DAV, "getetag") => self.etag = some(node),
                (DAV, "current-user-principal") => self.principal = urls(node, base).next(),
                (DAV, "supported-report-set") => {
                    self.syncs = node.descendants().any(|node| xml::is(node, DAV, "sync-collection"));
                }
                (DAV, "current-user-privilege-set") => {
                    let writes = ["write", "write-content", "bind", "all"];
                    let may = |node: Node| writes.iter().any(|name| xml::is(node, DAV, name));
                    self.may_write = Some(node.descendants().any(may));
                }
                (CALENDARSERVER, "getctag") => self.ctag = some(node),
                (CALDAV, "calendar-home-set") => self.homes = urls(node, base).collect(),
                (CALDAV, "calendar-data") => self.data = Some(xml::text(node)),
                (CALDAV, "supported-calendar-component-set") => {
                    let components = node.children().filter(|child| xml::is(*child, CALDAV, "comp"));
                    let names = components.filter_map(|comp| comp.attribute("name"));
                    self.components = Some(names.map(str::to_ascii_uppercase).collect());
                }
                _ => {}
            }
        }
    }
}

/// The text of a property, unless it is empty.
fn some(node: Node) -> Option<String> {
    let text = xml::text(node);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The URLs in a property.
fn urls<'a>(node: Node<'a, 'a>, base: &Url) -> impl Iterator<Item = Url> + use<'a> {
    let base = base.clone();
    xml::children(node, "href").filter_map(move |href| base.join(xml::text(href).trim()).ok())
}
