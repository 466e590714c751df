//! Mentions: the dates, times, lengths and zones that a stretch of text names, each on its own.

use chrono::{NaiveDate, Weekday};

use crate::base::time::{DAY, HOUR, MINUTE};

use super::lexicon::{
    Part, hour_word, is_at, is_vague, may_follow_hour, minute_word, month, part, weekday, weekday_short,
};
use super::tokens::{Kind, Token};

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    pub(super) hour: u32,
    pub(super) minute: u32,
    /// Whether it may be meant in either half of the day.
    pub(super) is_open: bool,
}

/// Which of the weeks a weekday is meant in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Week {
    Any,
    This,
    Next,
}

/// Something that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mention {
    /// Year if given, month, day.
    Date(Option<i32>, u32, u32),
    DayOfMonth(u32),
    /// Days from today.
    FromToday(i64),
    /// Days from the meeting's day.
    FromMeeting(i64),
    Weekday(Weekday, Week),
    NextWeek,
    Time(TimeOfDay, Option<TimeOfDay>),
    SameTime,
    Part(Part),
    /// Today, in the evening.
    Tonight,
    /// Milliseconds that it is to take.
    Length(i64),
    /// Milliseconds that it is to move.
    Shift(i64),
    /// A zone as it was written after a time.
    Zone(String),
    /// Something that names no one point in time.
    Vague,
}

/// All mentions, in order.
pub(super) fn mentions(tokens: &[Token]) -> Vec<Mention> {
    let text = Text(tokens);
    let mut found = Vec::new();
    let (mut at, mut read_to) = (0, 0);
    while at < tokens.len() {
        let read = text
            .date(at)
            .or_else(|| text.relative(at))
            .or_else(|| text.amount_of_time(at))
            .or_else(|| text.time(at));
        let Some((mention, length)) = read else {
            at += 1;
            continue;
        };
        let names_a_point = matches!(
            mention,
            Mention::Date(..)
                | Mention::DayOfMonth(_)
                | Mention::FromToday(_)
                | Mention::Weekday(..)
                | Mention::Time(_, None)
        );
        if names_a_point && text.is_vague_before(at, read_to) {
            found.push(Mention::Vague);
        }
        let is_time = matches!(mention, Mention::Time(..));
        found.push(mention);
        at += length.max(1);
        read_to = at;
        if is_time && let Some((zone, length)) = text.zone(at) {
            found.push(Mention::Zone(zone));
            at += length;
        }
    }
    found
}

/// The tokens, looked at by position; beyond the ends there is nothing.
struct Text<'a>(&'a [Token]);

type Read = Option<(Mention, usize)>;

