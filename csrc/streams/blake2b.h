/* BLAKE2b (RFC 7693), without a key, with a personalization. */
#ifndef NI_BLAKE2B_H
#define NI_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t hash[8];
    uint64_t before;          /* bytes that have been hashed */
    size_t held;              /* and those in the block, which is hashed when another follows */
    unsigned char block[128];
} ni_blake2b;

/* Begin a digest of 1 to 64 bytes. */
void ni_blake2b_begin(ni_blake2b *state, size_t digest_bytes, const unsigned char person[16]);

void ni_blake2b_add(ni_blake2b *state, const void *data, size_t bytes);

/* The digest's bytes are the first ones of the words, each read little-endian. */
void ni_blake2b_end(ni_blake2b *state, uint64_t words[8]);

#endif
