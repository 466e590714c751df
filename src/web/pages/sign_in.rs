//! Signing in by a mailed link, signing out, and the first start.

use actix_web::http::StatusCode;
use actix_web::web::Query;

use super::visit::{Answer, Posted, SignedIn, Visit, again, is_mailroom, ok, page, see_other};
use crate::accounts;
use crate::base::error::Error;
use crate::base::text::Address;
use crate::base::time::Zone;
use crate::links::{self, Purpose, Standing};
use crate::web::session;
use crate::web::view::links::{LinkPage, LinkTrouble};
use crate::web::view::parts::{FieldErrors, Nav};
use crate::web::view::sign_in::{SetUp, SignIn, SignInLink, SignInSent};

/// The secret of a link, or where to go back to, in a query.
#[derive(serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    t: String,
    #[serde(default)]
    back: String,
}

/// `GET /sign-in`.
pub(super) async fn form(visit: Visit, asked: Query<Asked>) -> Answer {
    if visit.viewer.is_some() {
        return Ok(see_other(session::local_path(&asked.back).unwrap_or("/")));
    }
    let back = session::local_path(&asked.back).unwrap_or_default().to_owned();
    let frame = visit.frame("Sign in", Nav::Elsewhere);
    ok(&SignIn { frame, email: String::new(), back, errors: FieldErrors::none() })
}

/// `POST /sign-in`: the same answer whether the address is known or not.
pub(super) async fn ask(posted: Posted) -> Answer {
    let email = posted.fields.owned("email");
    let back = session::local_path(posted.fields.get("back")).unwrap_or_default().to_owned();
    let address = match Address::required("email", &email) {
        Ok(address) => address,
        Err(error) => {
            let frame = posted.visit.frame("Sign in", Nav::Elsewhere);
            let errors = FieldErrors::from_error(&error).unwrap_or_default();
            return again(&SignIn { frame, email, back, errors });
        }
    };
    let who = posted.visit.actor();
    posted.write(move |cx| accounts::request_sign_in(cx, &who, &address)).await?;
    let visit = &posted.visit;
    let mailroom_href = if is_mailroom(&visit.web) { "/mailroom" } else { "" };
    let mut response = ok(&SignInSent {
        frame: visit.frame("Sign in", Nav::Elsewhere),
        lives: "half an hour".to_owned(),
        mailroom_href: mailroom_href.to_owned(),
    })?;
    if !back.is_empty() {
        let kept = session::back(&back, &visit.web.store.ground().house.public_url);
        response.add_cookie(&kept).map_err(Error::internal)?;
    }
    Ok(response)
}

/// `GET /sign-in/link?t=…`: shows whom it signs in, and does nothing.
pub(super) async fn link(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    match visit.read(move |cx| accounts::peek(cx, &secret)).await {
        Ok(user) => ok(&SignInLink {
            frame: visit.frame("Sign in", Nav::Elsewhere),
            action: visit.path.clone(),
            name: user.given_name().unwrap_or_else(|| user.address.as_str().to_owned()),
            back: visit.back(),
        }),
        Err(error) => no_sign_in(&visit, error),
    }
}

/// `POST /sign-in/link?t=…`: signs the browser in. Pressed again in the browser that it signed in, it leads
/// where it led before.
pub(super) async fn enter(posted: Posted, asked: Query<Asked>) -> Answer {
    let (who, secret, agent) = (posted.visit.actor(), asked.t.clone(), posted.visit.agent.clone());
    let entered = posted.visit.web.store.write(move |cx| accounts::sign_in(cx, &who, &secret, &agent)).await;
    let back = posted.fields.owned("back");
    let back = session::local_path(&back).unwrap_or("/");
    let entered = match entered {
        Ok(entered) => entered,
        Err(error) if error.code() == "link.used" => {
            let secret = asked.t.clone();
            let link = posted.visit.read(move |cx| links::find(cx, Purpose::SignIn, &secret)).await?;
            let is_here = posted.visit.user().is_ok_and(|user| link.about.user == Some(user.id));
            return if is_here { Ok(see_other(back)) } else { no_sign_in(&posted.visit, error) };
        }
        Err(error) => return no_sign_in(&posted.visit, error),
    };
    let public_url = &posted.visit.web.store.ground().house.public_url;
    let mut response = see_other(back);
    response.add_cookie(&session::signed_in(&entered.secret, public_url)).map_err(Error::internal)?;
    response.add_cookie(&session::forget(session::BACK, public_url)).map_err(Error::internal)?;
    Ok(response)
}

