//! An SMSC's life: listen, answer, owe receipts and pay them.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use mio::net::TcpListener;
use mio::{Interest, Token};
use serde_json::{Value, json};
use smpp::{Bind, ShortMessage, Status, tlv::tag};

use super::args::Args;
use super::behaviour::{Behaviour, Decision};
use super::receipts::{Debts, Owed};
use super::session::{Esme, Keep, News};
use crate::body::Body;
use crate::clock;
use crate::failure::{Doing, Failure};
use crate::report::Report;
use crate::script::Script;

/// Runs an SMSC; true unless it was to count and did not get that far.
pub(crate) fn run(args: &Args) -> Result<bool, Failure> {
    let now = clock::now();
    let mut body = Body::new(now, args.lifetime).doing(|| "wait for events".to_owned())?;
    let mut listener =
        TcpListener::bind(args.listen).doing(|| format!("listen on {}", args.listen))?;
    body.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)
        .doing(|| "wait for connections".to_owned())?;
    let mut smsc = Smsc::new(args, now)?;
    let local = listener.local_addr().doing(|| "learn the port".to_owned())?;
    smsc.report.event(now, "listening", || json!({"address": local.to_string()}));
    let mut esmes: BTreeMap<usize, Esme> = BTreeMap::new();
    loop {
        let now = clock::now();
        smsc.pay(now, &mut esmes);
        esmes.retain(|token, esme| {
            let mut tell = |esme: &mut Esme, news: News<'_>| smsc.handle(now, *token, esme, news);
            esme.handle_time(now, &mut tell) == Keep::Yes && esme.flush(&mut tell) == Keep::Yes
        });
        smsc.report.flush();
        if body.is_over(now) || smsc.is_complete() || smsc.report.is_broken() {
            break;
        }
        let sessions = esmes.values().filter_map(Esme::poll_timeout).min();
        let wake = [sessions, smsc.poll_timeout(now)].into_iter().flatten().min();
        let ready = body.wait(wake).doing(|| "wait for events".to_owned())?;
        let now = clock::now();
        for token in ready {
            if token == LISTENER {
                smsc.accept(now, &listener, &body, &mut esmes);
            } else if let Some(esme) = esmes.get_mut(&token.0) {
                let mut tell =
                    |esme: &mut Esme, news: News<'_>| smsc.handle(now, token.0, esme, news);
                if esme.handle_ready(now, args, &mut tell) == Keep::No {
                    esmes.remove(&token.0);
                }
            }
        }
    }
    let ok = args.until_count.is_none() || smsc.is_complete();
    smsc.report.summary(clock::now(), ok, smsc.summary());
    Ok(ok)
}

/// An answer whose time is to come.
struct Answer {
    at: Instant,
    token: usize,
    sequence: u32,
    status: Status,
    id: String,
}

struct Smsc<'a> {
    args: &'a Args,
    password: Option<String>,
    bind_status: Script<Status>,
    behaviour: Behaviour,
    /// Soonest first, since all take equally long.
    answers: VecDeque<Answer>,
    debts: Debts,
    report: Report,
    next_token: usize,
    binds: u64,
    binds_refused: u64,
    lost: u64,
}

impl<'a> Smsc<'a> {
    fn new(args: &'a Args, now: Instant) -> Result<Self, Failure> {
        Ok(Self {
            args,
            password: args.secret.read()?,
            bind_status: args.bind_status.clone(),
            behaviour: Behaviour::new(args),
            answers: VecDeque::new(),
            debts: Debts::default(),
            report: Report::to_stdout("smsc", args.report, now),
            next_token: 1,
            binds: 0,
            binds_refused: 0,
            lost: 0,
        })
    }

    fn accept(
        &mut self,
        now: Instant,
        listener: &TcpListener,
        body: &Body,
        esmes: &mut BTreeMap<usize, Esme>,
    ) {
        while let Ok((stream, peer)) = listener.accept() {
            let token = self.next_token;
            self.next_token += 1;
            match Esme::accept(now, stream, self.args, body.registry(), Token(token)) {
                Ok(esme) => {
                    self.report.event(
                        now,
                        "connected",
                        || json!({"peer_address": peer.to_string()}),
                    );
                    esmes.insert(token, esme);
                }
                Err(error) => {
                    self.report.event(now, "lost", || json!({"why": error.to_string()}));
                }
            }
        }
    }

    fn handle(&mut self, now: Instant, token: usize, esme: &mut Esme, news: News<'_>) -> Keep {
        match news {
            News::Bind(sequence, bind) => self.handle_bind(now, esme, sequence, &bind),
            News::Submit(sequence, message) => {
                return self.handle_submit(now, token, esme, sequence, &message);
            }
            News::Answered(number, positive) => {
                self.debts.settle(number, positive);
                self.report.event(now, "receipt_resp", || json!({"positive": positive}));
            }
            News::Unanswered(number) => self.debts.unsettle(number),
            News::Lost(why) => {
                self.lost += 1;
                self.answers.retain(|answer| answer.token != token);
                self.report.event(now, "lost", || json!({"why": why}));
            }
        }
        Keep::Yes
    }

