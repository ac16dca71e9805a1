use super::prelude::*;

/// Writes a table for people to read: as HTML for a browser or a mail, or as Markdown for a wiki or a review.
///
/// Numbers are aligned to the right. A null is an empty cell. The file appears whole or not at all. For large results choose Write CSV
/// or Write Parquet.
#[params]
pub struct WriteMarkup {
    /// The file. `{parameter}` is replaced by its value.
    pub path: FilePath,
    /// What is written.
    pub format: Markup,
    /// Stands above the table.
    pub title: String,
}

#[params]
pub enum Markup {
    /// A page with one table, which looks right by itself, in light and dark.
    #[default]
    Html,
    /// A table of lines and `|`.
    Markdown,
}

impl Node for WriteMarkup {
    const CARD: Card = Card {
        title: "Write HTML or Markdown",
        group: Group::Write,
        icon: "write_markup",
        inputs: Inputs::One,
        outputs: &[],
        law: Law::Sink,
        words: "html markdown md table report page web mail render to_html to_markdown output file save export",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        Ok(draft.write(Sink::Markup(Self { path, ..self.clone() }), inputs[0]))
    }

    fn sentence(&self) -> String {
        sentence::write(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "city, people: Integer\n Bonn, 340000\n \"a | b\", ";
        vec![
            Example::new("A table in Markdown", Self {
                path: "out.md".into(),
                format: Markup::Markdown,
                title: "Cities".into(),
            })
            .given(given)
            .writes("out.md", "# Cities\n\n| city | people |\n| --- | ---: |\n| Bonn | 340000 |\n| a \\| b |  |\n"),
            Example::new("A page", Self { path: "out.html".into(), ..Self::default() }).given("x: Integer\n 1").writes(
                "out.html",
                concat!(
                    "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>out.html</title>\n<style>\n",
                    ":root { color-scheme: light dark; }\nbody { font: 14px/1.5 system-ui, sans-serif; margin: 2em; }\n",
                    "table { border-collapse: collapse; }\nth, td { padding: 0.3em 0.8em; border-bottom: 1px solid #8884; text-align: left; }\n",
                    ".n { text-align: right; font-variant-numeric: tabular-nums; }\n</style>\n</head>\n<body>\n<table>\n",
                    "<thead><tr><th class=\"n\">x</th></tr></thead>\n<tbody>\n<tr><td class=\"n\">1</td></tr>\n</tbody>\n</table>\n</body>\n</html>\n",
                ),
            ),
        ]
    }
}
