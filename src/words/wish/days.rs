//! Days: by name, by date, by week and month, from one to another, and which not.

use chrono::{Datelike, Months, NaiveDate, Weekday};

use super::grammar::Text;
use super::pieces::Kind;
use super::{DAYS_MAX, Unclear};
use crate::base::hours::NamedDay as Named;
use crate::words::lexicon::{hour_word, month, weekday, weekday_short};
use crate::words::read::next_date;

/// What a line says of days.
#[derive(Debug, Default)]
pub(super) struct Days {
    stretches: Vec<(NaiveDate, NaiveDate)>,
    weekdays: Vec<Weekday>,
    runs: Vec<(Weekday, Weekday)>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    not: Vec<Named>,
}

/// Something that is said of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Stretch(NaiveDate, NaiveDate),
    Days(Vec<Named>),
    /// From one weekday to another.
    Run(Weekday, Weekday),
    /// Not before it.
    From(Named),
    /// Not after it.
    Until(Named),
    /// The day before it at the latest.
    Before(Named),
    /// The day after it at the earliest.
    After(Named),
    /// Not on these.
    Not(Vec<Named>),
}

impl Days {
    pub(super) fn take(&mut self, said: Said, today: NaiveDate) -> Result<(), Unclear> {
        match said {
            Said::Stretch(from, until) => self.stretches.push((from, until)),
            Said::Days(days) => {
                for day in days {
                    match day {
                        Named::Date(date) => self.stretches.push((date, date)),
                        Named::Weekday(day) => self.weekdays.push(day),
                    }
                }
            }
            Said::Run(first, last) => self.runs.push((first, last)),
            Said::From(named) => once(&mut self.from, date(named, today)?)?,
            Said::After(named) => once(&mut self.from, shifted(date(named, today)?, 1)?)?,
            Said::Until(named) => once(&mut self.until, date(named, today)?)?,
            Said::Before(named) => once(&mut self.until, shifted(date(named, today)?, -1)?)?,
            Said::Not(days) => self.not.extend(days),
        }
        Ok(())
    }

    /// All the days that are meant; none, if nothing was said of days.
    pub(super) fn dates(&self, today: NaiveDate) -> Result<Vec<NaiveDate>, Unclear> {
        if self.is_empty() {
            return Ok(Vec::new());
        }
        let mut dates = self.named(today)?;
        dates.retain(|day| *day >= today && self.lets(*day));
        dates.sort_unstable();
        dates.dedup();
        if dates.is_empty() { Err(Unclear::NoDay) } else { Ok(dates) }
    }

    /// The days that would be better: weekdays and single dates as they were named; of all else the wanted days it means.
    pub(super) fn preferred(&self, wanted: &[NaiveDate]) -> Result<Vec<Named>, Unclear> {
        let has_weekdays = !self.weekdays.is_empty() || !self.runs.is_empty();
        let is_single = |stretch: &(NaiveDate, NaiveDate)| stretch.0 == stretch.1;
        let is_named = self.stretches.iter().all(is_single) && self.from.is_none() && self.until.is_none();
        if is_named && !self.not.iter().any(|not| matches!(not, Named::Date(_))) {
            let says_which = has_weekdays || !self.stretches.is_empty();
            let week = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
            let weekdays = week.filter(|day| self.names(*day) || !says_which && !self.not.is_empty());
            let dates = self.stretches.iter().map(|(date, _)| Named::Date(*date));
            let mut days: Vec<Named> = weekdays.map(Named::Weekday).chain(dates).collect();
            days.retain(|day| !self.not.contains(day));
            return Ok(days);
        }
        if has_weekdays && self.stretches.iter().any(is_single) {
            return Err(Unclear::TwoWays("weekdays beside days and weeks".to_owned()));
        }
        let is_meant = |day: &&NaiveDate| {
            let is_in = |(first, last): &(NaiveDate, NaiveDate)| (first..=last).contains(day);
            (self.stretches.is_empty() || self.stretches.iter().any(is_in))
                && (!has_weekdays || self.names(day.weekday()))
                && self.lets(**day)
        };
        Ok(wanted.iter().filter(is_meant).copied().map(Named::Date).collect())
    }

