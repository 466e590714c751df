//! Schemas: what is checked is checked whole, and what is not is never declared.

use super::*;

fn declared(schema: Value) -> Schema {
    Schema::declared("payload", schema).unwrap()
}

#[test]
fn a_value_fits_its_schema_or_is_told_where_it_does_not() {
    let text = || json!({ "type": "string", "minLength": 2, "maxLength": 3 });
    for (schema, fits, misfits) in [
        (json!({ "type": "integer" }), json!([1, 1.0, -3]), json!([1.5, "1", null])),
        (json!({ "type": ["string", "null"] }), json!(["a", null]), json!([1, false, []])),
        (text(), json!(["ab", "äöü"]), json!(["a", "abcd"])),
        (json!({ "minimum": 1, "maximum": 2.5 }), json!([1, 2.5, "not a number"]), json!([0, 2.6])),
        (json!({ "enum": ["a", 1, null] }), json!(["a", 1.0, null]), json!(["b", 2, false])),
        (json!({ "const": { "a": [1, 2] } }), json!([{ "a": [1, 2.0] }]), json!([{ "a": [2, 1] }, {}])),
        (json!({ "format": "date" }), json!(["2026-02-28", 3]), json!(["2026-02-29", "2026-2-1", "today"])),
        (
            json!({ "format": "date-time" }),
            json!(["2026-11-25T10:30:00+01:00"]),
            json!(["2026-11-25", "10:30"]),
        ),
        (
            json!({ "format": "uri" }),
            json!(["https://example.org/a?b#c", "urn:isbn:1"]),
            json!(["a b", "example.org", "x:"]),
        ),
        (
            json!({ "items": text(), "minItems": 1, "maxItems": 2 }),
            json!([["ab"], "no list"]),
            json!([[], ["a"], ["ab", "ab", "ab"]]),
        ),
        (json!({ "required": ["a"] }), json!([{ "a": null }, []]), json!([{}, { "b": 1 }])),
        (
            json!({ "properties": { "a": text() }, "additionalProperties": false }),
            json!([{}, { "a": "ab" }]),
            json!([{ "a": "a" }, { "b": 1 }]),
        ),
        (
            json!({ "additionalProperties": { "type": "boolean" } }),
            json!([{ "x": true }]),
            json!([{ "x": 1 }]),
        ),
        (json!({ "properties": { "title": false } }), json!([{}]), json!([{ "title": 1 }])),
        (json!(true), json!([1, {}, []]), json!([])),
        (json!(false), json!([]), json!([1, null])),
    ] {
        let schema = declared(schema);
        for value in fits.as_array().unwrap() {
            assert_eq!(schema.check("payload", value), Ok(()), "{:?} {value}", schema.value());
        }
        for value in misfits.as_array().unwrap() {
            assert!(schema.check("payload", value).is_err(), "{:?} {value}", schema.value());
        }
    }
    let deep = declared(json!({ "properties": { "with": { "items": text() } } }));
    let misfit = deep.check("payload", &json!({ "with": ["ab", "a"] })).unwrap_err();
    assert_eq!(
        (misfit.at.as_str(), misfit.says.as_str()),
        ("payload.with[1]", "This should have 2 characters at least.")
    );
}

#[test]
fn a_word_that_is_not_checked_cannot_be_declared() {
    for (schema, at) in [
        (json!({ "pattern": "^a" }), "payload.pattern"),
        (json!({ "properties": { "a": { "oneOf": [] } } }), "payload.properties.a.oneOf"),
        (json!({ "items": [{ "type": "string" }] }), "payload.items"),
        (json!({ "$ref": "#/a" }), "payload.$ref"),
        (json!({ "$schema": "http://json-schema.org/draft-07/schema#" }), "payload.$schema"),
        (json!({ "type": "text" }), "payload.type"),
        (json!({ "type": [] }), "payload.type"),
        (json!({ "format": "email" }), "payload.format"),
        (json!({ "minLength": -1 }), "payload.minLength"),
        (json!({ "minimum": "1" }), "payload.minimum"),
        (json!({ "enum": [] }), "payload.enum"),
        (json!({ "required": [1] }), "payload.required"),
        (json!("string"), "payload"),
    ] {
        match Schema::declared("payload", schema.clone()) {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, at),
            other => panic!("{schema} {other:?}"),
        }
    }
    let mut deep = json!({});
    for _ in 0..40 {
        deep = json!({ "items": deep });
    }
    assert!(Schema::declared("payload", deep).is_err());
    assert!(Schema::declared("payload", json!({ "title": "a".repeat(BYTES_MAX) })).is_err());
    let told = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A", "description": "B" });
    assert_eq!(Schema::declared("payload", told.clone()).unwrap().value(), &told);
}

#[test]
fn a_program_declares_what_it_takes_within_limits_and_only_whoever_reaches_it_reads_it() {
    let world = World::new();
    let max = world.program(&world.ben, Kind::Service);
    let id = agent_of(&max);
    let declare_as = |who: &Actor, name: &'static str, payload: Value| {
        let who = who.clone();
        let new = NewType { about: "x".to_owned(), payload, result: None };
        world.write(move |cx| declare(cx, &who, id, name, &new))
    };
    let first = declare_as(&max, "translate", json!({})).unwrap();
    assert_eq!(declare_as(&world.ben, "translate", json!({})).unwrap(), first, "the same is no change");
    let second = declare_as(&world.ben, "translate", json!({ "type": "object" })).unwrap();
    assert_eq!((second.id, second.payload == first.payload), (first.id, false));
    assert_eq!(code(declare_as(&max, "todo", json!({}))), "task-type.house");
    assert_eq!(code(declare_as(&max, "Not a name", json!({}))), "invalid");
    assert_eq!(code(declare_as(&world.ana, "translate", json!({}))), "not-found");
    assert_eq!(world.town.read(|cx| types(cx, &world.ana, id)).len(), 1, "Ana is connected with Ben");
    assert!(world.town.store.read_blocking(|cx| types(cx, &world.cleo, id)).is_err());
    let who = max.clone();
    world.write(move |cx| withdraw(cx, &who, id, "translate")).unwrap();
    assert!(world.town.read(|cx| types(cx, &world.ana, id)).is_empty());
}
