//! A small house behind its real router: accounts, a meeting, browsers with cookies that fill in the forms a page
//! holds, and a look at every row of the database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::http::{Method, StatusCode};
use actix_web::{App, test};
use entente::accounts::{self, NewUser, Role, User};
use entente::base::actor::{Actor, Road, Who};
use entente::base::house::House;
use entente::base::id::{ConnectionId, LinkId, MeetingId, ParticipantId};
use entente::base::random::Chance;
use entente::base::secret::{Keys, sha256};
use entente::base::text::Address;
use entente::base::time::{Clock, Timestamp, Zone};
use entente::calendar::{self, Access, Found, NewAccount, SourceKind};
use entente::config::Config;
use entente::journal;
use entente::links::{self, Purpose};
use entente::mail::inbound::Intake;
use entente::mail::letters::{self, Outbox};
use entente::mail::wire::Verifier;
use entente::meetings::{self, Meeting, NewMeeting, Person};
use entente::network;
use entente::notices;
use entente::post::letter::{self, Kept, Says};
use entente::store::{Cx, Durability, Ground, Options, Store};
use entente::web::probe::Prober;
use entente::web::{self, Web};

pub(crate) const ROOT: &str = "root.admin@example.org";
pub(crate) const BEN: &str = "ben.host@example.org";
pub(crate) const ANA: &str = "ana.guest@example.net";
pub(crate) const CLEO: &str = "cleo.member@example.com";
pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub(crate) fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

/// Friday 20 November 2026, 09:00 UTC; Ben, in Paris, is a member, Cleo another, Root the administrator. Ana has no
/// account and reads in Lisbon.
pub(crate) struct World {
    pub(crate) web: Web,
    pub(crate) clock: Clock,
    directory: tempfile::TempDir,
}

