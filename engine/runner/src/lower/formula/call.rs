//! Every function of the catalogue.

use md5::Md5;
use pipewright_engine::formula::patterns::{Code, Piece, UnicodeForm, Unit, date_format, holiday, weekday};
use pipewright_engine::formula::{Expr as Formula, Failure, Function};
use pipewright_engine::types::Type;
use pipewright_engine::value::Value;
use polars::prelude::*;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::super::integer;
use super::rows::{Cell, Checked, by_row, filled_by_row, null_if};
use super::{
    calendar, cast, cipher, codes, dates, digest, format, hashes, json, likeness, lists, number_format, numbers, text,
    unicode, uuid,
};
use crate::convert;

/// A call whose arguments have been lowered to `values`.
pub(super) fn call(
    function: Function,
    formula: &Formula,
    arguments: &[Formula],
    values: &[Expr],
) -> PolarsResult<Checked> {
    let kind = &formula.kind;
    let kinds: Vec<&Type> = arguments.iter().map(|argument| &argument.kind).collect();
    let fails = formula.fails_here();
    let value = |at: usize| values.get(at).cloned().unwrap_or_else(|| lit(NULL));
    let constant = |at: usize| arguments.get(at).and_then(Formula::as_literal).and_then(Value::as_text).unwrap_or("");
    let plain = |value: Expr| Checked { value, reason: None };
    let number = |part: Expr| plain(part.cast(DataType::Int64));
    Ok(match function {
        Function::Add
        | Function::Subtract
        | Function::Multiply
        | Function::Divide
        | Function::Modulo
        | Function::Power
        | Function::Negate
        | Function::Div
            if kinds.iter().any(|kind| kind.is_temporal()) =>
        {
            dates::arithmetic(function, values, &kinds, kind, fails)
        }
        Function::Add
        | Function::Subtract
        | Function::Multiply
        | Function::Divide
        | Function::Modulo
        | Function::Power
        | Function::Negate
        | Function::Div
        | Function::Abs
        | Function::Ceil
        | Function::Floor
        | Function::Round
        | Function::Trunc
        | Function::Sign
        | Function::Sqrt
        | Function::Cbrt
        | Function::Exp
        | Function::Ln
        | Function::Log
        | Function::Degrees
        | Function::Radians
        | Function::Sin
        | Function::Cos
        | Function::Tan
        | Function::Asin
        | Function::Acos
        | Function::Atan
        | Function::Atan2
        | Function::Cot
        | Function::Sinh
        | Function::Cosh
        | Function::Tanh
        | Function::Asinh
        | Function::Acosh
        | Function::Atanh
        | Function::RoundEven
        | Function::RoundTo
        | Function::BitAnd
        | Function::BitOr
        | Function::BitXor
        | Function::BitNot
        | Function::ShiftLeft
        | Function::ShiftRight
        | Function::Gcd
        | Function::Lcm
        | Function::Factorial => numbers::call(function, values, &kinds, kind, fails),
        Function::WidthBucket => by_row(values, kind, fails, numbers::width_bucket),
        Function::Haversine => by_row(values, kind, fails, numbers::haversine),
        Function::IsNan => plain(value(0).is_nan()),
        Function::IsFinite => plain(value(0).is_finite()),
        Function::Random => plain(digest::random(values)),

        Function::Eq | Function::Ne | Function::Lt | Function::Le | Function::Gt | Function::Ge
            if matches!(kinds[0], Type::Decimal(..)) =>
        {
            plain(numbers::compared(function, &values[0], &values[1]))
        }
        Function::Between if matches!(kinds[0], Type::Decimal(..)) => {
            let from = numbers::compared(Function::Ge, &values[0], &values[1]);
            plain(from.and(numbers::compared(Function::Le, &values[0], &values[2])))
        }
        Function::Eq => plain(value(0).eq(value(1))),
        Function::Ne => plain(value(0).neq(value(1))),
        Function::Lt => plain(value(0).lt(value(1))),
        Function::Le => plain(value(0).lt_eq(value(1))),
        Function::Gt => plain(value(0).gt(value(1))),
        Function::Ge => plain(value(0).gt_eq(value(1))),
        // The tree handles these itself, since they look at their arguments one after the other.
        Function::And => plain(value(0).and(value(1))),
        Function::Or => plain(value(0).or(value(1))),
        Function::Coalesce => plain(coalesce(values)),
        Function::Try => plain(value(0)),
        Function::Error => Checked {
            value: convert::literal(&Value::Null, kind),
            reason: Some(lit(Failure::Told(constant(0).to_owned()).to_string())),
        },
        Function::Not => plain(value(0).not()),
        Function::IsNull => plain(value(0).is_null()),
        Function::IsTrue => plain(value(0).fill_null(lit(false))),
        Function::IsFalse => plain(value(0).not().fill_null(lit(false))),
        Function::IsDistinct => plain(value(0).neq_missing(value(1))),
        Function::Between => plain(value(0).gt_eq(value(1)).and(value(0).lt_eq(value(2)))),
        Function::In => plain(is_in(arguments, values)?),
        Function::Like => plain(text::like(value(0), constant(1), false)),
        Function::ILike => plain(text::like(value(0), constant(1), true)),
        Function::Concat => plain(concat_str(values, "", false)),
        Function::NullIf if matches!(values[0], Expr::Column(_) | Expr::Literal(_)) => {
            let null = convert::literal(&Value::Null, kind);
            plain(when(value(0).eq(value(1))).then(null).otherwise(value(0)))
        }
        Function::NullIf => plain(null_if(values, kind)),
        Function::Greatest => plain(numbers::extreme(values, kind, true)),
        Function::Least => plain(numbers::extreme(values, kind, false)),
        Function::NumNulls => plain(count(values, Expr::is_null)),
        Function::NumNonnulls => plain(count(values, Expr::is_not_null)),
        Function::IsBlank => plain(filled_by_row(values, kind, |row| row.text(0).trim().is_empty().into())),
        Function::IsNumber => {
            plain(filled_by_row(values, kind, |row| cast::reads_as(row.text(0), &Type::Float).into()))
        }
        Function::IsDate => plain(filled_by_row(values, kind, |row| cast::reads_as(row.text(0), &Type::Date).into())),

        Function::Length => number(value(0).str().len_chars()),
        Function::Upper => plain(value(0).str().to_uppercase()),
        Function::Lower => plain(value(0).str().to_lowercase()),
        Function::Initcap => by_row(values, kind, fails, |row| Ok(text::initcap(row.text(0)).into())),
        Function::Trim => by_row(values, kind, fails, |row| Ok(row.text(0).trim_matches(text::blanks(row)).into())),
        Function::Ltrim => {
            by_row(values, kind, fails, |row| Ok(row.text(0).trim_start_matches(text::blanks(row)).into()))
        }
        Function::Rtrim => {
            by_row(values, kind, fails, |row| Ok(row.text(0).trim_end_matches(text::blanks(row)).into()))
        }
        Function::Lpad => by_row(values, kind, fails, text::lpad),
        Function::Rpad => by_row(values, kind, fails, text::rpad),
        Function::Left => by_row(values, kind, fails, |row| Ok(text::left(row.text(0), row.integer(1)).into())),
        Function::Right => by_row(values, kind, fails, |row| Ok(text::right(row.text(0), row.integer(1)).into())),
        Function::Substring => by_row(values, kind, fails, text::substring),
        Function::Replace => by_row(values, kind, fails, |row| {
            Ok(match row.text(1) {
                "" => row.text(0).into(),
                from => row.text(0).replace(from, row.text(2)).into(),
            })
        }),
        Function::Reverse => {
            by_row(values, kind, fails, |row| Ok(row.text(0).chars().rev().collect::<String>().into()))
        }
        Function::Repeat => by_row(values, kind, fails, text::repeat),
        Function::ConcatAll => plain(concat_str(values, "", true)),
        Function::ConcatWs => plain(text::concat_with_separator(values)),
        Function::SplitPart => by_row(values, kind, fails, text::split_part),
        Function::Strpos => by_row(values, kind, fails, |row| Ok(text::position(row.text(0), row.text(1)).into())),
        Function::StartsWith => plain(value(0).str().starts_with(value(1))),
        Function::EndsWith => plain(value(0).str().ends_with(value(1))),
        Function::Contains => plain(value(0).str().contains_literal(value(1))),
        Function::RegexpLike => plain(value(0).str().contains(lit(text::regex(constant(1), constant(2))?), true)),
        Function::RegexpReplace => {
            let (pattern, by) = (text::regex(constant(1), constant(3))?, text::replacement(constant(2)));
            match constant(3).contains('g') {
                true => text::replace_all(value(0), &pattern, by)?,
                false => plain(value(0).str().replace(lit(pattern), lit(by), false)),
            }
        }
        Function::RegexpSubstr if values.len() == 2 => {
            plain(value(0).str().extract(lit(text::regex(constant(1), "")?), 0))
        }
        Function::RegexpSubstr => text::regexp_substr(values, &text::regex(constant(1), constant(4))?, fails)?,
        Function::StableUuid => by_row(values, kind, fails, uuid::stable),
        Function::RandomUuid => by_row(values, kind, fails, uuid::random),
        Function::OrderedUuid => by_row(values, kind, fails, uuid::ordered),
        Function::AesEncrypt | Function::AesDecrypt => {
            cipher::call(function, values, kind, fails, constant(1), constant(2))?
        }
        Function::XxHash64 | Function::Hmac | Function::HmacNumber => hashes::call(function, values, kind, constant(1)),
        Function::Translate => by_row(values, kind, fails, text::translate),
        Function::Overlay => by_row(values, kind, fails, text::overlay),
        Function::Ascii => by_row(values, kind, fails, |row| {
            Ok(row.text(0).chars().next().map_or(0, |first| i64::from(u32::from(first))).into())
        }),
        Function::Chr => by_row(values, kind, fails, text::chr),
        Function::RegexpCount => text::regexp_count(value(0), &text::regex(constant(1), "")?)?,
        Function::RegexpInstr => text::regexp_instr(value(0), &text::regex(constant(1), "")?)?,
        Function::TextBefore => {
            by_row(values, kind, fails, |row| Ok(text::separator(row)?.map_or(Cell::Null, |(before, _)| before.into())))
        }
        Function::TextAfter => {
            by_row(values, kind, fails, |row| Ok(text::separator(row)?.map_or(Cell::Null, |(_, after)| after.into())))
        }
        Function::TextBetween => by_row(values, kind, fails, |row| {
            let inside = row.text(0).split_once(row.text(1)).and_then(|(_, rest)| rest.split_once(row.text(2)));
            Ok(inside.map_or(Cell::Null, |(inside, _)| inside.into()))
        }),
        Function::NormalizeSpace => {
            by_row(values, kind, fails, |row| Ok(row.text(0).split_whitespace().collect::<Vec<_>>().join(" ").into()))
        }
        Function::WordCount => by_row(values, kind, fails, |row| Ok(count_of(row.text(0).split_whitespace()).into())),
        Function::Unaccent => by_row(values, kind, fails, |row| Ok(unicode::unaccent(row.text(0)).into())),
        Function::Normalize => {
            let form = UnicodeForm::named(constant(1)).unwrap_or(UnicodeForm::Nfc);
            by_row(&values[..1], kind, fails, move |row| Ok(unicode::normalize(row.text(0), form).into()))
        }
        Function::Format => plain(text::filled_in(constant(0), &values[1..])),
        Function::Levenshtein => by_row(values, kind, fails, likeness::levenshtein),
        Function::JaroWinkler => {
            by_row(values, kind, fails, |row| Ok(strsim::jaro_winkler(row.text(0), row.text(1)).into()))
        }
        Function::Similarity => {
            by_row(values, kind, fails, |row| Ok(likeness::similarity(row.text(0), row.text(1)).into()))
        }
        Function::Soundex => by_row(values, kind, fails, |row| Ok(likeness::soundex(row.text(0)).into())),
        Function::OctetLength => number(value(0).str().len_bytes()),
        Function::ToHex => by_row(values, kind, fails, |row| Ok(format!("{:x}", row.integer(0)).into())),
        Function::ToBase => by_row(values, kind, fails, codes::to_base),
        Function::FromBase => by_row(values, kind, fails, codes::from_base),
        Function::ToNumber => number_format::read(value(0), constant(1), kind),
        Function::Encode => {
            let code = Code::named(constant(1)).unwrap_or(Code::Hex);
            by_row(&values[..1], kind, fails, move |row| Ok(codes::encode(row.text(0), code).into()))
        }
        Function::Decode => {
            let code = Code::named(constant(1)).unwrap_or(Code::Hex);
            by_row(&values[..1], kind, fails, move |row| codes::decode(row.text(0), code))
        }
        Function::Md5 => by_row(values, kind, fails, |row| Ok(digest::hex_of::<Md5>(row.text(0)).into())),
        Function::Sha1 => by_row(values, kind, fails, |row| Ok(digest::hex_of::<Sha1>(row.text(0)).into())),
        Function::Sha256 => by_row(values, kind, fails, |row| Ok(digest::hex_of::<Sha256>(row.text(0)).into())),
        Function::Sha512 => by_row(values, kind, fails, |row| Ok(digest::hex_of::<Sha512>(row.text(0)).into())),
        Function::Crc32 => by_row(values, kind, fails, |row| Ok(digest::crc32(row.text(0)).into())),

        Function::Year => number(value(0).dt().year()),
        Function::Month => number(value(0).dt().month()),
        Function::Day => number(value(0).dt().day()),
        Function::Hour => number(value(0).dt().hour()),
        Function::Minute => number(value(0).dt().minute()),
        Function::Second => by_row(values, kind, fails, dates::second),
        Function::Quarter => number(value(0).dt().quarter()),
        Function::Week => number(value(0).dt().week()),
        Function::IsoYear => number(value(0).dt().iso_year()),
        Function::DayOfWeek => number(value(0).dt().weekday().cast(DataType::Int64) % integer(7)),
        Function::IsoDayOfWeek => number(value(0).dt().weekday()),
        Function::DayOfYear => number(value(0).dt().ordinal_day()),
        Function::Epoch => by_row(values, kind, fails, |row| Ok(i128::from(row.integer(0)).into())),
        Function::Century => number((value(0).dt().year().cast(DataType::Int64) + integer(99)).floor_div(integer(100))),
        Function::Decade => number(value(0).dt().year().cast(DataType::Int64).floor_div(integer(10))),
        Function::Millennium => {
            number((value(0).dt().year().cast(DataType::Int64) + integer(999)).floor_div(integer(1000)))
        }
        Function::Milliseconds => by_row(values, kind, fails, dates::second),
        Function::Microseconds => by_row(values, kind, fails, |row| Ok(dates::micros_of_minute(row.integer(0)).into())),
        Function::DayName | Function::MonthName => {
            let piece = if function == Function::DayName { Piece::DayName } else { Piece::MonthName };
            format::write(value(0).cast(convert::dtype(&Type::Timestamp)), vec![piece])
        }
        Function::IsWeekend => plain(value(0).dt().weekday().cast(DataType::Int64).gt(integer(5))),
        Function::IsLeapYear if kinds.first() == Some(&&Type::Integer) => {
            by_row(values, kind, fails, |row| Ok(calendar::is_leap_year(row.integer(0)).into()))
        }
        Function::IsLeapYear => plain(value(0).dt().is_leap_year()),
        Function::DaysInMonth => by_row(&[day_of(value(0))], kind, fails, calendar::days_in_month),
        Function::FirstDay => by_row(&[day_of(value(0))], kind, fails, calendar::first_day),
        Function::NextDay => calendar::next_day(value(0), weekday(constant(1)).unwrap_or_default(), fails),
        Function::MakeTime => by_row(values, kind, fails, dates::make_time),
        Function::DateBin => by_row(values, kind, fails, dates::bin),
        Function::DateAdd => calendar::add(&values[1..], unit(constant(0)), kind, fails),
        Function::DateDiff => calendar::difference(&values[1..], unit(constant(0)), kinds[1]),
        Function::DateElapsed => calendar::elapsed(&values[1..], unit(constant(0)), kinds[1]),
        Function::DateTrunc => dates::truncate(value(1), unit(constant(0)), kind),
        Function::MakeDate => by_row(values, kind, fails, dates::make_date),
        Function::MakeTimestamp => by_row(values, kind, fails, dates::make_timestamp),
        Function::AddMonths => dates::add_months(values, kind, fails),
        Function::ToDate => format::read(value(0), formats(arguments), kind),
        Function::AddWorkdays => dates::add_workdays(values, holidays(arguments), kind, fails),
        Function::Workdays => dates::workdays(values, holidays(arguments), kind),
        Function::AtZone => dates::at_zone(value(1), kinds.get(1), constant(0), constant(2), (kind, fails)),
        Function::LastDay => by_row(&[day_of(value(0))], kind, fails, dates::last_day),
        Function::ToTimestamp if kinds.first() == Some(&&Type::Float) => by_row(values, kind, fails, dates::from_epoch),
        Function::ToTimestamp => format::read(value(0), formats(arguments), kind),
        Function::ToChar if kinds.first().is_some_and(|kind| kind.is_number()) => {
            number_format::write(value(0), kinds[0], constant(1))
        }
        Function::FiscalYear => by_row(&[day_of(value(0)), value(1)], kind, fails, calendar::fiscal_year),
        Function::FiscalQuarter => by_row(&[day_of(value(0)), value(1)], kind, fails, calendar::fiscal_quarter),
        Function::ToChar => format::write(value(0), date_format(constant(1)).unwrap_or_default()),

        Function::JsonGet
        | Function::JsonGetText
        | Function::JsonExtractPath
        | Function::JsonExtractPathText
        | Function::JsonTypeof
        | Function::JsonArrayLength
        | Function::JsonObjectKeys
        | Function::JsonArrayElements
        | Function::JsonArrayElementsText
        | Function::IsJson
        | Function::ToJson => json::call(function, values, &kinds, kind, fails),

        Function::Array
        | Function::ElementAt
        | Function::ArraySlice
        | Function::Cardinality
        | Function::ArrayAppend
        | Function::ArrayPrepend
        | Function::ArrayCat
        | Function::ArrayContains
        | Function::ArrayPosition
        | Function::ArrayRemove
        | Function::ArrayReplace
        | Function::ArrayDistinct
        | Function::ArraySort
        | Function::ArrayReverse
        | Function::ArrayMin
        | Function::ArrayMax
        | Function::ArraySum
        | Function::ArrayMean
        | Function::ArrayToString
        | Function::StringToArray
        | Function::SplitText
        | Function::RegexpSplit
        | Function::RegexpExtractAll
        | Function::RegexpMatch
        | Function::NamedStruct
        | Function::StructField
        | Function::GenerateSeries => {
            lists::call(function, values, &kinds, kind, [constant(0), constant(1), constant(2)], fails)?
        }
    })
}

