//! The exports. One input and one output at a time, kept here; the caller copies through the module's memory.
#![allow(unsafe_code, reason = "a function that JavaScript finds by name needs an unsafe attribute; no unsafe block")]

use std::sync::{Mutex, PoisonError};

static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Where the caller writes the `len` bytes of the input.
#[unsafe(no_mangle)]
pub extern "C" fn input(len: usize) -> *mut u8 {
    let mut input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    *input = vec![0; len];
    input.as_mut_ptr()
}

fn put(output: Vec<u8>) {
    *OUTPUT.lock().unwrap_or_else(PoisonError::into_inner) = output;
}

/// Run [`publish`](crate::publish) on the input: 1 when the output is a COG, 0 when it is an error message. A panic
/// ends the module with its message as the output.
#[unsafe(no_mangle)]
pub extern "C" fn publish() -> u32 {
    std::panic::set_hook(Box::new(|panic| put(panic.to_string().into_bytes())));
    let input = std::mem::take(&mut *INPUT.lock().unwrap_or_else(PoisonError::into_inner));
    let (done, output) = match crate::publish(input) {
        Ok(cog) => (1, cog),
        Err(error) => (0, error.to_string().into_bytes()),
    };
    put(output);
    done
}

/// Where the output begins.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    OUTPUT.lock().unwrap_or_else(PoisonError::into_inner).as_ptr()
}

/// How many bytes it has.
#[unsafe(no_mangle)]
pub extern "C" fn output_len() -> usize {
    OUTPUT.lock().unwrap_or_else(PoisonError::into_inner).len()
}
