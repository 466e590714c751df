//! For whoever runs the house: what is announced to programs, at once and to whoever comes back.

use actix_web::http::StatusCode;

use super::admin::tabs;
use super::once;
use super::visit::{Answer, SignedIn, Visit, page, see_other};
use super::words;
use crate::accounts::{self, User};
use crate::agents::{self, Announcement, Claimed, NewAnnouncement, SocketRoom};
use crate::base::error::{Error, Result};
use crate::base::time::{Timestamp, Zone};
use crate::store::Cx;
use crate::web::form::{Fields, Typed};
use crate::web::view::admin::Tab;
use crate::web::view::announcements::{AnnouncementRow, AnnouncementsPage};
use crate::web::view::parts::{Choice, FieldErrors, Nav};

/// How many are listed.
const ROWS: u32 = 20;
/// Where it is.
const PATH: &str = "/admin/announcements";

/// What was typed of a new one.
#[derive(Default)]
struct Form {
    room: String,
    text: String,
    times: [String; 4],
    once: String,
    errors: FieldErrors,
}

impl Form {
    fn of(fields: &Fields) -> Self {
        Self {
            room: fields.owned("room"),
            text: fields.owned("text"),
            times: ["date", "from", "until_date", "until"].map(|name| fields.owned(name)),
            once: once::of(fields),
            errors: FieldErrors::none(),
        }
    }

    /// What is to be announced, or what is wrong with which field.
    fn wanted(&self, zone: Zone) -> Result<NewAnnouncement, FieldErrors> {
        let room = SocketRoom::given(&self.room)
            .map_err(|error| FieldErrors::from_error(&error).unwrap_or_default())?;
        let [date, from, until_date, until] = self.times.each_ref().map(String::as_str);
        let has_times = room == SocketRoom::Maintenance && self.times.iter().any(|typed| !typed.is_empty());
        let until_date = Some(until_date).filter(|typed| !typed.is_empty());
        let typed = Typed { date, from, until, until_date, zone: zone.name() };
        let span = if has_times { Some(typed.span()?) } else { None };
        let text = self.text.clone();
        Ok(NewAnnouncement { room, text, starts_at: span.map(|it| it.0), ends_at: span.map(|it| it.1) })
    }
}

/// `GET /admin/announcements`.
pub(super) async fn list(visit: Visit) -> Answer {
    let form = Form { room: SocketRoom::Broadcast.to_string(), once: once::fresh(&visit), ..Form::default() };
    listed(&visit, form, StatusCode::OK).await
}

async fn listed(visit: &Visit, form: Form, status: StatusCode) -> Answer {
    visit.admin()?;
    let who = visit.actor();
    let read = visit.read(move |cx| {
        let announced = agents::announcements(cx, &who, ROWS)?;
        Ok((tabs(cx, Tab::Agents)?, announced, accounts::list(cx, &who)?))
    });
    let (tabs, announced, users) = read.await?;
    let (zone, now) = (visit.zone(None), visit.now);
    let [date, from, until_date, until] = form.times;
    let view = AnnouncementsPage {
        frame: visit.frame("Announcements", Nav::Admin),
        tabs,
        rows: announced.iter().map(|one| row(one, &users, zone, now)).collect(),
        rooms: rooms(&users, &form.room),
        text: form.text,
        date,
        from,
        until_date,
        until,
        zone: zone.named(now),
        once: form.once,
        errors: form.errors,
    };
    page(status, &view)
}

/// What an administrator knows somebody by.
fn name(user: &User) -> String {
    user.given_name().unwrap_or_else(|| user.address.as_str().to_owned())
}

/// To whom something can be announced.
fn rooms(users: &[User], chosen: &str) -> Vec<Choice> {
    let choice = |room: SocketRoom, words: &str| {
        let value = room.to_string();
        let is_chosen = value == chosen;
        Choice::new(value, words, "", is_chosen)
    };
    let mut rooms = vec![
        choice(SocketRoom::Broadcast, "All agents"),
        choice(SocketRoom::Maintenance, "All agents: the house is worked on"),
        choice(SocketRoom::Status(Claimed::Online), "Agents that are online"),
        choice(SocketRoom::Status(Claimed::Busy), "Agents that are busy"),
        choice(SocketRoom::Status(Claimed::Away), "Agents that are away"),
    ];
    let theirs = |user: &User| choice(SocketRoom::User(user.id), &format!("The agents of {}", name(user)));
    rooms.extend(users.iter().map(theirs));
    rooms
}

fn row(one: &Announcement, users: &[User], zone: Zone, now: Timestamp) -> AnnouncementRow {
    let near = |at| words::near(zone, at, now);
    let whom = match one.room {
        SocketRoom::Broadcast => "all agents".to_owned(),
        SocketRoom::Status(claimed) => format!("agents that were {}", claimed.as_str()),
        SocketRoom::User(id) => match users.iter().find(|user| user.id == id) {
            Some(user) => format!("the agents of {}", name(user)),
            None => "the agents of somebody who left".to_owned(),
        },
        _ => match (one.starts_at, one.ends_at) {
            (Some(from), Some(until)) => {
                format!("all agents: work from {} until {}", near(from), near(until))
            }
            (Some(from), None) => format!("all agents: work from {}", near(from)),
            (None, Some(until)) => format!("all agents: work until {}", near(until)),
            (None, None) => "all agents: work on the house".to_owned(),
        },
    };
    AnnouncementRow { text: one.text.clone(), whom, when: near(one.at), iso: one.at.to_rfc3339() }
}

/// What the room refuses, beside the field that it is about.
fn beside(error: &Error) -> Option<FieldErrors> {
    match error {
        Error::Invalid { field, message } if field == "starts_at" => {
            Some(FieldErrors::one("date", message.clone()))
        }
        Error::Invalid { field, message } if field == "ends_at" => {
            Some(FieldErrors::one("until", message.clone()))
        }
        error if error.code() == "agent.off" => Some(FieldErrors::one("room", error.to_string())),
        error => FieldErrors::from_error(error),
    }
}

/// `POST /admin/announcements`.
pub(super) async fn add(SignedIn(posted): SignedIn) -> Answer {
    posted.visit.admin()?;
    let form = Form::of(&posted.fields);
    let new = match form.wanted(posted.visit.zone(None)) {
        Ok(new) => new,
        Err(errors) => {
            return listed(&posted.visit, Form { errors, ..form }, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let (who, once) = (posted.visit.actor(), form.once.clone());
    let work = move |cx: &mut Cx<'_>| {
        once::act(cx, &who, "POST /admin/announcements", &once, |cx| {
            agents::announce(cx, &who, &new)?;
            Ok(format!("{PATH}?done=announced"))
        })
    };
    match posted.write(work).await {
        Ok(path) => Ok(see_other(&path)),
        Err(error) => {
            let errors = beside(&error).ok_or(error)?;
            listed(&posted.visit, Form { errors, ..form }, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
