//! Metrics in Prometheus's text form: what happened, what waits, and how this process does.
//!
//! What happened is counted from the journal and from the messages that came in: once over all at the first
//! scrape, and from there on only what is new, so that no scrape walks what lies behind it. How long things took is told of
//! what happened after the first scrape alone. Open to this machine; to others with a token of the scope `admin`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use actix_web::HttpResponse;

use super::bearer::Bearer;
use super::call::Call;
use super::client;
use crate::accounts::Scope;
use crate::base::error::Result;
use crate::base::id::InboundId;
use crate::journal;
use crate::post::inbound::{self, Outcome};
use crate::queue::{self, Topic};
use crate::store::{Cx, Store};

/// How much is read at once.
const BATCH: u32 = 2_000;
/// The methods of iTIP that are counted by name (RFC 5546, 1.4): what a message says may be anything.
const METHODS: [&str; 5] = ["REPLY", "COUNTER", "REFRESH", "REQUEST", "CANCEL"];

/// The upper ends of the buckets of times: in milliseconds, and in seconds as they are written.
const ENDS: [(i64, &str); 15] = [
    (100, "0.1"),
    (250, "0.25"),
    (500, "0.5"),
    (1_000, "1"),
    (2_500, "2.5"),
    (5_000, "5"),
    (10_000, "10"),
    (30_000, "30"),
    (60_000, "60"),
    (300_000, "300"),
    (1_800_000, "1800"),
    (3_600_000, "3600"),
    (14_400_000, "14400"),
    (86_400_000, "86400"),
    (604_800_000, "604800"),
];
/// Times by name, and the journal's kinds whose amounts make them, in milliseconds.
const TIMES: [(&str, &str, &str); 2] = [
    (
        "entente_message_handover_seconds",
        "From when a message could be had until its agent was first handed it.",
        "delivery.delivered",
    ),
    (
        "entente_message_response_seconds",
        "From when a request could be had until it was first answered.",
        "message.response",
    ),
];

/// What was counted so far.
#[derive(Debug, Default)]
pub struct Counters(Mutex<Counted>);

#[derive(Clone, Debug, Default)]
struct Counted {
    /// The entry of the journal up to which was counted; `None` before the first time.
    head: Option<i64>,
    kinds: BTreeMap<String, i64>,
    /// How long things took, in the order of [`TIMES`]: of what happened after the first time alone.
    times: [Histogram; TIMES.len()],
    /// The message up to which was counted.
    message: Option<InboundId>,
    /// By METHOD and outcome.
    messages: BTreeMap<(&'static str, &'static str), i64>,
}

/// How long things took.
#[derive(Clone, Debug, Default)]
struct Histogram {
    /// How many lie in each bucket, in the order of [`ENDS`].
    buckets: [i64; ENDS.len()],
    /// How many there are, those beyond the last bucket among them.
    many: i64,
    /// All of them together, in milliseconds.
    sum_ms: i64,
}

impl Histogram {
    fn add(&mut self, ms: i64) {
        if let Some(at) = ENDS.iter().position(|(end, _)| ms <= *end) {
            self.buckets[at] += 1;
        }
        self.many += 1;
        self.sum_ms = self.sum_ms.saturating_add(ms.max(0));
    }
}

impl Counted {
    /// Counts what is new.
    fn go_on(&mut self, cx: &Cx<'_>) -> Result<()> {
        let mut head = if let Some(head) = self.head {
            head
        } else {
            let head = journal::head(cx)?;
            self.kinds = journal::count_by_kind(cx, head)?.into_iter().collect();
            head
        };
        loop {
            let new = journal::kinds_after(cx, head, BATCH)?;
            let Some((last, ..)) = new.last() else { break };
            head = *last;
            for (_, kind, amount) in new {
                let of_kind = TIMES.iter().position(|(_, _, timed)| *timed == kind);
                if let (Some(at), Some(ms)) = (of_kind, amount) {
                    self.times[at].add(ms);
                }
                *self.kinds.entry(kind).or_default() += 1;
            }
        }
        self.head = Some(head);
        loop {
            let new = inbound::outcomes_after(cx, self.message, BATCH)?;
            let Some((last, ..)) = new.last() else { break };
            self.message = Some(*last);
            for (_, method, outcome) in new {
                let known = method.and_then(|word| METHODS.into_iter().find(|known| *known == word));
                let outcome = Outcome::parse(&outcome).map_or("other", Outcome::as_str);
                *self.messages.entry((known.unwrap_or("none"), outcome)).or_default() += 1;
            }
        }
        Ok(())
    }

