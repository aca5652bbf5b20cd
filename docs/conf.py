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
    "api_reference",
    "docstrings",
    "http_reference",
    "start_options",
    "websocket_reference",
]
exclude_patterns = ["extensions", "static"]
suppress_warnings = ["myst.header"]  # the tables of make bench start at level 3
nitpicky = False  # names of the standard library and httpx have no page here

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

default_role = "py:obj"  # names in backticks link to our pages, others become code
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = f"signalwire-streams {__version__}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["from-disk.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": [], "navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "monokai"
