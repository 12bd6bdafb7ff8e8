//! What everything must come to, by promises.md alone: no code of control has a part in it.

use std::collections::{BTreeMap, BTreeSet};

use routing::journal::Record;
use routing::{AckLevel, ChargeOn, Sms, State};

/// What the journals of a node say of the Sms that somebody pays for, by id.
#[derive(Debug, Default)]
pub struct Expected {
    /// The Sms, and how it ended first.
    pub sms: BTreeMap<String, (Box<Sms>, Option<State>)>,
    /// What a next hop took.
    pub taken: BTreeSet<String>,
}

impl Expected {
    /// The fold over a node's journals, in whatever order they are read.
    pub fn of(records: impl Iterator<Item = Record>) -> Self {
        let (mut accepted, mut ended) = (BTreeMap::new(), BTreeMap::<_, (u64, State)>::new());
        let mut taken = BTreeSet::new();
        for record in records {
            match record {
                Record::Taken(one) => {
                    taken.insert(one.id.to_string());
                }
                Record::Accept(sms) => {
                    accepted.entry(sms.id.to_string()).or_insert(sms);
                }
                Record::Outcome(one) => {
                    let first = ended.entry(one.id.to_string()).or_insert((one.at_ns, one.state));
                    if one.at_ns < first.0 {
                        *first = (one.at_ns, one.state);
                    }
                }
                _ => {}
            }
        }
        let end = |id: &String| ended.get(id).map(|(_, state)| *state);
        let with_end = |(id, sms): (String, Box<Sms>)| (id.clone(), (sms, end(&id)));
        Self { sms: accepted.into_iter().map(with_end).collect(), taken }
    }

    /// What each Sms of a carrier is charged and keeps being charged, in millionths; those that are
    /// not are left out.
    pub fn kept(&self, carrier: u32, on: ChargeOn) -> BTreeMap<String, i64> {
        let mut charged = self.charged(carrier, on);
        charged.retain(|id, _| !self.is_given_back(id));
        charged
    }

    /// Did it end so that a charge is given back?
    pub fn is_given_back(&self, id: &str) -> bool {
        let (sms, end) = &self.sms[id];
        end.is_some_and(|end| sms.charge.refund.is_after(end))
    }

    /// What each Sms of a carrier is charged, in millionths; those that are not are left out.
    pub fn charged(&self, carrier: u32, on: ChargeOn) -> BTreeMap<String, i64> {
        let owes = |id: &String, sms: &Sms, end: Option<State>| {
            let success = matches!(end, Some(State::Delivered | State::Accepted));
            match (on, sms.ack) {
                (ChargeOn::Delivered, _) => end == Some(State::Delivered),
                // Who waits for the outcome has a positive answer when it is a success.
                (ChargeOn::Accepted | ChargeOn::Submitted, AckLevel::Delivered) => success,
                (ChargeOn::Accepted, AckLevel::Durable | AckLevel::Memory) => true,
                (ChargeOn::Submitted, AckLevel::Durable | AckLevel::Memory) => {
                    success || self.taken.contains(id)
                }
            }
        };
        let is_ours = |sms: &Sms| sms.payer() == Some(carrier);
        let ours = self.sms.iter().filter(|(id, (sms, end))| is_ours(sms) && owes(id, sms, *end));
        ours.map(|(id, (sms, _))| (id.clone(), sms.charge.amount_micros)).collect()
    }
}
