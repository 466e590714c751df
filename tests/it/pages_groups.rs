//! Group decisions as people see them: on Home and Notices, on their pages, and by the mailed link.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use entente::agents::{self, Claimed, Kind, NewRegistration};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::{MeetingId, SessionId};
use entente::base::time::{DAY, HOUR, MINUTE, Zone};
use entente::calendar;
use entente::groups::tally::Vote;
use entente::groups::{self, Mode, NewAnswer, NewCandidate, NewGroup, Seen, State, Subject};
use entente::links::Purpose;
use entente::network;
use entente::post::letter::Says;
use entente::queue;

use crate::pages_connections::world;
use crate::pages_world::{ANA, BEN, CLEO, TRACE, World};

fn person(user: entente::base::id::UserId) -> Actor {
    Actor::new(Who::User { id: user, admin: false }, Road::Page, TRACE)
}

impl World {
    /// Somebody asks somebody they are connected with, for three days; all of them must answer.
    pub(crate) async fn group(&self, from: &'static str, to: &'static str, labels: &[&str]) -> SessionId {
        let (from, to) = (person(self.user(from).await.id), self.user(to).await.id);
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        self.write(move |cx| {
            let with = network::connected_with(cx, &from, to)?.unwrap().id;
            let new = NewGroup {
                question: "What do we play?".to_owned(),
                mode: Mode::Broadcast,
                subject: Subject::Question,
                with: vec![with],
                candidates: labels.iter().map(|it| NewCandidate { label: it.clone(), time: None }).collect(),
                want: None,
                quorum: Some(1_000),
                threshold: None,
                deadline: Some(cx.now.plus(3 * DAY)),
                open_until: None,
                rounds: None,
                turn_seconds: None,
                on_silence: None,
                conversation: None,
            };
            Ok(groups::start(cx, &from, &new)?.allowed()?.id)
        })
        .await
    }

    /// The path of the newest mailed question of somebody.
    pub(crate) async fn group_link(&self, of: &'static str) -> String {
        let Says::GroupAsk { link, .. } = self.newest_letter(of).await.letter.says else { panic!("it asks") };
        self.path(Purpose::Group, link)
    }

    async fn group_of(&self, by: &'static str, id: SessionId) -> Seen {
        let who = person(self.user(by).await.id);
        self.read(move |cx| groups::group(cx, &who, id)).await
    }

    async fn decide(&self) {
        self.write(|cx| {
            let leases = queue::claim(cx, groups::TOPIC, 20, MINUTE)?;
            leases.iter().try_for_each(|lease| groups::due(cx, lease))
        })
        .await;
        self.follow().await;
    }
}

#[actix_web::test]
async fn somebody_is_asked_on_home_in_notices_and_by_mail_and_answers_by_the_link() {
    let w = world().await;
    w.connection(BEN, ANA).await;
    let id = w.group(BEN, ANA, &["Bach", "Ravel"]).await;
    w.follow().await;
    let mut ana = w.browser_of(ANA).await;
    for path in ["/", "/notices", "/groups"] {
        let page = ana.get(path).await;
        page.is(200).says("What do we play?").says("Bach");
        assert!(page.text.contains("If need be"), "{path} has the ballot");
    }
    let path = w.group_link(ANA).await;
    let mut nobody = w.browser();
    let page = nobody.get(&path).await;
    page.is(200).says("What do we play?").says("Nobody has to sign in");
    let ids: Vec<_> =
        w.group_of(ANA, id).await.group.candidates.iter().map(|one| format!("vote-{}", one.id)).collect();
    let said =
        nobody.press_on(&page, "answer", &[(ids[0].as_str(), "yes"), (ids[1].as_str(), "if_need_be")]).await;
    said.is(200).says("that is your answer now");
    let again =
        nobody.press_on(&said, "answer", &[(ids[0].as_str(), "no"), ("words", "Not on a Sunday")]).await;
    again.is(200).says("Change my answer");
    w.follow().await;
    assert!(!ana.get("/").await.text.contains("If need be"), "it waits no more");
    let mine = w.group_of(ANA, id).await.group;
    let said = mine.answers.last().unwrap();
    assert_eq!((said.revision, said.road.as_str(), said.by_person), (2, "link", true));
    // Ben, who asked, answers on its page; that closes it.
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&format!("/groups/{id}")).await;
    page.is(200).says("What the others say is shown when it closes.");
    assert!(!page.text.contains("Not on a Sunday"));
    let done = ben.press_on(&page, "answer", &[(ids[1].as_str(), "yes")]).await;
    done.is(303);
    let over = ben.get(&format!("/groups/{id}")).await;
    over.is(200).says("It was decided: Ravel.").says("Not on a Sunday").says("by the mailed link");
    assert_eq!(w.group_of(BEN, id).await.group.state, State::Decided);
    w.follow().await;
    ana.get("/notices").await.says("It was decided together: “What do we play?” – Ravel.");
    nobody.get(&path).await.is(200).says("It is closed").says("Ravel");
    nobody.get("/answer?t=nonsense").await.is(404);
}

