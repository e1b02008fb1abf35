"""netinit.torch.named around the own init code of the zoo's models, on memory that holds nothing.

Each is built on the meta device, given memory full of NaN, and initialized by its own code; the
outcome is compared with what the constructor makes. What the code leaves out is in the tables.
"""

import inspect

import pytest

torch = pytest.importorskip("torch")

from netinit.torch import named  # noqa: E402
from tests.torch.zoo import timm_models, torch_layers, transformers_models  # noqa: E402
from tests.torch.zoo.comparison import compare  # noqa: E402
from tests.torch.zoo.zoo import MODELS, stock  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


def materialized(name):
    """Build a model on the meta device, and give it memory full of NaN."""
    with torch.device("meta"):
        net = MODELS[name]()
    net.to_empty(device="cpu")
    for tensor in [*net.parameters(), *net.buffers()]:
        if tensor.is_floating_point() or tensor.is_complex():
            tensor.data.fill_(torch.nan)
    return net


def difference(name, net, drawn):
    """Return how a net differs from stock builds, but for tensors that nothing was written to."""
    found = compare(stock(name, 1), stock(name, 2), net)
    return [line for line in found if line.split(":")[0] not in drawn.untouched]


# -- transformers --------------------------------------------------------------------------------

#: What `initialize_weights` does not write, and ``drawn.untouched`` names: by the reason the
#: models, and the last parts of the names. All their other tensors are as they should be.
LEFT_OUT = {
    "the constructor alone sets them": {
        "ApertusForCausalLM": {"alpha_p", "alpha_n", "beta", "eps"},
        "CLIPModel": {"logit_scale"},
        "GroupViTModel": {"logit_scale", "position_embeddings", "group_token"},
        "LevitForImageClassification": {"attention_biases"},
        "TimesformerForVideoClassification": {"time_embeddings"},
        "ViTMAEForPreTraining": {"cls_token", "position_embeddings"},
        "ViltModel": {"cls_token", "position_embeddings"},
        "XCLIPModel": {"logit_scale", "alpha"},
        "YolosForObjectDetection": {
            "cls_token", "detection_tokens", "position_embeddings", "mid_position_embeddings",
        },
    },
    "the head's bias is another parameter until it is tied, and this one the constructor sets": {
        model: {"bias"}
        for model in (
            "BlipForConditionalGeneration", "FNetForMaskedLM", "LongformerForMaskedLM",
            "LukeForMaskedLM", "NystromformerForMaskedLM", "PerceiverForMaskedLM",
            "ReformerModelWithLMHead",
        )
    },
    "weight_norm computes them when it is applied": {
        **{
            model: {"original0", "original1"}
            for model in (
                "EncodecModel", "HubertForCTC", "SEWForCTC", "SpeechT5ForSpeechToText",
                "UniSpeechForPreTraining", "UniSpeechSatForPreTraining", "VitsModel",
                "Wav2Vec2ConformerForPreTraining", "Wav2Vec2ForPreTraining", "WavLMForCTC",
            )
        },
        "SEWDForCTC": {"masked_spec_embed", "original0", "original1"},
    },
    "the model's `_init_weights` does not know these layers, which their constructor draws": {
        "DecisionTransformerModel": {"weight", "bias"},
        "ImageGPTForImageClassification": {"weight", "bias"},
        "OpenAIGPTLMHeadModel": {"weight", "bias"},
        "RegNetForImageClassification": {"bias"},
    },
}  # fmt: skip

#: Models with tensors that are mere attributes of a module: those remain on the meta device.
ATTRIBUTES = {"MimiModel"}


@pytest.mark.parametrize("model", transformers_models.MODELS)
def test_the_init_code_of_transformers_by_name(model):
    name = f"transformers: {model}"
    net = materialized(name)
    with named(net, 7) as drawn:
        net.initialize_weights()
    net.tie_weights()
    expected = {name for table in LEFT_OUT.values() for name in table.get(model, ())}
    assert {name.rpartition(".")[2] for name in drawn.untouched} == expected
    found = difference(name, net, drawn)
    if model in ATTRIBUTES:
        assert found
        assert all(line.endswith("device meta for cpu") for line in found)
    else:
        assert found == []


@pytest.mark.parametrize("before", [True, False])
def test_a_head_that_is_tied_before_is_drawn_over_the_padding_row(before):
    net = materialized("transformers: BertForPreTraining")
    if before:
        net.tie_weights()
    with named(net, 7):
        net.initialize_weights()
    net.tie_weights()
    embedding = net.bert.embeddings.word_embeddings
    assert net.cls.predictions.decoder.weight is embedding.weight
    assert embedding.weight[embedding.padding_idx].any().item() == before


# -- timm ----------------------------------------------------------------------------------------

#: timm's models whose `init_weights` initializes them whole. The others' constructors do more
#: than any method that can be run again.
OWN_INIT = """
    beit_base_patch16_224 beitv2_base_patch16_224 deit3_small_patch16_224
    deit_tiny_distilled_patch16_224 efficientformerv2_s0 eva02_tiny_patch14_224
    swin_tiny_patch4_window7_224 swinv2_cr_tiny_224 test_vit test_vit_relpos
    vit_base_patch16_clip_224 vit_base_patch16_siglip_224 vit_tiny_patch16_224
"""
#: Those for which it does not, and what then differs: a mask that the constructor computes, norms
#: whose weight is zero by the constructor and one by `reset_parameters`, a head that only its
#: constructor draws this way.
INCOMPLETE = {
    "levit.Levit": ("bn.weight", "head.linear.weight", "head.linear.bias"),
    "swinv2_tiny_window8_256": ("attn_mask",),
    "tiny_vit_5m_224": ("bn.weight",),
}


@pytest.mark.parametrize("model", [*OWN_INIT.split(), *INCOMPLETE])
def test_the_init_code_of_timm_by_name(model):
    name = f"timm: {model}"
    net = materialized(name)
    with named(net, 7) as drawn:
        net.init_weights(needs_reset=True)
    found = drawn.untouched + difference(name, net, drawn)
    if model in INCOMPLETE:
        assert found
        assert all(line.split(":")[0].endswith(INCOMPLETE[model]) for line in found)
    else:
        assert found == []


def test_all_models_of_timm_that_can_be_initialized_again_are_tested():
    found = set()
    for model, make in timm_models.MODELS.items():
        with torch.device("meta"):
            method = getattr(make(), "init_weights", None)
        if method is not None and "needs_reset" in inspect.signature(method).parameters:
            found.add(model)
    assert found == {*OWN_INIT.split(), *INCOMPLETE}


# -- torch ---------------------------------------------------------------------------------------

#: Layers with tensors that are given to them.
GIVEN = {
    "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "FractionalMaxPool2d",
    "FractionalMaxPool3d", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss", "NLLLoss2d",
}  # fmt: skip


@pytest.mark.parametrize("layer", [x for x in torch_layers.MODELS if not x.startswith("Lazy")])
def test_the_reset_of_torchs_layers_by_name(layer):
    name = f"other: {layer}"
    net = materialized(name)
    with named(net, 7) as drawn:
        for module in reversed(list(net.modules())):  # a transformer's comes after its layers'
            for method in ("reset_parameters", "_reset_parameters"):
                getattr(module, method, lambda: None)()
    assert bool(drawn.untouched) == (layer in GIVEN)
    assert drawn.others == []
    assert difference(name, net, drawn) == []
