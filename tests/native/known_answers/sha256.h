/* SHA-256 (FIPS 180-4), for programs that compare with recorded hashes. */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>

/* Write the hash of the bytes in hexadecimal, with its terminator. */
void sha256_text(const void *bytes, size_t size, char text[65]);

#endif
