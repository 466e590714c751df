//! How a group decision is said to people: its ballot, how it stands, and who said what.

use super::words;
use crate::base::error::Error;
use crate::base::id::CandidateId;
use crate::base::time::{Timestamp, Zone};
use crate::groups::tally::{Count, TWO_THIRDS, Vote};
use crate::groups::{
    Candidate, CandidateState, Group, Member, Mode, NewAnswer, NewGroup, Seen, State, Subject, Warning,
    why_not_booked,
};
use crate::web::form::Fields;
use crate::web::view::groups::{Against, Ballot, BallotRow, CountRow, GroupRow, MemberRow};
use crate::web::view::parts::{Pill, Tone, When};

/// Somebody's name within a sentence.
fn named(one: &Member) -> &str {
    if one.name.is_empty() { "somebody" } else { &one.name }
}

/// Who asks whom: `Robin asks you and 3 others`, `You ask 4 others`.
pub(super) fn who(seen: &Seen) -> String {
    let group = &seen.group;
    let others = group.rules.members.saturating_sub(1);
    if group.initiator == seen.me {
        return format!("You ask {}", counted(others, "other"));
    }
    let by = group.members.iter().find(|one| one.user == group.initiator);
    let by = words::sentence(by.map_or("somebody", named));
    match others.saturating_sub(1) {
        0 => format!("{by} asks you"),
        more => format!("{by} asks you and {}", counted(more, "other")),
    }
}

fn counted(many: u32, what: &str) -> String {
    if many == 1 { format!("one {what}") } else { format!("{many} {what}s") }
}

/// What a candidate is in a line, and what stands beneath it.
fn line(one: &Candidate, zone: Zone) -> (String, String) {
    match one.time {
        Some((start, end)) => {
            let when = When::span(zone, start, end);
            (when.text(), when.zone)
        }
        None => (one.label.clone(), String::new()),
    }
}

/// The ballot of somebody, posted to `action`.
pub(super) fn ballot(seen: &Seen, action: String, zone: Zone) -> Ballot {
    let group = &seen.group;
    let mine = group.answer_in(group.round, seen.me);
    let row = |one: &Candidate| {
        let (words, mut note) = line(one, zone);
        if seen.outside.contains(&one.id) {
            note.push_str(". Outside of your hours: your own yes counts all the same.");
        }
        let vote = mine.and_then(|it| it.votes.get(&one.id)).map(|vote| vote.as_str());
        BallotRow { id: one.id.to_string(), words, note, vote: vote.unwrap_or_default().to_owned() }
    };
    let then =
        if group.subject == Subject::Time { " The time that enough of you agree to is booked." } else { "" };
    Ballot {
        action,
        who: who(seen),
        question: group.question.clone(),
        href: format!("/groups/{}", group.id),
        rows: group.open_candidates().map(row).collect(),
        words: mine.map(|it| it.text.clone()).unwrap_or_default(),
        has_answered: mine.is_some(),
        closes: format!("{} {}.{then}", until(group), zone.short(group.step_ends_at)),
        round: group.round.to_string(),
    }
}

/// A ballot as somebody filled it in, whose answer was refused: nobody chooses twice.
pub(super) fn as_typed(mut ballot: Ballot, typed: &Fields) -> Ballot {
    for row in &mut ballot.rows {
        row.vote = typed.owned(&format!("vote-{}", row.id));
    }
    Ballot { words: typed.owned("words"), ..ballot }
}

