//! The device and what it makes: queues, buffers, compute pipelines.

use crate::foundation::{ErrorSlot, string};
use crate::selectors::selectors;
use crate::{Buffer, CommandQueue, wrapper};
use agx_fix_objc::memory::{Strong, autorelease_pool};
use agx_fix_objc::{Id, runtime, send};
use agx_fix_platform::symbol;

wrapper! {
    /// An `MTLDevice`.
    Device
}

wrapper! {
    /// An `MTLComputePipelineState`.
    ComputePipeline
}

/// `MTLResourceStorageModeShared` with the default cache mode: one memory for CPU and GPU.
const STORAGE_SHARED: usize = 0;

impl Device {
    /// The system's default device, made by whoever provides `MTLCreateSystemDefaultDevice` first: an injected library
    /// that exports it comes before the one that is loaded here.
    ///
    /// # Errors
    /// One line, cause and remedy, where this process can have no device.
    pub fn system_default() -> Result<Self, String> {
        library::load()?;
        runtime::load().map_err(|missing| missing.to_string())?;
        let create = symbol(c"MTLCreateSystemDefaultDevice").ok_or(library::NO_METAL)?;
        // SAFETY: the function of that name takes nothing and answers a device that the caller owns, or nil
        // (MTLDevice.h).
        let device = unsafe {
            let create: unsafe extern "C-unwind" fn() -> Id = core::mem::transmute(create);
            Strong::from_owned(create())
        };
        device.map(Self).ok_or_else(|| {
            "MTLCreateSystemDefaultDevice answered no device; run on a machine with a GPU and in a session that may \
             use it"
                .to_owned()
        })
    }

    /// A command queue; `None` if Metal refuses.
    pub fn new_queue(&self) -> Option<CommandQueue> {
        // SAFETY: a live device; methods that begin with `new` answer an object that the caller owns, or nil.
        unsafe { Strong::from_owned(send(*self.0, selectors().new_command_queue, ())).map(CommandQueue) }
    }

    /// A buffer of so many bytes in memory that CPU and GPU share; `None` if Metal refuses, as it does for none.
    pub fn new_buffer(&self, bytes: usize) -> Option<Buffer> {
        // SAFETY: as above; the method takes two words (length, `MTLResourceOptions`).
        unsafe {
            Strong::from_owned(send(*self.0, selectors().new_buffer, (bytes, STORAGE_SHARED))).map(Buffer)
        }
    }

    /// A buffer that holds these numbers; `None` if Metal refuses.
    pub fn new_buffer_with(&self, values: &[f32]) -> Option<Buffer> {
        let buffer = self.new_buffer(size_of_val(values))?;
        buffer.write(values);
        Some(buffer)
    }

    /// The pipeline of one function of a program in Metal's shading language.
    ///
    /// # Errors
    /// What Metal, or its compiler, says against it.
    pub fn new_pipeline(&self, source: &str, function: &str) -> Result<ComputePipeline, String> {
        // The pool holds the error until its text has been copied.
        autorelease_pool(|| {
            let library = self.new_library(source)?;
            let name = string(function).ok_or(NO_STRING)?;
            // SAFETY: a live library and a live string; the method answers an owned function or nil.
            let function = unsafe { Strong::from_owned(send(*library, selectors().new_function, (*name,))) }
                .ok_or_else(|| format!("the program has no function {function}"))?;
            let mut error = ErrorSlot::new();
            // SAFETY: a live device and function, and the place of an error that outlives the call; the method
            // answers an owned pipeline, or nil after having written an autoreleased error.
            unsafe {
                let arguments = (*function, error.argument());
                Strong::from_owned(send(*self.0, selectors().new_pipeline, arguments))
                    .map(ComputePipeline)
                    .ok_or_else(|| error.text())
            }
        })
    }

    fn new_library(&self, source: &str) -> Result<Strong, String> {
        let source = string(source).ok_or(NO_STRING)?;
        let mut error = ErrorSlot::new();
        // SAFETY: a live device and string, nil for the default options, and the place of an error that outlives the
        // call; the method answers an owned library, or nil after having written an autoreleased error.
        unsafe {
            let arguments = (*source, Id::NULL, error.argument());
            Strong::from_owned(send(*self.0, selectors().new_library, arguments)).ok_or_else(|| error.text())
        }
    }
}

const NO_STRING: &str = "NSString cannot hold the text, or the process has no NSString";

/// Where Metal comes from on macOS.
#[cfg(target_vendor = "apple")]
mod library {
    use agx_fix_platform::load_library;

    pub(crate) const NO_METAL: &str =
        "Metal.framework has no MTLCreateSystemDefaultDevice; run on macOS 10.11 or newer";

    pub(crate) fn load() -> Result<(), String> {
        load_library(c"/System/Library/Frameworks/Metal.framework/Metal").map_err(|cause| {
            format!("Metal.framework cannot be loaded ({cause}); run on macOS 10.11 or newer")
        })
    }
}

/// Where Metal comes from on Linux: a library that simulates it.
#[cfg(not(target_vendor = "apple"))]
mod library {
    use agx_fix_platform::load_library;
    use std::ffi::CString;
    use std::os::unix::ffi::OsStringExt;

    /// Names the library; without it the process may have loaded one by other means.
    const VARIABLE: &str = "AGX_SIM_LIBRARY";

    pub(crate) const NO_METAL: &str = "no library of this process has MTLCreateSystemDefaultDevice; run on macOS, or \
                                       set AGX_SIM_LIBRARY to the path of libagx_fix_sim.so";

    pub(crate) fn load() -> Result<(), String> {
        let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
            return Ok(());
        };
        let path = CString::new(path.into_vec()).map_err(|_| format!("{VARIABLE} holds a null character"))?;
        load_library(&path)
            .map_err(|cause| format!("{VARIABLE} cannot be loaded ({cause}); set it to libagx_fix_sim.so"))
    }
}
