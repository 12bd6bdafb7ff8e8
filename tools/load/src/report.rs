//! What a run came to: a table for humans, an object for programs.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};
use smpp::Status;

use crate::clock::SECOND;
use crate::cost::Cost;
use crate::latency::Latency;
use crate::ledger::{Account, Ledger};

/// Where a run stood at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Nanoseconds since the run began.
    pub(crate) at_ns: u64,
    /// SMS accepted so far.
    pub(crate) accepted: u64,
    /// SMS arrived so far.
    pub(crate) delivered: u64,
    /// What each watched process cost so far.
    pub(crate) costs: Vec<Cost>,
    /// What the harness cost so far.
    pub(crate) own: Cost,
}

/// The result of a run. Figures count from `from` (the end of the warm-up) to `end` (the last
/// thing that happened); the account covers the whole run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) path: &'static str,
    pub(crate) closed_loop: bool,
    pub(crate) binds: u16,
    pub(crate) window: u32,
    pub(crate) rate: Option<f64>,
    pub(crate) pids: Vec<u32>,
    pub(crate) submit_octets: usize,
    /// Negative answers are statuses of SIP, not of SMPP.
    pub(crate) answers_are_sip: bool,
    pub(crate) receipts_asked: bool,
    pub(crate) from: Point,
    /// When submitting ended.
    pub(crate) stopped: Point,
    pub(crate) end: Point,
    pub(crate) ledger: Ledger,
    pub(crate) account: Account,
    /// SMS that were due by the clock and never left: the rate was too high.
    pub(crate) overdue: u64,
    pub(crate) far_end: Value,
    pub(crate) broken: Vec<String>,
    /// Where each fifth of a second stood.
    pub(crate) series: Vec<Point>,
    /// The p99 to the response up to which a step of a ramp is within what was asked.
    pub(crate) knee_p99_us: u64,
}

/// Prints the result of a run.
#[allow(clippy::print_stdout, reason = "the result is what stdout is for")]
pub(crate) fn say(result: impl std::fmt::Display) {
    println!("{result}");
}

impl Report {
    /// Whether every SMS that was accepted arrived once, with its receipt, and nothing broke.
    pub(crate) fn is_perfect(&self) -> bool {
        let totals = &self.ledger.totals;
        let receipts = !self.receipts_asked
            || (self.account.unreceipted == 0
                && totals.receipts_twice == 0
                && totals.receipts_misnamed == 0
                && totals.receipts_early == 0);
        let missing = Account { unreceipted: 0, ..self.account };
        let nothing_missing = missing == Account::default();
        let once = totals.delivered_twice == 0 && totals.responses_stray == 0;
        let all_left = self.overdue == 0 && totals.accepted > 0;
        nothing_missing && once && receipts && all_left && self.broken.is_empty()
    }

    /// Prints the result to stdout.
    pub(crate) fn print(&self, json: bool) {
        match json {
            true => say(self.to_json()),
            false => say(self.to_table()),
        }
    }

    fn seconds(&self) -> f64 {
        (self.end.at_ns - self.from.at_ns).max(1) as f64 / SECOND as f64
    }

    fn delivered(&self) -> u64 {
        self.end.delivered - self.from.delivered
    }

    fn delivered_per_s(&self) -> f64 {
        self.delivered() as f64 / self.seconds()
    }

    /// While submitting; the rest of the run only delivers.
    fn accepted_per_s(&self) -> f64 {
        let ns = self.stopped.at_ns.saturating_sub(self.from.at_ns).max(1);
        let accepted = self.stopped.accepted.saturating_sub(self.from.accepted);
        accepted as f64 * SECOND as f64 / ns as f64
    }

    /// CPU time of each watched process, in microseconds per SMS delivered.
    fn cpu_us(&self) -> Vec<f64> {
        let delivered = self.delivered().max(1) as f64;
        let costs = self.end.costs.iter().zip(&self.from.costs);
        costs.map(|(end, from)| cpu_ns(end, from) / 1e3 / delivered).collect()
    }

