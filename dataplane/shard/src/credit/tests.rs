use routing::DefaultAlphabet;

use super::*;

fn coded(data_coding: u8, octets: &[u8]) -> Content {
    let alphabet = DefaultAlphabet::default();
    Content::Coded { data_coding, alphabet, octets: octets.to_vec() }
}

#[test]
fn texts_are_counted_as_the_tariff_says() {
    let header = [&[5, 0, 3, 9, 3, 1][..], &[b'x'; 153]].concat();
    // The text, its esm_class, and its units by Sms, by segment and by sixty characters.
    let table = [
        (coded(0, b""), 0, [1, 1, 1]),
        (coded(0, &[b'x'; 60]), 0, [1, 1, 1]),
        (coded(0, &[b'x'; 61]), 0, [1, 1, 2]),
        (coded(0, &[b'x'; 150]), 0, [1, 1, 3]),
        (coded(0, &[b'x'; 160]), 0, [1, 1, 3]),
        (coded(0, &[b'x'; 161]), 0, [1, 2, 3]),
        (coded(0, &[b'x'; 307]), 0, [1, 3, 6]),
        (coded(8, &[4; 140]), 0, [1, 1, 2]),
        (coded(8, &[4; 142]), 0, [1, 2, 2]),
        (coded(4, &[4; 141]), 0, [1, 2, 3]),
        (coded(0, &header), UDHI, [1, 1, 3]),
    ];
    let kinds = [ArchivedUnit::Sms, ArchivedUnit::Segment, ArchivedUnit::Characters(60.into())];
    for (content, esm_class, expected) in table {
        let found = kinds.each_ref().map(|unit| units(unit, (&content, esm_class)));
        assert_eq!(found, expected, "{content:?}");
    }
}
