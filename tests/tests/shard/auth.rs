//! Who may say what, once (promises.md E10 to E12), and what strangers are told.

use std::time::Duration;

use routing::Digest;
use routing::journal::Record;
use tests::Site;
use tests::desk::{Desk, Seat, Wish, credentials, credentials_with, seat};
use tests::model::ip;

fn status(text: &str) -> u16 {
    text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

fn elsewhere(port: u16) -> Seat {
    Seat::Udp((ip("127.0.0.77"), port).into())
}

/// Says it once and returns the answer.
fn told(desk: &mut Desk, from: Seat, text: &str) -> String {
    desk.say(from, text.as_bytes());
    desk.texts(from).pop().unwrap_or_default()
}

const CONTACT: &str = "Contact: <sip:1111@127.0.0.1:4000>\r\n";

#[test]
fn e10_a_register_without_proof_leaves_no_state_and_is_answered_once() {
    let mut desk = Desk::of(Site::standard());
    let own = seat(4000);
    let nothing = desk.request(own, &Wish::register("1111", CONTACT), "");
    let challenge = told(&mut desk, own, &nothing);
    assert_eq!(status(&challenge), 401);
    let liar = credentials_with(&challenge, &nothing, "1111", "guess", 1).unwrap();
    let request = desk.request(own, &Wish::register("1111", CONTACT), &liar);
    assert_eq!(status(&told(&mut desk, own, &request)), 401, "another password");
    let other = credentials(&challenge, &nothing, "1112").unwrap();
    let request = desk.request(own, &Wish::register("1111", CONTACT), &other);
    assert_eq!(status(&told(&mut desk, own, &request)), 403, "somebody else's address of record");
    let wild = "Contact: *\r\nExpires: 60\r\n";
    assert_eq!(status(&desk.ask(own, Wish::register("1111", wild))), 400, "a star that stays");
    desk.wait(Duration::from_secs(40));
    assert!(desk.texts(own).is_empty(), "nothing is said twice to who proved nothing");
    assert!(desk.records.is_empty(), "nothing is stored");
    let contact = "Contact: <sip:1111@192.0.2.66:9>\r\n";
    assert_eq!(status(&desk.ask(own, Wish::register("1111", contact))), 200);
    assert_eq!(status(&desk.ask(seat(4001), Wish::message("1112", "1111", "hello"))), 202);
    desk.take(own, 200);
}

#[test]
fn e11_what_was_said_once_is_refused_as_stale_when_it_is_said_again() {
    let mut desk = Desk::of(Site::standard());
    let own = seat(4000);
    let first = desk.request(own, &Wish::message("1112", "1111", "x"), "");
    let challenge = told(&mut desk, own, &first);
    let say = |desk: &mut Desk, from: Seat, count: u32| {
        let said = credentials_with(&challenge, &first, "1112", "secret", count).unwrap();
        let request = desk.request(from, &Wish::message("1112", "1111", "x"), &said);
        let answer = told(desk, from, &request);
        (status(&answer), answer.contains("stale=true"), request)
    };
    let (first_status, _, request) = say(&mut desk, own, 1);
    assert_eq!(first_status, 202);
    assert_eq!(status(&told(&mut desk, own, &request)), 202, "the same request once more");
    for (count, expected) in [(1, 407), (3, 202), (2, 202), (2, 407), (3, 407), (4, 202)] {
        let (answered, stale, _) = say(&mut desk, own, count);
        assert_eq!((answered, stale), (expected, expected == 407), "count {count}");
    }
    assert_eq!(say(&mut desk, seat(4001), 5).0, 202, "a NAT changes the port");
    let (answered, stale, _) = say(&mut desk, elsewhere(4000), 6);
    assert_eq!((answered, stale), (407, true), "the nonce of another address");
    desk.wait(Duration::from_secs(301));
    let (answered, stale, _) = say(&mut desk, own, 9);
    assert_eq!((answered, stale), (407, true), "an old nonce");
    let wrong = credentials_with(&challenge, &first, "1112", "guess", 9).unwrap();
    let request = desk.request(own, &Wish::message("1112", "1111", "x"), &wrong);
    let answer = told(&mut desk, own, &request);
    assert_eq!((status(&answer), answer.contains("stale")), (407, false), "and a wrong password");
}

#[test]
fn e11_a_proof_from_before_a_start_is_good_for_what_is_known_and_for_nothing_else() {
    let mut desk = Desk::of(Site::standard());
    let own = seat(4000);
    let first = desk.request(own, &Wish::message("1112", "1111", "x"), "");
    let challenge = told(&mut desk, own, &first);
    let request = |desk: &mut Desk, text: &str, challenge: &str, count: u32| {
        let said = credentials_with(challenge, &first, "1112", "secret", count).unwrap();
        desk.request(own, &Wish::message("1112", "1111", text), &said)
    };
    let known = request(&mut desk, "is ours", &challenge, 1);
    assert_eq!(status(&told(&mut desk, own, &known)), 202);
    desk.break_journal();
    let refused = request(&mut desk, "found no room", &challenge, 2);
    assert_eq!(status(&told(&mut desk, own, &refused)), 503);
    desk.wait(Duration::from_millis(1));
    desk.restart();
    let late = told(&mut desk, own, &refused);
    assert_eq!((status(&late), late.contains("stale=true")), (407, true), "a late copy");
    assert_eq!(told(&mut desk, own, &refused), late, "and another");
    assert_eq!(status(&told(&mut desk, own, &known)), 202, "a copy of what was answered 202");
    let again = request(&mut desk, "found no room", &late, 1);
    assert_eq!(status(&told(&mut desk, own, &again)), 202);
    let nothing = desk.request(own, &Wish::register("1112", CONTACT), "");
    let challenge = told(&mut desk, own, &nothing);
    let said = credentials(&challenge, &nothing, "1112").unwrap();
    let register = desk.request(own, &Wish::register("1112", CONTACT), &said);
    desk.wait(Duration::from_millis(1));
    desk.restart();
    let late = told(&mut desk, own, &register);
    assert_eq!((status(&late), late.contains("stale=true")), (401, true), "a registrar, too");
    let accepted = desk.records.iter().filter(|record| matches!(record, Record::Accept(_)));
    assert_eq!(accepted.count(), 2);
}

#[test]
fn e11_what_was_not_offered_or_made_for_something_else_proves_nothing() {
    let mut site = Site::standard();
    site.environment("env1").digests = vec![Digest::Sha256];
    let mut desk = Desk::of(site.publish());
    let own = seat(4000);
    let wish = Wish::message("1112", "1111", "x");
    let first = desk.request(own, &wish, "");
    let challenge = told(&mut desk, own, &first);
    assert!(challenge.contains("algorithm=SHA-256") && !challenge.contains("MD5"));
    let good = credentials(&challenge, &first, "1112").unwrap();
    let weaker = challenge.replace("SHA-256", "MD5");
    let weaker = credentials(&weaker, &first, "1112").unwrap();
    let nonce = challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    let cases = [
        ("a weaker algorithm", weaker),
        ("no client nonce", good.replace("c0ffee", "")),
        ("another URI", good.replace("uri=\"sip:1111@", "uri=\"sip:1113@")),
        ("no count", good.replace("nc=00000001", "nc=00000000")),
        ("another nonce", good.replace(nonce, &nonce.replace(['0', '1'], "2"))),
        ("another realm", good.replace("realm=\"env1.example\"", "realm=\"env2.example\"")),
    ];
    for (what, credentials) in cases {
        // Guesses are forgiven after a while.
        desk.wait(Duration::from_secs(10));
        let request = desk.request(own, &wish, &credentials);
        let answer = told(&mut desk, own, &request);
        assert_eq!((status(&answer), answer.contains("stale")), (407, false), "{what}");
    }
    let request = desk.request(own, &wish, &good);
    assert_eq!(status(&told(&mut desk, own, &request)), 202, "and what is right is right");
}

#[test]
fn e12_a_scanner_gets_no_answer_and_a_flood_few() {
    let mut desk = Desk::of(Site::standard());
    let (flood, own) = (elsewhere(9), seat(4000));
    let scan = Wish { headers: "User-Agent: friendly-scanner\r\n", ..Wish::register("100", "") };
    let request = desk.request(flood, &scan, "");
    assert_eq!(told(&mut desk, flood, &request), "");
    let plain = desk.request(flood, &Wish::register("100", ""), "");
    let mut answers = 0;
    for _ in 0..20_000 {
        answers += usize::from(!told(&mut desk, flood, &plain).is_empty());
    }
    assert_eq!(answers, 16_384, "no answer after so many");
    // What the flood took of the time for REGISTERs is soon there again: the rest is not read.
    desk.wait(Duration::from_millis(100));
    assert_eq!(status(&desk.ask(own, Wish::register("1111", CONTACT))), 200, "others are served");
    desk.wait(Duration::from_secs(1));
    assert_eq!(status(&told(&mut desk, flood, &plain)), 401, "a little, later");
}

#[test]
fn stun_on_the_sip_port_says_where_a_datagram_came_from() {
    let mut desk = Desk::of(Site::standard());
    let own = seat(4000);
    let mut request = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
    request.extend_from_slice(&[7; 12]);
    desk.say(own, &request);
    let answer = desk.heard(own).pop().expect("an answer");
    let port = 4000_u16 ^ 0x2112;
    assert_eq!(answer[..2], [1, 1]);
    assert_eq!(answer[26..28], port.to_be_bytes());
    request[1] = 0x11;
    desk.say(own, &request);
    assert!(desk.heard(own).is_empty(), "an indication");
}

#[test]
fn an_account_registers_and_speaks_under_each_of_its_numbers() {
    let mut site = Site::standard();
    site.environment("env1").accounts[0].numbers.push(number("4917012345"));
    let mut desk = Desk::of(site.publish());
    let (own, other) = (seat(4000), seat(4001));
    assert_eq!(status(&desk.ask(other, Wish::register("1112", "Contact: <sip:b@h>\r\n"))), 200);
    let by_number = |method, from: &'static str| Wish { from, ..method };
    let register = Wish { to: "+4917012345", ..Wish::register("1111", CONTACT) };
    assert_eq!(status(&desk.ask(own, register)), 200);
    for (from, called, expected) in
        [("+4917012345", "sip:+4917012345@", 202), ("1111", "sip:1111@", 202), ("1113", "", 403)]
    {
        let wish = by_number(Wish::message("1111", "1112", "hello"), from);
        assert_eq!(status(&desk.ask(own, wish)), expected, "{from}");
        if expected == 202 {
            assert!(desk.take(other, 200).contains(&format!("From: <{called}")), "{from}");
        }
    }
    assert_eq!(status(&desk.ask(other, Wish::message("1112", "+4917012345", "back"))), 202);
    desk.take(own, 200);
}

fn number(digits: &str) -> u64 {
    routing::Number::parse(digits.as_bytes()).expect("digits").packed()
}
