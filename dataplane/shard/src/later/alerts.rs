//! alert_notification: a recipient that could not be reached can be now (SMPP 3.4 §4.12). Who
//! asks for it with set_dpf (§5.3.2.29) on an Sms for an app that is away hears of its return
//! once, over any bind that receives. Nothing is kept for it beyond this process, and a
//! carrier that does not receive at that moment misses it.

use std::collections::BTreeMap;

use routing::{Address, Sms, Target};
use smpp::pdu::AlertNotification;
use smpp::tlv::tag;
use smpp::{Command, TlvBuffer, Tlvs};

use crate::inbox::AccountKey;
use crate::input::LinkId;
use crate::limits::{ALERTS_MAX, ALERTS_PER_ACCOUNT};
use crate::mail::Mail;
use crate::receipts::smpp_address;
use crate::shard::Shard;

/// Who wants to hear of the return of which accounts.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    wishes: BTreeMap<AccountKey, Vec<Alert>>,
    count: usize,
}

/// One who wants to hear of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Alert {
    /// The environment.
    pub(crate) environment: u32,
    /// The carrier.
    pub(crate) carrier: u32,
    /// Who was called.
    pub(crate) subscriber: Address,
    /// Who called.
    pub(crate) esme: Address,
}

impl Alert {
    /// What an Sms for an account could ask for.
    fn of(sms: &Sms) -> Option<(AccountKey, Self)> {
        let Target::Account(account) = sms.target else { return None };
        let carrier = sms.carrier().filter(|_| !sms.tlvs.is_empty())?;
        let (environment, subscriber, esme) = (sms.environment, sms.destination, sms.source);
        Some(((environment, account), Self { environment, carrier, subscriber, esme }))
    }
}

/// Does it ask for it?
fn asks(sms: &Sms) -> bool {
    let tlvs = Tlvs::decode(&sms.tlvs).unwrap_or(Tlvs::EMPTY);
    tlvs.get_u8(tag::SET_DPF) == Some(1)
}

impl Alerts {
    /// Will the sender of this Sms hear that its recipient is back? `None` if it never asked.
    pub(crate) fn is_pending(&self, sms: &Sms) -> Option<bool> {
        let known = Alert::of(sms).filter(|_| asks(sms));
        let wishes = known.and_then(|(key, alert)| Some((self.wishes.get(&key)?, alert)));
        asks(sms).then(|| wishes.is_some_and(|(wishes, alert)| wishes.contains(&alert)))
    }

    fn add(&mut self, key: AccountKey, alert: Alert) {
        if self.count >= ALERTS_MAX {
            return;
        }
        let wishes = self.wishes.entry(key).or_default();
        if wishes.len() < ALERTS_PER_ACCOUNT && !wishes.contains(&alert) {
            wishes.push(alert);
            self.count += 1;
        }
    }

    fn take(&mut self, key: AccountKey) -> Vec<Alert> {
        let wishes = self.wishes.remove(&key).unwrap_or_default();
        self.count -= wishes.len();
        wishes
    }
}

impl Shard {
    /// Remembers the wish of an Sms that is about to wait for its recipient.
    pub(crate) fn wish_alert(&mut self, sms: &Sms) {
        let Some((key, alert)) = Alert::of(sms) else { return };
        if !self.registrar.is_reachable(key, self.steady_ns) && asks(sms) {
            self.alerts.add(key, alert);
        }
    }

    /// An account can be reached again: whoever wanted to hear of it does.
    pub(crate) fn send_alerts(&mut self, key: AccountKey) {
        if !self.registrar.is_reachable(key, self.steady_ns) {
            return;
        }
        for alert in self.alerts.take(key) {
            let carrier = (alert.environment, alert.carrier);
            if self.binds.receivers(carrier).next().is_some() {
                self.handle_alert(&alert);
            } else if let Some(shard) = self.binds.receiving_shard(carrier, key.1) {
                self.out.post(shard, Mail::Alert(Box::new(alert)));
            }
        }
    }

    /// Writes an alert_notification to the first bind here that may have it.
    pub(crate) fn handle_alert(&mut self, alert: &Alert) {
        let links: Vec<LinkId> = self.binds.receivers((alert.environment, alert.carrier)).collect();
        for id in links {
            let Some(link) = self.links.get_mut(id).filter(|link| !link.closing) else { continue };
            let session = &mut link.session;
            let allowed = session.may_send(Command::AlertNotification).status().is_none();
            // SMPP 3.3 does not have it.
            if !allowed || !session.version().has_tlvs() {
                continue;
            }
            let Ok(sequence) = session.ask_untracked() else { continue };
            let mut tlvs = TlvBuffer::new();
            tlvs.put_u8(tag::MS_AVAILABILITY_STATUS, AVAILABLE);
            let notification = AlertNotification {
                source: smpp_address(&alert.subscriber),
                esme: smpp_address(&alert.esme),
                tlvs: tlvs.view(),
            };
            notification.encode(sequence, link.say());
            return self.touch(id);
        }
    }
}

/// ms_availability_status (SMPP 3.4 §5.3.2.30).
const AVAILABLE: u8 = 0;
