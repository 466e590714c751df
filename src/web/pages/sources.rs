//! Adding a calendar that lies elsewhere, and one calendar with its health and what can be done to it.

use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::calendar::{HOUSE, ago, events, house_pill, house_words, pill, wrong};
use super::visit::{Answer, Posted, SignedIn, Visit, ok, page, see_other};
use super::words;
use crate::agents::{self, Agent};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, SourceId};
use crate::base::secret::Secret;
use crate::base::time::long_date;
use crate::calendar::{self, Access, Fault, HolderId, NewAccount, Problem, Source, SourceChange, SourceKind};
use crate::store::Cx;
use crate::sync::{Probed, Wanted};
use crate::web::view::calendar::{FaultRow, NewSource, SourcePage};
use crate::web::view::parts::{FieldErrors, Nav};

/// How many faults a page tells apart.
const FAULTS_SHOWN: usize = 20;
/// The longest address, user name and password, in bytes.
const TEXT_MAX: usize = 2_000;

/// `GET /calendar/sources/new`.
pub(super) async fn new(visit: Visit) -> Answer {
    visit.user()?;
    ok(&empty_form(&visit, &Whose::own()))
}

/// Whose calendar is added, and where its pages lead.
pub(super) struct Whose {
    /// The room or thing; `None`: the reader themselves.
    room: Option<AgentId>,
    /// Where the form is posted.
    action: String,
    /// What the page says it is for.
    lead: String,
    /// The page that one came from, and goes back to.
    back: (String, String),
    /// The same, once it is added.
    added: String,
}

impl Whose {
    fn own() -> Self {
        let lead = "Where you keep it already. It is read every few minutes for when you are busy, and for nothing else; if you wish, your meetings are written into it.";
        Self {
            room: None,
            action: "/calendar/sources".to_owned(),
            lead: lead.to_owned(),
            back: own_calendar(),
            added: "/calendar?done=source-added".to_owned(),
        }
    }

    /// Of a room or thing, for an administrator.
    pub(super) fn of_room(agent: &Agent) -> Self {
        let (path, words) = of_room(agent);
        Self {
            room: Some(agent.id),
            action: format!("{path}/calendars"),
            lead: format!(
                "Where {} is booked as well. It is read every few minutes for when it is taken, and for nothing else.",
                agent.name
            ),
            added: format!("{path}?done=source-added"),
            back: (path, words),
        }
    }
}

fn own_calendar() -> (String, String) {
    ("/calendar".to_owned(), "Back to your calendar".to_owned())
}

fn of_room(agent: &Agent) -> (String, String) {
    (format!("/admin/resources/{}", agent.id), format!("Back to {}", agent.name))
}

/// The form with nothing in it.
pub(super) fn empty_form(visit: &Visit, whose: &Whose) -> NewSource {
    form(visit, whose, &Typed::default(), FieldErrors::none())
}

/// What was typed.
#[derive(Clone, Default)]
struct Typed {
    is_account: bool,
    url: String,
    name: String,
    username: String,
    password: Secret,
}

impl Typed {
    fn of(posted: &Posted) -> Self {
        Self {
            is_account: posted.fields.pressed() == "caldav",
            url: posted.fields.get("url").trim().to_owned(),
            name: posted.fields.owned("name"),
            username: posted.fields.get("username").trim().to_owned(),
            password: Secret::new(posted.fields.get("password")),
        }
    }

