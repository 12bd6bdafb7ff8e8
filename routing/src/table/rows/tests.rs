use super::*;

#[test]
fn rows_are_sorted_as_in_a_dictionary_and_repetitions_told() {
    let number = |text: &str| text.parse::<Number>().unwrap();
    let mut rows = Rows::with_capacity(8);
    for (value, text) in (0u32..).zip(["21", "2", "201", "2", "20", "21", "2"]) {
        rows.push(number(text), value);
    }
    rows.sort();
    let kept: Vec<(u64, u32)> = rows.iter().collect();
    let wanted = [("2", 6), ("20", 4), ("201", 2), ("21", 5)];
    assert_eq!(kept, wanted.map(|(text, value)| (number(text).packed(), value)));
    assert_eq!(rows.repeated().collect::<Vec<_>>(), [number("2"), number("21")]);
}
