//! Letters to somebody who picked a time on a booking page: is the address theirs, and how it ended.

use super::Foot;
use super::Sample;
use super::When;
use super::letter;
use super::news::new_time;

/// Somebody picked a time and gave the reader's address: was it the reader?
#[derive(Clone, Debug)]
pub struct BookingConfirm {
    /// What the meeting is to be called.
    pub title: String,
    /// With whom: `Alex`, `your host`.
    pub with: String,
    /// When it is to be.
    pub when: When,
    /// The link.
    pub url: String,
    /// How long the time is held: `30 minutes`.
    pub lives: String,
    /// The foot.
    pub foot: Foot,
}

letter!(BookingConfirm, "mail/booking_confirm.txt", "mail/booking_confirm.html", |letter| format!(
    "Please confirm: {} with {}",
    letter.title, letter.with
));

impl Sample for BookingConfirm {
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            title: "Practice session".to_owned(),
            with: "Alex".to_owned(),
            when: new_time(),
            url: "https://entente.test/booking?t=sample".to_owned(),
            lives: "30 minutes".to_owned(),
            foot: Foot::sample(
                "You get this mail because somebody, probably you, gave this address to book a time.",
            ),
        };
        vec![("booking-confirm", sample)]
    }
}

/// What the reader asked for does not take place.
#[derive(Clone, Debug)]
pub struct BookingEnded {
    /// What the meeting was to be called.
    pub title: String,
    /// With whom, at the start of a sentence: `Alex`, `Your host`.
    pub with: String,
    /// When it was to be.
    pub when: When,
    /// Whether the host said no; else nobody decided in time.
    pub is_declined: bool,
    /// What the host says; may be empty.
    pub words: String,
    /// The page with other times; empty where there is none.
    pub url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(BookingEnded, "mail/booking_ended.txt", "mail/booking_ended.html", |letter| format!(
    "{} is not booked",
    letter.title
));

impl Sample for BookingEnded {
    fn samples() -> Vec<(&'static str, Self)> {
        let declined = Self {
            title: "Practice session".to_owned(),
            with: "Alex".to_owned(),
            when: new_time(),
            is_declined: true,
            words: "I am away that week; the one after is better.".to_owned(),
            url: "https://entente.test/b/alex-30".to_owned(),
            foot: Foot::sample("You get this mail because you asked for this time on a booking page."),
        };
        let expired =
            Self { is_declined: false, words: String::new(), url: String::new(), ..declined.clone() };
        vec![("booking-declined", declined), ("booking-expired", expired)]
    }
}

/// Somebody picked a time on the reader's booking page, and the reader must decide.
#[derive(Clone, Debug)]
pub struct BookingAsk {
    /// Who and for what, in one sentence.
    pub sentence: String,
    /// When it is to be.
    pub when: Option<When>,
    /// The link that approves.
    pub approve_url: String,
    /// The link that declines.
    pub decline_url: String,
    /// Until when the time is held: `Sun 22 Nov, 11:20, Paris time`.
    pub closes: String,
    /// The page of the booking link.
    pub url: String,
    /// Where its reader chooses what is mailed.
    pub settings_url: String,
    /// The foot.
    pub foot: Foot,
}

letter!(BookingAsk, "mail/booking_ask.txt", "mail/booking_ask.html", |letter| letter
    .sentence
    .trim_end_matches('.')
    .to_owned());

impl Sample for BookingAsk {
    fn samples() -> Vec<(&'static str, Self)> {
        let sample = Self {
            sentence: "Robin asks for a time with you: Practice session.".to_owned(),
            when: Some(new_time()),
            approve_url: "https://entente.test/booking/decide?t=sample1".to_owned(),
            decline_url: "https://entente.test/booking/decide?t=sample2".to_owned(),
            closes: "Sun 22 Nov, 11:20, Paris time".to_owned(),
            url: "https://entente.test/booking-links/bkl_0193".to_owned(),
            settings_url: "https://entente.test/settings/notices".to_owned(),
            foot: Foot::sample(
                "You get this mail because you have an account here and a guest asks for a time on your booking page.",
            ),
        };
        vec![("booking-ask", sample)]
    }
}
