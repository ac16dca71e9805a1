use indexmap::IndexMap;

use super::prelude::*;
use crate::types::Type;

/// Reads a table of an HTML file, such as a saved web page or a report that some program calls a workbook.
///
/// Cells that span several rows or columns fill all of them. Blanks and line breaks in cells become single blanks. Types are found by
/// looking at all rows. Tables that a page makes with scripts are not in its file.
#[params]
pub struct ReadHtml {
    /// The file. `*` stands for many (`data/*.html`), `!` leads into an archive (`all.zip!page.html`), and .gz and .zst are unpacked.
    pub path: FilePath,
    /// Which table, counted from 1 from the top of the page. Left open, the one with the most cells, or the first under the heading.
    pub table: Option<u64>,
    /// Words of the caption of the table, or of the heading above it. The first table with such is read.
    pub heading: String,
    /// How many rows at the top hold the names of the columns; several are put together. Left open, it is found: those that the page
    /// marks as the head, or that have nothing but head cells.
    pub header_rows: Option<u64>,
    /// Rows to leave out at the top of the table.
    pub skip_rows: u64,
    /// Names of the columns, in order, instead of those that the table has.
    pub columns: Vec<String>,
    /// Types by column name. A cell that is not of the type said here makes its row rejected.
    pub types: IndexMap<String, Type>,
    /// The name of the encoding, such as `utf-8` or `windows-1252`.
    pub encoding: Option<String>,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
    /// What to do with a row in which a cell is not of its type.
    pub on_error: OnError,
}

impl Node for ReadHtml {
    const CARD: Card = Card {
        title: "Read HTML",
        group: Group::Read,
        icon: "read_html",
        inputs: Inputs::None,
        outputs: &["", "rejected"],
        law: Law::Source,
        words: "html table web page scrape htm xls report From Web Html.Table read_html BeautifulSoup HTML Parser tFileInputXML \
                input file open import load",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        draft.read(Source::Html(Self { path, ..self.clone() }), self.on_error)
    }

    fn check(&self) -> Result<(), Problem> {
        if self.table == Some(0) {
            return Err(Problem::new("There is no table 0.").at("table").try_this("The first is 1."));
        }
        if self.table.is_some() && !self.heading.is_empty() {
            return Err(Problem::new("The table is said twice, by its number and by its heading.")
                .at("heading")
                .try_this("Leave one of them open."));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let read = sentence::read(&self.path);
        match (self.table, self.heading.as_str()) {
            _ if self.path.0.is_empty() => read,
            (Some(number), _) => sentence::short(format!("{read}, table {number}")),
            (None, "") => read,
            (None, heading) => sentence::short(format!("{read}, table {heading:?}")),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("The table of a page", Self { path: "page.html".into(), ..Self::default() })
                .file(
                    "page.html",
                    "<h1>Stock</h1><p>As of today</p>\n\
                     <table><thead><tr><th>item<th>count<th>since</tr></thead>\n\
                     <tr><td>pen</td><td>12</td><td>2024-05-01</td></tr>\n\
                     <tr><td>blue&nbsp; ink<br>large</td><td>3</td><td></td></tr></table>\n",
                )
                .gives("item, count: Integer, since: Date\n pen, 12, 2024-05-01\n blue ink large, 3, "),
            Example::new("A table under its heading, with names in two rows and a cell over two rows", Self {
                path: "page.html".into(),
                heading: "weights".into(),
                header_rows: Some(2),
                types: [("weight net".to_owned(), Type::Integer)].into_iter().collect(),
                ..Self::default()
            })
            .file(
                "page.html",
                "<table><tr><td>a<td>b<tr><td>1<td>2<tr><td>1<td>2<tr><td>1<td>2<tr><td>1<td>2</table>\n\
                 <h2>All weights</h2>\n\
                 <table><tr><td rowspan=2>item<td colspan=2>weight<tr><td>gross<td>net\n\
                 <tr><td rowspan=2>pen<td>5<td>4<tr><td>6<td>light</table>\n",
            )
            .gives("item, weight gross: Integer, weight net: Integer\n pen, 5, 4")
            .gives_at(
                "rejected",
                "file, line: Integer, record, error_column, error_value, error_reason\n
                 page.html, 4, \"pen,6,light\", weight net, light, not Integer",
            ),
        ]
    }
}
