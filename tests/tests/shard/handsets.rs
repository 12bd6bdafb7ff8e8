//! Handsets behind an IMS (3GPP TS 24.341): the relay layer says what becomes of a short message.

use std::time::Duration;

use routing::journal::Record;
use routing::{Devices, State};
use sip::Message;
use sip::rp::cause;
use smpp::MessageState;
use tests::checks::Mercy;
use tests::desk::{Desk, Seat, Wish, credentials, credentials_with, seat};
use tests::net::SEC;
use tests::peers::Job;
use tests::peers::phone::{Handset, is_relay, submission};
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards};
use tests::{Site, World};
use text::tpdu::{Deliver, From, Tpdu};

/// A registered handset.
fn handset(world: &mut World, user: &str) -> usize {
    let phone = world.add_phone(user);
    let (app, net) = world.phone(phone);
    app.handset = Some(Box::default());
    app.register(net);
    world.run_ms(100);
    phone
}

fn of(world: &mut World, phone: usize) -> &mut Handset {
    world.phone(phone).0.handset.as_mut().expect("a handset")
}

fn states(world: &mut World, esme: usize) -> Vec<Option<MessageState>> {
    world.esme(esme).0.receipts.iter().map(|receipt| receipt.state).collect()
}

#[test]
fn a_text_reaches_a_handset_and_its_rp_ack_is_the_receipt() {
    with_shards(|world| {
        let (phone, tata) = (handset(world, "1111"), bound(world, "tata", 1));
        submit(world, tata, Job::new("1111", "Asia Cell: 50% bonus"));
        submit(world, tata, Job::new("1111", "the second"));
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["Asia Cell: 50% bonus", "the second"]);
        assert_eq!(states(world, tata), [Some(MessageState::Delivered); 2]);
    });
}

#[test]
fn a_long_text_is_several_short_messages_one_after_the_other() {
    with_shards(|world| {
        let (phone, other) = (handset(world, "1111"), registered(world, "1112"));
        let text = "a text that is longer than one short message, ".repeat(8);
        let (app, net) = world.phone(other);
        app.send(net, "1111", &text);
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), [text]);
        assert_eq!(of(world, phone).units.len(), 3);
    });
}

#[test]
fn a_200_is_no_delivery_and_silence_is_tried_again() {
    with_shards(|world| {
        let (phone, tata) = (handset(world, "1111"), bound(world, "tata", 1));
        of(world, phone).mute = true;
        submit(world, tata, Job::new("1111", "hello?"));
        world.run_until(world.net.now + 35 * SEC);
        assert!(states(world, tata).is_empty(), "TR1M runs");
        of(world, phone).mute = false;
        settle(world);
        assert_eq!(world.phone(phone).0.texts(), ["hello?"]);
        assert_eq!(states(world, tata), [Some(MessageState::Delivered)]);
        assert!(of(world, phone).units.len() > 1, "it was sent again");
    });
}

#[test]
fn an_rp_error_says_whether_it_is_worth_another_try() {
    with_shards(|world| {
        let (phone, tata) = (handset(world, "1111"), bound(world, "tata", 1));
        of(world, phone).refuses.extend([cause::MEMORY, cause::UNASSIGNED]);
        submit(world, tata, Job::new("1111", "no room, then nobody"));
        submit(world, tata, Job::new("1111", "then it is well"));
        settle_with(world, Mercy { undelivered: true, ..Mercy::default() });
        let (no, yes) = (Some(MessageState::Undeliverable), Some(MessageState::Delivered));
        assert_eq!(states(world, tata), [no, yes]);
        assert_eq!(of(world, phone).units.len(), 3);
    });
}

#[test]
fn what_a_handset_sends_is_acknowledged_when_it_is_durable_and_reported_when_it_is_final() {
    with_shards(|world| {
        let (phone, other) = (handset(world, "1111"), registered(world, "1112"));
        let (app, net) = world.phone(phone);
        let said = ("application/vnd.3gpp.sms", submission(7, "1112", "from a handset", true));
        let number = app.send_other(net, "smsc", said, "");
        world.run_ms(1000);
        assert_eq!(world.phone(phone).0.sent[number].status, Some(202));
        assert_eq!(world.phone(other).0.texts(), ["from a handset"]);
        settle(world);
        let handset = of(world, phone);
        assert_eq!((&*handset.acked, &*handset.reports), (&[7][..], &[(7, 0)][..]));
        assert!(handset.errors.is_empty());
    });
}

