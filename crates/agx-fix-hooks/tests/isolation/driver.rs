//! A driver for these tests: compute encoders that write down what they are bound to, buffers that are committed in an
//! order, and objects that count their references. Calls that the driver must not see are written down as well.

use crate::common::{Method, class, methods};
use agx_fix_objc::abi::{Encode, Range, Region, Size};
use agx_fix_objc::class_builder::create_instance;
use agx_fix_objc::{Class, Id, Sel, runtime};
use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A place that something can be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Pipeline,
    Argument(usize),
    Texture(usize),
    Sampler(usize),
    ThreadgroupMemory(usize),
    Imageblock,
    StageIn,
}

use Place::Argument;

/// What is bound, in words.
pub(crate) type State = BTreeMap<Place, String>;

/// One dispatch that the driver was given.
#[derive(Clone, Debug)]
pub(crate) struct Dispatch {
    pub(crate) number: usize,
    pub(crate) state: State,
    /// Resources made resident for its encoder.
    pub(crate) uses: Vec<usize>,
}

#[derive(Default)]
struct Encoder {
    buffer: usize,
    state: State,
    uses: Vec<usize>,
    ended: bool,
}

#[derive(Default)]
struct Buffer {
    queue: usize,
    open: usize,
    /// The last encoder that has ended.
    ended: usize,
    committed: bool,
    dispatches: Vec<Dispatch>,
}

/// What the driver knows.
#[derive(Default)]
pub(crate) struct World {
    encoders: HashMap<usize, Encoder>,
    buffers: HashMap<usize, Buffer>,
    /// What the GPU was given, in the order of the commits.
    pub(crate) done: Vec<Dispatch>,
    /// What the driver would have crashed at.
    pub(crate) violations: Vec<String>,
    /// Whether a command buffer's next encoder is the last one, born again at the same address.
    pub(crate) coalesces: bool,
}

static WORLD: OnceLock<Mutex<World>> = OnceLock::new();

pub(crate) fn world() -> MutexGuard<'static, World> {
    WORLD.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number that an object of these tests bears; 0 for nil. Its references are counted behind it.
fn number(object: Id) -> usize {
    // SAFETY: nil, or an object of `things`, which has a word behind its class.
    if object.is_null() { 0 } else { unsafe { *object.as_ptr().cast::<usize>().add(1) } }
}

fn references(object: Id) -> &'static AtomicIsize {
    // SAFETY: an object of `things`, which is never freed, has a second word behind its class.
    unsafe { AtomicIsize::from_ptr(object.as_ptr().cast::<isize>().add(2)) }
}

/// References beyond the test's own.
pub(crate) fn extra_references(object: Id) -> isize {
    references(object).load(Ordering::Relaxed)
}

/// Changes the state of an encoder that is open.
fn bound(this: Id, selector: Sel, change: impl FnOnce(&mut Encoder)) {
    let mut world = world();
    let encoder = world.encoders.get_mut(&this.addr()).expect("an encoder of this driver");
    if encoder.ended {
        // SAFETY: the selector of the present call.
        let name = unsafe { runtime::selector_name(selector) };
        world.violations.push(format!("{name:?} after the end"));
        return;
    }
    change(encoder);
}

fn object(object: Id) -> String {
    format!("object {}", number(object))
}

fn buffer(object: Id, offset: usize, stride: Option<usize>) -> String {
    format!("buffer {} + {offset} by {stride:?}", number(object))
}

fn sampler(it: Id, clamps: Option<[f32; 2]>) -> String {
    format!("sampler {} {clamps:?}", number(it))
}

/// Gives the buffer at that index another offset, and perhaps another stride.
fn move_to(this: Id, s: Sel, offset: usize, stride: Option<usize>, index: usize) {
    bound(this, s, |encoder| {
        let text = encoder.state.get_mut(&Argument(index));
        if let Some(text) = text.filter(|text| text.starts_with("buffer")) {
            let (head, tail) = text.split_once(" + ").expect("a buffer");
            let (_, old_stride) = tail.split_once(" by ").expect("a stride");
            let stride = stride.map_or_else(|| old_stride.to_owned(), |stride| format!("{:?}", Some(stride)));
            *text = format!("{head} + {offset} by {stride}");
        }
    });
}

/// A list of the caller's, as long as its message says.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct List<T>(*const T);

impl<T: Copy> Encode for List<T> {
    const ENCODING: &'static str = "^v";
}

impl<T> List<T> {
    fn get(&self, length: usize) -> &[T] {
        // SAFETY: lists come with messages alone, whose senders, client and hooks, promise the length.
        unsafe { std::slice::from_raw_parts(self.0, length) }
    }

    /// With the index that each element goes to.
    fn over(&self, range: Range) -> impl Iterator<Item = (usize, &T)> {
        (range.location..).zip(self.get(range.length))
    }
}

