//! What people say in words, alone or with their answer: kept in the meeting's story, where the others at it can
//! read it, and answered with a link where that helps.
//!
//! Words from a mail are untrusted. What is shown of them holds no address, no link and nothing of a mail of ours
//! that is quoted below: the links in those act for the one they were sent to.

use super::incoming::Verdict;
use super::model::Meeting;
use super::propose::NOTE_CHARS_MAX;
use super::write;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::id::{MeetingId, ParticipantId};
use crate::base::text;
use crate::base::time::{DAY, Timestamp};
use crate::itip;
use crate::journal;
use crate::limits::{self, Budget};
use crate::post::inbound::Outcome;
use crate::store::Cx;
use crate::words;

/// How often one participant's words are answered.
const AUTO_ANSWERS: Budget = Budget { name: "auto-answer", most: 3, window_ms: DAY };
/// How much of a story is looked through for the same words, in entries.
const STORY_MAX: u32 = 500;

/// What a verdict adds where words were answered, and where they were not.
pub(super) const ANSWERED_WITH_TIME: &str =
    "Their words were answered with a link, filled with the time found in them.";
pub(super) const KEPT: &str = "Their words are kept with it.";

/// Plain words of a participant, in answer to our mail.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    /// What they wrote, without what they quote.
    pub text: &'a str,
    /// The Message-ID of the message, without brackets.
    pub message_id: Option<String>,
    /// What makes it the same conversation: the first Message-ID it refers to.
    pub thread: &'a str,
}

/// What a mail says beside the answer of a calendar program that it carries.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The person's own words ([`itip::remark`]); empty, if there are none.
    pub text: String,
    /// Whether it may be answered automatically at all (RFC 3834, 2).
    pub may_be_answered: bool,
    /// Its Message-ID, without brackets.
    pub message_id: Option<String>,
    /// The first Message-ID it refers to, if it refers to any.
    pub thread: Option<String>,
}

impl Beside {
    /// Words of this mail. An answer that refers to nothing answers `invitation`.
    pub(super) fn words<'a>(&'a self, text: &'a str, invitation: Option<&'a str>) -> Words<'a> {
        let thread = self.thread.as_deref().or(invitation).or(self.message_id.as_deref());
        Words { text, message_id: self.message_id.clone(), thread: thread.unwrap_or_default() }
    }
}

/// What an answerer said themselves: in the COMMENT of their answer, or else in the text beside it.
pub(super) fn own_words(cx: &Cx<'_>, comment: Option<&str>, beside: &Beside) -> String {
    let comment = comment.map(itip::remark).filter(|words| !words.is_empty());
    above_our_mail(cx, comment.as_deref().unwrap_or(&beside.text))
}

/// As much of a text as stands above the first link of ours: a mail of ours that is quoted in a way that nobody
/// knew. Gateways rewrite links and leave the host in them.
fn above_our_mail(cx: &Cx<'_>, text: &str) -> String {
    let url = cx.house().public_url.to_lowercase();
    let host =
        url.split_once("://").map_or("", |(_, rest)| rest).split(['/', ':']).next().unwrap_or_default();
    if host.is_empty() {
        return text.to_owned();
    }
    let ours = ["//", "%2f", "__"].map(|before| format!("{before}{host}"));
    let is_above = |line: &&str| {
        let line = line.to_lowercase();
        !ours.iter().any(|link| line.contains(link))
    };
    text.lines().take_while(is_above).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Words as they may be shown to the others.
pub(super) fn note(words: &str) -> String {
    // In this order: what is invisible could stand within a link and hide it.
    text::blank_links(&text::paragraphs(words, NOTE_CHARS_MAX))
}

/// Which words are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answering {
    /// Any.
    Always,
    /// Those that hold another time: "Looking forward!" asks for nothing.
    WhereTimeIsFound,
    /// None: what wrote them is to be left alone.
    Never,
}

