//! Pieces of the file as values of our types, with mistakes that know their parameter and their place.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::mistake::{Mistake, meant, one_of};
use super::pieces::{Entry, Piece, Shape, repeated, said_twice};

impl<'s> Piece<'s> {
    /// The value itself, where it stands alone in the brackets of a name: `Text` of `List(Text)`.
    fn plain(self) -> Result<Self, Mistake> {
        if !self.is_wrapped() {
            return Ok(self);
        }
        let bare = self.bare();
        let Shape::Group { open, .. } = bare.shape()? else { return Ok(bare) };
        match self.entries(open)[..] {
            [Entry { key: None, value }] => Ok(value),
            _ => Err(Mistake::of(self.span(), "takes one value in its brackets")),
        }
    }

    fn group(self, wanted: char, expected: &str) -> Result<Vec<Entry<'s>>, Mistake> {
        match self.shape()? {
            Shape::Group { name: None, bracket, open } if bracket == wanted => Ok(self.entries(open)),
            _ => Err(self.should_be(expected)),
        }
    }

    /// Values without names: of a list, or of `(40, 120)`.
    fn values(entries: Vec<Entry<'s>>) -> Result<Vec<Piece<'s>>, Mistake> {
        let value = |entry: Entry<'s>| match entry.key {
            Some(key) => Err(Mistake::whole(
                key.span(),
                format!("{} and a colon stand where values have no names.", key.shown()),
            )
            .try_this("Write the value alone.")),
            None if entry.value.is_empty() => {
                Err(Mistake::whole(entry.span(), "There is a comma too many.").try_this("Remove it."))
            }
            None => Ok(entry.value),
        };
        entries.into_iter().map(value).collect()
    }

    fn fields<'de, V: Visitor<'de>>(
        self,
        open: usize,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let entries = self.entries(open);
        for entry in &entries {
            entry.field(known)?;
        }
        if let Some(twice) = repeated(&entries) {
            return Err(said_twice(twice, "field"));
        }
        visitor.visit_map(Named::new(entries, true)).map_err(|mistake| mistake.at(self.span()))
    }

    fn tuple<'de, V: Visitor<'de>>(
        self,
        entries: Vec<Entry<'s>>,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let values = Self::values(entries)?;
        if values.len() != length {
            let count = if values.len() == 1 { "1 is".to_owned() } else { format!("{} are", values.len()) };
            return Err(Mistake::of(
                self.span(),
                format!("takes {length} values in ( ), and {count} there: {}", self.shown()),
            ));
        }
        visitor.visit_seq(Listed { values: values.into_iter(), at: 0 }).map_err(|mistake| mistake.at(self.span()))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $kind:ty: $expected:literal),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
            let piece = self.plain()?;
            visitor.$visit(piece.number::<$kind>($expected)?).map_err(|mistake: Mistake| mistake.at(piece.span()))
        })*
    };
}

impl<'de> Deserializer<'de> for Piece<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.plain()?.shape()? {
            Shape::Text | Shape::Single => self.deserialize_string(visitor),
            Shape::Number => self.deserialize_f64(visitor),
            Shape::Word("true" | "false") => self.deserialize_bool(visitor),
            Shape::Word(word) => visitor.visit_str(word),
            Shape::Group { bracket: '[', .. } => self.deserialize_seq(visitor),
            Shape::Group { bracket: '{', .. } => self.deserialize_map(visitor),
            Shape::Group { open, .. } => self.fields(open, &[], visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let piece = self.plain()?;
        match piece.shape()? {
            Shape::Word("true") => visitor.visit_bool(true),
            Shape::Word("false") => visitor.visit_bool(false),
            _ => {
                let mistake = piece.should_be("true or false");
                Err(match piece.slice().trim_matches(['"', '\'']).to_lowercase().as_str() {
                    "true" | "yes" | "on" | "1" => mistake.write("true"),
                    "false" | "no" | "off" | "0" => mistake.write("false"),
                    _ => mistake,
                })
            }
        }
    }

