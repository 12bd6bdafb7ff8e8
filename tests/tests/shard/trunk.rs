//! What the other end of a trunk meets in us: MESSAGEs that come once and in order, that answer
//! its challenges, follow it where it may lead us and leave it alone when it asks for that.

use routing::board::{LinkRole, LinkState, Tally};
use routing::{Connection, Transport, Unknown};
use smpp::MessageState;
use tests::net::SEC;
use tests::peers::Job;
use tests::peers::gateway::{Heard, Reply};
use tests::scene::{bound, submit, with_site};
use tests::{Site, World, model};

/// Plays with a trunk behind `333%` and TATA bound.
fn with_trunk(
    transports: &[Transport],
    change: impl Fn(&mut Connection),
    play: impl Fn(&mut World, usize, usize),
) {
    let mut site = Site::standard();
    let connection = &mut site.environment("env1").connections[1];
    (connection.protocol, connection.count_hops) = (model::trunk(transports), false);
    change(connection);
    with_site(&site.publish(), |world| {
        let gateway = world.add_gateway();
        world.run_ms(3000);
        let tata = bound(world, "tata", 1);
        play(world, gateway, tata);
        let wrongs = &world.nodes[0].watch.wrongs;
        assert!(wrongs.is_empty(), "{wrongs:?}");
    });
}

fn by_udp(play: impl Fn(&mut World, usize, usize)) {
    with_trunk(&[Transport::Udp], |_| {}, play);
}

fn heard(world: &mut World, gateway: usize) -> Vec<Heard> {
    world.gateway(gateway).0.messages.clone()
}

fn states(world: &mut World, tata: usize) -> Vec<(Option<MessageState>, String)> {
    let receipts = &world.esme(tata).0.receipts;
    receipts.iter().map(|receipt| (receipt.state, receipt.err.clone())).collect()
}

/// How the hops of the trunk stand, on the board.
fn hops(world: &World) -> Vec<LinkState> {
    let pages = world.nodes[0].pages();
    let rows = pages.iter().flat_map(|page| &page.links);
    let of_trunk = rows.filter(|row| row.role == LinkRole::Connection && row.peer.port() == 5060);
    of_trunk.map(|row| row.state).collect()
}

#[test]
fn an_sms_leaves_as_a_message_and_its_answer_is_its_outcome() {
    by_udp(|world, gateway, tata| {
        submit(world, tata, Job::new("3331", "good morning"));
        world.run_ms(500);
        let heard = heard(world, gateway);
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].uri, "sip:3331@gw.example");
        assert_eq!(heard[0].header("To").as_deref(), Some("<sip:3331@gw.example>"));
        assert_eq!(heard[0].header("Max-Forwards").as_deref(), Some("70"));
        assert!(heard[0].header("Contact").is_none(), "RFC 3428 §5");
        assert!(heard[0].text.ends_with("good morning"));
        assert_eq!(states(world, tata)[0].0, Some(MessageState::Delivered));
        assert_eq!(world.tally(Tally::Pending), 0);
    });
}

#[test]
fn a_relay_that_says_202_has_it() {
    by_udp(|world, gateway, tata| {
        world.gateway(gateway).0.answer = Some(Reply::status(202));
        submit(world, tata, Job::new("3331", "to be relayed"));
        world.run_ms(500);
        assert_eq!(heard(world, gateway).len(), 1);
        assert_eq!(states(world, tata)[0].0, Some(MessageState::Accepted));
    });
}

#[test]
fn what_is_refused_for_good_ends_at_once() {
    by_udp(|world, gateway, tata| {
        let table = [
            (404, MessageState::Undeliverable),
            (603, MessageState::Rejected),
            (402, MessageState::Rejected),
            (413, MessageState::Undeliverable),
        ];
        for (status, state) in table {
            world.gateway(gateway).0.answer = Some(Reply::status(status));
            submit(world, tata, Job::new("3331", &format!("refused with {status}")));
            world.run_ms(500);
            let last = states(world, tata).pop().expect("a receipt");
            assert_eq!(last, (Some(state), format!("{status:03}")));
        }
    });
}

