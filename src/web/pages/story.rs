//! A meeting's story in sentences, from its entries in the journal: who did what, by which road and when, with
//! names and never an address.

use std::collections::HashMap;

use super::words;
use crate::accounts;
use crate::agents;
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, ParticipantId, UserId};
use crate::base::time::{Timestamp, Zone};
use crate::journal::Entry;
use crate::meetings::{self, Meeting, Seen};
use crate::store::Cx;
use crate::web::view::meetings::StoryLine;

/// Who is who in a story, to its reader.
pub(super) struct Names {
    meeting: Meeting,
    me: Option<ParticipantId>,
    user: Option<UserId>,
    /// Whose account it is, and which participant they are, by who did it in the journal: they themselves or an agent of
    /// theirs.
    accounts: HashMap<String, (Option<UserId>, Option<ParticipantId>)>,
    /// Whether the reader may know how everybody's mail fares.
    manages: bool,
}

impl Names {
    /// The names of a meeting's story.
    pub(super) fn of(cx: &Cx<'_>, seen: &Seen, user: Option<UserId>, entries: &[Entry]) -> Result<Self> {
        let mut known = HashMap::new();
        for entry in entries {
            if known.contains_key(&entry.actor) {
                continue;
            }
            let owner = match (entry.actor.parse::<UserId>(), entry.actor.parse::<AgentId>()) {
                (Ok(id), _) => Some(id),
                (_, Ok(id)) => agents::owner_of(cx, id)?,
                _ => continue,
            };
            let key = match owner.map(|id| accounts::get(cx, id)) {
                Some(Ok(account)) => Some(account.address.key()),
                // An account that is gone is somebody.
                Some(Err(Error::NotFound(_))) | None => None,
                Some(Err(error)) => return Err(error),
            };
            let participants = &seen.meeting.participants;
            let found = participants.iter().find(|one| Some(one.address.key()) == key).map(|one| one.id);
            known.insert(entry.actor.clone(), (owner, found));
        }
        Ok(Self {
            meeting: seen.meeting.clone(),
            me: seen.me,
            user,
            accounts: known,
            manages: seen.may_manage,
        })
    }

    fn participant(&self, id: ParticipantId) -> String {
        words::face(&self.meeting, self.me, id)
    }

    /// Who did it, within a sentence; nobody, where the house did it by itself.
    fn actor(&self, entry: &Entry) -> Option<String> {
        if let Ok(id) = entry.actor.parse::<ParticipantId>() {
            return Some(self.participant(id));
        }
        if let Some((owner, one)) = self.accounts.get(&entry.actor).copied() {
            let one = one.map(|one| self.participant(one));
            let is_mine = owner.is_some() && owner == self.user || one.as_deref() == Some("you");
            let is_agent = entry.actor.parse::<AgentId>().is_ok();
            return Some(match (is_agent, is_mine, one) {
                (false, true, _) => "you".to_owned(),
                (false, false, one) => one.unwrap_or_else(|| "an administrator".to_owned()),
                (true, true, _) => "your agent".to_owned(),
                (true, false, Some(one)) => format!("an agent of {one}’s"),
                (true, false, None) => "an agent".to_owned(),
            });
        }
        (entry.actor == "operator").then(|| "the operator".to_owned())
    }

    /// What the second party of an entry said, as far as the reader may know it: of two people each may; of more, as
    /// with every answer to an invitation, whoever manages the meeting.
    fn words(&self, entry: &Entry) -> String {
        let is_own = self.me.is_some() && object_id(entry) == self.me;
        let may_read = self.manages || is_own || self.meeting.participants.len() <= 2;
        entry.text("note").filter(|_| may_read).unwrap_or_default().to_owned()
    }

    /// The second party of an entry, within a sentence.
    fn object(&self, entry: &Entry) -> String {
        match object_id(entry) {
            Some(id) => self.participant(id),
            None => self.actor(entry).unwrap_or_else(|| "somebody".to_owned()),
        }
    }
}

fn object_id(entry: &Entry) -> Option<ParticipantId> {
    entry.object.as_deref()?.parse().ok()
}

/// By which road, in words that stand before a moment; empty where that says nothing.
fn road(entry: &Entry) -> &'static str {
    match entry.road.as_str() {
        "page" => "on this site, ",
        "api" => "by a program, ",
        "cli" => "on the command line, ",
        "mail" | "calendar" => "from the calendar, ",
        "link" => "by link, ",
        _ => "",
    }
}

