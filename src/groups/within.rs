//! Which times lie within what somebody lets be booked: their hours, and what their grant says to whoever began it. Nobody's
//! calendar is looked at.

use super::model::{Group, Member, Subject};
use crate::base::error::Result;
use crate::base::id::CandidateId;
use crate::base::time::{Timestamp, Zone};
use crate::network::{self, Scope};
use crate::slots::{self, Check, Limits, Party, Set, Span, Want};
use crate::store::Cx;

/// The times that are voted on and lie outside of a member's own hours, or of what they let whoever began it do.
pub(super) fn outside(cx: &Cx<'_>, group: &Group, member: &Member) -> Result<Vec<CandidateId>> {
    let timed = || group.open_candidates().filter_map(|one| one.time.map(|(from, to)| (one.id, from, to)));
    let (from, to) = (timed().map(|(_, from, _)| from).min(), timed().map(|(.., to)| to).max());
    let Some((from, to)) = from.zip(to).filter(|_| group.subject == Subject::Time) else {
        return Ok(Vec::new());
    };
    let span = Span { from, to };
    let Some(party) = party(cx, group, member, span)? else { return Ok(Vec::new()) };
    let parties = [party];
    let place = group.want.as_ref().and_then(|want| want.place);
    let is_outside = |(id, from, to): (CandidateId, Timestamp, Timestamp)| {
        let mut want = Want::new(cx.now, Zone::UTC, to.since(from), span);
        want.place = place;
        matches!(slots::check_offer(&parties, &want, from), Check::Taken { .. }).then_some(id)
    };
    Ok(timed().filter_map(is_outside).collect())
}

/// A member's hours and limits; `None`: they let nothing be proposed any more, which is said elsewhere.
fn party(cx: &Cx<'_>, group: &Group, member: &Member, span: Span) -> Result<Option<Party>> {
    let Some(connection) = member.connection else {
        let mine = slots::party(cx, member.user, Limits::default(), span, None)?;
        let nothing = Set::empty;
        let mine = Party { busy: nothing(), tentative: nothing(), held: nothing(), ..mine };
        return Ok(Some(Party { is_stale: false, known_until: None, ..mine }));
    };
    match network::still(cx, group.initiator, connection, Scope::Propose)? {
        Some(allowed) => slots::as_granted(cx, member.user, group.initiator, &allowed.grant, span).map(Some),
        None => Ok(None),
    }
}
