//! The words of iTIP that go both ways: methods and participation states (RFC 5546, 1.4; RFC 5545, 3.2.12).

/// What a scheduling message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// An organizer invites, or changes.
    Request,
    /// An attendee answers.
    Reply,
    /// An attendee proposes something else.
    Counter,
    /// An organizer does not take the proposal.
    DeclineCounter,
    /// An attendee asks for the current event.
    Refresh,
    /// An organizer cancels.
    Cancel,
    /// An event is shown; nobody is asked.
    Publish,
    /// An organizer adds an instance.
    Add,
    /// None of these; in upper case.
    Other(String),
}

impl Method {
    /// Reads the property's value, in any case.
    pub fn parse(text: &str) -> Self {
        let word = text.trim().to_ascii_uppercase();
        match word.as_str() {
            "REQUEST" => Self::Request,
            "REPLY" => Self::Reply,
            "COUNTER" => Self::Counter,
            "DECLINECOUNTER" => Self::DeclineCounter,
            "REFRESH" => Self::Refresh,
            "CANCEL" => Self::Cancel,
            "PUBLISH" => Self::Publish,
            "ADD" => Self::Add,
            _ => Self::Other(word.chars().take(64).collect()),
        }
    }

    /// As it is written in the property and in the MIME parameter.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Request => "REQUEST",
            Self::Reply => "REPLY",
            Self::Counter => "COUNTER",
            Self::DeclineCounter => "DECLINECOUNTER",
            Self::Refresh => "REFRESH",
            Self::Cancel => "CANCEL",
            Self::Publish => "PUBLISH",
            Self::Add => "ADD",
            Self::Other(word) => word,
        }
    }
}

/// What an attendee has answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PartStat {
    /// Nothing yet.
    #[default]
    NeedsAction,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
    /// Somebody else is to come instead.
    Delegated,
}

impl PartStat {
    /// Reads the parameter's value, in any case; `None` for a word that no event has.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "NEEDS-ACTION" => Some(Self::NeedsAction),
            "ACCEPTED" => Some(Self::Accepted),
            "DECLINED" => Some(Self::Declined),
            "TENTATIVE" => Some(Self::Tentative),
            "DELEGATED" => Some(Self::Delegated),
            _ => None,
        }
    }

    /// As iCalendar writes it.
    pub const fn as_ics(self) -> &'static str {
        match self {
            Self::NeedsAction => "NEEDS-ACTION",
            Self::Accepted => "ACCEPTED",
            Self::Declined => "DECLINED",
            Self::Tentative => "TENTATIVE",
            Self::Delegated => "DELEGATED",
        }
    }

    /// As the store and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeedsAction => "needs-action",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
            Self::Delegated => "delegated",
        }
    }
}

/// What two spellings of one UID share: no white space, lower case. Exchange changes the case of a UID,
/// and folds leave blanks in it. For looking up; [`same_uid`] compares.
pub fn uid_key(uid: &str) -> String {
    uid.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>().to_lowercase()
}

/// Whether two UIDs are one: exactly, or as far as careless programs change them.
pub fn same_uid(one: &str, other: &str) -> bool {
    one == other || uid_key(one) == uid_key(other)
}
