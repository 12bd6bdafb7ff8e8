use super::*;
use crate::journal::sample;

#[test]
fn g08_the_end_decides_once_what_is_spent() {
    let ends = [State::Delivered, State::Accepted, State::Expired, State::Undeliverable];
    // hold, ack, then what is spent at each end.
    let table = [
        (Hold::Nothing, AckLevel::Durable, [0, 0, 0, 0]),
        (Hold::Accepted, AckLevel::Durable, [1, 1, 1, 1]),
        (Hold::Accepted, AckLevel::Delivered, [1, 1, 0, 0]),
        (Hold::Delivered, AckLevel::Durable, [1, 0, 0, 0]),
        (Hold::Delivered, AckLevel::Delivered, [1, 0, 0, 0]),
    ];
    for (hold, ack, spent) in table {
        let mut sms = sample(1);
        (sms.charge.hold, sms.ack) = (hold, ack);
        let price = sms.charge.amount_micros;
        let held = if hold == Hold::Nothing { 0 } else { price };
        assert_eq!(sms.credit_spent(None), held);
        for (state, times) in ends.into_iter().zip(spent) {
            assert_eq!(sms.credit_spent(Some(state)), times * price, "{hold:?} {ack:?} {state:?}");
            assert_eq!(sms.credit_back(state), held - times * price);
        }
    }
}
