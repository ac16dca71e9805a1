//! Lists the icons in `assets/icons`, so that an icon is added by putting its file there.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../assets/icons");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "svg"));
    files.sort();
    let names = files.iter().map(|file| (file.file_stem().unwrap_or_default().to_string_lossy(), file));
    let list: String = names.map(|(name, file)| format!("({name:?}, include_str!({file:?})),\n")).collect();
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("icons.rs"), format!("&[{list}]"))
}
