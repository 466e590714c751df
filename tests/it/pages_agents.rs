//! Agents in a browser without scripts: who acts for somebody, a program of their own with its keys and lists, and the
//! roles of the house.

use actix_web::http::Method;
use entente::agents::{self, Claimed, Privacy};
use entente::base::actor::{Actor, Road, Who};
use entente::base::id::AgentId;
use entente::base::time::{DAY, HOUR, MINUTE};

use crate::pages_world::{BEN, Browser, CLEO, ROOT, Reply, Setting, World, forms, hash, operator};

/// A page's main part, without what is made by chance.
macro_rules! snapshot {
    ($name:literal, $page:expr) => {
        let filters = vec![
            ("name=\"(csrf|once)\" value=\"[^\"]*\"", "name=\"$1\""),
            ("(agt|key|usr|rol)_[0-9a-f]{32}", "${1}_…"),
            ("eak_[a-z0-9]{32}", "eak_…"),
            ("maya-[a-z0-9]{5}", "maya-…"),
        ];
        insta::with_settings!({ filters => filters }, { insta::assert_snapshot!($name, $page.main()) })
    };
}

/// Where a reply leads.
#[track_caller]
fn leads(reply: &Reply) -> String {
    assert_eq!(reply.code, 303, "{}", reply.main());
    reply.header("location").to_owned()
}

fn without_flash(path: &str) -> String {
    path.split('?').next().unwrap_or_default().to_owned()
}

fn id_of(path: &str) -> AgentId {
    path.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{path} is of no agent"))
}

/// Adds a program by the form; gives its page.
async fn added(browser: &mut Browser<'_>, name: &str, kind: &str, more: &[(&str, &str)]) -> String {
    let mut typed = vec![("name", name), ("kind", kind)];
    typed.extend(more);
    without_flash(&leads(&browser.press("/agents/new", "add", &typed).await))
}

/// What can be found, by whoever may reach it.
const FOUND: [(&str, &str); 3] = [("reach", "direct"), ("reach", "group"), ("reach", "found")];

/// The handle that a page tells.
fn handle(page: &Reply) -> String {
    let (_, rest) = page.text.split_once("<dt>Handle</dt><dd>").unwrap_or_else(|| panic!("{}", page.main()));
    rest.split('<').next().unwrap_or_default().to_owned()
}

/// Makes a key by the form; gives its secret.
async fn key(browser: &mut Browser<'_>, path: &str, name: &str) -> String {
    let page = browser.press(path, "key", &[("name", name)]).await;
    page.is(200).says("The key is made.");
    secret(&page)
}

fn secret(page: &Reply) -> String {
    let (_, rest) = page.text.split_once("id=\"fresh-key\">").unwrap_or_else(|| panic!("{}", page.main()));
    rest.split('<').next().unwrap_or_default().to_owned()
}

/// What the house answers a program that gives a key for a token.
async fn exchanged(w: &World, secret: &str) -> Reply {
    let bearer = format!("Bearer {secret}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    w.browser().send(&Method::POST, "/api/v1/agents/token", Some("{}".to_owned()), &headers).await
}

#[actix_web::test]
async fn whoever_has_no_program_is_told_what_acts_for_them_and_that_they_need_no_other() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get("/agents").await;
    page.is(200).says("Your built-in agent").says("acts for you").says("You need none of your own.");
    snapshot!("agents_alone", page);
    ben.get("/").await.says("href=\"/agents\"");
}

