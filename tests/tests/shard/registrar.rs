//! Registrations as RFC 3261 §10, 3327, 5626 and 5627 have them, and what becomes of what is sent
//! to them.

use std::time::Duration;

use routing::Expires;
use routing::journal::Record;
use tests::Site;
use tests::desk::{Desk, Seat, Wish, seat};

fn desk() -> Desk {
    Desk::of(Site::standard())
}

fn status(text: &str) -> u16 {
    text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

/// The value of the first header of that name.
fn header<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_default()
}

fn register(desk: &mut Desk, from: Seat, user: &str, headers: &str) -> String {
    desk.ask(from, Wish::register(user, headers))
}

fn send(desk: &mut Desk, to: &str, text: &str) -> u16 {
    status(&desk.ask(seat(4999), Wish::message("1114", to, text)))
}

/// A device of 1111 and one of its flows.
fn flow(device: u8, reg_id: u8) -> String {
    format!(
        "Contact: <sip:1111@h{device}.invalid;transport=ws>;reg-id={reg_id};\
         +sip.instance=\"<urn:uuid:{device}>\"\r\nSupported: path, outbound, gruu\r\n"
    )
}

#[test]
fn a_200_says_what_was_understood() {
    let mut desk = desk();
    let own = desk.connect(4000);
    let headers = flow(1, 1) + "Path: <sip:p@127.0.0.1:9;lr;ob>\r\n";
    let answer = register(&mut desk, own, "1111", &headers);
    assert_eq!(status(&answer), 200);
    assert_eq!(header(&answer, "Require"), "outbound");
    assert_eq!(header(&answer, "Flow-Timer"), "120");
    assert_eq!(header(&answer, "Path"), "<sip:p@127.0.0.1:9;lr;ob>");
    assert_eq!(header(&answer, "Supported"), "path, outbound, gruu");
    let gruu = "pub-gruu=\"sip:1111@env1.example;gr=urn:uuid:1\"";
    assert!(header(&answer, "Contact").contains(gruu), "{answer}");
    let plain = "Contact: <sip:1112@h>;+sip.instance=\"<urn:uuid:2>\";reg-id=1\r\n";
    let answer = register(&mut desk, seat(4001), "1112", plain);
    assert_eq!((status(&answer), header(&answer, "Require")), (200, ""));
    assert!(!answer.contains("gruu=") && !answer.contains("reg-id"), "{answer}");
}

#[test]
fn what_is_not_understood_is_named() {
    let mut desk = desk();
    let cases = [
        ("Require: path, gruu, outbound\r\n", 200, ""),
        ("Require: path, x-new, 100rel\r\n", 420, "x-new, 100rel"),
        ("Path: <sip:p;lr>\r\n", 420, "path"),
    ];
    for (headers, expected, unsupported) in cases {
        let headers = format!("Contact: <sip:1111@h>\r\n{headers}");
        let answer = register(&mut desk, seat(4000), "1111", &headers);
        let named = header(&answer, "Unsupported");
        assert_eq!((status(&answer), named), (expected, unsupported), "{headers}");
    }
    let far = flow(1, 1) + "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n";
    assert_eq!(status(&register(&mut desk, seat(4000), "1111", &far)), 439);
    let mut message = Wish::message("1111", "1112", "x");
    message.headers = "Require: outbound\r\n";
    assert_eq!(status(&desk.ask(seat(4000), message)), 420);
}

#[test]
fn e08_contacts_may_wait_for_other_records_and_an_sms_may_not() {
    let mut desk = desk();
    let contact = "Contact: <sip:1112@127.0.0.1:4001>\r\n";
    assert_eq!(status(&register(&mut desk, seat(4001), "1112", contact)), 200);
    assert_eq!(std::mem::take(&mut desk.patient), [true]);
    assert_eq!(send(&mut desk, "1112", "now"), 202);
    desk.take(seat(4001), 200);
    assert!(!desk.patient.is_empty() && !desk.patient.contains(&true), "{:?}", desk.patient);
    // The next storm waits again.
    desk.patient.clear();
    assert_eq!(status(&register(&mut desk, seat(4001), "1112", contact)), 200);
    assert_eq!(desk.patient, [true]);
}

