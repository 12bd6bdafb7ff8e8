//! The octets of a page.

use std::net::SocketAddr;

use super::latency::Latencies;
use super::observation::Observation;
use crate::Standing;
use crate::octets::{Field, Reader, Short, Write};

/// What one shard says about itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// Which shard.
    pub shard: u8,
    /// How many shards the node has.
    pub shards: u8,
    /// The process.
    pub pid: u32,
    /// When the node started, Unix nanoseconds.
    pub started_ns: u64,
    /// When the page was written, Unix nanoseconds: the shard's heartbeat.
    pub beat_ns: u64,
    /// The generation it obeys; 0 before the first.
    pub generation: u64,
    /// How long the turn took in which it began to obey it, in nanoseconds: nothing else was
    /// served meanwhile.
    pub adopt_ns: u64,
    /// Counts, in the order of [`TALLIES`].
    pub tallies: Vec<u64>,
    /// How long things took, in the order of [`Span::ALL`](super::Span::ALL).
    pub latencies: Latencies,
    /// Its SMPP links and the hops of its trunks; at most [`LINKS_MAX`] are shown.
    pub links: Vec<LinkRow>,
    /// How its connections stand; at most [`OUTLOOKS_MAX`] are shown.
    pub outlooks: Vec<OutlookRow>,
    /// What shadow policies would have taken; at most [`SHADOWS_MAX`] are shown.
    pub shadows: Vec<ShadowRow>,
    /// What carriers whose bank it is have spent; at most [`CREDITS_MAX`] are shown.
    pub credits: Vec<CreditRow>,
    /// What its peers do; at most [`OBSERVATIONS_MAX`] are shown.
    pub observations: Vec<Observation>,
}

/// A connection of which this shard keeps the link, as those see it who choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OutlookRow {
    /// The connection.
    pub connection: u32,
    /// How it stands.
    pub standing: Standing,
    /// How well it delivers; more is better.
    pub quality: u32,
    /// How many Sms wait for it.
    pub waiting: u32,
}

/// A shadow policy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ShadowRow {
    /// The policy.
    pub policy: u32,
    /// How many Sms it would have taken since the node started.
    pub taken: u64,
}

/// What a carrier with a credit has spent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CreditRow {
    /// The environment.
    pub environment: u32,
    /// The carrier.
    pub carrier: u32,
    /// Spent or held, in millionths.
    pub spent_micros: i64,
}

/// One SMPP link, or one hop of a trunk.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LinkRow {
    /// Whose it is.
    pub role: LinkRole,
    /// The environment.
    pub environment: u32,
    /// The carrier or the connection; 0 while a carrier has not bound.
    pub subject: u32,
    /// How far it is.
    pub state: LinkState,
    /// Our address.
    pub local: SocketAddr,
    /// Its address.
    pub peer: SocketAddr,
    /// Since when, Unix nanoseconds.
    pub since_ns: u64,
    /// PDUs received.
    pub received: u64,
    /// PDUs sent.
    pub sent: u64,
    /// Requests of ours that wait for an answer.
    pub outstanding: u32,
    /// How many may.
    pub window: u32,
    /// Requests of its that wait for our answer.
    pub owed: u32,
    /// Messages it sent in the last full second.
    pub rate_in: u32,
    /// Messages we sent it in the last full second.
    pub rate_out: u32,
    /// What it said last of its congestion, 0 to 100 (SMPP 5.0 §4.8.4.18).
    pub congestion: Option<u8>,
}

/// Who dialled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinkRole {
    /// A carrier bound to us.
    Carrier,
    /// We bind over a connection.
    Connection,
}

/// How far an SMPP session is (SMPP 3.4 §2.2), or whether a hop of a trunk answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum LinkState {
    /// Connected or connecting, not bound.
    Open = 0,
    /// Bound as transmitter.
    BoundTx = 1,
    /// Bound as receiver.
    BoundRx = 2,
    /// Bound as transceiver.
    BoundTrx = 3,
    /// Not connected; the next try waits.
    Down = 4,
    /// A hop of a trunk that answers.
    Up = 5,
}

impl LinkState {
    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::BoundTx => "bound_tx",
            Self::BoundRx => "bound_rx",
            Self::BoundTrx => "bound_trx",
            Self::Down => "down",
            Self::Up => "up",
        }
    }

    /// Does a bind hold?
    pub fn is_bound(self) -> bool {
        matches!(self, Self::BoundTx | Self::BoundRx | Self::BoundTrx)
    }

    fn from_number(number: u8) -> Result<Self, Short> {
        let all = [Self::Open, Self::BoundTx, Self::BoundRx, Self::BoundTrx, Self::Down, Self::Up];
        all.get(usize::from(number)).copied().ok_or(Short)
    }
}

