use super::prelude::*;

/// Writes XML: one element for each row, with an element or an attribute in it for each column.
///
/// A null has no element. Dates and times are written as in `2024-05-01 12:30:00`, instants with a zone in UTC, lists and structures
/// as JSON. Characters that XML can't hold are left out. Blanks and other signs in the names of columns become `_`. The file appears
/// whole or not at all.
#[params]
pub struct WriteXml {
    /// The file. `{parameter}` is replaced by its value; a name that ends in .gz or .zst is packed.
    pub path: FilePath,
    /// The name of the element around all rows.
    #[param(default = "rows".into())]
    pub root: String,
    /// The name of the element of a row.
    #[param(default = "row".into())]
    pub row: String,
    /// Where values stand.
    pub values: XmlValues,
}

#[params]
pub enum XmlValues {
    /// Within the element of the row, an element each: `<row><id>1</id></row>`.
    #[default]
    Elements,
    /// In the element of the row itself: `<row id="1"/>`.
    Attributes,
}

/// Whether XML knows an element of this name.
fn is_name(name: &str) -> bool {
    let letter = |c: char| c.is_alphabetic() || c == '_';
    name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_numeric() || matches!(c, '-' | '.'))
}

impl WriteXml {
    /// The name of a column as XML can have it.
    pub fn name_of(column: &str) -> String {
        let name: String = column.chars().map(|c| if is_name(&format!("a{c}")) { c } else { '_' }).collect();
        if is_name(&name) { name } else { format!("_{name}") }
    }
}

impl Node for WriteXml {
    const CARD: Card = Card {
        title: "Write XML",
        group: Group::Write,
        icon: "write_xml",
        inputs: Inputs::One,
        outputs: &[],
        law: Law::Sink,
        words: "xml element attribute document output file save export to_xml tFileOutputXML XML Writer",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let path = draft.path(&self.path)?;
        let names: Vec<String> = draft.schema(inputs[0]).names().map(Self::name_of).collect();
        if let Some(at) = (0..names.len()).find(|at| names[..*at].contains(&names[*at])) {
            let problem = Problem::new(format!("Two columns would be called {:?} in XML.", names[at]));
            return Err(problem.at("from[0]").try_this("Rename one of them with Select.").into());
        }
        Ok(draft.write(Sink::Xml(Self { path, ..self.clone() }), inputs[0]))
    }

    fn check(&self) -> Result<(), Problem> {
        for (name, parameter) in [(&self.root, "root"), (&self.row, "row")] {
            if !is_name(name) {
                let problem = Problem::new(format!("XML knows no element called {name:?}.")).at(parameter);
                return Err(problem.try_this("Begin with a letter; then letters, digits, _ - and . may follow."));
            }
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        sentence::write(&self.path)
    }

    fn examples() -> Vec<Example<Self>> {
        let given = "id: Integer, note, on: Date\n 1, \"a < b\", 2024-05-01\n 2, , ";
        vec![
            Example::new("Values as elements", Self { path: "out.xml".into(), ..Self::default() })
                .given(given)
                .writes(
                    "out.xml",
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rows>\n\
                     <row><id>1</id><note>a &lt; b</note><on>2024-05-01</on></row>\n<row><id>2</id></row>\n</rows>\n",
                ),
            Example::new("Values as attributes", Self {
                path: "out.xml".into(),
                root: "orders".into(),
                row: "order".into(),
                values: XmlValues::Attributes,
            })
            .given(given)
            .writes(
                "out.xml",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<orders>\n\
                 <order id=\"1\" note=\"a &lt; b\" on=\"2024-05-01\"/>\n<order id=\"2\"/>\n</orders>\n",
            ),
        ]
    }
}
