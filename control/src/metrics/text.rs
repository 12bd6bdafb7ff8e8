//! Prometheus's text format, version 0.0.4: what every scraper reads.
//!
//! Forty lines, and `promtool check metrics` judges them: the kept libraries either write
//! OpenMetrics, which it does not read, or want the numbers copied into counters of theirs first.

use std::fmt::{Display, Write};

use routing::board::Latency;

/// A page of metrics that grows.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
}

/// What a family's numbers are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sort {
    /// Only grows, until its node starts again.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts in steps.
    Histogram,
}

/// Name and value of each label.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

/// A family whose samples are being written.
pub(super) struct Family<'a> {
    text: &'a mut String,
    name: &'a str,
}

impl Exposition {
    /// Begins a family. Each name is begun once.
    pub(super) fn family<'a>(&'a mut self, name: &'a str, sort: Sort, help: &str) -> Family<'a> {
        let sort = match sort {
            Sort::Counter => "counter",
            Sort::Gauge => "gauge",
            Sort::Histogram => "histogram",
        };
        let text = &mut self.text;
        push(text, format_args!("# HELP {name} {}\n# TYPE {name} {sort}\n", escaped(help.trim())));
        Family { text, name }
    }

    /// The page.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

impl Family<'_> {
    /// One sample.
    pub(super) fn add(&mut self, labels: Labels<'_>, value: impl Display) {
        self.sample("", labels, None, value);
    }

    /// All samples of a histogram.
    pub(super) fn histogram(&mut self, labels: Labels<'_>, latency: &Latency) {
        let mut so_far = 0;
        for (step, count) in latency.counts.iter().enumerate() {
            so_far += count;
            let bound = Latency::bound_ns(step).map(seconds);
            let bound = bound.map_or_else(|| "+Inf".to_owned(), |bound| bound.to_string());
            self.sample("_bucket", labels, Some(&bound), so_far);
        }
        self.sample("_sum", labels, None, seconds(latency.sum_ns));
        self.sample("_count", labels, None, so_far);
    }

    fn sample(
        &mut self,
        suffix: &str,
        labels: Labels<'_>,
        bound: Option<&str>,
        value: impl Display,
    ) {
        push(self.text, format_args!("{}{suffix}", self.name));
        let bound = bound.map(|bound| ("le", bound));
        for (place, (label, word)) in labels.iter().copied().chain(bound).enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            push(self.text, format_args!("{before}{label}=\"{}\"", escaped(word)));
        }
        let end = if labels.is_empty() && bound.is_none() { "" } else { "}" };
        push(self.text, format_args!("{end} {value}\n"));
    }
}

/// Nanoseconds as seconds.
pub(super) fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}

fn push(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a String takes whatever is written");
}

/// What stands in quotes, or behind HELP.
fn escaped(word: &str) -> String {
    word.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests;
