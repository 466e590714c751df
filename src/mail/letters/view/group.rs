//! The letter to somebody who decides something together with others.

use super::Foot;
use super::Sample;
use super::When;
use super::letter;

/// Somebody asks the reader and others.
#[derive(Clone, Debug)]
pub struct GroupAsk {
    /// Who asks what, in one sentence.
    pub sentence: String,
    /// Between which times.
    pub times: Vec<When>,
    /// Or between what.
    pub labels: Vec<String>,
    /// Whether what is decided is booked.
    pub is_time: bool,
    /// The link whose page takes the answer.
    pub url: String,
    /// By when: `Sun 22 Nov, 11:20, Paris time`.
    pub closes: String,
    /// The page of it, for whoever signs in.
    pub page_url: String,
    /// Where its reader chooses what is mailed.
    pub settings_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(GroupAsk, "mail/group_ask.txt", "mail/group_ask.html", |letter| letter
    .sentence
    .trim_end_matches('.')
    .to_owned());

impl Sample for GroupAsk {
    fn samples() -> Vec<(&'static str, Self)> {
        let question = Self {
            sentence: "Robin asks you and 3 others to decide together: “What do we play?”".to_owned(),
            times: Vec::new(),
            labels: vec!["Bach".to_owned(), "Ravel".to_owned()],
            is_time: false,
            url: "https://entente.test/answer?t=sample".to_owned(),
            closes: "Sun 22 Nov, 11:20, Paris time".to_owned(),
            page_url: "https://entente.test/groups/ses_0193".to_owned(),
            settings_url: "https://entente.test/settings/notices".to_owned(),
            foot: Foot::sample(
                "You get this mail because you have an account here and are asked to decide something with others.",
            ),
        };
        let time = Self {
            sentence: "Robin still asks you and 3 others to decide together: “Rehearsal”".to_owned(),
            times: vec![super::news::old_time(), super::news::new_time()],
            labels: Vec::new(),
            is_time: true,
            ..question.clone()
        };
        vec![("group-ask", question), ("group-ask-time", time)]
    }
}
