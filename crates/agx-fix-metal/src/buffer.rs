//! Memory that CPU and GPU share. Contents are copied in and out, so that no reference to them outlives a dispatch.

use crate::selectors::selectors;
use crate::wrapper;
use agx_fix_objc::send;
use core::ffi::c_void;

wrapper! {
    /// An `MTLBuffer` in shared storage.
    Buffer
}

impl Buffer {
    /// The length in bytes.
    pub fn length(&self) -> usize {
        // SAFETY: a live buffer answers a word.
        unsafe { send(*self.0, selectors().length, ()) }
    }

    /// A copy of the contents as numbers; bytes that do not fill a last number are left out.
    pub fn read_f32(&self) -> Vec<f32> {
        let count = self.length() / size_of::<f32>();
        let mut values = vec![0.0f32; count];
        // SAFETY: shared storage has contents of `length` bytes while the buffer lives; `values` holds as many, is
        // new memory, and every bit pattern is an f32. Bytes are copied, so alignment does not matter.
        unsafe {
            let source = self.contents().cast_const().cast::<u8>();
            core::ptr::copy_nonoverlapping(source, values.as_mut_ptr().cast(), count * size_of::<f32>());
        }
        values
    }

    /// Copies numbers to the beginning of the contents.
    ///
    /// # Panics
    /// If the buffer is shorter.
    pub fn write(&self, values: &[f32]) {
        let bytes = size_of_val(values);
        assert!(bytes <= self.length(), "{bytes} bytes do not fit in a buffer of {}", self.length());
        // SAFETY: as for `read_f32`, the other way round; the length was looked at.
        unsafe {
            core::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), self.contents().cast(), bytes)
        };
    }

    fn contents(&self) -> *mut c_void {
        // SAFETY: a live buffer answers a pointer.
        unsafe { send(*self.0, selectors().contents, ()) }
    }
}
