//! Keys that files are sealed with: read from a file, or made beside a database that is one file.

use anyhow::{Context, Result, bail};
use auth::Random;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The key in a file.
pub fn read(path: &Path) -> Result<auth::Key> {
    let content = std::fs::read(path).with_context(|| format!("the key file {} could not be read", path.display()))?;
    auth::Key::of_file(&content).with_context(|| format!("{} is no key", path.display()))
}

/// Where the key of a database lies that is one file; None for a server's.
pub fn beside(url: &str) -> Option<PathBuf> {
    let file = url.strip_prefix("sqlite://")?;
    (!file.is_empty() && file != ":memory:").then(|| PathBuf::from(format!("{file}.key")))
}

/// The key at a place; made when there is none yet.
pub fn made(path: &Path) -> Result<auth::Key> {
    if path.exists() {
        return read(path);
    }
    let mut bytes = [0_u8; 32];
    auth::SystemRandom.fill(&mut bytes);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(mut file) => {
            writeln!(file, "{text}")
                .and_then(|()| file.sync_all())
                .with_context(|| format!("the key file {} could not be written", path.display()))?;
        }
        // Another process made it a moment ago.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => bail!("a key for files could not be made at {}: {error}; give one by --key-file", path.display()),
    }
    read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_beside_a_file_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let path = beside(&url).unwrap();
        assert!(path.ends_with("a.db.key"));
        made(&path).unwrap();
        let first = std::fs::read(&path).unwrap();
        made(&path).unwrap();
        assert_eq!(first, std::fs::read(&path).unwrap(), "the same key at every start");
        assert_eq!(beside("postgres://db/x"), None);
    }
}
