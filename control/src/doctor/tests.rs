use routing::board::{
    LinkRole, LinkRow, LinkState, Observation, Page, RECEIPT_FIELDS, Sight, Violation,
};
use serde_json::{Value, json};

use super::*;
use crate::fault::Code;
use crate::model::Kind;
use crate::testing::World;
use crate::watch::NodeView;

/// A peer of the story with some settings, and a sight that was made up.
fn patient(name: &str, settings: Value, see: impl FnOnce(&mut Sight)) -> Patient {
    let mut world = World::story();
    let kind = if name == "TATA" { Kind::Carrier } else { Kind::Connection };
    world
        .draft(json!({"verb": "set", "kind": kind.word(), "env": "env1", "name": name,
            "fields": settings}))
        .unwrap();
    if !world.store.desk("me").unwrap().draft.is_empty() {
        world.commit("settings").unwrap();
    }
    let mut patient = Patient::find(world.store.live(), &[], "env1", name, None).unwrap();
    patient.sight.heard_ns.see(1);
    see(&mut patient.sight);
    patient
}

/// The findings about a topic: level, the beginning of the words, the option of the command.
fn about(patient: &Patient, topic: &str) -> Vec<(Level, String, String)> {
    let findings = diagnose(patient).into_iter().filter(|finding| finding.topic == topic);
    let option = |command: String| command.split("--env env1 ").nth(1).unwrap_or("").to_owned();
    findings.map(|one| (one.level, one.words, one.command.map_or(String::new(), option))).collect()
}

type Case = (&'static str, Value, fn(&mut Sight), &'static str, Level, &'static str, &'static str);

fn hold(cases: Vec<Case>) {
    for (name, settings, see, topic, level, words, option) in cases {
        let found = about(&patient(name, settings, see), topic);
        let fits = |one: &&(Level, String, String)| {
            one.0 == level && one.1.contains(words) && one.2 == option
        };
        assert!(found.iter().any(|one| fits(&one)), "{words}: {found:?}");
    }
}

fn hex_then_decimal(sight: &mut Sight) {
    sight.ids.seen.add(9);
    sight.ids.lower.add(7);
    sight.ids.decimal.add(2);
    sight.receipt_ids.seen.add(9);
    sight.receipt_ids.decimal.add(9);
}

#[test]
fn ids_that_are_spelled_in_two_ways_are_told() {
    let says = "receipts name ids in decimal while submit_sm_resp says hex";
    let form = |form: &str| json!({ "message_ids": form });
    hold(vec![
        (
            "env2",
            json!({}),
            hex_then_decimal,
            "message ids",
            Level::Advice,
            says,
            "--message-ids hex-then-decimal",
        ),
        (
            "env2",
            form("text"),
            hex_then_decimal,
            "message ids",
            Level::Trouble,
            says,
            "--message-ids hex-then-decimal",
        ),
        ("env2", form("hex-then-decimal"), hex_then_decimal, "message ids", Level::Good, says, ""),
        (
            "env2",
            json!({}),
            |sight| {
                sight.ids.seen.add(3);
                sight.ids.text.add(3);
            },
            "message ids",
            Level::Good,
            "submit_sm_resp says text; no receipt came yet",
            "",
        ),
        (
            "env2",
            form("hex"),
            |sight| {
                sight.ids.seen.add(3);
                sight.ids.text.add(3);
            },
            "message ids",
            Level::Trouble,
            "message_ids is hex",
            "--message-ids text",
        ),
        (
            "env2",
            json!({}),
            |sight| {
                hex_then_decimal(sight);
                std::mem::swap(&mut sight.ids, &mut sight.receipt_ids);
            },
            "message ids",
            Level::Trouble,
            "receipts name ids in hex",
            "",
        ),
        (
            "env2",
            form("short"),
            |sight| {
                sight.ids.longest.see(12);
            },
            "message ids",
            Level::Trouble,
            "up to 12 characters",
            "--message-ids auto",
        ),
        (
            "env2",
            form("text"),
            |sight| {
                for (ids, digits) in [(&mut sight.ids, 10), (&mut sight.receipt_ids, 7)] {
                    ids.seen.add(9);
                    ids.decimal.add(9);
                    ids.longest.see(digits);
                }
                sight.ids.zeros.add(9);
            },
            "message ids",
            Level::Trouble,
            "receipts leave out the zeros",
            "--message-ids decimal",
        ),
    ]);
}

