//! Notices of group decisions: somebody is asked, is reminded, and how it ended. Programs are told by other roads: here it is for
//! people.

use super::kind::Kind;
use super::learn::{self, Tidings};
use super::model::{Facts, Notice, Waits};
use crate::accounts::{self, User};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{SessionId, UserId};
use crate::base::text::Address;
use crate::groups::{self, LeftOut, Seen, State, Subject, Verb};
use crate::journal::Entry;
use crate::post::letter::{Face, News, Says};
use crate::store::Cx;

/// A group as one of its members sees it; `None`: it is gone, or not theirs.
fn seen(cx: &Cx<'_>, user: UserId, subject: &str) -> Result<Option<Seen>> {
    let Ok(id) = subject.parse::<SessionId>() else { return Ok(None) };
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Worker, "");
    match groups::group(cx, &who, id) {
        Ok(seen) => Ok(Some(seen)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads an entry about a group, for the one person it names.
pub(super) fn learn(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let Some(subject) = entry.subject.as_deref() else { return Ok(()) };
    let user = learn::user_in(entry.object.as_deref());
    match (entry.kind.as_str(), user) {
        // Asked again, it is the newer question that waits.
        ("group.asked" | "group.reminded", Some(user)) => {
            learn::settle(cx, subject, Some(user))?;
            let word = if entry.kind == "group.reminded" { "reminder" } else { "" };
            tell(cx, entry, (Kind::GroupAsked, user), (subject, word))
        }
        ("group.answered" | "group.skipped" | "group.left", Some(user)) => {
            learn::settle(cx, subject, Some(user))
        }
        ("group.closed" | "group.round" | "group.booking", _) => learn::settle(cx, subject, None),
        ("group.erased", _) => learn::gone(cx, subject),
        ("group.ended", Some(user)) => {
            let word = entry.text("outcome").unwrap_or_default();
            tell(cx, entry, (Kind::GroupEnded, user), (subject, word))
        }
        _ => Ok(()),
    }
}

/// Tells one person, if their account may be used.
fn tell(
    cx: &mut Cx<'_>,
    entry: &Entry,
    (kind, user): (Kind, UserId),
    (subject, word): (&str, &str),
) -> Result<()> {
    let user = match accounts::get(cx, user) {
        Ok(user) if user.disabled_at.is_none() => user,
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(one) = seen(cx, user.id, subject)? else { return Ok(()) };
    let is_asked = kind == Kind::GroupAsked;
    if is_asked && !one.waits {
        return Ok(());
    }
    let chosen = one.group.candidates.iter().find(|it| Some(it.id) == one.group.chosen);
    let facts = Facts {
        word: (!word.is_empty()).then(|| word.to_owned()),
        span: chosen.filter(|_| !is_asked).and_then(|it| it.time).map(|(start, end)| (start.ms(), end.ms())),
        ..Facts::default()
    };
    let matter = is_asked.then(|| subject.to_owned());
    learn::tell(cx, entry, &user, Tidings { kind, subject, matter, about: None, facts })
}

/// What a notice of a group says to its reader; `None`: it is gone.
pub(super) fn news(cx: &Cx<'_>, notice: &Notice) -> Result<Option<News>> {
    let Some(one) = seen(cx, notice.user, &notice.subject)? else { return Ok(None) };
    let group = &one.group;
    let by = group.members.iter().find(|it| it.user == group.initiator);
    let name = by.map(|it| it.name.clone()).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| "somebody".to_owned());
    let is_mine = group.initiator == notice.user;
    let chosen = group.candidates.iter().find(|it| Some(it.id) == group.chosen && it.time.is_none());
    let mut faces = vec![match (is_mine, group.agent) {
        (false, _) => Face { name: Some(name), is_host: false },
        (true, agent) => Face { name: None, is_host: agent.is_none() },
    }];
    // What was decided stands behind whoever asked.
    faces.extend(chosen.map(|it| Face { name: Some(it.label.clone()), is_host: false }));
    Ok(Some(News {
        kind: notice.kind.as_str().to_owned(),
        faces,
        title: group.question.clone(),
        span: notice.facts.span,
        was: None,
        word: notice.facts.word.clone().unwrap_or_default() + &besides(&one),
        counted: Some((one.turnout, group.rules.members)),
        path: format!("/groups/{}", group.id),
    }))
}

/// What stands behind the outcome: of `rejected`, where there was agreement and no time of it could be booked, why; of `decided`,
/// why the reader is not at the meeting.
fn besides(one: &Seen) -> String {
    match (one.group.state, &one.group.reason, one.left_out) {
        (State::Rejected, Some(reason), _) => format!(" {reason}"),
        (State::Decided, _, Some(why)) => format!(" {}", why.as_str()),
        _ => String::new(),
    }
}

/// What a notice of a group asks of its reader now.
pub(super) fn waits(cx: &Cx<'_>, notice: &Notice) -> Result<Waits> {
    let found = seen(cx, notice.user, &notice.subject)?;
    Ok(found.filter(|one| one.waits).map_or(Waits::Nothing, |one| Waits::Group(Box::new(one))))
}

/// The letter that asks, with its link; `None`: there is nothing to answer any more.
pub(super) fn letter(cx: &Cx<'_>, user: &User, notice: &Notice, news: &News) -> Result<Option<Says>> {
    let Some(one) = seen(cx, user.id, &notice.subject)?.filter(|one| one.can.contains(&Verb::Answer)) else {
        return Ok(None);
    };
    let times = one.group.open_candidates().filter_map(|it| it.time);
    let labels = one.group.open_candidates().filter(|it| it.time.is_none());
    Ok(Some(Says::GroupAsk {
        user: user.id,
        group: one.group.id,
        news: news.clone(),
        times: times.map(|(start, end)| (start.ms(), end.ms())).collect(),
        labels: labels.map(|it| it.label.clone()).collect(),
        is_time: one.group.subject == Subject::Time,
        link: groups::link(cx, user, &one.group)?,
        expires: one.group.step_ends_at.ms(),
    }))
}

/// Whether what a letter asks is over, and the addresses that must not stand in it.
pub fn is_group_settled(cx: &Cx<'_>, user: UserId, group: SessionId) -> Result<(Vec<Address>, bool)> {
    let Some(one) = seen(cx, user, &group.to_string())? else { return Ok((Vec::new(), true)) };
    let mut addresses = Vec::new();
    for other in one.group.members.iter().filter(|it| it.user != user) {
        match accounts::get(cx, other.user) {
            Ok(other) => addresses.push(other.address),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((addresses, !one.waits))
}

/// A sentence of a group.
pub(super) fn sentence(news: &News) -> String {
    let by = news.faces.first();
    let chosen = news.faces.get(1).and_then(|face| face.name.as_deref());
    let title = news.title.trim_end_matches(['.', '!', '…']);
    if Kind::parse(&news.kind) == Some(Kind::GroupAsked) {
        let again = if news.word == "reminder" { " still" } else { "" };
        if by.is_some_and(|face| face.is_host) {
            return format!("your own answer is{again} awaited: “{title}”");
        }
        // Who has no name here is a program of the reader's own.
        let who = by.and_then(|face| face.name.as_deref()).unwrap_or("your program");
        return format!("{who}{again} asks {} to decide together: “{title}”", asked(news));
    }
    let (outcome, why) = news.word.split_once(' ').unwrap_or((&news.word, ""));
    if let (Some(State::Decided), Some(why)) = (State::parse(outcome), LeftOut::parse(why)) {
        let why = why.words();
        return format!("it was decided together, and is booked without you, since {why}: “{title}”.");
    }
    match (State::parse(outcome), chosen) {
        (Some(State::Decided), Some(chosen)) => format!("it was decided together: “{title}” – {chosen}."),
        (Some(State::Decided), None) if news.span.is_some() => {
            format!("it was decided together, and is booked: “{title}”.")
        }
        (Some(State::Decided), None) => match news.counted {
            Some((answered, all)) if answered < all => {
                format!("it is closed, and {answered} of {all} answered: “{title}”.")
            }
            _ => format!("everybody has answered: “{title}”."),
        },
        (Some(State::Rejected), _) if !why.is_empty() => {
            let why = groups::why_not_booked(why);
            format!("what was agreed on could not be booked, since {why}: “{title}”.")
        }
        (Some(State::Rejected), _) => format!("nothing found enough agreement: “{title}”."),
        (Some(State::NoQuorum), _) => format!("too few have answered: “{title}”."),
        (Some(State::Timeout), _) => format!("its time was over first: “{title}”."),
        _ => format!("it was taken back: “{title}”."),
    }
}

/// Whom somebody asks besides the reader.
fn asked(news: &News) -> String {
    match news.counted.map(|(_, all)| all.saturating_sub(2)) {
        Some(0) => "you".to_owned(),
        Some(1) => "you and one other".to_owned(),
        Some(others) => format!("you and {others} others"),
        None => "you and others".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: Kind, word: &str, counted: (u32, u32)) -> String {
        let news = News {
            kind: kind.as_str().to_owned(),
            faces: vec![Face { name: Some("Robin".to_owned()), is_host: false }],
            title: "Rehearsal".to_owned(),
            word: word.to_owned(),
            counted: Some(counted),
            ..News::default()
        };
        sentence(&news)
    }

    #[test]
    fn whoever_is_asked_reads_how_many_others_are() {
        let asked = |all| said(Kind::GroupAsked, "", (0, all));
        assert_eq!(asked(2), "Robin asks you to decide together: “Rehearsal”");
        assert_eq!(asked(3), "Robin asks you and one other to decide together: “Rehearsal”");
        assert_eq!(asked(5), "Robin asks you and 3 others to decide together: “Rehearsal”");
    }

    #[test]
    fn only_where_all_have_answered_it_says_so() {
        let ended = |answered| said(Kind::GroupEnded, "decided", (answered, 4));
        assert_eq!(ended(4), "everybody has answered: “Rehearsal”.");
        assert_eq!(ended(2), "it is closed, and 2 of 4 answered: “Rehearsal”.");
    }

    #[test]
    fn what_could_not_be_booked_is_not_called_a_want_of_agreement() {
        let ended = |word| said(Kind::GroupEnded, word, (4, 4));
        assert_eq!(ended("rejected"), "nothing found enough agreement: “Rehearsal”.");
        assert_eq!(
            ended("rejected slot-taken"),
            "what was agreed on could not be booked, since somebody has no time then: “Rehearsal”."
        );
        assert!(ended("rejected outside").contains("outside of the hours"));
    }
}
