//! A driver for these tests: compute encoders that write down what they are bound to, buffers that are committed in an
//! order, and objects that count their references. Calls that the driver must not see are written down as well.

use agx_fix_objc::abi::{Range, Region, Size};
use agx_fix_objc::class_builder::{ClassBuilder, create_instance};
use agx_fix_objc::{Class, Id, Imp, Sel, runtime};
use std::collections::{BTreeMap, HashMap};
use std::ffi::{CStr, c_void};
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

unsafe extern "C-unwind" fn count_retain(this: Id, _: Sel) -> Id {
    references(this).fetch_add(1, Ordering::Relaxed);
    this
}
unsafe extern "C-unwind" fn count_release(this: Id, _: Sel) {
    references(this).fetch_sub(1, Ordering::Relaxed);
}
unsafe extern "C-unwind" fn retain(this: Id, _: Sel) -> Id {
    this
}
unsafe extern "C-unwind" fn many(_: Id, _: Sel) -> usize {
    9
}
unsafe extern "C-unwind" fn nothing(_: Id, _: Sel) {}

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

fn put(this: Id, selector: Sel, place: Place, value: String) {
    bound(this, selector, |encoder| drop(encoder.state.insert(place, value)));
}

fn object(object: Id) -> String {
    format!("object {}", number(object))
}

fn buffer_text(object: Id, offset: usize, stride: Option<usize>) -> String {
    format!("buffer {} + {offset} by {stride:?}", number(object))
}

unsafe extern "C-unwind" fn pipeline(this: Id, s: Sel, it: Id) {
    put(this, s, Place::Pipeline, object(it));
}
fn bytes_text(bytes: *const c_void, length: usize, stride: Option<usize>) -> String {
    // SAFETY: the caller of `setBytes` gives that many bytes.
    let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) };
    format!("bytes {bytes:?} by {stride:?}")
}
unsafe extern "C-unwind" fn bytes(this: Id, s: Sel, it: *const c_void, length: usize, index: usize) {
    put(this, s, Place::Argument(index), bytes_text(it, length, None));
}
unsafe extern "C-unwind" fn bytes_stride(
    this: Id,
    s: Sel,
    it: *const c_void,
    length: usize,
    stride: usize,
    index: usize,
) {
    put(this, s, Place::Argument(index), bytes_text(it, length, Some(stride)));
}
unsafe extern "C-unwind" fn buffer(this: Id, s: Sel, it: Id, offset: usize, index: usize) {
    put(this, s, Place::Argument(index), buffer_text(it, offset, None));
}
unsafe extern "C-unwind" fn buffer_stride(
    this: Id,
    s: Sel,
    it: Id,
    offset: usize,
    stride: usize,
    index: usize,
) {
    put(this, s, Place::Argument(index), buffer_text(it, offset, Some(stride)));
}

/// "buffer 3 + 16 by None" with another offset, and perhaps another stride.
pub(crate) fn moved(text: &str, offset: usize, stride: Option<usize>) -> String {
    let (head, tail) = text.split_once(" + ").expect("a buffer");
    let (_, old_stride) = tail.split_once(" by ").expect("a stride");
    let stride = stride.map_or_else(|| old_stride.to_owned(), |stride| format!("{:?}", Some(stride)));
    format!("{head} + {offset} by {stride}")
}
fn move_to(this: Id, s: Sel, offset: usize, stride: Option<usize>, index: usize) {
    bound(this, s, |encoder| {
        let text = encoder.state.get_mut(&Place::Argument(index));
        if let Some(text) = text.filter(|text| text.starts_with("buffer")) {
            *text = moved(text, offset, stride);
        }
    });
}
unsafe extern "C-unwind" fn offset(this: Id, s: Sel, offset: usize, index: usize) {
    move_to(this, s, offset, None, index);
}
unsafe extern "C-unwind" fn offset_stride(this: Id, s: Sel, offset: usize, stride: usize, index: usize) {
    move_to(this, s, offset, Some(stride), index);
}

