"""The language model: llama.cpp behind a small, streaming door.

The model is opened once and its fixed system prompt is read at once, so that a
question only costs its own tokens (llama.cpp keeps a common prefix). Token
probabilities are taken in a logits processor: asking llama.cpp for them makes
reading four times slower.
"""

from __future__ import annotations

import bisect
import ctypes
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import LifeArchiveError


class ModelUnusable(LifeArchiveError):
    """llama.cpp does not take this file."""

    exit_code = 6


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was measured while the model wrote. Filled as the pieces come."""

    log_probabilities: list[float]
    """Natural logarithm of the probability of each token that was written."""

    prompt_tokens: int = 0
    stopped_by_length: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What the model would go on with, and how well it had foreseen what it was asked."""

    shares: tuple[float, ...]
    """The probability of each option's first token."""

    foreseen: tuple[float, ...] = ()
    """Natural logarithm of the probability of each token of a text in the prompt, with
    everything before it read. Empty if none was asked for."""

    state: bytes = b""
    """The model's last hidden state where it was to go on, as half-precision numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a prompt."""

    role: str
    """`system`, `user` or `assistant`."""

    content: str


class LanguageModel:
    """One GGUF file, open. Calls from several threads wait for each other."""

    def __init__(self, path: Path, *, name: str, context_tokens: int, threads: int) -> None:
        import llama_cpp

        self.name = name
        self._lock = threading.Lock()
        _quiet(llama_cpp)
        try:
            self._llama: Any = llama_cpp.Llama(
                model_path=str(path),
                n_ctx=context_tokens,
                n_threads=threads,
                n_threads_batch=threads,
                n_batch=512,
                flash_attn=True,
                verbose=False,
                seed=0,
            )
        except (ValueError, RuntimeError, AssertionError, OSError) as error:
            raise ModelUnusable(
                f"llama.cpp cannot open {path}: {error}",
                remedy=f"Run: archive models pull {name}",
            ) from error
        self._template = _formatter(self._llama)
        self.context_tokens = context_tokens

    def count(self, text: str) -> int:
        """How many tokens a text is."""
        return len(self._llama.tokenize(text.encode(), add_bos=False, special=False))

    def warm(self, system: str) -> None:
        """Read the system prompt, so that the first question need not."""
        prompt = self._render([Turn(role="system", content=system)], answer=False)
        with self._lock:
            tokens = self._llama.tokenize(prompt.encode(), add_bos=False, special=True)
            if tokens and self._llama.n_tokens == 0:
                self._llama.eval(tokens)

    def weigh(
        self, turns: Sequence[Turn], *, begun: str, options: Sequence[str], foreseen: str = ""
    ) -> Weighed:
        """How likely the model goes on with each option, after a reply that is `begun`.

        Of an option its first token counts; the rest of the probability is everything else.
        `foreseen` is a text of the prompt, where it stands last, whose tokens' probabilities
        are wanted. What was read stays in the context: a `stream` that begins so need not read
        it again. Raises ModelUnusable if the prompt does not fit the context.
        """
        import numpy as np

        with self._lock:
            tokens = self._tokens(turns, begun, room=1)
            firsts = [
                self._llama.tokenize(option.encode(), add_bos=False, special=False)[0]
                for option in options
            ]
            first, end = self._place(tokens, _plain(foreseen).encode()) if foreseen else (0, 0)
            if not 1 < first < end or len(tokens) - first >= self._llama.n_batch:
                first = end = len(tokens)
            # The binding gives logits for the last token or for all that it ever reads, which
            # takes a gigabyte; so from that text on llama.cpp's own call reads.
            self._read(tokens[: first - 1])
            if not self._decode(tokens[first - 1 :], embed=True):
                raise ModelUnusable(
                    f"{self.name} could not read the question and its sources.",
                    remedy="Lower [answer] evidence_tokens, or close other programs.",
                )
            likely = tuple(
                self._log_probability(place, token)
                for place, token in enumerate(tokens[first:end])
            )
            last = len(tokens) - first
            logits = self._logits(last)
            weights = np.exp(logits[firsts].astype(np.float64) - float(logits.max()))
            total = float(np.exp(logits - logits.max()).sum(dtype=np.float64))
            shares = tuple((weights / total).tolist())
            return Weighed(shares=shares, foreseen=likely, state=self._state(last))

    def _read(self, tokens: Sequence[int]) -> None:
        """Read tokens, but for those the context begins with."""
        self._llama.create_completion(list(tokens), max_tokens=1, temperature=0.0)

    def _place(self, tokens: Sequence[int], text: bytes) -> tuple[int, int]:
        """The first token of the last occurrence of `text`, and the first after it."""
        pieces = [self._llama.detokenize([token], special=True) for token in tokens]
        start = b"".join(pieces).rfind(text)
        if start < 0:
            return 0, 0
        ends = list(itertools.accumulate(map(len, pieces)))
        return bisect.bisect_right(ends, start), bisect.bisect_left(ends, start + len(text)) + 1

    def _decode(self, tokens: Sequence[int], *, embed: bool = False) -> bool:
        """Read tokens at the end of the context, the logits of each kept, and its state."""
        import llama_cpp

        llama, past = self._llama, self._llama.n_tokens
        llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(llama.ctx), -1, past, -1)
        batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
        llama_cpp.llama_set_embeddings(llama.ctx, embed)
        try:
            batch.n_tokens = len(tokens)
            for place, token in enumerate(tokens):
                batch.token[place], batch.pos[place] = token, past + place
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
                batch.logits[place] = True
            if llama_cpp.llama_decode(llama.ctx, batch) != 0:
                return False
            llama.input_ids[past : past + len(tokens)] = tokens
            llama.n_tokens = past + len(tokens)
            return True
        finally:
            llama_cpp.llama_set_embeddings(llama.ctx, False)
            llama_cpp.llama_batch_free(batch)

    def _logits(self, place: int) -> Any:
        """Those behind a token of the last `_decode`, valid until the next."""
        import llama_cpp
        import numpy as np

        held = llama_cpp.llama_get_logits_ith(self._llama.ctx, place)
        return np.ctypeslib.as_array(held, shape=(self._llama.n_vocab(),))

    def _state(self, place: int) -> bytes:
        import llama_cpp
        import numpy as np

        held = llama_cpp.llama_get_embeddings_ith(self._llama.ctx, place)
        if not held:
            return b""
        state = np.ctypeslib.as_array(held, shape=(self._llama.n_embd(),))
        return state.astype("<f2").tobytes()

    def _log_probability(self, place: int, token: int) -> float:
        import numpy as np

        logits = self._logits(place)
        peak = float(logits.max())
        return float(logits[token]) - peak - float(np.log(np.exp(logits - peak).sum()))

    def _tokens(self, turns: Sequence[Turn], begun: str, *, room: int) -> list[int]:
        prompt = self._render(turns, answer=True) + begun
        tokens: list[int] = self._llama.tokenize(prompt.encode(), add_bos=False, special=True)
        if len(tokens) + room > self.context_tokens:
            raise ModelUnusable(
                f"The question and its sources are {len(tokens)} tokens, more than "
                f"{self.name} can hold ({self.context_tokens}).",
                remedy="Raise [models] context_tokens or lower [answer] evidence_tokens.",
            )
        return tokens

    def stream(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        reading: Reading,
        should_stop: Callable[[], bool] = lambda: False,
        grammar: str = "",
        begun: str = "",
    ) -> Iterator[str]:
        """The reply in pieces, greedily decoded; the same prompt gives the same reply.

        It goes on from `begun`, which is not repeated. Raises ModelUnusable if the prompt
        does not fit the context.
        """
        import llama_cpp
        import numpy as np

        with self._lock:
            tokens = self._tokens(turns, begun, room=max_tokens)
            reading.prompt_tokens = len(tokens)

            def note(_ids: Any, logits: Any) -> Any:
                peak = float(logits.max())
                total = float(np.log(np.exp(logits - peak).sum()))
                # Greedy decoding takes the most probable token, whose logit is the peak.
                reading.log_probabilities.append(-total)
                return logits

            pieces = self._llama.create_completion(
                tokens,
                max_tokens=max_tokens,
                temperature=0.0,
                repeat_penalty=1.0,
                stream=True,
                stop=[
                    "<|im_end|>",
                    "<|endoftext|>",
                    "<|im_start|>",
                    *(["\n"] if begun else []),
                ],
                logits_processor=llama_cpp.LogitsProcessorList([note]),
                grammar=llama_cpp.LlamaGrammar.from_string(grammar, verbose=False)
                if grammar
                else None,
            )
            try:
                for piece in pieces:
                    if should_stop():
                        return
                    choice = piece["choices"][0]
                    if choice["finish_reason"] == "length":
                        reading.stopped_by_length = True
                    if choice["text"]:
                        yield choice["text"]
            finally:
                pieces.close()

    def _render(self, turns: Sequence[Turn], *, answer: bool) -> str:
        return self._template(turns, answer)

    def close(self) -> None:
        """Free the model's memory."""
        with self._lock:
            self._llama.close()