/// The page of a sign-in link that does not work: it leads to the sign-in page.
fn no_sign_in(visit: &Visit, error: Error) -> Answer {
    if matches!(error, Error::NotFound(_)) {
        visit.web.state.limits.unknown_link(visit.from)?;
    }
    let (trouble, status) = match (&error, error.code()) {
        (_, "link.used") => (LinkTrouble::Used, StatusCode::GONE),
        (_, "link.expired") => (LinkTrouble::Expired, StatusCode::GONE),
        (Error::NotFound(_), _) => (LinkTrouble::Unknown, StatusCode::NOT_FOUND),
        _ => return Err(error.into()),
    };
    page(
        status,
        &LinkPage {
            frame: visit.frame("Sign in", Nav::Elsewhere),
            trouble,
            action: visit.path.clone(),
            button: String::new(),
            is_sign_in: true,
        },
    )
}

/// `POST /sign-out`.
pub(super) async fn leave(SignedIn(posted): SignedIn) -> Answer {
    let who = posted.visit.actor();
    if let Some((viewer, _)) = &posted.visit.viewer {
        let id = viewer.sign_in;
        posted.visit.web.store.write(move |cx| accounts::end_sign_in(cx, &who, id)).await?;
    }
    let mut response = see_other("/?done=signed-out");
    let public_url = &posted.visit.web.store.ground().house.public_url;
    response.add_cookie(&session::forget(session::SIGN_IN, public_url)).map_err(Error::internal)?;
    Ok(response)
}

/// Whether the link of the first start still makes an administrator.
fn first_start(cx: &crate::store::Cx<'_>, secret: &str) -> Result<(), Error> {
    let link = links::find(cx, Purpose::SetUp, secret)?;
    let refused =
        |code| Err(Error::refused(code, "This house has its administrator, or the link has expired."));
    match link.standing(cx.now) {
        Standing::Live if accounts::is_empty(cx)? => Ok(()),
        Standing::Expired => refused("link.expired"),
        Standing::Live | Standing::Used => refused("link.used"),
    }
}

/// `GET /set-up?t=…`.
pub(super) async fn first(visit: Visit, asked: Query<Asked>) -> Answer {
    let secret = asked.t.clone();
    if let Err(error) = visit.read(move |cx| first_start(cx, &secret)).await {
        return no_sign_in(&visit, error);
    }
    ok(&SetUp {
        frame: visit.frame("The first person", Nav::Elsewhere),
        action: visit.path.clone(),
        name: String::new(),
        email: String::new(),
        zone: visit.zone(None).name().to_owned(),
        errors: FieldErrors::none(),
    })
}

/// `POST /set-up?t=…`: makes the first administrator and signs them in.
pub(super) async fn move_in(posted: Posted, asked: Query<Asked>) -> Answer {
    let fields = &posted.fields;
    let (name, email, zone) = (fields.owned("name"), fields.owned("email"), fields.owned("zone"));
    let mut errors = FieldErrors::none();
    if name.trim().is_empty() {
        errors.add("name", "Say what others should call you.");
    }
    let address = Address::parse(&email);
    if address.is_none() {
        errors.add("email", "This is not a mail address that can be written to, like ana@example.org.");
    }
    let parsed = Zone::parse(&zone);
    if parsed.is_none() {
        errors.add("zone", "This is not a time zone. It should look like Europe/Paris.");
    }
    let form = |errors| SetUp {
        frame: posted.visit.frame("The first person", Nav::Elsewhere),
        action: posted.visit.path.clone(),
        name: name.clone(),
        email: email.clone(),
        zone: zone.clone(),
        errors,
    };
    let (Some(address), Some(parsed), true) = (address, parsed, errors.is_empty()) else {
        return again(&form(errors));
    };
    let (who, secret, agent) = (posted.visit.actor(), asked.t.clone(), posted.visit.agent.clone());
    let called = name.clone();
    let entered = posted
        .visit
        .web
        .store
        .write(move |cx| {
            first_start(cx, &secret)?;
            accounts::set_up(cx, &who, &secret, (&address, &called, parsed), &agent)
        })
        .await;
    match entered {
        Ok(entered) => {
            let mut response = see_other("/?done=welcome");
            let public_url = &posted.visit.web.store.ground().house.public_url;
            let cookie = session::signed_in(&entered.secret, public_url);
            response.add_cookie(&cookie).map_err(Error::internal)?;
            Ok(response)
        }
        Err(error) => match FieldErrors::from_error(&error) {
            Some(errors) => again(&form(errors)),
            None => no_sign_in(&posted.visit, error),
        },
    }
}
