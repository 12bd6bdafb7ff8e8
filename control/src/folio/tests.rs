use std::collections::BTreeMap;

use routing::State;
use routing::journal::Record as Entry;
use serde_json::Value as Json;

use super::testing::{Desk, LATER_NS};
use super::*;
use crate::fault::{Code, Fault};
use crate::store::{Stage, folios};
use crate::testing::{NOON_NS, life, refused, sms};

mod measure;

/// Three that are delivered, one that is not, one that is refused, and one that is on its way.
fn some() -> Vec<Entry> {
    let mut entries = Vec::new();
    for at in 1..=3 {
        entries.extend(life(sms(at, "1111"), State::Delivered));
    }
    entries.extend(life(sms(4, "2222"), State::Undeliverable));
    entries.push(refused(5));
    entries.push(Entry::Accept(Box::new(sms(6, "1111"))));
    entries
}

#[test]
fn an_hour_is_closed_once_it_is_over() {
    let desk = Desk::new();
    desk.happen(&some());
    let early = NOON_NS + 60_000_000_000;
    desk.close_until(early, &mut |step| panic!("{step:?} before the hour is over")).unwrap();
    desk.close().unwrap();
    let manifest = desk.manifest(1);
    assert_eq!((manifest.rows, manifest.late), (5, 0), "one is on its way");
    assert_eq!(manifest.from, "2024-01-15T10:00:00Z");
    assert_eq!(manifest.to, "2024-01-15T11:00:00Z");
    assert!(is_signed(&manifest.head, &manifest.signature, &manifest.key));
    let files = desk.files();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let stem = "cdr-20240115T1000Z-000001";
    let endings = ["csv", "csv.zst", "jsonl", "manifest.json", "parquet"];
    assert_eq!(names, endings.map(|ending| format!("{stem}.{ending}")));
    for written in &manifest.files {
        let octets = &files[&written.name];
        assert_eq!(written.octets, octets.len() as u64, "{}", written.name);
        assert_eq!(written.sha256, hex::encode(<sha2::Sha256 as sha2::Digest>::digest(octets)));
    }
    let unpacked = zstd::decode_all(&files[&format!("{stem}.csv.zst")][..]).unwrap();
    assert_eq!(unpacked, files[&format!("{stem}.csv")]);
    desk.close().unwrap();
    assert_eq!(desk.files(), files, "nothing is written twice");
}

#[test]
fn the_lines_of_a_file_are_the_leaves_of_its_tree() {
    let desk = Desk::new();
    desk.happen(&some());
    desk.close().unwrap();
    let jsonl = desk.text(".jsonl");
    let whole: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&jsonl).into();
    let mut tree = Tree::default();
    for line in jsonl.lines() {
        let full: serde_json::Map<String, Json> = serde_json::from_str(line).unwrap();
        assert_eq!(full.len(), COLUMNS.len());
        let seen = COLUMNS.iter().filter(|column| column.of != Of::Us);
        let cell = |column: &Column| format!("\"{}\":{}", column.name, full[column.name]);
        let seen: Vec<String> = seen.map(cell).collect();
        tree.push(leaf(format!("{{{}}}", seen.join(",")).as_bytes()));
    }
    let head = desk.manifest(1).head;
    assert!(head.contains(&format!("root {}\n", hex::encode(tree.root()))), "{head}");
    assert!(head.contains(&format!("whole {}\n", hex::encode(whole))), "{head}");
}

