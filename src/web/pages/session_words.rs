//! Sessions in words: how one stands, who stands how, what was said, why it ended. Everybody by name, nobody by address.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::words;
use crate::base::hours::Window;
use crate::base::id::UserId;
use crate::base::time::{Timestamp, Zone};
use crate::post::letter;
use crate::sessions::{self, Became, Party, Proposal, Role, Room, Said, Session, Standing, State, Verdict};
use crate::slots::{Prefer, Reason};
use crate::web::view::parts::{Pill, Tone, When};
use crate::web::view::sessions::{NamedTime, PartyRow, SaidLine};

/// A party within a sentence: `you`, a name, `somebody`.
fn name(session: &Session, user: UserId, me: UserId) -> String {
    if user == me {
        return "you".to_owned();
    }
    let party = session.parties.iter().find(|party| party.user == user);
    party
        .map(|party| party.name.clone())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "somebody".to_owned())
}

/// Whose agent it is: `your agent`, `Ben’s agent`.
fn agent(session: &Session, user: UserId, me: UserId) -> String {
    if user == me { "your agent".to_owned() } else { format!("{}’s agent", name(session, user, me)) }
}

fn names(session: &Session, me: UserId, keep: impl Fn(&Party) -> bool) -> String {
    let named: Vec<_> = session
        .parties
        .iter()
        .filter(|party| party.user != me && keep(party))
        .map(|party| name(session, party.user, me))
        .collect();
    match named.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, rest @ ..] => format!("{one} and {} others", rest.len()),
    }
}

/// `with Ben`, `with Ben and 2 others`; empty where the title names them.
pub(super) fn with(session: &Session, me: UserId) -> String {
    let others = session.parties.iter().filter(|party| party.user != me);
    let others: Vec<_> = others.map(|party| party.name.as_str()).collect();
    let names = names(session, me, |_| true);
    if names.is_empty() || letter::is_of_names(&session.purpose, &others) {
        String::new()
    } else {
        format!("with {names}")
    }
}

/// What is said while the agents are at it.
const AGREEING: &str = "The agents are agreeing on a time. You can step in whenever you like.";

fn must_decide(session: &Session, me: UserId) -> bool {
    !session.to_decide(me).is_empty()
}

/// Whether it is for the reader to name times: their agent may not, and nothing is on the table.
fn must_name(session: &Session, me: UserId) -> bool {
    session.state == State::AwaitingConfirmation
        && session.open_proposals().next().is_none()
        && session.party(me).is_ok_and(|party| party.standing == Standing::Decides)
}

/// Whether agents are at it though people were asked: they have decided, and an agent has not agreed to it.
fn are_at_it(session: &Session) -> bool {
    session.required().all(|party| party.standing != Standing::Decides)
        && session.required().any(|party| party.standing != Standing::Confirms)
}

/// Whether the reader's agent agrees to what is on the table, so that they need do nothing.
pub(super) fn agent_agrees(session: &Session, me: UserId) -> bool {
    session.party(me).is_ok_and(|party| match party.standing {
        Standing::Agrees => true,
        Standing::Asked => party.role == Role::Initiator && !party.has_stepped_in && names_all(session, me),
        _ => false,
    })
}

/// Whether all times on the table are of somebody's agent.
fn names_all(session: &Session, user: UserId) -> bool {
    let mut open = session.open_proposals().peekable();
    open.peek().is_some() && open.all(|one| one.author == user)
}

/// How it stands for the reader, in two words.
pub(super) fn pill(session: &Session, me: UserId) -> Pill {
    match session.state {
        State::Initiated | State::Negotiating => Pill::new("agents at work", Tone::Plain),
        State::AwaitingConfirmation if are_at_it(session) => Pill::new("agents at work", Tone::Plain),
        State::AwaitingConfirmation if must_decide(session, me) || must_name(session, me) => {
            Pill::new("you decide", Tone::Wait)
        }
        State::AwaitingConfirmation => Pill::new("waits for others", Tone::Wait),
        State::Booking => Pill::new("is being booked", Tone::Wait),
        State::Confirmed => Pill::new("booked", Tone::Yes),
        State::Canceled | State::Expired | State::Error => Pill::new("no meeting", Tone::No),
    }
}