/// What speaks against times that somebody named, a line for each time.
pub(super) fn against(new: &NewGroup, warnings: &[Warning], zone: Zone) -> Vec<Against> {
    let mut lines: Vec<(Option<usize>, Against)> = Vec::new();
    for one in warnings {
        if let Some((_, line)) = lines.last_mut().filter(|(at, _)| *at == one.candidate) {
            line.says = format!("{} {}", line.says, one.says);
            continue;
        }
        let time = one.candidate.and_then(|at| new.candidates.get(at)?.time);
        let when = time.map_or_else(String::new, |(start, end)| {
            let when = When::span(zone, start, end);
            format!("{} ({}).", when.text(), when.zone)
        });
        lines.push((one.candidate, Against { when, says: one.says.clone() }));
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// What ends then: all of it, or a part.
fn until(group: &Group) -> &'static str {
    match group.mode {
        _ if group.step_ends_at >= group.deadline => "Until",
        Mode::Broadcast => "Until",
        Mode::Consensus => "This round: until",
        Mode::Sequential => "This turn: until",
    }
}

/// What was filled in.
pub(super) fn answer(fields: &Fields, candidates: &[CandidateId]) -> NewAnswer {
    let said = |id: &CandidateId| Vote::parse(fields.get(&format!("vote-{id}"))).map(|vote| (*id, vote));
    NewAnswer {
        votes: candidates.iter().filter_map(said).collect(),
        text: fields.owned("words"),
        // What was looked at is what is answered: the next round may have begun meanwhile.
        round: fields.get("round").parse().ok(),
    }
}

/// What is wrong with an answer, in the words of the page.
pub(super) fn in_words(error: Error) -> Error {
    match error {
        Error::Invalid { field, .. } if field == "votes" => {
            Error::invalid(field, "Say Yes, If need be, No or Neither to at least one.")
        }
        other => other,
    }
}

/// How it stands, in a pill.
pub(super) fn pill(seen: &Seen) -> Pill {
    match seen.group.state {
        State::Asking | State::Answering if seen.waits => Pill::new("waits for you", Tone::Wait),
        State::Asking | State::Answering => Pill::new("open", Tone::Plain),
        State::Booking => Pill::new("being booked", Tone::Wait),
        State::Decided if seen.group.candidates.is_empty() => Pill::new("answered", Tone::Yes),
        State::Decided => Pill::new("decided", Tone::Yes),
        State::Rejected => Pill::new("not agreed", Tone::No),
        State::NoQuorum => Pill::new("too few answered", Tone::No),
        State::Timeout => Pill::new("out of time", Tone::No),
        State::Cancelled => Pill::new("taken back", Tone::Plain),
    }
}

/// A group in a list.
pub(super) fn row(seen: &Seen, (zone, now): (Zone, Timestamp)) -> GroupRow {
    let group = &seen.group;
    GroupRow {
        href: format!("/groups/{}", group.id),
        question: group.question.clone(),
        who: who(seen),
        near: words::near(zone, group.created_at, now),
        iso: group.created_at.to_rfc3339(),
        pill: pill(seen),
    }
}

/// Who asks, in which way and until when; or what came of it.
pub(super) fn lead(seen: &Seen, zone: Zone) -> String {
    let group = &seen.group;
    let answered = format!("{} of {} answered.", seen.turnout, group.rules.members);
    let over = |words: &str| format!("{words} {answered}");
    if let Some(why) = seen.left_out {
        let asked = group.members.iter().find(|one| one.user == group.initiator);
        let asked = asked.map(|one| one.name.as_str()).filter(|name| !name.is_empty());
        return over(&format!(
            "It was decided, and is booked without you, since {}. If you want to come, ask {}.",
            why.words(),
            asked.unwrap_or("whoever began it")
        ));
    }
    match group.state {
        State::Asking | State::Answering => {
            let way = match group.mode {
                Mode::Broadcast => ", all at once".to_owned(),
                Mode::Consensus => {
                    format!(", in rounds: this is round {} of {}", group.round, group.rounds_max)
                }
                Mode::Sequential => ", one after the other".to_owned(),
            };
            let closes = zone.short(group.deadline);
            format!("{}{way}. It closes {closes}, or as soon as nothing can change it any more.", who(seen))
        }
        State::Booking => {
            "A time was decided on and is being booked. Somebody may still have to confirm it.".to_owned()
        }
        State::Decided if group.meeting.is_some() => over("It was decided, and is booked."),
        State::Decided => match group.candidates.iter().find(|one| Some(one.id) == group.chosen) {
            Some(one) => over(&format!("It was decided: {}.", line(one, zone).0)),
            None => over("It is closed."),
        },
        State::Rejected if group.reason.is_some() => {
            let why = why_not_booked(group.reason.as_deref().unwrap_or_default());
            over(&format!("What enough of you agreed to could not be booked, since {why}."))
        }
        State::Rejected => over("Nothing found enough agreement."),
        State::NoQuorum => over("Too few have answered."),
        State::Timeout => over("Its time was over first."),
        State::Cancelled => "It was taken back.".to_owned(),
    }
}

/// The count of each candidate, as far as it may be known.
pub(super) fn counts(seen: &Seen, zone: Zone) -> Vec<CountRow> {
    let row = |one: &Candidate| {
        let Count { yes, if_need_be, no, abstain } = *seen.counts.get(&one.id)?;
        let (words, note) = line(one, zone);
        let pill = match one.state {
            _ if Some(one.id) == seen.group.chosen && seen.group.state.is_over() => {
                Some(Pill::new("chosen", Tone::Yes))
            }
            CandidateState::Out => Some(Pill::new("out", Tone::Plain)),
            _ => None,
        };
        Some(CountRow { words, note, counts: [yes, if_need_be, no, abstain], pill })
    };
    seen.group.candidates.iter().filter_map(row).collect()
}

/// By which road somebody answered.
fn road(word: &str, by_person: bool) -> &'static str {
    match word {
        "link" => "by the mailed link",
        _ if !by_person => "by their agent",
        "api" => "by a program’s token",
        _ => "here",
    }
}