    /// The part of one core the harness itself was busy.
    fn own_load(&self) -> f64 {
        cpu_ns(&self.end.own, &self.from.own) / 1e9 / self.seconds()
    }

    fn refused(&self) -> Value {
        let refused = self.ledger.totals.refused.iter();
        refused.map(|(status, count)| (self.name(*status), json!(count))).collect()
    }

    fn name(&self, status: u32) -> String {
        if self.answers_are_sip { status.to_string() } else { Status(status).to_string() }
    }

    fn to_json(&self) -> Value {
        let totals = &self.ledger.totals;
        let costs = self.end.costs.iter().zip(&self.pids).zip(self.cpu_us());
        let processes: Vec<Value> = costs
            .map(|((cost, pid), cpu_us)| {
                json!({"pid": pid, "cpu_us_per_sms": round(cpu_us), "rss_kib": cost.rss_kib,
                       "rss_peak_kib": cost.rss_peak_kib, "gone": cost.missing > 0})
            })
            .collect();
        json!({
            "path": self.path,
            "loop": if self.closed_loop { "closed" } else { "open" },
            "binds": self.binds, "window": self.window, "rate": self.rate,
            "submit_octets": self.submit_octets,
            "seconds": round(self.seconds()),
            "sms": self.delivered(),
            "accepted_per_s": round(self.accepted_per_s()),
            "delivered_per_s": round(self.delivered_per_s()),
            "cpu_us_per_sms": (!self.pids.is_empty()).then(|| round(self.cpu_us().iter().sum())),
            "processes": processes,
            "harness_load": round(self.own_load()),
            "response": self.ledger.response.to_json(),
            "delivery": self.ledger.delivery.to_json(),
            "receipt": self.receipts_asked.then(|| self.ledger.receipt.to_json()),
            "account": {
                "overdue": self.overdue,
                "submitted": totals.submitted, "accepted": totals.accepted,
                "refused": self.refused(), "unanswered": self.account.unanswered,
                "responses_stray": totals.responses_stray,
                "delivered": totals.delivered, "lost": self.account.lost,
                "delivered_twice": totals.delivered_twice, "phantoms": self.account.phantoms,
                "retransmissions": totals.retransmissions,
                "receipts": totals.receipts, "receipts_other": totals.receipts_other,
                "receipts_missing": self.receipts_asked.then_some(self.account.unreceipted),
                "receipts_twice": totals.receipts_twice,
                "receipts_repeated": totals.receipts_repeated,
                "breaks": totals.breaks, "again": totals.again,
                "receipts_misnamed": totals.receipts_misnamed,
                "receipts_early": totals.receipts_early,
                "receipts_overtaking": totals.receipts_overtaking,
                "strangers": totals.strangers, "unmarked": totals.unmarked,
            },
            "steps": self.ledger.steps.to_json(), "knee": self.knee(),
            "far_end": self.far_end, "broken": self.broken, "perfect": self.is_perfect(),
        })
    }

    /// The rate of a ramp's last step before one was too slow.
    pub(crate) fn knee(&self) -> Option<f64> {
        self.ledger.steps.knee(self.knee_p99_us)
    }