def _formatter(llama: Any) -> Callable[[Sequence[Turn], bool], str]:
    """The model's own chat template, or ChatML if it brings none."""
    template = (llama.metadata or {}).get("tokenizer.chat_template", "")
    if template and "<|im_start|>" not in template:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        def text_of(token: int) -> str:
            return str(llama._model.token_get_text(token)) if token != -1 else ""

        formatter = Jinja2ChatFormatter(
            template=template,
            eos_token=text_of(llama.token_eos()),
            bos_token=text_of(llama.token_bos()),
        )

        def own(turns: Sequence[Turn], answer: bool) -> str:
            messages: list[Any] = [{"role": t.role, "content": t.content} for t in turns]
            return str(formatter(messages=messages).prompt) if answer else ""

        return own

    def chatml(turns: Sequence[Turn], answer: bool) -> str:
        text = "".join(
            f"<|im_start|>{turn.role}\n{_plain(turn.content)}<|im_end|>\n" for turn in turns
        )
        return text + "<|im_start|>assistant\n" if answer else text

    return chatml


def _plain(text: str) -> str:
    """Text in which no source can end its turn or begin another's."""
    return text.replace("<|", "< |").replace("|>", "| >")


_log_callback: Any = None


def _quiet(llama_cpp: Any) -> None:
    """Silence llama.cpp by its log callback, and only by that.

    The binding's own way points the process's standard output at /dev/null while a model
    loads: what another thread prints meanwhile (evidence, the app's screen) would be lost.
    """
    global _log_callback
    if _log_callback is None:
        from llama_cpp._utils import suppress_stdout_stderr

        suppress_stdout_stderr.__enter__ = lambda self: self
        suppress_stdout_stderr.__exit__ = lambda self, *_: None
        _log_callback = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
