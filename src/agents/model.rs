//! The types of agents.

use crate::base::error::{Error, Result};
use crate::base::hours::{Hours, Week, Window};
use crate::base::id::{AgentId, UserId};
use crate::base::time::{Timestamp, Zone};
use crate::network::{Constraints, Length};

/// Whom an agent acts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A user who has no agent of their own.
    Builtin,
    /// A room or a thing.
    Resource,
    /// Its owner, in place of the built-in one: a program.
    Personal,
    /// Its owner, who offers something by it: a program.
    Service,
    /// Its owner, who answers by it for a room or a thing: a program.
    Room,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Builtin, Self::Resource, Self::Personal, Self::Service, Self::Room];

    /// The word of the store and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Resource => "resource",
            Self::Personal => "personal",
            Self::Service => "service",
            Self::Room => "room",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether it is a program that somebody runs and has registered.
    pub fn is_registered(self) -> bool {
        matches!(self, Self::Personal | Self::Service | Self::Room)
    }
}

/// Whether an agent acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Active,
    /// Not any more.
    Retired,
}

impl State {
    /// The word of the store and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Retired].into_iter().find(|state| state.as_str() == word)
    }
}

/// Who acts for a user, or for a room or thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Whom it acts for.
    pub kind: Kind,
    /// Whose it is; of a room or thing nobody's.
    pub user: Option<UserId>,
    /// What it is called: of a built-in one as its user is.
    pub name: String,
    /// Its zone; of a built-in one its user's.
    pub zone: Zone,
    /// When it can be had; `None`: of a resource always, of a built-in one at its user's hours.
    pub week: Option<Week>,
    /// What its time may be taken for; of a built-in one its user's grants say that.
    pub rules: Constraints,
    /// Whether it acts.
    pub state: State,
    /// Since when there is one.
    pub created_at: Timestamp,
}

impl Agent {
    /// When a resource can be had.
    pub fn hours(&self) -> Hours {
        Hours { week: self.week.clone().unwrap_or_else(always), ..Hours::default() }
    }
}

/// Every minute of every day.
fn always() -> Week {
    let whole_day: Vec<Window> = Window::new(0, 1_440).into_iter().collect();
    // One window of a day overlaps nothing.
    Week::new(std::array::from_fn(|_| whole_day.clone())).unwrap_or_default()
}

/// What a resource allows that says nothing: anything of up to eight hours, a year ahead.
pub fn open_rules() -> Constraints {
    Constraints {
        notice_minutes: 0,
        horizon_days: 365,
        length: Length { min: 5, max: 480, default: 60 },
        ..Constraints::default()
    }
}

/// A room or a thing to be added.
#[derive(Clone, Debug, Default)]
pub struct NewAgent {
    /// What people call it.
    pub name: String,
    /// Where it is; `None`: the house's zone.
    pub zone: Option<Zone>,
    /// When it can be had; `None`: always.
    pub week: Option<Week>,
    /// What its time may be taken for; `None`: anything of up to eight hours, a year ahead.
    pub rules: Option<Constraints>,
}

/// What is to be another in a resource; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct AgentChange {
    /// What people call it.
    pub name: Option<String>,
    /// Where it is.
    pub zone: Option<Zone>,
    /// When it can be had; `Some(None)`: always.
    pub week: Option<Option<Week>>,
    /// What its time may be taken for.
    pub rules: Option<Constraints>,
}

/// Refuses rules that nothing could meet, by the name of the field.
pub(super) fn check(rules: &Constraints) -> Result<()> {
    rules.check().map_err(|error| match error {
        Error::Invalid { field, message } => Error::invalid(format!("rules.{field}"), message),
        other => other,
    })
}
