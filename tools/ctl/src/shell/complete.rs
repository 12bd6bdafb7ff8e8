//! What a word that was begun may become: clap's own tree says which words there are, and control
//! which names.

use clap::{Arg, Command, CommandFactory, ValueHint};
use rustyline::completion::{FilenameCompleter, Pair};

use super::words::{Line, quoted};
use crate::arguments::Arguments;

/// Candidates, and the octet of the line from which on they stand in place of what was typed.
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) candidates: Vec<Pair>,
}

/// Names that only control knows.
pub(super) struct Asked<'a> {
    pub(super) names: Names,
    /// The environment that the line says.
    pub(super) env: Option<&'a str>,
    /// What they begin with.
    pub(super) begun: &'a str,
}

/// Whose names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Names {
    Objects(&'static [&'static str]),
    Contexts,
    Tokens,
    Generations,
    Planned,
}

/// Whose name the value of an argument is, by the command it stands in and its own name; an empty
/// command is any.
const NAMED: &[(&str, &str, Names)] = &[
    ("", "env", Names::Objects(&["environment"])),
    ("use", "env", Names::Objects(&["environment"])),
    ("", "context", Names::Contexts),
    ("", "carrier", Names::Objects(&["carrier"])),
    ("", "via", Names::Objects(&["connection"])),
    ("", "tariff", Names::Objects(&["tariff"])),
    ("", "customer", Names::Objects(&["customer"])),
    ("", "product", Names::Objects(&["product"])),
    ("", "range", Names::Objects(&["range"])),
    ("", "cost", Names::Objects(&["tariff"])),
    ("", "account", Names::Objects(&["account"])),
    ("", "user", Names::Objects(&["account"])),
    ("test", "from", Names::Objects(&["carrier", "account", "connection"])),
    ("doctor", "name", Names::Objects(&["carrier", "connection"])),
    ("capture", "peer", Names::Objects(&["carrier", "connection"])),
    ("trace", "peer", Names::Objects(&["carrier", "connection"])),
    ("rollback", "generation", Names::Generations),
    ("show", "generation", Names::Generations),
    ("cancel", "id", Names::Planned),
];

/// The nouns whose objects `set`, `rm` and `show` name.
const NOUNS: &[(&str, Names)] = &[
    ("environment", Names::Objects(&["environment"])),
    ("account", Names::Objects(&["account"])),
    ("carrier", Names::Objects(&["carrier"])),
    ("connection", Names::Objects(&["connection"])),
    ("customer", Names::Objects(&["customer"])),
    ("product", Names::Objects(&["product"])),
    ("list", Names::Objects(&["list"])),
    ("policy", Names::Objects(&["policy"])),
    ("table", Names::Objects(&["table"])),
    ("tariff", Names::Objects(&["tariff"])),
    ("token", Names::Tokens),
];

/// The words that are the shell's own.
const OWN: &[(&str, &str)] = &[("exit", "Leave"), ("use", "Mean an environment from now on")];

/// Where in the tree of commands a line has come.
struct Walk<'a> {
    command: &'a Command,
    /// The noun over the verb, if there is one.
    over: &'a str,
    /// How many words stood for themselves since the command.
    stood: usize,
    /// The option whose value comes next.
    awaits: Option<&'a Arg>,
    env: Option<&'a str>,
}