#[test]
fn an_environment_says_how_long_registrations_hold() {
    let mut site = Site::standard();
    site.environment("env1").expires = Expires { min_secs: 300, max_secs: 900 };
    let mut desk = Desk::of(site.publish());
    let mut ask = |secs: u32| {
        let headers = format!("Contact: <sip:1111@h>;expires={secs}\r\n");
        let answer = register(&mut desk, seat(4000), "1111", &headers);
        let granted = header(&answer, "Contact").split("expires=").nth(1).unwrap_or("0").to_owned();
        (status(&answer), header(&answer, "Min-Expires").to_owned(), granted)
    };
    assert_eq!(ask(299), (423, "300".to_owned(), "0".to_owned()));
    assert_eq!(ask(300), (200, String::new(), "300".to_owned()));
    let granted: Vec<u32> = (0..50).map(|_| ask(3600).2.parse().unwrap_or(0)).collect();
    assert!(granted.iter().all(|secs| (810..=900).contains(secs)), "{granted:?}");
    assert!(granted.iter().any(|secs| *secs != granted[0]), "not all at once: {granted:?}");
}

#[test]
fn a_path_is_the_route_of_what_is_sent() {
    let mut desk = desk();
    let headers = "Contact: <sip:1111@10.0.0.1:5070>\r\nSupported: path\r\n\
                   Path: <sip:tok@127.0.0.1:4500;lr>, <sip:e.example;lr>\r\n";
    assert_eq!(status(&register(&mut desk, seat(4000), "1111", headers)), 200);
    assert_eq!(send(&mut desk, "1111", "by the path"), 202);
    let message = desk.take(seat(4500), 200);
    assert!(message.starts_with("MESSAGE sip:1111@10.0.0.1:5070 SIP/2.0\r\n"), "{message}");
    assert_eq!(header(&message, "Route"), "<sip:tok@127.0.0.1:4500;lr>, <sip:e.example;lr>");
    let elsewhere = headers.replace("127.0.0.1:4500", "127.0.0.66:4500");
    assert_eq!(status(&register(&mut desk, seat(4000), "1111", &elsewhere)), 200);
    assert_eq!(send(&mut desk, "1111", "not to a third party"), 202);
    desk.take(seat(4000), 200);
}

#[test]
fn e06_what_was_registered_anew_is_where_the_next_try_goes() {
    let mut desk = desk();
    let contact = |port: u16| format!("Contact: <sip:1111@127.0.0.1:{port}>;expires=60\r\n");
    assert_eq!(status(&register(&mut desk, seat(4000), "1111", &contact(4000))), 200);
    assert_eq!(send(&mut desk, "1111", "moves"), 202);
    desk.wait(Duration::from_secs(20));
    assert!(desk.texts(seat(4000)).len() > 1, "it is asked again and does not answer");
    let gone = contact(4000).replace("60", "0") + "Contact: <sip:1111@127.0.0.1:4001>\r\n";
    assert_eq!(status(&register(&mut desk, seat(4001), "1111", &gone)), 200);
    desk.wait(Duration::from_secs(30));
    desk.heard(seat(4000));
    assert!(desk.take(seat(4001), 200).ends_with("moves"));
    desk.wait(Duration::from_secs(120));
    assert!(desk.texts(seat(4000)).is_empty(), "nothing more to the old address");
}

