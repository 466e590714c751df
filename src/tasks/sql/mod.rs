//! The statements of tasks and approvals.

pub(super) mod approvals;
pub(super) mod rules;
pub(super) mod tasks;
pub(super) mod types;

use serde_json::Value;

use crate::base::error::{Error, Result};
use crate::store::Cx;

/// What was said, sealed for the row that it lies in.
fn sealed(cx: &Cx<'_>, place: &str, value: &Value) -> Vec<u8> {
    cx.keys().seal(cx.chance(), place, value.to_string().as_bytes())
}

fn opened(cx: &Cx<'_>, place: &str, sealed: &[u8]) -> Result<Value> {
    serde_json::from_slice(&cx.keys().open(place, sealed)?).map_err(Error::internal)
}

/// A line, sealed; an empty one is none.
fn sealed_line(cx: &Cx<'_>, place: &str, line: &str) -> Option<Vec<u8>> {
    (!line.is_empty()).then(|| cx.keys().seal(cx.chance(), place, line.as_bytes()))
}

fn opened_line(cx: &Cx<'_>, place: &str, sealed: Option<Vec<u8>>) -> Result<String> {
    let Some(sealed) = sealed else { return Ok(String::new()) };
    String::from_utf8(cx.keys().open(place, &sealed)?).map_err(Error::internal)
}
