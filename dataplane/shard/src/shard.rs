//! One shard: what it knows, and the door through which everything comes in.

use routing::MessageId;
use routing::board::{LINKS_MAX, Latencies, Page, ShadowRow, Span, Tally};
use routing::journal::Record;

use crate::attic::Attic;
use crate::config::Config;
use crate::credit::Credits;
use crate::deadlines::{Deadlines, Timer};
use crate::doubt::Doubts;
use crate::echo::Echoes;
use crate::egress::unsure::Unsure;
use crate::egress::{Clients, Names, Parked, Queues, TrunkClients};
use crate::flights::Flights;
use crate::handover::Handover;
use crate::handsets::Handsets;
use crate::inbox::Inboxes;
use crate::ingress::servers::Servers;
use crate::ingress::{Multis, Suspects, Tickets};
use crate::input::{Input, LinkId, Moment};
use crate::later::{Alerts, Finals, Sweeps};
use crate::limits::NAMED_TTL;
use crate::modes::Transactions;
use crate::notices::Notices;
use crate::outbox::Outbox;
use crate::outlook::Outlooks;
use crate::output::Output;
use crate::peers::agreed::Agreements;
use crate::peers::binds::Binds;
use crate::peers::connections::Connections;
use crate::peers::devices::Devices;
use crate::peers::flows::Flows;
use crate::peers::links::Links;
use crate::peers::observations::Observations;
use crate::peers::outbind::Outbinds;
use crate::peers::registrar::Registrar;
use crate::peers::relay::Relays;
use crate::plan::Adopted;
use crate::promises::Promises;
use crate::receipts::Receipts;
use crate::segments::Segments;
use crate::waking::Waking;

/// One shard. See the crate's documentation for the law of its use.
#[derive(Debug)]
pub struct Shard {
    pub(crate) config: Config,
    /// When this turn happens.
    pub(crate) at: Moment,
    /// When this shard began.
    began: Moment,
    /// The Unix clock as it was then and has gone on since without a step: contacts and nonces
    /// live by it.
    pub(crate) steady_ns: u64,
    pub(crate) plan: Option<Adopted>,
    pub(crate) stopping: bool,
    pub(crate) waking: Waking,
    pub(crate) handover: Handover,
    drained_said: bool,
    pub(crate) out: Outbox,
    pub(crate) deadlines: Deadlines,
    pub(crate) promises: Promises,
    pub(crate) flights: Flights,
    pub(crate) tickets: Tickets,
    pub(crate) multis: Multis,
    pub(crate) transactions: Transactions,
    pub(crate) doubts: Doubts,
    /// Sms that carry a reference of their sender's.
    pub(crate) named: Doubts,
    pub(crate) links: Links,
    pub(crate) flows: Flows,
    /// Memory for one message that comes in frames.
    pub(crate) desk: Vec<u8>,
    pub(crate) binds: Binds,
    pub(crate) agreed: Agreements,
    pub(crate) connections: Connections,
    pub(crate) relays: Relays,
    pub(crate) outbinds: Outbinds,
    pub(crate) observations: Observations,
    pub(crate) outlooks: Outlooks,
    pub(crate) echoes: Echoes,
    /// Where the search for other ways goes on.
    pub(crate) looking_from: Option<MessageId>,
    pub(crate) registrar: Registrar,
    pub(crate) devices: Devices,
    pub(crate) inboxes: Inboxes,
    pub(crate) attic: Attic,
    pub(crate) segments: Segments,
    pub(crate) queues: Queues,
    pub(crate) names: Names,
    pub(crate) unsure: Unsure,
    pub(crate) clients: Clients,
    pub(crate) trunk_clients: TrunkClients,
    pub(crate) servers: Servers,
    pub(crate) suspects: Suspects,
    pub(crate) receipts: Receipts,
    pub(crate) notices: Notices,
    pub(crate) handsets: Handsets,
    pub(crate) finals: Finals,
    pub(crate) credits: Credits,
    pub(crate) alerts: Alerts,
    pub(crate) sweeps: Sweeps,
    pub(crate) parked: Parked,
    pub(crate) tallies: Vec<u64>,
    latencies: Latencies,
    /// The time part and the counter of the last message id.
    pub(crate) last_id: (u64, u32),
}

