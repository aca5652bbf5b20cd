"""Configure Sphinx, which `make docs` runs."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

from signalwire_streams import __version__  # noqa: E402  the path must be set first

project = "signalwire-streams"
author = "The signalwire-streams developers"
copyright = author  # noqa: A001  Sphinx requires this name
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "api_reference",
    "descriptions",
    "docstrings",
    "external_links",
    "http_reference",
    "start_options",
    "websocket_reference",
]
exclude_patterns = ["extensions", "static"]

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

default_role = "py:obj"  # names in backticks link to our pages, others become code
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Signatures name these types, which have entries of their own, in place of what they stand for.
autodoc_type_aliases = {
    "ASGIApp": "ASGIApp",
    "Fields": "signalwire_streams.callbacks.Fields",
    "IrregularityKind": "signalwire_streams.media.IrregularityKind",
    "Message": "signalwire_streams.media.Message",
    "Parameters": "signalwire_streams.Parameters",
    "SessionState": "signalwire_streams.media.SessionState",
}

html_theme = "furo"
html_title = f"signalwire-streams {__version__}"
html_favicon = "static/favicon.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["from-disk.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": [], "navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "monokai"

# The copy button leaves out prompts and what commands print.
copybutton_exclude = ".linenos, .gp, .go"
