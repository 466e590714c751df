//! A line that somebody mailed to the organizer: the answer is one letter with what was understood, and a link whose page
//! begins it.
//!
//! A From is easily forged. So the answer goes to the address of the account and nowhere else, nothing begins without the
//! page's button, and of a mail that is not proven to be its holder's nothing is quoted: what was typed into a forged one
//! would be mailed on in our name.

use super::start::{Started, start};
use super::told::{self, Asked};
use super::wish::{Desk, Preview, Reading};
use crate::accounts::{self, User};
use crate::agents;
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::{Error, Result};
use crate::base::id::{ConnectionId, UserId};
use crate::base::text;
use crate::base::time::{DAY, HOUR, Timestamp};
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::links::{self, About, Link, Purpose, Standing};
use crate::network;
use crate::post::letter::{self, Draft, Enqueued, Says, WishRead};
use crate::store::Cx;
use crate::words::wish::{self as words, Phrases, Unread};

/// How many mails of one account are answered, where each was proven to be its holder's.
const PROVEN: Budget = Budget { name: "wish-mail", most: 20, window_ms: DAY };
/// How many are answered that may be anybody's.
const UNPROVEN: Budget = Budget { name: "wish-mail-unproven", most: 3, window_ms: DAY };
/// How many of those are told that nothing was understood: most of what is forged is no wish.
const UNPROVEN_UNCLEAR: Budget = Budget { name: "wish-mail-unclear", most: 1, window_ms: DAY };
/// How often somebody may have a fresh link to what they asked for.
const FRESH: Budget = Budget { name: "fresh-link", most: 5, window_ms: HOUR };
/// How long the link acts.
const LINK_MS: i64 = 48 * HOUR;
/// How much of a line is quoted, in characters.
const LINE_CHARS_MAX: usize = 300;

/// What is said where a language model helped.
pub const HELPED: &str = "A language model helped to read it: look closely before you press the button.";

/// A mail that may hold a wish.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// Its subject.
    pub subject: &'a str,
    /// Its text, without what it quotes and without a signature.
    pub text: &'a str,
    /// Its Message-ID, without brackets.
    pub message_id: Option<String>,
    /// What it is known again by.
    pub key: &'a str,
    /// Whether it is proven to be the account's holder's.
    pub is_proven: bool,
    /// What a language model said of its line; nothing, if none is to be asked any more.
    pub help: Help<'a>,
}

/// Whether a language model helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help<'a> {
    /// One may be asked first.
    MayBeAsked,
    /// One was, and said this; or none is.
    Said(Option<&'a Phrases>),
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was understood, and answered with a preview.
    Understood,
    /// It was not, and answered with what was not.
    Unclear,
    /// Nothing was done: a language model is to be asked about this line first.
    Ask(String),
    /// Its sender was answered often enough, or asked never to be written to.
    Unanswered,
}

/// Reads a mail in the name of whoever it seems to be from, and answers it by one letter. Nobody is asked anything.
pub fn hear(cx: &mut Cx<'_>, who: &Actor, user: UserId, mail: &Mail<'_>) -> Result<Heard> {
    let user = accounts::get(cx, user)?;
    let reader = reading_as(&user, who);
    let desk = Desk::of(cx, &reader)?;
    let (subject, text) = (desk.without_rooms(mail.subject), desk.without_rooms(mail.text));
    let rooms = [subject.rooms, text.rooms].concat();
    let read = words::mailed(&subject.line, &text.line, &desk.reader());
    let help = match mail.help {
        Help::Said(said) => said.filter(|_| mail.is_proven),
        Help::MayBeAsked => None,
    };
    let preview = match desk.reading(cx, (&read.line, &rooms), read.wish, help)? {
        Reading::Understood(mut preview) => {
            // What is shown is what is begun.
            preview.new.purpose = quoted(&preview.new.purpose);
            Ok(*preview)
        }
        // A line that may be anybody's never leaves the house.
        Reading::Unclear { may_be_asked: true, .. } if mail.is_proven && mail.help == Help::MayBeAsked => {
            return Ok(Heard::Ask(read.line));
        }
        Reading::Unclear { reason, .. } => Err(reason),
    };
    if !may_answer(cx, &user, mail.is_proven, preview.is_ok())? {
        return Ok(Heard::Unanswered);
    }
    let heard = if preview.is_ok() { Heard::Understood } else { Heard::Unclear };
    let line = if mail.is_proven { quoted(&read.line) } else { String::new() };
    let letter = match &preview {
        Ok(preview) => {
            let notes = read.unread.map(unread).into_iter().map(str::to_owned).collect();
            understood(
                cx,
                &reader,
                &user,
                preview,
                WishRead { line, notes, ..WishRead::default() },
                mail.is_proven,
            )?
        }
        Err(why) => {
            let unclear =
                if mail.is_proven { quoted(why) } else { "Its words were not understood.".to_owned() };
            let read = WishRead { line, unclear, examples: examples(&desk), ..WishRead::default() };
            Says::Wish {
                user: user.id,
                with: Vec::new(),
                is_proven: mail.is_proven,
                read,
                link: None,
                expires: 0,
            }
        }
    };
    let key = format!("wish {} {}", user.id, mail.key);
    if !write(cx, who, &user, letter, (key, mail.message_id.clone()))? {
        return Ok(Heard::Unanswered);
    }
    let data = serde_json::json!({ "understood": heard == Heard::Understood, "proven": mail.is_proven });
    let author = if mail.is_proven { reader } else { Actor { who: Who::Anyone, ..who.clone() } };
    journal::append(cx, &author, &Happening::to("wish.answered", &user.id).data(&data))?;
    Ok(heard)
}

