//! A person without a program in a conversation: they read what is written to them, and answer it on a page, without a script.
#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

use std::fs;
use std::path::Path;

use entente::agents::{self, Kind, Relation};
use entente::base::actor::Actor;
use entente::base::time::MINUTE;
use entente::queue;
use entente::sessions;
use entente::store::Cx;
use serde_json::{Value, json};

use crate::pages_tasks::person;
use crate::pages_world::{BEN, CLEO, Reply, World, forms};
use crate::plans::no_query_scans;

/// Cleo's program Maya writes to Ben, who has none.
struct Talk {
    w: World,
    maya: String,
    token: String,
    id: String,
}

impl Talk {
    async fn new() -> Self {
        let w = World::new().await;
        let connection = w.connection(BEN, CLEO).await.to_string();
        let (maya, token) = w.program_of(CLEO, Kind::Personal, "Maya").await;
        let new = json!({ "with": [connection], "about": "social", "topic": "Lunch on Friday" });
        let begun = w.did("POST", "/api/v1/conversations", &token, &new).await;
        let id = begun["id"].as_str().unwrap().to_owned();
        Self { w, maya, token, id }
    }

    fn path(&self) -> String {
        format!("/conversations/{}", self.id)
    }

    /// Maya asks something, and the house puts it before Ben; gives the message.
    async fn asks(&self, text: &str) -> String {
        let path = format!("/api/v1{}/messages", self.path());
        let said = json!({ "type": "request", "text": text });
        let sent = self.w.did("POST", &path, &self.token, &said).await;
        let step = |cx: &mut Cx<'_>| {
            let leases = queue::claim(cx, sessions::AGENTS, 10, MINUTE)?;
            for lease in &leases {
                sessions::step(cx, lease)?;
            }
            Ok(leases.len())
        };
        while self.w.write(step).await > 0 {}
        self.w.follow().await;
        sent["id"].as_str().unwrap().to_owned()
    }

    /// What Maya is handed, without what the house says by itself.
    async fn inbox(&self) -> Vec<Value> {
        let path = format!("/api/v1/agents/{}/inbox", self.maya);
        let mut all = Vec::new();
        loop {
            let handed = self.w.did("GET", &path, &self.token, &Value::Null).await;
            let handed = handed["messages"].as_array().unwrap().clone();
            if handed.is_empty() {
                return all;
            }
            for one in handed {
                let ack = format!("/api/v1/deliveries/{}/ack", one["delivery"].as_str().unwrap());
                self.w.did("POST", &ack, &self.token, &json!({ "lease": one["lease"] })).await;
                if one["message"]["body"]["data"] != json!({ "told": true }) {
                    all.push(one["message"].clone());
                }
            }
        }
    }
}

/// Writes a page to `target/tmp/pages`, with its stylesheet beside it: for screenshots.
fn for_a_look(name: &str, page: &Reply) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/entente.css");
    fs::copy(style, folder.join("entente.css")).unwrap();
    let local = page.text.replace("\"/static/", "\"").replace(".css?v=", ".css#").replace(".js?v=", ".js#");
    fs::write(folder.join(format!("{name}.html")), local).unwrap();
}

#[actix_web::test]
async fn a_person_without_a_program_reads_what_is_asked_where_the_notice_leads_and_answers_it_there() {
    let talk = Talk::new().await;
    let asked = talk.asks("Lunch at <one>?").await;
    let mut ben = talk.w.browser_of(BEN).await;
    let path = talk.path();
    ben.get("/notices").await.is(200).says(&format!("href=\"{path}\"")).says("Maya writes to you");
    let page = ben.get(&path).await;
    page.is(200)
        .says("<b>Maya</b> waits for your answer.")
        .says("<blockquote>Lunch at &#60;one&#62;?</blockquote>")
        .says("An answer to Maya: “Lunch at &#60;one&#62;?”")
        .says("was told of it");
    assert!(
        !page.main().contains("Data for programs"),
        "that somebody was told is no answer: {}",
        page.main()
    );
    for_a_look("conversation-asked", &page);
    // Nothing was written: the form comes back, and nothing went out.
    ben.press_on(&page, "say", &[("text", " ")]).await.is(422).says("Write what you want to say.");
    let said = ben.press_on(&page, "say", &[("text", "Yes, at\none.")]).await;
    assert_eq!(
        (said.code, said.header("location")),
        (303, format!("{path}?done=conversation-said").as_str())
    );
    // The same form once more says nothing more.
    ben.press_on(&page, "say", &[("text", "Yes, at\none.")]).await.is(303);
    let inbox = talk.inbox().await;
    let [answer] = inbox.as_slice() else { panic!("{inbox:?}") };
    let told = [&answer["type"], &answer["answers"], &answer["body"]["text"], &answer["by_person"]];
    assert_eq!(told, [&json!("response"), &json!(asked), &json!("Yes, at\none."), &json!(true)]);
    let page = ben.get(said.header("location")).await;
    page.is(200).says("Said. Below is what becomes of it.").says("dealt with").says("Say something yourself");
    assert!(!page.main().contains("waits for your answer"));
    for_a_look("conversation-answered", &page);
    no_query_scans(&talk.w.web.store);
}

