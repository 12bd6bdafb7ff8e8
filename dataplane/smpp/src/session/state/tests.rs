use super::*;

/// SMPP 5.0 Table 2-1 with our departures. Per row: the commands, then what the ESME
/// and what the message centre may say in Open, Outbound, BoundTx, BoundRx, BoundTrx,
/// Unbinding and Closed. `+` allowed, `-` ESME_RINVBNDSTS, `2` ESME_RALYBND, `?` ESME_RINVCMDID.
const TABLE: &[(&[u32], &str, &str)] = &[
    (&[0x01, 0x02, 0x09], "++222--", "-------"),
    (&[0x8000_0001, 0x8000_0002, 0x8000_0009], "-------", "++-----"),
    (&[0x0B], "-------", "+------"),
    (&[0x06, 0x8000_0006], "--++++-", "--++++-"),
    (&[0x15, 0x8000_0015, 0x8000_0000], "++++++-", "++++++-"),
    (&[0x03, 0x04, 0x07, 0x08, 0x21, 0x111, 0x112, 0x113], "--+-+--", "-------"),
    (
        &[
            0x8000_0003,
            0x8000_0004,
            0x8000_0007,
            0x8000_0008,
            0x8000_0021,
            0x8000_0111,
            0x8000_0112,
            0x8000_0113,
        ],
        "-------",
        "--+-++-",
    ),
    (&[0x05, 0x102], "-------", "---++--"),
    (&[0x8000_0005], "---+++-", "-------"),
    (&[0x103], "--+-+--", "---++--"),
    (&[0x8000_0103], "---+++-", "--+-++-"),
    (&[0x00, 0x0A, 0x10200, 0x8000_000A, 0x8001_0200, u32::MAX], "??????-", "??????-"),
];

#[test]
fn the_table_is_the_standard_s() {
    let mut commands = 0;
    for (ids, esme, message_centre) in TABLE {
        for &id in *ids {
            let command = Command::decode(id);
            commands += 1;
            for (column, state) in State::ALL.into_iter().enumerate() {
                let cell = |row: &str| match row.as_bytes()[column] {
                    b'+' => Verdict::Allow,
                    b'-' => Verdict::BadState,
                    b'2' => Verdict::AlreadyBound,
                    b'?' => Verdict::Unknown,
                    other => panic!("no such cell: {other}"),
                };
                use {Direction::*, Role::*};
                let context = format!("{command} in {state:?}");
                assert_eq!(may(state, Server, Received, command), cell(esme), "{context}");
                assert_eq!(may(state, Client, Sent, command), cell(esme), "{context}");
                assert_eq!(may(state, Server, Sent, command), cell(message_centre), "{context}");
                let received = may(state, Client, Received, command);
                assert_eq!(received, cell(message_centre), "{context}");
            }
        }
    }
    assert_eq!(commands, Command::ALL.len() + 6, "every command has its row");
}

#[test]
fn verdicts_have_their_status() {
    assert_eq!(Verdict::Allow.status(), None);
    assert_eq!(Verdict::BadState.status(), Some(Status(0x04)));
    assert_eq!(Verdict::AlreadyBound.status(), Some(Status(0x05)));
    assert_eq!(Verdict::Unknown.status(), Some(Status(0x03)));
}

#[test]
fn every_event_in_every_state() {
    use State::*;
    let events = [
        Event::Bound(BindKind::Transmitter),
        Event::Bound(BindKind::Receiver),
        Event::Bound(BindKind::Transceiver),
        Event::Outbind,
        Event::Unbind,
        Event::Closed,
    ];
    let table = [
        (Open, [BoundTx, BoundRx, BoundTrx, Outbound, Open, Closed]),
        (Outbound, [BoundTx, BoundRx, BoundTrx, Outbound, Outbound, Closed]),
        (BoundTx, [BoundTx, BoundTx, BoundTx, BoundTx, Unbinding, Closed]),
        (BoundRx, [BoundRx, BoundRx, BoundRx, BoundRx, Unbinding, Closed]),
        (BoundTrx, [BoundTrx, BoundTrx, BoundTrx, BoundTrx, Unbinding, Closed]),
        (Unbinding, [Unbinding, Unbinding, Unbinding, Unbinding, Unbinding, Closed]),
        (Closed, [Closed, Closed, Closed, Closed, Closed, Closed]),
    ];
    for (state, row) in table {
        for (event, expected) in events.into_iter().zip(row) {
            assert_eq!(state.after(event), expected, "{state:?} {event:?}");
        }
    }
}
