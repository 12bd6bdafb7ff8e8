use super::*;
use crate::Sms;
use crate::journal::Record;
use crate::journal::record::tests::all;

/// The Sms of all records there are, as octets.
fn samples() -> Vec<(Sms, Vec<u8>)> {
    let sms = all().into_iter().filter_map(|record| match record {
        Record::Accept(sms) => Some(*sms),
        Record::Moved(moved) => Some(moved.sms),
        _ => None,
    });
    let octets = |sms: Sms| {
        let mut octets = Vec::new();
        sms.put(&mut octets);
        (sms, octets)
    };
    sms.map(octets).collect()
}

#[test]
fn a_glance_sees_what_the_sms_says() {
    let samples = samples();
    assert_eq!(samples.len(), 3);
    for (sms, octets) in samples {
        let (Target::Account(target) | Target::Connection { connection: target, .. }) = sms.target;
        let said = Glance {
            id: sms.id,
            accepted_ns: sms.accepted_ns,
            target,
            moves: sms.journey.moves,
            holds: sms.charge.hold != Hold::Nothing,
            by_sip: sms.carrier().is_none(),
        };
        assert_eq!(Glance::of(&octets), Ok(said));
    }
}

/// What a glance lets pass must be decoded later: every octet changed, every length cut.
#[test]
fn a_glance_refuses_what_is_no_sms() {
    let is_sms = |octets: &[u8]| {
        let mut reader = Reader(octets);
        Sms::take(&mut reader).is_ok() && reader.0.is_empty()
    };
    let mut refused = 0;
    for (_, octets) in samples() {
        let flipped = (0..octets.len() * 8).map(|bit| {
            let mut changed = octets.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            changed
        });
        let cut = (0..octets.len()).map(|len| octets[..len].to_vec());
        let longer = [octets.as_slice(), &[0]].concat();
        for wrong in flipped.chain(cut).chain([longer]) {
            assert_eq!(Glance::of(&wrong).is_ok(), is_sms(&wrong));
            refused += u32::from(!is_sms(&wrong));
        }
    }
    assert!(refused > 1000, "{refused}");
}
