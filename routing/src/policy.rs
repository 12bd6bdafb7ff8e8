//! The rule that sends a pattern over connections.

use rkyv::{Archive, Deserialize, Serialize};

use crate::{Refusal, Screen};

/// A pattern, when it counts, and the ways that serve it.
#[derive(Archive, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Policy {
    /// Given by control once, never used again for another policy.
    pub id: u32,
    /// Its name for people; empty if that is its pattern.
    pub name: String,
    /// The pattern of called numbers as it was written, such as `222%`.
    pub pattern: String,
    /// Lower comes first.
    pub priority: u32,
    /// What else must be so for it to count.
    pub only: Conditions,
    /// In which order its ways are tried.
    pub order: Order,
    /// Where it leads; at most [`WAYS_MAX`](Self::WAYS_MAX).
    pub ways: Vec<Way>,
    /// May an Sms go over a connection that costs more than its sender pays?
    pub below_cost: bool,
    /// It only counts what it would have taken; the policies after it decide.
    pub shadow: bool,
}

/// What must be so for a policy to count, beyond the called number.
#[derive(Archive, Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Conditions {
    /// A pattern of calling numbers, or of names without regard to case: in a name `_` stands
    /// for any one character and `%` for any run. `None` takes every sender.
    pub source: Option<String>,
    /// A pattern of the domain that was called, without regard to case. `None` takes calls to
    /// the environment's own domain, as all calls by SMPP are.
    pub domain: Option<String>,
    /// From when it counts, Unix nanoseconds; 0 is always.
    pub from_ns: u64,
    /// Until before when it counts, Unix nanoseconds; 0 is for ever.
    pub until_ns: u64,
    /// The times of the week in which it counts; none means at any time.
    pub windows: Vec<Window>,
    /// The lists its callers and called numbers must pass.
    pub screens: Vec<Screen>,
}

/// A time of the week, in minutes since Monday 00:00 UTC, of which there are
/// [`WEEK`](Self::WEEK).
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Window {
    /// Its first minute.
    pub from: u16,
    /// The minute after its last; less than `from` goes on after Sunday midnight.
    pub until: u16,
}

/// In which order the ways of a policy are tried.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Order {
    /// As they stand.
    #[default]
    Listed,
    /// At random, by weight; the same Sms draws the same lot.
    Weight,
    /// What costs us least comes first; what has no cost tariff comes last.
    Cost,
    /// What delivers best comes first.
    Quality,
}

/// One way out of a policy.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Way {
    /// Where it leads.
    pub to: Exit,
    /// Its share of what its policy takes, in relation to the others' weights.
    pub weight: u16,
    /// Sms per second that a shard sends this way; 0 is no limit.
    pub tps: u32,
}

/// Where a way leads.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Exit {
    /// Over this connection.
    Connection(u32),
    /// Nowhere: the Sms is refused with the [`Refusal`] of this number.
    Refuse(u8),
}

impl Policy {
    /// A policy without conditions, whose connections are tried as they are listed.
    pub fn new(id: u32, pattern: &str, priority: u32, connections: &[u32]) -> Self {
        let ways = connections.iter().map(|connection| Way::over(*connection)).collect();
        Self { id, pattern: pattern.to_owned(), priority, ways, ..Self::default() }
    }

    /// How many ways a policy may have.
    pub const WAYS_MAX: usize = 16;
}

impl Way {
    /// Over a connection, with a weight of one and no limit.
    pub fn over(connection: u32) -> Self {
        Self { to: Exit::Connection(connection), weight: 1, tps: 0 }
    }

    /// Nowhere.
    pub fn refuse(refusal: Refusal) -> Self {
        Self { to: Exit::Refuse(refusal as u8), weight: 1, tps: 0 }
    }
}

impl Window {
    /// Minutes of a week.
    pub const WEEK: u16 = 7 * 24 * 60;

    /// The minute of the week of an instant in Unix nanoseconds. The clock began on a Thursday.
    pub fn minute_of(unix_ns: u64) -> u16 {
        const THURSDAY: u64 = 3 * 24 * 60;
        ((unix_ns / 60_000_000_000 + THURSDAY) % u64::from(Self::WEEK)) as u16
    }

    /// Is this minute of the week within it?
    pub fn contains(self, minute: u16) -> bool {
        if self.from <= self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }
}

impl ArchivedWindow {
    /// As it was written.
    pub fn to_native(&self) -> Window {
        Window { from: self.from.to_native(), until: self.until.to_native() }
    }
}

impl ArchivedConditions {
    /// Does the policy count at this instant?
    pub fn hold_at(&self, unix_ns: u64) -> bool {
        let (from_ns, until_ns) = (self.from_ns.to_native(), self.until_ns.to_native());
        let minute = Window::minute_of(unix_ns);
        let within = |window: &ArchivedWindow| window.to_native().contains(minute);
        unix_ns >= from_ns
            && (until_ns == 0 || unix_ns < until_ns)
            && (self.windows.is_empty() || self.windows.iter().any(within))
    }
}

impl ArchivedPolicy {
    /// What people call it.
    pub fn known_as(&self) -> &str {
        if self.name.is_empty() { &self.pattern } else { &self.name }
    }

    /// The connections it leads to, in the order in which they are listed.
    pub fn connections(&self) -> impl Iterator<Item = u32> + '_ {
        self.ways.iter().filter_map(|way| match &way.to {
            ArchivedExit::Connection(connection) => Some(connection.to_native()),
            ArchivedExit::Refuse(_) => None,
        })
    }
}
