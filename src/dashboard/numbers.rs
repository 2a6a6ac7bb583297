//! Formatting of numbers, the same in every language.

use std::fmt;

use crate::language::{Language, Localized};

/// A number with three significant digits, as [`number`] writes it.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&number(self.0))
    }
}

impl Localized for Number {
    fn fmt_in(&self, _: Language, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Formats with up to three significant digits; below 0.0005 and from 100,000 on with two and an exponent (`1.2e-5`).
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !value.is_finite() {
        value.to_string()
    } else if !(0.0005..100_000.0).contains(&size) {
        format!("{value:.1e}")
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 0.1 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}

/// Formats with a sign and two decimals; values that round to zero are `+0.00`.
pub fn signed(value: f32) -> String {
    format!("{:+.2}", if value.abs() < 0.005 { 0.0 } else { value })
}

/// Formats a probability as a percentage, seven columns wide with the sign: two decimals below 10 %, else one.
pub fn percent(probability: f32) -> String {
    let percent = probability * 100.0;
    if percent < 9.995 { format!("{percent:5.2} %") } else { format!("{percent:5.1} %") }
}

/// Formats as a power of ten, between 0.01 and 100 with one decimal of the exponent: `10^-11`, `10^0.2`. Values that are zero, negative
/// or not finite are formatted by [`number`].
pub fn power_of_ten(value: f64) -> String {
    if !(value > 0.0 && value.is_finite()) {
        return number(value);
    }
    match value.log10() {
        exponent if exponent.abs() < 0.05 => "10^0".to_owned(),
        exponent if exponent.abs() < 2.0 => format!("10^{exponent:.1}"),
        exponent => format!("10^{exponent:.0}"),
    }
}

/// Formats a count with thousands separators: `1,234,567`.
pub fn grouped(count: u128) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..].chunks(3).map(String::from_utf8_lossy);
    let grouped: Vec<_> = (first > 0).then(|| digits[..first].into()).into_iter().chain(groups).collect();
    grouped.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grouped_count_has_thousands_separators() {
        assert_eq!([7, 83, 123_456, 4_771_600].map(grouped), ["7", "83", "123,456", "4,771,600"]);
    }

    #[test]
    fn percent_has_constant_width() {
        let shown = [0.0, 0.0001, 0.0516, 0.099_94, 0.099_99, 0.5, 1.0].map(percent);
        assert_eq!(shown, [" 0.00 %", " 0.01 %", " 5.16 %", " 9.99 %", " 10.0 %", " 50.0 %", "100.0 %"]);
    }

    #[test]
    fn power_of_ten_near_one_has_decimal() {
        assert_eq!([2.9e-12, 0.048, 1.0, 1.47, 3e5].map(power_of_ten), ["10^-12", "10^-1.3", "10^0", "10^0.2", "10^5"]);
        assert_eq!(power_of_ten(0.0), "0");
    }

    #[test]
    fn number_of_any_size_is_short() {
        let shown: Vec<_> =
            [0.0, 0.000_012_34, 0.0123, 0.5, 1.946, 12.34, 151.4, 2e7, f64::INFINITY].map(number).into();
        assert_eq!(shown, ["0", "1.2e-5", "0.0123", "0.50", "1.95", "12.3", "151", "2.0e7", "inf"]);
    }

    #[test]
    fn signed_rounded_zero_is_positive() {
        assert_eq!([-0.001, 0.424, -0.96].map(signed), ["+0.00", "+0.42", "-0.96"]);
    }
}