#[test]
fn e07_a_nat_that_forgot_gets_nothing_for_whoever_was_there() {
    let mut desk = desk();
    let first = desk.connect(4000);
    assert_eq!(status(&register(&mut desk, first, "1111", &flow(1, 1))), 200);
    // The same address and port, but another connection: another app.
    desk.hang_up(first);
    let other = desk.connect(4000);
    assert_eq!(status(&register(&mut desk, other, "1112", "Contact: <sip:1112@h>\r\n")), 200);
    assert_eq!(send(&mut desk, "1111", "not for 1112"), 202);
    assert!(desk.texts(other).is_empty());
    let back = desk.connect(4001);
    assert_eq!(status(&register(&mut desk, back, "1111", &flow(1, 1))), 200);
    let came = desk.texts(back);
    assert!(came.iter().any(|text| text.ends_with("not for 1112")), "{came:?}");
}

#[test]
fn e21_answers_go_to_where_a_request_came_from_whatever_it_says() {
    let mut desk = desk();
    let own = seat(4000);
    let honest = desk.request(own, &Wish::register("1111", ""), "");
    let lie = honest.replace(";rport", ";received=192.0.2.66;rport=9");
    assert_ne!(lie, honest);
    let Seat::Udp(address) = own else { panic!("a datagram") };
    let lie = lie.replace(&address.to_string(), "192.0.2.66:9999");
    desk.say(own, lie.as_bytes());
    let answer = desk.texts(own).pop().expect("an answer to the source of the datagram");
    assert!(answer.contains(";rport=4000;received=127.0.0.1"), "{answer}");
}

#[test]
fn e23_a_connection_proves_nothing_about_who_is_named_on_it() {
    let mut desk = desk();
    let shared = desk.connect(4000);
    assert_eq!(status(&register(&mut desk, shared, "1112", "Contact: <sip:1112@h>\r\n")), 200);
    let mut stolen = Wish::register("1112", "Contact: <sip:1111@h>\r\n");
    (stolen.to, stolen.from) = ("1111", "1111");
    assert_eq!(status(&desk.ask(shared, stolen)), 403, "another address of record");
    let mut forged = Wish::message("1112", "1113", "in the name of 1111");
    forged.from = "1111";
    assert_eq!(status(&desk.ask(shared, forged)), 403, "another name");
    assert_eq!(send(&mut desk, "1111", "for 1111"), 202);
    assert!(desk.texts(shared).is_empty(), "nothing of 1111's comes here");
}

/// A connection over which a device of 1111 has registered a flow.
fn connected(desk: &mut Desk, port: u16, device: u8, reg_id: u8) -> Seat {
    let link = desk.connect(port);
    let headers = flow(device, reg_id);
    assert_eq!(status(&register(desk, link, "1111", &headers)), 200);
    link
}

/// How many MESSAGEs came to each, the same one once.
fn came(desk: &mut Desk, seats: &[Seat]) -> Vec<usize> {
    let mut counts = Vec::new();
    for seat in seats {
        let mut texts = desk.texts(*seat);
        texts.retain(|text| text.starts_with("MESSAGE "));
        texts.dedup();
        counts.push(texts.len());
    }
    counts
}

fn outcomes(desk: &Desk) -> Vec<routing::State> {
    let outcome = |record: &Record| match record {
        Record::Outcome(outcome) => Some(outcome.state),
        _ => None,
    };
    desk.records.iter().filter_map(outcome).collect()
}

#[test]
fn flows_of_one_device_are_tried_one_after_the_other_the_newest_first() {
    let mut desk = desk();
    let flows = [1, 2, 3].map(|reg_id| connected(&mut desk, 4000, 1, reg_id));
    let other = connected(&mut desk, 4100, 2, 1);
    assert_eq!(send(&mut desk, "1111", "to each device once"), 202);
    assert_eq!(came(&mut desk, &flows[..2]), [0, 0]);
    let message = desk.texts(flows[2]).pop().expect("the newest flow");
    assert_eq!(came(&mut desk, &[other]), [1]);
    desk.reply(flows[2], &message, 430);
    let message = desk.texts(flows[1]).pop().expect("the next one, when that is dead");
    desk.hang_up(flows[1]);
    let last = desk.texts(flows[0]).pop().expect("and the next one");
    assert_eq!(header(&message, "Call-ID"), header(&last, "Call-ID"));
    assert!(outcomes(&desk).is_empty());
    desk.reply(flows[0], &last, 200);
    assert_eq!(outcomes(&desk), [routing::State::Delivered]);
    assert_eq!(send(&mut desk, "1111", "again"), 202);
    assert_eq!(came(&mut desk, &[flows[0], flows[2], other]), [1, 0, 1], "430 forgot a flow");
}