#[test]
fn limits_that_do_not_fit_are_told() {
    hold(vec![
        (
            "TATA",
            json!({}),
            |sight| sight.their_window.see(150),
            "window",
            Level::Trouble,
            "up to 150 requests",
            "--window 150",
        ),
        (
            "TATA",
            json!({}),
            |sight| sight.their_window.see(100),
            "window",
            Level::Good,
            "its window is 100",
            "",
        ),
        (
            "env2",
            json!({"window": 10}),
            |sight| sight.our_window.see(10),
            "window",
            Level::Advice,
            "the window of 10 was full",
            "--window 20",
        ),
        (
            "env2",
            json!({"window": 10}),
            |sight| {
                sight.our_window.see(10);
                sight.our_rate.see(200);
                sight.said.add(0x58, 4);
            },
            "rate",
            Level::Trouble,
            "it said 0x58 (throttled) 4x",
            "--tps 180",
        ),
        (
            "TATA",
            json!({"tps": 50}),
            |sight| {
                sight.their_rate.see(80);
                sight.told.add(0x58, 30);
            },
            "rate",
            Level::Trouble,
            "we told it 0x58 (throttled) 30x",
            "--tps 80",
        ),
        ("env2", json!({}), |_| {}, "rate", Level::Good, "nobody was too quick", ""),
        (
            "env2",
            json!({"response": "5s"}),
            |sight| {
                sight.unanswered.add(2);
                sight.timed.add(1);
                sight.answer_least_us.see(1_500);
                sight.answer_most_us.see(4_000_000);
            },
            "answers",
            Level::Trouble,
            "2 of our requests were not answered within 5 s; it answers within 1.5 to 4000 ms",
            "--response 15s",
        ),
        (
            "env2",
            json!({}),
            |sight| {
                sight.timed.add(1);
                sight.answer_most_us.see(6_000_000);
            },
            "answers",
            Level::Advice,
            "we wait no longer than 10 s",
            "--response 30s",
        ),
        (
            "env2",
            json!({}),
            |sight| sight.said.add(0x45, 3),
            "status",
            Level::Advice,
            "it answered 0x45 3x",
            "--verdict 0x45=temporary",
        ),
        (
            "env2",
            json!({"verdicts": {"0x45": "permanent"}}),
            |sight| sight.said.add(0x45, 3),
            "status",
            Level::Good,
            "which is set to mean permanent",
            "",
        ),
        ("env2", json!({}), |sight| sight.said.add(0x0B, 3), "status", Level::Fact, "0x0B 3x", ""),
        (
            "TATA",
            json!({}),
            |sight| sight.said.add(0x64, 3),
            "status",
            Level::Trouble,
            "it does not take that many of our receipts",
            "",
        ),
        (
            "TATA",
            json!({"sources": ["TATA%"]}),
            |sight| sight.told.add(0x0A, 3),
            "refusals",
            Level::Trouble,
            "addresses it may not use",
            "--foreign-source ADDRESS",
        ),
    ]);
}

#[test]
fn versions_timers_and_violations_are_told() {
    hold(vec![
        (
            "TATA",
            json!({}),
            |sight| sight.version.see(0x34),
            "version",
            Level::Good,
            "it binds with SMPP 3.4",
            "",
        ),
        (
            "env2",
            json!({}),
            |sight| sight.version.see(0x50),
            "version",
            Level::Advice,
            "it speaks SMPP 5.0",
            "--smpp 5.0",
        ),
        (
            "env2",
            json!({"smpp": "3.3", "bind": "transmitter"}),
            |sight| sight.version.see(0x34),
            "version",
            Level::Advice,
            "it speaks SMPP 3.4, which has TLVs",
            "--smpp 3.4",
        ),
        ("env2", json!({}), |_| {}, "version", Level::Fact, "says no version", ""),
        (
            "TATA",
            json!({}),
            |sight| {
                sight.violations[Violation::BadTlv as usize].add(3);
            },
            "protocol",
            Level::Trouble,
            "3x TLVs that do not fit the PDU",
            "",
        ),
        ("TATA", json!({}), |_| {}, "protocol", Level::Good, "nothing against the standard", ""),
        (
            "TATA",
            json!({"inactivity": "1m"}),
            |sight| {
                sight.enquire_least_ms.see(60_000);
                sight.enquire_most_ms.see(90_400);
            },
            "enquire_link",
            Level::Trouble,
            "every 60.0 to 90.4 s",
            "--inactivity 181s",
        ),
        (
            "TATA",
            json!({}),
            |sight| {
                sight.enquire_least_ms.see(30_000);
                sight.enquire_most_ms.see(30_000);
            },
            "enquire_link",
            Level::Good,
            "every 30.0 to 30.0 s",
            "",
        ),
        (
            "TATA",
            json!({}),
            |sight| sight.tlvs.add(0x1400, 2),
            "TLVs",
            Level::Fact,
            "0x1400 (2x)",
            "",
        ),
    ]);
}

