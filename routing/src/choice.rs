//! The one decision every Sms needs: the same code for a shard and for `route test`.

use crate::snapshot::RowFile;
use crate::{
    Address, ArchivedConnection, ArchivedEnvironment, ArchivedPolicy, ArchivedScreen, ArchivedSide,
    ArchivedStance, Asked, Charge, Number, Party, Refusal, Trace,
};

/// Where an Sms wants to go, and all that the answer depends on but the standing of connections.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The carrier that sends it and pays; `None` for an app.
    pub carrier: Option<u32>,
    /// The connection it came by, if it came by one.
    pub came_by: Option<u32>,
    /// The calling address, rewritten.
    pub source: Address,
    /// The called number, of the address as it was rewritten.
    pub number: Number,
    /// The domain that was called, in lower case, if it is not the environment's own.
    pub domain: Option<&'a str>,
    /// When.
    pub at_ns: u64,
    /// Equal for equal Sms: what draws the lot among weighted ways.
    pub seed: u64,
    /// Where it has been.
    pub trace: Trace,
    /// Connections that had it and could not take it.
    pub tried: &'a [u32],
    /// What its sender pays, with the currency; `None` if it pays nothing for anything.
    pub sale: Option<(Charge, &'a str)>,
}

impl Question<'_> {
    /// What a price of it depends on.
    pub fn asked(&self) -> Asked<'_> {
        Asked { number: self.number, calling: &self.source, at_ns: self.at_ns }
    }

    /// Whoever calls a number, for nothing, at an instant.
    pub fn plain(number: Number, at_ns: u64) -> Self {
        let nobody = Address::new(0, 0, b"").expect("nothing fits");
        Self {
            carrier: None,
            came_by: None,
            source: nobody,
            number,
            domain: None,
            at_ns,
            seed: number.packed(),
            trace: Trace::default(),
            tried: &[],
            sale: None,
        }
    }
}

/// The answer.
#[derive(Clone, Copy)]
pub struct Choice<'a> {
    /// Where it goes.
    pub decision: Decision<'a>,
    /// The shadow policy that would have taken it.
    pub shadow: Option<&'a ArchivedPolicy>,
}

impl<'a> Choice<'a> {
    /// The policy that decided, if one did.
    pub fn policy(&self) -> Option<&'a ArchivedPolicy> {
        match self.decision {
            Decision::Account(_) => None,
            Decision::Connection { policy, .. } => Some(policy),
            Decision::Refused { policy, .. } => policy,
        }
    }
}

/// Where an Sms goes.
#[derive(Clone, Copy)]
pub enum Decision<'a> {
    /// To the app of the account with this id, whatever the policies say.
    Account(u32),
    /// Over a connection of a policy.
    Connection {
        /// The policy.
        policy: &'a ArchivedPolicy,
        /// The connection.
        connection: &'a ArchivedConnection,
        /// Which of the policy's ways.
        way: usize,
    },
    /// Nowhere.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The policy that decided, if one did.
        policy: Option<&'a ArchivedPolicy>,
    },
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It takes what comes.
    Ready,
    /// It is not bound.
    Down,
    /// Its queue holds all it may.
    Full,
    /// Its next hop asked for a pause.
    Throttled,
}

impl Standing {
    /// The standing with this number, in their order.
    pub fn from_number(number: u8) -> Option<Self> {
        let all = [Self::Ready, Self::Down, Self::Full, Self::Throttled];
        all.get(usize::from(number)).copied()
    }

    /// The word for tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Down => "down",
            Self::Full => "full",
            Self::Throttled => "throttled",
        }
    }
}

/// What is known of connections at this moment.
pub trait Outlook {
    /// How a connection stands.
    fn standing(&self, connection: u32) -> Standing;

    /// How well it delivers; more is better.
    fn quality(&self, connection: u32) -> u32;

    /// May one more Sms go this way of a policy, which has this limit?
    fn has_room(&self, policy: u32, way: usize, tps: u32) -> bool;
}

/// The outlook of one who knows nothing: every connection is ready and as good as the next.
#[derive(Clone, Copy, Debug)]
pub struct AllReady;

impl Outlook for AllReady {
    fn standing(&self, _: u32) -> Standing {
        Standing::Ready
    }

    fn quality(&self, _: u32) -> u32 {
        0
    }

    fn has_room(&self, _: u32, _: usize, _: u32) -> bool {
        true
    }
}

/// Who is told of every rule that was considered.
pub trait Witness {
    /// A policy was looked at.
    fn policy(&mut self, policy: &ArchivedPolicy, fate: Fate);

    /// A way of the policy that was found was looked at.
    fn way(&mut self, way: usize, fate: WayFate);
}

/// A shard's witness: nobody.
impl Witness for () {
    fn policy(&mut self, _: &ArchivedPolicy, _: Fate) {}

    fn way(&mut self, _: usize, _: WayFate) {}
}

/// What became of a policy whose pattern matches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It decided.
    Taken,
    /// It would have decided if it were no shadow.
    Shadow,
    /// Another sender.
    Source,
    /// Another domain.
    Domain,
    /// Not at this time.
    Time,
    /// This list (by id) holds the caller or the called number back.
    Screen(u32),
    /// Another one came first.
    Later,
}

