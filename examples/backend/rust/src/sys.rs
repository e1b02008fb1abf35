//! What netinit.h declares, as far as the crate uses it.

use std::os::raw::{c_char, c_int, c_void};

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    pub key: u64,
    pub offset: u64,
    pub draw: u32,
}

#[repr(C)]
pub struct Distribution {
    pub kind: c_int,
    pub mean: f64,
    pub std: f64,
    pub low: f64,
    pub high: f64,
}

#[repr(C)]
pub struct Output {
    pub data: *mut c_void,
    pub dtype: c_int,
    pub ndim: c_int,
    pub shape: *const i64,
    pub byte_strides: *const i64,
    pub index_strides: *const i64,
    pub first: i64,
}

#[repr(C)]
pub struct Matrices {
    pub data: *mut c_void,
    pub dtype: c_int,
    pub rows: i64,
    pub cols: i64,
    pub first_row: i64,
    pub first_col: i64,
    pub part_rows: i64,
    pub part_cols: i64,
    pub row_stride: i64,
    pub col_stride: i64,
    pub matrix_stride: i64,
    pub count: i64,
}

#[repr(C)]
pub struct Run {
    pub threads: c_int,
    pub poll: Option<extern "C" fn(*mut c_void) -> c_int>,
    pub poll_context: *mut c_void,
}

extern "C" {
    pub fn ni_stream_of(
        seed: i64,
        name: *const c_char,
        name_bytes: usize,
        stream: *mut Stream,
    ) -> c_int;
    pub fn ni_fill(
        stream: *const Stream,
        distribution: *const Distribution,
        out: *const Output,
        run: *const Run,
    ) -> c_int;
    pub fn ni_orthogonal(
        stream: *const Stream,
        out: *const Matrices,
        gain: f64,
        run: *const Run,
    ) -> c_int;
    pub fn ni_status_text(status: c_int) -> *const c_char;
}