pub(crate) struct Setting {
    pub(crate) house: House,
    pub(crate) config: Config,
    pub(crate) open_mailroom: bool,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let house = House::new(address("scheduling@entente.test"), "http://localhost:8080");
        Self { house, config: Config::default(), open_mailroom: false }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setting::new()).await
    }

    pub(crate) async fn with(setting: Setting) -> Self {
        let world = Self::empty(setting);
        world
            .write(|cx| {
                for (email, name, zone_name, role) in [
                    (ROOT, "Root", "UTC", Role::Admin),
                    (BEN, "Ben", "Europe/Paris", Role::Member),
                    (CLEO, "Cleo", "America/New_York", Role::Member),
                ] {
                    let zone = Some(zone(zone_name));
                    let new = NewUser { address: address(email), name: name.to_owned(), zone, role };
                    accounts::add(cx, &operator(), &new)?;
                }
                Ok(())
            })
            .await;
        world
    }

    /// A house in which nobody has an account.
    pub(crate) fn empty(setting: Setting) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::set_at(at("2026-11-20T09:00:00Z"));
        let web = Self::open(directory.path(), setting, &clock, None);
        Self { web, clock, directory }
    }

    /// The same house, when its file cannot grow any more.
    pub(crate) fn full(self) -> Self {
        let Self { web, clock, directory } = self;
        let setting = Setting { config: Config::clone(&web.config), ..Setting::new() };
        drop(web);
        let web = Self::open(directory.path(), setting, &clock, Some(1));
        Self { web, clock, directory }
    }

    /// The same house after a restart.
    pub(crate) fn reopened(self) -> Self {
        let Self { web, clock, directory } = self;
        let setting = Setting { config: Config::clone(&web.config), ..Setting::new() };
        drop(web);
        let web = Self::open(directory.path(), setting, &clock, None);
        Self { web, clock, directory }
    }

    fn open(directory: &Path, setting: Setting, clock: &Clock, pages_max: Option<u32>) -> Web {
        let ground = Ground {
            house: Arc::new(setting.house),
            clock: clock.clone(),
            chance: Chance::seeded(23),
            keys: Keys::derive(&[5; 32]),
            instance: "test".into(),
        };
        let path = directory.join("entente.db");
        let options = Options { durability: Durability::Process, pages_max, ..Options::at(path) };
        let (store, _) = Store::open(&options, ground, journal::seal).unwrap();
        let intake = Intake::new(store.clone(), &setting.config).with_verifier(Verifier::offline());
        let web = Web::new(store, Arc::new(setting.config), intake, setting.open_mailroom);
        Web { prober: Prober::new(|wanted| std::future::ready(crate::api_world::look(&wanted))), ..web }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.directory.path().join("entente.db")
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        closure: impl Fn(&mut Cx<'_>) -> entente::base::Result<T> + Send + 'static,
    ) -> T {
        self.web.store.write(closure).await.unwrap()
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        closure: impl Fn(&mut Cx<'_>) -> entente::base::Result<T> + Send + 'static,
    ) -> T {
        self.web.store.read(closure).await.unwrap()
    }

    /// A meeting of Ben and Ana on Wednesday 25 November, 10:30 to 11:15 in Paris.
    pub(crate) async fn meeting(&self) -> Pair {
        self.meeting_with(&[(ANA, "Ana", Some("Europe/Lisbon"))], |_| {}).await
    }

    pub(crate) async fn meeting_with(
        &self,
        guests: &[(&str, &str, Option<&str>)],
        change: impl Fn(&mut NewMeeting) + Send + 'static,
    ) -> Pair {
        let guests: Vec<_> = guests
            .iter()
            .map(|(email, name, zone_name)| Person {
                address: address(email),
                name: (!name.is_empty()).then(|| (*name).to_owned()),
                zone: zone_name.map(zone),
            })
            .collect();
        let made = self
            .write(move |cx| {
                let ben = accounts::by_address(cx, &address(BEN))?.unwrap();
                let who = Actor::new(Who::User { id: ben.id, admin: false }, Road::Page, TRACE);
                let mut new = NewMeeting {
                    title: "Practice session".to_owned(),
                    start: at("2026-11-25T09:30:00Z"),
                    end: at("2026-11-25T10:15:00Z"),
                    location: "Room 4".to_owned(),
                    video: false,
                    description: "Second movement.".to_owned(),
                    host: Person { address: address(BEN), name: None, zone: None },
                    guests: guests.clone(),
                    resources: Vec::new(),
                    decline: None,
                    approval: None,
                };
                change(&mut new);
                meetings::create(cx, &who, &new)
            })
            .await;
        Pair {
            id: made.id,
            host: made.participants[0].id,
            guest: made.participants.get(1).map_or(made.participants[0].id, |one| one.id),
        }
    }

    pub(crate) async fn load(&self, id: MeetingId) -> Meeting {
        self.read(move |cx| meetings::load(cx, id)).await
    }

    /// The letters to a participant, newest first.
    pub(crate) async fn letters(&self, to: ParticipantId) -> Vec<Kept> {
        self.read(move |cx| letter::of_participant(cx, to, 100)).await
    }

    /// A link's path and query.
    pub(crate) fn path(&self, purpose: Purpose, id: LinkId) -> String {
        links::url(&self.web.store.ground().keys, "", purpose, id)
    }

    /// The path of the newest link of a purpose that was mailed to a participant.
    pub(crate) async fn link(&self, to: ParticipantId, purpose: Purpose) -> String {
        let letters = self.letters(to).await;
        let found = letters.iter().find_map(|kept| link_in(kept, purpose)).expect("such a link was mailed");
        self.path(purpose, found)
    }

    /// Sends everything that waits: into the mailroom.
    pub(crate) async fn send_mail(&self) {
        let outbox = Outbox::from_config(self.web.store.clone(), &self.web.config).unwrap();
        let worker = letters::worker(outbox);
        loop {
            let leases = self.write(|cx| entente::queue::claim(cx, entente::post::TOPIC, 50, 60_000)).await;
            if leases.is_empty() {
                return;
            }
            for lease in leases {
                (worker.handler)(lease).await.unwrap();
            }
        }
    }

    pub(crate) async fn user(&self, email: &'static str) -> User {
        self.read(move |cx| Ok(accounts::by_address(cx, &address(email))?.unwrap())).await
    }

    /// A browser that is signed in, by a link as it is mailed.
    pub(crate) async fn browser_of(&self, email: &'static str) -> Browser<'_> {
        let user = self.user(email).await;
        let link = self.write(move |cx| accounts::sign_in_link(cx, &operator(), user.id)).await;
        let mut browser = self.browser();
        let entered = browser.post(&self.path(Purpose::SignIn, link), &[]).await;
        assert_eq!(entered.code, 303, "{}", entered.text);
        browser
    }

    /// A browser that nobody is signed in with.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookies: BTreeMap::new() }
    }

    /// Has somebody with an account ask an address to connect.
    pub(crate) async fn invite(&self, by: &'static str, email: &'static str) -> ConnectionId {
        let by = self.user(by).await.id;
        let who = Actor::new(Who::User { id: by, admin: false }, Road::Page, TRACE);
        self.write(move |cx| {
            let invitation =
                network::Invitation { address: address(email), words: "Shall we?".to_owned(), grant: None };
            Ok(network::invite(cx, &who, &invitation)?.id)
        })
        .await
    }

    /// Two people with accounts, connected.
    pub(crate) async fn connection(&self, asks: &'static str, accepts: &'static str) -> ConnectionId {
        let id = self.invite(asks, accepts).await;
        let by = self.user(accepts).await.id;
        let who = Actor::new(Who::User { id: by, admin: false }, Road::Page, TRACE);
        self.write(move |cx| Ok(network::accept(cx, &who, id, None)?.id)).await
    }

    /// A feed of somebody's, the one they have; gives its id.
    pub(crate) async fn source(&self, email: &'static str) -> String {
        let user = self.user(email).await.id;
        let who = Actor::new(Who::User { id: user, admin: false }, Road::Page, TRACE);
        let id = self.write(move |cx| {
            let holder = user.into();
            let has =
                calendar::sources(cx, &who, holder)?.into_iter().find(|one| one.kind == SourceKind::Ics);
            if let Some(source) = has {
                return Ok(source.id);
            }
            let url = "https://cal.example.org/secret.ics".to_owned().into();
            let new = NewAccount {
                holder,
                kind: SourceKind::Ics,
                name: "Work".to_owned(),
                server: "cal.example.org".to_owned(),
                access: Access { url, username: None, password: None },
                zone: None,
            };
            let found = Found { name: String::new(), path: String::new(), writable: false };
            Ok(calendar::add(cx, &who, &new, &[found])?.remove(0).id)
        });
        id.await.to_string()
    }

    /// The path of the link in the newest invitation to an address to connect.
    pub(crate) async fn connect_link(&self, email: &'static str) -> String {
        let Says::Connect { link, .. } = self.newest_letter(email).await.letter.says else {
            panic!("it invites")
        };
        self.path(Purpose::Connect, link)
    }

    /// The path of the link at the foot of the newest letter to an address.
    pub(crate) async fn about_link(&self, email: &'static str) -> String {
        self.path(Purpose::AboutYou, self.newest_letter(email).await.letter.reader.about_you)
    }

    pub(crate) async fn newest_letter(&self, email: &'static str) -> Kept {
        let letters = self.read(move |cx| {
            let hash = links::address_hash(cx, &address(email));
            letter::of_address(cx, &hash, 1)
        });
        letters.await.remove(0)
    }

    /// Lets the followers of the journal read what is new.
    pub(crate) async fn follow(&self) {
        for follower in notices::FOLLOWERS {
            while journal::follow(&self.web.store, follower).await.unwrap() > 0 {}
        }
    }

    /// Every row of every table, as one hash; and the rows, for when two differ.
    pub(crate) fn rows(&self) -> String {
        let connection = rusqlite::Connection::open(self.database()).unwrap();
        let mut names = connection
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            .unwrap();
        let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert!(names.len() > 20, "all tables are looked at");
        let mut out = String::new();
        for name in names {
            let mut statement = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                write!(out, "{name}:").unwrap();
                for column in 0..columns {
                    write!(out, " {:?}", row.get_ref(column).unwrap()).unwrap();
                }
                out.push('\n');
            }
        }
        out
    }
}

