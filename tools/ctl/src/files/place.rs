//! Where in a file something stands, shown as one would point at it.

use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::trouble::Trouble;

/// A file as it was read.
pub(super) struct Page<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Page<'_> {
    /// A trouble at a place of the file: file, line and column before it, the line beneath it.
    pub(super) fn at(&self, span: Range<usize>, trouble: Trouble) -> Trouble {
        let start = span.start.min(self.text.len());
        let begin = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let line = self.text[..begin].matches('\n').count() + 1;
        let column = self.text[begin..start].chars().count() + 1;
        let width = self.text[start..span.end.clamp(start, end)].chars().count().max(1);
        let margin = " ".repeat(line.to_string().len());
        let shown = format!(
            "{margin} |\n{line} | {}\n{margin} | {}{}",
            &self.text[begin..end],
            " ".repeat(column - 1),
            "^".repeat(width)
        );
        let place = format!("{}:{line}:{column}", self.path.display());
        trouble.within(&place).shown(shown)
    }

    /// A trouble with an object, or with one of its fields.
    pub(super) fn about(
        &self,
        [kind, name]: [&str; 2],
        field: Option<&str>,
        trouble: Trouble,
    ) -> Trouble {
        let span = DeTable::parse(self.text).ok().and_then(|table| {
            let table = table.into_inner();
            let (_, nouns) = table.get_key_value(kind)?;
            let nouns = nouns.get_ref().as_table()?;
            let (own, fields) = nouns.get_key_value(name)?;
            let named = field.and_then(|field| {
                let said = fields.get_ref().as_table()?.get_key_value(field)?;
                Some(said.0.span())
            });
            Some(named.unwrap_or_else(|| own.span()))
        });
        match span {
            Some(span) => self.at(span, trouble),
            None => trouble.within(&self.path.display().to_string()),
        }
    }

    /// A trouble with a noun.
    pub(super) fn noun(&self, kind: &str, trouble: Trouble) -> Trouble {
        let span = DeTable::parse(self.text).ok().and_then(|table| {
            let table: DeTable<'_> = table.into_inner();
            let (key, _): (_, &toml::Spanned<DeValue<'_>>) = table.get_key_value(kind)?;
            Some(key.span())
        });
        match span {
            Some(span) => self.at(span, trouble),
            None => trouble.within(&self.path.display().to_string()),
        }
    }
}
