//! A node: its shards, their disks, and the body that the world is to them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use routing::board::Page;
use routing::journal::{Contacts, Doubt, Final, Flight, Orphan, Record, Recovery, Restored, Spent};
use routing::{MessageId, Paid, Sms, Tap, Target, home};
use shard::{
    Adopted, Config, Entry, Handed, Input, LinkId, Mail, Output, Plug, Shard, ShardId, Sighting,
    SocketId, Speaks, Transport, Unlink,
};

use crate::attic::Attic;
use crate::base::Base;
use crate::disk::Disk;
use crate::model::{GATEWAY, address};
use crate::net::{Event, Net, Place, US};
use crate::upgrade::Legacy;
use crate::watch::Watch;

/// A node, serving or down.
#[derive(Debug)]
pub struct Node {
    /// Its place in the world.
    pub at: usize,
    /// Its environment, which is also its name.
    pub name: String,
    /// Where it listens for SMPP.
    pub smpp: SocketAddr,
    /// Where it listens for SIP.
    pub sip: SocketAddr,
    /// How many shards it starts with.
    pub shards: u8,
    /// Which start this is.
    pub life: u32,
    /// What it obeys.
    pub plan: Option<Adopted>,
    /// What carriers paid.
    paid: Vec<Paid>,
    /// Empty while it is down.
    pub cores: Vec<Core>,
    /// The journals, also of shards it no longer has.
    pub disks: Vec<Disk>,
    base: Base,
    /// When it has read its journals.
    reads_until: u64,
    /// What its octets betray.
    pub watch: Watch,
    /// What it told its operator, with the moment.
    pub notes: Vec<(u64, String)>,
    /// What its shards have shown.
    pub seen: Vec<Sighting>,
    /// How many of its shards have drained.
    pub drained: usize,
    /// What the process before leaves to the next one.
    pub(crate) legacy: Legacy,
}

/// One shard and what its body remembers.
#[derive(Debug)]
pub struct Core {
    pub(crate) shard: Shard,
    pub(crate) pending: Vec<Given>,
    /// What it is told of the time before the start, a part in each turn.
    pub(crate) past: VecDeque<Given>,
    /// When that is durable, all is told that the life before left in doubt.
    told_upto: Option<u64>,
    turn_asked: bool,
    pub(crate) wires: BTreeMap<LinkId, u64>,
    pub(crate) links: BTreeMap<u64, LinkId>,
    /// Those of them that speak SIP.
    flows: BTreeSet<LinkId>,
    /// Where the node listens for SIP.
    sip: SocketAddr,
    pub(crate) next_link: u64,
    wake: Option<u64>,
    attic: Attic,
}

/// An input that waits for its turn.
#[derive(Debug)]
pub enum Given {
    /// See [`Input`]; the same for all.
    Adopted(Adopted),
    /// These messages are to be shown.
    Tapped(Arc<[Tap]>),
    /// Carriers paid this.
    Paid(Arc<[Paid]>),
    /// Octets of a wire.
    Bytes(u64, Vec<u8>),
    /// A datagram.
    Datagram(SocketAddr, Vec<u8>),
    /// A link is there: wire, link, our and its address. Even links were accepted.
    Linked(u64, LinkId, SocketAddr, SocketAddr),
    /// A link could not be had.
    Refused(LinkId),
    /// A wire is gone.
    Hangup(u64, Unlink),
    /// A link we closed is closed.
    Closed(LinkId, Unlink),
    /// Mail.
    Mail(ShardId, Box<Mail>),
    /// Durable.
    Recorded(u64),
    /// Not durable.
    NotRecorded,
    /// The disk is full, or has room again.
    Scarce(bool),
    /// There is more to come from before the restart, or that was all.
    Recovering(bool),
    /// From before the restart.
    Recovered(Box<Flight>),
    /// From before the restart.
    Doubtful(Box<Sms>),
    /// From before the restart.
    Doubted(Doubt),
    /// From before the restart.
    Orphan(Orphan),
    /// From before the restart.
    Ended(Final),
    /// What a carrier had spent.
    Spent(Spent),
    /// From before the restart.
    Known(Contacts),
    /// It is in the attic, or there was no room.
    Stowed(MessageId, bool),
    /// What stood in the attic, if it could be read.
    Fetched(MessageId, Option<Vec<u8>>),
    /// The moment asked for.
    Time,
    /// Begin nothing: another process goes on soon.
    Pause,
    /// It goes on now.
    Freeze,
    /// A link of the process before.
    Handed(Box<Handed>),
    /// Stop.
    Stop,
}

