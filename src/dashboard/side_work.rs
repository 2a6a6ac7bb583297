//! Exports and measurements in threads of their own, so that signals and keys do not wait for them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::panels::ModelToMeasure;
use super::state::Dashboard;
use super::terminal::events::Event;
use super::view::Notice;
use crate::config::Config;
use crate::language::Message;
use crate::learning::{Scaling, StepCost, WINDOWS};
use crate::model::Threads;
use crate::session::Observed;

/// Exports what a viewer sees to files and returns their folder.
pub type Export = dyn Fn(&Dashboard, &Observed) -> io::Result<PathBuf> + Send + Sync;

/// Background work of one viewer. Results go to `tell`, which returns `false` when the receiver is gone.
pub(crate) struct SideWork<T> {
    export: Arc<Export>,
    tell: T,
    /// The running or the last export.
    exporting: Option<JoinHandle<()>>,
}

impl<T: Fn(Event) -> bool + Clone + Send + 'static> SideWork<T> {
    /// No work yet; exports call `export`, and results go to `tell`.
    pub fn new(export: &Arc<Export>, tell: T) -> Self {
        Self { export: Arc::clone(export), tell, exporting: None }
    }

    /// Starts an export in a thread, unless one is running. Returns a notice about its state; [`Event::Exported`] follows at its end.
    pub fn export(&mut self, dashboard: &Dashboard, observed: &Arc<Observed>) -> Notice {
        if self.exporting.as_ref().is_some_and(|export| !export.is_finished()) {
            return Notice::Exporting;
        }
        let (export, tell) = (Arc::clone(&self.export), self.tell.clone());
        let (dashboard, observed) = (dashboard.clone(), Arc::clone(observed));
        let work = move || {
            let folder = export(&dashboard, &observed);
            tell(Event::Exported(folder.map(|folder| folder.display().to_string()).map_err(Message::from)));
        };
        match thread::Builder::new().name("export".to_owned()).spawn(work) {
            Ok(exporting) => {
                self.exporting = Some(exporting);
                Notice::Exporting
            }
            Err(error) => Notice::NotExported(error.into()),
        }
    }

    /// Measures the cost of training steps in a thread, one window after the other. [`Event::Measured`] follows for each result, with
    /// `None` at the end.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn measure(&self, observed: &Observed) -> io::Result<()> {
        let (models, tell) = (ModelToMeasure::all(observed), self.tell.clone());
        let cores = Threads::new(0).count();
        let work = move || {
            measure_all(&models, cores, &mut |model, cost| tell(Event::Measured(Some((model.to_owned(), cost)))));
            tell(Event::Measured(None));
        };
        thread::Builder::new().name("measure".to_owned()).spawn(work).map(|_| ())
    }

    /// Waits for the end of a running export.
    pub fn finish(self) {
        let _ = self.exporting.map(JoinHandle::join);
    }
}

/// Measures all models; ends early when `tell` returns `false`. Models that cannot be configured are skipped.
fn measure_all(models: &[ModelToMeasure], cores: usize, tell: &mut dyn FnMut(&str, StepCost) -> bool) {
    for ModelToMeasure { model, settings, vocabulary } in models {
        let Ok(config) = Config::for_measurement(settings) else { continue };
        let mut is_wanted = true;
        let scaling = Scaling::measure(&config, *vocabulary, &WINDOWS, cores, &mut |cost| {
            is_wanted &= tell(model, cost);
            is_wanted
        });
        if !is_wanted {
            return;
        }
        let threads = scaling.map(|scaling| scaling.threads).unwrap_or_default();
        for cost in threads {
            tell(model, cost);
        }
    }
}