#[actix_web::test]
async fn a_program_is_added_and_plays_in_place_of_the_built_in_agent() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let form = ben.get("/agents/new").await;
    form.is(200).says("It acts for me").says("It offers something");
    assert!(!form.text.contains("It answers for a room"), "that is for administrators");
    snapshot!("agents_new", form);
    let typed = [("name", "Maya"), ("about", "My assistant"), ("capabilities.conversations_max", "3")];
    let done = leads(&ben.press("/agents/new", "add", &typed).await);
    assert!(done.ends_with("?done=agent-added"), "{done}");
    let page = ben.get(&done).await;
    page.is(200).says("make one below").says("not seen yet").says("from its first sign of life on");
    snapshot!("agents_show", page);
    let list = ben.get("/agents").await;
    list.says("Maya").says("My assistant").says("until then your built-in agent does.");
    let (id, user) = (id_of(&without_flash(&done)), w.user(BEN).await.id);
    let who = Actor::new(Who::User { id: user, admin: false }, Road::Api, "t");
    w.write(move |cx| agents::beat(cx, &who, id, Claimed::Online).map(drop)).await;
    let list = ben.get("/agents").await;
    list.says("It steps in where Maya does not answer in time.");
    snapshot!("agents_list", list);
    let plays = w.read(move |cx| agents::plays_for(cx, user)).await.unwrap_or_else(|| panic!("it plays"));
    assert_eq!(plays.agent.id, id);
    assert_eq!((plays.capabilities.conversations_max, plays.preferences.stand_in_minutes), (3, Some(60)));
    assert_eq!(plays.preferences.privacy, Privacy::Moderate);
    assert!(!plays.capabilities.reserve && plays.is_direct && !plays.is_discoverable);
}

#[actix_web::test]
async fn what_a_program_may_is_changed_and_what_it_may_not_the_built_in_agent_does() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let path = added(&mut ben, "Maya", "personal", &[]).await;
    let page = ben.get(&path).await;
    let form = forms(&page.text).into_iter().find(|form| form.buttons.contains(&"save".to_owned()));
    let form = form.unwrap_or_else(|| panic!("{}", page.main()));
    let kept = |(name, value): &&(String, String)| name != "may" || value != "schedule";
    let mut fields: Vec<(&str, &str)> =
        form.fields.iter().filter(kept).map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("may", "reserve"), ("preferences.style", "short, and in German"), ("do", "save")]);
    assert_eq!(leads(&ben.post(&path, &fields).await), format!("{path}?done=saved"));
    let page = ben.get(&path).await;
    page.says("so your built-in agent acts for you.").says("short, and in German");
    page.says("sessions.write, of no use as long as it may not do this");
    ben.get("/agents").await.says("acts for you").says("It may not take part when times are arranged");
    let id = id_of(&path);
    let one = w.read(move |cx| agents::registered(cx, &operator(), id)).await;
    assert_eq!(
        (one.capabilities.schedule, one.capabilities.calendar, one.capabilities.reserve),
        (false, true, true)
    );
}

#[actix_web::test]
async fn what_cannot_be_meant_comes_back_beside_its_field_with_what_was_typed() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let new = "/agents/new";
    let wrong = ben.press(new, "add", &[("name", " "), ("about", "Mine & <b>bold</b>")]).await;
    wrong.is(422).says("Say what it is called.").says("Mine &#38; &#60;b&#62;bold&#60;/b&#62;");
    wrong.says("id=\"name-error\"");
    let field = "capabilities.conversations_max";
    let many = ben.press(new, "add", &[("name", "Maya"), (field, "many")]).await;
    many.is(422)
        .says("This should be a whole number.")
        .says("value=\"many\"")
        .says("<details class=\"fold\" open>");
    ben.press(new, "add", &[("name", "Maya"), (field, "11")]).await.is(422).says("10 conversations at once");
    let field = "preferences.stand_in_minutes";
    ben.press(new, "add", &[("name", "Maya"), (field, "0")]).await.is(422).says("id=\"stand-in-error\"");
    ben.press(new, "add", &[("name", "Maya"), ("kind", "builtin")])
        .await
        .is(422)
        .says("Choose what it does.");
    let path = added(&mut ben, "Maya", "personal", &[]).await;
    let second = ben.press(new, "add", &[("name", "Max"), ("kind", "personal")]).await;
    second.is(422).says("that acts for you already; retire it first").says("value=\"Max\"");
    ben.press(&path, "save", &[("name", "")]).await.is(422).says("Say what it is called.").says("Make a key");
    ben.post(&path, &[("do", "nothing"), ("csrf", &csrf(&mut ben.clone(), &path).await)]).await.is(400);
}