    fn wanted(&self) -> Result<Wanted, FieldErrors> {
        let mut errors = FieldErrors::none();
        let is_line = |text: &str| text.len() <= TEXT_MAX && !text.chars().any(char::is_control);
        if self.url.is_empty() || !is_line(&self.url) {
            errors.add("url", "Give the address, on one line.");
        }
        if self.is_account && self.username.is_empty() && !self.url.contains('@') || !is_line(&self.username)
        {
            errors.add("username", "Give the name that you sign in with there.");
        }
        if self.is_account && self.password.is_empty() || !is_line(self.password.expose()) {
            errors.add("password", "Give the password.");
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let (url, username, password) = (self.url.clone(), self.username.clone(), self.password.clone());
        Ok(if self.is_account {
            Wanted::CalDav { place: url, username, password }
        } else {
            Wanted::Ics { url: url.into() }
        })
    }

    /// Which field a refusal is about.
    fn beside(&self, error: &Error) -> Option<FieldErrors> {
        match error {
            Error::Refused { code: "source.refused", message } if self.is_account => {
                Some(FieldErrors::one("password", message.clone()))
            }
            Error::Refused { code, message } if code.starts_with("source.") => {
                Some(FieldErrors::one("url", message.clone()))
            }
            other => FieldErrors::from_error(other),
        }
    }
}

fn form(visit: &Visit, whose: &Whose, typed: &Typed, errors: FieldErrors) -> NewSource {
    let (is_account, none) = (typed.is_account, FieldErrors::none);
    let of = |is_its: bool, text: &str| if is_its { text.to_owned() } else { String::new() };
    let (feed_errors, server_errors) = if is_account { (none(), errors) } else { (errors, none()) };
    NewSource {
        frame: visit.frame("Add a calendar", if whose.room.is_some() { Nav::Admin } else { Nav::Calendar }),
        action: whose.action.clone(),
        lead: whose.lead.clone(),
        back: whose.back.clone(),
        feed: of(!is_account, &typed.url),
        name: of(!is_account, &typed.name),
        feed_errors,
        server: of(is_account, &typed.url),
        username: of(is_account, &typed.username),
        server_errors,
    }
}

/// `POST /calendar/sources`.
pub(super) async fn add(SignedIn(posted): SignedIn) -> Answer {
    add_for(&posted, &Whose::own()).await
}

/// Adds what was typed to somebody's calendars, or a room's.
pub(super) async fn add_for(posted: &Posted, whose: &Whose) -> Answer {
    let typed = Typed::of(posted);
    let again = |errors| page(StatusCode::UNPROCESSABLE_ENTITY, &form(&posted.visit, whose, &typed, errors));
    let wanted = match typed.wanted() {
        Ok(wanted) => wanted,
        Err(errors) => return again(errors),
    };
    match add_found(posted, whose, &typed, wanted).await {
        Ok(()) => Ok(see_other(&whose.added)),
        Err(error) => match typed.beside(&error) {
            Some(errors) => again(errors),
            None => Err(error.into()),
        },
    }
}

/// Looks first, outside any transaction, and keeps what was found.
async fn add_found(posted: &Posted, whose: &Whose, typed: &Typed, wanted: Wanted) -> Result<()> {
    let who = posted.visit.actor();
    let holder = match whose.room {
        Some(room) => HolderId::Agent(room),
        None => calendar::own(&who)?,
    };
    let asks = who.clone();
    posted.write(move |cx| calendar::may_probe(cx, &asks, holder)).await?;
    let Probed { kind, server, access, found } = posted.visit.web.prober.probe(wanted).await?;
    let name = typed.name.clone();
    let add = move |cx: &mut Cx<'_>| {
        let (name, server, access) = (name.clone(), server.clone(), access.clone());
        calendar::add(cx, &who, &NewAccount { holder, kind, name, server, access, zone: None }, &found)
            .map(drop)
    };
    posted.write(add).await
}

/// `GET /calendar/sources/{id}`.
pub(super) async fn show(visit: Visit, id: Path<String>) -> Answer {
    visit.user()?;
    let id: SourceId = id.parse()?;
    let found = found(&visit, id).await?;
    ok(&shown(&visit, &found, None, FieldErrors::none()))
}

/// A source, what lets the house in, of which only the user name is shown and the house's own has none, and the room or thing whose it is.
struct Found {
    source: Source,
    access: Option<Access>,
    room: Option<Agent>,
}

async fn found(visit: &Visit, id: SourceId) -> Result<Found> {
    let who = visit.actor();
    let read = visit.read(move |cx| {
        let source = calendar::source(cx, &who, id)?;
        let room = match source.holder {
            HolderId::Agent(agent) => agents::ever(cx, agent)?,
            HolderId::User(_) => None,
        };
        let is_outside = source.kind.is_outside();
        let access = is_outside.then(|| calendar::access_of(cx, &who, id)).transpose()?;
        Ok(Found { source, access, room })
    });
    read.await
}

