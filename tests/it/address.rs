//! Another mail address: asked for in Settings, proven by a mailed link in a browser that is signed in, and from then on
//! everything goes by it: sign-in links, invitations, connections, blocks. The old one is told, and gets nothing more.

use entente::accounts;
use entente::app::person::{self, Person};
use entente::base::time::{DAY, HOUR};
use entente::base::{Actor, Road, Who};
use entente::journal;
use entente::links::{self, Purpose};
use entente::meetings;
use entente::network;
use entente::post::letter::{self, Kept, Says};
use insta::assert_snapshot;

use crate::pages_world::{ANA, BEN, CLEO, ROOT, World, address, operator};

const ACCOUNT: &str = "/settings/account";
const NEW: &str = "benedict@elsewhere.example";

/// All letters to an address, newest first.
async fn letters_to(w: &World, email: &'static str) -> Vec<Kept> {
    w.read(move |cx| letter::of_address(cx, &links::address_hash(cx, &address(email)), 100)).await
}

async fn kinds_to(w: &World, email: &'static str) -> Vec<&'static str> {
    letters_to(w, email).await.iter().map(|kept| kept.letter.says.kind()).collect()
}

/// The path of the link that was mailed to the new address.
async fn link_to(w: &World, email: &'static str) -> String {
    let kept = w.newest_letter(email).await;
    let Says::AddressConfirm { link, .. } = kept.letter.says else { panic!("{:?}", kept.letter.says) };
    w.path(Purpose::Address, link)
}

/// Ben asks for the new address and takes it.
async fn changes(w: &World) {
    let mut ben = w.browser_of(BEN).await;
    ben.press(ACCOUNT, "address", &[("email", NEW)]).await.is(303);
    let link = link_to(w, NEW).await;
    let page = ben.get(&link).await;
    ben.press_on(&page, "take", &[]).await.is(303);
}

async fn add_ana(w: &World) {
    w.write(|cx| {
        let new = accounts::NewUser {
            address: address(ANA),
            name: "Ana".to_owned(),
            zone: None,
            role: accounts::Role::Member,
        };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
}

#[actix_web::test]
async fn an_address_is_changed_by_the_button_of_a_mail_and_the_old_one_is_told() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let asked = ben.press(ACCOUNT, "address", &[("email", NEW)]).await;
    assert_eq!((asked.code, asked.header("location")), (303, "/settings/account?done=address-asked"));
    ben.get(ACCOUNT).await.is(200).says(NEW).says("waits for you").says("Keep the present address");
    assert_eq!(kinds_to(&w, NEW).await, ["address-confirm"]);
    assert_eq!(kinds_to(&w, BEN).await[0], "address-news");
    let link = link_to(&w, NEW).await;
    // Looking changes nothing; whoever is not signed in as Ben has nothing of the link.
    let before = w.rows();
    ben.get(&link).await.is(200).says(NEW).says("Use this address");
    ben.head(&link).await.is(200);
    w.browser().get(&link).await.is(401).says("Sign in first");
    w.browser_of(CLEO).await.get(&link).await.is(404);
    assert_eq!(w.user(BEN).await.address, address(BEN));
    let after = w.rows();
    let of = |rows: &str| {
        rows.lines().filter(|row| row.starts_with("users:")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(&before), of(&after));

    let page = ben.get(&link).await;
    let taken = ben.press_on(&page, "take", &[]).await;
    assert_eq!((taken.code, taken.header("location")), (303, "/settings/account?done=address-taken"));
    assert_eq!(w.user(NEW).await.name, "Ben");
    // Pressed again, it is answered as the first time.
    ben.press_on(&page, "take", &[]).await.is(303);
    ben.get(&link).await.is(303);
    let told = letters_to(&w, BEN).await.remove(0);
    assert!(matches!(told.letter.says, Says::AddressNews { is_done: true, .. }), "{:?}", told.letter.says);

    // Sign-in links go to the new one; whoever asks with the old gets none.
    let before = letters_to(&w, BEN).await.len();
    w.browser().post("/sign-in", &[("email", BEN)]).await.is(200);
    w.browser().post("/sign-in", &[("email", NEW)]).await.is(200);
    assert_eq!(letters_to(&w, BEN).await.len(), before);
    assert_eq!(kinds_to(&w, NEW).await[0], "sign-in");
    // The journal tells that, and no address.
    let story = w
        .read(|cx| {
            let user = accounts::by_address(cx, &address(NEW))?.unwrap();
            let all = journal::story(cx, &user.id, 100)?;
            Ok(all
                .iter()
                .map(|one| format!("{} {}", one.kind, one.data.clone().unwrap_or_default()))
                .collect::<Vec<_>>())
        })
        .await;
    let story = story.join("\n");
    assert!(story.contains("user.address_asked") && story.contains("user.address_changed"), "{story}");
    assert!(!story.contains('@'), "{story}");
}

#[actix_web::test]
async fn an_address_that_somebody_else_has_is_answered_alike_and_nobody_is_written_to() {
    let w = World::new().await;
    let mut pages = Vec::new();
    for new in [CLEO, NEW] {
        let mut ben = w.browser_of(BEN).await;
        let before = letters_to(&w, CLEO).await.len();
        let asked = ben.press(ACCOUNT, "address", &[("email", new)]).await;
        assert_eq!(asked.header("location"), "/settings/account?done=address-asked");
        pages.push(
            ben.get(ACCOUNT).await.main().replace(new, "…").split("name=\"csrf\"").next().unwrap().to_owned(),
        );
        assert_eq!(letters_to(&w, CLEO).await.len(), before, "it is none of hers");
    }
    assert_eq!(pages[0], pages[1]);
    // Whoever took it in the meantime keeps it.
    let link = link_to(&w, NEW).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get(&link).await;
    w.write(|cx| {
        let new = accounts::NewUser {
            address: address(NEW),
            name: String::new(),
            zone: None,
            role: accounts::Role::Member,
        };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
    ben.press_on(&page, "take", &[]).await.is(409).says("There is an account with this address by now.");
    assert_eq!(w.user(BEN).await.name, "Ben");
}

#[actix_web::test]
async fn what_is_wrong_is_said_beside_it_and_a_change_can_be_taken_back_and_runs_out() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    for (typed, words) in [
        (BEN, "This is your address already."),
        ("nobody", "email-error"),
        ("scheduling@entente.test", "the organizer&#39;s own mailbox"),
    ] {
        ben.press(ACCOUNT, "address", &[("email", typed)]).await.is(422).says(words).says(typed);
    }
    ben.press(ACCOUNT, "address", &[("email", NEW)]).await.is(303);
    let link = link_to(&w, NEW).await;
    ben.press(ACCOUNT, "stay", &[]).await.is(303);
    ben.get(&link).await.is(409).says("This link has expired");
    assert!(!ben.get(ACCOUNT).await.text.contains(NEW));
    ben.press(ACCOUNT, "address", &[("email", NEW)]).await.is(303);
    let link = link_to(&w, NEW).await;
    w.clock.advance(DAY + HOUR);
    ben.get(&link).await.is(409).says("This link has expired");
    assert!(!ben.get(ACCOUNT).await.text.contains(NEW));
    for _ in 0..4 {
        ben.press(ACCOUNT, "address", &[("email", NEW)]).await.is(303);
        w.clock.advance(HOUR);
    }
    ben.press(ACCOUNT, "address", &[("email", NEW)]).await.is(303);
    ben.press(ACCOUNT, "address", &[("email", NEW)]).await.is(429);
}

#[actix_web::test]
async fn meetings_ahead_go_to_the_new_address_with_the_same_event_and_nothing_to_the_old() {
    let w = World::new().await;
    let pair = w.meeting().await;
    w.send_mail().await;
    let before = w.load(pair.id).await;
    let (old, anas) = (letters_to(&w, BEN).await.len(), letters_to(&w, ANA).await.len());
    let respond = w.link(pair.host, Purpose::Respond).await;
    changes(&w).await;
    let meeting = w.load(pair.id).await;
    assert_eq!((meeting.sequence, &meeting.uid), (before.sequence, &before.uid), "no new revision");
    let invitation = letters_to(&w, NEW).await.remove(0);
    let Says::Invitation { event, .. } = &invitation.letter.says else {
        panic!("{:?}", invitation.letter.says)
    };
    assert_eq!((&event.uid, event.sequence), (&before.uid, before.sequence));
    let news: Vec<_> =
        kinds_to(&w, BEN).await.into_iter().take(letters_to(&w, BEN).await.len() - old).collect();
    assert_eq!(news, ["address-news", "address-news"], "nothing else went to the old one");
    assert_eq!(letters_to(&w, ANA).await.len(), anas, "nobody else is written to");
    // The page is theirs as before; the old mail's link acts no more.
    w.browser_of(NEW).await.get(&format!("/meetings/{}", pair.id)).await.is(200).says("Practice session");
    assert!(!w.browser().get(&respond).await.text.contains("name=\"do\" value=\"accept\""));
    // A mail of everybody's is looked through for the others' addresses, the old one included, before it leaves.
    w.send_mail().await;
    let hidden = w
        .read(move |cx| {
            let meeting = meetings::load(cx, pair.id)?;
            meetings::addresses_of_others(cx, &meeting, Some(pair.guest))
        })
        .await;
    assert!(hidden.contains(&address(BEN)) && hidden.contains(&address(NEW)), "{hidden:?}");
    // Moved, the update goes to the new one alone.
    let ben = w.user(NEW).await.id;
    w.write(move |cx| {
        let who = Actor::new(Who::User { id: ben, admin: false }, Road::Page, "t");
        meetings::move_to(cx, &who, pair.id, before.start.plus(DAY), before.end.plus(DAY))?;
        meetings::cancel(cx, &who, pair.id).map(drop)
    })
    .await;
    assert!(kinds_to(&w, NEW).await.contains(&"cancellation"));
    assert_eq!(kinds_to(&w, BEN).await.len(), old + 2);
}

#[actix_web::test]
async fn connections_and_blocks_go_on_and_nobody_reads_the_new_address() {
    let w = World::new().await;
    add_ana(&w).await;
    let connected = w.connection(BEN, ANA).await;
    // Cleo has asked the old address; the administrator has blocked it.
    w.invite(CLEO, BEN).await;
    let asked = w.invite(BEN, ROOT).await;
    let root = w.user(ROOT).await.id;
    w.write(move |cx| {
        let who = Actor::new(Who::User { id: root, admin: true }, Road::Page, "t");
        network::block(cx, &who, asked).map(drop)
    })
    .await;
    changes(&w).await;
    let path = format!("/connections/{connected}");
    for who in [NEW, ANA] {
        w.browser_of(who).await.get(&path).await.is(200).says("Connected since");
    }
    assert!(!w.browser_of(ANA).await.get(&path).await.text.contains(NEW));
    // Cleo's invitation waits for him as before; she reads what she typed, and not where he is now.
    w.browser_of(NEW).await.get("/connections").await.is(200).says("Cleo");
    let cleos = w.browser_of(CLEO).await.get("/connections").await;
    assert!(cleos.text.contains(BEN) && !cleos.text.contains(NEW), "{}", cleos.main());
    // A block is not shaken off: he asks again, and the administrator sees nothing.
    w.invite(NEW, ROOT).await;
    w.follow().await;
    assert!(!w.browser_of(ROOT).await.get("/connections").await.main().contains("Ben would like"));
    // Asked twice, by both addresses, somebody is connected once.
    assert_eq!(w.invite(ANA, NEW).await, connected);
}

#[actix_web::test]
async fn whoever_was_asked_by_both_addresses_is_asked_once() {
    let w = World::new().await;
    add_ana(&w).await;
    w.connection(BEN, ANA).await;
    // Ana knows him by another address too, and Ben has asked his own.
    w.invite(ANA, NEW).await;
    w.invite(BEN, NEW).await;
    changes(&w).await;
    let page = w.browser_of(NEW).await.get("/connections").await;
    page.is(200).says("Ana");
    assert!(!page.main().contains("would like to connect"), "{}", page.main());
}

#[actix_web::test]
async fn what_was_written_to_the_old_address_is_taken_away_and_erased_with_the_rest() {
    let w = World::new().await;
    w.meeting().await;
    w.send_mail().await;
    changes(&w).await;
    let mut ben = w.browser_of(NEW).await;
    let file = ben.get("/settings/account/export").await;
    file.is(200).says("under_former_addresses").says(BEN).says(NEW);
    w.write(|cx| person::erase(cx, &operator(), &Person::at(cx, &address(NEW))?)).await;
    let rows = w.rows();
    for email in [BEN, NEW] {
        let left: Vec<_> = rows.lines().filter(|row| row.contains(email)).collect();
        assert_eq!(left, Vec::<&str>::new());
    }
}

#[actix_web::test]
async fn whoever_has_the_old_address_by_now_keeps_what_is_theirs() {
    let w = World::new().await;
    changes(&w).await;
    w.write(|cx| {
        let new = accounts::NewUser {
            address: address(BEN),
            name: "Another Ben".to_owned(),
            zone: None,
            role: accounts::Role::Member,
        };
        accounts::add(cx, &operator(), &new).map(drop)
    })
    .await;
    w.write(|cx| person::erase(cx, &operator(), &Person::at(cx, &address(NEW))?)).await;
    assert_eq!(w.user(BEN).await.name, "Another Ben");
}

#[actix_web::test]
async fn the_page_with_the_button_says_what_will_happen() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    ben.press(ACCOUNT, "address", &[("email", NEW)]).await.is(303);
    let page = ben.get(&link_to(&w, NEW).await).await;
    let filters = vec![("name=\"csrf\" value=\"[^\"]*\"", "name=\"csrf\""), ("[?]t=[a-z0-9]+", "?t=…")];
    insta::with_settings!({ filters => filters }, { assert_snapshot!("settings_address", page.main()) });
}