async fn csrf(browser: &mut Browser<'_>, path: &str) -> String {
    let page = browser.get(path).await;
    let mut fields = forms(&page.text).into_iter().flat_map(|form| form.fields);
    fields.find(|(name, _)| name == "csrf").map(|(_, value)| value).unwrap_or_default()
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_adds_one_program_and_makes_one_key() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let form = ben.get("/agents/new").await;
    let typed = [("name", "Translator"), ("kind", "service")];
    let first = leads(&ben.press_on(&form, "add", &typed).await);
    assert_eq!(leads(&ben.press_on(&form, "add", &typed).await), first);
    let path = without_flash(&first);
    let page = ben.get(&path).await;
    let made = ben.press_on(&page, "key", &[("name", "Home")]).await;
    made.is(200).says("id=\"fresh-key\">eak_");
    let again = leads(&ben.press_on(&page, "key", &[("name", "Home")]).await);
    assert_eq!(again, format!("{path}?done=agent-key-made"));
    ben.get(&again).await.says("its secret is shown once");
    let id = id_of(&path);
    assert_eq!(w.read(move |cx| Ok(agents::keys(cx, &operator(), id)?.len())).await, 1);
}

#[actix_web::test]
async fn a_key_is_shown_once_is_good_for_a_token_and_no_more_once_it_is_taken_back() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let path = added(&mut ben, "Maya", "personal", &[]).await;
    let made = ben.press(&path, "key", &[("name", "Server at home")]).await;
    made.is(200).says("shown this once").says("curl http://localhost:8080/api/v1/agents/token");
    snapshot!("agents_key", made);
    let secret = secret(&made);
    let page = ben.get(&path).await;
    page.says("Server at home").says("never").says("Begin sessions and take their steps");
    assert!(!page.text.contains("eak_"), "shown this once");
    exchanged(&w, &secret).await.is(200).says("\"token_type\":\"Bearer\"");
    ben.get(&path).await.says("<td data-label=\"Last used\">today</td>");
    w.clock.advance(2 * DAY);
    let mut ben = w.browser_of(BEN).await;
    ben.get(&path).await.says("<td data-label=\"Last used\">20 Nov 2026</td>");
    assert_eq!(leads(&ben.press(&path, "revoke", &[]).await), format!("{path}?done=agent-key-revoked"));
    ben.get(&path).await.says("None yet.");
    exchanged(&w, &secret).await.is(401);
}

#[actix_web::test]
async fn a_key_has_a_name_and_a_use_and_never_more_than_is_for_programs() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let path = added(&mut ben, "Maya", "personal", &[]).await;
    ben.press(&path, "key", &[("name", " ")])
        .await
        .is(422)
        .says("Give the key a name")
        .says("id=\"key-name-error\"");
    let token = csrf(&mut ben, &path).await;
    let none = ben.post(&path, &[("do", "key"), ("name", "Home"), ("csrf", &token)]).await;
    none.is(422).says("Choose what the key may be used for.").says("value=\"Home\"");
    for scope in ["admin", "agents.write", "profile.write", "calendar.write", "inbound.write"] {
        let forged = [("do", "key"), ("name", "Home"), ("scopes", scope), ("csrf", &token)];
        ben.post(&path, &forged).await.is(422).says("This is not for programs.");
        assert!(!ben.get(&path).await.text.contains(&format!("value=\"{scope}\"")), "{scope} is not offered");
    }
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
        key(&mut ben, &path, name).await;
    }
    ben.press(&path, "key", &[("name", "k")]).await.is(422).says("10 keys already");
}

#[actix_web::test]
async fn whether_a_program_is_there_is_said_in_words_and_never_believed_for_long() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let path = added(&mut ben, "Maya", "personal", &[]).await;
    let (id, user) = (id_of(&path), w.user(BEN).await.id);
    ben.get("/agents").await.says("not seen yet");
    for (claimed, words) in [(Claimed::Online, "online"), (Claimed::Busy, "busy"), (Claimed::Away, "away")] {
        let who = Actor::new(Who::User { id: user, admin: false }, Road::Api, "t");
        w.write(move |cx| agents::beat(cx, &who, id, claimed).map(drop)).await;
        ben.get("/agents").await.says(&format!(">{words}</span>"));
    }
    w.clock.advance(15 * MINUTE);
    ben.get(&path).await.says("offline since today 10:01").says("The last was today 10:00.");
    w.clock.advance(20 * HOUR);
    ben.get("/agents").await.says("offline since yesterday 10:01");
}

