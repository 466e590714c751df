//! For whoever runs the house: the queue, dead letters, delivery problems, users, alerts.

use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::about;
use super::upkeep;
use super::visit::{Answer, SignedIn, Visit, is_mailroom, ok, page, see_other};
use super::words;
use crate::accounts::{self, NewUser, Role, User};
use crate::analytics;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{LetterId, ProposalId, UserId, WorkId};
use crate::base::text::{self, Address};
use crate::base::time::{DAY, Timestamp, Zone};
use crate::journal::{self, Happening};
use crate::links::{self, Purpose};
use crate::meetings;
use crate::messages::{self, Inbox};
use crate::notices;
use crate::post;
use crate::post::letter;
use crate::queue::{self, DeadLetter};
use crate::store::Cx;
use crate::web::upkeep::{Known, known as knows, mailbox, size};
use crate::web::view::admin::{
    AlertRow, Alerts, Dead, DeadRow, Delivery, DeliveryRow, Overview, Tab, Tabs, Topic, UserRow, Users,
};
use crate::web::view::bars::{self, Bar, Bars, Figure};
use crate::web::view::parts::{Choice, FieldErrors, Nav, Pager, Pill, Tone};

/// How many rows a page has.
const ROWS: u32 = 200;
/// How many days the drawing shows.
const DAYS: i64 = 14;

/// The tabs, with what waits behind them.
pub(super) fn tabs(cx: &Cx<'_>, here: Tab) -> Result<Tabs> {
    let dead: i64 = queue::topics(cx)?.iter().map(|topic| topic.dead).sum();
    Ok(Tabs { here, dead: count(dead), alerts: notices::open_alerts(cx)?.len() as u64 })
}

pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// What the overview shows, as numbers.
struct Numbers {
    tabs: Tabs,
    topics: Vec<queue::Topic>,
    /// Mails that went out and mails that did not arrive, by day, oldest first.
    days: Vec<(Timestamp, u64, u64)>,
    answers: i64,
    proposals: i64,
    agents: analytics::Agents,
    /// Who reads the journal, and how much each has still to read.
    readers: Vec<(String, i64)>,
    known: Known,
}

fn numbers(cx: &Cx<'_>, who: &Actor, zone: Zone) -> Result<Numbers> {
    let midnight = |days_ago: i64| zone.midnight(zone.date(cx.now.plus(-days_ago * DAY)));
    let since = |at: Timestamp| -> Result<(i64, i64)> {
        let kinds = |kind| journal::count_since(cx, kind, at);
        // The mailroom delivers without sending; a mail server's receipt may come or not.
        let good = kinds("letter.sent")?.max(kinds("letter.delivered")?);
        Ok((good, kinds("letter.failed")? + kinds("letter.bounced")?))
    };
    let mut days = Vec::new();
    let mut later = (0, 0);
    for days_ago in 0..DAYS {
        let at = midnight(days_ago);
        let all = since(at)?;
        days.push((at, count(all.0 - later.0), count(all.1 - later.1)));
        later = all;
    }
    days.reverse();
    let today = midnight(0);
    let topics = queue::topics(cx)?;
    Ok(Numbers {
        tabs: tabs(cx, Tab::Overview)?,
        known: knows(cx, &topics)?,
        topics,
        days,
        answers: journal::count_since(cx, "invitation.answered", today)?,
        proposals: journal::count_since(cx, "proposal.made", today)?,
        agents: analytics::agents_health(cx, who)?,
        readers: journal::readers(cx)?,
    })
}

