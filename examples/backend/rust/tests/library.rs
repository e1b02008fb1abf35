//! What the crate promises, asked of the library that is installed.

use netinit::{fill, orthogonal, stream, Distribution};

const NORMAL: Distribution = Distribution::Normal { mean: 0.0, std: 1.0 };

#[test]
fn a_part_is_the_part_of_the_whole() {
    let from = stream(7, "h.0.attn.c_attn.weight").unwrap();
    let mut whole = vec![0f64; 10_000];
    fill(&mut whole, &from, NORMAL, 0).unwrap();
    for first in [0, 1, 4095, 9_000] {
        let mut part = vec![0f64; 1_000];
        fill(&mut part, &from, NORMAL, first as i64).unwrap();
        assert_eq!(part, whole[first..first + 1_000]);
    }
}

#[test]
fn streams_differ_by_seed_and_by_name() {
    let one = stream(1, "a").unwrap();
    assert_eq!(one, stream(1, "a").unwrap());
    assert_ne!(one, stream(2, "a").unwrap());
    assert_ne!(one, stream(1, "b").unwrap());
    assert_ne!(one, stream(-1, "a\0").unwrap());
}

#[test]
fn threads_share_nothing() {
    let from = stream(3, "weight").unwrap();
    let mut whole = vec![0f32; 4 << 16];
    fill(&mut whole, &from, NORMAL, 0).unwrap();
    let mut parts = vec![0f32; 4 << 16];
    std::thread::scope(|scope| {
        for (i, part) in parts.chunks_mut(1 << 16).enumerate() {
            scope.spawn(move || fill(part, &from, NORMAL, (i << 16) as i64).unwrap());
        }
    });
    assert_eq!(parts, whole);
}

#[test]
fn mistakes_are_errors_and_nothing_is_written() {
    let from = stream(0, "").unwrap();
    let mut data = [5f32; 3];
    let error = fill(&mut data, &from, Distribution::Normal { mean: 0.0, std: -1.0 }, 0);
    assert!(error.unwrap_err().to_string().contains("std"));
    assert!(fill(&mut data, &from, NORMAL, -1).is_err());
    assert_eq!(data, [5f32; 3]);
    assert!(fill::<f32>(&mut [], &from, NORMAL, 0).is_ok());
}

#[test]
fn columns_are_orthonormal() {
    let (rows, cols) = (40, 12);
    let q: Vec<f64> = orthogonal(rows, cols, &stream(0, "q").unwrap(), 1.0).unwrap();
    for a in 0..cols {
        for b in 0..cols {
            let dot: f64 = (0..rows).map(|i| q[i * cols + a] * q[i * cols + b]).sum();
            assert!((dot - f64::from(a == b)).abs() < 1e-14);
        }
    }
}
