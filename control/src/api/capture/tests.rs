use super::*;

fn wish(peer: Option<&str>, party: Option<&str>, seconds: u32) -> Outcome<Tap> {
    let (peer, party) = (peer.map(str::to_owned), party.map(str::to_owned));
    Wish { peer, party, one_in: None, seconds }.tap(5_000_000_000)
}

#[test]
fn a_wish_becomes_a_tap_that_ends() {
    let tap = wish(Some("TATA"), Some("+4420%"), 60).expect("a tap");
    let line = "number=5000 until_ns=65000000000 one_in=1 peer=TATA party=4420%";
    assert_eq!(tap.to_string(), line);
    assert_eq!(Tap::parse_all(line), Ok(vec![tap]));
}

#[test]
fn what_is_no_wish_is_refused() {
    for (peer, party, seconds) in [
        (None, None, 0),
        (None, None, 3_601),
        (Some("two words"), None, 1),
        (Some("a\nnumber=1"), None, 1),
        (None, Some("x"), 1),
        (None, Some(""), 1),
    ] {
        let fault = wish(peer, party, seconds).expect_err("refused");
        assert_eq!(fault.code, Code::Usage, "{peer:?} {party:?} {seconds}");
    }
}
