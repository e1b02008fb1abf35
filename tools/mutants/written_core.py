"""Mutants of the core written by hand: promises broken where no rule of operators would.

Each is a file, a text that stands in it once, and what takes its place. What an audit broke
without any test noticing is here too.
"""

from __future__ import annotations

__all__ = ["CORE"]

CORE: list[tuple[str, str, str]] = [
    # the team
    ("csrc/team/tasks.c", "uint64_t found = ni_enter_fpenv();", "uint64_t found = 0;"),
    ("csrc/fill/fill.c", "uint64_t found = ni_enter_fpenv();", "uint64_t found = 0x1f80;"),
    ("csrc/team/tasks.c", "    ni_leave_fpenv(found);\n", ""),
    ("csrc/fill/fill.c", "    ni_leave_fpenv(found);\n", ""),
    ("csrc/team/threads.c", "if (omp_in_parallel())\n        return 1;", ""),
    ("csrc/team/threads.c", "return atomic_load(&forked);", "return 0;"),
    ("csrc/team/processors.c", "return whole + (whole < quota / period);", "return whole;"),
    (
        "csrc/team/processors.c",
        "if (!slash || strcmp(group, \"/\") == 0 || *group == '\\0')",
        "if (1)",
    ),
    ("csrc/team/processors.c", "!has_cpu(controllers)", '!strstr(controllers, "cpu")'),
    (
        "csrc/team/processors.c",
        'length == 3 && memcmp(at, "cpu", 3) == 0',
        'memcmp(at, "cpu", 3) == 0',
    ),
    ("csrc/team/processors.c", "requested < NI_MAX_TEAM ? requested : NI_MAX_TEAM", "requested"),
    ("csrc/team/watch.c", "now - watch->last_poll >= 0.05", "now - watch->last_poll >= 5.0"),
    ("csrc/team/watch.c", "atomic_store(&watch->stop, 1);", ""),
    # fills
    ("csrc/fill/layout.c", "int64_t budget = 1000000;", "int64_t budget = 100;"),
    ("csrc/fill/layout.c", "    if (out->first < 0)\n        return NI_BAD_INDEX;\n", ""),
    (
        "csrc/fill/layout.c",
        "axis.byte_stride == INT64_MIN || axis.index_stride == INT64_MIN\n            || ",
        "",
    ),
    (
        "csrc/fill/layout.c",
        "        return 1; /* two elements at one address */",
        "        return 0;",
    ),
    ("csrc/fill/memory.c", "nbytes > last_level_cache()", "1"),
    ("csrc/fill/fill.c", "beyond && layout.ndim == 1", "0"),
    ("csrc/fill/gather.c", "    if (gather->blocks == 0)\n        return;\n", ""),
    ("csrc/fill/share.c", "    ni_gather_flush(&gather);\n}", "}"),
    # set-up
    ("csrc/setup/prepare.c", "a > 0x1p40", "a > 0x1p41"),
    ("csrc/setup/prepare.c", "b <= 2.0 + 0x1p-20", "b <= 2.0 + 0x1p-10"),
    ("csrc/setup/prepare.c", "wide ? 0x1p-58 : 0x1p-30", "wide ? 0x1p-57 : 0x1p-30"),
    ("csrc/setup/prepare.c", "wide ? 0x1p-58 : 0x1p-30", "wide ? 0x1p-58 : 0x1p-29"),
    ("csrc/setup/prepare.c", "if (a >= 4.0)", "if (a > 4.0)"),
    (
        "csrc/setup/prepare.c",
        "a > (dtype == NI_FLOAT64 ? 400.0 : 64.0)",
        "a >= (dtype == NI_FLOAT64 ? 400.0 : 64.0)",
    ),
    (
        "csrc/setup/prepare.c",
        "s->f64.low = low + 0.0, s->f64.high = high + 0.0;",
        "s->f64.low = low + 0.0, s->f64.high = high;",
    ),
    ("csrc/setup/prepare.c", "narrow[i] = (float)wide[i] + 0.0f;", "narrow[i] = (float)wide[i];"),
    ("csrc/setup/prepare.c", "absolute(a + b) <= 0x1p-30", "absolute(a + b) <= 0x1p-28"),
    (
        "csrc/setup/prepare.c",
        "return dtype == NI_FLOAT64 ? 8.58 : 6.77;",
        "return dtype == NI_FLOAT64 ? 8.58 : 6.76;",
    ),
    # matrices
    (
        "csrc/matrix/accumulate.h",
        "    if (__builtin_mul_overflow(rows, work->strips * NI_STRIP, &numbers))\n"
        "        return NI_NO_MEMORY;\n",
        "    numbers = rows * work->strips * NI_STRIP;\n",
    ),
    (
        "csrc/matrix/accumulate.h",
        "    if (__builtin_add_overflow(work->n, NI_PANEL, &rows)"
        " || to > INT64_MAX - NI_STRIP)\n        return NI_NO_MEMORY;\n",
        "",
    ),
    (
        "csrc/matrix/panels.h",
        "own->p + c == work->n - 1 || norm == 0.0",
        "own->p + c == work->n - 1",
    ),
    ("csrc/matrix/accumulate.h", "own->end = rest->begin < own->end ? rest->begin : own->end;", ""),
    ("csrc/kernels/blocks.h", "m.last = p + m.depth == k;", "m.last = 1;"),
    ("csrc/matrix/orthogonal.c", "        atomic_store(&all->status, status);\n", ""),
    ("csrc/matrix/orthogonal.c", "gain > largest || gain < -largest", "gain > largest"),
    ("csrc/matrix/orthogonal.c", "if (gain - gain != 0.0)", "if (0)"),
    ("csrc/matrix/sparse.c", "m->rows > UINT32_MAX || ", ""),
    ("csrc/matrix/sparse.c", " || m->cols > most_columns", ""),
    (
        "csrc/matrix/sparse.c",
        "    if (zeros < 0 || zeros > m->rows)\n        return NI_BAD_NUMBER;\n",
        "",
    ),
    ("csrc/matrix/subsets.c", "c->equal-- <= 0", "c->equal-- < 0"),
    ("csrc/matrix/subsets.c", "word == c->largest && c->equal-- <= 0", "0"),
    ("csrc/matrix/parts.h", "m->first_row > m->rows - m->part_rows", "0"),
    ("csrc/matrix/parts.h", "m->first_row < 0 || ", ""),
    ("csrc/matrix/qr.c", "status = ni_check_written(q, 1, q->rows, q->cols);", "status = NI_OK;"),
    ("csrc/matrix/qr.c", "status = ni_check_written(r, 1, r->rows, r->cols);", "status = NI_OK;"),
    # kernels
    (
        "csrc/fill/gather.c",
        "if (gather->blocks == NI_GATHER || (gather->blocks && gather->upper != upper))",
        "if (gather->blocks == NI_GATHER)",
    ),
    ("csrc/kernels/kernels.c", "    if (ahead % bytes)\n        stream = 0;\n", ""),
    ("csrc/kernels/kernels.c", "    if (ahead % 8)\n        stream = 0;\n", ""),
    (
        "csrc/kernels/soft_fma.h",
        "return (ni_wide){0, (x.high | x.low) != 0};",
        "return (ni_wide){0, 0};",
    ),
    ("csrc/kernels/soft_fma.h", " | (x.low << (64 - count) != 0)}", "}"),
    ("csrc/kernels/soft_fma.h", "x.high | (x.low != 0)}, count", "x.high}, count"),
    # the binding
    ("src/netinit/_core.pyx", "if view.itemsize != ni_element_bytes(output.dtype):", "if False:"),
    (
        "src/netinit/_core.pyx",
        "    if raised:\n        raise raised[0]\n    return status",
        "    return status",
    ),
    ("csrc/team/tasks.c", "if (threads > worth)", "if (threads < worth)"),
    (
        "csrc/team/threads.c",
        "pthread_sigmask(SIG_SETMASK, &all, &before);",
        "pthread_sigmask(SIG_BLOCK, NULL, &before);",
    ),
    (
        "csrc/fill/layout.c",
        "return !zero && magnitude(rest) < bytes;",
        "return !zero && magnitude(rest) <= bytes;",
    ),
    ("csrc/fill/layout.c", "zero && d == 0, bytes, budget", "zero, bytes, budget"),
    (
        "csrc/fill/layout.c",
        "axis.index_stride = -axis.index_stride, axis.byte_stride = -axis.byte_stride;",
        "axis.index_stride = -axis.index_stride;",
    ),
    ("csrc/fill/layout.c", "        if (axis.count == 1)\n            continue;\n", ""),
    (
        "csrc/fill/share.c",
        "int64_t ends = layout->first | layout->axis[inner].count;",
        "int64_t ends = layout->first;",
    ),
    ("csrc/fill/share.c", "    if (at[inner])\n        return 0;\n", ""),
    ("csrc/fill/share.c", "    if (rows > left / length)\n        rows = left / length;\n", ""),
    ("csrc/setup/prepare.c", "rest > 0.5 || (rest == 0.5 && ((int64_t)whole & 1))", "rest >= 0.5"),
    ("csrc/streams/stream.c", "first < 0xc2 || first > 0xf4", "first < 0xc0 || first > 0xf4"),
    (
        "csrc/streams/stream.c",
        "(first == 0xed && second >= 0xa0)",
        "(first == 0xed && second > 0xa0)",
    ),
    ("csrc/streams/stream.c", "*negative = *negative && *at != '0';", ""),
    ("csrc/streams/stream.c", "(uint64_t)seed_bytes + (negative ? 1 : 0)", "(uint64_t)seed_bytes"),
    ("csrc/streams/stream.c", "seed < 0 ? 0 - (uint64_t)seed : (uint64_t)seed", "(uint64_t)seed"),
    (
        "csrc/streams/blake2b.c",
        "if (state->held == sizeof state->block) {",
        "if (state->held + 1 == sizeof state->block) {",
    ),
    ("csrc/streams/blake2b.c", "v[14] ^= last ? UINT64_MAX : 0;", "v[14] ^= UINT64_MAX;"),
    ("csrc/scaling/scaling.c", "x >= 0.0 && x - x == 0.0", "x >= 0.0"),
    (
        "csrc/scaling/scaling.c",
        "fan > 0.0 ? __builtin_sqrt(scale / fan) : 0.0",
        "__builtin_sqrt(scale / fan)",
    ),
    (
        "csrc/scaling/scaling.c",
        "if (spread == NI_SPREAD_TRUNCATED_NORMAL)",
        "if (spread != NI_SPREAD_TRUNCATED_NORMAL)",
    ),
    ("csrc/scaling/fans.c", "if (ndim == 1 || k > 1)", "if (k > 1)"),
    ("csrc/scaling/fans.c", "if (axis < 0 || axis >= NI_AXIS_COUNT)", "if (axis < 0)"),
    ("csrc/status.c", "status >= 0 && status < NI_STATUS_COUNT", "status < NI_STATUS_COUNT"),
    ("csrc/dispatch.c", "return (found & bits) == bits;", "return (found & bits) != 0;"),
    ("csrc/dispatch.c", "    if (!has_all(a, saved))\n        return 0;\n", ""),
    ("csrc/dispatch.c", "if (i < 0 || i >= row_count)", "if (i >= row_count)"),
    ("csrc/survey/plain.c", "size < largest ? is_number", "size <= largest ? is_number"),
    ("csrc/survey/plain.c", "apart * apart * (na * nb / n)", "apart * apart * (nb / n)"),
    ("csrc/survey/plain.c", "s->zeros += x == 0.0 ? times : 0;", "s->zeros += x == 0.0;"),
    (
        "csrc/survey/survey.c",
        "if (all->count < 0 || all->count % (NI_SURVEY_BLOCK / element))",
        "if (all->count < 0)",
    ),
    (
        "csrc/survey/survey.c",
        "all->hash += in_place(block.hash, job->first_block + i);",
        "all->hash += in_place(block.hash, i);",
    ),
    (
        "csrc/survey/survey.c",
        "if (!(look->squares <= 0x1.fffffffffffffp1023))",
        "if (look->squares > 0x1.fffffffffffffp1023)",
    ),
    (
        "csrc/matrix/sparse.c",
        "const int fewer = zeros <= out->rows - zeros;",
        "const int fewer = zeros < out->rows - zeros;",
    ),
    (
        "csrc/matrix/sparse.c",
        "if (from > to || all->out->col_stride != all->element_bytes)",
        "if (from > to)",
    ),
    ("csrc/fill/many.c", "a->std == b->std && a->low", "a->low"),
    ("csrc/fill/many.c", "if (reach < 0)", "if (reach > 0)"),
    ("csrc/fill/many.c", "*amiss = i;", "*amiss = i + 1;"),
    ("csrc/kernels/blocks.h", "if (i + r < rows) {", "if (i + r <= rows) {"),
    ("csrc/matrix/factor.h", "if (square > 0x1p-900 && square < 0x1p900)", "if (square < 0x1p900)"),
    ("csrc/matrix/factor.h", "if (norm == 0.0)", "if (0)"),
    ("csrc/matrix/haar.h", "if (stride == (int64_t)bytes) {", "if (1) {"),
    ("csrc/setup/special.c", "if (x > 1e10)", "if (x > 1e2)"),
    ("csrc/setup/special.c", "if (x > 39.0)", "if (x > 38.0)"),
    ("csrc/setup/prepare.c", " || d->high == -infinity)", ")"),
    ("csrc/survey/survey.c", "look->squares < 0x1p-900", "look->squares < 0x1p-1000"),
    ("csrc/survey/survey.c", " || count > INT64_MAX / element", ""),
    ("csrc/team/processors.c", "quota <= 0.0 || period <= 0.0", "quota <= 0.0"),
    (
        "csrc/scaling/scaling.c",
        "!is_at_least_0(fan_in) || !is_at_least_0(fan_out)",
        "!is_at_least_0(fan_in)",
    ),
]