/// `GET /admin`.
pub(super) async fn overview(visit: Visit) -> Answer {
    visit.admin()?;
    let zone = visit.zone(None);
    let who = visit.actor();
    let numbers = visit.read(move |cx| numbers(cx, &who, zone)).await?;
    let held: Vec<_> = numbers.topics.iter().filter_map(|topic| topic.held.clone()).collect();
    let figure = |name: &str, value: String, note: String| Figure { name: name.to_owned(), value, note };
    // Mail is what people wait for; all else is the house's own work, but for what waits for agents that sleep.
    let waiting = |name: &str, is_mail: bool| {
        let works = |topic: &&queue::Topic| topic.topic != messages::INBOXES;
        let is_of = |topic: &&queue::Topic| (topic.topic == post::TOPIC) == is_mail;
        let topics = || numbers.topics.iter().filter(works).filter(is_of);
        let many: i64 = topics().map(queue::Topic::waiting).sum();
        figure(name, many.to_string(), late(topics().map(|topic| topic.oldest_ms).max().unwrap_or(0)))
    };
    let (_, today, back) = numbers.days.last().copied().unwrap_or_default();
    ok(&Overview {
        frame: visit.frame("Admin", Nav::Admin),
        tabs: numbers.tabs,
        held: held.join(" "),
        figures: vec![
            waiting("Mails waiting", true),
            waiting("Jobs waiting", false),
            figure(
                "Mails today",
                today.to_string(),
                if back == 0 { String::new() } else { format!("{back} did not arrive") },
            ),
            figure("Answers today", numbers.answers.to_string(), String::new()),
            figure("New times asked today", numbers.proposals.to_string(), String::new()),
            figure("Agents there", numbers.agents.online.to_string(), agents_note(&visit, &numbers.agents)),
            figure(
                "Messages for agents",
                (numbers.agents.inbox.waiting + numbers.agents.inbox.held).to_string(),
                inboxes_note(numbers.agents.inbox, visit.now),
            ),
        ],
        topics: numbers.topics.iter().map(topic).collect(),
        readers: numbers
            .readers
            .into_iter()
            .filter(|(_, behind)| *behind > 0)
            .map(|(name, behind)| (name, count(behind)))
            .collect(),
        mail: mails(&numbers.days, zone),
        database: upkeep::database(&numbers.known, size(visit.web.store.path()), zone, visit.now),
        post: upkeep::mail(&numbers.known, mailbox(&visit.web).as_ref(), zone, visit.now),
        facts: facts(&visit),
        fresh: format!("As of {}, {}.", words::near(zone, visit.now, visit.now), zone.named(visit.now)),
    })
}

/// The mails of the last days, as they are drawn.
fn mails(days: &[(Timestamp, u64, u64)], zone: Zone) -> Bars {
    Bars {
        title: format!("Mails of the last {DAYS} days"),
        words: ("went out".to_owned(), "did not arrive".to_owned()),
        more: String::new(),
        kind: bars::Kind::Stacked,
        none: "Nothing yet. Mails that go out are drawn here, day by day.".to_owned(),
        bars: days
            .iter()
            .map(|(at, good, bad)| Bar {
                label: zone.local(*at).format("%-d %b").to_string(),
                good: *good,
                bad: *bad,
                more: String::new(),
            })
            .collect(),
    }
}

/// How agents are besides.
fn agents_note(visit: &Visit, agents: &analytics::Agents) -> String {
    let sockets = visit.web.state.live.sockets.count();
    let sockets =
        if sockets == 1 { "1 socket is open".to_owned() } else { format!("{sockets} sockets are open") };
    match agents.shut_out {
        0 => sockets,
        many => format!("{sockets}, {many} shut out"),
    }
}

/// What is wrong with what waits for agents; empty if nothing is.
fn inboxes_note(inbox: Inbox, now: Timestamp) -> String {
    match inbox.oldest_at.map_or(0, |at| now.since(at)) {
        _ if inbox.stuck > 0 => format!("{} held for too long", inbox.stuck),
        ms => late(ms),
    }
}

fn late(oldest_ms: i64) -> String {
    if oldest_ms < 1_000 { String::new() } else { format!("the oldest is {} late", seconds(oldest_ms)) }
}

pub(super) fn seconds(ms: i64) -> String {
    if ms < 90_000 { format!("{} s", ms / 1_000) } else { words::span(ms) }
}

fn topic(topic: &queue::Topic) -> Topic {
    Topic {
        name: topic.topic.clone(),
        waiting: count(topic.waiting()),
        planned: count(topic.planned),
        in_hand: count(topic.leased),
        retrying: count(topic.retrying),
        oldest: if topic.oldest_ms < 1_000 { "—".to_owned() } else { seconds(topic.oldest_ms) },
        dead: count(topic.dead),
    }
}

