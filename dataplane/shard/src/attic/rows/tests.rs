use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::room::Room;
use super::*;

fn row(bits: u128, expires_s: u32) -> Row {
    let place = Room::default().take(1).expect("an empty file has room");
    Row { id: MessageId::from_bits(bits), place, len: bits as u32, expires_s, to: 0, kind: 0 }
}

#[test]
fn many_rows_take_hardly_more_than_themselves() {
    let mut rows = Rows::default();
    (0..200_000).for_each(|bits| rows.insert(row(bits, 9)));
    let each = rows.memory() as f64 / 2e5;
    assert!(each <= 36.0, "{each} octets a row");
    (0..200_000).filter(|bits| bits % 50 > 0).for_each(|bits| {
        rows.remove(MessageId::from_bits(bits));
    });
    let each = rows.memory() as f64 / rows.len() as f64;
    assert!(each <= 250.0, "{each} octets a row when one of fifty is left");
    (0..200_000).for_each(|bits| {
        rows.remove(MessageId::from_bits(bits));
    });
    assert_eq!((rows.len(), rows.memory(), rows.next()), (0, 0, None));
}

proptest! {
    #[test]
    fn rows_are_a_sorted_map_with_ends(
        steps in proptest::collection::vec((0u8..8, 0u128..600, 0u32..50), 1..800),
    ) {
        let (mut rows, mut model) = (Rows::default(), BTreeMap::new());
        let mut latest = 600;
        for (what, bits, time) in steps {
            let id = MessageId::from_bits(bits);
            match what {
                0..3 => {
                    latest += 1;
                    rows.insert(row(latest, time));
                    model.insert(MessageId::from_bits(latest), time);
                }
                3..5 => {
                    model.entry(id).or_insert_with(|| {
                        rows.insert(row(bits, time));
                        time
                    });
                }
                5..7 => {
                    let id = MessageId::from_bits(bits * 3);
                    let removed = rows.remove(id).map(|row| row.expires_s);
                    prop_assert_eq!(removed, model.remove(&id));
                }
                _ => {
                    let mut due = Vec::new();
                    while rows.next().is_some_and(|next| next <= time) {
                        due.extend(rows.due(time).into_iter().map(|row| row.id));
                    }
                    due.sort();
                    let ended: Vec<_> = model.extract_if(.., |_, end| *end <= time).collect();
                    prop_assert_eq!(due, ended.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
                }
            }
            prop_assert_eq!(rows.len(), model.len());
            prop_assert_eq!(rows.get(id).map(|row| row.expires_s), model.get(&id).copied());
            let found: Vec<_> = rows.from(id).take(3).map(|row| row.id).collect();
            let known: Vec<_> = model.range(id..).take(3).map(|(id, _)| *id).collect();
            prop_assert_eq!(found, known);
        }
    }
}
