//! Initial values for the parameters of neural nets, the same bits on every machine.
//!
//! Each element is a pure function of a seed, the parameter's name and the element's index.
//!
//! ```
//! use netinit::{fill, stream, Distribution};
//!
//! let from = stream(2019, "wte.weight")?;
//! let mut whole = vec![0f32; 1000];
//! fill(&mut whole, &from, Distribution::Normal { mean: 0.0, std: 0.02 }, 0)?;
//! let mut part = vec![0f32; 100];
//! fill(&mut part, &from, Distribution::Normal { mean: 0.0, std: 0.02 }, 500)?;
//! assert_eq!(part, whole[500..600]);
//! # Ok::<(), netinit::Error>(())
//! ```

mod sys;

use std::ffi::CStr;
use std::fmt;
use std::mem::size_of;
use std::os::raw::c_int;

pub use sys::Stream;

/// What the library says is wrong; nothing has been written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Error(c_int);

impl fmt::Display for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the text is constant, ends with a NUL and exists for every status.
        to.write_str(&unsafe { CStr::from_ptr(sys::ni_status_text(self.0)) }.to_string_lossy())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, to)
    }
}

impl std::error::Error for Error {}

fn check(status: c_int) -> Result<(), Error> {
    if status == 0 {
        Ok(())
    } else {
        Err(Error(status))
    }
}

/// What an element is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    Constant(f64),
    Uniform { low: f64, high: f64 },
    Normal { mean: f64, std: f64 },
    TruncatedNormal { mean: f64, std: f64, low: f64, high: f64 },
}

impl From<Distribution> for sys::Distribution {
    fn from(given: Distribution) -> Self {
        let (kind, mean, std, low, high) = match given {
            Distribution::Constant(value) => (1, value, 0.0, 0.0, 0.0),
            Distribution::Uniform { low, high } => (2, 0.0, 0.0, low, high),
            Distribution::Normal { mean, std } => (3, mean, std, 0.0, 0.0),
            Distribution::TruncatedNormal { mean, std, low, high } => (4, mean, std, low, high),
        };
        sys::Distribution { kind, mean, std, low, high }
    }
}

mod sealed {
    /// A type of elements that the library writes, by its number in `ni_dtype`: any bits are one.
    pub trait Element: Copy + Default {
        const DTYPE: i32;
    }
    impl Element for f32 {
        const DTYPE: i32 = 0;
    }
    impl Element for f64 {
        const DTYPE: i32 = 1;
    }
}
use sealed::Element;

/// The stream of a seed and a parameter's name.
pub fn stream(seed: i64, name: &str) -> Result<Stream, Error> {
    let mut made = Stream::default();
    // SAFETY: the name is as long as we say, and `made` is ours to write.
    check(unsafe { sys::ni_stream_of(seed, name.as_ptr().cast(), name.len(), &mut made) })?;
    Ok(made)
}

/// Fill a slice, whose first element is element `first` of the whole array.
pub fn fill<T: Element>(
    data: &mut [T],
    from: &Stream,
    distribution: Distribution,
    first: i64,
) -> Result<(), Error> {
    let (length, stride, step) = (data.len() as i64, size_of::<T>() as i64, 1i64);
    let out = sys::Output {
        data: data.as_mut_ptr().cast(),
        dtype: T::DTYPE,
        ndim: 1,
        shape: &length,
        byte_strides: &stride,
        index_strides: &step,
        first,
    };
    // SAFETY: `out` describes the slice, which is borrowed for the call; all else outlives it.
    check(unsafe { sys::ni_fill(from, &distribution.into(), &out, std::ptr::null()) })
}

/// A random orthogonal matrix, rows after each other, times `gain`.
pub fn orthogonal<T: Element>(
    rows: usize,
    cols: usize,
    from: &Stream,
    gain: f64,
) -> Result<Vec<T>, Error> {
    let count = rows.checked_mul(cols).expect("more elements than memory has bytes");
    let mut made = vec![T::default(); count];
    let bytes = size_of::<T>() as i64;
    let out = sys::Matrices {
        data: made.as_mut_ptr().cast(),
        dtype: T::DTYPE,
        rows: rows as i64,
        cols: cols as i64,
        first_row: 0,
        first_col: 0,
        part_rows: rows as i64,
        part_cols: cols as i64,
        row_stride: cols as i64 * bytes,
        col_stride: bytes,
        matrix_stride: 0,
        count: 1,
    };
    // SAFETY: `out` describes the vector, which holds rows x cols elements.
    check(unsafe { sys::ni_orthogonal(from, &out, gain, std::ptr::null()) })?;
    Ok(made)
}
