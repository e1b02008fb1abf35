//! Asks pkg-config where the C library is, and has programs find it there when they run.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    let asked = Command::new("pkg-config").args(["--libs", "netinit"]).output();
    let answer = asked.expect("pkg-config is needed to find netinit");
    let error = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "pkg-config does not find netinit: {error}");
    for flag in String::from_utf8_lossy(&answer.stdout).split_whitespace() {
        if let Some(folder) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={folder}");
            println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
        } else if let Some(name) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={name}");
        }
    }
}