#[actix_web::test]
async fn whoever_is_silent_is_reminded_once_and_told_how_it_ended() {
    let w = world().await;
    w.connection(BEN, ANA).await;
    let id = w.group(BEN, ANA, &["Bach"]).await;
    w.follow().await;
    let first = w.newest_letter(ANA).await.letter.id;
    w.clock.advance(36 * HOUR);
    w.decide().await;
    let reminder = w.newest_letter(ANA).await.letter;
    assert!(reminder.id != first);
    let Says::GroupAsk { news, labels, .. } = reminder.says else { panic!("it asks") };
    assert_eq!((news.word.as_str(), labels), ("reminder", vec!["Bach".to_owned()]));
    w.clock.advance(12 * HOUR);
    w.decide().await;
    assert_eq!(w.newest_letter(ANA).await.letter.id, reminder.id, "once");
    w.clock.advance(24 * HOUR);
    w.decide().await;
    assert_eq!(w.group_of(ANA, id).await.group.state, State::NoQuorum);
    let mut ana = w.browser_of(ANA).await;
    ana.get("/notices").await.says("Too few have answered: “What do we play?”.");
    let Says::Notice { news, .. } = w.newest_letter(ANA).await.letter.says else { panic!("it tells") };
    assert_eq!(news.kind, "group.ended");
}

#[actix_web::test]
async fn somebody_asks_others_by_the_form_closes_it_and_takes_it_back() {
    let w = world().await;
    let with = w.connection(BEN, ANA).await.to_string();
    let mut ben = w.browser_of(BEN).await;
    let form = ben.get("/groups/new").await;
    form.is(200).says("Decide together");
    let wrong =
        ben.press_on(&form, "/groups", &[("question", " "), ("with", &with), ("subject", "question")]).await;
    wrong.is(422).says("Say what is to be decided.");
    let typed = [
        ("question", "Which hall?"),
        ("with", with.as_str()),
        ("subject", "question"),
        ("candidates", "The large one\nThe garden"),
    ];
    let asked = ben.press_on(&form, "/groups", &typed).await;
    asked.is(303);
    let path = asked.header("location").split('?').next().unwrap().to_owned();
    assert_eq!(
        ben.press_on(&form, "/groups", &typed).await.header("location").split('?').next(),
        Some(path.as_str()),
        "once"
    );
    let page = ben.get(&path).await;
    page.is(200).says("You ask one other").says("The garden");
    ben.press_on(&page, "close", &[]).await.is(303);
    ben.get(&path).await.says("Too few have answered.");
    let time = [
        ("question", "Rehearsal"),
        ("with", with.as_str()),
        ("subject", "time"),
        ("candidates", "tomorrow at ten"),
    ];
    ben.press_on(&form, "/groups", &time).await.is(422);
    let stranger = w.browser_of(CLEO).await.get(&path).await.code;
    assert_eq!(stranger, 404);
    let mut cleo = w.browser_of(CLEO).await;
    cleo.get("/groups/new").await.says("You are connected with nobody yet");
}

