//! A storm of REGISTERs against a registrar that asks for passwords.

use crate::gateway::{Faults, Gateway};
use crate::load;

#[test]
fn everybody_is_registered_and_those_who_were_known_are_told_apart() {
    let gateway = Gateway::start(Faults::default());
    let command = "register --domain env1.example --contacts 600 --per-account 3 --sockets 20";
    let (code, report) = load(&format!("{command} --known 25 --sip {}", gateway.sip));
    assert_eq!(code, 0, "{report}");
    assert_eq!((&report["bound"], &report["contacts"]), (&600.into(), &600.into()));
    assert_eq!(report["groups"]["known"]["bound"], 150);
    assert_eq!(report["groups"]["strangers"]["took"]["count"], 450);
    assert_eq!(report["statuses"]["401"], 600, "{report}");
    assert_eq!(report["statuses"]["200"], 600, "{report}");
}

#[test]
fn nobody_who_could_not_register_is_counted_as_registered() {
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let sip = silent.local_addr().unwrap();
    let command = "register --domain env1.example --contacts 10 --rate 1000 --within 2";
    let (code, report) = load(&format!("{command} --sip {sip}"));
    assert_eq!(code, 1, "{report}");
    assert_eq!((&report["bound"], &report["sent"]), (&0.into(), &10.into()));
    assert_eq!(report["retransmissions"], 20, "after half a second, and a second and a half");
}