impl Node {
    /// A node that was never started.
    pub fn new(at: usize, name: &str, smpp: &str, sip: &str, shards: u8) -> Self {
        Self {
            at,
            name: name.to_owned(),
            smpp: address(smpp),
            sip: address(sip),
            shards,
            life: 0,
            plan: None,
            paid: Vec::new(),
            cores: Vec::new(),
            disks: Vec::new(),
            base: Base::default(),
            reads_until: 0,
            watch: Watch::default(),
            notes: Vec::new(),
            seen: Vec::new(),
            drained: 0,
            legacy: Legacy::default(),
        }
    }

    /// Does it serve?
    pub fn is_up(&self) -> bool {
        !self.cores.is_empty()
    }

    /// Starts as the body does: the plan, then what the journals know, each to its home.
    pub fn start(&mut self, net: &mut Net) {
        self.life += 1;
        self.drained = 0;
        let legacy = std::mem::take(&mut self.legacy);
        self.watch.answers_lost |= self.life > 1 && !legacy.is_whole;
        let moment = net.moment();
        self.disks.resize_with(self.disks.len().max(usize::from(self.shards)), Disk::default);
        // Its thread has folded some of the volumes while the node ran, who knows how many.
        let choice = u64::from(self.life) + net.moment().unix_ns / 1_000_000;
        self.base.fold(&self.disks, choice);
        let recovery = self.base.read(&self.disks);
        self.base.note(recovery.ended_ns(), self.shards);
        let Restored { flights, doubtful, doubts, orphans, contacts, finals, spent } =
            recovery.finish(DOUBT_NS);
        self.cores = (0..self.shards)
            .map(|number| Core {
                shard: self.shard(number, moment),
                pending: Vec::new(),
                past: VecDeque::new(),
                told_upto: None,
                turn_asked: false,
                wires: BTreeMap::new(),
                links: BTreeMap::new(),
                flows: BTreeSet::new(),
                sip: self.sip,
                next_link: 0,
                wake: None,
                attic: Attic::default(),
            })
            .collect();
        for shard in 0..self.shards {
            self.give(net, shard, Given::Recovering(true));
        }
        let survivors = self.take_over(net, legacy);
        if let Some(plan) = self.plan.clone() {
            self.adopt(net, plan);
        }
        for known in contacts {
            self.remind(home(known.account, self.shards), Given::Known(known));
        }
        for one in spent {
            self.remind(home(one.carrier, self.shards), Given::Spent(one));
        }
        for ended in finals {
            self.remind(ended.told.shard() % self.shards, Given::Ended(ended));
        }
        for doubt in doubts {
            let shards = self.shards;
            let concerned = (0..shards).filter(|shard| doubt.concerns(*shard, shards));
            concerned.for_each(|shard| self.remind(shard, Given::Doubted(doubt)));
        }
        for orphan in orphans {
            self.remind(home(orphan.connection, self.shards), Given::Orphan(orphan));
        }
        for mut flight in flights {
            flight.doubted &= !survivors.has_answered(&flight.sms);
            self.remind(self.owner(&flight.sms), Given::Recovered(Box::new(flight)));
        }
        for sms in doubtful.into_iter().filter(|sms| !survivors.has_answered(sms)) {
            self.remind(self.owner(&sms), Given::Doubtful(sms));
        }
        let is_new = self.disks.iter().all(|disk| disk.blocks() == 0);
        let reads = if is_new { 0 } else { net.faults.read_us * US };
        self.reads_until = net.now + reads;
        for shard in 0..self.shards {
            self.remind(shard, Given::Recovering(false));
            net.after(reads, Event::Turn { node: self.at, life: self.life, shard });
        }
    }

    /// A shard that knows what was paid.
    fn shard(&self, number: u8, moment: shard::Moment) -> Shard {
        let mut shard = Shard::new(self.config(number), moment);
        shard.handle(moment, Input::Paid(self.paid.as_slice().into()));
        shard
    }

    /// This was paid, and is known from its next start on, too.
    pub fn pay(&mut self, net: &mut Net, paid: &[Paid]) {
        self.paid = paid.to_vec();
        for shard in 0..self.cores.len() as u8 {
            self.give(net, shard, Given::Paid(paid.into()));
        }
    }

    /// Something from before the start: taken in when the journals are read.
    fn remind(&mut self, shard: u8, given: Given) {
        self.cores[usize::from(shard)].past.push_back(given);
    }

