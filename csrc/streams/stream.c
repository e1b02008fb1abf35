/* From a seed and a name to a stream: docs/stream.md, section 2. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "netinit/netinit.h"
#include "streams/blake2b.h"

/* How many bytes a character has in UTF-8 that begins with this one; 0 where none does. */
static size_t bytes_after(unsigned first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* How many bytes the first character of a text has, or 0 if it is not UTF-8. */
static size_t character_bytes(const unsigned char *text, size_t size)
{
    const unsigned first = text[0];
    const size_t bytes = bytes_after(first);
    if (bytes > size)
        return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if (bytes < 3)
        return bytes;
    /* In more bytes than are needed, a half of a pair (surrogate), or past U+10FFFF. */
    const unsigned second = text[1];
    const int wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0)
                      || (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
    return wrong ? 0 : bytes;
}

static int is_utf8(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    while (size > 0) {
        uint64_t eight = UINT64_MAX;
        if (size >= 8)
            memcpy(&eight, at, 8);
        const size_t bytes = eight & 0x8080808080808080 ? character_bytes(at, size) : 8;
        if (bytes == 0)
            return 0;
        at += bytes, size -= bytes;
    }
    return 1;
}

/* An integer's digits without zeros before them, and whether it is below 0; 0 if it is none. */
static int read_integer(const char **digits, size_t *size, int *negative)
{
    if (*size == 0)
        return 0;
    const char *at = *digits, *end = at + *size;
    *negative = *at == '-';
    at += *at == '-' || *at == '+';
    if (at == end)
        return 0;
    for (const char *p = at; p < end; p++)
        if (*p < '0' || *p > '9')
            return 0;
    while (at < end - 1 && *at == '0')
        at++;
    *negative = *negative && *at != '0';
    *digits = at, *size = (size_t)(end - at);
    return 1;
}

static void hash(char tag, int negative, const char *seed, size_t seed_bytes, const char *name,
                 size_t name_bytes, ni_stream *stream)
{
    const uint64_t length = (uint64_t)seed_bytes + (negative ? 1 : 0);
    unsigned char begin[9] = {(unsigned char)tag};
    uint64_t words[8];
    ni_blake2b state;
    for (int i = 0; i < 8; i++)
        begin[1 + i] = (unsigned char)(length >> (8 * i));
    ni_blake2b_begin(&state, 16, (const unsigned char *)"netinit-stream-1");
    ni_blake2b_add(&state, begin, sizeof begin);
    ni_blake2b_add(&state, "-", negative ? 1 : 0);
    ni_blake2b_add(&state, seed, seed_bytes);
    ni_blake2b_add(&state, name, name_bytes);
    ni_blake2b_end(&state, words);
    stream->key = words[0], stream->offset = words[1], stream->draw = 0;
}

ni_status ni_stream_of_seed(int kind, const char *seed, size_t seed_bytes, const char *name,
                            size_t name_bytes, ni_stream *stream)
{
    int negative = 0;
    if (kind != NI_SEED_INTEGER && kind != NI_SEED_TEXT)
        return NI_BAD_SEED;
    if (kind == NI_SEED_INTEGER ? !read_integer(&seed, &seed_bytes, &negative)
                                : !is_utf8(seed, seed_bytes))
        return NI_BAD_SEED;
    if (!is_utf8(name, name_bytes))
        return NI_BAD_NAME;
    hash(kind == NI_SEED_INTEGER ? 'i' : 's', negative, seed, seed_bytes, name, name_bytes, stream);
    return NI_OK;
}

ni_status ni_stream_of(int64_t seed, const char *name, size_t name_bytes, ni_stream *stream)
{
    char digits[20], *at = digits + sizeof digits;
    uint64_t size = seed < 0 ? 0 - (uint64_t)seed : (uint64_t)seed;
    if (!is_utf8(name, name_bytes))
        return NI_BAD_NAME;
    do {
        *--at = (char)('0' + size % 10);
        size /= 10;
    } while (size > 0);
    hash('i', seed < 0, at, (size_t)(digits + sizeof digits - at), name, name_bytes, stream);
    return NI_OK;
}
