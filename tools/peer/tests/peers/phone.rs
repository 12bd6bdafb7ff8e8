//! Phones and a registrar: contacts, texts, and the books about both.

use crate::process::Peer;
use crate::registrar::{DOMAIN, PASSWORD, Registrar};

fn phone(registrar: &Registrar, options: &str) -> Peer {
    let address = registrar.address();
    Peer::start(&format!(
        "phone --domain {DOMAIN} --registrar {address} --password {PASSWORD} {options}"
    ))
}

#[test]
fn many_phones_register_with_the_better_algorithm() {
    let mut registrar = Registrar::new();
    let phone = phone(&registrar, "--user 100000..100199 --user 1111");
    registrar.work_until(|registrar| registrar.contacts.len() == 201);
    assert!(registrar.contacts.values().all(|(_, algorithm)| *algorithm == "SHA-256"));
    assert!(registrar.contacts["1111"].0.starts_with("sip:1111@127.0.0.1:"));
    phone.events("registered", 201);
    let ended = phone.stop();
    assert_eq!((ended.code, &ended.summary["registered"]), (0, &201.into()));
}

#[test]
fn an_old_registrar_gets_md5() {
    let mut registrar = Registrar { md5_only: true, ..Registrar::new() };
    let _phone = phone(&registrar, "--user 1111");
    registrar.work_until(|registrar| !registrar.contacts.is_empty());
    assert_eq!(registrar.contacts["1111"].1, "MD5");
}

#[test]
fn a_contact_is_refreshed_and_taken_back() {
    let mut registrar = Registrar { expires_secs: 1, deaf: 1, ..Registrar::new() };
    let phone = phone(&registrar, "--user 1111 --unregister --for 3");
    registrar.work_until(|registrar| registrar.granted >= 3);
    registrar.work_until(|registrar| registrar.contacts.is_empty());
    let ended = phone.end();
    assert_eq!(ended.code, 0);
    assert!(ended.summary["registrations"].as_u64().unwrap() >= 3, "{}", ended.summary);
    assert_eq!(ended.summary["registered"], 0);
    assert_eq!(ended.summary["retransmitted"], 1);
}

#[test]
fn messages_are_counted_once() {
    let mut registrar = Registrar::new();
    let phone = phone(&registrar, "--user 1111 --user 2222 --until-count 3");
    registrar.work_until(|registrar| registrar.contacts.len() == 2);
    registrar.call("1111", "a", "c1", "one");
    registrar.call("1111", "a", "c1", "one");
    registrar.call("1111", "b", "c1", "one");
    registrar.call("2222", "c", "c2", "one");
    registrar.call("1111", "d", "c3", "one");
    registrar.work_until(|registrar| registrar.statuses.len() == 5);
    assert!(registrar.statuses.iter().all(|(_, status)| *status == 200));
    let ended = phone.end();
    assert_eq!(ended.code, 0, "{}", ended.summary);
    assert_eq!(ended.summary["received"], 3);
    assert_eq!(ended.summary["by_user"]["1111"], 2);
    assert_eq!(ended.summary["retransmissions"], 1);
    assert_eq!(ended.summary["call_ids_twice"], 1);
    assert_eq!(ended.summary["texts_twice"], 1);
}

#[test]
fn a_phone_answers_as_told() {
    let mut registrar = Registrar::new();
    let phone = phone(&registrar, "--user 1111 --answer 404*1,486*1,200 --answer-delay 50");
    registrar.work_until(|registrar| !registrar.contacts.is_empty());
    for (branch, call_id) in [("a", "c1"), ("b", "c2"), ("c", "c3")] {
        registrar.call("1111", branch, call_id, "text");
    }
    registrar.work_until(|registrar| registrar.statuses.len() == 3);
    let statuses: Vec<u16> = registrar.statuses.iter().map(|(_, status)| *status).collect();
    assert_eq!(statuses, [404, 486, 200]);
    let ended = phone.stop();
    assert_eq!(ended.summary["refused"]["404"], 1);
    assert_eq!(ended.summary["received"], 1);
}

#[test]
fn a_phone_sends_with_credentials() {
    let mut registrar = Registrar::new();
    let send = "--user 1111 --send sip:2222@env1.example --send sip:3333@env1.example";
    let phone = phone(&registrar, &format!("{send} --count 3 --text hello-{{n}}"));
    registrar.work_until(|registrar| registrar.texts.len() == 6);
    let mut texts: Vec<&str> = registrar.texts.iter().map(|(_, text)| text.as_str()).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["hello-1", "hello-2", "hello-3", "hello-4", "hello-5", "hello-6"]);
    assert!(registrar.texts.iter().all(|(user, _)| user == "1111"));
    let ended = phone.end();
    assert_eq!(ended.code, 0, "{}", ended.summary);
    assert_eq!(ended.summary["sent"]["202"], 6);
}

#[test]
fn a_registrar_that_is_not_there_is_no_disaster() {
    let mut registrar = Registrar::new();
    let address = registrar.address();
    // The port is closed for a moment, and ICMP says so.
    drop(std::mem::replace(&mut registrar, Registrar::new()));
    let words = "phone --user 1111 --domain env1.example --password pw --for 1.5 --registrar";
    let ended = Peer::start(&format!("{words} {address}")).end();
    assert_eq!(ended.code, 0);
    assert_eq!(ended.summary["registered"], 0);
    assert!(ended.summary["retransmitted"].as_u64().unwrap() >= 1, "{}", ended.summary);
}
