//! The conditions under which somebody's time, or a room's, can be had, as fields of a form.

use std::collections::BTreeSet;

use super::words;
use crate::base::error::{Error, Result};
use crate::base::hours::{Week, Window};
use crate::network::{Constraints, Day, Length, Place};
use crate::web::form::Fields;
use crate::web::view::grants::Conditions;
use crate::web::view::parts::Choice;

/// What is offered for the notice, in minutes.
pub(super) const NOTICES: [u32; 9] = [0, 30, 60, 120, 240, 480, 1_440, 2_880, 10_080];
/// What is offered for the horizon, in days.
pub(super) const HORIZONS: [u32; 7] = [7, 14, 30, 60, 90, 180, 365];
/// What is offered for buffers, in minutes.
pub(super) const BUFFERS: [u32; 7] = [0, 5, 10, 15, 30, 45, 60];

/// Conditions as fields.
pub(super) fn fields(constraints: &Constraints) -> Conditions {
    let Constraints { hours, length, .. } = constraints;
    let choice = |value: &str, words: &str, chosen| Choice::new(value, words, "", chosen);
    Conditions {
        weekdays: Day::ALL
            .iter()
            .map(|day| choice(day.as_str(), day.name(), constraints.weekdays.contains(day)))
            .collect(),
        hours: hours.as_ref().map_or_else(String::new, hours_text),
        notice: options(&NOTICES, constraints.notice_minutes, |it| minutes(it, "no time")),
        horizon: options(&HORIZONS, constraints.horizon_days, |it| many(it, "day")),
        length_min: length.min.to_string(),
        length_max: length.max.to_string(),
        length_default: length.default.to_string(),
        before: options(&BUFFERS, constraints.buffer_before_minutes, |it| minutes(it, "nothing")),
        after: options(&BUFFERS, constraints.buffer_after_minutes, |it| minutes(it, "nothing")),
        per_week: constraints.per_week.map_or_else(String::new, |most| most.to_string()),
        places: Place::ALL
            .iter()
            .map(|place| {
                let chosen = constraints.places.contains(place);
                choice(place.as_str(), &words::sentence(place.words()), chosen)
            })
            .collect(),
    }
}

/// What the fields say, or what is wrong with which of them.
pub(super) fn read(fields: &Fields) -> Result<Constraints> {
    let number = |field: &'static str| -> Result<u32> {
        fields.get(field).trim().parse().map_err(|_| Error::invalid(field, "This should be a whole number."))
    };
    let per_week = match fields.get("per_week").trim() {
        "" => None,
        _ => Some(number("per_week")?),
    };
    Ok(Constraints {
        hours: hours_of(fields.get("hours"))?,
        weekdays: fields.all("weekdays").filter_map(Day::parse).collect(),
        notice_minutes: number("notice_minutes")?,
        horizon_days: number("horizon_days")?,
        length: Length {
            min: number("length.min")?,
            max: number("length.max")?,
            default: number("length.default")?,
        },
        buffer_before_minutes: number("buffer_before_minutes")?,
        buffer_after_minutes: number("buffer_after_minutes")?,
        per_week,
        places: fields.all("places").filter_map(Place::parse).collect(),
    })
}

/// The fields as they were typed, which may be more than can be read.
pub(super) fn typed(fields: &Fields, present: Conditions) -> Conditions {
    Conditions {
        weekdays: chosen(fields, "weekdays", present.weekdays),
        hours: fields.owned("hours"),
        notice: chosen(fields, "notice_minutes", present.notice),
        horizon: chosen(fields, "horizon_days", present.horizon),
        length_min: fields.owned("length.min"),
        length_max: fields.owned("length.max"),
        length_default: fields.owned("length.default"),
        before: chosen(fields, "buffer_before_minutes", present.before),
        after: chosen(fields, "buffer_after_minutes", present.after),
        per_week: fields.owned("per_week"),
        places: chosen(fields, "places", present.places),
    }
}

