//! A bar on a terminal, nothing anywhere else.

use crate::pipeline::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;

/// A bar on stderr.
pub struct Bar {
    bar: Mutex<ProgressBar>,
    shown: bool,
}

impl Bar {
    /// A bar that is drawn only on a terminal, and never when less is to be said.
    pub fn new(quiet: bool) -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()), shown: !quiet && std::io::stderr().is_terminal() }
    }

    fn with(&self, act: impl FnOnce(&mut ProgressBar)) {
        act(&mut self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for Bar {
    fn begin(&self, step: &str, total: u64) {
        if !self.shown {
            return;
        }
        self.with(|bar| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            *bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr())
                .with_style(style)
                .with_message(step.to_owned());
        });
    }

    fn advance(&self) {
        self.with(|bar| bar.inc(1));
    }

    fn end(&self) {
        self.with(|bar| bar.finish_and_clear());
    }
}