impl Text<'_> {
    fn word(&self, at: usize) -> &str {
        self.0.get(at).map_or("", Token::word)
    }

    fn before(&self, at: usize, back: usize) -> &str {
        at.checked_sub(back).map_or("", |at| self.word(at))
    }

    fn number(&self, at: usize) -> Option<(u32, usize)> {
        self.0.get(at)?.number()
    }

    fn is(&self, at: usize, sign: char) -> bool {
        self.0.get(at).is_some_and(|token| token.is(sign))
    }

    fn is_glued(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|token| token.is_glued)
    }

    fn is_dash(&self, at: usize) -> bool {
        ['-', '–', '—', '−'].iter().any(|dash| self.is(at, *dash))
    }

    /// Whether the words before say that a stretch of time is meant; those before `read_to` belong to
    /// another mention.
    fn is_vague_before(&self, at: usize, read_to: usize) -> bool {
        let is_filler = |word: &str| {
            matches!(word, "the" | "at" | "about" | "around" | "next" | "this" | "on" | "le" | "las")
        };
        let mut back = 1;
        while is_filler(self.before(at, back)) {
            back += 1;
        }
        at.saturating_sub(back) >= read_to && is_vague(self.before(at, back))
    }

    fn date(&self, at: usize) -> Read {
        self.numeric_date(at).or_else(|| self.named_date(at)).or_else(|| self.day_of_month(at))
    }

    /// `2026-11-25`, `25.11.2026`, `25.11.`, `25/11`.
    fn numeric_date(&self, at: usize) -> Read {
        let (first, digits) = self.number(at)?;
        if self.is_glued(at) && at > 0 && !self.is(at - 1, '(') {
            return None;
        }
        let sign =
            ['-', '.', '/'].into_iter().find(|sign| self.is(at + 1, *sign) && self.is_glued(at + 1))?;
        let (second, second_digits) = self.number(at + 2).filter(|_| self.is_glued(at + 2))?;
        let third = (self.is(at + 3, sign) && self.is_glued(at + 3))
            .then(|| self.number(at + 4).filter(|_| self.is_glued(at + 4)))
            .flatten();
        if digits == 4 {
            let (day, _) = third.filter(|_| sign != '.')?;
            return Some((Mention::Date(i32::try_from(first).ok(), second, day), 5));
        }
        if second_digits > 2 || digits > 2 {
            return None;
        }
        let year = third.and_then(|(year, digits)| match digits {
            4 => i32::try_from(year).ok(),
            2 => i32::try_from(2000 + year).ok(),
            _ => None,
        });
        let ends_with_point = self.is(at + 3, '.') && self.is_glued(at + 3);
        match sign {
            '.' if year.is_some() => Some((Mention::Date(year, second, first), 5)),
            '.' if second <= 12 && (first > 24 || ends_with_point && self.before(at, 1) == "am") => {
                Some((Mention::Date(None, second, first), 3 + usize::from(ends_with_point)))
            }
            '/' => {
                let length = if year.is_some() { 5 } else { 3 };
                let mention = match (first, second) {
                    (day, month) if day > 12 || day == month => Mention::Date(year, month, day),
                    (month, day) if day > 12 => Mention::Date(year, month, day),
                    _ => Mention::Vague,
                };
                Some((mention, length))
            }
            _ => None,
        }
    }

    /// `25 Nov`, `25th of November 2026`, `25. November`, `Nov 25th, 2026`.
    fn named_date(&self, at: usize) -> Read {
        let (day, month, mut next) =
            if let Some((day, _)) = self.number(at).filter(|(_, digits)| *digits <= 2) {
                let mut next = at + 1;
                if self.is(next, '.') || self.is_ordinal(next) {
                    next += 1;
                }
                if matches!(self.word(next), "of" | "de") {
                    next += 1;
                }
                (day, month(self.word(next))?, next + 1)
            } else {
                let month = month(self.word(at))?;
                let mut next = at + 1 + usize::from(self.is(at + 1, '.'));
                next += usize::from(self.word(next) == "the");
                let (day, _) = self.number(next).filter(|(_, digits)| *digits <= 2)?;
                let is_a_time =
                    self.is(next + 1, ':') || matches!(self.word(next + 1), "am" | "pm" | "h" | "uhr");
                if is_a_time {
                    return None;
                }
                (day, month, next + 1 + usize::from(self.is_ordinal(next + 1)))
            };
        next += usize::from(self.is(next, '.') && self.number(next + 1).is_some());
        let comma = usize::from(self.is(next, ',') || matches!(self.word(next), "de"));
        let year =
            self.number(next + comma).filter(|(year, digits)| *digits == 4 && (1970..2200).contains(year));
        if year.is_some() {
            next += comma + 1;
        }
        Some((Mention::Date(year.and_then(|(year, _)| i32::try_from(year).ok()), month, day), next - at))
    }

    fn is_ordinal(&self, at: usize) -> bool {
        self.is_glued(at) && matches!(self.word(at), "st" | "nd" | "rd" | "th" | "er")
    }

    /// `the 25th`, `am 25.`, `le 25`.
    fn day_of_month(&self, at: usize) -> Read {
        let (day, digits) = self.number(at)?;
        let has_article = matches!(self.before(at, 1), "the" | "on") && self.is_ordinal(at + 1)
            || self.before(at, 1) == "am" && self.is(at + 1, '.') && !self.is_glued(at + 2)
            || self.before(at, 1) == "le"
                && !matches!(self.word(at + 1), "h" | "min" | "minutes")
                && !self.is(at + 1, ':');
        (digits <= 2 && (1..=31).contains(&day) && has_article).then_some((Mention::DayOfMonth(day), 2))
    }

    /// Words for days.
    fn relative(&self, at: usize) -> Read {
        let (before, word) = (self.before(at, 1), self.word(at));
        let next = (self.word(at + 1), self.word(at + 2));
        let hyphened = if self.is_dash(at + 1) && self.is_glued(at + 1) { next.1 } else { "" };
        let is_greeting =
            matches!(before, "good" | "guten" | "gute" | "schönen" | "buenos" | "buenas" | "bon" | "bonne");
        Some(match (word, next.0, next.1) {
            ("day", "after", "tomorrow") => (Mention::FromToday(2), 3),
            ("day", "after" | "later", _) | ("following", "day", _) if !self.names_day(at + 2) => {
                (Mention::FromMeeting(1), 2)
            }
            ("next", "day", _) => (Mention::FromMeeting(1), 2),
            ("day", "before" | "earlier", _) if !self.names_day(at + 2) => (Mention::FromMeeting(-1), 2),
            ("week", "later" | "after", _) => (Mention::FromMeeting(7), 2),
            ("week", "earlier", _) => (Mention::FromMeeting(-7), 2),
            ("next" | "following" | "nächste" | "nächster" | "próxima", "week" | "woche" | "semana", _)
            | ("semaine" | "semana", "prochaine" | "próxima", _) => (Mention::NextWeek, 2),
            (
                "same" | "gleiche" | "selbe" | "gleichen" | "même" | "misma",
                "time" | "zeit" | "uhrzeit" | "heure" | "hora",
                _,
            ) => (Mention::SameTime, 2),
            ("today" | "heute" | "aujourd'hui" | "hoy", ..) => (Mention::FromToday(0), 1),
            ("tonight", ..) => (Mention::Tonight, 1),
            ("pasado", "mañana", _) => (Mention::FromToday(2), 2),
            ("mañana", ..) if before == "la" => (Mention::Part(Part::Morning), 1),
            ("morgen", ..) if weekday(before).is_some() || before == "heute" => {
                (Mention::Part(Part::Morning), 1)
            }
            ("tomorrow" | "morgen" | "demain" | "mañana", ..) if !is_greeting => (Mention::FromToday(1), 1),
            ("yesterday" | "gestern" | "ayer", ..) => (Mention::Vague, 1),
            ("übermorgen", ..) => (Mention::FromToday(2), 1),
            ("après", ..) if hyphened == "demain" => (Mention::FromToday(2), 3),
            ("après", ..) if hyphened == "midi" => (Mention::Part(Part::Afternoon), 3),
            // The part itself is the next token's.
            ("this", ..) if part(next.0).is_some() => (Mention::FromToday(0), 1),
            _ if is_greeting => return None,
            _ => return self.weekday(at).or_else(|| Some((Mention::Part(part(word)?), 1))),
        })
    }

    fn names_day(&self, at: usize) -> bool {
        weekday(self.word(at)).is_some() || self.number(at).is_some() || self.word(at) == "the"
    }

    fn weekday(&self, at: usize) -> Read {
        let word = self.word(at);
        let before = self.before(at, 1);
        let after = self.word(at + 1);
        let day = weekday(word).or_else(|| {
            let is_meant = matches!(before, "on" | "next" | "this" | "coming" | "or")
                || self.number(at + 1).is_some()
                || is_at(after)
                || self.is(at + 1, '.')
                || self.is(at + 1, ',') && self.number(at + 2).is_some();
            weekday_short(word).filter(|_| is_meant)
        })?;
        let week = match (before, after) {
            ("next" | "nächsten" | "nächster" | "próximo", _) | (_, "prochain") => Week::Next,
            ("this" | "diesen" | "ce" | "este", _) => Week::This,
            _ => Week::Any,
        };
        Some((Mention::Weekday(day, week), 1))
    }

    /// `for 45 minutes`, `an hour later`, `postpone by half an hour`.
    fn amount_of_time(&self, at: usize) -> Read {
        let (amount, length) = self.amount(at)?;
        let after = (self.word(at + length), self.word(at + length + 1));
        let before = (self.before(at, 2), self.before(at, 1));
        Some(match (before, after) {
            (_, ("later" | "später", _) | ("plus", "tard") | ("más", "tarde")) => {
                (Mention::Shift(amount), length + 1)
            }
            (_, ("earlier" | "früher", _) | ("plus", "tôt")) => (Mention::Shift(-amount), length + 1),
            ((_, "for" | "für" | "pendant" | "durante"), _) => (Mention::Length(amount), length),
            ((_, "by" | "um" | "in"), _) if amount % DAY == 0 && before.1 == "in" => {
                (Mention::FromToday(amount / DAY), length)
            }
            (("postpone" | "delay" | "it", "by"), _)
                if matches!(self.before(at, 3), "postpone" | "delay") || before.0 != "it" =>
            {
                (Mention::Shift(amount), length)
            }
            // A number of minutes is no time of day.
            _ => (Mention::Vague, length),
        })
        .filter(|(mention, _)| *mention != Mention::Vague || before.1 == "in")
    }

    /// `45 minutes`, `an hour`, `half an hour`, `two days`.
    fn amount(&self, at: usize) -> Option<(i64, usize)> {
        if self.word(at) == "half" && matches!(self.word(at + 1), "an" | "hour") {
            let length = if self.word(at + 1) == "an" { 3 } else { 2 };
            return (self.word(at + length - 1) == "hour").then_some((HOUR / 2, length));
        }
        let count = match self.word(at) {
            "a" | "an" | "eine" | "einen" | "une" | "una" => 1,
            word => match self.number(at) {
                Some((number, _)) => i64::from(number),
                None => {
                    i64::from(minute_word(word).filter(|minutes| *minutes > 12).or_else(|| hour_word(word))?)
                }
            },
        };
        let unit = match self.word(at + 1) {
            "minute" | "minutes" | "min" | "mins" | "minuten" | "minutos" => MINUTE,
            "hour" | "hours" | "hr" | "hrs" | "stunde" | "stunden" | "heure" | "heures" | "hora"
            | "horas"
                if !matches!(self.before(at, 1), "à" | "at") =>
            {
                HOUR
            }
            "day" | "days" | "tage" | "tagen" | "jours" | "días" => DAY,
            "week" | "weeks" | "wochen" | "semaines" | "semanas" => 7 * DAY,
            _ => return None,
        };
        Some((count * unit, 2))
    }

    /// `3pm EST`, `3pm Paris time`.
    fn zone(&self, at: usize) -> Option<(String, usize)> {
        let at = at + usize::from(self.is(at, '('));
        if let Some(Kind::Word(word, true)) = self.0.get(at).map(|token| &token.kind)
            && (2..=4).contains(&word.len())
            && !matches!(word.as_str(), "ok" | "am" | "pm" | "or" | "on" | "if" | "is" | "and" | "asap")
        {
            return Some((word.to_uppercase(), 1));
        }
        let is_place = |at: usize| {
            let word = self.word(at);
            !word.is_empty()
                && !matches!(
                    word,
                    "same"
                        | "any"
                        | "some"
                        | "this"
                        | "that"
                        | "the"
                        | "what"
                        | "of"
                        | "is"
                        | "at"
                        | "which"
                        | "next"
                        | "more"
                        | "every"
                )
        };
        if is_place(at) && self.word(at + 1) == "time" {
            return Some((self.word(at).to_owned(), 2));
        }
        (is_place(at) && is_place(at + 1) && self.word(at + 2) == "time")
            .then(|| (format!("{} {}", self.word(at), self.word(at + 1)), 3))
    }

    /// A time, or two with a dash or a word between them.
    fn time(&self, at: usize) -> Read {
        let joined = |at: usize| {
            self.is_dash(at)
                || matches!(self.word(at), "to" | "until" | "till" | "til" | "bis" | "à" | "a" | "-")
        };
        if let Some((first, length)) = self.hour(at, false) {
            let next = at + length;
            let skip = 1 + usize::from(self.word(next + 1) == "las");
            let second = joined(next).then(|| self.hour(next + skip, true)).flatten();
            return Some(match second {
                Some((second, more)) => (Mention::Time(first, Some(second)), length + skip + more),
                None => (Mention::Time(first, None), length),
            });
        }
        // "3-4pm", "from 3 to 4pm": the second says that the first is a time.
        let (hour, _) = self.number(at).filter(|(hour, digits)| *hour <= 24 && *digits <= 2)?;
        if !joined(at + 1) || self.is_glued(at) && !self.is(at.checked_sub(1)?, '(') {
            return None;
        }
        let (second, length) = self.hour(at + 2, false)?;
        let is_pm = !second.is_open && second.hour > 12 && self.says_half(at + 2, length);
        let first = match hour {
            1..=11 if is_pm && hour + 12 < second.hour + u32::from(second.minute > 0) => closed(hour + 12, 0),
            _ => open(hour, 0),
        };
        Some((Mention::Time(first, Some(second)), 2 + length))
    }

    fn says_half(&self, at: usize, length: usize) -> bool {
        (at..at + length).any(|at| matches!(self.word(at), "am" | "pm"))
    }

    /// A time of day, and how many tokens it takes. After "to" a bare number will do.
    fn hour(&self, at: usize, may_be_bare: bool) -> Option<(TimeOfDay, usize)> {
        self.hour_in_words(at)
            .or_else(|| self.hour_in_digits(at, may_be_bare))
            .filter(|(hour, _)| hour.hour < 24 && hour.minute < 60)
    }

    fn hour_in_digits(&self, at: usize, may_be_bare: bool) -> Option<(TimeOfDay, usize)> {
        let (hour, digits) = self.number(at).filter(|(_, digits)| *digits <= 2)?;
        let is_after_sign = self.is_glued(at)
            && at > 0
            && !matches!(self.0[at - 1].kind, Kind::Sign('-' | '–' | '—' | '(' | '@' | '~' | ',' | '"'));
        if is_after_sign {
            return None;
        }
        let minute_at = |at: usize| self.number(at).filter(|(_, digits)| *digits == 2 && self.is_glued(at));
        let says_at = is_at(self.before(at, 1)) || at > 0 && self.is(at - 1, '@');
        let is_hour_sign = matches!(self.word(at + 1), "h" | "heures" | "heure");
        let (minute, length, is_marked) = if self.is(at + 1, ':') && self.is_glued(at + 1) {
            (minute_at(at + 2)?.0, 3, true)
        } else if is_hour_sign {
            match minute_at(at + 2).or_else(|| {
                self.number(at + 2).filter(|(_, digits)| *digits == 2 && self.word(at + 1) == "h")
            }) {
                Some((minute, _)) => (minute, 3, true),
                None => (0, 2, true),
            }
        } else if let Some((minute, _)) =
            minute_at(at + 2).filter(|_| self.is(at + 1, '.') && self.is_glued(at + 1))
        {
            let says_time = says_at || matches!(self.word(at + 3), "am" | "pm" | "uhr" | "h");
            (minute, 3, says_time)
        } else {
            (0, 1, false)
        };
        let after = at + length;
        match self.word(after) {
            half @ ("am" | "pm") if self.is_half_of_day(at, after) => {
                return (1..=12)
                    .contains(&hour)
                    .then(|| (closed(hour % 12 + if half == "pm" { 12 } else { 0 }, minute), length + 1));
            }
            "uhr" => {
                let minutes = self.number(after + 1).filter(|(_, digits)| *digits == 2 && minute == 0);
                let (minute, more) = minutes.map_or((minute, 1), |(minute, _)| (minute, 2));
                return Some((either(hour, digits, minute), length + more));
            }
            "o'clock" | "oclock" => return Some((either(hour, digits, minute), length + 1)),
            "noon" if hour == 12 => return Some((closed(12, 0), length + 1)),
            "past" | "to" => {
                if let Some(said) = self.minutes_to(at, hour) {
                    return Some(said);
                }
            }
            _ => {}
        }
        let is_of_the_day =
            self.word(after) == "in" && self.word(after + 1) == "the" && part(self.word(after + 2)).is_some();
        let is_of_something_else = self.is_ordinal(after)
            || self.is(after, '/')
            || self.is(after, '%')
            || self.is(after, '.') && self.number(after + 1).is_some() && self.is_glued(after + 1)
            || self.is_glued(after) && !self.word(after).is_empty()
            || !may_follow_hour(self.word(after));
        let is_time =
            is_marked || (says_at || may_be_bare || is_of_the_day) && !is_of_something_else && length == 1;
        is_time.then(|| (either(hour, digits, minute), length))
    }

    /// Whether `am` is half of the day and not German for "on".
    fn is_half_of_day(&self, at: usize, after: usize) -> bool {
        let is_german = self.before(at, 1) == "um"
            || weekday(self.word(after + 1)).is_some_and(|_| !self.is_glued(after));
        self.word(after) == "pm" || !is_german || self.is_glued(after)
    }

    /// `ten past three`, `5 to 4`, `quarter to nine`.
    fn minutes_to(&self, at: usize, minutes: u32) -> Option<(TimeOfDay, usize)> {
        let is_to = matches!(self.word(at + 1), "to" | "vor");
        if !(is_to || matches!(self.word(at + 1), "past" | "nach")) || minutes == 0 || minutes >= 60 {
            return None;
        }
        let hour = hour_word(self.word(at + 2)).or_else(|| self.number(at + 2).map(|(hour, _)| hour))?;
        if self.is(at + 3, ':') || !(1..=12).contains(&hour) || !matches!(minutes, 5 | 10 | 15 | 20 | 25) {
            return None;
        }
        let half = matches!(self.word(at + 3), "am" | "pm");
        if is_to && self.number(at).is_some() && half {
            return None;
        }
        let (hour, minute) =
            if is_to { (if hour == 1 { 12 } else { hour - 1 }, 60 - minutes) } else { (hour, minutes) };
        Some(self.with_half(open(hour, minute), at + 3, 3))
    }

    fn with_half(&self, said: TimeOfDay, at: usize, length: usize) -> (TimeOfDay, usize) {
        match self.word(at) {
            "pm" => (closed(said.hour % 12 + 12, said.minute), length + 1),
            "am" if self.is_half_of_day(at.saturating_sub(1), at) => {
                (closed(said.hour % 12, said.minute), length + 1)
            }
            _ => (said, length),
        }
    }

    fn hour_in_words(&self, at: usize) -> Option<(TimeOfDay, usize)> {
        let number = |at: usize| {
            hour_word(self.word(at))
                .or_else(|| self.number(at).map(|(hour, _)| hour).filter(|hour| (1..=12).contains(hour)))
        };
        match self.word(at) {
            "noon" | "midday" | "mittag" | "mittags" | "midi" | "mediodía" | "mediodia" => {
                return Some((closed(12, 0), 1));
            }
            "half" => {
                let skip = 1 + usize::from(self.word(at + 1) == "past");
                let hour = number(at + skip)?;
                return Some(self.with_half(open(hour, 30), at + skip + 1, skip + 1));
            }
            "halb" => {
                let hour = number(at + 1)?;
                return Some((open(if hour == 1 { 12 } else { hour - 1 }, 30), 2));
            }
            "" => return None,
            _ => {}
        }
        if let Some(said) = minute_word(self.word(at)).and_then(|minutes| self.minutes_to(at, minutes)) {
            return Some(said);
        }
        let hour = hour_word(self.word(at))?;
        let next = self.word(at + 1);
        if matches!(next, "o'clock" | "oclock" | "uhr") {
            return Some((open(hour, 0), 2));
        }
        let (minute, length) = match minute_word(next) {
            Some(minute) if minute >= 10 && !matches!(self.word(at + 2), "past" | "to") => (minute, 2),
            _ => (0, 1),
        };
        let says_half = self.word(at + length) == "pm"
            || self.word(at + length) == "am" && self.is_half_of_day(at, at + length);
        let is_count = matches!(
            next,
            "of" | "people" | "times" | "minutes" | "hours" | "days" | "weeks" | "hour" | "point"
        );
        (says_half || is_at(self.before(at, 1)) && !is_count)
            .then(|| self.with_half(open(hour, minute), at + length, length))
    }
}

fn closed(hour: u32, minute: u32) -> TimeOfDay {
    TimeOfDay { hour, minute, is_open: false }
}

fn open(hour: u32, minute: u32) -> TimeOfDay {
    TimeOfDay { hour, minute, is_open: (1..=12).contains(&hour) }
}

/// `03:30` is written by the 24-hour clock; `3:30` may be either.
fn either(hour: u32, digits: usize, minute: u32) -> TimeOfDay {
    if digits == 2 && hour < 10 { closed(hour, minute) } else { open(hour, minute) }
}

/// The day of a date without a year: the next one on or after `today`, if it is not most of a year away.
pub(super) fn next_date(today: NaiveDate, month: u32, day: u32) -> Option<NaiveDate> {
    use chrono::Datelike;
    let found = [today.year(), today.year() + 1]
        .into_iter()
        .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
        .find(|date| *date >= today)?;
    (found.signed_duration_since(today).num_days() <= 300).then_some(found)
}
