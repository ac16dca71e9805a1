use super::prelude::*;
use super::read_csv::refuse_null;
use crate::types::Type;

/// Reads text in which every column has its place in the line: reports, bank files, exports of older systems.
///
/// Blanks around values are removed, and a value of nothing but blanks is null. A line may end early: the columns that it does
/// not reach are null. A line that ends within a column, goes on after the last one, or has a value that is not of its type, comes out
/// of `rejected`.
#[params]
pub struct ReadFixedWidth {
    /// The file. `*` stands for many (`data/*.txt`), `!` leads into an archive (`all.zip!orders.txt`), and .gz and .zst are unpacked.
    pub path: FilePath,
    /// The columns, from left to right.
    pub columns: Vec<FixedColumn>,
    /// In what places and widths are counted.
    pub unit: Unit,
    /// Whether the last column may end before its width, as where blanks at the ends of lines were cut off.
    pub open_end: bool,
    /// Lines to leave out at the top, such as a line of names.
    pub skip_lines: u64,
    /// The name of the encoding, such as `utf-8`, `windows-1252` or `utf-16le`.
    pub encoding: Option<String>,
    /// Words that mean null, such as `NA`.
    pub null_words: Vec<String>,
    /// Whether numbers have a comma where others have a point.
    pub decimal_comma: bool,
    /// A column that tells which file a row comes from.
    pub file_column: Option<NewColumn>,
    /// What to do with a line that can't be read.
    pub on_error: OnError,
}

#[params]
pub struct FixedColumn {
    /// The name of the column.
    pub name: NewColumn,
    /// The character, or byte, of the line at which it begins, counted from 1. Left open, it begins where the one before it ends.
    pub start: Option<u64>,
    /// How many characters, or bytes, it is wide. Left open in the last column, it goes to the end of the line.
    pub width: Option<u64>,
    /// The type of its values.
    pub kind: Type,
}

#[params]
pub enum Unit {
    /// In characters.
    #[default]
    Characters,
    /// In bytes of the file's encoding: in `shift_jis`, `gbk`, `big5` or `euc-kr`, letters of East Asia have two.
    Bytes,
}

impl Node for ReadFixedWidth {
    const CARD: Card = Card {
        title: "Read fixed width",
        group: Group::Read,
        icon: "read_fixed_width",
        inputs: Inputs::None,
        outputs: &["", "rejected"],
        law: Law::Source,
        words: "fixed width positional flat file txt columns mainframe input open import load tFileInputPositional read_fwf",
    };

    fn plan(&self, draft: &mut Draft, _inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        draft.read(Source::FixedWidth(Self { path, ..self.clone() }), self.on_error)
    }

    fn check(&self) -> Result<(), Problem> {
        refuse_null(self.on_error)?;
        if self.columns.is_empty() {
            let problem = Problem::new("No columns are said.").at("columns");
            return Err(problem.try_this("Add a line for each column: its name and how wide it is."));
        }
        let mut end = 0;
        for (at, column) in self.columns.iter().enumerate() {
            let name = &column.name.0;
            let wrong = |field: &str, message: String| Err(Problem::new(message).at(format!("columns[{at}].{field}")));
            if name.is_empty() {
                return wrong("name", format!("Column {} has no name.", at + 1));
            }
            if self.columns[..at].iter().any(|earlier| earlier.name.0 == *name) {
                return wrong("name", format!("There are two columns {name:?}."));
            }
            if column.width == Some(0) {
                return wrong("width", format!("The column {name:?} has no width."));
            }
            if column.width.is_none() && at + 1 < self.columns.len() {
                return wrong("width", format!("The width of {name:?} is not said, and it is not the last column."));
            }
            if column.start.is_some_and(|start| start <= end) {
                let start = column.start.unwrap_or_default();
                let message = format!("The column {name:?} begins at {start}, where the one before it goes to {end}.");
                return Err(Problem::new(message).at(format!("columns[{at}].start")).try_this(format!(
                    "Leave it open, or begin at {} or later.",
                    end.saturating_add(1)
                )));
            }
            end = column.start.map_or(end, |start| start - 1).saturating_add(column.width.unwrap_or_default());
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        sentence::read(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        let column = |name: &str, width, kind| FixedColumn { name: name.into(), width: Some(width), kind, start: None };
        vec![
            Example::new("Columns side by side", Self {
                path: "stock.txt".into(),
                columns: vec![
                    column("item", 6, Type::Text),
                    column("count", 4, Type::Integer),
                    column("price", 6, Type::Float),
                ],
                ..Self::default()
            })
            .file("stock.txt", "pen     12  1.50\nink      3\nglue   few  2.00\n")
            .gives("item, count: Integer, price: Float\n pen, 12, 1.5\n ink, 3, ")
            .gives_at(
                "rejected",
                "file, line: Integer, record, error_column, error_value, error_reason\n
                 stock.txt, 3, \"glue   few  2.00\", count, few, not Integer",
            ),
            Example::new("Only some places of each line, below a line of names", Self {
                path: "codes.txt".into(),
                columns: vec![
                    FixedColumn { start: Some(3), ..column("code", 2, Type::Text) },
                    FixedColumn { start: Some(8), width: None, ..column("name", 1, Type::Text) },
                ],
                skip_lines: 1,
                ..Self::default()
            })
            .file("codes.txt", "  code name\nx 07 - North Gate\nx 12 - South\n")
            .gives("code, name\n 07, North Gate\n 12, South"),
        ]
    }
}
