//! Short messages as handsets behind an IMS have them: the relay layer, and the units in it.

use sip::rp::Rp;
use text::tpdu::build::{self, Data, Party};
use text::tpdu::{Deliver, From, Tpdu, UserData};

/// A message of the relay layer, and what it carries, read as either side would.
///
/// # Panics
///
/// If what was understood is not understood the same when we write it, or grows.
pub fn relay(octets: &[u8]) {
    let unit = match Rp::parse(octets) {
        Ok(Rp::Data { tpdu, .. } | Rp::Ack { tpdu, .. } | Rp::Error { tpdu, .. }) => tpdu,
        Ok(Rp::RoomAgain { .. }) | Err(_) => octets,
    };
    for (from, is_error) in
        [(From::Handset, false), (From::Handset, true), (From::Centre, false), (From::Centre, true)]
    {
        match Tpdu::decode(unit, from, is_error) {
            Ok(Tpdu::Submit(submit)) => drop(unpacked(&submit.data)),
            Ok(Tpdu::Deliver(deliver)) => again(&deliver),
            Ok(Tpdu::StatusReport(_) | Tpdu::Report(_) | Tpdu::Command) | Err(_) => {}
        }
    }
}

/// The octets of a text, its septets one in each.
fn unpacked(data: &UserData<'_>) -> Vec<u8> {
    let mut unpacked = Vec::new();
    data.unpack(&mut unpacked);
    assert!(unpacked.len() <= 160);
    unpacked
}

/// A delivery that we write again says the same.
fn again(read: &Deliver<'_>) {
    let octets = unpacked(&read.data);
    let header = if read.data.has_header {
        octets.first().map_or(0, |length| usize::from(*length) + 1)
    } else {
        0
    };
    if header > octets.len() {
        return;
    }
    let data =
        Data { coding: read.data.coding, protocol_id: read.protocol_id, header, octets: &octets };
    let origin = Party { ton: 1, npi: 1, text: "4512345678" };
    let mut written = Vec::new();
    if !build::deliver(origin, read.accepted, data, &mut written) {
        return;
    }
    let again = match Tpdu::decode(&written, From::Centre, false) {
        Ok(Tpdu::Deliver(again)) => again,
        other => panic!("we wrote a delivery, and read {other:?}"),
    };
    assert_eq!(again.protocol_id, read.protocol_id);
    // A year has two digits, and its zone may carry a date out of its century.
    if CENTURY.contains(&read.accepted.unix_secs) {
        assert_eq!(again.accepted, read.accepted);
    }
    assert_eq!(unpacked(&again.data), octets, "{read:?}");
}

/// The seconds of 2000 to 2099, UTC.
const CENTURY: std::ops::Range<i64> = 946_684_800..4_102_444_800;
