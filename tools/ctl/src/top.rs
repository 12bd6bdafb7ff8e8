//! `signalbox top`: how it goes right now, on a full screen.
//!
//! It asks control again and again and keeps nothing, so it can be left and come back to. What is
//! drawn is a pure function of the last answers and of what was typed ([`View`]).

use std::process::ExitCode;
use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::arguments::Session;
use crate::trouble::Trouble;

mod screen;
mod view;

use view::{Press, View};

/// Shows it until `q`.
pub(crate) fn top(session: &Session, every: Duration) -> Result<ExitCode, Trouble> {
    let mut view = View::default();
    // The first answers come before the screen is taken: what is wrong is said as ever.
    look(session, &mut view)?;
    let mut terminal = ratatui::try_init()?;
    let done = run(session, &mut view, &mut terminal, every);
    ratatui::restore();
    done.map(|()| ExitCode::SUCCESS)
}

fn run(
    session: &Session,
    view: &mut View,
    terminal: &mut DefaultTerminal,
    every: Duration,
) -> Result<(), Trouble> {
    loop {
        terminal.draw(|frame| screen::draw(frame, view))?;
        // A key is answered at once; otherwise the time is up.
        if !event::poll(every)? {
            view.lost = look(session, view).err().map(|trouble| trouble.to_string());
            continue;
        }
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Press
            && let Some(press) = pressed(key)
            && !view.handle(press)
        {
            return Ok(());
        }
    }
}

fn look(session: &Session, view: &mut View) -> Result<(), Trouble> {
    view.status = session.client.get("/v1/status", &[])?.read()?;
    let env = [("env", session.env.as_deref())];
    view.binds = session.client.get("/v1/binds", &env)?.read()?;
    Ok(())
}

/// What a key means.
fn pressed(key: KeyEvent) -> Option<Press> {
    let held = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if held => Some(Press::Leave),
        KeyCode::Char(letter) => Some(Press::Letter(letter)),
        KeyCode::Backspace => Some(Press::Erase),
        KeyCode::Enter => Some(Press::Done),
        KeyCode::Esc => Some(Press::Clear),
        KeyCode::Up => Some(Press::Up),
        KeyCode::Down => Some(Press::Down),
        _ => None,
    }
}
