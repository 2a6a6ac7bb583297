//! Pictures of a viewer's screen in SVG.

mod cells;
mod chart;
mod colours;

pub use cells::{framed, group_of};

use std::io;

use crate::dashboard::panels::PanelName;
use crate::dashboard::{Colours, View, screen};
use crate::session::Observed;

/// The whole screen as an SVG document.
#[must_use]
pub fn of_screen(view: &View, observed: &Observed) -> String {
    let view = &in_colour(view);
    let (columns, rows) = view.size;
    allowed(&cells::svg_of(columns, rows, view.theme.background, |frame| screen::render(frame, view, observed)))
}

/// The heatmap panel alone, on a screen of the same size, as an SVG document.
#[must_use]
pub fn of_heatmap(view: &View, observed: &Observed) -> String {
    let view = &in_colour(view);
    let ((columns, rows), background) = (view.size, view.theme.background);
    let draw = |frame: &mut ratatui::Frame<'_>| screen::render_only(frame, PanelName::Heatmap, view, observed);
    allowed(&cells::svg_of(columns, rows, background, draw))
}

/// The curve of the loss panel as an SVG document, drawn with lines; `None` before the first step.
///
/// # Errors
/// If drawing fails.
pub fn of_curve(view: &View, observed: &Observed) -> io::Result<Option<String>> {
    Ok(chart::of_curve(&in_colour(view), observed)?.map(|svg| allowed(&svg)))
}

/// Replaces characters that XML 1.0 forbids, with which a document could not be parsed, by U+FFFD.
fn allowed(document: &str) -> String {
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    document.chars().map(|c| if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// The view for a picture: in true colour whatever the terminal has, without the password, notices and pending confirmations.
fn in_colour(view: &View) -> View {
    let mut view = view.without_password();
    (view.notice, view.pending_confirmation) = (None, None);
    view.theme.colours = Colours::True;
    view
}

#[cfg(test)]
mod tests {
    use crossterm::event::{Event, KeyCode};

    use super::*;
    use crate::dashboard::{Announcement, ClassView, Language, Notice, Theme, fixture};

    fn view() -> View {
        View::new(Theme::new(Colours::None), Language::English, &[])
    }

    #[test]
    fn picture_has_no_notices() {
        let mut view = view();
        let before = of_screen(&view, &fixture::running());
        view.notice = Some(Notice::Exporting);
        assert_eq!(of_screen(&view, &fixture::running()), before);
        assert!(!before.contains("exporting"));
    }

    /// Every character that XML forbids, and some that act on a terminal.
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
        let mut view = view();
        for key in [KeyCode::Char('i'), KeyCode::Char('a')] {
            view.handle(&Event::Key(key.into()), &observed);
        }
        for c in forbidden().chars() {
            view.handle(&Event::Key(KeyCode::Char(c).into()), &observed);
        }
        view.handle(&Event::Paste(forbidden()), &observed);
        for (columns, rows) in [(80, 24), (40, 12), (160, 50)] {
            view.size = (columns, rows);
            for typing in [true, false] {
                view.is_typing = typing;
                assert!(is_xml(&of_screen(&view, &observed)));
                assert!(is_xml(&of_heatmap(&view, &observed)));
                assert!(is_xml(&of_curve(&view, &observed).unwrap().unwrap()));
            }
        }
    }

    #[test]
    fn picture_hides_class_password() {
        let observed = fixture::running();
        let mut view = view();
        let announcements = vec![Announcement::Password("abcd-efgh".to_owned())];
        view.class = Some(ClassView { announcements, ..ClassView::default() });
        view.handle(&Event::Key(KeyCode::Char('C').into()), &observed);
        let picture = of_screen(&view, &observed);
        assert!(picture.contains("password\u{a0}*********") && !picture.contains("abcd-efgh"), "{picture}");
    }
}
