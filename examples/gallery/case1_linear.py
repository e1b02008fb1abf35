"""Case 1: a linear layer, uninitialized; then initialized; then its weights extracted."""

import netinit
from netinit.inspect.figures import new_figure
from netinit.nets import LinearLayer


def draw():
    """Return a picture of the layer's weights and biases."""
    layer = LinearLayer(2, input=5)
    assert layer["Weights"] is netinit.Automatic  # no values yet

    netinit.initialize(layer)
    weights = layer["Weights"]
    assert weights.shape == (2, 5)
    assert (layer["Biases"] == 0).all()

    figure, axes = new_figure(1, 2, (7, 2.4), width_ratios=[5, 1])
    reach = abs(weights).max()
    for panel, values, title in zip(
        axes.flat, (weights, layer["Biases"][:, None]), ("Weights", "Biases"), strict=True
    ):
        panel.imshow(values, cmap="RdBu", vmin=-reach * 1.3, vmax=reach * 1.3, aspect="auto")
        for (row, column), value in zip(
            ((i, j) for i in range(len(values)) for j in range(values.shape[1])),
            values.flat,
            strict=True,
        ):
            color = "white" if abs(value) > 0.8 * reach else "black"
            panel.text(column, row, f"{value:.2f}", ha="center", va="center", color=color)
        panel.set_title(title, fontsize=10, loc="left")
        panel.set_xticks([])
        panel.set_yticks([])
    return figure
