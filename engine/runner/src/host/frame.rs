//! How messages cross the pipe: four bytes of length, little end first, then JSON. The first frame each way says the version.

use std::io::{self, ErrorKind, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Raised whenever a message changes its form.
pub const PROTOCOL: u32 = 3;

/// Longer frames are not ours: something else is talking.
const LONGEST: usize = 256 << 20;

#[derive(Serialize, Deserialize)]
struct Hello {
    pipewright_protocol: u32,
}

pub fn write_hello(output: &mut impl Write) -> io::Result<()> {
    write(output, &Hello { pipewright_protocol: PROTOCOL })
}

pub fn expect_hello(input: &mut impl Read) -> io::Result<()> {
    let hello = read::<Hello>(input).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => {
            io::Error::new(ErrorKind::InvalidData, "what answers is not an engine host of Pipewright.")
        }
        _ => error,
    })?;
    match hello {
        None => Err(ErrorKind::UnexpectedEof.into()),
        Some(Hello { pipewright_protocol: PROTOCOL }) => Ok(()),
        Some(Hello { pipewright_protocol: other }) => Err(io::Error::new(
            ErrorKind::InvalidData,
            format!(
                "the other side speaks version {other} of the engine's protocol, and this program version {PROTOCOL}."
            ),
        )),
    }
}

pub fn write(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    output.write_all(&framed(message)?)?;
    output.flush()
}

/// A message as it crosses the pipe.
pub fn framed(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let length = frame.len() - 4;
    if length > LONGEST {
        return Err(io::Error::new(ErrorKind::InvalidInput, format!("a message of {length} bytes is too long.")));
    }
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(frame)
}

/// The next message; none where the other side has closed its end between two frames.
pub fn read<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    let mut filled = 0;
    while filled < length.len() {
        match input.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Err(io::Error::new(ErrorKind::InvalidData, "what came is not a frame."));
    }
    // Not allocated ahead: the length is only a claim.
    let mut frame = Vec::new();
    if input.take(length as u64).read_to_end(&mut frame)? < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(serde_json::from_slice(&frame)?))
}