fn facts(visit: &Visit) -> Vec<(String, Pill)> {
    let mail = &visit.web.config.mail;
    let outgoing = match &mail.smtp {
        _ if is_mailroom(&visit.web) => Pill::new("stays in the mailroom", Tone::Wait),
        Some(smtp) => Pill::new(smtp.host.clone(), Tone::Yes),
        None => Pill::new("no server", Tone::No),
    };
    let incoming = match &mail.imap {
        Some(imap) if imap.idle => Pill::new("IMAP, with news at once", Tone::Yes),
        Some(_) => Pill::new("IMAP, polled", Tone::Yes),
        None => Pill::new("pushed, or by the mailroom", Tone::Plain),
    };
    let ways = Pill::new(visit.web.config.organizer.subaddress.as_str(), Tone::Plain);
    vec![
        ("Outgoing mail".to_owned(), outgoing),
        ("Incoming mail".to_owned(), incoming),
        ("Sub-addresses".to_owned(), ways),
        ("Version".to_owned(), Pill::new(env!("CARGO_PKG_VERSION"), Tone::Plain)),
    ]
}

/// `POST /admin/release`: everything that is held goes on.
pub(super) async fn release(SignedIn(posted): SignedIn) -> Answer {
    posted.visit.admin()?;
    let who = posted.visit.actor();
    posted
        .write(move |cx| {
            for (topic, _) in queue::held(cx)? {
                if queue::release(cx, &topic)? {
                    let data = serde_json::json!({ "topic": topic });
                    journal::append(cx, &who, &Happening::of("queue.released").data(&data))?;
                }
            }
            Ok(())
        })
        .await?;
    Ok(see_other("/admin?done=released"))
}

/// `GET /admin/dead`.
pub(super) async fn dead(visit: Visit) -> Answer {
    visit.admin()?;
    let (zone, now) = (visit.zone(None), visit.now);
    let (tabs, rows) = visit
        .read(move |cx| {
            let mut letters = Vec::new();
            for topic in queue::topics(cx)?.iter().filter(|topic| topic.dead > 0) {
                letters.extend(queue::dead_letters(cx, &topic.topic, ROWS)?);
            }
            letters.sort_by_key(|letter| std::cmp::Reverse(letter.died_at));
            let rows = letters.iter().map(|letter| dead_row(cx, letter, zone, now)).collect::<Result<_>>()?;
            Ok((tabs(cx, Tab::Dead)?, rows))
        })
        .await?;
    ok(&Dead { frame: visit.frame("Dead letters", Nav::Admin), tabs, rows, pager: Pager::default() })
}

fn dead_row(cx: &Cx<'_>, letter: &DeadLetter, zone: Zone, now: Timestamp) -> Result<DeadRow> {
    let (what, href) = what_it_was(cx, letter)?;
    let error = letter.error.as_deref().map_or_else(|| letter.reason.clone(), text::blank_addresses);
    Ok(DeadRow {
        id: letter.id.to_string(),
        topic: letter.topic.clone(),
        what,
        href,
        tries: count(letter.attempts),
        error,
        when: words::near(zone, Timestamp::from_ms(letter.died_at), now),
    })
}

/// What a dead letter was, and the page of its meeting.
fn what_it_was(cx: &Cx<'_>, dead: &DeadLetter) -> Result<(String, String)> {
    let id = |field: &str| dead.payload.get(field).and_then(serde_json::Value::as_str);
    let meeting_href = |id: crate::base::id::MeetingId| format!("/meetings/{id}");
    if let Some(id) = id("letter").and_then(|id| id.parse::<LetterId>().ok()) {
        return match letter::get(cx, id) {
            Ok(kept) => {
                let href = kept.letter.says.event().map(|event| meeting_href(event.meeting));
                Ok((about::subject(&kept.letter.says), href.unwrap_or_default()))
            }
            Err(Error::NotFound(_)) => Ok(("A mail that is erased".to_owned(), String::new())),
            Err(error) => Err(error),
        };
    }
    if let Some(id) = id("proposal").and_then(|id| id.parse::<ProposalId>().ok())
        && let Ok(proposal) = meetings::proposal(cx, id)
    {
        return Ok(("The deadline of a new time".to_owned(), meeting_href(proposal.meeting)));
    }
    Ok((format!("Work of {}", dead.topic), String::new()))
}

