//! Secrets: names in files and plans, values only where they are used.
//!
//! In a plan a stand-in has the place of the value: the name, and a mark that changes with the value, so that results kept of one
//! secret are not taken for those of another.

use std::env;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::params::{Field, Form, Params as _, Secret, Spec};
use crate::pipeline::Pipeline;
use crate::problem::Problem;

/// How the names of environment variables begin that hold secrets.
pub const VARIABLE: &str = "PIPEWRIGHT_SECRET_";

/// How a stand-in begins.
const STAND_IN: &str = "\u{1}secret ";

/// The value that the environment has for a name.
pub fn of_environment(name: &str) -> Option<String> {
    if is_name(name) { env::var(format!("{VARIABLE}{name}")).ok() } else { None }
}

/// Letters, digits and `_`, as in names of environment variables.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// The name that a parameter tells. What is written instead may be the secret itself, and is not repeated.
pub(crate) fn name_of(secret: &Secret) -> Result<&str, Problem> {
    let name = secret.name();
    if name.is_empty() {
        return Err(Problem::new("No secret is named.").try_this("Name one, as in ${secret:KEY}."));
    }
    if secret.0 == name || !is_name(name) {
        let problem = Problem::new("This is not the name of a secret.");
        return Err(
            problem.try_this("Write ${secret:KEY}, the name of letters, digits and _. The value is given at run time.")
        );
    }
    Ok(name)
}

/// What to say of a secret that nobody gave.
pub fn missing(name: &str) -> Problem {
    Problem::new(format!("The secret {name:?} is not given.")).try_this(format!(
        "Set the environment variable {VARIABLE}{name} before Pipewright starts, or run with --secrets FILE, where \
         FILE has a line {name}=value."
    ))
}

pub(crate) fn stand_in(name: &str, value: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (STAND_IN, name, value).hash(&mut hasher);
    format!("{STAND_IN}{name} {:016x}", hasher.finish())
}

/// The name of the secret that a text stands for, if it does.
pub fn stood_for(text: &str) -> Option<&str> {
    text.strip_prefix(STAND_IN)?.split(' ').next()
}

/// The key of a cipher, from 64 hexadecimal digits or base64 of 32 bytes. What is wrong is told without the text.
pub fn cipher_key(text: &str) -> Result<[u8; 32], Problem> {
    let text = text.trim();
    let bytes = if text.len() == 64 {
        from_digits(text, 4, hex_digit)
    } else {
        from_digits(text.trim_end_matches('='), 6, base64_digit)
    };
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        Problem::new("The key is not of 32 bytes: it has 64 hexadecimal digits, or is base64 of 32 bytes.")
            .try_this("Make one by `openssl rand -hex 32`, and give it as the secret.")
    })
}

/// Whole bytes from digits of so many bits. Bits that are left must be zero.
fn from_digits(text: &str, bits: u32, digit: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut count) = (Vec::new(), 0u32, 0);
    for letter in text.bytes() {
        held = held << bits | u32::from(digit(letter)?);
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push((held >> count) as u8);
            held &= (1 << count) - 1;
        }
    }
    (held == 0).then_some(bytes)
}

fn hex_digit(letter: u8) -> Option<u8> {
    char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn base64_digit(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// The names of all secrets that the nodes of a pipeline speak of.
pub fn names(pipeline: &Pipeline) -> Vec<String> {
    let mut names = Names::default();
    for node in pipeline.nodes.values() {
        node.step.clone().params(&mut names);
    }
    names.0
}

#[derive(Default)]
struct Names(Vec<String>);

impl Form for Names {
    fn param(&mut self, _: Spec, field: Field<'_>) {
        match field {
            Field::Secret(secret) => self.0.push(secret.name().to_owned()),
            Field::Lines(lines) => {
                for at in 0..lines.len() {
                    lines.line(at).into_iter().for_each(|line| line.params(self));
                }
            }
            Field::Optional(value) => {
                if let Some(Field::Secret(secret)) = value.inner() {
                    self.0.push(secret.name().to_owned());
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_not_repeated() {
        for written in ["hunter2", "${secret:}", "${secret:a b}", "hunter2}"] {
            let problem = name_of(&Secret(written.into())).unwrap_err();
            assert!(!problem.to_string().contains("hunter2"), "{problem}");
        }
        assert_eq!(name_of(&Secret::named("KEY_1")).unwrap(), "KEY_1");
    }

    #[test]
    fn keys_of_ciphers_are_read_in_both_forms() {
        let bytes: [u8; 32] = std::array::from_fn(|at| at as u8);
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(cipher_key(&digits).unwrap(), bytes);
        assert_eq!(cipher_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap(), bytes);
        for wrong in ["", "hunter2", &digits[2..], "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg=="] {
            let problem = cipher_key(wrong).unwrap_err().to_string();
            assert!(problem.contains("openssl rand -hex 32") && !problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn a_stand_in_changes_with_the_value_and_does_not_tell_it() {
        let one = stand_in("KEY", "hunter2");
        assert_ne!(one, stand_in("KEY", "hunter3"));
        assert_eq!(stood_for(&one), Some("KEY"));
        assert!(!one.contains("hunter2"));
        assert_eq!(stood_for("secret KEY"), None);
    }
}
