//! What the API shows of meetings: the words of the contract, and an address only where its reader may see it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::house::{Approval, Decline};
use crate::base::time::Timestamp;
use crate::journal::Entry;
use crate::meetings::{Page, Seen};

/// A meeting, as its reader may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Meeting {
    /// Its id.
    #[schema(example = "mtg_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// Its UID (RFC 5545, 3.8.4.7), the same in everybody's calendar.
    uid: String,
    /// Its revision (RFC 5545, 3.8.7.4): it rises when the meeting is moved or cancelled.
    sequence: i64,
    /// `open`, `scheduled` or `cancelled`.
    #[schema(example = "scheduled")]
    status: &'static str,
    /// What it is called.
    title: String,
    /// Where it is; may be empty.
    location: String,
    /// What it is about; may be empty.
    description: String,
    /// When it begins (RFC 3339, in UTC).
    #[schema(format = DateTime)]
    start: String,
    /// When it ends (RFC 3339, in UTC).
    #[schema(format = DateTime)]
    end: String,
    /// The host's IANA zone.
    #[schema(example = "Europe/Paris")]
    time_zone: &'static str,
    /// What a decline does: `strict` or `soft`.
    decline: &'static str,
    /// Whose approval moves it: `everyone` or `host`.
    approval: &'static str,
    /// Whether the caller may move and cancel it.
    may_manage: bool,
    /// Everybody, the host first.
    participants: Vec<Participant>,
    /// Its rooms and things, with those it had.
    resources: Vec<Resource>,
    /// New times that were asked for, oldest first.
    proposals: Vec<Proposal>,
}

/// Somebody at a meeting.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Participant {
    /// Their id.
    id: String,
    /// `host` or `guest`.
    role: &'static str,
    /// Their name, if they gave one.
    name: Option<String>,
    /// Their address: there only for themselves, for whoever named it, and for an administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// `needs-action`, `accepted`, `declined`, `tentative` or `delegated` (RFC 5545, 3.2.12).
    partstat: String,
    /// How far their invitation has come: `queued`, `sent`, `delivered`, `in-calendar` (it lies in their own),
    /// `delayed`, `failed` or `bounced`.
    delivery: &'static str,
}

/// A room or thing of a meeting.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Resource {
    /// Its id.
    id: String,
    /// What it is called.
    name: String,
    /// `accepted`; `unsure`, where its calendar was not read lately; `let_go`, where the meeting has it no more.
    #[schema(example = "accepted")]
    state: &'static str,
    /// Why it was let go: `taken` or `rules` at the new time, `retired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A new time that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Proposal {
    /// Its id.
    id: String,
    /// The participant who asks.
    by: String,
    /// When the meeting would begin.
    #[schema(format = DateTime)]
    start: String,
    /// When it would end.
    #[schema(format = DateTime)]
    end: String,
    /// `pending`, `approved`, `declined`, `expired`, `superseded` or `withdrawn`.
    status: &'static str,
    /// What they say; may be empty.
    note: String,
    /// The participants whose decision is still awaited.
    awaits: Vec<String>,
    /// Until when it can be decided.
    #[schema(format = DateTime)]
    expires: String,
}

/// A page of a list of meetings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeetingList {
    /// The meetings.
    meetings: Vec<Meeting>,
    /// What to give as `cursor` for the next page; null on the last.
    next: Option<String>,
}

/// What happened to a meeting.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Story {
    /// Oldest first.
    entries: Vec<Happened>,
}

/// One thing that happened to a meeting.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Happened {
    /// Its place in the journal.
    number: i64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What: `meeting.booked`, `letter.sent`, `invitation.answered`, ….
    kind: String,
    /// Who did it: `usr_…`, `agt_…`, `par_…`, `operator`, `house` or `anyone`.
    actor: String,
    /// By which road: `page`, `api`, `cli`, `mail`, `link` or `worker`.
    road: String,
    /// The participant it is about, if it is about one.
    participant: Option<String>,
    /// The meeting's revision at that time.
    sequence: Option<i64>,
    /// What was answered, where somebody answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    partstat: Option<String>,
    /// The start that it is about, where it is about a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    start: Option<String>,
    /// The end that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    end: Option<String>,
}

impl Meeting {
    /// What `seen`'s reader may see of it.
    pub(super) fn of(seen: &Seen) -> Self {
        let meeting = &seen.meeting;
        let participants = meeting
            .participants
            .iter()
            .zip(&seen.addresses)
            .map(|(one, address)| Participant {
                id: one.id.to_string(),
                role: one.role.as_str(),
                name: (!one.name.is_empty()).then(|| one.name.clone()),
                email: address.as_ref().map(|address| address.as_str().to_owned()),
                partstat: one.partstat.as_str().to_ascii_lowercase(),
                delivery: one.delivery.as_str(),
            })
            .collect();
        let proposals = seen
            .proposals
            .iter()
            .map(|one| Proposal {
                id: one.proposal.id.to_string(),
                by: one.proposal.by.to_string(),
                start: one.proposal.start.to_rfc3339(),
                end: one.proposal.end.to_rfc3339(),
                status: one.proposal.status.as_str(),
                note: one.proposal.note.clone(),
                awaits: one.awaited.iter().map(ToString::to_string).collect(),
                expires: one.proposal.expires_at.to_rfc3339(),
            })
            .collect();
        Self {
            id: meeting.id.to_string(),
            uid: meeting.uid.clone(),
            sequence: meeting.sequence,
            status: meeting.status.as_str(),
            title: meeting.title.clone(),
            location: meeting.place(),
            description: meeting.description.clone(),
            start: meeting.start.to_rfc3339(),
            end: meeting.end.to_rfc3339(),
            time_zone: meeting.zone.name(),
            decline: match meeting.decline {
                Decline::Strict => "strict",
                Decline::Soft => "soft",
            },
            approval: match meeting.approval {
                Approval::Everyone => "everyone",
                Approval::Host => "host",
            },
            may_manage: seen.may_manage,
            participants,
            resources: meeting.resources.iter().map(Resource::of).collect(),
            proposals,
        }
    }
}

impl Resource {
    fn of(one: &crate::meetings::Resource) -> Self {
        Self {
            id: one.id.to_string(),
            name: one.name.clone(),
            state: one.state.as_str(),
            reason: one.reason.clone(),
        }
    }
}

impl MeetingList {
    /// A page.
    pub(super) fn of(page: &Page) -> Self {
        Self {
            meetings: page.meetings.iter().map(Meeting::of).collect(),
            next: page.next.map(|(start, id)| format!("{}.{id}", start.ms())),
        }
    }
}

impl Story {
    /// A story. Of what an entry holds only times and answers are told: nothing that names anybody.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let time =
            |entry: &Entry, field: &str| entry.number_of(field).map(|ms| Timestamp::from_ms(ms).to_rfc3339());
        let entries = entries
            .iter()
            .map(|entry| Happened {
                number: entry.number,
                at: entry.at().to_rfc3339(),
                kind: entry.kind.clone(),
                actor: entry.actor.clone(),
                road: entry.road.clone(),
                participant: entry.object.clone().filter(|object| object.starts_with("par_")),
                sequence: entry.amount,
                partstat: entry.text("partstat").map(str::to_ascii_lowercase),
                start: time(entry, "start"),
                end: time(entry, "end"),
            })
            .collect();
        Self { entries }
    }
}