/// # Safety
/// A list as long as the range.
unsafe fn listed<T: Copy>(list: *const c_void, range: Range) -> Vec<(usize, T)> {
    // SAFETY: a list as long as the range, as the caller says.
    let list = unsafe { std::slice::from_raw_parts(list.cast::<T>(), range.length) };
    (range.location..).zip(list.iter().copied()).collect()
}
unsafe extern "C-unwind" fn buffers(
    this: Id,
    s: Sel,
    its: *const c_void,
    offsets: *const c_void,
    range: Range,
) {
    // SAFETY: lists as long as the range, as the sender promises.
    let (its, offsets) = unsafe { (listed::<Id>(its, range), listed::<usize>(offsets, range)) };
    for ((index, it), (_, offset)) in its.into_iter().zip(offsets) {
        put(this, s, Place::Argument(index), buffer_text(it, offset, None));
    }
}
unsafe extern "C-unwind" fn buffers_strides(
    this: Id,
    s: Sel,
    its: *const c_void,
    offsets: *const c_void,
    strides: *const c_void,
    range: Range,
) {
    // SAFETY: as above.
    let (its, offsets, strides) = unsafe {
        (listed::<Id>(its, range), listed::<usize>(offsets, range), listed::<usize>(strides, range))
    };
    for (((index, it), (_, offset)), (_, stride)) in its.into_iter().zip(offsets).zip(strides) {
        put(this, s, Place::Argument(index), buffer_text(it, offset, Some(stride)));
    }
}
unsafe extern "C-unwind" fn visible(this: Id, s: Sel, it: Id, index: usize) {
    put(this, s, Place::Argument(index), format!("visible {}", number(it)));
}
unsafe extern "C-unwind" fn visibles(this: Id, s: Sel, its: *const c_void, range: Range) {
    // SAFETY: as above.
    for (index, it) in unsafe { listed::<Id>(its, range) } {
        put(this, s, Place::Argument(index), format!("visible {}", number(it)));
    }
}
unsafe extern "C-unwind" fn intersection(this: Id, s: Sel, it: Id, index: usize) {
    put(this, s, Place::Argument(index), format!("intersection {}", number(it)));
}
unsafe extern "C-unwind" fn intersections(this: Id, s: Sel, its: *const c_void, range: Range) {
    // SAFETY: as above.
    for (index, it) in unsafe { listed::<Id>(its, range) } {
        put(this, s, Place::Argument(index), format!("intersection {}", number(it)));
    }
}
unsafe extern "C-unwind" fn acceleration(this: Id, s: Sel, it: Id, index: usize) {
    put(this, s, Place::Argument(index), format!("acceleration {}", number(it)));
}
unsafe extern "C-unwind" fn texture(this: Id, s: Sel, it: Id, index: usize) {
    put(this, s, Place::Texture(index), object(it));
}
unsafe extern "C-unwind" fn textures(this: Id, s: Sel, its: *const c_void, range: Range) {
    // SAFETY: as above.
    for (index, it) in unsafe { listed::<Id>(its, range) } {
        put(this, s, Place::Texture(index), object(it));
    }
}
fn sampler_text(it: Id, clamps: Option<[f32; 2]>) -> String {
    format!("sampler {} {clamps:?}", number(it))
}
unsafe extern "C-unwind" fn sampler(this: Id, s: Sel, it: Id, index: usize) {
    put(this, s, Place::Sampler(index), sampler_text(it, None));
}
unsafe extern "C-unwind" fn samplers(this: Id, s: Sel, its: *const c_void, range: Range) {
    // SAFETY: as above.
    for (index, it) in unsafe { listed::<Id>(its, range) } {
        put(this, s, Place::Sampler(index), sampler_text(it, None));
    }
}
unsafe extern "C-unwind" fn sampler_clamps(this: Id, s: Sel, it: Id, least: f32, most: f32, index: usize) {
    put(this, s, Place::Sampler(index), sampler_text(it, Some([least, most])));
}
unsafe extern "C-unwind" fn samplers_clamps(
    this: Id,
    s: Sel,
    its: *const c_void,
    least: *const c_void,
    most: *const c_void,
    range: Range,
) {
    // SAFETY: as above.
    let (its, least, most) =
        unsafe { (listed::<Id>(its, range), listed::<f32>(least, range), listed::<f32>(most, range)) };
    for (((index, it), (_, least)), (_, most)) in its.into_iter().zip(least).zip(most) {
        put(this, s, Place::Sampler(index), sampler_text(it, Some([least, most])));
    }
}
unsafe extern "C-unwind" fn threadgroup_memory(this: Id, s: Sel, length: usize, index: usize) {
    put(this, s, Place::ThreadgroupMemory(index), length.to_string());
}
unsafe extern "C-unwind" fn imageblock(this: Id, s: Sel, width: usize, height: usize) {
    put(this, s, Place::Imageblock, format!("{width} x {height}"));
}
unsafe extern "C-unwind" fn stage_in(this: Id, s: Sel, region: Region) {
    put(this, s, Place::StageIn, format!("{region:?}"));
}
unsafe extern "C-unwind" fn stage_in_indirect(this: Id, s: Sel, it: Id, offset: usize) {
    put(this, s, Place::StageIn, buffer_text(it, offset, None));
}
unsafe extern "C-unwind" fn use_resource(this: Id, s: Sel, it: Id, _usage: usize) {
    bound(this, s, |encoder| encoder.uses.push(number(it)));
}
unsafe extern "C-unwind" fn dispatch(this: Id, s: Sel, threads: Size, _: Size) {
    let mut made = None;
    bound(this, s, |encoder| {
        let (state, uses) = (encoder.state.clone(), encoder.uses.clone());
        made = Some((encoder.buffer, Dispatch { number: threads.width, state, uses }));
    });
    if let Some((buffer, dispatch)) = made {
        world().buffers.get_mut(&buffer).expect("the encoder's buffer").dispatches.push(dispatch);
    }
}
unsafe extern "C-unwind" fn end(this: Id, s: Sel) {
    let mut of = 0;
    bound(this, s, |encoder| {
        encoder.ended = true;
        of = encoder.buffer;
    });
    if of != 0 {
        let mut world = world();
        let buffer = world.buffers.get_mut(&of).expect("the encoder's buffer");
        (buffer.open, buffer.ended) = (0, this.addr());
    }
}

