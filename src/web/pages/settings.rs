//! The reader's own settings: profile, sign-ins, tokens.

use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use super::words;
use crate::accounts::{self, ProfileChange, Role, Scope, SignIn, Token};
use crate::base::error::Error;
use crate::base::id::{SignInId, TokenId};
use crate::base::time::Zone;
use crate::web::session;
use crate::web::view::parts::{Choice, FieldErrors, Flash, Nav, Tone};
use crate::web::view::settings::{ApiToken, Settings, SignedIn as Browser, Tab, Tabs};

/// What is different from a page that was just opened.
#[derive(Default)]
struct Came {
    profile: Option<(String, String, FieldErrors)>,
    fresh_token: Option<String>,
    token: Option<(String, Vec<Scope>, FieldErrors)>,
}

/// `GET /settings`.
pub(super) async fn show(visit: Visit) -> Answer {
    shown(&visit, Came::default(), StatusCode::OK).await
}

async fn shown(visit: &Visit, came: Came, status: StatusCode) -> Answer {
    let (user, who) = (visit.user()?.clone(), visit.actor());
    let (sign_ins, tokens) =
        visit.read(move |cx| Ok((accounts::sign_ins(cx, &who)?, accounts::tokens(cx, &who)?))).await?;
    let zone = visit.zone(None);
    let this = visit.viewer.as_ref().map(|(viewer, _)| viewer.sign_in);
    let mut sign_ins: Vec<_> = sign_ins.iter().map(|one| browser(visit, zone, one, this)).collect();
    sign_ins.sort_by_key(|one| !one.is_this);
    let (name, zone_name, errors) =
        came.profile.unwrap_or_else(|| (user.name.clone(), user.zone.name().to_owned(), FieldErrors::none()));
    let (token_name, chosen, token_errors) = came.token.unwrap_or_default();
    let mut frame = visit.frame("Settings", Nav::Settings);
    if came.fresh_token.is_some() {
        frame.flash = Some(Flash { tone: Tone::Yes, words: "The token is made.".to_owned() });
    }
    let live = tokens.iter().filter(|token| token.revoked_at.is_none());
    page(
        status,
        &Settings {
            tabs: Tabs(Tab::Profile),
            address: user.address.as_str().to_owned(),
            name,
            zone: zone_name,
            errors,
            sign_ins,
            tokens: live.map(|token| row(visit, zone, token)).collect(),
            fresh_token: came.fresh_token,
            token_name,
            scopes: scopes(user.role, &chosen),
            token_errors,
            frame,
        },
    )
}

fn browser(visit: &Visit, zone: Zone, one: &SignIn, this: Option<SignInId>) -> Browser {
    let is_this = this == Some(one.id);
    Browser {
        id: one.id.to_string(),
        device: device(&one.agent),
        since: format!("since {}", words::near(zone, one.created_at, visit.now)),
        seen: if is_this { "now".to_owned() } else { words::near(zone, one.seen_at, visit.now) },
        is_this,
    }
}

/// `Firefox on Linux`, from what the browser says of itself; good enough to know one's own by.
fn device(agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, words)| *words)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "an iPhone"),
        ("iPad", "an iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "a Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "A browser".to_owned(),
    }
}

fn row(visit: &Visit, zone: Zone, token: &Token) -> ApiToken {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    ApiToken {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: scopes.join(", "),
        made: words::near(zone, token.created_at, visit.now),
    }
}

/// What a token can be allowed: what is not one's own is for administrators to give away.
fn scopes(role: Role, chosen: &[Scope]) -> Vec<Choice> {
    Scope::ALL
        .into_iter()
        .filter(|scope| scope.is_for_oneself() || role == Role::Admin)
        .map(|scope| {
            let hint = format!("{}.", words::sentence(scope.words()));
            Choice::new(scope.as_str(), scope.as_str(), hint, chosen.contains(&scope))
        })
        .collect()
}

/// `POST /settings`.
pub(super) async fn save(SignedIn(posted): SignedIn) -> Answer {
    let (name, typed) = (posted.fields.owned("name"), posted.fields.owned("zone"));
    let mut errors = FieldErrors::none();
    if name.trim().is_empty() {
        errors.add("name", "Say what others should call you.");
    }
    let zone = Zone::parse(&typed);
    if zone.is_none() {
        errors.add("zone", "This is not a time zone. It should look like Europe/Paris.");
    }
    let (Some(zone), true) = (zone, errors.is_empty()) else {
        let came = Came { profile: Some((name, typed, errors)), ..Came::default() };
        return shown(&posted.visit, came, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let who = posted.visit.actor();
    let change = ProfileChange { name: Some(name), zone: Some(zone), hours: None };
    posted.write(move |cx| accounts::change_profile(cx, &who, &change).map(drop)).await?;
    Ok(see_other("/settings?done=saved"))
}

/// `POST /settings/sign-ins/{id}/end`.
pub(super) async fn end(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (who, id): (_, SignInId) = (posted.visit.actor(), id.parse()?);
    let is_this = posted.visit.viewer.as_ref().is_some_and(|(viewer, _)| viewer.sign_in == id);
    let ended = posted.write(move |cx| accounts::end_sign_in(cx, &who, id)).await;
    // Ended already, perhaps by the first press of the same button.
    if let Err(error) = ended
        && !matches!(error, Error::NotFound(_))
    {
        return Err(error.into());
    }
    if !is_this {
        return Ok(see_other("/settings?done=ended"));
    }
    let mut response = see_other("/?done=signed-out");
    let public_url = &posted.visit.web.store.ground().house.public_url;
    response.add_cookie(&session::forget(session::SIGN_IN, public_url)).map_err(Error::internal)?;
    Ok(response)
}

/// `POST /settings/tokens`: the page shows the token this once, so it is no redirect.
pub(super) async fn make(SignedIn(posted): SignedIn) -> Answer {
    let name = posted.fields.owned("name");
    let chosen: Vec<_> = posted.fields.all("scope").filter_map(Scope::parse).collect();
    let made = create(&posted, &name, &chosen).await;
    match made {
        Ok(secret) => {
            let came = Came { fresh_token: Some(secret), ..Came::default() };
            shown(&posted.visit, came, StatusCode::OK).await
        }
        Err(error) => match FieldErrors::from_error(&error) {
            Some(errors) => {
                let came = Came { token: Some((name, chosen, errors)), ..Came::default() };
                shown(&posted.visit, came, StatusCode::UNPROCESSABLE_ENTITY).await
            }
            None => Err(error.into()),
        },
    }
}

async fn create(posted: &Posted, name: &str, chosen: &[Scope]) -> Result<String, Error> {
    let (who, name, chosen) = (posted.visit.actor(), name.to_owned(), chosen.to_vec());
    posted
        .write(move |cx| {
            let (_, secret) = accounts::create_token(cx, &who, who.user(), &name, &chosen)?;
            Ok(secret.expose().to_owned())
        })
        .await
}

/// `POST /settings/tokens/{id}/revoke`.
pub(super) async fn revoke(SignedIn(posted): SignedIn, id: Path<String>) -> Answer {
    let (who, id): (_, TokenId) = (posted.visit.actor(), id.parse()?);
    posted.write(move |cx| accounts::revoke_token(cx, &who, id)).await?;
    Ok(see_other("/settings?done=revoked"))
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_browser_is_named_so_that_its_owner_knows_it() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1";
        assert_eq!(device(firefox), "Firefox on Linux");
        assert_eq!(device(iphone), "Safari on an iPhone");
        assert_eq!(device(""), "A browser");
    }
}
