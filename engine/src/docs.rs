//! The reference of nodes and formulas, read off their declarations: what it says is what they are.

use std::fmt::Write as _;

use serde::Serialize;

use crate::file::write_step;
use crate::formula::catalogue::{CATALOGUE, Entry, FORMS, Signature};
use crate::formula::{DEPARTURES, Departure, catalogue};
use crate::node::{Example, Group};
use crate::nodes::{CATALOG, Kind, Step};
use crate::params::{Field, Form, Params, Spec};
use crate::table::Table;

/// All there is to say about a kind of node, as data: for programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    pub name: &'static str,
    pub title: &'static str,
    pub group: Group,
    pub icon: &'static str,
    pub help: &'static str,
    /// Other names for it, with blanks between them.
    pub words: &'static str,
    /// Names of the inputs; `…` after the last stands for more of them.
    pub inputs: Vec<String>,
    /// Names of the outputs as links have them; the main one is empty.
    pub outputs: &'static [&'static str],
    /// What holds of the rows that go in and come out.
    pub law: &'static str,
    pub parameters: Vec<Parameter>,
    pub examples: Vec<Case>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    pub name: &'static str,
    pub help: &'static str,
    /// What can be written there, in words.
    pub kind: String,
    /// What holds if it is not written.
    pub default: String,
    /// What can be chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// The parameters of each line, if it is a list of lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub line: Vec<Parameter>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    pub name: &'static str,
    pub help: &'static str,
}

/// An example: the node as a pipeline's file has it, and named texts that go in and come out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    pub title: &'static str,
    pub step: String,
    pub given: Vec<Exhibit>,
    pub gives: Vec<Exhibit>,
}

/// A table or the text of a file, and what it is: `left`, `rejected`, `orders.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exhibit {
    pub name: String,
    pub text: String,
}

/// The page of a node in Markdown.
pub fn reference(kind: &Kind) -> String {
    chapter(kind, "#")
}

/// The page of a node below a heading of this kind.
fn chapter(kind: &Kind, heading: &str) -> String {
    let page = page(kind);
    let Page { title, name, group, help, .. } = page;
    let mut text = format!("{heading} {title}\n\n`{name}`, group {group:?}\n\n{help}\n\n");
    let quoted = |names: Vec<String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !page.inputs.is_empty() {
        let _ = writeln!(text, "- **Inputs:** {}", quoted(page.inputs));
    }
    if !page.outputs.is_empty() {
        let _ = writeln!(text, "- **Outputs:** {}", quoted(page.outputs.iter().map(|name| shown(name)).collect()));
    }
    let _ = write!(text, "- **Rows:** {}\n- **Look for:** {}\n\n{heading}# Parameters\n\n", page.law, page.words);
    list(&mut text, &page.parameters, 0);
    for Case { title, step, given, gives } in page.examples {
        let _ = write!(text, "\n{heading}# Example: {title}\n\n```ron\n{step}\n```\n");
        for (what, exhibits) in [("given", given), ("gives", gives)] {
            for Exhibit { name, text: content } in exhibits {
                let _ = write!(text, "\n{what} `{name}`:\n\n```text\n{}\n```\n", content.trim_end());
            }
        }
    }
    text
}

/// The page of a node as data.
pub fn page(kind: &Kind) -> Page {
    let card = kind.card;
    let mut inputs: Vec<String> = (0..card.inputs.count(1)).map(|port| card.inputs.name(port)).collect();
    if matches!(card.inputs, crate::node::Inputs::Many) {
        inputs.push("…".into());
    }
    Page {
        name: kind.name,
        title: card.title,
        group: card.group,
        icon: card.icon,
        help: kind.help,
        words: card.words,
        inputs,
        outputs: card.outputs,
        law: card.law.sentence(),
        parameters: parameters(&mut (kind.step)()),
        examples: (kind.examples)().into_iter().map(|example| case(kind, example)).collect(),
    }
}

/// All nodes with the first sentences of their help, in Markdown.
pub fn overview() -> String {
    let mut text = format!(
        "# Nodes\n\nA pipeline is a file that ends in `.pipe.ron`. In it a node has a name, a step, and the names of the nodes it reads \
         from; a name alone is the first output of a node, another is written behind a point.\n\n```ron\n{SMALL_PIPELINE}```\n"
    );
    let mut group = None;
    for kind in CATALOG {
        if group != Some(kind.card.group) {
            group = Some(kind.card.group);
            let _ = write!(text, "\n## {:?}\n\n", kind.card.group);
        }
        let summary = kind.help.split("\n\n").next().unwrap_or_default();
        let _ = writeln!(text, "- `{}`: {summary}", kind.name);
    }
    text.push_str(
        "\n`pipewright nodes NAME` shows one of them, `pipewright nodes formulas` the functions of formulas.\n",
    );
    text
}