fn shown(
    visit: &Visit,
    Found { source, access, room }: &Found,
    typed_name: Option<String>,
    errors: FieldErrors,
) -> SourcePage {
    let is_house = source.kind == SourceKind::House;
    let called = if is_house { HOUSE } else { &source.name };
    let username = access.as_ref().and_then(|access| access.username.clone()).unwrap_or_default();
    let faults = source.faults.iter().take(FAULTS_SHOWN).map(fault).collect::<Vec<_>>();
    let is_refused = source.problem == Some(Problem::Refused);
    SourcePage {
        frame: visit.frame(called, if room.is_some() { Nav::Admin } else { Nav::Calendar }),
        back: room.as_ref().map_or_else(own_calendar, of_room),
        takes: room
            .as_ref()
            .map_or_else(|| "my time".to_owned(), |room| format!("the time of {}", room.name)),
        path: format!("/calendar/sources/{}", source.id),
        called: called.to_owned(),
        is_house,
        pill: if is_house { house_pill() } else { pill(source) },
        lies: lies(source),
        facts: facts(visit, source),
        wrong: wrong(source),
        advice: advice(source),
        more_faults: source.faults_total - i64::try_from(faults.len()).unwrap_or(0),
        faults,
        name: typed_name.unwrap_or_else(|| source.name.clone()),
        counts: source.counts,
        writes: (source.writable && source.holder.user().is_some()).then_some(source.writes),
        not_written: not_written(visit, source),
        is_read: source.is_read(),
        username: (source.kind == SourceKind::CalDav).then_some(username),
        is_refused,
        errors,
    }
}

/// Where a source lies; of the house's own, which lies here, what it is.
fn lies(source: &Source) -> String {
    match source.kind {
        SourceKind::Ics => format!("A feed at {}", source.server),
        SourceKind::CalDav => format!("A calendar at {}", source.server),
        SourceKind::House => house_words(source.holder).to_owned(),
    }
}

fn fault(fault: &Fault) -> FaultRow {
    let place = match (fault.uid.as_str(), fault.line) {
        ("", line) => format!("line {line}"),
        (uid, 0) => uid.to_owned(),
        (uid, line) => format!("{uid}, line {line}"),
    };
    FaultRow { place, words: format!("{}.", words::sentence(&fault.words)) }
}

fn facts(visit: &Visit, source: &Source) -> Vec<(&'static str, String)> {
    if !source.is_read() {
        return Vec::new();
    }
    let read = source.read_at.map_or_else(|| "not yet".to_owned(), |at| ago(visit, at));
    let [last, next, many] = match source.kind {
        SourceKind::House => ["Last checked", "Checked again", "Meetings"],
        SourceKind::Ics | SourceKind::CalDav => ["Last read", "Read again", "Events"],
    };
    let mut facts = vec![(last, read)];
    if let Some(tried) = source.tried_at.filter(|_| source.problem.is_some()) {
        facts.push(("Last tried", ago(visit, tried)));
    }
    if let Some(at) = source.next_at {
        facts.push((next, words::ahead(visit.zone(None), at, visit.now)));
    }
    if source.read_at.is_some() {
        facts.push((many, events(source)));
    }
    if let Some(until) = source.known_until.filter(|_| source.kind.is_outside()) {
        facts.push(("Known until", long_date(visit.zone(None).date(until))));
    }
    facts
}

/// That meetings could not be written there, and since when; empty where they can be.
fn not_written(visit: &Visit, source: &Source) -> String {
    let (Some(problem), Some(at)) = (source.write_problem, source.write_failed_at) else {
        return String::new();
    };
    let words = if source.write_words.is_empty() { problem.sentence() } else { &source.write_words };
    format!("A meeting could not be written here ({}): {words} You got it by mail instead.", ago(visit, at))
}

