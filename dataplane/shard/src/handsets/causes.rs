//! Causes of the relay layer (TS 24.011 table 8.4), to and from what they mean here.

use routing::{Refusal, State};
use sip::rp::cause;

use crate::settle::Verdict;

/// What a cause means: out of memory, out of reach and congested may pass.
pub(super) fn verdict_of(said: u8) -> Verdict {
    let code = u32::from(said);
    match said {
        cause::MEMORY | 27 | 38 | cause::TEMPORARY | cause::CONGESTION | cause::RESOURCES => {
            Verdict::Temporary(code)
        }
        8 | 10 | cause::REJECTED => Verdict::Permanent(State::Rejected, code),
        _ => Verdict::Permanent(State::Undeliverable, code),
    }
}

/// The cause by which a handset hears why it is refused.
pub(super) fn cause_of(refusal: Refusal) -> u8 {
    match refusal {
        Refusal::BadDestination | Refusal::NoRoute | Refusal::NoPrice | Refusal::BelowCost => {
            cause::UNASSIGNED
        }
        Refusal::BadSource
        | Refusal::Loop
        | Refusal::BlockedSource
        | Refusal::BlockedDestination
        | Refusal::Barred => cause::REJECTED,
        Refusal::NotAllowed | Refusal::NoCredit => cause::NOT_SUBSCRIBED,
        Refusal::Throttled | Refusal::Full | Refusal::Quota => cause::CONGESTION,
        Refusal::NotDurable => cause::TEMPORARY,
        Refusal::NotReady => cause::OUT_OF_ORDER,
        Refusal::TooLong | Refusal::BadContent | Refusal::NoSchedule => cause::INCORRECT,
        Refusal::BadField => cause::MANDATORY,
    }
}

/// TP-FCS: unspecified error (TS 23.040 §9.2.3.22).
pub(super) const UNSPECIFIED: u8 = 0xFF;
