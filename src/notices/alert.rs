//! Alerts: when bounces, messages that cannot be read or links that do not exist become many, every
//! administrator is told by mail, once per incident. An incident ends when an hour passed below the limit.

use crate::accounts;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::time::{HOUR, MINUTE, Timestamp};
use crate::journal::{self, Entry, Follower, Happening};
use crate::post::fact;
use crate::post::letter::{self, Draft, Says};
use crate::store::Cx;

/// Reads the journal for what must be told at once.
pub(super) const FOLLOWER: Follower = Follower { name: "alerts", apply };

/// The fewest mails from which a rate means anything.
const MAILS_MIN: i64 = 5;

/// What can go wrong often.
struct Rule {
    name: &'static str,
    title: &'static str,
    cure: &'static str,
    is_over: fn(&Cx<'_>, Timestamp) -> Result<Option<String>>,
}

const RULES: [Rule; 3] = [
    Rule {
        name: "bounce-rate",
        title: "Many mails come back",
        cure: "Look at the delivery problems on the admin page, and run `entente doctor`: SPF, DKIM and DMARC of the \
               organizer's domain are the usual cause.",
        is_over: bounces,
    },
    Rule {
        name: "parser-failures",
        title: "Many messages cannot be read",
        cure: "Look at the incoming messages with the outcome `rejected` on the admin page; each says why.",
        is_over: parser_failures,
    },
    Rule {
        name: "invalid-links",
        title: "Many links that do not exist are tried",
        cure: "Somebody may be guessing. Links are 160 bits and cannot be guessed; if it goes on, block the network \
               address at the proxy.",
        is_over: invalid_links,
    },
];

fn bounces(cx: &Cx<'_>, since: Timestamp) -> Result<Option<String>> {
    let sent = journal::count_since(cx, "letter.sent", since)?;
    let back = journal::count_since(cx, "letter.bounced", since)?
        + journal::count_since(cx, "letter.failed", since)?;
    let all = sent.max(back);
    let limit = cx.house().alert_bounce_percent;
    let is_over = all >= MAILS_MIN && back * 100 >= all * limit && back > 0;
    Ok(is_over.then(|| format!("{back} of {all} mails of the last hour could not be delivered.")))
}

fn parser_failures(cx: &Cx<'_>, since: Timestamp) -> Result<Option<String>> {
    let many = journal::count_since(cx, "inbound.rejected", since)?;
    Ok((many >= cx.house().alert_parser_failures)
        .then(|| format!("{many} messages of the last hour could not be read.")))
}

fn invalid_links(cx: &Cx<'_>, since: Timestamp) -> Result<Option<String>> {
    let many = journal::count_since(cx, "link.invalid", since)?;
    Ok((many >= cx.house().alert_invalid_links)
        .then(|| format!("{many} links that do not exist were tried in the last hour.")))
}

/// Some things are told without counting: a letter that would have shown an address.
fn apply(cx: &mut Cx<'_>, entry: &Entry) -> Result<()> {
    if entry.kind == "letter.leak-stopped" {
        let title = "A mail was stopped because it held an address";
        let text = "The last check before sending found another participant's address in a mail and stopped it. It lies \
                    with the dead letters. Please report this: it should not be possible.";
        tell(cx, &Actor::house(&entry.trace), &format!("leak {}", entry.id), title, text)?;
    }
    Ok(())
}

/// Looks at every rule: tells of incidents that begin, and forgets those that ended.
pub fn watch(cx: &mut Cx<'_>, who: &Actor) -> Result<()> {
    let since = cx.now.plus(-HOUR);
    for rule in RULES {
        let fact_name = format!("alert {}", rule.name);
        let known = fact::get(cx, &fact_name)?;
        match ((rule.is_over)(cx, since)?, known) {
            (Some(what), None) => {
                fact::set(cx, &fact_name, &what)?;
                let key = format!("{} {}", rule.name, cx.now.ms() / MINUTE);
                tell(cx, who, &key, rule.title, &format!("{what}\n\n{}", rule.cure))?;
                let data = serde_json::json!({ "rule": rule.name, "what": what });
                journal::append(cx, who, &Happening::of("alert.begun").data(&data))?;
            }
            (None, Some(_)) => {
                fact::clear(cx, &fact_name)?;
                let data = serde_json::json!({ "rule": rule.name });
                journal::append(cx, who, &Happening::of("alert.ended").data(&data))?;
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    Ok(())
}

fn tell(cx: &mut Cx<'_>, who: &Actor, key: &str, title: &str, text: &str) -> Result<()> {
    for admin in accounts::administrators(cx)? {
        let draft = Draft {
            to: admin.address.clone(),
            name: admin.given_name(),
            zone: admin.zone,
            participant: None,
            says: Says::Alert { title: title.to_owned(), text: text.to_owned() },
            unique_key: format!("alert {key} {}", admin.id),
            in_reply_to: None,
            expires: None,
            trace: who.trace.clone(),
        };
        letter::enqueue(cx, draft)?;
    }
    Ok(())
}

/// An incident that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What it is.
    pub title: &'static str,
    /// What was seen when it began.
    pub what: String,
    /// Since when.
    pub since: Timestamp,
    /// What to do.
    pub cure: &'static str,
}

/// The incidents that go on.
pub fn open_alerts(cx: &Cx<'_>) -> Result<Vec<Alert>> {
    let mut open = Vec::new();
    for rule in RULES {
        if let Some((what, since)) = fact::get(cx, &format!("alert {}", rule.name))? {
            open.push(Alert { title: rule.title, what, since, cure: rule.cure });
        }
    }
    Ok(open)
}
