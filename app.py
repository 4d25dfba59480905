"""Builds and launches the page, with its worker beside it: `python app.py [--data DIR] [--host HOST] [--port PORT]`."""

import sys

from sora_lock.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main(["page", *sys.argv[1:]]))
