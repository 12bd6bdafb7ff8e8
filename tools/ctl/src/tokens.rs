//! Tokens: who may ask control from afar.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::arguments::Session;
use crate::columns;
use crate::trouble::Trouble;
use crate::writing::{self, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenVerbs {
    /// Make one; its secret is shown now and never again
    Add {
        /// Whose it is
        name: String,
        /// What its holder may do: look; or also roll back and confirm; or also draft and commit;
        /// or everything
        #[arg(long, value_parser = ["read", "operate", "provision", "admin"])]
        role: String,
    },
    /// Every token, without its secret
    List,
    /// Remove one: it opens nothing from now on
    Rm {
        /// Whose it is
        name: String,
    },
}

impl TokenVerbs {
    /// Does what was asked; with --env a token is for that environment alone.
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        match self {
            Self::Add { name, role } => {
                let wish = json!({ "name": name, "role": role, "env": session.env });
                let answer = session.client.post("/v1/token", &wish)?;
                if session.output == Output::Json {
                    answer.print();
                    return Ok(ExitCode::SUCCESS);
                }
                anstream::println!("{}", writing::text(&answer.read::<Value>()?["secret"]));
                anstream::eprintln!("keep it well: it is shown now and never again");
                Ok(ExitCode::SUCCESS)
            }
            Self::List => session.rows(&session.client.get("/v1/tokens", &[])?, columns::TOKENS),
            Self::Rm { name } => {
                let answer = session.client.post("/v1/token/remove", &json!({ "name": name }))?;
                if session.output == Output::Json {
                    answer.print();
                } else {
                    anstream::eprintln!("token {name} opens nothing any more");
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}
