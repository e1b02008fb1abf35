"""Each kind of SOURCE: folders, indexes, headers alone, configurations, ONNX models."""

import json
import os
import subprocess
import sys

import pytest

import netinit
from netinit import checkpoint, nets
from netinit.checkpoint.shards import INDEX_NAME
from netinit.errors import CheckpointError
from netinit.shapes.layout import Layout
from tests.checkpoint.folders import SHARDS, change_index, make_folder, shard

SHAPES = {p.name: (p.shape, p.dtype) for shard in SHARDS for p in shard}


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path / "model")


def shapes(source):
    return {p.name: (p.shape, p.dtype) for p in checkpoint.read_source(source)}


def cut_to_headers(folder):
    """Leave of each file its header alone."""
    for number in range(len(SHARDS)):
        path = folder / shard(number)
        path.write_bytes(path.read_bytes()[: checkpoint.read_header(path).data_start])


# ---- safetensors: headers, folders, indexes


def test_a_header_without_data(tmp_path, folder):
    cut_to_headers(folder)
    path = folder / shard(1)
    assert shapes(path) == {p.name: (p.shape, p.dtype) for p in SHARDS[1]}
    size = checkpoint.write(tmp_path / "out.safetensors", checkpoint.plan_source(path))
    assert size > path.stat().st_size
    with pytest.raises(CheckpointError, match="cut off"):
        checkpoint.check(path)


@pytest.mark.parametrize("cut", [1, 100])
def test_a_header_with_some_of_the_data_is_refused(folder, cut):
    path = folder / shard(1)
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    with pytest.raises(CheckpointError, match="cut off"):
        checkpoint.read_source(path)
    path.write_bytes(content[:20])
    with pytest.raises(CheckpointError, match="cut off"):
        checkpoint.read_source(path)


@pytest.mark.parametrize("kept", ["data", "headers"])
def test_a_folder_and_its_index(folder, kept):
    if kept == "headers":
        cut_to_headers(folder)
    assert shapes(folder) == shapes(folder / INDEX_NAME) == SHAPES
    os.rename(folder / INDEX_NAME, folder / "other.json")  # an index by what it says
    assert shapes(folder) == shapes(folder / "other.json") == SHAPES


def test_a_plan_of_a_folder_is_that_of_its_tensors(folder):
    plan = checkpoint.plan_source(folder, select="h.*", seed=3, dtype="f32")
    assert [row.name for row in plan] == [f"h.{i}.weight" for i in range(4)]
    assert {row.parameter.dtype for row in plan} == {"float32"}


def test_an_index_whose_files_are_elsewhere_has_no_shapes(folder):
    os.remove(folder / shard(1))
    with pytest.raises(CheckpointError, match=f"no shapes; .* '{shard(1)}' is not beside it"):
        checkpoint.read_source(folder / INDEX_NAME)


def test_an_index_goes_before_what_its_files_have_more(folder):
    change_index(folder, lambda index: index["weight_map"].pop("head.bias"))
    assert shapes(folder) == {k: v for k, v in SHAPES.items() if k != "head.bias"}
    change_index(folder, lambda index: index["weight_map"].update(ghost=shard(0)))
    with pytest.raises(CheckpointError, match=r"it has no tensor 'ghost', which model\.safet"):
        checkpoint.read_source(folder)


def test_a_name_in_two_files_without_an_index(folder):
    os.remove(folder / INDEX_NAME)
    (folder / "copy.safetensors").write_bytes((folder / shard(1)).read_bytes())
    with pytest.raises(CheckpointError, match=r"tensor 'h\.0\.weight' is in another file"):
        checkpoint.read_source(folder)


# ---- what is none of them


WRONG = {
    "other.json": ('{"layers": []}', "no net of netinit's .* no configuration .* and no index"),
    "config.json": ('{"_class_name": "UNet"}', "no net of netinit's"),
    "model.bin": ("", "a pickle, which is not opened; give a safetensors file"),
    "model.PTH": ("", "a pickle"),
    "model.gguf": ("", "a GGUF file"),
    "model.h5": ("", "a Keras file"),
    "model.safetensors.index.json": ("{}", "no weight_map"),
    "model.onnx": ("once upon a time", "not an ONNX model"),
    "empty.onnx": ("", "not an ONNX model"),
}


