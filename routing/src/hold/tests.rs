use super::*;
use crate::Refund;
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

#[test]
fn g08_what_is_given_back_is_spent_no_more() {
    let ends = [State::Delivered, State::Accepted, State::Expired, State::Undeliverable];
    // hold, was it taken, then what is spent at each end, where an expired one is given back.
    let table = [
        (Hold::Nothing, true, [0, 0, 0, 0]),
        (Hold::Accepted, false, [1, 1, 0, 1]),
        (Hold::Submitted, false, [1, 1, 0, 0]),
        (Hold::Submitted, true, [1, 1, 0, 1]),
        (Hold::Delivered, true, [1, 0, 0, 0]),
    ];
    for (hold, is_taken, spent) in table {
        let mut sms = sample(1);
        (sms.charge.hold, sms.ack) = (hold, AckLevel::Durable);
        sms.charge.refund = Refund::after([State::Expired, State::Delivered]);
        let price = sms.charge.amount_micros;
        for (state, times) in ends.into_iter().zip(spent) {
            let said = sms.credit_spent(Some(state), is_taken);
            assert_eq!(said, times * price, "{hold:?} {is_taken} {state:?}");
        }
    }
}
