//! Asking an injected agx-fix library for its statistics, findings and coverage, by its C API.

use agx_fix_platform::symbol;
use core::ffi::{CStr, c_char};

/// `size_t agx_fix_..._json(char *buffer, size_t size)`: writes at most `size - 1` bytes and a terminator, answers the
/// length of the whole text.
type Json = unsafe extern "C" fn(*mut c_char, usize) -> usize;

/// The text may grow between asking for its length and reading it; after so many attempts it is taken as it is.
const ATTEMPTS: usize = 4;
/// For what other threads add in the meantime.
const SLACK: usize = 256;

/// The statistics as JSON; `None` if no agx-fix library is in this process.
pub fn statistics_json() -> Option<String> {
    json(c"agx_fix_stats_json")
}

/// The coverage as JSON; `None` if no agx-fix library is in this process.
pub fn coverage_json() -> Option<String> {
    json(c"agx_fix_coverage_json")
}

/// The findings as JSON; `None` if no agx-fix library is in this process, or one that has no findings yet.
pub fn findings_json() -> Option<String> {
    json(c"agx_fix_findings_json")
}

/// `name` is that of a function of this kind.
fn json(name: &CStr) -> Option<String> {
    let function = symbol(name)?;
    // SAFETY: the functions that are asked for by name here have this signature (agx_fix.h).
    let json: Json = unsafe { core::mem::transmute(function) };
    Some(read(|buffer| {
        // SAFETY: a live buffer and its length.
        unsafe { json(buffer.as_mut_ptr().cast(), buffer.len()) }
    }))
}

/// Reads a text from a function that works like `snprintf`.
fn read(mut print: impl FnMut(&mut [u8]) -> usize) -> String {
    let mut buffer = vec![0u8; 1];
    for _ in 0..ATTEMPTS {
        let length = print(&mut buffer);
        if length < buffer.len() {
            buffer.truncate(length);
            break;
        }
        buffer.resize(length + SLACK, 0);
    }
    let end = buffer.iter().position(|&byte| byte == 0).unwrap_or(buffer.len());
    String::from_utf8_lossy(&buffer[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(text: &str, buffer: &mut [u8]) -> usize {
        let room = buffer.len() - 1;
        let written = room.min(text.len());
        buffer[..written].copy_from_slice(&text.as_bytes()[..written]);
        buffer[written] = 0;
        text.len()
    }

    #[test]
    fn a_text_longer_than_the_first_buffer_is_read_whole() {
        let text = "x".repeat(1000);
        assert_eq!(read(|buffer| print(&text, buffer)), text);
        assert_eq!(read(|buffer| print("", buffer)), "");
    }

    #[test]
    fn a_text_that_keeps_growing_ends_the_reading() {
        let mut text = String::new();
        let read = read(|buffer| {
            text.push_str(&"y".repeat(1000));
            print(&text, buffer)
        });
        assert!(read.len() >= 2000 && read.bytes().all(|byte| byte == b'y'));
    }

    #[test]
    fn without_the_library_there_is_nothing() {
        assert_eq!(statistics_json(), None);
        assert_eq!(coverage_json(), None);
        assert_eq!(findings_json(), None);
    }
}
