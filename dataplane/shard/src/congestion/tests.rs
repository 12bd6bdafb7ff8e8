use super::*;

#[test]
fn a_slow_journal_congests() {
    let table = [(0, 0), (1, 1), (50, 50), (99, 99), (100, 100), (5000, 100)];
    for (millis, state) in table {
        assert_eq!(of_delay(Duration::from_millis(millis)), state, "{millis} ms");
    }
}

#[test]
fn the_tlv_is_the_standard_s() {
    assert_eq!(congestion_tlv(85), [0x04, 0x28, 0x00, 0x01, 85]);
}