#[test]
fn a_line_says_what_became_of_an_sms_and_never_its_text() {
    let desk = Desk::new();
    desk.happen(&some());
    desk.close().unwrap();
    let jsonl = desk.text(".jsonl");
    assert!(!jsonl.contains("hello"), "no text");
    let lines: Vec<Json> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let states: Vec<&str> = lines.iter().map(|one| one["dlr_state"].as_str().unwrap()).collect();
    assert_eq!(states, ["REJECTD", "DELIVRD", "DELIVRD", "DELIVRD", "UNDELIV"]);
    let first = &lines[1];
    for (key, expected) in [
        ("customer", Json::from("TATA")),
        ("in_time", "2024-01-15T10:30:00.001000000Z".into()),
        ("dst", "1111".into()),
        ("out_account", "1111".into()),
        ("decision", "local".into()),
        ("units", 1.into()),
        ("sell_rate", "0.010000".into()),
        ("sell_amount", "0.010000".into()),
        ("sell_currency", "USD".into()),
        ("mcc", Json::Null),
    ] {
        assert_eq!(first[key], expected, "{key}");
    }
    assert_eq!(lines[0]["submit_status"], 11);
    assert_eq!(lines[0]["sell_amount"], Json::Null);
    assert_eq!((&lines[4]["dlr_err"], &lines[4]["decision"]), (&404.into(), &"vendor".into()));
    let csv = desk.text(".csv");
    let mut rows = csv.split("\r\n");
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(rows.next().unwrap(), names.join(","));
    assert_eq!(rows.clone().filter(|row| !row.is_empty()).count(), 5);
}

/// G6: whatever dies at whatever step, the next start goes on and writes the same octets.
#[test]
fn g06_files_are_the_same_whatever_dies_at_whatever_step() {
    let calm = Desk::new();
    calm.happen(&some());
    let mut steps = Vec::new();
    calm.close_until(LATER_NS, &mut |step| {
        steps.push(step);
        Ok(())
    })
    .unwrap();
    let expected = calm.files();
    assert_eq!(steps.len(), 17, "{steps:?}");
    for (dies, before) in steps.iter().enumerate() {
        let desk = Desk::new();
        desk.happen(&some());
        let mut count = 0;
        let died = desk.close_until(LATER_NS, &mut |_| {
            count += 1;
            if count - 1 == dies { Err(Fault::failed("it dies")) } else { Ok(()) }
        });
        assert_eq!(died.unwrap_err().error, "it dies");
        // Whoever comes next knows the store and the folder alone.
        let manifests = |files: &BTreeMap<String, Vec<u8>>| {
            files.keys().filter(|name| name.ends_with("manifest.json")).count()
        };
        if manifests(&desk.files()) == 1 {
            assert_eq!(desk.files(), expected, "with the manifest all files are there");
        }
        desk.close().unwrap();
        assert_eq!(desk.files(), expected, "it died before {before:?}");
        let sum = "SELECT CAST(sum(messages) AS BIGINT) FROM folio_sum";
        assert_eq!(desk.db().one(sum, &[], |row| row.get(0)).unwrap(), Some(5_i64));
    }
}

#[test]
fn what_is_known_late_comes_into_the_next_folio_and_what_is_closed_stays() {
    let desk = Desk::new();
    desk.happen(&some());
    desk.close().unwrap();
    let before = desk.files();
    // The one that was on its way ended within the hour that is closed; another came late whole.
    desk.happen(&life(sms(6, "1111"), State::Delivered)[2..]);
    desk.happen(&life(sms(7, "1111"), State::Delivered));
    // An earlier end of a closed record changes nothing.
    let mut earlier = life(sms(4, "2222"), State::Delivered).remove(2);
    if let Entry::Outcome(outcome) = &mut earlier {
        outcome.at_ns -= 1_000_000;
    }
    desk.happen(&[earlier]);
    desk.close().unwrap();
    let manifest = desk.manifest(2);
    assert_eq!((manifest.rows, manifest.late), (2, 2));
    assert_eq!(manifest.from, "2024-01-15T11:00:00Z", "the hour behind the closed one");
    let previous = Head::hash(&desk.manifest(1).head);
    assert!(manifest.head.contains(&format!("previous {}\n", hex::encode(previous))));
    for (name, octets) in before {
        assert_eq!(desk.files()[&name], octets, "{name} stays as it is");
    }
}

#[test]
fn numbers_are_hidden_where_files_are_to_hide_them() {
    for (numbers, dst) in [(Numbers::Cut, "****"), (Numbers::Hashed, "#")] {
        let mut desk = Desk::new();
        desk.keeping.wanted.numbers = numbers;
        desk.keeping.wanted.formats = vec![Format::Jsonl];
        desk.happen(&some());
        desk.close().unwrap();
        let jsonl = desk.text(".jsonl");
        assert!(!jsonl.contains("1111\""), "{jsonl}");
        let line: Json = serde_json::from_str(jsonl.lines().nth(1).unwrap()).unwrap();
        assert!(line["dst"].as_str().unwrap().starts_with(dst), "{line}");
        assert_eq!(line["src"], "AsiaCell", "a name is no number");
    }
}