    fn handle_bind(&mut self, now: Instant, esme: &mut Esme, sequence: u32, bind: &Bind<'_>) {
        let known = self.args.user.as_ref().is_none_or(|user| user.as_bytes() == bind.system_id);
        let password = self.password.as_ref();
        let right = password.is_none_or(|password| password.as_bytes() == bind.password);
        let status = match (known, right) {
            (false, _) => Status::RINVSYSID,
            (true, false) => Status::RINVPASWD,
            (true, true) => self.bind_status.next(),
        };
        *(if status.is_ok() { &mut self.binds } else { &mut self.binds_refused }) += 1;
        esme.answer_bind(now, sequence, bind, status, &self.args.system_id);
        self.report.event(now, "bind", || {
            let system_id = bind.system_id.escape_ascii().to_string();
            let kind = bind.kind.to_string();
            json!({"system_id": system_id, "kind": kind, "status": status.to_string()})
        });
    }

    fn handle_submit(
        &mut self,
        now: Instant,
        token: usize,
        esme: &mut Esme,
        sequence: u32,
        message: &ShortMessage<'_>,
    ) -> Keep {
        let decision = self.behaviour.decide(message);
        self.report.event(now, "submit", || describe(message, &decision));
        let at = now + Duration::from_millis(self.args.delay);
        let (status, id) = match decision {
            Decision::Close => return Keep::No,
            Decision::Mute => return Keep::Yes,
            Decision::Refuse(status) => (status, String::new()),
            Decision::Take { id, receipt } => {
                if let Some(state) = receipt {
                    let address =
                        |from: &smpp::Address<'_>| (from.ton, from.npi, from.addr.to_vec());
                    self.debts.owe(Owed {
                        at: at + Duration::from_millis(self.args.receipt_delay),
                        system_id: esme.system_id.clone(),
                        source: address(&message.source),
                        destination: address(&message.destination),
                        id: id.receipt,
                        state,
                        submitted: clock::unix_secs(),
                        text: message.payload().to_vec(),
                    });
                }
                (Status::ROK, id.response)
            }
        };
        if self.args.delay == 0 {
            esme.answer_submit(sequence, status, &id);
        } else {
            self.answers.push_back(Answer { at, token, sequence, status, id });
        }
        Keep::Yes
    }

    /// Sends the answers and receipts whose time has come.
    fn pay(&mut self, now: Instant, esmes: &mut BTreeMap<usize, Esme>) {
        while self.answers.front().is_some_and(|answer| answer.at <= now) {
            let Some(answer) = self.answers.pop_front() else { break };
            if let Some(esme) = esmes.get_mut(&answer.token) {
                esme.answer_submit(answer.sequence, answer.status, &answer.id);
            }
        }
        let ready = |esme: &Esme, id: &[u8]| esme.system_id == id && esme.can_take();
        while let Some((number, owed)) =
            self.debts.next(now, |id| esmes.values().any(|esme| ready(esme, id)))
        {
            let esme = esmes.values_mut().find(|esme| ready(esme, &owed.system_id));
            let sent = esme.is_some_and(|esme| esme.send_receipt(now, number, &owed));
            if !sent {
                self.debts.unsettle(number);
                break;
            }
            self.report.event(now, "receipt", || json!({"id": owed.id, "stat": owed.state.word()}));
        }
    }

    fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let answer = self.answers.front().map(|answer| answer.at);
        [answer, self.debts.poll_timeout(now)].into_iter().flatten().min()
    }

    fn is_complete(&self) -> bool {
        let count = self.args.until_count;
        let settled = self.answers.is_empty() && self.debts.open() == 0;
        settled && count.is_some_and(|count| self.behaviour.taken >= count)
    }

    fn summary(&self) -> Value {
        let behaviour = &self.behaviour;
        json!({
            "binds": self.binds,
            "binds_refused": self.binds_refused,
            "submits": behaviour.submits,
            "accepted": behaviour.taken,
            "accepted_twice": behaviour.twice,
            "refused": behaviour.refused,
            "muted": behaviour.muted,
            "receipts_sent": self.debts.sent,
            "receipts_answered": self.debts.answered,
            "receipts_refused": self.debts.refused,
            "receipts_open": self.debts.open(),
            "lost": self.lost,
        })
    }
}

/// What an event says about a submit_sm and what was decided.
fn describe(message: &ShortMessage<'_>, decision: &Decision) -> Value {
    let mut text = String::new();
    let alphabet = text::Coding::of(message.data_coding).alphabet;
    let readable =
        !message.has_udh() && text::decode_to(alphabet, message.payload(), &mut text).is_ok();
    let (status, id) = match decision {
        Decision::Close => ("closed".to_owned(), None),
        Decision::Mute => ("muted".to_owned(), None),
        Decision::Refuse(status) => (status.to_string(), None),
        Decision::Take { id, .. } => ("ESME_ROK".to_owned(), Some(&id.response)),
    };
    json!({
        "from": message.source.to_string(),
        "to": message.destination.to_string(),
        "text": readable.then_some(text),
        "octets": message.payload().len(),
        "registered_delivery": message.registered_delivery,
        "hops": message.tlvs.get_u8(tag::HOP_COUNT),
        "status": status,
        "id": id,
    })
}

const LISTENER: Token = Token(0);
