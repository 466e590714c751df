//! Letters of notices: one thing to know, a day's things to know, and the one reminder to answer.

use super::Foot;
use super::Sample;
use super::When;
use super::letter;
use super::news::new_time;
use super::news::old_time;

/// One thing to know.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What, in one sentence.
    pub sentence: String,
    /// The time it is about, if it is about one.
    pub when: Option<When>,
    /// The time that one came in place of.
    pub was: Option<When>,
    /// What to do about it; may be empty.
    pub advice: String,
    /// The answers to choose from, where something is asked.
    pub answers: Vec<String>,
    /// Until when an answer is waited for; may be empty.
    pub closes: String,
    /// The page that shows it.
    pub url: String,
    /// Where its reader chooses what is mailed.
    pub settings_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(Notice, "mail/notice.txt", "mail/notice.html", |letter| letter
    .sentence
    .trim_end_matches('.')
    .to_owned());

impl Sample for Notice {
    fn samples() -> Vec<(&'static str, Self)> {
        let moved = Self {
            sentence: "Practice session with Robin has moved.".to_owned(),
            when: Some(new_time()),
            was: Some(old_time()),
            advice: String::new(),
            answers: Vec::new(),
            closes: String::new(),
            url: "https://entente.test/meetings/mtg_0193".to_owned(),
            settings_url: "https://entente.test/settings/notices".to_owned(),
            foot: Foot::sample(
                "You get this mail because you have an account here and chose to be told of this at once.",
            ),
        };
        let connection = Self {
            sentence: "Robin asks to connect with you.".to_owned(),
            when: None,
            was: None,
            url: "https://entente.test/connections/con_0193".to_owned(),
            ..moved.clone()
        };
        let failed = Self {
            sentence: "The invitation for Kim to Practice session did not arrive.".to_owned(),
            was: None,
            advice: "The meeting still stands, but they may not know of it.".to_owned(),
            ..moved.clone()
        };
        let task = Self {
            sentence: "Max, for Robin, asks you: Which hall?".to_owned(),
            answers: vec!["Large".to_owned(), "Garden".to_owned()],
            closes: "Sunday 22 November 2026, 11:20, Paris time, UTC+1 (10:20 UTC)".to_owned(),
            url: "https://entente.test/tasks/tsk_0193".to_owned(),
            ..connection.clone()
        };
        vec![
            ("notice", moved),
            ("notice-connection", connection),
            ("notice-advice", failed),
            ("notice-task", task),
        ]
    }
}

/// A time that the reader is to decide about.
#[derive(Clone, Debug)]
pub struct DecisionTime {
    /// When.
    pub when: When,
    /// The link that agrees to it.
    pub agree_url: String,
}

/// The agents of a session found a time, or came to an end, and the reader must decide.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What about, in one sentence.
    pub sentence: String,
    /// The times; one, or those that were left on the table.
    pub times: Vec<DecisionTime>,
    /// The link that refuses the time; of several, all of them.
    pub refuse_url: String,
    /// Until when: `Sun 22 Nov, 11:20, Paris time`.
    pub closes: String,
    /// The page of the session.
    pub url: String,
    /// Where its reader chooses what is mailed.
    pub settings_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(Decision, "mail/decision.txt", "mail/decision.html", |letter| letter
    .sentence
    .trim_end_matches('.')
    .to_owned());

impl Sample for Decision {
    fn samples() -> Vec<(&'static str, Self)> {
        let time = |when, secret: &str| DecisionTime {
            when,
            agree_url: format!("https://entente.test/decide?t={secret}"),
        };
        let one = Self {
            sentence: "Practice session with Robin waits for you to decide.".to_owned(),
            times: vec![time(new_time(), "sample1")],
            refuse_url: "https://entente.test/decide?t=sample3".to_owned(),
            closes: "Sun 22 Nov, 11:20, Paris time".to_owned(),
            url: "https://entente.test/sessions/ses_0193".to_owned(),
            settings_url: "https://entente.test/settings/notices".to_owned(),
            foot: Foot::sample(
                "You get this mail because you have an account here and your agent needs your decision.",
            ),
        };
        let several =
            Self { times: vec![time(old_time(), "sample1"), time(new_time(), "sample2")], ..one.clone() };
        vec![("decision", one), ("decision-several", several)]
    }
}

/// One line of a digest.
#[derive(Clone, Debug)]
pub struct DigestItem {
    /// What, in one sentence.
    pub sentence: String,
    /// The time it is about, if it is about one.
    pub when: Option<When>,
    /// The page that shows it.
    pub url: String,
}

/// What happened since the last digest.
#[derive(Clone, Debug)]
pub struct Digest {
    /// What, oldest first.
    pub items: Vec<DigestItem>,
    /// How many more there are.
    pub more: u32,
    /// The page with all of them.
    pub url: String,
    /// Where its reader chooses what is mailed.
    pub settings_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(Digest, "mail/digest.txt", "mail/digest.html", |letter| match letter.items.len()
    + letter.more as usize
{
    1 => "One thing to know".to_owned(),
    many => format!("{many} things to know"),
});

impl Sample for Digest {
    fn samples() -> Vec<(&'static str, Self)> {
        let item = |sentence: &str, when: Option<When>, path: &str| DigestItem {
            sentence: sentence.to_owned(),
            when,
            url: format!("https://entente.test{path}"),
        };
        let several = Self {
            items: vec![
                item("Robin accepted Practice session.", Some(old_time()), "/meetings/mtg_0193"),
                item("Practice session with Robin has moved.", Some(new_time()), "/meetings/mtg_0193"),
                item("Kim asks to connect with you.", None, "/connections/con_0193"),
            ],
            more: 4,
            url: "https://entente.test/notices".to_owned(),
            settings_url: "https://entente.test/settings/notices".to_owned(),
            foot: Foot::sample(
                "You get this mail because you have an account here and chose a daily digest.",
            ),
        };
        let one = Self { items: several.items[..1].to_vec(), more: 0, ..several.clone() };
        vec![("digest", several), ("digest-one", one)]
    }
}

/// The reader has not answered yet.
#[derive(Clone, Debug)]
pub struct Nudge {
    /// The meeting's title.
    pub title: String,
    /// What follows the title: ` with Alex`; empty where it names them.
    pub with: String,
    /// When it is.
    pub when: When,
    /// The respond link.
    pub respond_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(Nudge, "mail/nudge.txt", "mail/nudge.html", |letter| format!("Re: {} — Invitation", letter.title));

impl Sample for Nudge {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "nudge",
            Self {
                title: "Practice session".to_owned(),
                with: " with Alex".to_owned(),
                when: old_time(),
                respond_url: "https://entente.test/reschedule?r=sample".to_owned(),
                foot: Foot::sample("You get this mail, once, because Alex invited you to this meeting."),
            },
        )]
    }
}
