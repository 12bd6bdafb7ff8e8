//! An ESME's life: bind, submit, wait, unbind.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use mio::Token;
use serde_json::{Value, json};
use smpp::{Address, MessageState, ShortMessage, Validity};

use super::args::Args;
use super::bind::Binding;
use super::campaign::{Campaign, Receipted, name, retry_at};
use super::plan::{interleave, render};
use super::talk::News;
use crate::body::Body;
use crate::clock;
use crate::failure::{Doing, Failure};
use crate::report::Report;

/// Runs an ESME; true if everything it waited for came.
pub(crate) fn run(args: &Args) -> Result<bool, Failure> {
    let now = clock::now();
    let password = args.secret.read()?.unwrap_or_default();
    let mut body = Body::new(now, args.lifetime).doing(|| "wait for events".to_owned())?;
    let mut esme = Esme::new(args, now);
    let mut bindings: Vec<Binding> = (0..args.binds)
        .flat_map(|_| args.kinds.iter())
        .enumerate()
        .map(|(index, kind)| Binding::new(kind.bind(), Token(index), now))
        .collect();
    loop {
        let now = clock::now();
        for binding in &mut bindings {
            let kind = binding.kind;
            let mut tell = |news: News<'_>| esme.handle(now, kind, news);
            binding.handle_time(now, args, body.registry(), &mut tell);
        }
        esme.drop_links(now, &mut bindings);
        let wake = esme.submit(now, &mut bindings);
        for binding in &mut bindings {
            let kind = binding.kind;
            binding.flush(now, args, &mut |news| esme.handle(now, kind, news));
        }
        esme.report.flush();
        if esme.unbound(now, body.is_over(now), &mut bindings) {
            break;
        }
        let sessions = bindings.iter().filter_map(Binding::poll_timeout).min();
        let wake = [wake, sessions, esme.leave_by].into_iter().flatten().min();
        let ready = body.wait(wake).doing(|| "wait for events".to_owned())?;
        let now = clock::now();
        for token in ready {
            let Some(binding) = bindings.get_mut(token.0) else { continue };
            let kind = binding.kind;
            let mut tell = |news: News<'_>| esme.handle(now, kind, news);
            binding.handle_ready(now, args, &password, &mut tell);
        }
    }
    let ok = esme.is_complete();
    esme.report.summary(clock::now(), ok, esme.summary());
    Ok(ok)
}

struct Esme<'a> {
    args: &'a Args,
    /// The destination of each SMS.
    order: Vec<usize>,
    campaign: Campaign,
    report: Report,
    /// When the first bind held, from which the rate counts.
    began: Option<Instant>,
    /// SMS written to a link, resends included.
    written: u64,
    /// Where the round of sessions goes on.
    turn: usize,
    binds: u64,
    lost: u64,
    refused_binds: BTreeMap<String, u64>,
    messages: u64,
    /// When we stop waiting for the answers to our unbinds.
    leave_by: Option<Instant>,
    dropped: bool,
}

impl<'a> Esme<'a> {
    fn new(args: &'a Args, now: Instant) -> Self {
        let order = interleave(&args.to);
        Self {
            args,
            campaign: Campaign::new(order.len()),
            order,
            report: Report::to_stdout("esme", args.report, now),
            began: None,
            written: 0,
            turn: 0,
            binds: 0,
            lost: 0,
            refused_binds: BTreeMap::new(),
            messages: 0,
            leave_by: None,
            dropped: false,
        }
    }

    fn handle(&mut self, now: Instant, kind: smpp::BindKind, news: News<'_>) {
        match news {
            News::Bound { system_id } => {
                self.binds += 1;
                self.began.get_or_insert(now);
                self.report.event(
                    now,
                    "bound",
                    || json!({"kind": kind.to_string(), "system_id": show(system_id)}),
                );
            }
            News::Refused(status) => {
                *self.refused_binds.entry(name(status)).or_default() += 1;
                self.report.event(now, "bind_refused", || json!({"status": name(status)}));
            }
            News::Accepted(n, id) => {
                self.campaign.handle_accepted(n, id);
                self.tell_response(now, n, "ESME_ROK", id);
            }
            News::Rejected(n, status) => {
                let retry = self.args.retry_refused.then(|| retry_at(status, now)).flatten();
                self.campaign.handle_refused(n, status, retry);
                self.tell_response(now, n, &name(status), b"");
            }
            News::Receipt(receipt) => {
                let state = receipt.state.unwrap_or(MessageState::Unknown);
                let known = self.campaign.handle_receipt(receipt.id, state);
                let (what, n) = match known {
                    Receipted::Expected(n) => ("receipt", Some(n)),
                    Receipted::Intermediate(n) => ("receipt_intermediate", Some(n)),
                    Receipted::Duplicate(n) => ("receipt_duplicate", Some(n)),
                    Receipted::Unnamed => ("receipt_unnamed", None),
                };
                let n = n.map(|n| n.wrapping_add(self.args.first));
                self.report.event(now, what, || {
                    let (id, err) = (show(receipt.id), show(receipt.err));
                    json!({"n": n, "id": id, "stat": state.word(), "err": err})
                });
            }
            News::Message(message) => {
                self.messages += 1;
                self.report.event(now, "message", || {
                    let (from, to) = (message.source.to_string(), message.destination.to_string());
                    json!({"from": from, "to": to, "octets": message.payload().len()})
                });
            }
            News::Lost { why, for_good } => {
                self.lost += 1;
                self.report.event(now, "lost", || json!({"why": why, "for_good": for_good}));
            }
            News::Unanswered(n) => self.campaign.handle_lost(n),
        }
    }

