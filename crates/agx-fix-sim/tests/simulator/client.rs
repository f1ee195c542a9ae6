//! A small Metal client, and what the tests ask the runtime.

use agx_fix_objc::abi::{Encode, Size};
use agx_fix_objc::memory::Strong;
use agx_fix_objc::message::Arguments;
use agx_fix_objc::runtime::{
    class_name, class_named, class_of, implementation, instance_method, load, replace_method, selector,
    type_encoding,
};
use agx_fix_objc::{Class, Id, Imp, Sel, send};
use agx_fix_platform as platform;
use std::ffi::{CStr, CString, c_void};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;
use std::time::Duration;

/// Sends a message whose signature the caller knows.
pub(crate) fn message<A: Arguments, R: Encode>(object: Id, name: &CStr, arguments: A) -> R {
    // SAFETY: the tests send what Metal declares, to objects that they hold.
    unsafe { send(object, selector(name), arguments) }
}

/// Takes over an owned object that must not be nil.
pub(crate) fn owned(object: Id) -> Strong {
    // SAFETY: the factories of the tests answer owned objects or nil.
    unsafe { Strong::from_owned(object) }.expect("an object")
}

/// Retains an autoreleased object that must not be nil.
pub(crate) fn retained(object: Id) -> Strong {
    // SAFETY: nil or alive in the test's autorelease pool.
    unsafe { Strong::from_borrowed(object) }.expect("an object")
}

/// The class of an object that the test holds.
pub(crate) fn class_of_object(object: Id) -> Class {
    // SAFETY: the tests hold the object.
    unsafe { class_of(object) }
}

/// The name of an object's class.
pub(crate) fn name_of_class(object: Id) -> &'static CStr {
    // SAFETY: a class of the runtime.
    unsafe { class_name(class_of_object(object)) }
}

/// The type encoding of an object's method, if it has the method.
pub(crate) fn encoding_of(object: Id, name: &CStr) -> Option<&'static CStr> {
    // SAFETY: the method belongs to the class.
    unsafe {
        instance_method(class_of_object(object), selector(name)).and_then(|method| type_encoding(method))
    }
}

/// A method that takes nothing and answers nothing.
pub(crate) type Method = unsafe extern "C-unwind" fn(Id, Sel);

/// Replaces a method, once the original is in `original`.
pub(crate) fn hook(class: Class, name: &CStr, original: &OnceLock<Method>, hook: Method) {
    // SAFETY: the class has the method, with this signature.
    unsafe {
        let method = instance_method(class, selector(name)).expect("a method");
        original.get_or_init(|| std::mem::transmute::<_, Method>(implementation(method).as_ptr()));
        replace_method(class, selector(name), method, Imp::from_ptr(hook as *const () as *mut _));
    }
}