unsafe extern "C-unwind" fn new_encoder(this: Id, _: Sel) -> Id {
    let mut world = world();
    let coalesces = world.coalesces;
    let buffer = world.buffers.get_mut(&this.addr()).expect("a buffer of this driver");
    let wrong = buffer.open != 0 || buffer.committed;
    let encoder = if coalesces && buffer.ended != 0 {
        Id::from_ptr(buffer.ended as *mut c_void)
    } else {
        // SAFETY: a class of this driver.
        unsafe { create_instance(classes().encoder, 0) }
    };
    buffer.open = encoder.addr();
    if wrong {
        world.violations.push("an encoder where none may be opened".into());
    }
    world.encoders.insert(encoder.addr(), Encoder { buffer: this.addr(), ..Encoder::default() });
    encoder
}
unsafe extern "C-unwind" fn commit(this: Id, _: Sel) {
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
unsafe extern "C-unwind" fn queue_of(this: Id, _: Sel) -> Id {
    Id::from_ptr(world().buffers[&this.addr()].queue as *mut c_void)
}
unsafe extern "C-unwind" fn new_buffer(this: Id, _: Sel) -> Id {
    // SAFETY: a class of this driver.
    let buffer = unsafe { create_instance(classes().buffer, 0) };
    world().buffers.insert(buffer.addr(), Buffer { queue: this.addr(), ..Buffer::default() });
    buffer
}
unsafe extern "C-unwind" fn new_queue(_: Id, _: Sel) -> Id {
    // SAFETY: a class of this driver.
    unsafe { create_instance(classes().queue, 0) }
}

/// The driver's classes.
pub(crate) struct Classes {
    pub(crate) device: Class,
    queue: Class,
    buffer: Class,
    encoder: Class,
    thing: Class,
}

/// The classes, made once.
pub(crate) fn classes() -> &'static Classes {
    static CLASSES: OnceLock<Classes> = OnceLock::new();
    CLASSES.get_or_init(|| {
        runtime::load().expect("the Objective-C runtime");
        let root = methods(
            "IsolationRoot",
            None,
            &[
                (c"retain", retain as *mut c_void, c"@@:"),
                (c"release", nothing as *mut c_void, c"v@:"),
                (c"retainCount", many as *mut c_void, c"Q@:"),
                (c"dealloc", nothing as *mut c_void, c"v@:"),
            ],
        );
        let of = |name, list: &[Method]| methods(name, Some(root), list);
        let counted = [
            (c"retain", count_retain as *mut c_void, c"@@:"),
            (c"release", count_release as *mut c_void, c"v@:"),
        ];
        Classes {
            device: of("IsolationDevice", &[(c"newCommandQueue", new_queue as *mut c_void, c"@@:")]),
            queue: of("IsolationQueue", &[(c"commandBuffer", new_buffer as *mut c_void, c"@@:")]),
            buffer: of(
                "IsolationBuffer",
                &[
                    (c"computeCommandEncoder", new_encoder as *mut c_void, c"@@:"),
                    (c"commit", commit as *mut c_void, c"v@:"),
                    (c"commandQueue", queue_of as *mut c_void, c"@@:"),
                ],
            ),
            encoder: of("IsolationEncoder", &encoder_methods()),
            thing: of("IsolationThing", &counted),
        }
    })
}

type Method = (&'static CStr, *mut c_void, &'static CStr);

