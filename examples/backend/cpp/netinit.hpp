// netinit for C++17: values by type, errors as exceptions. The C library does the work.
#ifndef NETINIT_HPP
#define NETINIT_HPP

#include <netinit/netinit.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace netinit {

struct error : std::runtime_error {
    ni_status status;
    explicit error(ni_status s) : std::runtime_error(ni_status_text(s)), status(s) {}
};

inline void check(ni_status status)
{
    if (status != NI_OK)
        throw error(status);
}

/// The type of an element: a specialization for each that C++ has.
template <typename T> struct dtype_of;
template <> struct dtype_of<float> { static constexpr ni_dtype value = NI_FLOAT32; };
template <> struct dtype_of<double> { static constexpr ni_dtype value = NI_FLOAT64; };
template <> struct dtype_of<std::uint32_t> { static constexpr ni_dtype value = NI_UINT32; };
template <> struct dtype_of<std::uint64_t> { static constexpr ni_dtype value = NI_UINT64; };

/// The stream of a seed and a parameter's name.
inline ni_stream stream(std::int64_t seed, std::string_view name)
{
    ni_stream made;
    check(ni_stream_of(seed, name.data(), name.size(), &made));
    return made;
}

inline ni_distribution constant(double value) { return {NI_CONSTANT, value, 0, 0, 0}; }
inline ni_distribution uniform(double low, double high) { return {NI_UNIFORM, 0, 0, low, high}; }
inline ni_distribution normal(double mean, double std) { return {NI_NORMAL, mean, std, 0, 0}; }
inline ni_distribution truncated_normal(double mean, double std, double low, double high)
{
    return {NI_TRUNCATED_NORMAL, mean, std, low, high};
}

/// Fill contiguous elements, of which the first is element `first` of the whole array.
template <typename T>
void fill(T *data, std::size_t count, const ni_stream &from, const ni_distribution &distribution,
          std::int64_t first = 0, const ni_run *run = nullptr)
{
    const std::int64_t length = static_cast<std::int64_t>(count), stride = sizeof(T), step = 1;
    const ni_output out = {data, dtype_of<T>::value, 1, &length, &stride, &step, first};
    check(ni_fill(&from, &distribution, &out, run));
}

/// A random orthogonal matrix in row-major order, times `gain`.
template <typename T>
std::vector<T> orthogonal(std::int64_t rows, std::int64_t cols, const ni_stream &from,
                          double gain = 1, const ni_run *run = nullptr)
{
    std::vector<T> made(static_cast<std::size_t>(rows * cols));
    ni_matrices out = {};
    out.data = made.data(), out.dtype = dtype_of<T>::value;
    out.rows = out.part_rows = rows, out.cols = out.part_cols = cols;
    out.row_stride = cols * static_cast<std::int64_t>(sizeof(T)), out.col_stride = sizeof(T);
    out.count = 1;
    check(ni_orthogonal(&from, &out, gain, run));
    return made;
}

} // namespace netinit

#endif
