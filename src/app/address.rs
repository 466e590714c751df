//! Another mail address, in every room that goes by one: the account, connections, meetings with their invitations.

use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::meetings;
use crate::network;
use crate::store::Cx;

/// Takes the address that a mailed link proves, for whoever is signed in as who asked for it. Connections, meetings and
/// what is still to be mailed go by the new one; of meetings ahead it gets the invitation, and the old one nothing.
/// Done again, it is answered as the first time.
pub fn take(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<()> {
    let Some(change) = accounts::take_address(cx, who, secret)? else { return Ok(()) };
    network::readdress(cx, change.user, &change.old, &change.new)?;
    meetings::readdress(cx, who, &change.old, &change.new)
}
