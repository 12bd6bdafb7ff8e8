//! What was measured, beside what was promised.

use toml::Table;

/// One contender at one size.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Who.
    pub name: &'static str,
    /// Nanoseconds for one lookup, the median.
    pub nanos: f64,
    /// The same at best.
    pub least: f64,
    /// Octets for one pattern.
    pub octets: f64,
    /// Seconds to build the table.
    pub build_secs: f64,
    /// How many turns of the whole comparison were disturbed in spite of all.
    pub disturbed: usize,
}

/// What was promised: `bench/budget.toml`.
#[derive(Debug)]
pub struct Budget(Table);

impl Budget {
    /// The budget of this repository.
    pub fn read() -> Self {
        let text = include_str!("../../budget.toml");
        Self(text.parse().expect("bench/budget.toml is checked by its test"))
    }

    /// A promise, such as `of("nanoseconds", "single_10k")`.
    pub fn of(&self, section: &str, name: &str) -> Option<f64> {
        let value = self.0.get(section)?.get(name)?;
        value.as_float().or_else(|| value.as_integer().map(|integer| integer as f64))
    }
}

/// Lines of measured and promised, and whether all promises were kept.
#[derive(Debug)]
pub struct Report {
    budget: Budget,
    lines: Vec<String>,
    broken: usize,
}

impl Default for Report {
    fn default() -> Self {
        Self { budget: Budget::read(), lines: Vec::new(), broken: 0 }
    }
}

impl Report {
    /// Notes a measured value beside its promise.
    pub fn note(&mut self, section: &str, name: &str, measured: f64) {
        let (promise, verdict) = match self.budget.of(section, name) {
            Some(promise) if measured <= promise => (format!("{promise}"), "kept"),
            Some(promise) => {
                self.broken += 1;
                (format!("{promise}"), "OVER")
            }
            None => ("-".to_owned(), ""),
        };
        let line = format!("{section:<12} {name:<28} {measured:>10.1} {promise:>10}  {verdict}");
        self.lines.push(line);
    }

    /// The lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// How many promises were not kept.
    pub fn broken(&self) -> usize {
        self.broken
    }
}
