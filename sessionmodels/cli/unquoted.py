"""Unquoted patterns: the shell expands `--tracks *.csv` to `--tracks a.csv b.csv`, and all of these files are meant."""

import os

import click

from sessionmodels.errors import did_you_mean

FILES = "--tracks"


class ReadsFiles(click.Command):
    """A command whose `--tracks` accepts every file that follows it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, with each file that follows `--tracks` as another `--tracks`."""
        words = each_with_its_flag(args)
        if stray := _stray(words):
            hint = did_you_mean(f"--{stray}", {option for parameter in self.params for option in parameter.opts})
            ending = f"; {hint}" if hint.startswith("did you mean") else ""
            msg = f"{stray!r} after {FILES} is neither an existing file nor a flag{ending}"
            raise click.UsageError(msg, ctx)
        return super().parse_args(ctx, words)


def each_with_its_flag(words: list[str]) -> list[str]:
    """Return the arguments with the flag before each file that lacks it."""
    given: list[str] = []
    after = value_is_due = False
    for word in words:
        if after and not value_is_due and not word.startswith("-") and os.path.isfile(word):  # noqa: PTH113 - a Path may raise
            given += [FILES, word]
            continue
        given.append(word)
        if value_is_due:
            value_is_due = False
        elif word == FILES:
            after = value_is_due = True
        else:
            after = word.startswith(f"{FILES}=")
    return given


def _stray(words: list[str]) -> str | None:
    """Return an argument right after the value of `--tracks` that is not a flag, but never a URL."""
    for before, _, word in zip(words, words[1:], words[2:], strict=False):
        if before == FILES and not word.startswith("-") and "://" not in word:
            return word
    return None
