//! What a connection makes of an Sms that leaves over it.

use routing::{Address, Side, Sms, rewrite};

use crate::egress::queues::ConnectionKey;
use crate::plan::Adopted;

/// What a connection makes of an Sms that leaves over it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outward {
    /// The mark of our environment, if the connection counts hops.
    pub(super) mark: Option<u32>,
    pub(super) source: Address,
    pub(super) destination: Address,
}

impl Outward {
    /// The addresses as the connection's rules make them.
    pub(super) fn of(plan: Option<&Adopted>, key: ConnectionKey, sms: &Sms) -> Self {
        let plain = Self { mark: None, source: sms.calling(), destination: sms.called() };
        let environment = plan.and_then(|plan| plan.environment(key.0));
        let connection = environment.and_then(|environment| environment.connection(key.1));
        let (Some(environment), Some(connection)) = (environment, connection) else {
            return plain;
        };
        let rules = &connection.manner.rewrites;
        let rewritten = |side, address: Address| rewrite(rules, side, &address).unwrap_or(address);
        Self {
            mark: connection.count_hops.then(|| environment.mark.to_native()),
            source: rewritten(Side::Calling, plain.source),
            destination: rewritten(Side::Called, plain.destination),
        }
    }
}
