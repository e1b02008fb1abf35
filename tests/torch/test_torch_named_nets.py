"""netinit.torch.named on what people initialize with it: shards, training code, libraries."""

import copy
import math
import os
import warnings
from functools import partial

import pytest
from scipy import stats

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import named  # noqa: E402
from tests.torch.zoo.training_models import Block, Net  # noqa: E402

# -- distributed tensors -------------------------------------------------------------------------

distributed = pytest.importorskip("torch.distributed.tensor")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.distributed.fake_pg import FakeStore

Shard, Replicate = distributed.Shard, distributed.Replicate

LAYOUTS = {
    "rows": ((3,), [Shard(0)]),
    "columns": ((2,), [Shard(1)]),
    "replicated": ((2,), [Replicate()]),
    "both": ((2, 2), [Shard(0), Shard(1)]),
    "more processes than rows": ((7,), [Shard(0)]),
}


def mesh_of(rank, shape):
    """Return the mesh of a process; of each process another one, for torch keeps equal ones."""
    size = math.prod(shape)
    torch.distributed.init_process_group("fake", store=FakeStore(), rank=rank, world_size=size)
    names = tuple(f"axis {k} of {rank}" for k in range(len(shape)))
    return distributed.init_device_mesh("cpu", shape, mesh_dim_names=names)


@pytest.fixture
def _processes():
    yield
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


INITS = {
    "normal_": lambda w: nn.init.normal_(w, std=0.02),
    "method": lambda w: w.data.uniform_(-1, 1),
    "trunc_normal_": lambda w: nn.init.trunc_normal_(w),
    "orthogonal_": lambda w: nn.init.orthogonal_(w),
}


@pytest.mark.usefixtures("_processes")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("init", INITS)
def test_shards_are_those_of_the_whole_net_on_any_mesh(layout, init):
    whole = nn.Linear(10, 6, bias=False)
    with named(whole, 7):
        INITS[init](whole.weight)
    mesh_shape, placements = LAYOUTS[layout]
    for rank in range(math.prod(mesh_shape)):
        split = partial(
            distributed.distribute_tensor,
            device_mesh=mesh_of(rank, mesh_shape),
            placements=placements,
            src_data_rank=None,
        )
        net = nn.Linear(10, 6, bias=False)
        net.weight = nn.Parameter(split(torch.zeros(6, 10)))
        with named(net, 7) as drawn:
            torch.randn(rank)  # the processes need not be in the same state
            INITS[init](net.weight)
        held = split(whole.weight.detach())
        assert torch.equal(net.weight.to_local(), held.to_local())
        assert list(drawn.names) == ["weight"] * bool(held.to_local().numel())
        torch.distributed.destroy_process_group()


# -- as training code does it --------------------------------------------------------------------


def on_meta():
    with torch.device("meta"):
        return Net()


def state(net):
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_meta_then_memory_then_the_nets_own_init():
    net = on_meta().to_empty(device="cpu")
    for parameter in net.parameters():
        nn.init.constant_(parameter, torch.nan)
    with torch.no_grad(), named(net, 7) as drawn:
        net.init_weights()
    assert drawn.others == []
    assert all(tensor.isfinite().all() for tensor in net.state_dict().values())
    for name, tensor in net.named_parameters():
        if "norm" in name:
            assert (tensor == 1).all()
        elif name.endswith("bias"):
            assert not tensor.any()
        else:
            std = 1 if "embed" in name else 0.02
            if "down" in name:
                std /= math.sqrt(2 * (int(name.split(".")[1]) + 1))
            assert tensor.std().item() == pytest.approx(std, rel=0.05)
    for name, what in {
        "embed.weight": netinit.Normal(),
        "blocks.2.up.weight": netinit.TruncatedNormal(0, 0.02, -2, 2),
    }.items():
        values = net.get_parameter(name).detach().numpy()
        assert (values == netinit.create(values.shape, what, seed=7, name=name)).all()


def test_a_pipelines_stages_have_the_values_of_the_whole():
    whole = on_meta().to_empty(device="cpu")
    with named(whole, 7):
        whole.init_weights()
    parts = {}
    for kept in ([0], [1, 2]):  # two stages; the others' blocks are gone, as are their draws
        net = on_meta()
        for k in set(range(3)) - set(kept):
            net.blocks[k] = nn.Identity()
            net.blocks[k].init_weights = lambda: None
        net.to_empty(device="cpu")
        with named(net, 7):
            net.init_weights()
        parts |= {name: tensor for name, tensor in state(net).items() if "embed" not in name}
    expected = {name: tensor for name, tensor in state(whole).items() if "embed" not in name}
    assert same(parts, expected)


