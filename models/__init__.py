"""The clinical and statistical domain: pure functions over values, arrays and Ibis expressions."""
