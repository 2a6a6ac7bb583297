//! The visible part of a list.

/// The visible items of a list.
#[derive(Clone, Copy)]
pub struct Window {
    /// Index of the first visible item.
    pub first: usize,
    /// Number of visible items.
    pub shown: usize,
    /// Number of all items.
    pub total: usize,
}

impl Window {
    /// A window of up to `room` of `total` items, with the cursor in its middle if possible.
    pub fn around(cursor: usize, total: usize, room: usize) -> Self {
        let shown = total.min(room);
        Self { first: cursor.saturating_sub(shown / 2).min(total - shown), shown, total }
    }

    /// The visible range as text, counted from 1: `3-7/12`, or `3/12` for a single item; `None` if all items are visible.
    pub fn label(self) -> Option<String> {
        let (first, last) = (self.first + 1, self.first + self.shown);
        match self.shown {
            shown if shown == self.total => None,
            1 => Some(format!("{last}/{}", self.total)),
            _ => Some(format!("{first}-{last}/{}", self.total)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_scrolls_with_cursor() {
        let window = |cursor, of, room| Window::around(cursor, of, room).label();
        assert_eq!(window(0, 5, 5), None);
        assert_eq!(window(0, 12, 5), Some("1-5/12".to_owned()));
        assert_eq!(window(6, 12, 5), Some("5-9/12".to_owned()));
        assert_eq!(window(11, 12, 5), Some("8-12/12".to_owned()));
        assert_eq!(window(2, 12, 1), Some("3/12".to_owned()));
        assert_eq!(Window::around(3, 12, 0).shown, 0);
    }
}
