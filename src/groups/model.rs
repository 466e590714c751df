//! The types of group decisions: who decides about what, in which way, and what it came to.

use std::collections::BTreeMap;

use serde_json::Value;

use super::tally::{self, Ballot, Count, Place, Rules, Vote};
use crate::base::error::{Error, Result};
use crate::base::id::{AgentId, CandidateId, ConnectionId, GroupAnswerId, Id, MeetingId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::sessions::{Phase, Want};
use crate::worded;

worded! {
    /// In which way a group decides.
    Mode {
        /// Everybody is asked at once, and what they answer is collected.
        Broadcast = "broadcast",
        /// Rounds over candidates, each with what the others said before.
        Consensus = "consensus",
        /// One after the other, each seeing what came before.
        Sequential = "sequential",
    }
}

worded! {
    /// What it is about.
    Subject {
        /// Whatever the question says.
        Question = "question",
        /// A time, which is booked.
        Time = "time",
    }
}

worded! {
    /// What becomes of whoever is silent in their turn.
    Silence {
        /// It goes on without them.
        Skip = "skip",
        /// It is over.
        Fail = "fail",
    }
}

worded! {
    /// How it stands.
    State {
        /// Nobody has answered yet.
        Asking = "asking",
        /// Somebody has.
        Answering = "answering",
        /// What was decided is being booked.
        Booking = "booking",
        /// There is a decision.
        Decided = "decided",
        /// Enough have answered, and nothing reached the threshold, or could be had.
        Rejected = "rejected",
        /// Too few have answered.
        NoQuorum = "no_quorum",
        /// Its time, or somebody's turn, was over first.
        Timeout = "timeout",
        /// Whoever began it took it back.
        Cancelled = "cancelled",
    }
}

impl State {
    /// The phase that every kind of session has.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Asking => Phase::Pending,
            Self::Answering | Self::Booking => Phase::Active,
            Self::Decided | Self::Rejected => Phase::Completed,
            Self::NoQuorum | Self::Timeout => Phase::Failed,
            Self::Cancelled => Phase::Cancelled,
        }
    }

    /// Whether answers count.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asking | Self::Answering)
    }

    /// Whether nothing can happen any more: then it is the outcome.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Asking | Self::Answering | Self::Booking)
    }
}

worded! {
    /// What became of a candidate.
    CandidateState {
        /// It is voted on.
        Open = "open",
        /// It is voted on no more, or could not be had.
        Out = "out",
        /// It is the decision.
        Chosen = "chosen",
    }
}

worded! {
    /// Why a member is not at the meeting that came of it.
    LeftOut {
        /// They said no to its time.
        Refused = "refused",
        /// They said neither yes nor no to it.
        Abstained = "abstained",
        /// They had not answered.
        Silent = "silent",
    }
}

impl LeftOut {
    /// For them, as the end of a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refused => "you said no to this time",
            Self::Abstained => "you said neither yes nor no to this time",
            Self::Silent => "you had not answered",
        }
    }
}

/// Somebody who decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their name; may be empty.
    pub name: String,
    /// The program that is asked for them until they answer themselves; `None`: they are, or the built-in agent where it may.
    pub agent: Option<AgentId>,
    /// Through which connection with whoever began it; `None`: it is them.
    pub connection: Option<ConnectionId>,
    /// Where they stand: 0, 1, 2, …
    pub position: i64,
    /// Since when they are asked themselves, in the round or turn that goes on; `None`: a program is, or nobody yet.
    pub asked_at: Option<Timestamp>,
    /// Since when they belong to it no more.
    pub left_at: Option<Timestamp>,
}

/// What is voted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: CandidateId,
    /// In which round it came up.
    pub round: i64,
    /// Where it stands: 0, 1, 2, …
    pub position: i64,
    /// What it is called; empty of a time.
    pub label: String,
    /// From when to when, if it is a time.
    pub time: Option<(Timestamp, Timestamp)>,
    /// What became of it.
    pub state: CandidateState,
}

impl Candidate {
    pub(super) fn place(&self) -> Place {
        Place { start: self.time.map(|(start, _)| start.ms()), position: self.position }
    }
}

