//! The types of registered agents: what they may, how they like to be met, and whether they are there.

use serde::{Deserialize, Deserializer, Serialize};

use super::model::{Agent, State};
use crate::accounts::Scope;
use crate::base::error::{Error, Result};
use crate::base::house::House;
use crate::base::id::AgentId;
use crate::base::text;
use crate::base::time::Timestamp;

/// The longest name, in characters.
pub(super) const NAME_CHARS_MAX: usize = 80;
/// The longest line about an agent, in characters.
pub(super) const ABOUT_CHARS_MAX: usize = 300;
/// The longest words about its style, in characters.
const STYLE_CHARS_MAX: usize = 200;
/// How long the built-in agent waits where nothing is said, in minutes.
const STAND_IN_MINUTES: u32 = 60;
/// The longest time that the built-in agent waits before it stands in, in minutes.
const STAND_IN_MINUTES_MAX: u32 = 10_080;

/// What its owner lets an agent do at all. It holds at every use, whatever its keys say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capabilities {
    /// Play in sessions.
    pub schedule: bool,
    /// See busy time, and look for times.
    pub calendar: bool,
    /// Make, move and cancel meetings by itself.
    pub reserve: bool,
    /// In how many conversations it can be at once; 0: in as many as is usual in the house.
    pub conversations_max: u32,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { schedule: true, calendar: true, reserve: false, conversations_max: 0 }
    }
}

impl Capabilities {
    /// Whether they leave `scope` to a key that has it.
    pub fn allow(&self, scope: Scope) -> bool {
        match scope {
            Scope::SessionsRead | Scope::SessionsWrite => self.schedule,
            Scope::CalendarRead => self.calendar,
            Scope::MeetingsWrite | Scope::BookingWrite => self.reserve,
            _ => is_for_agents(scope),
        }
    }

    /// In how many conversations it can be, in this house.
    pub fn conversations(&self, house: &House) -> u32 {
        let said = if self.conversations_max == 0 {
            house.agent_conversations_usual
        } else {
            self.conversations_max
        };
        said.min(house.agent_conversations_max)
    }
}

/// What is to be another in capabilities; what is not given stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CapabilitiesChange {
    /// Play in sessions.
    pub schedule: Option<bool>,
    /// See busy time, and look for times.
    pub calendar: Option<bool>,
    /// Make, move and cancel meetings by itself.
    pub reserve: Option<bool>,
    /// In how many conversations it can be at once; 0: in as many as is usual in the house.
    pub conversations_max: Option<u32>,
}

impl CapabilitiesChange {
    /// Laid over what there was.
    pub fn over(self, before: Capabilities) -> Capabilities {
        Capabilities {
            schedule: self.schedule.unwrap_or(before.schedule),
            calendar: self.calendar.unwrap_or(before.calendar),
            reserve: self.reserve.unwrap_or(before.reserve),
            conversations_max: self.conversations_max.unwrap_or(before.conversations_max),
        }
    }
}

impl From<Capabilities> for CapabilitiesChange {
    fn from(all: Capabilities) -> Self {
        Self {
            schedule: Some(all.schedule),
            calendar: Some(all.calendar),
            reserve: Some(all.reserve),
            conversations_max: Some(all.conversations_max),
        }
    }
}

/// Whether a program may have this at all. Nothing that is an agent makes itself more than it is.
pub fn is_for_agents(scope: Scope) -> bool {
    scope.is_for_oneself()
        && !matches!(
            scope,
            Scope::ProfileWrite
                | Scope::AgentsWrite
                | Scope::CalendarWrite
                | Scope::ConnectionsWrite
                | Scope::ApprovalsDecide
                | Scope::WebhooksRead
                | Scope::WebhooksWrite
        )
}

/// Who reaches an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// Those it trusts.
    Strict,
    /// The agents of people whom its owner is connected with, and those it trusts.
    #[default]
    Moderate,
    /// Every agent of this house.
    Open,
}

/// How an agent likes to be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    /// How it writes, in a line: for other agents to read.
    pub style: String,
    /// Who reaches it.
    pub privacy: Privacy,
    /// After how many minutes the built-in agent answers in a session where this one has not; `None`: never.
    pub stand_in_minutes: Option<u32>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { style: String::new(), privacy: Privacy::default(), stand_in_minutes: Some(STAND_IN_MINUTES) }
    }
}

/// What is to be another in preferences; what is not given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreferencesChange {
    /// How it writes.
    pub style: Option<String>,
    /// Who reaches it.
    pub privacy: Option<Privacy>,
    /// After how many minutes the built-in agent answers; `Some(None)`: never.
    #[serde(deserialize_with = "given")]
    pub stand_in_minutes: Option<Option<u32>>,
}

impl PreferencesChange {
    /// Laid over what there was.
    pub fn over(self, before: Preferences) -> Preferences {
        Preferences {
            style: self.style.unwrap_or(before.style),
            privacy: self.privacy.unwrap_or(before.privacy),
            stand_in_minutes: self.stand_in_minutes.unwrap_or(before.stand_in_minutes),
        }
    }
}

impl From<Preferences> for PreferencesChange {
    fn from(all: Preferences) -> Self {
        Self {
            style: Some(all.style),
            privacy: Some(all.privacy),
            stand_in_minutes: Some(all.stand_in_minutes),
        }
    }
}

