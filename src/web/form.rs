//! What a form sends: its fields, and a day with its hours as instants.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::{Payload, UrlEncoded};
use actix_web::error::UrlencodedError;
use actix_web::{FromRequest, HttpRequest};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use super::pages::Oops;
use super::view::parts::FieldErrors;
use crate::base::error::Error;
use crate::base::hours::{self, Window};
use crate::base::time::{Resolved, Timestamp, Zone};

/// The most bytes a form may send.
const BYTES_MAX: usize = 64 * 1024;

/// The fields of a form, in order; one name may come several times.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Some fields, as if they had been sent.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The first value of a field; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// The first value of a field, as a text of one's own.
    pub fn owned(&self, name: &str) -> String {
        self.get(name).to_owned()
    }

    /// All values of a field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Which button was pressed.
    pub fn pressed(&self) -> &str {
        self.get("do")
    }
}

impl FromRequest for Fields {
    type Error = Oops;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Oops>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // A button may post without a single field, and some programs then name no type.
        if request.headers().get("content-length").is_none_or(|length| length == "0")
            && !request.headers().contains_key("transfer-encoding")
            && !request.headers().contains_key("content-type")
        {
            return Box::pin(async { Ok(Self::default()) });
        }
        let body = UrlEncoded::<Vec<(String, String)>>::new(request, payload).limit(BYTES_MAX);
        Box::pin(async move {
            body.await.map(Self).map_err(|error| match error {
                UrlencodedError::Overflow { .. } => Oops::TooLarge,
                _ => Oops::Unreadable,
            })
        })
    }
}

/// A day, its hours and a zone, as typed.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'a> {
    /// `2026-11-25`.
    pub date: &'a str,
    /// `10:30`.
    pub from: &'a str,
    /// `11:15`.
    pub until: &'a str,
    /// The day of the end, where it is asked for.
    pub until_date: Option<&'a str>,
    /// An IANA name.
    pub zone: &'a str,
}

impl<'a> Typed<'a> {
    /// The fields that all forms with a time have.
    pub fn of(fields: &'a Fields) -> Self {
        Self {
            date: fields.get("date"),
            from: fields.get("from"),
            until: fields.get("until"),
            until_date: fields.all("until_date").next(),
            zone: fields.get("zone"),
        }
    }

    /// The two instants, or what is wrong with which field. A time that a clock change skips is refused; of one
    /// that comes twice the first is meant (RFC 5545, 3.3.5).
    pub fn span(&self) -> Result<(Timestamp, Timestamp), FieldErrors> {
        let mut errors = FieldErrors::none();
        let zone = Zone::parse(self.zone);
        if zone.is_none() {
            errors.add("zone", "This is not a time zone. It should look like Europe/Paris.");
        }
        let mut kept = |field, found: Result<_, &str>| found.map_err(|words| errors.add(field, words)).ok();
        let date = kept("date", day(self.date));
        let until_date = match self.until_date {
            Some(typed) => kept("until_date", day(typed)),
            None => date,
        };
        let mut kept = |field, found: Result<_, &str>| found.map_err(|words| errors.add(field, words)).ok();
        let (from, until) = (kept("from", hour(self.from)), kept("until", hour(self.until)));
        let (Some(zone), Some(date), Some(from), Some(until), Some(until_date)) =
            (zone, date, from, until, until_date)
        else {
            return Err(errors);
        };
        let start = kept_instant(zone, date.and_time(from), "from", &mut errors);
        let end = kept_instant(zone, until_date.and_time(until), "until", &mut errors);
        match (start, end) {
            (Some(start), Some(end)) if end > start => Ok((start, end)),
            (Some(_), Some(_)) => {
                errors.add("until", "The end must come after the start.");
                Err(errors)
            }
            _ => Err(errors),
        }
    }
}

fn kept_instant(
    zone: Zone,
    local: NaiveDateTime,
    field: &'static str,
    errors: &mut FieldErrors,
) -> Option<Timestamp> {
    match zone.resolve(local) {
        Resolved::Once(at) | Resolved::Twice(at) => Some(at),
        Resolved::Skipped(_) => {
            let words = format!(
                "The clocks go forward then: {} does not exist that day in {}. Choose another time.",
                local.format("%H:%M"),
                zone.place()
            );
            errors.add(field, words);
            None
        }
    }
}

fn day(text: &str) -> Result<NaiveDate, &'static str> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
        .ok()
        .filter(|date| (1970..=9000).contains(&date.year()))
        .ok_or("The day should look like 2026-11-25.")
}

