//! `rnn-tui export`: pictures and tables of a run that is kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use rnn_tui::dashboard::layout::Panel;
use rnn_tui::dashboard::{Colours, Theme, View, picture, screen};
use rnn_tui::model::Quantity;
use rnn_tui::run::metrics::{self, Event};
use rnn_tui::training::{Answer, Command, Outset, Pace, Snapshot, Trainer};

use super::begin::Begun;
use super::{Failed, Look, whole};

/// Long enough for the answer of any model.
const REPLY: Duration = Duration::from_mins(1);

/// Writes pictures (SVG) and tables (CSV) of the last checkpoint of a run
#[derive(Debug, Args)]
pub struct Export {
    /// The folder of the run
    directory: PathBuf,

    /// Where the files go [default: the folder `export` in that of the run]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,

    /// What to ask for the pictures [default: the run's first prompt]
    #[arg(long, value_name = "WORDS")]
    ask: Option<String>,

    /// Columns of the screen
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = whole(1000))]
    columns: u32,

    /// Rows of the screen
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = whole(1000))]
    rows: u32,

    #[command(flatten)]
    look: Look,
}

impl Export {
    /// Writes the files and says which.
    pub fn run(&self) -> Result<ExitCode, Failed> {
        let snapshot = self.snapshot()?;
        let folder = self.to.clone().unwrap_or_else(|| self.directory.join("export"));
        fs::create_dir_all(&folder).map_err(|error| named(&folder, &error))?;
        let write = |name: &str, text: &[u8]| -> Result<(), Failed> {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|error| named(&path, &error))?;
            super::say(&path.display().to_string())
        };
        for (name, panel) in
            [("screen.svg", None), ("loss.svg", Some(Panel::Loss)), ("heatmap.svg", Some(Panel::Heatmap))]
        {
            write(name, self.picture(&snapshot, panel).as_bytes())?;
        }
        write("metrics.csv", &metrics_table(&self.directory.join("metrics.jsonl"))?)?;
        if let Some(answer) = &snapshot.answer {
            write("heatmap.csv", &heatmap_table(answer)?)?;
            write("answer.csv", &answer_table(answer, &snapshot)?)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The run as it was at the last checkpoint.
    fn snapshot(&self) -> Result<std::sync::Arc<Snapshot>, Failed> {
        let Begun { learner, before, shown, .. } = Begun::replayed(&self.directory)?;
        let prompt = self.ask.clone().or_else(|| learner.info().prompts.first().cloned());
        let trainer = Trainer::spawn(learner, Outset { before, shown, ..Outset::new(Pace::Full, false) })?;
        let asked = trainer.send(prompt.map_or(Command::Return, Command::Ask));
        let snapshot = trainer.reply(asked, REPLY);
        match &snapshot.refusal {
            Some(refusal) => Err(Failed::Prompt(format!("--ask: {}", refusal.error))),
            None => Ok(snapshot),
        }
    }

    fn picture(&self, snapshot: &Snapshot, panel: Option<Panel>) -> String {
        let theme = Theme { colours: Colours::True, ..self.look.theme() };
        let mut view = View::new(theme, self.look.language(), &[]);
        if let Some(panel) = panel {
            (view.panel, view.is_full) = (panel, true);
        }
        let size = |cells: u32| u16::try_from(cells).unwrap_or(u16::MAX);
        picture::svg_of(size(self.columns), size(self.rows), theme.background, |frame| {
            screen::render(frame, &view, snapshot);
        })
    }
}

fn named(path: &Path, error: &io::Error) -> Failed {
    Failed::System(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// A table as CSV (RFC 4180).
fn table<const N: usize>(title: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Result<Vec<u8>, Failed> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written =
        writer.write_record(title).and_then(|()| rows.into_iter().try_for_each(|row| writer.write_record(row)));
    written.map_err(io::Error::other)?;
    Ok(writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?)
}

/// Steps and validations, each a row; what a row has not is empty.
fn metrics_table(path: &Path) -> Result<Vec<u8>, Failed> {
    let title = ["attempt", "step", "kind", "loss", "loss_min", "loss_max", "gradient_norm", "learning_rate", "epoch"];
    let metrics = metrics::read(path).map_err(|error| named(path, &error))?;
    let text = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let rows = metrics.into_iter().filter_map(|metric| {
        let (kind, numbers) = match metric.event {
            Event::Steps { loss, loss_min, loss_max, gradient_norm, learning_rate, epoch, .. } => {
                ("steps", [loss, loss_min, loss_max, gradient_norm, learning_rate, Some(epoch)])
            }
            Event::Validation { loss, .. } => ("validation", [loss, None, None, None, None, None]),
            _ => return None,
        };
        let [loss, least, greatest, norm, rate, epoch] = numbers.map(text);
        let (attempt, step) = (metric.attempt.to_string(), metric.step.to_string());
        Some([attempt, step, kind.to_owned(), loss, least, greatest, norm, rate, epoch])
    });
    table(title, rows)
}

/// Every quantity of every layer at every step of the prompt, for each unit.
fn heatmap_table(answer: &Answer) -> Result<Vec<u8>, Failed> {
    let trace = &answer.trace;
    let places =
        (0..trace.layers.len()).flat_map(|layer| trace.quantities().into_iter().map(move |what| (layer, what)));
    let places = places.filter(|(layer, what)| *layer == 0 || *what != Quantity::Embedding); // it is below all layers
    let rows = places.flat_map(|(layer, quantity)| {
        let values = trace.values(quantity, layer);
        let units = values.len() / trace.steps().max(1);
        values.iter().enumerate().map(move |(at, value)| {
            let (step, unit) = (at / units, at % units);
            [
                (step + 1).to_string(),
                answer.words[step].clone(),
                (layer + 1).to_string(),
                trace.symbol(quantity).to_owned(),
                (unit + 1).to_string(),
                value.to_string(),
            ]
        })
    });
    table(["step", "word", "layer", "quantity", "unit", "value"], rows)
}

/// What comes next, the most probable word first.
fn answer_table(answer: &Answer, snapshot: &Snapshot) -> Result<Vec<u8>, Failed> {
    let ranking = answer.trace.ranking();
    let rows = ranking.into_iter().map(|(id, p)| [snapshot.run.vocabulary[id].clone(), p.to_string()]);
    table(["word", "probability"], rows)
}