/// The overview and the pages of all nodes, in one document.
pub fn nodes() -> String {
    let mut text = overview();
    for kind in CATALOG {
        text.push('\n');
        text.push_str(&chapter(kind, "##"));
    }
    text
}

/// A pipeline with everything that most of them have.
pub const SMALL_PIPELINE: &str = r#"#![enable(implicit_some, unwrap_variant_newtypes)]
(
    version: 1,
    parameters: {
        "least": (kind: Integer, default: "10"),
    },
    nodes: {
        "orders": (step: ReadCsv(path: "orders.csv")),
        "large": (step: Filter(condition: "amount >= :least"), from: ["orders"]),
        "report": (step: WriteCsv(path: "large-{least}.csv"), from: ["large"]),
        "rest": (step: WriteCsv(path: "rest.csv"), from: ["large.false"]),
    },
)
"#;

/// The language of formulas in Markdown: functions and operators, special forms, and where meaning departs from PostgreSQL.
pub fn formulas() -> String {
    let mut text = "# Formulas\n\nSQL expressions over the columns of a row. `\"Order Date\"` quotes a name, `'text'` is text, and `:day` is \
                    a parameter of the pipeline.\n"
        .to_owned();
    let mut group = None;
    for entry in CATALOGUE {
        if group != Some(entry.group) {
            group = Some(entry.group);
            let _ = write!(text, "\n## {:?}\n\n", entry.group);
        }
        text.push_str(&function(entry));
    }
    text.push_str(NUMBERS);
    text.push_str("\n## Special forms\n\n");
    for catalogue::Form { written, help, examples, .. } in FORMS {
        let _ = writeln!(text, "- `{written}`: {help}{}", shown_examples(examples));
    }
    text.push_str("\n## Where meaning departs from PostgreSQL\n\n");
    for Departure { about, ours, postgres, reason, example: (formula, value) } in DEPARTURES {
        let _ = writeln!(text, "- {about}: {ours}. PostgreSQL: {postgres}. Why: {reason}. `{formula}` is `{value}`.");
    }
    text
}

/// The rules of numbers, for formulas, nodes and queries alike.
const NUMBERS: &str = "
## Numbers, in formulas, nodes and queries alike

- **Text is a number** if all of it is: a sign if wanted, digits with one point at most, for a Float an exponent, `NaN` or `Infinity`. Blanks \
around it do not count. Where it is said what stands between thousands, that stands between all of them or none, in groups of three digits; \
in `to_number` where the format has its commas.
- **Rounding** goes half away from zero, of the number as it is written: 1.005 to two digits is 1.01, also as a Float, though the float lies a \
little below. So do `round`, `round_to`, casts to Decimal and `to_char`; `round_even` goes to the even neighbour, `trunc` cuts off.
- **Decimals and integers are exact.** Their mean is the exact sum, divided once; what lies between two decimals is computed with their digits. \
Only sums of more than 38 digits are computed as floats for a mean.
- **Floats** have about 15 digits. A share of rows is the float next to the quotient of their numbers.
- **Bins** hold what the bounds say that are shown.
";

/// One function in a line of Markdown.
pub fn function(entry: &Entry) -> String {
    let names: Vec<String> = entry.names.iter().map(|name| format!("`{name}`")).collect();
    let ways: Vec<String> = entry.signatures.iter().map(way).collect();
    let (names, ways) = (names.join(", "), ways.join(", "));
    format!("- {names}: {} `{ways}`.{}\n", entry.help.trim(), shown_examples(entry.examples))
}

/// What goes in and what comes out: `(Text, Integer, Text …) → Text`.
fn way(signature: &Signature) -> String {
    let mut kinds: Vec<String> = signature.parameters.iter().map(|kind| format!("{kind:?}")).collect();
    kinds.extend(signature.rest.map(|kind| format!("{kind:?} …")));
    format!("({}) → {:?}", kinds.join(", "), signature.result)
}