macro_rules! tallies {
    ($(#[doc = $help:literal] $name:ident = $word:literal,)*) => {
        /// A count a shard keeps.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(usize)]
        pub enum Tally { $(#[doc = $help] $name,)* }

        /// Their names, in order, as they stand in metrics.
        pub const TALLIES: &[&str] = &[$($word,)*];

        /// What each of them counts, in order.
        pub const TALLY_HELP: &[&str] = &[$($help,)*];
    };
}

tallies! {
    /// Sms received from carriers and apps, refused ones included.
    Received = "sms_received",
    /// Sms answered positively.
    Accepted = "sms_accepted",
    /// Sms answered negatively.
    Refused = "sms_refused",
    /// Sms that came a second time after a lost answer and got the first one's id.
    Repeated = "sms_repeated",
    /// Sms delivered.
    Delivered = "sms_delivered",
    /// Sms that ended in another state.
    Failed = "sms_failed",
    /// Sms accepted and not final.
    Pending = "sms_pending",
    /// Sms given to another connection than the first one.
    Rerouted = "sms_rerouted",
    /// Attempts made.
    Attempts = "attempts",
    /// Receipts answered by their carrier.
    ReceiptsTaken = "receipts_taken",
    /// Receipts that wait for a live bind or an answer.
    ReceiptsPending = "receipts_pending",
    /// Receipts from next hops for Sms we do not know.
    ReceiptsOrphaned = "receipts_orphaned",
    /// Binds accepted.
    BindsAccepted = "binds_accepted",
    /// Binds refused.
    BindsRefused = "binds_refused",
    /// REGISTERs answered with 200.
    Registered = "registrations_accepted",
    /// Accounts with at least one contact.
    AccountsReachable = "accounts_reachable",
    /// MESSAGEs that were no text: reports, and who is typing.
    Absorbed = "sip_absorbed",
    /// Connections that carry SIP.
    Flows = "sip_connections",
    /// Datagrams and PDUs that made no sense.
    Nonsense = "nonsense",
    /// Datagrams of scanners and of who proves nothing and does not stop, dropped unread.
    Dropped = "datagrams_dropped",
    /// Credentials that came a second time, with another request.
    Replayed = "credentials_replayed",
    /// Apps that were to be woken by a push service.
    Woken = "apps_woken",
    /// Mails sent to other shards.
    MailsSent = "mails_sent",
    /// Journal records written.
    Records = "journal_records",
    /// Journal commits.
    Commits = "journal_commits",
    /// Snapshots refused because they did not check out.
    SnapshotsRefused = "snapshots_refused",
}

/// Why a page cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BoardError {
    /// Never written.
    Empty,
    /// Caught half written, or damaged; read again.
    Torn,
}

impl std::fmt::Display for BoardError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Empty => "the page was never written",
            Self::Torn => "the page is half written",
        })
    }
}

impl std::error::Error for BoardError {}

impl Page {
    /// The count under a name.
    pub fn tally(&self, tally: Tally) -> u64 {
        self.tallies.get(tally as usize).copied().unwrap_or(0)
    }

    /// The octets of the page, at most [`PAGE_LEN`]; links beyond the page are left out.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.clear();
        out.put_u32(MAGIC);
        out.put_u32(0);
        out.put_u32(0);
        out.put_raw(&[self.shard, self.shards]);
        out.put_u32(self.pid);
        out.put_u64(self.started_ns);
        out.put_u64(self.beat_ns);
        out.put_u64(self.generation);
        out.put_u64(self.adopt_ns);
        out.put_u32(u32::try_from(self.tallies.len()).expect("tallies are few"));
        self.tallies.iter().for_each(|count| out.put_u64(*count));
        self.latencies.put(out);
        let links = &self.links[..self.links.len().min(LINKS_MAX)];
        out.put_u32(u32::try_from(links.len()).expect("bounded by LINKS_MAX"));
        links.iter().for_each(|link| link.put(out));
        let outlooks = &self.outlooks[..self.outlooks.len().min(OUTLOOKS_MAX)];
        out.put_u32(u32::try_from(outlooks.len()).expect("bounded by OUTLOOKS_MAX"));
        outlooks.iter().for_each(|row| row.put(out));
        let shadows = &self.shadows[..self.shadows.len().min(SHADOWS_MAX)];
        out.put_u32(u32::try_from(shadows.len()).expect("bounded by SHADOWS_MAX"));
        shadows.iter().for_each(|row| row.put(out));
        let credits = &self.credits[..self.credits.len().min(CREDITS_MAX)];
        out.put_u32(u32::try_from(credits.len()).expect("bounded by CREDITS_MAX"));
        credits.iter().for_each(|row| row.put(out));
        let seen = &self.observations[..self.observations.len().min(OBSERVATIONS_MAX)];
        out.put_u32(u32::try_from(seen.len()).expect("bounded by OBSERVATIONS_MAX"));
        seen.iter().for_each(|one| one.put(out));
        let (len, crc) = (out.len() as u32, crc32fast::hash(&out[BODY_FROM..]));
        out[4..8].copy_from_slice(&crc.to_le_bytes());
        out[8..12].copy_from_slice(&len.to_le_bytes());
    }

    /// Reads a page from its place in the file.
    pub fn decode(octets: &[u8]) -> Result<Self, BoardError> {
        let mut reader = Reader(octets);
        if reader.u32() != Ok(MAGIC) {
            return Err(BoardError::Empty);
        }
        let torn = |_| BoardError::Torn;
        let (crc, len) = (reader.u32().map_err(torn)?, reader.u32().map_err(torn)? as usize);
        let body = octets.get(BODY_FROM..len).ok_or(BoardError::Torn)?;
        if crc32fast::hash(body) != crc {
            return Err(BoardError::Torn);
        }
        Self::take(&mut Reader(body)).map_err(torn)
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let [shard, shards] = reader.array()?;
        let pid = reader.u32()?;
        let (started_ns, beat_ns) = (reader.u64()?, reader.u64()?);
        let (generation, adopt_ns) = (reader.u64()?, reader.u64()?);
        let tallies = (0..reader.u32()?).map(|_| reader.u64()).collect::<Result<_, _>>()?;
        let latencies = Latencies::take(reader)?;
        let links = (0..reader.u32()?).map(|_| LinkRow::take(reader)).collect::<Result<_, _>>()?;
        let count = reader.u32()?;
        let outlooks = (0..count).map(|_| OutlookRow::take(reader)).collect::<Result<_, _>>()?;
        let count = reader.u32()?;
        let shadows = (0..count).map(|_| ShadowRow::take(reader)).collect::<Result<_, _>>()?;
        let count = reader.u32()?;
        let credits = (0..count).map(|_| CreditRow::take(reader)).collect::<Result<_, _>>()?;
        let count = reader.u32()?;
        let observations =
            (0..count).map(|_| Observation::take(reader)).collect::<Result<_, _>>()?;
        let page = Self { shard, shards, pid, started_ns, beat_ns, generation, ..Self::default() };
        let page = Self { adopt_ns, tallies, latencies, links, outlooks, shadows, ..page };
        Ok(Self { credits, observations, ..page })
    }
}

