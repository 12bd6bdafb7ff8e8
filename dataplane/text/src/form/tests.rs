use super::*;
use crate::Language;

#[test]
fn the_room_behind_a_header_is_the_standard_s() {
    let gsm = Form::of(Alphabet::Gsm7);
    let ucs2 = Form::of(Alphabet::Ucs2);
    let cases = [
        (gsm, 0, 160),
        (gsm, 6, 153),
        (gsm, 7, 152),
        (gsm, 4, 155),
        (gsm, 9, 149),
        (ucs2, 0, 70),
        (ucs2, 6, 67),
        (ucs2, 7, 66),
        (Form::of(Alphabet::Binary), 6, 134),
        (Form::of(Alphabet::Binary), 141, 0),
    ];
    for (form, header, room) in cases {
        assert_eq!(form.room(header), room, "{form:?} {header}");
    }
    for alphabet in [Alphabet::Gsm7, Alphabet::Ascii, Alphabet::Latin1, Alphabet::Ucs2] {
        let form = Form::of(alphabet);
        assert_eq!(alphabet.room(), (form.room(0), form.room(6)), "bills are made of the same");
    }
}

#[test]
fn the_smallest_form_is_chosen() {
    let urdu = Languages::NONE.with(Language::Urdu);
    let turkish = Languages::NONE.with(Language::Turkish);
    let gsm = Form::of(Alphabet::Gsm7);
    let ucs2 = Form::of(Alphabet::Ucs2);
    let locked = |language| Form {
        alphabet: Alphabet::Gsm7,
        shifts: Shifts { locking: Some(language), single: None },
    };
    let cases = [
        ("plain {text}", Languages::ALL, gsm),
        ("", Languages::ALL, gsm),
        ("Здравствуйте", Languages::ALL, ucs2),
        ("ışığı söndür", turkish, locked(Language::Turkish)),
        ("ışığı söndür", urdu, ucs2),
        ("ışığı söndür", Languages::NONE, ucs2),
        // A header of three octets for a text of one letter is no gain.
        ("ş", turkish, ucs2),
        ("ş😀", turkish, ucs2),
        ("یہ ایک خط ہے", urdu, locked(Language::Urdu)),
    ];
    for (text, languages, expected) in cases {
        assert_eq!(Form::smallest(text, languages), expected, "{text}");
    }
}

#[test]
fn tables_of_a_header_matter_to_septets_only() {
    let shifts = Shifts { locking: Some(Language::Hindi), single: None };
    assert_eq!(Form::coded(0, shifts).shifts, shifts);
    assert_eq!(Form::coded(0xF1, shifts).shifts, shifts);
    assert_eq!(Form::coded(8, shifts), Form::of(Alphabet::Ucs2));
    let mut text = String::new();
    let _ = Form::coded(0, shifts).decode_to(b"\x2A", &mut text);
    assert_eq!(text, "थ");
}