/// Choices as they were sent.
pub(super) fn chosen(fields: &Fields, field: &str, choices: Vec<Choice>) -> Vec<Choice> {
    let sent: BTreeSet<&str> = fields.all(field).collect();
    choices.into_iter().map(|one| Choice { chosen: sent.contains(one.value.as_str()), ..one }).collect()
}

/// What a program set beside what is offered is offered as well.
pub(super) fn options(offered: &[u32], present: u32, words: impl Fn(u32) -> String) -> Vec<Choice> {
    let all: BTreeSet<u32> = offered.iter().copied().chain([present]).collect();
    all.into_iter().map(|it| Choice::new(it.to_string(), words(it), "", it == present)).collect()
}

pub(super) fn minutes(count: u32, none: &str) -> String {
    match count {
        0 => none.to_owned(),
        days if days.is_multiple_of(1_440) => many(days / 1_440, "day"),
        hours if hours.is_multiple_of(60) => many(hours / 60, "hour"),
        count => many(count, "minute"),
    }
}

pub(super) fn many(count: u32, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// `09:00-12:00` where every day has the same, else `Mon 09:00-12:00; Tue 10:00-11:00`.
pub(super) fn hours_text(week: &Week) -> String {
    let windows = |day: &[Window]| day.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let days = week.days();
    if days.iter().all(|day| *day == days[0]) {
        return windows(&days[0]);
    }
    let told = Day::ALL.iter().zip(days).filter(|(_, day)| !day.is_empty());
    told.map(|(name, day)| format!("{} {}", &name.name()[..3], windows(day))).collect::<Vec<_>>().join("; ")
}

/// Reads what [`hours_text`] writes. Nothing: no hours of its own.
pub(super) fn hours_of(text: &str) -> Result<Option<Week>> {
    let wrong = || Error::invalid("hours", "The hours should look like 09:00-12:00, 14:00-16:30.");
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let mut days: [Vec<Window>; 7] = Default::default();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let named = part
            .split_once(char::is_whitespace)
            .and_then(|(word, rest)| Some((Day::parse(&word.get(..3)?.to_ascii_lowercase())?, rest)));
        let windows = |text: &str| -> Result<Vec<Window>> {
            text.split(',').map(|one| Window::parse(one).ok_or_else(wrong)).collect()
        };
        if let Some((day, rest)) = named {
            days[day as usize].extend(windows(rest)?);
            continue;
        }
        let windows = windows(part)?;
        for day in &mut days {
            day.extend(windows.iter().copied());
        }
    }
    let refused = |_| Error::invalid("hours", "Two of these hours share a minute, or there are too many.");
    Week::new(days).map(Some).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::{hours_of, hours_text};

    #[test]
    fn hours_are_read_as_they_are_written() {
        for (typed, kept) in [
            ("9:00-12:00", "09:00-12:00"),
            ("14:00-16:30, 09:00-12:00", "09:00-12:00, 14:00-16:30"),
            ("Mon 09:00-12:00; tuesday 10:00-11:00", "Mon 09:00-12:00; Tue 10:00-11:00"),
            ("Mon 22:00-06:00;", "Mon 22:00-06:00"),
        ] {
            let week = hours_of(typed).expect(typed).expect(typed);
            assert_eq!(hours_text(&week), kept);
            assert_eq!(hours_of(kept).expect(kept).expect(kept), week);
        }
        assert_eq!(hours_of("  ").expect("empty"), None);
    }

    #[test]
    fn hours_that_are_none_are_refused_by_their_field() {
        for typed in
            ["nine to five", "09:00-12:00, 11:00-13:00", "Xyz 09:00-12:00", "é 09:00-10:00", "09:00-25:00"]
        {
            let refused = hours_of(typed).expect_err(typed);
            assert!(refused.code() == "invalid", "{typed}");
        }
    }
}