pub(crate) fn operator() -> Actor {
    Actor::new(Who::Operator, Road::Cli, TRACE)
}

/// A meeting of two.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) id: MeetingId,
    pub(crate) host: ParticipantId,
    pub(crate) guest: ParticipantId,
}

fn link_in(kept: &Kept, purpose: Purpose) -> Option<LinkId> {
    if purpose == Purpose::AboutYou {
        return Some(kept.letter.reader.about_you);
    }
    match (&kept.letter.says, purpose) {
        (
            Says::Invitation { respond, .. }
            | Says::Update { respond, .. }
            | Says::FreshLink { respond, .. }
            | Says::AutoAnswer { respond, .. }
            | Says::ProposalOutcome { respond, .. },
            Purpose::Respond,
        ) => Some(*respond),
        (Says::ProposalAsk { approve, .. }, Purpose::Approve) => Some(*approve),
        (Says::ProposalAsk { decline, .. }, Purpose::Decline) => Some(*decline),
        (Says::ConfirmReply { confirm, .. }, Purpose::Confirm) => Some(*confirm),
        (Says::SignIn { link, .. }, Purpose::SignIn) => Some(*link),
        _ => None,
    }
}

/// An answer of the house.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "{words:?} is not on the page ({}): {}", self.code, self.main());
        self
    }

    #[track_caller]
    pub(crate) fn is(&self, code: u16) -> &Self {
        assert_eq!(self.code, code, "{}", self.main());
        self
    }

    /// The page without its frame.
    pub(crate) fn main(&self) -> &str {
        let main = self.text.split_once("<main").map_or(self.text.as_str(), |(_, rest)| rest);
        main.split("</main>").next().unwrap_or(main)
    }
}