/// A field that is given, be it null.
#[expect(clippy::option_option, reason = "a field that is not given is not one that is null")]
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl Preferences {
    /// Cleaned, and within limits.
    pub(super) fn cleaned(mut self) -> Result<Self> {
        self.style = text::blank_addresses(&text::line(&self.style, STYLE_CHARS_MAX));
        if self.stand_in_minutes.is_some_and(|minutes| !(1..=STAND_IN_MINUTES_MAX).contains(&minutes)) {
            let words = format!("Wait from 1 to {STAND_IN_MINUTES_MAX} minutes, or forever with null.");
            return Err(Error::invalid("preferences.stand_in_minutes", words));
        }
        Ok(self)
    }
}

/// What an agent says of itself while it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Claimed {
    /// It answers at once.
    #[default]
    Online,
    /// It answers, and has much to do.
    Busy,
    /// It answers, by and by.
    Away,
}

impl Claimed {
    /// The word of the store and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Busy => "busy",
            Self::Away => "away",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Online, Self::Busy, Self::Away].into_iter().find(|claimed| claimed.as_str() == word)
    }
}

/// Whether an agent is there: derived when it is asked for, never believed for longer than a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// As it says itself.
    There(Claimed),
    /// It gave no sign of life for a while.
    Offline,
}

impl Presence {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::There(claimed) => claimed.as_str(),
            Self::Offline => "offline",
        }
    }

    /// Reads a word of the API.
    pub fn parse(word: &str) -> Option<Self> {
        if word == "offline" { Some(Self::Offline) } else { Claimed::parse(word).map(Self::There) }
    }
}

/// A program that somebody runs, as it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Who it is; its user is its owner.
    pub agent: Agent,
    /// What it is found by.
    pub handle: String,
    /// What it is for, in a line.
    pub about: String,
    /// The room or thing that it answers for.
    pub resource: Option<AgentId>,
    /// What it may.
    pub capabilities: Capabilities,
    /// How it likes to be met.
    pub preferences: Preferences,
    /// Whether another agent may write to it.
    pub is_direct: bool,
    /// Whether it may be asked as one of a group.
    pub is_group: bool,
    /// Whether it can be found by its handle.
    pub is_discoverable: bool,
    /// What it said of itself last.
    pub claimed: Claimed,
    /// Until when that counts.
    pub lease_until: Timestamp,
    /// When it last gave a sign of life.
    pub active_at: Option<Timestamp>,
    /// In how many conversations it is.
    pub engaged: u32,
    /// Until when it is, or was, shut out.
    pub shut_out_until: Option<Timestamp>,
    /// Why.
    pub shut_out_reason: Option<String>,
}

impl Registered {
    /// Whether it is in as many conversations as it can be in at once.
    pub fn is_full(&self, house: &House) -> bool {
        self.engaged >= self.capabilities.conversations(house)
    }

    /// Whether it is there at `now`: as it says, but busy where it has no room for one more.
    pub fn presence(&self, house: &House, now: Timestamp) -> Presence {
        match self.claimed {
            _ if self.agent.state == State::Retired || now >= self.lease_until => Presence::Offline,
            Claimed::Online if self.is_full(house) => Presence::There(Claimed::Busy),
            claimed => Presence::There(claimed),
        }
    }
}

/// An agent of any kind, as whoever may see all of it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A built-in one, or a room or thing.
    House(Agent),
    /// A program.
    Program(Registered),
}

impl Seen {
    /// Who it is.
    pub fn agent(&self) -> &Agent {
        match self {
            Self::House(agent) => agent,
            Self::Program(one) => &one.agent,
        }
    }
}

/// A program to be registered.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    /// Personal, service or room.
    pub kind: super::Kind,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The room or thing that it answers for, of kind room.
    pub resource: Option<AgentId>,
    /// What it may.
    pub capabilities: Capabilities,
    /// How it likes to be met.
    pub preferences: Preferences,
    /// Whether another agent may write to it.
    pub is_direct: bool,
    /// Whether it may be asked as one of a group.
    pub is_group: bool,
    /// Whether it can be found by its handle.
    pub is_discoverable: bool,
}

impl NewRegistration {
    /// A program of which nothing else is said: what it may is what is usual, others write to it and ask it as one of a group,
    /// and nobody finds it.
    pub fn of(kind: super::Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            about: String::new(),
            resource: None,
            capabilities: Capabilities::default(),
            preferences: Preferences::default(),
            is_direct: true,
            is_group: true,
            is_discoverable: false,
        }
    }
}

/// What is to be another in a registration; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct RegistrationChange {
    /// What people call it.
    pub name: Option<String>,
    /// What it is for.
    pub about: Option<String>,
    /// What it may.
    pub capabilities: Option<CapabilitiesChange>,
    /// How it likes to be met.
    pub preferences: Option<PreferencesChange>,
    /// Whether another agent may write to it.
    pub is_direct: Option<bool>,
    /// Whether it may be asked as one of a group.
    pub is_group: Option<bool>,
    /// Whether it can be found by its handle.
    pub is_discoverable: Option<bool>,
}

/// What one agent thinks of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It reaches it, however strict it is.
    Trusted,
    /// It does not, however open it is; nor the other way round.
    Blocked,
}

impl Relation {
    /// The word of the store and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Blocked => "blocked",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Trusted, Self::Blocked].into_iter().find(|relation| relation.as_str() == word)
    }
}