    /// Dies: what was not committed is lost, perhaps but the commit that was on its way.
    pub fn crash(&mut self, net: &mut Net) {
        self.cores.clear();
        for disk in &mut self.disks {
            let arrived = net.rng.permille(500);
            disk.crash(arrived).iter().for_each(|record| self.watch.durable(record));
        }
        let (at, life) = (self.at, self.life);
        let ours = |place: &Place| match place {
            Place::Shard { node, life: born, .. } => (*node, *born) == (at, life),
            _ => false,
        };
        for wire in net.wires_of(ours) {
            net.cut(wire);
            for end in 0..2 {
                if net.holder(wire, end).as_ref().is_some_and(ours) {
                    net.let_go(wire, end);
                }
            }
        }
    }

    /// Obeys a plan from now on, if it is up, and from its next start.
    pub fn adopt(&mut self, net: &mut Net, plan: Adopted) {
        self.plan = Some(plan.clone());
        for shard in 0..self.cores.len() as u8 {
            self.give(net, shard, Given::Adopted(plan.clone()));
        }
    }

    /// These messages are to be shown by every shard.
    pub fn tap(&mut self, net: &mut Net, taps: &[Tap]) {
        for shard in 0..self.cores.len() as u8 {
            self.give(net, shard, Given::Tapped(taps.into()));
        }
    }

    fn owner(&self, sms: &Sms) -> u8 {
        match sms.target {
            Target::Account(id) | Target::Connection { connection: id, .. } => {
                home(id, self.shards)
            }
        }
    }

    fn config(&self, number: u8) -> Config {
        let entry =
            |address, speaks| vec![Entry { environment: self.name.clone(), address, speaks }];
        Config {
            shard: ShardId(number),
            shards: self.shards,
            node: self.at as u8 + 1,
            system_id: self.name.clone(),
            streams: [
                entry(self.smpp, Speaks::Smpp),
                entry(self.sip, Speaks::Sip(Transport::Tcp)),
                entry(web(self.sip), Speaks::Sip(Transport::Ws)),
            ]
            .concat(),
            sip: entry(self.sip, Speaks::Sip(Transport::Udp)),
            key: [7; 32],
        }
    }

    /// Something for a shard: taken in at its next turn.
    pub fn give(&mut self, net: &mut Net, shard: u8, given: Given) {
        let (node, life) = (self.at, self.life);
        let Some(core) = self.cores.get_mut(usize::from(shard)) else { return };
        core.pending.push(given);
        if !std::mem::replace(&mut core.turn_asked, true) {
            let delay = net.some_us(net.faults.turn_us);
            net.after(delay, Event::Turn { node, life, shard });
        }
    }

    /// A link number for an accepted wire.
    pub fn accept(&mut self, shard: u8) -> u64 {
        let Some(core) = self.cores.get_mut(usize::from(shard)) else { return 0 };
        core.next_link += 2;
        core.next_link
    }

    /// The moment a shard asked for has come, if it still wants it.
    pub fn wake(&mut self, net: &mut Net, shard: u8) {
        let Some(core) = self.cores.get_mut(usize::from(shard)) else { return };
        if core.wake == Some(net.now) {
            core.wake = None;
            self.give(net, shard, Given::Time);
        }
    }

    /// A commit has ended.
    pub fn committed(&mut self, net: &mut Net, shard: u8) {
        let given = match self.disks[usize::from(shard)].committed() {
            Some((upto, records)) => {
                records.iter().for_each(|record| self.watch.durable(record));
                let core = self.cores.get_mut(usize::from(shard));
                if core.is_some_and(|core| core.told_upto.is_some_and(|told| told <= upto)) {
                    self.base.told(shard);
                }
                Given::Recorded(upto)
            }
            None => Given::NotRecorded,
        };
        if self.disks[usize::from(shard)].begin() {
            commit(net, self.at, self.life, shard);
        }
        self.give(net, shard, given);
    }

    /// A shard takes in what waits for it and says what it wants.
    pub fn turn(&mut self, net: &mut Net, shard: u8) {
        let Some(core) = self.cores.get_mut(usize::from(shard)) else { return };
        core.turn_asked = false;
        let moment = net.moment();
        for given in std::mem::take(&mut core.pending) {
            core.take(moment, given);
        }
        let remembers = net.now >= self.reads_until && !core.past.is_empty();
        if remembers {
            let part = core.past.len().min(PART);
            for given in core.past.drain(..part).collect::<Vec<_>>() {
                core.take(moment, given);
            }
            let delay = net.some_us(net.faults.turn_us);
            net.after(delay, Event::Turn { node: self.at, life: self.life, shard });
        }
        self.carry_out(net, shard);
        if remembers {
            self.tell(shard);
        }
    }