/// A browser without scripts: it has cookies, opens pages, and sends the forms that it finds on them.
#[derive(Clone)]
pub(crate) struct Browser<'w> {
    world: &'w World,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(&Method::GET, path, None, &[]).await
    }

    pub(crate) async fn head(&mut self, path: &str) -> Reply {
        self.send(&Method::HEAD, path, None, &[]).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(&Method::POST, path, Some(encode(fields)), &[]).await
    }

    pub(crate) async fn send(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let web = self.world.web.clone();
        let app = test::init_service(App::new().configure(|service| web::configure(service, &web))).await;
        let mut request = test::TestRequest::with_uri(path).method(method.clone());
        let jar: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            request = request.insert_header(("cookie", jar.join("; ")));
        }
        if let Some(body) = body {
            let length = body.len().to_string();
            request = request
                .insert_header(("content-type", "application/x-www-form-urlencoded"))
                .insert_header(("content-length", length))
                .set_payload(body);
        }
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        let response = test::call_service(&app, request.to_request()).await;
        for cookie in response.response().cookies() {
            if cookie.max_age().is_some_and(actix_web::cookie::time::Duration::is_zero) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        let code: StatusCode = response.status();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = test::read_body(response).await;
        Reply { code: code.as_u16(), headers, text: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Opens a page and sends the form of it that has this button (`do` = `button`; for a form without such
    /// names, the path it posts to), with `typed` in place of what stands in its fields.
    pub(crate) async fn press(&mut self, path: &str, button: &str, typed: &[(&str, &str)]) -> Reply {
        let page = self.get(path).await;
        self.press_on(&page, button, typed).await
    }

    pub(crate) async fn press_on(&mut self, page: &Reply, button: &str, typed: &[(&str, &str)]) -> Reply {
        let form = forms(&page.text)
            .into_iter()
            .find(|form| form.action == button || form.buttons.iter().any(|one| one == button))
            .unwrap_or_else(|| panic!("there is no button {button:?} on: {}", page.main()));
        let mut fields: Vec<(&str, &str)> = Vec::new();
        let mut left: Vec<_> = typed.to_vec();
        for (name, value) in &form.fields {
            let typed = left.iter().position(|(field, _)| field == name).map(|n| left.remove(n).1);
            fields.push((name, typed.unwrap_or(value)));
        }
        fields.extend(left);
        if form.action != button {
            fields.push(("do", button));
        }
        self.post(&form.action, &fields).await
    }
}

/// A form as a browser reads it.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) buttons: Vec<String>,
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let open = format!(" {name}=\"");
    let from = tag.find(&open)? + open.len();
    Some(plain(tag[from..].split('"').next()?))
}

/// Text of a page without its escapes.
pub(crate) fn plain(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&amp;", "&")
}

/// The forms of a page that post.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    html.split("<form ")
        .skip(1)
        .filter_map(|rest| {
            let body = rest.split("</form>").next().unwrap_or_default();
            let open = format!(" {}", body.split('>').next().unwrap_or_default());
            if attribute(&open, "method").as_deref() != Some("post") {
                return None;
            }
            let mut form = Form { action: attribute(&open, "action")?, ..Form::default() };
            for tag in body.split('<').skip(1) {
                let inside = format!(" {}", tag.split('>').next().unwrap_or_default());
                let name = attribute(&inside, "name");
                if tag.starts_with("input") {
                    let is_left_out =
                        inside.contains("type=\"checkbox\"") || inside.contains("type=\"radio\"");
                    if let Some(name) = name.filter(|_| !is_left_out || inside.contains(" checked")) {
                        form.fields.push((name, attribute(&inside, "value").unwrap_or_default()));
                    }
                } else if tag.starts_with("textarea") {
                    let text = tag.split_once('>').map_or("", |(_, text)| text);
                    form.fields.push((name.unwrap_or_default(), plain(text.trim_start_matches('\n'))));
                } else if tag.starts_with("select") {
                    form.fields.push((name.unwrap_or_default(), String::new()));
                } else if tag.starts_with("option") && inside.contains(" selected") {
                    if let Some(last) = form.fields.last_mut() {
                        last.1 = attribute(&inside, "value").unwrap_or_default();
                    }
                } else if tag.starts_with("button") && attribute(&inside, "type").is_none() {
                    form.buttons.push(attribute(&inside, "value").unwrap_or_default());
                }
            }
            Some(form)
        })
        .collect()
}

pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() {
                out.push(char::from(byte));
            } else {
                write!(out, "%{byte:02X}").unwrap();
            }
            out
        })
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// A short word for a long text, so that a failure does not print a database.
pub(crate) fn hash(text: &str) -> String {
    sha256(text.as_bytes())
}