#[actix_web::test]
async fn what_is_wrong_with_a_ballot_or_a_line_is_said_in_the_words_of_the_page() {
    let w = world().await;
    let with = w.connection(BEN, ANA).await.to_string();
    let id = w.group(BEN, ANA, &["Bach"]).await;
    w.follow().await;
    let words = "Say Yes, If need be, No or Neither to at least one.";
    let mut ana = w.browser_of(ANA).await;
    let page = ana.get(&format!("/groups/{id}")).await;
    page.is(200).says("Ben asks you").says("and 2 yes at least, however many say neither");
    ana.press_on(&page, "answer", &[]).await.is(422).says(words);
    let too_long = "Not on Monday. ".repeat(80);
    let again = ana.press_on(&page, "answer", &[("words", too_long.as_str())]).await;
    again.is(422).says("Not on Monday.");
    let path = w.group_link(ANA).await;
    let mut nobody = w.browser();
    let page = nobody.get(&path).await;
    nobody.press_on(&page, "answer", &[]).await.is(422).says(words);
    let mut ben = w.browser_of(BEN).await;
    let form = ben.get("/groups/new").await;
    let lines = async |ben: &mut crate::pages_world::Browser, lines: &str| {
        let typed =
            [("question", "Rehearsal"), ("with", with.as_str()), ("subject", "time"), ("candidates", lines)];
        ben.press_on(&form, "/groups", &typed).await
    };
    // Ben’s clocks go forward that night.
    lines(&mut ben, "2027-03-28 02:30").await.is(422).says("“2027-03-28 02:30”: The clocks go forward then");
    lines(&mut ben, "2027-03-28 2 o’clock")
        .await
        .is(422)
        .says("“2027-03-28 2 o’clock”: The time should look like 10:30.");
    lines(&mut ben, "tomorrow").await.is(422).says("“tomorrow” should be like 2026-11-25 10:30.");
    lines(&mut ben, "2027-03-29 10:00\n\n2019-01-01 23:59")
        .await
        .is(422)
        .says("“2019-01-01 23:59”: This time is over");
}

#[actix_web::test]
async fn what_speaks_against_times_is_told_before_anybody_is_asked_and_it_can_be_begun_all_the_same() {
    let w = world().await;
    let (anas, cleos) = (w.connection(BEN, ANA).await, w.connection(BEN, CLEO).await);
    let (ana, cleo) = (w.user(ANA).await.id, w.user(CLEO).await.id);
    w.write(move |cx| {
        use network::Scope::{AvailabilityRead, BookConfirmed, Propose};
        let both =
            [(ana, anas, vec![AvailabilityRead, Propose, BookConfirmed]), (cleo, cleos, vec![Propose])];
        for (user, connection, scopes) in both {
            let grant =
                network::NewGrant { scopes: scopes.into_iter().collect(), ..network::NewGrant::default() };
            network::set_grant(cx, &person(user), connection, &grant)?;
            // Eleven in Paris, where Ben is.
            let at = crate::pages_world::at("2026-11-25T10:00:00Z");
            let meeting: MeetingId = cx.id();
            calendar::occupy(cx, user, meeting, Some((at, at.plus(HOUR), calendar::Kind::Busy)))?;
        }
        Ok(())
    })
    .await;
    let (anas, cleos) = (anas.to_string(), cleos.to_string());
    let mut ben = w.browser_of(BEN).await;
    let form = ben.get("/groups/new").await;
    let typed = |lines: &'static str| {
        [
            ("question", "Rehearsal"),
            ("with", anas.as_str()),
            ("subject", "time"),
            ("candidates", lines),
            ("with", cleos.as_str()),
        ]
    };
    let lines = "2026-11-26 11:00\n2026-11-25 11:00\n2026-11-28 20:00";
    let page = ben.press_on(&form, "/groups", &typed(lines)).await;
    page.is(200).says("Nobody was asked yet.").says("Begin anyway").says("2026-11-28 20:00");
    let said: Vec<String> = page
        .text
        .split("<ul class=\"points\">")
        .nth(1)
        .unwrap()
        .split("</ul>")
        .next()
        .unwrap()
        .split("<li>")
        .skip(1)
        .map(crate::pages_world::plain)
        .collect();
    assert_eq!(
        said,
        [
            "<b>Wednesday 25 November 2026, 11:00 – 12:00 (Paris time, UTC+1).</b> It does not suit Ana.</li>",
            "<b>Saturday 28 November 2026, 20:00 – 21:00 (Paris time, UTC+1).</b> It is outside your working hours. It does not suit Ana.</li>",
        ],
        "nothing of Cleo’s time, who lets nobody know it"
    );
    ben.get("/groups").await.says("Nothing was decided together yet");
    let mut anas_browser = w.browser_of(ANA).await;
    anas_browser
        .get("/connections/questions")
        .await
        .says("whether 3 times that are to be voted on can be had with you");

    // What was changed since was not warned of.
    let mark =
        page.text.split("name=\"warned\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let again = |lines: &'static str| [typed(lines).as_slice(), &[("warned", mark.as_str())]].concat();
    let changed = ben.press_on(&form, "/groups", &again("2026-11-29 11:00")).await;
    changed.is(200).says("Nobody was asked yet.").says("Sunday 29 November 2026");
    let begun = ben.press_on(&form, "/groups", &again(lines)).await;
    let path = begun.is(303).header("location").split('?').next().unwrap().to_owned();
    ben.get(&path).await.is(200).says("Saturday 28 November 2026");
    let twice = ben.press_on(&form, "/groups", &again(lines)).await;
    assert_eq!(twice.header("location").split('?').next(), Some(path.as_str()), "once");
    // Where nothing speaks against it, it begins at once; a time that is over is refused, with no way around.
    let form = ben.get("/groups/new").await;
    ben.press_on(&form, "/groups", &typed("2026-11-26 11:00")).await.is(303);
    let over = ben.press_on(&form, "/groups", &again("2026-11-19 11:00")).await;
    over.is(422).says("This time is over, or about to begin.");
}

