//! Fresh links in place of those of a mailed question: the question is mailed once more, while it waits.

use super::{mail, sql, words};
use crate::accounts::User;
use crate::base::actor::{Actor, Who};
use crate::base::error::{Error, Result};
use crate::base::time::HOUR;
use crate::booking;
use crate::groups;
use crate::journal::{self, Happening};
use crate::limits::{self, Budget};
use crate::links::Purpose;
use crate::sessions;
use crate::store::Cx;
use crate::tasks::approvals;

/// How often somebody may have fresh links sent.
const FRESH: Budget = Budget { name: "fresh-link", most: 5, window_ms: HOUR };

/// Sends the question that a used or expired link was about to the address that it was bound to, with fresh links, if it still
/// waits. Whoever asks learns nothing: the answer is the same whatever the link was.
pub fn fresh(cx: &mut Cx<'_>, who: &Actor, purpose: Purpose, secret: &str) -> Result<()> {
    let found = match purpose {
        Purpose::Decide => sessions::open(cx, secret).map(|one| (one.user, one.session.id.to_string())),
        Purpose::BookingDecide => {
            booking::to_decide(cx, secret).map(|one| (one.user, one.booking.id.to_string()))
        }
        Purpose::Approval => {
            approvals::open_approval(cx, secret).map(|one| (one.user, one.approval.id.to_string()))
        }
        Purpose::Group => groups::open(cx, secret).map(|one| (one.user, one.seen.group.id.to_string())),
        _ => Err(Error::NotFound("link")),
    };
    match found {
        Ok((user, matter)) => again(cx, who, &user, &matter),
        Err(Error::NotFound(_)) => {
            let data = serde_json::json!({ "purpose": purpose.as_str() });
            journal::append(cx, who, &Happening::of("link.invalid").data(&data)).map(drop)
        }
        Err(error) => Err(error),
    }
}

fn again(cx: &mut Cx<'_>, who: &Actor, user: &User, matter: &str) -> Result<()> {
    let notice = sql::open(cx, matter)?.into_iter().find(|notice| notice.user == user.id);
    let Some(notice) = notice else { return Ok(()) };
    if !limits::allows(cx, FRESH, &user.id.to_string(), 1)? {
        return Ok(());
    }
    let news = words::news(cx, &notice, &who.trace)?;
    let Some(says) = mail::question(cx, user, &notice, &news)? else { return Ok(()) };
    let key = format!("fresh {} {matter} {}", user.id, cx.now.ms());
    mail::write(cx, user, says, (key, None), &who.trace)?;
    let who = Actor { who: Who::User { id: user.id, admin: false }, ..who.clone() };
    journal::append(cx, &who, &Happening::to("link.renewed", &matter).with(&user.id)).map(drop)
}
