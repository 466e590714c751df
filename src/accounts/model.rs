//! The types of accounts.

use crate::base::id::{SignInId, TokenId, UserId};
use crate::base::text::Address;
use crate::base::time::{Timestamp, Zone};

/// What an account may do in this house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Admin,
    /// Meet.
    Member,
}

impl Role {
    /// The word kept in the store and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    /// From the store's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Admin, Self::Member].into_iter().find(|role| role.as_str() == word)
    }
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The account.
    pub id: UserId,
    /// Where their mail goes.
    pub address: Address,
    /// Their name; may be empty.
    pub name: String,
    /// The zone their times are told in.
    pub zone: Zone,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when they are shut out.
    pub disabled_at: Option<Timestamp>,
    /// When the account is erased, if that was asked for.
    pub deletion_due_at: Option<Timestamp>,
}

impl User {
    /// Their name, if they gave one.
    pub fn given_name(&self) -> Option<String> {
        (!self.name.is_empty()).then(|| self.name.clone())
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Where their mail goes.
    pub address: Address,
    /// Their name; may be empty.
    pub name: String,
    /// Their zone; the house's, if not given.
    pub zone: Option<Zone>,
    /// What they may do.
    pub role: Role,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Its id.
    pub id: SignInId,
    /// The browser's own words about itself.
    pub agent: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it last did something.
    pub seen_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everything.
    Admin,
    /// See meetings.
    MeetingsRead,
    /// Book, move and cancel meetings.
    MeetingsWrite,
    /// Read the profile and take everything away.
    ProfileRead,
    /// Change the profile, and ask for the account's deletion.
    ProfileWrite,
    /// See connections, grants and questions.
    ConnectionsRead,
    /// Invite, accept, grant and end.
    ConnectionsWrite,
    /// See sources and busy time, and look for times.
    CalendarRead,
    /// Add, change and remove sources.
    CalendarWrite,
    /// See rooms and things.
    AgentsRead,
    /// Add, change and retire them.
    AgentsWrite,
    /// See booking links and what was asked for.
    BookingRead,
    /// Offer booking links, and decide.
    BookingWrite,
    /// See sessions and their transcripts.
    SessionsRead,
    /// Begin sessions and take their steps.
    SessionsWrite,
    /// Receive messages: read them, and say what became of them.
    MessagesRead,
    /// Begin conversations, and write in them.
    MessagesWrite,
    /// See tasks and approvals.
    TasksRead,
    /// Hand tasks on, take their steps, and ask for approvals.
    TasksWrite,
    /// Decide approvals, and write the rules that decide.
    ApprovalsDecide,
    /// Hand incoming messages over.
    InboundWrite,
    /// Report what became of mails.
    HooksWrite,
    /// See notices, as they come too.
    NoticesRead,
    /// Mark notices read, and choose what is mailed.
    NoticesWrite,
    /// See webhooks, and what they were told.
    WebhooksRead,
    /// Add, change and remove webhooks.
    WebhooksWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 26] = [
        Self::Admin,
        Self::MeetingsRead,
        Self::MeetingsWrite,
        Self::ProfileRead,
        Self::ProfileWrite,
        Self::ConnectionsRead,
        Self::ConnectionsWrite,
        Self::NoticesRead,
        Self::NoticesWrite,
        Self::CalendarRead,
        Self::CalendarWrite,
        Self::AgentsRead,
        Self::AgentsWrite,
        Self::BookingRead,
        Self::BookingWrite,
        Self::SessionsRead,
        Self::SessionsWrite,
        Self::WebhooksRead,
        Self::WebhooksWrite,
        Self::MessagesRead,
        Self::MessagesWrite,
        Self::TasksRead,
        Self::TasksWrite,
        Self::ApprovalsDecide,
        Self::InboundWrite,
        Self::HooksWrite,
    ];

