use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use shard::{Speaks, Transport};

use super::{Config, Io, Runtime};
use crate::net::tls::ClientCertificates;
use crate::net::tls::tests::authority::{Authority, END};

const GOOD: &str = r#"node = "env1"
number = 1
shards = 1
runtime = "own"
io = "auto"
data = "env1"
plan = "/srv/plan"
key_file = "seal.key"
[journal]
volume_mib = 8
commit_interval_us = 250
[[environment]]
name = "env1"
smpp = ["127.0.0.2:2775"]
sip = ["127.0.0.2:5060", "[::1]:5060"]
"#;

fn parse(text: &str) -> Result<Config, super::ConfigError> {
    Config::parse(Path::new("/etc/signalbox/node.toml"), text)
}

#[test]
fn a_good_file_is_understood() {
    let config = parse(GOOD).unwrap();
    assert_eq!((config.node.as_str(), config.number, config.shards), ("env1", 1, 1));
    assert_eq!((config.runtime, config.io), (Runtime::Own, Io::Auto));
    assert_eq!(config.cores, [0]);
    assert_eq!(config.data, PathBuf::from("/etc/signalbox/env1"));
    assert_eq!(config.plan, PathBuf::from("/srv/plan"));
    assert_eq!(config.journal.volume_len, 8 << 20);
    assert_eq!(config.journal.commit_interval, Duration::from_micros(250));
    assert_eq!(config.environments[0].sip.len(), 2);
}

