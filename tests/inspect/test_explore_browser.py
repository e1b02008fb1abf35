"""explore's page in a browser without network."""

from __future__ import annotations

import numpy as np
import pytest

import netinit
from netinit.inspect import explore
from tests.inspect.browser import CHROMIUM, Browser
from tests.inspect.pages import WASM, needs_wasm
from tests.inspect.test_explore import bits, case8, ramps

pytestmark = [
    needs_wasm,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
    pytest.mark.filterwarnings("ignore::netinit.errors.SymmetryWarning"),
]

PATHS = "[...document.querySelectorAll('#curve path')].map((path) => path.getAttribute('d'))"
BARS = "document.querySelectorAll('#histogram rect').length"


def choose(browser, name, value):
    """Choose from a list or type a text, as the page hears of it."""
    browser.run(
        f"""{{const field = document.getElementById({name!r}); field.value = {value!r};
        field.dispatchEvent(new Event("input", {{ bubbles: true }}));}}"""
    )


def test_a_moved_slider_changes_the_curve_and_the_values_are_python_s(tmp_path):
    page = explore(case8(), tmp_path / "net.html", wasm=WASM)
    with Browser(tmp_path) as browser:
        browser.open(page.as_uri())
        states, curves = [], []
        for field, key, code in (
            ("weights", "ArrowRight", 39),
            ("weights", "End", 35),
            ("biases", "Home", 36),
        ):
            browser.run(f"document.getElementById('{field}').focus()")
            browser.press(key, code)
            states.append(browser.run("[netinit.state.weights, netinit.state.biases]"))
            curves += browser.run(PATHS)
            net = eval(browser.run("netinit.python()"), {"netinit": netinit, "net": case8()})
            assert browser.run("netinit.values()") == bits(net)
            assert browser.run("netinit.python() === document.getElementById('python').textContent")
            x, y = browser.run("[netinit.curve().x, netinit.curve().y[0]].map((a) => [...a])")
            assert np.abs(net(np.float32(x)) - y).max() <= 3e-5 * np.abs(y).max()
        assert states == [[1.05, 1], [4, 1], [4, 0]]
        assert len(set(curves)) == 3
        requests = [e for e in browser.events if e["method"] == "Network.requestWillBeSent"]
        assert [e["params"]["request"]["url"] for e in requests] == [page.as_uri()]
        wrong = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
        assert not [e for e in browser.events if e["method"] in wrong]


def test_methods_seeds_and_inputs_are_heard(tmp_path):
    page = explore(ramps(), tmp_path / "net.html", wasm=WASM, interval=(-1, 1))
    with Browser(tmp_path) as browser:
        browser.open(page.as_uri())
        seen = {tuple(browser.run(PATHS))}
        for name, value in (("method", "Orthogonal"), ("seed", "a text"), ("moved", "1")):
            choose(browser, name, value)
            seen.add(tuple(browser.run(PATHS)))
        assert [len(paths) for paths in seen] == [3] * 4
        net = eval(browser.run("netinit.python()"), {"netinit": netinit, "net": ramps()})
        assert browser.run("netinit.values()") == bits(net)
        assert 'seed="a text"' in browser.run("netinit.python()")
        assert browser.run("document.getElementById('failed').textContent") == ""
        assert "output 3" in browser.run("document.getElementById('legend').textContent")
        assert browser.run(BARS) == 7
        choose(browser, "array", "2.0.Weights")
        assert "200 values" in browser.run("document.getElementById('moments').textContent")