/// The lines of a story, newest first.
pub(super) fn lines(names: &Names, entries: &[Entry], zone: Zone, now: Timestamp) -> Vec<StoryLine> {
    let mut lines: Vec<StoryLine> = Vec::new();
    let mut mails: Vec<Mails> = Vec::new();
    for entry in entries {
        if let Some(news) = mail_news(names, entries, entry) {
            // Several mails of one kind that fare alike are one line.
            let before = mails.last_mut().filter(|last| last.line + 1 == lines.len() && last.is_like(&news));
            if let Some(before) = before {
                before.add(news, &mut lines);
            } else {
                lines.push(line(news.sentence(), entry, "", zone, now));
                mails.push(Mails { line: lines.len() - 1, ..news });
            }
            continue;
        }
        if let Some((what, note)) = sentence(names, entries, entry, zone) {
            lines.push(StoryLine { note, ..line(words::sentence(&what), entry, road(entry), zone, now) });
        }
    }
    lines.reverse();
    lines
}

fn line(what: String, entry: &Entry, road: &str, zone: Zone, now: Timestamp) -> StoryLine {
    StoryLine {
        what,
        how: format!("{road}{}", words::near(zone, entry.at(), now)),
        iso: entry.at().to_rfc3339(),
        note: String::new(),
    }
}

/// News of mails of one kind.
struct Mails {
    line: usize,
    kind: &'static str,
    state: &'static str,
    to: Vec<String>,
}

impl Mails {
    fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.state == other.state
    }

    fn add(&mut self, other: Self, lines: &mut [StoryLine]) {
        for name in other.to {
            if !self.to.contains(&name) {
                self.to.push(name);
            }
        }
        if let Some(line) = lines.get_mut(self.line) {
            line.what = self.sentence();
        }
    }

    fn sentence(&self) -> String {
        let to = match self.to.as_slice() {
            [] => String::new(),
            [one] => format!(" to {one}"),
            [rest @ .., last] => format!(" to {} and {last}", rest.join(", ")),
        };
        format!("{}{to} {}", self.kind, self.state)
    }
}

/// What became of a letter. Those who manage the meeting see all of them, everybody else their own.
fn mail_news(names: &Names, entries: &[Entry], entry: &Entry) -> Option<Mails> {
    let state = match entry.kind.as_str() {
        "letter.sent" if !is_said_later(entries, entry) => "was sent",
        "letter.delivered" => "was delivered",
        "letter.laid" => "was written into the calendar",
        "letter.rerouted" => "could not be written into the calendar and goes by mail",
        "letter.delayed" => "is delayed on its way",
        "letter.failed" => "could not be sent",
        "letter.bounced" => "came back",
        "letter.complained" => "was called unwanted",
        _ => return None,
    };
    let kind = match entry.text("kind")? {
        "invitation" => "The invitation",
        "update" => "The updated invitation",
        "cancellation" => "The cancellation",
        "proposal-ask" => "The mail about a new time",
        "proposal-outcome" => "The news of the new time",
        "fresh-link" => "A fresh link",
        "auto-answer" => "An answer with a link",
        "nudge" => "The reminder to answer",
        "confirm-reply" => "The question whether a reply is theirs",
        _ => return None,
    };
    let whom = object_id(entry)?;
    let is_own = names.me == Some(whom);
    (names.manages || is_own).then(|| Mails { line: 0, kind, state, to: vec![names.participant(whom)] })
}

/// Whether a later entry says more about the same letter.
fn is_said_later(entries: &[Entry], entry: &Entry) -> bool {
    let letter = entry.text("letter");
    entries.iter().any(|later| {
        later.number > entry.number && later.kind.starts_with("letter.") && later.text("letter") == letter
    })
}

