//! How a large file goes to control: in pieces, with a bar that draws on a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of that length, drawn as the template says.
pub(crate) fn bar(len: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(len);
    bar.set_style(style(template));
    bar.set_message("sending");
    bar
}

/// The last octet is away; now control works.
pub(crate) fn wait(bar: &ProgressBar, template: &str) {
    bar.set_style(style(template));
    bar.enable_steady_tick(TICK);
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of our bars are good ones")
}

/// Octets of a piece.
pub(crate) const CHUNK: usize = 1 << 18;

const TICK: Duration = Duration::from_millis(100);
