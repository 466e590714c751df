//! A try that a room refused, shown on the page on which it was made, with what was written: nobody types it twice.

use actix_web::http::StatusCode;

use crate::base::error::{Error, Result};
use crate::web::view::parts::Refused;

/// What is said of it, and under which status; any other error is given back.
pub(super) fn refused(error: Error, typed: &str) -> Result<(Refused, StatusCode)> {
    let (says, status) = match error {
        Error::Refused { message, .. } => (message, StatusCode::CONFLICT),
        Error::Invalid { message, .. } => (message, StatusCode::UNPROCESSABLE_ENTITY),
        Error::Throttled { retry_after_s } | Error::Full { retry_after_s } => {
            let words = format!("This is too much at once. Try again in {retry_after_s} s.");
            (words, StatusCode::TOO_MANY_REQUESTS)
        }
        other => return Err(other),
    };
    Ok((Refused { says, typed: typed.trim().to_owned() }, status))
}
