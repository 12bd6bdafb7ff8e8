//! What a shard is told of its past, while it lets peers bind already.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::vec::IntoIter;

use routing::journal::{Contacts, Doubt, Final, Open, Orphan, Spent};
use routing::{Ingress, Sms};
use shard::Input;

use crate::journal::{Recovered, Writer};

/// What a node read for a shard, and where the shard goes on writing.
#[derive(Debug)]
pub struct Past {
    /// Its journal.
    pub journal: Writer,
    /// What it must know again.
    pub recovered: Recovered,
    /// Links that did not die with the process before this one.
    pub survivors: Arc<Survivors>,
}

/// Links of a node that live on, and since when each is there: what was answered there is in no
/// doubt, for the answer is read.
#[derive(Debug, Default)]
pub struct Survivors(pub BTreeMap<u64, u64>);

impl Survivors {
    fn has_answered(&self, sms: &Sms) -> bool {
        let (Ingress::Smpp { link, .. } | Ingress::Connection { link, .. }) = &sms.ingress else {
            return false;
        };
        self.0.get(link).is_some_and(|since_ns| sms.accepted_ns >= *since_ns)
    }
}

/// What is recovered as inputs: contacts before those whom they reach,
/// receipts before what they may be about, and the end of it last.
#[derive(Debug)]
pub(crate) struct Memories {
    contacts: IntoIter<Contacts>,
    spent: Vec<Spent>,
    finals: Vec<Final>,
    doubts: Vec<Doubt>,
    orphans: Vec<Orphan>,
    flights: IntoIter<Open>,
    /// Those that are open come before their turn if they were changed since.
    doubtful: VecDeque<Box<Sms>>,
    survivors: Arc<Survivors>,
    is_over: bool,
}

impl Memories {
    pub(crate) fn of(recovered: Recovered, survivors: Arc<Survivors>) -> Self {
        let Recovered { flights, doubtful, doubts, orphans, contacts, finals, spent } = recovered;
        Self {
            contacts: contacts.into_iter(),
            spent,
            finals,
            doubts,
            orphans,
            flights: flights.into_iter(),
            doubtful: doubtful.into(),
            survivors,
            is_over: false,
        }
    }
}

impl Iterator for Memories {
    type Item = Input<'static>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(contacts) = self.contacts.next() {
            return Some(Input::Known(contacts));
        }
        if !self.spent.is_empty() {
            return Some(Input::Spent(std::mem::take(&mut self.spent)));
        }
        if !self.finals.is_empty() {
            return Some(Input::Finals(std::mem::take(&mut self.finals)));
        }
        if !self.doubts.is_empty() {
            return Some(Input::Doubted(std::mem::take(&mut self.doubts)));
        }
        if !self.orphans.is_empty() {
            return Some(Input::Orphans(std::mem::take(&mut self.orphans)));
        }
        if let Some(open) = self.flights.next() {
            let (mut flight, before) = open.thaw();
            self.doubtful.extend(before);
            flight.doubted &= !self.survivors.has_answered(&flight.sms);
            return Some(Input::Recovered(Box::new(flight)));
        }
        while let Some(sms) = self.doubtful.pop_front() {
            if !self.survivors.has_answered(&sms) {
                return Some(Input::Doubtful(sms));
            }
        }
        (!std::mem::replace(&mut self.is_over, true)).then_some(Input::Recovering(false))
    }
}
