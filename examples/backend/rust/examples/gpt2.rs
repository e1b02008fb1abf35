//! Fills the parameters that standard input lists, as gpt2.txt does, and writes their bytes, one
//! after another:
//!
//!     cargo run --release --example gpt2 2019 < ../gpt2.txt | sha256sum

use std::error::Error;
use std::io::{stdin, stdout, Write};

use netinit::{fill, stream, Distribution};

fn main() -> Result<(), Box<dyn Error>> {
    let seed: i64 = std::env::args().nth(1).map_or(Ok(0), |text| text.parse())?;
    let mut out = stdout().lock();
    for line in stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, count, mean, std) = match words[..] {
            [name, count, mean, std] => (name, count, mean, std),
            _ => return Err(format!("no name, count, mean and std: {line}").into()),
        };
        let normal = Distribution::Normal { mean: mean.parse()?, std: std.parse()? };
        let mut data = vec![0f32; count.parse()?];
        fill(&mut data, &stream(seed, name)?, normal, 0)?;
        let bytes: Vec<u8> = data.iter().flat_map(|x| x.to_ne_bytes()).collect();
        out.write_all(&bytes)?;
    }
    Ok(out.flush()?)
}
