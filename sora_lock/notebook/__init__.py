"""The notebook: the page that people see. `page` puts it together, `serve` answers browsers, `acts` holds what each press does."""

import os

# Before any module here imports Gradio, which would otherwise report to its makers.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