fn encoder_methods() -> [Method; 29] {
    [
        (c"endEncoding", end as *mut c_void, c"v@:"),
        (c"setComputePipelineState:", pipeline as *mut c_void, c"v@:@"),
        (c"setBytes:length:atIndex:", bytes as *mut c_void, c"v@:^vQQ"),
        (c"setBytes:length:attributeStride:atIndex:", bytes_stride as *mut c_void, c"v@:^vQQQ"),
        (c"setBuffer:offset:atIndex:", buffer as *mut c_void, c"v@:@QQ"),
        (c"setBuffer:offset:attributeStride:atIndex:", buffer_stride as *mut c_void, c"v@:@QQQ"),
        (c"setBufferOffset:atIndex:", offset as *mut c_void, c"v@:QQ"),
        (c"setBufferOffset:attributeStride:atIndex:", offset_stride as *mut c_void, c"v@:QQQ"),
        (c"setBuffers:offsets:withRange:", buffers as *mut c_void, c"v@:^v^v{_NSRange=QQ}"),
        (
            c"setBuffers:offsets:attributeStrides:withRange:",
            buffers_strides as *mut c_void,
            c"v@:^v^v^v{_NSRange=QQ}",
        ),
        (c"setVisibleFunctionTable:atBufferIndex:", visible as *mut c_void, c"v@:@Q"),
        (c"setVisibleFunctionTables:withBufferRange:", visibles as *mut c_void, c"v@:^v{_NSRange=QQ}"),
        (c"setIntersectionFunctionTable:atBufferIndex:", intersection as *mut c_void, c"v@:@Q"),
        (
            c"setIntersectionFunctionTables:withBufferRange:",
            intersections as *mut c_void,
            c"v@:^v{_NSRange=QQ}",
        ),
        (c"setAccelerationStructure:atBufferIndex:", acceleration as *mut c_void, c"v@:@Q"),
        (c"setTexture:atIndex:", texture as *mut c_void, c"v@:@Q"),
        (c"setTextures:withRange:", textures as *mut c_void, c"v@:^v{_NSRange=QQ}"),
        (c"setSamplerState:atIndex:", sampler as *mut c_void, c"v@:@Q"),
        (c"setSamplerStates:withRange:", samplers as *mut c_void, c"v@:^v{_NSRange=QQ}"),
        (c"setSamplerState:lodMinClamp:lodMaxClamp:atIndex:", sampler_clamps as *mut c_void, c"v@:@ffQ"),
        (
            c"setSamplerStates:lodMinClamps:lodMaxClamps:withRange:",
            samplers_clamps as *mut c_void,
            c"v@:^v^v^v{_NSRange=QQ}",
        ),
        (c"setThreadgroupMemoryLength:atIndex:", threadgroup_memory as *mut c_void, c"v@:QQ"),
        (c"setImageblockWidth:height:", imageblock as *mut c_void, c"v@:QQ"),
        (c"setStageInRegion:", stage_in as *mut c_void, c"v@:{MTLRegion={MTLOrigin=QQQ}{MTLSize=QQQ}}"),
        (
            c"setStageInRegionWithIndirectBuffer:indirectBufferOffset:",
            stage_in_indirect as *mut c_void,
            c"v@:@Q",
        ),
        (c"useResource:usage:", use_resource as *mut c_void, c"v@:@Q"),
        (
            c"dispatchThreads:threadsPerThreadgroup:",
            dispatch as *mut c_void,
            c"v@:{MTLSize=QQQ}{MTLSize=QQQ}",
        ),
        (
            c"dispatchThreadgroups:threadsPerThreadgroup:",
            dispatch as *mut c_void,
            c"v@:{MTLSize=QQQ}{MTLSize=QQQ}",
        ),
        (c"release", nothing as *mut c_void, c"v@:"),
    ]
}

fn methods(name: &str, above: Option<Class>, list: &[Method]) -> Class {
    let name = std::ffi::CString::new(name).unwrap();
    // SAFETY: a class of these tests; the functions have the signatures that the encodings state.
    unsafe {
        let mut builder = ClassBuilder::new(&name, above).expect("a new class name");
        if above.is_none() {
            builder = builder.ivar(c"number", 8, 3, c"Q").ivar(c"references", 8, 3, c"q");
        }
        for (selector, function, encoding) in list {
            builder = builder.method(selector, Imp::from_ptr(*function), encoding);
        }
        builder.register()
    }
}

/// An object to bind, with that number. It lives as long as the process.
pub(crate) fn thing(number: usize) -> Id {
    // SAFETY: a class of this driver, whose objects have a word for it.
    unsafe {
        let thing = create_instance(classes().thing, 0);
        *thing.as_ptr().cast::<usize>().add(1) = number;
        thing
    }
}
