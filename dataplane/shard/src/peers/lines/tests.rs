//! A line is its number and nothing else.

use super::{FlowId, Line};
use crate::input::{LinkId, ShardId, SocketId};

fn flow(shard: u8, listener: u16, link: u64) -> Line {
    Line::Flow(FlowId { shard: ShardId(shard), listener, link: LinkId(link) })
}

#[test]
fn every_line_has_a_number_of_its_own() {
    let lines = [
        Line::Socket(SocketId(0)),
        Line::Socket(SocketId(u16::MAX)),
        flow(0, 0, 0),
        flow(0, 0, 2),
        flow(63, 0, 2),
        flow(0, u16::MAX, 2),
        flow(63, u16::MAX, (1 << 40) - 2),
    ];
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(Line::of(line.number()), *line);
        assert!(lines[..at].iter().all(|other| other.number() != line.number()));
    }
}

#[test]
fn what_was_said_on_a_connection_is_answered_there() {
    let (one, other) = (flow(0, 0, 2), flow(0, 0, 4));
    let (udp, udp6) = (Line::Socket(SocketId(0)), Line::Socket(SocketId(1)));
    assert!(one.may_answer(one) && udp.may_answer(udp6));
    assert!(!one.may_answer(other) && !one.may_answer(udp) && !udp.may_answer(one));
}
