use super::*;

#[test]
fn what_is_kept_stands_together() {
    let Some(lanes) = lanes() else { return };
    let octets = std::array::from_fn(|at| at as u8);
    let vector = u8x16::load_array(lanes, octets);
    for keep in (0..0x1_0000).step_by(37) {
        let mut room = [0; 32];
        let len = squeeze(vector, keep, &mut room, 3);
        let kept: Vec<u8> = octets.into_iter().filter(|at| keep >> at & 1 == 1).collect();
        assert_eq!(room[3..len], kept, "{keep:b}");
    }
}

#[test]
fn of_a_pair_the_second_is_always_kept() {
    let Some(lanes) = lanes() else { return };
    let octets = std::array::from_fn(|at| at as u8);
    let vector = u8x16::load_array(lanes, octets);
    for both in 0..0x100 {
        let mut room = [0; 32];
        let len = squeeze_pairs(vector, both, &mut room, 3);
        let kept = octets.into_iter().filter(|at| at % 2 == 1 || both >> (at / 2) & 1 == 1);
        assert_eq!(room[3..len], kept.collect::<Vec<u8>>(), "{both:b}");
    }
}
