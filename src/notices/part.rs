//! A person's part of the notices, to take away and to erase; and what is kept for a while only.

use super::{Kind, choose, deadline, mail, read, sql};
use crate::base::actor::{Actor, Road, Who};
use crate::base::error::Result;
use crate::base::id::UserId;
use crate::base::time::Timestamp;
use crate::store::Cx;

/// How many notices are read at once.
const EXPORT_MAX: u32 = 200;

/// Erases everything there is of somebody here, and what the notices of others say of them. Letters are the post's.
pub fn erase(cx: &mut Cx<'_>, user: UserId) -> Result<()> {
    deadline::drop_of_user(cx, user)?;
    for notice in sql::about(cx, user)? {
        mail::take_back(cx, &notice)?;
    }
    sql::erase(cx, user)
}

/// What is stored of somebody here, as a document to take away.
pub fn export(cx: &Cx<'_>, user: UserId) -> Result<serde_json::Value> {
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Worker, "export");
    let listing = super::Listing { unread: false, before: None, limit: EXPORT_MAX };
    let mut notices = Vec::new();
    let mut next = Some(listing);
    while let Some(listing) = next {
        let page = read::list(cx, &who, listing)?;
        notices.extend(page.notices.iter().map(|one| {
            serde_json::json!({
                "kind": one.notice.kind.as_str(),
                "text": super::sentence(&one.news),
                "created": one.notice.created_at.to_rfc3339(),
                "read": one.notice.read_at.map(Timestamp::to_rfc3339),
            })
        }));
        next = page.next.map(|before| super::Listing { before: Some(before), ..listing });
    }
    let chosen = choose::preferences(cx, &who)?;
    let mail: serde_json::Map<_, _> = Kind::ALL
        .iter()
        .filter_map(|kind| Some((kind.as_str().to_owned(), chosen.mail.get(kind)?.as_str().into())))
        .collect();
    Ok(serde_json::json!({
        "notices": notices,
        "mail": mail,
        "quiet_hours": chosen.quiet,
        "digest_at": format!("{:02}:{:02}", chosen.digest_at / 60, chosen.digest_at % 60),
        "remind_minutes": chosen.remind_minutes,
    }))
}

/// Deletes notices whose time is over; gives how many.
pub fn delete_ended(cx: &Cx<'_>) -> Result<usize> {
    sql::delete_before(cx, cx.now.plus(-cx.house().notice_retention_ms))
}