#[test]
fn a_collector_is_told_all_or_what_was_said() {
    let hep = |lines: &str| {
        let text = format!("{GOOD}\n[hep]\ncollector = \"192.0.2.9:9060\"\n{lines}\n");
        parse(&text).map(|config| config.hep.expect("there is one"))
    };
    let all = hep("").unwrap();
    assert_eq!((all.agent, all.tap.one_in, all.tap.number), (1, 1, 0));
    assert_eq!((all.tap.peer, all.tap.party), (None, None));
    let some = hep("agent = 7\none_in = 100\npeer = \"TATA\"\nparty = \"222%\"").unwrap();
    assert_eq!((some.agent, some.tap.one_in), (7, 100));
    assert_eq!(some.tap.to_string().split_once("one_in").unwrap().1, "=100 peer=TATA party=222%");
    assert_eq!(parse(&format!("log = \"debug\"\n{GOOD}")).unwrap().log, "debug");
    let error = parse(&format!("log = \"loud,=\"\n{GOOD}")).expect_err("no filter").to_string();
    assert!(error.contains("log \"loud,=\" chooses nothing"), "{error}");
    for (wrong, said) in [
        ("one_in = 0", "one_in 0 is out of range"),
        ("party = \"+44\"", "party: "),
        ("agent = -1", "agent -1 is out of range"),
        ("colour = 1", "unknown field `colour`"),
    ] {
        let error = hep(wrong).expect_err(wrong).to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn what_is_left_out_has_a_default() {
    let left_out = ["shards", "runtime", "io", "[journal]", "volume_mib", "commit_interval"];
    let kept = |line: &&str| !left_out.iter().any(|start| line.starts_with(start));
    let text: String = GOOD.lines().filter(kept).map(|line| format!("{line}\n")).collect();
    let config = parse(&text).unwrap();
    assert_eq!((config.shards, config.runtime, config.io), (1, Runtime::Own, Io::Auto));
    assert_eq!(config.journal.volume_len, 64 << 20);
    assert_eq!(config.journal.commit_interval, Duration::ZERO);
}

#[test]
fn auto_means_a_shard_for_every_core() {
    let config = parse(&GOOD.replace("shards = 1", "shards = \"auto\"")).unwrap();
    assert_eq!(config.cores.len(), usize::from(config.shards));
    assert!(config.shards >= 1);
}

#[test]
fn every_error_names_line_column_and_cure() {
    // What to replace, with what, where the error is, and two words it must say.
    let table = [
        ("number = 1", "number = 256", (2, 10), "out of range", "from 0 to 255"),
        ("number = 1", "numbre = 1", (2, 1), "unknown field", "spelling"),
        ("number = 1\n", "", (1, 1), "missing field `number`", "add it"),
        ("node = \"env1\"", "node = \"Env 1\"", (1, 8), "is not a name", "a-z 0-9 -"),
        ("shards = 1", "shards = 0", (3, 10), "shards 0", "from 1 to 64"),
        ("shards = 1", "shards = 65", (3, 10), "shards 65", "\"auto\""),
        ("shards = 1", "shards = \"many\"", (3, 10), "untagged enum", "from 1 to 64"),
        ("shards = 1", "shards = 1\ncores = []", (4, 9), "0 cores for 1", "one core per shard"),
        ("shards = 1", "shards = 1\ncores = [4096]", (4, 9), "core 4096", "this machine"),
        ("runtime = \"own\"", "runtime = \"tokio\"", (4, 11), "unknown variant", "expected words"),
        ("io = \"auto\"", "io = \"kqueue\"", (5, 6), "unknown variant", "expected words"),
        ("volume_mib = 8", "volume_mib = 0", (10, 14), "volume_mib 0", "from 1 to 4096"),
        ("interval_us = 250", "interval_us = -1", (11, 22), "out of range", "from 0 to 1000000"),
        ("name = \"env1\"\nsmpp", "name = \"\"\nsmpp", (13, 8), "is not a name", "a-z 0-9 -"),
        ("127.0.0.2:2775", "127.0.0.2", (14, 9), "socket address", "an IP address and a port"),
        ("127.0.0.2:2775", "127.0.0.2:0", (14, 9), "port 0", "2775"),
        ("[::1]:5060", "127.0.0.2:5060", (15, 26), "stands here twice", "its own address"),
        ("plan = \"/srv/plan\"", "plan = /srv", (7, 8), "", "correct the value"),
    ];
    for (from, to, place, what, cure) in table {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replace(from, to)).expect_err(to);
        let text = error.to_string();
        assert_eq!(error.line_and_column(), Some(place), "{to}: {text}");
        assert!(error.what().contains(what), "{to}: {text}");
        assert!(text.contains(cure), "{to}: {text}");
        assert!(text.contains("/etc/signalbox/node.toml:"), "{text}");
    }
}

#[test]
fn glommio_and_epoll_exclude_each_other() {
    let text = GOOD.replace("\"own\"", "\"glommio\"").replace("\"auto\"", "\"epoll\"");
    assert!(parse(&text).unwrap_err().to_string().contains("glommio cannot run on epoll"));
}

#[test]
fn environments_differ() {
    let twice = format!("{GOOD}[[environment]]\nname = \"env1\"\nsmpp = [\"127.0.0.9:2775\"]\n");
    assert_eq!(parse(&twice).unwrap_err().line_and_column(), Some((17, 8)));
    let silent = format!("{GOOD}[[environment]]\nname = \"env2\"\n");
    assert!(parse(&silent).unwrap_err().what().contains("has no address"));
}

#[test]
fn the_snippet_shows_the_place() {
    let error = parse(&GOOD.replace("shards = 1", "shards = 0")).unwrap_err().to_string();
    let expected = "error: /etc/signalbox/node.toml:3:10: shards 0 is out of range\n  \
                    |\n3 | shards = 0\n  |          ^\n\
                    cure: write a number from 1 to 64, or \"auto\" for one per core";
    assert_eq!(error, expected);
}

#[test]
fn a_missing_file_is_said_so() {
    let error = Config::read(Path::new("/nonexistent/node.toml")).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/node.toml: cannot be read"));
}

#[test]
fn tls_is_checked_where_it_is_named() {
    let authority = Authority::new();
    authority.issue("env1", &["env1.example"], END);
    authority.issue("other", &["other.example"], END);
    let path = authority.path("node.toml");
    let good = GOOD.to_owned()
        + "smpp_tls = [\"127.0.0.2:3550\"]\n[environment.tls]\ncertificate = \"env1.crt\"\n\
           key = \"env1.key\"\nclient_ca = \"ca.crt\"\nclient_certificates = \"optional\"\n\
           [tls]\nroots = \"ca.crt\"\ncertificate = \"other.crt\"\nkey = \"other.key\"\n";
    let config = Config::parse(&path, &good).unwrap();
    let environment = &config.environments[0];
    let address: SocketAddr = "127.0.0.2:3550".parse().unwrap();
    assert_eq!(environment.smpp_tls, [address]);
    let (ca, asked) = environment.tls.as_ref().unwrap().clients.clone().unwrap();
    assert_eq!((ca, asked), (authority.path("ca.crt"), ClientCertificates::Optional));
    assert_eq!(config.tls_files().places, [None, Some(0)]);
    assert_eq!(config.tls.roots, Some(authority.path("ca.crt")));
    // What to replace, with what, where the error is, and two words it must say.
    let table = [
        ("3550", "2775", (16, 13), "stands here twice", "its own address"),
        ("\"env1.crt\"", "\"gone.crt\"", (18, 15), "gone.crt: cannot be read", "we may read"),
        ("\"env1.crt\"", "\"env1.key\"", (18, 15), "env1.key: it holds no", "PEM"),
        ("\"env1.key\"", "\"other.key\"", (19, 7), "does not fit", "that belongs to"),
        ("\"optional\"", "\"perhaps\"", (21, 23), "unknown variant", "expected words"),
        ("client_ca = \"ca.crt\"\n", "", (20, 23), "nobody could check", "add client_ca"),
        ("roots = \"ca.crt\"", "roots = \"a\"", (23, 9), "a: cannot be read", "we may read"),
        ("key = \"other.key\"\n", "", (24, 15), "belong together", "give both"),
    ];
    for (from, to, place, what, cure) in table {
        assert!(good.contains(from), "{from}");
        let error = Config::parse(&path, &good.replacen(from, to, 1)).expect_err(to);
        let text = error.to_string();
        assert_eq!(error.line_and_column(), Some(place), "{to}: {text}");
        assert!(error.what().contains(what), "{to}: {text}");
        assert!(text.contains(cure), "{to}: {text}");
    }
    let bare = GOOD.to_owned() + "smpp_tls = [\"127.0.0.2:3550\"]\n";
    let error = Config::parse(&path, &bare).unwrap_err();
    assert_eq!(error.line_and_column(), Some((16, 13)));
    assert!(error.to_string().contains("[environment.tls]"), "{error}");
}

#[test]
fn apps_have_listeners_of_their_own_and_are_asked_for_no_certificate() {
    let authority = Authority::new();
    authority.issue("env1", &["env1.example"], END);
    let sip = "sip_tcp = [\"127.0.0.2:5060\"]\nsip_tls = [\"127.0.0.2:5061\"]\n\
               sip_ws = [\"127.0.0.2:8080\"]\nsip_wss = [\"127.0.0.2:8443\"]\n";
    let tls = "smpp_tls = [\"127.0.0.2:3550\"]\n[environment.tls]\ncertificate = \"env1.crt\"\n\
               key = \"env1.key\"\nclient_ca = \"ca.crt\"\n";
    let path = authority.path("node.toml");
    let config = Config::parse(&path, &format!("{GOOD}{sip}{tls}")).unwrap();
    let streams = config.environments[0].streams();
    let streams: Vec<_> = streams.map(|stream| (stream.speaks, stream.is_secure)).collect();
    let sip_over = |transport: Transport| (Speaks::Sip(transport), transport.is_secure());
    let apps = Transport::ALL[1..].iter().map(|transport| sip_over(*transport));
    let expected = [(Speaks::Smpp, false), (Speaks::Smpp, true)].into_iter().chain(apps);
    assert_eq!(streams, expected.collect::<Vec<_>>());
    let files = config.tls_files();
    assert_eq!(files.places, [None, Some(0), None, Some(1), None, Some(1)]);
    assert!(files.listeners[0].clients.is_some() && files.listeners[1].clients.is_none());
    let bare = Config::parse(&path, &format!("{GOOD}{sip}")).unwrap_err();
    assert!(bare.what().contains("127.0.0.2:5061 has no certificate"), "{bare}");
    let twice = format!("{GOOD}sip_tcp = [\"127.0.0.2:2775\"]\n");
    assert!(Config::parse(&path, &twice).unwrap_err().what().contains("stands here twice"));
}
