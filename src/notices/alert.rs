//! Alerts: when bounces, messages that cannot be read or links that do not exist become many, every
//! administrator is told by mail, once per incident. So that one which hovers round its limit is told once, it ends only
//! when the last hour was below half the limit for a whole hour.

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
/// The time that is looked back on, and for how long it must be calm until an incident has ended.
const WINDOW: i64 = HOUR;
/// The journal's word for the end of an incident.
const ENDED: &str = "alert.ended";

/// How bad it is: how many there were in the last hour, against the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Level {
    /// Below half the limit.
    Calm,
    /// Between half the limit and the limit: no incident begins, and none ends.
    Uneasy,
    /// From the limit on; what was seen.
    Over(String),
}

impl Level {
    /// Of `many`, where an incident begins at `limit`.
    fn of(many: i64, limit: i64, what: impl FnOnce() -> String) -> Self {
        if many >= limit {
            Self::Over(what())
        } else if many * 2 < limit {
            Self::Calm
        } else {
            Self::Uneasy
        }
    }
}

/// What can go wrong often.
struct Rule {
    name: &'static str,
    title: &'static str,
    cure: &'static str,
    level: fn(&Cx<'_>, Timestamp) -> Result<Level>,
}

impl Rule {
    /// The fact that an incident of this rule goes on: what was seen when it began, and when that was.
    fn open(&self) -> String {
        format!("alert {}", self.name)
    }

    /// The fact that it has been calm since a while, although the incident goes on.
    fn calm(&self) -> String {
        format!("alert {} calm", self.name)
    }
}

const RULES: [Rule; 3] = [
    Rule {
        name: "bounce-rate",
        title: "Many mails come back",
        cure: "Look at the delivery problems on the admin page, and run `entente doctor`: SPF, DKIM and DMARC of the \
               organizer's domain are the usual cause.",
        level: bounces,
    },
    Rule {
        name: "parser-failures",
        title: "Many messages cannot be read",
        cure: "Look at the incoming messages with the outcome `rejected` on the admin page; each says why.",
        level: parser_failures,
    },
    Rule {
        name: "invalid-links",
        title: "Many links that do not exist are tried",
        cure: "Somebody may be guessing. Links are 160 bits and cannot be guessed; if it goes on, block the network \
               address at the proxy.",
        level: invalid_links,
    },
];

fn bounces(cx: &Cx<'_>, since: Timestamp) -> Result<Level> {
    let sent = journal::count_since(cx, "letter.sent", since)?;
    let back = journal::count_since(cx, "letter.bounced", since)?
        + journal::count_since(cx, "letter.failed", since)?;
    let all = sent.max(back);
    let level = Level::of(back * 100, (all * cx.house().alert_bounce_percent).max(1), || {
        format!("{back} of {all} mails of the last hour could not be delivered.")
    });
    Ok(match level {
        Level::Over(_) if all < MAILS_MIN => Level::Uneasy,
        level => level,
    })
}

fn parser_failures(cx: &Cx<'_>, since: Timestamp) -> Result<Level> {
    let many = journal::count_since(cx, "inbound.rejected", since)?;
    let what = || format!("{many} messages of the last hour could not be read.");
    Ok(Level::of(many, cx.house().alert_parser_failures, what))
}

fn invalid_links(cx: &Cx<'_>, since: Timestamp) -> Result<Level> {
    let many = journal::count_since(cx, "link.invalid", since)?;
    let what = || format!("{many} links that do not exist were tried in the last hour.");
    Ok(Level::of(many, cx.house().alert_invalid_links, what))
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

/// Looks at every rule: tells of incidents that begin, and ends those that have been calm for a whole window.
pub fn watch(cx: &mut Cx<'_>, who: &Actor) -> Result<()> {
    for rule in &RULES {
        let level = (rule.level)(cx, cx.now.plus(-WINDOW))?;
        match (level, fact::get(cx, &rule.open())?) {
            (Level::Over(what), None) => begin(cx, who, rule, &what)?,
            (Level::Calm, Some((what, since))) => match fact::get(cx, &rule.calm())? {
                None => fact::set(cx, &rule.calm(), "")?,
                Some((_, calm)) if cx.now.since(calm) >= WINDOW => end(cx, who, rule, &what, since)?,
                Some(_) => {}
            },
            (Level::Over(_) | Level::Uneasy, Some(_)) => fact::clear(cx, &rule.calm())?,
            (Level::Calm | Level::Uneasy, None) => {}
        }
    }
    Ok(())
}

fn begin(cx: &mut Cx<'_>, who: &Actor, rule: &Rule, what: &str) -> Result<()> {
    fact::set(cx, &rule.open(), what)?;
    let key = format!("{} {}", rule.name, cx.now.ms() / MINUTE);
    tell(cx, who, &key, rule.title, &format!("{what}\n\n{}", rule.cure))?;
    let data = serde_json::json!({ "rule": rule.name, "what": what });
    journal::append(cx, who, &Happening::of("alert.begun").data(&data)).map(drop)
}

fn end(cx: &mut Cx<'_>, who: &Actor, rule: &Rule, what: &str, since: Timestamp) -> Result<()> {
    fact::clear(cx, &rule.open())?;
    fact::clear(cx, &rule.calm())?;
    let data = serde_json::json!({ "rule": rule.name, "what": what, "since": since.ms() });
    journal::append(cx, who, &Happening::of(ENDED).data(&data)).map(drop)
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

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What it is.
    pub title: &'static str,
    /// What was seen when it began.
    pub what: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; none while it goes on.
    pub until: Option<Timestamp>,
    /// What to do.
    pub cure: &'static str,
}

/// The incidents that go on.
pub fn open_alerts(cx: &Cx<'_>) -> Result<Vec<Alert>> {
    let mut open = Vec::new();
    for rule in RULES {
        if let Some((what, since)) = fact::get(cx, &rule.open())? {
            open.push(Alert { title: rule.title, what, since, until: None, cure: rule.cure });
        }
    }
    Ok(open)
}

/// The incidents that ended last, newest first, as far back as the journal goes.
pub fn ended_alerts(cx: &Cx<'_>, limit: u32) -> Result<Vec<Alert>> {
    let ended = journal::newest(cx, ENDED, limit)?;
    let alert = |entry: &Entry| {
        let rule = RULES.iter().find(|rule| Some(rule.name) == entry.text("rule"))?;
        Some(Alert {
            title: rule.title,
            what: entry.text("what")?.to_owned(),
            since: Timestamp::from_ms(entry.number_of("since")?),
            until: Some(entry.at()),
            cure: rule.cure,
        })
    };
    Ok(ended.iter().filter_map(alert).collect())
}