/// Methods that bind, each with what it puts where.
macro_rules! binds {
    ($($selector:literal ($($arg:ident: $ty:ty),*) $places:expr;)*) => {
        methods! { $($selector (this, s $(, $arg: $ty)*) {
            bound(this, s, |encoder| encoder.state.extend($places));
        })* }
    };
}

fn binding_methods() -> Vec<Method> {
    binds! {
        c"setComputePipelineState:" (it: Id) [(Place::Pipeline, object(it))];
        c"setBytes:length:atIndex:" (its: List<u8>, length: usize, index: usize)
            [(Argument(index), format!("bytes {:?} by None", its.get(length)))];
        c"setBytes:length:attributeStride:atIndex:" (its: List<u8>, length: usize, stride: usize, index: usize)
            [(Argument(index), format!("bytes {:?} by {stride}", its.get(length)))];
        c"setBuffer:offset:atIndex:" (it: Id, offset: usize, index: usize)
            [(Argument(index), buffer(it, offset, None))];
        c"setBuffer:offset:attributeStride:atIndex:" (it: Id, offset: usize, stride: usize, index: usize)
            [(Argument(index), buffer(it, offset, Some(stride)))];
        c"setBuffers:offsets:withRange:" (its: List<Id>, offsets: List<usize>, range: Range)
            its.over(range).zip(offsets.get(range.length))
                .map(|((index, it), offset)| (Argument(index), buffer(*it, *offset, None)));
        c"setBuffers:offsets:attributeStrides:withRange:"
            (its: List<Id>, offsets: List<usize>, strides: List<usize>, range: Range)
            its.over(range).zip(offsets.get(range.length)).zip(strides.get(range.length))
                .map(|(((index, it), offset), stride)| (Argument(index), buffer(*it, *offset, Some(*stride))));
        c"setVisibleFunctionTable:atBufferIndex:" (it: Id, index: usize)
            [(Argument(index), format!("visible {}", number(it)))];
        c"setVisibleFunctionTables:withBufferRange:" (its: List<Id>, range: Range)
            its.over(range).map(|(index, it)| (Argument(index), format!("visible {}", number(*it))));
        c"setIntersectionFunctionTable:atBufferIndex:" (it: Id, index: usize)
            [(Argument(index), format!("intersection {}", number(it)))];
        c"setIntersectionFunctionTables:withBufferRange:" (its: List<Id>, range: Range)
            its.over(range).map(|(index, it)| (Argument(index), format!("intersection {}", number(*it))));
        c"setAccelerationStructure:atBufferIndex:" (it: Id, index: usize)
            [(Argument(index), format!("acceleration {}", number(it)))];
        c"setTexture:atIndex:" (it: Id, index: usize) [(Place::Texture(index), object(it))];
        c"setTextures:withRange:" (its: List<Id>, range: Range)
            its.over(range).map(|(index, it)| (Place::Texture(index), object(*it)));
        c"setSamplerState:atIndex:" (it: Id, index: usize) [(Place::Sampler(index), sampler(it, None))];
        c"setSamplerStates:withRange:" (its: List<Id>, range: Range)
            its.over(range).map(|(index, it)| (Place::Sampler(index), sampler(*it, None)));
        c"setSamplerState:lodMinClamp:lodMaxClamp:atIndex:" (it: Id, least: f32, most: f32, index: usize)
            [(Place::Sampler(index), sampler(it, Some([least, most])))];
        c"setSamplerStates:lodMinClamps:lodMaxClamps:withRange:"
            (its: List<Id>, least: List<f32>, most: List<f32>, range: Range)
            its.over(range).zip(least.get(range.length)).zip(most.get(range.length))
                .map(|(((index, it), least), most)| (Place::Sampler(index), sampler(*it, Some([*least, *most]))));
        c"setThreadgroupMemoryLength:atIndex:" (length: usize, index: usize)
            [(Place::ThreadgroupMemory(index), length.to_string())];
        c"setImageblockWidth:height:" (width: usize, height: usize)
            [(Place::Imageblock, format!("{width} x {height}"))];
        c"setStageInRegion:" (region: Region) [(Place::StageIn, format!("{region:?}"))];
        c"setStageInRegionWithIndirectBuffer:indirectBufferOffset:" (it: Id, offset: usize)
            [(Place::StageIn, buffer(it, offset, None))];
    }
}

fn encoder_methods() -> Vec<Method> {
    let mut all = binding_methods();
    all.extend(methods! {
        c"setBufferOffset:atIndex:" (this, s, offset: usize, index: usize) { move_to(this, s, offset, None, index); }
        c"setBufferOffset:attributeStride:atIndex:" (this, s, offset: usize, stride: usize, index: usize) {
            move_to(this, s, offset, Some(stride), index);
        }
        c"useResource:usage:" (this, s, it: Id, _usage: usize) {
            bound(this, s, |encoder| encoder.uses.push(number(it)));
        }
        c"dispatchThreads:threadsPerThreadgroup:" (this, s, threads: Size, _group: Size) {
            dispatch(this, s, threads.width);
        }
        c"dispatchThreadgroups:threadsPerThreadgroup:" (this, s, groups: Size, _group: Size) {
            dispatch(this, s, groups.width);
        }
        c"endEncoding" (this, s) {
            let mut of = 0;
            bound(this, s, |encoder| {
                encoder.ended = true;
                of = encoder.buffer;
            });
            if let Some(buffer) = world().buffers.get_mut(&of) {
                (buffer.open, buffer.ended) = (0, this.addr());
            }
        }
        c"release" (_, _) {}
    });
    all
}