#[test]
fn alphabets_are_known_by_their_octets() {
    let set = |alphabet: &str| json!({ "alphabet": alphabet });
    let topic = "data_coding 0";
    let high = |sight: &mut Sight| {
        sight.plain.texts.add(10);
        sight.plain.high.add(3);
    };
    hold(vec![
        (
            "TATA",
            json!({}),
            high,
            topic,
            Level::Trouble,
            "3 have octets from 0x80, of 10 texts",
            "--alphabet latin1",
        ),
        ("TATA", set("latin1"), high, topic, Level::Good, "the alphabet is latin1", ""),
        (
            "TATA",
            json!({}),
            |sight| {
                sight.plain.texts.add(10);
                sight.plain.high.add(3);
                sight.plain.utf8.add(3);
            },
            topic,
            Level::Trouble,
            "3 are UTF-8",
            "--alphabet utf8",
        ),
        (
            "TATA",
            json!({}),
            |sight| {
                sight.plain.texts.add(10);
                sight.plain.high.add(9);
                sight.plain.dense.add(8);
            },
            topic,
            Level::Trouble,
            "8 look like packed septets",
            "--alphabet gsm-packed",
        ),
        (
            "env2",
            set("ascii"),
            |sight| {
                sight.plain.texts.add(10);
                sight.plain.escapes.add(1);
                sight.plain.punctuation.add(1);
            },
            topic,
            Level::Advice,
            "only GSM 03.38 has",
            "--alphabet gsm",
        ),
        (
            "TATA",
            json!({}),
            |sight| {
                sight.plain.texts.add(10);
                sight.plain.punctuation.add(4);
            },
            topic,
            Level::Advice,
            "as ASCII has them",
            "--alphabet ascii",
        ),
        (
            "TATA",
            json!({}),
            |sight| sight.plain.texts.add(10),
            topic,
            Level::Good,
            "nothing but what all alphabets share",
            "",
        ),
    ]);
}

#[test]
fn receipts_that_nobody_can_use_are_told() {
    let topic = "receipts";
    hold(vec![
        (
            "env2",
            json!({}),
            |sight| sight.sent.add(20),
            topic,
            Level::Trouble,
            "20 Sms were sent and no receipt came",
            "",
        ),
        (
            "env2",
            json!({}),
            |sight| sight.receipts.unflagged.add(2),
            topic,
            Level::Trouble,
            "2x a text that reads like a receipt",
            "",
        ),
        (
            "env2",
            json!({}),
            |sight| {
                sight.receipts.seen.add(2);
                sight.receipts.words.see(b"BUFFERED");
            },
            topic,
            Level::Trouble,
            "nobody knows the states BUFFERED",
            "",
        ),
        (
            "env2",
            json!({}),
            |sight| {
                sight.receipts.seen.add(2);
                sight.receipts.lacking.see(0);
            },
            topic,
            Level::Trouble,
            "some name no message",
            "",
        ),
        (
            "env2",
            json!({}),
            |sight| {
                sight.receipts.seen.add(2);
                (0..RECEIPT_FIELDS.len() as u32).for_each(|bit| sight.receipts.fields.see(bit));
                sight.receipts.date_digits.see(12);
                sight.receipts.tlv_ids.add(2);
            },
            topic,
            Level::Good,
            "stat, err, text, dates with seconds and TLV receipted_message_id",
            "",
        ),
    ]);
}

#[test]
fn what_all_shards_saw_is_added_up_and_the_silent_are_told() {
    let world = World::story();
    let live = world.store.live();
    let mut sight = Sight::default();
    sight.heard_ns.see(7);
    sight.received.add(3);
    let seen = Observation { role: LinkRole::Connection, environment: 1, subject: 1, sight };
    let link = LinkRow {
        role: LinkRole::Connection,
        environment: 1,
        subject: 1,
        state: LinkState::BoundTrx,
        local: "127.0.0.2:1".parse().unwrap(),
        peer: "127.0.0.3:2775".parse().unwrap(),
        since_ns: 0,
        received: 0,
        sent: 0,
        outstanding: 0,
        window: 0,
        owed: 0,
        rate_in: 0,
        rate_out: 0,
        congestion: None,
    };
    let other = Observation { role: LinkRole::Carrier, ..seen };
    let page = Page { links: vec![link], observations: vec![other, seen], ..Page::default() };
    let name = "env1".to_owned();
    let views = [NodeView { name, pages: vec![page.clone(), page], age_ns: Some(0) }];
    let patient = Patient::find(live, &views, "env1", "env2", None).unwrap();
    assert_eq!((patient.sight.received.0, patient.links), (6, 2));
    let silent = Patient::find(live, &[], "env1", "TATA", Some(Kind::Carrier)).unwrap();
    let found = diagnose(&silent);
    assert_eq!((found.len(), found[0].level), (1, Level::Trouble));
    let missing = Patient::find(live, &[], "env1", "TAT", None).unwrap_err();
    assert_eq!(
        (missing.code, missing.cure.as_deref()),
        (Code::NotFound, Some("did you mean TATA?"))
    );
    assert!(Patient::find(live, &[], "env1", "TATA", Some(Kind::Connection)).is_err());
}