fn reading_as(user: &User, who: &Actor) -> Actor {
    Actor { who: Who::User { id: user.id, admin: false }, ..who.clone() }
}

fn may_answer(cx: &Cx<'_>, user: &User, is_proven: bool, is_understood: bool) -> Result<bool> {
    let spender = user.id.to_string();
    if is_proven {
        return limits::allows(cx, PROVEN, &spender, 1);
    }
    if !is_understood && !limits::allows(cx, UNPROVEN_UNCLEAR, &spender, 1)? {
        return Ok(false);
    }
    limits::allows(cx, UNPROVEN, &spender, 1)
}

/// Words of the mail as they may stand in ours.
fn quoted(line: &str) -> String {
    text::blank_links(&text::line(line, LINE_CHARS_MAX))
}

fn unread(left: Unread) -> &'static str {
    match left {
        Unread::Subject => "Only the text of your mail was read for this, not its subject.",
        Unread::Text => "What stands further down in your mail was not understood, and left out.",
    }
}

/// Lines that would be understood, with the name of somebody who can be asked.
fn examples(desk: &Desk) -> Vec<String> {
    let names: Vec<&str> = desk.connected().iter().filter_map(|one| one.name.as_deref()).collect();
    let whole = names.iter().copied().find(|name| !name.is_empty()).unwrap_or("Robin");
    let first = whole.split_whitespace().next().unwrap_or(whole);
    let is_one = names.iter().filter(|name| name.split_whitespace().next() == Some(first)).count() <= 1;
    let name = if is_one { first } else { whole };
    vec![
        format!("45 minutes with {name} next week, not before 10"),
        format!("an hour with {name} next Tuesday or Thursday, in person"),
        format!("30 minutes with {name} tomorrow at 3pm by phone"),
    ]
}

/// The letter that shows what was understood, with its link where something can begin.
fn understood(
    cx: &Cx<'_>,
    reader: &Actor,
    user: &User,
    preview: &Preview,
    mut read: WishRead,
    is_proven: bool,
) -> Result<Says> {
    let asked = told::asked(cx, reader, &preview.new.with)?;
    let is_open = asked.iter().all(|one| !one.is_refused);
    let expires = cx.now.plus(LINK_MS).min(Timestamp::from_ms(preview.new.want.to));
    let about = About {
        user: Some(user.id),
        detail: Some(serde_json::to_string(preview).map_err(Error::internal)?),
        ..About::default()
    };
    let link =
        is_open.then(|| links::issue(cx, Purpose::Wish, &user.address, &about, expires)).transpose()?;
    read.title = told::title(preview);
    read.fields = told::fields(preview, user.zone);
    if preview.is_helped {
        read.notes.push(HELPED.to_owned());
    }
    read.asked = asked.into_iter().map(|one| one.words).collect();
    let with = others(cx, reader, &preview.new.with)?;
    Ok(Says::Wish { user: user.id, with, is_proven, read, link, expires: expires.ms() })
}

/// The accounts at the other side of connections.
fn others(cx: &Cx<'_>, reader: &Actor, with: &[ConnectionId]) -> Result<Vec<UserId>> {
    let all: Result<Vec<_>> =
        with.iter().map(|id| network::connection(cx, reader, *id).map(|one| one.other)).collect();
    Ok(all?.into_iter().flatten().collect())
}

