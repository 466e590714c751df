//! The reader's account: taking everything away, deleting it, and keeping it after all.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, ContentType};

use super::visit::{Answer, Posted, SignedIn, Visit, page, see_other};
use crate::accounts::{self, PendingAddress};
use crate::app::person;
use crate::base::error::Error;
use crate::base::text::Address;
use crate::meetings;
use crate::web::view::account::AccountPage;
use crate::web::view::parts::{FieldErrors, Nav};
use crate::web::view::settings::{Tab, Tabs};

/// `GET /settings/account`.
pub(super) async fn show(visit: Visit) -> Answer {
    shown(&visit, (String::new(), FieldErrors::none()), StatusCode::OK).await
}

async fn shown(visit: &Visit, (typed, errors): (String, FieldErrors), status: StatusCode) -> Answer {
    let user = visit.user()?.clone();
    let address = user.address.clone();
    let due = user.deletion_due_at.map(|due| visit.zone(None).long(due));
    let who = visit.actor();
    let (is_last_administrator, ahead, pending) = visit
        .read(move |cx| {
            let is_last = accounts::is_last_administrator(cx, &user)?;
            Ok((is_last, meetings::ahead_of(cx, &user.address)?, accounts::pending_address(cx, &who)?))
        })
        .await?;
    let until = |pending: PendingAddress| {
        (pending.address.as_str().to_owned(), visit.zone(None).long(pending.expires_at))
    };
    page(
        status,
        &AccountPage {
            frame: visit.frame("Your account", Nav::Settings),
            tabs: Tabs(Tab::Account),
            address: address.as_str().to_owned(),
            new_address: pending.map(until),
            typed,
            due,
            is_last_administrator,
            hosted: ahead.hosted.len(),
            invited: ahead.invited.len(),
            errors,
        },
    )
}

/// `POST /settings/account`.
pub(super) async fn act(SignedIn(posted): SignedIn) -> Answer {
    let (who, user) = (posted.visit.actor(), posted.visit.user()?.id);
    match posted.fields.pressed() {
        "delete" if posted.fields.get("sure") != "yes" => {
            let errors = FieldErrors::one("sure", "Tick this box first.");
            shown(&posted.visit, (String::new(), errors), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        "address" => ask_address(&posted).await,
        "stay" => {
            posted.write(move |cx| accounts::withdraw_address(cx, &who)).await?;
            Ok(see_other("/settings/account?done=address-kept"))
        }
        "delete" => {
            posted.write(move |cx| person::ask_deletion(cx, &who, user).map(drop)).await?;
            Ok(see_other("/settings/account?done=leaving"))
        }
        "keep" => {
            posted.write(move |cx| person::withdraw_deletion(cx, &who, user)).await?;
            Ok(see_other("/settings/account?done=kept"))
        }
        _ => Err(Error::invalid("do", "Press one of the buttons of the page.").into()),
    }
}

/// Asks for another address; what is wrong with it is said beside it.
async fn ask_address(posted: &Posted) -> Answer {
    let (who, typed) = (posted.visit.actor(), posted.fields.get("email").trim().to_owned());
    let asked = match Address::required("email", &typed) {
        Ok(address) => posted.write(move |cx| accounts::ask_address(cx, &who, &address).map(drop)).await,
        Err(error) => Err(error),
    };
    match asked {
        Ok(()) => Ok(see_other("/settings/account?done=address-asked")),
        Err(Error::Invalid { message, .. }) => {
            let errors = FieldErrors::one("email", message);
            shown(&posted.visit, (typed, errors), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /settings/account/export`.
pub(super) async fn download(visit: Visit) -> Answer {
    visit.user()?;
    let who = visit.actor();
    let document = visit.read(move |cx| person::export_own(cx, &who)).await?;
    let text = serde_json::to_string_pretty(&document).map_err(Error::internal)?;
    let name = (CONTENT_DISPOSITION, "attachment; filename=\"entente.json\"");
    Ok(HttpResponse::Ok().insert_header(ContentType::json()).insert_header(name).body(text + "\n"))
}
