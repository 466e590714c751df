//! Outgoing HTTP, as much of it as there is yet: one GET, limited in time and size, that follows nothing.

use std::time::Duration;

use crate::base::error::{Error, Result};

/// How long a call may take, from the name to the last byte.
const TIME: Duration = Duration::from_secs(10);

/// Gets `url`; gives the status. Redirects are not followed, the body is not read.
pub async fn status(url: &str) -> Result<u16> {
    let client = reqwest::Client::builder()
        .timeout(TIME)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("entente/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Error::upstream("HTTP", error))?;
    let answer =
        client.get(url).send().await.map_err(|error| Error::upstream("HTTP", error.without_url()))?;
    Ok(answer.status().as_u16())
}
