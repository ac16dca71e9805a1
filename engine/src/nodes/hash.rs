use super::prelude::*;
use crate::formula::{Expr, Function};
use crate::plan::Computed;
use crate::types::{Column, Type};
use crate::value::Value;

/// Adds the hash of one or several columns: a short text that is the same for the same values.
///
/// It finds rows that changed, makes keys and compares what must not be shown. A plain hash hides nothing that can be guessed: whoever
/// hashes all names or numbers finds yours. With the method HMAC only those who have the key can do that. The hash of one column is that
/// of its text, as other programs have it, and null for null. Several columns are hashed together, each written as its length in
/// characters, a colon and the text, and `-` for null: `a` and `bc` become `1:a2:bc`, other than `ab` and `c`.
#[params]
pub struct Hash {
    /// The columns that are hashed, in this order.
    pub columns: Vec<ColumnName>,
    /// How it is computed.
    #[param(always)]
    pub method: HashMethod,
    /// The secret that is the key.
    #[param(when = self.method == HashMethod::HmacSha256)]
    pub key: Secret,
    /// The name of the column with the hash. One that exists is replaced.
    #[param(default = "hash".into())]
    pub r#as: NewColumn,
}

#[params]
pub enum HashMethod {
    /// SHA-256: 64 digits.
    #[default]
    Sha256,
    /// SHA-512: 128 digits.
    Sha512,
    /// HMAC with SHA-256 and a secret key: 64 digits that nobody can compute without the key.
    HmacSha256,
    /// MD5: 32 digits. It is broken where someone wants to cheat; use it where another program asks for it.
    Md5,
    /// SHA-1: 40 digits. It is broken where someone wants to cheat; use it where another program asks for it.
    Sha1,
    /// xxHash of 64 bits: 16 digits, by far the fastest, for comparing only.
    XxHash64,
}

impl Node for Hash {
    const CARD: Card = Card {
        title: "Hash",
        group: Group::Columns,
        icon: "hash",
        inputs: Inputs::One,
        outputs: &[""],
        law: Law::RowByRow,
        words: "hash md5 sha sha1 sha256 sha512 hmac xxhash checksum fingerprint digest row hash surrogate key hashdiff data vault hashbytes tAddCRCRow cryptographic hasher message digest change detection secret",
    };

    fn plan(&self, draft: &mut Draft, inputs: &[Rows]) -> Result<Vec<Rows>, Halt> {
        let columns = draft.schema(inputs[0]);
        let mut texts = Vec::new();
        for (at, name) in self.columns.iter().enumerate() {
            texts.extend(columns.column(&name.0).map(|column| text_of(column, at)).transpose()?);
        }
        let mut arguments = vec![together(texts)?];
        if self.method == HashMethod::HmacSha256 {
            arguments.push(draft.secret(&self.key, "key", |_| Ok(()))?);
        }
        let columns = vec![Computed::new(&self.r#as.0, Expr::call(self.function(), arguments)?)];
        Ok(vec![draft.add(Op::Derive { columns, failures: false }, inputs)?])
    }

    fn check(&self) -> Result<(), Problem> {
        if self.columns.is_empty() {
            return Err(Problem::new("There is nothing to hash.").at("columns").try_this("Add a column."));
        }
        if self.r#as.0.is_empty() {
            return Err(Problem::new("Give the new column a name.").at("as"));
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        if self.columns.is_empty() {
            return "Choose the columns to hash".to_owned();
        }
        let name = match self.method {
            HashMethod::Sha256 => "SHA-256",
            HashMethod::Sha512 => "SHA-512",
            HashMethod::HmacSha256 => "HMAC",
            HashMethod::Md5 => "MD5",
            HashMethod::Sha1 => "SHA-1",
            HashMethod::XxHash64 => "xxHash",
        };
        sentence::short(format!("Add the {name} of {} as {}", sentence::list(&self.columns), self.r#as.0))
    }

    fn examples() -> Vec<Example<Self>> {
        vec![
            Example::new("The SHA-256 of a column", Self { columns: vec!["text".into()], ..Self::default() })
                .given("text\n abc\n \"\"\n ·")
                .gives(
                    "text, hash
                     abc, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
                     \"\", e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                     ·, ·",
                ),
            Example::new("Two columns together, told apart", Self {
                columns: vec!["a".into(), "b".into()],
                method: HashMethod::Md5,
                r#as: "row".into(),
                ..Self::default()
            })
            .given("a, b\n a, bc\n ab, c\n , bc\n \"\", bc")
            .gives(
                "a, b, row
                 a, bc, c899d7cd06102a9d8c7a6ecdb67d783e
                 ab, c, 56881f02774bf192b185174ec9fa299c
                 , bc, c56e2a6f6c8e3cf4743e173efa337888
                 \"\", bc, 4be31505350c6816446cc1eef0172951",
            ),
            Example::new("With a key, the secret PEPPER being `Jefe`", Self {
                columns: vec!["text".into()],
                method: HashMethod::HmacSha256,
                key: Secret::named("PEPPER"),
                ..Self::default()
            })
            .given("text\n what do ya want for nothing?")
            .gives(
                "text, hash
                 what do ya want for nothing?, 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ]
    }
}

impl Hash {
    fn function(&self) -> Function {
        match self.method {
            HashMethod::Sha256 => Function::Sha256,
            HashMethod::Sha512 => Function::Sha512,
            HashMethod::HmacSha256 => Function::Hmac,
            HashMethod::Md5 => Function::Md5,
            HashMethod::Sha1 => Function::Sha1,
            HashMethod::XxHash64 => Function::XxHash64,
        }
    }
}

fn text_of(column: &Column, at: usize) -> Result<Expr, Problem> {
    let problem = |problem: Problem| problem.at(format!("columns[{at}]"));
    let text = Expr::column(column).cast(Type::Text).map_err(problem)?;
    if text.can_fail() {
        let message = format!("{:?} is {}, which not always can be written as text.", column.name, column.kind);
        return Err(problem(Problem::new(message)).try_this("Convert it before."));
    }
    Ok(text)
}

/// One text of several, from which no others make the same.
fn together(mut texts: Vec<Expr>) -> Result<Expr, Problem> {
    if texts.len() == 1 {
        return Ok(texts.remove(0));
    }
    let written = |text: &str| Expr::literal(Value::text(text));
    let mut parts = Vec::new();
    for text in texts {
        let length = Expr::call(Function::Length, vec![text.clone()])?.cast(Type::Text)?;
        let start = Expr::call(Function::Concat, vec![length, written(":")])?;
        let part = Expr::call(Function::Concat, vec![start, text])?;
        parts.push(Expr::call(Function::Coalesce, vec![part, written("-")])?);
    }
    Expr::call(Function::ConcatAll, parts)
}
