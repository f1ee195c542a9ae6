//! How a Rust type of the bindings is passed: enumerations as the integers behind them, structs by their fields,
//! objects and blocks as pointers. A type that is not understood is an error, never a guess.

use agx_fix_objc::encoding::Shape;
use std::collections::HashMap;
use syn::{Attribute, Fields, GenericArgument, Item, PathArguments, PathSegment, Type};

/// The types that the bindings define.
#[derive(Default)]
pub(crate) struct Types(HashMap<String, Definition>);

enum Definition {
    /// `type A = B`, or a `#[repr(transparent)]` struct around a B.
    Same(Box<Type>),
    /// `#[repr(C)]`.
    Struct(Vec<Type>),
}

impl Types {
    /// Takes a definition, if the item is one.
    pub(crate) fn add(&mut self, item: &Item) {
        let (name, definition) = match item {
            Item::Type(alias) => (&alias.ident, Definition::Same(alias.ty.clone())),
            Item::Struct(it) if is_repr(&it.attrs, "transparent") => {
                let Some(only) = types_of(&it.fields).pop() else { return };
                (&it.ident, Definition::Same(Box::new(only)))
            }
            Item::Struct(it) if is_repr(&it.attrs, "C") => {
                (&it.ident, Definition::Struct(types_of(&it.fields)))
            }
            _ => return,
        };
        self.0.insert(name.to_string(), definition);
    }

    /// How a value of that type is passed.
    pub(crate) fn shape(&self, ty: &Type) -> Result<Shape, String> {
        match ty {
            Type::Reference(_) | Type::Ptr(_) => Ok(Shape::Pointer),
            Type::Paren(inner) => self.shape(&inner.elem),
            Type::Tuple(tuple) if tuple.elems.is_empty() => Ok(Shape::Void),
            Type::Path(path) => self.named(path.path.segments.last().ok_or("a path without a name")?),
            _ => Err("a type that is neither a path nor a pointer".to_owned()),
        }
    }

    fn named(&self, segment: &PathSegment) -> Result<Shape, String> {
        let name = segment.ident.to_string();
        if let Some(shape) = builtin(&name) {
            return Ok(shape);
        }
        if name == "Option" {
            let inner = type_argument(segment, 0).ok_or("Option of nothing")?;
            return match self.shape(inner)? {
                Shape::Pointer => Ok(Shape::Pointer),
                other => Err(format!("an Option around {other:?}, which has no null")),
            };
        }
        match self.0.get(&name) {
            Some(Definition::Same(ty)) => self.shape(ty),
            Some(Definition::Struct(fields)) => {
                fields.iter().map(|field| self.shape(field)).collect::<Result<_, _>>().map(Shape::Struct)
            }
            None => Err(format!("the type {name}, which the bindings do not define")),
        }
    }
}

/// The types that come from elsewhere: Rust, C, `objc2`, Foundation, Core Foundation.
fn builtin(name: &str) -> Option<Shape> {
    Some(match name {
        "bool" | "u8" | "i8" => Shape::Int(1),
        "u16" | "i16" => Shape::Int(2),
        "u32" | "i32" | "c_int" | "c_uint" => Shape::Int(4),
        "u64" | "i64" | "usize" | "isize" | "NSUInteger" | "NSInteger" => Shape::Int(8),
        "f32" | "c_float" => Shape::Float,
        "f64" | "c_double" | "CGFloat" | "CFTimeInterval" | "NSTimeInterval" => Shape::Double,
        "Retained" | "NonNull" | "Sel" => Shape::Pointer,
        "NSRange" => Shape::Struct(vec![Shape::Int(8); 2]),
        _ => return None,
    })
}

/// The type argument at that place: of `Result<T, E>`, `T` is at 0.
pub(crate) fn type_argument(segment: &PathSegment, index: usize) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.nth(index)
}

/// The protocol of `… dyn Protocol …`, if the type is about an object of a protocol.
pub(crate) fn protocol_in(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(it) => protocol_in(&it.elem),
        Type::Ptr(it) => protocol_in(&it.elem),
        Type::Paren(it) => protocol_in(&it.elem),
        Type::TraitObject(object) => object.bounds.iter().find_map(super::protocols::trait_name),
        Type::Path(path) => protocol_in(type_argument(path.path.segments.last()?, 0)?),
        _ => None,
    }
}

fn types_of(fields: &Fields) -> Vec<Type> {
    fields.iter().map(|field| field.ty.clone()).collect()
}

fn is_repr(attributes: &[Attribute], kind: &str) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        list.is_ok_and(|list| list.path.is_ident("repr") && list.tokens.to_string() == kind)
    })
}