#[test]
fn a_command_is_told_until_it_takes_it() {
    let mut desk = Desk::new();
    let script = desk.folder.path().join("ship.sh");
    let log = desk.folder.path().join("told");
    let text =
        format!("#!/bin/sh\necho \"$1 $2\" >> {0}\n[ $(wc -l < {0}) -ge 2 ]\n", log.display());
    std::fs::write(&script, text).unwrap();
    desk.keeping.command =
        vec!["/bin/sh".to_owned(), script.display().to_string(), "records".to_owned()];
    desk.happen(&some());
    assert!(desk.close().unwrap_err().error.contains("exit status: 1"));
    desk.close().unwrap();
    desk.close().unwrap();
    let told = std::fs::read_to_string(log).unwrap();
    let manifest = desk.keeping.wanted.folder.join("cdr-20240115T1000Z-000001.manifest.json");
    assert_eq!(told, format!("records {}\n", manifest.display()).repeat(2));
}

#[test]
fn another_key_does_not_go_on_with_the_chain() {
    let desk = Desk::new();
    desk.happen(&some());
    desk.close().unwrap();
    std::fs::write(&desk.keeping.key_file, "08".repeat(32)).unwrap();
    desk.happen(&life(sms(7, "1111"), State::Delivered));
    assert!(desk.close().unwrap_err().error.contains("signed with another key"));
    let last = folios(&desk.db(), "ORDER BY number").unwrap().pop().unwrap();
    assert_eq!((last.number, last.stage), (2, Stage::Gathered));
}

/// What was closed before records had more columns is told, proven and verified as it was signed.
#[test]
fn a_folio_keeps_the_version_that_it_began_with() {
    let desk = Desk::new();
    desk.happen(&some());
    let mut begun = false;
    let stopped = desk.close_until(LATER_NS, &mut |step| match step {
        Step::Gather => Err(Fault::failed("stopped")),
        _ => {
            begun = true;
            Ok(())
        }
    });
    assert!(stopped.is_err() && begun);
    let older = "UPDATE folio SET version = 1 WHERE ?1 <> ''";
    desk.writer.call_blocking(move |store| store.spoil(older, "x")).unwrap();
    desk.close().unwrap();
    desk.happen(&life(sms(7, "1111"), State::Delivered));
    desk.close().unwrap();
    let last = |number: u64| desk.manifest(number).columns.pop().unwrap();
    assert_eq!((desk.manifest(1).schema, last(1)), (1, "margin".to_owned()));
    assert_eq!((desk.manifest(2).schema, last(2)), (2, "refund_amount".to_owned()));
    for at in [2, 7] {
        let proof = prove(&desk.db(), &sms(at, "1111").id.to_string()).unwrap();
        assert!(holds(&proof, &desk.manifest(1).key), "{proof}");
        assert_eq!(proof.contains("refund_amount"), at == 7);
    }
    let verified = crate::verify::verify(&desk.db(), &[], &Default::default()).unwrap();
    assert_eq!(verified.faults, [] as [String; 0]);
}

