//! Numbers as they are written: how a text is read as one, and how one is rounded.
//!
//! A float stands for the number that people see, its shortest decimal form: 1.005 is rounded to 1.01, though the float that holds it
//! lies a little below. So rounding, casts to decimals and formats agree with each other and with what decimals give.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How numbers are written in a text. What a number is at all says [`Value::parse`](crate::value::Value::parse).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writing {
    /// A comma stands before the decimals, and a point is wrong there.
    pub decimal_comma: bool,
    /// What may stand between thousands: then between all of them, in groups of three digits.
    pub thousands: Option<char>,
}

impl Writing {
    /// The text as `Value::parse` reads it, without what stands between thousands and with a point before the decimals. None where it is
    /// no number in this writing.
    pub fn plain(self, text: &str) -> Option<Cow<'_, str>> {
        let mut plain = Cow::Borrowed(text);
        if let Some(mark) = self.thousands.filter(|mark| text.contains(*mark)) {
            let decimal = if self.decimal_comma { ',' } else { '.' };
            let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
            let whole = unsigned.find(decimal).map_or(unsigned, |at| &unsigned[..at]);
            let mut groups = whole.split(mark);
            let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
            let starts = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && is_digits(first));
            if !starts || !groups.all(|group| group.len() == 3 && is_digits(group)) {
                return None;
            }
            let rest = &unsigned[whole.len()..];
            if rest.contains(mark) {
                return None;
            }
            plain = Cow::Owned(text.replace(mark, ""));
        }
        if self.decimal_comma {
            if plain.contains('.') {
                return None;
            }
            plain = Cow::Owned(plain.replacen(',', ".", 1));
        }
        Some(plain)
    }
}

/// Whether a number as it is written has no more digits after the point than so many, zeros at its end aside.
pub fn has_at_most(text: &str, places: u8) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let Ok(exponent) = exponent.trim().parse::<i64>() else { return true };
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.trim_end().len());
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    zeros == digits.len() || fraction as i64 - zeros as i64 - exponent <= i64::from(places)
}

/// What becomes of a number that lies between two that have as many digits as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halves {
    /// The nearest; from the middle, the one further from zero.
    AwayFromZero,
    /// The nearest; from the middle, the even one.
    ToEven,
    /// The one nearer to zero.
    CutOff,
}

/// The number without its last `places` digits.
pub fn without(number: i128, places: i64, halves: Halves) -> i128 {
    let Some(unit) = u32::try_from(places).ok().and_then(|places| 10i128.checked_pow(places)) else {
        return if places < 0 { number } else { 0 };
    };
    divided(number, unit, halves)
}

/// A quotient as a whole number; the divisor is above zero.
fn divided(number: i128, unit: i128, halves: Halves) -> i128 {
    let (quotient, rest) = (number / unit, number % unit);
    let up = match halves {
        Halves::CutOff => false,
        Halves::AwayFromZero => rest.abs() >= unit - rest.abs(),
        Halves::ToEven if rest.abs() == unit - rest.abs() => quotient % 2 != 0,
        Halves::ToEven => rest.abs() > unit - rest.abs(),
    };
    quotient + if up { number.signum() } else { 0 }
}

/// The multiple of a step that is nearest to a number; halves go away from zero.
pub fn multiple(number: i128, step: i128) -> Option<i128> {
    divided(number, step, Halves::AwayFromZero).checked_mul(step)
}

/// Powers of ten that floats hold exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Whole numbers below this are exact as floats, and so are their halves.
const EXACT: f64 = 4_503_599_627_370_496.0;

/// How far a float, and what is made of it in three steps, may lie from the number as it is written, for each unit of it.
const SLACK: f64 = 8.0 * f64::EPSILON;

fn power(places: i32) -> Option<f64> {
    EXACT_POWERS.get(usize::try_from(places).ok()?).copied()
}

/// A float with so many digits after the point, or with zeros before it if that is negative.
pub fn round(value: f64, digits: i64, halves: Halves) -> f64 {
    if !value.is_finite() || value == 0.0 || digits > 400 {
        return value;
    }
    let digits = i32::try_from(digits.max(-400)).unwrap_or(-400);
    // Most numbers lie so far from where the result changes that their last bits do not matter. What is left is a whole number and a
    // power of ten, both exact, so that dividing rounds but once.
    if let Some(unit) = power(digits.abs()) {
        let scaled = if digits < 0 { value / unit } else { value * unit };
        if scaled.abs() < EXACT && is_clear(scaled, halves) {
            let whole = match halves {
                Halves::CutOff => scaled.trunc(),
                _ => scaled.round(),
            };
            return if digits < 0 { whole * unit } else { whole / unit };
        }
    }
    Written::of(value).rounded(digits, halves).copysign(value)
}

