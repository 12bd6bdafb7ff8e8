//! What a shard writes of its peers on its page of the board.

use std::collections::BTreeMap;

use routing::board::{Latency, LinkRole, Span};
use tests::World;
use tests::peers::Job;
use tests::scene::{bound, registered, settle, submit, with_shards};

/// Of each peer of the first node, over all of its shards: how often each span was timed, and the
/// slowest step.
fn timed(world: &World) -> BTreeMap<(bool, u32), [(u64, usize); 3]> {
    let mut peers = BTreeMap::<_, [Latency; 3]>::new();
    for page in world.nodes[0].pages() {
        for seen in page.observations {
            let key = (seen.role == LinkRole::Connection, seen.subject);
            for (known, more) in peers.entry(key).or_default().iter_mut().zip(seen.sight.took) {
                known.counts.iter_mut().zip(more.counts).for_each(|(mine, more)| *mine += more);
            }
        }
    }
    let told = |latency: Latency| {
        let slowest = latency.counts.iter().rposition(|count| *count > 0);
        (latency.count(), slowest.unwrap_or(0))
    };
    peers.into_iter().map(|(peer, latencies)| (peer, latencies.map(told))).collect()
}

#[test]
fn each_peer_has_its_own_times() {
    with_shards(|world| {
        let tata = bound(world, "tata", 1);
        registered(world, "2222");
        for number in 0..4 {
            submit(world, tata, Job::new("1111", &format!("waits {number}")));
        }
        for number in 0..3 {
            submit(world, tata, Job::new("2222", &format!("passes {number}")));
        }
        // Nobody took the first four yet: they are accepted, and neither delivered nor receipted.
        world.run_ms(3_000);
        let before = timed(world);
        registered(world, "1111");
        settle(world);
        let after = timed(world);

        let carrier = *before.keys().find(|peer| !peer.0).expect("a carrier is bound");
        let connection = *after.keys().find(|peer| peer.0).expect("2222 is behind a connection");
        let counts = |peers: &BTreeMap<_, [(u64, usize); 3]>, peer| {
            peers.get(&peer).map_or([0; 3], |spans| spans.map(|(count, _)| count))
        };
        assert_eq!(counts(&before, carrier), [7, 3, 3]);
        assert_eq!(counts(&after, carrier), [7, 7, 7]);
        assert_eq!(counts(&after, connection), [0, 3, 0]);
        let slowest = |span: Span| after[&carrier][span as usize].1;
        assert!(slowest(Span::Delivery) > slowest(Span::Accept), "four waited for their app");
    });
}
