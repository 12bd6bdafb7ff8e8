//! Bounds hold, strangers are left alone.

use clap::Parser;

use super::{Numbers, SmppSmpp};

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    args: SmppSmpp,
}

fn args(options: &str) -> SmppSmpp {
    let line = format!("load --connect 127.0.0.2:2775 --listen 127.0.0.9:2775 {options}");
    let words = line.split_whitespace().chain(["--system-id", "load"]);
    Cli::try_parse_from(words).unwrap().args
}

#[test]
fn only_this_machine_is_loaded() {
    let stranger = "192.0.2.1:2775".parse().unwrap();
    let local = args("");
    assert!(local.load.check_hosts(&[local.sink.listen, local.esme.connect]).is_ok());
    let error = local.load.check_hosts(&[stranger]).unwrap_err();
    assert!(error.to_string().ends_with("allow it with --allow-host 192.0.2.1"), "{error}");
    assert!(args("--allow-host 192.0.2.1").load.check_hosts(&[stranger]).is_ok());
}

#[test]
fn numbers_have_one_length() {
    let numbers = Numbers::new("100000", 1000).unwrap();
    assert_eq!((numbers.of(0), numbers.of(999), numbers.of(1000)), (100_000, 100_999, 100_000));
    assert_eq!(Numbers::new("0099", 1).unwrap().digits, 4);
    assert!(Numbers::new("999", 2).is_err());
    assert!(Numbers::new("12a", 2).is_err());
    assert!(Numbers::new("+12", 2).is_err());
}
