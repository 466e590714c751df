//! The zone that a reader reads in: of their profile, or of their browser where they have no account.

use super::visit::{Answer, Posted, see_other};
use crate::accounts;
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
    if let Ok(user) = posted.visit.user() {
        let (who, name) = (posted.visit.actor(), user.name.clone());
        posted.write(move |cx| accounts::change_profile(cx, &who, &name, zone).map(drop)).await?;
    } else {
        let public_url = &posted.visit.web.store.ground().house.public_url;
        response.add_cookie(&session::zone(zone.name(), public_url)).map_err(Error::internal)?;
    }
    Ok(response)
}
