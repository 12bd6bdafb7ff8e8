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
