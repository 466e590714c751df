//! The letter to somebody who is to decide something.

use super::Foot;
use super::Sample;
use super::letter;

/// Somebody, or a program, asks the reader to approve something.
#[derive(Clone, Debug)]
pub struct ApprovalAsk {
    /// Who asks for what, in one sentence.
    pub sentence: String,
    /// What belongs to it, as it was sent; may be empty.
    pub payload: String,
    /// The link that approves.
    pub approve_url: String,
    /// The link that refuses.
    pub refuse_url: String,
    /// By when it is to be decided: `Sunday 22 November 2026, 11:20, Paris time, UTC+1 (10:20 UTC)`.
    pub closes: String,
    /// What a rule of the reader's will do, and when; may be empty.
    pub by_rule: String,
    /// Its page.
    pub url: String,
    /// Where its reader chooses what is mailed.
    pub settings_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(ApprovalAsk, "mail/approval_ask.txt", "mail/approval_ask.html", |letter| letter
    .sentence
    .trim_end_matches('.')
    .to_owned());

impl Sample for ApprovalAsk {
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            sentence: "Max, for Robin, asks you to decide: Pay 40 euros for the hall?".to_owned(),
            payload: "{\n  \"amount\": 40,\n  \"currency\": \"EUR\"\n}".to_owned(),
            approve_url: "https://entente.test/approvals/decide?t=sample1".to_owned(),
            refuse_url: "https://entente.test/approvals/decide?t=sample2".to_owned(),
            closes: "Sunday 22 November 2026, 11:20, Paris time, UTC+1 (10:20 UTC)".to_owned(),
            by_rule: String::new(),
            url: "https://entente.test/approvals/apr_0193".to_owned(),
            settings_url: "https://entente.test/settings/notices".to_owned(),
            foot: Foot::sample(
                "You get this mail because you have an account here and are asked to decide something.",
            ),
        };
        let by_rule = Self {
            sentence: "Max, your program, asks you to decide: Share the calendar with Kim?".to_owned(),
            payload: String::new(),
            by_rule: "If you do nothing, a rule of yours refuses it on Sunday 22 November 2026, 10:00, Paris time, UTC+1 (09:00 UTC)."
                .to_owned(),
            ..sample.clone()
        };
        vec![("approval-ask", sample), ("approval-ask-rule", by_rule)]
    }
}
