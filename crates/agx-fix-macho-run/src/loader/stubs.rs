//! What the image's code reaches through its imports: a few instructions that count the call and go on to the shim. They have
//! no frame, touch no argument, and leave by a jump, so that stack traces, unwinding and arguments on the stack are as if they
//! were not there.

use std::ffi::{CStr, CString, c_char};

/// The room for one stub.
pub(super) const SIZE: usize = 32;

/// `mov r11, counter; lock inc qword [r11]; jmp [rip]`, and the address. `r11` is nobody's between a call and the function
/// (System V ABI for x86_64, which is Apple's too).
pub(super) fn counting(counter: usize, target: usize) -> [u8; SIZE] {
    let mut code = vec![0x49, 0xbb];
    code.extend(counter.to_le_bytes());
    code.extend([0xf0, 0x49, 0xff, 0x03]);
    jump(code, target)
}

/// `mov rdi, name; jmp [rip]`, and the address of what says the name and stops.
pub(super) fn missing(symbol: &str, library: &str) -> [u8; SIZE] {
    let text = format!("{symbol} of {library}");
    // Symbols come out of zero-terminated strings. It lives as long as the stub: for good.
    let name = CString::new(text).unwrap_or_default().into_raw();
    let mut code = vec![0x48, 0xbf];
    code.extend((name as usize).to_le_bytes());
    jump(code, stop_at_missing as *const () as usize)
}

fn jump(mut code: Vec<u8>, target: usize) -> [u8; SIZE] {
    code.extend([0xff, 0x25, 0, 0, 0, 0]);
    code.extend(target.to_le_bytes());
    // What is not reached: int3.
    code.resize(SIZE, 0xcc);
    code.try_into().expect("a stub has so many bytes")
}

unsafe extern "C" fn stop_at_missing(name: *const c_char) -> ! {
    // SAFETY: the string that the stub was made with.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    crate::stop(&format!("the library calls {name}, for which there is no shim"))
}
