"""What a phone shows. Knows nothing of HTTP, SQL or Redis."""

MENU_VERSION = "1"
