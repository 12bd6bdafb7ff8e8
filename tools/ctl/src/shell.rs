//! `signalbox shell`: the same commands, one a line, without `signalbox` in front.
//!
//! Each line is run as it would be from any other shell, by this binary in a process of its own:
//! Ctrl-C ends that command and not the shell, and a line means here what it means in a script.
//! What the shell itself was given (`--context`, `--env`, `-o`) counts for every line.

mod complete;
mod kept;
mod names;
mod words;

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Session;
use crate::trouble::{FAILED, Trouble, USAGE};
use crate::writing::{self, Output};

use complete::Found;
use words::Line;

/// What every line of a shell begins with.
pub(crate) struct Shell<'a> {
    /// Whom to ask for names.
    pub(crate) session: &'a Session,
    pub(crate) socket: PathBuf,
    pub(crate) context: Option<String>,
    /// The environment that is meant: that of the command line, until `use` says another.
    pub(crate) env: Option<String>,
}

/// What became of a line.
enum Next {
    Done(u8),
    Leave,
}

impl Shell<'_> {
    /// Takes lines until there are no more: from a terminal with history and completion, from a
    /// file up to the first that fails, whose exit code is the shell's.
    pub(crate) fn run(mut self) -> Result<ExitCode, Trouble> {
        if std::io::stdin().is_terminal() { self.talk() } else { self.read() }
    }

    fn read(&mut self) -> Result<ExitCode, Trouble> {
        for (at, line) in std::io::stdin().lock().lines().enumerate() {
            let line = line?;
            match self.handle(&line, Stdio::null()) {
                Ok(Next::Done(0)) => {}
                Ok(Next::Leave) => break,
                Ok(Next::Done(code)) => {
                    anstream::eprintln!("line {}: {line}", at + 1);
                    return Ok(ExitCode::from(code));
                }
                Err(trouble) => {
                    anstream::eprintln!("line {}: {line}", at + 1);
                    return Err(trouble);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn talk(&mut self) -> Result<ExitCode, Trouble> {
        // From here on Ctrl-C ends what is being done, and not us.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let _interrupts = runtime.block_on(async { signal(SignalKind::interrupt()) })?;
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .history_ignore_space(true)
            .max_history_size(HISTORY_MAX)
            .map_err(unreadable)?
            .build();
        let mut editor: Editor<Assistant<'_>, DefaultHistory> =
            Editor::with_config(config).map_err(unreadable)?;
        let session = self.session;
        editor.set_helper(Some(Assistant { session, env: self.env.clone() }));
        let history = kept::open();
        if let Some(path) = &history {
            // A first session has none, and one that cannot be read is begun anew.
            let _ = editor.load_history(path);
        }
        loop {
            match editor.readline(&self.prompt()) {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => {
                    if kept::may_be(&line) {
                        editor.add_history_entry(line.trim_end()).map_err(unreadable)?;
                        history.iter().for_each(|path| drop(editor.append_history(path)));
                    }
                    match self.handle(&line, Stdio::inherit()) {
                        Ok(Next::Done(_)) => {}
                        Ok(Next::Leave) => return Ok(ExitCode::SUCCESS),
                        Err(trouble) => trouble.tell(),
                    }
                    if let Some(assistant) = editor.helper_mut() {
                        assistant.env.clone_from(&self.env);
                    }
                }
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(ExitCode::SUCCESS),
                Err(error) => return Err(unreadable(error)),
            }
        }
    }

    /// The site, the environment, and the draft with what is in it: `prod env1 [ana: 2 changes]> `.
    fn prompt(&self) -> String {
        let status = self.session.client.get("/v1/status", &[]);
        let draft = match status.and_then(|answer| answer.read::<Value>()) {
            Ok(status) => match status["draft_changes"].as_u64().unwrap_or_default() {
                0 => format!("[{}]", writing::text(&status["author"])),
                count => {
                    format!("[{}: {}]", writing::text(&status["author"]), writing::changes(count))
                }
            },
            Err(_) => "[control does not answer]".to_owned(),
        };
        let site = self.context.as_deref().unwrap_or("signalbox");
        match &self.env {
            Some(env) => format!("{site} {env} {draft}> "),
            None => format!("{site} {draft}> "),
        }
    }

    fn handle(&mut self, line: &str, stdin: Stdio) -> Result<Next, Trouble> {
        let line = Line::read(line);
        if line.is_open {
            return Err(Trouble::new(USAGE, "a quotation mark is never closed"));
        }
        let mut words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
        if words.first() == Some(&"signalbox") {
            words.remove(0); // a line out of a document
        }
        match words.as_slice() {
            [] => Ok(Next::Done(0)),
            ["exit" | "quit"] => Ok(Next::Leave),
            ["use"] => {
                self.env = None;
                Ok(Next::Done(0))
            }
            ["use", env] => {
                let parameters = [("kind", Some("environment")), ("name", Some(*env))];
                self.session.client.get("/v1/object", &parameters)?;
                self.env = Some((*env).to_owned());
                Ok(Next::Done(0))
            }
            ["shell", ..] => Err(Trouble::new(USAGE, "this is the shell")),
            words => {
                let status = self.command(words)?.stdin(stdin).status()?;
                if status.code().is_none() {
                    anstream::eprintln!(); // Ctrl-C leaves the cursor behind what it ended
                }
                Ok(Next::Done(code(status)))
            }
        }
    }

    fn command(&self, words: &[&str]) -> Result<Command, Trouble> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words).env("SIGNALBOX_SOCKET", &self.socket);
        let output = match self.session.output {
            Output::Table => "table",
            Output::Json => "json",
            Output::Csv => "csv",
        };
        command.env("SIGNALBOX_OUTPUT", output);
        match &self.context {
            Some(context) => command.env("SIGNALBOX_CONTEXT", context),
            None => command.env_remove("SIGNALBOX_CONTEXT"),
        };
        match &self.env {
            Some(env) => command.env("SIGNALBOX_ENV", env),
            None => command.env_remove("SIGNALBOX_ENV"),
        };
        Ok(command)
    }
}

/// What the line editor asks.
struct Assistant<'a> {
    session: &'a Session,
    env: Option<String>,
}

impl Completer for Assistant<'_> {
    type Candidate = rustyline::completion::Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Self::Candidate>)> {
        let Found { start, candidates } =
            complete::complete(&line[..at], &|asked| self.names(asked));
        Ok((start, candidates))
    }
}

impl Hinter for Assistant<'_> {
    type Hint = String;
}

impl Highlighter for Assistant<'_> {}

impl Validator for Assistant<'_> {}

impl Helper for Assistant<'_> {}

/// A command that a signal ended has failed.
fn code(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(FAILED)
}

fn unreadable(error: ReadlineError) -> Trouble {
    Trouble::new(FAILED, format!("the terminal: {error}"))
}

/// Lines: some months of work.
const HISTORY_MAX: usize = 5000;
