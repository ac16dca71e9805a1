//! Functions of dates, times and durations.

macro_rules! dates {
    ($rest:tt $($before:tt)*) => { declare! { $rest $($before)*

    /// The year.
    Year: Dates, Strict, ["year"], "extract date part datetimeyear", { (Date) -> Integer; (Timestamp) -> Integer; }
    "year(date '2024-05-01')" => "2024";

    /// The month, 1 to 12.
    Month: Dates, Strict, ["month"], "extract date part datetimemonth", { (Date) -> Integer; (Timestamp) -> Integer; }
    "month(date '2024-05-01')" => "5";

    /// The day of the month, 1 to 31.
    Day: Dates, Strict, ["day"], "extract date part datetimeday", { (Date) -> Integer; (Timestamp) -> Integer; }
    "day(date '2024-05-31')" => "31";

    /// The hour, 0 to 23.
    Hour: Dates, Strict, ["hour"], "extract time part datetimehour", { (Timestamp) -> Integer; (Time) -> Integer; }
    "hour(timestamp '2024-05-01 17:45')" => "17";

    /// The minute, 0 to 59.
    Minute: Dates, Strict, ["minute"], "extract time part", { (Timestamp) -> Integer; (Time) -> Integer; }
    "minute(timestamp '2024-05-01 17:45')" => "45";

    /// The seconds with their fraction.
    Second: Dates, Strict, ["second"], "extract time part", { (Timestamp) -> Decimal; (Time) -> Decimal; }
    "second(timestamp '2024-05-01 17:45:09.25')" => "9.250000";

    /// The quarter of the year, 1 to 4.
    Quarter: Dates, Strict, ["quarter"], "extract date part", { (Date) -> Integer; (Timestamp) -> Integer; }
    "quarter(date '2024-05-01')" => "2";

    /// The week of the year by ISO 8601, 1 to 53; week 1 is the one with the first Thursday.
    Week: Dates, Strict, ["week"], "extract isoweek weeknum", { (Date) -> Integer; (Timestamp) -> Integer; }
    "week(date '2024-12-30')" => "1", "week(date '2021-01-03')" => "53";

    /// The year that the ISO 8601 week belongs to.
    IsoYear: Dates, Strict, ["isoyear"], "extract week year", { (Date) -> Integer; (Timestamp) -> Integer; }
    "isoyear(date '2024-12-30')" => "2025";

    /// The day of the week from Sunday, 0, to Saturday, 6.
    DayOfWeek: Dates, Strict, ["dow", "dayofweek"], "weekday extract", { (Date) -> Integer; (Timestamp) -> Integer; }
    "dow(date '2024-05-05')" => "0";

    /// The day of the week from Monday, 1, to Sunday, 7.
    IsoDayOfWeek: Dates, Strict, ["isodow"], "weekday extract", { (Date) -> Integer; (Timestamp) -> Integer; }
    "isodow(date '2024-05-05')" => "7";

    /// The day of the year, 1 to 366.
    DayOfYear: Dates, Strict, ["doy", "dayofyear"], "extract julian", { (Date) -> Integer; (Timestamp) -> Integer; }
    "doy(date '2024-12-31')" => "366";

    /// Seconds since 1970-01-01 00:00, or the seconds of a duration.
    Epoch: Dates, Strict, ["epoch"], "unix seconds extract tounix", { (Timestamp) -> Decimal; (Duration) -> Decimal; }
    "extract(epoch from timestamp '1970-01-02 00:00:01')" => "86401.000000",
    "extract(epoch from interval '2 hours')" => "7200.000000";

    /// The century: the year 2000 belongs to the 20th, 2001 to the 21st.
    Century: Dates, Strict, ["century"], "extract date part", { (Date) -> Integer; (Timestamp) -> Integer; }
    "century(date '2000-12-31')" => "20", "extract(century from date '2001-01-01')" => "21";

    /// The year without its last digit.
    Decade: Dates, Strict, ["decade"], "extract date part", { (Date) -> Integer; (Timestamp) -> Integer; }
    "decade(date '2024-05-01')" => "202";

    /// The millennium: the third began with 2001.
    Millennium: Dates, Strict, ["millennium"], "extract date part", { (Date) -> Integer; (Timestamp) -> Integer; }
    "millennium(date '2024-05-01')" => "3";

    /// The seconds with their fraction, in thousandths.
    Milliseconds: Dates, Strict, ["milliseconds", "millisecond"], "extract time part",
    { (Timestamp) -> Decimal; (Time) -> Decimal; }
    "milliseconds(timestamp '2024-05-01 17:45:09.25')" => "9250.000";

    /// The seconds with their fraction, in millionths.
    Microseconds: Dates, Strict, ["microseconds", "microsecond"], "extract time part",
    { (Timestamp) -> Integer; (Time) -> Integer; }
    "microseconds(timestamp '2024-05-01 17:45:09.25')" => "9250000";

    /// The English name of the day.
    DayName: Dates, Strict, ["dayname"], "weekday name of day to_char", { (Date) -> Text; (Timestamp) -> Text; }
    "dayname(date '2024-05-01')" => "Wednesday";

    /// The English name of the month.
    MonthName: Dates, Strict, ["monthname"], "name of month to_char", { (Date) -> Text; (Timestamp) -> Text; }
    "monthname(date '2024-05-01')" => "May";

    /// Whether the day is a Saturday or a Sunday.
    IsWeekend: Dates, Strict, ["is_weekend"], "saturday sunday weekday", { (Date) -> Boolean; (Timestamp) -> Boolean; }
    "is_weekend(date '2024-05-04')" => "true", "is_weekend(date '2024-05-03')" => "false";

    /// Whether the year has 366 days.
    IsLeapYear: Dates, Strict, ["is_leap_year"], "leap february dateisleapyear",
    { (Integer) -> Boolean; (Date) -> Boolean; (Timestamp) -> Boolean; }
    "is_leap_year(date '2024-05-01')" => "true", "is_leap_year(1900)" => "false";

    /// How many days the month has.
    DaysInMonth: Dates, Strict, ["days_in_month"], "length of month datedaysinmonth",
    { (Date) -> Integer; (Timestamp) -> Integer; }
    "days_in_month(date '2024-02-10')" => "29";

    /// The start of the year, quarter, month, week, day, hour, minute or second.
    DateTrunc: Dates, Strict, ["date_trunc"], "datetimetrim start of beginning truncate round",
    { (Constant, Date) -> Date; (Constant, Timestamp) -> Timestamp; }
    "date_trunc('month', timestamp '2024-05-17 13:00')" => "2024-05-01 00:00:00",
    "date_trunc('week', timestamp '2024-05-05 13:00')" => "2024-04-29 00:00:00";

    /// The start of the stretch of time a point in time falls into, when time is cut into stretches of one length, beginning at
    /// the third argument.
    DateBin: Dates, Strict, ["date_bin"], "bucket interval round truncate floor 15 minutes time_bucket",
    { (Duration, Timestamp, Timestamp) -> Timestamp, fails; }
    "date_bin(interval '15 minutes', timestamp '2024-05-01 17:44:09', timestamp '2024-01-01')" => "2024-05-01 17:30:00";

    /// So many units later: year, quarter, month, week, day, hour, minute or second. Where a month has no such day, its last one.
    DateAdd: Dates, Strict, ["date_add", "dateadd"], "datetimeadd edate later plus add timestampadd",
    { (Constant, Integer, Date) -> Date, fails; (Constant, Integer, Timestamp) -> Timestamp, fails; }
    "date_add('month', 1, date '2024-01-31')" => "2024-02-29",
    "date_add('hour', -2, timestamp '2024-05-01 01:00')" => "2024-04-30 23:00:00";

    /// How many starts of a unit lie between the second and the third argument: from December 31 to January 1 it is one year.
    DateDiff: Dates, Strict, ["date_diff", "datediff"], "difference days between datetimediff timestampdiff",
    { (Constant, Date, Date) -> Integer; (Constant, Timestamp, Timestamp) -> Integer; }
    "date_diff('day', date '2024-02-28', date '2024-03-01')" => "2",
    "date_diff('year', date '2023-12-31', date '2024-01-01')" => "1";

    /// How many whole units have passed from the second to the third argument: an age in years, a term in months.
    DateElapsed: Dates, Strict, ["date_elapsed", "datesub"], "age complete full datedif birthday years months between",
    { (Constant, Date, Date) -> Integer; (Constant, Timestamp, Timestamp) -> Integer; }
    "date_elapsed('year', date '1990-05-02', date '2024-05-01')" => "33",
    "date_elapsed('month', date '2024-01-15', date '2024-03-15')" => "2";

    /// The date of a year, a month and a day.
    MakeDate: Dates, Strict, ["make_date"], "date from parts makedate", { (Integer, Integer, Integer) -> Date, fails; }
    "make_date(2024, 2, 29)" => "2024-02-29";

    /// The point in time of a year, month, day, hour, minute and seconds.
    MakeTimestamp: Dates, Strict, ["make_timestamp"], "datetime from parts makedatetime",
    { (Integer, Integer, Integer, Integer, Integer, Float) -> Timestamp, fails; }
    "make_timestamp(2024, 2, 29, 13, 5, 7.5)" => "2024-02-29 13:05:07.5";

    /// The time of day of an hour, a minute and seconds.
    MakeTime: Dates, Strict, ["make_time"], "time from parts maketime timefromparts",
    { (Integer, Integer, Float) -> Time, fails; }
    "make_time(13, 5, 7.5)" => "13:05:07.5";

    /// So many months later; where the month has no such day, its last one.
    AddMonths: Dates, Strict, ["add_months"], "dateadd datetimeadd edate month later",
    { (Date, Integer) -> Date, fails; (Timestamp, Integer) -> Timestamp, fails; }
    "add_months(date '2024-01-31', 1)" => "2024-02-29", "add_months(date '2024-03-31', -1)" => "2024-02-29";

    /// The first day of the month.
    FirstDay: Dates, Strict, ["first_day"], "start beginning of month datetimefirstofmonth startofmonth",
    { (Date) -> Date; (Timestamp) -> Date; }
    "first_day(date '2024-02-10')" => "2024-02-01";

    /// The last day of the month.
    LastDay: Dates, Strict, ["last_day"], "end of month eomonth datetimelastofmonth",
    { (Date) -> Date; (Timestamp) -> Date; }
    "last_day(date '2024-02-10')" => "2024-02-29";

    /// The first day after a date that is of the given name.
    NextDay: Dates, Strict, ["next_day"], "following monday weekday", { (Date, Constant) -> Date, fails; }
    "next_day(date '2024-05-01', 'Monday')" => "2024-05-06", "next_day(date '2024-05-06', 'Monday')" => "2024-05-13";

    /// A date read from text by a format such as 'DD.MM.YYYY', the first that fits if there are more. Months may have English, German,
    /// French, Spanish, Italian, Portuguese or Dutch names; YY(1950) says which hundred years two digits mean.
    ToDate: Dates, Strict, ["to_date"], "dateparse parse datetimeparse convert strptime",
    { (Text, Constant; Constant) -> Date, fails; }
    "to_date('01.05.2024', 'DD.MM.YYYY')" => "2024-05-01", "to_date('5 Dec 2000', 'DD Mon YYYY')" => "2000-12-05",
    "to_date('5. März 54', 'YYYY-MM-DD', 'DD. Month YY(1950)')" => "1954-03-05";

    /// A point in time read from text by a format such as 'YYYY-MM-DD HH24:MI:SS', or from seconds since 1970. Of several formats the first
    /// that fits counts. TIME stands for any common time of day, if there is one; with TZ for an offset the result is in UTC.
    ToTimestamp: Dates, Strict, ["to_timestamp"], "dateparse datetimeparse parse unix strptime",
    { (Text, Constant; Constant) -> Timestamp, fails; (Float) -> Timestamp, fails; }
    "to_timestamp('01/05/2024 17:45', 'DD/MM/YYYY HH24:MI')" => "2024-05-01 17:45:00",
    "to_timestamp('5/1/24 5:45 pm', 'DD.MM.YYTIME', 'MM/DD/YYTIME')" => "2024-05-01 17:45:00",
    "to_timestamp('2024-05-01T17:45:00.25+02:00', 'YYYY-MM-DDTIMETZ')" => "2024-05-01 15:45:00.25",
    "to_timestamp(86400)" => "1970-01-02 00:00:00";

    /// The day so many workdays later; with a negative number earlier. Saturdays, Sundays and the days given after it are none.
    AddWorkdays: Dates, Strict, ["add_workdays"], "workday business days networkdays dateadd holidays",
    { (Date, Integer; Constant) -> Date, fails; }
    "add_workdays(date '2024-04-30', 2, '2024-05-01')" => "2024-05-03", "add_workdays(date '2024-05-04', -1)" => "2024-05-03";

    /// How many workdays there are from the first day up to the second, which is not counted itself. Saturdays, Sundays and the days given
    /// after it are none.
    Workdays: Dates, Strict, ["workdays"], "networkdays business days between busday_count holidays",
    { (Date, Date; Constant) -> Integer; }
    "workdays(date '2024-04-29', date '2024-05-06', '2024-05-01')" => "4", "workdays(date '2024-05-06', date '2024-05-03')" => "-1";

    /// The instant at which the clocks of a time zone show a time, or what they show at an instant. A time that they show twice or never
    /// fails the row, unless 'earliest', 'latest' or 'null' says what becomes of it. Also written time at time zone 'zone'.
    AtZone: Dates, Strict, ["timezone"], "at time zone convert utc local datetimetoutc datetimetolocal tz_convert tz_localize",
    {
        (Constant, Timestamp) -> Zoned, fails;
        (Constant, Timestamp, Constant) -> Zoned, fails;
        (Constant, Zoned) -> Timestamp;
    }
    "timezone('Asia/Tokyo', timezone('Europe/Berlin', timestamp '2024-05-01 12:00'))" => "2024-05-01 19:00:00",
    "timezone('UTC', timezone('Europe/Berlin', timestamp '2024-10-27 02:30', 'earliest'))" => "2024-10-27 00:30:00";

    /// A date or a point in time as text by a format such as 'DD.MM.YYYY', or a number by one such as 'FM9,990.00'. In those of
    /// numbers 0 is a digit that is always written, 9 one that may be missing, S a sign; FM leaves out blanks that fill.
    ToChar: Dates, Strict, ["to_char"], "format datetimeformat strftime number thousands currency tostring text",
    { (Timestamp, Constant) -> Text; (Integer, Constant) -> Text; (Decimal, Constant) -> Text; (Float, Constant) -> Text; }
    "to_char(date '2024-05-01', 'DD.MM.YYYY')" => "01.05.2024",
    "to_char(timestamp '2024-05-01 17:45:09', 'HH12:MI:SS AM')" => "05:45:09 PM",
    "to_char(date '2024-05-01', 'Dy DD Mon')" => "Wed 01 May", "to_char(1234567.891, 'FM9,999,990.00')" => "1,234,567.89",
    "to_char(7, 'FM000')" => "007", "to_char(-0.5, 'FM990.0%')" => "-0.5%";

    /// The year that ends a business year which begins with the given month: for 10, October 2024 is in 2025.
    FiscalYear: Dates, Strict, ["fiscal_year"], "financial business year",
    { (Date, Integer) -> Integer, fails; (Timestamp, Integer) -> Integer, fails; }
    "fiscal_year(date '2024-10-01', 10)" => "2025", "fiscal_year(date '2024-09-30', 10)" => "2024";

    /// The quarter of a business year that begins with the given month.
    FiscalQuarter: Dates, Strict, ["fiscal_quarter"], "financial business year",
    { (Date, Integer) -> Integer, fails; (Timestamp, Integer) -> Integer, fails; }
    "fiscal_quarter(date '2024-10-01', 10)" => "1", "fiscal_quarter(date '2024-09-30', 10)" => "4";

    } };
}
