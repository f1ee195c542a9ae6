//! The protocols of the bindings: which it inherits from, which methods it has.

use super::types::{Types, protocol_in, type_argument};
use agx_fix_objc::encoding::Shape;
use std::collections::BTreeMap;
use syn::{FnArg, Item, ItemTrait, ReturnType, Signature, TraitItem, Type, TypeParamBound};

/// What the bindings say of Metal.
#[derive(Clone)]
pub(crate) struct Bindings(BTreeMap<String, Protocol>);

/// One protocol.
#[derive(Clone)]
pub(crate) struct Protocol {
    /// What it inherits from, in the bindings or outside of them.
    above: Vec<String>,
    /// Its own methods by selector.
    pub(crate) methods: BTreeMap<String, Method>,
}

/// One method.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Method {
    /// Result, receiver, selector, arguments; or what was not understood.
    pub(crate) shapes: Result<Vec<Shape>, String>,
    /// The protocol of the object that it answers.
    pub(crate) answers: Option<String>,
}

impl Bindings {
    /// Reads source files.
    pub(crate) fn read<'a>(sources: impl IntoIterator<Item = &'a str>) -> syn::Result<Self> {
        let mut types = Types::default();
        let mut traits: Vec<ItemTrait> = Vec::new();
        for source in sources {
            for item in syn::parse_file(source)?.items {
                types.add(&item);
                match item {
                    Item::Macro(it) if it.mac.path.is_ident("extern_protocol") => {
                        traits.push(it.mac.parse_body()?);
                    }
                    _ => {}
                }
            }
        }
        let named = traits.iter().map(|it| Ok((it.ident.to_string(), Protocol::of(it, &types)?)));
        named.collect::<syn::Result<_>>().map(Self)
    }

    /// The protocol of that name.
    pub(crate) fn protocol(&self, name: &str) -> Option<&Protocol> {
        self.0.get(name)
    }

    /// The names of all protocols.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The protocol and those that it inherits from, as far as the bindings have them.
    pub(crate) fn line<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let Some(protocol) = self.0.get(name) else { return Vec::new() };
        std::iter::once(name).chain(protocol.above.iter().flat_map(|above| self.line(above))).collect()
    }

    /// The methods of a protocol, inherited ones too, each with the protocol that declares it.
    pub(crate) fn all_methods<'a>(&'a self, name: &'a str) -> BTreeMap<&'a str, (&'a str, &'a Method)> {
        let own = |declared| self.0[declared].methods.iter().map(move |(it, method)| (it, declared, method));
        let all = self.line(name).into_iter().flat_map(own);
        all.map(|(selector, declared, method)| (selector.as_str(), (declared, method))).collect()
    }
}

impl Protocol {
    fn of(item: &ItemTrait, types: &Types) -> syn::Result<Self> {
        let above = item.supertraits.iter().filter_map(trait_name).collect();
        let mut methods = BTreeMap::new();
        for item in &item.items {
            let TraitItem::Fn(function) = item else { continue };
            let Some(words) = selector_words(&function.attrs)? else {
                return Err(syn::Error::new_spanned(&function.sig.ident, "a method without a selector"));
            };
            // Bindings end a selector in `_` where they turn the error's place into a `Result`.
            let selector = words.strip_suffix('_').filter(|it| it.ends_with(':')).unwrap_or(&words);
            let throws = selector.len() != words.len();
            methods.insert(selector.to_owned(), Method::of(&function.sig, throws, types));
        }
        Ok(Self { above, methods })
    }
}

impl Method {
    fn of(signature: &Signature, throws: bool, types: &Types) -> Self {
        let result = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(&**ty),
        };
        let answers = match result {
            Some(ty) if throws => success(ty).and_then(protocol_in),
            other => other.and_then(protocol_in),
        };
        Self { shapes: shapes(signature, result, throws, types), answers }
    }
}

fn shapes(
    signature: &Signature,
    result: Option<&Type>,
    throws: bool,
    types: &Types,
) -> Result<Vec<Shape>, String> {
    let result = match result {
        None => Shape::Void,
        Some(ty) if throws => match types.shape(success(ty).ok_or("an error without a Result")?)? {
            Shape::Void => Shape::Int(1), // `BOOL`: whether it went well
            other => other,
        },
        Some(ty) => types.shape(ty)?,
    };
    let mut all = vec![result, Shape::Pointer, Shape::Pointer];
    for argument in &signature.inputs {
        if let FnArg::Typed(argument) = argument {
            all.push(types.shape(&argument.ty)?);
        }
    }
    if throws {
        all.push(Shape::Pointer);
    }
    Ok(all)
}

/// The `T` of `Result<T, E>`.
fn success(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Result")?;
    type_argument(last, 0)
}

/// The words of `#[unsafe(method(words))]`.
fn selector_words(attributes: &[syn::Attribute]) -> syn::Result<Option<String>> {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("unsafe")) {
        let inner: syn::MetaList = attribute.parse_args()?;
        if inner.path.is_ident("method") {
            return Ok(Some(inner.tokens.to_string().split_whitespace().collect()));
        }
    }
    Ok(None)
}

/// The name of the trait that a bound is about.
pub(crate) fn trait_name(bound: &TypeParamBound) -> Option<String> {
    match bound {
        TypeParamBound::Trait(bound) => Some(bound.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}
