//! Units as they came in (TS 23.040 §9.2.2).

use super::{Address, Cursor, From, Stamp, TpduError, UserData, Validity};

/// A unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tpdu<'a> {
    /// SMS-SUBMIT: a handset sends.
    Submit(Submit<'a>),
    /// SMS-DELIVER: a handset gets.
    Deliver(Deliver<'a>),
    /// SMS-STATUS-REPORT: a handset hears what became of what it sent.
    StatusReport(StatusReport<'a>),
    /// SMS-DELIVER-REPORT or SMS-SUBMIT-REPORT, within RP-ACK or RP-ERROR: TP-FCS, if it is there.
    Report(Refused),
    /// SMS-COMMAND: a handset asks for something about what it sent.
    Command,
}

/// SMS-SUBMIT.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Submit<'a> {
    /// TP-MR: what the handset calls it.
    pub reference: u8,
    /// TP-SRR: it wants an SMS-STATUS-REPORT.
    pub wants_report: bool,
    /// TP-RD: a copy of what waits already shall be refused.
    pub rejects_duplicates: bool,
    /// TP-DA.
    pub destination: Address<'a>,
    /// TP-PID.
    pub protocol_id: u8,
    /// TP-VP.
    pub validity: Validity,
    /// TP-DCS, TP-UDHI, TP-UD.
    pub data: UserData<'a>,
}

/// SMS-DELIVER.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deliver<'a> {
    /// TP-MMS says that more wait.
    pub has_more: bool,
    /// TP-OA.
    pub origin: Address<'a>,
    /// TP-PID.
    pub protocol_id: u8,
    /// TP-SCTS.
    pub accepted: Stamp,
    /// TP-DCS, TP-UDHI, TP-UD.
    pub data: UserData<'a>,
}

/// SMS-STATUS-REPORT.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StatusReport<'a> {
    /// TP-MR of the SMS-SUBMIT.
    pub reference: u8,
    /// TP-RA: whom it was for.
    pub recipient: Address<'a>,
    /// TP-SCTS.
    pub accepted: Stamp,
    /// TP-DT.
    pub done: Stamp,
    /// TP-ST (§9.2.3.15).
    pub status: u8,
}

/// TP-FCS of a negative report; `None` of a positive one (§9.2.3.22).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Refused(pub Option<u8>);

impl<'a> Tpdu<'a> {
    /// Reads a unit. Reports of one line tell by `is_error` whether they came in an RP-ERROR.
    pub fn decode(octets: &'a [u8], from: From, is_error: bool) -> Result<Self, TpduError> {
        let mut cursor = Cursor::new(octets);
        let first = cursor.u8()?;
        match (first & 3, from) {
            (1, From::Handset) => Submit::take(first, &mut cursor).map(Self::Submit),
            (0, From::Centre) => Deliver::take(first, &mut cursor).map(Self::Deliver),
            (2, From::Centre) => StatusReport::take(&mut cursor).map(Self::StatusReport),
            (2, From::Handset) => Ok(Self::Command),
            (0, From::Handset) | (1, From::Centre) => {
                let cause = if is_error { Some(cursor.u8()?) } else { None };
                Ok(Self::Report(Refused(cause)))
            }
            _ => Err(TpduError { at: 0 }),
        }
    }
}

impl<'a> Submit<'a> {
    fn take(first: u8, cursor: &mut Cursor<'a>) -> Result<Self, TpduError> {
        let reference = cursor.u8()?;
        let destination = Address::take(cursor)?;
        let (protocol_id, coding) = (cursor.u8()?, cursor.u8()?);
        let validity = Validity::take(first >> 3, cursor)?;
        let data = UserData::take(coding, first & UDHI != 0, cursor)?;
        let (wants_report, rejects_duplicates) = (first & 0x20 != 0, first & 0x04 != 0);
        Ok(Self {
            reference,
            wants_report,
            rejects_duplicates,
            destination,
            protocol_id,
            validity,
            data,
        })
    }
}

impl<'a> Deliver<'a> {
    fn take(first: u8, cursor: &mut Cursor<'a>) -> Result<Self, TpduError> {
        let origin = Address::take(cursor)?;
        let (protocol_id, coding) = (cursor.u8()?, cursor.u8()?);
        let accepted = Stamp::take(cursor)?;
        let data = UserData::take(coding, first & UDHI != 0, cursor)?;
        Ok(Self { has_more: first & 0x04 == 0, origin, protocol_id, accepted, data })
    }
}

impl<'a> StatusReport<'a> {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, TpduError> {
        let reference = cursor.u8()?;
        let recipient = Address::take(cursor)?;
        let (accepted, done) = (Stamp::take(cursor)?, Stamp::take(cursor)?);
        Ok(Self { reference, recipient, accepted, done, status: cursor.u8()? })
    }
}

/// TP-UDHI.
const UDHI: u8 = 0x40;
