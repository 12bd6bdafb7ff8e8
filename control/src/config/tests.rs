use super::*;

const HEAD: &str = "data = 'c'\nsocket = 's'\nplan = '/p'\nkey_file = 'k'\n";

#[test]
fn paths_start_at_the_files_folder() {
    let text = format!("{HEAD}[[node]]\nname = 'env1'\ndata = 'env1'\n");
    let config = Config::parse(&text, Path::new("/etc/sb")).unwrap();
    assert_eq!(config.data, Path::new("/etc/sb/c"));
    assert_eq!(config.plan, Path::new("/p"));
    assert_eq!(config.nodes[0].data, Path::new("/etc/sb/env1"));
}

#[test]
fn errors_name_line_and_column() {
    for (tail, expected) in [
        ("colour = 1\n", "x.toml:5:1: unknown field `colour`"),
        ("[[node]]\nname = 'Env 1'\ndata = 'd'\n", "x.toml:6:8: 'Env 1' is no node name"),
        (
            "[[node]]\nname='a'\ndata='d'\n[[node]]\nname='a'\ndata='e'\n",
            "x.toml:9:6: node a is named twice",
        ),
        ("data = 'again'\n", "x.toml:5:1: duplicate key"),
        ("log = 'loud,='\n", "x.toml:5:7: log \"loud,=\" chooses nothing"),
    ] {
        let text = format!("{HEAD}{tail}");
        let (what, span) = Config::parse(&text, Path::new("/")).unwrap_err();
        let error = ConfigError::at(Path::new("x.toml"), &text, what, span).to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn lines_are_logged_as_the_file_says() {
    let log = |more: &str| Config::parse(&format!("{HEAD}{more}"), Path::new("/")).unwrap().log;
    assert_eq!((log("").as_str(), log("log = 'debug'\n").as_str()), ("info", "debug"));
}

#[test]
fn records_are_closed_as_the_file_says() {
    let cdr = "[cdr]\nfolder = 'out'\nkey_file = 'proof.key'\n";
    let keeping = |more: &str| {
        Config::parse(&format!("{HEAD}{cdr}{more}"), Path::new("/etc/sb")).map(|one| one.cdr)
    };
    let plain = keeping("").unwrap().unwrap();
    assert_eq!(plain.wanted.folder, Path::new("/etc/sb/out"));
    assert_eq!((plain.wait_ns, plain.every), (60_000_000_000, crate::folio::Every::HOUR));
    let more = "every = '24h'\nwait = '5m'\nformats = ['csv.zst', 'parquet']\nnumbers = 'cut'\n";
    let more = keeping(more).unwrap().unwrap();
    assert_eq!((more.wait_ns, more.wanted.formats.len()), (300_000_000_000, 2));
    for wrong in [
        "wait = '5'",
        "wait = 'soon'",
        "formats = ['xml']",
        "every = '7m'",
        "every = '48h'",
        "every = '0s'",
    ] {
        assert!(keeping(wrong).is_err(), "{wrong}");
    }
    assert!(Config::parse(HEAD, Path::new("/")).unwrap().cdr.is_none());
}
