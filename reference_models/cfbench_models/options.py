"""Recipes by name: a preset, with some of its options, or of its size's, changed."""

from __future__ import annotations

from dataclasses import Field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from cfbench.errors import UsageError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

_LISTING = "cfbench train --help"


class Scaled(Protocol):
    """A recipe, a dataclass, with a size, which is one, too."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def size(self) -> Any:
        """The widths of what is trained."""


Recipe = TypeVar("Recipe", bound=Scaled)


def recipe_of(presets: Mapping[str, Recipe], preset: str, options: Mapping[str, Any]) -> Recipe:
    """A preset with some of its options, or of its size's, changed by name."""
    if preset not in presets:
        raise unknown_name("preset", preset, presets, list_command=_LISTING)
    return changed(presets[preset], options)


def changed(recipe: Recipe, options: Mapping[str, Any]) -> Recipe:
    """A recipe with some of its options, or of its size's, changed by name; of a name that both have, the recipe's."""
    plain = {field.name for field in fields(recipe)} - {"size"}
    widths = {field.name for field in fields(recipe.size)} - plain
    for name in options:
        if name not in plain | widths:
            raise unknown_name("option of the recipe", name, plain | widths, list_command=_LISTING)
    given = tupled(options)
    for name, value in given.items():
        if isinstance(value, str) and isinstance(getattr(recipe, name, None), tuple):
            given[name] = (value,)  # one of them, as the command line gives it
    try:
        size = replace(recipe.size, **{name: value for name, value in given.items() if name in widths})
        return replace(recipe, size=size, **{name: value for name, value in given.items() if name in plain})
    except TypeError as error:
        raise UsageError("An option of the recipe has a value of the wrong kind", str(error)) from error


def tupled(value: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON keeps as lists, as the tuples that recipes and sizes have."""
    return {name: tuple(each) if isinstance(each, list) else each for name, each in value.items()}
