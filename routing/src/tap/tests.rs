use super::*;

fn tap() -> Tap {
    Tap { number: 7, until_ns: 9, peer: None, party: None, one_in: 1 }
}

#[test]
fn the_file_is_read_as_it_was_written() {
    let taps = [
        tap(),
        Tap { peer: Some("TATA".into()), one_in: 100, ..tap() },
        Tap { party: Some(Pattern::parse("222%").expect("a pattern")), ..tap() },
    ];
    let text: String = taps.iter().map(|tap| format!("{tap}\n")).collect();
    assert_eq!(Tap::parse_all(&text).as_deref(), Ok(&taps[..]));
    assert_eq!(Tap::parse_all("\n \n").as_deref(), Ok(&[][..]));
}

#[test]
fn what_is_not_understood_is_named() {
    for word in ["number=x", "nonsense", "party=+1", "colour=red", "one_in=-1"] {
        let error = Tap::parse_all(&format!("number=1\nnumber=2 {word}")).expect_err(word);
        assert_eq!(error, TapError { line: 2, word: word.to_owned() });
    }
}

#[test]
fn no_more_than_so_many_are_taken() {
    let text = "number=1\n".repeat(100);
    assert_eq!(Tap::parse_all(&text).map(|taps| taps.len()), Ok(Tap::MAX));
}

#[test]
fn a_tap_wants_what_fits_all_that_it_says() {
    let party = |text: &str| Some(Pattern::parse(text).expect("a pattern"));
    let sms = Subject { peers: [Some("TATA"), None], parties: [b"1111", b"442071838750"] };
    let bind = Subject { peers: [Some("TATA"), None], parties: [b"", b""] };
    let rows = [
        (tap(), true, true),
        (Tap { peer: Some("TATA".into()), ..tap() }, true, true),
        (Tap { peer: Some("tata".into()), ..tap() }, false, false),
        (Tap { party: party("44%"), ..tap() }, true, false),
        (Tap { party: party("1111"), ..tap() }, true, false),
        (Tap { party: party("%"), ..tap() }, true, false),
        (Tap { party: party("2%"), ..tap() }, false, false),
        (Tap { peer: Some("TATA".into()), party: party("2%"), ..tap() }, false, false),
    ];
    for (tap, of_sms, of_bind) in rows {
        assert_eq!((tap.wants(&sms), tap.wants(&bind)), (of_sms, of_bind), "{tap}");
    }
}

#[test]
fn one_in_so_many_is_drawn_by_its_id() {
    let tap = Tap { one_in: 10, ..tap() };
    let in_one_millisecond = (0..1_000).map(|counter| MessageId::new(1, 1, 0, counter));
    let in_turn = (0..1_000).map(|ms| MessageId::new(1_800_000_000_000 + ms * 8, 1, 3, 0));
    for ids in [in_one_millisecond.collect::<Vec<_>>(), in_turn.collect()] {
        let drawn = ids.into_iter().filter(|id| tap.draws(Some(*id))).count();
        assert!((50..=200).contains(&drawn), "{drawn}");
    }
    assert!(!tap.draws(None));
    assert!(super::tests::tap().draws(None));
}