#[actix_web::test]
async fn others_are_trusted_and_blocked_by_handle_or_id_and_taken_off_again() {
    let w = World::new().await;
    let (mut ben, mut cleo) = (w.browser_of(BEN).await, w.browser_of(CLEO).await);
    let mine = added(&mut ben, "Maya", "personal", &[]).await;
    let mut open = FOUND.to_vec();
    open.push(("preferences.privacy", "open"));
    let theirs = added(&mut cleo, "Concierge", "service", &open).await;
    let known = handle(&cleo.get(&theirs).await);
    let done = ben.press(&mine, "trust", &[("other", &format!(" @{known} "))]).await;
    assert_eq!(leads(&done), format!("{mine}?done=agent-trusted"));
    ben.get(&mine).await.says("Concierge").says(&known).says(">trusted<");
    let blocked = ben.press(&mine, "block", &[("other", &id_of(&theirs).to_string())]).await;
    assert_eq!(leads(&blocked), format!("{mine}?done=agent-blocked"));
    let page = ben.get(&mine).await;
    page.says("Concierge").says(">blocked<").says("Take off Concierge");
    assert!(!page.text.contains(">trusted<"), "one thing of one agent");
    assert_eq!(leads(&ben.press(&mine, "forget", &[]).await), format!("{mine}?done=agent-unlisted"));
    ben.get(&mine).await.says("Nobody yet.");
    let itself = ben.press(&mine, "trust", &[("other", &id_of(&mine).to_string())]).await;
    itself.is(422).says("no stranger to itself");
}

#[actix_web::test]
async fn no_answer_of_the_lists_tells_which_agents_there_are() {
    let w = World::new().await;
    let (mut ben, mut cleo) = (w.browser_of(BEN).await, w.browser_of(CLEO).await);
    let mine = added(&mut ben, "Maya", "personal", &[]).await;
    // One that is strict, one that is not to be found: both as if they were not there.
    let mut strict = FOUND.to_vec();
    strict.push(("preferences.privacy", "strict"));
    let strict = added(&mut cleo, "Strict", "service", &strict).await;
    let hidden = added(&mut cleo, "Hidden", "service", &[("preferences.privacy", "open")]).await;
    let page = ben.get(&mine).await;
    let mut answers = Vec::new();
    for other in
        [handle(&cleo.get(&strict).await), handle(&cleo.get(&hidden).await), "nobody-abcde".to_owned()]
    {
        let answer = ben.press_on(&page, "trust", &[("other", &other)]).await;
        answer.is(422).says("It may be that it does not want to be found");
        let main = answer.main().replace(&other, "…");
        let (kept, _) = main.split_once("Take back").unwrap_or((&main, ""));
        answers.push(without_chance(kept));
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:#?}");
    let mut shown = Vec::new();
    let nobody = "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f".to_owned();
    for other in [id_of(&strict).to_string(), id_of(&hidden).to_string(), nobody] {
        let done = leads(&ben.press(&mine, "trust", &[("other", &other)]).await);
        let page = ben.get(&done).await;
        page.says("Trusted, if there is such an agent.").says(&other);
        shown.push(without_chance(&page.main().replace(&other, "…")));
        leads(&ben.press(&mine, "forget", &[]).await);
    }
    assert!(shown.windows(2).all(|two| two[0] == two[1]), "{shown:#?}");
}

/// A page without its form tokens.
fn without_chance(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(at) =
        ["name=\"csrf\" value=\"", "name=\"once\" value=\""].iter().filter_map(|m| rest.find(m)).min()
    {
        let (before, after) = rest.split_at(at + 19);
        out.push_str(before);
        rest = after.split_once('"').map_or("", |(_, rest)| rest);
    }
    out + rest
}

#[actix_web::test]
async fn what_follows_from_retiring_is_said_before_and_true_after() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let path = added(&mut ben, "Maya", "personal", &[]).await;
    let secret = key(&mut ben, &path, "Home").await;
    let page = ben.get(&path).await;
    page.says("Its keys stop working at once")
        .says("Your built-in agent acts for you")
        .says("cannot be taken back");
    assert_eq!(leads(&ben.press(&path, "retire", &[]).await), "/agents?done=agent-retired");
    exchanged(&w, &secret).await.is(401);
    let list = ben.get("/agents").await;
    list.says("retired").says("acts for you");
    let retired = ben.get(&path).await;
    retired.is(200).says("it acts for nobody any more");
    assert!(forms(retired.main()).is_empty(), "nothing can be done with it");
    let token = csrf(&mut ben, "/agents/new").await;
    ben.post(&path, &[("do", "retire"), ("csrf", &token)]).await.is(303);
    let late = [("do", "save"), ("name", "Max"), ("preferences.privacy", "open"), ("csrf", &token)];
    ben.post(&path, &late).await.is(409).says("retired");
    added(&mut ben, "Max", "personal", &[]).await;
}

