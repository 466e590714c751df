//! The form that a program of somebody's is described by: what stands in it at first, what was typed, and what that means.

use crate::agents::{
    Agent, Capabilities, Kind, NewRegistration, Preferences, Privacy, Registered, RegistrationChange,
};
use crate::base::error::{Error, Result};
use crate::base::house::House;
use crate::base::id::AgentId;
use crate::web::form::Fields;
use crate::web::view::agents::AgentForm;
use crate::web::view::parts::{Choice, FieldErrors};

/// The fields, as they are typed.
#[derive(Clone, Default)]
pub(super) struct Said {
    name: String,
    about: String,
    kind: String,
    resource: String,
    may: Vec<String>,
    conversations: String,
    stand_in: String,
    privacy: String,
    reach: Vec<String>,
    style: String,
}

fn ticked(all: &[(&str, bool)]) -> Vec<String> {
    all.iter().filter(|(_, is_on)| *is_on).map(|(word, _)| (*word).to_owned()).collect()
}

fn may(capabilities: Capabilities) -> Vec<String> {
    let Capabilities { schedule, calendar, reserve, .. } = capabilities;
    ticked(&[("schedule", schedule), ("calendar", calendar), ("reserve", reserve)])
}

fn reach(is_direct: bool, is_group: bool, is_discoverable: bool) -> Vec<String> {
    ticked(&[("direct", is_direct), ("group", is_group), ("found", is_discoverable)])
}

fn word(privacy: Privacy) -> &'static str {
    match privacy {
        Privacy::Strict => "strict",
        Privacy::Moderate => "moderate",
        Privacy::Open => "open",
    }
}

fn privacy(word: &str) -> Result<Privacy> {
    let all = [Privacy::Strict, Privacy::Moderate, Privacy::Open];
    let found = all.into_iter().find(|one| self::word(*one) == word);
    found.ok_or_else(|| Error::invalid("preferences.privacy", "Choose who may reach it."))
}

fn number(field: &'static str, typed: &str) -> Result<Option<u32>> {
    let wrong = || Error::invalid(field, "This should be a whole number.");
    let typed = typed.trim();
    if typed.is_empty() { Ok(None) } else { typed.parse().map(Some).map_err(|_| wrong()) }
}

