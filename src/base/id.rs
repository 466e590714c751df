//! The registry of ids: a newtype per kind, a `UUIDv7` inside, a short prefix outside.
//!
//! In the store an id is the UUID's 36 characters; towards programs it is `mtg_` and 32 hex digits.
//! To add a kind, append it to the call of `ids!` below; never rename a prefix.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::error::{Error, Result};
use super::time::Timestamp;

/// What every kind of id can do.
pub trait Id: Copy + fmt::Display {
    /// The prefix without its underscore.
    const PREFIX: &'static str;
    /// Wraps a UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID inside.
    fn uuid(self) -> Uuid;
}

/// The lowest id that can be made at `at`: ids that are not lower were made then or later.
pub fn lowest_at<I: Id>(at: Timestamp) -> I {
    let ms = u64::try_from(at.ms()).unwrap_or(0);
    I::from_uuid(uuid::Builder::from_unix_timestamp_millis(ms, &[0; 10]).into_uuid())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(self.0.simple().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl FromStr for $name {
            type Err = Error;
            /// Reads the prefixed form; anything else is "no such thing", as an unknown id is.
            fn from_str(text: &str) -> Result<Self> {
                parse(text, $prefix).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId = "usr";
    /// A browser that is signed in.
    SignInId = "sgn";
    /// An API token.
    TokenId = "tok";
    /// What is on the calendar.
    MeetingId = "mtg";
    /// A person at a meeting.
    ParticipantId = "par";
    /// The one-attendee event that one participant gets.
    InvitationId = "inv";
    /// A new time, waiting for the other side.
    ProposalId = "prp";
    /// Two accounts that know each other, or one that asked another.
    ConnectionId = "con";
    /// A question about somebody's time or profile.
    QuestionId = "qst";
    /// Whose calendar is read, with what lets us in.
    CalendarAccountId = "cal";
    /// Where somebody's busy time comes from.
    SourceId = "src";
    /// An interval reserved for a while.
    HoldId = "hld";
    /// Who acts for a user, or for a room or thing.
    AgentId = "agt";
    /// What a registered agent proves itself with.
    AgentKeyId = "key";
    /// What the house signs its agents' tokens with.
    SigningKeyId = "sgk";
    /// A named group of users.
    RoleId = "rol";
    /// A page where guests pick a slot.
    BookingLinkId = "bkl";
    /// What a guest asked for there.
    BookingId = "bkg";
    /// A bounded exchange between agents.
    SessionId = "ses";
    /// A typed entry of its transcript.
    MessageId = "msg";
    /// A message on its way to one agent.
    DeliveryId = "dlv";
    /// What a message points to.
    AttachmentId = "att";
    /// What others seal parts of messages for.
    PublicKeyId = "apk";
    /// Work that one agent asks of another.
    TaskId = "tsk";
    /// A kind of work that a program takes on.
    TaskTypeId = "tty";
    /// A decision that a person must take.
    ApprovalId = "apr";
    /// What is decided by itself, because somebody said so.
    ApprovalRuleId = "rul";
    /// What a group votes on.
    CandidateId = "cnd";
    /// What a member of a group answered.
    GroupAnswerId = "ans";
    /// A secret that lets its bearer do one thing.
    LinkId = "lnk";
    /// A mail that left, or is to leave.
    LetterId = "ltr";
    /// A message that came in.
    InboundId = "inb";
    /// An entry of the queue.
    WorkId = "wrk";
    /// An entry of the journal.
    EntryId = "jrn";
    /// Something that a person should know.
    NoticeId = "ntc";
    /// Where a program is told of what happens.
    WebhookId = "whk";
    /// Something that it is told.
    WebhookEventId = "evt";
}

fn parse(text: &str, prefix: &str) -> Result<Uuid> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|hex| hex.len() == 32)
        .and_then(|hex| Uuid::try_parse(hex).ok())
        .ok_or(Error::NotFound("id"))
}
