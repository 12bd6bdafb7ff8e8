use super::*;

#[test]
fn every_language_has_a_name_and_every_name_a_language_of_the_same_number() {
    assert_eq!(languages(&National::ALL), Languages::ALL);
    assert_eq!(languages(&[]), Languages::NONE);
    for (national, known) in National::ALL.into_iter().zip(Language::ALL) {
        assert_eq!((language(national), national as u8), (known, known.id()));
        assert_eq!(format!("{national:?}"), format!("{known:?}"));
    }
}
