//! Where does it go, and what does it cost? The decision itself is the treaty's
//! ([`routing::ArchivedEnvironment::choose`]); a shard adds how its connections stand.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};

use routing::{
    ArchivedEnvironment, Charge, Content, Decision, Number, Outlook, Question, Refusal, Rewritten,
    Side, Standing, Target, rewrite,
};

use crate::admit::Draft;
use crate::shard::Shard;

/// What was decided about a draft.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) number: Number,
    pub(crate) rewritten: Rewritten,
    pub(crate) target: Target,
    pub(crate) charge: Charge,
}

/// The connections of an environment as a shard sees them.
struct View<'a> {
    shard: &'a Shard,
    environment: u32,
}

impl Outlook for View<'_> {
    fn standing(&self, connection: u32) -> Standing {
        let up = self.shard.connections.is_up(self.environment, connection);
        if up { Standing::Ready } else { Standing::Down }
    }

    fn quality(&self, _: u32) -> u32 {
        0
    }

    fn has_room(&self, _: u32, _: usize, _: u32) -> bool {
        true
    }
}

impl Shard {
    /// Decides where a draft goes and what it costs.
    pub(crate) fn choose(
        &self,
        environment: &ArchivedEnvironment,
        draft: &Draft,
    ) -> Result<Chosen, Refusal> {
        let carrier = draft.ingress.payer();
        let rewritten = rewritten(environment, carrier, draft);
        let called = rewritten.destination.unwrap_or(draft.destination);
        let number = Number::normalise(called.ton, called.as_bytes())
            .map_err(|_| Refusal::BadDestination)?;
        let charge = price(environment, carrier, number);
        let sale = charge.as_ref().ok().filter(|charge| charge.tariff != 0).and_then(|charge| {
            Some((*charge, environment.tariff(charge.tariff)?.currency.as_str()))
        });
        let question = Question {
            carrier,
            came_by: draft.ingress.connection(),
            source: rewritten.source.unwrap_or(draft.source),
            number,
            domain: draft.domain.as_deref(),
            at_ns: self.at.unix_ns,
            seed: seed(draft),
            trace: draft.trace,
            tried: &[],
            sale,
        };
        let view = View { shard: self, environment: environment.id.to_native() };
        let target = match environment.choose(&question, &view, &mut ()).decision {
            Decision::Account(account) => Target::Account(account.id.to_native()),
            Decision::Connection { policy, connection, .. } => Target::Connection {
                policy: policy.id.to_native(),
                connection: connection.id.to_native(),
            },
            Decision::Refused { refusal, .. } => return Err(refusal),
        };
        Ok(Chosen { number, rewritten, target, charge: charge? })
    }
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
fn seed(draft: &Draft) -> u64 {
    let mut hasher = BuildHasherDefault::<DefaultHasher>::default().build_hasher();
    (draft.source, draft.destination).hash(&mut hasher);
    match &draft.content {
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
    number: Number,
) -> Result<Charge, Refusal> {
    let Some(carrier) = carrier else { return Ok(Charge::default()) };
    let carrier = environment.carrier(carrier).ok_or(Refusal::NotReady)?;
    let Some(tariff) = carrier.tariff.as_ref() else {
        return Ok(Charge { units: 1, ..Charge::default() });
    };
    let tariff = environment.tariff(tariff.to_native()).ok_or(Refusal::NoPrice)?;
    tariff.charge(number, 1).ok_or(Refusal::NoPrice)
}
