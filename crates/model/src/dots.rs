//! Products of vectors of signed bytes, in the processor's widest lanes.
//!
//! The plain loop is compiled for each instruction set because [`SimdOp::dispatch`] inlines it there, and for
//! each width, because what is left over at the end of a row would cost more than the row.

use rten_simd::{Isa, SimdOp};

/// The products of one vector with many that lie one behind the other.
struct Dots<'a, const WIDTH: usize> {
    one: &'a [i8; WIDTH],
    others: &'a [[i8; WIDTH]],
    out: &'a mut [i32],
}

impl<const WIDTH: usize> SimdOp for Dots<'_, WIDTH> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _: I) {
        for (other, out) in self.others.iter().zip(self.out) {
            *out = self.one.iter().zip(other).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
        }
    }
}

/// The products of one vector with many that lie one behind the other, one number for each of these.
pub fn dots<const WIDTH: usize>(one: &[i8; WIDTH], others: &[[i8; WIDTH]], out: &mut [i32]) {
    Dots { one, others, out }.dispatch();
}

/// The product of two vectors; 0 where either has another width.
pub fn dot<const WIDTH: usize>(one: &[i8], other: &[i8]) -> i32 {
    let (Ok(one), Ok(other)) = (one.try_into(), other.try_into()) else { return 0 };
    let mut out = [0];
    dots::<WIDTH>(one, std::slice::from_ref(other), &mut out);
    out[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_exact_at_the_ends_of_the_range() {
        let (low, high) = ([-128i8; 384], [127i8; 384]);
        assert_eq!(dot::<384>(&low, &low), 384 * 128 * 128);
        assert_eq!(dot::<384>(&low, &high), -384 * 128 * 127);
        assert_eq!(dot::<384>(&low, &high[..380]), 0);
        let mut out = [0; 3];
        dots(&high, &[low, high, [1; 384]], &mut out);
        assert_eq!(out, [-384 * 128 * 127, 384 * 127 * 127, 384 * 127]);
    }
}
