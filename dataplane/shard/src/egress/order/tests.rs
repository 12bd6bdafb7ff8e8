use super::*;

const LINE: u64 = 7;

fn id(number: u128) -> MessageId {
    MessageId::from_bits(number)
}

fn released(order: &mut Order, number: u128) -> Vec<u128> {
    order.release(LINE, id(number)).iter().map(|id| id.bits()).collect()
}

#[test]
fn those_behind_wait_and_others_do_not() {
    let mut order = Order::default();
    order.hold(LINE, id(2));
    assert!(order.may_leave(LINE, id(1)), "it is older");
    assert!(order.may_leave(LINE, id(2)), "it is the one");
    assert!(!order.may_leave(LINE, id(4)));
    assert!(!order.may_leave(LINE, id(3)));
    assert!(order.may_leave(8, id(5)), "another line");
    assert_eq!(released(&mut order, 9), [0; 0], "it held nobody");
    assert_eq!(released(&mut order, 2), [3, 4]);
    assert!(order.is_empty());
}

#[test]
fn of_several_that_failed_the_oldest_goes_first() {
    let mut order = Order::default();
    [6, 2, 4].into_iter().for_each(|number| order.hold(LINE, id(number)));
    assert!(!order.may_leave(LINE, id(4)));
    assert!(!order.may_leave(LINE, id(5)));
    assert_eq!(released(&mut order, 2), [4, 5], "what is older than the next that failed");
    assert!(order.may_leave(LINE, id(6)));
    assert_eq!(released(&mut order, 6), [0; 0]);
    assert!(order.is_empty());
}
