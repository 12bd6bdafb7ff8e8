//! What comes from the other end of a trunk: taken without a password, rated, routed and refused
//! as what a carrier submits.

use routing::journal::Record;
use routing::{Cidr, Ingress, Protocol, Transport};
use tests::model::{ENV1_SIP, GATEWAY, PRICE, address};
use tests::scene::{registered, with_site};
use tests::{Site, World, model};

/// Plays with a trunk whose Sms TATA pays.
fn with_trunk(play: impl Fn(&mut World, usize)) {
    let mut site = Site::standard();
    let connection = &mut site.environment("env1").connections[1];
    connection.protocol = model::trunk(&[Transport::Udp]);
    (connection.count_hops, connection.manner.carrier) = (false, Some(201));
    with_site(&site.publish(), |world| {
        let gateway = world.add_gateway();
        world.run_ms(1000);
        play(world, gateway);
        let wrongs = &world.nodes[0].watch.wrongs;
        assert!(wrongs.is_empty(), "{wrongs:?}");
    });
}

fn message(call: &str, from: &str, to: &str, more: &str, text: &str) -> String {
    format!(
        "MESSAGE sip:{to}@127.0.0.1:5060 SIP/2.0\r\n\
         Via: SIP/2.0/UDP {GATEWAY};branch=z9hG4bK{call};rport\r\n\
         From: <sip:{from}@gw.example>;tag=1\r\n\
         To: <sip:{to}@env1.example>\r\n\
         Call-ID: {call}\r\n\
         CSeq: 1 MESSAGE\r\n\
         {more}\
         Content-Type: text/plain\r\n\
         Content-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

/// Sends one from the trunk and waits for its final answer.
fn say(world: &mut World, gateway: usize, octets: &str, call: &str) -> Option<u16> {
    let (end, net) = world.gateway(gateway);
    end.send(net, address(ENV1_SIP), octets);
    world.run_ms(300);
    world.gateway(gateway).0.finals.get(call).copied()
}

#[test]
fn a_message_of_a_trunk_is_taken_and_rated_without_a_password() {
    with_trunk(|world, gateway| {
        let phone = registered(world, "1111");
        let octets = message("c1", "+491771234567", "1111", "Max-Forwards: 70\r\n", "from afar");
        assert_eq!(say(world, gateway, &octets, "c1"), Some(202));
        let got = &world.phone(phone).0.got;
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].from.as_str(), got[0].text.as_str()), ("+491771234567", "from afar"));
        let accepts = world.nodes[0].accepts();
        let sms = &accepts[0].1;
        assert!(matches!(sms.ingress, Ingress::Trunk { connection: 302, .. }));
        assert_eq!((sms.payer(), sms.charge.amount_micros), (Some(201), PRICE));
        assert_eq!(sms.carrier(), None, "nobody there takes receipts");
        // The same again is the same, also after a restart.
        assert_eq!(say(world, gateway, &octets, "c1"), Some(202));
        world.crash(0, 100);
        world.run_ms(500);
        world.gateway(gateway).0.finals.clear();
        assert_eq!(say(world, gateway, &octets, "c1"), Some(202));
        assert_eq!(world.nodes[0].accepts().len(), 1);
    });
}

#[test]
fn a_stranger_is_challenged_as_ever() {
    let mut site = Site::standard();
    let connection = &mut site.environment("env1").connections[1];
    connection.protocol = model::trunk(&[Transport::Udp]);
    if let Protocol::Sip(trunk) = &mut connection.protocol {
        trunk.sources = vec![Cidr::parse("192.0.2.0/24").unwrap()];
    }
    with_site(&site.publish(), |world| {
        let gateway = world.add_gateway();
        world.run_ms(1000);
        let octets = message("c1", "+491771234567", "1111", "", "from nowhere");
        assert_eq!(say(world, gateway, &octets, "c1"), Some(407));
        assert!(world.nodes[0].accepts().is_empty());
    });
}

#[test]
fn e20_max_forwards_is_counted() {
    with_trunk(|world, gateway| {
        registered(world, "1111");
        let table = [
            ("Max-Forwards: 0\r\n", 483),
            ("Max-Forwards: 1\r\n", 202),
            ("", 202),
            ("Max-Forwards: 255\r\n", 202),
            ("Max-Forwards: 300\r\n", 400),
            ("Max-Forwards: -1\r\n", 400),
            ("Max-Forwards: many\r\n", 400),
        ];
        for (at, (header, status)) in table.into_iter().enumerate() {
            let call = format!("c{at}");
            let octets = message(&call, "1234567", "1111", header, &format!("text {at}"));
            assert_eq!(say(world, gateway, &octets, &call), Some(status), "{header}");
        }
    });
}

#[test]
fn what_cannot_be_sent_on_is_refused_and_recorded() {
    with_trunk(|world, gateway| {
        let table = [
            ("c1", message("c1", "1234567", "999", "", "to nobody"), 404),
            ("c2", message("c2", "a%20very%20long%20name", "1111", "", "from whom"), 403),
            (
                "c3",
                message("c3", "1234567", "1111", "", "x").replace("text/plain", "image/png"),
                415,
            ),
        ];
        for (call, octets, status) in table {
            assert_eq!(say(world, gateway, &octets, call), Some(status), "{call}");
        }
        let refused = |record: &Record| matches!(record, Record::Refused(_));
        assert_eq!(world.nodes[0].records().filter(refused).count(), 3);
    });
}

#[test]
fn what_was_here_before_is_refused() {
    with_trunk(|world, gateway| {
        registered(world, "1111");
        let mark = routing::mark(&model::domain("env1"));
        let mut trace = Vec::new();
        let id = routing::MessageId::new(1, 1, 0, 0);
        routing::Trace::default().onwards(mark, id).encode(&mut trace);
        let hex: String = trace.iter().map(|octet| format!("{octet:02x}")).collect();
        let header = format!("X-Signalbox-Trace: {hex}\r\n");
        let octets = message("c1", "1234567", "1111", &header, "round and round");
        assert_eq!(say(world, gateway, &octets, "c1"), Some(482));
        assert!(world.nodes[0].accepts().is_empty());
    });
}
