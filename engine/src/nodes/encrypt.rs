use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::{Computed, Pick, reject_schema};
use crate::secret;
use crate::types::{Column, Type};
use crate::value::Value;

/// Encrypts columns so that only who has the key can read them, or decrypts them again.
///
/// The cipher is AES-256-GCM-SIV (RFC 8452). A value becomes text: base64 of the version 1 in one byte, the nonce of 12 bytes, and what is
/// encrypted with its tag of 16. Numbers and dates are encrypted as their text, and come back as text. Null stays null, and how long a
/// text is can still be seen. A key is made with `openssl rand -hex 32`; who loses it loses the values.
#[params]
pub struct Encrypt {
    /// What to do.
    #[param(always)]
    pub action: Action,
    /// The columns. They stay in their places.
    pub columns: Vec<ColumnName>,
    /// The secret that is the key: 64 hexadecimal digits, or base64 of 32 bytes.
    pub key: Secret,
    /// Whether equal values become equal texts, in every run. They can be joined and grouped then, and the frequent ones be guessed.
    #[param(when = self.action == Action::Encrypt)]
    pub deterministic: bool,
    /// What to do with a row that can't be decrypted: with another key, or changed since.
    #[param(when = self.action == Action::Decrypt)]
    pub on_error: OnError,
}

#[params]
pub enum Action {
    /// Values become text that tells nothing.
    #[default]
    Encrypt,
    /// Such text becomes what it was.
    Decrypt,
}

const NUMBER: &str = "\u{1}number";

impl Node for Encrypt {
    const CARD: Card = Card {
        title: "Encrypt",
        group: Group::Columns,
        icon: "encrypt",
        inputs: Inputs::One,
        outputs: &["", "rejected"],
        law: Law::RowByRow,
        words: "encrypt decrypt aes cipher encryption decryption secret key protect column data tDataEncrypt tDataDecrypt aes_encrypt aes_decrypt pgp_sym_encrypt privacy",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]).clone();
        let key = draft.secret(&self.key, "key", |value| secret::cipher_key(value).map(drop))?;
        let numbered = self.action == Action::Encrypt && !self.deterministic;
        let mut computed = Vec::new();
        for (at, name) in self.columns.iter().enumerate() {
            let Some(column) = columns.column(&name.0) else { continue };
            let text = text_of(column, self.action, at)?;
            let mut arguments = vec![text, key.clone()];
            if numbered {
                arguments.push(Expr::literal(Value::Text(format!("{} {}", draft.now(), column.name))));
                arguments.push(Expr::column(&Column::new(NUMBER, Type::Integer)));
            }
            let function = match self.action {
                Action::Encrypt => Function::AesEncrypt,
                Action::Decrypt => Function::AesDecrypt,
            };
            computed.push(Computed::new(&column.name, Expr::call(function, arguments)?));
        }
        if self.action == Action::Decrypt {
            let (done, rejected) = draft.derive(inputs[0], computed, self.on_error)?;
            return Ok(vec![done, rejected]);
        }
        let from = match numbered {
            true => draft.add(Op::Number { column: NUMBER.into(), start: 0 }, inputs)?,
            false => inputs[0],
        };
        let done = draft.add(Op::Derive { columns: computed, failures: false }, &[from])?;
        let done = draft.select(done, columns.names().map(Pick::same).collect())?;
        Ok(vec![done, draft.nothing(reject_schema(&columns))])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("No column is chosen.").at("columns").try_this("Add a column."));
        }
        let twice = (0..self.columns.len()).find(|at| self.columns[..*at].contains(&self.columns[*at]));
        match twice {
            Some(at) => {
                let message = format!("The column {:?} is there twice.", self.columns[at].0);
                Err(Problem::new(message).at(format!("columns[{at}]")))
            }
            None => Ok(()),
        }
    }

    fn sentence(&self) -> String {
        let does = if self.action == Action::Encrypt { "Encrypt" } else { "Decrypt" };
        match self.columns.as_slice() {
            [] => format!("Choose the columns to {}", does.to_lowercase()),
            columns => sentence::short(format!("{does} {}", sentence::list(columns))),
        }
    }

    fn examples() -> Vec<Example<Self>> {
        let columns = || vec![ColumnName::from("name")];
        vec![
            Example::new("Equal names stay equal", Self {
                columns: columns(),
                key: Secret::named("KEY"),
                deterministic: true,
                ..Self::default()
            })
            .given("name, paid: Integer\n Ada, 3\n Bob, 5\n Ada, 7\n ·, 1")
            .gives(
                "name, paid: Integer
                 AQAAAAAAAAAAAAAAAOwcaAn4GWjWJnQbE3l8CYXs82w=, 3
                 AQAAAAAAAAAAAAAAAE+fFrSsFlu4zkudNtn7pbiXXyY=, 5
                 AQAAAAAAAAAAAAAAAOwcaAn4GWjWJnQbE3l8CYXs82w=, 7
                 ·, 1",
            ),
            Example::new("What was not encrypted with this key is rejected", Self {
                action: Action::Decrypt,
                columns: columns(),
                key: Secret::named("KEY"),
                ..Self::default()
            })
            .given(
                "name
                 AQAAAAAAAAAAAAAAAOwcaAn4GWjWJnQbE3l8CYXs82w=
                 AQMAAAAAAAAAAAAAAMLvMo5cccg7hDEiEw9zZLdh4Ll0J+PfKA==
                 AQAAAAAAAAAAAAAAAOwcaAn4GWjWJnQbE3l8CYXs83w=
                 Ada
                 ·",
            )
            .gives("name\n Ada\n \"\u{1}\0\0\0\0\0\0\0\"\n ·")
            .gives_at(
                "rejected",
                "name, error_column, error_value, error_reason
                 AQAAAAAAAAAAAAAAAOwcaAn4GWjWJnQbE3l8CYXs83w=, name, AQAAAAAAAAAAAAAAAOwcaAn4GWjWJnQbE3l8CYXs83w=, can't be decrypted with this key
                 Ada, name, Ada, was not encrypted by this node",
            ),
        ]
    }
}

fn text_of(column: &Column, action: Action, at: usize) -> Result<Expr, Problem> {
    let wrong = |problem: Problem| problem.at(format!("columns[{at}]"));
    if action == Action::Decrypt && !matches!(column.kind, Type::Text | Type::Null) {
        let message = format!("{:?} is {}, and what is encrypted is text.", column.name, column.kind);
        return Err(wrong(Problem::new(message)));
    }
    let text = Expr::column(column).cast(Type::Text).map_err(wrong)?;
    if text.can_fail() {
        let message = format!("{:?} is {}, which not always can be written as text.", column.name, column.kind);
        return Err(wrong(Problem::new(message)).try_this("Convert it before."));
    }
    Ok(text)
}
