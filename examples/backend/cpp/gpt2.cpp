// Fills the parameters that standard input lists, as gpt2.txt does, and writes their bytes, one
// after another:
//
//     cmake -S . -B build -DCMAKE_PREFIX_PATH=<where netinit is> && cmake --build build
//     build/gpt2 2019 < ../gpt2.txt | sha256sum
#include "netinit.hpp"

#include <iostream>

int main(int argc, char **argv)
try {
    const std::int64_t seed = argc > 1 ? std::stoll(argv[1]) : 0;
    std::ios::sync_with_stdio(false);
    std::string name;
    std::size_t count;
    double mean, std;
    while (std::cin >> name >> count >> mean >> std) {
        std::vector<float> data(count);
        netinit::fill(data.data(), count, netinit::stream(seed, name), netinit::normal(mean, std));
        std::cout.write(reinterpret_cast<const char *>(data.data()),
                        static_cast<std::streamsize>(count * sizeof(float)));
    }
    const auto q = netinit::orthogonal<double>(8, 4, netinit::stream(seed, "q"));
    double length = 0;
    for (std::size_t i = 0; i < q.size(); i += 4)
        length += q[i] * q[i];
    if (!(length > 1 - 1e-14 && length < 1 + 1e-14))
        throw std::logic_error("a column of an orthogonal matrix has length 1");
    return std::cout.flush() ? 0 : 1;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