/// A number as it is typed; nothing where there is none.
fn typed_number(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// How many conversations at once are usual in the house, and the most that it allows.
pub(super) fn conversations(house: &House) -> (u32, u32) {
    (house.agent_conversations_usual.min(house.agent_conversations_max), house.agent_conversations_max)
}

impl Said {
    /// What stands in the form of a new one: as it is usual.
    pub(super) fn at_first() -> Self {
        let usual = Preferences::default();
        Self {
            kind: Kind::Personal.as_str().to_owned(),
            may: may(Capabilities::default()),
            stand_in: typed_number(usual.stand_in_minutes),
            privacy: word(usual.privacy).to_owned(),
            reach: reach(true, true, false),
            ..Self::default()
        }
    }

    /// What is said of one that is there.
    pub(super) fn of(one: &Registered) -> Self {
        let most = one.capabilities.conversations_max;
        Self {
            name: one.agent.name.clone(),
            about: one.about.clone(),
            kind: one.agent.kind.as_str().to_owned(),
            resource: String::new(),
            may: may(one.capabilities),
            conversations: typed_number(Some(most).filter(|most| *most > 0)),
            stand_in: typed_number(one.preferences.stand_in_minutes),
            privacy: word(one.preferences.privacy).to_owned(),
            reach: reach(one.is_direct, one.is_group, one.is_discoverable),
            style: one.preferences.style.clone(),
        }
    }

    /// What was typed.
    pub(super) fn typed(fields: &Fields) -> Self {
        let several = |name: &str| fields.all(name).map(str::to_owned).collect();
        Self {
            name: fields.owned("name"),
            about: fields.owned("about"),
            kind: fields.owned("kind"),
            resource: fields.owned("resource"),
            may: several("may"),
            conversations: fields.owned("capabilities.conversations_max"),
            stand_in: fields.owned("preferences.stand_in_minutes"),
            privacy: fields.owned("preferences.privacy"),
            reach: several("reach"),
            style: fields.owned("preferences.style"),
        }
    }

    fn capabilities(&self) -> Result<Capabilities> {
        let may = |word: &str| self.may.iter().any(|one| one == word);
        Ok(Capabilities {
            schedule: may("schedule"),
            calendar: may("calendar"),
            reserve: may("reserve"),
            conversations_max: number("capabilities.conversations_max", &self.conversations)?.unwrap_or(0),
        })
    }

    /// Only one that plays for its owner is stood in for.
    fn preferences(&self, kind: Kind) -> Result<Preferences> {
        let minutes = number("preferences.stand_in_minutes", &self.stand_in)?;
        Ok(Preferences {
            style: self.style.clone(),
            privacy: privacy(&self.privacy)?,
            stand_in_minutes: minutes.filter(|_| kind == Kind::Personal),
        })
    }

    /// Whether it is to answer for a room or a thing.
    pub(super) fn is_for_a_room(&self) -> bool {
        self.kind == Kind::Room.as_str()
    }

    fn reaches(&self, word: &str) -> bool {
        self.reach.iter().any(|one| one == word)
    }

    /// As a program to be registered.
    pub(super) fn new_one(&self) -> Result<NewRegistration> {
        let kind = Kind::parse(&self.kind).filter(|kind| kind.is_registered());
        let kind = kind.ok_or_else(|| Error::invalid("kind", "Choose what it does."))?;
        let chosen = || {
            let wrong = |_| Error::invalid("resource", "There is no such room or thing.");
            self.resource.parse::<AgentId>().map_err(wrong)
        };
        let answers = kind == Kind::Room && !self.resource.is_empty();
        Ok(NewRegistration {
            kind,
            name: self.name.clone(),
            about: self.about.clone(),
            resource: answers.then(chosen).transpose()?,
            capabilities: self.capabilities()?,
            preferences: self.preferences(kind)?,
            is_direct: self.reaches("direct"),
            is_group: self.reaches("group"),
            is_discoverable: self.reaches("found"),
        })
    }

    /// As a change of one that is there.
    pub(super) fn change(&self, kind: Kind) -> Result<RegistrationChange> {
        Ok(RegistrationChange {
            name: Some(self.name.clone()),
            about: Some(self.about.clone()),
            capabilities: Some(self.capabilities()?.into()),
            preferences: Some(self.preferences(kind)?.into()),
            is_direct: Some(self.reaches("direct")),
            is_group: Some(self.reaches("group")),
            is_discoverable: Some(self.reaches("found")),
        })
    }

    /// The form of one that is there; so many conversations at once are usual here, and so many are the most.
    pub(super) fn form(self, kind: Kind, most: (u32, u32), errors: FieldErrors) -> AgentForm {
        let is_in = |all: &[String], word: &str| all.iter().any(|one| one == word);
        let may = |word, words, hint| Choice::new(word, words, hint, is_in(&self.may, word));
        let private = |word, words, hint| Choice::new(word, words, hint, self.privacy == word);
        let by = |word, words, hint| Choice::new(word, words, hint, is_in(&self.reach, word));
        AgentForm {
            kinds: Vec::new(),
            resources: Vec::new(),
            may: vec![
                may(
                    "schedule",
                    "Take part when times are arranged",
                    "It sees what is said, proposes and answers.",
                ),
                may("calendar", "Look into my calendars’ busy times", "Never what I do then."),
                may("reserve", "Make, move and cancel meetings by itself", "Without asking me first."),
            ],
            conversations_most: most,
            stand_in: (kind == Kind::Personal).then_some(self.stand_in),
            privacy: vec![
                private("strict", "Only agents that it trusts", "I say which, on its page."),
                private("moderate", "Agents of people I am connected with", "And those that it trusts."),
                private("open", "Every agent of this house", ""),
            ],
            reach: vec![
                by("direct", "Others may write to it directly", ""),
                by("group", "Others may ask it as one of a group", "When several decide something together."),
                by(
                    "found",
                    "It can be found",
                    "By its handle, and by people who share something with me. Only those who may reach it find it.",
                ),
            ],
            name: self.name,
            about: self.about,
            conversations: self.conversations,
            style: self.style,
            once: String::new(),
            errors,
        }
    }

    /// The form of a new one; for administrators also of one that answers for one of `rooms`.
    pub(super) fn form_of_new(
        self,
        rooms: Option<&[Agent]>,
        most: (u32, u32),
        once: String,
        errors: FieldErrors,
    ) -> AgentForm {
        let kind =
            |kind: Kind, words, hint| Choice::new(kind.as_str(), words, hint, self.kind == kind.as_str());
        let mut kinds = vec![
            kind(
                Kind::Personal,
                "It acts for me",
                "When times are arranged, in place of my built-in agent. I can have one.",
            ),
            kind(
                Kind::Service,
                "It offers something",
                "Other agents ask it, to book a table or to translate. It does not act for me.",
            ),
        ];
        let mut resources = Vec::new();
        if let Some(rooms) = rooms.filter(|rooms| !rooms.is_empty()) {
            kinds.push(kind(
                Kind::Room,
                "It answers for a room or a thing",
                "Of this house; choose it below.",
            ));
            resources.push(Choice::new("", "None", "", self.resource.is_empty()));
            resources.extend(rooms.iter().map(|room| {
                let id = room.id.to_string();
                let is_chosen = id == self.resource;
                Choice::new(id, room.name.clone(), "", is_chosen)
            }));
        }
        // Whether it plays is not known yet: the field is there for the one that does.
        AgentForm { kinds, resources, once, ..self.form(Kind::Personal, most, errors) }
    }
}
