//! A form that acts once however often it is sent: a hidden field says which form it is.

use super::visit::Visit;
use crate::base::actor::Actor;
use crate::base::error::Result;
use crate::base::secret::hex;
use crate::idempotency::{self, Answer, Key};
use crate::store::Cx;
use crate::web::form::Fields;

/// The longest mark that is kept, in characters.
const CHARS_MAX: usize = 64;

/// The mark of a form that is made now.
pub(super) fn fresh(visit: &Visit) -> String {
    hex(&visit.web.store.ground().chance.bytes::<16>())
}

/// The mark of a form that was sent; empty where it has none.
pub(super) fn of(fields: &Fields) -> String {
    fields.get("once").chars().take(CHARS_MAX).collect()
}

/// Acts, unless this very form has acted before; gives the page that the first time led to.
///
/// It goes by the form, not by what it says: sent again with a change, it was changed too late.
pub(super) fn act(
    cx: &mut Cx<'_>,
    who: &Actor,
    route: &str,
    once: &str,
    work: impl FnOnce(&mut Cx<'_>) -> Result<String>,
) -> Result<String> {
    let key = Key { caller: who.who.to_string(), route: route.to_owned(), key: once.to_owned() };
    let known = if once.is_empty() { None } else { idempotency::find(cx, &key, once)? };
    if let Some(path) = known.as_ref().and_then(|known| known.body.as_str()) {
        return Ok(path.to_owned());
    }
    let path = work(cx)?;
    if !once.is_empty() {
        let body = serde_json::Value::String(path.clone());
        idempotency::keep(cx, &key, once, &Answer { status: 303, body })?;
    }
    Ok(path)
}
