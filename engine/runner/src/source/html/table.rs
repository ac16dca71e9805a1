//! The tables of a page, and their cells as a grid.

use scraper::node::Node;
use scraper::{ElementRef, Html};

/// A wider table, or one of more cells, is made to fill the memory: one cell may say that it spans a thousand columns.
const MOST_COLUMNS: usize = 16_384;
const MOST_CELLS: usize = 50_000_000;

pub(super) struct Table<'a> {
    element: ElementRef<'a>,
    caption: String,
    /// The heading that stands above it, or above what stands above it.
    heading: String,
}

/// The tables in the order of the page, also those within others.
pub(super) fn tables(page: &Html) -> Vec<Table<'_>> {
    let mut tables = Vec::new();
    let mut heading = String::new();
    for element in page.root_element().descendent_elements() {
        match element.value().name() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => heading = text(element),
            "table" => {
                let caption = element.child_elements().find(|child| child.value().name() == "caption");
                let caption = caption.map(text).unwrap_or_default();
                tables.push(Table { element, caption, heading: heading.clone() });
            }
            _ => {}
        }
    }
    tables
}

/// The cells of a table. A row may be shorter than the table is wide.
pub(super) struct Grid {
    pub rows: Vec<GridRow>,
    pub width: usize,
}

pub(super) struct GridRow {
    pub cells: Vec<String>,
    /// All of its cells are head cells, or it stands in the head.
    is_head: bool,
}

/// A cell that goes on in the rows below.
struct Span {
    left: usize,
    text: String,
}

impl Table<'_> {
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        [self.caption.as_str(), self.heading.as_str()].into_iter().filter(|title| !title.is_empty())
    }

    /// How many cells there are, not counting what they span.
    pub fn size(&self) -> usize {
        self.rows().map(|(row, _)| cells(row).count()).sum()
    }

    /// The rows of the table itself, not of tables within, and whether they stand in its head.
    fn rows(&self) -> impl Iterator<Item = (ElementRef<'_>, bool)> {
        self.element.child_elements().flat_map(|child| {
            let name = child.value().name();
            let own = (name == "tr").then_some((child, false));
            let is_group = matches!(name, "thead" | "tbody" | "tfoot");
            let inner = child.child_elements().filter(move |row| is_group && row.value().name() == "tr");
            own.into_iter().chain(inner.map(move |row| (row, name == "thead")))
        })
    }

    /// None if it is too large.
    pub fn grid(&self) -> Option<Grid> {
        let mut grid = Grid { rows: Vec::new(), width: 0 };
        let mut spans: Vec<Option<Span>> = Vec::new();
        let mut filled = 0;
        for (row, in_head) in self.rows() {
            let mut own = cells(row).peekable();
            let is_head = in_head || own.peek().is_some() && cells(row).all(|cell| cell.value().name() == "th");
            let mut line: Vec<String> = Vec::new();
            loop {
                // What comes down from above has its place first.
                if let Some(span) = spans.get_mut(line.len()).and_then(Option::as_mut) {
                    line.push(span.text.clone());
                    span.left -= 1;
                    let at = line.len() - 1;
                    if span.left == 0 {
                        spans[at] = None;
                    }
                    continue;
                }
                let Some(cell) = own.next() else {
                    if spans.iter().skip(line.len()).any(Option::is_some) {
                        line.push(String::new());
                        continue;
                    }
                    break;
                };
                let text = text(cell);
                let columns = number(cell, "colspan", 1000).max(1);
                let rows = number(cell, "rowspan", 65_534);
                if line.len() + columns > MOST_COLUMNS {
                    return None;
                }
                for _ in 0..columns {
                    let at = line.len();
                    line.push(text.clone());
                    if rows != 1 {
                        spans.resize_with(spans.len().max(at + 1), || None);
                        // 0 is all rows that follow.
                        spans[at] =
                            Some(Span { left: if rows == 0 { usize::MAX } else { rows - 1 }, text: text.clone() });
                    }
                }
            }
            grid.width = grid.width.max(line.len());
            filled += line.len();
            grid.rows.push(GridRow { cells: line, is_head });
            if filled > MOST_CELLS {
                return None;
            }
        }
        Some(grid)
    }
}

impl Grid {
    /// How many rows from this one on are the head. A table of nothing but head cells has none of its own, but its first.
    pub fn header_rows(&self, from: usize) -> usize {
        let rows = &self.rows[from..];
        let count = rows.iter().take_while(|row| row.is_head).count();
        if count == rows.len() { count.min(1) } else { count }
    }
}

fn cells(row: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    row.child_elements().filter(|cell| matches!(cell.value().name(), "td" | "th"))
}

/// As browsers read a whole number: blanks and a plus before it, and whatever behind it, are passed over.
fn number(cell: ElementRef, attribute: &str, most: usize) -> usize {
    let text = cell.attr(attribute).unwrap_or_default().trim_start_matches([' ', '\t', '\n', '\u{c}', '\r']);
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    match text[..digits].trim_start_matches('0') {
        "" => usize::from(digits == 0),
        // More digits than fit are more than the most.
        number => number.parse().unwrap_or(usize::MAX).min(most),
    }
}

/// What people see of an element, on one line.
fn text(element: ElementRef) -> String {
    let mut text = String::new();
    for node in element.descendants() {
        let within =
            |name: &str| node.parent().and_then(ElementRef::wrap).is_some_and(|parent| parent.value().name() == name);
        match node.value() {
            Node::Text(piece) if !within("script") && !within("style") => text.push_str(piece),
            Node::Element(element) if matches!(element.name(), "br" | "p" | "div" | "li" | "tr" | "td" | "th") => {
                text.push(' ');
            }
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
