//! Codecs: nothing makes them stumble, and what they write they read.

use ::text::{Coding, Decoded, Form, Languages, Reference, Shifts, split};
use smpp::frame::{self, PDU_MAX};
use smpp::time::TIME_LEN;
use smpp::{Frame, Pdu, Receipt, Status, Validity};

/// A stream is cut into the same PDUs wherever the network cuts it, and a PDU that was understood
/// is understood the same when we write it.
///
/// # Panics
///
/// If it is not so.
pub fn stream(data: &[u8]) {
    let Some((pace, octets)) = data.split_first() else { return };
    let whole = cut(octets, octets.len().max(1));
    assert_eq!(whole, cut(octets, usize::from(*pace).max(1)), "the same PDUs, however they come");
    for pdu in &whole {
        let Ok(Some(frame)) = frame::next(pdu, PDU_MAX) else { unreachable!("it was cut off") };
        let Ok(decoded) = Pdu::decode(&frame) else { continue };
        assert!(decoded.command().id() == frame.header.command.id(), "a PDU is what it says");
        again(&decoded, frame.header.sequence);
    }
}

/// All PDUs of a stream that arrives in pieces.
fn cut(octets: &[u8], pace: usize) -> Vec<Vec<u8>> {
    let (mut pdus, mut held) = (Vec::new(), Vec::new());
    for piece in octets.chunks(pace) {
        held.extend_from_slice(piece);
        loop {
            match frame::next(&held, PDU_MAX) {
                Ok(Some(frame)) => {
                    let len = frame.len();
                    pdus.push(held.drain(..len).collect());
                }
                Ok(None) => break,
                Err(_) => return pdus,
            }
        }
    }
    pdus
}

/// Writes a PDU and reads it again.
fn again(pdu: &Pdu<'_>, sequence: u32) {
    let mut out = Vec::new();
    match pdu {
        Pdu::Bind(bind) => bind.encode(sequence, &mut out),
        Pdu::BindResp(kind, resp) => resp.encode(*kind, Status::ROK, sequence, &mut out),
        Pdu::Outbind(outbind) => outbind.encode(sequence, &mut out),
        Pdu::SubmitSm(message) => message.encode_submit_sm(sequence, &mut out),
        Pdu::DeliverSm(message) => message.encode_deliver_sm(sequence, &mut out),
        Pdu::SubmitSmResp(resp) => resp.encode(Status::ROK, sequence, &mut out),
        Pdu::DataSmResp(resp) => resp.encode_data_sm_resp(Status::ROK, sequence, &mut out),
        Pdu::DeliverSmResp(resp) => resp.encode(Status::ROK, sequence, &mut out),
        Pdu::DataSm(message) => message.encode(sequence, &mut out),
        Pdu::QuerySm(query) => query.encode(sequence, &mut out),
        Pdu::QuerySmResp(resp) => resp.encode(Status::ROK, sequence, &mut out),
        Pdu::CancelSm(cancel) => cancel.encode(sequence, &mut out),
        Pdu::ReplaceSm(replace) => replace.encode(sequence, &mut out),
        Pdu::SubmitMulti(multi) => multi.encode(sequence, &mut out),
        Pdu::SubmitMultiResp(resp) => resp.encode(Status::ROK, sequence, &mut out),
        Pdu::AlertNotification(alert) => alert.encode(sequence, &mut out),
        Pdu::Bare(_) => return,
    }
    let read = frame::next(&out, usize::MAX).expect("a length that is true").expect("all of it");
    assert_eq!((read.header.sequence, read.len()), (sequence, out.len()));
    let read = Pdu::decode(&read).expect("what we write is well formed");
    assert!(same(pdu, &read), "{pdu:?}\nis read again as\n{read:?}");
}

/// Equal but for a text that moved to message_payload, since a 3.4 peer could not read it where
/// it was.
fn same(one: &Pdu<'_>, other: &Pdu<'_>) -> bool {
    let moved = |text: &[u8], payload: &[u8]| text.len() > 254 && payload.ends_with(text);
    match (one, other) {
        (Pdu::SubmitSm(a), Pdu::SubmitSm(b)) | (Pdu::DeliverSm(a), Pdu::DeliverSm(b)) => {
            a == b || moved(a.short_message, b.payload()) || a.payload() == b.payload()
        }
        (Pdu::SubmitMulti(a), Pdu::SubmitMulti(b)) => {
            a == b || a.message.payload() == b.message.payload()
        }
        (Pdu::ReplaceSm(a), Pdu::ReplaceSm(b)) => a == b || a.short_message.len() > 254,
        (one, other) => one == other,
    }
}

