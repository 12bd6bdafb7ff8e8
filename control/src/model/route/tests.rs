use super::*;

fn again<T: FromStr<Err = String> + fmt::Display>(text: &str) -> String {
    text.parse::<T>().map_or_else(|error| error, |value| value.to_string())
}

#[test]
fn what_is_written_is_read_and_written_again() {
    for text in ["env2", "env2:weight=3", "env2:tps=500", "env2:weight=0:tps=7", "refuse"] {
        assert_eq!(again::<Via>(text), text);
    }
    assert_eq!(again::<Via>("refuse:no-route"), "refuse:no-route");
    assert_eq!(again::<Via>("refuse:barred"), "refuse");
    for text in ["mon-fri 08:00-18:00", "sat-sun 00:00-24:00", "22:00-06:00", "mon,wed 01:00-02:30"]
    {
        assert_eq!(again::<Window>(text), text);
    }
    assert_eq!(again::<Window>("sat-mon 08:00-09:00"), "mon,sat-sun 08:00-09:00");
    for text in ["block calling spam", "allow called ported"] {
        assert_eq!(again::<Screen>(text), text);
    }
    for text in [
        "called 00% strip=2 plane=1/1",
        "calling % replace=INFO plane=5/0",
        "called 0% ton=2 strip=1 prepend=49",
    ] {
        assert_eq!(again::<Rewrite>(text), text);
    }
    assert_eq!(again::<Instant>("2026-12-01T01:00:00+01:00"), "2026-12-01T00:00:00Z");
}

#[test]
fn what_is_not_understood_names_the_cure() {
    let wrongs = [
        again::<Via>("env2:wait=3"),
        again::<Via>(":weight=3"),
        again::<Via>("refuse:noroute"),
        again::<Window>("mon-fri"),
        again::<Window>("mon 08:00-08:00"),
        again::<Window>("mon 8:00-25:00"),
        again::<Screen>("block spam"),
        again::<Screen>("block caling spam"),
        again::<Rewrite>("called 00%  stripe=2"),
        again::<Rewrite>("called 00% replace=1 strip=2"),
        again::<Instant>("tomorrow"),
    ];
    let expected = [
        "'wait=3' of 'env2:wait=3' is not understood; write env2:weight=3",
        "a way needs the name of a connection, or 'refuse'",
        "'noroute' is no refusal; did you mean no-route? (barred, no-route, not-allowed, \
         throttled, full)",
        "'mon-fri' is no time of the week; write mon-fri 08:00-18:00 or 22:00-06:00",
        "'mon 08:00-08:00' is no time of the week; write mon-fri 08:00-18:00 or 22:00-06:00",
        "'mon 8:00-25:00' is no time of the week; write mon-fri 08:00-18:00 or 22:00-06:00",
        "'block spam' is no screen; write 'block calling LIST'",
        "'caling' is no side; did you mean calling? (calling, called)",
        "'stripe=2' of 'called 00%  stripe=2' is not understood; there are strip=N, \
         prepend=DIGITS, replace=ADDRESS, plane=TON/NPI and ton=N",
        "'called 00% replace=1 strip=2': what is replaced is neither cut nor lengthened",
        "'tomorrow' is no instant; write 2026-12-01T00:00:00Z",
    ];
    assert_eq!(wrongs, expected);
}

#[test]
fn a_window_is_cut_into_pieces_of_the_week() {
    let pieces = |text: &str| {
        let window: Window = text.parse().unwrap();
        window.pieces().map(|piece| (piece.from, piece.until)).collect::<Vec<_>>()
    };
    assert_eq!(pieces("mon,sun 08:00-18:00"), [(480, 1080), (6 * 1440 + 480, 6 * 1440 + 1080)]);
    assert_eq!(pieces("sun 00:00-24:00"), [(6 * 1440, 7 * 1440)]);
    assert_eq!(pieces("sun 22:00-06:00"), [(6 * 1440 + 1320, 360)]);
}