    /// Whether nothing at all was said.
    pub(super) fn is_empty(&self) -> bool {
        self.stretches.is_empty()
            && self.weekdays.is_empty()
            && self.runs.is_empty()
            && self.from.is_none()
            && self.until.is_none()
            && self.not.is_empty()
    }

    /// Whether a day is not excluded.
    fn lets(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| day >= from)
            && self.until.is_none_or(|until| day <= until)
            && !self.not.iter().any(|not| not.is(day))
    }

    /// Whether a weekday was named.
    pub(super) fn names(&self, day: Weekday) -> bool {
        self.weekdays.contains(&day)
            || self.runs.iter().any(|(first, last)| day.days_since(*first) <= last.days_since(*first))
    }

    fn named(&self, today: NaiveDate) -> Result<Vec<NaiveDate>, Unclear> {
        let has_weekdays = !self.weekdays.is_empty() || !self.runs.is_empty();
        if self.stretches.is_empty() && has_weekdays && self.from.is_none() && self.until.is_none() {
            return self.next_weekdays(today);
        }
        let mut dates = Vec::new();
        if self.stretches.is_empty() {
            // "Before Friday", "after Wednesday": up to what was said, or two weeks.
            let from = self.from.unwrap_or(today).max(today);
            let until = self.until.map_or_else(|| shifted(from, 13), Ok)?;
            dates.extend(all(from, until)?);
        }
        for (from, until) in &self.stretches {
            dates.extend(all(*from, *until)?);
        }
        if has_weekdays {
            // "Tuesday next week" is one of that week; "tomorrow and Tuesday" names two days.
            let is_week = self.stretches.iter().all(|(from, until)| from != until);
            if is_week || self.stretches.is_empty() {
                dates.retain(|day| self.names(day.weekday()));
            } else if self.stretches.iter().all(|(from, until)| from == until) {
                dates.extend(self.next_weekdays(today)?);
            } else {
                return Err(Unclear::TwoWays("weekdays beside days and weeks".to_owned()));
            }
        }
        Ok(dates)
    }

    /// The next of each weekday that is named.
    fn next_weekdays(&self, today: NaiveDate) -> Result<Vec<NaiveDate>, Unclear> {
        let mut dates = Vec::new();
        for day in &self.weekdays {
            dates.push(date(Named::Weekday(*day), today)?);
        }
        for (first, last) in &self.runs {
            let from = date(Named::Weekday(*first), today)?;
            dates.extend(all(from, shifted(from, i64::from(last.days_since(*first)))?)?);
        }
        Ok(dates)
    }
}

fn once(place: &mut Option<NaiveDate>, date: NaiveDate) -> Result<(), Unclear> {
    match place.replace(date) {
        Some(known) if known != date => Err(Unclear::Twice("days")),
        _ => Ok(()),
    }
}

fn all(from: NaiveDate, until: NaiveDate) -> Result<Vec<NaiveDate>, Unclear> {
    let length = u64::try_from(until.signed_duration_since(from).num_days()).map_err(|_| Unclear::NoDay)?;
    if length > DAYS_MAX {
        return Err(Unclear::TooLong);
    }
    Ok((0..=length).filter_map(|days| from.checked_add_days(chrono::Days::new(days))).collect())
}

/// The date of a named day: of a weekday the next, which is none that today has itself.
fn date(named: Named, today: NaiveDate) -> Result<NaiveDate, Unclear> {
    match named {
        Named::Date(date) => Ok(date),
        Named::Weekday(day) if day == today.weekday() => Err(Unclear::TwoWays(named.name())),
        Named::Weekday(day) => shifted(today, i64::from(day.days_since(today.weekday()))),
    }
}

fn shifted(day: NaiveDate, days: i64) -> Result<NaiveDate, Unclear> {
    chrono::TimeDelta::try_days(days).and_then(|delta| day.checked_add_signed(delta)).ok_or(Unclear::TooLong)
}

fn monday(day: NaiveDate) -> Result<NaiveDate, Unclear> {
    shifted(day, -i64::from(day.weekday().num_days_from_monday()))
}