    fn tell_response(&mut self, now: Instant, n: u32, status: &str, id: &[u8]) {
        let number = self.order.get(n as usize).and_then(|index| self.args.to.get(*index));
        let to = number.map(|destination| destination.number.as_str());
        let n = n.wrapping_add(self.args.first);
        self.report.event(
            now,
            "submit_resp",
            || json!({"n": n, "to": to, "status": status, "id": show(id)}),
        );
    }

    /// Breaks all links once, when as many responses came as were asked for.
    fn drop_links(&mut self, now: Instant, bindings: &mut [Binding]) {
        let due = self
            .args
            .drop_after
            .is_some_and(|after| !self.dropped && self.campaign.totals().accepted >= after);
        if due {
            self.dropped = true;
            for binding in bindings {
                let (kind, args) = (binding.kind, self.args);
                binding.lose(now, args, "dropped as told", &mut |news| {
                    self.handle(now, kind, news);
                });
            }
        }
    }

    /// Submits what windows and rate allow; returns when there will be more to do.
    fn submit(&mut self, now: Instant, bindings: &mut [Binding]) -> Option<Instant> {
        let began = self.began?;
        let mut idle = 0;
        while idle < bindings.len() && self.leave_by.is_none() {
            if let Some(at) = self.next_by_rate(began)
                && at > now
            {
                return Some(at);
            }
            let index = self.turn % bindings.len();
            self.turn += 1;
            let binding = &mut bindings[index];
            if !binding.has_room() {
                idle += 1;
                continue;
            }
            let Some(n) = self.campaign.next(now) else {
                return self.campaign.poll_timeout();
            };
            if self.submit_one(now, n, binding) {
                self.written += 1;
                idle = 0;
            } else {
                self.campaign.handle_lost(n);
            }
        }
        self.campaign.poll_timeout()
    }

    /// When the rate allows the next SMS.
    fn next_by_rate(&self, began: Instant) -> Option<Instant> {
        let rate = self.args.rate.filter(|rate| *rate > 0.0)?;
        Some(began + Duration::from_secs_f64(self.written as f64 / rate))
    }

    fn submit_one(&self, now: Instant, n: u32, binding: &mut Binding) -> bool {
        let args = self.args;
        let destination = &args.to[self.order[n as usize]];
        let mut octets = Vec::new();
        let text = render(&args.text, n.wrapping_add(args.first));
        let alphabet = text::encode_smallest(&text, &mut octets);
        let validity = Validity::Relative(Duration::from_secs(args.validity)).format();
        let message = ShortMessage {
            source: Address {
                ton: args.source_ton,
                npi: args.source_npi,
                addr: args.source.as_bytes(),
            },
            destination: Address {
                ton: args.dest_ton,
                npi: args.dest_npi,
                addr: destination.number.as_bytes(),
            },
            validity_period: if args.validity > 0 { &validity } else { b"" },
            registered_delivery: args.registered_delivery,
            data_coding: alphabet.data_coding().unwrap_or_default(),
            short_message: &octets,
            ..ShortMessage::default()
        };
        binding.submit(now, n, &message)
    }

    /// Whether the last session has ended; says goodbye when there is nothing left to wait for.
    fn unbound(&mut self, now: Instant, over: bool, bindings: &mut [Binding]) -> bool {
        let done = over || self.report.is_broken() || (self.is_complete() && self.has_a_purpose());
        if done && self.leave_by.is_none() {
            self.leave_by = Some(now + GOODBYE);
            for binding in bindings.iter_mut() {
                binding.unbind(now);
                let kind = binding.kind;
                binding.flush(now, self.args, &mut |news| self.handle(now, kind, news));
            }
        }
        bindings.iter().all(Binding::is_gone) || self.leave_by.is_some_and(|by| by <= now)
    }

    /// Whether there is something whose arrival ends the run.
    fn has_a_purpose(&self) -> bool {
        !self.order.is_empty() || self.args.until_count.is_some()
    }

    fn is_complete(&self) -> bool {
        if let Some(count) = self.args.until_count {
            let receipts: u64 = self.campaign.unmatched();
            return receipts + self.messages >= count;
        }
        let asked = self.args.registered_delivery & 0x03 == 0x01;
        let receipts = asked && !self.args.no_wait_receipts;
        let bound = self.binds > 0;
        bound && self.campaign.unanswered() == 0 && (!receipts || self.campaign.unreceipted() == 0)
    }

    fn summary(&self) -> Value {
        let totals = self.campaign.totals();
        json!({
            "system_id": self.args.system_id,
            "planned": self.order.len(),
            "submitted": totals.submitted,
            "accepted": totals.accepted,
            "refused": totals.refused,
            "unanswered": self.campaign.unanswered(),
            "resent": totals.resent,
            "retried": totals.retried,
            "ids_twice": totals.ids_twice,
            "receipts": totals.receipts,
            "receipts_missing": self.campaign.unreceipted(),
            "receipts_twice": totals.receipts_twice,
            "receipts_early": totals.receipts_early,
            "receipts_intermediate": totals.receipts_intermediate,
            "receipts_unmatched": self.campaign.unmatched(),
            "messages": self.messages,
            "binds": self.binds,
            "binds_refused": self.refused_binds,
            "reconnects": self.binds.saturating_sub(
                u64::from(self.args.binds) * self.args.kinds.len() as u64
            ),
            "lost": self.lost,
        })
    }
}

fn show(octets: &[u8]) -> String {
    octets.escape_ascii().to_string()
}

/// How long we wait for the answer to an unbind.
const GOODBYE: Duration = Duration::from_secs(2);