@pytest.mark.parametrize("name", WRONG)
def test_another_file_is_one_line(tmp_path, name):
    if name.endswith(".onnx"):
        pytest.importorskip("onnx")
    text, message = WRONG[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        checkpoint.read_source(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_a_folder_of_another_library_is_read_by_its_files(folder):
    (folder / "config.json").write_text('{"_class_name": "UNet"}')
    assert shapes(folder) == SHAPES


def test_a_folder_of_nothing(tmp_path):
    with pytest.raises(CheckpointError, match=r"no \.safetensors file in this folder"):
        checkpoint.read_source(tmp_path)


def test_what_is_missing_is_an_os_error(tmp_path):
    for name in ("none", "none.json", "none.onnx", "none.safetensors.index.json"):
        if name.endswith(".onnx"):
            pytest.importorskip("onnx")
        with pytest.raises(FileNotFoundError):
            checkpoint.read_source(tmp_path / name)


def test_a_net_is_planned_by_kaiming_as_before(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(nets.to_json(nets.NetChain([3, 2], input=5)))
    assert str(checkpoint.plan_source(path)) == str(checkpoint.plan_source(path, method="Kaiming"))


# ---- configurations of transformers


@pytest.fixture
def llama(tmp_path):
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, vocab_size=64, dtype="bfloat16", initializer_range=0.5,
        architectures=["LlamaForCausalLM"], tie_word_embeddings=True,
    )  # fmt: skip
    config.save_pretrained(tmp_path / "llama")
    return tmp_path / "llama"


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_configuration_is_filled_by_the_models_own_code(llama, tmp_path):
    plan = checkpoint.plan_source(llama)
    assert plan["model.layers.1.mlp.up_proj.weight"].initializer == netinit.Normal(0, 0.5)
    assert plan["model.norm.weight"].initializer == netinit.Constant(1)
    drawn = [row.parameter for row in plan if row.parameter.persistent]
    assert {parameter.dtype for parameter in drawn} == {"bfloat16"}
    assert "lm_head.weight" not in {parameter.name for parameter in drawn}  # tied
    assert str(plan) == str(checkpoint.plan_source(llama / "config.json"))
    checkpoint.write(tmp_path / "out.safetensors", plan)
    assert checkpoint.check(tmp_path / "out.safetensors") == []


def test_a_configuration_takes_another_method_dtype_and_selection(llama):
    plan = checkpoint.plan_source(llama, method="Xavier", dtype="f32", select="*.mlp.*")
    assert {row.parameter.dtype for row in plan} == {"float32"}
    assert len(plan) == 6
    assert plan["model.layers.0.mlp.up_proj.weight"].initializer.std == pytest.approx(
        (2 / (32 + 48)) ** 0.5
    )


def test_the_file_loads_as_a_model_of_transformers(llama):
    import torch
    import transformers

    checkpoint.write(llama / "model.safetensors", checkpoint.plan_source(llama))
    model, info = transformers.LlamaForCausalLM.from_pretrained(llama, output_loading_info=True)
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert model.lm_head.weight is model.model.embed_tokens.weight
    with torch.no_grad():
        assert model(torch.tensor([[1, 2, 3]])).logits.isfinite().all()


def test_a_model_without_architectures_is_the_bare_one(llama):
    change_config(llama, architectures=None)
    assert "layers.0.mlp.up_proj.weight" in shapes(llama)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architectures": ["NoSuchModel"]}, "no model 'NoSuchModel'"),
        ({"architectures": ["logging"]}, "no model 'logging'"),
        ({"model_type": "no-such-type"}, "no-such-type"),
        ({"model_type": 7}, "cannot build"),
        ({"hidden_size": "wide"}, "cannot build"),
        ({"num_hidden_layers": -1.5}, "cannot build"),
    ],
)
def test_a_configuration_that_builds_nothing_is_one_line(llama, changes, message):
    change_config(llama, **changes)
    with pytest.raises(ValueError, match=message) as caught:
        checkpoint.read_source(llama)
    assert str(caught.value).startswith(str(llama / "config.json"))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_code_beside_a_configuration_is_not_run(llama):
    change_config(
        llama,
        model_type="of-my-own",
        architectures=["Mine"],
        auto_map={"AutoConfig": "configuration_mine.Mine", "AutoModel": "modeling_mine.Mine"},
    )
    for name in ("configuration_mine.py", "modeling_mine.py"):
        (llama / name).write_text(f"open({str(llama / 'ran')!r}, 'w')\nclass Mine: pass\n")
    with pytest.raises(ValueError, match="cannot build"):
        checkpoint.read_source(llama)
    assert not (llama / "ran").exists()


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_a_missing_package_is_named_with_the_remedy(tmp_path, package):
    if package == "transformers":
        pytest.importorskip("torch")
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    code = (
        f"import sys; sys.modules[{package!r}] = None; from netinit.cli.main import main; "
        f"sys.argv = ['netinit', 'plan', {str(tmp_path)!r}]; sys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: {tmp_path}/config.json: to build the model of a configuration, {package} is "
        "needed: pip install torch transformers\n"
    )


# ---- ONNX