    fn kind(&self, kind: &str) -> i64 {
        self.kinds.get(kind).copied().unwrap_or(0)
    }
}

impl Counters {
    /// Everything up to now. Two scrapes at once count the same twice over, and keep what is further.
    async fn now(&self, store: &Store) -> Result<(Counted, Vec<Topic>)> {
        let so_far = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let read = store.read(move |cx| {
            let mut counted = so_far.clone();
            counted.go_on(cx)?;
            Ok((counted, queue::topics(cx)?))
        });
        let (counted, topics) = read.await?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if (counted.head, counted.message) >= (kept.head, kept.message) {
            *kept = counted.clone();
        }
        Ok((counted, topics))
    }
}

/// Counts by the names of the document, and the journal's kinds that make them.
const NAMED: &[(&str, &str, &[&str])] = &[
    ("entente_sends_total", "Mails that the mail server took.", &["letter.sent"]),
    ("entente_meetings_created_total", "Meetings that were made.", &["meeting.created"]),
    ("entente_meetings_moved_total", "Meetings that were moved.", &["meeting.moved"]),
    ("entente_meetings_cancelled_total", "Meetings that were cancelled.", &["meeting.cancelled"]),
    (
        "entente_answers_total",
        "Answers to invitations, by whichever road.",
        &["invitation.answered", "invitation.answered-late"],
    ),
    ("entente_proposals_total", "New times that were asked for.", &["proposal.made"]),
    ("entente_approvals_total", "Approvals of new times.", &["proposal.approved"]),
    ("entente_declines_total", "Refusals of new times.", &["proposal.declined"]),
    ("entente_bounces_total", "Mails that came back.", &["letter.bounced"]),
    ("entente_invalid_links_total", "Links that were tried and do not exist.", &["link.invalid"]),
];
/// States of letters, as the journal tells of them.
const LETTERS: [&str; 6] = ["sent", "delivered", "delayed", "failed", "bounced", "complained"];

/// Metrics in Prometheus's text form. Open to this machine; to others with a token of the scope `admin`.
#[utoipa::path(get, path = "/metrics", tag = "operation", operation_id = "metrics", security((), ("token" = [])),
    responses((status = 200, description = "Prometheus's text form, version 0.0.4.", content_type = "text/plain", body = String),
        (status = 401, response = super::api::Unauthenticated), (status = 403, response = super::api::Denied)))]
pub async fn metrics(call: Call) -> Result<HttpResponse> {
    let is_local = client::is_local(&call.request, &call.web.config.server.trusted_proxies);
    if !is_local {
        Bearer::of(&call, Scope::Admin).await?;
    }
    let (counted, topics) = call.web.state.counters.now(&call.web.store).await?;
    let mut page = Page::default();
    counts(&mut page, &counted);
    for ((name, help, _), histogram) in TIMES.iter().zip(&counted.times) {
        page.histogram(name, help, histogram);
    }
    waiting(&mut page, &topics);
    process(&mut page, &call);
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(page.0))
}

