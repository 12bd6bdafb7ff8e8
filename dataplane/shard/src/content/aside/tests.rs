use super::*;
use crate::content::tests::of_carrier;

const WAP_PUSH: &[u8] = &[6, 5, 4, 0x0B, 0x84, 0x23, 0xF0];

/// The headers of a MESSAGE for an Sms, and the type of its body.
fn shown(sms: &Sms) -> (String, &'static str) {
    let mut octets = Vec::new();
    let request = sip::Request {
        method: sip::Method::Message,
        uri: "sip:a@b",
        transport: sip::Transport::Udp,
        sent_by: "h",
        branch: "z9hG4bKx",
        rport: false,
        max_forwards: 70,
        route: "",
        from: sip::Party { display: "", user: "a", host: "b", tag: Some("t") },
        to: sip::Party { display: "", user: "c", host: "d", tag: None },
        call_id: "c",
        cseq: 1,
    };
    let aside = Aside::of(sms);
    let mut builder = Builder::request(&mut octets, &request);
    aside.put(&mut builder);
    builder.finish().unwrap();
    let text = String::from_utf8(octets).unwrap();
    let ours = text.lines().filter(|line| line.starts_with(['X', 'P']));
    (ours.collect::<Vec<_>>().join("; "), aside.content_type(&crate::content::body(sms)))
}

#[test]
fn classes_and_ports_are_headers_of_a_message() {
    let text = "text/plain;charset=UTF-8";
    let table: [(u8, u8, &[u8], &str, &str); 8] = [
        (0, 0x00, b"plain", "", text),
        (0, 0x10, b"flash", "X-SMS-Class: 0; Priority: urgent", text),
        (0, 0xF0, b"flash", "X-SMS-Class: 0; Priority: urgent", text),
        (0, 0x1A, b"\0a", "X-SMS-Class: 2", text),
        (0, 0xF5, b"\x01", "X-SMS-Class: 1", "application/octet-stream"),
        (0x40, 0x04, WAP_PUSH, "X-SMS-Ports: 2948 9200", "application/vnd.wap.wsp"),
        (0x40, 0x00, WAP_PUSH, "X-SMS-Ports: 2948 9200", text),
        (0x40, 0x04, &[4, 4, 2, 7, 8, 1], "X-SMS-Ports: 7 8", "application/octet-stream"),
    ];
    for (esm_class, data_coding, octets, headers, content_type) in table {
        let sms = of_carrier(esm_class, data_coding, octets);
        assert_eq!(shown(&sms), (headers.to_owned(), content_type), "{data_coding:#x}");
    }
}
