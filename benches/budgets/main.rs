//! The budgets of the design, each measured against its bare counterpart in the same run on the same machine, as a
//! ratio: absolute numbers swing with the disk and the neighbours, ratios much less.
//!
//! `cargo bench` runs all; `cargo bench -- bookings` runs one. Each prints the medians of its rounds, the median of
//! their ratios, and the budget. Nothing here fails a build: a budget that is missed is said so.
//!
//! `ENTENTE_BENCH_SMTP=host:port` and `ENTENTE_BENCH_IMAP=host:port:user:password` measure against real servers
//! beside those of this process; `ENTENTE_BENCH_MEETINGS` says how many meetings a large house has.

mod bookings;
mod growth;
mod house;
mod http;
mod imap_server;
mod inbound;
mod mail;
mod measure;
mod messages;
mod process;
mod sessions;
mod sink;
mod slots;
mod slots_booking;
mod token_page;

fn main() {
    // A second provider would be refused; the first is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let benches: [(&str, fn()); 10] = [
        ("process", process::run),
        ("mail", mail::run),
        ("inbound", inbound::run),
        ("bookings", bookings::run),
        ("slots-booking", slots_booking::run),
        ("token-page", token_page::run),
        ("growth", growth::run),
        ("slots", slots::run),
        ("sessions", sessions::run),
        ("messages", messages::run),
    ];
    for (name, run) in benches {
        if wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str())) {
            run();
        }
    }
}

/// What the environment says.
#[expect(clippy::disallowed_methods, reason = "a bench has no configuration")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
