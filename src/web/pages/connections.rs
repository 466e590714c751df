//! The reader's connections: who there is, who waits, and whom to invite.

use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};

use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use super::words;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::ConnectionId;
use crate::base::text::Address;
use crate::network::{self, Connection, Invitation, Side, State, Usual};
use crate::store::Cx;
use crate::web::view::connections::{Connections, Row, Waiting};
use crate::web::view::grants::ready;
use crate::web::view::parts::{FieldErrors, Nav, Pager, Pill, Tone};

/// How many connections a page shows.
const SHOWN: u32 = 50;

/// After which one a page of a list begins.
#[derive(serde::Deserialize)]
pub(super) struct After {
    pub(super) after: Option<String>,
}

/// What was typed into the form and came back.
#[derive(Default)]
struct Typed {
    email: String,
    words: String,
    errors: FieldErrors,
}

/// `GET /connections`.
pub(super) async fn list(visit: Visit, after: Query<After>) -> Answer {
    let after = after.after.as_deref().map(str::parse).transpose()?;
    shown(&visit, after, Typed::default(), StatusCode::OK).await
}

async fn shown(visit: &Visit, after: Option<ConnectionId>, typed: Typed, status: StatusCode) -> Answer {
    visit.user()?;
    let who = visit.actor();
    let found = visit.read(move |cx| network::connections(cx, &who, after, SHOWN)).await?;
    let rows = |keep: fn(&Connection) -> bool| -> Vec<Row> {
        found.connections.iter().filter(|one| keep(one)).map(|one| row(visit, one)).collect()
    };
    page(
        status,
        &Connections {
            frame: visit.frame("Connections", Nav::Connections),
            waiting: found.connections.iter().filter_map(|one| waiting(visit, one)).collect(),
            ready: ready(Usual::Nothing.as_str()),
            connected: rows(|one| one.state == State::Connected),
            invited: rows(|one| one.state == State::Invited && one.side == Side::Inviter),
            over: rows(|one| !one.state.is_live()),
            pager: Pager {
                first: after.map(|_| "/connections".to_owned()),
                next: found.next.map(|id| format!("/connections?after={id}")),
            },
            email: typed.email,
            words: typed.words,
            errors: typed.errors,
        },
    )
}

fn row(visit: &Visit, one: &Connection) -> Row {
    let near = |at| words::near(visit.zone(None), at, visit.now);
    Row {
        id: one.id.to_string(),
        name: called(one),
        when: match (one.state, one.connected_at, one.ended_at) {
            (State::Invited, ..) => format!("until {}", near(one.expires_at)),
            (State::Connected, Some(at), _) | (_, _, Some(at)) => format!("since {}", near(at)),
            _ => format!("invited {}", near(one.created_at)),
        },
        pill: pill(one),
    }
}

/// How the other is called where that begins a sentence; what was typed is shown as it was typed.
pub(super) fn called(one: &Connection) -> String {
    if one.name.is_none() && one.address.is_none() { words::sentence(&one.called()) } else { one.called() }
}

/// How a connection stands, as a word.
pub(super) fn pill(one: &Connection) -> Pill {
    match (one.state, one.side) {
        (State::Invited, Side::Inviter) => Pill::new("waits for them", Tone::Wait),
        (State::Invited, Side::Invitee) => Pill::new("waits for you", Tone::Wait),
        (State::Connected, _) => Pill::new("connected", Tone::Yes),
        (State::Declined, _) => Pill::new("declined", Tone::No),
        (State::Expired, _) => Pill::new("out of time", Tone::Plain),
        (State::Withdrawn, _) => Pill::new("taken back", Tone::Plain),
        (State::Revoked, _) => Pill::new("ended", Tone::Plain),
    }
}

/// What waits for the reader's answer, if it does.
pub(super) fn waiting(visit: &Visit, one: &Connection) -> Option<Waiting> {
    (one.state == State::Invited && one.side == Side::Invitee).then(|| Waiting {
        id: one.id.to_string(),
        by: called(one),
        words: one.words.clone(),
        until: words::near(visit.zone(None), one.expires_at, visit.now),
    })
}

/// `POST /connections`: the same answer whoever holds the address.
pub(super) async fn invite(SignedIn(posted): SignedIn) -> Answer {
    let (email, said) = (posted.fields.owned("email"), posted.fields.owned("words"));
    let who = posted.visit.actor();
    let invited = match Address::required("email", &email) {
        Ok(address) => {
            let invitation = Invitation { address, words: said.clone(), grant: None };
            posted.write(move |cx| network::invite(cx, &who, &invitation)).await
        }
        Err(error) => Err(error),
    };
    match invited {
        Ok(one) if one.state == State::Connected => {
            Ok(see_other(&format!("/connections/{}?done=connected", one.id)))
        }
        Ok(_) => Ok(see_other("/connections?done=invited")),
        Err(error) => {
            let errors = match &error {
                Error::Refused { message, .. } => Some(FieldErrors::one("email", message.clone())),
                other => FieldErrors::from_error(other),
            };
            let Some(errors) = errors else { return Err(error.into()) };
            let typed = Typed { email, words: said, errors };
            shown(&posted.visit, None, typed, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

type Verb = fn(&mut Cx<'_>, &Actor, ConnectionId) -> Result<Connection>;

/// `POST /connections/{id}`: answers, ends, blocks.
pub(super) async fn act(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let id: ConnectionId = id.parse()?;
    let (verb, done, leads_there): (Verb, _, _) = match posted.fields.pressed() {
        "accept" => return accept(&posted, id).await,
        "decline" => (network::decline, "connection-declined", false),
        "end" => (network::end, "connection-ended", false),
        "block" => (network::block, "blocked", false),
        "unblock" => (network::unblock, "unblocked", true),
        _ => return Err(Error::invalid("do", "This button is none of ours.").into()),
    };
    let who = posted.visit.actor();
    posted.write(move |cx| verb(cx, &who, id)).await?;
    let path = if leads_there { format!("/connections/{id}") } else { "/connections".to_owned() };
    Ok(see_other(&format!("{path}?done={done}")))
}

/// Accepts, with what was chosen of the usual sets; where none was, or nothing, what was written before stays.
async fn accept(posted: &Posted, id: ConnectionId) -> Answer {
    let (who, usual) = (posted.visit.actor(), chosen(posted));
    let accepted = posted.write(move |cx| {
        let given = network::grants(cx, &who, id)?.given;
        network::accept(cx, &who, id, usual.map(|usual| given.with(usual)).as_ref())
    });
    accepted.await?;
    Ok(see_other(&format!("/connections/{id}?done=connected")))
}

/// The usual set that allows something and was chosen with the acceptance.
pub(super) fn chosen(posted: &Posted) -> Option<Usual> {
    Usual::parse(posted.fields.get("ready")).filter(|usual| *usual != Usual::Nothing)
}