#[actix_web::test]
async fn of_several_questions_the_newest_is_offered_first_and_something_else_may_be_said() {
    let talk = Talk::new().await;
    let (first, second) = (talk.asks("Friday?").await, talk.asks("Or on Saturday?").await);
    let mut ben = talk.w.browser_of(BEN).await;
    let page = ben.get(&talk.path()).await;
    page.is(200).says("waits for your answer, and to one more question.");
    let form =
        forms(&page.text).into_iter().find(|form| form.buttons.iter().any(|one| one == "say")).unwrap();
    assert!(form.fields.contains(&("is".to_owned(), second.clone())), "{form:?}");
    ben.press_on(&page, "say", &[("text", "Saturday, then.")]).await.is(303);
    let page = ben.get(&talk.path()).await;
    page.says("<blockquote>Friday?</blockquote>");
    ben.press_on(&page, "say", &[("text", "Which place?"), ("is", "request")]).await.is(303);
    ben.press(&talk.path(), "say", &[("text", "I come late."), ("is", "notification")]).await.is(303);
    let kinds: Vec<_> =
        talk.inbox().await.iter().map(|one| (one["type"].clone(), one["answers"].clone())).collect();
    let none = Value::Null;
    let expected =
        [(json!("response"), json!(second)), (json!("request"), none.clone()), (json!("notification"), none)];
    assert_eq!(kinds, expected);
    ben.get(&talk.path()).await.is(200).says("<blockquote>Friday?</blockquote>");
    // What is no message of this conversation is answered by nobody.
    let page = ben.get(&talk.path()).await;
    let strange = ben.press_on(&page, "say", &[("text", "Yes."), ("is", "msg_1")]).await;
    strange.is(422).says("There is no such message in this conversation.").says("Yes.</textarea>");
    ben.press(&talk.path(), "say", &[("text", "Friday."), ("is", &first)]).await.is(303);
    assert!(!ben.get(&talk.path()).await.main().contains("waits for your answer"));
}

#[actix_web::test]
async fn what_cannot_be_sent_any_more_is_kept_in_the_form_and_who_is_not_there_themselves_has_none() {
    let talk = Talk::new().await;
    talk.asks("Lunch?").await;
    assert!(talk.inbox().await.is_empty(), "but that he was told");
    let (mut ben, mut cleo) = (talk.w.browser_of(BEN).await, talk.w.browser_of(CLEO).await);
    let hers = cleo.get(&talk.path()).await;
    hers.is(200).says("was told of it");
    assert!(!hers.main().contains("value=\"say\""), "her program speaks there");
    let (owner, maya) = (person(talk.w.user(CLEO).await.id), talk.maya.parse().unwrap());
    let own = agents_own(&talk.w, &person(talk.w.user(BEN).await.id)).await;
    talk.w.write(move |cx| agents::relate(cx, &owner, maya, own, Relation::Blocked)).await;
    let page = ben.get(&talk.path()).await;
    ben.press_on(&page, "say", &[("text", "Yes, gladly.")])
        .await
        .is(409)
        .says("What you wrote was not sent.")
        .says("Yes, gladly.</textarea>");
    assert!(talk.inbox().await.is_empty());
    cleo.press(&talk.path(), "close", &[]).await.is(303);
    let page = ben.get(&talk.path()).await;
    assert!(!page.is(200).main().contains("value=\"say\""), "it is over");
}

/// The agent that the house plays for somebody.
async fn agents_own(w: &World, who: &Actor) -> entente::base::id::AgentId {
    let user = who.user().unwrap();
    w.write(move |cx| Ok(agents::own(cx, user)?.id)).await
}
