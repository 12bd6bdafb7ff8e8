//! The corpus of every fuzz target, replayed: what a fuzzer found once is never found again.

use std::fs;
use std::path::Path;

use tests::Rng;
use tests::fuzz::{TARGETS, transaction};

#[test]
fn every_file_of_the_corpus_is_harmless() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in TARGETS {
        let folder = fs::read_dir(corpus.join(name)).expect("every target has a corpus");
        let mut files: Vec<_> =
            folder.map(|file| file.expect("a readable folder").path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            eprintln!("{}", file.display());
            target(&fs::read(&file).expect("a readable file"));
        }
    }
}

#[test]
fn cut_and_bent_corpus_is_harmless() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in TARGETS {
        for file in fs::read_dir(corpus.join(name)).expect("every target has a corpus") {
            let octets = fs::read(file.expect("a readable folder").path()).expect("a file");
            for at in (0..octets.len()).step_by(octets.len() / 8 + 1) {
                target(&octets[..at]);
                let mut bent = octets.clone();
                bent[at] ^= 0x80;
                target(&bent);
            }
        }
    }
}

/// No fuzzer is needed to play a transaction: its inputs are short and all of them mean something.
#[test]
fn random_transactions_keep_the_laws() {
    let mut rng = Rng::new(4);
    for _ in 0..20_000 {
        let length = rng.of(1..80);
        let data: Vec<u8> = (0..length).map(|_| rng.of(0..256) as u8).collect();
        transaction(&data);
    }
}