impl Field for LinkRow {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_raw(&[matches!(self.role, LinkRole::Connection).into(), self.state as u8]);
        out.put_u32(self.environment);
        out.put_u32(self.subject);
        self.local.put(out);
        self.peer.put(out);
        out.put_u64(self.since_ns);
        out.put_u64(self.received);
        out.put_u64(self.sent);
        for count in [self.outstanding, self.window, self.owed, self.rate_in, self.rate_out] {
            out.put_u32(count);
        }
        out.put_u8(self.congestion.unwrap_or(u8::MAX));
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let [role, state] = reader.array()?;
        Ok(Self {
            role: if role == 0 { LinkRole::Carrier } else { LinkRole::Connection },
            state: LinkState::from_number(state)?,
            environment: reader.u32()?,
            subject: reader.u32()?,
            local: SocketAddr::take(reader)?,
            peer: SocketAddr::take(reader)?,
            since_ns: reader.u64()?,
            received: reader.u64()?,
            sent: reader.u64()?,
            outstanding: reader.u32()?,
            window: reader.u32()?,
            owed: reader.u32()?,
            rate_in: reader.u32()?,
            rate_out: reader.u32()?,
            congestion: Some(reader.u8()?).filter(|octet| *octet != u8::MAX),
        })
    }
}

impl Field for OutlookRow {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u32(self.connection);
        out.put_u8(self.standing as u8);
        out.put_u32(self.quality);
        out.put_u32(self.waiting);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self {
            connection: reader.u32()?,
            standing: Standing::from_number(reader.u8()?).ok_or(Short)?,
            quality: reader.u32()?,
            waiting: reader.u32()?,
        })
    }
}

impl Field for ShadowRow {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u32(self.policy);
        out.put_u64(self.taken);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self { policy: reader.u32()?, taken: reader.u64()? })
    }
}

impl Field for CreditRow {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u32(self.environment);
        out.put_u32(self.carrier);
        out.put_i64(self.spent_micros);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self { environment: reader.u32()?, carrier: reader.u32()?, spent_micros: reader.i64()? })
    }
}

/// The room a shard has in the file; shard n writes at n times this. What is not written takes
/// no room on the disk.
pub const PAGE_LEN: usize = 768 * 1024;

/// How many links a page shows: each takes at most 96 octets, 240 KB.
pub const LINKS_MAX: usize = 2500;

/// How many connections a page shows: each takes 13 octets, 20 KB.
pub const OUTLOOKS_MAX: usize = 1500;

/// How many shadow policies a page shows: each takes 12 octets, 3 KB.
pub const SHADOWS_MAX: usize = 256;

/// How many carriers with a credit a page shows: each takes 16 octets, 16 KB.
pub const CREDITS_MAX: usize = 1024;

/// How many peers a page observes: each takes less than 1.6 KiB, 410 KiB.
pub const OBSERVATIONS_MAX: usize = 256;

const MAGIC: u32 = u32::from_le_bytes(*b"SBPG");
const BODY_FROM: usize = 12;

#[cfg(test)]
mod tests;
