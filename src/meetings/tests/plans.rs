//! Every statement of the rooms has an index: none reads a whole table that grows.

use super::*;
use crate::accounts;
use crate::post;
use crate::store::statements;

/// Statements that may read a whole table, by a part of their text, with the reason.
const MAY_SCAN: &[(&str, &str)] = &[
    ("FROM users ORDER BY id", "the list of all accounts, asked for by an administrator"),
    ("FROM users LIMIT 1", "whether there is any account: stops at the first"),
    ("FROM tokens ORDER BY id", "the list of all tokens, asked for by the operator"),
    ("leased_by <> $1", "an index that holds only what is in hand just now, walked once at a start"),
    ("FROM mailroom GROUP BY", "the mailroom stands where there is no mail server"),
];

/// The tables of the rooms and of what they share.
const TABLES: [&str; 21] = [
    "links",
    "budgets",
    "letters",
    "inbound_messages",
    "suppressions",
    "mailroom",
    "idempotency",
    "users",
    "hour_exceptions",
    "sign_ins",
    "tokens",
    "meetings",
    "revisions",
    "participants",
    "aliases",
    "invitations",
    "proposals",
    "decisions",
    "held_replies",
    "queue",
    "journal",
];

fn whole_tables_read(world: &World) -> Vec<String> {
    world.town.read(|cx| {
        let mut found = Vec::new();
        for sql in statements::seen() {
            if MAY_SCAN.iter().any(|(part, _)| sql.contains(part)) {
                continue;
            }
            let Ok(plan) = cx.db.plan(&sql) else { continue };
            for step in plan {
                // Most of the letters may be in one state.
                if step.starts_with("SEARCH ") && step.contains("letters_by_state") && !sql.contains("LIMIT ")
                {
                    found.push(format!("{step}: {sql}"));
                }
                let Some(rest) = step.strip_prefix("SCAN ") else { continue };
                let name = rest.split(' ').next().unwrap_or_default();
                let is_cut_short = rest.contains("INDEX ") && sql.contains("LIMIT ");
                let is_ours = TABLES.contains(&name) || sql.contains(&format!(" {name} ON "));
                if is_ours && !is_cut_short && is_of_rooms(&sql) {
                    found.push(format!("{step}: {sql}"));
                }
            }
        }
        Ok(found)
    })
}

/// Other tests of this process look where rooms do not: with `SELECT` of whole tables.
fn is_of_rooms(sql: &str) -> bool {
    !sql.contains(" AS cell FROM ")
        && sql != "SELECT id FROM letters ORDER BY created_at, id"
        && !sql.contains("SELECT address_hash FROM suppressions")
        && (sql.contains("WHERE") || sql.starts_with("UPDATE") || sql.starts_with("DELETE"))
}

#[test]
fn no_query_of_the_rooms_reads_a_whole_table() {
    let (world, meeting) = World::of(&["ben@example.org", "cy@example.org"]);
    let id = meeting.id;
    world.reply(&meeting, "ben@example.org", PartStat::Accepted);
    world.propose_by_link(&world.respond("ben@example.org"), START.plus(DAY)).unwrap();
    world.decline("ana@example.org").unwrap();
    let decline = world.answer(&meeting, "ben@elsewhere.example", PartStat::Tentative);
    let ben = world.participant(id, "ben@example.org");
    world.take(&world.sender("ben@elsewhere.example", Some(&ben)), &decline);
    world.take(&world.sender("nobody@example.net", None), &decline);
    world.move_by(id, DAY).unwrap();
    world.town.write(move |cx| resend(cx, &operator(), id)).unwrap();
    let link = world.about_you("cy@example.org");
    world.town.write(move |cx| about_you::set_suppressed(cx, &anyone(), &link, true)).unwrap();
    let link = world.about_you("cy@example.org");
    world.town.write(move |cx| crate::app::person::erase_by_link(cx, &anyone(), &link)).unwrap();
    world.cancel(id);
    world
        .town
        .write(move |cx| {
            let new = accounts::NewUser {
                address: address("mel@example.org"),
                name: String::new(),
                zone: None,
                role: accounts::Role::Member,
            };
            let mel = accounts::add(cx, &operator(), &new)?;
            let who = Actor::new(Who::User { id: mel.id, admin: false }, Road::Page, "t");
            accounts::administrators(cx)?;
            accounts::sign_ins(cx, &who)?;
            accounts::create_token(cx, &who, Some(mel.id), "cron", &[accounts::Scope::MeetingsRead])?;
            accounts::tokens(cx, &who)?;
            accounts::disable(cx, &operator(), mel.id)?;
            let week = accounts::HoursChange::Days(Default::default());
            let change = accounts::ProfileChange { hours: Some(week), ..Default::default() };
            accounts::change_profile(cx, &who, &change)?;
            let date = crate::base::time::Zone::UTC.date(cx.now);
            let off = accounts::Exception { date, windows: Vec::new(), words: String::new() };
            accounts::set_exception(cx, &who, &off)?;
            accounts::hours_of(cx, mel.id)?;
            accounts::drop_exception(cx, &who, date)?;
            crate::app::person::ask_deletion(cx, &operator(), mel.id)?;
            accounts::due_deletions(cx)?;
            crate::app::person::withdraw_deletion(cx, &operator(), mel.id)?;
            let mel = crate::app::person::Person::of(cx, mel.id)?;
            crate::app::person::export(cx, &mel)?;
            crate::app::person::erase(cx, &operator(), &mel)?;
            accounts::delete_ended(cx)?;
            for ahead in [true, false] {
                list(cx, &operator(), Listing { ahead, after: None, limit: 10 })?;
            }
            super::super::troubled(cx, &operator(), 10)?;
            super::super::story(cx, &operator(), id)?;
            expire_overdue(cx, &Actor::house("t"))?;
            delete_ended(cx)?;
            post::letter::delete_ended(cx)?;
            post::inbound::delete_ended(cx)?;
            post::inbound::newest(cx, cx.now, 10)?;
            post::inbound::known(cx, "a", "b")?;
            post::mailroom::delete_before(cx, NOW)?;
            crate::links::delete_ended(cx, NOW)?;
            crate::limits::delete_ended(cx, NOW).map(drop)
        })
        .unwrap();
    let found = whole_tables_read(&world);
    assert!(found.is_empty(), "these read a whole table:\n{}", found.join("\n"));
}
