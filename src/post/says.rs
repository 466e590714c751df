//! What letters say, by kind, as frozen facts.
//!
//! Of everybody but the reader there is a [`Face`], and a face has no address.

use serde::{Deserialize, Serialize};

use super::facts::{BookingEnd, Cause, Choices, Event, Face, News, Outcome, WishRead};
use crate::base::id::{ApprovalId, BookingId, LinkId, MeetingId, ProposalId, SessionId, UserId};
use crate::queue::Priority;

/// What a letter says, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Says {
    /// The event, for the first time: METHOD:REQUEST.
    Invitation {
        /// The event.
        event: Event,
        /// The link to answer and to ask for a new time.
        respond: LinkId,
    },
    /// The event at a new time: METHOD:REQUEST.
    Update {
        /// The event.
        event: Event,
        /// When it was before, in UTC milliseconds.
        was: (i64, i64),
        /// The link to answer and to ask for a new time.
        respond: LinkId,
    },
    /// The event is off: METHOD:CANCEL.
    Cancellation {
        /// The event.
        event: Event,
        /// Why.
        cause: Cause,
    },
    /// Somebody asks for a new time.
    ProposalAsk {
        /// The proposal.
        proposal: ProposalId,
        /// The event as it stands.
        event: Event,
        /// The time asked for, in UTC milliseconds.
        asked: (i64, i64),
        /// Who asks.
        by: Face,
        /// What they say.
        note: String,
        /// The zone of who asks, if they let it be known.
        by_zone: Option<String>,
        /// Approves.
        approve: LinkId,
        /// Declines.
        decline: LinkId,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// What became of a proposal, if not a new time: to its proposer, or, taken back, to those who were asked.
    ProposalOutcome {
        /// The proposal.
        proposal: ProposalId,
        /// The event as it stands.
        event: Event,
        /// The time that was asked for, in UTC milliseconds.
        asked: (i64, i64),
        /// What became of it.
        outcome: Outcome,
        /// Whether it came as a COUNTER, and is answered with a DECLINECOUNTER.
        counter: bool,
        /// The link to try again.
        respond: LinkId,
    },
    /// A fresh link in place of one that was used or has expired.
    FreshLink {
        /// The event.
        event: Event,
        /// The link to answer and to ask for a new time.
        respond: LinkId,
    },
    /// An answer to plain words.
    AutoAnswer {
        /// The event.
        event: Event,
        /// The time that was found in the words, in UTC milliseconds.
        found: Option<(i64, i64)>,
        /// The link with the form, filled in if a time was found.
        respond: LinkId,
    },
    /// A reply came without proof: is it yours?
    ConfirmReply {
        /// The event.
        event: Event,
        /// What the reply said: `accepted`, `declined`, `tentative`, `counter`.
        said: String,
        /// The time it asked for, in UTC milliseconds.
        asked: Option<(i64, i64)>,
        /// Confirms it.
        confirm: LinkId,
        /// Whether it came from an address that is not the reader's.
        from_elsewhere: bool,
    },
    /// An invitation could not be delivered to somebody else.
    DeliveryFailed {
        /// The event.
        event: Event,
        /// To whom.
        whose: Face,
    },
    /// The reader has not answered the invitation yet.
    Nudge {
        /// The event.
        event: Event,
        /// The link to answer and to ask for a new time.
        respond: LinkId,
    },
    /// One thing to know.
    Notice {
        /// The meeting it is about, if it is about one.
        meeting: Option<MeetingId>,
        /// What.
        news: News,
        /// What they may answer, where they are asked something.
        #[serde(default)]
        choices: Option<Choices>,
    },
    /// The reader must decide about a time that the agents of a session found.
    Decision {
        /// Whose decision it is.
        user: UserId,
        /// The session.
        session: SessionId,
        /// What it is about.
        news: News,
        /// The times to decide about, in UTC milliseconds, each with the link that agrees to it.
        times: Vec<((i64, i64), LinkId)>,
        /// Refuses the time; of several, all of them.
        refuse: LinkId,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// What happened since the last digest, oldest first.
    Digest {
        /// What.
        news: Vec<News>,
        /// How many more there are that are not listed.
        more: u32,
    },
    /// A sign-in link.
    SignIn {
        /// Whose.
        user: UserId,
        /// The link.
        link: LinkId,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// An account is to be deleted.
    Leaving {
        /// Whose.
        user: UserId,
        /// When, in UTC milliseconds.
        due: i64,
    },
    /// Somebody asked that the mail of their account go to the reader's address.
    AddressConfirm {
        /// The link that shows it to be theirs.
        link: LinkId,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// The mail of an account is to go elsewhere, or does.
    AddressNews {
        /// Whose.
        user: UserId,
        /// Whether it does already.
        is_done: bool,
    },
    /// Somebody with an account asks the reader, who has none, to connect.
    Connect {
        /// Who asks.
        inviter: UserId,
        /// Who they are to the reader.
        by: Face,
        /// What they say; may be empty.
        words: String,
        /// The link to accept or decline.
        link: LinkId,
        /// Until when it can be accepted, in UTC milliseconds.
        expires: i64,
    },
    /// Somebody picked a time on a booking page and gave the reader's address.
    BookingConfirm {
        /// The booking.
        booking: BookingId,
        /// Whose page it was.
        host: UserId,
        /// What the meeting is to be called.
        title: String,
        /// When it is to be, in UTC milliseconds.
        span: (i64, i64),
        /// With whom.
        by: Face,
        /// Confirms it.
        confirm: LinkId,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// What the reader asked for on a booking page does not take place.
    BookingEnded {
        /// The booking.
        booking: BookingId,
        /// Whose page it was.
        host: UserId,
        /// What the meeting was to be called.
        title: String,
        /// When it was to be, in UTC milliseconds.
        span: (i64, i64),
        /// With whom.
        by: Face,
        /// How it ended.
        end: BookingEnd,
        /// What the host says; may be empty.
        words: String,
        /// The page with other times; empty where there is none.
        path: String,
    },
    /// Somebody picked a time on the reader's booking page, and the reader must decide.
    BookingAsk {
        /// Whose decision it is.
        user: UserId,
        /// The booking.
        booking: BookingId,
        /// What it is about.
        news: News,
        /// Approves.
        approve: LinkId,
        /// Declines.
        decline: LinkId,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// Somebody asks the reader to approve something.
    ApprovalAsk {
        /// Whose decision it is.
        user: UserId,
        /// What is to be decided.
        approval: ApprovalId,
        /// What it is about.
        news: News,
        /// Approves.
        approve: LinkId,
        /// Refuses.
        refuse: LinkId,
        /// By when, in UTC milliseconds.
        expires: i64,
        /// What a rule of theirs will do, unless they decide first: whether it approves, and when, in UTC milliseconds.
        rule: Option<(bool, i64)>,
        /// What belongs to it, for people to read; may be empty.
        #[serde(default)]
        payload: String,
    },
    /// Somebody asks the reader to decide something with others.
    GroupAsk {
        /// Who is asked.
        user: UserId,
        /// The group's session.
        group: SessionId,
        /// What it is about.
        news: News,
        /// Between which times, in UTC milliseconds.
        times: Vec<(i64, i64)>,
        /// Or between what.
        labels: Vec<String>,
        /// Whether what is decided is booked.
        is_time: bool,
        /// Takes the answer.
        link: LinkId,
        /// By when, in UTC milliseconds.
        expires: i64,
    },
    /// What was understood of a line that the reader mailed. Nobody has been asked anything.
    Wish {
        /// Whose line it was.
        user: UserId,
        /// Whom it names.
        with: Vec<UserId>,
        /// Whether the mail was proven to be theirs.
        is_proven: bool,
        /// What was read.
        read: WishRead,
        /// Begins; nothing where there is nothing to begin.
        link: Option<LinkId>,
        /// Until when, in UTC milliseconds.
        expires: i64,
    },
    /// A mail to ourselves, to see what comes back.
    Probe {
        /// What must come back in the address.
        token: String,
    },
    /// Something is wrong with the house.
    Alert {
        /// What, in a few words.
        title: String,
        /// What was seen and what to do.
        text: String,
    },
}

impl Says {
    /// The word kept in the store.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::Update { .. } => "update",
            Self::Cancellation { .. } => "cancellation",
            Self::ProposalAsk { .. } => "proposal-ask",
            Self::ProposalOutcome { .. } => "proposal-outcome",
            Self::FreshLink { .. } => "fresh-link",
            Self::AutoAnswer { .. } => "auto-answer",
            Self::ConfirmReply { .. } => "confirm-reply",
            Self::DeliveryFailed { .. } => "delivery-failed",
            Self::Nudge { .. } => "nudge",
            Self::Notice { .. } => "notice",
            Self::Decision { .. } => "decision",
            Self::Digest { .. } => "digest",
            Self::SignIn { .. } => "sign-in",
            Self::Leaving { .. } => "leaving",
            Self::AddressConfirm { .. } => "address-confirm",
            Self::AddressNews { .. } => "address-news",
            Self::Connect { .. } => "connect",
            Self::BookingConfirm { .. } => "booking-confirm",
            Self::BookingEnded { .. } => "booking-ended",
            Self::BookingAsk { .. } => "booking-ask",
            Self::ApprovalAsk { .. } => "approval-ask",
            Self::GroupAsk { .. } => "group-ask",
            Self::Wish { .. } => "wish",
            Self::Probe { .. } => "probe",
            Self::Alert { .. } => "alert",
        }
    }

    /// The event it is about.
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Invitation { event, .. }
            | Self::Update { event, .. }
            | Self::Cancellation { event, .. }
            | Self::ProposalAsk { event, .. }
            | Self::ProposalOutcome { event, .. }
            | Self::FreshLink { event, .. }
            | Self::AutoAnswer { event, .. }
            | Self::ConfirmReply { event, .. }
            | Self::Nudge { event, .. }
            | Self::DeliveryFailed { event, .. } => Some(event),
            Self::Notice { .. }
            | Self::Decision { .. }
            | Self::Digest { .. }
            | Self::SignIn { .. }
            | Self::Leaving { .. }
            | Self::AddressConfirm { .. }
            | Self::AddressNews { .. }
            | Self::Connect { .. }
            | Self::BookingConfirm { .. }
            | Self::BookingEnded { .. }
            | Self::BookingAsk { .. }
            | Self::ApprovalAsk { .. }
            | Self::GroupAsk { .. }
            | Self::Wish { .. }
            | Self::Probe { .. }
            | Self::Alert { .. } => None,
        }
    }

    /// The meeting it is about.
    pub fn meeting(&self) -> Option<MeetingId> {
        match self {
            Self::Notice { meeting, .. } => *meeting,
            says => says.event().map(|event| event.meeting),
        }
    }

    /// What it says when it has left: of news nothing stays, for names of others are in them.
    pub(super) fn is_forgotten_once_sent(&mut self) -> bool {
        match self {
            Self::Notice { news, choices, .. } => {
                *choices = None;
                *news = News { kind: std::mem::take(&mut news.kind), ..News::default() };
            }
            Self::ApprovalAsk { news, payload, .. } => {
                payload.clear();
                *news = News { kind: std::mem::take(&mut news.kind), ..News::default() };
            }
            Self::Decision { news, .. } | Self::BookingAsk { news, .. } => {
                *news = News { kind: std::mem::take(&mut news.kind), ..News::default() }
            }
            Self::GroupAsk { news, labels, .. } => {
                labels.clear();
                *news = News { kind: std::mem::take(&mut news.kind), ..News::default() };
            }
            Self::Digest { news, .. } => news.clear(),
            Self::Wish { read, .. } => *read = WishRead::default(),
            _ => return false,
        }
        true
    }

    fn event_mut(&mut self) -> Option<&mut Event> {
        match self {
            Self::Invitation { event, .. }
            | Self::Update { event, .. }
            | Self::Cancellation { event, .. }
            | Self::ProposalAsk { event, .. }
            | Self::ProposalOutcome { event, .. }
            | Self::FreshLink { event, .. }
            | Self::AutoAnswer { event, .. }
            | Self::ConfirmReply { event, .. }
            | Self::Nudge { event, .. }
            | Self::DeliveryFailed { event, .. } => Some(event),
            Self::Notice { .. }
            | Self::Decision { .. }
            | Self::Digest { .. }
            | Self::SignIn { .. }
            | Self::Leaving { .. }
            | Self::AddressConfirm { .. }
            | Self::AddressNews { .. }
            | Self::Connect { .. }
            | Self::BookingConfirm { .. }
            | Self::BookingEnded { .. }
            | Self::BookingAsk { .. }
            | Self::ApprovalAsk { .. }
            | Self::GroupAsk { .. }
            | Self::Wish { .. }
            | Self::Probe { .. }
            | Self::Alert { .. } => None,
        }
    }

    /// Takes a face's name and words out.
    pub(super) fn forget(&mut self, face: &Face) {
        let clear = |one: &mut Face| {
            if one == face {
                one.name = None;
            }
        };
        if let Some(event) = self.event_mut() {
            event.others.iter_mut().for_each(clear);
        }
        match self {
            Self::ProposalAsk { by, note, .. } if by == face => {
                note.clear();
                clear(by);
            }
            Self::DeliveryFailed { whose, .. } => clear(whose),
            Self::Connect { by, words, .. } if by == face => {
                words.clear();
                clear(by);
            }
            Self::BookingConfirm { by, .. } => clear(by),
            Self::BookingEnded { by, words, .. } if by == face => {
                words.clear();
                clear(by);
            }
            Self::Notice { news, .. }
            | Self::Decision { news, .. }
            | Self::BookingAsk { news, .. }
            | Self::ApprovalAsk { news, .. }
            | Self::GroupAsk { news, .. } => {
                news.faces.iter_mut().for_each(clear);
            }
            _ => {}
        }
    }

    /// Whether it is the event itself: what a calendar takes in.
    pub fn is_event(&self) -> bool {
        matches!(self, Self::Invitation { .. } | Self::Update { .. } | Self::Cancellation { .. })
    }

    /// Whether it may go to somebody who asked never to be written to: only what they asked for just
    /// now, and what takes something out of their calendar that we put there.
    pub fn is_asked_for(&self) -> bool {
        matches!(
            self,
            Self::SignIn { .. }
                | Self::Leaving { .. }
                | Self::AddressNews { .. }
                | Self::FreshLink { .. }
                | Self::Cancellation { .. }
                | Self::Wish { is_proven: true, .. }
                | Self::Probe { .. }
        )
    }

    pub(super) fn priority(&self) -> Priority {
        match self {
            Self::SignIn { .. }
            | Self::AddressConfirm { .. }
            | Self::FreshLink { .. }
            | Self::BookingConfirm { .. }
            | Self::Wish { .. }
            | Self::Probe { .. } => Priority::High,
            _ => Priority::Medium,
        }
    }
}
