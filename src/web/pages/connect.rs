//! What an invitation's link opens: accept, decline, or make an account. Looking changes nothing.

use actix_web::web::Query;

use super::connections;
use super::links::{self, Asked};
use super::visit::{Answer, Posted, Visit, again, ok, see_other};
use super::words;
use crate::base::actor::{Actor, Who};
use crate::base::error::Error;
use crate::base::id::ConnectionId;
use crate::base::time::Zone;
use crate::links::{Purpose, Standing};
use crate::network::by_link::{self, Leads, Opened};
use crate::network::{self, Usual};
use crate::store::Cx;
use crate::web::session;
use crate::web::view::connections::{Connect, Way};
use crate::web::view::grants::ready;
use crate::web::view::links::{FreshSent, LinkTrouble};
use crate::web::view::parts::{FieldErrors, Nav};

/// `GET /connect?t=…`.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    let opened = match open(&visit, &asked.t).await {
        Ok(opened) => opened,
        Err(error) => return links::trouble(&visit, error, Purpose::Connect),
    };
    shown(&visit, opened)
}

async fn open(visit: &Visit, secret: &str) -> Result<Opened, Error> {
    let (viewer, secret) = (visit.user().ok().map(|user| user.id), secret.to_owned());
    visit.read(move |cx| by_link::open(cx, viewer, &secret)).await
}

fn shown(visit: &Visit, opened: Opened) -> Answer {
    let acts = matches!(opened.leads, Leads::Accept | Leads::Join | Leads::Closed);
    if acts && opened.standing != Standing::Live {
        return links::page_of(visit, LinkTrouble::Expired, Purpose::Connect);
    }
    let way = match opened.leads {
        Leads::Accept => Way::Accept,
        Leads::Join => Way::Join,
        Leads::Closed => Way::Closed,
        Leads::Done => Way::Done,
        Leads::Over => Way::Over,
        Leads::Own => Way::Own,
    };
    ok(&page_of(visit, opened, way))
}

fn page_of(visit: &Visit, opened: Opened, way: Way) -> Connect {
    Connect {
        frame: visit.frame("An invitation", Nav::Elsewhere),
        action: visit.path.clone(),
        way,
        by: opened.by.unwrap_or_else(|| "Somebody".to_owned()),
        words: opened.words,
        until: words::near(visit.zone(None), opened.expires_at, visit.now),
        is_declined: opened.is_declined,
        reader: visit.user().ok().and_then(crate::accounts::User::given_name).unwrap_or_default(),
        href: format!("/connections/{}", opened.id),
        name: String::new(),
        zone: visit.zone(None).name().to_owned(),
        ready: ready(Usual::Nothing.as_str()),
        errors: FieldErrors::none(),
    }
}

/// Who acts: the account that is signed in, else the bearer of the link.
fn actor(visit: &Visit) -> Actor {
    if visit.viewer.is_some() { visit.actor() } else { visit.bearer() }
}

/// `POST /connect?t=…`.
pub(super) async fn act(posted: Posted, asked: Query<Asked>) -> Answer {
    posted.check_token()?;
    match posted.fields.pressed() {
        "fresh" => fresh(&posted, &asked.t).await,
        "decline" => decline(&posted, &asked.t).await,
        "join" => join(&posted, &asked.t).await,
        _ => accept(&posted, &asked.t).await,
    }
}

async fn fresh(posted: &Posted, secret: &str) -> Answer {
    let (who, secret) = (posted.visit.bearer(), secret.to_owned());
    posted.write(move |cx| by_link::fresh(cx, &who, &secret)).await?;
    ok(&FreshSent { frame: posted.visit.frame("A fresh link", Nav::Elsewhere) })
}

async fn decline(posted: &Posted, secret: &str) -> Answer {
    let (who, owned) = (actor(&posted.visit), secret.to_owned());
    if let Err(error) = posted.write(move |cx| by_link::decline(cx, &who, &owned)).await {
        return refused(posted, secret, error).await;
    }
    let opened = open(&posted.visit, secret).await?;
    ok(&page_of(&posted.visit, opened, Way::Declined))
}

