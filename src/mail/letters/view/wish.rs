//! The answer to a line that its reader mailed: what was understood of it, or what was not.

use super::Foot;
use super::Sample;
use super::letter;
use crate::post::letter::WishRead;

/// What was understood of a line, and the link whose page begins it. Nobody has been asked anything.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What was read of it.
    pub read: WishRead,
    /// Whether the mail was proven to be the reader's.
    pub is_proven: bool,
    /// The link; empty where nothing can begin.
    pub url: String,
    /// Until when it acts: `Sun 22 Nov, 11:20, Paris time`.
    pub closes: String,
    /// The page with the same as a form.
    pub form_url: String,
    /// The page with the reader's connections.
    pub connections_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(Wish, "mail/wish.txt", "mail/wish.html", |letter| if letter.read.unclear.is_empty() {
    format!("Is this what you want? {}", letter.read.title)
} else {
    "Not understood, and nobody was asked".to_owned()
});

impl Sample for Wish {
    fn samples() -> Vec<(&'static str, Self)> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let read = WishRead {
            line: "45 minutes with Robin next week, not before 10".to_owned(),
            title: "45 minutes with Robin".to_owned(),
            fields: vec![
                field("With", "Robin"),
                field("How long", "45 minutes"),
                field("Days", "Mon 23 Nov to Sun 29 Nov 2026"),
                field("Hours", "Not before 10:00 (Paris time, UTC+1)"),
                field("How", "However it suits"),
            ],
            asked: vec!["Robin’s agent is asked when Robin has time. Robin then decides.".to_owned()],
            ..WishRead::default()
        };
        let understood = Self {
            read: read.clone(),
            is_proven: true,
            url: "https://entente.test/wish?t=sample".to_owned(),
            closes: "Sun 22 Nov, 11:20, Paris time".to_owned(),
            form_url: "https://entente.test/sessions/new".to_owned(),
            connections_url: "https://entente.test/connections".to_owned(),
            foot: Foot::sample("You get this mail because you wrote to this house to ask for a meeting."),
        };
        let refused = Self {
            read: WishRead {
                asked: vec!["Robin has not let your agent propose times: nothing can be asked.".to_owned()],
                notes: vec!["Only the text of your mail was read for this, not its subject.".to_owned()],
                ..read.clone()
            },
            url: String::new(),
            ..understood.clone()
        };
        let unproven = Self {
            read: WishRead { line: String::new(), ..read },
            is_proven: false,
            foot: Foot::sample(
                "You get this mail because somebody, probably you, wrote to this house from your address.",
            ),
            ..understood.clone()
        };
        let unclear = Self {
            read: WishRead {
                line: "something soon with Robin".to_owned(),
                unclear: "Not understood: “something”, “soon”. Nothing was guessed; say it in other words."
                    .to_owned(),
                examples: vec![
                    "45 minutes with Robin next week, not before 10".to_owned(),
                    "an hour with Robin next Tuesday or Thursday, in person".to_owned(),
                    "30 minutes with Robin tomorrow at 3pm by phone".to_owned(),
                ],
                ..WishRead::default()
            },
            url: String::new(),
            closes: String::new(),
            ..understood.clone()
        };
        vec![
            ("wish", understood),
            ("wish-refused", refused),
            ("wish-unproven", unproven),
            ("wish-unclear", unclear),
        ]
    }
}
