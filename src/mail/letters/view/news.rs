//! Letters about a meeting: invitations, and new times that were asked for.

use askama::Template;

use crate::base::Timestamp;
use crate::base::Zone;

use super::Foot;
use super::Sample;
use super::When;
use super::letter;

/// Which of the three an invitation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationKind {
    /// The first one, or the same once more.
    New,
    /// The time, or something else about it, has changed.
    Updated,
    /// It does not take place.
    Cancelled,
}

/// An invitation, its update, or its cancellation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Which of them.
    pub kind: InvitationKind,
    /// The meeting's title.
    pub title: String,
    /// What follows the title: ` with Robin`, ` with your host`, ` with Robin and 2 others`; empty where it names them.
    pub with: String,
    /// When it is (or was to be), in the reader's zone.
    pub when: When,
    /// The time it had before, where that changed.
    pub was: Option<When>,
    /// Where; may be empty.
    pub place: String,
    /// Why rooms are no longer part of it; to the host alone.
    pub let_go: Vec<String>,
    /// The host's words; may be empty.
    pub description: String,
    /// For a cancellation why, in general words: `Somebody could not come.`; may be empty.
    pub why_cancelled: String,
    /// Whether the reader has said yes to this time: they are not asked again.
    pub has_accepted: bool,
    /// The respond link; empty in a cancellation.
    pub respond_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(Invitation, "mail/invitation.txt", "mail/invitation.html", |letter| match letter.kind {
    InvitationKind::New => format!("{} — Invitation", letter.title),
    InvitationKind::Updated if letter.was.is_none() => format!("{} — Updated", letter.title),
    InvitationKind::Updated => format!("{} — Updated Time", letter.title),
    InvitationKind::Cancelled => format!("{} — Cancelled", letter.title),
});

impl Sample for Invitation {
    fn samples() -> Vec<(&'static str, Self)> {
        let new = Self {
            kind: InvitationKind::New,
            title: "Practice session".to_owned(),
            with: " with Alex".to_owned(),
            when: old_time(),
            was: None,
            place: "https://video.example.org/practice-0193".to_owned(),
            description: "Second movement, from the beginning.\nBring the pencil marks.".to_owned(),
            let_go: Vec::new(),
            why_cancelled: String::new(),
            has_accepted: false,
            respond_url: "https://entente.test/reschedule?r=sample".to_owned(),
            foot: Foot::sample("You get this mail because Alex invited you to this meeting."),
        };
        let bare = Self {
            with: " with your host".to_owned(),
            place: String::new(),
            description: String::new(),
            foot: Foot::sample("You get this mail because your host invited you to this meeting."),
            ..new.clone()
        };
        let updated =
            Self { kind: InvitationKind::Updated, when: new_time(), was: Some(old_time()), ..new.clone() };
        let without_room = Self {
            place: String::new(),
            let_go: vec!["Blue Room was let go: it is taken at the new time.".to_owned()],
            ..updated.clone()
        };
        let cancelled = Self {
            kind: InvitationKind::Cancelled,
            why_cancelled: "Somebody could not come.".to_owned(),
            respond_url: String::new(),
            ..new.clone()
        };
        let agreed = Self { has_accepted: true, ..new.clone() };
        vec![
            ("invitation", new),
            ("invitation-agreed", agreed),
            ("invitation-bare", bare),
            ("invitation-updated", updated),
            ("invitation-without-room", without_room),
            ("invitation-cancelled", cancelled),
        ]
    }
}

/// The question to the other side: may the meeting move?
#[derive(Clone, Debug)]
pub struct ProposalAsk {
    /// The meeting's title.
    pub title: String,
    /// Who asks, at the start of a sentence: `Robin`, `Your guest`.
    pub who: String,
    /// The time it has.
    pub was: When,
    /// The time asked for.
    pub new: When,
    /// The proposer's words; may be empty.
    pub note: String,
    /// The other's local time, where they allow it: `Robin sees 10:30, Lisbon.`; may be empty.
    pub other_time: String,
    /// Until when: `Sun 22 Nov, 11:20, Paris time`.
    pub closes: String,
    /// The approve link.
    pub approve_url: String,
    /// The decline link.
    pub decline_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(ProposalAsk, "mail/proposal_ask.txt", "mail/proposal_ask.html", |letter| {
    format!("Approve new time for {}?", letter.title)
});

impl Sample for ProposalAsk {
    fn samples() -> Vec<(&'static str, Self)> {
        let ask = Self {
            title: "Practice session".to_owned(),
            who: "Robin".to_owned(),
            was: old_time(),
            new: new_time(),
            note: "A train later would help.".to_owned(),
            other_time: "Robin sees 10:30, Lisbon.".to_owned(),
            closes: "Sun 22 Nov, 11:20, Paris time".to_owned(),
            approve_url: "https://entente.test/approve?t=sample".to_owned(),
            decline_url: "https://entente.test/decline?t=sample".to_owned(),
            foot: Foot::sample("You get this mail because you are the host of this meeting."),
        };
        let bare = Self {
            who: "Your guest".to_owned(),
            note: String::new(),
            other_time: String::new(),
            ..ask.clone()
        };
        vec![("proposal-ask", ask), ("proposal-ask-bare", bare)]
    }
}

/// What became of a new time that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalOutcome {
    /// The other side declined it. To the proposer.
    Declined,
    /// Nobody decided in time. To the proposer.
    Expired,
    /// The proposer took it back. To whoever was asked.
    Withdrawn,
    /// The meeting changed, or another time was approved. To the proposer and whoever was asked.
    Superseded,
}