    /// When it has been told all of its past, what it staged until then must become durable.
    fn tell(&mut self, shard: u8) {
        let core = &mut self.cores[usize::from(shard)];
        if !core.past.is_empty() {
            return;
        }
        core.told_upto = self.disks[usize::from(shard)].last_waiting();
        if core.told_upto.is_none() {
            self.base.told(shard);
        }
    }

    fn carry_out(&mut self, net: &mut Net, number: u8) {
        let (node, life, fails) = (self.at, self.life, net.faults.attic_fails);
        let Some(core) = self.cores.get_mut(usize::from(number)) else { return };
        let (mut closed, mut wake, mut answers) = (Vec::new(), None, Vec::new());
        let place = |link: LinkId| Place::Shard { node, life, shard: number, link: link.0 };
        while let Some(output) = core.shard.poll_output() {
            match output {
                Output::Record { upto, octets, .. } => {
                    if self.disks[usize::from(number)].stage(upto, octets) {
                        commit(net, node, life, number);
                    }
                }
                Output::Send { link, bytes } => {
                    match core.flows.contains(&link) {
                        true => self.watch.sent_stream(net.now, bytes),
                        false => self.watch.sent(net.now, bytes),
                    }
                    if let Some(wire) = core.wires.get(&link) {
                        net.write(*wire, place(link), bytes);
                    }
                }
                Output::SendTo { peer, bytes, .. } => {
                    self.watch.sent_datagram(net.now, bytes);
                    net.datagram(self.sip, peer, bytes);
                }
                Output::Post { to, mail } => {
                    let delay = net.some_us(net.faults.mail_us);
                    let at = self.watch.mail_at(number, to.0, net.now + delay);
                    let (from, to, mail) = (number, to.0, Box::new(mail));
                    net.at(at, Event::Mail { node, life, from, to, mail });
                }
                Output::Plug(Plug::Dial { link, local, remote, tls: _ }) => {
                    let local = SocketAddr::new(local.unwrap_or_else(|| self.smpp.ip()), 40_000);
                    net.dial(place(link), local, remote);
                }
                Output::Plug(Plug::Close { link }) => {
                    let is_whole = core.wires.remove(&link).is_none_or(|wire| {
                        core.links.remove(&wire);
                        net.close(wire, place(link))
                    });
                    let cause = if is_whole { Unlink::Asked } else { Unlink::Reset };
                    closed.push(Given::Closed(link, cause));
                }
                Output::Stow { id, place, octets } => {
                    answers.push(Given::Stowed(id, core.attic.write(fails, id, place, octets)));
                }
                Output::Fetch { id, place, len } => {
                    answers.push(Given::Fetched(id, core.attic.read(fails, id, place, len)));
                }
                Output::Note(note) => self.notes.push((net.now, note.to_string())),
                Output::Wake(at) => wake = Some(net.nanos(at)),
                Output::Seen(sighting) => self.seen.push(*sighting),
                Output::Drained => self.drained += 1,
            }
        }
        if let Some(at) = wake {
            core.wake = Some(at.max(net.now));
            net.at(at, Event::Wake { node, life, shard: number });
        }
        for given in closed {
            self.give(net, number, given);
        }
        for given in answers {
            let (shard, given) = (number, Box::new(given));
            net.after(net.faults.attic_us * US, Event::Attic { node, life, shard, given });
        }
    }

    /// What a shard says of itself, added up over all.
    pub fn tally(&self, tally: routing::board::Tally) -> u64 {
        self.cores.iter().map(|core| core.page().tally(tally)).sum()
    }

    /// How often its attics were written and read in this life.
    pub fn stowed_and_fetched(&self) -> (usize, usize) {
        let attics = || self.cores.iter().map(|core| &core.attic);
        (attics().map(|attic| attic.written).sum(), attics().map(|attic| attic.read).sum())
    }

    /// The pages of the board, shard by shard.
    pub fn pages(&self) -> Vec<Page> {
        self.cores.iter().map(Core::page).collect()
    }