/// What became of a way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WayFate {
    /// It was taken.
    Taken,
    /// No way was ready, so it waits for this one.
    Awaited,
    /// The environment has no such connection.
    Missing,
    /// The connection is disabled.
    Disabled,
    /// The connection had it already and could not take it.
    Tried,
    /// It came from there, or has been there.
    Returns,
    /// It costs more than the sender pays (both in millionths), or nobody knows what it costs.
    BelowCost {
        /// What the sender pays.
        price: i64,
        /// What it costs us; `None` is not known.
        cost: Option<i64>,
    },
    /// The way has all it may take in a second.
    Limit,
    /// How the connection stands.
    Standing(Standing),
    /// Another one came first.
    Later,
}

impl ArchivedEnvironment {
    /// Local account first, then the policies in their order, then the ways of the one that
    /// counts. `files` are the snapshot's files of rows.
    pub fn choose<'a>(
        &'a self,
        files: &[RowFile],
        question: &Question<'_>,
        outlook: &impl Outlook,
        witness: &mut impl Witness,
    ) -> Choice<'a> {
        let parties = Parties::of(question);
        let refused = |refusal, policy| Decision::Refused { refusal, policy };
        let alone = |decision| Choice { decision, shadow: None };
        if let Some((_, side)) = self.barring(&parties, question.carrier) {
            return alone(refused(blocked(side), None));
        }
        // Both are asked before either is looked at, so that a large site waits for its memory
        // once and not twice.
        let reach = self.reach(question.number);
        let mut found = self.policies.first_from(files, question.number, 0);
        // Apps that are registered elsewhere are reached as a policy says.
        let ends_here = question.domain.is_none() && self.registrar == 0;
        if let Some(reach) = reach.filter(|_| ends_here) {
            return alone(if reach.messaging {
                Decision::Account(reach.account)
            } else {
                refused(Refusal::NotAllowed, None)
            });
        }
        let mut shadow = None;
        while let Some((rank, policy)) = found {
            let fate = self.fate(policy, &parties, question);
            witness.policy(policy, fate);
            match fate {
                Fate::Taken => {
                    let decision = self.choose_way(policy, question, outlook, witness);
                    return Choice { decision, shadow };
                }
                Fate::Shadow => shadow = shadow.or(Some(policy)),
                Fate::Source | Fate::Domain | Fate::Time | Fate::Screen(_) | Fate::Later => {}
            }
            found = self.policies.first_from(files, question.number, rank + 1);
        }
        Choice { decision: refused(Refusal::NoRoute, None), shadow }
    }

    /// What becomes of a policy whose pattern matches, were it the next one.
    pub(crate) fn fate(
        &self,
        policy: &ArchivedPolicy,
        parties: &Parties<'_>,
        question: &Question<'_>,
    ) -> Fate {
        let only = &policy.only;
        let domain = match (only.domain.as_ref(), question.domain) {
            (None, None) => true,
            (Some(pattern), domain) => {
                let domain = domain.unwrap_or(&self.domain);
                crate::pattern::like(pattern.as_bytes(), domain.as_bytes())
            }
            (None, Some(_)) => false,
        };
        let source = only.source.as_ref();
        if !source.is_none_or(|pattern| parties.calling().matches(pattern.as_bytes())) {
            Fate::Source
        } else if !domain {
            Fate::Domain
        } else if !only.hold_at(question.at_ns) {
            Fate::Time
        } else if let Some((list, _)) = self.held_back(&only.screens, parties) {
            Fate::Screen(list)
        } else if policy.shadow {
            Fate::Shadow
        } else {
            Fate::Taken
        }
    }

    /// The list of the environment or of the carrier that holds an Sms back, and whom.
    pub(crate) fn barring(
        &self,
        parties: &Parties<'_>,
        carrier: Option<u32>,
    ) -> Option<(u32, ArchivedSide)> {
        let by_carrier = || {
            let carrier = carrier.and_then(|id| self.carrier(id))?;
            self.held_back(&carrier.contract.screens, parties)
        };
        self.held_back(&self.screens, parties).or_else(by_carrier)
    }

    /// The first list that is not passed; most sites have none.
    #[inline(always)]
    fn held_back(
        &self,
        screens: &[ArchivedScreen],
        parties: &Parties<'_>,
    ) -> Option<(u32, ArchivedSide)> {
        if screens.is_empty() { None } else { self.first_not_passed(screens, parties) }
    }

    /// A list that is not there holds nobody back if it blocks, and everybody if it allows.
    fn first_not_passed(
        &self,
        screens: &[ArchivedScreen],
        parties: &Parties<'_>,
    ) -> Option<(u32, ArchivedSide)> {
        let stops = |screen: &&ArchivedScreen| {
            let party = match screen.side {
                ArchivedSide::Calling => parties.calling(),
                ArchivedSide::Called => Party::Number(parties.called),
            };
            let list = self.list(screen.list.to_native());
            let listed = list.is_some_and(|list| list.contains(&party));
            match screen.stance {
                ArchivedStance::Block => listed,
                ArchivedStance::Allow => !listed,
            }
        };
        screens.iter().find(stops).map(|screen| (screen.list.to_native(), screen.side))
    }
}

/// The two whom a question joins.
#[derive(Debug)]
pub(crate) struct Parties<'a> {
    source: &'a Address,
    called: Number,
}

impl<'a> Parties<'a> {
    pub(crate) fn of(question: &'a Question<'_>) -> Self {
        Self { source: &question.source, called: question.number }
    }

    /// Who calls; most sites have nothing that asks.
    fn calling(&self) -> Party {
        Party::of(self.source)
    }
}

fn blocked(side: ArchivedSide) -> Refusal {
    match side {
        ArchivedSide::Calling => Refusal::BlockedSource,
        ArchivedSide::Called => Refusal::BlockedDestination,
    }
}

#[cfg(test)]
mod tests;