/// Writes a letter to the address of the account; says whether it is new.
fn write(
    cx: &Cx<'_>,
    who: &Actor,
    user: &User,
    says: Says,
    (unique_key, in_reply_to): (String, Option<String>),
) -> Result<bool> {
    let draft = Draft {
        to: user.address.clone(),
        name: user.given_name(),
        zone: user.zone,
        participant: None,
        says,
        unique_key,
        in_reply_to,
        expires: None,
        trace: who.trace.clone(),
    };
    Ok(matches!(letter::enqueue(cx, draft)?, Enqueued::Yes(..)))
}

/// A wish as the bearer of its link sees it.
#[derive(Clone, Debug)]
pub struct Wished {
    /// Whose it is.
    pub user: User,
    /// What would be begun.
    pub preview: Preview,
    /// What would be asked of whom, as things stand now.
    pub asked: Vec<Asked>,
    /// Whether the link still acts.
    pub standing: Standing,
    /// Whether any of the time that was wanted is still ahead.
    pub is_ahead: bool,
}

/// Opens a link. Changes nothing.
pub fn open_wish(cx: &Cx<'_>, secret: &str) -> Result<Wished> {
    found(cx, secret).map(|(_, wished)| wished)
}

fn found(cx: &Cx<'_>, secret: &str) -> Result<(Link, Wished)> {
    let link = links::find(cx, Purpose::Wish, secret)?;
    let unknown = || Error::NotFound("link");
    let user = accounts::of_link(cx, &link)?;
    let detail = link.about.detail.as_deref().ok_or_else(unknown)?;
    let mut preview: Preview = serde_json::from_str(detail).map_err(|_| unknown())?;
    let reader = Actor::new(Who::User { id: user.id, admin: false }, Road::Link, "");
    preview.names = named(cx, &reader, &preview.new.with)?;
    preview.rooms =
        agents::still_there(cx, &preview.new.want.resources)?.into_iter().map(|room| room.name).collect();
    let asked = told::asked(cx, &reader, &preview.new.with)?;
    let is_ahead = Timestamp::from_ms(preview.new.want.to) > cx.now;
    let standing = link.standing(cx.now);
    Ok((link, Wished { user, preview, asked, standing, is_ahead }))
}

/// How those are called that a link names; one who is gone is somebody.
fn named(cx: &Cx<'_>, reader: &Actor, with: &[ConnectionId]) -> Result<Vec<String>> {
    let name = |id: &ConnectionId| match network::connection(cx, reader, *id) {
        Ok(one) => Ok(one.name.unwrap_or_default()),
        Err(Error::NotFound(_)) => Ok(String::new()),
        Err(error) => Err(error),
    };
    with.iter().map(name).collect()
}

/// Begins what a link shows, as the person it was mailed to. It acts once. A refusal is a value, as in [`start`], and leaves
/// the link as it was.
pub fn begin(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<(Wished, Started)> {
    let (link, wished) = found(cx, secret)?;
    match wished.standing {
        Standing::Live => {}
        Standing::Used => return Err(Error::refused("link.used", "This link was used already.")),
        Standing::Expired => return Err(Error::refused("link.expired", "This link has expired.")),
    }
    let me = Actor::new(Who::User { id: wished.user.id, admin: false }, Road::Link, who.trace.clone());
    let started = start(cx, &me, &wished.preview.new)?;
    if started.session().is_some() {
        links::use_up(cx, link.id)?;
    }
    Ok((wished, started))
}

/// Sends what was understood once more, with a fresh link, to the address that a used or expired one was bound to. Whoever asks
/// learns nothing: the answer is the same whatever the link was.
pub fn fresh_wish(cx: &mut Cx<'_>, who: &Actor, secret: &str) -> Result<()> {
    let (_, wished) = match found(cx, secret) {
        Ok(found) => found,
        Err(Error::NotFound(_)) => {
            let data = serde_json::json!({ "purpose": Purpose::Wish.as_str() });
            return journal::append(cx, who, &Happening::of("link.invalid").data(&data)).map(drop);
        }
        Err(error) => return Err(error),
    };
    let user = wished.user;
    if !wished.is_ahead || !limits::allows(cx, FRESH, &user.id.to_string(), 1)? {
        return Ok(());
    }
    let reader = reading_as(&user, who);
    let says = understood(cx, &reader, &user, &wished.preview, WishRead::default(), true)?;
    let key = format!("wish {} fresh {}", user.id, cx.now.ms());
    write(cx, who, &user, says, (key, None))?;
    journal::append(cx, who, &Happening::to("link.renewed", &user.id)).map(drop)
}
