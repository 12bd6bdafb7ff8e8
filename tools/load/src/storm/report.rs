//! What came of a storm.

use std::collections::BTreeMap;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

use crate::clock::SECOND;
use crate::cost::Cost;
use crate::latency::Latency;
use crate::report::say;

/// One kind of contacts: those that were registered before the storm, and strangers.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) contacts: u64,
    pub(super) bound: u64,
    /// From when a contact wanted to register until it was.
    pub(super) took: Latency,
}

impl Group {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, contacts: 0, bound: 0, took: Latency::new() }
    }
}

/// The result of a storm.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) groups: [Group; 2],
    /// Final responses by status.
    pub(super) statuses: BTreeMap<u16, u64>,
    /// Retry-After of the 503s, in seconds: how often each.
    pub(super) retry_after: BTreeMap<u32, u64>,
    pub(super) sent: u64,
    pub(super) retransmissions: u64,
    pub(super) given_up: u64,
    pub(super) unsent: u64,
    pub(super) took_ns: u64,
    pub(super) within_secs: u64,
    pub(super) cost: Cost,
    pub(super) own: Cost,
}

impl Report {
    pub(super) fn contacts(&self) -> u64 {
        self.groups.iter().map(|group| group.contacts).sum()
    }

    pub(super) fn bound(&self) -> u64 {
        self.groups.iter().map(|group| group.bound).sum()
    }

    /// Are 99 of 100 registered in time?
    pub(super) fn is_good(&self) -> bool {
        self.bound() * 100 >= self.contacts() * 99
    }

    fn to_json(&self) -> Value {
        let seconds = self.took_ns as f64 / SECOND as f64;
        let group = |group: &Group| {
            let took = group.took.to_json();
            (group.name, json!({"contacts": group.contacts, "bound": group.bound, "took": took}))
        };
        let groups: BTreeMap<_, _> = self.groups.iter().map(group).collect();
        let count = |map: &BTreeMap<u16, u64>| -> BTreeMap<String, u64> {
            map.iter().map(|(key, value)| (key.to_string(), *value)).collect()
        };
        let pauses: BTreeMap<String, u64> =
            self.retry_after.iter().map(|(key, value)| (key.to_string(), *value)).collect();
        json!({
            "path": "register",
            "contacts": self.contacts(),
            "bound": self.bound(),
            "within_s": self.within_secs,
            "took_s": seconds,
            "bound_per_s": self.bound() as f64 / seconds.max(1e-9),
            "groups": groups,
            "statuses": count(&self.statuses),
            "retry_after_s": pauses,
            "sent": self.sent,
            "retransmissions": self.retransmissions,
            "given_up": self.given_up,
            "unsent": self.unsent,
            "cpu_us_per_contact": self.cost.cpu_ns as f64 / 1e3 / self.bound().max(1) as f64,
            "rss_mib": self.cost.rss_kib / 1024,
            "harness_load": self.own.cpu_ns as f64 / self.took_ns.max(1) as f64,
            "good": self.is_good(),
        })
    }

    pub(super) fn print(&self, as_json: bool) {
        match as_json {
            true => say(self.to_json()),
            false => say(self.to_text()),
        }
    }

    fn to_text(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["", "contacts", "bound", "p50 ms", "p99 ms", "last ms"]);
        for group in self.groups.iter().filter(|group| group.contacts > 0) {
            let ms = |percent| format!("{:.1}", group.took.at(percent) as f64 / 1e3);
            table.add_row([
                group.name.to_owned(),
                group.contacts.to_string(),
                group.bound.to_string(),
                ms(50.0),
                ms(99.0),
                ms(100.0),
            ]);
        }
        let pauses = match self.retry_after.is_empty() {
            true => String::new(),
            false => format!("Retry-After in seconds, how often each: {:?}\n", self.retry_after),
        };
        format!(
            "{table}\n{} of {} bound in {:.1} s; statuses {:?}, {} retransmissions, {} given up\n\
             {pauses}{:.1} us CPU a contact; the harness was {:.0} % busy",
            self.bound(),
            self.contacts(),
            self.took_ns as f64 / SECOND as f64,
            self.statuses,
            self.retransmissions,
            self.given_up,
            self.cost.cpu_ns as f64 / 1e3 / self.bound().max(1) as f64,
            100.0 * self.own.cpu_ns as f64 / self.took_ns.max(1) as f64,
        )
    }
}