#[actix_web::test]
async fn somebody_elses_program_is_not_found_whatever_is_pressed() {
    let w = World::new().await;
    let path = added(&mut w.browser_of(BEN).await, "Maya", "personal", &[]).await;
    let mut cleo = w.browser_of(CLEO).await;
    let token = csrf(&mut cleo, "/agents/new").await;
    let before = w.rows();
    cleo.get(&path).await.is(404);
    for button in ["save", "key", "revoke", "trust", "block", "forget", "retire"] {
        let fields = [("do", button), ("name", "Mine"), ("scopes", "meetings.read"), ("csrf", &token)];
        cleo.post(&path, &fields).await.is(404);
    }
    for other in ["/agents/agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f", "/agents/nonsense"] {
        cleo.get(other).await.is(404);
    }
    assert_eq!(hash(&before), hash(&w.rows()));
}

#[actix_web::test]
async fn an_administrator_takes_back_keys_and_retires_what_is_somebody_elses_and_changes_nothing_of_it() {
    let w = World::new().await;
    let mut ben = w.browser_of(BEN).await;
    let path = added(&mut ben, "Maya", "personal", &[]).await;
    let secret = key(&mut ben, &path, "Home").await;
    ben.press(&path, "trust", &[("other", "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f")]).await.is(303);
    let mut root = w.browser_of(ROOT).await;
    let page = root.get(&path).await;
    page.is(200).says("It is Ben’s.").says("It acts for Ben").says("Home");
    assert!(!page.text.contains("agt_019d4b5a"), "whom it trusts is not for them");
    snapshot!("agents_of_another", page);
    let token = csrf(&mut root, &path).await;
    for button in ["save", "key", "trust", "forget"] {
        let other = ("other", "agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f");
        let privacy = ("preferences.privacy", "open");
        let typed =
            [("do", button), ("name", "Mine"), ("scopes", "meetings.read"), other, privacy, ("csrf", &token)];
        root.post(&path, &typed).await.is(404);
    }
    assert_eq!(leads(&root.press(&path, "revoke", &[]).await), format!("{path}?done=agent-key-revoked"));
    exchanged(&w, &secret).await.is(401);
    assert_eq!(leads(&root.press(&path, "retire", &[]).await), format!("{path}?done=agent-retired"));
    ben.get("/agents").await.says("retired");
}

#[actix_web::test]
async fn an_administrator_has_a_program_answer_for_a_room_and_nobody_else_does() {
    let w = World::new().await;
    let mut root = w.browser_of(ROOT).await;
    let room = [("name", "Blue Room"), ("zone", "Europe/Paris")];
    let room = without_flash(&leads(&root.press("/admin/resources", "/admin/resources", &room).await));
    let room = room.rsplit('/').next().unwrap_or_default();
    root.get("/agents/new").await.says("It answers for a room or a thing").says("Blue Room");
    let none = root.press("/agents/new", "add", &[("name", "Porter"), ("kind", "room")]).await;
    none.is(422).says("Say for which room or thing it answers.").says("id=\"resource-error\"");
    let path = added(&mut root, "Porter", "room", &[("resource", room)]).await;
    root.get(&path).await.says("It answers for Blue Room.");
    let second = [("name", "Other"), ("kind", "room"), ("resource", room)];
    root.press("/agents/new", "add", &second).await.is(422).says("answers for this room or thing already");
    // A room that was chosen by the way is none for one that plays.
    added(&mut root, "Mine", "personal", &[("resource", room)]).await;
    w.browser_of(BEN).await.press("/agents/new", "add", &second).await.is(403);
}

