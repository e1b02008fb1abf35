/* Variance scaling: from fans to a distribution of mean 0. */
#include "netinit/netinit.h"

/* The standard deviation of the standard normal distribution within +-2. */
static const double truncated_std = 0.87962566103423978;

static const double root_of_3 = 1.7320508075688772;

static int is_at_least_0(double x) { return x >= 0.0 && x - x == 0.0; }

ni_status ni_fan(int mode, double fan_in, double fan_out, double *fan)
{
    if (!is_at_least_0(fan_in) || !is_at_least_0(fan_out))
        return NI_BAD_FAN;
    switch (mode) {
    case NI_FAN_IN: *fan = fan_in; return NI_OK;
    case NI_FAN_OUT: *fan = fan_out; return NI_OK;
    case NI_FAN_AVG: *fan = (fan_in + fan_out) / 2.0; return NI_OK;
    case NI_FAN_GEO_AVG: *fan = __builtin_sqrt(fan_in * fan_out); return NI_OK;
    default: return NI_BAD_MODE;
    }
}

ni_status ni_scaled_std(double scale, int mode, double fan_in, double fan_out, double *std)
{
    double fan;
    const ni_status status = ni_fan(mode, fan_in, fan_out, &fan);
    if (status != NI_OK)
        return status;
    if (!is_at_least_0(scale))
        return NI_BAD_SCALE;
    *std = fan > 0.0 ? __builtin_sqrt(scale / fan) : 0.0;
    return NI_OK;
}

ni_status ni_spread_of(int spread, double std, ni_distribution *distribution)
{
    ni_distribution made = {.kind = NI_TRUNCATED_NORMAL, .std = std};
    if (spread < 0 || spread >= NI_SPREAD_COUNT)
        return NI_BAD_SPREAD;
    if (!is_at_least_0(std))
        return NI_BAD_STD;
    if (spread == NI_SPREAD_NORMAL) {
        made.kind = NI_NORMAL;
    } else if (spread == NI_SPREAD_UNIFORM) {
        made.kind = NI_UNIFORM, made.std = 0.0;
        made.high = root_of_3 * std, made.low = -made.high;
    } else {
        if (spread == NI_SPREAD_TRUNCATED_NORMAL)
            made.std = std / truncated_std;
        made.high = 2.0 * made.std, made.low = -made.high;
    }
    *distribution = made;
    return NI_OK;
}

ni_status ni_variance_scaling(double scale, int mode, int spread, double fan_in, double fan_out,
                              double gain, ni_distribution *distribution)
{
    double std;
    const ni_status status = ni_scaled_std(scale, mode, fan_in, fan_out, &std);
    return status == NI_OK ? ni_spread_of(spread, gain * std, distribution) : status;
}
