//! What apps wrap their texts in, what they say of ours, and what they hear of theirs.

use routing::Proof;
use routing::board::Tally;
use sip::imdn::{Disposition, Imdn};
use smpp::MessageState;
use tests::checks::Mercy;
use tests::net::SEC;
use tests::peers::Job;
use tests::peers::phone::{Answer, Asks};
use tests::scene::{bound, registered, settle, settle_with, submit, with_shards, with_site};
use tests::{Site, World};

/// An app that linphone is.
const LINPHONE: &str = "Linphone-Daemon/5.1.0 (host) LinphoneSDK/5.1.0";

/// A site where TATA wants proof from the handset.
fn strict() -> Site {
    let mut site = Site::standard();
    site.carrier_of("tata").contract.proof = Proof::Handset;
    site.publish()
}

/// A registered linphone.
fn linphone(world: &mut World, user: &str) -> usize {
    let phone = world.add_phone(user);
    let (app, net) = world.phone(phone);
    app.agent = Some(LINPHONE.to_owned());
    app.register(net);
    world.run_ms(100);
    phone
}

/// An app says what became of a text, and hears what it always hears: 200.
fn tell(world: &mut World, phone: usize, to: &str, name: &str, disposition: Disposition) {
    let imdn = Imdn { message_id: name, date_time: "", recipient: "sip:x@y", disposition };
    let mut xml = Vec::new();
    imdn.encode(sip::Date { unix_secs: 0 }, &mut xml);
    let (app, net) = world.phone(phone);
    let before = std::mem::replace(&mut app.content_type, "message/imdn+xml".to_owned());
    let number = app.send(net, to, &String::from_utf8(xml).unwrap_or_default());
    world.run_ms(200);
    let (app, _) = world.phone(phone);
    app.content_type = before;
    assert_eq!(app.sent[number].status, Some(200), "whatever it says");
}

/// What TATA was told of the first Sms it sent.
fn states(world: &mut World, tata: usize) -> Vec<Option<MessageState>> {
    world.esme(tata).0.receipts.iter().map(|receipt| receipt.state).collect()
}

#[test]
fn what_an_app_tells_of_itself_is_taken_and_costs_nothing() {
    with_shards(|world| {
        let (one, _) = (registered(world, "1111"), registered(world, "1112"));
        for content_type in ["application/im-iscomposing+xml", "application/pidf+xml"] {
            let (app, net) = world.phone(one);
            app.content_type = content_type.to_owned();
            let number = app.send(net, "1112", "<typing/>");
            world.run_ms(200);
            assert_eq!(world.phone(one).0.sent[number].status, Some(200), "{content_type}");
        }
        tell(world, one, "1112", "nobody-knows-this", Disposition::Displayed);
        assert_eq!(world.tally(Tally::Absorbed), 3);
        assert!(world.nodes[0].accepts().is_empty());
        settle(world);
    });
}

#[test]
fn an_app_that_asks_hears_what_became_of_its_text() {
    for (asks, enveloped) in [(Asks::Envelope, true), (Asks::Headers, false)] {
        with_shards(|world| {
            world.add_smsc();
            world.run_ms(1000);
            let (one, two) = (registered(world, "1111"), registered(world, "1112"));
            let far = registered(world, "2222");
            world.phone(one).0.asks_for = asks;
            world.phone(two).0.answers.extend([Answer::Status(200), Answer::Status(603)]);
            for (to, text) in [("1112", "near"), ("1112", "unwanted"), ("2222", "far")] {
                let (app, net) = world.phone(one);
                app.send(net, to, text);
                world.run_ms(500);
            }
            settle_with(world, Mercy { undelivered: true, ..Mercy::default() });
            let mut reports = world.phone(one).0.reports.clone();
            reports.sort_by(|one, other| one.name.cmp(&other.name));
            let said: Vec<_> = reports.iter().map(|r| (&*r.name, r.disposition)).collect();
            let (yes, no) = (Disposition::Delivered, Disposition::Failed);
            assert_eq!(said, [("0", yes), ("1", no), ("2", yes)], "{asks:?}");
            assert!(reports.iter().all(|report| report.enveloped == enveloped));
            assert_eq!(world.phone(far).0.texts(), ["far"]);
            assert!(world.phone(two).0.reports.is_empty(), "who did not ask hears nothing");
        });
    }
}

#[test]
fn a_report_waits_for_its_app_and_outlives_a_crash() {
    with_shards(|world| {
        let (one, two) = (registered(world, "1111"), registered(world, "1112"));
        let (app, net) = world.phone(one);
        app.asks_for = Asks::Envelope;
        app.answer = Answer::Silent;
        app.send(net, "1112", "hello");
        world.run_ms(2000);
        assert_eq!(world.phone(two).0.texts(), ["hello"]);
        assert_eq!(world.tally(Tally::ReceiptsPending), 1);
        world.crash(0, 1000);
        world.run_ms(3000);
        world.phone(one).0.answer = Answer::Status(200);
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
        let reports = &world.phone(one).0.reports;
        assert!(reports.iter().all(|report| report.disposition == Disposition::Delivered));
        assert!(!reports.is_empty(), "made anew from what the journal holds");
    });
}