#[actix_web::test]
async fn where_programs_are_switched_off_the_page_says_so_and_offers_nothing() {
    let mut setting = Setting::new();
    setting.house.agents_enabled = false;
    let w = World::with(setting).await;
    let mut ben = w.browser_of(BEN).await;
    let page = ben.get("/agents").await;
    page.is(200).says("Programs of your own are switched off here").says("Your built-in agent");
    assert!(!page.text.contains("/agents/new") && !page.text.contains("agents.enabled"));
    snapshot!("agents_off", page);
    ben.get("/analytics").await.is(200).says("Agents are switched off here");
    ben.get("/agents/new").await.is(409).says("switched off in this house");
    let token = csrf(&mut ben, "/meetings/new").await;
    let typed = [("name", "Maya"), ("kind", "personal"), ("preferences.privacy", "open"), ("csrf", &token)];
    ben.post("/agents", &typed).await.is(409);
    ben.get("/agents/agt_019d4b5ad0007d3c8f1e2a3b4c5d6e7f").await.is(409);
    // No link leads to where nothing is.
    for path in ["/conversations", "/tasks", "/approvals", "/groups", "/approvals/rules", "/webhooks"] {
        ben.get(path).await.is(200);
    }
    let user = w.user(BEN).await.id;
    let own = w.write(move |cx| Ok(agents::own(cx, user)?.id)).await;
    for what in ["figures", "activity"] {
        ben.get(&format!("/agents/{own}/{what}")).await.is(200);
    }
    let mut root = w.browser_of(ROOT).await;
    root.get("/agents").await.says("<code>agents.enabled</code>");
    root.get("/admin/agents").await.is(200).says("Programs are switched off in this house");
}

#[actix_web::test]
async fn an_administrator_names_roles_fills_them_and_takes_them_away() {
    let w = World::new().await;
    let mut root = w.browser_of(ROOT).await;
    let list = "/admin/roles";
    let empty = root.get(list).await;
    empty.is(200).says("There are none yet");
    let typed = [("name", "Front desk"), ("about", "Answers for the big rooms")];
    let done = leads(&root.press_on(&empty, list, &typed).await);
    assert_eq!(leads(&root.press_on(&empty, list, &typed).await), done, "sent twice is once");
    let path = without_flash(&done);
    root.get(&done).await.is(200).says("Now say who belongs to it.").says("Who belongs to it: nobody yet.");
    let (ben, cleo) = (w.user(BEN).await.id.to_string(), w.user(CLEO).await.id.to_string());
    let typed = [("name", "Desk"), ("member", &ben), ("member", &cleo)];
    assert_eq!(leads(&root.press(&path, "save", &typed).await), format!("{path}?done=saved"));
    let page = root.get(&path).await;
    page.says("Who belongs to it: Ben and Cleo.").says("Answers for the big rooms");
    snapshot!("roles_show", page);
    let all = root.get(list).await;
    snapshot!("roles_list", all);
    let taken = root.press(list, list, &[("name", "Desk"), ("about", "Twice")]).await;
    taken.is(422).says("There is a role of this name already.").says("value=\"Twice\"");
    root.press(list, list, &[("name", " ")])
        .await
        .is(422)
        .says("Say what it is called.")
        .says("id=\"name-error\"");
    root.press(&path, "save", &[("name", "")]).await.is(422).says("Say what it is called.");
    let page = root.get(&path).await;
    assert_eq!(leads(&root.press_on(&page, "remove", &[]).await), "/admin/roles?done=role-removed");
    assert_eq!(
        leads(&root.press_on(&page, "remove", &[]).await),
        "/admin/roles?done=role-removed",
        "pressed again"
    );
    root.get(&path).await.is(404);
    let mut ben = w.browser_of(BEN).await;
    for page in [list, &path] {
        ben.get(page).await.is(403);
    }
}