/// What is said of days at `at`, and in how many pieces.
pub(super) fn said(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<(Said, usize)>, Unclear> {
    if let Some(found) = excluded(text, at, today)? {
        return Ok(Some(found));
    }
    if let Some((from, until, length)) = stretch(text, at, today)? {
        return Ok(Some((Said::Stretch(from, until), length)));
    }
    if let Some(found) = bound(text, at, today)? {
        return Ok(Some(found));
    }
    let says = usize::from(text.word(at) == "on");
    let Some((first, length)) = named(text, at + says, today)? else { return Ok(None) };
    let next = at + says + length;
    let goes_on = matches!(text.word(next), "to" | "through" | "until" | "till") || text.is(next, '-');
    if goes_on && let Some((last, more)) = named(text, next + 1, today)? {
        return Ok(Some((run(first, last)?, says + length + 1 + more)));
    }
    let mut days = vec![first];
    let more = of_same_week(text, next, first, &mut days)?;
    Ok(Some((Said::Days(days), says + length + more)))
}

/// What "next Tuesday or Thursday" says after its first day: the others are of the same week.
fn of_same_week(
    text: &Text<'_>,
    mut at: usize,
    first: Named,
    days: &mut Vec<Named>,
) -> Result<usize, Unclear> {
    let from = at;
    let says_week = at >= 2 && matches!(text.word(at - 2), "next" | "this");
    let (Named::Date(first), true) = (first, says_week) else { return Ok(0) };
    loop {
        let comma = usize::from(text.is(at, ','));
        let word = usize::from(matches!(text.word(at + comma), "or" | "and"));
        let Some(day) = weekday(text.word(at + comma + word)).filter(|_| comma + word > 0) else { break };
        days.push(Named::Date(shifted(monday(first)?, i64::from(day.num_days_from_monday()))?));
        at += comma + word + 1;
    }
    Ok(at - from)
}

fn run(first: Named, last: Named) -> Result<Said, Unclear> {
    match (first, last) {
        (Named::Date(first), Named::Date(last)) => Ok(Said::Stretch(first, last)),
        (Named::Weekday(first), Named::Weekday(last)) => Ok(Said::Run(first, last)),
        _ => Err(Unclear::TwoWays("from a day to a weekday".to_owned())),
    }
}

/// `not on Monday`, `except Wednesday and Friday`, `but not tomorrow`.
fn excluded(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<(Said, usize)>, Unclear> {
    let mut next = match (text.word(at), text.word(at + 1)) {
        ("but", "not") | ("except", "for" | "on") | ("not", "on") => at + 2,
        ("not" | "except" | "no" | "without", _) => at + 1,
        _ => return Ok(None),
    };
    next += usize::from(text.word(next) == "on");
    let mut days = Vec::new();
    while let Some((day, length)) = named_or_plural(text, next, today)? {
        days.push(day);
        next += length;
        let goes_on = matches!(text.word(next), "and" | "or");
        if !goes_on || named_or_plural(text, next + 1, today)?.is_none() {
            break;
        }
        next += 1;
    }
    if days.is_empty() {
        return Ok(None);
    }
    if text.is(next, ',') && named_or_plural(text, next + 1, today)?.is_some() {
        return Err(Unclear::TwoWays(text.written(at, next + 2)));
    }
    Ok(Some((Said::Not(days), next - at)))
}

pub(super) fn named_or_plural(
    text: &Text<'_>,
    at: usize,
    today: NaiveDate,
) -> Result<Option<(Named, usize)>, Unclear> {
    match text.word(at).strip_suffix('s').and_then(weekday) {
        Some(day) => Ok(Some((Named::Weekday(day), 1))),
        None => named(text, at, today),
    }
}

/// `before Friday`, `by 3 December`, `after Wednesday`, `starting Monday`.
fn bound(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<(Said, usize)>, Unclear> {
    let (make, length): (fn(Named) -> Said, usize) = match (text.word(at), text.word(at + 1)) {
        ("between", _) => return between(text, at, today),
        ("not" | "no", "before") => (Said::From, 2),
        ("not", "after") | ("no", "later") => (Said::Until, 2 + usize::from(text.word(at + 2) == "than")),
        ("before", _) => (Said::Before, 1),
        ("by" | "until" | "till", _) => (Said::Until, 1),
        ("after", _) => (Said::After, 1),
        ("from" | "starting" | "since", _) => (Said::From, 1 + usize::from(text.word(at + 1) == "on")),
        _ => return Ok(None),
    };
    let Some((day, more)) = named(text, at + length, today)? else { return Ok(None) };
    let mut next = at + length + more;
    let goes_on = text.word(at) == "from" && matches!(text.word(next), "to" | "until" | "till" | "through");
    if goes_on && let Some((last, more)) = named(text, next + 1, today)? {
        return Ok(Some((run(day, last)?, next + 1 + more - at)));
    }
    next += usize::from(text.word(next) == "onwards");
    Ok(Some((make(day), next - at)))
}

fn between(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<(Said, usize)>, Unclear> {
    let Some((first, length)) = named(text, at + 1, today)? else { return Ok(None) };
    let joint = at + 1 + length;
    let Some((last, more)) = named(text, joint + 1, today)?.filter(|_| text.word(joint) == "and") else {
        return Ok(None);
    };
    Ok(Some((run(first, last)?, joint + 1 + more - at)))
}

/// Weeks, months, and what is counted from today.
fn stretch(
    text: &Text<'_>,
    at: usize,
    today: NaiveDate,
) -> Result<Option<(NaiveDate, NaiveDate, usize)>, Unclear> {
    let says = usize::from(matches!(text.word(at), "in" | "within" | "during" | "over" | "on"));
    let start = at + says + usize::from(text.word(at + says) == "the");
    let word = |n: usize| text.word(start + n);
    let this = monday(today)?;
    let found = match (word(0), word(1), word(2)) {
        ("this", "week", "or") if word(3) == "next" => {
            Some((today, shifted(this, 13)?, 4 + usize::from(word(4) == "week")))
        }
        ("this", "week", _) => Some((today, shifted(this, 6)?, 2)),
        ("next", "week", _) => Some((shifted(this, 7)?, shifted(this, 13)?, 2)),
        ("week", "after", "next") => Some((shifted(this, 14)?, shifted(this, 20)?, 3)),
        ("this", "weekend", _) => Some((shifted(this, 5)?.max(today), shifted(this, 6)?, 2)),
        ("next", "weekend", _) => return Err(Unclear::TwoWays("next weekend".to_owned())),
        ("week", "of", _) => match named(text, start + 2, today)? {
            Some((Named::Date(day), more)) => {
                let monday = monday(day)?;
                Some((monday, shifted(monday, 6)?, 2 + more))
            }
            _ => None,
        },
        ("this", "month", _) => Some((today, last_of_month(today)?, 2)),
        ("next", "month", _) => {
            let first = first_of_next_month(today)?;
            Some((first, last_of_month(first)?, 2))
        }
        _ => counted(text, at, start, today)?,
    };
    if let Some((from, until, length)) = found {
        return Ok(Some((from, until, start + length - at)));
    }
    dates_of_month(text, at, today)
        .map_or_else(|| month_named(text, at, says, today), |found| found.map(Some))
}

/// `the next two weeks`, `within 10 days`; "in two weeks" may be a day or a stretch.
fn counted(
    text: &Text<'_>,
    at: usize,
    start: usize,
    today: NaiveDate,
) -> Result<Option<(NaiveDate, NaiveDate, usize)>, Unclear> {
    let says_next = matches!(text.word(start), "next" | "coming");
    let from = start + usize::from(says_next);
    let (count, unit) = match (text.kind(from), text.word(from)) {
        (Some(Kind::Number(count, _)), _) => (Some(*count), 1),
        (_, "a") => (Some(1), 1),
        (_, word) => (hour_word(word), 1),
    };
    let Some(count) = count else { return Ok(None) };
    let days = match text.word(from + unit) {
        "day" | "days" => count,
        "week" | "weeks" => count.saturating_mul(7),
        _ => return Ok(None),
    };
    match (text.word(at), says_next) {
        ("in", false) => Err(Unclear::TwoWays(text.written(at, from + unit + 1))),
        ("within", _) | (_, true) => {
            Ok(Some((today, shifted(today, i64::from(days))?, from + unit + 1 - start)))
        }
        _ => Ok(None),
    }
}

/// `in December`.
fn month_named(
    text: &Text<'_>,
    at: usize,
    says: usize,
    today: NaiveDate,
) -> Result<Option<(NaiveDate, NaiveDate, usize)>, Unclear> {
    if says == 0 || !matches!(text.word(at), "in" | "during") {
        return Ok(None);
    }
    let Some(month) = month(text.word(at + 1)) else { return Ok(None) };
    let year = today.year() + i32::from(month < today.month());
    let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or(Unclear::NoDay)?;
    Ok(Some((first.max(today), last_of_month(first)?, 2)))
}

/// `3-5 December`, `from 3 to 5 December`.
fn dates_of_month(
    text: &Text<'_>,
    at: usize,
    today: NaiveDate,
) -> Option<Result<(NaiveDate, NaiveDate, usize), Unclear>> {
    let start = at + usize::from(matches!(text.word(at), "from" | "between" | "on"));
    let Some(Kind::Number(first, 1..=2)) = text.kind(start) else { return None };
    let joint = start + 1 + usize::from(text.is_ordinal(start + 1));
    let is_joined = text.is(joint, '-')
        || matches!(text.word(joint), "to" | "until" | "through")
        || text.word(joint) == "and" && text.word(at) == "between";
    let Some(Kind::Number(last, 1..=2)) = text.kind(joint + 1).filter(|_| is_joined) else { return None };
    let named = joint + 2 + usize::from(text.is_ordinal(joint + 2));
    let named = named + usize::from(text.word(named) == "of");
    let month = month(text.word(named))?;
    let of = |day| dated(today, None, month, day, || text.written(start, named + 1));
    Some(of(*first).and_then(|first| Ok((first, of(*last)?, named + 1 - at))))
}

fn last_of_month(day: NaiveDate) -> Result<NaiveDate, Unclear> {
    shifted(first_of_next_month(day)?, -1)
}

fn first_of_next_month(day: NaiveDate) -> Result<NaiveDate, Unclear> {
    day.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))).ok_or(Unclear::NoDay)
}

/// One day: `tomorrow`, `next Tuesday`, `3 December`, `2026-12-03`, `the 3rd`.
fn named(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<(Named, usize)>, Unclear> {
    let start = at + usize::from(text.word(at) == "the");
    let date = |days, length| Ok(Some((Named::Date(shifted(today, days)?), start + length - at)));
    match (text.word(start), text.word(start + 1), text.word(start + 2)) {
        ("day", "after", "tomorrow") => return date(2, 3),
        ("today" | "tonight", ..) => return date(0, 1),
        ("tomorrow", ..) => return date(1, 1),
        ("yesterday", ..) => return Err(Unclear::NoDay),
        (which @ ("this" | "next" | "coming"), word, _) => {
            if let Some(day) = weekday(word).or_else(|| weekday_short(word)) {
                let of_week =
                    |weeks: i64| shifted(monday(today)?, 7 * weeks + i64::from(day.num_days_from_monday()));
                let named = match which {
                    "next" => Named::Date(of_week(1)?),
                    "this" => Named::Date(of_week(0)?),
                    _ => Named::Weekday(day),
                };
                return Ok(Some((named, start + 2 - at)));
            }
        }
        _ => {}
    }
    let word = text.word(start);
    if let Some(day) = weekday(word).or_else(|| weekday_short(word)) {
        let next = start + 1 + usize::from(text.is(start + 1, '.') && weekday(word).is_none());
        return match dated_after(text, next, today)? {
            Some((date, end)) if date.weekday() != day => Err(Unclear::NoSuch(text.written(start, end))),
            Some((date, end)) => Ok(Some((Named::Date(date), end - at))),
            None => Ok(Some((Named::Weekday(day), next - at))),
        };
    }
    Ok(dated_words(text, start, today)?.map(|(date, length)| (Named::Date(date), start + length - at)))
}

/// The date that says which Tuesday is meant: `Tuesday, 3 December`; with the place behind it.
fn dated_after(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<(NaiveDate, usize)>, Unclear> {
    let mut start = at + usize::from(text.is(at, ','));
    start += usize::from(text.word(start) == "the");
    let found = dated_words(text, start, today)?;
    Ok(found.map(|(date, length)| (date, start + length)))
}

/// A date, in whichever form it is written.
fn dated_words(text: &Text<'_>, at: usize, today: NaiveDate) -> Result<Option<(NaiveDate, usize)>, Unclear> {
    let number = |n: usize| match text.kind(n) {
        Some(Kind::Number(number, digits)) => Some((*number, *digits)),
        _ => None,
    };
    let year_at = |n: usize| number(n).filter(|(year, digits)| *digits == 4 && (2000..2200).contains(year));
    if let Some(month) = month(text.word(at)) {
        let Some((day, _)) = number(at + 1).filter(|(_, digits)| *digits <= 2) else { return Ok(None) };
        let mut next = at + 2 + usize::from(text.is_ordinal(at + 2));
        let comma = usize::from(text.is(next, ','));
        let year = year_at(next + comma);
        next += year.map_or(0, |_| comma + 1);
        let date = dated(today, year.map(|(year, _)| year), month, day, || text.written(at, next))?;
        return Ok(Some((date, next - at)));
    }
    let Some((first, digits)) = number(at) else { return Ok(None) };
    if let Some(found) = numeric(text, at, today, (first, digits))? {
        return Ok(Some(found));
    }
    let mut next = at + 1 + usize::from(text.is_ordinal(at + 1) || text.is(at + 1, '.'));
    next += usize::from(text.word(next) == "of");
    if let Some(month) = month(text.word(next)).filter(|_| digits <= 2) {
        let year = year_at(next + 1);
        next += 1 + usize::from(year.is_some());
        let date = dated(today, year.map(|(year, _)| year), month, first, || text.written(at, next))?;
        return Ok(Some((date, next - at)));
    }
    if text.is_ordinal(at + 1) && digits <= 2 {
        let none = || Unclear::NoSuch(text.written(at, at + 2));
        let this = today.with_day(first).filter(|day| *day >= today);
        let found = match this {
            Some(day) => day,
            None => first_of_next_month(today)?.with_day(first).ok_or_else(none)?,
        };
        return Ok(Some((found, 2)));
    }
    Ok(None)
}

/// `2026-12-03`, `3.12.2026`, `13/12`; "3/12" may be March or December.
fn numeric(
    text: &Text<'_>,
    at: usize,
    today: NaiveDate,
    (first, digits): (u32, usize),
) -> Result<Option<(NaiveDate, usize)>, Unclear> {
    let Some(sign) = ['-', '.', '/'].into_iter().find(|sign| text.is(at + 1, *sign) && text.is_glued(at + 1))
    else {
        return Ok(None);
    };
    let number = |n: usize| match text.kind(n) {
        Some(Kind::Number(number, digits)) if text.is_glued(n) => Some((*number, *digits)),
        _ => None,
    };
    let Some((second, _)) = number(at + 2).filter(|(_, digits)| *digits <= 2) else { return Ok(None) };
    let third = number(at + 4).filter(|_| text.is(at + 3, sign) && text.is_glued(at + 3));
    let written = |length: usize| text.written(at, at + length);
    match (sign, digits, third) {
        ('-', 4, Some((day, _))) => Ok(Some((dated(today, Some(first), second, day, || written(5))?, 5))),
        ('.', 1..=2, Some((year, 4))) => {
            Ok(Some((dated(today, Some(year), second, first, || written(5))?, 5)))
        }
        ('.', 1..=2, None) if text.is(at + 3, '.') && text.is_glued(at + 3) => {
            Ok(Some((dated(today, None, second, first, || written(4))?, 4)))
        }
        ('/', 1..=2, third) => {
            let year = third.filter(|(_, digits)| *digits == 4).map(|(year, _)| year);
            let length = if third.is_some() { 5 } else { 3 };
            match (first, second) {
                _ if third.is_some() && year.is_none() => Err(Unclear::TwoWays(written(length))),
                (day, month) if day > 12 || day == month => {
                    Ok(Some((dated(today, year, month, day, || written(length))?, length)))
                }
                (month, day) if day > 12 => {
                    Ok(Some((dated(today, year, month, day, || written(length))?, length)))
                }
                _ => Err(Unclear::TwoWays(written(length))),
            }
        }
        _ => Ok(None),
    }
}

/// A date that exists and is not over; without a year the next one.
fn dated(
    today: NaiveDate,
    year: Option<u32>,
    month: u32,
    day: u32,
    written: impl Fn() -> String,
) -> Result<NaiveDate, Unclear> {
    // A leap year, so that 29 February is there.
    if NaiveDate::from_ymd_opt(2024, month, day).is_none() {
        return Err(Unclear::NoSuch(written()));
    }
    let date = match year {
        Some(year) => i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day)),
        None => next_date(today, month, day),
    };
    date.filter(|date| *date >= today).ok_or(Unclear::NoDay)
}