/// Asserts that no more objects are alive than `before`, once the worker has given up its last buffer: it does so after
/// the wait for the buffer has returned.
pub(crate) fn assert_nothing_leaked(before: u64) {
    for _ in 0..500 {
        if figure(c"agx_sim_live_objects") <= before {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(figure(c"agx_sim_live_objects"), before, "objects stayed alive");
}

/// Loads the library that cargo built beside the test.
pub(crate) fn load_simulator() {
    static LOADED: OnceLock<()> = OnceLock::new();
    LOADED.get_or_init(|| {
        let test = std::env::current_exe().expect("the test's own path");
        let built = test.ancestors().skip(1).take(2).map(|folder| folder.join("libagx_fix_sim.so"));
        let library = built.into_iter().find(|path| path.exists()).expect("cargo built the library");
        let path = CString::new(library.as_os_str().as_bytes()).expect("a path");
        platform::load_library(&path).expect("the library loads");
    });
}

/// A symbol of the library that takes nothing and answers a word.
pub(crate) fn figure(name: &CStr) -> u64 {
    let symbol = platform::symbol(name).expect("an exported symbol");
    // SAFETY: the library's figures have this signature; so have, on all ABIs here, the factories of devices.
    unsafe { std::mem::transmute::<*mut c_void, extern "C-unwind" fn() -> u64>(symbol)() }
}

/// A device's factory by name.
pub(crate) fn factory(name: &CStr) -> Id {
    Id::from_ptr(figure(name) as *mut c_void)
}

/// A device, or a failed test that says what is missing.
pub(crate) fn device() -> Strong {
    load_simulator();
    load().unwrap_or_else(|missing| panic!("{missing}"));
    owned(factory(c"MTLCreateSystemDefaultDevice"))
}

/// A string of the simulator.
pub(crate) fn string(text: &CStr) -> Id {
    let class = class_named(c"NSString").expect("NSString");
    message(class.as_id(), c"stringWithUTF8String:", (text.as_ptr().cast::<c_void>(),))
}

/// A device, a queue and both pipelines.
pub(crate) struct Metal {
    pub(crate) device: Strong,
    pub(crate) queue: Strong,
    pub(crate) linear: Strong,
    pub(crate) linear_relu: Strong,
}

impl Metal {
    /// On the default device.
    pub(crate) fn new() -> Self {
        Self::on(device())
    }

    /// On a device.
    pub(crate) fn on(device: Strong) -> Self {
        let queue = owned(message(*device, c"newCommandQueue", ()));
        let (nil, source) = (Id::NULL, string(c"kernel void linear() {}"));
        let library: Id = message(*device, c"newLibraryWithSource:options:error:", (source, nil, nil));
        let library = owned(library);
        let pipeline = |name: &CStr| {
            let function = owned(message(*library, c"newFunctionWithName:", (string(name),)));
            owned(message(*device, c"newComputePipelineStateWithFunction:error:", (*function, nil)))
        };
        let (linear, linear_relu) = (pipeline(c"linear"), pipeline(c"linear_relu"));
        Self { device, queue, linear, linear_relu }
    }

    /// A buffer with these numbers.
    pub(crate) fn buffer(&self, numbers: &[f32]) -> Strong {
        let bytes = numbers.as_ptr().cast::<c_void>();
        let arguments = (bytes, size_of_val(numbers), 0usize);
        owned(message(*self.device, c"newBufferWithBytes:length:options:", arguments))
    }

    /// A command buffer, retained.
    pub(crate) fn command_buffer(&self) -> Strong {
        retained(message(*self.queue, c"commandBuffer", ()))
    }
}

/// A compute encoder of the buffer, retained.
pub(crate) fn encoder(buffer: &Strong) -> Strong {
    retained(message(**buffer, c"computeCommandEncoder", ()))
}

pub(crate) fn end(encoder: &Strong) {
    message::<_, ()>(**encoder, c"endEncoding", ());
}

pub(crate) fn set_buffer(encoder: &Strong, buffer: Id, index: usize) {
    message::<_, ()>(**encoder, c"setBuffer:offset:atIndex:", (buffer, 0usize, index));
}

pub(crate) fn set_pipeline(encoder: &Strong, pipeline: &Strong) {
    message::<_, ()>(**encoder, c"setComputePipelineState:", (**pipeline,));
}

pub(crate) fn dispatch(encoder: &Strong, width: usize, height: usize) {
    let sizes = (Size { width, height, depth: 1 }, Size::linear(32));
    message::<_, ()>(**encoder, c"dispatchThreads:threadsPerThreadgroup:", sizes);
}

/// Commits the buffer, waits, and answers its status.
pub(crate) fn finish(buffer: &Strong) -> usize {
    message::<_, ()>(**buffer, c"commit", ());
    message::<_, ()>(**buffer, c"waitUntilCompleted", ());
    message(**buffer, c"status", ())
}

/// `_impl` of an encoder, read where the crash reports saw it.
pub(crate) fn context_of(encoder: &Strong) -> *mut c_void {
    // SAFETY: the encoder is held, and its object is longer than that.
    unsafe { *encoder.as_ptr().cast::<u8>().add(120).cast::<*mut c_void>() }
}

/// One layer with its numbers.
pub(crate) struct Layer {
    pub(crate) sizes: [usize; 3],
    pub(crate) x: Vec<f32>,
    pub(crate) w: Vec<f32>,
    pub(crate) buffers: [Strong; 3],
}

impl Layer {
    /// A layer of numbers that differ from each other; `seed` tells layers apart.
    pub(crate) fn new(metal: &Metal, sizes: [usize; 3], seed: usize) -> Self {
        let [batch, inputs, outputs] = sizes;
        let number = |index: usize| ((index * 37 + seed * 11) % 101) as f32 / 50.0 - 1.0;
        let x: Vec<f32> = (0..batch * inputs).map(number).collect();
        let w: Vec<f32> = (0..inputs * outputs).map(|index| number(index * 7 + 3)).collect();
        let buffers = [metal.buffer(&x), metal.buffer(&w), metal.buffer(&vec![-9.0; batch * outputs])];
        Self { sizes, x, w, buffers }
    }

    /// Binds pipeline and arguments.
    pub(crate) fn bind(&self, encoder: &Strong, pipeline: &Strong) {
        set_pipeline(encoder, pipeline);
        for (index, buffer) in self.buffers.iter().enumerate() {
            set_buffer(encoder, **buffer, index);
        }
        let sizes = self.sizes.map(|size| size as u32);
        let arguments = (sizes.as_ptr().cast::<c_void>(), size_of_val(&sizes), 3usize);
        message::<_, ()>(**encoder, c"setBytes:length:atIndex:", arguments);
    }

    /// Binds and dispatches.
    pub(crate) fn encode(&self, encoder: &Strong, pipeline: &Strong) {
        self.bind(encoder, pipeline);
        dispatch(encoder, self.sizes[2], self.sizes[0]);
    }

    /// What is in Y.
    pub(crate) fn y(&self) -> Vec<f32> {
        let numbers: *mut c_void = message(*self.buffers[2], c"contents", ());
        // SAFETY: as many numbers as the buffer was made with; the GPU is done with it.
        unsafe { std::slice::from_raw_parts(numbers.cast::<f32>(), self.sizes[0] * self.sizes[2]) }.to_vec()
    }

    /// Asserts that Y is the product, computed here in another way.
    pub(crate) fn assert_computed(&self, rectify: bool) {
        let [_, inputs, outputs] = self.sizes;
        for (index, got) in self.y().into_iter().enumerate() {
            let (row, column) = (index / outputs, index % outputs);
            let terms = (0..inputs).map(|k| (row * inputs + k, k * outputs + column));
            let exact: f64 = terms.map(|(x, w)| f64::from(self.x[x]) * f64::from(self.w[w])).sum();
            let want = if rectify { exact.max(0.0) } else { exact };
            assert!((f64::from(got) - want).abs() < 1e-4, "element {index}: {got} and not {want}");
        }
    }
}
