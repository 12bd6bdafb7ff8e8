//! Where does it go, and what does it cost? The decision itself is the treaty's
//! ([`routing::ArchivedEnvironment::choose`]); a shard adds how its connections stand.

use std::hash::{Hash, Hasher};

use routing::snapshot::RowFile;
use routing::{
    Address, ArchivedChargeOn, ArchivedEnvironment, ArchivedPolicy, Asked, Charge, Content,
    Decision, Hold, Number, Question, Refusal, Rewritten, Side, Sms, Target, rewrite,
};

use crate::admit::Draft;
use crate::credit::units;
use crate::flights::Flight;
use crate::outlook::View;
use crate::shard::Shard;
use crate::tables::digest;

/// What was decided about a draft.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) number: Number,
    pub(crate) rewritten: Rewritten,
    pub(crate) target: Target,
    pub(crate) charge: Charge,
    /// The way of the policy, and its limit.
    pub(crate) way: Option<Way>,
}

/// A way of a policy that an Sms takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) policy: u32,
    pub(crate) way: u8,
    pub(crate) tps: u32,
}

/// What another way must offer to be taken instead.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Need {
    /// It takes the Sms at once; the policy that was found stands.
    Ready,
    /// Whatever the plan says now: the old way is no more.
    Any,
}

impl Shard {
    /// Decides where a draft goes and what it costs, and which shadow policy would have had it.
    pub(crate) fn choose(
        &self,
        environment: &ArchivedEnvironment,
        draft: &Draft,
    ) -> (Result<Chosen, Refusal>, Option<u32>) {
        let carrier = draft.ingress.payer();
        let rewritten = rewritten(environment, carrier, draft);
        let called = rewritten.destination.unwrap_or(draft.destination);
        let Ok(number) = Number::normalise(called.ton, called.as_bytes()) else {
            return (Err(Refusal::BadDestination), None);
        };
        let source = rewritten.source.unwrap_or(draft.source);
        let asked = Asked { number, calling: &source, at_ns: self.at.unix_ns };
        let charge = price(environment, carrier, &asked, (&draft.content, draft.esm_class));
        let question = Question {
            carrier,
            came_by: draft.ingress.connection(),
            source,
            number,
            domain: draft.domain.as_deref(),
            at_ns: self.at.unix_ns,
            seed: seed(&draft.source, &draft.destination, &draft.content),
            trace: draft.trace,
            tried: &[],
            sale: charge.as_ref().ok().and_then(|charge| sale(environment, charge)),
        };
        let view = View { shard: self, environment: environment.id.to_native() };
        let choice = environment.choose(self.files(), &question, &view, &mut ());
        let shadow = choice.shadow.map(|policy| policy.id.to_native());
        let target = target(&choice.decision);
        let way = way(&choice.decision);
        let chosen = target
            .and_then(|target| Ok(Chosen { number, rewritten, target, charge: charge?, way }));
        (chosen, shadow)
    }

    /// Another target for a flight that waits for a connection, if the plan has one.
    pub(crate) fn another_target(&self, flight: &Flight, need: Need) -> Option<Target> {
        let (sms, plan) = (&*flight.sms, self.plan.as_ref()?);
        let Target::Connection { policy, connection } = sms.target else { return None };
        let environment = plan.environment(sms.environment)?;
        let mut tried = [connection; TRIED_MAX];
        if need == Need::Ready {
            let before = sms.journey.tried();
            tried[..before.len()].copy_from_slice(before);
        }
        let question = Question {
            carrier: sms.payer(),
            came_by: sms.ingress.connection(),
            source: sms.calling(),
            number: sms.number,
            domain: None,
            at_ns: self.at.unix_ns,
            seed: seed(&sms.source, &sms.destination, &sms.content),
            trace: sms.trace,
            tried: &tried,
            sale: sale(environment, &sms.charge),
        };
        let view = View { shard: self, environment: sms.environment };
        match need {
            Need::Any => {
                let choice = environment.choose(self.files(), &question, &view, &mut ());
                target(&choice.decision).ok()
            }
            Need::Ready => {
                let policy = self.policy_of(environment, sms.number, policy)?;
                let decision = environment.choose_way(policy, &question, &view, &mut ());
                let target = target(&decision).ok()?;
                let Target::Connection { connection, .. } = target else { return None };
                view.is_ready(connection).then_some(target)
            }
        }
    }