async fn accept(posted: &Posted, secret: &str) -> Answer {
    let (who, owned) = (actor(&posted.visit), secret.to_owned());
    let usual = connections::chosen(posted).filter(|_| posted.visit.viewer.is_some());
    let accepted = posted.write(move |cx| {
        let id = by_link::accept(cx, &who, &owned)?;
        allow(cx, &who, id, usual)?;
        Ok(id)
    });
    match accepted.await {
        Ok(id) if posted.visit.viewer.is_some() => {
            Ok(see_other(&format!("/connections/{id}?done=connected")))
        }
        Ok(_) => shown(&posted.visit, open(&posted.visit, secret).await?),
        Err(error) => refused(posted, secret, error).await,
    }
}

/// Lets the other's agent do what was chosen with the acceptance, unless its grantor has said something else already.
fn allow(cx: &mut Cx<'_>, who: &Actor, id: ConnectionId, usual: Option<Usual>) -> Result<(), Error> {
    let Some(usual) = usual else { return Ok(()) };
    let given = network::grants(cx, who, id)?.given;
    if given.version > 0 {
        return Ok(());
    }
    network::set_grant(cx, who, id, &given.with(usual)).map(drop)
}

/// Makes the account, accepts, and signs the browser in.
async fn join(posted: &Posted, secret: &str) -> Answer {
    let visit = &posted.visit;
    let (name, typed) = (posted.fields.owned("name"), posted.fields.owned("zone"));
    let Some(zone) = Zone::parse(&typed) else {
        let errors = FieldErrors::one("zone", "This is not a time zone. It should look like Europe/Paris.");
        return join_again(posted, secret, (name, typed, errors)).await;
    };
    let (who, owned, agent, called) = (visit.bearer(), secret.to_owned(), visit.agent.clone(), name.clone());
    let usual = connections::chosen(posted);
    let joined = visit.web.store.write(move |cx| {
        let (id, entered) = by_link::join(cx, &who, &owned, (&called, zone), &agent)?;
        let user = Actor { who: Who::User { id: entered.user.id, admin: false }, ..who.clone() };
        allow(cx, &user, id, usual)?;
        Ok((id, entered))
    });
    match joined.await {
        Ok((id, entered)) => {
            let mut response = see_other(&format!("/connections/{id}?done=connected"));
            let public_url = &visit.web.store.ground().house.public_url;
            let cookie = session::signed_in(&entered.secret, public_url);
            response.add_cookie(&cookie).map_err(Error::internal)?;
            Ok(response)
        }
        Err(error) => match FieldErrors::from_error(&error) {
            Some(errors) => join_again(posted, secret, (name, typed, errors)).await,
            None => refused(posted, secret, error).await,
        },
    }
}

async fn join_again(
    posted: &Posted,
    secret: &str,
    (name, zone, errors): (String, String, FieldErrors),
) -> Answer {
    let visit = &posted.visit;
    let opened = match open(visit, secret).await {
        Ok(opened) => opened,
        Err(error) => return links::trouble(visit, error, Purpose::Connect),
    };
    if opened.leads != Leads::Join {
        return shown(visit, opened);
    }
    let ready = ready(connections::chosen(posted).unwrap_or(Usual::Nothing).as_str());
    again(&Connect { name, zone, ready, errors, ..page_of(visit, opened, Way::Join) })
}

/// The page for what could not be done: how the invitation stands by now says why, if anything does.
async fn refused(posted: &Posted, secret: &str, error: Error) -> Answer {
    match error.code() {
        "not-found" => links::refused(posted, error, Purpose::Connect).await,
        "connection.over"
        | "connection.own"
        | "connection.no-account"
        | "link.used"
        | "link.expired"
        | "user.exists" => shown(&posted.visit, open(&posted.visit, secret).await?),
        _ => Err(error.into()),
    }
}