#[actix_web::test]
async fn a_ballot_is_of_its_round_and_says_so() {
    let w = world().await;
    w.connection(BEN, ANA).await;
    let (from, to) = (person(w.user(BEN).await.id), w.user(ANA).await.id);
    let ana_says = person(to);
    let (by, labels) = (from.clone(), ["Bach", "Ravel"]);
    let group = w
        .write(move |cx| {
            let new = NewGroup {
                question: "What do we play?".to_owned(),
                mode: Mode::Consensus,
                subject: Subject::Question,
                with: vec![network::connected_with(cx, &by, to)?.unwrap().id],
                candidates: labels.map(|it| NewCandidate { label: it.to_owned(), time: None }).into(),
                want: None,
                quorum: Some(1_000),
                threshold: None,
                deadline: Some(cx.now.plus(3 * DAY)),
                open_until: None,
                rounds: Some(2),
                turn_seconds: None,
                on_silence: None,
                conversation: None,
            };
            groups::start(cx, &by, &new)?.allowed()
        })
        .await;
    w.follow().await;
    let mut ana = w.browser_of(ANA).await;
    let page = ana.get(&format!("/groups/{}", group.id)).await;
    page.is(200).says("This round: until");
    let ids: Vec<_> = group.candidates.iter().map(|one| one.id).collect();
    for (who, yes) in [(from, 0), (ana_says, 1)] {
        let votes = [(ids[yes], Vote::Yes), (ids[1 - yes], Vote::No)].into();
        let answer = NewAnswer { votes, ..NewAnswer::default() };
        let id = group.id;
        w.write(move |cx| groups::answer(cx, &who, id, &answer).map(drop)).await;
    }
    assert_eq!(w.group_of(ANA, group.id).await.group.round, 2);
    let first = format!("vote-{}", ids[0]);
    let late = ana.press_on(&page, "answer", &[(first.as_str(), "yes")]).await;
    assert_eq!(late.is(303).header("location"), format!("/groups/{}?done=group-late", group.id));
    let seen = w.group_of(ANA, group.id).await;
    assert!(seen.waits, "nothing of it is of the round that goes on");
    ana.get(late.header("location"))
        .await
        .says("It came too late: what you said is kept, and does not count.");
}

