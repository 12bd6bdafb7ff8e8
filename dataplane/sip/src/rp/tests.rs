use super::*;

#[test]
fn what_a_handset_says_is_read() {
    // RP-DATA to the service centre 46708251358 with a unit of three octets.
    let data = [0x00, 7, 0, 7, 0x91, 0x64, 0x07, 0x28, 0x15, 0x53, 0xF8, 3, 1, 2, 3];
    assert_eq!(Rp::parse(&data), Ok(Rp::Data { reference: 7, tpdu: &[1, 2, 3] }));
    assert_eq!(Rp::parse(&[2, 9]), Ok(Rp::Ack { reference: 9, tpdu: &[] }));
    let ack = [2, 9, 0x41, 2, 0, 0];
    assert_eq!(Rp::parse(&ack), Ok(Rp::Ack { reference: 9, tpdu: &[0, 0] }));
    let error = [4, 9, 1, 0x80 | cause::MEMORY, 0x41, 2, 0, 0xD3];
    let expected = Rp::Error { reference: 9, cause: cause::MEMORY, tpdu: &[0, 0xD3] };
    assert_eq!(Rp::parse(&error), Ok(expected));
    assert_eq!(Rp::parse(&[6, 1]), Ok(Rp::RoomAgain { reference: 1 }));
}

#[test]
fn what_is_cut_off_or_said_by_a_network_is_refused() {
    let data = [0x00, 7, 0, 2, 0x91, 0x64, 3, 1, 2, 3];
    for len in 0..data.len() {
        assert!(Rp::parse(&data[..len]).is_err(), "{len}");
    }
    for wrong in [&[1, 1][..], &[3, 1], &[5, 1, 1, 1], &[7, 1], &[4, 1], &[4, 1, 0], &[2, 1, 0x41]]
    {
        assert!(Rp::parse(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn what_we_write_is_as_the_standard_has_it() {
    let mut out = Vec::new();
    assert!(data(5, "+46 708 251 358", &[9, 9], &mut out));
    assert_eq!(out, [1, 5, 7, 0x91, 0x64, 0x07, 0x28, 0x15, 0x53, 0xF8, 0, 2, 9, 9]);
    out.clear();
    ack(5, &[1, 0], &mut out);
    assert_eq!(out, [3, 5, 0x41, 2, 1, 0]);
    out.clear();
    error(5, cause::UNASSIGNED, &[], &mut out);
    assert_eq!(out, [5, 5, 1, 1]);
    assert!(!data(5, "1", &[0; 256], &mut out));
}
