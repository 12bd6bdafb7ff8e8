use super::*;

fn page(links: usize) -> Page {
    let sight = crate::board::Sight::default();
    let seen = Observation { role: LinkRole::Carrier, environment: 1, subject: 2, sight };
    let link = LinkRow {
        role: LinkRole::Connection,
        environment: 1,
        subject: 2,
        state: LinkState::BoundTrx,
        local: "[2001:db8::1]:1".parse().unwrap(),
        peer: "[2001:db8::2]:2775".parse().unwrap(),
        since_ns: 7,
        received: 8,
        sent: 9,
        outstanding: 10,
        window: 11,
        owed: 12,
        rate_in: 13,
        rate_out: 14,
        congestion: Some(80),
    };
    let standing = Standing::Throttled;
    let outlook = OutlookRow { connection: 2, standing, quality: 3, waiting: 4 };
    let tallies = (0..TALLIES.len() as u64).collect();
    Page {
        shard: 1,
        shards: 2,
        pid: 3,
        generation: 42,
        adopt_ns: 43,
        tallies,
        links: vec![link; links],
        outlooks: vec![outlook; links],
        credits: vec![CreditRow { environment: 1, carrier: 2, spent_micros: -3 }; links],
        shadows: vec![ShadowRow { policy: 5, taken: 6 }; links],
        observations: vec![seen; links],
        ..Page::default()
    }
}

#[test]
fn a_page_comes_back() {
    let mut octets = Vec::new();
    page(3).encode(&mut octets);
    assert_eq!(Page::decode(&octets), Ok(page(3)));
    assert_eq!(page(0).tally(Tally::SnapshotsRefused), TALLIES.len() as u64 - 1);
}

#[test]
fn a_crowd_of_links_stays_within_the_page() {
    let mut octets = Vec::new();
    page(LINKS_MAX + 10).encode(&mut octets);
    assert!(octets.len() <= PAGE_LEN, "{} octets", octets.len());
    let page = Page::decode(&octets).unwrap();
    assert_eq!((page.links.len(), page.observations.len()), (LINKS_MAX, OBSERVATIONS_MAX));
}

#[test]
fn a_half_written_page_is_told() {
    let mut octets = Vec::new();
    page(3).encode(&mut octets);
    assert_eq!(Page::decode(&[0; 64]), Err(BoardError::Empty));
    for at in (4..octets.len()).step_by(7) {
        let mut torn = octets.clone();
        torn[at] ^= 1;
        assert_eq!(Page::decode(&torn), Err(BoardError::Torn), "octet {at}");
    }
}
