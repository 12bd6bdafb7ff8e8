use routing::board::Latency;

use super::{Exposition, Sort};

#[test]
fn a_family_has_its_help_its_type_and_its_samples() {
    let mut page = Exposition::default();
    let mut family = page.family("signalbox_sms_received_total", Sort::Counter, " Sms received.");
    family.add(&[("node", "env1"), ("name", "a\"b\\c")], 7);
    page.family("signalbox_generation", Sort::Gauge, "It.").add(&[], 3);
    assert_eq!(
        page.finish(),
        "# HELP signalbox_sms_received_total Sms received.\n\
         # TYPE signalbox_sms_received_total counter\n\
         signalbox_sms_received_total{node=\"env1\",name=\"a\\\"b\\\\c\"} 7\n\
         # HELP signalbox_generation It.\n\
         # TYPE signalbox_generation gauge\n\
         signalbox_generation 3\n"
    );
}

#[test]
fn the_steps_of_a_histogram_add_up() {
    let mut latency = Latency::default();
    [1, 70_000, u64::MAX / 4].into_iter().for_each(|ns| latency.take_in(ns));
    let mut page = Exposition::default();
    page.family("t_seconds", Sort::Histogram, "T.").histogram(&[("shard", "0")], &latency);
    let text = page.finish();
    for line in [
        "t_seconds_bucket{shard=\"0\",le=\"0.000065536\"} 1",
        "t_seconds_bucket{shard=\"0\",le=\"0.000131072\"} 2",
        "t_seconds_bucket{shard=\"0\",le=\"+Inf\"} 3",
        "t_seconds_count{shard=\"0\"} 3",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
}
