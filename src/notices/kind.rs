//! The kinds of notices: what each is called, and whether it is mailed unless somebody chooses otherwise.

/// Whether and when a kind of notice is mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mail {
    /// As it happens; after quiet hours, where it happens in them.
    AtOnce,
    /// With the day's digest.
    Daily,
    /// Not at all.
    Never,
}

impl Mail {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AtOnce, Self::Daily, Self::Never];

    /// The word of the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Daily => "daily",
            Self::Never => "never",
        }
    }

    /// From the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mail| mail.as_str() == word)
    }

    /// For a page.
    pub fn words(self) -> &'static str {
        match self {
            Self::AtOnce => "At once",
            Self::Daily => "In the daily digest",
            Self::Never => "Never",
        }
    }
}

/// Each kind with its word, its usual mail, its name for people, and what is to be said beside it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $word:literal, $mail:ident, $words:literal, $hint:literal;)*) => {
        /// What a notice is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// All of them, in the order of a page.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The word of the store and the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// From the word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$kind),)* _ => None }
            }

            /// Whether it is mailed, unless somebody chooses otherwise.
            pub fn usual_mail(self) -> Mail {
                match self { $(Self::$kind => Mail::$mail,)* }
            }

            /// For a page: `A meeting has moved`.
            pub fn words(self) -> &'static str {
                match self { $(Self::$kind => $words,)* }
            }

            /// What is to be said of its mail; may be empty.
            pub fn hint(self) -> &'static str {
                match self { $(Self::$kind => $hint,)* }
            }
        }
    };
}