@pytest.fixture
def model(tmp_path):
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto

    def array(name, *shape, kind=kinds.FLOAT):
        tensor = kinds(name=name, data_type=kind, dims=shape)  # its data is elsewhere
        tensor.data_location = kinds.EXTERNAL
        tensor.external_data.add(key="location", value="not-there.bin")
        return tensor

    arrays = [
        array("conv.weight", 8, 2, 3, 3), array("conv.bias", 8),
        array("up", 8, 3, 2, 2), array("scale", 8), array("shift", 8),
        array("mean", 8), array("var", 8), array("onnx::MatMul_7", 5, 9),
        array("gemm", 4, 9), array("gemm_bias", 4), array("table", 20, 5, kind=kinds.FLOAT16),
        array("lstm", 1, 12, 7), array("other", 3, 2, kind=kinds.DOUBLE),
        array("shape", 2, kind=kinds.INT64),
    ]  # fmt: skip
    nodes = [
        helper.make_node("Conv", ["x", "conv.weight", "conv.bias"], ["a"], group=2),
        helper.make_node("ConvTranspose", ["a", "up"], ["b"]),
        helper.make_node("BatchNormalization", ["a", "scale", "shift", "mean", "var"], ["c"]),
        helper.make_node("MatMul", ["c", "onnx::MatMul_7"], ["d"]),
        helper.make_node("Gemm", ["d", "gemm", "gemm_bias"], ["e"], transB=1),
        helper.make_node("Gather", ["table", "i"], ["f"]),
        helper.make_node("LSTM", ["f", "lstm", "r"], ["g"], hidden_size=3),
        helper.make_node("Reshape", ["g", "shape"], ["h"]),
    ]
    graph = helper.make_graph(nodes, "net", [], [], initializer=arrays)
    path = tmp_path / "model.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


def test_onnx_initializers_are_known_by_the_operators_that_use_them(model):
    rows = {p.name: p for p in checkpoint.read_source(model)}
    assert rows["conv.weight"].shape == (8, 2, 3, 3)
    assert (rows["conv.weight"].fan_in, rows["conv.weight"].fan_out) == (18, 36)
    assert (rows["up"].fan_in, rows["up"].fan_out) == (32, 12)
    assert (rows["onnx::MatMul_7"].fan_in, rows["onnx::MatMul_7"].fan_out) == (5, 9)
    assert (rows["gemm"].fan_in, rows["gemm"].fan_out) == (9, 4)
    assert rows["lstm"].layout == Layout((1,), (2,), stack=4, stack_axis=1)
    assert (rows["lstm"].fan_in, rows["lstm"].fan_out) == (7, 3)
    assert {name: row.role for name, row in rows.items() if row.role != "weight"} == {
        "conv.bias": "bias", "gemm_bias": "bias", "scale": "scale", "shift": "shift",
        "mean": "statistic", "var": "statistic", "table": "embedding",
    }  # fmt: skip
    assert rows["var"].fixed == netinit.Constant(1)
    assert rows["table"].dtype == "float16"
    assert rows["other"].note  # used by nothing: guessed
    assert rows["shape"].dtype == "INT64"


def test_onnx_types_that_are_not_drawn_are_refused_by_name(model, tmp_path):
    with pytest.raises(CheckpointError, match=r"'shape' \(INT64\)"):
        checkpoint.plan_source(model)
    plan = checkpoint.plan_source(model, select=["conv*", "gemm*", "lstm", "scale"])
    checkpoint.write(tmp_path / "out.safetensors", plan)
    assert checkpoint.check(tmp_path / "out.safetensors") == []


@pytest.mark.parametrize("shape", [(-1, 2), (1 << 62, 1 << 62), (0, 1 << 62, 4), (1,) * 65])
def test_an_onnx_shape_of_no_array_is_refused(tmp_path, shape):
    onnx = pytest.importorskip("onnx")
    tensor = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=shape)
    graph = onnx.helper.make_graph([], "net", [], [], initializer=[tensor])
    (tmp_path / "m.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    with pytest.raises(CheckpointError, match="its shape is no array's"):
        checkpoint.read_source(tmp_path / "m.onnx")


@pytest.mark.parametrize("names", [["w", "w"], [""]])
def test_onnx_names_must_tell_initializers_apart(tmp_path, names):
    onnx = pytest.importorskip("onnx")
    arrays = [onnx.TensorProto(name=n, data_type=1, dims=(2,)) for n in names]
    graph = onnx.helper.make_graph([], "net", [], [], initializer=arrays)
    (tmp_path / "m.onnx").write_bytes(onnx.helper.make_model(graph).SerializeToString())
    with pytest.raises(CheckpointError, match="not one initializer alone has the name"):
        checkpoint.read_source(tmp_path / "m.onnx")


def test_onnx_is_read_only_where_it_is_asked_for(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"")
    code = (
        "import sys; sys.modules['onnx'] = None; from netinit import checkpoint\n"
        f"try: checkpoint.read_source({str(tmp_path / 'm.onnx')!r})\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("m.onnx: to read an ONNX model the package onnx is needed: "
                                "pip install onnx\n")  # fmt: skip