#[test]
fn what_cannot_be_sent_is_refused_by_the_relay_layer() {
    with_shards(|world| {
        let phone = handset(world, "1111");
        let garbage = vec![0, 9, 0, 2, 0x91, 0xF1, 2, 1, 1];
        for (octets, status) in [
            (submission(8, "999", "to nobody", false), 202),
            (garbage, 202),
            (vec![0, 9], 400),
            (vec![6, 3], 202),
        ] {
            let (app, net) = world.phone(phone);
            let said = ("application/vnd.3gpp.sms", octets);
            let number = app.send_other(net, "smsc", said, "");
            world.run_ms(500);
            assert_eq!(world.phone(phone).0.sent[number].status, Some(status));
        }
        let handset = of(world, phone);
        assert_eq!(handset.errors, [(8, cause::UNASSIGNED), (9, cause::MANDATORY)]);
        assert_eq!(handset.acked, [3], "RP-SMMA is acknowledged");
        assert!(world.nodes[0].accepts().is_empty());
    });
}

/// The short messages a handset got, in order: TP-DCS, TP-UDHI and what stands behind TP-UDL.
fn delivered(world: &mut World, phone: usize) -> Vec<(u8, bool, Vec<u8>)> {
    let deliver = |unit: &Vec<u8>| match Tpdu::decode(unit, From::Centre, false) {
        Ok(Tpdu::Deliver(Deliver { data, .. })) => {
            let mut octets = Vec::new();
            data.unpack(&mut octets);
            (data.coding, data.has_header, octets)
        }
        other => panic!("{other:?}"),
    };
    of(world, phone).units.iter().map(deliver).collect()
}

#[test]
fn what_stands_beside_a_text_reaches_a_handset_as_it_was() {
    with_shards(|world| {
        let (phone, tata) = (handset(world, "1111"), bound(world, "tata", 1));
        let push = [6, 5, 4, 0x0B, 0x84, 0x23, 0xF0, 1, 6, 0xAE];
        let emoji = [0x04, 0x22, 0xD8, 0x3D, 0xDE, 0x00];
        of(world, phone).reads_nothing = true;
        submit(world, tata, Job::new("1111", "flash").coded(0x10, b"flash"));
        submit(world, tata, Job::new("1111", "emoji").coded(8, &emoji));
        submit(world, tata, Job::new("1111", "push").coded(0xF5, &push).under_header());
        world.run_ms(2000);
        let expected = [
            (0x10, false, b"flash".to_vec()),
            (0x08, false, emoji.to_vec()),
            (0x15, true, push.to_vec()),
        ];
        assert_eq!(delivered(world, phone), expected);
    });
}

#[test]
fn data_longer_than_a_short_message_keeps_its_ports_in_each() {
    with_shards(|world| {
        let (phone, tata) = (handset(world, "1111"), bound(world, "tata", 1));
        of(world, phone).reads_nothing = true;
        let data: Vec<u8> = (0..=199).collect();
        let said = [&[6, 5, 4, 0x0B, 0x84, 0x23, 0xF0][..], &data].concat();
        submit(world, tata, Job::new("1111", "long push").coded(4, &said).under_header());
        world.run_ms(2000);
        let got = delivered(world, phone);
        assert_eq!(
            got.iter().map(|(coding, has, _)| (*coding, *has)).collect::<Vec<_>>(),
            [(4, true), (4, true)]
        );
        let rest: Vec<u8> = got.iter().flat_map(|(.., octets)| octets[12..].to_vec()).collect();
        assert_eq!(rest, data);
        for (sequence, (.., octets)) in (1..).zip(&got) {
            assert_eq!(octets[..7], [11, 5, 4, 0x0B, 0x84, 0x23, 0xF0]);
            assert_eq!(
                (octets[7..9].to_vec(), octets[10..12].to_vec()),
                (vec![0, 3], vec![2, sequence])
            );
        }
    });
}

