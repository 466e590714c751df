//! The count: by hand where the numbers matter, and against looking at everything that could still happen.

use crate::base::random::Chance;
use crate::groups::tally::*;

const RULES: Rules = Rules { members: 5, quorum: 500, threshold: 700 };

fn place(position: i64) -> Place {
    Place { start: None, position }
}

fn places(many: i64) -> Vec<Place> {
    (0..many).map(place).collect()
}

fn all(votes: &[Vote]) -> Vec<Ballot> {
    votes.iter().map(|vote| vec![*vote]).collect()
}

fn verdict_of(members: u32, votes: &[Vote]) -> Verdict {
    verdict(Rules { members, ..RULES }, &places(1), &all(votes))
}

#[test]
fn one_yes_of_twenty_is_no_consensus() {
    assert_eq!(verdict_of(20, &[Vote::Yes]), Verdict::NoQuorum);
}

#[test]
fn one_yes_of_twenty_is_no_consensus_where_the_others_abstain() {
    let mut votes = vec![Vote::Abstain; 19];
    votes.push(Vote::Yes);
    assert_eq!(verdict_of(20, &votes), Verdict::Lost);
    // Seven do it: as many as if half of them had answered, and nobody abstained.
    let seven = [vec![Vote::Yes; 7], vec![Vote::Abstain; 13]].concat();
    assert_eq!(verdict_of(20, &seven), Verdict::Won(0));
    let six = [vec![Vote::Yes; 6], vec![Vote::Abstain; 14]].concat();
    assert_eq!(verdict_of(20, &six), Verdict::Lost);
}

#[test]
fn quorum_and_threshold_are_two_numbers() {
    // Of five three must answer, and of those who take a side seven in ten must want it.
    assert_eq!(verdict_of(5, &[Vote::Yes, Vote::Yes]), Verdict::NoQuorum);
    assert_eq!(verdict_of(5, &[Vote::Yes, Vote::Yes, Vote::Abstain]), Verdict::Won(0));
    assert_eq!(verdict_of(5, &[Vote::Yes, Vote::Yes, Vote::No]), Verdict::Lost);
    assert_eq!(verdict_of(5, &[Vote::Yes, Vote::Yes, Vote::IfNeedBe, Vote::No]), Verdict::Won(0));
    assert_eq!(verdict_of(4, &[Vote::Yes, Vote::Yes, Vote::Yes, Vote::No]), Verdict::Won(0));
    assert_eq!(verdict_of(5, &[Vote::Abstain; 5]), Verdict::Lost);
    assert_eq!(verdict_of(5, &[]), Verdict::NoQuorum);
    let exact = Rules { members: 10, quorum: 0, threshold: 700 };
    let seven = [vec![Vote::Yes; 7], vec![Vote::No; 3]].concat();
    assert_eq!(verdict(exact, &places(1), &all(&seven)), Verdict::Won(0), "seven in ten are enough");
    assert_eq!(verdict(RULES, &[], &[vec![], vec![], vec![]]), Verdict::Collected);
}

#[test]
fn ties_are_broken_in_the_order_that_is_written_down() {
    let count = |yes, if_need_be, no| Count { yes, if_need_be, no, abstain: 0 };
    let at = |start, position| Place { start: Some(start), position };
    let cases = [
        ("more who can", [count(2, 2, 0), count(3, 0, 0)], [at(9, 0), at(1, 1)]),
        ("more without reserve", [count(3, 1, 0), count(2, 2, 0)], [at(9, 0), at(1, 1)]),
        ("fewer no", [count(3, 0, 0), count(3, 0, 1)], [at(9, 0), at(1, 1)]),
        ("the earlier", [count(3, 0, 0), count(3, 0, 0)], [at(1, 1), at(9, 0)]),
        ("the lower position", [count(3, 0, 0), count(3, 0, 0)], [at(1, 0), at(1, 1)]),
    ];
    for (why, counts, places) in cases {
        assert_eq!(order(&places, &counts), [0, 1], "{why}");
        let (turned, other) = ([counts[1], counts[0]], [places[1], places[0]]);
        assert_eq!(order(&other, &turned), [1, 0], "{why}, the other way round");
    }
}

