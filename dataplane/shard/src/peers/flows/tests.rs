//! Bounds of those who hold connections.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::{Flow, Flows, Wire};
use crate::input::{LinkId, ShardId};
use crate::limits::{STRANGER_FLOWS_MAX, STRANGER_FLOWS_PER_IP, STRANGER_PATIENCE};

#[expect(clippy::disallowed_methods, reason = "the zero of a clock that never runs")]
fn now() -> Instant {
    Instant::now()
}

fn address(host: usize) -> IpAddr {
    IpAddr::from([10, 0, (host >> 8) as u8, host as u8])
}

fn filled(now: Instant, hosts: usize, each: usize) -> Flows {
    let mut flows = Flows::new(ShardId(0));
    for at in 0..hosts * each {
        let peer = SocketAddr::new(address(at / each), 5060);
        flows.insert(LinkId(2 * at as u64), Flow::new(now, 0, peer, Wire::Handshake));
    }
    flows
}

#[test]
fn e14_one_address_holds_no_more_than_its_share() {
    let now = now();
    let mut flows = filled(now, 1, STRANGER_FLOWS_PER_IP);
    assert_eq!(flows.room_for(address(0)), Err(()));
    assert_eq!(flows.room_for(address(1)), Ok(None));
    flows.keep(LinkId(0), now, Duration::ZERO);
    assert_eq!(flows.room_for(address(0)), Ok(None), "who is known is no stranger");
    (0..STRANGER_FLOWS_PER_IP as u64).for_each(|at| drop(flows.remove(LinkId(2 * at))));
    assert!(flows.crowds.is_empty() && flows.strangers.is_empty());
}

#[test]
fn e14_the_oldest_stranger_makes_room() {
    let now = now();
    let flows = filled(now, STRANGER_FLOWS_MAX / 64, 64);
    assert_eq!(flows.room_for(address(99)), Ok(Some(LinkId(0))));
}

#[test]
fn a_stranger_is_over_when_its_time_is() {
    let now = now();
    let mut flows = filled(now, 1, 1);
    let over = |flows: &mut Flows, at| flows.get_mut(LinkId(0)).is_some_and(|f| f.is_over(at));
    assert!(!over(&mut flows, now) && over(&mut flows, now + STRANGER_PATIENCE));
    flows.keep(LinkId(0), now, STRANGER_PATIENCE * 2);
    assert!(!over(&mut flows, now + STRANGER_PATIENCE));
    flows.keep(LinkId(0), now, STRANGER_PATIENCE);
    assert!(!over(&mut flows, now + STRANGER_PATIENCE), "a promise is not taken back");
}
