//! The most that an agent has and does, and how near it is to that: for its page.

use crate::agents::{Pattern, Registered};
use crate::base::house::House;
use crate::base::time::{SECOND, lasting};
use crate::messages;
use crate::web::strikes::Strikes;

/// A name and a value each.
pub(super) fn facts(one: &Registered, house: &House, strikes: &Strikes) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let most = one.capabilities.conversations(house);
    let seconds = house.message_window_ms / SECOND;
    let paced = |many: u32, burst: u32| format!("{many} in {seconds} seconds, {burst} of them at once");
    let under_way = i64::from(house.message_queue_max);
    let mut facts = vec![
        fact("Conversations and sessions", format!("{} of {most} at once are taken", one.engaged)),
        fact("Messages of one priority", paced(house.message_requests, house.message_burst)),
        fact("Urgent messages", paced(house.message_urgent_requests, house.message_urgent_burst)),
        fact(
            "In one group, of all its members",
            paced(house.message_group_requests, house.message_group_burst),
        ),
        fact(
            "Under way to it, and from it",
            format!(
                "{under_way} messages each, and to it {} of one sender",
                (under_way / messages::SHARE).max(1)
            ),
        ),
        fact("One message is handed to it", format!("{} times at most", house.message_attempts)),
    ];
    let out = lasting(house.agent_shut_out_ms);
    for (pattern, many, most) in strikes.standing(one.agent.id) {
        let name = match pattern {
            Pattern::Refusals => "Refused in this hour",
            Pattern::Floods => "Told to wait in this hour",
            Pattern::Probing => "Not found in this hour",
        };
        facts.push(fact(name, format!("{many} of {most}, after which it is shut out for {out}")));
    }
    facts
}