fn shown_examples(examples: &[(&str, &str)]) -> String {
    let shown = |value: &str| if value.is_empty() { "null".to_owned() } else { value.to_owned() };
    examples.iter().map(|(formula, value)| format!(" `{formula}` is `{}`.", shown(value))).collect()
}

fn case(kind: &Kind, example: Example<Step>) -> Case {
    let table = |name: String, text: &str| {
        let text = Table::parse(text).map_or_else(|error| error, |table| table.to_string());
        Exhibit { name, text }
    };
    let file = |(name, text): &(&str, &str)| Exhibit { name: (*name).to_owned(), text: (*text).to_owned() };
    let tables = |tables: &[(&'static str, &str)]| -> Vec<Exhibit> {
        tables.iter().map(|(name, text)| table(shown(name), text)).collect()
    };
    let inputs = example.given.iter().enumerate().map(|(port, text)| table(kind.card.inputs.name(port), text));
    let mut given: Vec<Exhibit> = example.files.iter().map(file).collect();
    given.extend(tables(&example.stored));
    given.extend(inputs);
    let mut gives = tables(&example.gives);
    gives.extend(example.writes.iter().map(file));
    gives.extend(tables(&example.stores));
    Case { title: example.title, step: write_step(&example.node), given, gives }
}

/// The main output has no name in links.
fn shown(output: &str) -> String {
    if output.is_empty() { "out".into() } else { output.into() }
}

fn list(text: &mut String, parameters: &[Parameter], depth: usize) {
    let indent = "  ".repeat(depth);
    for Parameter { name, help, kind, default, options, line } in parameters {
        let default = if default.is_empty() { String::new() } else { format!(", default `{default}`") };
        let _ = writeln!(text, "{indent}- `{name}` ({kind}{default}): {help}");
        for Choice { name, help } in options {
            let _ = writeln!(text, "{indent}  - `{name}`: {help}");
        }
        list(text, line, depth + 1);
    }
}

/// Every parameter, also those that matter only now and then.
fn parameters(of: &mut dyn Params) -> Vec<Parameter> {
    struct Look(Vec<Parameter>);
    impl Form for Look {
        fn param(&mut self, spec: Spec, field: Field<'_>) {
            self.0.push(describe(spec, field));
        }

        fn reveal(&mut self, _condition: bool) -> bool {
            true
        }
    }
    let mut look = Look(Vec::new());
    of.params(&mut look);
    look.0
}

fn describe(spec: Spec, field: Field<'_>) -> Parameter {
    let mut said = Parameter {
        name: spec.name,
        help: spec.help,
        kind: String::new(),
        default: String::new(),
        options: Vec::new(),
        line: Vec::new(),
    };
    let (kind, default) = match field {
        Field::Switch(value) => ("true or false", value.to_string()),
        Field::Count(value) => ("whole number", value.to_string()),
        Field::Number(value) => ("number", value.to_string()),
        Field::Text(value) => ("text", if value.is_empty() { String::new() } else { format!("{value:?}") }),
        Field::Texts(_) => ("list of texts", String::new()),
        Field::Formula(_) => ("formula", String::new()),
        Field::Query(_) => ("query in SQL", String::new()),
        Field::Secret(_) => ("name of a secret", String::new()),
        Field::Column(_) => ("column", String::new()),
        Field::Columns(_) => ("list of columns", String::new()),
        Field::NewColumn(_) => ("name for a column", String::new()),
        Field::Kind(value) => ("type", value.to_string()),
        Field::Kinds(_) => ("types by column", String::new()),
        Field::File(_) => ("path", String::new()),
        Field::Cells(_) => ("rows of values", String::new()),
        Field::Choice(choice) => {
            let options = choice.options();
            said.options = options.iter().map(|option| Choice { name: option.name, help: option.help }).collect();
            ("choice", options.get(choice.chosen()).map(|option| option.name.to_owned()).unwrap_or_default())
        }
        Field::Lines(lines) => {
            lines.insert(0);
            said.line = lines.line(0).map(parameters).unwrap_or_default();
            lines.remove(0);
            ("list of lines", String::new())
        }
        Field::Optional(value) => {
            if let Some(inner) = value.inner() {
                said = describe(spec, inner);
            } else {
                value.describe(&mut |inner| said = describe(spec, inner));
                said.default.clear();
            }
            said.kind.push_str(", may be left open");
            return said;
        }
    };
    said.kind = kind.to_owned();
    said.default = default;
    said
}
