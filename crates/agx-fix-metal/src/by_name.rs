//! Metal objects of whatever kind, asked by the names of methods: for a client that wants to know what a driver has.
//!
//! A message is sent only if the object's class has the method and its type encoding says that it takes and answers
//! just that. Otherwise nothing is sent, and the answer is `None` or `false`.

use crate::{CommandBuffer, ComputeEncoder, Device, wrapper};
use agx_fix_objc::encoding::{Shape, shapes};
use agx_fix_objc::memory::Strong;
use agx_fix_objc::{Class, Id, Sel, runtime, send};
use core::ffi::{CStr, c_void};

wrapper! {
    /// An object of Metal. The threading rules of its kind are the caller's to keep, as the crate says.
    Object
}

/// What a message that is sent by name carries.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// An object; `None` is nil.
    Object(Option<&'a Object>),
    /// A number, or a set of options, of 64 bits.
    Word(usize),
}

impl Argument<'_> {
    fn shape(&self) -> Shape {
        match self {
            Self::Object(_) => Shape::Pointer,
            Self::Word(_) => Shape::Int(8),
        }
    }

    /// Objects and words are passed alike.
    fn word(&self) -> usize {
        match self {
            Self::Object(object) => object.map_or(0, |object| object.0.addr()),
            Self::Word(word) => *word,
        }
    }
}

/// The methods of memory management, which are not the caller's to send.
const OWNERSHIP: [&CStr; 4] = [c"retain", c"release", c"autorelease", c"dealloc"];

/// Result, receiver and selector of a method that answers an object.
const OBJECT: [Shape; 3] = [Shape::Pointer, Shape::Pointer, Shape::Pointer];
/// The same of one that answers nothing.
const NOTHING: [Shape; 3] = [Shape::Void, Shape::Pointer, Shape::Pointer];
/// The same of one that answers a `BOOL`.
const BOOL: [Shape; 3] = [Shape::Int(1), Shape::Pointer, Shape::Pointer];

impl Object {
    /// A new object of the class of that name; `None` if the process has no such class.
    pub fn new(class: &CStr) -> Option<Self> {
        let class = runtime::class_named(class)?.as_id();
        // SAFETY: a class is an object that lives as long as the process.
        let new = unsafe { accepted(class, c"new", &OBJECT, None)? };
        // SAFETY: `+new` takes nothing and answers an object that the caller owns, or nil.
        unsafe { Strong::from_owned(send(class, new, ())).map(Self) }
    }

    /// What a factory answers; `None` if the object has no such factory, or it answers nil.
    pub fn ask(&self, factory: &CStr) -> Option<Self> {
        let selector = self.accepts(factory, &OBJECT, None)?;
        // SAFETY: a live object whose method takes nothing and answers an object.
        unsafe { Self::answered(factory, send(*self.0, selector, ())) }
    }

    /// The same for a factory that takes an object, or nil.
    pub fn ask_with(&self, factory: &CStr, argument: Option<&Self>) -> Option<Self> {
        let selector = self.accepts(factory, &OBJECT, [Shape::Pointer])?;
        let argument = argument.map_or(Id::NULL, |object| *object.0);
        // SAFETY: a live object whose method takes a pointer and answers one; the argument is nil or alive.
        unsafe { Self::answered(factory, send(*self.0, selector, (argument,))) }
    }

    /// Sends a message without arguments. False if the object has no such method.
    pub fn tell(&self, method: &CStr) -> bool {
        self.tell_all(method, &[])
    }

    /// Sends a message with an object. False if the object has no such method.
    pub fn tell_with(&self, method: &CStr, argument: &Self) -> bool {
        self.tell_all(method, &[Argument::Object(Some(argument))])
    }

    /// Sets a property that is a word. False if the object has no such setter.
    pub fn set(&self, setter: &CStr, value: usize) -> bool {
        self.tell_all(setter, &[Argument::Word(value)])
    }