impl Shard {
    /// A shard that knows nothing yet.
    pub fn new(config: Config, at: Moment) -> Self {
        Self {
            servers: Servers::new(&config.key, at),
            suspects: Suspects::default(),
            clients: Clients::new(&config),
            flows: Flows::new(config.shard),
            desk: Vec::new(),
            config,
            at,
            began: at,
            steady_ns: at.unix_ns,
            plan: None,
            stopping: false,
            waking: Waking::default(),
            handover: Handover::default(),
            drained_said: false,
            out: Outbox::default(),
            deadlines: Deadlines::default(),
            promises: Promises::default(),
            flights: Flights::new(at.now),
            tickets: Tickets::default(),
            multis: Multis::default(),
            transactions: Transactions::default(),
            doubts: Doubts::default(),
            named: Doubts::lasting(NAMED_TTL),
            links: Links::default(),
            binds: Binds::default(),
            agreed: Agreements::default(),
            connections: Connections::default(),
            relays: Relays::default(),
            outbinds: Outbinds::default(),
            observations: Observations::default(),
            outlooks: Outlooks::default(),
            echoes: Echoes::default(),
            looking_from: None,
            registrar: Registrar::default(),
            devices: Devices::default(),
            inboxes: Inboxes::default(),
            attic: Attic::new(at.now),
            segments: Segments::default(),
            queues: Queues::default(),
            names: Names::default(),
            unsure: Unsure::default(),
            trunk_clients: TrunkClients::default(),
            receipts: Receipts::default(),
            notices: Notices::default(),
            handsets: Handsets::default(),
            finals: Finals::default(),
            credits: Credits::default(),
            alerts: Alerts::default(),
            sweeps: Sweeps::default(),
            parked: Parked::default(),
            tallies: vec![0; routing::board::TALLIES.len()],
            latencies: Latencies::default(),
            last_id: (0, 0),
        }
    }

    /// Something happened. Drain [`poll_output`](Self::poll_output) afterwards; several inputs
    /// of one turn may come before it.
    pub fn handle(&mut self, at: Moment, input: Input<'_>) {
        self.at = at;
        self.registrar.lobby.note_input();
        let age = at.now.saturating_duration_since(self.began.now);
        self.steady_ns = self.began.unix_ns + age.as_nanos() as u64;
        if self.out.taps.is_on() {
            self.out.taps.begin(at);
        }
        if self.out.asked.is_some_and(|asked| asked <= at.now) {
            self.out.asked = None;
        }
        match input {
            Input::Adopted(plan) => self.handle_adopted(plan),
            Input::Tapped(taps) => self.handle_tapped(taps),
            Input::Paid(paid) => self.handle_paid(&paid),
            Input::Bytes { link, bytes } => self.handle_bytes(link, bytes),
            Input::Datagram { socket, peer, bytes } if self.keeps_datagram(bytes) => {
                self.waking.keep_datagram(socket, peer, bytes);
            }
            Input::Datagram { socket, peer, bytes } => {
                self.handle_datagram(socket, peer, bytes);
            }
            Input::Linked { link, listener, local, peer, tls } => {
                self.handle_linked(link, listener, local, peer, tls);
            }
            Input::Unlinked { link, cause } => self.handle_unlinked(link, cause),
            Input::Mail { from, mail } => self.receive_mail(from, mail),
            Input::Recorded { upto } => self.promises.handle_recorded(at.now, upto),
            Input::NotRecorded => self.handle_not_recorded(),
            Input::Scarce(is_scarce) => self.handle_scarce(is_scarce),
            Input::Recovering(goes_on) => self.handle_recovering(goes_on),
            Input::Recovered(flight) => self.handle_recovered(*flight),
            Input::Doubtful(sms) => {
                self.knows_id(sms.id);
                self.doubt(&sms);
            }
            Input::Doubted(doubts) => self.handle_doubted(doubts),
            Input::Orphans(orphans) => self.handle_orphans(orphans),
            Input::Spent(before) => self.handle_spent_before(before),
            Input::Finals(finals) => self.handle_finals(finals),
            Input::Known(contacts) => self.handle_known(contacts),
            Input::Stowed { id, is_kept } => self.handle_stowed(id, is_kept),
            Input::Fetched { id, octets } => self.handle_fetched(id, octets),
            Input::Time => {}
            Input::Pause => self.handle_pause(),
            Input::Freeze => self.handover.freeze(),
            Input::Handed(link) => self.handover.inherit(*link),
            Input::Stop => self.handle_stop(),
        }
        self.handle_timers();
        self.keep_promises();
    }