/// News of a new time that was asked for; the meeting stays when it is.
#[derive(Clone, Debug)]
pub struct ProposalNews {
    /// What became of it.
    pub outcome: ProposalOutcome,
    /// The meeting's title.
    pub title: String,
    /// The other side, at the start of a sentence.
    pub other: String,
    /// The time that was asked for.
    pub asked: When,
    /// The time the meeting has.
    pub when: When,
    /// The reader's respond link; empty where the meeting is over.
    pub respond_url: String,
    /// The foot.
    pub foot: Foot,
}

impl ProposalNews {
    /// Whether the meeting is over: no other time can be asked for.
    fn is_over(&self) -> bool {
        self.respond_url.is_empty()
    }

    /// What the letter says in its first line.
    fn lead(&self) -> String {
        let (title, other) = (&self.title, &self.other);
        match self.outcome {
            ProposalOutcome::Declined => {
                format!("{other} declined the new time you asked for. {title} stays when it is.")
            }
            ProposalOutcome::Expired if self.is_over() => {
                format!("Nobody decided on the new time you asked for, and {title} is over.")
            }
            ProposalOutcome::Expired => {
                format!("Nobody decided on the new time you asked for. {title} stays when it is.")
            }
            ProposalOutcome::Withdrawn => format!(
                "{other} no longer asks for a new time. {title} stays when it is, and there is nothing to decide."
            ),
            ProposalOutcome::Superseded => format!(
                "{title} has changed meanwhile, so the new time that was asked for can no longer be decided."
            ),
        }
    }
}

letter!(ProposalNews, "mail/proposal_news.txt", "mail/proposal_news.html", |letter| {
    let what = match letter.outcome {
        ProposalOutcome::Declined => "was declined",
        ProposalOutcome::Expired => "has expired",
        ProposalOutcome::Withdrawn => "was taken back",
        ProposalOutcome::Superseded => "is out of date",
    };
    format!("New time for {} {what}", letter.title)
});

impl Sample for ProposalNews {
    fn samples() -> Vec<(&'static str, Self)> {
        let news = |outcome| Self {
            outcome,
            title: "Practice session".to_owned(),
            other: "Alex".to_owned(),
            asked: new_time(),
            when: old_time(),
            respond_url: "https://entente.test/reschedule?r=sample".to_owned(),
            foot: Foot::sample("You get this mail because a new time was asked for in this meeting."),
        };
        vec![
            ("proposal-declined", news(ProposalOutcome::Declined)),
            ("proposal-expired", news(ProposalOutcome::Expired)),
            ("proposal-expired-over", Self { respond_url: String::new(), ..news(ProposalOutcome::Expired) }),
            ("proposal-withdrawn", news(ProposalOutcome::Withdrawn)),
            ("proposal-superseded", news(ProposalOutcome::Superseded)),
        ]
    }
}

/// The DESCRIPTION of the event itself: what a calendar shows.
#[derive(Clone, Debug, Template)]
#[template(path = "mail/description.txt")]
pub struct Description {
    /// With whom, within a sentence.
    pub with: String,
    /// The host's words; may be empty.
    pub description: String,
    /// Whether the reader has agreed to this time already.
    pub has_accepted: bool,
    /// The respond link; empty in a cancellation.
    pub respond_url: String,
}

impl Sample for Description {
    fn samples() -> Vec<(&'static str, Self)> {
        let full = Self {
            with: "Alex".to_owned(),
            description: "Second movement, from the beginning.".to_owned(),
            has_accepted: false,
            respond_url: "https://entente.test/reschedule?r=sample".to_owned(),
        };
        let agreed = Self { has_accepted: true, ..full.clone() };
        let cancelled = Self { description: String::new(), respond_url: String::new(), ..full.clone() };
        vec![("description", full), ("description-agreed", agreed), ("description-cancelled", cancelled)]
    }
}

/// Tuesday 24 November 2026, 15:00 in Paris, in every sample.
pub(super) fn old_time() -> When {
    at("2026-11-24T14:00:00Z", "2026-11-24T14:45:00Z")
}

/// Wednesday 25 November 2026, 11:30 in Paris, in every sample.
pub(super) fn new_time() -> When {
    at("2026-11-25T10:30:00Z", "2026-11-25T11:15:00Z")
}

fn at(start: &str, end: &str) -> When {
    let zone = Zone::parse("Europe/Paris").unwrap_or(Zone::UTC);
    let instant = |text| Timestamp::parse_rfc3339(text).unwrap_or_default();
    When::span(zone, instant(start), instant(end))
}