/// The same in a sentence or two, with what is asked of the reader, or why there is no meeting.
pub(super) fn lead(session: &Session, me: UserId) -> String {
    let now = match session.state {
        State::Initiated => {
            let agent = agent(session, session.initiator, me);
            format!("{} is looking for times.", words::sentence(&agent))
        }
        State::Negotiating => AGREEING.to_owned(),
        State::AwaitingConfirmation if are_at_it(session) => AGREEING.to_owned(),
        State::AwaitingConfirmation if must_decide(session, me) => match session.reason.as_deref() {
            Some("rounds") => {
                "The agents did not agree in the rounds they had. Pick one of these times, or name \
                               another."
                    .to_owned()
            }
            Some("stale") => {
                "The agents found a time, but a calendar could not be read lately: look whether it suits \
                 before you agree. Nothing is booked before."
                    .to_owned()
            }
            _ if session.group.is_some() => {
                "A group decided on this time. What your agent may book by itself does not cover it, so you have the last word: nothing is booked before you agree."
                    .to_owned()
            }
            Some("rights") => {
                "In the conversation that this began in less is shared now, so a person decides. Nothing is booked before you agree."
                    .to_owned()
            }
            Some("grant") => {
                "What may be booked by itself has changed, so a person decides. Nothing is booked before you agree."
                    .to_owned()
            }
            _ => "The agents found a time. Nothing is booked before you agree.".to_owned(),
        },
        State::AwaitingConfirmation if must_name(session, me) => {
            "Your agent names no times here, so it is yours to name some.".to_owned()
        }
        State::AwaitingConfirmation => {
            let waits = names(session, me, |party| party.standing == Standing::Decides);
            if waits.is_empty() {
                return "People said yes to different times. It is booked once they agree on one.".to_owned();
            }
            let why = match session.reason.as_deref() {
                Some("stale") => "A calendar could not be read lately, so a person decides",
                _ => "A person decides now",
            };
            format!("{why}: it waits for {waits}.")
        }
        State::Booking => "Everybody agreed. The calendars are read once more, then it is booked.".to_owned(),
        State::Confirmed => "It is booked. Everybody gets an invitation of their own.".to_owned(),
        State::Canceled | State::Expired | State::Error => {
            return ended(session, me);
        }
    };
    let before = match session.reason.as_deref() {
        Some("slot-taken") => "The last time could not be had any more, and nothing is held. ",
        Some("narrowed") => "A time that was on the table cannot be had any more. ",
        Some("time-out") => "The last time could not be booked fast enough, and nothing is held. ",
        _ => "",
    };
    format!("{before}{now}")
}

/// Why it came to no meeting.
fn ended(session: &Session, me: UserId) -> String {
    match session.reason.as_deref() {
        Some("no-common-time") => "No time suits everybody within what was asked for.".to_owned(),
        Some("declined") if session.party(me).is_ok_and(|party| party.standing == Standing::Declined) => {
            "You declined, and everybody was told.".to_owned()
        }
        Some("declined") => {
            let who = names(session, me, |party| party.standing == Standing::Declined);
            words::sentence(&format!("{} declined.", if who.is_empty() { "somebody" } else { &who }))
        }
        Some("canceled") => "It was ended. Who did is in the transcript.".to_owned(),
        Some("time") => "Nobody decided in time.".to_owned(),
        Some("rounds") => "The agents did not agree in the rounds they had.".to_owned(),
        Some("revoked") => "It cannot be arranged between you any more.".to_owned(),
        Some("slot-taken") => "The time could not be had any more.".to_owned(),
        Some("outside") => "The time lies outside of the hours at which somebody can be met.".to_owned(),
        Some("time-out") => "The time could not be booked fast enough.".to_owned(),
        _ => "The house could not go on with it. Nothing was booked.".to_owned(),
    }
}

