//! What was agreed with the carriers that bind here, and how much of it they have used.

use std::collections::BTreeMap;
use std::time::Duration;

use routing::{Address, ArchivedCarrier, Contract, IdForm, MessageId, Plane, Refusal};
use smpp::Version;
use smpp::session::Patience;

use crate::input::{LinkId, Moment, ShardId};
use crate::limits::QUOTA_TOLD;
use crate::mail::Mail;
use crate::peers::binds::CarrierKey;
use crate::peers::links::Owner;
use crate::shard::Shard;
use crate::spelling::{Place, Spelled, Spelling};
use crate::throttle::Throttle;

/// What was agreed with one carrier, thawed once a plan and not once an Sms.
#[derive(Debug)]
pub(crate) struct Agreed {
    pub(crate) contract: Contract,
    tps: u32,
    throttle: Throttle,
    spent: Spent,
}

/// Sms of one UTC day.
#[derive(Debug, Default)]
struct Spent {
    /// Days since 1970.
    day: u64,
    /// Accepted by this shard, and how many of them the other shards know of.
    here: u64,
    told: u64,
    /// Accepted by the other shards, as far as they have told.
    there: BTreeMap<ShardId, u64>,
}

/// The carriers that are, or were, bound to this shard.
#[derive(Debug, Default)]
pub(crate) struct Agreements {
    carriers: BTreeMap<CarrierKey, Agreed>,
}

impl Agreements {
    pub(crate) fn get(&self, key: CarrierKey) -> Option<&Agreed> {
        self.carriers.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: CarrierKey) -> Option<&mut Agreed> {
        self.carriers.get_mut(&key)
    }
}

impl Agreed {
    fn new(at: Moment, carrier: &ArchivedCarrier) -> Self {
        let (contract, tps) = (carrier.thawed_contract(), carrier.tps.to_native());
        let throttle = Throttle::new(at.now, tps, contract.burst);
        Self { contract, tps, throttle, spent: Spent::default() }
    }

    /// May one more Sms come now, by the rate and by the quota of the day?
    pub(crate) fn admit(&mut self, at: Moment) -> Result<(), Refusal> {
        let quota = self.contract.quota_daily;
        if quota > 0 && self.spent.of(at).total() >= quota {
            return Err(Refusal::Quota);
        }
        let admitted = self.throttle.admit(at.now, self.tps, self.contract.burst);
        admitted.then_some(()).ok_or(Refusal::Throttled)
    }

    /// An Sms counts; `Some` when the other shards should hear how many do.
    fn spend(&mut self, at: Moment) -> Option<(u64, u64)> {
        let quota = self.contract.quota_daily;
        if quota == 0 {
            return None;
        }
        let spent = self.spent.of(at);
        spent.here += 1;
        if spent.here - spent.told < (quota / QUOTA_TOLD).max(1) {
            return None;
        }
        spent.told = spent.here;
        Some((spent.day, spent.here))
    }

    /// It was refused after all.
    fn refund(&mut self, at: Moment) {
        let spent = self.spent.of(at);
        spent.here = spent.here.saturating_sub(1);
        spent.told = spent.told.min(spent.here);
    }

    fn heard(&mut self, at: Moment, from: ShardId, day: u64, spent: u64) {
        if self.spent.of(at).day == day {
            self.spent.there.insert(from, spent);
        }
    }
}

impl Spent {
    /// The counts of today.
    fn of(&mut self, at: Moment) -> &mut Self {
        let day = at.unix_ns / DAY_NS;
        if self.day != day {
            *self = Self { day, ..Self::default() };
        }
        self
    }

    fn total(&self) -> u64 {
        self.here + self.there.values().sum::<u64>()
    }
}

impl Shard {
    /// Makes sure that it is known what was agreed with a carrier of the plan.
    pub(crate) fn agree(&mut self, key: CarrierKey) {
        let at = self.at;
        let Some(carrier) = self.plan.as_ref().and_then(|plan| plan.carrier(key.0, key.1)) else {
            return;
        };
        self.agreed.carriers.entry(key).or_insert_with(|| Agreed::new(at, carrier));
    }

    /// Another plan may say otherwise; what was used stays used.
    pub(crate) fn adopt_agreements(&mut self) {
        let Some(plan) = self.plan.as_ref() else { return };
        self.agreed.carriers.retain(|key, agreed| {
            let carrier = plan.carrier(key.0, key.1);
            if let Some(carrier) = carrier {
                agreed.contract = carrier.thawed_contract();
                agreed.tps = carrier.tps.to_native();
            }
            carrier.is_some()
        });
    }

    /// An Sms of a carrier was accepted: it counts for the day.
    pub(crate) fn spend(&mut self, key: CarrierKey) {
        let at = self.at;
        let told = self.agreed.get_mut(key).and_then(|agreed| agreed.spend(at));
        let Some((day, spent)) = told else { return };
        let (environment, carrier) = key;
        for shard in (0..self.config.shards).map(ShardId).filter(|s| *s != self.config.shard) {
            self.out.post(shard, Mail::Spent { environment, carrier, day, spent });
        }
    }

    /// It is not: its owner refused it.
    pub(crate) fn refund(&mut self, id: LinkId) {
        let Some(link) = self.links.get(id) else { return };
        let Owner::Carrier(carrier) = link.owner else { return };
        if let Some(agreed) = self.agreed.get_mut((link.environment, carrier)) {
            agreed.refund(self.at);
        }
    }

    /// An id as the carrier of this link reads it in an answer.
    pub(crate) fn spelled(&self, id: LinkId, name: MessageId) -> Spelled {
        let link = self.links.get(id);
        let (key, version) = link.map_or(((0, 0), Version::V34), |link| {
            let carrier = match link.owner {
                Owner::Carrier(carrier) => carrier,
                Owner::Nobody | Owner::Connection(_) => 0,
            };
            ((link.environment, carrier), link.session.version())
        });
        let form = self.agreed.get(key).map_or(IdForm::Auto, |a| a.contract.dialect.ids);
        Spelling::of(form, version, Place::Answer).write(name)
    }

    /// How much of a carrier's day another shard has used.
    pub(crate) fn handle_spent(&mut self, key: CarrierKey, from: ShardId, day: u64, spent: u64) {
        self.agree(key);
        if let Some(agreed) = self.agreed.carriers.get_mut(&key) {
            agreed.heard(self.at, from, day, spent);
        }
    }
}

/// How long we wait for a carrier; what was not agreed is what the product waits.
pub(crate) fn patience(contract: &Contract) -> Patience {
    let (timers, ours) = (contract.dialect.timers, Patience::default());
    let agreed = |ms: u32| (ms > 0).then(|| Duration::from_millis(u64::from(ms)));
    Patience {
        enquire_link: agreed(timers.enquire_ms).unwrap_or(ours.enquire_link),
        response: agreed(timers.response_ms).unwrap_or(ours.response),
        inactivity: agreed(timers.inactivity_ms).or(ours.inactivity),
        ..ours
    }
}

/// An address that came without type and plan gets those that were agreed.
pub(crate) fn placed(mut address: Address, plane: Option<Plane>) -> Address {
    if let Some(plane) = plane.filter(|_| (address.ton, address.npi) == (0, 0)) {
        (address.ton, address.npi) = (plane.ton, plane.npi);
    }
    address
}

const DAY_NS: u64 = 86_400_000_000_000;
