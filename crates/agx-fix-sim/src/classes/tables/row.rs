//! What a row of the tables is, and what its method does.

use crate::classes::debug::Forward;
use crate::classes::kind::Roles;
use crate::classes::{command_buffer, encoder};
use crate::fault::site::Site;
use crate::foundation::method::{Behaviour, Method, Packed, zero};
use agx_fix_objc::abi::Encode;
use agx_fix_objc::class_builder::ClassBuilder;
use agx_fix_objc::{Id, Imp, Sel};
use core::ffi::CStr;
use core::marker::PhantomData;
use std::ffi::CString;

/// What a row's method does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: it answers zero.
    Answers,
    /// A change of state.
    Sets,
    /// Work for the GPU.
    Works,
}

/// One method.
#[derive(Debug)]
pub(super) struct MethodRow {
    /// The objects that have the method.
    pub(super) roles: Roles,
    selector: &'static CStr,
    encoding: &'static [&'static str],
    imp: Imp,
    forward: Imp,
}

impl MethodRow {
    /// A row whose method has the signature `F` and does what `B` says.
    pub(super) const fn new<F: Method<B> + Method<Forward>, B, P: Spec>(roles: Roles) -> Self {
        Self {
            roles,
            selector: match CStr::from_bytes_with_nul(P::SELECTOR.as_bytes()) {
                Ok(selector) => selector,
                Err(_) => panic!("a selector has no zero byte"),
            },
            encoding: <F as Method<B>>::ENCODING,
            imp: <F as Method<B>>::IMP,
            forward: <F as Method<Forward>>::IMP,
        }
    }

    /// Adds the method, unless the class has one of that name: the runtime keeps the first.
    pub(super) fn add(&self, builder: ClassBuilder) -> ClassBuilder {
        self.add_as(builder, self.imp)
    }

    /// Adds a method that passes the call on to what a wrapper holds.
    pub(super) fn add_forward(&self, builder: ClassBuilder) -> ClassBuilder {
        self.add_as(builder, self.forward)
    }

    fn add_as(&self, builder: ClassBuilder, imp: Imp) -> ClassBuilder {
        let encoding = CString::new(self.encoding.concat()).unwrap_or_default();
        // SAFETY: function and encoding come from one type, and code is not unloaded: the world pins the library.
        unsafe { builder.method(self.selector, imp, &encoding) }
    }
}

/// What a row says about its method.
pub(super) trait Spec {
    /// The name of the method, with a zero byte behind it.
    const SELECTOR: &'static str;
    /// Where the method can fault.
    const SITE: &'static Site;
    /// What it does.
    const EFFECT: Effect;
}

/// An encoder's method: it goes through `_impl`, with no lock and no check.
pub(super) struct Encoding<P>(PhantomData<P>);

impl<P: Spec> Behaviour for Encoding<P> {
    unsafe fn call<A: Packed, R: Encode>(this: Id, _: Sel, arguments: A) -> R {
        if P::EFFECT != Effect::Answers {
            // SAFETY: the receiver is an encoder, alive.
            unsafe { encoder::touch(this, arguments.checksum(), P::EFFECT == Effect::Works, P::SITE) };
        }
        zero()
    }
}

/// A command buffer's method: it changes the buffer, with no lock.
pub(super) struct Recording<P>(PhantomData<P>);

impl<P: Spec> Behaviour for Recording<P> {
    unsafe fn call<A: Packed, R: Encode>(this: Id, _: Sel, arguments: A) -> R {
        if P::EFFECT != Effect::Answers {
            // SAFETY: the receiver is a command buffer, alive.
            unsafe { command_buffer::touch(this, arguments.checksum()) };
        }
        zero()
    }
}

/// A table: the behaviour of its rows, then `roles, selector (arguments) -> result, effect;`. A selector may be in
/// pieces.
macro_rules! rows {
    ($behaviour:ident; $($roles:expr, $($selector:literal)+ ($($arg:ty),*) $(-> $result:ty)?, $effect:ident;)*) => {
        &[$({
            struct Here;

            impl $crate::classes::tables::row::Spec for Here {
                const SELECTOR: &'static str = concat!($($selector),+, "\0");
                const SITE: &'static $crate::fault::site::Site = {
                    static SITE: $crate::fault::site::Site =
                        $crate::fault::site::Site::new(concat!($($selector),+));
                    &SITE
                };
                const EFFECT: $crate::classes::tables::row::Effect =
                    $crate::classes::tables::row::rows!(@ $effect);
            }

            MethodRow::new::<fn($($arg),*) $(-> $result)?, $behaviour<Here>, Here>($roles)
        }),*]
    };
    (@ answers) => { $crate::classes::tables::row::Effect::Answers };
    (@ sets) => { $crate::classes::tables::row::Effect::Sets };
    (@ works) => { $crate::classes::tables::row::Effect::Works };
}
pub(super) use rows;
