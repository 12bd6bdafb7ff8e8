//! May it enter, where does it go, what does it cost? One answer, before anything is stored.

use std::time::Duration;

use routing::board::Tally;
use routing::journal::{Record, Refused};
use routing::{
    AckLevel, Address, Content, Ingress, Journey, MessageId, Refusal, Sms, Target, Trace, Wanted,
    home,
};

use crate::choose::{Chosen, Way};
use crate::input::ShardId;
use crate::limits::{CONTENT_MAX, HOPS_MAX, VALIDITY_DEFAULT, VALIDITY_MAX};
use crate::modes;
use crate::plan::Adopted;
use crate::shard::Shard;

/// What a sender asks for, in no protocol.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) environment: u32,
    pub(crate) ingress: Ingress,
    pub(crate) source: Address,
    pub(crate) destination: Address,
    /// What its sender is told instead of its id, if it is one of several.
    pub(crate) group: Option<MessageId>,
    pub(crate) service_type: [u8; 5],
    pub(crate) esm_class: u8,
    pub(crate) protocol_id: u8,
    pub(crate) priority: u8,
    pub(crate) registered_delivery: u8,
    pub(crate) content: Content,
    pub(crate) tlvs: Vec<u8>,
    /// The domain that was called, if it is not the environment's own.
    pub(crate) domain: Option<String>,
    /// The one device of an account that was called, by a digest; 0 for all.
    pub(crate) device: u32,
    pub(crate) trace: Trace,
    /// What its sender, an app, wants to hear of it.
    pub(crate) wanted: Option<Box<Wanted>>,
    /// When it shall be given up, Unix seconds; `None` is our default.
    pub(crate) validity: Option<i64>,
    /// When it shall leave, Unix seconds; `None` is at once.
    pub(crate) not_before: Option<i64>,
}

/// What a decision leaves behind.
#[derive(Debug, Default)]
struct Noted {
    /// The shadow policy that would have decided.
    shadow: Option<u32>,
    /// The way taken, if it has a limit.
    way: Option<Way>,
}

impl Shard {
    /// Decides about a draft: the Sms and the shard that will own it, or why not.
    pub(crate) fn admit(&mut self, draft: Draft) -> Result<(Box<Sms>, ShardId), Refusal> {
        let mut noted = Noted::default();
        let called = draft.destination;
        let admitted = self.decide(draft, &mut noted);
        if let Some(policy) = noted.shadow {
            self.shadowed(policy);
        }
        if matches!(admitted, Err(Refusal::Loop)) {
            self.alarm_loop(called);
        }
        if let (Ok(_), Some(way)) = (&admitted, noted.way) {
            self.takes_way(way);
        }
        admitted
    }

    fn decide(&self, draft: Draft, noted: &mut Noted) -> Result<(Box<Sms>, ShardId), Refusal> {
        let plan = self.plan.as_ref().filter(|_| !self.stopping).ok_or(Refusal::NotReady)?;
        if draft.content.len() > CONTENT_MAX {
            return Err(Refusal::TooLong);
        }
        let environment = plan.environment(draft.environment).ok_or(Refusal::NotReady)?;
        if draft.trace.hops > HOPS_MAX || draft.trace.has_passed(environment.mark.to_native()) {
            return Err(Refusal::Loop);
        }
        let (chosen, shadow) = self.choose(environment, &draft);
        noted.shadow = shadow;
        let chosen = chosen?;
        noted.way = chosen.way;
        let owner = ShardId(home(target_id(chosen.target), self.config.shards));
        let mut sms = Box::new(self.sms(draft, plan, chosen));
        modes::grant(environment, &mut sms)?;
        Ok((sms, owner))
    }

    fn sms(&self, draft: Draft, plan: &Adopted, chosen: Chosen) -> Sms {
        let Chosen { number, rewritten, target, charge, way: _ } = chosen;
        let now_ns = self.at.unix_ns;
        let unix_ns = |unix: i64| (unix.max(0) as u64).saturating_mul(1_000_000_000);
        let not_before_ns = draft.not_before.map_or(0, unix_ns);
        let leaves_ns = now_ns.max(not_before_ns);
        let after = |duration: Duration| leaves_ns.saturating_add(duration.as_nanos() as u64);
        let expires_ns = draft.validity.map_or_else(|| after(VALIDITY_DEFAULT), unix_ns);
        Sms {
            id: MessageId::from_bits(0),
            group: draft.group.into(),
            environment: draft.environment,
            generation: plan.snapshot.generation(),
            received_ns: now_ns,
            accepted_ns: now_ns,
            expires_ns: expires_ns.clamp(now_ns, after(VALIDITY_MAX)),
            not_before_ns,
            ack: AckLevel::Durable,
            ingress: draft.ingress,
            source: draft.source,
            destination: draft.destination,
            number,
            service_type: draft.service_type,
            esm_class: draft.esm_class,
            protocol_id: draft.protocol_id,
            priority: draft.priority,
            registered_delivery: draft.registered_delivery,
            content: draft.content,
            tlvs: draft.tlvs,
            rewritten,
            trace: draft.trace,
            journey: Journey::default(),
            wanted: draft.wanted,
            device: draft.device,
            target,
            charge,
        }
    }

    /// Journals a negative answer; nothing waits for it. Where room is scarce it is only counted.
    pub(crate) fn record_refusal(&mut self, refused: Refused) {
        self.add(Tally::Refused, 1);
        if !self.promises.broken && !self.promises.scarce {
            self.record(&Record::Refused(refused));
        }
    }
}

/// The id whose home owns what goes there.
pub(crate) fn target_id(target: Target) -> u32 {
    match target {
        Target::Account(account) => account,
        Target::Connection { connection, .. } => connection,
    }
}
