//! The zone that a reader reads in: of their profile, or of their browser where they have no account.

use super::visit::{Answer, Posted, see_other};
use crate::accounts::{self, ProfileChange};
use crate::base::error::Error;
use crate::base::time::Zone;
use crate::web::session;

/// `POST /zone`.
pub(super) async fn choose(posted: Posted) -> Answer {
    posted.check_token()?;
    let back = session::local_path(posted.fields.get("back")).unwrap_or("/");
    let with = |word| {
        let (join, back) = (if back.contains('?') { '&' } else { '?' }, back);
        see_other(&format!("{back}{join}done={word}"))
    };
    let Some(zone) = Zone::parse(posted.fields.get("zone")) else { return Ok(with("no-zone")) };
    let mut response = with("zone");
    if posted.visit.user().is_ok() {
        let who = posted.visit.actor();
        let change = ProfileChange { zone: Some(zone), ..ProfileChange::default() };
        posted.write(move |cx| accounts::change_profile(cx, &who, &change).map(drop)).await?;
    } else {
        let public_url = &posted.visit.web.store.ground().house.public_url;
        response.add_cookie(&session::zone(zone.name(), public_url)).map_err(Error::internal)?;
    }
    Ok(response)
}