    /// Everything the journals hold, shard by shard.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        self.disks.iter().flat_map(Disk::read)
    }

    /// What the journals hold open.
    pub fn open(&self) -> Vec<Flight> {
        let mut recovery = Recovery::default();
        self.records().for_each(|record| recovery.handle(record));
        recovery.finish(0).flights
    }

    /// Every Sms that was accepted, and how often each id was.
    pub fn accepts(&self) -> Vec<(MessageId, Box<Sms>)> {
        let accept = |record| match record {
            Record::Accept(sms) => Some((sms.id, sms)),
            _ => None,
        };
        self.records().filter_map(accept).collect()
    }
}

impl Core {
    fn page(&self) -> Page {
        let mut page = Page::default();
        self.shard.page(&mut page);
        page
    }

    fn take(&mut self, at: shard::Moment, given: Given) {
        let shard = &mut self.shard;
        match given {
            Given::Adopted(plan) => shard.handle(at, Input::Adopted(plan)),
            Given::Tapped(taps) => shard.handle(at, Input::Tapped(taps)),
            Given::Bytes(wire, bytes) => {
                if let Some(link) = self.links.get(&wire) {
                    shard.handle(at, Input::Bytes { link: *link, bytes: &bytes });
                }
            }
            Given::Datagram(peer, bytes) => {
                shard.handle(at, Input::Datagram { socket: SocketId(0), peer, bytes: &bytes });
            }
            Given::Linked(wire, link, local, peer) => {
                let streams = [self.sip, web(self.sip)];
                let place = streams.iter().position(|at| *at == local).map_or(0, |at| at + 1);
                let listener = link.0.is_multiple_of(2).then_some(place as u16);
                let speaks_sip = place > 0 || peer == address(GATEWAY);
                self.flows.extend(speaks_sip.then_some(link));
                self.wires.insert(link, wire);
                self.links.insert(wire, link);
                shard.handle(at, Input::Linked { link, listener, local, peer, tls: false });
            }
            Given::Refused(link) => {
                shard.handle(at, Input::Unlinked { link, cause: Unlink::Refused });
            }
            Given::Hangup(wire, cause) => {
                if let Some(link) = self.links.remove(&wire) {
                    self.wires.remove(&link);
                    shard.handle(at, Input::Unlinked { link, cause });
                }
            }
            Given::Closed(link, cause) => shard.handle(at, Input::Unlinked { link, cause }),
            Given::Mail(from, mail) => shard.handle(at, Input::Mail { from, mail: *mail }),
            Given::Recorded(upto) => shard.handle(at, Input::Recorded { upto }),
            Given::NotRecorded => shard.handle(at, Input::NotRecorded),
            Given::Scarce(is_scarce) => shard.handle(at, Input::Scarce(is_scarce)),
            Given::Recovering(goes_on) => shard.handle(at, Input::Recovering(goes_on)),
            Given::Recovered(flight) => shard.handle(at, Input::Recovered(flight)),
            Given::Doubtful(sms) => shard.handle(at, Input::Doubtful(sms)),
            Given::Doubted(doubt) => shard.handle(at, Input::Doubted(vec![doubt])),
            Given::Orphan(orphan) => shard.handle(at, Input::Orphans(vec![orphan])),
            Given::Ended(ended) => shard.handle(at, Input::Finals(vec![ended])),
            Given::Paid(paid) => shard.handle(at, Input::Paid(paid)),
            Given::Spent(spent) => shard.handle(at, Input::Spent(vec![spent])),
            Given::Known(contacts) => shard.handle(at, Input::Known(contacts)),
            Given::Stowed(id, is_kept) => shard.handle(at, Input::Stowed { id, is_kept }),
            Given::Fetched(id, octets) => {
                shard.handle(at, Input::Fetched { id, octets: octets.as_deref() });
            }
            Given::Time => shard.handle(at, Input::Time),
            Given::Pause => shard.handle(at, Input::Pause),
            Given::Freeze => shard.handle(at, Input::Freeze),
            Given::Handed(link) => shard.handle(at, Input::Handed(link)),
            Given::Stop => shard.handle(at, Input::Stop),
        }
    }
}

/// Where a node that listens for SIP there listens for browsers.
pub fn web(sip: SocketAddr) -> SocketAddr {
    SocketAddr::new(sip.ip(), 8080)
}

fn commit(net: &mut Net, node: usize, life: u32, shard: u8) {
    let delay = net.some_us(net.faults.commit_us);
    net.after(delay, Event::Committed { node, life, shard });
}

/// How much of its past a shard is told in one turn.
const PART: usize = 4;

/// As the body asks when it reads its journals.
const DOUBT_NS: u64 = 5_000_000_000;