    fn to_table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header([self.path.to_owned(), self.what_ran()]);
        for (what, value) in self.rows() {
            table.add_row([what, value]);
        }
        table.to_string()
    }

    /// How the run was made.
    pub(crate) fn what_ran(&self) -> String {
        let how = match (self.rate, self.ledger.steps.rows().last()) {
            (None, _) => "closed loop".to_owned(),
            (Some(rate), None) => format!("open loop, {rate}/s"),
            (Some(rate), Some(last)) => format!("ramp, {rate}/s to {}/s", last.rate),
        };
        format!("{how}, {} binds x {}, {:.1} s", self.binds, self.window, self.seconds())
    }

    /// What it came to, line by line.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let totals = &self.ledger.totals;
        let mut rows = Vec::new();
        let mut row = |what: &str, value: String| rows.push((what.to_owned(), value));
        row("accepted", format!("{:.0} SMS/s", self.accepted_per_s()));
        row("delivered", format!("{:.0} SMS/s", self.delivered_per_s()));
        for ((cpu_us, cost), pid) in self.cpu_us().iter().zip(&self.end.costs).zip(&self.pids) {
            let (rss, peak) = (cost.rss_kib / 1024, cost.rss_peak_kib / 1024);
            let gone = if cost.missing > 0 { ", gone" } else { "" };
            let what = format!("process {pid}");
            row(&what, format!("{cpu_us:.2} us CPU/SMS, {rss} MiB (peak {peak} MiB){gone}"));
        }
        row("harness", format!("{:.0} % of a core", self.own_load() * 100.0));
        row("submit to response", percentiles(&self.ledger.response));
        row("submit to arrival", percentiles(&self.ledger.delivery));
        if self.receipts_asked {
            row("submit to receipt", percentiles(&self.ledger.receipt));
        }
        for step in self.ledger.steps.rows() {
            row(&format!("at {:.0}/s", step.rate), percentiles(&step.response));
        }
        if let Some(knee) = self.knee() {
            let limit = self.knee_p99_us / 1_000;
            row("knee", format!("{knee:.0}/s is the last step with p99 <= {limit} ms"));
        }
        row("account", self.account_line());
        let copies = format!(
            "{} twice, {} phantoms, {} retransmissions, {} strangers, {} unmarked",
            totals.delivered_twice,
            self.account.phantoms,
            totals.retransmissions,
            totals.strangers,
            totals.unmarked,
        );
        row("arrivals", copies);
        if self.receipts_asked {
            row("receipts", self.receipts_line());
        }
        row("far end", self.far_end.to_string());
        for why in &self.broken {
            row("broken", why.clone());
        }
        // By the clock it waits busily, so that tells nothing.
        if self.closed_loop && self.own_load() > BUSY {
            row("note", "the harness itself was busy: these figures are a lower bound".to_owned());
        }
        row("verdict", if self.is_perfect() { "perfect" } else { "NOT perfect" }.to_owned());
        rows
    }

    fn account_line(&self) -> String {
        let totals = &self.ledger.totals;
        let mut line = format!(
            "{} submitted, {} accepted, {} delivered, {} lost, {} unanswered",
            totals.submitted,
            totals.accepted,
            totals.delivered,
            self.account.lost,
            self.account.unanswered,
        );
        if self.overdue > 0 {
            line.push_str(&format!(", {} were due and never left", self.overdue));
        }
        if totals.breaks > 0 {
            line.push_str(&format!(", {} breaks, {} left again", totals.breaks, totals.again));
        }
        for (status, count) in &totals.refused {
            line.push_str(&format!(", {count} {}", self.name(*status)));
        }
        line
    }

    fn receipts_line(&self) -> String {
        let totals = &self.ledger.totals;
        let mut line = format!(
            "{}, {} missing, {} twice, {} misnamed, {} early ({} over another bind)",
            totals.receipts,
            self.account.unreceipted,
            totals.receipts_twice,
            totals.receipts_misnamed,
            totals.receipts_early,
            totals.receipts_overtaking,
        );
        for (word, count) in &totals.receipts_other {
            line.push_str(&format!(", {count} {word}"));
        }
        line
    }
}

fn cpu_ns(end: &Cost, from: &Cost) -> f64 {
    end.cpu_ns.saturating_sub(from.cpu_ns) as f64
}

fn percentiles(latency: &Latency) -> String {
    let at = |percent| latency.at(percent);
    format!(
        "p50 {} us, p90 {} us, p99 {} us, p99.9 {} us, max {} us",
        at(50.0),
        at(90.0),
        at(99.0),
        at(99.9),
        at(100.0)
    )
}

/// Two decimals are more than any of these figures is worth.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Above this part of a core the harness may be what limits a run.
const BUSY: f64 = 0.9;
