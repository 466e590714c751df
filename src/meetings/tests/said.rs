//! Words that come with an answer: kept in the story, answered with a link where they ask for another time.

use super::*;

const ASKS: &str = "Can we do 2027-01-25 at 15:00?";

fn world_of_ben() -> (World, Meeting) {
    World::of(&["ben@example.org"])
}

fn human(text: &str) -> Beside {
    Beside { text: text.to_owned(), may_be_answered: true, message_id: Some("m@x".to_owned()), thread: None }
}

impl World {
    /// Ben's program answers, with a COMMENT and words beside it.
    fn ben_says(&self, partstat: PartStat, comment: Option<&str>, beside: &Beside) -> Verdict {
        let meeting = self.load(self.only());
        let ben = self.participant(meeting.id, "ben@example.org");
        let mut message = self.answer(&meeting, "ben@example.org", partstat);
        message.comment = comment.map(str::to_owned);
        let verdict = self.take_beside(&self.sender("ben@example.org", Some(&ben)), &message, beside);
        self.town.clock.advance(MINUTE);
        verdict
    }

    fn only(&self) -> MeetingId {
        let all = Listing { ahead: true, after: None, limit: 10 };
        self.town.read(|cx| list(cx, &operator(), all)).meetings[0].meeting.id
    }

    /// The words of the story, in order.
    fn notes(&self, id: MeetingId) -> Vec<String> {
        let story = self.town.read(|cx| journal::story(cx, &id, 500));
        let words = story.iter().filter(|one| one.kind.starts_with("words."));
        words.filter_map(|one| one.text("note").map(str::to_owned)).collect()
    }

    fn auto_answers(&self) -> usize {
        self.kinds_to("ben@example.org").iter().filter(|kind| **kind == "auto-answer").count()
    }
}

#[test]
fn a_reply_that_asks_for_another_time_counts_and_is_answered_with_that_time() {
    for (comment, beside) in [(Some(ASKS), human("")), (None, human(ASKS)), (Some("\n"), human(ASKS))] {
        let (world, meeting) = world_of_ben();
        let verdict = world.ben_says(PartStat::Accepted, comment, &beside);
        assert_eq!(verdict.outcome, Outcome::Applied);
        assert!(verdict.reason.contains("filled with the time"), "{}", verdict.reason);
        assert_eq!(world.participant(meeting.id, "ben@example.org").partstat, PartStat::Accepted);
        assert_eq!(world.notes(meeting.id), [ASKS]);
        let Says::AutoAnswer { found: Some((start, _)), .. } =
            world.newest("ben@example.org", "auto-answer").letter.says
        else {
            panic!("a time was found")
        };
        let opened = world.open(&world.respond("ben@example.org")).unwrap();
        assert_eq!(opened.suggested.map(|(start, _)| start.ms()), Some(start));
    }
}

#[test]
fn kind_words_with_an_answer_are_kept_and_answered_by_no_mail() {
    let (world, meeting) = world_of_ben();
    let verdict = world.ben_says(PartStat::Accepted, None, &human("Accepted. Looking forward!"));
    assert_eq!(verdict.outcome, Outcome::Applied);
    assert!(verdict.reason.ends_with("Their words are kept with it."), "{}", verdict.reason);
    assert_eq!(world.notes(meeting.id), ["Accepted. Looking forward!"]);
    assert_eq!(world.auto_answers(), 0);
}

#[test]
fn an_answer_is_answered_once_per_thread_and_one_without_a_thread_answers_the_invitation() {
    let (world, meeting) = world_of_ben();
    world.ben_says(PartStat::Accepted, None, &human(ASKS));
    let again = world.ben_says(PartStat::Tentative, None, &human("Or 2027-01-26 at 15:00?"));
    assert_eq!((again.outcome, world.auto_answers()), (Outcome::Applied, 1));
    assert_eq!(world.notes(meeting.id).len(), 2, "they are kept all the same");
    let invitation = world.participant(meeting.id, "ben@example.org").first_message_id;
    let elsewhere = Beside { thread: invitation, ..human(ASKS) };
    world.ben_says(PartStat::Accepted, None, &elsewhere);
    assert_eq!(world.auto_answers(), 1, "it is the same thread");
    world.town.clock.advance(DAY);
    let other = Beside { thread: Some("another@x".to_owned()), ..human("2027-01-27 at 15:00?") };
    world.ben_says(PartStat::Accepted, None, &other);
    assert_eq!(world.auto_answers(), 2);
}

