//! A class: members who watch the same runs, each with a view, a screen size and a language of their own. Only teachers control training.
//!
//! A [`Class`] knows its members and what all are shown; [`Class::run_session`] runs one session over any transport; [`door`] has the
//! transports.

mod access;
mod acts;
mod allowance;
mod archive;
mod arrivals;
pub mod door;
mod limits;
mod log;
mod log_entry;
mod membership;
mod name;
mod password;
mod person;
mod poll;
mod records;
mod roster;
mod screen_share;
mod session;
mod session_end;
mod state;
mod teacher_view;
pub mod visitor;

pub use access::{Access, TeacherTools};
pub use archive::{Archive, RecordingFolder};
pub use limits::Limits;
pub use log::{Log, LogError};
pub use membership::Membership;
pub use password::Password;
pub use session::IncomingEvents;
pub use session_end::SessionEnd;
pub use state::Class;
pub use teacher_view::TeacherView;
pub use visitor::{Credential, Visitor};

#[cfg(test)]
mod tests;