#[test]
fn a_report_and_a_text_are_not_on_their_way_together() {
    with_shards(|world| {
        let (one, two) = (registered(world, "1111"), registered(world, "1112"));
        let (app, net) = world.phone(one);
        app.asks_for = Asks::Envelope;
        app.answer = Answer::Silent;
        app.send(net, "1112", "asked");
        world.run_ms(500);
        world.phone(two).0.asks_for = Asks::Nothing;
        let (app, net) = world.phone(two);
        app.send(net, "1111", "the answer");
        world.run_ms(500);
        assert!(world.phone(one).0.got.is_empty(), "the report is on its way, unanswered");
        world.phone(one).0.answer = Answer::Status(200);
        settle(world);
        assert_eq!(world.phone(one).0.texts(), ["the answer"]);
        assert_eq!(world.phone(one).0.reports.len(), 1);
    });
}

#[test]
fn proof_is_the_report_of_the_app_and_not_its_answer() {
    with_site(&strict(), |world| {
        let (phone, tata) = (linphone(world, "1111"), bound(world, "tata", 1));
        submit(world, tata, Job::new("1111", "is it there?"));
        submit(world, tata, Job::new("1111", "and this?"));
        world.run_ms(2000);
        assert_eq!(world.phone(phone).0.texts(), ["is it there?", "and this?"], "one by one");
        assert!(states(world, tata).is_empty(), "a 200 is no proof");
        let asked: Vec<_> = world.phone(phone).0.got.iter().map(|got| got.asked.clone()).collect();
        let names: Vec<String> = asked.into_iter().flatten().collect();
        assert_eq!(names.len(), 2, "both asked for a report");
        tell(world, phone, "TATA", &names[0], Disposition::Displayed);
        assert_eq!(states(world, tata), [Some(MessageState::Delivered)]);
        // As linphone does without an envelope: by the Call-ID.
        let name = format!("{}@env1.example", names[1]);
        tell(world, phone, "TATA", &name, Disposition::Processed);
        assert_eq!(states(world, tata).len(), 1, "on its way is not there");
        tell(world, phone, "TATA", &name, Disposition::Delivered);
        tell(world, phone, "TATA", &name, Disposition::Displayed);
        settle(world);
        assert_eq!(states(world, tata), [Some(MessageState::Delivered); 2]);
    });
}

#[test]
fn e27_a_report_that_never_comes_is_acceptd_at_the_end_of_the_wait() {
    with_site(&strict(), |world| {
        let (phone, tata) = (linphone(world, "1111"), bound(world, "tata", 1));
        submit(world, tata, Job::new("1111", "hello?"));
        world.run_until(world.net.now + 290 * SEC);
        assert!(states(world, tata).is_empty());
        world.crash(0, 1000);
        world.run_until(world.net.now + 310 * SEC);
        assert_eq!(states(world, tata), [Some(MessageState::Accepted)]);
        assert_eq!(world.phone(phone).0.texts(), ["hello?"], "once");
        settle_with(world, Mercy { crashes: true, ..Mercy::default() });
    });
}

#[test]
fn e28_a_forged_report_changes_nothing() {
    with_site(&strict(), |world| {
        let (phone, tata) = (linphone(world, "1111"), bound(world, "tata", 1));
        let other = linphone(world, "1112");
        submit(world, tata, Job::new("1111", "mine"));
        world.run_ms(1000);
        let name = world.phone(phone).0.got[0].asked.clone().unwrap_or_default();
        tell(world, other, "TATA", &name, Disposition::Delivered);
        tell(world, other, "TATA", "01JFQ4M3W0800001", Disposition::Delivered);
        tell(world, phone, "TATA", "01JFQ4M3W0800001", Disposition::Failed);
        tell(world, phone, "TATA", "<html>", Disposition::Delivered);
        tell(world, phone, "TATA", "", Disposition::Delivered);
        assert!(states(world, tata).is_empty(), "wrong account, unknown name, no name");
        tell(world, phone, "TATA", &name, Disposition::Failed);
        tell(world, phone, "TATA", &name, Disposition::Delivered);
        world.run_ms(1000);
        assert_eq!(states(world, tata), [Some(MessageState::Undeliverable)], "the first counts");
    });
}

#[test]
fn f10_a_text_in_an_envelope_or_among_parts_arrives_as_text() {
    with_shards(|world| {
        let (one, two) = (registered(world, "1111"), registered(world, "1112"));
        let cpim = "From: <sip:a@b>\r\n\r\nContent-Type: text/plain\r\n\r\n";
        let html = "--b\r\nContent-Type: text/html\r\n\r\n<b>\r\n";
        let bodies = [
            ("message/cpim", format!("{cpim}in an envelope"), 202),
            (
                "message/cpim",
                format!("From: a\r\n\r\nContent-Type: message/cpim\r\n\r\n{cpim}x"),
                415,
            ),
            ("multipart/mixed;boundary=b", format!("{html}--b\r\n\r\nof parts\r\n--b--"), 202),
            ("multipart/mixed;boundary=b", format!("{html}--b--"), 415),
            ("application/vnd.gsma.rcs-ft-http+xml", "<file/>".to_owned(), 415),
        ];
        for (content_type, body, status) in bodies {
            let (app, net) = world.phone(one);
            app.content_type = content_type.to_owned();
            let number = app.send(net, "1112", &body);
            world.run_ms(500);
            assert_eq!(world.phone(one).0.sent[number].status, Some(status), "{body}");
        }
        assert_eq!(world.phone(two).0.texts(), ["in an envelope", "of parts"]);
    });
}