#[test]
fn the_better_half_goes_on_and_nothing_that_nobody_wants() {
    let count = |yes| Count { yes, ..Count::default() };
    let counts: Vec<Count> = [1, 4, 0, 3, 2].into_iter().map(count).collect();
    assert_eq!(stay(&places(5), &counts), [1, 3, 4]);
    assert_eq!(stay(&places(3), &[count(1), count(0), count(2)]), [0, 2]);
    assert_eq!(stay(&places(2), &[count(0), count(0)]), [] as [usize; 0]);
    assert_eq!(stay(&places(1), &[count(1)]), [0]);
}

/// What could still happen: each of the missing is silent, or says anything to everything.
fn outcomes(rules: Rules, places: &[Place], ballots: &[Ballot], missing: usize) -> Vec<Verdict> {
    let mut found = vec![verdict(rules, places, ballots)];
    if missing > 0 {
        let mut every: Vec<Ballot> = vec![Vec::new()];
        for _ in places {
            let longer = |ballot: &Ballot| {
                Vote::ALL.iter().map(|vote| [ballot.clone(), vec![*vote]].concat()).collect::<Vec<_>>()
            };
            every = every.iter().flat_map(longer).collect();
        }
        for one in every {
            let with = [ballots.to_vec(), vec![one]].concat();
            found.extend(outcomes(rules, places, &with, missing - 1));
        }
        found.extend(outcomes(rules, places, ballots, missing - 1));
    }
    found.dedup();
    found
}

#[test]
fn it_closes_early_when_and_only_when_nothing_that_is_missing_can_change_it() {
    let chance = Chance::seeded(26);
    let (mut open, mut closed) = (0, 0);
    for _ in 0..1_500 {
        let below = |most: u64| chance.up_to(most - 1);
        let number = |most: u64| usize::try_from(below(most)).unwrap();
        let candidates = number(3);
        let (answered, missing) = (number(5), number(3));
        let left = number(2);
        let rules = Rules {
            members: small(answered + missing + left).max(1),
            quorum: [0, 250, 500, 750, 1_000][number(5)],
            threshold: [0, 500, 700, 1_000][number(4)],
        };
        let places: Vec<Place> = (0..candidates)
            .map(|at| Place {
                start: Some(i64::try_from(number(2)).unwrap()),
                position: i64::try_from(at).unwrap(),
            })
            .collect();
        let ballot = |_| (0..candidates).map(|_| Vote::ALL[number(4)]).collect::<Ballot>();
        let ballots: Vec<Ballot> = (0..answered).map(ballot).collect();
        let possible = outcomes(rules, &places, &ballots, missing);
        let is_sure = possible.iter().all(|one| *one == possible[0]);
        let said = settled(rules, &places, &ballots, missing);
        if let Some(verdict) = said {
            closed += 1;
            assert!(is_sure && possible[0] == verdict, "{rules:?} {ballots:?} {missing} {possible:?}");
        } else {
            open += 1;
            // What is collected is never sure before everybody has said something.
            let is_collected = candidates == 0;
            assert!(!is_sure || is_collected, "{rules:?} {places:?} {ballots:?} {missing} {possible:?}");
        }
    }
    assert!(open > 200 && closed > 200, "{open} open, {closed} closed");
}

#[test]
fn every_share_is_reckoned_in_whole_numbers() {
    for members in 1..=20_u32 {
        for answered in 0..=members {
            let rules = Rules { members, quorum: 500, threshold: 700 };
            assert_eq!(rules.is_quorum(answered), answered > 0 && 2 * answered >= members);
            assert_eq!(participation(rules, answered), answered * 1_000 / members);
            for yes in 0..=answered {
                let count = Count { yes, if_need_be: 0, no: answered - yes, abstain: 0 };
                let wanted = yes > 0 && 10 * yes >= 7 * answered;
                // Where nobody abstains and enough have answered, it is the threshold alone.
                assert!(!rules.is_quorum(answered) || rules.reaches(count) == wanted, "{members} {count:?}");
            }
        }
    }
}

#[test]
fn two_thirds_are_two_thirds_of_however_many() {
    for members in 1..=100 {
        let rules = Rules { members, quorum: TWO_THIRDS, threshold: TWO_THIRDS };
        for some in 1..=members {
            let count = Count { yes: some, no: members - some, ..Count::default() };
            let are_enough = 3 * some >= 2 * members;
            assert_eq!(
                (rules.is_quorum(some), rules.reaches(count)),
                (are_enough, are_enough),
                "{some} of {members}"
            );
        }
    }
}