/// What a member answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Its id.
    pub id: GroupAnswerId,
    /// In which round.
    pub round: i64,
    /// Who.
    pub user: UserId,
    /// 1, 2, 3, … of one member in one round.
    pub revision: i64,
    /// What they say to each candidate; one that is not named is abstained from.
    pub votes: BTreeMap<CandidateId, Vote>,
    /// In words; may be empty.
    pub text: String,
    /// Whether it came too late to count.
    pub is_late: bool,
    /// Whether they said it themselves, and no agent for them.
    pub by_person: bool,
    /// The program that did.
    pub agent: Option<AgentId>,
    /// By which road.
    pub road: String,
    /// When.
    pub at: Timestamp,
}

/// A group decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its session.
    pub id: SessionId,
    /// Who began it.
    pub initiator: UserId,
    /// The program of theirs that did.
    pub agent: Option<AgentId>,
    /// What is asked; of a time what the meeting is called.
    pub question: String,
    /// In which way.
    pub mode: Mode,
    /// About what.
    pub subject: Subject,
    /// What is wanted of a time.
    pub want: Option<Want>,
    /// By which numbers: members are fixed when it begins.
    pub rules: Rules,
    /// How many rounds there may be.
    pub rounds_max: i64,
    /// Which one it is: 1, 2, 3, …
    pub round: i64,
    /// Whose turn it is, by their position; `None`: everybody's.
    pub turn: Option<i64>,
    /// How long a turn lasts at most, in seconds.
    pub turn_seconds: i64,
    /// What becomes of whoever is silent in it.
    pub on_silence: Silence,
    /// When the round, the turn or the booking ends at the latest.
    pub step_ends_at: Timestamp,
    /// Before, it closes only when all have answered.
    pub open_until: Option<Timestamp>,
    /// When it closes.
    pub deadline: Timestamp,
    /// The conversation in which it began, to whose rights it is held.
    pub conversation: Option<SessionId>,
    /// How it stands.
    pub state: State,
    /// What was decided, or is being booked.
    pub chosen: Option<CandidateId>,
    /// The scheduling session that books it, or tried to last.
    pub booking: Option<SessionId>,
    /// What it came to.
    pub meeting: Option<MeetingId>,
    /// What the answers came to when it closed, even where nothing was decided.
    pub result: Option<Value>,
    /// Why it ended as it did, where that is more than the outcome: a stable word.
    pub reason: Option<String>,
    /// Rises with every change.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when it is over.
    pub ended_at: Option<Timestamp>,
    /// Who decides, in order.
    pub members: Vec<Member>,
    /// What is voted on, in order.
    pub candidates: Vec<Candidate>,
    /// Everything that was answered, oldest first.
    pub answers: Vec<Answered>,
}

impl Group {
    /// A member that belongs to it still. To anybody else there is no such group.
    pub fn member(&self, user: UserId) -> Result<&Member> {
        let found = self.members.iter().find(|one| one.user == user && one.left_at.is_none());
        found.ok_or(Error::NotFound("group"))
    }

