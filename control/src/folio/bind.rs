//! The one pass over a folio: its files, its sums, its tree, its head.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::files::{Format, Manifest, Synced, Writing, column_names, make_folder, put};
use super::fold::{Fold, Group, Sums};
use super::head::Head;
use super::keeper::Step;
use super::key::{Handover, ProofKey};
use super::record::{Record, records};
use super::sight::Numbers;
use super::text::{Whose, json_line};
use super::tree::{Hash, Tree, leaf};
use crate::clock::rfc3339;
use crate::fault::{Fault, Outcome};
use crate::store::{Db, FolioRow};

/// What a folio is once it is bound.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bound {
    /// The head, as it was signed.
    pub head: String,
    /// Its signature.
    pub signature: String,
    /// The key that it was signed with.
    pub signer: String,
    /// The manifest, as it was written.
    pub manifest: String,
    /// How that key came to be the one, oldest first.
    pub keys: Vec<Handover>,
    /// What its records come to.
    pub groups: BTreeMap<Group, Sums>,
}

/// Which files are written, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// The folder.
    pub folder: PathBuf,
    /// In what.
    pub formats: Vec<Format>,
    /// How much of numbers they show.
    pub numbers: Numbers,
}

/// What a pass learns of a folio.
#[derive(Default)]
pub(crate) struct Pass {
    tree: Tree,
    whole: Sha256,
    fold: Fold,
    late: u64,
    first_id: Option<String>,
    last_id: Option<String>,
    line: String,
}

impl Pass {
    /// Adds a record.
    pub(crate) fn add(&mut self, folio: &FolioRow, record: &Record) -> Outcome<()> {
        self.fold.add(record)?;
        self.tree.push(leaf_of(record, &mut self.line));
        self.line.clear();
        json_line(&record.values, Whose::Ours, &mut self.line);
        self.line.push('\n');
        self.whole.update(&self.line);
        self.late += u64::from(record.final_ns.unsigned_abs() < folio.from_ns);
        if self.first_id.is_none() {
            self.first_id = Some(record.id.clone());
        }
        self.last_id = Some(record.id.clone());
        Ok(())
    }

    /// The head of what was passed over.
    pub(crate) fn head(&self, folio: &FolioRow, previous: Hash) -> Head {
        Head {
            number: folio.number,
            from_ns: folio.from_ns,
            to_ns: folio.to_ns,
            rows: self.tree.leaves(),
            root: self.tree.root(),
            whole: self.whole.clone().finalize().into(),
            previous,
        }
    }

    /// What it comes to.
    pub(crate) fn groups(self) -> BTreeMap<Group, Sums> {
        self.fold.groups
    }
}

/// The leaf of a record: what its sender may see of it.
pub(super) fn leaf_of(record: &Record, line: &mut String) -> Hash {
    line.clear();
    json_line(&record.values, Whose::Senders, line);
    leaf(line.as_bytes())
}

/// Passes over a folio. Done again, it writes the same octets; `at` hears before each step that
/// lasts, and may stop there.
pub fn bind(
    db: &Db,
    folio: &FolioRow,
    previous: Hash,
    key: &ProofKey,
    wanted: &Wanted,
    at: &mut dyn FnMut(Step) -> Outcome<()>,
) -> Outcome<Bound> {
    let stem = stem(folio);
    let mut writings = Vec::new();
    make_folder(&wanted.folder)?;
    for format in &wanted.formats {
        at(Step::Write)?;
        writings.push(Writing::begin(&wanted.folder, &stem, (*format, folio.version))?);
    }
    let mut pass = Pass::default();
    records(db, folio.number, |mut record| {
        pass.add(folio, &record)?;
        wanted.numbers.hide(&mut record.values, key);
        writings.iter_mut().try_for_each(|writing| writing.add(&record.values))
    })?;
    let head = pass.head(folio, previous).to_string();
    let (signature, signer) = (key.sign(&head), key.public());
    let mut synced = Vec::new();
    for writing in writings {
        at(Step::Sync)?;
        synced.push(writing.end()?);
    }
    for file in &synced {
        at(Step::Rename)?;
        file.publish(&wanted.folder)?;
    }
    let signed = (head.clone(), signature.clone(), signer.clone());
    let manifest = manifest(folio, &pass, wanted, &synced, signed)?;
    if !wanted.formats.is_empty() {
        at(Step::Manifest)?;
        put(&wanted.folder, &manifest_name(folio), manifest.as_bytes())?;
    }
    let keys = key.chain.clone();
    Ok(Bound { head, signature, signer, manifest, keys, groups: pass.groups() })
}

fn manifest(
    folio: &FolioRow,
    pass: &Pass,
    wanted: &Wanted,
    files: &[Synced],
    (head, signature, key): (String, String, String),
) -> Outcome<String> {
    let manifest = Manifest {
        schema: folio.version,
        folio: folio.number,
        from: rfc3339(folio.from_ns, 0),
        to: rfc3339(folio.to_ns, 0),
        rows: pass.tree.leaves(),
        late: pass.late,
        first_id: pass.first_id.clone(),
        last_id: pass.last_id.clone(),
        numbers: wanted.numbers.word().to_owned(),
        columns: column_names(folio.version),
        files: files.iter().map(|file| file.written.clone()).collect(),
        head,
        signature,
        key,
    };
    let text = serde_json::to_string_pretty(&manifest);
    Ok(format!("{}\n", text.map_err(|error| Fault::failed(error.to_string()))?))
}

/// How the names of a folio's files begin: when it begins, and its number.
fn stem(folio: &FolioRow) -> String {
    let begin = rfc3339(folio.from_ns, 0);
    let minutes: String = begin.chars().take(16).filter(|one| !"-:".contains(*one)).collect();
    format!("cdr-{minutes}Z-{:06}", folio.number)
}

/// The name of its manifest.
pub(super) fn manifest_name(folio: &FolioRow) -> String {
    format!("{}.manifest.json", stem(folio))
}