    /// The word of the API and the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::MeetingsRead => "meetings.read",
            Self::MeetingsWrite => "meetings.write",
            Self::ProfileRead => "profile.read",
            Self::ProfileWrite => "profile.write",
            Self::ConnectionsRead => "connections.read",
            Self::ConnectionsWrite => "connections.write",
            Self::CalendarRead => "calendar.read",
            Self::CalendarWrite => "calendar.write",
            Self::AgentsRead => "agents.read",
            Self::AgentsWrite => "agents.write",
            Self::BookingRead => "booking.read",
            Self::BookingWrite => "booking.write",
            Self::SessionsRead => "sessions.read",
            Self::SessionsWrite => "sessions.write",
            Self::MessagesRead => "messages.read",
            Self::MessagesWrite => "messages.write",
            Self::TasksRead => "tasks.read",
            Self::TasksWrite => "tasks.write",
            Self::ApprovalsDecide => "approvals.decide",
            Self::InboundWrite => "inbound.write",
            Self::HooksWrite => "hooks.write",
            Self::NoticesRead => "notices.read",
            Self::NoticesWrite => "notices.write",
            Self::WebhooksRead => "webhooks.read",
            Self::WebhooksWrite => "webhooks.write",
        }
    }

    /// Whether it opens no more than what is its user's own. What comes in and what becomes of mails is everybody's:
    /// whoever may say so may speak for others.
    pub fn is_for_oneself(self) -> bool {
        match self {
            Self::MeetingsRead
            | Self::MeetingsWrite
            | Self::ProfileRead
            | Self::ProfileWrite
            | Self::ConnectionsRead
            | Self::ConnectionsWrite
            | Self::NoticesRead
            | Self::NoticesWrite
            | Self::CalendarRead
            | Self::CalendarWrite
            | Self::AgentsRead
            | Self::AgentsWrite
            | Self::BookingRead
            | Self::BookingWrite
            | Self::SessionsRead
            | Self::SessionsWrite
            | Self::WebhooksRead
            | Self::WebhooksWrite
            | Self::MessagesRead
            | Self::MessagesWrite
            | Self::TasksRead
            | Self::TasksWrite
            | Self::ApprovalsDecide => true,
            Self::Admin | Self::InboundWrite | Self::HooksWrite => false,
        }
    }

    /// From a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word.trim())
    }

    /// What it lets an agent do, for a page: some of what it lets a user's own program do is for people alone.
    pub fn words_for_agents(self) -> &'static str {
        match self {
            Self::ProfileRead => "read your profile and hours",
            Self::BookingRead => "see booking links, without their addresses, and what guests asked for",
            Self::BookingWrite => "decide what guests asked for",
            Self::NoticesWrite => "mark notices read",
            _ => self.words(),
        }
    }

    /// What it lets a program do, for a page.
    pub fn words(self) -> &'static str {
        match self {
            Self::Admin => "everything",
            Self::MeetingsRead => "see meetings",
            Self::MeetingsWrite => "book, move and cancel meetings",
            Self::ProfileRead => "read your profile and hours, and download everything stored about you",
            Self::ProfileWrite => "change your profile and hours, and ask for your account’s deletion",
            Self::ConnectionsRead => "see connections, and ask what they let you",
            Self::ConnectionsWrite => "invite, accept, grant and end connections",
            Self::CalendarRead => "see your calendars’ busy time and look for times",
            Self::CalendarWrite => "add, change and remove calendars that are read",
            Self::AgentsRead => "see rooms, things and agents",
            Self::AgentsWrite => "add, change and retire rooms, things and agents",
            Self::BookingRead => "see booking links and what guests asked for",
            Self::BookingWrite => "offer booking links and decide what guests asked for",
            Self::SessionsRead => "see sessions and what was said in them",
            Self::SessionsWrite => "begin sessions and take their steps",
            Self::MessagesRead => "receive messages, and say what became of them",
            Self::MessagesWrite => "begin conversations, and write in them",
            Self::TasksRead => "see tasks and approvals",
            Self::TasksWrite => "hand tasks on, take their steps and ask for approvals",
            Self::ApprovalsDecide => "decide approvals in your name, and write the rules that decide",
            Self::InboundWrite => "hand incoming messages over",
            Self::HooksWrite => "report what became of mails",
            Self::NoticesRead => "see notices",
            Self::NoticesWrite => "mark notices read and choose what is mailed",
            Self::WebhooksRead => "see your webhooks and what they were told",
            Self::WebhooksWrite => "add, change and remove your webhooks",
        }
    }
}

/// An API token; its secret was shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// For whom it acts; the operator's own, if for nobody.
    pub user: Option<UserId>,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when it may no longer.
    pub revoked_at: Option<Timestamp>,
}