/// The page as it is written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (i, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{text}\"", if i == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.line(name, &[], value);
    }

    fn histogram(&mut self, name: &str, help: &str, times: &Histogram) {
        self.head(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let mut so_far = 0;
        for ((_, end), many) in ENDS.iter().zip(times.buckets) {
            so_far += many;
            self.line(&bucket, &[("le", end)], so_far);
        }
        self.line(&bucket, &[("le", "+Inf")], times.many);
        self.line(&format!("{name}_sum"), &[], float(times.sum_ms) / 1_000.0);
        self.line(&format!("{name}_count"), &[], times.many);
    }
}

fn counts(page: &mut Page, counted: &Counted) {
    for (name, help, kinds) in NAMED {
        page.one(name, "counter", help, kinds.iter().map(|kind| counted.kind(kind)).sum::<i64>());
    }
    let replies = counted.messages.iter().filter(|((method, _), _)| *method == "REPLY");
    let replies: i64 = replies.map(|(_, many)| many).sum();
    page.one("entente_replies_parsed_total", "counter", "REPLY messages that were read.", replies);
    let name = "entente_letters_total";
    page.head(name, "counter", "Letters that came into a state; those that wait are the queue's.");
    for state in LETTERS {
        page.line(name, &[("state", state)], counted.kind(&format!("letter.{state}")));
    }
    let name = "entente_inbound_total";
    page.head(name, "counter", "Messages that came in, by METHOD and outcome.");
    for ((method, outcome), many) in &counted.messages {
        page.line(name, &[("method", method), ("outcome", outcome)], many);
    }
    // What came before is not kept a second time.
    page.line(name, &[("method", "none"), ("outcome", "duplicate")], counted.kind("inbound.duplicate"));
    let name = "entente_events_total";
    page.head(name, "counter", "Entries of the journal, by kind.");
    for (kind, many) in &counted.kinds {
        page.line(name, &[("kind", kind)], many);
    }
    let head = counted.head.unwrap_or(0);
    page.one("entente_journal_head", "gauge", "The number of the journal's newest entry.", head);
}

#[expect(clippy::cast_precision_loss, reason = "nobody need tell 2^53 from its neighbour")]
fn float(number: i64) -> f64 {
    number as f64
}

fn waiting(page: &mut Page, topics: &[Topic]) {
    let mut each = |name: &str, help: &str, value: &dyn Fn(&Topic) -> f64| {
        page.head(name, "gauge", help);
        for topic in topics {
            page.line(name, &[("topic", &topic.topic)], value(topic));
        }
    };
    each("entente_queue_depth", "Work that is to be done.", &|topic| float(topic.depth));
    each("entente_queue_leased", "Work that is being done.", &|topic| float(topic.leased));
    each("entente_queue_retrying", "Work that failed and waits.", &|topic| float(topic.retrying));
    each("entente_queue_dead", "Dead letters.", &|topic| float(topic.dead));
    each("entente_queue_age_seconds", "How long the oldest work waits past its time.", &|topic| {
        float(topic.oldest_ms) / 1_000.0
    });
    each("entente_queue_held", "1 for a topic that is held.", &|topic| {
        if topic.held.is_some() { 1.0 } else { 0.0 }
    });
}

fn process(page: &mut Page, call: &Call) {
    let now = call.web.store.ground().clock.now();
    let since = call.web.state.since;
    page.head("entente_build_info", "gauge", "The version that runs.");
    page.line("entente_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let up = now.since(since).max(0) / 1_000;
    page.one("entente_uptime_seconds", "gauge", "How long this process has served.", up);
    page.one("process_start_time_seconds", "gauge", "Since when, in seconds since 1970.", since.ms() / 1_000);
    if let Some(bytes) = resident_bytes() {
        page.one("process_resident_memory_bytes", "gauge", "Resident memory.", bytes);
    }
    let dead = call.web.state.pulse.dead().len();
    let sockets = call.web.state.live.sockets.count();
    page.one("entente_live_sockets", "gauge", "Sockets of agents that are open.", sockets);
    page.one("entente_workers_dead", "gauge", "Workers that no longer work.", dead);
}

/// Resident memory, where the system tells it as Linux does.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1_024)
}
