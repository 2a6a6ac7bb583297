//! What of a long list is to be seen.

/// Those of this many that are to be seen.
#[derive(Clone, Copy)]
pub struct Window {
    pub first: usize,
    pub shown: usize,
    pub of: usize,
}

impl Window {
    /// As many as there is room for, `cursor` among them.
    pub fn around(cursor: usize, of: usize, room: usize) -> Self {
        let shown = of.min(room);
        Self { first: cursor.saturating_sub(shown / 2).min(of - shown), shown, of }
    }

    /// `3-7/12`, counted from 1; nothing to say of a whole.
    pub fn label(self) -> Option<String> {
        let (first, last) = (self.first + 1, self.first + self.shown);
        match self.shown {
            shown if shown == self.of => None,
            1 => Some(format!("{last}/{}", self.of)),
            _ => Some(format!("{first}-{last}/{}", self.of)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_scrolls_with_the_cursor() {
        let window = |cursor, of, room| Window::around(cursor, of, room).label();
        assert_eq!(window(0, 5, 5), None);
        assert_eq!(window(0, 12, 5), Some("1-5/12".to_owned()));
        assert_eq!(window(6, 12, 5), Some("5-9/12".to_owned()));
        assert_eq!(window(11, 12, 5), Some("8-12/12".to_owned()));
        assert_eq!(window(2, 12, 1), Some("3/12".to_owned()));
        assert_eq!(Window::around(3, 12, 0).shown, 0);
    }
}
