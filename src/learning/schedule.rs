//! How the learning rate changes during a run.

use std::f64::consts::PI;

use super::state::Plateau;
use crate::config::{ScheduleConfig, ScheduleName};

/// The learning rate of every step.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    config: ScheduleConfig,
    full: f64,
    steps: u64,
    /// What the rule `plateau` remembers.
    pub plateau: Plateau,
}

impl Schedule {
    /// Of a run of `steps` steps whose learning rate is `full` where the schedule does not make it less.
    pub fn new(config: &ScheduleConfig, full: f64, steps: u64) -> Self {
        Self { config: config.clone(), full, steps, plateau: Plateau::default() }
    }

    /// The learning rate of the step after `step` steps and `epoch` epochs, both counted from 0.
    pub fn learning_rate(&self, step: u64, epoch: u64) -> f64 {
        self.full
            * match self.config.name {
                ScheduleName::Constant => 1.0,
                ScheduleName::Step => {
                    let decays = (epoch + 1).saturating_sub(self.config.from_epoch);
                    self.config.factor.powf(decays as f64)
                }
                ScheduleName::Plateau => self.plateau.factor,
                ScheduleName::Cosine if step < self.config.warmup => (step + 1) as f64 / self.config.warmup as f64,
                ScheduleName::Cosine => {
                    let fall = self.steps.saturating_sub(self.config.warmup).max(1);
                    let done = ((step - self.config.warmup) as f64 / fall as f64).min(1.0);
                    let least = self.config.minimum;
                    least + (1.0 - least) * 0.5 * (1.0 + (PI * done).cos())
                }
            }
    }

    /// Takes note of a validation loss.
    pub fn validated(&mut self, loss: f64) {
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
    fn constant_stays() {
        assert!(close(schedule(ScheduleName::Constant).learning_rate(1000, 1000), 8.0));
    }

    #[test]
    fn a_step_is_taken_at_each_epoch_after_the_first_ones() {
        let schedule = schedule(ScheduleName::Step);
        let rates: Vec<f64> = (0..5).map(|epoch| schedule.learning_rate(0, epoch)).collect();
        assert_eq!(rates, [8.0, 8.0, 4.0, 2.0, 1.0]);
    }

    #[test]
    fn a_plateau_is_seen_after_more_validations_without_a_better_loss_than_there_is_patience() {
        let mut schedule = schedule(ScheduleName::Plateau);
        let rates: Vec<f64> = [3.0, 2.0, 2.5, 2.0, 1.9, 2.0, 1.8, 1.8, 1.8]
            .map(|loss| {
                schedule.validated(loss);
                schedule.learning_rate(0, 0)
            })
            .into();
        assert_eq!(rates, [8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 4.0, 4.0, 2.0]);
    }

    #[test]
    fn a_cosine_rises_in_a_line_and_falls_to_the_minimum() {
        let schedule = schedule(ScheduleName::Cosine);
        let at = |step| schedule.learning_rate(step, 0);
        assert!(close(at(0), 2.0) && close(at(3), 8.0) && close(at(4), 8.0));
        assert!(close(at(54), 8.0 * 0.55), "half way");
        assert!(close(at(104), 0.8) && close(at(1000), 0.8));
    }
}
