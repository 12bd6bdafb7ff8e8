use super::*;

fn weight(calm: Calm, sent: u64, received: u64) -> Weight {
    Weight { calm, sent, received }
}

#[test]
fn waits_for_mail_and_for_a_second_round_that_says_the_same() {
    let mut rounds = Rounds::default();
    let on_its_way = [weight(Calm::All, 3, 1), weight(Calm::All, 1, 2)];
    assert!(!rounds.handle(Duration::ZERO, &on_its_way));
    assert!(!rounds.handle(Duration::ZERO, &on_its_way));
    let arrived = [weight(Calm::All, 3, 1), weight(Calm::All, 1, 3)];
    assert!(!rounds.handle(Duration::ZERO, &arrived));
    assert!(rounds.handle(Duration::ZERO, &arrived));
}

#[test]
fn waits_for_links_longer_than_for_apps() {
    let round = |calm, passed| {
        let mut rounds = Rounds::default();
        let weights = [weight(Calm::All, 0, 0), weight(calm, 0, 0)];
        rounds.handle(passed, &weights);
        rounds.handle(passed, &weights)
    };
    assert!(!round(Calm::Links, Duration::from_millis(499)));
    assert!(round(Calm::Links, APPS_MAX));
    assert!(!round(Calm::Busy, Duration::from_millis(4_999)));
    assert!(round(Calm::Busy, LINKS_MAX));
}