    /// Those who belong to it still, in order.
    pub fn present(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|one| one.left_at.is_none())
    }

    /// What is voted on now.
    pub fn open_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.candidates.iter().filter(|one| one.state == CandidateState::Open)
    }

    /// The answer of a member that counts in a round.
    pub fn answer_in(&self, round: i64, user: UserId) -> Option<&Answered> {
        let theirs = |one: &&Answered| one.round == round && one.user == user && !one.is_late;
        self.answers.iter().rev().find(theirs)
    }

    /// Whether somebody has answered themselves, in whichever round: from then on it is them who are asked.
    pub fn has_spoken(&self, user: UserId) -> bool {
        self.answers.iter().any(|one| one.user == user && one.by_person)
    }

    /// The agent of whose answer a member's silence is: the program that is asked, or their built-in one, for which counts
    /// what they do by hand. Once they have answered themselves it is them who are asked, and no program of theirs.
    pub(super) fn plays_for(&self, one: &Member) -> AgentId {
        let program = one.agent.filter(|_| !self.has_spoken(one.user));
        program.unwrap_or_else(|| AgentId::from_uuid(one.user.uuid()))
    }

    /// The agent that asks: the program that began it, or the built-in one of whoever did.
    pub(super) fn asks(&self) -> AgentId {
        self.agent.unwrap_or_else(|| AgentId::from_uuid(self.initiator.uuid()))
    }

    /// Whether a candidate was voted on in a round: in one that is over it is what anybody answered to.
    pub(super) fn is_of_round(&self, one: &Candidate, round: i64) -> bool {
        if round == self.round && self.state.is_open() {
            return one.state == CandidateState::Open;
        }
        let mut said = self.answers.iter().filter(|it| it.round == round && !it.is_late).peekable();
        one.round <= round && (said.peek().is_none() || said.any(|it| it.votes.contains_key(&one.id)))
    }

    /// The answers that count now: of those who belong to it still.
    pub fn counted(&self) -> Vec<&Answered> {
        self.present().filter_map(|one| self.answer_in(self.round, one.user)).collect()
    }

    /// Those from whom an answer can still come.
    pub fn missing(&self) -> Vec<&Member> {
        if !self.state.is_open() {
            return Vec::new();
        }
        let has_turn = |one: &Member| self.turn.is_none_or(|turn| one.position >= turn);
        let is_silent = |one: &Member| self.answer_in(self.round, one.user).is_none();
        self.present().filter(|one| has_turn(one) && is_silent(one)).collect()
    }

    /// Whether it is for somebody to answer now.
    pub fn waits_for(&self, user: UserId) -> bool {
        let is_now = |one: &&Member| one.user == user && self.turn.is_none_or(|turn| turn == one.position);
        self.missing().iter().any(is_now)
    }

    /// What is voted on and how, for the count.
    pub(super) fn ballots(&self) -> (Vec<CandidateId>, Vec<Place>, Vec<Ballot>) {
        let open: Vec<&Candidate> = self.open_candidates().collect();
        let ids: Vec<CandidateId> = open.iter().map(|one| one.id).collect();
        let ballot = |one: &Answered| {
            let vote = |id: &CandidateId| one.votes.get(id).copied().unwrap_or(Vote::Abstain);
            ids.iter().map(vote).collect::<Ballot>()
        };
        let ballots = self.counted().into_iter().map(ballot).collect();
        let places = open.iter().map(|one| one.place()).collect();
        (ids, places, ballots)
    }

    /// What was said to a candidate, as it counts now; of one that is out, in the last round in which it was voted on.
    pub fn count_of(&self, candidate: &Candidate) -> Count {
        let rounds = || (candidate.round..=self.round).rev();
        let in_round = |round: i64| -> Vec<&Answered> {
            let said = self.present().filter_map(|one| self.answer_in(round, one.user));
            said.filter(|one| one.votes.contains_key(&candidate.id)).collect()
        };
        let last = match candidate.state {
            CandidateState::Out => rounds().map(in_round).find(|said| !said.is_empty()).unwrap_or_default(),
            CandidateState::Open | CandidateState::Chosen => in_round(self.round),
        };
        let ballots: Vec<Ballot> = last.iter().map(|one| vec![one.votes[&candidate.id]]).collect();
        tally::counts(1, &ballots).first().copied().unwrap_or_default()
    }

    /// How many answered in this round; where it was counted for good, how many had by then, whoever's account is erased since.
    pub fn turnout(&self) -> u32 {
        let kept = self.result.as_ref().and_then(|result| number(&result["answered"]));
        kept.unwrap_or_else(|| tally::small(self.counted().len()))
    }

    /// What was said to a candidate, as it was counted for good, where it was.
    pub(super) fn kept_count(&self, id: CandidateId) -> Option<Count> {
        let all = self.result.as_ref()?["candidates"].as_array()?;
        let one = all.iter().find(|one| one["id"] == id.to_string().as_str())?;
        Some(Count {
            yes: number(&one["yes"])?,
            if_need_be: number(&one["if_need_be"])?,
            no: number(&one["no"])?,
            abstain: number(&one["abstain"])?,
        })
    }

    /// How many of the members answered in this round, in thousandths.
    pub fn participation(&self) -> u32 {
        tally::participation(self.rules, tally::small(self.counted().len()))
    }
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// Why a time that was decided on could not be booked, by the word that the session which books it ends with; for people, as
/// the end of a sentence.
pub fn why_not_booked(reason: &str) -> &'static str {
    match reason {
        "slot-taken" => "somebody has no time then",
        "outside" => "it lies outside of the hours at which somebody can be met",
        "declined" => "somebody refused it after all",
        "canceled" => "somebody ended the booking",
        "revoked" => "somebody does not let it be booked any more",
        "time-out" => "the calendars could not be read in time",
        _ => "the house could not go on with it",
    }
}
