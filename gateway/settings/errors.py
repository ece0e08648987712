"""What is raised for a setting that is wrong."""


class SettingsError(Exception):
    """A setting is wrong. The message is one line for the operator: the variable's name, and what it should be."""
