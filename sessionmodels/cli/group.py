"""Groups of commands."""

import click

A_SENTENCE = 1000
"""A number of characters that is above the length of every first sentence of a help text, so that none is cut."""


class Group(click.Group):
    """A group whose help has the first sentence of each command whole: click would cut it to one line."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click passes it
        """Write the commands, longer sentences in several lines."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(A_SENTENCE)) for name, one in sorted(self.commands.items())])