#[actix_web::test]
async fn the_session_that_books_what_a_group_decided_says_so_and_offers_no_other_times() {
    let w = world().await;
    let with = w.connection(BEN, ANA).await;
    let (from, to) = (person(w.user(BEN).await.id), w.user(ANA).await.id);
    let ana = person(to);
    let group = w
        .write(move |cx| {
            let scopes = [network::Scope::Propose, network::Scope::BookConfirmed].into();
            let grant = network::NewGrant { scopes, ..network::NewGrant::default() };
            network::set_grant(cx, &ana, with, &grant)?;
            let new = NewRegistration::of(Kind::Personal, "Max");
            let program = agents::register(cx, &ana, &new)?.agent.id;
            let program = Actor::new(Who::Agent { id: program, user: to }, Road::Api, TRACE);
            agents::beat(cx, &program, program.agent().unwrap(), Claimed::Online)?;
            let day = Zone::parse("Europe/Berlin")
                .unwrap()
                .midnight(Zone::UTC.date(cx.now) + chrono::Days::new(14));
            // A weekday, at eleven.
            let start = (0..3).map(|days| day.plus(days * DAY + 11 * HOUR));
            let start =
                start.into_iter().find(|at| chrono::Datelike::weekday(&at.utc()).number_from_monday() < 6);
            let start = start.unwrap();
            let new = NewGroup {
                question: "Rehearsal".to_owned(),
                mode: Mode::Broadcast,
                subject: Subject::Time,
                with: vec![with],
                candidates: vec![NewCandidate {
                    label: String::new(),
                    time: Some((start, start.plus(30 * MINUTE))),
                }],
                want: None,
                quorum: None,
                threshold: None,
                deadline: Some(cx.now.plus(3 * DAY)),
                open_until: None,
                rounds: None,
                turn_seconds: None,
                on_silence: None,
                conversation: None,
            };
            let group = groups::start(cx, &from, &new)?.allowed()?;
            let yes =
                NewAnswer { votes: [(group.candidates[0].id, Vote::Yes)].into(), ..NewAnswer::default() };
            groups::answer(cx, &from, group.id, &yes)?;
            groups::answer(cx, &program, group.id, &yes)
        })
        .await;
    assert_eq!(group.state, State::Booking);
    let mut ana = w.browser_of(ANA).await;
    let page = ana.get(&format!("/sessions/{}", group.booking.unwrap())).await;
    page.is(200).says("A group decided on this time.").says(&format!("href=\"/groups/{}\"", group.id));
    page.says("The group takes another time then, or none.");
    assert!(!page.text.contains("Propose other times"), "it is about no other time");
    assert!(!page.text.contains("has changed"), "nothing has");
    let page = ana.get(&format!("/groups/{}", group.id)).await;
    page.is(200).says("How the booking stands");
    assert!(!page.text.contains("Leave it"), "the booking counts on her");
}

/// The value of a choice of a form, by its words.
fn choice<'a>(form: &'a str, words: &str) -> &'a str {
    let before = form.split(&format!(">{words}</option>")).next().unwrap();
    before.rsplit("value=\"").next().unwrap().split('"').next().unwrap()
}

#[actix_web::test]
async fn two_of_three_are_two_thirds() {
    let w = world().await;
    let (anas, cleos) = (w.connection(BEN, ANA).await.to_string(), w.connection(BEN, CLEO).await.to_string());
    let mut ben = w.browser_of(BEN).await;
    let form = ben.get("/groups/new").await;
    let share = choice(&form.text, "Two thirds");
    let typed = [
        ("question", "What do we play?"),
        ("with", anas.as_str()),
        ("with", cleos.as_str()),
        ("subject", "question"),
        ("candidates", "Bach"),
        ("quorum", share),
        ("threshold", share),
    ];
    let asked = ben.press_on(&form, "/groups", &typed).await;
    let path = asked.is(303).header("location").split('?').next().unwrap().to_owned();
    ben.get(&path)
        .await
        .says("0 of 3 have answered; 2 must.")
        .says("It takes a yes of two thirds of those who say yes or no, and 2 yes at least");
    let id: SessionId = path.trim_start_matches("/groups/").parse().unwrap();
    let group = w.group_of(BEN, id).await.group;
    for of in [ANA, CLEO] {
        let who = person(w.user(of).await.id);
        let votes = [(group.candidates[0].id, Vote::Yes)].into();
        let answer = NewAnswer { votes, ..NewAnswer::default() };
        w.write(move |cx| groups::answer(cx, &who, id, &answer).map(drop)).await;
    }
    let over = w.group_of(BEN, id).await;
    assert_eq!((over.group.state, over.turnout), (State::Decided, 2), "whatever Ben says");
}

