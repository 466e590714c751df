//! What grants say in plain language.

use super::*;
use crate::base::time::Zone;

fn told(change: impl Fn(&mut Grant)) -> String {
    let mut grant = Grant::default();
    change(&mut grant);
    let paris = Zone::parse("Europe/Paris").unwrap();
    let grantor = sentence(&grant, Reading::Grantor("Ben"), paris, NOW);
    let grantee = sentence(&grant, Reading::Grantee("Ana"), paris, NOW);
    format!("{grantor}\n{grantee}\n")
}

#[test]
fn a_grant_is_said_in_plain_language_to_both_sides() {
    let all = [
        told(|_| {}),
        told(|grant| grant.scopes = [Scope::ProfileRead].into()),
        told(|grant| grant.scopes = [Scope::AvailabilityRead, Scope::Propose].into()),
        told(|grant| {
            grant.scopes = [Scope::ProfileRead, Scope::AvailabilityRead, Scope::BookConfirmed].into();
            grant.reveal = Reveal::Busy;
            grant.constraints.weekdays = Day::ALL[..5].iter().copied().collect();
            grant.constraints.per_week = Some(3);
            grant.constraints.buffer_before_minutes = 10;
            grant.ends_at = Some(NOW.plus(30 * DAY));
        }),
        told(|grant| {
            grant.scopes = Scope::ALL.into();
            grant.constraints = Constraints {
                hours: Some(crate::base::hours::Week::office()),
                weekdays: [Day::Tue, Day::Thu].into(),
                notice_minutes: 0,
                horizon_days: 1,
                length: Length { min: 45, max: 45, default: 45 },
                buffer_before_minutes: 15,
                buffer_after_minutes: 60,
                per_week: Some(1),
                places: [Place::Video, Place::Phone].into(),
            };
        }),
        told(|grant| {
            grant.scopes = [Scope::Propose].into();
            grant.ends_at = Some(NOW);
        }),
    ];
    insta::assert_snapshot!(all.join("\n"));
}