/// What may stand in place of the last word of a line.
pub(super) fn complete(line: &str, ask: &dyn Fn(&Asked<'_>) -> Vec<String>) -> Found {
    let read = Line::read(line);
    let (before, begun, start) = match read.words.split_last() {
        Some((last, before)) if read.is_in_word => (before, last.text.as_str(), last.start),
        _ => (read.words.as_slice(), "", line.len()),
    };
    let mut tree = Arguments::command();
    tree.build();
    let mut walk = Walk { command: &tree, over: "", stood: 0, awaits: None, env: None };
    let before = before.iter().map(|word| word.text.as_str());
    before.skip_while(|word| *word == "signalbox").for_each(|word| walk.step(word));
    if let Some(option) = walk.awaits {
        return walk.values(option, (line, start), ("", begun), ask);
    }
    if let Some((name, begun)) = begun.strip_prefix("--").and_then(|text| text.split_once('=')) {
        let front = format!("--{name}=");
        return match walk.option(name) {
            Some(option) => walk.values(option, (line, start), (&front, begun), ask),
            None => Found { start, candidates: Vec::new() },
        };
    }
    if begun.starts_with('-') {
        return Found { start, candidates: walk.options(begun) };
    }
    let mut found = match walk.positional() {
        Some(argument) => walk.values(argument, (line, start), ("", begun), ask),
        None => Found { start, candidates: Vec::new() },
    };
    let words = walk.command.get_subcommands().map(|one| (one.get_name(), one.get_about()));
    let words = words.filter(|(word, _)| word.starts_with(begun) && *word != "shell");
    found.candidates.extend(words.map(|(word, about)| {
        let about = about.map(ToString::to_string).unwrap_or_default();
        pair(word, &about)
    }));
    if walk.command.get_name() == "signalbox" {
        let own = OWN.iter().filter(|(word, _)| word.starts_with(begun));
        found.candidates.extend(own.map(|(word, about)| pair(word, about)));
    }
    found
}

impl<'a> Walk<'a> {
    fn step(&mut self, word: &'a str) {
        if let Some(option) = self.awaits.take() {
            if option.get_id() == "env" {
                self.env = Some(word);
            }
        } else if let Some(long) = word.strip_prefix("--") {
            match long.split_once('=') {
                Some(("env", value)) => self.env = Some(value),
                Some(_) => {}
                None => self.awaits = self.option(long).filter(|option| awaits(option)),
            }
        } else if let Some(short) = word.strip_prefix('-').and_then(|short| short.chars().last()) {
            let mut options = self.command.get_arguments();
            let option = options.find(|option| option.get_short() == Some(short));
            self.awaits = option.filter(|option| awaits(option));
        } else if let Some(command) = self.command.find_subcommand(word) {
            let over = self.command.get_name();
            (self.over, self.command, self.stood) = (over, command, 0);
        } else {
            self.stood += 1;
        }
    }

    fn option(&self, name: &str) -> Option<&'a Arg> {
        self.command.get_arguments().find(|option| option.get_long() == Some(name))
    }

    /// The argument that a word which stands for itself is.
    fn positional(&self) -> Option<&'a Arg> {
        self.command.get_positionals().nth(self.stood)
    }

    fn options(&self, begun: &str) -> Vec<Pair> {
        let shown = self.command.get_arguments().filter(|option| !option.is_hide_set());
        let mut names: Vec<(String, String)> = shown
            .filter_map(|option| {
                let help = option.get_help().map(ToString::to_string).unwrap_or_default();
                Some((format!("--{}", option.get_long()?), help))
            })
            .filter(|(name, _)| name.starts_with(begun))
            .collect();
        names.sort();
        names.iter().map(|(name, help)| pair(name, help)).collect()
    }

    /// What the value of an argument may be; `front` is what stands before it in its word.
    fn values(
        &self,
        argument: &Arg,
        (line, start): (&str, usize),
        (front, begun): (&str, &str),
        ask: &dyn Fn(&Asked<'_>) -> Vec<String>,
    ) -> Found {
        let path = matches!(argument.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath);
        if path {
            let files = FilenameCompleter::new().complete_path(line, line.len());
            let (start, candidates) = files.unwrap_or_default();
            return Found { start, candidates };
        }
        let mut values: Vec<String> = argument
            .get_possible_values()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect();
        if let Some(names) = self.names(argument) {
            values.extend(ask(&Asked { names, env: self.env, begun }));
        }
        values.retain(|value| value.starts_with(begun));
        values.sort();
        values.dedup();
        let pairs = values.iter().map(|value| Pair {
            display: value.clone(),
            replacement: format!("{front}{} ", quoted(value)),
        });
        Found { start, candidates: pairs.collect() }
    }

    fn names(&self, argument: &Arg) -> Option<Names> {
        let (verb, id) = (self.command.get_name(), argument.get_id().as_str());
        if id == "name" && matches!(verb, "set" | "rm" | "show" | "import") {
            return NOUNS.iter().find(|(noun, _)| *noun == self.over).map(|(_, names)| *names);
        }
        let fits =
            |command: &str, name: &str| (command.is_empty() || command == verb) && name == id;
        NAMED.iter().find(|(command, name, _)| fits(command, name)).map(|(.., names)| *names)
    }
}

/// Does an option have its value in the next word?
fn awaits(option: &Arg) -> bool {
    option.get_action().takes_values()
        && option.get_num_args().is_none_or(|count| count.min_values() > 0)
}

/// A word with what it does beside it.
fn pair(word: &str, about: &str) -> Pair {
    let about = about.lines().next().unwrap_or_default();
    let display = if about.is_empty() { word.to_owned() } else { format!("{word}  ({about})") };
    Pair { display, replacement: format!("{word} ") }
}

#[cfg(test)]
mod tests;
