//! A group decision as programs see it: of one member, and of what others answered what they may know by now.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::base::time::Timestamp;
use crate::groups::tally::Count;
use crate::groups::{self, Seen, Warning, Whose};

/// Somebody who decides.
#[derive(Debug, Serialize, ToSchema)]
struct ShownMember {
    /// Their account.
    user: String,
    /// Their name; may be empty.
    name: String,
    /// The program that is asked for them until they answer themselves; null: they are, or their built-in agent.
    agent: Option<String>,
    /// Where they stand: 0, 1, 2, …
    position: i64,
    /// Whether they have answered in this round.
    answered: bool,
    /// Since when they belong to it no more.
    #[schema(format = DateTime)]
    left: Option<String>,
}

/// What was said to a candidate.
#[derive(Debug, Serialize, ToSchema)]
struct ShownCount {
    /// Yes.
    yes: u32,
    /// It would do.
    if_need_be: u32,
    /// No.
    no: u32,
    /// Neither.
    abstain: u32,
}

impl From<Count> for ShownCount {
    fn from(one: Count) -> Self {
        Self { yes: one.yes, if_need_be: one.if_need_be, no: one.no, abstain: one.abstain }
    }
}

/// What is voted on.
#[derive(Debug, Serialize, ToSchema)]
struct ShownCandidate {
    /// Its id.
    #[schema(example = "cnd_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// In which round it came up.
    round: i64,
    /// What it is called; empty of a time.
    label: String,
    /// Of a time: from.
    #[schema(format = DateTime)]
    start: Option<String>,
    /// Of a time: to.
    #[schema(format = DateTime)]
    end: Option<String>,
    /// `open`, `out` or `chosen`.
    state: &'static str,
    /// What was said to it in this round, as far as the caller may know by now; of what is out, when it was last voted on.
    count: Option<ShownCount>,
    /// Whether it lies outside of the caller's own hours, or of what they let whoever began it do: a person says yes to it
    /// themselves, and no program does for them.
    outside: bool,
}

/// What a member answered.
#[derive(Debug, Serialize, ToSchema)]
struct ShownAnswer {
    /// Who.
    user: String,
    /// The program of theirs that did.
    agent: Option<String>,
    /// Whether they did so themselves.
    by_person: bool,
    /// In which round.
    round: i64,
    /// 1, 2, 3, … of one member in one round: the last one counts.
    revision: i64,
    /// To each candidate.
    #[schema(value_type = Object)]
    votes: BTreeMap<String, &'static str>,
    /// In words; may be empty.
    text: String,
    /// Whether it came too late to count.
    late: bool,
    /// When.
    #[schema(format = DateTime)]
    at: String,
}

/// What speaks against a time that was named, as far as whoever named it may know. It refuses nothing.
#[derive(Debug, Serialize, ToSchema)]
struct ShownWarning {
    /// Which candidate; null: it is about all of them.
    candidate: Option<String>,
    /// The connection whose time it is about; null: the caller's own.
    connection: Option<String>,
    /// A stable word, as of `POST /api/v1/slots/check`; or `stale`, `other.stale`: a calendar was not read lately.
    #[schema(example = "other.taken")]
    code: &'static str,
    /// The same as a sentence.
    says: String,
}

/// A group decision, as one of its members sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShownGroup {
    /// Its session.
    #[schema(example = "ses_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]
    id: String,
    /// What is asked.
    question: String,
    /// `broadcast`, `consensus` or `sequential`.
    mode: &'static str,
    /// `question` or `time`.
    subject: &'static str,
    /// `asking`, `answering`, `booking`, or how it ended: `decided`, `rejected`, `no_quorum`, `timeout` or `cancelled`.
    state: &'static str,
    /// As of every session.
    phase: &'static str,
    /// How it ended; null: it goes on.
    outcome: Option<&'static str>,
    /// Why, where that is more than the outcome.
    reason: Option<String>,
    /// Who began it.
    initiator: String,
    /// Who decides, in order.
    members: Vec<ShownMember>,
    /// How many belong to it since its start: shares are of them.
    size: u32,
    /// How many of them have answered in this round; of one that is over, how many had when it was counted.
    answered: u32,
    /// The same, in thousandths.
    participation: u32,
    /// How many must, in thousandths; 666 are two thirds.
    quorum: u32,
    /// How many of those who say yes or no must say yes, in thousandths; 666 are two thirds.
    threshold: u32,
    /// What is voted on.
    candidates: Vec<ShownCandidate>,
    /// What was answered, as far as the caller may know by now; all revisions, and in a list the last ones alone.
    answers: Vec<ShownAnswer>,
    /// The conversation in which it began, to whose rights it is held.
    conversation: Option<String>,
    /// Which round it is.
    round: i64,
    /// And how many there may be.
    rounds: i64,
    /// Of a sequence: whose turn it is.
    turn: Option<String>,
    /// When the round or the turn is over.
    #[schema(format = DateTime)]
    answer_by: String,
    /// When it closes.
    #[schema(format = DateTime)]
    deadline: String,
    /// Before, it closes only when all have answered.
    #[schema(format = DateTime)]
    open_until: Option<String>,
    /// Whether it waits for the caller.
    waits: bool,
    /// What the caller can do: `answer`, `close`, `cancel`, `leave`.
    can: Vec<&'static str>,
    /// What was decided, or is being booked.
    candidate: Option<String>,
    /// The scheduling session that books it; null of one that the caller is no party of.
    booking: Option<String>,
    /// The meeting that it came to, where the caller is at it.
    meeting: Option<String>,
    /// Of a meeting that was booked without the caller: why. `refused` (they said no to its time), `abstained` (neither yes nor
    /// no), or `silent`.
    left_out: Option<&'static str>,
    /// What the answers came to when it closed, even where nothing was decided.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Of the call that begins it: what speaks against the times that it names. Else null.
    warnings: Option<Vec<ShownWarning>>,
    /// Rises with every change.
    version: i64,
    /// Since when.
    #[schema(format = DateTime)]
    created: String,
    /// Since when it is over.
    #[schema(format = DateTime)]
    ended: Option<String>,
}

