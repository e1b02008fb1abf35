/* Which library this is. */
#include "netinit/netinit.h"

const char *ni_version(void) { return NI_VERSION; }

int ni_abi_version(void) { return NI_ABI_VERSION; }
