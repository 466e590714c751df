//! No query of calendars reads a whole table.

use super::*;
use crate::base::id::{Id, MeetingId};
use crate::store::statements;

#[test]
fn no_query_of_calendars_reads_a_whole_table() {
    let world = World::new();
    let id = world.caldav();
    let weekly = "UID:w|DTSTART:20270115T150000Z|DTEND:20270115T160000Z|RRULE:FREQ=WEEKLY";
    world.read(&[&event("a", 9, 10), weekly, "UID:x|DTSTART:soon"]);
    world.town.clock.advance(15 * MINUTE);
    world.read(&[&event("a", 10, 11), weekly]);
    world.town.clock.advance(DAY);
    world.fail(Problem::Refused);
    let (ana, ben) = (id_of(&world.ana), id_of(&world.ben));
    let who = world.ana.clone();
    world
        .town
        .write(move |cx| {
            let access = access_of(cx, &who, id)?;
            renew(cx, &who, id, &access)?;
            roll_on(cx)?;
            ensure_due(cx, &who)?;
            set_zone(cx, ana.into(), Zone::UTC)?;
            may_probe(cx, &who, ana.into())?;
            let meeting = MeetingId::from_uuid(uuid::Uuid::from_u128(7));
            for user in [ana, ben] {
                occupy(cx, user, meeting, Some((at(9), at(10), Kind::Busy)))?;
            }
            meetings_between(cx, ana, ben, at(0), at(24))?;
            let house = sources(cx, &who, ana.into())?.remove(0).id;
            hurry(cx, &[house], "t")?;
            for lease in queue::claim(cx, TOPIC, 9, MINUTE)? {
                if let Some(due) = due(cx, &lease)?.filter(|due| due.source == house) {
                    let nothing = Reading { objects: Objects::Whole(Vec::new()), mark: Mark::default() };
                    assert_eq!(put_right(cx, &due, &nothing)?, 1, "no meeting stands for it");
                }
            }
            hold(cx, ana.into(), at(9), at(10), "bkg_1", at(11))?;
            holds_of(cx, "bkg_1")?;
            busy_but(cx, &[ana.into(), ben.into()], at(0), at(24), "bkg_1")?;
            busy(cx, &[ana.into()], at(0), at(24))?;
            release(cx, "bkg_1")?;
            delete_ended(cx)?;
            sources(cx, &who, ana.into())?;
            change(cx, &who, id, &SourceChange { writes: Some(true), ..SourceChange::default() })?;
            change(cx, &who, id, &SourceChange { counts: Some(false), ..SourceChange::default() })?;
            read_now(cx, &who, id)?;
            export(cx, ana)?;
            remove(cx, &who, id)?;
            erase(cx, ben)
        })
        .unwrap();
    let tables = ["busy", "sources", "source_objects", "source_events", "holds", "calendar_accounts"];
    // What a test looks with is no statement of the house.
    let is_ours = |sql: &&String| {
        tables.iter().any(|table| sql.contains(table))
            && !["AS cell", "pragma", "rowid", "AS n FROM", "SELECT id FROM calendar"]
                .iter()
                .any(|part| sql.contains(part))
    };
    let found = world.town.read(|cx| {
        let mut found = Vec::new();
        for sql in statements::seen().iter().filter(is_ours) {
            let Ok(plan) = cx.db.plan(sql) else { continue };
            let is_short = sql.contains("LIMIT");
            let scan = |step: &&String| step.starts_with("SCAN ") && !step.contains("CONSTANT") && !is_short;
            found.extend(plan.iter().filter(scan).map(|step| format!("{step}: {sql}")));
        }
        Ok(found)
    });
    assert_eq!(found, Vec::<String>::new());
}
