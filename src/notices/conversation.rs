//! Notices of conversations: an agent writes to somebody who has no program of their own. The words are read where they
//! lie sealed, and are in no notice: when they are erased there, nobody reads them here.

use super::kind::Kind;
use super::learn::{self, Tidings};
use super::model::{Facts, Notice};
use crate::accounts;
use crate::base::error::{Error, Result};
use crate::base::text;
use crate::journal::Entry;
use crate::post::letter::{Face, News};
use crate::sessions::conversation;
use crate::store::Cx;

/// How much of a message stands in a notice, in characters.
const CHARS_MAX: usize = 300;

/// Tells somebody that an agent writes to them, or that their answer is still waited for.
pub(super) fn learn(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    let (Some(user), Some(message)) = (learn::user_in(entry.object.as_deref()), entry.text("message")) else {
        return Ok(());
    };
    let user = match accounts::get(cx, user) {
        Ok(user) if user.disabled_at.is_none() => user,
        Ok(_) | Err(Error::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let kind = Kind::parse(&entry.kind).unwrap_or(Kind::ConversationTold);
    let facts = Facts { word: entry.text("type").map(str::to_owned), ..Facts::default() };
    learn::tell(cx, entry, &user, Tidings { kind, subject: message, matter: None, about: None, facts })
}

/// What such a notice says to its reader; `None`: the message is gone.
pub(super) fn news(cx: &Cx<'_>, notice: &Notice) -> Result<Option<News>> {
    let Ok(id) = notice.subject.parse() else { return Ok(None) };
    let Some(told) = conversation::told(cx, notice.user, id)? else { return Ok(None) };
    Ok(Some(News {
        kind: notice.kind.as_str().to_owned(),
        faces: vec![Face { name: Some(told.from).filter(|name| !name.is_empty()), is_host: false }],
        title: text::blank_links(&text::line(&told.text, CHARS_MAX)),
        span: None,
        was: None,
        word: notice.facts.word.clone().unwrap_or_default(),
        counted: None,
        path: format!("/conversations/{}", told.session),
    }))
}

/// The sentence of such a notice.
pub(super) fn sentence(news: &News) -> String {
    let name = news.faces.first().and_then(|face| face.name.as_deref()).unwrap_or("somebody");
    let words = &news.title;
    match (Kind::parse(&news.kind), words.is_empty()) {
        // The words may be erased by now, and then it is over.
        (Some(Kind::ConversationAwaited), true) => format!("{name} expected an answer from you."),
        (Some(Kind::ConversationAwaited), false) => {
            format!("{name} still waits for your answer to “{words}”.")
        }
        (_, true) => format!("{name} wrote to you."),
        (_, false) => format!("{name} writes to you: “{words}”"),
    }
}