/// The rooms that are needed, behind what else was asked for: `, in Blue Room and Projector`.
pub(super) fn in_rooms(rooms: &[Room]) -> String {
    let names = |is_there: bool| -> Vec<&str> {
        rooms.iter().filter(|room| room.is_there == is_there).map(|room| room.name.as_str()).collect()
    };
    let (there, gone) = (names(true), names(false));
    let needed = if there.is_empty() { String::new() } else { format!(", in {}", there.join(" and ")) };
    if gone.is_empty() {
        return needed;
    }
    format!("{needed}. {} can no longer be had, and so is not waited for", gone.join(" and "))
}

/// What was asked for: `45 minutes, 23 Nov to 27 Nov, from 10:00, by video`. The days are those of whoever began it, in the
/// zone `theirs`; the hours are told as the reader's clock in `zone` shows them.
pub(super) fn wanted(session: &Session, theirs: Zone, zone: Zone) -> String {
    let want = &session.want;
    let day = |date: NaiveDate| date.format("%-d %b").to_string();
    let (first, last) = match (want.days.first(), want.days.last()) {
        (Some(first), Some(last)) => (*first, *last),
        _ => (theirs.date(Timestamp::from_ms(want.from)), theirs.date(Timestamp::from_ms(want.to - 1))),
    };
    let days: Vec<String> = if want.days.is_empty() {
        vec![if first == last { day(first) } else { format!("{} to {}", day(first), day(last)) }]
    } else {
        want.days.iter().map(|date| day(*date)).collect()
    };
    let mut parts = vec![format!("{} minutes", want.minutes), days.join(", ")];
    if let Some(within) = want.within {
        let (at_first, at_last) = (hours(within, first, theirs, zone), hours(within, last, theirs, zone));
        parts.push(if at_first == at_last {
            at_first
        } else {
            format!("{at_first}, and once clocks have changed {at_last}")
        });
    }
    if let Some(place) = want.place {
        parts.push(place.words().to_owned());
    }
    parts.join(", ")
}

/// What would be better, to the reader: `You would rather meet on Tuesday, 09:00 to 12:00.` Empty where nothing would.
pub(super) fn better(session: &Session, me: UserId, theirs: Zone, zone: Zone) -> String {
    let Prefer { within, days } = &session.want.prefer;
    let first = theirs.date(Timestamp::from_ms(session.want.from));
    let on = Some(sessions::better_days(days)).filter(|days| !days.is_empty());
    let at = within.map(|within| hours(within, first, theirs, zone));
    let both: Vec<String> = on.into_iter().chain(at).collect();
    if both.is_empty() {
        return String::new();
    }
    let who = words::sentence(&name(session, session.initiator, me));
    format!(
        "{who} would rather meet {}; other times are named where none of these can be had.",
        both.join(", ")
    )
}

/// Why a time was named, to the reader; empty where nothing is to be said.
pub(super) fn why_named(session: &Session, reason: Option<Reason>, me: UserId) -> String {
    let who = name(session, session.initiator, me);
    match reason {
        Some(Reason::Preferred) => format!("when {who} would rather meet"),
        Some(Reason::PartlyPreferred) => format!("the day or the hour that {who} would rather have"),
        _ => String::new(),
    }
}

/// The hours of a day in the zone `theirs`, by the clock of `zone`: `from 11:00`, `03:00 to 05:00 the day after`.
fn hours(within: Window, date: NaiveDate, theirs: Zone, zone: Zone) -> String {
    let at = |minutes: u16| {
        let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes));
        zone.local(theirs.resolve(local).instant())
    };
    let (start, end) = (at(within.start()), at(within.end()));
    let clock = |local: NaiveDateTime| local.format("%H:%M").to_string();
    let beside = |local: NaiveDateTime| match local.date().signed_duration_since(date).num_days() {
        days if days > 0 => " the day after",
        days if days < 0 => " the day before",
        _ => "",
    };
    match (within.start(), within.end()) {
        (0, until) => {
            // An end after midnight is said by its clock alone, as the one who asked said it.
            let words = if until > 1_440 { "" } else { beside(end) };
            format!("until {}{words}", clock(end))
        }
        (_, 1_440) => format!("from {}{}", clock(start), beside(start)),
        _ => format!("{} to {}{}", clock(start), clock(end), beside(start)),
    }
}

