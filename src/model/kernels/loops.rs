//! Loops over many numbers, compiled for the vector instructions that the machine has.

/// Runs `work` compiled for the best instruction set of this machine. Only what is inlined into it is compiled so: mark
/// closures and the functions they call `#[inline(always)]`.
#[inline(always)]
pub fn vectorized<W: pulp::NullaryFnOnce>(work: W) -> W::Output {
    pulp::Arch::new().dispatch(work)
}

/// The sum of squares: 16 partial sums in f32 over pieces of 4,096 numbers, in f64 over the pieces. The order is fixed.
pub fn sum_of_squares(numbers: &[f32]) -> f64 {
    let of_piece = |piece: &[f32]| {
        let mut lanes = [0.0_f32; 16];
        let (chunks, rest) = piece.as_chunks::<16>();
        for chunk in chunks {
            for (lane, number) in lanes.iter_mut().zip(chunk) {
                *lane += number * number;
            }
        }
        for (lane, number) in lanes.iter_mut().zip(rest) {
            *lane += number * number;
        }
        f64::from(lanes.iter().sum::<f32>())
    };
    vectorized(
        #[inline(always)]
        || numbers.chunks(4096).map(of_piece).sum(),
    )
}

/// Multiplies every number by `factor`.
pub fn scale(numbers: &mut [f32], factor: f32) {
    vectorized(
        #[inline(always)]
        || numbers.iter_mut().for_each(|number| *number *= factor),
    );
}

/// Adds every row of `rows` to `sum`: the gradient of a bias that was added to each of them.
pub fn add_rows_of(rows: &[f32], sum: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(sum.len()) {
                sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_are_those_of_f64(numbers in prop::collection::vec(-10.0_f32..10.0, 0..10_000)) {
            let exact: f64 = numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
            prop_assert!((sum_of_squares(&numbers) - exact).abs() <= 1e-5 * exact);
        }
    }

    #[test]
    fn rows_are_added_column_by_column() {
        let mut sum = [1.0, 2.0];
        add_rows_of(&[10.0, 20.0, 100.0, 200.0], &mut sum);
        assert_eq!(sum.map(f32::to_bits), [111.0_f32, 222.0].map(f32::to_bits));
    }
}
