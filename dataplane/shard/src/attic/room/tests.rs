use super::*;

#[test]
fn places_never_overlap_and_are_used_again() {
    let mut room = Room::default();
    let lens = [1, 256, 257, 300, 448, 512, 600, 5_000, 66_000];
    let mut taken: Vec<(Place, usize)> =
        lens.iter().cycle().take(200).map(|len| (room.take(*len).unwrap(), *len)).collect();
    let end = room.end;
    for turn in 0..1_000 {
        let (place, len) = taken.swap_remove(turn * 7 % taken.len());
        room.give_back(place, len);
        taken.push((room.take(len).unwrap(), len));
        taken.sort();
        for pair in taken.windows(2) {
            assert!(pair[0].0.offset() + pair[0].1 as u64 <= pair[1].0.offset(), "{pair:?}");
        }
    }
    assert_eq!(room.end, end, "what is free is used before the file grows");
    assert_eq!(room.take(100_000), None);
}
