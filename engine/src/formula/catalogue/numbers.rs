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

    /// The nearest number with so many digits after the point, none if not given; halves go away from zero.
    Round: Numbers, Strict, ["round"], "nearest digits decimals",
    {
        (Integer) -> Integer; (Decimal) -> Decimal; (Float) -> Float;
        (Integer, Integer) -> Integer, fails; (Decimal, Integer) -> Decimal, fails; (Float, Integer) -> Float;
    }
    "round(2.5)" => "3", "round(-2.5)" => "-3", "round(2.345, 2)" => "2.35", "round(1250, -2)" => "1300";

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

    } };
}