    /// Does the plan still send an Sms the way that was chosen for it?
    pub(crate) fn is_still_meant(&self, sms: &Sms) -> bool {
        let Target::Connection { policy, connection } = sms.target else { return true };
        let Some(plan) = &self.plan else { return true };
        let Some(environment) = plan.environment(sms.environment) else { return true };
        let enabled = environment.connection(connection).is_some_and(|c| c.enabled);
        let leads = |policy: &ArchivedPolicy| policy.connections().any(|id| id == connection);
        enabled && self.policy_of(environment, sms.number, policy).is_some_and(leads)
    }

    /// A policy by its id, among those that match a number.
    fn policy_of<'a>(
        &self,
        environment: &'a ArchivedEnvironment,
        number: Number,
        id: u32,
    ) -> Option<&'a ArchivedPolicy> {
        let mut found = environment.policies.first_from(self.files(), number, 0);
        while let Some((rank, _)) = found.filter(|(_, policy)| policy.id != id) {
            found = environment.policies.first_from(self.files(), number, rank + 1);
        }
        found.map(|(_, policy)| policy)
    }

    /// The files of rows of the plan.
    fn files(&self) -> &[RowFile] {
        self.plan.as_ref().map_or(&[], |plan| plan.snapshot.tables())
    }
}

fn target(decision: &Decision<'_>) -> Result<Target, Refusal> {
    match decision {
        Decision::Account(account) => Ok(Target::Account(*account)),
        Decision::Connection { policy, connection, .. } => Ok(Target::Connection {
            policy: policy.id.to_native(),
            connection: connection.id.to_native(),
        }),
        Decision::Refused { refusal, .. } => Err(*refusal),
    }
}

fn way(decision: &Decision<'_>) -> Option<Way> {
    let Decision::Connection { policy, way, .. } = decision else { return None };
    let tps = policy.ways.get(*way)?.tps.to_native();
    (tps > 0).then_some(Way { policy: policy.id.to_native(), way: *way as u8, tps })
}

/// What its sender pays, if it pays at all.
fn sale<'a>(environment: &'a ArchivedEnvironment, charge: &Charge) -> Option<(Charge, &'a str)> {
    let tariff = environment.tariff(charge.tariff).filter(|_| charge.tariff != 0)?;
    Some((*charge, &tariff.currency))
}

/// What the rules of its carrier make of the addresses.
fn rewritten(environment: &ArchivedEnvironment, carrier: Option<u32>, draft: &Draft) -> Rewritten {
    let carrier = carrier.and_then(|id| environment.carrier(id));
    let Some(rules) = carrier.map(|carrier| &carrier.contract.rewrites) else {
        return Rewritten::default();
    };
    Rewritten {
        source: rewrite(rules, Side::Calling, &draft.source),
        destination: rewrite(rules, Side::Called, &draft.destination),
    }
}

/// The lot that an Sms draws among weighted ways: the same one when its sender sends it again.
fn seed(source: &Address, destination: &Address, content: &Content) -> u64 {
    let mut hasher = digest();
    (source, destination).hash(&mut hasher);
    match content {
        Content::Coded { octets, .. } => octets.hash(&mut hasher),
        Content::Text(text) => text.hash(&mut hasher),
    }
    hasher.finish()
}

/// An app pays nothing; a carrier without a tariff pays nothing; a tariff without a price for
/// the number refuses.
fn price(
    environment: &ArchivedEnvironment,
    carrier: Option<u32>,
    asked: &Asked<'_>,
    content: (&Content, u8),
) -> Result<Charge, Refusal> {
    let Some(carrier) = carrier else { return Ok(Charge::default()) };
    let carrier = environment.carrier(carrier).ok_or(Refusal::NotReady)?;
    let Some(tariff) = carrier.tariff.as_ref() else {
        return Ok(Charge { units: 1, ..Charge::default() });
    };
    let tariff = environment.tariff(tariff.to_native()).ok_or(Refusal::NoPrice)?;
    let hold = match (carrier.contract.credit_micros.is_some(), &carrier.charge_on) {
        (false, _) => Hold::Nothing,
        (true, ArchivedChargeOn::Accepted) => Hold::Accepted,
        (true, ArchivedChargeOn::Delivered) => Hold::Delivered,
        (true, ArchivedChargeOn::Submitted) => Hold::Submitted,
    };
    let charge = tariff.charge(asked, units(&tariff.unit, content)).ok_or(Refusal::NoPrice)?;
    Ok(Charge { hold, refund: carrier.contract.refund.to_native(), ..charge })
}

/// The connections that had an Sms, and the one that has it.
const TRIED_MAX: usize = routing::Journey::MOVES_MAX as usize + 1;
