//! Which times lie within what somebody lets be booked: their hours, and what their grant says to whoever began it. Nobody's
//! calendar is looked at.

use super::model::{Candidate, Group, Member, Subject};
use crate::base::error::Result;
use crate::base::id::CandidateId;
use crate::base::time::{Timestamp, Zone};
use crate::network::{self, Scope};
use crate::slots::{self, Check, Limits, Party, Set, Span, Want};
use crate::store::Cx;

/// The times that are voted on and lie outside of a member's own hours, or of what they let whoever began it do.
pub(super) fn outside(cx: &Cx<'_>, group: &Group, member: &Member) -> Result<Vec<CandidateId>> {
    if group.subject != Subject::Time {
        return Ok(Vec::new());
    }
    let place = group.want.as_ref().and_then(|want| want.place);
    let mut outside = Vec::new();
    for (one, time) in group.open_candidates().filter_map(timed) {
        let Some(party) = party(cx, group, member, time)? else { continue };
        let Span { from, to } = time;
        let mut want = Want::new(cx.now, Zone::UTC, to.since(from), time);
        want.place = place;
        if matches!(slots::check_offer(&[party], &want, from), Check::Taken { .. }) {
            outside.push(one.id);
        }
    }
    Ok(outside)
}

fn timed(one: &Candidate) -> Option<(&Candidate, Span)> {
    one.time.map(|(from, to): (Timestamp, Timestamp)| (one, Span { from, to }))
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