/// What became of somebody's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// Whether they were answered with a link.
    pub(super) answered: bool,
    /// Whether a time was found in them.
    pub(super) found: bool,
    /// Whether they were not known before.
    pub(super) is_new: bool,
}

/// Keeps a participant's words, and answers them once per thread.
pub(super) fn hear(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    words: &Words<'_>,
    answering: Answering,
) -> Result<Heard> {
    let reader = meeting.participant(participant)?;
    let own = above_our_mail(cx, words.text);
    let is_ahead = meeting.is_ahead(cx.now);
    let time = (meeting.start, meeting.end);
    let found = words::proposed_time(&own, cx.now, meeting.zone_of(reader), time).filter(|_| is_ahead);
    let is_wanted = match answering {
        Answering::Always => is_ahead,
        Answering::WhereTimeIsFound => found.is_some(),
        Answering::Never => false,
    };
    let thread = (words.thread, words.message_id.clone());
    let answered = is_wanted
        && limits::allows(cx, AUTO_ANSWERS, &participant.to_string(), 1)?
        && write::auto_answer(cx, who, meeting, reader, found, thread)?;
    let note = note(&own);
    let is_new = !note.is_empty() && !is_known(cx, meeting, participant, &note)?;
    if answered {
        let data = serde_json::json!({ "note": note });
        write::tell(cx, who, "words.answered", meeting, Some(participant), &data)?;
    } else if is_new {
        keep(cx, who, meeting, participant, &note)?;
    }
    Ok(Heard { answered, found: found.is_some(), is_new })
}

/// Whether the same words of the same participant are in the story: programs send an answer again.
fn is_known(cx: &Cx<'_>, meeting: &Meeting, participant: ParticipantId, note: &str) -> Result<bool> {
    Ok(by(cx, meeting.id, participant)?.iter().any(|(_, known)| known == note))
}

/// What a participant has said in words, and when, oldest first.
pub(super) fn by(
    cx: &Cx<'_>,
    meeting: MeetingId,
    participant: ParticipantId,
) -> Result<Vec<(Timestamp, String)>> {
    let party = participant.to_string();
    let story = journal::story(cx, &meeting, STORY_MAX)?;
    let theirs = story
        .iter()
        .filter(|one| one.kind.starts_with("words.") && one.object.as_deref() == Some(&party))
        .filter_map(|one| Some((one.at(), one.text("note")?.to_owned())));
    Ok(theirs.filter(|(_, note)| !note.is_empty()).collect())
}

/// Writes a participant's words into the meeting's story.
pub(super) fn keep(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    note: &str,
) -> Result<()> {
    if note.is_empty() {
        return Ok(());
    }
    write::tell(cx, who, "words.said", meeting, Some(participant), &serde_json::json!({ "note": note }))
}

/// Takes in what a participant wrote without any answer of a calendar program: kept, and answered once per thread
/// with a link whose form is filled with the time found in it.
pub fn words(
    cx: &mut Cx<'_>,
    who: &Actor,
    meeting: &Meeting,
    participant: ParticipantId,
    words: &Words<'_>,
) -> Result<Verdict> {
    let heard = hear(cx, who, meeting, participant, words, Answering::Always)?;
    let (outcome, reason) = match (heard.answered, heard.found) {
        (true, true) => {
            (Outcome::Answered, "Plain words; answered with a link, filled with the time found in them.")
        }
        (true, false) => (Outcome::Answered, "Plain words; answered with a link to ask for a new time."),
        (false, _) if !meeting.is_ahead(cx.now) => {
            (Outcome::Ignored, "Plain words about a meeting that is over or cancelled; kept, not answered.")
        }
        (false, _) => {
            (Outcome::Ignored, "Plain words in a thread that was answered before; kept, not answered.")
        }
    };
    Ok(Verdict {
        outcome,
        reason: reason.to_owned(),
        meeting: Some(meeting.id),
        participant: Some(participant),
    })
}
