/* Powers, to the last digit as V8 gives them: its method is less exact than the C library's, and the digits are seen. */
#include "template/private.h"

/* The upper half of a double: products of two such are exact. */
static double high(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	bits &= ~(uint64_t)0xFFFFFFFF;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* A number as the sum of a large and a small part. */
struct pair {
	double hi, lo;
};

static double poly(const double *c, size_t n, double x)
{
	double sum = 0;

	while (n-- > 0)
		sum = c[n] + x * sum;
	return sum;
}

/* log2(x) for x > 0: of x = 2^n m, m near 1 or near 1.5, by the series of log in (m - near) / (m + near). */
static struct pair log2_pair(double x)
{
	static const double series[] = { 5.99999999999994648725e-01, 4.28571428578550184252e-01, 3.33333329818377432918e-01,
					 2.72728123808534006489e-01, 2.30660745775561754067e-01, 2.06975017800338417784e-01 };
	/* 2 / (3 ln 2), and log2(1.5), in two parts. */
	const double scale = 9.61796693925975554329e-01, scale_hi = 9.61796700954437255859e-01,
		     scale_lo = -7.02846165095275826516e-09;
	const double log_hi = 5.84962487220764160156e-01, log_lo = 1.35003920212974897128e-08;
	int n;
	double m = frexp(x, &n) * 2, near = 1;

	n--;
	if (high(m) >= 0x1.BB67Ap0) {
		m /= 2;
		n++;
	} else if (high(m) > 0x1.3988Ep0) {
		near = 1.5;
	}
	double d = m - near, inverse = 1 / (m + near), s = d * inverse, s_hi = high(s);
	double sum_hi = high(m + near), sum_lo = m - (sum_hi - near);
	double s_lo = inverse * ((d - s_hi * sum_hi) - s_hi * sum_lo);
	double rest = s * s * (s * s) * poly(series, LEN(series), s * s) + s_lo * (s_hi + s);
	double square = s_hi * s_hi;
	double t_hi = high(3.0 + square + rest), t_lo = rest - ((t_hi - 3.0) - square);
	double u = s_hi * t_hi, v = s_lo * t_hi + t_lo * s, p_hi = high(u + v), p_lo = v - (p_hi - u);
	double z_hi = scale_hi * p_hi, z_lo = scale_lo * p_hi + p_lo * scale + (near > 1 ? log_lo : 0);
	double base = near > 1 ? log_hi : 0;
	struct pair out;

	out.hi = high(((z_hi + z_lo) + base) + n);
	out.lo = z_lo - (((out.hi - n) - base) - z_hi);
	return out;
}

/* 2^(p.hi + p.lo) */
static double exp2_pair(struct pair p)
{
	static const double series[] = { 1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
					 -1.65339022054652515390e-06, 4.13813679705723846039e-08 };
	const double ln2 = 6.93147180559945286227e-01, ln2_hi = 6.93147182464599609375e-01,
		     ln2_lo = -1.90465429995776804525e-09;
	double whole = 0, z = p.lo + p.hi;

	if (fabs(z) > 0.5) {
		whole = trunc(z + copysign(0.5, z));
		p.hi -= whole;
	}
	double t = high(p.lo + p.hi), u = t * ln2_hi, v = (p.lo - (t - p.hi)) * ln2 + t * ln2_lo;
	double x = u + v, error = v - (x - u), square = x * x;
	double small = x - square * poly(series, LEN(series), square);
	/* The error belongs behind the division, not into the divisor; V8 has it there, and so have we. */
	double quotient = (x * small) / ((small - 2.0) - (error + x * error));

	return ldexp(1.0 - (quotient - x), (int)whole);
}

double number_power(double x, double y)
{
	/* JavaScript: 1 ** NaN and 1 ** Infinity are NaN. */
	double rough = isnan(y) || (fabs(x) == 1 && isinf(y)) ? NAN : pow(x, y);

	if (y == 0 || fabs(x) == 1 || !isnormal(rough) || !isfinite(x) || fabs(y) > 0x1p31)
		return rough;
	if (y == 1 || y == -1 || y == 2)
		return y == 1 ? x : y == 2 ? x * x : 1 / x;
	if (y == 0.5)
		return sqrt(x);
	struct pair log = log2_pair(fabs(x)), p;
	double y_hi = high(y);

	p.lo = (y - y_hi) * log.hi + y * log.lo;
	p.hi = y_hi * log.hi;
	return copysign(exp2_pair(p), rough);
}
