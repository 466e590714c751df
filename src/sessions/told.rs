//! A wish in words: field by field what was understood, and what would be asked of whom. Everybody by name.

use super::wish::Preview;
use crate::base::actor::Actor;
use crate::base::error::{Error, Result};
use crate::base::hours::{NamedDay, Window};
use crate::base::id::ConnectionId;
use crate::base::time::{Timestamp, Zone};
use crate::network::{self, Scope, State};
use crate::slots::Prefer;
use crate::store::Cx;

/// The minutes of a day.
const DAY: u16 = 1_440;

/// What beginning would ask of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// In a sentence or two.
    pub words: String,
    /// Whether they do not let it be asked: nothing can begin with them.
    pub is_refused: bool,
}

/// What would be asked of whom, by what each one granted as things stand.
pub fn asked(cx: &Cx<'_>, who: &Actor, with: &[ConnectionId]) -> Result<Vec<Asked>> {
    with.iter().map(|id| asked_of(cx, who, *id)).collect()
}

fn asked_of(cx: &Cx<'_>, who: &Actor, id: ConnectionId) -> Result<Asked> {
    let refused = |words: String| Ok(Asked { words, is_refused: true });
    let one = match network::connection(cx, who, id) {
        Ok(one) => one,
        Err(Error::NotFound(_)) => {
            return refused("Somebody you named is not connected with you any more.".to_owned());
        }
        Err(error) => return Err(error),
    };
    let name = at_the_start(&one.called());
    if one.state != State::Connected {
        return refused(format!("{name} is not connected with you any more."));
    }
    let granted = network::grants(cx, who, id)?.received;
    if !granted.allows(Scope::Propose, cx.now) {
        return refused(format!("{name} has not let your agent propose times: nothing can be asked."));
    }
    let words = if granted.allows(Scope::BookAlone, cx.now) {
        format!("{name}’s agent is asked when {name} has time, and may agree by itself.")
    } else {
        format!("{name}’s agent is asked when {name} has time. {name} then decides.")
    };
    Ok(Asked { words, is_refused: false })
}

/// What was understood, field by field, in the zone of whoever wrote it: what each is called, and what it is.
pub fn fields(preview: &Preview, zone: Zone) -> Vec<(String, String)> {
    let want = &preview.new.want;
    let mut fields = vec![("With", names(&preview.names))];
    if !preview.new.purpose.is_empty() {
        fields.push(("What for", preview.new.purpose.clone()));
    }
    fields.push(("How long", long(preview)));
    fields.push(("Days", days(preview, zone)));
    let hours = want
        .within
        .map_or_else(|| "any hour that suits all".to_owned(), |within| hours(within, want.minutes));
    fields.push(("Hours", format!("{hours} ({})", zone.named(Timestamp::from_ms(want.from)))));
    if !want.prefer.is_empty() {
        fields.push(("Better", format!("{}; other times if not", better(&want.prefer, want.minutes))));
    }
    fields.push(("How", want.place.map_or("however it suits", |place| place.words()).to_owned()));
    if !preview.rooms.is_empty() {
        fields.push(("Where", preview.rooms.join(" and ")));
    }
    fields.into_iter().map(|(name, value)| (name.to_owned(), at_the_start(&value))).collect()
}

/// In a few words, as a subject has them: `45 minutes with Ben`.
pub(super) fn title(preview: &Preview) -> String {
    let with = names(&preview.names);
    if preview.says_length {
        format!("{} with {with}", long(preview))
    } else {
        format!("a meeting with {with}")
    }
}

fn long(preview: &Preview) -> String {
    if preview.says_length {
        format!("{} minutes", preview.new.want.minutes)
    } else {
        "as long as they usually have it".to_owned()
    }
}

fn names(all: &[String]) -> String {
    let named = |name: &String| if name.is_empty() { "somebody".to_owned() } else { name.clone() };
    match all {
        [] => "nobody".to_owned(),
        [one] => named(one),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(named).collect();
            format!("{} and {}", first.join(", "), named(last))
        }
    }
}

fn days(preview: &Preview, zone: Zone) -> String {
    let want = &preview.new.want;
    let (first, last) =
        (zone.date(Timestamp::from_ms(want.from)), zone.date(Timestamp::from_ms(want.to - 1)));
    let full = |day: chrono::NaiveDate| day.format("%a %-d %b %Y").to_string();
    let short = |day: &chrono::NaiveDate| day.format("%a %-d %b").to_string();
    match want.days.as_slice() {
        _ if !preview.says_days => format!("any day until {}", full(last)),
        [] if first == last => full(first),
        [] => format!("{} to {}", short(&first), full(last)),
        [days @ .., last] => {
            let days: Vec<_> = days.iter().map(short).collect();
            if days.is_empty() { full(*last) } else { format!("{} or {}", days.join(", "), full(*last)) }
        }
    }
}

fn hours(within: Window, minutes: u32) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
    let (from, until) = (within.start(), within.end());
    match (from, until) {
        (from, until) if minutes > 0 && u32::from(until - from) == minutes => format!("at {}", clock(from)),
        (from, DAY) => format!("not before {}", clock(from)),
        (0, until) => format!("over by {}", clock(until)),
        (from, until) => format!("between {} and {}", clock(from), clock(until)),
    }
}

/// What would be better, on the clock of whoever said so: `on Tuesday or 26 Nov and between 06:00 and 12:00`.
pub fn better(prefer: &Prefer, minutes: u32) -> String {
    let on = Some(better_days(&prefer.days)).filter(|days| !days.is_empty());
    let at = prefer.within.map(|within| hours(within, minutes));
    on.into_iter().chain(at).collect::<Vec<_>>().join(" and ")
}

/// Days that would be better: `on Tuesday, Wednesday or 23 Nov to 27 Nov`; nothing of none.
pub fn better_days(days: &[NamedDay]) -> String {
    let mut named = Vec::new();
    let mut rest = days.iter().peekable();
    while let Some(day) = rest.next() {
        let NamedDay::Date(first) = *day else {
            named.push(day.name());
            continue;
        };
        let mut last = first;
        while let Some(NamedDay::Date(next)) =
            rest.next_if(|next| matches!(next, NamedDay::Date(next) if Some(*next) == last.succ_opt()))
        {
            last = *next;
        }
        let name = day.name();
        named.push(if last == first { name } else { format!("{name} to {}", NamedDay::Date(last).name()) });
    }
    match named.as_slice() {
        [] => String::new(),
        [one] => format!("on {one}"),
        [first @ .., last] => format!("on {} or {last}", first.join(", ")),
    }
}

fn at_the_start(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
