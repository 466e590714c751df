//! Reading a line that asks for a meeting, for the page and the API: by the rules, and where those do not understand it, once
//! more with what a language model says of it. The model is asked between two transactions, and in none.

use super::Web;
use crate::base::error::Result;
use crate::sessions::{Preview, Reading};
use crate::words::wish::Phrases;

/// Reads a line by `look`, which is given what a model said, if one was asked.
///
/// # Errors
/// `Invalid`, of the field `line`: what was not understood.
pub(super) async fn read<F>(web: &Web, line: &str, look: F) -> Result<Preview>
where
    F: AsyncFn(Option<Phrases>) -> Result<Reading>,
{
    let first = look(None).await?;
    if let (Reading::Unclear { may_be_asked: true, .. }, Some(model)) = (&first, &web.model)
        && let Some(said) = model.phrases(line).await
    {
        return look(Some(said)).await?.understood();
    }
    first.understood()
}