#[test]
fn what_a_machine_sends_is_never_answered_and_its_comment_is_kept() {
    let (world, meeting) = world_of_ben();
    let verdict = world.ben_says(PartStat::Accepted, Some(ASKS), &Beside::default());
    assert_eq!((verdict.outcome, world.auto_answers()), (Outcome::Applied, 0));
    assert_eq!(world.notes(meeting.id), [ASKS]);
}

#[test]
fn words_show_no_address_no_link_and_nothing_of_our_mail() {
    let (world, meeting) = world_of_ben();
    let own = world.town.read(|cx| Ok::<_, Error>(cx.house().public_url.clone()));
    let quoted = format!(
        "Write to ben@home.example or see https://x.example/a?b.\n\nHeje: <{own}/reschedule?r=abc>\nrest"
    );
    world.ben_says(PartStat::Accepted, Some(&quoted), &Beside::default());
    let rewritten = own.replace("://", "%3A%2F%2F");
    let gateway = format!("Fine.\n\nhttps://safe.example/?url={rewritten}%2Freschedule%3Fr%3Dabc");
    world.ben_says(PartStat::Tentative, Some(&gateway), &Beside::default());
    assert_eq!(world.notes(meeting.id), ["Write to [address removed] or see [link removed]", "Fine."]);
}

#[test]
fn a_decline_that_cancels_is_kept_with_its_words_and_no_link_is_sent_to_a_meeting_that_is_off() {
    let (world, meeting) = world_of_ben();
    let verdict = world.ben_says(PartStat::Declined, None, &human(ASKS));
    assert_eq!(verdict.outcome, Outcome::Applied);
    assert_eq!(world.load(meeting.id).status, Status::Cancelled);
    assert_eq!((world.notes(meeting.id), world.auto_answers()), (vec![ASKS.to_owned()], 0));
}

#[test]
fn new_words_with_a_known_answer_are_news_and_the_same_words_are_not() {
    let (world, meeting) = world_of_ben();
    world.ben_says(PartStat::Accepted, None, &human(""));
    let words = human("I may be five minutes late.");
    assert_eq!(world.ben_says(PartStat::Accepted, None, &words).outcome, Outcome::Applied);
    assert_eq!(world.ben_says(PartStat::Accepted, None, &words).outcome, Outcome::Duplicate);
    assert_eq!(world.ben_says(PartStat::NeedsAction, None, &human(ASKS)).outcome, Outcome::Answered);
    assert_eq!(world.notes(meeting.id), ["I may be five minutes late.", ASKS]);
}

#[test]
fn words_without_proof_are_not_shown_until_they_are_confirmed() {
    let (world, meeting) = world_of_ben();
    let mut decline = world.answer(&meeting, "ben@example.org", PartStat::Declined);
    decline.comment = Some("I am ill.".to_owned());
    let verdict = world.take(&world.sender("ben@example.org", None), &decline);
    assert_eq!(verdict.outcome, Outcome::NeedsConfirmation);
    let mut accept = world.answer(&meeting, "ben@example.org", PartStat::Accepted);
    accept.comment = Some("Send money.".to_owned());
    let verdict = world.take(&world.sender("eve@example.net", None), &accept);
    assert_eq!((verdict.outcome, world.notes(meeting.id)), (Outcome::Applied, vec![]));
    let Says::ConfirmReply { confirm, .. } = world.newest("ben@example.org", "confirm-reply").letter.says
    else {
        panic!("they are asked")
    };
    let secret = world.secret(Purpose::Confirm, confirm);
    world.town.write(move |cx| hold::confirm(cx, &anyone(), &secret).map(drop)).unwrap();
    assert_eq!(world.load(meeting.id).status, Status::Cancelled);
    assert_eq!(world.notes(meeting.id), ["I am ill."]);
}

#[test]
fn words_are_told_to_whoever_said_them_and_are_gone_when_they_are_erased() {
    let (world, meeting) = world_of_ben();
    world.ben_says(PartStat::Accepted, None, &human("Looking forward!"));
    let secret = world.about_you("ben@example.org");
    let stored = world.town.read(|cx| about_you::open(cx, &secret));
    let address = stored.address;
    let document = world.town.read(|cx| about_you::export(cx, &address));
    assert_eq!(document["words"][0]["note"], "Looking forward!");
    world.town.write(move |cx| crate::app::person::erase_by_link(cx, &anyone(), &secret)).unwrap();
    assert!(world.notes(meeting.id).is_empty());
}
