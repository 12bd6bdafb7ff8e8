use super::*;

/// A sight with something in every part, the more the larger `n`.
fn sight(n: u32) -> Sight {
    let mut sight = Sight::default();
    sight.heard_ns.see(u64::from(n));
    sight.received.add(n);
    sight.answer_least_us.see(u64::from(n));
    sight.receipts.fields.see(n);
    sight.receipts.words.see(format!("WORD{n}").as_bytes());
    sight.violations[Violation::BadTlv as usize].add(n);
    (0..30).for_each(|tag| sight.tlvs.add(tag, n));
    (0..3).for_each(|span| sight.took[span].take_in(u64::from(n) << (10 * span + 10)));
    sight
}

#[test]
fn an_observation_comes_back() {
    let observation =
        Observation { role: LinkRole::Connection, environment: 1, subject: 2, sight: sight(7) };
    let mut octets = Vec::new();
    observation.put(&mut octets);
    assert_eq!(Observation::take(&mut Reader(&octets)), Ok(observation));
    for end in 0..octets.len() {
        assert_eq!(Observation::take(&mut Reader(&octets[..end])), Err(Short));
    }
}

#[test]
fn two_sights_become_one() {
    let mut both = sight(3);
    both.absorb(&sight(5));
    both.absorb(&Sight::default());
    assert_eq!((both.heard_ns, both.received), (Most(5), Count(8)));
    assert_eq!(both.answer_least_us, Least(3), "what saw nothing has no smallest");
    assert_eq!(both.receipts.words.words(), ["WORD3", "WORD5"]);
    assert_eq!((both.tlvs.count(1), both.tlvs.others), (8, Count(48)));
    assert_eq!(both.took.map(|latency| latency.count()), [2; 3]);
    assert_eq!(both.took[0].sum_ns, 8 << 10);
    assert_eq!(both.violations[Violation::BadTlv as usize], Count(8));
    assert!(both.receipts.fields.has(3) && both.receipts.fields.has(5));
    assert!(!both.receipts.fields.has(4) && !both.receipts.fields.has(99));
}

#[test]
fn nothing_grows() {
    let mut words = Strange::default();
    (0..9).for_each(|n| words.see(format!("{n}\u{e9}-a-long-word").as_bytes()));
    assert_eq!(words.words().len(), 4);
    assert_eq!(words.words()[0], "0??-a-lo");
    let mut count = Count(u32::MAX - 1);
    count.add(9);
    assert_eq!(count.0, u32::MAX);
}
