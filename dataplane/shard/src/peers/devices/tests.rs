use std::net::SocketAddr;

use routing::Address;
use sip::registrar::Contact;

use super::*;

const KEY: AccountKey = (1, 101);
const NOW: u64 = 1_900_000_000_000_000_000;

fn contacts(number: u64, uri: &str, instance: Option<&str>) -> Contacts {
    Contacts::restored([Contact {
        uri: uri.into(),
        source: SocketAddr::from(([192, 0, 2, 1], 5060)),
        line: number,
        call_id: "c".into(),
        cseq: 1,
        expires_at: u64::MAX,
        q: 1000,
        instance: instance.map(Into::into),
        reg_id: None,
        path: "".into(),
        can: Default::default(),
    }])
}

fn owed(number: u32, devices: Vec<DeviceKey>) -> OwedRow {
    OwedRow {
        id: MessageId::new(1_900_000_000_000, 1, 0, number),
        source: Address::new(1, 1, b"1112").expect("four digits"),
        accepted_ns: NOW,
        expires_ns: NOW + 1_000,
        attempts: 1,
        devices,
        content_type: "text/plain".to_owned(),
        body: vec![b'x'; 100],
        tlvs: Vec::new(),
    }
}

#[test]
fn devices_are_remembered_by_instance_or_push_for_a_while_and_no_more_than_a_few() {
    let mut devices = Devices::default();
    devices.see(KEY, &contacts(1, "sip:a@h", Some("<urn:1>")), false, NOW);
    devices.see(KEY, &contacts(1, "sip:a@h", None), true, NOW);
    assert_eq!(devices.of(KEY).count(), 0, "nothing to know it by");
    let uri = "sip:a@h;pn-provider=fcm;pn-param=p;pn-prid=dev1";
    devices.see(KEY, &contacts(1, uri, None), false, NOW);
    let push: Vec<_> = devices.of(KEY).map(|row| row.push.as_str()).collect();
    assert_eq!(push, ["fcm p dev1"]);
    for number in 0..DEVICES_MAX as u64 + 3 {
        let instance = format!("<urn:{number}>");
        devices.see(KEY, &contacts(1, "sip:a@h", Some(&instance)), true, NOW + number);
        devices.see(KEY, &contacts(1, "sip:a@h", Some(&instance)), true, NOW + number);
    }
    assert_eq!(devices.of(KEY).count(), DEVICES_MAX, "the newest");
    let later = NOW + DEVICE_MEMORY.as_nanos() as u64 + 100;
    devices.see(KEY, &contacts(1, "sip:a@h", Some("<urn:9>")), true, later);
    assert_eq!(devices.of(KEY).count(), 1);
}

#[test]
fn what_is_owed_is_bounded_and_ends() {
    let mut devices = Devices::default();
    devices.see(KEY, &contacts(1, "sip:a@h", Some("<urn:1>")), true, NOW);
    devices.see(KEY, &contacts(1, "sip:a@h", Some("<urn:2>")), true, NOW);
    let (one, two) = (device_of("<urn:1>"), device_of("<urn:2>"));
    for number in 0..OWED_MAX as u32 + 2 {
        devices.owe(KEY, owed(number, vec![one, two, 77]), NOW);
    }
    let (_, rows) = devices.rows(KEY);
    assert_eq!((rows.len(), rows[0].id), (OWED_MAX, owed(2, Vec::new()).id));
    assert!(rows.iter().all(|row| row.devices == [one, two]), "unknown devices get nothing");
    let first = rows[0].id;
    assert!(devices.served(KEY, first, one) && !devices.served(KEY, first, one));
    assert_eq!(devices.next(KEY, two, NOW).map(|row| row.id), Some(first));
    assert_eq!(devices.next(KEY, one, NOW).map(|row| row.id), Some(rows[1].id));
    assert!(devices.served(KEY, first, two) && !devices.served(KEY, first, two));
    assert_eq!(devices.next(KEY, two, NOW + 1_000), None, "it expired");
    let large = OwedRow { body: vec![0; OWED_OCTETS_MAX + 1], ..owed(9_999, vec![one]) };
    devices.owe(KEY, large, NOW);
    assert!(devices.rows(KEY).1.is_empty(), "more than an account may keep");
}

#[test]
fn apps_are_called_once_in_a_while() {
    let mut devices = Devices::default();
    let uri = "sip:a@h;pn-provider=fcm;pn-prid=dev1";
    devices.see(KEY, &contacts(1, uri, Some("<urn:1>")), false, NOW);
    let pause = WAKE_PAUSE.as_nanos() as u64;
    assert_eq!(devices.wake(KEY, NOW)[0].push, "fcm - dev1");
    assert!(devices.wake(KEY, NOW + pause - 1).is_empty());
    assert_eq!(devices.wake(KEY, NOW + pause).len(), 1);
    devices.see(KEY, &contacts(1, uri, Some("<urn:1>")), false, NOW + pause);
    assert_eq!(devices.wake(KEY, NOW + pause + 1).len(), 1, "it was there meanwhile");
    assert!(devices.wake((1, 102), NOW).is_empty());
}
