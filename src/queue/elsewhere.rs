//! Work that somebody outside of the house does: they ask for it, and their lease is none of this process's.
//!
//! A start frees what processes that are gone had leased; whoever works elsewhere is not gone with them.

use super::{Leased, Priority, claim_for, sql};
use crate::base::error::Result;
use crate::base::id::WorkId;
use crate::store::Cx;

/// Who holds the lease on work that is done elsewhere.
pub const ELSEWHERE: &str = "elsewhere";

/// As [`super::claim`], for somebody outside of the house.
pub fn claim_elsewhere(cx: &mut Cx<'_>, topic: &str, limit: u32, lease_ms: i64) -> Result<Vec<Leased>> {
    claim_for(cx, topic, limit, lease_ms, ELSEWHERE)
}

/// The lease that somebody outside of the house has on work; `None`: it is over, or they have none.
pub fn leased_elsewhere(cx: &Cx<'_>, id: WorkId) -> Result<Option<Leased>> {
    sql::lease(&cx.db, id, ELSEWHERE)
}

/// Takes work off the queue, whoever does it at the moment: nobody is to do it any more. Says whether it was there.
pub fn drop_work(cx: &Cx<'_>, id: WorkId) -> Result<bool> {
    sql::delete(&cx.db, id)
}

/// Makes work that waits as urgent as `priority`; says whether it waits.
pub fn set_priority(cx: &Cx<'_>, id: WorkId, priority: Priority) -> Result<bool> {
    sql::set_priority(&cx.db, id, priority.level())
}
