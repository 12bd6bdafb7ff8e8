use std::time::Instant;

use super::*;

fn hop(port: u16, transport: Transport, priority: u16, weight: u16) -> HopState {
    HopState {
        hop: Hop {
            address: ([192, 0, 2, 1], port).into(),
            transport,
            name: String::new(),
            priority,
            weight,
        },
        line: Some(Line::Socket(crate::input::SocketId(0))),
        link: None,
        is_up: true,
        misses: 0,
        probe_at: None,
        is_probed: false,
        failures: 0,
        not_before: None,
        since_ns: 0,
        sent: 0,
        received: 0,
    }
}

fn trunk(hops: Vec<HopState>) -> Trunk {
    let trunk = routing::Trunk::default();
    let settings = Settings { trunk, local: None, password: Vec::new(), window: 2 };
    let mut trunk = Trunk::new(settings, Terms::default());
    trunk.hops = hops;
    trunk
}

#[test]
fn the_best_hop_that_answers_is_taken() {
    let mut trunk = trunk(vec![hop(1, Transport::Udp, 10, 0), hop(2, Transport::Udp, 20, 0)]);
    assert_eq!(trunk.choose(7, false), Some(0));
    trunk.hops[0].is_up = false;
    assert_eq!(trunk.choose(7, false), Some(1));
    trunk.hops[1].is_up = false;
    assert_eq!(trunk.choose(7, false), None);
    assert!(!trunk.is_up() && trunk.room() == 0);
}

#[test]
fn equal_hops_share_by_weight() {
    let trunk = trunk(vec![hop(1, Transport::Udp, 1, 3), hop(2, Transport::Udp, 1, 1)]);
    let firsts = (0..400).filter(|lot| trunk.choose(*lot, false) == Some(0)).count();
    assert_eq!(firsts, 300);
}

#[test]
fn what_is_large_takes_a_stream() {
    let trunk = trunk(vec![hop(1, Transport::Udp, 1, 0), hop(2, Transport::Tcp, 2, 0)]);
    assert_eq!(trunk.choose(0, false), Some(0));
    assert_eq!(trunk.choose(0, true), Some(1));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "any moment will do")]
fn a_pause_leaves_no_room() {
    let mut trunk = trunk(vec![hop(1, Transport::Udp, 1, 0)]);
    assert_eq!(trunk.room(), 2);
    trunk.outstanding = 1;
    assert_eq!(trunk.room(), 1);
    trunk.held_until = Some(Instant::now());
    assert_eq!(trunk.room(), 0);
}
