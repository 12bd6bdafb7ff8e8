//! What a shard is told of its past, while it lets peers bind already.

use std::collections::VecDeque;
use std::vec::IntoIter;

use routing::Sms;
use routing::journal::{Contacts, Final, Open, Spent};
use shard::Input;

use crate::journal::{Recovered, Writer};

/// What a node read for a shard, and where the shard goes on writing.
#[derive(Debug)]
pub struct Past {
    /// Its journal.
    pub journal: Writer,
    /// What it must know again.
    pub recovered: Recovered,
}

/// What is recovered as inputs: contacts before those whom they reach, and the end of it last.
#[derive(Debug)]
pub(crate) struct Memories {
    contacts: IntoIter<Contacts>,
    spent: Vec<Spent>,
    finals: Vec<Final>,
    flights: IntoIter<Open>,
    /// Those that are open come before their turn if they were changed since.
    doubtful: VecDeque<Box<Sms>>,
    is_over: bool,
}

impl Memories {
    pub(crate) fn of(recovered: Recovered) -> Self {
        let Recovered { flights, doubtful, contacts, finals, spent } = recovered;
        Self {
            contacts: contacts.into_iter(),
            spent,
            finals,
            flights: flights.into_iter(),
            doubtful: doubtful.into(),
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
        if let Some(open) = self.flights.next() {
            let (flight, before) = open.thaw();
            self.doubtful.extend(before);
            return Some(Input::Recovered(Box::new(flight)));
        }
        if let Some(sms) = self.doubtful.pop_front() {
            return Some(Input::Doubtful(sms));
        }
        (!std::mem::replace(&mut self.is_over, true)).then_some(Input::Recovering(false))
    }
}
