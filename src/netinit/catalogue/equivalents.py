"""The public names of the frameworks' initializer modules, and the catalogue's row of each."""

from __future__ import annotations

__all__ = ["PEERS", "Peer"]


#: The catalogue's row, "" where the name draws nothing; and what there is to say about it.
Peer = tuple[str, str]

_FANS_OF_JAX = "fans of the last two axes, or in_axis, out_axis, batch_axis"

_FANS_OF_THINC = "fans of the first two axes alone"

_FANS_OF_PADDLE = "(in, out) of two axes, (out, in, kernel) of more"

_CORRECTED = "truncated at ±2 sd, the standard deviation corrected"


def _torch() -> dict[str, Peer]:
    rows = {
        "uniform_": ("uniform", "a, b"),
        "normal_": ("normal", ""),
        "trunc_normal_": ("truncated_normal", "a, b absolute"),
        "constant_": ("constant", ""),
        "ones_": ("ones", ""),
        "zeros_": ("zeros", ""),
        "eye_": ("eye", ""),
        "dirac_": ("dirac", ""),
        "xavier_uniform_": ("xavier_uniform", ""),
        "xavier_normal_": ("xavier_normal", ""),
        "kaiming_uniform_": ("kaiming_uniform", "leaky_relu of slope 0 by default"),
        "kaiming_normal_": ("kaiming_normal", "leaky_relu of slope 0 by default"),
        "orthogonal_": ("orthogonal", ""),
        "sparse_": ("sparse", "the mask from the same generator"),
    }
    old: tuple[str, ...] = ("uniform_", "normal_", "constant_", "eye_", "dirac_", "xavier_uniform_")
    old += ("xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "sparse_")
    deprecated = {name[:-1]: (rows[name][0], f"deprecated name of {name}") for name in old}
    return {**rows, **deprecated, "calculate_gain": ("", "netinit.initializers.gains.gain")}


def _jax() -> dict[str, Peer]:
    rows: dict[str, Peer] = {
        "zeros": ("zeros", ""),
        "ones": ("ones", ""),
        "constant": ("constant", ""),
        "uniform": ("uniform", "[0, scale)"),
        "normal": ("normal", "mean 0"),
        "truncated_normal": ("truncated_normal", "bounds in sd; not corrected"),
        "variance_scaling": ("variance_scaling", _FANS_OF_JAX),
        "orthogonal": ("orthogonal", "column_axis"),
        "delta_orthogonal": ("delta_orthogonal", ""),
        "Initializer": ("", "the protocol of what the others return"),
    }
    for name, row in (
        *(("glorot", "xavier"), ("xavier", "xavier"), ("he", "kaiming"), ("kaiming", "kaiming")),
        ("lecun", "lecun"),
    ):
        rows[f"{name}_uniform"] = (f"{row}_uniform", _FANS_OF_JAX)
        rows[f"{name}_normal"] = (f"{row}_truncated_normal", f"{_CORRECTED}; {_FANS_OF_JAX}")
    return rows


def _keras() -> dict[str, Peer]:
    classes: dict[str, tuple[tuple[str, ...], Peer]] = {
        "Zeros": (("zeros",), ("zeros", "")),
        "Ones": (("ones",), ("ones", "")),
        "Constant": (("constant",), ("constant", "")),
        "RandomUniform": (("random_uniform",), ("uniform", "±0.05 by default")),
        "RandomNormal": (("random_normal",), ("normal", "std 0.05 by default")),
        "TruncatedNormal": (("truncated_normal",), ("truncated_normal", "±2 sd; not corrected")),
        "VarianceScaling": (("variance_scaling",), ("variance_scaling", "fans at least 1")),
        "Identity": (("identity", "IdentityInitializer"), ("eye", "")),
        "Orthogonal": (
            ("orthogonal", "OrthogonalInitializer"),
            ("orthogonal", "(all but the last axis) x last"),
        ),
        "STFT": (
            ("stft", "STFTInitializer"),
            ("given", "the real or imaginary part of a windowed Fourier transform"),
        ),
    }
    for name, row in (("Glorot", "xavier"), ("He", "kaiming"), ("Lecun", "lecun")):
        lower = name.lower()
        classes[f"{name}Uniform"] = ((f"{lower}_uniform",), (f"{row}_uniform", ""))
        normal: Peer = (f"{row}_truncated_normal", _CORRECTED)
        classes[f"{name}Normal"] = ((f"{lower}_normal",), normal)
    rows = {}
    for cls, (aliases, peer) in classes.items():
        rows[cls] = peer
        rows.update((alias, (peer[0], f"the same as {cls}")) for alias in aliases)
    return rows | {
        "Initializer": ("", "the base class"),
        "get": ("", "an initializer from its name, configuration or function"),
        "serialize": ("", "an initializer's configuration"),
        "deserialize": ("", "an initializer from its configuration"),
    }


def _thinc() -> dict[str, Peer]:
    rows: dict[str, Peer] = {
        "zero_init": ("zeros", ""),
        "uniform_init": ("uniform", "±0.1 by default"),
        "normal_init": ("normal", "Thinc's `mean` is the standard deviation"),
        "xavier_uniform_init": ("xavier_uniform", f"its documented array form; {_FANS_OF_THINC}"),
    }
    for name, row in (("glorot", "xavier"), ("he", "kaiming"), ("lecun", "lecun")):
        for kind in ("uniform", "normal"):
            rows[f"{name}_{kind}_init"] = (f"{row}_{kind}", _FANS_OF_THINC)
    configured = {
        f"configure_{name}": (row, f"{name} with its settings bound")
        for name, (row, _) in rows.items()
        if name != "xavier_uniform_init"
    }
    return rows | configured


def _paddle() -> dict[str, Peer]:
    classes: dict[str, Peer] = {
        "Normal": ("normal", ""),
        "Uniform": ("uniform", "[-1, 1) by default"),
        "TruncatedNormal": ("truncated_normal", "a, b absolute"),
        "XavierNormal": ("xavier_normal", _FANS_OF_PADDLE),
        "XavierUniform": ("xavier_uniform", _FANS_OF_PADDLE),
        "KaimingNormal": ("kaiming_normal", _FANS_OF_PADDLE),
        "KaimingUniform": ("kaiming_uniform", _FANS_OF_PADDLE),
        "Orthogonal": ("orthogonal", "the first axis x all others"),
        "Constant": ("constant", "Paddle's own"),
        "Assign": ("given", "Paddle's own"),
        "Dirac": ("dirac", "Paddle's own"),
        "Bilinear": ("bilinear", "Paddle's own"),
    }
    seeded = {f"{name}Initializer": name for name in ("Normal", "Uniform", "TruncatedNormal")}
    seeded["ConstantInitializer"] = "Constant"
    return {
        **classes,
        **{name: (classes[row][0], f"{row}, with a seed") for name, row in seeded.items()},
        "XavierInitializer": ("xavier_uniform", "or normal; with a seed"),
        "MSRAInitializer": ("kaiming_uniform", "or normal; with a seed"),
        "NumpyArrayInitializer": ("given", "Paddle's own"),
        "Initializer": ("", "the base class"),
        "calculate_gain": ("", "netinit.initializers.gains.gain"),
        "set_global_initializer": ("", "what layers are filled with where nothing is said"),
    }


def _paddle_functions() -> dict[str, Peer]:
    rows = {k: row for k, row in _torch().items() if k.endswith("_") and k != "sparse_"}
    scaled = ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_")
    rows |= {name: (rows[name][0], _FANS_OF_PADDLE) for name in scaled}
    return {**rows, "calculate_gain": ("", "netinit.initializers.gains.gain")}


def _mlx() -> dict[str, Peer]:
    rows: dict[str, Peer] = {
        "constant": ("constant", "MLX's own"),
        "identity": ("eye", "MLX's own; square"),
        "normal": ("normal", ""),
        "uniform": ("uniform", ""),
        "sparse": ("sparse", "zeros by rows"),
        "orthogonal": ("orthogonal", "of two axes"),
    }
    for name, row in (("glorot", "xavier"), ("he", "kaiming")):
        for kind in ("uniform", "normal"):
            remark = "(out, kernel, in); gain 1 by default"
            rows[f"{name}_{kind}"] = (f"{row}_{kind}", remark)
    return rows


def _mindspore() -> dict[str, Peer]:
    rows: dict[str, Peer] = {
        "Zero": ("zeros", "MindSpore's own"),
        "One": ("ones", "MindSpore's own"),
        "Constant": ("constant", "MindSpore's own"),
        "Identity": ("eye", "MindSpore's own"),
        "Dirac": ("dirac", "MindSpore's own"),
        "Normal": ("normal", "std 0.01 by default"),
        "Uniform": ("uniform", "±0.07 by default"),
        "TruncatedNormal": ("truncated_normal", "a, b absolute"),
        "VarianceScaling": ("variance_scaling", "fans at least 1"),
        "Sparse": ("sparse", ""),
        "Orthogonal": ("orthogonal", ""),
        "Initializer": ("", "the base class"),
        "initializer": ("", "a tensor from an initializer, its name or a number"),
    }
    for name, row in (("Xavier", "xavier"), ("He", "kaiming")):
        for kind in ("Uniform", "Normal"):
            remark = "leaky_relu of slope 0 by default" if name == "He" else ""
            rows[f"{name}{kind}"] = (f"{row}_{kind.lower()}", remark)
    return rows


#: Each module of initializers, and each of its public names.
PEERS: dict[str, dict[str, Peer]] = {
    "torch.nn.init": _torch(),
    "jax.nn.initializers": _jax(),
    "keras.initializers": _keras(),
    "thinc.initializers": _thinc(),
    "paddle.nn.initializer": _paddle(),
    "paddle.nn.init": _paddle_functions(),
    "mlx.nn.init": _mlx(),
    "mindspore.common.initializer": _mindspore(),
}