#[test]
fn what_a_handset_sends_goes_to_a_next_hop_as_it_came() {
    with_shards(|world| {
        let (phone, smsc) = (handset(world, "1111"), world.add_smsc());
        world.run_ms(3000);
        let (app, net) = world.phone(phone);
        let said = ("application/vnd.3gpp.sms", submission(9, "3331", "by [SMPP]", false));
        app.send_other(net, "smsc", said, "");
        world.run_ms(2000);
        let got = &world.smsc(smsc).got;
        let septets = b"by \x1B<SMPP\x1B>".to_vec();
        assert_eq!((got.len(), &got[0].text, got[0].data_coding), (1, &septets, 0));
        assert_eq!(of(world, phone).acked, [9]);
    });
}

/// 1111 registers a handset, one for each device.
fn register(desk: &mut Desk, device: u16) -> Seat {
    let seat = seat(4000 + device);
    let contact = format!(
        "Contact: <sip:1111@127.0.0.1:{}>;+g.3gpp.smsip;+sip.instance=\"<urn:uuid:{device}>\"\r\n",
        4000 + device
    );
    let answer = desk.ask(seat, Wish::register("1111", &contact));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    seat
}

fn send(desk: &mut Desk, text: &str) {
    let answer = desk.ask(seat(4999), Wish::message("1114", "1111", text));
    assert!(answer.starts_with("SIP/2.0 202 "), "{answer}");
}

/// The one RP-DATA that came to a seat, answered with 200: its Call-ID and its reference.
fn relayed(desk: &mut Desk, seat: Seat) -> (String, u8) {
    let mut came = desk.heard(seat);
    came.retain(|octets| octets.starts_with(b"MESSAGE "));
    came.dedup();
    assert_eq!(came.len(), 1, "one MESSAGE");
    let message = Message::parse(&came[0]).expect("a request of ours");
    assert!(is_relay(&message) && message.body()[0] == 1, "RP-DATA");
    let named = (message.call_id().to_owned(), message.body()[1]);
    desk.reply(seat, &String::from_utf8_lossy(&came[0]), 200);
    named
}

fn gets_nothing(desk: &mut Desk, seat: Seat) -> bool {
    !desk.heard(seat).iter().any(|octets| octets.starts_with(b"MESSAGE "))
}

/// An account says RP-ACK.
fn acknowledge(desk: &mut Desk, seat: Seat, user: &str, (call_id, reference): &(String, u8)) {
    let headers = format!("In-Reply-To: {call_id}\r\n");
    let wish = Wish { headers: &headers, ..Wish::message(user, "smsc", "\x02\x7F\x41\x02\0\0") };
    let relay = |said: String| said.replace("text/plain", "application/vnd.3gpp.sms");
    let request = relay(desk.request(seat, &wish, ""));
    desk.say(seat, request.as_bytes());
    let challenge = desk.texts(seat).pop().expect("a challenge");
    let credentials = credentials(&challenge, &request, user).expect("a challenge");
    let mut request = relay(desk.request(seat, &wish, &credentials)).into_bytes();
    let at = request.iter().position(|octet| *octet == 0x7F).expect("the place of the reference");
    request[at] = *reference;
    desk.say(seat, &request);
}

fn outcomes(desk: &Desk) -> Vec<State> {
    let outcome = |record: &Record| match record {
        Record::Outcome(outcome) => Some(outcome.state),
        _ => None,
    };
    desk.records.iter().filter_map(outcome).collect()
}

#[test]
fn of_two_handsets_one_gets_a_text_and_nobody_else_can_acknowledge_it() {
    let mut desk = Desk::of(Site::standard());
    let seats = [register(&mut desk, 1), register(&mut desk, 2)];
    send(&mut desk, "to one of them");
    let named = relayed(&mut desk, seats[0]);
    assert!(gets_nothing(&mut desk, seats[1]), "no-fork");
    acknowledge(&mut desk, seat(4998), "1112", &named);
    acknowledge(&mut desk, seats[0], "1111", &(named.0.clone(), named.1 ^ 1));
    acknowledge(&mut desk, seats[0], "1111", &(format!("r-{}", named.0), named.1));
    assert!(outcomes(&desk).is_empty(), "of another account, another reference, another message");
    acknowledge(&mut desk, seats[0], "1111", &named);
    assert_eq!(outcomes(&desk), [State::Delivered]);
    acknowledge(&mut desk, seats[0], "1111", &named);
    assert_eq!(outcomes(&desk), [State::Delivered], "once");
}

