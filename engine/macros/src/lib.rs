//! `#[params]`: makes a plain struct the parameters of a node, a line of a table parameter, or an enum a choice.
//!
//! What it writes is what a person would write by hand: serde with defaults left out, and one call per field that shows
//! the field, its name and its doc comment to a form.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Code;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Attribute, Data, DeriveInput, Expr, Field, Fields, Lit, Meta, parse_macro_input};

/// On a struct: derives the usual traits, reads missing fields as their defaults and writes only what differs from them, and
/// implements `Params`. A field may say `#[param(default = …, when = …, port = …, always)]`; `always` writes it
/// to files even where it is the default, because a line reads badly without it.
///
/// On an enum of plain variants: derives the usual traits and implements `Choice`.
#[proc_macro_attribute]
pub fn params(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    let input = parse_macro_input!(item as DeriveInput);
    let written = match &input.data {
        Data::Struct(_) => parameters(input),
        Data::Enum(_) => choice(input),
        Data::Union(_) => Err(syn::Error::new_spanned(input, "a union can't be parameters")),
    };
    written.unwrap_or_else(syn::Error::into_compile_error).into()
}

fn parameters(mut input: DeriveInput) -> syn::Result<Code> {
    let doc = doc_of(&input.attrs);
    let name = input.ident.clone();
    let label = name.to_string();
    let Data::Struct(data) = &mut input.data else { unreachable!("called for structs") };
    let Fields::Named(fields) = &mut data.fields else {
        return Err(syn::Error::new_spanned(name, "parameters need names"));
    };
    let mut shown = Vec::new();
    let mut defaults = Vec::new();
    let mut written = Vec::new();
    for field in &mut fields.named {
        let Options { default, when, port, always } = options_of(field)?;
        let help = doc_of(&field.attrs);
        let Some(ident) = field.ident.clone() else { continue };
        let key = ident.unraw().to_string();
        let default = default.map_or(quote!(::core::default::Default::default()), |default| quote!(#default));
        defaults.push(quote!(#ident: #default));
        written.push(quote! { if #always || self.#ident != default.#ident { fields.push(#key); } });
        let spec = quote!(crate::params::Spec { name: #key, help: #help, port: #port });
        let show = quote!(form.param(#spec, crate::params::Param::field(&mut self.#ident)););
        let reset = quote!(&mut || self.#ident = Self::default().#ident);
        let idle = quote!(else if self.#ident != Self::default().#ident { form.idle(#spec, #reset); });
        shown.push(when.map_or(show.clone(), |when| quote! { if form.reveal(#when) { #show } #idle }));
    }
    let idents: Vec<_> = fields.named.iter().filter_map(|field| field.ident.clone()).collect();
    let keys: Vec<String> = idents.iter().map(|ident| ident.unraw().to_string()).collect();
    Ok(quote! {
        #[derive(Clone, Debug, PartialEq, ::serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #input

        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self { #(#defaults),* }
            }
        }

        impl ::serde::Serialize for #name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeStruct as _;
                let default = Self::default();
                let mut fields: ::std::vec::Vec<&'static str> = ::std::vec::Vec::new();
                #(#written)*
                let mut written = serializer.serialize_struct(#label, fields.len())?;
                #(if fields.contains(&#keys) { written.serialize_field(#keys, &self.#idents)?; })*
                written.end()
            }
        }

        impl crate::params::Documented for #name {
            const NAME: &'static str = #label;
            const DOC: &'static str = #doc;
        }

        impl crate::params::Params for #name {
            fn params(&mut self, form: &mut dyn crate::params::Form) {
                #(#shown)*
            }
        }
    })
}

fn choice(input: DeriveInput) -> syn::Result<Code> {
    let name = &input.ident;
    let Data::Enum(data) = &input.data else { unreachable!("called for enums") };
    if let Some(variant) = data.variants.iter().find(|variant| !matches!(variant.fields, Fields::Unit)) {
        return Err(syn::Error::new_spanned(variant, "a choice has no fields"));
    }
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let names: Vec<String> = variants.iter().map(ToString::to_string).collect();
    let helps: Vec<String> = data.variants.iter().map(|variant| doc_of(&variant.attrs)).collect();
    Ok(quote! {
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #input

        impl crate::params::Choice for #name {
            fn options(&self) -> &'static [crate::params::Opt] {
                &[#(crate::params::Opt { name: #names, help: #helps }),*]
            }
            fn chosen(&self) -> usize {
                *self as usize
            }
            fn choose(&mut self, option: usize) {
                const ALL: &[#name] = &[#(#name::#variants),*];
                if let Some(chosen) = ALL.get(option) {
                    *self = *chosen;
                }
            }
        }

        impl crate::params::Param for #name {
            fn field(&mut self) -> crate::params::Field<'_> {
                crate::params::Field::Choice(self)
            }
        }
    })
}

struct Options {
    default: Option<Expr>,
    when: Option<Expr>,
    port: usize,
    always: bool,
}

/// Reads and removes `#[param(…)]`.
fn options_of(field: &mut Field) -> syn::Result<Options> {
    let mut options = Options { default: None, when: None, port: 0, always: false };
    let (ours, others): (Vec<Attribute>, Vec<Attribute>) =
        field.attrs.drain(..).partition(|attribute| attribute.path().is_ident("param"));
    field.attrs = others;
    for attribute in ours {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("default") {
                options.default = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("when") {
                options.when = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("port") {
                options.port = meta.value()?.parse::<syn::LitInt>()?.base10_parse()?;
            } else if meta.path.is_ident("always") {
                options.always = true;
            } else {
                return Err(meta.error("expected default, when, port or always"));
            }
            Ok(())
        })?;
    }
    Ok(options)
}

/// The doc comment as text: lines joined, an empty line starting a paragraph.
fn doc_of(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        let Meta::NameValue(meta) = &attribute.meta else { continue };
        let Expr::Lit(literal) = &meta.value else { continue };
        let Lit::Str(line) = &literal.lit else { continue };
        if !meta.path.is_ident("doc") {
            continue;
        }
        let line = line.value();
        let line = line.trim();
        if line.is_empty() {
            text.push_str("\n\n");
        } else {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push(' ');
            }
            text.push_str(line);
        }
    }
    text
}