#[test]
fn what_cannot_be_taken_now_comes_again() {
    by_udp(|world, gateway, tata| {
        world.gateway(gateway).0.answers.push_back(Some(Reply::status(480)));
        submit(world, tata, Job::new("3331", "later perhaps"));
        world.run_ms(1000);
        assert_eq!(heard(world, gateway).len(), 1);
        world.run_ms(6000);
        let heard = heard(world, gateway);
        assert_eq!(heard.len(), 2);
        assert_ne!(heard[0].branch, heard[1].branch);
        assert_eq!(heard[0].header("Call-ID"), heard[1].header("Call-ID"));
        assert_eq!(states(world, tata)[0].0, Some(MessageState::Delivered));
    });
}

/// RFC 3428 §8: a second MESSAGE to one number does not leave while the first is not answered.
#[test]
fn one_message_to_a_number_at_a_time() {
    by_udp(|world, gateway, tata| {
        world.gateway(gateway).0.answers.push_back(None);
        for text in ["first", "second"] {
            submit(world, tata, Job::new("3331", text));
        }
        submit(world, tata, Job::new("3332", "somebody else"));
        world.run_ms(1000);
        let texts = |heard: Vec<Heard>| {
            let body = |heard: Heard| heard.text.rsplit("\r\n\r\n").next().map(str::to_owned);
            heard.into_iter().filter_map(body).collect::<Vec<_>>()
        };
        assert_eq!(texts(heard(world, gateway)), ["first", "somebody else"]);
        assert!(world.gateway(gateway).0.retransmissions > 0, "timer E runs over UDP");
        // Timer F, and the first pause after it; the other one follows.
        let until = world.net.now + 60 * SEC;
        world.run_until_that(until, |world| world.tally(Tally::Pending) == 0);
        let texts = texts(heard(world, gateway));
        assert_eq!(texts, ["first", "somebody else", "first", "second"]);
    });
}

#[test]
fn the_window_of_a_trunk_is_kept() {
    with_trunk(
        &[Transport::Udp],
        |connection| connection.window = 2,
        |world, gateway, tata| {
            world.gateway(gateway).0.answer = None;
            for number in 0..5 {
                submit(world, tata, Job::new(&format!("333{number}"), "many"));
            }
            world.run_ms(1000);
            assert_eq!(heard(world, gateway).len(), 2);
        },
    );
}

#[test]
fn e16_a_large_message_takes_the_stream_of_its_trunk_or_is_refused() {
    let text = "x".repeat(1200);
    let play = |transports: &[Transport], state: MessageState| {
        with_trunk(
            transports,
            |_| {},
            |world, gateway, _| {
                let phone = tests::scene::registered(world, "1111");
                let (app, net) = world.phone(phone);
                app.send(net, "3331", "short");
                app.send(net, "3332", &text);
                world.run_ms(1500);
                let heard = heard(world, gateway);
                let mut by_stream: Vec<bool> = heard.iter().map(|heard| heard.by_stream).collect();
                by_stream.sort_unstable();
                match state {
                    MessageState::Delivered => assert_eq!(by_stream, [false, true]),
                    _ => assert_eq!(by_stream, [false]),
                }
                assert_eq!(world.tally(Tally::Pending), 0, "ended either way");
            },
        );
    };
    play(&[Transport::Udp, Transport::Tcp], MessageState::Delivered);
    play(&[Transport::Udp], MessageState::Undeliverable);
}

fn challenge(status: u16, nonce: &str, stale: bool) -> Reply {
    let name = if status == 407 { "Proxy-Authenticate" } else { "WWW-Authenticate" };
    let stale = if stale { ", stale=true" } else { "" };
    let value = format!("Digest realm=\"gw.example\", nonce=\"{nonce}\", qop=\"auth\"{stale}");
    Reply::status(status).with(name, &value)
}