fn dispatch(this: Id, s: Sel, number: usize) {
    let mut made = None;
    bound(this, s, |encoder| {
        let (state, uses) = (encoder.state.clone(), encoder.uses.clone());
        made = Some((encoder.buffer, Dispatch { number, state, uses }));
    });
    if let Some((buffer, dispatch)) = made {
        world().buffers.get_mut(&buffer).expect("the encoder's buffer").dispatches.push(dispatch);
    }
}

fn buffer_methods() -> Vec<Method> {
    methods! {
        c"computeCommandEncoder" (this, _) -> Id {
            let mut world = world();
            let coalesces = world.coalesces;
            let buffer = world.buffers.get_mut(&this.addr()).expect("a buffer of this driver");
            let wrong = buffer.open != 0 || buffer.committed;
            let encoder = if coalesces && buffer.ended != 0 {
                Id::from_ptr(buffer.ended as *mut c_void)
            } else {
                instance(classes().encoder)
            };
            buffer.open = encoder.addr();
            if wrong {
                world.violations.push("an encoder where none may be opened".into());
            }
            world.encoders.insert(encoder.addr(), Encoder { buffer: this.addr(), ..Encoder::default() });
            encoder
        }
        c"commit" (this, _) {
            let mut world = world();
            let buffer = world.buffers.get_mut(&this.addr()).expect("a buffer of this driver");
            let wrong = buffer.open != 0 || buffer.committed;
            buffer.committed = true;
            let dispatches = std::mem::take(&mut buffer.dispatches);
            world.done.extend(dispatches);
            if wrong {
                world.violations.push("a commit with an encoder open, or a second one".into());
            }
        }
        c"commandQueue" (this, _) -> Id { Id::from_ptr(world().buffers[&this.addr()].queue as *mut c_void) }
    }
}

/// The driver's classes.
struct Classes {
    device: Class,
    queue: Class,
    buffer: Class,
    encoder: Class,
    /// The same as `encoder`, and never hooked.
    bare_encoder: Class,
    thing: Class,
}

/// The classes, made once.
fn classes() -> &'static Classes {
    static CLASSES: OnceLock<Classes> = OnceLock::new();
    CLASSES.get_or_init(|| {
        runtime::load().expect("the Objective-C runtime");
        let methods_of_all = methods! {
            c"retain" (this, _) -> Id { this }
            c"release" (_, _) {}
            c"retainCount" (_, _) -> usize { 9 }
            c"dealloc" (_, _) {}
        };
        let root = class("IsolationRoot", None, &[c"number", c"references"], &methods_of_all);
        let of = |name, list: Vec<Method>| class(name, Some(root), &[], &list);
        Classes {
            device: of(
                "IsolationDevice",
                methods! { c"newCommandQueue" (_, _) -> Id { instance(classes().queue) } },
            ),
            queue: of(
                "IsolationQueue",
                methods! {
                    c"commandBuffer" (this, _) -> Id {
                        let buffer = instance(classes().buffer);
                        world().buffers.insert(buffer.addr(), Buffer { queue: this.addr(), ..Buffer::default() });
                        buffer
                    }
                },
            ),
            buffer: of("IsolationBuffer", buffer_methods()),
            encoder: of("IsolationEncoder", encoder_methods()),
            bare_encoder: of("IsolationBareEncoder", encoder_methods()),
            thing: of(
                "IsolationThing",
                methods! {
                    c"retain" (this, _) -> Id {
                        references(this).fetch_add(1, Ordering::Relaxed);
                        this
                    }
                    c"release" (this, _) { references(this).fetch_sub(1, Ordering::Relaxed); }
                },
            ),
        }
    })
}

fn instance(class: Class) -> Id {
    // SAFETY: a class of this driver.
    unsafe { create_instance(class, 0) }
}

/// A new device.
pub(crate) fn device() -> Id {
    instance(classes().device)
}

/// An encoder that no hook knows, and no command buffer.
pub(crate) fn bare_encoder() -> Id {
    let encoder = instance(classes().bare_encoder);
    world().encoders.insert(encoder.addr(), Encoder::default());
    encoder
}

/// What an encoder is bound to.
pub(crate) fn state_of(encoder: Id) -> State {
    world().encoders[&encoder.addr()].state.clone()
}

/// An object to bind, with that number. It lives as long as the process.
pub(crate) fn thing(number: usize) -> Id {
    let thing = instance(classes().thing);
    // SAFETY: the object has a word for it.
    unsafe { *thing.as_ptr().cast::<usize>().add(1) = number };
    thing
}