#[test]
fn a_device_that_has_it_by_another_flow_has_it() {
    let mut desk = desk();
    let (old, new) = (connected(&mut desk, 4000, 1, 1), connected(&mut desk, 4001, 1, 2));
    assert_eq!(send(&mut desk, "1111", "twice"), 202);
    assert_eq!(came(&mut desk, &[new]), [1]);
    desk.hang_up(new);
    desk.take(old, 482);
    assert_eq!(outcomes(&desk), [routing::State::Delivered]);
}

#[test]
fn e05_the_first_that_takes_it_ends_it_and_lower_preferences_come_later() {
    let mut desk = desk();
    let seats: Vec<Seat> = (0..5).map(|port| seat(4100 + port)).collect();
    for (seat, q) in seats.iter().zip(["1.0", "1.0", "0.5", "0.5", "0.1"]) {
        let Seat::Udp(at) = seat else { panic!("a datagram") };
        let headers = format!("Contact: <sip:1111@{at}>;q={q}\r\n");
        assert_eq!(status(&register(&mut desk, *seat, "1111", &headers)), 200);
    }
    assert_eq!(send(&mut desk, "1111", "who takes it"), 202);
    assert_eq!(came(&mut desk, &seats[2..]), [0, 0, 0], "the highest preference first");
    desk.take(seats[0], 486);
    assert_eq!(came(&mut desk, &seats[2..]), [0, 0, 0], "one of them may take it yet");
    desk.wait(Duration::from_secs(33));
    desk.heard(seats[1]);
    desk.take(seats[2], 200);
    assert_eq!(outcomes(&desk), [routing::State::Delivered]);
    desk.heard(seats[3]);
    desk.wait(Duration::from_secs(600));
    assert_eq!(came(&mut desk, &seats), [0; 5], "nobody is asked again");
    assert_eq!(desk.records.iter().filter(|r| matches!(r, Record::Attempt(_))).count(), 1);
}

#[test]
fn a_gruu_names_one_device() {
    let mut desk = desk();
    let (one, two) = (connected(&mut desk, 4000, 1, 1), connected(&mut desk, 4001, 2, 1));
    assert_eq!(send(&mut desk, "1111@env1.example;gr=urn:uuid:2", "for the second"), 202);
    assert_eq!(came(&mut desk, &[one]), [0]);
    desk.take(two, 200);
    assert_eq!(send(&mut desk, "1111@env1.example;gr=urn:uuid:3", "for nobody"), 202);
    assert_eq!(came(&mut desk, &[one, two]), [0, 0]);
    assert_eq!(outcomes(&desk), [routing::State::Delivered, routing::State::Undeliverable]);
}

#[test]
fn e09_a_register_that_cannot_be_kept_changes_nothing() {
    let mut desk = desk();
    let contact = |port: u16| format!("Contact: <sip:1111@127.0.0.1:{port}>\r\n");
    assert_eq!(status(&register(&mut desk, seat(4000), "1111", &contact(4000))), 200);
    let records = desk.records.len();
    desk.break_journal();
    for headers in [contact(4000), contact(4001), "Contact: *\r\nExpires: 0\r\n".to_owned()] {
        assert_eq!(status(&register(&mut desk, seat(4001), "1111", &headers)), 500, "{headers}");
    }
    assert_eq!(desk.records.len(), records);
    desk.restart();
    assert_eq!(send(&mut desk, "1111", "to what was kept"), 202);
    desk.take(seat(4000), 200);
    assert_eq!(came(&mut desk, &[seat(4001)]), [0]);
}
