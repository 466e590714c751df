//! What speaks against times that somebody names, before they are voted on: their own hours and what they have booked, and of
//! the others what whoever names them may know. It warns, and refuses nothing.

use super::model::Subject;
use super::start::{self, NewGroup, person};
use super::within::{Spanned, spans};
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, UserId};
use crate::base::time::{Timestamp, Zone};
use crate::network::{self, Allowed, Scope, Wanted};
use crate::slots::{self, Barrier, Check, Limits, Party, Rule, Set, Span, Want};
use crate::store::Cx;

/// Whose time something is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Whoever names the times.
    Yours,
    /// The other side of a connection of theirs: its name, which may be empty.
    Theirs(ConnectionId, String),
}

/// What speaks against one of the times that were named, or is not known of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Which candidate, by its place; `None`: all of them.
    pub candidate: Option<usize>,
    /// Whose time it is about.
    pub whose: Whose,
    /// A stable word, as of a search for times: `hours`, `busy`, `other.taken`; or `stale`, `other.stale`.
    pub code: &'static str,
    /// The same as a sentence.
    pub says: String,
}

/// Those whose time may be looked at, once they were asked.
#[derive(Clone, Debug)]
pub struct Asked(Vec<Allowed>);

/// Asks those who let it be known when they have time about the times that are named, in a write: each question is listed to
/// whom it is about. Where nothing is named nobody is asked.
///
/// # Errors
/// What cannot be meant is `Invalid`, as when it is begun. Whose questions of this hour are spent is not looked at.
pub fn ask_about_times(cx: &mut Cx<'_>, who: &Actor, new: &NewGroup) -> Result<Asked> {
    let me = person(who)?;
    start::check(cx, new)?;
    let many = new.candidates.len();
    if new.subject != Subject::Time || many == 0 {
        return Ok(Asked(Vec::new()));
    }
    let times = if many == 1 { "a time that is".to_owned() } else { format!("{many} times that are") };
    let purpose = format!("to see whether {times} to be voted on can be had");
    let shown = format!("whether {times} to be voted on can be had with you");
    let wanted = Wanted { shown: Some(&shown), ..Wanted::of(Scope::AvailabilityRead, &purpose) };
    let mut asked = Vec::new();
    for id in &new.with {
        // Who does not let it be known is not asked: it would be listed to them, and come to nothing.
        if network::still(cx, me, *id, Scope::AvailabilityRead)?.is_none() {
            continue;
        }
        match network::ask_each(cx, who, &[*id], wanted) {
            Ok(verdicts) => asked.extend(verdicts.into_iter().filter_map(|one| one.allowed().ok())),
            Err(Error::Throttled { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Asked(asked))
}

/// What speaks against the times that are named: of whoever names them everything, of those who were asked one word for hours
/// and calendar, of all others what their grant says.
pub fn warnings(cx: &Cx<'_>, who: &Actor, new: &NewGroup, asked: &Asked) -> Result<Vec<Warning>> {
    let me = person(who)?;
    let times: Vec<(Timestamp, Timestamp)> = new.candidates.iter().filter_map(|one| one.time).collect();
    if new.subject != Subject::Time || times.len() < new.candidates.len() {
        return Ok(Vec::new());
    }
    let place = new.want.as_ref().and_then(|want| want.place);
    let mut found = Vec::new();
    for Spanned { span, at } in spans(&times) {
        for (whose, party) in parties(cx, me, new, asked, span)? {
            let stale = party.is_stale.then(|| stale(&whose)).filter(|one| !found.contains(one));
            found.extend(stale);
            let parties = [party];
            for at in &at {
                let (from, to) = times[*at];
                let mut want = Want::new(cx.now, Zone::UTC, to.since(from), Span { from, to });
                want.place = place;
                if let Check::Taken { why, .. } = slots::check_offer(&parties, &want, from) {
                    found.extend(why.barriers.first().map(|one| barred(*at, &whose, one)));
                }
            }
        }
    }
    found.sort_by_key(|one| one.candidate.unwrap_or(usize::MAX));
    Ok(found)
}

/// A calendar was not read lately: that nothing speaks against a time says less then.
fn stale(whose: &Whose) -> Warning {
    let (code, calendar) = match whose {
        Whose::Yours => ("stale", "A calendar of yours".to_owned()),
        Whose::Theirs(_, name) => ("other.stale", format!("A calendar of {}’s", named(name))),
    };
    let says = format!("{calendar} was not read lately: something may be missing in it.");
    Warning { candidate: None, whose: whose.clone(), code, says }
}

/// What stands in the way of one time, in words for whoever names it.
fn barred(at: usize, whose: &Whose, barrier: &Barrier) -> Warning {
    let says = match whose {
        Whose::Yours => barrier.words().to_owned(),
        Whose::Theirs(_, name) => {
            let name = named(name);
            match barrier.rule {
                Rule::Length => format!("{name} does not let you propose meetings of this length."),
                Rule::Place => format!("{name} does not let you propose to meet in this way."),
                Rule::Notice => format!("{name} asks for more notice."),
                Rule::Horizon => format!("{name} does not let you propose times this far ahead."),
                Rule::Weekdays => format!("{name} does not let you propose this day."),
                Rule::Hours => format!("{name} does not let you propose these hours."),
                // Whether they are busy or off is not told.
                Rule::Busy | Rule::Held | Rule::Full | Rule::Taken => format!("It does not suit {name}."),
            }
        }
    };
    Warning { candidate: Some(at), whose: whose.clone(), code: barrier.code(), says }
}

fn named(name: &str) -> &str {
    if name.is_empty() { "somebody" } else { name }
}

/// Whoever names the times, and those of the others who let times be proposed to them.
fn parties(
    cx: &Cx<'_>,
    me: UserId,
    new: &NewGroup,
    asked: &Asked,
    span: Span,
) -> Result<Vec<(Whose, Party)>> {
    let mut all = vec![(Whose::Yours, slots::party(cx, me, Limits::default(), span, None)?)];
    for id in &new.with {
        if let Some(allowed) = asked.0.iter().find(|one| one.connection == *id) {
            let party = slots::granted(cx, me, allowed, span, None)?;
            all.push((Whose::Theirs(*id, allowed.about.name.clone()), party));
        } else if let Some(allowed) = network::still(cx, me, *id, Scope::Propose)? {
            let party = slots::granted(cx, me, &allowed, span, None)?;
            all.push((Whose::Theirs(*id, allowed.about.name), hidden(party, span)));
        }
    }
    Ok(all)
}

/// What a grant says, and nothing else of somebody: neither their own hours nor what is taken of their time.
fn hidden(mut party: Party, span: Span) -> Party {
    let Span { from, to } = span.with_margin();
    party.hide_calendar();
    party.hours = Set::span(from.ms(), to.ms());
    party.limits.full = Set::empty();
    party
}
