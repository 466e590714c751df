//! Replies without proof: held until their participant confirms them by link.

use super::answer::{self, Answered};
use super::model::Meeting;
use super::propose::{self, Asked};
use super::said;
use super::sql::{self, HeldRow};
use super::write::{self, Doubt};
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{InboundId, ParticipantId};
use crate::base::time::{DAY, Timestamp};
use crate::itip::PartStat;
use crate::limits::{self, Budget};
use crate::links::{self, About, Link, Purpose, Standing};
use crate::store::Cx;

/// How often a participant is asked.
const ASKING: Budget = Budget { name: "confirm-reply", most: 3, window_ms: DAY };

/// What a held reply would do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Answer the invitation.
    Answer {
        /// The API's word for it.
        partstat: String,
        /// What was said with it; may be empty.
        note: String,
    },
    /// Ask for a new time, in UTC milliseconds, with a note.
    Propose(i64, i64, String),
}

/// Holds a reply and asks the participant whether it is theirs. `alias_key` is the address it came from,
/// if that becomes theirs with their yes. Says whether they were asked, or had been asked too often.
pub fn hold(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    (inbound, held, alias_key): (InboundId, &Held, Option<String>),
) -> Result<bool> {
    let reader = meeting.participant(participant)?;
    if !limits::allows(cx, ASKING, &participant.to_string(), 1)? {
        return Ok(false);
    }
    let from_elsewhere = alias_key.is_some();
    let row = HeldRow {
        meeting: meeting.id,
        participant,
        sequence: meeting.sequence,
        answer: serde_json::to_string(held).map_err(Error::internal)?,
        alias_key,
        settled_at: None,
    };
    sql::insert_held(cx, inbound, &row)?;
    let about = About {
        meeting: Some(meeting.id),
        participant: Some(participant),
        detail: Some(inbound.to_string()),
        ..About::default()
    };
    let until = cx.now.plus(cx.house().decision_ms).min(meeting.end);
    let confirm = links::issue(cx, Purpose::Confirm, &reader.address, &about, until)?;
    let (said, asked) = match held {
        Held::Answer { partstat, .. } => (partstat.clone(), None),
        Held::Propose(start, end, _) => {
            ("counter".to_owned(), Some((Timestamp::from_ms(*start), Timestamp::from_ms(*end))))
        }
    };
    let doubt = Doubt { said, asked, confirm, from_elsewhere, key: format!("confirm-reply {inbound}") };
    if !write::ask_whether_theirs(cx, who, meeting, reader, doubt)? {
        return Ok(false);
    }
    let data = serde_json::json!({ "message": inbound });
    write::tell(cx, who, "reply.held", meeting, Some(participant), &data)?;
    Ok(true)
}

/// A held reply, for the page with the button.
#[derive(Clone, Debug)]
pub struct HeldReply {
    /// The meeting.
    pub meeting: Meeting,
    /// Whose reply it would be.
    pub me: ParticipantId,
    /// What it would do.
    pub held: Held,
    /// Whether it was confirmed before.
    pub confirmed: bool,
    /// Whether the link still acts.
    pub standing: Standing,
    /// Whether the meeting has changed since.
    pub outdated: bool,
}

/// Opens a confirm link. Changes nothing.
pub fn open(cx: &Cx<'_>, secret: &str) -> Result<HeldReply> {
    let (_, row, link) = find(cx, secret)?;
    let meeting = super::load(cx, row.meeting)?;
    Ok(HeldReply {
        me: row.participant,
        held: serde_json::from_str(&row.answer).map_err(Error::internal)?,
        confirmed: row.settled_at.is_some(),
        standing: link.standing(cx.now),
        outdated: meeting.sequence != row.sequence,
        meeting,
    })
}

fn find(cx: &Cx<'_>, secret: &str) -> Result<(InboundId, HeldRow, Link)> {
    let link = links::find(cx, Purpose::Confirm, secret)?;
    let id: InboundId = link.about.detail.as_deref().ok_or(Error::NotFound("link"))?.parse()?;
    let row = sql::held(cx, id)?.ok_or(Error::NotFound("link"))?;
    Ok((id, row, link))
}

/// The participant confirms that a held reply is theirs: it does now what it would have done. Once; the
/// second click is answered as the first.
pub fn confirm(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<HeldReply> {
    let (id, row, link) = find(cx, secret)?;
    if row.settled_at.is_some() {
        return open(cx, secret);
    }
    if link.standing(cx.now) != Standing::Live {
        return Err(Error::refused("link.expired", "This link has expired."));
    }
    let meeting = super::load(cx, row.meeting)?;
    if meeting.sequence != row.sequence {
        return Err(Error::refused(
            "meeting.revised",
            "The meeting has changed since that reply; answer it anew.",
        ));
    }
    sql::settle_held(cx, id)?;
    links::use_up(cx, link.id)?;
    let who = Actor { who: Who::Participant(row.participant), ..who.clone() };
    if let Some(alias) = &row.alias_key {
        sql::add_alias(cx, row.participant, alias)?;
    }
    match serde_json::from_str(&row.answer).map_err(Error::internal)? {
        Held::Answer { partstat, note } => {
            let partstat = PartStat::parse(&partstat).unwrap_or_default();
            if let Answered::Pointless(why) = answer::answer(cx, &who, &meeting, row.participant, partstat)? {
                return Err(Error::refused("meeting.over", why));
            }
            said::keep(cx, &who, &meeting, row.participant, &note)?;
        }
        Held::Propose(start, end, note) => {
            let (start, end) = (Timestamp::from_ms(start), Timestamp::from_ms(end));
            let asked = Asked { start, end, note: &note, road: "counter" };
            propose::propose(cx, &who, &meeting, row.participant, &asked)?;
        }
    }
    open(cx, secret)
}

/// Deletes held replies that nobody can confirm any more, with what they said; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_held(cx, cx.now.plus(-cx.house().raw_retention_ms))
}
