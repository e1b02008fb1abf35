/* What the statuses mean, in words. */
#include "netinit/netinit.h"

static const struct {
    const char *argument, *text;
} meanings[NI_STATUS_COUNT] = {
    [NI_OK] = {"", "done"},
    [NI_BAD_DTYPE] = {"dtype", "dtype is not one that this kind of values can be written in"},
    [NI_BAD_KIND] = {"kind", "kind of distribution is unknown"},
    [NI_BAD_SHAPE] = {"shape",
                      "shape has too many dimensions, a negative length or too many bytes"},
    [NI_BAD_INDEX] = {"first", "an element index is negative or reaches 2^63"},
    [NI_BAD_NUMBER] = {"mean, std, low, high, gain",
                       "a number is NaN, or infinite where it must be finite"},
    [NI_BAD_STD] = {"std", "std must be at least 0"},
    [NI_BAD_BOUNDS] = {"low, high",
                       "bounds need low <= high, with the mean between them where std is 0"},
    [NI_OUT_OF_RANGE] = {"mean, std, low, high, gain",
                         "values do not fit the dtype: they would overflow"},
    [NI_EMPTY_INTERVAL] = {"low, high", "no value of the dtype lies between the bounds"},
    [NI_OVERLAP] = {"byte_strides", "two elements of the output share memory"},
    [NI_NO_MEMORY] = {"", "a workspace could not be allocated"},
    [NI_INTERRUPTED] = {"", "interrupted; the output is partly written"},
    [NI_BAD_THREADS] = {"threads", "thread count must be a whole number, at least 1"},
    [NI_UNKNOWN_ISA] = {"name", "NETINIT_ISA names no known instruction set"},
    [NI_UNSUPPORTED_ISA] = {"name",
                            "NETINIT_ISA names an instruction set that is not available here"},
    [NI_BAD_SEED] = {"seed", "seed is no integer in decimal digits, or no text in UTF-8"},
    [NI_BAD_NAME] = {"name", "name is not UTF-8"},
    [NI_BAD_AXIS] = {"axes", "an axis is none of ni_axis_role"},
    [NI_BAD_FAN] = {"fan_in, fan_out", "fan_in and fan_out must be finite and at least 0"},
    [NI_BAD_MODE] = {"mode", "mode is none of ni_mode"},
    [NI_BAD_SCALE] = {"scale", "scale must be finite and at least 0"},
    [NI_BAD_SPREAD] = {"spread", "spread is none of ni_spread"},
};

static int is_known(ni_status status) { return status >= 0 && status < NI_STATUS_COUNT; }

const char *ni_status_text(ni_status status)
{
    return is_known(status) ? meanings[status].text : "unknown status";
}

const char *ni_status_argument(ni_status status)
{
    return is_known(status) ? meanings[status].argument : "";
}