/// `POST /admin/dead/{id}`: tried again, or dropped. Pressed again, it is gone from here already.
pub(super) async fn raise(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    posted.visit.admin()?;
    let (who, id): (_, WorkId) = (posted.visit.actor(), id.parse()?);
    let (again, word) = match posted.fields.pressed() {
        "retry" => (true, "retried"),
        "drop" => (false, "dropped"),
        _ => return Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    };
    posted
        .write(move |cx| {
            let done = if again { queue::retry_dead(cx, id) } else { queue::drop_dead(cx, id) };
            match done {
                Err(Error::NotFound(_)) => return Ok(()),
                done => done?,
            }
            let kind = if again { "queue.dead-retried" } else { "queue.dead-dropped" };
            journal::append(cx, &who, &Happening::to(kind, &id)).map(drop)
        })
        .await?;
    Ok(see_other(&format!("/admin/dead?done={word}")))
}

/// `GET /admin/delivery`.
pub(super) async fn delivery(visit: Visit) -> Answer {
    visit.admin()?;
    let (who, zone, now) = (visit.actor(), visit.zone(None), visit.now);
    let (tabs, rows) = visit
        .read(move |cx| {
            let rows = meetings::troubled(cx, &who, ROWS)?
                .into_iter()
                .filter_map(|(meeting, whose, at)| {
                    let one = meeting.participant(whose).ok()?;
                    let name = if one.name.is_empty() { String::new() } else { format!(", {}", one.name) };
                    Some(DeliveryRow {
                        title: meeting.title.clone(),
                        href: format!("/meetings/{}", meeting.id),
                        whom: format!("the {}{name}", one.role.as_str()),
                        state: Pill::delivery(one.delivery.as_str()),
                        detail: one.delivery_detail.as_deref().map(text::blank_addresses).unwrap_or_default(),
                        since: words::near(zone, at, now),
                    })
                })
                .collect();
            Ok((tabs(cx, Tab::Delivery)?, rows))
        })
        .await?;
    ok(&Delivery { frame: visit.frame("Delivery", Nav::Admin), tabs, rows, pager: Pager::default() })
}

/// `GET /admin/alerts`.
pub(super) async fn alerts(visit: Visit) -> Answer {
    visit.admin()?;
    let (tabs, all) = visit
        .read(move |cx| {
            let mut all = notices::open_alerts(cx)?;
            all.extend(notices::ended_alerts(cx, ROWS)?);
            Ok((tabs(cx, Tab::Alerts)?, all))
        })
        .await?;
    let zone = visit.zone(None);
    let near = |at| words::near(zone, at, visit.now);
    let rows = all
        .into_iter()
        .map(|alert| AlertRow {
            what: format!("{}. {}", alert.title, alert.what),
            cure: alert.cure.to_owned(),
            when: match alert.until {
                Some(until) => format!("from {} until {}", near(alert.since), near(until)),
                None => format!("since {}", near(alert.since)),
            },
            state: match alert.until {
                Some(_) => Pill::new("over", Tone::Plain),
                None => Pill::new("open", Tone::No),
            },
        })
        .collect();
    ok(&Alerts { frame: visit.frame("Alerts", Nav::Admin), tabs, rows, pager: Pager::default() })
}

/// What is different from a page of users that was just opened.
#[derive(Default)]
struct Came {
    name: String,
    email: String,
    zone: Option<String>,
    role: Option<Role>,
    errors: FieldErrors,
    fresh_link: Option<String>,
}

/// `GET /admin/users`.
pub(super) async fn users(visit: Visit) -> Answer {
    users_page(&visit, Came::default(), StatusCode::OK).await
}

