//! Apps that are registered elsewhere: what passes through us by tokens that only we can make
//! (RFC 3327, RFC 5626 §5.3).

use routing::{Protocol, Transport};
use sip::Transport as Carrier;
use tests::model::{ENV1_SIP, GATEWAY, address};
use tests::scene::with_site;
use tests::{Site, World, model};

/// Plays with 1111 on a connection, registered at a trunk of env1, or with a trunk that is no
/// registrar.
fn with_registrar(is_registrar: bool, play: impl Fn(&mut World, usize, usize)) {
    let mut site = Site::standard();
    let connection = &mut site.environment("env1").connections[1];
    connection.protocol = model::trunk(&[Transport::Udp]);
    if let Protocol::Sip(trunk) = &mut connection.protocol {
        trunk.registrar = is_registrar;
    }
    with_site(&site.publish(), |world| {
        let gateway = world.add_gateway();
        world.run_ms(1000);
        let phone = world.add_phone("1111");
        let (app, net) = world.phone(phone);
        app.carriage.transport = Carrier::Tcp;
        app.register(net);
        world.run_ms(200);
        assert!(world.phone(phone).0.registered);
        play(world, gateway, phone);
        let wrongs = &world.nodes[0].watch.wrongs;
        assert!(wrongs.is_empty(), "{wrongs:?}");
    });
}

/// The Paths that the trunk has heard, one for each REGISTER.
fn paths(world: &mut World, gateway: usize) -> Vec<String> {
    let heard = &world.gateway(gateway).0.registers;
    heard.iter().filter_map(|one| one.header("Path")).collect()
}

/// Its Call-ID is one that no Sms of ours has: what passes through is watched by no law of those.
fn message(call: &str, by: &str, route: &str) -> String {
    format!(
        "MESSAGE sip:1111@h.invalid SIP/2.0\r\n\
         Via: SIP/2.0/{by};branch=z9hG4bK{call};rport\r\nRoute: {route}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:2222@gw.example>;tag=1\r\n\
         To: <sip:1111@env1.example>\r\nCall-ID: {call}\r\nCSeq: 1 MESSAGE\r\n\
         Content-Type: text/plain\r\nContent-Length: 4\r\n\r\n{call:.4}"
    )
}

/// What the trunk hears when it sends a MESSAGE by this Route.
fn by_route(world: &mut World, gateway: usize, call: &str, route: &str) -> Option<u16> {
    let (end, net) = world.gateway(gateway);
    end.send(net, address(ENV1_SIP), &message(call, &format!("UDP {GATEWAY}"), route));
    world.run_ms(300);
    world.gateway(gateway).0.finals.get(call).copied()
}

/// Another seal on the same flow.
fn forged(path: &str) -> String {
    let at = path.find('@').expect("a token and where it leads");
    let digit = if path.as_bytes()[at - 1] == b'0' { '1' } else { '0' };
    format!("{}{digit}{}", &path[..at - 1], &path[at..])
}

#[test]
fn a_token_leads_to_its_app_until_its_connection_is_gone() {
    with_registrar(true, |world, gateway, phone| {
        let path = paths(world, gateway).pop().expect("a Path of ours");
        assert_eq!(by_route(world, gateway, "r-1a", &path), Some(200));
        assert_eq!(world.phone(phone).0.texts(), ["r-1a"]);
        world.net.whole_wires().into_iter().for_each(|wire| world.net.cut(wire));
        world.run_ms(100);
        assert_eq!(by_route(world, gateway, "r-2b", &path), Some(430), "the flow failed");
        // The app comes back by another flow, and that has another name.
        world.run_ms(1000);
        let next = paths(world, gateway).pop().expect("a Path of ours");
        assert_ne!(next, path);
        assert_eq!(by_route(world, gateway, "r-3c", &next), Some(200));
        assert_eq!(by_route(world, gateway, "r-4d", &path), Some(430), "it stays dead");
        assert_eq!(world.phone(phone).0.texts(), ["r-1a", "r-3c"]);
    });
}

#[test]
fn a_token_of_an_earlier_life_is_dead_and_not_forged() {
    with_registrar(true, |world, gateway, phone| {
        let path = paths(world, gateway).pop().expect("a Path of ours");
        world.phone(phone).0.online = false;
        world.crash(0, 100);
        world.run_ms(300);
        assert_eq!(by_route(world, gateway, "r-1a", &path), Some(430));
    });
}

#[test]
fn e23_a_forged_token_is_refused_and_so_is_who_may_not_use_it() {
    with_registrar(true, |world, gateway, phone| {
        let path = paths(world, gateway).pop().expect("a Path of ours");
        assert_eq!(by_route(world, gateway, "r-1a", &forged(&path)), Some(403));
        // Somebody who is no registrar of ours.
        let other = world.add_phone("1112");
        let app = world.phone(other).0;
        (app.carriage.transport, app.carriage.raw) = (Carrier::Tcp, Some(Vec::new()));
        let (app, net) = world.phone(other);
        app.say_raw(net, message("r-2b", "TCP h.invalid", &path).as_bytes());
        world.run_ms(100);
        let raw = world.phone(other).0.carriage.raw.as_ref().expect("a raw one");
        assert!(raw.starts_with(b"SIP/2.0 403 "), "{}", String::from_utf8_lossy(raw));
        assert!(world.phone(phone).0.got.is_empty());
    });
}

#[test]
fn a_token_is_of_no_use_where_apps_register_here() {
    let path = std::cell::RefCell::new(String::new());
    with_registrar(true, |world, gateway, _| {
        *path.borrow_mut() = paths(world, gateway).pop().expect("a Path of ours");
    });
    with_registrar(false, |world, gateway, phone| {
        assert_eq!(by_route(world, gateway, "r-1a", &path.borrow()), Some(403));
        assert_eq!(by_route(world, gateway, "r-2b", &forged(&path.borrow())), Some(403));
        assert!(world.phone(phone).0.got.is_empty());
    });
}
