"""What a user can cause: each error is one line that names the file and says what to do."""


class UserError(Exception):
    """A mistake that the user can mend; the command line prints it as one line and exits with code 2."""

    def __init__(self, message: str):
        super().__init__(" ".join(str(message).split()))


class MediaError(UserError):
    """A picture, sound, video or text file that cannot be read."""


class ManifestError(UserError):
    """A manifest, or a row of one, that cannot be used."""