/// What happened, within a sentence, and the words that came with it; none where it is not worth a line.
fn sentence(names: &Names, entries: &[Entry], entry: &Entry, zone: Zone) -> Option<(String, String)> {
    let actor = || names.actor(entry).unwrap_or_else(|| "the house".to_owned());
    let object = || names.object(entry);
    let same_trace = |kind: &str| entries.iter().find(|one| one.kind == kind && one.trace == entry.trace);
    let plain = |what: String| Some((what, String::new()));
    let said = |entry: &Entry| said_with(entries, entry).map(|words| names.words(words)).unwrap_or_default();
    match entry.kind.as_str() {
        "meeting.created" if same_trace("meeting.booked").is_some() => None,
        "meeting.created" => plain(format!("{} made it, with no guest yet", actor())),
        "meeting.booked" if same_trace("meeting.created").is_some() => {
            plain(format!("{} booked it{}", actor(), who_agreed(names, entry)))
        }
        "meeting.booked" => plain(format!("{} named the guest", actor())),
        "meeting.moved" => {
            let to = entry.number_of("start").map(|at| zone.short(Timestamp::from_ms(at)));
            let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
            match same_trace("proposal.approved").or_else(|| same_trace("proposal.made")) {
                Some(_) => plain(format!("the meeting moved{to}")),
                None => plain(format!("{} moved it{to}", actor())),
            }
        }
        "meeting.room-let-go" => {
            let text = |field| entry.text(field).unwrap_or_default();
            let words = meetings::let_go_words(text("name"), text("reason"));
            plain(words.trim_end_matches('.').to_owned())
        }
        "meeting.cancelled" => match same_trace("invitation.answered") {
            Some(answer) => plain(format!("it was cancelled, because {} declined", names.object(answer))),
            None if same_trace("participant.erased").is_some() => plain("it was cancelled".to_owned()),
            None => plain(format!("{} cancelled it", actor())),
        },
        "meeting.resent" => plain(format!("{} had the invitations sent again", actor())),
        "invitation.answered" if entry.text("proposal").is_some() => {
            plain(format!("{} accepted it by asking for it", object()))
        }
        "invitation.answered" => Some((format!("{} {}", object(), answered(entry)), said(entry))),
        "invitation.answered-late" => Some((
            format!("{} {}, but to an earlier time: it changed nothing", object(), answered(entry)),
            said(entry),
        )),
        "proposal.made" => {
            let to = entry.number_of("start").map(|at| zone.short(Timestamp::from_ms(at)));
            let to = to.map(|to| format!(": {to}")).unwrap_or_default();
            let note = entry.text("note").unwrap_or_default();
            Some((format!("{} asked for a new time{to}", object()), note.to_owned()))
        }
        "proposal.approved" => plain(format!("{} approved the new time", object())),
        "proposal.declined" => plain(format!("{} declined the new time", object())),
        "proposal.withdrawn" => plain(format!("{} took the request back", object())),
        "proposal.expired" => {
            plain(format!("nobody decided in time about the new time {} asked for", object()))
        }
        "proposal.superseded" => {
            plain(format!("another time took the place of the one {} asked for", object()))
        }
        "reply.held" if names.manages || object_id(entry) == names.me => {
            plain(format!("a reply for {} came without proof and is held", object()))
        }
        // What was said with an answer stands with the answer.
        "words.answered" if is_said_with_answer(entries, entry) => {
            plain(format!("{} got a link for the time in their words", object()))
        }
        "words.answered" => {
            Some((format!("{} wrote in words and got a link to answer with", object()), names.words(entry)))
        }
        "words.said" if !is_said_with_answer(entries, entry) => {
            Some((format!("{} wrote in words", object()), names.words(entry)))
        }
        "link.renewed" => plain(format!("{} had a fresh link sent", object())),
        "participant.erased" => plain("somebody was erased, at their own wish".to_owned()),
        _ => None,
    }
}

/// The words that came in the same message as an answer.
fn said_with<'a>(entries: &'a [Entry], answer: &Entry) -> Option<&'a Entry> {
    entries.iter().find(|one| one.kind.starts_with("words.") && are_of_one_message(one, answer))
}

fn is_said_with_answer(entries: &[Entry], words: &Entry) -> bool {
    entries.iter().any(|one| one.kind.starts_with("invitation.answered") && are_of_one_message(one, words))
}

fn are_of_one_message(one: &Entry, other: &Entry) -> bool {
    one.trace == other.trace && one.object == other.object
}

/// Who had said yes before it was booked: `, as Robin and you had agreed`; empty where nobody had.
fn who_agreed(names: &Names, entry: &Entry) -> String {
    let ids = entry.data.as_ref().and_then(|data| data.get("agreed")?.as_array());
    let ids = ids.into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok());
    let people: Vec<String> = ids.map(|id| names.participant(id)).collect();
    match people.as_slice() {
        [] => String::new(),
        [one] => format!(", as {one} had agreed"),
        [rest @ .., last] => format!(", as {} and {last} had agreed", rest.join(", ")),
    }
}

fn answered(entry: &Entry) -> &'static str {
    match entry.text("partstat") {
        Some("accepted") => "accepted",
        Some("declined") => "declined",
        Some("tentative") => "answered with perhaps",
        Some("delegated") => "named somebody else to come",
        _ => "answered",
    }
}
