//! schedule_delivery_time and validity_period (SMPP 3.4 §5.2.15, §5.2.16) in Unix seconds.
//!
//! | what is asked | what is done |
//! |---|---|
//! | no time | leaves at once; our own validity |
//! | not sixteen characters, or no time of the calendar | ESME_RINVSCHED, ESME_RINVEXPIRY |
//! | a schedule that has passed | leaves at once |
//! | a schedule farther than [`SCHEDULE_MAX`] | ESME_RINVSCHED: to shorten it would be too early |
//! | a validity that has ended, or ends before the schedule | ESME_RINVEXPIRY |
//! | a validity longer than ours | shortened (`admit.rs`) |
//! | data_sm with qos_time_to_live | a validity of so many seconds (SMPP 3.4 §5.3.2.61) |

use smpp::tlv::tag;
use smpp::{ShortMessage, Status, Validity};

use crate::limits::SCHEDULE_MAX;

/// Until when an Sms is worth something and when it leaves, Unix seconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Times {
    pub(super) validity: Option<i64>,
    pub(super) not_before: Option<i64>,
}

/// The times of a submit_sm that came at `now_ns`.
pub(super) fn times(message: &ShortMessage<'_>, now_ns: u64) -> Result<Times, Status> {
    if message.schedule_delivery_time.is_empty()
        && message.validity_period.is_empty()
        && message.tlvs.is_empty()
    {
        return Ok(Times::default());
    }
    let now = (now_ns / SECOND_NS) as i64;
    // What is relative counts from the end of this second, so that nothing is early.
    let soon = now_ns.div_ceil(SECOND_NS) as i64;
    let at = |time: Validity| time.at(soon);
    let schedule = Validity::parse(message.schedule_delivery_time);
    let not_before = schedule.map_err(|_| Status::RINVSCHED)?.map(at).filter(|at| *at > now);
    if not_before.is_some_and(|at| at > now + SCHEDULE_MAX.as_secs() as i64) {
        return Err(Status::RINVSCHED);
    }
    let validity = Validity::parse(message.validity_period).map_err(|_| Status::RINVEXPIRY)?;
    let validity = validity.map(at).or_else(|| lifetime(message).map(|secs| soon + secs));
    if validity.is_some_and(|until| until <= not_before.unwrap_or(soon)) {
        return Err(Status::RINVEXPIRY);
    }
    Ok(Times { validity, not_before })
}

fn lifetime(message: &ShortMessage<'_>) -> Option<i64> {
    let octets = message.tlvs.get(tag::QOS_TIME_TO_LIVE)?.try_into().ok()?;
    Some(i64::from(u32::from_be_bytes(octets)))
}

const SECOND_NS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests;
