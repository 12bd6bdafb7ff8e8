//! Which numbers of the boards are metrics, and under which names.

use std::collections::BTreeMap;

use routing::Standing;
use routing::board::{Latencies, LinkRole, LinkRow, Page, Sight, TALLIES, TALLY_HELP, Tally};

use super::text::{Exposition, Labels, Sort, seconds};
use crate::fault::Outcome;
use crate::model::Kind;
use crate::watch::NodeView;

/// Finds the name under an id of the model.
pub(super) type Namer<'a> = &'a mut dyn FnMut(Kind, u32) -> Outcome<String>;

/// Whose numbers: node, environment, `carrier` or `connection`, name.
type Peer = (String, String, &'static str, String);

/// Tallies that go up and down.
const LEVELS: [Tally; 4] =
    [Tally::Pending, Tally::ReceiptsPending, Tally::AccountsReachable, Tally::Flows];

/// The histograms of a page, in the order of [`routing::board::Span::ALL`].
const SPANS: [(&str, &str); 3] = [
    ("signalbox_accept_seconds", "From taking in an Sms to its positive answer."),
    ("signalbox_delivery_seconds", "From accepting an Sms to its delivery."),
    ("signalbox_receipt_seconds", "From the outcome of an Sms to its carrier's answer."),
];

/// The same of a peer, where [`Sight::took`] keeps them.
const PEER_SPANS: [(&str, &str); 3] = [
    ("signalbox_peer_accept_seconds", "From taking in a message of a peer to its positive answer."),
    ("signalbox_peer_delivery_seconds", "From accepting an Sms of or for a peer to its delivery."),
    ("signalbox_peer_receipt_seconds", "From the outcome of an Sms to the carrier's answer."),
];

/// The whole page.
pub(super) fn page(views: &[NodeView], published: u64, name: Namer<'_>) -> Outcome<String> {
    let mut out = Exposition::default();
    let help = "The version of control.";
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    out.family("signalbox_build_info", Sort::Gauge, help).add(&version, 1);
    let help = "The generation that control has published last.";
    out.family("signalbox_published_generation", Sort::Gauge, help).add(&[], published);
    nodes(&mut out, views);
    shards(&mut out, views);
    tallies(&mut out, views);
    latencies(&mut out, views);
    peers(&mut out, views, name)?;
    outlooks(&mut out, views, name)?;
    Ok(out.finish())
}

fn nodes(out: &mut Exposition, views: &[NodeView]) {
    let mut family = out.family("signalbox_node_up", Sort::Gauge, "Does the node beat?");
    for view in views {
        family.add(&[("node", &view.name)], u8::from(view.is_up()));
    }
    let help = "How long ago the node last beat.";
    let mut family = out.family("signalbox_heartbeat_age_seconds", Sort::Gauge, help);
    for (view, age_ns) in views.iter().filter_map(|view| Some((view, view.age_ns?))) {
        family.add(&[("node", &view.name)], seconds(age_ns));
    }
    let help = "When the node started, Unix time.";
    let mut family = out.family("signalbox_node_start_time_seconds", Sort::Gauge, help);
    for (view, page) in views.iter().filter_map(|view| Some((view, view.pages.first()?))) {
        family.add(&[("node", &view.name)], seconds(page.started_ns));
    }
}

fn shards(out: &mut Exposition, views: &[NodeView]) {
    type Read = fn(&Page) -> f64;
    let families: [(&str, &str, Read); 3] = [
        ("signalbox_generation", "The generation that a shard obeys.", |page| {
            page.generation as f64
        }),
        (
            "signalbox_adoption_seconds",
            "How long the turn took in which a shard began to obey it.",
            |page| seconds(page.adopt_ns),
        ),
        ("signalbox_links", "SMPP links and hops of trunks that a shard has.", |page| {
            page.links.len() as f64
        }),
    ];
    for (name, help, read) in families {
        let mut family = out.family(name, Sort::Gauge, help);
        each_shard(views, |labels, page| family.add(labels, read(page)));
    }
}

fn tallies(out: &mut Exposition, views: &[NodeView]) {
    for (place, (word, help)) in TALLIES.iter().zip(TALLY_HELP).enumerate() {
        let is_level = LEVELS.iter().any(|level| *level as usize == place);
        let (sort, end) = if is_level { (Sort::Gauge, "") } else { (Sort::Counter, "_total") };
        let name = format!("signalbox_{word}{end}");
        let mut family = out.family(&name, sort, help);
        each_shard(views, |labels, page| {
            family.add(labels, page.tallies.get(place).copied().unwrap_or_default());
        });
    }
}

fn latencies(out: &mut Exposition, views: &[NodeView]) {
    for (place, (name, help)) in SPANS.into_iter().enumerate() {
        let mut family = out.family(name, Sort::Histogram, help);
        each_shard(views, |labels, page: &Page| {
            let latencies: &Latencies = &page.latencies;
            family.histogram(labels, &latencies[place]);
        });
    }
}

fn each_shard(views: &[NodeView], mut tell: impl FnMut(Labels<'_>, &Page)) {
    for view in views {
        for page in &view.pages {
            tell(&[("node", &view.name), ("shard", &page.shard.to_string())], page);
        }
    }
}

/// What is known of a carrier or a connection, over all shards of a node.
#[derive(Default)]
struct Known {
    binds: BTreeMap<&'static str, u64>,
    used: u64,
    size: u64,
    owed: u64,
    congestion: Option<u8>,
    sight: Sight,
}

fn peers(out: &mut Exposition, views: &[NodeView], name: Namer<'_>) -> Outcome<()> {
    let mut peers = BTreeMap::<Peer, Known>::new();
    for view in views {
        for page in &view.pages {
            for link in page.links.iter().filter(|link| link.subject != 0) {
                let peer = peer(view, link.role, link.environment, link.subject, name)?;
                peers.entry(peer).or_default().take_in(link);
            }
            for seen in &page.observations {
                let peer = peer(view, seen.role, seen.environment, seen.subject, name)?;
                peers.entry(peer).or_default().sight.absorb(&seen.sight);
            }
        }
    }
    let mut family = out.family("signalbox_binds", Sort::Gauge, "Links of a peer by state.");
    for (peer, known) in &peers {
        for (state, count) in &known.binds {
            with(peer, &[("state", state)], |labels| family.add(labels, count));
        }
    }
    type Read = fn(&Known) -> f64;
    let families: [(&str, Sort, &str, Read); 7] = [
        ("signalbox_window_used", Sort::Gauge, "Requests of ours that wait.", |k| k.used as f64),
        ("signalbox_window_size", Sort::Gauge, "How many may wait.", |k| k.size as f64),
        ("signalbox_owed", Sort::Gauge, "Its requests that wait for us.", |k| k.owed as f64),
        ("signalbox_congestion_ratio", Sort::Gauge, "What it said of its congestion.", |k| {
            f64::from(k.congestion.unwrap_or_default()) / 100.0
        }),
        ("signalbox_peer_received_total", Sort::Counter, "Messages it sent.", |k| {
            f64::from(k.sight.received.0)
        }),
        ("signalbox_peer_sent_total", Sort::Counter, "Messages we sent it.", |k| {
            f64::from(k.sight.sent.0)
        }),
        ("signalbox_peer_unanswered_total", Sort::Counter, "Requests it did not answer.", |k| {
            f64::from(k.sight.unanswered.0)
        }),
    ];
    for (name, sort, help, read) in families {
        let mut family = out.family(name, sort, help);
        for (peer, known) in &peers {
            with(peer, &[], |labels| family.add(labels, read(known)));
        }
    }
    for (place, (name, help)) in PEER_SPANS.into_iter().enumerate() {
        let mut family = out.family(name, Sort::Histogram, help);
        for (peer, known) in peers.iter().filter(|(_, known)| known.sight.took[place].count() > 0) {
            with(peer, &[], |labels| family.histogram(labels, &known.sight.took[place]));
        }
    }
    let help = "Its requests that we refused, by command_status.";
    let mut family = out.family("signalbox_refused_total", Sort::Counter, help);
    for (peer, known) in &peers {
        statuses(peer, known.sight.told.iter(), |labels, count| family.add(labels, count));
    }
    let help = "Requests of ours that it refused, by command_status.";
    let mut family = out.family("signalbox_peer_refused_total", Sort::Counter, help);
    for (peer, known) in &peers {
        statuses(peer, known.sight.said.iter(), |labels, count| family.add(labels, count));
    }
    Ok(())
}

impl Known {
    fn take_in(&mut self, link: &LinkRow) {
        *self.binds.entry(link.state.word()).or_default() += 1;
        self.used += u64::from(link.outstanding);
        self.size += u64::from(link.window);
        self.owed += u64::from(link.owed);
        self.congestion = self.congestion.max(link.congestion);
    }
}

fn statuses(
    peer: &Peer,
    counts: impl Iterator<Item = (u32, u32)>,
    mut tell: impl FnMut(Labels<'_>, u32),
) {
    for (status, count) in counts {
        with(peer, &[("status", &format!("0x{status:08X}"))], |labels| tell(labels, count));
    }
}

fn outlooks(out: &mut Exposition, views: &[NodeView], name: Namer<'_>) -> Outcome<()> {
    let mut rows = Vec::new();
    let mut shadows = BTreeMap::<(String, String), u64>::new();
    for view in views {
        for row in view.pages.iter().flat_map(|page| &page.outlooks) {
            rows.push((view, name(Kind::Connection, row.connection)?, row));
        }
        for row in view.pages.iter().flat_map(|page| &page.shadows) {
            let policy = name(Kind::Policy, row.policy)?;
            *shadows.entry((view.name.clone(), policy)).or_default() += row.taken;
        }
    }
    let help = "Does a connection take what comes?";
    let mut family = out.family("signalbox_connection_ready", Sort::Gauge, help);
    for (view, name, row) in &rows {
        let ready = row.standing == Standing::Ready;
        family.add(&[("node", &view.name), ("name", name)], u8::from(ready));
    }
    let help = "How many Sms wait for a connection.";
    let mut family = out.family("signalbox_connection_waiting", Sort::Gauge, help);
    for (view, name, row) in &rows {
        family.add(&[("node", &view.name), ("name", name)], row.waiting);
    }
    let help = "Sms that a shadow policy would have taken.";
    let mut family = out.family("signalbox_shadow_taken_total", Sort::Counter, help);
    for ((node, policy), taken) in &shadows {
        family.add(&[("node", node), ("policy", policy)], taken);
    }
    Ok(())
}

fn peer(
    view: &NodeView,
    role: LinkRole,
    environment: u32,
    subject: u32,
    name: Namer<'_>,
) -> Outcome<Peer> {
    let (word, kind) = match role {
        LinkRole::Carrier => ("carrier", Kind::Carrier),
        LinkRole::Connection => ("connection", Kind::Connection),
    };
    Ok((view.name.clone(), name(Kind::Environment, environment)?, word, name(kind, subject)?))
}

/// The labels of a peer, and some more.
fn with<T>(peer: &Peer, more: Labels<'_>, tell: impl FnOnce(Labels<'_>) -> T) -> T {
    let (node, environment, role, name) = peer;
    let own =
        [("node", node.as_str()), ("environment", environment), ("role", role), ("name", name)];
    let labels: Vec<(&str, &str)> = own.into_iter().chain(more.iter().copied()).collect();
    tell(&labels)
}

#[cfg(test)]
mod tests;