/// The formats after a text that is read by them.
fn formats(arguments: &[Formula]) -> Vec<Vec<Piece>> {
    let written = arguments.iter().skip(1).filter_map(|format| format.as_literal().and_then(Value::as_text));
    written.filter_map(|format| date_format(format).ok()).collect()
}

/// The days that are written after two arguments, in order.
fn holidays(arguments: &[Formula]) -> Vec<i64> {
    let written = arguments.iter().skip(2).filter_map(|day| day.as_literal().and_then(Value::as_text));
    let mut days: Vec<i64> = written.filter_map(|day| holiday(day).ok()).map(i64::from).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// How many of the values in a row are of a kind.
fn count(values: &[Expr], is: fn(Expr) -> Expr) -> Expr {
    values
        .iter()
        .map(|value| is(value.clone()).cast(DataType::Int64))
        .reduce(|sum, one| sum + one)
        .unwrap_or(integer(0))
}

fn count_of<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}

fn day_of(value: Expr) -> Expr {
    value.cast(DataType::Date)
}

fn unit(name: &str) -> Unit {
    Unit::named(name).unwrap_or(Unit::Second)
}

/// Whether the first equals one of the others: unknown where a null could have been it.
fn is_in(arguments: &[Formula], values: &[Expr]) -> PolarsResult<Expr> {
    let [first, rest @ ..] = values else { return Ok(lit(false)) };
    if let Some(set) = long_list(arguments) {
        let unknown = if set.null_count() > 0 { lit(NULL).cast(DataType::Boolean) } else { lit(false) };
        let found = first.clone().is_in(lit(set.drop_nulls()).implode(true), false);
        return Ok(when(first.clone().is_null()).then(lit(NULL)).when(found).then(lit(true)).otherwise(unknown));
    }
    any_horizontal(rest.iter().map(|value| first.clone().eq(value.clone())).collect::<Vec<_>>())
}

/// The values of a list that is worth looking up in a set: many constants, of a type whose values are equal if their bits are.
fn long_list(arguments: &[Formula]) -> Option<Series> {
    let [first, rest @ ..] = arguments else { return None };
    let constants: Vec<&Value> = rest.iter().map(Formula::as_literal).collect::<Option<_>>()?;
    let name = PlSmallStr::EMPTY;
    match first.kind {
        _ if rest.len() < 8 => None,
        Type::Text => {
            Some(StringChunked::from_iter_options(name, constants.into_iter().map(Value::as_text)).into_series())
        }
        Type::Integer => {
            let whole = |value: &Value| if let Value::Integer(value) = value { Some(*value) } else { None };
            Some(Int64Chunked::from_iter_options(name, constants.into_iter().map(whole)).into_series())
        }
        _ => None,
    }
}
