//! Parameters of nodes: what kinds there are, and the visitor that forms, checks and the reference all use.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::formula::Formula;
use crate::types::Type;

/// Something with parameters: a node, or one line of a table parameter. Written by `#[params]`.
pub trait Params {
    /// Shows every parameter to `form`, in the order declared.
    fn params(&mut self, form: &mut dyn Form);
}

/// The doc comment of a node, which is its help text.
pub trait Documented {
    const NAME: &'static str;
    const DOC: &'static str;
}

/// Whoever looks at parameters: the designer draws them, `check` reads them, the reference describes them.
pub trait Form {
    fn param(&mut self, spec: Spec, field: Field<'_>);

    /// Whether to go on to parameters that matter only under `condition`.
    fn reveal(&mut self, condition: bool) -> bool {
        condition
    }

    /// A parameter that was passed over and is not as it would be by itself: it is set and does nothing. `reset` takes it back.
    fn idle(&mut self, _spec: Spec, _reset: &mut dyn FnMut()) {}
}

/// What is known of a parameter from its declaration.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub name: &'static str,
    pub help: &'static str,
    /// The input whose columns it speaks of.
    pub port: usize,
}

impl Spec {
    /// The name in words: `Null words` for `null_words`.
    pub fn label(&self) -> String {
        in_words(self.name)
    }
}

/// A name of the file format as people read it: `null_words` as `Null words`, `AtEnd` as `At end`.
pub fn in_words(name: &str) -> String {
    if name == "nan" {
        return "NaN".to_owned();
    }
    let mut words = String::with_capacity(name.len() + 2);
    for (at, letter) in name.chars().enumerate() {
        match letter {
            '_' => words.push(' '),
            _ if at == 0 => words.extend(letter.to_uppercase()),
            _ if letter.is_uppercase() => {
                words.push(' ');
                words.extend(letter.to_lowercase());
            }
            _ => words.push(letter),
        }
    }
    words
}

/// Every way a parameter can be edited.
pub enum Field<'a> {
    Switch(&'a mut bool),
    Count(&'a mut u64),
    Number(&'a mut f64),
    Text(&'a mut String),
    Texts(&'a mut Vec<String>),
    Formula(&'a mut Formula),
    Query(&'a mut Query),
    Secret(&'a mut Secret),
    Column(&'a mut ColumnName),
    Columns(&'a mut Vec<ColumnName>),
    /// A name for a column that the node makes.
    NewColumn(&'a mut NewColumn),
    Kind(&'a mut Type),
    /// Types by column name.
    Kinds(&'a mut IndexMap<String, Type>),
    Choice(&'a mut dyn Choice),
    File(&'a mut FilePath),
    /// The cells of a table typed in, row by row.
    Cells(&'a mut Vec<Vec<Option<String>>>),
    Lines(&'a mut dyn Lines),
    /// May be left open.
    Optional(&'a mut dyn Optional),
}

/// A value that has a place in a form. Its type picks the widget.
pub trait Param {
    fn field(&mut self) -> Field<'_>;
}

/// The name of a column that comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ColumnName(pub String);

/// The name of a column that the node makes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NewColumn(pub String);

/// A path as written in the pipeline: relative to its file, `/` between folders, `archive!member` and `{parameter}` allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FilePath(pub String);

/// A query in SQL, of several lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Query(pub String);

/// The name of a secret, written `${secret:NAME}`. Its value is in no file: it is looked up where it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl Secret {
    pub fn named(name: &str) -> Self {
        Self(if name.is_empty() { String::new() } else { format!("${{secret:{name}}}") })
    }

    /// The name, or whatever is written in its place.
    pub fn name(&self) -> &str {
        let inner = self.0.strip_prefix("${secret:").and_then(|rest| rest.strip_suffix('}'));
        inner.unwrap_or(&self.0)
    }

    /// Whether nothing is chosen.
    pub fn is_empty(&self) -> bool {
        self.name().is_empty()
    }
}

/// One of a few named options.
pub trait Choice {
    fn options(&self) -> &'static [Opt];
    fn chosen(&self) -> usize;
    fn choose(&mut self, option: usize);
}

#[derive(Clone, Copy, Debug)]
pub struct Opt {
    pub name: &'static str,
    pub help: &'static str,
}

/// A table of lines, each with the same parameters.
pub trait Lines {
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    fn line(&mut self, at: usize) -> Option<&mut dyn Params>;
    fn insert(&mut self, at: usize);
    /// Puts a copy of a line below it.
    fn duplicate(&mut self, at: usize);
    fn remove(&mut self, at: usize);
    fn swap(&mut self, a: usize, b: usize);
}

/// A parameter that may be left open.
pub trait Optional {
    fn is_set(&self) -> bool;
    /// Sets it to the default of its type, or opens it again.
    fn set(&mut self, set: bool);
    fn inner(&mut self) -> Option<Field<'_>>;
    /// What it would hold: for the reference.
    fn describe(&self, look: &mut dyn FnMut(Field<'_>));
}

macro_rules! param {
    ($($kind:ty => $field:ident),* $(,)?) => {
        $(impl Param for $kind {
            fn field(&mut self) -> Field<'_> {
                Field::$field(self)
            }
        })*
    };
}

param! {
    bool => Switch,
    u64 => Count,
    f64 => Number,
    String => Text,
    Vec<String> => Texts,
    Formula => Formula,
    Query => Query,
    Secret => Secret,
    ColumnName => Column,
    Vec<ColumnName> => Columns,
    NewColumn => NewColumn,
    Type => Kind,
    IndexMap<String, Type> => Kinds,
    FilePath => File,
    Vec<Vec<Option<String>>> => Cells,
}

impl<T: Params + Clone + Default> Param for Vec<T> {
    fn field(&mut self) -> Field<'_> {
        Field::Lines(self)
    }
}

impl<T: Params + Clone + Default> Lines for Vec<T> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn line(&mut self, at: usize) -> Option<&mut dyn Params> {
        self.get_mut(at).map(|line| line as &mut dyn Params)
    }

    fn insert(&mut self, at: usize) {
        Vec::insert(self, at.min(Vec::len(self)), T::default());
    }

    fn duplicate(&mut self, at: usize) {
        if let Some(line) = self.get(at).cloned() {
            Vec::insert(self, at + 1, line);
        }
    }

    fn remove(&mut self, at: usize) {
        if at < Vec::len(self) {
            Vec::remove(self, at);
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a.max(b) < Vec::len(self) {
            self.as_mut_slice().swap(a, b);
        }
    }
}

impl<T: Param + Default> Param for Option<T> {
    fn field(&mut self) -> Field<'_> {
        Field::Optional(self)
    }
}

impl<T: Param + Default> Optional for Option<T> {
    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn set(&mut self, set: bool) {
        *self = set.then(T::default);
    }

    fn inner(&mut self) -> Option<Field<'_>> {
        self.as_mut().map(Param::field)
    }

    fn describe(&self, look: &mut dyn FnMut(Field<'_>)) {
        look(T::default().field());
    }
}

impl AsRef<str> for ColumnName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ColumnName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<&str> for NewColumn {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<&str> for Query {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<&str> for FilePath {
    fn from(path: &str) -> Self {
        Self(path.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_words() {
        assert_eq!(in_words("null_words"), "Null words");
        assert_eq!(in_words("OneToMany"), "One to many");
        assert_eq!(in_words("by"), "By");
    }
}