/// A float as the digits of a decimal with so many after the point; none where there are more than fit.
pub fn to_digits(value: f64, scale: u8) -> Option<i128> {
    if !value.is_finite() {
        return None;
    }
    if let Some(unit) = power(i32::from(scale)) {
        let scaled = value * unit;
        if scaled.abs() < EXACT && is_clear(scaled, Halves::AwayFromZero) {
            return Some(scaled.round() as i128);
        }
    }
    let digits = Written::of(value).at_scale(i32::from(scale), Halves::AwayFromZero)?;
    Some(if value < 0.0 { -digits } else { digits })
}

/// The multiple of a step that is nearest to a float, both as they are written. The step is not zero.
pub fn round_to(value: f64, step: f64) -> f64 {
    let count = value / step;
    if !count.is_finite() || !step.is_finite() {
        return value;
    }
    let exact = Written::of(step);
    let nearest = if count.abs() < EXACT && is_clear(count, Halves::AwayFromZero) {
        Some(count.abs().round() as i128)
    } else {
        exact.times_in(Written::of(value))
    };
    let made = nearest.and_then(|count| count.checked_mul(exact.digits));
    made.map_or(value, |digits| Written { digits, ..exact }.to_float().copysign(value))
}

/// In which of so many parts of equal width a float lies that is between two bounds, counted from 0: all as they are written.
pub fn part(value: f64, (low, high): (f64, f64), count: i64) -> i64 {
    // Halves, since the width of the range may be more than a float can be.
    let width = high / 2.0 - low / 2.0;
    let place = (value / 2.0 - low / 2.0) / width * count as f64;
    let slack = (value.abs() / width + low.abs() / width + high.abs() / width + 1.0) * count as f64;
    if (place - place.round()).abs() > slack * SLACK {
        return place as i64;
    }
    let exact = || {
        let [value, low, high] = Written::signed([value, low, high])?;
        let steps = value.checked_sub(low)?.checked_mul(i128::from(count))?;
        i64::try_from(steps.checked_div(high.checked_sub(low)?)?).ok()
    };
    exact().unwrap_or(place as i64)
}

/// The float that is nearest to a decimal number.
pub fn to_float(digits: i128, scale: u8) -> f64 {
    quotient(digits, 1, scale)
}

/// The float that is nearest to a quotient of whole numbers with the point moved so many digits to the left: rounded once. NaN where the
/// divisor is zero.
pub fn quotient(number: i128, divisor: i128, scale: u8) -> f64 {
    if divisor == 0 {
        return f64::NAN;
    }
    let (over, under) = (number.unsigned_abs(), divisor.unsigned_abs());
    let sign = if (number < 0) != (divisor < 0) && number != 0 { -1.0 } else { 1.0 };
    let is_exact = |whole: u128| whole <= EXACT as u128;
    if let Some(unit) = power(i32::from(scale)).filter(|_| is_exact(over) && is_exact(under)) {
        // Both exact, unless the divisor has become too large for that.
        let divisor = under as f64 * unit;
        if divisor <= EXACT || under == 1 {
            return sign * (over as f64 / divisor);
        }
    }
    // So many digits that no quotient this long lies between them and where the nearest float changes; a rest counts as one more.
    let mut text = (over / under).to_string();
    let (mut rest, mut places) = (over % under, 0);
    while rest != 0 && places < 120 {
        let Some(ten) = rest.checked_mul(10) else { break };
        _ = write!(text, "{}", ten / under);
        rest = ten % under;
        places += 1;
    }
    if rest != 0 {
        text.push('1');
        places += 1;
    }
    _ = write!(text, "e{}", -places - i32::from(scale));
    sign * text.parse().unwrap_or(f64::NAN)
}

/// A number without its sign as it is written: whole digits, and how many of them stand after the point. If that is negative, zeros
/// follow.
#[derive(Clone, Copy, Debug)]
struct Written {
    digits: i128,
    places: i32,
}

