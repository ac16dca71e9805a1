//! Functions of numbers.

macro_rules! numbers {
    ($rest:tt $($before:tt)*) => { declare! { $rest $($before)*

    /// The number without its sign.
    Abs: Numbers, Strict, ["abs"], "absolute magnitude",
    { (Integer) -> Integer, fails; (Decimal) -> Decimal; (Float) -> Float; }
    "abs(-3)" => "3", "abs(-2.50)" => "2.50";

    /// The nearest whole number upwards.
    Ceil: Numbers, Strict, ["ceil", "ceiling"], "round up",
    { (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float; }
    "ceil(2.1)" => "3", "ceil(-2.9)" => "-2";

    /// The nearest whole number downwards.
    Floor: Numbers, Strict, ["floor"], "round down int",
    { (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float; }
    "floor(2.9)" => "2", "floor(-2.1)" => "-3";

    /// The nearest number with so many digits after the point, none if not given; halves go away from zero. A float is rounded as it is
    /// written.
    Round: Numbers, Strict, ["round"], "nearest digits decimals",
    {
        (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float;
        (Integer, Integer) -> Integer, fails; (Decimal, Integer) -> Decimal, fails; (Float, Integer) -> Float;
    }
    "round(2.5)" => "3", "round(-2.5)" => "-3", "round(2.345, 2)" => "2.35", "round(1250, -2)" => "1300",
    "round(1.005::float, 2)" => "1.01";

    /// The nearest number with so many digits after the point, none if not given; halves go to the even neighbour.
    RoundEven: Numbers, Strict, ["round_even"], "bankers rounding half even numberround",
    {
        (Decimal) -> Decimal; (Float) -> Float;
        (Decimal, Integer) -> Decimal, fails; (Float, Integer) -> Float;
    }
    "round_even(2.5)" => "2", "round_even(3.5)" => "4", "round_even(2.345, 2)" => "2.34";

    /// The nearest multiple of the second number; halves go away from zero.
    RoundTo: Numbers, Strict, ["round_to", "mround"], "multiple step nearest round mult",
    { (Integer, Integer) -> Integer, fails; (Decimal, Decimal) -> Decimal, fails; (Float, Float) -> Float, fails; }
    "round_to(1.23, 0.05)" => "1.25", "round_to(17, 5)" => "15", "round_to(0.3::float, 0.1)" => "0.3", "round_to(-7.5, 5)" => "-10.0";

    /// The number without the digits after the point, or after so many of them.
    Trunc: Numbers, Strict, ["trunc", "truncate"], "cut digits fix",
    {
        (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float;
        (Integer, Integer) -> Integer; (Decimal, Integer) -> Decimal; (Float, Integer) -> Float;
    }
    "trunc(-2.7)" => "-2", "trunc(2.789, 1)" => "2.7", "trunc(1299, -2)" => "1200";

    /// -1, 0 or 1: whether the number is negative, zero or positive.
    Sign: Numbers, Strict, ["sign"], "signum",
    { (Integer) -> Integer; (Decimal) -> Integer; (Float) -> Float; }
    "sign(-8)" => "-1", "sign(0.5)" => "1";

    /// How many times the second number goes into the first, as a whole number.
    Div: Numbers, Strict, ["div"], "integer division quotient whole", { (Integer, Integer) -> Integer, fails; }
    "div(7, 2)" => "3", "div(-7, 2)" => "-3";

    /// The square root.
    Sqrt: Numbers, Strict, ["sqrt"], "square root", { (Float) -> Float, fails; }
    "sqrt(16)" => "4.0";

    /// The cube root.
    Cbrt: Numbers, Strict, ["cbrt"], "cube root", { (Float) -> Float; }
    "cbrt(27)" => "3.0";

    /// e, raised to a power.
    Exp: Numbers, Strict, ["exp"], "exponential", { (Float) -> Float; }
    "exp(0)" => "1.0";

    /// The natural logarithm.
    Ln: Numbers, Strict, ["ln"], "logarithm natural", { (Float) -> Float, fails; }
    "ln(1)" => "0.0";

    /// The logarithm to base 10, or of the second number to the base given first.
    Log: Numbers, Strict, ["log", "log10"], "logarithm decimal base",
    { (Float) -> Float, fails; (Float, Float) -> Float, fails; }
    "log(1000)" => "3.0", "log(2, 32)" => "5.0";

    /// Degrees of an angle given in radians.
    Degrees: Numbers, Strict, ["degrees"], "angle", { (Float) -> Float; }
    "degrees(pi())" => "180.0";

    /// Radians of an angle given in degrees.
    Radians: Numbers, Strict, ["radians"], "angle", { (Float) -> Float; }
    "radians(180)" => "3.141592653589793";

    /// The sine of an angle in radians.
    Sin: Numbers, Strict, ["sin"], "sine", { (Float) -> Float, fails; }
    "sin(0)" => "0.0";

    /// The cosine of an angle in radians.
    Cos: Numbers, Strict, ["cos"], "cosine", { (Float) -> Float, fails; }
    "cos(0)" => "1.0";

    /// The tangent of an angle in radians.
    Tan: Numbers, Strict, ["tan"], "tangent", { (Float) -> Float, fails; }
    "tan(0)" => "0.0";

    /// The angle in radians that has this sine.
    Asin: Numbers, Strict, ["asin"], "arc sine", { (Float) -> Float, fails; }
    "asin(1)" => "1.5707963267948966";

    /// The angle in radians that has this cosine.
    Acos: Numbers, Strict, ["acos"], "arc cosine", { (Float) -> Float, fails; }
    "acos(1)" => "0.0";

    /// The angle in radians that has this tangent.
    Atan: Numbers, Strict, ["atan"], "arc tangent", { (Float) -> Float; }
    "atan(0)" => "0.0";

    /// The angle in radians of the point with these y and x.
    Atan2: Numbers, Strict, ["atan2"], "arc tangent bearing", { (Float, Float) -> Float; }
    "atan2(1, 0)" => "1.5707963267948966";

    /// The cotangent of an angle in radians.
    Cot: Numbers, Strict, ["cot"], "cotangent", { (Float) -> Float, fails; }
    "round(cot(pi() / 4), 6)" => "1.0";

    /// The hyperbolic sine.
    Sinh: Numbers, Strict, ["sinh"], "hyperbolic sine", { (Float) -> Float; }
    "sinh(0)" => "0.0";

    /// The hyperbolic cosine.
    Cosh: Numbers, Strict, ["cosh"], "hyperbolic cosine", { (Float) -> Float; }
    "cosh(0)" => "1.0";

    /// The hyperbolic tangent.
    Tanh: Numbers, Strict, ["tanh"], "hyperbolic tangent", { (Float) -> Float; }
    "tanh(0)" => "0.0";

    /// The number that has this hyperbolic sine.
    Asinh: Numbers, Strict, ["asinh"], "inverse hyperbolic sine area", { (Float) -> Float; }
    "asinh(0)" => "0.0";

    /// The number that has this hyperbolic cosine.
    Acosh: Numbers, Strict, ["acosh"], "inverse hyperbolic cosine area", { (Float) -> Float, fails; }
    "acosh(1)" => "0.0";

    /// The number that has this hyperbolic tangent.
    Atanh: Numbers, Strict, ["atanh"], "inverse hyperbolic tangent area", { (Float) -> Float, fails; }
    "atanh(0)" => "0.0";

    /// The greatest whole number that divides both.
    Gcd: Numbers, Strict, ["gcd"], "greatest common divisor", { (Integer, Integer) -> Integer, fails; }
    "gcd(1071, 462)" => "21";

    /// The least whole number that both divide.
    Lcm: Numbers, Strict, ["lcm"], "least common multiple", { (Integer, Integer) -> Integer, fails; }
    "lcm(4, 6)" => "12";

    /// The product of all whole numbers up to this one.
    Factorial: Numbers, Strict, ["factorial"], "fact permutations", { (Integer) -> Integer, fails; }
    "factorial(5)" => "120";

    /// The number of the bucket that a number falls into, when the range from the second to the third is cut into so many of equal
    /// width. Below the range it is 0, at its end and above one more than there are.
    WidthBucket: Numbers, Strict, ["width_bucket"], "bin histogram interval tile class",
    { (Float, Float, Float, Integer) -> Integer, fails; }
    "width_bucket(35, 0, 100, 10)" => "4", "width_bucket(-1, 0, 100, 10)" => "0", "width_bucket(100, 0, 100, 10)" => "11";

    /// Whether a float is not a number, as the root of a missing measurement may be.
    IsNan: Numbers, Strict, ["is_nan", "isnan"], "not a number", { (Float) -> Boolean; }
    "is_nan('NaN'::float)" => "true", "is_nan(1.5)" => "false";

    /// Whether a float is a number and not infinite.
    IsFinite: Numbers, Strict, ["is_finite"], "infinite infinity nan", { (Float) -> Boolean; }
    "is_finite('Infinity'::float)" => "false", "is_finite(1.5)" => "true";

    /// A number from 0 up to 1 that looks like chance and depends on the values alone, so that a row has the same in every run.
    /// A second value such as 'b' gives another series.
    Random: Numbers, Own, ["random"], "rand randint sample seed hash", { (Shown; Shown) -> Float; }
    "random('order 7') = random('order 7')" => "true", "round(random(7), 6)" => "0.558913", "random(7) = random(7, 'b')" => "false";

    /// The kilometres between two places on the globe, given by latitude and longitude in degrees.
    Haversine: Numbers, Strict, ["haversine"], "distance great circle spatial latitude longitude km geo",
    { (Float, Float, Float, Float) -> Float; }
    "round(haversine(52.52, 13.405, 48.137, 11.575), 1)" => "504.3";

    } };
}