#[test]
fn after_a_start_an_old_proof_of_a_handset_is_good_for_what_is_known_alone() {
    let mut desk = Desk::of(Site::standard());
    let from = seat(4998);
    let unit = submission(9, "1111", "from a handset", false);
    let stand_in = "x".repeat(unit.len());
    let request = |desk: &mut Desk, credentials: &str| {
        let request = desk.request(from, &Wish::message("1112", "smsc", &stand_in), credentials);
        let mut octets = request.replace("text/plain", "application/vnd.3gpp.sms").into_bytes();
        let at = octets.len() - unit.len();
        octets[at..].copy_from_slice(&unit);
        octets
    };
    let told = |desk: &mut Desk, octets: &[u8]| {
        desk.say(from, octets);
        desk.texts(from).pop().expect("an answer")
    };
    let unproven = request(&mut desk, "");
    let challenge = told(&mut desk, &unproven);
    let about = String::from_utf8_lossy(&unproven);
    let prove = |desk: &mut Desk, count: u32| {
        let proof = credentials_with(&challenge, &about, "1112", "secret", count).unwrap();
        request(desk, &proof)
    };
    let [known, refused] = [1, 2].map(|count| prove(&mut desk, count));
    assert!(told(&mut desk, &known).starts_with("SIP/2.0 202 "));
    desk.break_journal();
    assert!(told(&mut desk, &refused).starts_with("SIP/2.0 202 "), "the relay layer refuses it");
    desk.wait(Duration::from_millis(1));
    desk.restart();
    let late = told(&mut desk, &refused);
    assert!(late.starts_with("SIP/2.0 407 ") && late.contains("stale=true"), "{late}");
    assert!(told(&mut desk, &known).starts_with("SIP/2.0 202 "));
    let accepted = desk.records.iter().filter(|record| matches!(record, Record::Accept(_)));
    assert_eq!(accepted.count(), 1);
}

#[test]
fn after_a_crash_a_text_begins_anew_under_the_same_reference() {
    let mut desk = Desk::of(Site::standard());
    let handset = register(&mut desk, 1);
    send(&mut desk, &"two short messages ".repeat(12));
    let first = relayed(&mut desk, handset);
    acknowledge(&mut desk, handset, "1111", &first);
    let second = relayed(&mut desk, handset);
    assert_eq!((&second.0, second.1), (&first.0, first.1 + 1));
    desk.restart();
    assert_eq!(relayed(&mut desk, handset), first);
    acknowledge(&mut desk, handset, "1111", &first);
    assert_eq!(relayed(&mut desk, handset), second);
    acknowledge(&mut desk, handset, "1111", &second);
    assert_eq!(outcomes(&desk), [State::Delivered]);
}

#[test]
fn where_each_device_gets_each_text_each_handset_says_what_became_of_it() {
    let mut site = Site::standard();
    site.environment("env1").accounts[0].devices = Devices::All;
    let mut desk = Desk::of(site.publish());
    let seats = [1, 3].map(|device| register(&mut desk, device));
    send(&mut desk, &"two short messages ".repeat(12));
    let first = seats.map(|seat| relayed(&mut desk, seat));
    acknowledge(&mut desk, seats[0], "1111", &first[0]);
    let second = relayed(&mut desk, seats[0]);
    acknowledge(&mut desk, seats[0], "1111", &second);
    assert_eq!(outcomes(&desk), [State::Delivered]);
    acknowledge(&mut desk, seats[1], "1111", &first[1]);
    let second = relayed(&mut desk, seats[1]);
    acknowledge(&mut desk, seats[1], "1111", &second);
    desk.ask(seats[1], Wish::register("1111", "Contact: *\r\nExpires: 0\r\n"));
    register(&mut desk, 1);
    send(&mut desk, "when it is back");
    let first = relayed(&mut desk, seats[0]);
    acknowledge(&mut desk, seats[0], "1111", &first);
    desk.wait(Duration::from_secs(600));
    assert!(gets_nothing(&mut desk, seats[1]));
    register(&mut desk, 3);
    let owed = relayed(&mut desk, seats[1]);
    acknowledge(&mut desk, seats[1], "1111", &owed);
    desk.wait(Duration::from_secs(600));
    assert!(gets_nothing(&mut desk, seats[1]), "nothing is owed any more");
    assert_eq!(outcomes(&desk), [State::Delivered; 2]);
}
