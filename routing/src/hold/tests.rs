use super::*;
use crate::journal::sample;

#[test]
fn g08_the_end_decides_once_what_is_spent() {
    let ends = [State::Delivered, State::Accepted, State::Expired, State::Undeliverable];
    // hold, ack, was it taken, then what is spent at each end.
    let table = [
        (Hold::Nothing, AckLevel::Durable, true, [0, 0, 0, 0]),
        (Hold::Accepted, AckLevel::Durable, false, [1, 1, 1, 1]),
        (Hold::Accepted, AckLevel::Delivered, true, [1, 1, 0, 0]),
        (Hold::Delivered, AckLevel::Durable, true, [1, 0, 0, 0]),
        (Hold::Delivered, AckLevel::Delivered, true, [1, 0, 0, 0]),
        (Hold::Submitted, AckLevel::Durable, false, [1, 1, 0, 0]),
        (Hold::Submitted, AckLevel::Durable, true, [1, 1, 1, 1]),
        (Hold::Submitted, AckLevel::Delivered, true, [1, 1, 0, 0]),
    ];
    for (hold, ack, is_taken, spent) in table {
        let mut sms = sample(1);
        (sms.charge.hold, sms.ack) = (hold, ack);
        let price = sms.charge.amount_micros;
        let held = if hold == Hold::Nothing { 0 } else { price };
        assert_eq!(sms.credit_spent(None, is_taken), held);
        for (state, times) in ends.into_iter().zip(spent) {
            let said = sms.credit_spent(Some(state), is_taken);
            assert_eq!(said, times * price, "{hold:?} {ack:?} {is_taken} {state:?}");
            assert_eq!(sms.credit_back(state, is_taken), held - times * price);
        }
    }
}
