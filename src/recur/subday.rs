//! Rules by the hour, the minute and the second: they leap over whatever the rule does not take.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::budget::Budget;
use super::days::DayRules;
use super::rule::{Frequency, Rule, bits};
use super::walk::{Finds, Outcome, places};

const DAY: i64 = 86_400;

/// As [`Rule::walk`], from the period `first`. Wall clocks are counted in seconds here.
pub(super) fn walk(rule: &Rule, first: i64, budget: &mut Budget, finds: &mut Finds) -> Outcome {
    let unit = match rule.frequency {
        Frequency::Hourly => 3_600,
        Frequency::Minutely => 60,
        _ => 1,
    };
    let start = finds.span.start;
    let begin = start.and_utc().timestamp();
    let base = begin - begin.rem_euclid(unit);
    let days = DayRules::of(rule, start);
    let inside = inside(rule, begin, unit);
    let places = (!rule.positions.is_empty()).then(|| places(&rule.positions, inside.len()));
    let every = unit * i64::from(rule.interval);
    let mut day_taken = None;
    let mut n = first;
    loop {
        let Some(at) = n.checked_mul(every).and_then(|by| base.checked_add(by)) else {
            return Outcome::Ended;
        };
        let Some(reached) = wall(at) else { return Outcome::Ended };
        if let Some(outcome) = finds.is_behind(reached) {
            return outcome;
        }
        if !budget.spend(1) {
            return Outcome::Spent { reached };
        }
        let today = at.div_euclid(DAY);
        if day_taken != Some(today) {
            match next_day(&days, today, budget, finds) {
                Ok(day) if day == today => day_taken = Some(today),
                Ok(day) => {
                    n = (day * DAY - base).div_euclid(every)
                        + i64::from((day * DAY - base).rem_euclid(every) > 0);
                    continue;
                }
                Err(outcome) => return outcome,
            }
        }
        if let Some(leap) = leap(rule, at, unit) {
            n = (leap - base).div_euclid(every) + i64::from((leap - base).rem_euclid(every) > 0);
            continue;
        }
        let all = 0..inside.len();
        let chosen: &mut dyn Iterator<Item = usize> = match &places {
            Some(places) => &mut places.iter().copied(),
            None => &mut all.into_iter(),
        };
        for place in chosen {
            let Some(found) = inside.get(place).and_then(|offset| wall(at + offset)) else { continue };
            if !budget.spend(1) {
                return Outcome::Spent { reached: found };
            }
            if let Some(outcome) = finds.take(found) {
                return outcome;
            }
        }
        n += 1;
    }
}

/// The times within one period, as seconds from its beginning.
fn inside(rule: &Rule, begin: i64, unit: i64) -> Vec<i64> {
    let own = |per: i64| u32::try_from(begin.div_euclid(per).rem_euclid(60)).unwrap_or_default();
    let or = |set: u64, own: u32| if set == 0 { 1 << own } else { set };
    let seconds = or(rule.seconds, own(1));
    match unit {
        3_600 => bits(or(rule.minutes, own(60)))
            .flat_map(|minute| bits(seconds).map(move |second| i64::from(minute * 60 + second)))
            .collect(),
        60 => bits(seconds).map(i64::from).collect(),
        _ => vec![0],
    }
}

/// Where to go on, if the rule does not take this hour, minute or second.
fn leap(rule: &Rule, at: i64, unit: i64) -> Option<i64> {
    let midnight = at - at.rem_euclid(DAY);
    if let Some(to) = next(rule.hours, at.rem_euclid(DAY) / 3_600, 24) {
        return Some(midnight + to * 3_600);
    }
    let hour = at - at.rem_euclid(3_600);
    if unit < 3_600
        && let Some(to) = next(rule.minutes, at.rem_euclid(3_600) / 60, 60)
    {
        return Some(hour + to * 60);
    }
    let minute = at - at.rem_euclid(60);
    if unit < 60
        && let Some(to) = next(rule.seconds, at.rem_euclid(60), 60)
    {
        return Some(minute + to);
    }
    None
}

/// The next member of the set behind `now`, or the end; `None` if `now` is a member, or there is no set.
fn next(set: u64, now: i64, end: i64) -> Option<i64> {
    let is_member = |bit: &i64| set >> *bit & 1 == 1;
    (set != 0 && !is_member(&now)).then(|| (now + 1..end).find(is_member).unwrap_or(end))
}

/// The first day from `day` on (counted from 1970) that the rule takes.
fn next_day(days: &DayRules, day: i64, budget: &mut Budget, finds: &Finds) -> Result<i64, Outcome> {
    if days.is_every() {
        return Ok(day);
    }
    for (looked_at, candidate) in (day..).enumerate() {
        let Some(midnight) = wall(candidate * DAY) else { return Err(Outcome::Ended) };
        if candidate > day
            && let Some(outcome) = finds.is_behind(midnight)
        {
            return Err(outcome);
        }
        if looked_at % 8 == 7 && !budget.spend(1) {
            return Err(Outcome::Spent { reached: midnight });
        }
        if days.take(midnight.date()) {
            return Ok(candidate);
        }
    }
    Err(Outcome::Ended)
}

fn wall(seconds: i64) -> Option<NaiveDateTime> {
    let at = DateTime::from_timestamp(seconds, 0)?.naive_utc();
    (at.date() <= NaiveDate::from_ymd_opt(9_999, 12, 31)?).then_some(at)
}
