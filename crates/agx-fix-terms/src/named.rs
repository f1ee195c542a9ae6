//! Values with names: how options, tables, JSON and texts write them.

/// A value out of a fixed list, each with a name.
pub trait Named: Copy + PartialEq + 'static {
    /// All values, in the order of tables.
    const ALL: &'static [Self];

    /// The name in options, tables, JSON and texts.
    fn name(self) -> &'static str;

    /// The value with that name.
    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.name() == name)
    }
}

/// Declares an enum whose values have names.
macro_rules! named {
    (
        $(#[$about:meta])*
        pub enum $ty:ident { $($(#[$help:meta])* $value:ident = $name:literal,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $ty { $($(#[$help])* $value,)* }

        impl $ty {
            /// All values, in the order of tables.
            pub const ALL: &'static [Self] = &[$(Self::$value),*];

            /// The name in options, tables, JSON and texts.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)* }
            }
        }

        $crate::named_by_inherent!($ty);
    };
}

/// Implements [`Named`] and `Display` by the type's own `ALL` and `name`.
#[macro_export]
macro_rules! named_by_inherent {
    ($ty:ident) => {
        impl $crate::Named for $ty {
            const ALL: &'static [Self] = &Self::ALL;

            fn name(self) -> &'static str {
                self.name()
            }
        }

        impl core::fmt::Display for $ty {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

pub(crate) use named;