impl ShownGroup {
    /// One that begins, with what speaks against the times that were named.
    pub(super) fn begun(seen: &Seen, warnings: &[Warning]) -> Self {
        let named = |at: usize| seen.group.candidates.get(at).map(|one| one.id.to_string());
        let warning = |one: &Warning| ShownWarning {
            candidate: one.candidate.and_then(named),
            connection: match &one.whose {
                Whose::Yours => None,
                Whose::Theirs(connection, _) => Some(connection.to_string()),
            },
            code: one.code,
            says: one.says.clone(),
        };
        Self { warnings: Some(warnings.iter().map(warning).collect()), ..Self::of(seen) }
    }

    pub(super) fn of(seen: &Seen) -> Self {
        let group = &seen.group;
        let turn = group.turn.filter(|_| group.state.is_open());
        let turn = turn.and_then(|turn| group.members.iter().find(|one| one.position == turn));
        Self {
            id: group.id.to_string(),
            question: group.question.clone(),
            mode: group.mode.as_str(),
            subject: group.subject.as_str(),
            state: group.state.as_str(),
            phase: group.state.phase().as_str(),
            outcome: group.state.is_over().then(|| group.state.as_str()),
            reason: group.reason.clone(),
            initiator: group.initiator.to_string(),
            members: members(seen),
            size: group.rules.members,
            answered: seen.turnout,
            participation: seen.participation,
            quorum: group.rules.quorum,
            threshold: group.rules.threshold,
            candidates: candidates(seen),
            answers: answers(seen),
            conversation: group.conversation.map(|id| id.to_string()),
            round: group.round,
            rounds: group.rounds_max,
            turn: turn.map(|one| one.user.to_string()),
            answer_by: group.step_ends_at.to_rfc3339(),
            deadline: group.deadline.to_rfc3339(),
            open_until: group.open_until.map(Timestamp::to_rfc3339),
            waits: seen.waits,
            can: seen.can.iter().map(|verb| verb.as_str()).collect(),
            candidate: group.chosen.map(|id| id.to_string()),
            booking: group.booking.map(|id| id.to_string()),
            meeting: group.meeting.map(|id| id.to_string()),
            left_out: seen.left_out.map(groups::LeftOut::as_str),
            result: group.result.clone(),
            warnings: None,
            version: group.version,
            created: group.created_at.to_rfc3339(),
            ended: group.ended_at.map(Timestamp::to_rfc3339),
        }
    }
}

fn members(seen: &Seen) -> Vec<ShownMember> {
    let member = |one: &groups::Member| ShownMember {
        user: one.user.to_string(),
        name: one.name.clone(),
        agent: one.agent.map(|id| id.to_string()),
        position: one.position,
        answered: seen.answered.contains(&one.user),
        left: one.left_at.map(Timestamp::to_rfc3339),
    };
    seen.group.members.iter().map(member).collect()
}

fn candidates(seen: &Seen) -> Vec<ShownCandidate> {
    let candidate = |one: &groups::Candidate| ShownCandidate {
        id: one.id.to_string(),
        round: one.round,
        label: one.label.clone(),
        start: one.time.map(|(start, _)| start.to_rfc3339()),
        end: one.time.map(|(_, end)| end.to_rfc3339()),
        state: one.state.as_str(),
        count: seen.counts.get(&one.id).copied().map(ShownCount::from),
        outside: seen.outside.contains(&one.id),
    };
    seen.group.candidates.iter().map(candidate).collect()
}

fn answers(seen: &Seen) -> Vec<ShownAnswer> {
    let answer = |one: &groups::Answered| ShownAnswer {
        user: one.user.to_string(),
        agent: one.agent.map(|id| id.to_string()),
        by_person: one.by_person,
        round: one.round,
        revision: one.revision,
        votes: one.votes.iter().map(|(id, vote)| (id.to_string(), vote.as_str())).collect(),
        text: one.text.clone(),
        late: one.is_late,
        at: one.at.to_rfc3339(),
    };
    seen.group.answers.iter().map(answer).collect()
}
