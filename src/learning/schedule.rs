//! Learning rate schedules.

use std::f64::consts::PI;

use super::state::Plateau;
use crate::config::{ScheduleConfig, ScheduleName};

/// The schedule of a run: its learning rate at every step.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    config: ScheduleConfig,
    /// The learning rate before any decrease.
    base_rate: f64,
    /// The total number of steps of the run.
    steps: u64,
    /// The state of the plateau schedule.
    pub plateau: Plateau,
}

impl Schedule {
    /// Creates the schedule of a run of `steps` steps; its factors are applied to `base_rate`.
    pub fn new(config: &ScheduleConfig, base_rate: f64, steps: u64) -> Self {
        Self { config: config.clone(), base_rate, steps, plateau: Plateau::default() }
    }

    /// The learning rate of the next step after `step` steps and `epoch` complete epochs.
    pub fn learning_rate(&self, step: u64, epoch: u64) -> f64 {
        self.base_rate
            * match self.config.name {
                ScheduleName::Constant => 1.0,
                ScheduleName::Step => {
                    let decays = (epoch + 1).saturating_sub(self.config.from_epoch);
                    self.config.factor.powf(decays as f64)
                }
                ScheduleName::Plateau => self.plateau.factor,
                ScheduleName::Cosine if step < self.config.warmup => (step + 1) as f64 / self.config.warmup as f64,
                ScheduleName::Cosine => {
                    let decay_steps = self.steps.saturating_sub(self.config.warmup).max(1);
                    let done = ((step - self.config.warmup) as f64 / decay_steps as f64).min(1.0);
                    let minimum = self.config.minimum;
                    minimum + (1.0 - minimum) * 0.5 * (1.0 + (PI * done).cos())
                }
            }
    }

    /// Updates the plateau: a loss that is not below the best one counts, and one more than `patience` of them in a row multiply the
    /// factor once.
    pub fn record_validation(&mut self, loss: f64) {
        let Plateau { factor, best, worse } = &mut self.plateau;
        if loss < *best {
            (*best, *worse) = (loss, 0);
            return;
        }
        *worse += 1;
        if *worse > self.config.patience {
            *factor *= self.config.factor;
            *worse = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(name: ScheduleName) -> Schedule {
        let config =
            ScheduleConfig { name, from_epoch: 2, patience: 1, warmup: 4, minimum: 0.1, ..ScheduleConfig::default() };
        Schedule::new(&config, 8.0, 104)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn constant_learning_rate_does_not_change() {
        assert!(close(schedule(ScheduleName::Constant).learning_rate(1000, 1000), 8.0));
    }

    #[test]
    fn step_multiplies_by_factor_per_epoch_from_configured_one() {
        let schedule = schedule(ScheduleName::Step);
        let rates: Vec<f64> = (0..5).map(|epoch| schedule.learning_rate(0, epoch)).collect();
        assert_eq!(rates, [8.0, 8.0, 4.0, 2.0, 1.0]);
    }

    #[test]
    fn plateau_after_more_than_patience_validations_lowers_learning_rate() {
        let mut schedule = schedule(ScheduleName::Plateau);
        let rates: Vec<f64> = [3.0, 2.0, 2.5, 2.0, 1.9, 2.0, 1.8, 1.8, 1.8]
            .map(|loss| {
                schedule.record_validation(loss);
                schedule.learning_rate(0, 0)
            })
            .into();
        assert_eq!(rates, [8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 4.0, 4.0, 2.0]);
    }

    #[test]
    fn cosine_rises_linearly_and_falls_to_minimum() {
        let schedule = schedule(ScheduleName::Cosine);
        let rate = |step| schedule.learning_rate(step, 0);
        assert!(close(rate(0), 2.0) && close(rate(3), 8.0) && close(rate(4), 8.0));
        assert!(close(rate(54), 8.0 * 0.55), "half way");
        assert!(close(rate(104), 0.8) && close(rate(1000), 0.8));
    }
}