impl Written {
    /// Of a float that is finite: its shortest form.
    fn of(value: f64) -> Self {
        let value = value.abs();
        // Up to fifteen digits that give the same float are those of the shortest form.
        for (places, unit) in (0..).zip(&EXACT_POWERS[..10]) {
            let whole = (value * unit).round();
            if whole >= 1e15 {
                break;
            }
            if whole / unit == value {
                return Self { digits: whole as i128, places };
            }
        }
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}").parse().unwrap_or_default();
        let places = i32::try_from(fraction.len()).unwrap_or_default() - exponent.parse::<i32>().unwrap_or_default();
        Self { digits, places }
    }

    /// Some numbers as whole numbers of one unit, if they fit.
    fn signed(values: [f64; 3]) -> Option<[i128; 3]> {
        let written = values.map(Self::of);
        let places = written.iter().map(|one| one.places).max()?;
        let mut whole = [0; 3];
        for ((whole, one), value) in whole.iter_mut().zip(written).zip(values) {
            let digits = one.at_scale(places, Halves::CutOff)?;
            *whole = if value < 0.0 { -digits } else { digits };
        }
        Some(whole)
    }

    /// The digits with so many of them after the point, if they fit.
    fn at_scale(self, scale: i32, halves: Halves) -> Option<i128> {
        let more = scale - self.places;
        if more <= 0 || self.digits == 0 {
            return Some(without(self.digits, i64::from(-more), halves));
        }
        self.digits.checked_mul(10i128.checked_pow(more.unsigned_abs())?)
    }

    fn rounded(self, places: i32, halves: Halves) -> f64 {
        if self.places <= places {
            return self.to_float();
        }
        Self { digits: without(self.digits, i64::from(self.places - places), halves), places }.to_float()
    }

    /// How often a step goes into a number, to the nearest whole number.
    fn times_in(self, number: Self) -> Option<i128> {
        let places = self.places.max(number.places);
        let [step, number] = [self, number].map(|one| one.at_scale(places, Halves::CutOff));
        Some(divided(number?, step.filter(|step| *step > 0)?, Halves::AwayFromZero))
    }

    fn to_float(self) -> f64 {
        let is_exact = self.digits <= EXACT as i128;
        match power(self.places.abs()) {
            Some(unit) if is_exact && self.places < 0 => self.digits as f64 * unit,
            Some(unit) if is_exact => self.digits as f64 / unit,
            _ => format!("{}e{}", self.digits, -self.places).parse().unwrap_or(f64::NAN),
        }
    }
}

/// How many digits stand after the point of a float as it is written.
pub fn places(value: f64) -> u32 {
    if value.is_finite() { u32::try_from(Written::of(value).places).unwrap_or(0) } else { 0 }
}

/// Whether a number lies far enough from where its rounding changes that its last bits do not matter.
fn is_clear(scaled: f64, halves: Halves) -> bool {
    let part = scaled.abs().fract();
    let distance = match halves {
        Halves::CutOff => part.min(1.0 - part),
        _ => (part - 0.5).abs(),
    };
    distance > scaled.abs() * SLACK
}