/// Who decides, and what each said as far as it may be known.
pub(super) fn members(seen: &Seen, (zone, now): (Zone, Timestamp)) -> Vec<MemberRow> {
    let group = &seen.group;
    let row = |one: &Member| {
        let has_answered = seen.answered.contains(&one.user);
        let has_turn = group.state.is_open() && group.turn == Some(one.position);
        let said = group.answer_in(group.round, one.user);
        let said = said.or_else(|| group.answers.iter().rev().find(|it| it.user == one.user));
        let pill = match (one.left_at, has_answered, group.state.is_open()) {
            (Some(_), ..) => Pill::new("left", Tone::Plain),
            (_, true, _) => Pill::new("answered", Tone::Yes),
            (_, false, true) if has_turn => Pill::new("has the turn", Tone::Wait),
            (_, false, true) if group.turn.is_some_and(|turn| one.position < turn) => {
                Pill::new("skipped", Tone::No)
            }
            (_, false, true) if group.turn.is_some() => Pill::new("comes later", Tone::Plain),
            (_, false, true) => Pill::new("asked", Tone::Wait),
            (_, false, false) => Pill::new("did not answer", Tone::No),
        };
        let name = if one.user == seen.me { "You".to_owned() } else { words::sentence(named(one)) };
        MemberRow {
            who: if one.agent.is_some() && !group.has_spoken(one.user) {
                format!("{name} (a program answers)")
            } else {
                name
            },
            pill,
            words: said.map(|it| it.text.clone()).unwrap_or_default(),
            when: said
                .map(|it| format!("{}, {}", words::near(zone, it.at, now), road(&it.road, it.by_person)))
                .unwrap_or_default(),
        }
    };
    group.members.iter().map(row).collect()
}

/// `3 of 5 have answered; 3 must.`
pub(super) fn share(seen: &Seen) -> String {
    let rules = seen.group.rules;
    let needed = (1..=rules.members).find(|many| rules.is_quorum(*many)).unwrap_or(rules.members);
    format!("{} of {} have answered; {needed} must.", seen.turnout, rules.members)
}

/// By which numbers it is decided.
pub(super) fn rules(group: &Group) -> String {
    if group.candidates.is_empty() {
        return String::new();
    }
    let share = match group.rules.threshold {
        TWO_THIRDS => "two thirds".to_owned(),
        tenths if tenths.is_multiple_of(100) => format!("{} in 10", tenths / 100),
        whole if whole.is_multiple_of(10) => format!("{} %", whole / 10),
        share => format!("{}.{} %", share / 10, share % 10),
    };
    let least = group.rules.least_yes();
    let least = if least == 1 { "one yes".to_owned() } else { format!("{least} yes") };
    format!(
        "It takes a yes of {share} of those who say yes or no, and {least} at least, however many say neither."
    )
}