    numbers! {
        deserialize_i8 visit_i8 i8: "a whole number from -128 to 127",
        deserialize_i16 visit_i16 i16: "a whole number from -32768 to 32767",
        deserialize_i32 visit_i32 i32: "a whole number of at most 9 digits",
        deserialize_i64 visit_i64 i64: "a whole number",
        deserialize_i128 visit_i128 i128: "a whole number",
        deserialize_u8 visit_u8 u8: "a whole number from 0 to 255",
        deserialize_u16 visit_u16 u16: "a whole number from 0 to 65535",
        deserialize_u32 visit_u32 u32: "a whole number, 0 or more",
        deserialize_u64 visit_u64 u64: "a whole number, 0 or more",
        deserialize_u128 visit_u128 u128: "a whole number, 0 or more",
        deserialize_f32 visit_f32 f32: "a number",
        deserialize_f64 visit_f64 f64: "a number",
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let piece = self.plain()?;
        let text = piece.text()?;
        visitor.visit_string(text).map_err(|mistake: Mistake| mistake.at(piece.span()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        // What is wrong with a loose text is told by whoever wants the value.
        match self.plain()?.shape() {
            Ok(Shape::Word("None")) => visitor.visit_none(),
            Ok(Shape::Group { name: Some("Some"), .. }) => visitor.visit_some(self.plain()?.wrapped().plain()?),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let piece = self.plain()?;
        let entries = piece.group('[', "a list in [ ]").map_err(|mistake| match piece.shape() {
            Ok(_) if !piece.slice().contains('\n') => mistake.write(&format!("[{}]", piece.slice())),
            _ => mistake,
        })?;
        let values = Self::values(entries)?.into_iter();
        visitor.visit_seq(Listed { values, at: 0 }).map_err(|mistake| mistake.at(piece.span()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Mistake> {
        let piece = self.plain()?;
        let entries = piece.group('(', &format!("{length} values in ( )"))?;
        piece.tuple(entries, length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let piece = self.plain()?;
        let entries = piece.group('{', "a map in { }, as in {\"name\": value}")?;
        for entry in &entries {
            entry.quoted()?;
        }
        if let Some(twice) = repeated(&entries) {
            return Err(said_twice(twice, "name"));
        }
        visitor.visit_map(Named::new(entries, false)).map_err(|mistake| mistake.at(piece.span()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let bare = self.bare();
        match bare.shape()? {
            Shape::Group { name: None, bracket: '(', open } => bare.fields(open, known, visitor),
            Shape::Group { name: Some(_), bracket: '(', open } if self.is_wrapped() => {
                bare.fields(open, known, visitor)
            }
            _ => Err(bare.should_be(&format!("fields in ( ), as in ({}: …)", known.first().unwrap_or(&"")))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let piece = self.plain()?;
        let name = match piece.shape()? {
            Shape::Word(name) => name,
            Shape::Group { name: Some(name), bracket: '(', .. } => name,
            Shape::Group { name: Some(name), bracket, .. } => {
                let wrong =
                    format!("has its fields in `{bracket}`, and they stand in round brackets: {}", piece.shown());
                return Err(Mistake::of(piece.span(), wrong).try_this(format!("Write {name}(…).")));
            }
            Shape::Text | Shape::Single => {
                let inside = piece.slice().trim_matches(['"', '\'']);
                let mistake = piece.should_be("a name without quotes");
                return Err(match meant(inside, known) {
                    Some(near) => mistake.write(near),
                    None => mistake.try_this(format!("It can be {}.", one_of(known))),
                });
            }
            _ if known.len() <= 16 => return Err(piece.should_be(&one_of(known))),
            _ => return Err(piece.should_be("a name")),
        };
        visitor.visit_enum(Chosen { piece, name }).map_err(|mistake| mistake.at(piece.span()))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.shape()? {
            Shape::Word(name) => visitor.visit_str(name),
            _ => Err(self.should_be("a name without quotes")),
        }
    }

    serde::forward_to_deserialize_any! { char bytes byte_buf unit unit_struct tuple_struct ignored_any }
}

/// Values of a list, one after another.
struct Listed<'s> {
    values: std::vec::IntoIter<Piece<'s>>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Listed<'_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let Some(piece) = self.values.next() else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        seed.deserialize(piece).map(Some).map_err(|mistake| mistake.at(piece.span()).inside_line(at))
    }
}

/// Fields, or the entries of a map.
struct Named<'s> {
    entries: std::vec::IntoIter<Entry<'s>>,
    current: Option<Entry<'s>>,
    fields: bool,
}

impl<'s> Named<'s> {
    fn new(entries: Vec<Entry<'s>>, fields: bool) -> Self {
        Self { entries: entries.into_iter(), current: None, fields }
    }
}

impl<'de> MapAccess<'de> for Named<'_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        self.current = self.entries.next();
        let Some(key) = self.current.and_then(|entry| entry.key) else { return Ok(None) };
        seed.deserialize(key).map(Some).map_err(|mistake| mistake.at(key.span()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let Some(Entry { key: Some(key), value }) = self.current else {
            return Err(serde::de::Error::custom("A value is asked for before its name."));
        };
        seed.deserialize(value).map_err(|mistake| {
            let mistake = mistake.at(value.span());
            match key.shape() {
                Ok(Shape::Word(name)) if self.fields => mistake.inside_field(name),
                _ => mistake.inside_entry(key.slice()),
            }
        })
    }
}

/// A name out of several, with or without values in brackets.
struct Chosen<'s> {
    piece: Piece<'s>,
    name: &'s str,
}

impl Chosen<'_> {
    fn open(&self) -> Result<usize, Mistake> {
        match self.piece.shape()? {
            Shape::Group { open, .. } => Ok(open),
            _ => {
                let with_brackets = format!("{}()", self.name);
                Err(Mistake::whole(self.piece.span(), format!("{} has no brackets after it.", self.name))
                    .write(&with_brackets))
            }
        }
    }
}

impl<'de> EnumAccess<'de> for Chosen<'_> {
    type Error = Mistake;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Mistake> {
        let (start, _) = self.piece.span();
        let name: StrDeserializer<Mistake> = self.name.into_deserializer();
        let variant = seed.deserialize(name).map_err(|mistake| mistake.at((start, start + self.name.len())))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        match self.piece.shape()? {
            Shape::Word(_) => Ok(()),
            _ => {
                Err(Mistake::whole(self.piece.span(), format!("{} takes nothing in brackets.", self.name))
                    .write(self.name))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mistake> {
        self.open()?;
        seed.deserialize(self.piece.wrapped())
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Mistake> {
        let entries = self.piece.entries(self.open()?);
        self.piece.tuple(entries, length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Mistake> {
        self.piece.fields(self.open()?, fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::super::tokens::Source;
    use super::*;

    /// As a node is declared whose kind and field had other names in older files.
    #[pipewright_macros::params]
    struct Renamed {
        #[serde(alias = "file")]
        path: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Kinds {
        #[serde(alias = "Former")]
        Renamed(Renamed),
    }

    fn read(text: &str) -> Result<Kinds, Mistake> {
        Kinds::deserialize(Piece::whole(&Source::scan(text).unwrap()))
    }

    #[test]
    fn old_names_of_nodes_and_fields_are_read() {
        let expected = Kinds::Renamed(Renamed { path: "a.csv".into() });
        assert_eq!(read(r#"Renamed(path: "a.csv")"#).unwrap(), expected);
        assert_eq!(read(r#"Former(file: "a.csv")"#).unwrap(), expected);
        assert!(read(r#"Former(file: "a.csv", path: "b.csv")"#).is_err());
    }
}