/// Receipts in any dialect, and times.
///
/// # Panics
///
/// If what was understood is not understood the same when we write it.
pub fn receipt(data: &[u8]) {
    let receipt = Receipt::parse(data);
    assert!(receipt.id.len() <= data.len() && receipt.text.len() <= data.len());
    let mut words = Vec::new();
    receipt.encode_text(&mut words);
    let again = Receipt::parse(&words);
    assert!(receipt.state.is_none() || again.state == receipt.state, "{receipt:?} {again:?}");
    for octets in data.windows(TIME_LEN).take(64) {
        let Ok(Some(time)) = Validity::parse(octets) else { continue };
        // Tenths are dropped and a long relative time is shortened, once.
        let first = Validity::parse(&time.format()).expect("we write times that are times");
        let first = first.expect("a time is not nothing");
        assert_eq!(Validity::parse(&first.format()), Ok(Some(first)));
    }
    // A frame around them, so that the optional parameters are read as well.
    let body = [&[0; 17][..], data].concat();
    let header = smpp::Header::decode(&[0; 16]);
    let frame = Frame { header, body: &body, octets: &body };
    if let Ok(message) = smpp::ShortMessage::decode(frame.body) {
        let _ = Receipt::of(&message);
    }
}

/// UTF-16 is read as the standard library reads it.
fn units(octets: &[u8]) {
    let (pairs, rest) = octets.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    let mut expected = String::from_utf16_lossy(&units);
    expected.extend(rest.iter().map(|_| char::REPLACEMENT_CHARACTER));
    let mut said = String::new();
    let _ = ::text::decode_to(::text::Alphabet::Ucs2, octets, &mut said);
    assert_eq!(said, expected);
}

/// What the tables of a header say is written as it was read.
fn tables(coding: u8, octets: &[u8]) {
    let (header, rest) = ::text::split_udh(octets);
    let shifts = header.map_or(Shifts::NONE, |header| header.shifts());
    let form = Form::coded(coding, shifts);
    let (mut said, mut written, mut again) = (String::new(), Vec::new(), String::new());
    if form.decode_to(rest, &mut said) == Ok(Decoded::Exact) && form.encode_to(&said, &mut written)
    {
        assert_eq!(form.decode_to(&written, &mut again), Ok(Decoded::Exact), "{form:?}");
        assert_eq!(again, said, "{form:?}");
    }
}

/// Segments of a text fit and are the text again.
fn segments(said: &str, reference: Reference) {
    let form = Form::smallest(said, Languages::ALL);
    let Ok(segments) = split(said, form, reference, 0) else { return };
    let wide = usize::from(reference == Reference::Wide);
    let header = if segments.total() > 1 { 6 + wide } else { 1 } + form.shifts.octets();
    let room = form.room(if header == 1 { 0 } else { header });
    let mut again = String::new();
    for segment in segments {
        let mut octets = Vec::new();
        assert!(form.encode_to(segment.text, &mut octets), "its form says all of it");
        assert!(form.alphabet.units(octets.len()) <= room, "{form:?} {room}");
        again.push_str(segment.text);
    }
    assert_eq!(again, said);
}

/// Texts in every alphabet.
///
/// # Panics
///
/// If a text that was encoded is not the text that is decoded.
pub fn text(data: &[u8]) {
    let Some((coding, octets)) = data.split_first() else { return };
    let (mut decoded, mut encoded) = (String::new(), Vec::new());
    let _ = ::text::decode_to(Coding::of(*coding).alphabet, octets, &mut decoded);
    units(octets);
    tables(*coding, octets);
    super::join::join(octets);
    if let (Some(header), rest) = ::text::split_udh(octets) {
        let elements: usize = header.elements().map(|element| element.data.len() + 2).sum();
        assert_eq!(1 + elements + rest.len(), octets.len(), "nothing between the two");
        if let Some(concat) = header.concat() {
            assert!((1..=concat.total).contains(&concat.sequence));
        }
    }
    let Ok(said) = std::str::from_utf8(octets) else { return };
    segments(said, if coding & 1 == 0 { Reference::Narrow } else { Reference::Wide });
    let alphabet = ::text::encode_smallest(said, &mut encoded);
    let mut again = String::new();
    let exact = ::text::decode_to(alphabet, &encoded, &mut again);
    assert_eq!((exact, again.as_str()), (Ok(Decoded::Exact), said), "{alphabet:?}");
}
