use super::*;
use crate::input::{LinkId, ShardId, SocketId};
use crate::peers::lines::FlowId;

#[test]
fn a_word_means_what_it_was_made_of_and_no_other_does() {
    let key = FlowKey::new([7; 32]);
    let flow = FlowId { shard: ShardId(3), listener: 2, link: LinkId(77) };
    for line in [Line::Socket(SocketId(1)), Line::Flow(flow)] {
        for peer in ["192.0.2.1:5060", "[2001:db8::1]:40000"] {
            let end = End { line, peer: peer.parse().unwrap() };
            let word = end.seal(&key).to_string();
            assert_eq!(End::unseal(&key, &word), Some(Some(end)));
            assert_eq!(End::unseal(&FlowKey::new([8; 32]), &word), Some(None));
            assert_eq!(End::unseal(&key, "1111"), None);
        }
    }
}
