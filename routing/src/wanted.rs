//! What an app wants to hear of a text it sent.

use crate::State;
use crate::octets::{Field, Reader, Short, Write};

/// What an app wants to hear of a text it sent, beside the answer to its MESSAGE.
///
/// It stands in the ACCEPT record, so that a restart between the outcome and the report loses
/// nothing: the report is made of the two, as a carrier's receipt is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// What the app calls the text.
    pub name: String,
    /// It wants to hear of the delivery.
    pub delivered: bool,
    /// It wants to hear of a failure.
    pub failed: bool,
    /// How it wants to hear it.
    pub form: WantedForm,
}

/// How an app hears what became of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WantedForm {
    /// By an IMDN within CPIM (RFC 5438), as it asked.
    Envelope,
    /// By an IMDN of which SIP headers say what CPIM would: as some gateways ask.
    Headers,
    /// By an SMS-STATUS-REPORT (3GPP TS 23.040), as a handset asks under a TP-MR.
    StatusReport(u8),
}

impl Wanted {
    /// Octets of a name that is kept.
    pub const NAME_MAX: usize = 128;

    /// Does the app hear that it ended in this state? An IMDN has no word for an Sms that was
    /// handed over (ACCEPTD): that says neither that it arrived nor that it did not.
    pub fn wants(&self, state: State) -> bool {
        match state {
            State::Delivered => self.delivered,
            State::Accepted => matches!(self.form, WantedForm::StatusReport(_)),
            State::Enroute => false,
            State::Expired
            | State::Deleted
            | State::Undeliverable
            | State::Unknown
            | State::Rejected => self.failed,
        }
    }
}

impl Field for Option<Box<Wanted>> {
    fn put(&self, out: &mut Vec<u8>) {
        let Some(wanted) = self else { return out.put_u8(0) };
        let (form, reference) = match wanted.form {
            WantedForm::Envelope => (1, 0),
            WantedForm::Headers => (2, 0),
            WantedForm::StatusReport(reference) => (3, reference),
        };
        out.put_raw(&[form, reference, u8::from(wanted.delivered), u8::from(wanted.failed)]);
        wanted.name.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let form = reader.u8()?;
        if form == 0 {
            return Ok(None);
        }
        let [reference, delivered, failed] = reader.array()?;
        let form = match form {
            1 => WantedForm::Envelope,
            2 => WantedForm::Headers,
            3 => WantedForm::StatusReport(reference),
            _ => return Err(Short),
        };
        let (delivered, failed) = (delivered != 0, failed != 0);
        Ok(Some(Box::new(Wanted { name: String::take(reader)?, delivered, failed, form })))
    }
}
