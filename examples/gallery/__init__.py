"""Short scripts, each with its picture: what netinit does, seen.

``python -m examples.gallery`` runs all of them and writes the pictures to docs/gallery;
``python -m examples.gallery case5_identity`` runs one. Each script has a function `draw`, which
returns a figure, and asserts the numbers that its picture is about.
"""