/// What a plan says stands in the files, and a folio keeps the plan that it began with.
#[test]
fn numbers_belong_where_the_plan_of_their_folio_says() {
    let mut desk = Desk::new();
    let file = desk.folder.path().join("plan.csv");
    desk.keeping.numbering = Some(file.clone());
    std::fs::write(&file, "prefix,country,mcc,mnc,network\n1,XA,901,05,One\n").unwrap();
    desk.happen(&some());
    desk.close().unwrap();
    let told = |number: u64| -> Vec<[Value; 4]> {
        let mut found = Vec::new();
        records(&desk.db(), number, |record| {
            let at = COLUMNS.iter().position(|column| column.name == "mcc").unwrap();
            found.push(record.values[at..at + 4].to_vec().try_into().unwrap());
            Ok(())
        })
        .unwrap();
        found
    };
    let first = told(1);
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(first[1], [text("901"), text("05"), text("XA"), text("One")]);
    assert!(first.contains(&[const { Value::Nothing }; 4]), "2222 is under no prefix");
    assert!(desk.text(".csv").contains(",901,05,XA,One,"));
    let proof = prove(&desk.db(), &sms(2, "1111").id.to_string()).unwrap();
    assert!(holds(&proof, &desk.manifest(1).key), "{proof}");
    // One that is wrong changes nothing; a new one is for what is closed from then on.
    for (wrong, country) in [("prefix,country\nx,XB\n", "XA"), ("prefix,country\n1,XB\n", "XB")] {
        std::fs::write(&file, wrong).unwrap();
        let at = if country == "XA" { 7 } else { 8 };
        desk.happen(&life(sms(at, "1111"), State::Delivered));
        desk.close().unwrap();
        let folio = u64::from(at) - 5;
        assert_eq!(told(folio)[0][2], text(country), "folio {folio}");
    }
    assert_eq!(told(1), first);
    let verified = crate::verify::verify(&desk.db(), &[], &Default::default()).unwrap();
    assert_eq!(verified.faults, [] as [String; 0]);
}

/// A key that handed over: the chain goes on, and whoever has either key checks both folios.
#[test]
fn a_key_that_was_handed_over_goes_on_with_the_chain() {
    let desk = Desk::new();
    desk.happen(&some());
    desk.close().unwrap();
    let old = desk.manifest(1).key;
    let new = ProofKey::rotate(&desk.keeping.key_file).unwrap().public();
    desk.happen(&life(sms(7, "1111"), State::Delivered));
    desk.close().unwrap();
    assert_eq!(desk.manifest(2).key, new);
    for (at, signer) in [(2, &old), (7, &new)] {
        let proof = prove(&desk.db(), &sms(at, "1111").id.to_string()).unwrap();
        let (rest, keys) = proof.split_once("\nkey ").unwrap();
        assert!(holds(&format!("{rest}\n"), signer), "{proof}");
        assert!(keys.starts_with(&format!("{old} {new} ")), "{proof}");
    }
    let verify = || crate::verify::verify(&desk.db(), &[], &Default::default()).unwrap().faults;
    assert_eq!(verify(), [] as [String; 0]);
    let forge = "UPDATE proof_key SET by_old = by_new WHERE ?1 <> ''";
    desk.writer.call_blocking(move |store| store.spoil(forge, "x")).unwrap();
    assert!(verify().iter().any(|fault| fault.contains("did not hand over")), "{:?}", verify());
}

#[test]
fn a_ledger_that_differs_from_its_records_is_not_closed() {
    let desk = Desk::new();
    desk.happen(&some());
    let id = sms(2, "1111").id.to_string();
    desk.writer
        .call_blocking(move |store| {
            store.spoil("UPDATE ledger SET amount_micros = 1 WHERE message_id = ?1", &id)
        })
        .unwrap();
    let fault = desk.close().unwrap_err();
    assert!(fault.error.contains("the ledger says 0.000001 and the record says 0.01"), "{fault}");
}

/// A proof holds to the octet: with any one of them altered it does not.
#[test]
fn a_proof_holds_to_the_octet() {
    let desk = Desk::new();
    desk.happen(&some());
    assert_eq!(prove(&desk.db(), &sms(2, "1111").id.to_string()).unwrap_err().code, Code::NotFound);
    desk.close().unwrap();
    let proof = prove(&desk.db(), &sms(2, "1111").id.to_string()).unwrap();
    assert!(holds(&proof, &desk.manifest(1).key), "{proof}");
    assert!(!proof.contains("out_peer"), "whom we give it to is not the sender's business");
    let octets = proof.as_bytes();
    for at in 0..octets.len() {
        let mut altered = octets.to_vec();
        altered[at] ^= 1;
        let Ok(altered) = String::from_utf8(altered) else { continue };
        assert!(!holds(&altered, &desk.manifest(1).key), "octet {at} altered");
    }
}