kinds! {
    /// Somebody asks to connect.
    ConnectionInvited = "connection.invited", AtOnce, "Somebody asks to connect", "";
    /// Somebody accepted to connect.
    ConnectionAccepted = "connection.accepted", AtOnce, "Somebody accepted to connect", "";
    /// Somebody ended a connection.
    ConnectionRevoked = "connection.revoked", Never, "Somebody ended a connection", "";
    /// A meeting was booked.
    MeetingBooked = "meeting.booked", Never, "A meeting is booked", "The invitation is a mail of its own.";
    /// A meeting was moved.
    MeetingMoved = "meeting.moved", Never, "A meeting has moved", "The update is a mail of its own.";
    /// A room of a meeting of the reader's was let go.
    RoomLetGo = "meeting.room-let-go", Never, "A room of a meeting of yours was let go", "The update of the meeting says so as well.";
    /// A meeting was cancelled.
    MeetingCancelled = "meeting.cancelled", Never, "A meeting is cancelled", "The cancellation is a mail of its own.";
    /// A participant answered.
    MeetingAnswered = "meeting.answered", Never, "Somebody answered an invitation of yours", "";
    /// A new time waits for the reader's approval.
    ProposalWaiting = "proposal.waiting", Never, "A new time waits for you", "The question is a mail of its own.";
    /// What became of a new time the reader asked for.
    ProposalEnded = "proposal.ended", Never, "A new time of yours was decided", "The answer is a mail of its own.";
    /// A guest of a booking page waits for the reader's decision.
    BookingWaiting = "booking.waiting", AtOnce, "A guest asks for a time of yours", "";
    /// An invitation of the reader's did not arrive.
    DeliveryFailed = "delivery.failed", AtOnce, "An invitation of yours did not arrive", "";
    /// A calendar of the reader's cannot be read.
    SourceUnreadable = "source.unreadable", AtOnce, "A calendar of yours cannot be read", "";
    /// A meeting begins soon.
    MeetingSoon = "meeting.soon", Never, "A meeting begins soon", "";
    /// Somebody's agent asks about the reader's time.
    SessionStarted = "session.started", Never, "Somebody’s agent asks about your time", "";
    /// Somebody named times themselves in a session of the reader's.
    SessionProposed = "session.proposed", Never, "Somebody proposes times", "";
    /// Somebody wrote in a session of the reader's.
    SessionNoted = "session.noted", Never, "Somebody says something in a session", "";
    /// The reader must decide about a time that the agents found.
    SessionDecision = "session.decision", AtOnce, "A time waits for your decision", "";
    /// A time that agents had agreed on, or named, is off again.
    SessionUndone = "session.undone", Never, "A time that agents had found is off again", "";
    /// A session came to no meeting.
    SessionEnded = "session.ended", Never, "No meeting came of a session", "";
    /// An agent writes to the reader, who has no program that answers for them.
    ConversationTold = "conversation.told", Daily, "Somebody’s agent writes to you", "";
    /// An answer of the reader's was expected by now.
    ConversationAwaited = "conversation.awaited", AtOnce, "An agent still waits for your answer", "Once, when its time is over.";
    /// Somebody, or a program, asks the reader to do something.
    TaskAsked = "task.asked", AtOnce, "Somebody asks you to do something", "";
    /// A task of the reader's asks something back, or was answered.
    TaskQuestion = "task.question", AtOnce, "Somebody asks or answers about a task", "";
    /// A task of the reader's is over.
    TaskEnded = "task.ended", AtOnce, "A task is done, or cannot be", "";
    /// Something waits for the reader to decide.
    ApprovalAsked = "approval.asked", AtOnce, "Something waits for your approval", "";
    /// What the reader asked to have approved is decided.
    ApprovalEnded = "approval.ended", AtOnce, "What you asked to have approved is decided", "";
    /// A rule of the reader's decided.
    ApprovalByRule = "approval.by-rule", Never, "A rule of yours decided something", "";
    /// The reader is asked to decide something with others.
    GroupAsked = "group.asked", AtOnce, "Somebody asks you to decide something together", "";
    /// What came of it.
    GroupEnded = "group.ended", AtOnce, "What came of a decision together", "The invitation to a time that is booked is a mail of its own.";
    /// A webhook of the reader's is left alone.
    WebhookFailing = "webhook.failing", AtOnce, "A webhook of yours does not answer", "";
    /// A program of the reader's, or in the reader's house, is shut out for a while.
    AgentShutOut = "agent.shut-out", AtOnce, "An agent is shut out for a while", "Of everybody’s, if you run this house.";
    /// A program of the reader's gives no sign of life.
    AgentInactive = "agent.inactive", Daily, "An agent of yours gives no sign of life", "";
    /// The reader has not answered.
    Nudge = "nudge", AtOnce, "You have not answered an invitation", "Once, the day after the invitation; at once, its mail stands beside that one.";
}

/// What kinds of notices are about, in the order of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Who connects, and who no longer does.
    Connections,
    /// What becomes of meetings.
    Meetings,
    /// What agents arrange.
    Sessions,
    /// Where busy time comes from.
    Calendars,
    /// What guests ask for.
    Booking,
    /// What people are asked to do and to decide.
    Tasks,
    /// What programs are told.
    Webhooks,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Connections,
        Self::Meetings,
        Self::Sessions,
        Self::Tasks,
        Self::Calendars,
        Self::Booking,
        Self::Webhooks,
    ];

    /// For a page.
    pub fn words(self) -> &'static str {
        match self {
            Self::Connections => "Connections",
            Self::Meetings => "Meetings",
            Self::Sessions => "What agents arrange",
            Self::Calendars => "Calendars",
            Self::Booking => "Booking links",
            Self::Tasks => "Tasks, approvals and groups",
            Self::Webhooks => "Webhooks",
        }
    }
}

impl Kind {
    /// What it is about: what its word begins with.
    pub fn group(self) -> Group {
        match self.as_str().split('.').next() {
            Some("connection") => Group::Connections,
            Some("session" | "conversation" | "agent") => Group::Sessions,
            Some("source") => Group::Calendars,
            Some("booking") => Group::Booking,
            Some("task" | "approval" | "group") => Group::Tasks,
            Some("webhook") => Group::Webhooks,
            _ => Group::Meetings,
        }
    }
}
