"""What has a description."""

from sessionmodels.display.format import sentence


class Described:
    """Something with a description."""

    description: str

    @property
    def says(self) -> str:
        """The description as a sentence."""
        return sentence(self.description)
