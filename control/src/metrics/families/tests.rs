use std::net::SocketAddr;

use routing::board::{LinkRole, LinkRow, LinkState, Observation, Page, Sight, TALLIES, Tally};

use super::page;
use crate::metrics::health;
use crate::model::Kind;
use crate::watch::NodeView;

fn link(state: LinkState) -> LinkRow {
    let address: SocketAddr = "192.0.2.1:2775".parse().unwrap();
    LinkRow {
        role: LinkRole::Carrier,
        environment: 1,
        subject: 7,
        state,
        local: address,
        peer: address,
        since_ns: 0,
        received: 5,
        sent: 6,
        outstanding: 3,
        window: 10,
        owed: 2,
        rate_in: 0,
        rate_out: 0,
        congestion: Some(50),
    }
}

fn view() -> NodeView {
    let mut sight = Sight::default();
    sight.received.add(40);
    sight.told.add(0x58, 4);
    sight.took[1].take_in(70_000_000);
    let seen = Observation { role: LinkRole::Carrier, environment: 1, subject: 7, sight };
    let shard = |shard, generation| {
        let mut page = Page { shard, shards: 2, generation, ..Page::default() };
        page.tallies = vec![0; TALLIES.len()];
        page.tallies[Tally::Accepted as usize] = 20;
        page.tallies[Tally::Pending as usize] = 1;
        page.links = vec![link(LinkState::BoundTrx)];
        page.observations = vec![seen];
        page.latencies[0].take_in(1000);
        page
    };
    NodeView { name: "env1".to_owned(), pages: vec![shard(0, 9), shard(1, 8)], age_ns: Some(1) }
}

#[test]
fn shards_are_told_apart_and_peers_are_added_up_over_shards() {
    let mut name = |kind: Kind, id: u32| Ok(format!("{}{id}", kind.word()));
    let text = page(&[view()], 9, &mut name).unwrap();
    let peer = r#"node="env1",environment="environment1",role="carrier",name="carrier7""#;
    for line in [
        r#"signalbox_node_up{node="env1"} 1"#.to_owned(),
        r#"signalbox_generation{node="env1",shard="1"} 8"#.to_owned(),
        r#"signalbox_sms_accepted_total{node="env1",shard="0"} 20"#.to_owned(),
        r#"signalbox_sms_pending{node="env1",shard="0"} 1"#.to_owned(),
        r#"signalbox_accept_seconds_count{node="env1",shard="0"} 1"#.to_owned(),
        "signalbox_published_generation 9".to_owned(),
        format!(r#"signalbox_binds{{{peer},state="bound_trx"}} 2"#),
        format!("signalbox_window_used{{{peer}}} 6"),
        format!("signalbox_congestion_ratio{{{peer}}} 0.5"),
        format!("signalbox_peer_received_total{{{peer}}} 80"),
        format!("signalbox_peer_delivery_seconds_count{{{peer}}} 2"),
        format!("signalbox_peer_delivery_seconds_sum{{{peer}}} 0.14"),
        format!(r#"signalbox_refused_total{{{peer},status="0x00000058"}} 8"#),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn each_family_is_begun_once_and_every_tally_is_one() {
    let mut name = |_: Kind, id: u32| Ok(id.to_string());
    let text = page(&[view()], 9, &mut name).unwrap();
    let mut families: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    for word in TALLIES {
        let found = families.iter().any(|family| family.contains(&format!("_{word}")));
        assert!(found, "no metric for {word}");
    }
    let count = families.len();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), count, "a family is begun twice");
}

#[test]
fn a_node_that_is_silent_or_behind_is_not_ready() {
    let mut good = view();
    good.pages.truncate(1);
    assert!(health::look(&[good.clone()], 9).ready);
    let behind = health::look(&[view()], 9);
    assert_eq!(behind.because, ["shard 1 of env1 obeys 8, not 9"]);
    let silent = health::look(&[NodeView { age_ns: None, ..good }], 9);
    assert_eq!(silent.because, ["node env1 does not beat"]);
}
