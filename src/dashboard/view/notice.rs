//! Notices to a viewer.

use crate::language::Message;

/// A notice to the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An export is running.
    Exporting,
    /// An export has finished; the folder of its files.
    Exported(String),
    /// An export has failed; the reason.
    NotExported(Message),
    /// The run has no keyframes to go back to.
    NoMoments,
    /// The run has no keyframe before the present one.
    NoEarlierMoment,
    /// The learning rate set by hand stays in force after the restart.
    RateStays,
    /// Training waits for a key press.
    Waiting,
    /// Training has ended.
    Over,
    /// An earlier moment is shown, so that a training step would be invisible.
    InThePast,
    /// The run is only replayed: the key does nothing.
    OnlyShown,
    /// The action is reserved for the teacher.
    TeacherOnly,
    /// The viewer follows the teacher: the key does nothing.
    Following,
    /// The prompt is one for all; the name of its author unless that is the teacher.
    Asked(Option<String>),
    /// A restart applies to all runs, which share one seed.
    RestartsAllRuns,
    /// A warning.
    Warning(Message),
    /// Notices about the viewer's place in the class, above the footer; and the last other notice since.
    ClassStatus(String, Option<String>),
    /// A teacher has renamed the viewer; the new name.
    Renamed(String),
    /// A member has been removed; the name.
    Removed(String),
    /// Teachers cannot be removed.
    NotOfTeachers,
    /// The class has a new password.
    PasswordRenewed,
    /// The class has no password to renew.
    NoPassword,
}