/// The digits of a finite float that is rounded to so many after the point, as text without a point and without a sign.
pub fn digits_of(value: f64, fraction: usize) -> String {
    let places = i32::try_from(fraction).unwrap_or(i32::MAX);
    let written = Written::of(value);
    if written.places > places {
        return without(written.digits, i64::from(written.places - places), Halves::AwayFromZero).to_string();
    }
    let zeros = usize::try_from(places - written.places).unwrap_or_default();
    format!("{}{}", written.digits, "0".repeat(zeros))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away(value: f64, digits: i64) -> f64 {
        round(value, digits, Halves::AwayFromZero)
    }

    #[test]
    fn floats_are_rounded_as_they_are_written() {
        for (value, digits, rounded) in [
            (1.005, 2, 1.01),
            (10.075, 2, 10.08),
            (0.125, 2, 0.13),
            (2.675, 2, 2.68),
            (-1.005, 2, -1.01),
            (1.0049999, 2, 1.0),
            (0.285, 2, 0.29),
            (4.35, 1, 4.4),
            (1e22, 2, 1e22),
            (1234.5, -2, 1200.0),
            (1250.0, -2, 1300.0),
            (149.999, -2, 100.0),
            (49.0, -2, 0.0),
            (5e-324, 2, 0.0),
            (5e-324, 400, 5e-324),
            (0.5e-10, 10, 1e-10),
            (9_007_199_254_740_993.0, 0, 9_007_199_254_740_992.0),
            (123_456_789_012_345.67, 1, 123_456_789_012_345.7),
            (0.1 + 0.2, 17, 0.300_000_000_000_000_04),
            (0.1 + 0.2, 16, 0.3),
        ] {
            assert_eq!(away(value, digits), rounded, "{value:?} to {digits}");
        }
        assert_eq!(away(f64::INFINITY, 2), f64::INFINITY);
        assert!(away(f64::NAN, 2).is_nan());
        // 2e308 is more than a float can be.
        assert_eq!(away(1.797e308, -308), f64::INFINITY);
        assert_eq!(away(-0.001, 2).to_string(), "-0");
        assert_eq!(round(0.29, 2, Halves::CutOff), 0.29);
        assert_eq!(round(1.15, 2, Halves::CutOff), 1.15);
        assert_eq!(round(-2.789, 1, Halves::CutOff), -2.7);
        assert_eq!(round(2.345, 2, Halves::ToEven), 2.34);
        assert_eq!(round(2.355, 2, Halves::ToEven), 2.36);
        assert_eq!(round(0.125, 2, Halves::ToEven), 0.12);
    }

    /// Rounded as text: the digits behind the point are cut off, and one is added if the first of them is five or more.
    fn by_hand(value: f64, digits: usize) -> f64 {
        let text = format!("{value}");
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let kept: i128 = format!("{whole}{}", &format!("{fraction:0<20}")[..digits]).parse().unwrap();
        let up = fraction.as_bytes().get(digits).is_some_and(|digit| *digit >= b'5');
        format!("{}e-{digits}", kept + i128::from(up)).parse().unwrap()
    }

    #[test]
    fn the_quick_way_gives_what_the_digits_say() {
        for whole in 0..40_000u32 {
            for (divisor, digits) in [(1000.0, 2), (8.0, 2), (7.0, 5), (10_000.0, 3), (2000.0, 2)] {
                let value = f64::from(whole) / divisor;
                assert_eq!(away(value, digits as i64), by_hand(value, digits), "{value}");
                let value = value * 1e9;
                assert_eq!(away(value, digits as i64), by_hand(value, digits), "{value}");
            }
        }
    }

    #[test]
    fn casts_and_formats_agree_with_rounding() {
        for (value, digits) in
            [(1.005, 101), (10.075, 1008), (0.125, 13), (2.675, 268), (-2.675, -268), (1e15, 10i128.pow(17))]
        {
            assert_eq!(to_digits(value, 2), Some(digits));
            assert_eq!(digits_of(value, 2), digits.unsigned_abs().to_string());
        }
        assert_eq!(to_digits(1e23, 0), Some(10i128.pow(23)));
        assert_eq!(to_digits(1e300, 0), None);
        assert_eq!(to_digits(f64::NAN, 0), None);
    }

    #[test]
    fn multiples_are_those_of_the_step_as_written() {
        for (value, step, rounded) in [
            (0.3, 0.1, 0.3),
            (0.7, 0.1, 0.7),
            (1.225, 0.05, 1.25),
            (0.15, 0.1, 0.2),
            (-7.5, 5.0, -10.0),
            (2.5, -5.0, 5.0),
            (1e300, 0.1, 1e300),
            (7.0, 1e300, 0.0),
            (0.045, 0.01, 0.05),
        ] {
            assert_eq!(round_to(value, step), rounded, "{value} to {step}");
        }
    }

    #[test]
    fn parts_are_counted_as_written() {
        for tenth in 0..10 {
            assert_eq!(part(f64::from(tenth) / 10.0, (0.0, 1.0), 10), i64::from(tenth));
        }
        assert_eq!(part(0.29, (0.0, 1.0), 100), 29);
        assert_eq!(part(-0.1, (-0.3, 0.6), 9), 2);
        assert_eq!(part(1e308, (-1.7e308, 1.7e308), 4), 3);
    }

    #[test]
    fn quotients_are_rounded_once() {
        assert_eq!(quotient(10, 10, 1), 0.1);
        assert_eq!(quotient(3, 5, 0), 0.6);
        assert_eq!(quotient(-7, 3, 2), -7.0 / 300.0);
        assert_eq!(quotient(1, 3, 38), 1.0 / 3e38);
        assert_eq!(quotient(9_007_199_254_740_993, 1, 0), 9_007_199_254_740_992.0);
        // One more than the middle between two floats goes up.
        assert_eq!(quotient(9_007_199_254_740_993 * 10 + 1, 10, 0), 9_007_199_254_740_994.0);
        assert_eq!(to_float(123_456_789_012_345_678_901, 20), 1.234_567_890_123_456_8);
        assert!(quotient(1, 0, 0).is_nan());
        assert_eq!(quotient(0, -5, 0).to_string(), "0");
    }

    #[test]
    fn marks_stand_between_all_thousands_or_none() {
        let comma = Writing { thousands: Some(','), ..Writing::default() };
        let german = Writing { decimal_comma: true, thousands: Some('.') };
        for (writing, text, plain) in [
            (comma, "1,234.50", Some("1234.50")),
            (comma, "-1,234,567", Some("-1234567")),
            (comma, "1234567", Some("1234567")),
            (comma, "12,50", None),
            (comma, "1234,500", None),
            (comma, "1,,234", None),
            (comma, "1,234,5678", None),
            (comma, "1.234,5", None),
            (german, "1.234,50", Some("1234.50")),
            (german, "1.5", None),
            (german, "1,5", Some("1.5")),
        ] {
            assert_eq!(writing.plain(text).as_deref(), plain, "{text}");
        }
    }
}