/// Who takes part, and how they stand.
pub(super) fn parties(session: &Session, me: UserId) -> Vec<PartyRow> {
    let row = |party: &Party| PartyRow {
        name: words::sentence(&name(session, party.user, me)),
        role: match party.role {
            Role::Initiator => "asked first",
            Role::Required => "needed",
            Role::Optional => "need not come",
        }
        .to_owned(),
        pill: standing(session, party),
    };
    session.parties.iter().map(row).collect()
}

fn standing(session: &Session, party: &Party) -> Pill {
    match party.standing {
        _ if session.state == State::Confirmed && party.role != Role::Optional => {
            Pill::new("agreed", Tone::Yes)
        }
        // What the agent of whoever began it names, it agrees to.
        Standing::Asked
            if party.role == Role::Initiator
                && !party.has_stepped_in
                && session.open_proposals().any(|one| one.author == party.user) =>
        {
            Pill::new("agent agrees", Tone::Yes)
        }
        Standing::Asked => Pill::new("no answer yet", Tone::Plain),
        Standing::Agrees => Pill::new("agent agrees", Tone::Yes),
        Standing::Confirms => Pill::new("agrees", Tone::Yes),
        Standing::Decides if session.state.is_over() => Pill::new("did not decide", Tone::Plain),
        Standing::Decides => Pill::new("must decide", Tone::Wait),
        Standing::Declined => Pill::new("declined", Tone::No),
    }
}

/// How people stand to one time: `Ben agrees. Your agent would take it.`
pub(super) fn said_of(session: &Session, proposal: &Proposal, me: UserId) -> String {
    let named = format!("{} named it", agent_or_person(session, proposal, me));
    let why = why_named(session, proposal.reason, me);
    let why = if why.is_empty() { ".".to_owned() } else { format!(": {why}.") };
    let mut said = vec![words::sentence(&format!("{named}{why}"))];
    for party in session.parties.iter().filter(|party| party.user != proposal.author) {
        let is_this = party.proposal == Some(proposal.id);
        let words = match party.standing {
            Standing::Confirms if party.is_sure_of(proposal) && party.user == me => "You agreed.".to_owned(),
            Standing::Confirms if party.is_sure_of(proposal) => {
                format!("{} agrees.", words::sentence(&name(session, party.user, me)))
            }
            Standing::Agrees if is_this => {
                format!("{} agrees.", words::sentence(&agent(session, party.user, me)))
            }
            Standing::Decides if is_this => {
                format!("{} would take it.", words::sentence(&agent(session, party.user, me)))
            }
            _ => continue,
        };
        said.push(words);
    }
    said.join(" ")
}

fn agent_or_person(session: &Session, proposal: &Proposal, me: UserId) -> String {
    if proposal.by_person { name(session, proposal.author, me) } else { agent(session, proposal.author, me) }
}

