//! Packages: the zip file of each function, made of the program that was built on this machine.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connect_rules_store::keys::hex;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use sha2::{Digest as _, Sha256};

use super::template::{FUNCTIONS, Shipped};

/// A function ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Package {
    /// Name of the function without `<stage>-<service>-`.
    pub function: String,
    /// The zip file.
    pub bytes: Vec<u8>,
    /// Its SHA-256 in base64, as Lambda tells it.
    pub sha256: String,
    /// What it runs on: `x86_64` or `arm64`.
    pub architecture: String,
}

impl std::fmt::Debug for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Package")
            .field("function", &self.function)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// There is no program.
    #[error("{}: {cause}", .file.display())]
    File {
        /// Where it should be.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It cannot run as a function.
    #[error("{}: {what}", .file.display())]
    Program {
        /// The file.
        file: PathBuf,
        /// Why not.
        what: String,
    },
}

impl PackageError {
    /// What to do about it.
    pub fn fix(&self) -> String {
        "build the functions for Linux: `cargo build --release --locked -p connect-rules-lambdas`, or name their folder \
         with --programs"
            .to_owned()
    }
}

impl Package {
    /// The package of a program.
    ///
    /// # Errors
    /// Why the program cannot run as a function.
    pub fn of(function: &str, program: &[u8]) -> Result<Self, String> {
        let architecture = architecture(program)?.to_owned();
        let bytes = zip(program).map_err(|error| error.to_string())?;
        let sha256 = STANDARD.encode(Sha256::digest(&bytes));
        Ok(Package { function: function.to_owned(), bytes, sha256, architecture })
    }

    /// The package of the program in a folder.
    ///
    /// # Errors
    /// The program is missing or cannot run as a function.
    pub fn read(folder: &Path, function: &str) -> Result<Self, PackageError> {
        let file = folder.join(function);
        match std::fs::read(&file) {
            Ok(program) => {
                Package::of(function, &program).map_err(|what| PackageError::Program { file, what })
            }
            Err(cause) => Err(PackageError::File { file, cause }),
        }
    }

    /// Its key in the deployment bucket: the same content has the same key.
    pub fn key(&self) -> String {
        let hash = STANDARD.decode(&self.sha256).unwrap_or_default();
        format!("functions/{}/{}.zip", self.function, hex(&hash))
    }
}

/// The packages of the programs in a folder: of one function, or of all.
///
/// # Errors
/// A program is missing or cannot run as a function.
pub fn packages(folder: &Path, only: &[Shipped]) -> Result<Vec<Package>, PackageError> {
    let wanted = if only.is_empty() { FUNCTIONS.as_slice() } else { only };
    wanted.iter().map(|it| Package::read(folder, it.short)).collect()
}

/// What a program runs on, by the head of its file.
fn architecture(program: &[u8]) -> Result<&'static str, String> {
    const LITTLE_64_BIT: [u8; 6] = [0x7f, b'E', b'L', b'F', 2, 1];
    if !program.starts_with(&LITTLE_64_BIT) {
        return Err("it is no 64-bit program for Linux".to_owned());
    }
    match program.get(18..20) {
        Some([0x3e, 0]) => Ok("x86_64"),
        Some([0xb7, 0]) => Ok("arm64"),
        _ => Err("it is for a processor that Lambda does not have".to_owned()),
    }
}

/// 1980-01-01, the first day that a zip file knows: the same program gives the same bytes whenever it is packed.
const DAY: u16 = 0x0021;
/// A file of Unix that everybody may run.
const MODE: u32 = 0o100_755 << 16;
const NAME: &[u8] = b"bootstrap";

/// A zip file with the program as `bootstrap`.
fn zip(program: &[u8]) -> io::Result<Vec<u8>> {
    let mut crc = Crc::new();
    crc.update(program);
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(program)?;
    let packed = deflate.finish()?;
    let small = |size: usize| {
        u32::try_from(size)
            .map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, "the program is too large"))
    };
    let (size, packed_size) = (small(program.len())?, small(packed.len())?);
    // What the entry and the directory say alike: version, flags, method, time, day, sum, sizes, length of the name.
    let mut both = Vec::new();
    for word in [20_u16, 0, 8, 0, DAY] {
        both.extend(word.to_le_bytes());
    }
    for word in [crc.sum(), packed_size, size] {
        both.extend(word.to_le_bytes());
    }
    both.extend((NAME.len() as u16).to_le_bytes());
    both.extend(0_u16.to_le_bytes());

    let mut out = Vec::with_capacity(packed.len() + 128);
    out.extend(b"PK\x03\x04");
    out.extend(&both);
    out.extend(NAME);
    out.extend(&packed);
    let directory = small(out.len())?;
    out.extend(b"PK\x01\x02");
    // Made by: Unix.
    out.extend([20, 3]);
    out.extend(&both);
    out.extend([0; 6]);
    out.extend(MODE.to_le_bytes());
    out.extend(0_u32.to_le_bytes());
    out.extend(NAME);
    let length = small(out.len())? - directory;
    out.extend(b"PK\x05\x06");
    for word in [0_u16, 0, 1, 1] {
        out.extend(word.to_le_bytes());
    }
    out.extend(length.to_le_bytes());
    out.extend(directory.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn program(machine: u8) -> Vec<u8> {
        let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1];
        out.resize(18, 0);
        out.extend([machine, 0]);
        out.extend([7; 5000]);
        out
    }

    #[test]
    fn the_same_program_gives_the_same_package() {
        let first = Package::of("evaluator", &program(0x3e)).unwrap();
        assert_eq!(first, Package::of("evaluator", &program(0x3e)).unwrap());
        assert_eq!(first.architecture, "x86_64");
        assert_eq!(Package::of("evaluator", &program(0xb7)).unwrap().architecture, "arm64");
        assert!(first.key().starts_with("functions/evaluator/") && first.key().len() == 20 + 64 + 4);
    }

    #[test]
    fn a_package_can_be_unpacked() {
        let zip = zip(&program(0x3e)).unwrap();
        assert_eq!((&zip[..4], &zip[30..39]), (&b"PK\x03\x04"[..], NAME));
        let packed = u32::from_le_bytes(zip[18..22].try_into().unwrap()) as usize;
        let mut back = Vec::new();
        flate2::read::DeflateDecoder::new(&zip[39..39 + packed]).read_to_end(&mut back).unwrap();
        assert_eq!(back, program(0x3e));
        let end = &zip[zip.len() - 22..];
        let directory = u32::from_le_bytes(end[16..20].try_into().unwrap()) as usize;
        assert_eq!(&zip[directory..directory + 4], b"PK\x01\x02");
        assert_eq!(directory + u32::from_le_bytes(end[12..16].try_into().unwrap()) as usize, zip.len() - 22);
    }

    #[test]
    fn what_cannot_run_as_a_function_is_refused() {
        assert!(Package::of("evaluator", b"MZ").unwrap_err().contains("no 64-bit program for Linux"));
        assert!(Package::of("evaluator", &program(0x28)).unwrap_err().contains("processor"));
    }
}