#[test]
fn a_challenge_is_answered_once_and_before_the_next_one() {
    by_udp(|world, gateway, tata| {
        world.gateway(gateway).0.answers.push_back(Some(challenge(407, "n1", false)));
        submit(world, tata, Job::new("3331", "with credentials"));
        submit(world, tata, Job::new("3332", "and again"));
        world.run_ms(1000);
        let heard = heard(world, gateway);
        assert_eq!(heard.len(), 3);
        let given: Vec<_> =
            heard.iter().filter_map(|heard| heard.header("Proxy-Authorization")).collect();
        assert!(given.iter().all(|value| value.contains("nonce=\"n1\"")), "{given:?}");
        let counts: Vec<&str> =
            given.iter().filter_map(|value| value.split("nc=").nth(1)?.get(..8)).collect();
        assert!(counts.contains(&"00000001"), "{counts:?}");
        assert_eq!(states(world, tata).len(), 2);
    });
}

#[test]
fn e24_a_second_challenge_is_a_no_and_an_alarm() {
    by_udp(|world, gateway, tata| {
        world.gateway(gateway).0.answer = Some(challenge(401, "n1", false));
        submit(world, tata, Job::new("3331", "never believed"));
        world.run_ms(1000);
        assert_eq!(heard(world, gateway).len(), 2, "once without and once with credentials");
        let notes = |world: &World| {
            let notes = &world.nodes[0].notes;
            notes.iter().filter(|(_, note)| note.contains("does not take our password")).count()
        };
        assert_eq!(notes(world), 1);
        // A loop of stale nonces is one too; it is tried again later, as often as anything.
        world.gateway(gateway).0.answer = Some(challenge(407, "n2", true));
        world.run_ms(6000);
        assert_eq!(heard(world, gateway).len(), 4);
        world.gateway(gateway).0.answer = Some(Reply::status(200));
        world.run_ms(40_000);
        assert_eq!(heard(world, gateway).len(), 5);
        assert_eq!(states(world, tata)[0].0, Some(MessageState::Delivered));
    });
}

#[test]
fn e25_retry_after_rests_the_trunk_between_a_second_and_ten_minutes() {
    let table = [("0", 1), ("7", 7), ("soon", 1), ("1000000000", 600), ("5 (busy);duration=9", 5)];
    for (value, secs) in table {
        by_udp(|world, gateway, tata| {
            let busy = Reply::status(503).with("Retry-After", value);
            world.gateway(gateway).0.answers.push_back(Some(busy));
            submit(world, tata, Job::new("3331", "one"));
            world.run_ms(200);
            submit(world, tata, Job::new("3332", "two"));
            let first = heard(world, gateway)[0].at;
            let until = world.net.now + 700 * SEC;
            world.run_until_that(until, |world| world.tally(Tally::Pending) == 0);
            let heard = heard(world, gateway);
            assert_eq!(heard.len(), 3, "{value}: the trunk rests, and both leave then");
            for later in &heard[1..] {
                let after = (later.at - first) / 1_000_000;
                let range = secs * 1000..secs * 1000 + 100;
                assert!(range.contains(&after), "{value}: {after} ms");
            }
        });
    }
}