/// What `prove.py` does, done by hand.
fn holds(proof: &str, key: &str) -> bool {
    let Some(rest) = proof.strip_prefix("signalbox proof 1\n") else { return false };
    let Some((record, mut rest)) = rest.split_once('\n') else { return false };
    let mut hash = leaf(record.as_bytes());
    loop {
        let side = rest.split_once(['\n', ' ']).map(|(word, _)| word);
        let (true, Some((line, behind))) =
            (matches!(side, Some("left" | "right")), rest.split_once('\n'))
        else {
            break;
        };
        let (side, text) = line.split_once(' ').unwrap_or_default();
        let mut other = [0; 32];
        if hex::decode_to_slice(text, &mut other).is_err() || hex::encode(other) != text {
            return false;
        }
        let (first, second) = if side == "left" { (other, hash) } else { (hash, other) };
        let digest = <sha2::Sha256 as sha2::Digest>::new();
        let digest = sha2::Digest::chain_update(digest, [1]);
        let digest = sha2::Digest::chain_update(digest, first);
        hash = sha2::Digest::finalize(sha2::Digest::chain_update(digest, second)).into();
        rest = behind;
    }
    let Some((head, signature)) = rest.rsplit_once("signature ") else { return false };
    let Some(signature) = signature.strip_suffix('\n') else { return false };
    let lower = !signature.contains(|letter: char| letter.is_ascii_uppercase());
    lower
        && head.contains(&format!("\nroot {}\n", hex::encode(hash)))
        && is_signed(head, signature, key)
}

/// What comes in one batch makes the same records as what comes piece by piece.
#[test]
fn a_life_at_once_is_the_same_as_a_life_in_pieces() {
    use routing::journal::{Ack, ReceiptEnd, Taken};
    let (at_once, in_pieces) = (Desk::new(), Desk::new());
    let mut entries = some();
    let (id, at_ns) = (sms(4, "2222").id, NOON_NS + 1_000_000_000);
    let odd = sms(7, "1111");
    let source = routing::Address::new(5, 0, b"O'Neil\\\x01").unwrap();
    let odd = routing::Sms { source, ack: routing::AckLevel::Delivered, ..odd };
    entries.extend(life(odd, State::Accepted));
    entries.push(Entry::Taken(Taken { id, at_ns, peer_id: b"smsc-9\"".to_vec() }));
    entries.push(Entry::Ack(Ack { id, at_ns, end: ReceiptEnd::Taken }));
    // So many that they are written together, and of some another shard has told before.
    for at in 8..150 {
        let ends = [State::Delivered, State::Accepted, State::Expired];
        entries.extend(life(sms(at, "1111"), ends[at as usize % 3]));
    }
    let before: Vec<Entry> = [20, 90]
        .into_iter()
        .flat_map(|at| life(sms(at, "1111"), State::Delivered).split_off(1))
        .collect();
    at_once.happen(&before);
    in_pieces.happen(&before);
    at_once.happen(&entries);
    entries.chunks(1).for_each(|one| in_pieces.happen(one));
    let rows = |desk: &Desk| {
        let sql = "SELECT count(*), CAST(sum(amount_micros) AS BIGINT) FROM ledger";
        let ledger: (i64, i64) =
            desk.db().one(sql, &[], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().unwrap();
        let mut lines = crate::cdr::list(&desk.db(), &Default::default()).unwrap();
        // A refusal is named by its place.
        lines.retain(|line| !line.contains("reject"));
        (ledger, lines)
    };
    assert!(rows(&at_once).1.len() > 2);
    assert_eq!(rows(&at_once), rows(&in_pieces));
}

/// The sums of folios and of the records are one.
#[test]
fn sums_of_folios_are_sums_of_records() {
    let desk = Desk::new();
    desk.happen(&some());
    desk.close().unwrap();
    let one = |sql: &str| desk.db().one(sql, &[], |row| row.get::<_, i64>(0)).unwrap().unwrap();
    let ledger = one("SELECT CAST(sum(amount_micros) AS BIGINT) FROM ledger");
    let open = one("SELECT CAST(coalesce(sum(charge_micros), 0) AS BIGINT) FROM cdr
         WHERE folio IS NULL");
    let sums = one("SELECT CAST(sum(charged_micros) AS BIGINT) FROM folio_sum");
    assert_eq!((ledger, sums, open), (50_000, 40_000, 10_000));
}
