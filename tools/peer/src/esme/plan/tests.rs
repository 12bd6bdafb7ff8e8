//! Counts are read, order is fair.

use super::{Destination, interleave, render};

fn to(text: &str) -> Destination {
    text.parse().unwrap()
}

#[test]
fn a_destination_is_a_number_and_a_count() {
    assert_eq!(to("1111=600"), Destination { number: "1111".to_owned(), count: 600 });
    assert_eq!(to("1111").count, 1);
    assert!("=5".parse::<Destination>().is_err());
    assert!("1111=five".parse::<Destination>().is_err());
    assert!("123456789012345678901=1".parse::<Destination>().is_err());
}

#[test]
fn destinations_mix_in_proportion() {
    let order = interleave(&[to("a=6"), to("b=3"), to("c=1"), to("d=0")]);
    assert_eq!(order.len(), 10);
    let count = |slice: &[usize], index| slice.iter().filter(|&&found| found == index).count();
    assert_eq!([0, 1, 2, 3].map(|index| count(&order, index)), [6, 3, 1, 0]);
    assert_eq!(count(&order[..5], 0), 3);
}

#[test]
fn every_text_has_its_number() {
    assert_eq!(render("SMS {n} of {n}", 7), "SMS 7 of 7");
    assert_eq!(render("plain", 7), "plain");
}