    /// The next thing this shard wants; `None` when the turn is over.
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        if !self.out.records.is_empty() {
            let count = self.lend_records();
            return Some(Output::Record {
                upto: self.promises.last(),
                count,
                patient: self.promises.are_patient(count),
                octets: &self.out.lent,
            });
        }
        while let Some(link) = self.out.sends.pop_front() {
            let said = self.links.take_output(link, self.at, &mut self.out.lent)
                || self.flows.take_output(link, &mut self.out.lent)
                || self.relays.take_output(link, &mut self.out.lent);
            if !said {
                continue;
            }
            if self.out.taps.is_on() {
                self.saw_lent(link);
            }
            match self.relays.say(link, &self.out.lent) {
                Some((holder, mail)) => self.out.post(holder, mail),
                None => return Some(Output::Send { link, bytes: &self.out.lent }),
            }
        }
        if let Some((socket, peer, range)) = self.out.datagrams.pop_front() {
            return Some(Output::SendTo { socket, peer, bytes: &self.out.arena[range] });
        }
        self.out.arena.clear();
        if let Some((id, place, range)) = self.out.stows.pop_front() {
            return Some(Output::Stow { id, place, octets: &self.out.stowed[range] });
        }
        self.out.stowed.clear();
        if let Some((id, place, len)) = self.out.fetches.pop_front() {
            return Some(Output::Fetch { id, place, len });
        }
        if let Some((to, mail)) = self.out.posts.pop_front() {
            self.add(Tally::MailsSent, 1);
            return Some(Output::Post { to, mail });
        }
        if let Some(plug) = self.out.plugs.pop_front() {
            return Some(match self.relays.plug(&plug) {
                Some((to, mail)) => Output::Post { to, mail },
                None => Output::Plug(plug),
            });
        }
        if let Some(note) = self.out.notes.pop_front() {
            return Some(Output::Note(note));
        }
        if self.out.taps.is_on()
            && let Some(sighting) = self.poll_sighting()
        {
            return Some(Output::Seen(Box::new(sighting)));
        }
        let times = [self.deadlines.next(), self.flights.poll_timeout(), self.attic.poll_timeout()];
        let next = times.into_iter().flatten().min();
        if next != self.out.asked {
            self.out.asked = next;
            if let Some(at) = next {
                return Some(Output::Wake(at));
            }
        }
        if self.stopping && !self.drained_said && self.is_drained() {
            self.drained_said = true;
            return Some(Output::Drained);
        }
        None
    }

    /// What is recorded goes where `poll_output` lends from; says how many records it is.
    fn lend_records(&mut self) -> u32 {
        self.out.lent.clear();
        std::mem::swap(&mut self.out.lent, &mut self.out.records);
        if self.out.taps.is_on() {
            self.saw_records();
        }
        std::mem::take(&mut self.out.record_count)
    }

    /// Adds up what the links have shown of their peers since the last time, for the page.
    pub fn gather(&mut self) {
        self.links.take_noted(|link| self.observations.absorb(link));
    }

    /// Writes what this shard knows of itself on its page of the board.
    pub fn page(&self, page: &mut Page) {
        page.generation = self.plan.as_ref().map_or(0, |plan| plan.snapshot.generation());
        page.tallies.clone_from(&self.tallies);
        page.latencies = self.latencies;
        let levels = [
            (Tally::Pending, self.flights.pending() + self.attic.len()),
            (Tally::ReceiptsPending, self.flights.settled()),
            (Tally::AccountsReachable, self.registrar.len()),
            (Tally::Flows, self.flows.len()),
        ];
        for (tally, level) in levels {
            page.tallies[tally as usize] = level as u64;
        }
        page.links.clear();
        page.links.extend(self.connections.down_rows());
        page.links.extend(self.connections.trunks.rows());
        let room = LINKS_MAX.saturating_sub(page.links.len());
        page.links.extend(self.links.rows(self.at).take(room));
        page.observations.clear();
        page.observations.extend(self.observations.rows());
        page.outlooks.clear();
        page.outlooks.extend(self.outlook_rows());
        page.credits.clear();
        page.credits.extend(self.credit_rows());
        page.shadows.clear();
        page.shadows.extend(self.shadows().map(|(policy, taken)| ShadowRow { policy, taken }));
    }

    /// Journals something.
    pub(crate) fn record(&mut self, record: &Record) {
        if self.promises.broken {
            return;
        }
        record.encode(&mut self.out.records);
        self.recorded();
    }

    /// A record was appended to the outbox.
    pub(crate) fn recorded(&mut self) {
        self.recorded_contacts();
        self.promises.hurry();
    }

    /// A record was appended that may wait a little for others.
    pub(crate) fn recorded_contacts(&mut self) {
        self.out.record_count += 1;
        self.promises.count(self.at.now);
        self.add(Tally::Records, 1);
    }

    pub(crate) fn add(&mut self, tally: Tally, count: u64) {
        self.tallies[tally as usize] += count;
    }

    /// Something took so long.
    pub(crate) fn took(&mut self, span: Span, ns: u64) {
        self.latencies[span as usize].take_in(ns);
    }

    fn handle_timers(&mut self) {
        self.handle_attic();
        for _ in 0..TIMERS_PER_TURN {
            let Some(timer) = self.deadlines.due(self.at.now) else { break };
            self.handle_timer(timer);
        }
        for _ in 0..TIMERS_PER_TURN {
            let Some(id) = self.flights.expire(self.at.now) else { return };
            self.handle_expiry(id);
        }
    }

    fn handle_timer(&mut self, timer: Timer) {
        match timer {
            Timer::Link(link) => self.handle_link_timer(link),
            Timer::Flow(link) => self.handle_flow_timer(link),
            Timer::Client(client) => self.handle_client_timer(client),
            Timer::Server(server) => self.handle_server_timer(server),
            Timer::Inbox(environment, account) => self.try_account(environment, account),
            Timer::Contacts(environment, account) => self.handle_contacts(environment, account),
            Timer::Rested(environment, connection, id) => {
                self.handle_rested((environment, connection), id);
            }
            Timer::Connection(environment, connection) => {
                self.handle_connection_timer(environment, connection);
            }
            Timer::Trunk(client) => self.handle_trunk_timer(client),
            Timer::Probe(environment, connection) => self.probe_trunk((environment, connection)),
            Timer::Enrol(environment, connection) => self.enrol((environment, connection)),
            Timer::Outbind(environment, carrier) => self.dial_outbind((environment, carrier)),
            Timer::Receipts(environment, carrier) => {
                self.handle_receipts_timer(environment, carrier);
            }
            Timer::Relay(id) => self.handle_relay_timer(id),
            Timer::Notices(environment, account) => {
                self.handle_stale_notices(environment, account);
            }
            Timer::StaleReceipts => self.handle_stale_receipts(),
            Timer::Sweep(number) => self.continue_sweep(number),
            Timer::Outlook => self.tell_outlook(),
            Timer::Reroute => self.look_on(),
            Timer::Segments => self.handle_segments_timer(),
            Timer::Forget => self.handle_forget(),
            Timer::Done => self.forget_done(),
            Timer::Lobby => self.handle_lobby(),
            Timer::Taps => self.handle_taps_timer(),
        }
    }

    fn handle_forget(&mut self) {
        self.forget_parked();
        let now = self.at.now;
        for next in [self.doubts.forget(now), self.named.forget(now)].into_iter().flatten() {
            self.deadlines.arm(next, Timer::Forget);
        }
    }

    /// Takes nothing new, lets what is asked be answered, and says goodbye to peers.
    fn handle_stop(&mut self) {
        self.stopping = true;
        for link in self.links.ids() {
            self.unbind(link);
        }
    }

    fn is_drained(&self) -> bool {
        self.promises.is_empty() && self.links.ids().is_empty() && self.relays.is_empty()
    }

    /// A link has something to write at the end of this turn.
    pub(crate) fn touch(&mut self, link: LinkId) {
        if self.links.mark_dirty(link) {
            self.out.sends.push_back(link);
        }
    }
}

/// How many timers one turn serves; the rest comes right after it.
const TIMERS_PER_TURN: usize = 1024;
