//! The worker that tells webhooks: one guarded call for each event, no redirect followed, nothing of the answer read but its
//! status and how long it asks to be left alone.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;

use crate::base::IpRange;
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;
use crate::base::time::{DAY, MINUTE, SECOND, Timestamp};
use crate::net::{Answer, Client, Fault, Names, Request, SystemNames, Url};
use crate::queue::{Leased, Worker};
use crate::store::Store;
use crate::webhooks::{self, Call, Outcome};

/// How long a receiver may take, from its name to its answer.
pub const TIME: Duration = Duration::from_secs(15);
/// How many receivers are told at once: nearly all of it is waiting, and no few slow ones may keep the others waiting.
const PARALLEL: u32 = 32;

/// What calls receivers: public addresses, and those of `allow`.
pub fn client(allow: &[IpRange]) -> Client {
    with_names(allow, Arc::new(SystemNames))
}

/// The same, with names looked up by `names`.
pub fn with_names(allow: &[IpRange], names: Arc<dyn Names>) -> Client {
    Client::with_names(allow, names, TIME)
}

/// An address that a webhook may have: `https:`, or `http:` to an address that whoever runs the house allows (`net.allow`);
/// without a name and a password in it. Where a name leads is looked at with every call.
///
/// # Errors
/// `url` is invalid, and why.
pub fn receiver(text: &str, allow: &[IpRange]) -> Result<Secret> {
    let invalid = |message: &str| Err(Error::invalid("url", message));
    let Ok(url) = Url::parse(text.trim()) else {
        return invalid("This should be an address like https://hooks.example.org/entente.");
    };
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return invalid("An address with a name, a password or a # in it is not called.");
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let literal = host.parse::<IpAddr>().ok();
    let is_allowed = literal.is_some_and(|address| allow.iter().any(|range| range.contains(address)));
    match url.scheme() {
        "https" => {}
        "http" if is_allowed => {}
        _ => return invalid("This should begin with https://."),
    }
    if let Err(fault) = client(allow).check(&url) {
        return Err(Error::invalid("url", format!("This cannot be called: {fault}.")));
    }
    Ok(Secret::new(url.as_str()))
}

/// The worker of webhooks.
pub fn worker(store: Store, client: Client) -> Worker {
    Worker {
        topic: webhooks::TOPIC,
        parallel: PARALLEL,
        lease_ms: MINUTE,
        handler: Arc::new(move |lease| {
            let (store, client) = (store.clone(), client.clone());
            Box::pin(async move { tell(&store, &client, lease).await })
        }),
    }
}

async fn tell(store: &Store, client: &Client, lease: Leased) -> Result<()> {
    let begun = lease.clone();
    let Some(call) = store.write(move |cx| webhooks::begin(cx, &begun)).await? else { return Ok(()) };
    let event = call.event;
    let outcome = match made(client, call).await {
        Ok(answer) => {
            let now = store.ground().clock.now();
            let wait_ms = answer.header("retry-after").and_then(|text| wait_ms(text, now));
            Outcome::Answered { status: answer.status, wait_ms }
        }
        Err(fault) => Outcome::Unanswered(fault.to_string()),
    };
    store.write(move |cx| webhooks::ended(cx, &lease, event, &outcome)).await
}

async fn made(client: &Client, call: Call) -> std::result::Result<Answer, Fault> {
    let url = Url::parse(call.url.expose()).map_err(|_| Fault::BadUrl("it is no URL"))?;
    let mut request = Request::new("POST", url).body("application/json", call.body);
    for (name, value) in call.headers {
        request = request.header(name, value);
    }
    client.status_of(request).await
}

/// How long `Retry-After` (RFC 9110, 10.2.3) asks to wait, in milliseconds; `None`: it says nothing of use.
fn wait_ms(text: &str, now: Timestamp) -> Option<i64> {
    let text = text.trim();
    let ms = match text.parse::<u32>() {
        Ok(seconds) => i64::from(seconds) * SECOND,
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.timestamp_millis() - now.ms(),
    };
    Some(ms.clamp(0, DAY))
}
