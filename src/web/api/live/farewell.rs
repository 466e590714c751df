//! What is told when the last socket of an agent went: nothing yet, for its presence holds until its lease ends. Then whoever
//! shares a conversation with it is told that it is offline, unless it has given a sign of life meanwhile, by whatever road.

use std::time::Duration;

use actix_web::rt;
use actix_web::web::Data;
use tokio::time::sleep;

use super::socket::status;
use crate::agents::{self, Presence};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::AgentId;
use crate::sessions::conversation;
use crate::store::Cx;
use crate::web::Web;
use crate::web::live::event;

/// Waits for an agent that has no socket any more, where nobody waits for it already.
pub(super) fn begin(web: &Data<Web>, agent: AgentId) {
    if web.state.live.sockets.begin_to_leave(agent) {
        let web = web.clone();
        rt::spawn(async move {
            let mut closing = web.state.live.closing();
            tokio::select! {
                () = see_off(&web, agent) => {}
                _ = closing.wait_for(|closing| *closing) => {}
            }
            web.state.live.sockets.has_left(agent);
        });
    }
}

async fn see_off(web: &Web, agent: AgentId) {
    loop {
        let Ok((left_ms, company)) = web.store.read(move |cx| left(cx, agent)).await else { return };
        if web.state.live.sockets.has(agent) {
            return;
        }
        if left_ms <= 0 {
            let data = status(agent, Presence::Offline);
            web.state.live.sockets.tell(&company, event::STATUS, &data);
            return;
        }
        sleep(Duration::from_millis(left_ms.unsigned_abs())).await;
    }
}

/// For how many milliseconds its presence still holds, and, where it does not, who is to know.
fn left(cx: &Cx<'_>, agent: AgentId) -> Result<(i64, Vec<AgentId>)> {
    let Some(user) = agents::owner_of(cx, agent)? else { return Ok((0, Vec::new())) };
    let itself = Actor::new(Who::Agent { id: agent, user }, Road::Worker, "live");
    let left_ms = agents::registered(cx, &itself, agent)?.lease_until.since(cx.now);
    let company = if left_ms <= 0 { conversation::company(cx, agent)? } else { Vec::new() };
    Ok((left_ms, company))
}
