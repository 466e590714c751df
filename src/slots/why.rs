//! What stands in the way, in words: of oneself everything, of others what they granted and one word for the rest.

use super::rules::Rule;
use crate::base::time::MINUTE;

/// Whose time something is about, as seen by whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// The asker's own.
    Yours,
    /// Somebody else's.
    Others,
    /// A room's or a thing's.
    Things,
}

/// How much of what was asked for a rule takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Barrier {
    /// Of whom; with several others not of which.
    pub whose: Whose,
    /// Which rule.
    pub rule: Rule,
    /// For how much of the starts that were asked for it is the first in the way, in milliseconds.
    pub blocked_ms: i64,
}

impl Barrier {
    /// The stable word of the API: `busy`, `other.taken`, `resource.hours`.
    pub fn code(&self) -> &'static str {
        const CODES: [[&str; 3]; 10] = [
            ["length", "other.length", "resource.length"],
            ["place", "other.place", "resource.place"],
            ["notice", "other.notice", "resource.notice"],
            ["horizon", "other.horizon", "resource.horizon"],
            ["weekdays", "other.weekdays", "resource.weekdays"],
            ["hours", "other.hours", "resource.hours"],
            ["busy", "other.taken", "resource.taken"],
            ["held", "other.taken", "resource.taken"],
            ["full", "other.taken", "resource.taken"],
            ["taken", "other.taken", "resource.taken"],
        ];
        CODES[self.rule as usize][self.whose as usize]
    }

    /// A sentence for whoever asks.
    pub fn words(&self) -> &'static str {
        match (self.whose, self.rule) {
            (Whose::Yours, rule) => yours(rule),
            (Whose::Others, rule) => others(rule),
            (Whose::Things, rule) => things(rule),
        }
    }

    /// For how long it stands in the way, in minutes.
    pub fn minutes(&self) -> i64 {
        (self.blocked_ms + MINUTE / 2) / MINUTE
    }
}

fn yours(rule: Rule) -> &'static str {
    match rule {
        Rule::Length => "A meeting of yours may not have this length.",
        Rule::Place => "You do not meet in this way.",
        Rule::Notice => "It would start too soon.",
        Rule::Horizon => "It lies too far ahead, or beyond what is known of your calendars.",
        Rule::Weekdays => "It is not a day on which you meet.",
        Rule::Hours => "It is outside your working hours.",
        Rule::Busy | Rule::Taken => "Your calendar is busy then.",
        Rule::Held => "The time is held for somebody else.",
        Rule::Full => "You have as many meetings then as you allow.",
    }
}

fn others(rule: Rule) -> &'static str {
    match rule {
        Rule::Length => "They have not allowed you a meeting of this length.",
        Rule::Place => "They have not allowed you to meet in this way.",
        Rule::Notice => "They have asked for more notice.",
        Rule::Horizon => "They have not allowed you to ask for times this far ahead.",
        Rule::Weekdays => "They have not allowed you to ask for these days.",
        Rule::Hours => "They have not allowed you to ask for these hours.",
        Rule::Busy | Rule::Held | Rule::Full | Rule::Taken => "Somebody who is to be there cannot make it.",
    }
}

fn things(rule: Rule) -> &'static str {
    match rule {
        Rule::Length => "It cannot be had for this long.",
        Rule::Place => "It is not of use for meeting in this way.",
        Rule::Notice => "It must be asked for earlier.",
        Rule::Horizon => "It cannot be had this far ahead.",
        Rule::Weekdays => "It cannot be had on these days.",
        Rule::Hours => "It cannot be had at these hours.",
        Rule::Busy | Rule::Held | Rule::Full | Rule::Taken => "It is taken.",
    }
}

/// Why there are no more slots than there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// How much was asked for: the starts, in milliseconds.
    pub asked_ms: i64,
    /// What stands in the way, the asker's own first, each in the order of the rules.
    pub barriers: Vec<Barrier>,
    /// Whether a calendar of the asker's was not read lately.
    pub is_stale: bool,
    /// Whether one of somebody else's was not; not whose.
    pub others_are_stale: bool,
}

impl Why {
    /// Whether a calendar was not read lately: nothing is booked on it without asking.
    pub fn is_any_stale(&self) -> bool {
        self.is_stale || self.others_are_stale
    }
}
