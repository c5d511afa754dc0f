"""Models: which are known, which are here, whether they are sound, and how to get one.

`Models` is the way in. Importing this is quick; what fetches a model is loaded
by `Models.pull` alone.
"""

from archive.models.errors import (
    ModelDamaged,
    ModelMissing,
    ModelTooLarge,
    ModelUnfit,
    NotEnoughDisk,
    PullFailed,
    PullRunning,
    UnknownModel,
    readable_bytes,
)
from archive.models.gguf import GGUFInfo, read_gguf_header
from archive.models.memory import Memory, memory_now
from archive.models.registry import (
    DEFAULTS,
    REGISTRY,
    USUAL_CONTEXT_TOKENS,
    Kind,
    KnownModel,
    ModelInfo,
    find,
)
from archive.models.store import InstalledFile, InstalledModel, Models, PullProgress

__all__ = [
    "DEFAULTS",
    "REGISTRY",
    "USUAL_CONTEXT_TOKENS",
    "GGUFInfo",
    "InstalledFile",
    "InstalledModel",
    "Kind",
    "KnownModel",
    "Memory",
    "ModelDamaged",
    "ModelInfo",
    "ModelMissing",
    "ModelTooLarge",
    "ModelUnfit",
    "Models",
    "NotEnoughDisk",
    "PullFailed",
    "PullProgress",
    "PullRunning",
    "UnknownModel",
    "find",
    "memory_now",
    "read_gguf_header",
    "readable_bytes",
]
