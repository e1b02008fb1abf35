/* What the statuses mean, in words. */
#include "netinit/netinit.h"

const char *ni_status_text(ni_status status)
{
    static const char *const text[NI_STATUS_COUNT] = {
        [NI_OK] = "done",
        [NI_BAD_DTYPE] = "dtype is not one that this kind of values can be written in",
        [NI_BAD_KIND] = "kind of distribution is unknown",
        [NI_BAD_SHAPE] = "shape has too many dimensions, a negative length or too many bytes",
        [NI_BAD_INDEX] = "an element index is negative or reaches 2^63",
        [NI_BAD_NUMBER] = "a number is NaN, or infinite where it must be finite",
        [NI_BAD_STD] = "std must be at least 0",
        [NI_BAD_BOUNDS] = "bounds need low <= high, with the mean between them where std is 0",
        [NI_OUT_OF_RANGE] = "values do not fit the dtype: they would overflow",
        [NI_EMPTY_INTERVAL] = "no value of the dtype lies between the bounds",
        [NI_OVERLAP] = "two elements of the output share memory",
        [NI_NO_MEMORY] = "a workspace could not be allocated",
        [NI_INTERRUPTED] = "interrupted; the output is partly written",
        [NI_BAD_THREADS] = "thread count must be a whole number, at least 1",
        [NI_UNKNOWN_ISA] = "NETINIT_ISA names no known instruction set",
        [NI_UNSUPPORTED_ISA] = "NETINIT_ISA names an instruction set that is not available here",
    };
    return status >= 0 && status < NI_STATUS_COUNT ? text[status] : "unknown status";
}
