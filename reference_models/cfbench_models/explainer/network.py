"""The network: what changed between two images and what was said before, told in words.

Words are numbers of a :class:`~cfbench_models.geneva.vocabulary.Vocabulary`. Number 0, padding there, is the end
of a text here, and begins it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from cfbench_models.geneva.blocks import DiscriminatorBlock
from cfbench_models.geneva.recipe import COLOURS
from cfbench_models.geneva.text import Dialogues, TextPath
from cfbench_models.geneva.vocabulary import PADDING, UNKNOWN

if TYPE_CHECKING:
    from cfbench_models.explainer.recipe import Size

END = PADDING


class Seen(NamedTuple):
    """What words are made of."""

    keys: Tensor
    """(turns, heads, cells + 1, width / heads)."""
    values: Tensor
    state: Tensor
    """(1, turns, hidden): the decoder's first."""

    def of(self, row: int) -> Seen:
        """Of one turn alone."""
        return Seen(self.keys[row : row + 1], self.values[row : row + 1], self.state[:, row : row + 1])


class SelfAttention(nn.Module):
    """Each cell, and the history, looks at all the others."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.told = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.inner = nn.Linear(width, 2 * width)
        self.outer = nn.Linear(2 * width, width)

    def forward(self, cells: Tensor) -> Tensor:
        """(turns, cells, width)."""
        query, key, value = (
            heads_of(each, self._heads) for each in self.told(self.norm_1(cells)).chunk(3, 2)
        )
        found = attended(query, key, value)
        cells = cells + self.out(found)
        out: Tensor = cells + self.outer(F.relu(self.inner(self.norm_2(cells))))
        return out


class Explainer(nn.Module):
    """E(V_t, V_t-1, h_t-1): the instruction of a turn from its two images and the instructions before it.

    In eval mode nothing of it changes. Parameters are not drawn yet; see
    :func:`cfbench_models.geneva.blocks.begin`.
    """

    def __init__(self, size: Size, words: int, *, own_history: bool = True) -> None:
        """``words`` is the length of the vocabulary; a history that is not its own does not learn."""
        super().__init__()
        self.size = size
        self._own_history = own_history
        self.text = TextPath(words, size.word, size.sentence, size.condition)
        channels, trunk = COLOURS * size.squeeze**2, []
        for number, out in enumerate(size.trunk):
            trunk.append(DiscriminatorBlock(channels, out, halves=number < size.halvings, first=number == 0))
            channels = out
        self.trunk = nn.Sequential(*trunk)
        self.changed = nn.Linear(channels + 2, size.width)
        self.around = nn.Linear(channels, size.width, bias=False) if size.context else None
        self.told = nn.Linear(size.condition, size.width)
        self.attention = nn.Sequential(*(SelfAttention(size.width, size.heads) for _ in range(size.layers)))
        self.norm = nn.LayerNorm(size.width)
        self.begun = nn.Linear(2 * size.width, size.hidden)
        self.held = nn.Linear(size.width, 2 * size.width)
        self.words = nn.Embedding(words, size.word)
        self.decoder = nn.GRU(size.word, size.hidden, batch_first=True)
        self.sought = nn.Linear(size.hidden, size.width)
        self.joint = nn.Linear(size.hidden + size.width, size.hidden)
        self.out = nn.Linear(size.hidden, words)
        self.text.requires_grad_(requires_grad=own_history)

    def train(self, mode: bool = True) -> Explainer:  # noqa: FBT001 - torch's
        """As torch's; a history that is not its own stays as it is."""
        super().train(mode)
        if not self._own_history:
            self.text.eval()
        return self

    def history(self, dialogues: Dialogues) -> Tensor:
        """(turns, condition): what was said before each turn; zeros for the first."""
        told: Tensor = self.text(dialogues)
        before = torch.cat([torch.zeros_like(told[:1]), told[:-1]])
        return before * (dialogues.turn > 0)[:, None]

    def features(self, images: Tensor) -> Tensor:
        """Of images as cells from -1 to 1, (images, channels, cells, cells)."""
        out: Tensor = self.trunk(images)
        return out

    def look(self, before: Tensor, after: Tensor, history: Tensor) -> Seen:
        """What is seen in the features of two images each, knowing the history."""
        before, after = before.float(), after.float()
        places = _places(before).expand(len(before), -1, -1, -1)
        cells = self.changed(torch.cat([after - before, places], 1).flatten(2).transpose(1, 2))
        if self.around is not None:
            cells = cells + self.around(before.flatten(2).transpose(1, 2))
        cells = self.norm(self.attention(torch.cat([self.told(history)[:, None], cells], 1)))
        state = torch.tanh(self.begun(torch.cat([cells[:, 0], cells[:, 1:].amax(1)], 1)))
        keys, values = (heads_of(each, self.size.heads) for each in self.held(cells).chunk(2, 2))
        return Seen(keys.float(), values.float(), state[None].float())

    def speak(self, seen: Seen, words: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of the word after each of ``words``, (turns, length, words), and the decoder's last state."""
        states, last = self.decoder(self.words(words), seen.state)
        return self._logits(states, self._found(seen, states)), last

    def spoken(self, seen: Seen, tokens: Tensor, lengths: Tensor) -> Tensor:
        """As :meth:`nll`, of what is seen already. Nothing is computed behind the ends of texts."""
        turns, longest = len(tokens), tokens.shape[1] + 1
        end = tokens.new_full((turns, 1), END)
        ends = lengths.cpu().long()
        numbers = torch.arange(longest)
        there = (numbers <= ends[:, None]).to(tokens.device)
        wanted = torch.cat([tokens, end], 1).masked_fill((numbers >= ends[:, None]).to(tokens.device), END)
        words = self.words(torch.cat([end, tokens], 1))
        packed = pack_padded_sequence(words, ends + 1, batch_first=True, enforce_sorted=False)
        states, _ = self.decoder(packed, seen.state)
        states, _ = pad_packed_sequence(states, batch_first=True, total_length=longest)
        logits = self._logits(states[there], self._found(seen, states)[there])
        losses = F.cross_entropy(logits.float(), wanted[there], reduction="none")
        return losses.new_zeros(turns, longest).index_put((there,), losses)

    def _found(self, seen: Seen, states: Tensor) -> Tensor:
        """What the decoder finds where it looks, (turns, length, width)."""
        return attended(heads_of(self.sought(states), self.size.heads), seen.keys, seen.values)

    def _logits(self, states: Tensor, found: Tensor) -> Tensor:
        logits: Tensor = self.out(F.relu(self.joint(torch.cat([states, found], -1))))
        return logits

    def nll(self, before: Tensor, after: Tensor, history: Tensor, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Minus the logarithm of the probability of each token and of the end; 0 behind it.

        Args:
            before: Images as cells from -1 to 1.
            after: The images that came of them; the result can be differentiated to them.
            history: (turns, condition), from :meth:`history`.
            tokens: (turns, longest), numbers of words, padded.
            lengths: (turns,).

        Returns:
            (turns, longest + 1).
        """
        return self.spoken(self.look(self.features(before), self.features(after), history), tokens, lengths)

    @torch.no_grad()
    def say(self, before: Tensor, after: Tensor, history: Tensor, longest: int) -> list[list[int]]:
        """The likeliest word after the likeliest word, up to the end; the unknown word is never said."""
        return self.said(self.look(self.features(before), self.features(after), history), longest)

    @torch.no_grad()
    def said(self, seen: Seen, longest: int) -> list[list[int]]:
        """As :meth:`say`, of what is seen already."""
        turns = seen.keys.shape[0]
        word = torch.full((turns, 1), END, device=seen.keys.device)
        ended = torch.zeros(turns, dtype=torch.bool, device=word.device)
        told = []
        for _ in range(longest):
            logits, state = self.speak(seen, word)
            seen = seen._replace(state=state)
            logits[..., UNKNOWN] = -torch.inf
            word = logits.argmax(2).masked_fill(ended[:, None], END)
            ended |= word[:, 0] == END
            if bool(ended.all()):
                break
            told.append(word)
        lines = torch.cat(told, 1).tolist() if told else [[] for _ in range(turns)]
        return [line[: line.index(END)] if END in line else line for line in lines]


def heads_of(vectors: Tensor, heads: int) -> Tensor:
    """(turns, heads, n, width / heads) of (turns, n, width)."""
    turns, count, width = vectors.shape
    return vectors.view(turns, count, heads, width // heads).transpose(1, 2)


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """(turns, n, width): the values that each query finds; all of many heads."""
    fit = torch.softmax(query @ key.transpose(2, 3) * query.shape[3] ** -0.5, 3)
    return (fit @ value).transpose(1, 2).flatten(2)


def _places(maps: Tensor) -> Tensor:
    """X and y of the cells of maps, from -1 to 1: (2, height, width)."""
    height, width = maps.shape[2:]
    y = (torch.arange(height, device=maps.device, dtype=maps.dtype) * 2 + 1) / height - 1
    x = (torch.arange(width, device=maps.device, dtype=maps.dtype) * 2 + 1) / width - 1
    return torch.stack(torch.meshgrid(y, x, indexing="ij")).flip(0)
