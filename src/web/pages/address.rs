//! Another mail address: asked for in Settings, and taken by the button that the mailed link leads to.

use actix_web::web::Query;

use super::links::Asked;
use super::visit::{Answer, SignedIn, Visit, ok, see_other};
use crate::accounts;
use crate::app::address;
use crate::base::error::Error;
use crate::web::view::account::AddressPage;
use crate::web::view::parts::Nav;

/// `GET /settings/address?t=…`. Whoever is not signed in is led there first: the link alone gives nobody an account.
pub(super) async fn show(visit: Visit, asked: Query<Asked>) -> Answer {
    visit.user()?;
    let (who, secret) = (visit.actor(), asked.t.clone());
    match visit.read(move |cx| accounts::peek_address(cx, &who, &secret)).await {
        Ok(address) => ok(&AddressPage {
            frame: visit.frame("Your new address", Nav::Settings),
            action: visit.path.clone(),
            address: address.as_str().to_owned(),
        }),
        Err(Error::Refused { code: "link.used", .. }) => Ok(see_other("/settings/account")),
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/address?t=…`.
pub(super) async fn take(SignedIn(posted): SignedIn, asked: Query<Asked>) -> Answer {
    let (who, secret) = (posted.visit.actor(), asked.t.clone());
    posted.write(move |cx| address::take(cx, &who, &secret)).await?;
    Ok(see_other("/settings/account?done=address-taken"))
}
