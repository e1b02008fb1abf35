"""The texts that name netinit's Keras initializers, and what they are turned into."""
# mypy: disable-error-code="import-untyped,import-not-found"

from __future__ import annotations

import re
from typing import Any

import keras

from netinit.keras import constants, random

__all__ = ["NAMES", "deserialize", "get"]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


_CLASSES = {
    name: getattr(module, name) for module in (constants, random) for name in module.__all__
}
#: Every text that names an initializer: a class, its snake-case form, and Keras's other ones.
NAMES: dict[str, type] = {
    **_CLASSES,
    **{_snake(name): cls for name, cls in _CLASSES.items()},
    "IdentityInitializer": constants.Identity,
    "OrthogonalInitializer": random.Orthogonal,
    "STFTInitializer": constants.STFT,
    "normal": random.RandomNormal,
    "one": constants.Ones,
    "uniform": random.RandomUniform,
    "zero": constants.Zeros,
}
# As "netinit>he_normal" too, wherever Keras takes a name.
keras.saving.get_custom_objects().update({f"netinit>{name}": NAMES[name] for name in NAMES})


def get(identifier: Any) -> Any:
    """Return netinit's initializer for what Keras takes as one.

    Parameters
    ----------
    identifier : str, dict, class, callable, tensor, array or None
        A text is a class's name or its snake-case form; a dict a configuration, Keras's own
        included. The rest is as in ``keras.initializers.get``: None is None, a class is
        called, an array gives its values to a call with its shape.

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> from netinit.keras import initializers
    >>> type(initializers.get("he_normal")).__name__
    'HeNormal'
    """
    if isinstance(identifier, str) and _own(identifier) is not None:
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, dict) and _own(identifier.get("class_name")) is not None:
        return deserialize(identifier)
    return keras.initializers.get(identifier)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Return netinit's initializer from a configuration, Keras's own included.

    Parameters
    ----------
    config : dict
        What `serialize` or ``keras.initializers.serialize`` returned.
    custom_objects : dict, optional
        Names and classes of the caller's own.

    Examples
    --------
    >>> import keras
    >>> from netinit.keras import initializers
    >>> config = keras.initializers.serialize(keras.initializers.HeNormal(seed=3))
    >>> copy = initializers.deserialize(config)
    >>> type(copy) is initializers.HeNormal, copy.seed
    (True, 3)
    """
    if isinstance(config, dict) and config.get("class_name") not in (custom_objects or {}):
        # Another package may have registered a class of the same name.
        cls = _own(config.get("registered_name") or config.get("class_name"))
        if cls is not None:
            name = keras.saving.get_registered_name(cls)
            config = {"class_name": name, "config": config.get("config")}
    return keras.initializers.deserialize(config, custom_objects=custom_objects)


def _own(name: object) -> type | None:
    """Return netinit's class of a name, with or without its package, or None."""
    return NAMES.get(name.removeprefix("netinit>")) if isinstance(name, str) else None
