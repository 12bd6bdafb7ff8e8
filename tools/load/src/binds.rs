//! The binds of a carrier, and which of them has the next SMS.

use std::net::SocketAddr;

use mio::{Poll, Registry, Token};

use crate::args::{Esme, Load, Numbers};
use crate::bind::{Bind, Broken};
use crate::clock::SECOND;
use crate::failure::{Doing, Failure};
use crate::ledger::Ledger;
use crate::mark::Marks;
use crate::template::{Carried, Template};

/// All binds of a run, and what they submit.
#[derive(Debug)]
pub(crate) struct Binds {
    esme: Esme,
    password: String,
    count: u16,
    window: u32,
    template: Template,
    binds: Vec<Bind>,
    /// Where connections are waited for.
    registry: Option<Registry>,
    /// When the first of them was made.
    began_ns: Option<u64>,
    /// Those that broke and were not told of yet, if they are made again.
    lost: Vec<u16>,
    /// Where the round of binds goes on.
    turn: usize,
}

impl Binds {
    /// The binds a run asks for; none is made yet.
    pub(crate) fn new(
        esme: &Esme,
        load: &Load,
        numbers: Numbers,
        marks: Marks,
    ) -> Result<Self, Failure> {
        Ok(Self {
            esme: esme.clone(),
            password: esme.secret.read()?.unwrap_or_default(),
            count: load.binds,
            window: load.window,
            template: Template::new(load, numbers, marks, Carried::Submit),
            binds: Vec::new(),
            registry: None,
            began_ns: None,
            lost: Vec::new(),
            turn: 0,
        })
    }

    /// Tokens they need.
    pub(crate) fn tokens(&self) -> usize {
        self.count.into()
    }

    /// From now on they connect, one after the other.
    pub(crate) fn connect(&mut self, poll: &Poll) -> Result<(), Failure> {
        let doing = || format!("connect to {}", self.esme.connect);
        self.registry = Some(poll.registry().try_clone().doing(doing)?);
        Ok(())
    }

    /// Who listens does not let any number of strangers stand in the door.
    fn connect_more(&mut self, now_ns: u64) -> std::io::Result<()> {
        let Some(registry) = &self.registry else { return Ok(()) };
        if self.esme.persist {
            for (index, bind) in self.binds.iter_mut().enumerate() {
                if bind.may_connect_again(now_ns) {
                    *bind = Bind::connect(&self.esme, registry, Token(index))?;
                }
            }
        }
        let unbound = self.binds.iter().filter(|bind| bind.is_coming()).count();
        let since_ns = now_ns - *self.began_ns.get_or_insert(now_ns);
        let due = match self.esme.bind_rate {
            Some(rate) => 1 + (since_ns * u64::from(rate) / SECOND) as usize,
            None => self.tokens(),
        };
        let due = due.min(self.tokens());
        let more = UNBOUND_MAX.saturating_sub(unbound).min(due.saturating_sub(self.binds.len()));
        for _ in 0..more {
            let token = Token(self.binds.len());
            self.binds.push(Bind::connect(&self.esme, registry, token)?);
        }
        Ok(())
    }

    /// Notes that a bind broke. One that is made again is told of by [`Self::take_lost`].
    fn lose(&mut self, index: usize, why: Broken, now_ns: u64) -> Result<(), Broken> {
        self.binds[index].lose(now_ns);
        if self.esme.persist {
            self.lost.push(index as u16);
            return Ok(());
        }
        Err(why)
    }

    /// Whose SMS without an answer are to be submitted again.
    pub(crate) fn take_lost(&mut self) -> Vec<u16> {
        std::mem::take(&mut self.lost)
    }

    /// Whether what breaks is made again.
    pub(crate) const fn persists(&self) -> bool {
        self.esme.persist
    }

    /// Where the binds lead.
    pub(crate) fn remote(&self) -> SocketAddr {
        self.esme.connect
    }

    /// How many hold.
    pub(crate) fn bound(&self) -> usize {
        self.binds.iter().filter(|bind| bind.is_bound()).count()
    }

    /// Whether all hold.
    pub(crate) fn is_ready(&self) -> bool {
        self.bound() == self.tokens()
    }

    /// Submits SMS `id` over the next bind that has room, and says which; `None` if none has.
    pub(crate) fn submit(&mut self, id: u32) -> Option<u16> {
        for _ in 0..self.binds.len() {
            let index = self.turn;
            self.turn = if index + 1 == self.binds.len() { 0 } else { index + 1 };
            let bind = &mut self.binds[index];
            if bind.is_bound() && bind.in_flight < self.window {
                bind.submit(id, &self.template);
                return Some(index as u16);
            }
        }
        None
    }

    /// Writes what is due; tells what broke.
    pub(crate) fn flush(&mut self, now_ns: u64, broken: &mut Vec<Broken>) {
        if let Err(why) = self.connect_more(now_ns) {
            broken.push(why.into());
        }
        for index in 0..self.binds.len() {
            if let Err(why) = self.binds[index].flush() {
                broken.extend(self.lose(index, why, now_ns).err());
            }
        }
    }

    /// A bind has news.
    pub(crate) fn handle_ready(
        &mut self,
        token: usize,
        closing: bool,
        now_ns: u64,
        marks: &Marks,
        ledger: &mut Ledger,
    ) -> Result<(), Broken> {
        let (esme, password) = (&self.esme, self.password.as_str());
        let Some(bind) = self.binds.get_mut(token) else { return Ok(()) };
        let outcome = bind.handle_ready(closing, now_ns, esme, password, marks, ledger);
        outcome.or_else(|why| self.lose(token, why, now_ns))
    }

    /// Octets of one SMS.
    pub(crate) fn octets(&self) -> usize {
        self.template.len()
    }

    /// Says goodbye.
    pub(crate) fn leave(&mut self) {
        self.binds.iter_mut().for_each(Bind::unbind);
    }
}

/// Connections of ours that are not bound yet, at most.
const UNBOUND_MAX: usize = 32;