/// What a problem means, and what is to be done about it.
fn advice(source: &Source) -> String {
    let counts = "What was last known of it still counts";
    match source.problem {
        None => String::new(),
        Some(_) if source.kind == SourceKind::House => {
            "It is tried again. Nothing is missing meanwhile: meetings write to it as they change.".to_owned()
        }
        Some(Problem::Refused) => {
            format!(
                "It is not tried again until you give another one below. {counts}, and nothing is booked by itself."
            )
        }
        Some(Problem::NotAllowed) => {
            "This house calls no private addresses unless whoever runs it allows them (net.allow).".to_owned()
        }
        Some(problem) if problem.may_pass() && !source.is_stale => {
            format!("This may pass by itself: it is tried again. {counts}.")
        }
        Some(problem) if problem.may_pass() => {
            format!(
                "It is tried again, less often each time. {counts}, and nothing is booked by itself until it can be read."
            )
        }
        Some(_) => {
            format!("Look whether its address is still right. {counts}, and nothing is booked by itself.")
        }
    }
}

/// `POST /calendar/sources/{id}`.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: SourceId = id.parse()?;
    let done = match posted.fields.pressed() {
        "read" => {
            let who = posted.visit.actor();
            posted
                .write(move |cx| calendar::read_now(cx, &who, id).map(drop))
                .await
                .map(|()| "source-reading")
        }
        "remove" => {
            let who = posted.visit.actor();
            let found = found(&posted.visit, id).await?;
            let (back, _) = found.room.as_ref().map_or_else(own_calendar, of_room);
            posted.write(move |cx| calendar::remove(cx, &who, id)).await?;
            return Ok(see_other(&format!("{back}?done=source-removed")));
        }
        "write" => {
            let change = SourceChange { writes: Some(true), ..SourceChange::default() };
            apply(&posted, id, change).await?;
            return Ok(see_other("/calendar?done=source-written"));
        }
        "renew" => renew(&posted, id).await.map(|()| "source-renewed"),
        _ => save(&posted, id).await.map(|()| "saved"),
    };
    match done {
        Ok(done) => Ok(see_other(&format!("/calendar/sources/{id}?done={done}"))),
        Err(error) => came_back(&posted, id, error).await,
    }
}

/// The page with what is wrong beside its field, where it is about one.
async fn came_back(posted: &Posted, id: SourceId, error: Error) -> Answer {
    let errors = match &error {
        Error::Refused { code: "source.exists", message } => Some(FieldErrors::one("url", message.clone())),
        other => FieldErrors::from_error(other),
    };
    let Some(errors) = errors else { return Err(error.into()) };
    let found = found(&posted.visit, id).await?;
    let name = (posted.fields.pressed() == "save").then(|| posted.fields.owned("name"));
    page(StatusCode::UNPROCESSABLE_ENTITY, &shown(&posted.visit, &found, name, errors))
}

async fn save(posted: &Posted, id: SourceId) -> Result<()> {
    let is_ticked = |name: &str| !posted.fields.get(name).is_empty();
    // Of one that can only be read there is no such box.
    let writes = is_ticked("can-write").then(|| is_ticked("writes"));
    let name = Some(posted.fields.owned("name"));
    apply(posted, id, SourceChange { name, counts: Some(is_ticked("counts")), writes }).await
}

async fn apply(posted: &Posted, id: SourceId, change: SourceChange) -> Result<()> {
    let who = posted.visit.actor();
    posted.write(move |cx| calendar::change(cx, &who, id, &change).map(drop)).await
}

async fn renew(posted: &Posted, id: SourceId) -> Result<()> {
    let who = posted.visit.actor();
    let (url, username) = (posted.fields.get("url").trim().to_owned(), posted.fields.owned("username"));
    let password = Secret::new(posted.fields.get("password"));
    let renew = move |cx: &mut Cx<'_>| {
        let source = calendar::source(cx, &who, id)?;
        let present = calendar::access_of(cx, &who, id)?;
        let given = if source.kind == SourceKind::CalDav { password.expose() } else { &url };
        if given.is_empty() || given.len() > TEXT_MAX || given.chars().any(char::is_control) {
            let field = if source.kind == SourceKind::CalDav { "password" } else { "url" };
            return Err(Error::invalid(field, "Give it on one line."));
        }
        let access = if source.kind == SourceKind::CalDav {
            let name = Some(username.trim().to_owned()).filter(|name| !name.is_empty());
            Access { username: name.or(present.username), password: Some(password.clone()), ..present }
        } else {
            Access { url: url.clone().into(), ..present }
        };
        calendar::renew(cx, &who, id, &access).map(drop)
    };
    posted.write(renew).await
}
