use super::*;
use crate::journal::sample as sms;

#[test]
fn registered_delivery_says_who_hears_what() {
    // registered_delivery, then: delivered, accepted, expired, rejected.
    let table = [
        (0, [false; 4]),
        (1, [true; 4]),
        (2, [false, false, true, true]),
        (3, [true, true, false, false]),
        (0x11, [true; 4]),
    ];
    let states = [State::Delivered, State::Accepted, State::Expired, State::Rejected];
    for (registered_delivery, expected) in table {
        let sms = Sms { registered_delivery, ..sms(1) };
        let heard = states.map(|state| sms.wants_receipt(state));
        assert_eq!(heard, expected, "registered_delivery {registered_delivery:#x}");
    }
}

#[test]
fn what_came_by_a_connection_has_no_receiver_of_receipts_but_may_have_a_payer() {
    let by = |carrier| Ingress::Connection {
        connection: 301,
        carrier,
        local: "127.0.0.2:40112".parse().unwrap(),
        peer: "[2001:db8::1]:2775".parse().unwrap(),
        link: 9,
        sequence: 0x7FFF_FFFF,
    };
    for carrier in [None, Some(4)] {
        let sms = Sms { ingress: by(carrier), ..sms(1) };
        assert_eq!((sms.carrier(), sms.payer()), (None, carrier));
        assert_eq!(sms.ingress.connection(), Some(301));
        let mut octets = Vec::new();
        sms.put(&mut octets);
        assert_eq!(Sms::take(&mut Reader(&octets)), Ok(sms));
    }
}