    /// Sends a message with up to four such arguments. False if the object has no such method, and for more.
    pub fn tell_all(&self, method: &CStr, arguments: &[Argument<'_>]) -> bool {
        let shapes = arguments.iter().map(Argument::shape);
        let Some(selector) = self.accepts(method, &NOTHING, shapes) else { return false };
        let word = |index: usize| arguments[index].word();
        // SAFETY: a live object whose method answers nothing and takes just so many objects and words, which are passed
        // in the same way; the objects are nil or alive.
        unsafe {
            match arguments.len() {
                0 => send::<_, ()>(*self.0, selector, ()),
                1 => send::<_, ()>(*self.0, selector, (word(0),)),
                2 => send::<_, ()>(*self.0, selector, (word(0), word(1))),
                3 => send::<_, ()>(*self.0, selector, (word(0), word(1), word(2))),
                4 => send::<_, ()>(*self.0, selector, (word(0), word(1), word(2), word(3))),
                _ => return false,
            }
        }
        true
    }

    /// Sends a message with an array of objects and its length. False if the object has no such method.
    pub fn tell_list(&self, method: &CStr, list: &[&Self]) -> bool {
        let shapes = [Shape::Pointer, Shape::Int(8)];
        let Some(selector) = self.accepts(method, &NOTHING, shapes) else { return false };
        let objects: Vec<Id> = list.iter().map(|object| *object.0).collect();
        let start = objects.as_ptr().cast::<c_void>();
        // SAFETY: a live object whose method takes a pointer and a word; the array outlives the call, and its objects live.
        unsafe { send::<_, ()>(*self.0, selector, (start, objects.len())) };
        true
    }

    /// What a yes-or-no property says; `None` if the object does not have it.
    pub fn says(&self, property: &CStr) -> Option<bool> {
        let selector = self.accepts(property, &BOOL, None)?;
        // SAFETY: a live object whose method takes nothing and answers a byte.
        Some(unsafe { send::<_, u8>(*self.0, selector, ()) } != 0)
    }

    /// What a yes-or-no question about two words is answered with; `None` if the object does not have it.
    pub fn says_of(&self, question: &CStr, words: [usize; 2]) -> Option<bool> {
        let selector = self.accepts(question, &BOOL, [Shape::Int(8), Shape::Int(8)])?;
        // SAFETY: a live object whose method takes two words and answers a byte.
        Some(unsafe { send::<(usize, usize), u8>(*self.0, selector, words.into()) } != 0)
    }

    fn accepts(
        &self,
        method: &CStr,
        begins: &[Shape],
        arguments: impl IntoIterator<Item = Shape>,
    ) -> Option<Sel> {
        // SAFETY: the object is alive, as a reference to it is held.
        unsafe { accepted(*self.0, method, begins, arguments) }
    }

    /// Takes what a factory has answered: owned if its name begins with `new`, else autoreleased.
    ///
    /// # Safety
    /// The factory of that name has just answered `object`, which is nil or alive.
    unsafe fn answered(factory: &CStr, object: Id) -> Option<Self> {
        // SAFETY: by Cocoa's naming rule the caller owns what a factory with that name answers, or does not.
        let reference = unsafe {
            if factory.to_bytes().starts_with(b"new") {
                Strong::from_owned(object)
            } else {
                Strong::from_borrowed(object)
            }
        };
        reference.map(Self)
    }
}

impl From<&CommandBuffer> for Object {
    fn from(buffer: &CommandBuffer) -> Self {
        Self(buffer.0.clone())
    }
}

impl From<&ComputeEncoder> for Object {
    fn from(encoder: &ComputeEncoder) -> Self {
        Self(encoder.0.clone())
    }
}

impl From<&Device> for Object {
    fn from(device: &Device) -> Self {
        Self(device.0.clone())
    }
}

/// The selector, if the object's class has the method with just these shapes.
///
/// # Safety
/// `object` is alive.
unsafe fn accepted(
    object: Id,
    method: &CStr,
    begins: &[Shape],
    arguments: impl IntoIterator<Item = Shape>,
) -> Option<Sel> {
    if OWNERSHIP.contains(&method) {
        return None;
    }
    let selector = runtime::selector(method);
    // SAFETY: the class of a live object, and a method that the runtime has found in it.
    let encoding = unsafe {
        let class: Class = runtime::class_of(object);
        runtime::type_encoding(runtime::instance_method(class, selector)?)?
    };
    let expected: Vec<Shape> = begins.iter().cloned().chain(arguments).collect();
    (shapes(encoding.to_str().ok()?)? == expected).then_some(selector)
}