#[test]
fn e26_redirections_are_followed_within_the_trunk_and_end() {
    by_udp(|world, gateway, tata| {
        let moved = |to: &str| Some(Reply::status(302).with("Contact", to));
        let answers = &mut world.gateway(gateway).0.answers;
        answers.push_back(moved("<sip:9999@gw.example>"));
        submit(world, tata, Job::new("3331", "moved"));
        world.run_ms(500);
        let uris = |world: &mut World| {
            heard(world, gateway).into_iter().map(|heard| heard.uri).collect::<Vec<_>>()
        };
        assert_eq!(uris(world), ["sip:3331@gw.example", "sip:9999@gw.example"]);
        assert_eq!(states(world, tata)[0].0, Some(MessageState::Delivered));
        // Back to where it came from; and to somebody else.
        for to in ["<sip:3332@gw.example>", "<sip:3332@evil.example>"] {
            let before = heard(world, gateway).len();
            world.gateway(gateway).0.answers.push_back(moved(to));
            submit(world, tata, Job::new("3332", to));
            world.run_ms(500);
            assert_eq!(heard(world, gateway).len(), before + 1, "{to}");
            let last = states(world, tata).pop();
            assert_eq!(last, Some((Some(MessageState::Undeliverable), "302".to_owned())));
        }
        // For ever to new places: five times.
        let before = heard(world, gateway).len();
        for place in 0..9 {
            world.gateway(gateway).0.answers.push_back(moved(&format!("<sip:{place}@127.0.0.8>")));
        }
        submit(world, tata, Job::new("3333", "for ever"));
        world.run_ms(500);
        assert_eq!(heard(world, gateway).len(), before + 1 + 5);
    });
}

#[test]
fn a_hop_that_is_silent_twice_is_down_until_it_answers_once() {
    by_udp(|world, gateway, tata| {
        assert_eq!(hops(world), [LinkState::Up]);
        assert_eq!(world.gateway(gateway).0.options.len(), 1, "asked at first");
        world.gateway(gateway).0.online = false;
        world.run_ms(31_000 + 10_000);
        assert_eq!(hops(world), [LinkState::Open]);
        submit(world, tata, Job::new("3331", "waits for the trunk"));
        world.run_ms(5000);
        assert!(heard(world, gateway).is_empty());
        // 503 is no sign of life; 404 is.
        world.gateway(gateway).0.online = true;
        world.gateway(gateway).0.alive = Some(Reply::status(503));
        world.run_ms(31_000);
        assert_eq!(hops(world), [LinkState::Open]);
        world.gateway(gateway).0.alive = Some(Reply::status(404));
        world.run_ms(31_000);
        assert_eq!(hops(world), [LinkState::Up]);
        assert_eq!(heard(world, gateway).len(), 1);
        assert_eq!(states(world, tata)[0].0, Some(MessageState::Delivered));
    });
}

#[test]
fn a_stream_is_dialled_kept_and_dialled_again() {
    with_trunk(
        &[Transport::Tcp],
        |_| {},
        |world, gateway, tata| {
            assert_eq!(hops(world), [LinkState::Up]);
            for number in 0..3 {
                submit(world, tata, Job::new(&format!("333{number}"), "by one connection"));
            }
            world.run_ms(500);
            assert!(heard(world, gateway).iter().all(|heard| heard.by_stream));
            assert_eq!((heard(world, gateway).len(), world.gateway(gateway).0.links()), (3, 1));
            // Lost, and back soon; what waits leaves then.
            let wires = world.net.wires_of(
                |place| matches!(place, tests::Place::Peer { peer, .. } if *peer == gateway),
            );
            wires.into_iter().for_each(|wire| world.net.cut(wire));
            world.run_ms(100);
            submit(world, tata, Job::new("3335", "after the loss"));
            world.run_ms(3000);
            assert_eq!((heard(world, gateway).len(), hops(world)), (4, vec![LinkState::Up]));
        },
    );
}

#[test]
fn silence_means_what_was_agreed() {
    for (unknown, copies, state) in
        [(Unknown::Resend, 2, MessageState::Delivered), (Unknown::Fail, 1, MessageState::Unknown)]
    {
        with_trunk(
            &[Transport::Udp],
            |connection| connection.manner.unknown = unknown,
            |world, gateway, tata| {
                world.gateway(gateway).0.answers.push_back(None);
                submit(world, tata, Job::new("3331", "did it arrive?"));
                let until = world.net.now + 60 * SEC;
                world.run_until_that(until, |world| world.tally(Tally::Pending) == 0);
                world.run_ms(1000);
                assert_eq!(heard(world, gateway).len(), copies);
                assert_eq!(states(world, tata)[0].0, Some(state));
            },
        );
    }
}