/// One entry of the transcript, as the reader reads it.
pub(super) fn line(session: &Session, said: &Said, me: UserId, zone: Zone, now: Timestamp) -> SaidLine {
    let who = match said.author {
        None => "The house".to_owned(),
        Some(author) if said.by_person => words::sentence(&name(session, author, me)),
        Some(author) => words::sentence(&agent(session, author, me)),
    };
    let text = |field: &str| said.body[field].as_str().unwrap_or_default();
    let proposal = session.proposals.iter().find(|one| one.id.to_string() == text("proposal"));
    let instant = |slot: &serde_json::Value, field: &str| Timestamp::parse_rfc3339(slot[field].as_str()?);
    // Of a room it may be a time that nobody has proposed.
    let told = instant(&said.body, "start").zip(instant(&said.body, "end"));
    let named = told.or(proposal.map(|one| (one.start, one.end)));
    let named = named.map(|time| named_time(session, time, me, zone));
    let has_time = named.is_some();
    let what = match (said.kind.as_str(), said.author) {
        ("proposal", _) if session.group.is_some() => "A group decided on a time".to_owned(),
        ("proposal", _) => format!("{who} proposed times"),
        ("counter", _) => format!("{who} named other times"),
        ("accept", _) if text("standing") == "decides" => format!("{who} would take a time, if they agree"),
        ("accept", _) => format!("{who} agreed to a time"),
        ("decline", _) if has_time => format!("{who} refused a time"),
        ("decline", _) => format!("{who} declined"),
        ("confirm", None) => "It was booked".to_owned(),
        ("confirm", _) => format!("{who} confirmed a time"),
        ("cancel", _) => format!("{who} ended it"),
        ("room", _) => of_room(text("name"), Verdict::parse(text("answer")), Became::parse(text("became"))),
        ("note", Some(_)) => format!("{who} said something"),
        ("note", _) if session.group.is_some() && text("reason") == "grant" => {
            "What an agent may book by itself does not cover it: a person decides".to_owned()
        }
        ("note" | "error", _) => happened(text("reason")).to_owned(),
        _ => format!("{who} did something"),
    };
    let slots = said.body["slots"].as_array().into_iter().flatten();
    let listed = slots.filter_map(|slot| {
        Some(named_time(session, (instant(slot, "start")?, instant(slot, "end")?), me, zone))
    });
    let note = if said.kind == "note" { text("text") } else { text("note") };
    let utc = said.at.utc().format("%H:%M UTC").to_string();
    SaidLine {
        what,
        times: listed.chain(named).collect(),
        note: note.to_owned(),
        near: words::near(zone, said.at, now),
        utc: if zone.local(said.at) == said.at.utc().naive_utc() { String::new() } else { utc },
        iso: said.at.to_rfc3339(),
    }
}

/// What the program of a room is asked, says, or is told.
fn of_room(name: &str, answer: Option<Verdict>, became: Option<Became>) -> String {
    let told = match (became, answer) {
        (Some(Became::Booked), _) => "that it was booked",
        (Some(Became::LetGo), _) => "that it is not needed then",
        (Some(Became::Moved), _) => "that the meeting was moved",
        (Some(Became::Cancelled), _) => "that the meeting was called off",
        (None, Some(Verdict::Accept)) => return format!("{name} can be had, says its program"),
        (None, Some(Verdict::Decline)) => return format!("{name} cannot be had, says its program"),
        (None, None) => return format!("The program of {name} is asked whether it can be had"),
    };
    format!("The program of {name} is told {told}")
}

/// A time of the transcript, and why it was named.
fn named_time(session: &Session, (start, end): (Timestamp, Timestamp), me: UserId, zone: Zone) -> NamedTime {
    let named = session.proposals.iter().find(|one| (one.start, one.end) == (start, end));
    let why = why_named(session, named.and_then(|one| one.reason), me);
    NamedTime { when: When::span(zone, start, end), why }
}

/// What the house says happened, by its stable word.
fn happened(reason: &str) -> &'static str {
    match reason {
        "no-common-time" => "No time suits everybody: it is over",
        "declined" => "It is over: somebody declined",
        "canceled" => "It is over",
        "time" => "Its time was over before anybody decided",
        "rounds" => "The agents had their rounds: the people decide now",
        "revoked" => "It cannot be arranged any more: it is over",
        "slot-taken" => "The time cannot be had any more: nothing is held",
        "outside" => "The time lies outside of the hours at which somebody can be met",
        "narrowed" => "A time on the table cannot be had any more",
        "time-out" => "The time could not be booked fast enough: nothing is held",
        "stale" => "A calendar could not be read lately: a person decides",
        "grant" => "What may be booked by itself has changed: a person decides",
        "rights" => "Less is shared in the conversation that this began in: a person decides",
        _ => "The house could not go on",
    }
}

/// What to say of a step that was taken, by what it came to.
pub(super) fn done(session: &Session, step: &'static str) -> &'static str {
    match (session.state, step) {
        (State::Confirmed, _) => "session-booked",
        (State::Booking, _) => "session-booking",
        (_, "session-ended") => step,
        (state, _) if state.is_over() => "session-over",
        _ => step,
    }
}
