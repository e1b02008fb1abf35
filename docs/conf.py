"""The documentation site: python -m sphinx -W --keep-going docs build/site."""

from __future__ import annotations

import os
import posixpath
import re
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
os.environ.setdefault("KERAS_BACKEND", "jax")  # Keras, for its pages, wants TensorFlow otherwise

project = "netinit"
author = "The netinit developers"
project_copyright = author
release = metadata.version("netinit")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "numpydoc",
]
exclude_patterns = ["README.md"]  # GitHub's index of this folder

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "netinit"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["filter.js"]
html_copy_source = False
pygments_style = "friendly"
smartquotes = False  # quotation marks in docstrings are those of Python

#: Pages that show a file from outside of this folder, whole.
SHOWN = {
    "internals/core": "csrc/README.md",
    "internals/benchmarks": "benchmarks/README.md",
    "internals/statistics": "tests/statistics/README.md",
    "internals/contributing": "CONTRIBUTING.md",
    "internals/changelog": "CHANGELOG.md",
}
#: The site's page for each file of the repository that is shown elsewhere than where it stands.
PAGES = {
    **{file: f"docs/{page}.md" for page, file in SHOWN.items()},
    **dict.fromkeys(("README.md", "docs/README.md"), "docs/index.md"),
}


def show(app: Sphinx, page: str, source: list[str]) -> None:
    """Put a file in the place of the page that shows it, and turn its links to the site's."""
    file = SHOWN.get(page, f"docs/{page}.md")
    if page in SHOWN:
        source[0] = (ROOT / file).read_text()
        app.env.note_dependency(str(ROOT / file))

    if page == "index":
        # Its toctrees name by patterns what a tree need not have; Sphinx warns where none fits.
        lines = source[0].splitlines(keepends=True)
        unmet = [line for line in lines if line.endswith("*\n") and not _fits(line.strip())]
        source[0] = "".join(line for line in lines if line not in unmet)

    def turned(link: re.Match[str]) -> str:
        mark, text, path, anchor = link.groups()
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
        target = PAGES.get(target, target)
        if not target.startswith("docs/") and not mark:  # a source file, which is no page
            return f"`{text.strip('`')}`"
        target = posixpath.relpath(target, posixpath.join("docs", posixpath.dirname(page)))
        return f"{mark}[{text}]({target}{anchor})"

    source[0] = re.sub(r"(!?)\[([^]]*)\]\((?![a-z]+:)([^)#\s]+)(#[^)\s]*|)\)", turned, source[0])


def _fits(pattern: str) -> bool:
    return any((ROOT / "docs").glob(f"{pattern}.md"))


def escape(app: Sphinx, what: str, name: str, of: object, how: object, lines: list[str]) -> None:
    """Keep what docstrings say plainly, (out, in, *kernel) and |x|, from being markup."""
    lines[:] = [
        re.sub(r"\*(?=kernel)|\|(?=\w[^|]*\|)|(?<=\w)\|", r"\\\g<0>", line) for line in lines
    ]


def setup(app: Sphinx) -> None:
    """Tell Sphinx of what is done to pages and docstrings."""
    app.connect("source-read", show)
    app.connect("autodoc-process-docstring", escape)