def test_functions_put_in_the_place_of_reset_parameters():
    """As litgpt does it: each linear layer's reset becomes a function with its own std."""
    nets = [Net(), Net()]
    for k, net in enumerate(nets):
        modules = list(net.modules())
        for module in reversed(modules) if k else modules:
            if isinstance(module, nn.Linear):
                module.reset_parameters = partial(nn.init.normal_, module.weight, std=0.03)
        with named(net, 7):
            for module in reversed(modules) if k else modules:
                if hasattr(module, "reset_parameters"):
                    module.reset_parameters()
    names = [name for name, _ in nets[0].named_parameters() if not name.endswith("bias")]
    for name in names:
        assert torch.equal(nets[0].get_parameter(name), nets[1].get_parameter(name))


def test_apply_and_re_initialization_in_part():
    net = Net()
    with named(net, 7):
        net.init_weights()
    before = state(net)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1)
    with named(net, 7) as drawn:
        net.blocks[1].apply(lambda m: m.init_weights() if isinstance(m, Block) else None)
    after = state(net)
    for name in before:
        back = name.startswith("blocks.1.")
        assert torch.equal(after[name], before[name]) == back, name
    assert set(drawn.names) == {"blocks.1.up.weight", "blocks.1.down.weight"}


def test_a_copy_of_a_net_has_its_own_memory():
    net = Net()
    twin = copy.deepcopy(net)
    before = state(twin)
    with named(net, 7) as drawn:
        twin.init_weights()
    assert drawn.names == {}
    assert not same(state(twin), before)


# -- transformers --------------------------------------------------------------------------------

os.environ["HF_HUB_OFFLINE"] = "1"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    transformers = pytest.importorskip("transformers", exc_type=ImportError)

SIZES = {
    "vocab_size": 160,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
CONFIGS = {
    "GPT2LMHeadModel": lambda: transformers.GPT2Config(
        n_layer=2, n_embd=64, n_head=4, n_positions=32, vocab_size=160
    ),
    "LlamaForCausalLM": lambda: transformers.LlamaConfig(**SIZES),
    "BertForMaskedLM": lambda: transformers.BertConfig(**SIZES),
    "T5ForConditionalGeneration": lambda: transformers.T5Config(
        vocab_size=160, d_model=64, d_ff=96, d_kv=16, num_layers=2, num_heads=4
    ),
    "ViTForImageClassification": lambda: transformers.ViTConfig(
        image_size=32, patch_size=8, **{k: SIZES[k] for k in list(SIZES)[1:5]}
    ),
    "WhisperForConditionalGeneration": lambda: transformers.WhisperConfig(
        vocab_size=160, d_model=64, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=96,
        decoder_ffn_dim=96, bos_token_id=1, eos_token_id=2, pad_token_id=0,
        decoder_start_token_id=1,
    ),
    "MixtralForCausalLM": lambda: transformers.MixtralConfig(
        **SIZES, num_key_value_heads=2, num_local_experts=4
    ),
    "MambaForCausalLM": lambda: transformers.MambaConfig(
        vocab_size=160, hidden_size=64, num_hidden_layers=2, state_size=8,
        bos_token_id=1, eos_token_id=2, pad_token_id=0,
    ),
    "CLIPModel": lambda: transformers.CLIPConfig(
        text_config=dict(SIZES), vision_config={**SIZES, "image_size": 32, "patch_size": 8}
    ),
}  # fmt: skip


def materialized(name):
    with torch.device("meta"):
        net = getattr(transformers, name)(CONFIGS[name]())
    net.to_empty(device="cpu")
    for tensor in [*net.parameters(), *net.buffers()]:
        if tensor.is_floating_point():
            tensor.data.fill_(torch.nan)
    return net


#: What these models' own code leaves out, or makes from tensors that have no name: Mamba's from
#: ``torch.rand``, in the order of the calls.
LEFT_OUT = {"CLIPModel": ["logit_scale"]}
FROM_OTHERS = {
    "MambaForCausalLM": {f"backbone.layers.{k}.mixer.dt_proj.bias" for k in range(2)},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CONFIGS)
def test_a_models_own_init_by_name(name):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        stock = getattr(transformers, name)(CONFIGS[name]())
    net, again = materialized(name), materialized(name)
    with named(net, 7) as drawn:
        net.initialize_weights()
    with named(again, 7):
        torch.randn(5)
        again.initialize_weights()
    net.tie_weights()
    again.tie_weights()
    assert drawn.untouched == LEFT_OUT.get(name, [])
    others = FROM_OTHERS.get(name, set())
    assert bool(drawn.others) == bool(others)
    first, second = state(net), state(again)
    for key in set(first) - others - set(drawn.untouched):
        assert torch.equal(first[key], second[key]), key
    expected = dict(stock.named_parameters())
    assert expected.keys() == dict(net.named_parameters()).keys()
    for key, tensor in net.named_parameters():
        if key in others or key in drawn.untouched:
            continue
        values, theirs = tensor.detach().ravel(), expected[key].detach().ravel()
        assert values.isfinite().all(), key
        if key not in drawn.names:  # what is not random is what the model's code makes it
            assert torch.equal(values, theirs), key
        elif values.numel() >= 64:
            assert stats.ks_2samp(values.numpy(), theirs.numpy()).pvalue > 1e-5, key