#[actix_web::test]
async fn the_last_day_of_a_search_is_as_long_as_the_clocks_make_it() {
    let w = world().await;
    let with = w.connection(BEN, ANA).await;
    let ana = w.user(ANA).await.id;
    w.write(move |cx| {
        let scopes = [network::Scope::Propose, network::Scope::BookConfirmed].into();
        let grant = network::NewGrant { scopes, ..network::NewGrant::default() };
        network::set_grant(cx, &person(ana), with, &grant).map(drop)
    })
    .await;
    let with = with.to_string();
    let mut ben = w.browser_of(BEN).await;
    let form = ben.get("/groups/new").await;
    // The clocks go back in Paris that night, where Ben is.
    let typed = [
        ("question", "Rehearsal"),
        ("with", with.as_str()),
        ("subject", "time"),
        ("candidates", "2026-11-26 11:00"),
        ("from", "2027-10-31"),
        ("to", "2027-10-31"),
    ];
    let begun = ben.press_on(&form, "/groups", &typed).await;
    let path = begun.is(303).header("location").split('?').next().unwrap().to_owned();
    let id: SessionId = path.trim_start_matches("/groups/").parse().unwrap();
    let want = w.group_of(BEN, id).await.group.want.unwrap();
    let at = |instant| crate::pages_world::at(instant).ms();
    assert_eq!((want.from, want.to), (at("2027-10-30T22:00:00Z"), at("2027-10-31T23:00:00Z")));
}

#[actix_web::test]
async fn the_page_of_a_time_that_is_booked_without_its_reader_says_so_and_leads_to_no_meeting_of_others() {
    let w = world().await;
    let (anas, cleos) = (w.connection(BEN, ANA).await, w.connection(BEN, CLEO).await);
    let (ben, ana, cleo) = (w.user(BEN).await.id, w.user(ANA).await.id, w.user(CLEO).await.id);
    let group = w.write(move |cx| {
        for (user, connection) in [(ana, anas), (cleo, cleos)] {
            let scopes = [network::Scope::Propose, network::Scope::BookConfirmed].into();
            let grant = network::NewGrant { scopes, ..network::NewGrant::default() };
            network::set_grant(cx, &person(user), connection, &grant)?;
        }
        // A Wednesday, at eleven in Paris.
        let start = crate::pages_world::at("2026-12-02T10:00:00Z");
        let new = NewGroup {
            question: "Rehearsal".to_owned(),
            mode: Mode::Broadcast,
            subject: Subject::Time,
            with: vec![anas, cleos],
            candidates: vec![NewCandidate {
                label: String::new(),
                time: Some((start, start.plus(30 * MINUTE))),
            }],
            want: None,
            quorum: None,
            threshold: Some(600),
            deadline: Some(cx.now.plus(3 * DAY)),
            open_until: None,
            rounds: None,
            turn_seconds: None,
            on_silence: None,
            conversation: None,
        };
        groups::start(cx, &person(ben), &new)?.allowed()
    });
    let group = group.await;
    w.follow().await;
    let link = w.group_link(CLEO).await;
    let yes = NewAnswer { votes: [(group.candidates[0].id, Vote::Yes)].into(), ..NewAnswer::default() };
    let id = group.id;
    w.write(move |cx| {
        groups::answer(cx, &person(ben), id, &yes)?;
        groups::answer(cx, &person(ana), id, &yes).map(drop)
    })
    .await;
    w.follow().await;
    let path = format!("/groups/{id}");
    let words = "It was decided, and is booked without you, since you had not answered. If you want to come, ask Ben.";
    let page = w.browser_of(CLEO).await.get(&path).await;
    page.is(200).says(words);
    assert!(!page.text.contains("/meetings/mtg_"), "no button to what is not hers");
    let page = w.browser().get(&link).await;
    page.is(200).says(words);
    assert!(!page.text.contains("your newest invitation"), "she has none");
    let page = w.browser_of(ANA).await.get(&path).await;
    page.is(200).says("It was decided, and is booked.").says("/meetings/mtg_");
    assert!(!page.text.contains("without you"));
}

#[actix_web::test]
async fn the_mailed_link_of_whoever_left_says_so_and_promises_no_fresh_one() {
    let w = world().await;
    w.connection(BEN, ANA).await;
    let id = w.group(BEN, ANA, &["Bach"]).await;
    w.follow().await;
    let link = w.group_link(ANA).await;
    let mut ana = w.browser_of(ANA).await;
    let page = ana.get(&format!("/groups/{id}")).await;
    let mut nobody = w.browser();
    let ballot = nobody.get(&link).await;
    ana.press_on(&page, "leave", &[]).await.is(303);
    w.follow().await;
    let words = "You left it, or you and whoever asked are not connected any more.";
    let page = nobody.get(&link).await;
    page.is(200).says("You are part of this no more").says(words);
    assert!(!page.text.contains("fresh link") && !page.text.contains("What do we play?"));
    nobody.press_on(&ballot, "answer", &[]).await.is(200).says(words);
}
