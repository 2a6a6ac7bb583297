//! Pictures of a viewer's screen in SVG.

mod cells;
mod chart;
mod colours;

pub use cells::{draw_cells, frame_picture};

use std::io;

use crate::dashboard::panels::PanelName;
use crate::dashboard::{Colours, Dashboard, screen};
use crate::session::Observed;

/// Draws the whole screen as an SVG document.
#[must_use]
pub fn draw_screen(dashboard: &Dashboard, observed: &Observed) -> String {
    let dashboard = &for_picture(dashboard);
    let (columns, rows) = dashboard.view.size;
    without_forbidden(&cells::draw_svg(columns, rows, dashboard.view.theme.background, |frame| {
        screen::render(frame, dashboard, observed);
    }))
}

/// Draws the heatmap panel alone, on a screen of the same size, as an SVG document. It shows the run with this index.
///
/// # Panics
/// If the index is out of range.
#[must_use]
pub fn draw_heatmap(dashboard: &Dashboard, observed: &Observed, run: usize) -> String {
    let dashboard = &for_picture(dashboard);
    let ((columns, rows), background) = (dashboard.view.size, dashboard.view.theme.background);
    let draw =
        |frame: &mut ratatui::Frame<'_>| screen::render_only(frame, PanelName::Heatmap, dashboard, observed, run);
    without_forbidden(&cells::draw_svg(columns, rows, background, draw))
}

/// Draws the viewer's curve of the focused run as a line chart, with the other runs beside it, as an SVG document; `None` before the first
/// step.
///
/// # Errors
/// If drawing fails.
pub fn draw_curve(dashboard: &Dashboard, observed: &Observed) -> io::Result<Option<String>> {
    Ok(chart::draw_curve(&for_picture(dashboard), observed)?.map(|svg| without_forbidden(&svg)))
}

/// Replaces characters that XML 1.0 forbids, with which a document cannot be parsed, by U+FFFD.
fn without_forbidden(document: &str) -> String {
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    document.chars().map(|c| if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// The dashboard for a picture: in true colour on any terminal, without the password, notices and pending confirmations.
fn for_picture(dashboard: &Dashboard) -> Dashboard {
    let mut dashboard = dashboard.without_password();
    (dashboard.view.notice, dashboard.view.pending_confirmation) = (None, None);
    dashboard.view.theme.colours = Colours::True;
    dashboard
}

#[cfg(test)]
mod tests {
    use crossterm::event::{Event, KeyCode};

    use super::*;
    use crate::dashboard::{Announcement, ClassView, Language, Notice, Theme, fixture};

    fn dashboard() -> Dashboard {
        Dashboard::new(Theme::new(Colours::None), Language::English, &[])
    }

    #[test]
    fn picture_pending_notice_is_left_out() {
        let mut dashboard = dashboard();
        let before = draw_screen(&dashboard, &fixture::running());
        dashboard.view.notice = Some(Notice::Exporting);
        assert_eq!(draw_screen(&dashboard, &fixture::running()), before);
        assert!(!before.contains("exporting"));
    }

    /// Every character that XML forbids, and some that change the state of a terminal.
    fn forbidden() -> String {
        ('\0'..' ').chain(['\u{7f}', '\u{9b}', '\u{202e}', '\u{fffe}', '\u{ffff}', '\u{1ffff}']).collect()
    }

    fn is_xml(document: &str) -> bool {
        document
            .chars()
            .all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
    }

    #[test]
    fn picture_with_any_text_is_valid_xml() {
        let mut observed = fixture::running();
        let run = std::sync::Arc::make_mut(&mut observed.snapshot_mut().run);
        (run.title, run.model, run.file) = (forbidden(), forbidden(), forbidden());
        run.vocabulary = run.vocabulary.iter().map(|word| word.clone() + &forbidden()).collect();
        observed.run_mut().name = forbidden().into();
        let answer = observed.answer_mut();
        (answer.prompt, answer.words) = (forbidden(), vec![forbidden(); 2]);
        observed.run_mut().pinned[0].prompt = forbidden();
        let mut dashboard = dashboard();
        for key in [KeyCode::Char('i'), KeyCode::Char('a')] {
            dashboard.handle(&Event::Key(key.into()), &observed);
        }
        for c in forbidden().chars() {
            dashboard.handle(&Event::Key(KeyCode::Char(c).into()), &observed);
        }
        dashboard.handle(&Event::Paste(forbidden()), &observed);
        for (columns, rows) in [(80, 24), (40, 12), (160, 50)] {
            dashboard.view.size = (columns, rows);
            for typing in [true, false] {
                dashboard.view.is_typing = typing;
                assert!(is_xml(&draw_screen(&dashboard, &observed)));
                assert!(is_xml(&draw_heatmap(&dashboard, &observed, observed.focus)));
                assert!(is_xml(&draw_curve(&dashboard, &observed).unwrap().unwrap()));
            }
        }
    }

    #[test]
    fn picture_class_password_is_hidden() {
        let observed = fixture::running();
        let mut dashboard = dashboard();
        let announcements = vec![Announcement::Password("abcd-efgh".to_owned())];
        dashboard.view.class = Some(ClassView { announcements, ..ClassView::default() });
        dashboard.handle(&Event::Key(KeyCode::Char('C').into()), &observed);
        let picture = draw_screen(&dashboard, &observed);
        assert!(picture.contains("password\u{a0}*********") && !picture.contains("abcd-efgh"), "{picture}");
    }
}
