//! Words that people add to the answers of their calendar programs: what is kept, who is answered, who sees it.

use entente::journal;
use entente::post::inbound::Outcome;
use entente::post::letter::Says;

use crate::inbound_world::{ANA, World, at};

const ASKS: &str = "can we do 3pm on Tuesday?";

impl World {
    /// The words in the meeting's story, by the kind of their entries.
    async fn said(&self) -> Vec<(String, String)> {
        let id = self.meeting;
        let story = self.read(move |cx| journal::story(cx, &id, 500)).await;
        let words = story.into_iter().filter(|one| one.kind.starts_with("words."));
        words.map(|one| (one.kind.clone(), one.text("note").unwrap_or_default().to_owned())).collect()
    }

    /// The time that Ana's automatic answers are filled with.
    async fn filled(&self) -> Vec<Option<(i64, i64)>> {
        let letters = self.letters(self.ana).await;
        let found = letters.into_iter().filter_map(|kept| match kept.letter.says {
            Says::AutoAnswer { found, .. } => Some(found),
            _ => None,
        });
        found.collect()
    }

    /// A REPLY with a text beside it, as mail programs send those that a person wrote something into.
    async fn reply_with(&self, id: &str, headers: &str, text: &str) -> Vec<u8> {
        let ics = String::from_utf8(self.reply(|_| {}).await).unwrap_or_default();
        let (_, ics) = ics.split_once("\r\n\r\n").unwrap_or_default();
        let to = self.organizer().await;
        format!(
            "{headers}From: <{ANA}>\r\nTo: <{to}>\r\nSubject: Accepted: Practice Session\r\nMessage-ID: <{id}>\r\n\
             Date: Fri, 20 Nov 2026 10:11:12 +0000\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
             {text}\r\n--b\r\nContent-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n{ics}\r\n--b--\r\n"
        )
        .into_bytes()
    }
}

fn tuesday() -> Vec<Option<(i64, i64)>> {
    vec![Some((at("2026-11-24T14:00:00Z").ms(), at("2026-11-24T14:45:00Z").ms()))]
}

#[tokio::test]
async fn outlooks_answer_with_words_counts_and_its_words_are_answered_with_the_time_in_them() {
    let world = World::new().await;
    let taken = world.take(world.fixture("outlook-reply-with-words").await).await;
    assert_eq!((taken.outcome, world.ana_says().await), (Outcome::Applied, "tentative"), "{}", taken.reason);
    assert_eq!(world.filled().await, tuesday());
    let said =
        "Can we do 3pm on Tuesday? If not, write to [address removed]\n\nBest regards,\nAna".to_owned();
    assert_eq!(world.said().await, [("words.answered".to_owned(), said)], "no link of the quoted mail");
    assert_eq!(world.count(world.ben, "auto-answer").await, 0);
}

#[tokio::test]
async fn googles_answer_with_a_note_is_kept_with_it_and_a_machine_is_not_answered() {
    let world = World::new().await;
    let taken = world.take(world.fixture("google-reply-with-note").await).await;
    assert_eq!((taken.outcome, world.ana_says().await), (Outcome::Applied, "accepted"), "{}", taken.reason);
    let said = "Can we do 3pm on Tuesday? I am at [address removed]".to_owned();
    assert_eq!(world.said().await, [("words.said".to_owned(), said)]);
    assert_eq!(world.filled().await, vec![]);
}

#[tokio::test]
async fn words_in_the_text_above_the_quote_count_and_are_answered_once_per_thread() {
    let world = World::new().await;
    let quoted =
        format!("{ASKS}\r\n\r\nOn Fri, 20 Nov 2026, Ben via Entente wrote:\r\n> We meet at 5pm on Thursday.");
    let taken = world.take(world.reply_with("one@mail.example.org", "", &quoted).await).await;
    assert_eq!((taken.outcome, world.ana_says().await), (Outcome::Applied, "accepted"));
    assert_eq!((world.filled().await, world.said().await.len()), (tuesday(), 1));
    let again = world.take(world.reply_with("two@mail.example.org", "", &quoted).await).await;
    assert_eq!((again.outcome, world.filled().await.len()), (Outcome::Duplicate, 1));
    assert_eq!(world.said().await.len(), 1);
}

#[tokio::test]
async fn an_answer_without_a_time_in_its_words_is_answered_by_no_mail() {
    let world = World::new().await;
    let raw = world.reply_with("kind@mail.example.org", "", "Accepted. Looking forward!").await;
    assert_eq!(world.take(raw).await.outcome, Outcome::Applied);
    assert_eq!(world.filled().await, vec![]);
    assert_eq!(world.said().await, [("words.said".to_owned(), "Accepted. Looking forward!".to_owned())]);
}

#[tokio::test]
async fn machines_lists_and_senders_that_take_no_mail_are_not_answered() {
    for headers in [
        "Auto-Submitted: auto-replied\r\n",
        "List-Id: <people.example.org>\r\n",
        "Precedence: bulk\r\n",
        "Return-Path: <>\r\n",
        "X-Autoreply: yes\r\n",
    ] {
        let world = World::new().await;
        let raw = world.reply_with("machine@mail.example.org", headers, ASKS).await;
        assert_eq!(world.take(raw).await.outcome, Outcome::Applied, "{headers}");
        assert_eq!(world.ana_says().await, "accepted");
        assert_eq!(world.filled().await, vec![], "{headers}");
    }
}

#[tokio::test]
async fn what_programs_write_themselves_is_not_taken_for_words() {
    for name in ["android", "cyrus", "exchange-cdo-old", "gnus-lf-unfolded", "proton", "thunderbird"] {
        let world = World::new().await;
        let taken = world.take(world.fixture(name).await).await;
        assert_eq!(taken.outcome, Outcome::Applied, "{name}");
        assert_eq!(world.said().await, vec![], "{name}");
    }
}
