//! Wrong declarations on purpose, which the fidelity test must find.
//!
//! Each stands for a type and is passed in another way. The comparison before the swap reads the table, which has the right
//! type, so it agrees. A feature plants one; the types of the others are the right ones.

use super::values::{Answer, Argument};
use agx_fix_objc::abi;
use core::ffi::c_void;
use core::primitive;

macro_rules! wrong {
    ($($(#[$doc:meta])* $name:ident($($field:ty),*);)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        #[repr(C)]
        #[allow(dead_code, reason = "what is passed on is not read")]
        pub(super) struct $name($($field),*);

        impl Argument for $name {}
    )* };
}

wrong! {
    /// Passed as the address of a size would be.
    SizePointer(*const c_void);
    /// As large as a size, but a struct of floats.
    SizeDoubles(f64, f64, f64);
    /// The integer of 16 bytes.
    RangeInteger(u128);
    /// The bits of a float.
    FloatInteger(primitive::u32);
    /// Half of a long.
    LongInt(i32);
    /// Nothing at all.
    Forgotten();
}

impl Answer for Forgotten {
    fn nothing() -> Self {
        Self()
    }
}

/// Which type stands where.
macro_rules! choose {
    ($($name:ident: $right:path $(, $feature:literal => $wrong:ident)*;)*) => { $(
        #[cfg(not(any($(feature = $feature),*)))]
        pub(super) use $right as $name;
        choose!(@ $name $(, $feature => $wrong)*);
    )* };
    (@ $name:ident, $feature:literal => $wrong:ident $(, $other:literal => $ignored:ident)?) => {
        #[cfg(feature = $feature)]
        pub(super) use $wrong as $name;
        $(
            #[cfg(all(feature = $other, not(feature = $feature)))]
            pub(super) use $ignored as $name;
        )?
    };
}

choose! {
    Size: abi::Size, "plant-size-as-pointer" => SizePointer, "plant-size-as-doubles" => SizeDoubles;
    Range: abi::Range, "plant-range-as-integer" => RangeInteger;
    f32: primitive::f32, "plant-float-as-integer" => FloatInteger;
    isize: primitive::isize, "plant-long-as-int" => LongInt;
    u64: primitive::u64, "plant-u64-forgotten" => Forgotten;
}

/// Destroys the registers that carry arguments and results. What a hook does around the original may leave them as
/// they were, and then an argument that a wrong declaration forgets arrives all the same.
#[inline(never)]
pub(super) fn clobber() {
    // SAFETY: only registers change, and each is declared.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::asm!(
            "mov rax, -91", "mov rdi, rax", "mov rsi, rax", "mov rdx, rax", "mov rcx, rax", "mov r8, rax",
            "mov r9, rax", "pcmpeqd xmm0, xmm0", "pcmpeqd xmm1, xmm1", "pcmpeqd xmm2, xmm2", "pcmpeqd xmm3, xmm3",
            "pcmpeqd xmm4, xmm4", "pcmpeqd xmm5, xmm5", "pcmpeqd xmm6, xmm6", "pcmpeqd xmm7, xmm7",
            out("rax") _, out("rdi") _, out("rsi") _, out("rdx") _, out("rcx") _, out("r8") _, out("r9") _,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _,
            out("xmm6") _, out("xmm7") _,
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        core::arch::asm!(
            "mov x0, #-91", "mov x1, x0", "mov x2, x0", "mov x3, x0", "mov x4, x0", "mov x5, x0", "mov x6, x0",
            "mov x7, x0", "mov x8, x0", "movi v0.2d, #-1", "movi v1.2d, #-1", "movi v2.2d, #-1", "movi v3.2d, #-1",
            "movi v4.2d, #-1", "movi v5.2d, #-1", "movi v6.2d, #-1", "movi v7.2d, #-1",
            out("x0") _, out("x1") _, out("x2") _, out("x3") _, out("x4") _, out("x5") _, out("x6") _,
            out("x7") _, out("x8") _, out("v0") _, out("v1") _, out("v2") _, out("v3") _, out("v4") _,
            out("v5") _, out("v6") _, out("v7") _,
        );
    }
}