async fn users_page(visit: &Visit, came: Came, status: StatusCode) -> Answer {
    visit.admin()?;
    let who = visit.actor();
    let (tabs, all) = visit
        .read(move |cx| {
            let seen = |user: User| Ok((accounts::last_seen(cx, &who, user.id)?, user));
            let all: Vec<_> = accounts::list(cx, &who)?.into_iter().map(seen).collect::<Result<_>>()?;
            Ok((tabs(cx, Tab::Users)?, all))
        })
        .await?;
    let zone = visit.zone(None);
    let role = came.role.unwrap_or(Role::Member);
    let frame = visit.frame("Users", Nav::Admin);
    page(
        status,
        &Users {
            frame,
            tabs,
            rows: all.iter().map(|(seen, user)| user_row(visit, zone, user, *seen)).collect(),
            pager: Pager::default(),
            name: came.name,
            email: came.email,
            zone: came.zone.unwrap_or_else(|| zone.name().to_owned()),
            roles: vec![
                Choice::new("member", "Member", "", role == Role::Member),
                Choice::new("admin", "Administrator", "", role == Role::Admin),
            ],
            errors: came.errors,
            fresh_link: came.fresh_link,
        },
    )
}

fn user_row(visit: &Visit, zone: Zone, user: &User, seen: Option<Timestamp>) -> UserRow {
    let is_you = visit.user().is_ok_and(|you| you.id == user.id);
    let role = match (user.disabled_at, user.deletion_due_at, user.role) {
        (Some(_), ..) => Pill::new("disabled", Tone::No),
        (None, Some(_), _) => Pill::new("leaving", Tone::Wait),
        (None, None, Role::Admin) => Pill::new("administrator", Tone::Yes),
        (None, None, Role::Member) => Pill::new("member", Tone::Plain),
    };
    let seen = seen.map_or_else(|| "never".to_owned(), |at| words::near(zone, at, visit.now));
    UserRow {
        id: user.id.to_string(),
        name: user.name.clone(),
        address: user.address.as_str().to_owned(),
        zone: user.zone.name().to_owned(),
        role,
        seen: if is_you { "now".to_owned() } else { seen },
        is_disabled: user.disabled_at.is_some(),
        is_you,
    }
}

/// `POST /admin/users`.
pub(super) async fn add_user(SignedIn(posted): SignedIn) -> Answer {
    posted.visit.admin()?;
    let fields = &posted.fields;
    let (name, email, typed) = (fields.owned("name"), fields.owned("email"), fields.owned("zone"));
    let role = Role::parse(fields.get("role")).unwrap_or(Role::Member);
    let mut errors = FieldErrors::none();
    let address = Address::parse(&email);
    if address.is_none() {
        errors.add("email", "This is not a mail address that can be written to, like ana@example.org.");
    }
    let zone = Zone::parse(&typed);
    if zone.is_none() {
        errors.add("zone", "This is not a time zone. It should look like Europe/Paris.");
    }
    let came = |errors| Came {
        name: name.clone(),
        email: email.clone(),
        zone: Some(typed.clone()),
        role: Some(role),
        errors,
        fresh_link: None,
    };
    let (Some(address), Some(zone)) = (address, zone) else {
        return users_page(&posted.visit, came(errors), StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let who = posted.visit.actor();
    let new = NewUser { address, name: name.clone(), zone: Some(zone), role };
    match posted.write(move |cx| accounts::add(cx, &who, &new).map(drop)).await {
        Ok(()) => Ok(see_other("/admin/users?done=user-added")),
        Err(error @ (Error::Invalid { .. } | Error::Refused { .. })) => {
            let errors = FieldErrors::one("email", error.to_string());
            users_page(&posted.visit, came(errors), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /admin/users/{id}`: disable, enable, or a sign-in link to hand over.
pub(super) async fn change_user(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    posted.visit.admin()?;
    let (who, id): (_, UserId) = (posted.visit.actor(), id.parse()?);
    match posted.fields.pressed() {
        "disable" => {
            posted.write(move |cx| accounts::disable(cx, &who, id).map(drop)).await?;
            Ok(see_other("/admin/users?done=user-disabled"))
        }
        "enable" => {
            posted.write(move |cx| accounts::enable(cx, &who, id).map(drop)).await?;
            Ok(see_other("/admin/users?done=user-enabled"))
        }
        "link" => {
            let link = posted
                .write(move |cx| {
                    let link = accounts::sign_in_link(cx, &who, id)?;
                    Ok(links::url(cx.keys(), &cx.house().public_url, Purpose::SignIn, link))
                })
                .await?;
            let came = Came { fresh_link: Some(link), ..Came::default() };
            users_page(&posted.visit, came, StatusCode::OK).await
        }
        _ => Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    }
}
