//! Which times lie within what somebody lets be booked: their hours, and what their grant says to whoever began it. Nobody's
//! calendar is looked at.

use super::model::{Group, Member, Subject};
use crate::base::error::Result;
use crate::base::id::CandidateId;
use crate::base::time::{DAY, Timestamp, Zone};
use crate::network::{self, Scope};
use crate::slots::{self, Check, Limits, Party, Set, Span, Want};
use crate::store::Cx;

/// The longest span that is looked at in one go, in milliseconds: somebody may name times that lie years apart.
const LOOK_MS: i64 = slots::SPAN_DAYS_MAX * DAY;

/// Times that are looked at together, by their place.
pub(super) struct Spanned {
    pub(super) span: Span,
    pub(super) at: Vec<usize>,
}

/// Times in spans that are not too long for one look, the earliest first.
pub(super) fn spans(times: &[(Timestamp, Timestamp)]) -> Vec<Spanned> {
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|at| times[*at]);
    let mut spans: Vec<Spanned> = Vec::new();
    for at in order {
        let (from, to) = times[at];
        match spans.last_mut().filter(|last| to.since(last.span.from) <= LOOK_MS) {
            Some(last) => {
                last.span.to = last.span.to.max(to);
                last.at.push(at);
            }
            None => spans.push(Spanned { span: Span { from, to }, at: vec![at] }),
        }
    }
    spans
}

/// The times that are voted on and lie outside of a member's own hours, or of what they let whoever began it do.
pub(super) fn outside(cx: &Cx<'_>, group: &Group, member: &Member) -> Result<Vec<CandidateId>> {
    if group.subject != Subject::Time {
        return Ok(Vec::new());
    }
    let candidates = group.open_candidates().filter_map(|one| one.time.map(|time| (one.id, time)));
    let (ids, times): (Vec<CandidateId>, Vec<(Timestamp, Timestamp)>) = candidates.unzip();
    let place = group.want.as_ref().and_then(|want| want.place);
    let mut outside = Vec::new();
    for Spanned { span, at } in spans(&times) {
        let Some(party) = party(cx, group, member, span)? else { return Ok(Vec::new()) };
        let parties = [party];
        let is_outside = |at: &usize| {
            let (from, to) = times[*at];
            let mut want = Want::new(cx.now, Zone::UTC, to.since(from), span);
            want.place = place;
            matches!(slots::check_offer(&parties, &want, from), Check::Taken { .. })
        };
        outside.extend(at.into_iter().filter(is_outside).map(|at| ids[at]));
    }
    Ok(outside)
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
