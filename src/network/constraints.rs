//! Under which conditions a grant lets a time be proposed or booked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::hours::Week;

/// The most minutes of a day, and of what is counted in minutes within one.
const DAY_MINUTES: u32 = 1_440;
/// The longest notice, in minutes: ninety days.
const NOTICE_MINUTES_MAX: u32 = 90 * DAY_MINUTES;
/// The farthest horizon, in days.
const HORIZON_DAYS_MAX: u32 = 730;
/// The longest buffer, in minutes.
const BUFFER_MINUTES_MAX: u32 = 480;
/// The most meetings in a week that a limit can name.
const PER_WEEK_MAX: u32 = 100;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// Monday first.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// The word of the API and of forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.as_str() == word)
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mon => "Monday",
            Self::Tue => "Tuesday",
            Self::Wed => "Wednesday",
            Self::Thu => "Thursday",
            Self::Fri => "Friday",
            Self::Sat => "Saturday",
            Self::Sun => "Sunday",
        }
    }
}

/// How people meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Over a video link.
    Video,
    /// By phone.
    Phone,
    /// In one room.
    InPerson,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Video, Self::Phone, Self::InPerson];

    /// The word of the API and of forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Phone => "phone",
            Self::InPerson => "in_person",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.as_str() == word)
    }

    /// As a meeting's place, where nothing else is said: `By phone`.
    pub fn location(self) -> &'static str {
        match self {
            Self::Video => "By video",
            Self::Phone => "By phone",
            Self::InPerson => "In person",
        }
    }

    /// As it stands in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Video => "by video",
            Self::Phone => "by phone",
            Self::InPerson => "in person",
        }
    }
}

/// How long a meeting may be, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Length {
    /// At least.
    pub min: u32,
    /// At most.
    pub max: u32,
    /// Where nothing is said.
    pub default: u32,
}

/// The conditions of a grant. All local times are in the grantor's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraints {
    /// At which hours, within the profile's; `None`: the profile's.
    pub hours: Option<Week>,
    /// On which days.
    pub weekdays: BTreeSet<Day>,
    /// How long before its start a meeting must be asked for, in minutes.
    pub notice_minutes: u32,
    /// How many days ahead it may be.
    pub horizon_days: u32,
    /// How long it may be.
    pub length: Length,
    /// What must be free before it, in minutes.
    pub buffer_before_minutes: u32,
    /// What must be free after it, in minutes.
    pub buffer_after_minutes: u32,
    /// How many there may be in a week from Monday; `None`: any number.
    pub per_week: Option<u32>,
    /// How people may meet.
    pub places: BTreeSet<Place>,
}

impl Default for Constraints {
    fn default() -> Self {
        Self {
            hours: None,
            weekdays: Day::ALL.into(),
            notice_minutes: 240,
            horizon_days: 60,
            length: Length { min: 15, max: 120, default: 30 },
            buffer_before_minutes: 0,
            buffer_after_minutes: 0,
            per_week: None,
            places: Place::ALL.into(),
        }
    }
}

impl Constraints {
    /// Refuses what no meeting could meet, by the name of the field.
    pub fn check(&self) -> Result<()> {
        let within = |field: &'static str, value: u32, least: u32, most: u32| {
            let message = format!("This should be from {least} to {most}.");
            if (least..=most).contains(&value) { Ok(()) } else { Err(Error::invalid(field, message)) }
        };
        if self.weekdays.is_empty() {
            return Err(Error::invalid("weekdays", "Choose at least one day."));
        }
        if self.places.is_empty() {
            return Err(Error::invalid("places", "Choose at least one way to meet."));
        }
        within("notice_minutes", self.notice_minutes, 0, NOTICE_MINUTES_MAX)?;
        within("horizon_days", self.horizon_days, 1, HORIZON_DAYS_MAX)?;
        within("length.min", self.length.min, 5, DAY_MINUTES)?;
        within("length.max", self.length.max, self.length.min, DAY_MINUTES)?;
        within("length.default", self.length.default, self.length.min, self.length.max)?;
        within("buffer_before_minutes", self.buffer_before_minutes, 0, BUFFER_MINUTES_MAX)?;
        within("buffer_after_minutes", self.buffer_after_minutes, 0, BUFFER_MINUTES_MAX)?;
        self.per_week.map_or(Ok(()), |most| within("per_week", most, 1, PER_WEEK_MAX))
    }
}
