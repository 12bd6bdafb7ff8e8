//! The text of several segments.

use routing::Sms;

use crate::content::{self, Body, Spelling};

/// Joins what segments say. Units in the same spelling are read together.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    data: Vec<u8>,
    held: Option<(Spelling, Vec<u8>)>,
    is_data: bool,
}

impl Writer {
    pub(super) fn write(&mut self, sms: &Sms) {
        let (spelling, units) = content::spelled(sms);
        match &mut self.held {
            Some((held, before)) if *held == spelling => before.extend_from_slice(&units),
            Some(_) | None => {
                self.read();
                self.held = Some((spelling, units.into_owned()));
            }
        }
    }

    fn read(&mut self) {
        let Some((spelling, units)) = self.held.take() else { return };
        self.is_data |= !spelling.read(&units, &mut self.text);
        self.data.extend_from_slice(&units);
    }

    pub(super) fn gap(&mut self) {
        self.read();
        self.text.push_str(GAP);
    }

    pub(super) fn finish(mut self) -> Body<'static> {
        self.read();
        if self.is_data { Body::Data(self.data.into()) } else { Body::Text(self.text.into()) }
    }
}

/// Stands for what did not come.
const GAP: &str = "[…]";
