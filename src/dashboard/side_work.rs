//! What takes a while and is done beside a dashboard: signals and keys do not wait for it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::panels::ToMeasure;
use super::state::Dashboard;
use super::terminal::events::Event;
use super::view::Notice;
use crate::config::Config;
use crate::language::Message;
use crate::learning::{Scaling, StepCost, WINDOWS};
use crate::model::Threads;
use crate::session::Observed;

/// Writes what a viewer sees to files, and says in which folder they are.
pub type Export = dyn Fn(&Dashboard, &Observed) -> io::Result<PathBuf> + Send + Sync;

/// Work of one viewer in threads of its own. What comes of it goes to `tell`, which says whether somebody still wants to know.
pub(crate) struct SideWork<T> {
    export: Arc<Export>,
    tell: T,
    exporting: Option<JoinHandle<()>>,
}

impl<T: Fn(Event) -> bool + Clone + Send + 'static> SideWork<T> {
    pub fn new(export: &Arc<Export>, tell: T) -> Self {
        Self { export: Arc::clone(export), tell, exporting: None }
    }

    /// Writes what is seen to files in a thread; one export at a time. Returns a notice of what is going on.
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

    /// Measures what steps of models cost in a thread, one window after the other, and reports each as it is known.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn measure(&self, observed: &Observed) -> io::Result<()> {
        let (models, tell) = (ToMeasure::of(observed), self.tell.clone());
        let cores = Threads::new(0).count();
        let work = move || {
            measure_all(&models, cores, &mut |model, cost| tell(Event::Measured(Some((model.to_owned(), cost)))));
            tell(Event::Measured(None));
        };
        thread::Builder::new().name("measure".to_owned()).spawn(work).map(|_| ())
    }

    /// Waits until the files are written.
    pub fn finish(self) {
        let _ = self.exporting.map(JoinHandle::join);
    }
}

/// `tell` says whether somebody still wants to know.
fn measure_all(models: &[ToMeasure], cores: usize, tell: &mut dyn FnMut(&str, StepCost) -> bool) {
    for ToMeasure { model, settings, vocabulary } in models {
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
