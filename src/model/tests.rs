//! What is read of an endpoint's answer.

use super::read;

fn answer(content: &str) -> Vec<u8> {
    serde_json::json!({
        "id": "1", "object": "chat.completion", "usage": { "total_tokens": 9 },
        "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": content } }],
    })
    .to_string()
    .into_bytes()
}

#[test]
fn one_object_of_known_fields_is_read_and_nothing_else() {
    let found = read(&answer(r#" {"with": ["Ben"], "length": null, "days": ["next week"]} "#)).unwrap();
    assert_eq!(
        (found.with, found.days, found.length),
        (vec!["Ben".to_owned()], vec!["next week".to_owned()], None)
    );
    for content in [
        "",
        "Sure! Here it is: {\"with\": [\"Ben\"]}",
        "```json\n{\"with\": [\"Ben\"]}\n```",
        r#"{"with": ["Ben"], "start": "2026-11-24T10:00:00Z"}"#,
        r#"{"with": "Ben"}"#,
        r#"{"with": ["Ben"]"#,
        "[]",
    ] {
        assert_eq!(read(&answer(content)), None, "{content}");
    }
    for body in
        ["", "null", "{}", r#"{"choices": []}"#, r#"{"choices": [{"message": {"content": null}}]}"#, "<html>"]
    {
        assert_eq!(read(body.as_bytes()), None, "{body}");
    }
}