fn hour(text: &str) -> Result<NaiveTime, &'static str> {
    let text = text.trim();
    NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .map_err(|_| "The time should look like 10:30.")
}

/// Reads `2026-11-25`.
pub fn date(text: &str) -> Result<NaiveDate, &'static str> {
    day(text)
}

/// Reads the windows of a day as they are typed, `09:00-12:30, 13:30-17:00`, and puts them in order; nothing typed is no
/// window.
pub fn windows(text: &str) -> Result<Vec<Window>, String> {
    let pieces = text.split([',', ';']).map(str::trim).filter(|piece| !piece.is_empty());
    let windows = pieces.map(|piece| {
        Window::parse(piece).ok_or_else(|| {
            let piece: String = piece.chars().take(40).collect();
            format!(
                "“{piece}” is no window of a day. Write it like 09:00-12:30, with a comma before the next."
            )
        })
    });
    hours::of_a_day(windows.collect::<Result<_, _>>()?).map_err(|bad| bad.to_string())
}

/// The same windows as somebody types them.
pub fn typed_windows(windows: &[Window]) -> String {
    windows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What a room found wrong with a field, beside the form's own field: rooms speak of `start` and `end`.
pub fn beside_field(error: &Error) -> Option<FieldErrors> {
    let Error::Invalid { field, message } = error else { return None };
    let field = match field.as_ref() {
        "start" => "date",
        "end" => "until",
        other => other,
    };
    Some(FieldErrors::one(field, message.clone()))
}

#[cfg(test)]
mod tests {
    use super::{Typed, typed_windows, windows};

    #[test]
    fn windows_are_read_as_people_type_them() {
        for (typed, read) in [
            ("", ""),
            (" , ", ""),
            ("9:00-17:00", "09:00-17:00"),
            ("13:30 - 17:00, 09:00–12:30", "09:00-12:30, 13:30-17:00"),
            ("22:00-06:00;08:00-09:00", "08:00-09:00, 22:00-06:00"),
            ("0:00-24:00", "00:00-24:00"),
        ] {
            assert_eq!(typed_windows(&windows(typed).expect(typed)), read, "{typed}");
        }
        for (typed, words) in [
            ("nine to five", "“nine to five” is no window"),
            ("09:00-12:30 13:30-17:00", "is no window"),
            ("09:00-25:00", "is no window"),
            ("09:00-12:30, 12:00-13:00", "09:00-12:30 and 12:00-13:00 overlap."),
        ] {
            let wrong = windows(typed).expect_err(typed);
            assert!(wrong.contains(words), "{typed}: {wrong}");
        }
    }

    fn typed<'a>(date: &'a str, from: &'a str, until: &'a str) -> Typed<'a> {
        Typed { date, from, until, until_date: None, zone: "Europe/Paris" }
    }

    #[test]
    fn a_day_and_its_hours_are_instants_of_the_zone() {
        let (start, end) = typed("2026-11-25", "10:30", "11:15").span().expect("a plain time");
        assert_eq!(start.to_rfc3339(), "2026-11-25T09:30:00Z");
        assert_eq!(end.to_rfc3339(), "2026-11-25T10:15:00Z");
        let night = Typed { until_date: Some("2026-11-26"), ..typed("2026-11-25", "23:30", "00:15") };
        assert_eq!(night.span().expect("over midnight").1.to_rfc3339(), "2026-11-25T23:15:00Z");
    }

    #[test]
    fn of_an_hour_that_comes_twice_the_first_is_meant() {
        let (start, _) = typed("2026-10-25", "02:30", "03:30").span().expect("an overlap");
        assert_eq!(start.to_rfc3339(), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn each_wrong_field_is_named() {
        let cases = [
            (typed("2027-03-28", "02:30", "04:00"), "from", "does not exist"),
            (typed("2027-03-28", "01:30", "02:15"), "until", "does not exist"),
            (typed("2026-11-25", "11:00", "10:00"), "until", "after the start"),
            (typed("25.11.2026", "11:00", "12:00"), "date", "look like"),
            (typed("99999-01-01", "11:00", "12:00"), "date", "look like"),
            (typed("2026-11-25", "11 Uhr", "12:00"), "from", "look like"),
            (typed("2026-11-25", "11:00", "25:00"), "until", "look like"),
            (Typed { zone: "Mars/Olympus", ..typed("2026-11-25", "11:00", "12:00") }, "zone", "Europe/Paris"),
        ];
        for (given, field, words) in cases {
            let errors = given.span().expect_err(field);
            assert!(errors.of(field).contains(words), "{given:?}: {:?}", errors.all());
        }
    }
}
