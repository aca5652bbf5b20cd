"""Runs the blocks of a page in their order, with the names of one module, as a reader does who types them in.

    python run_blocks.py FILE PAGE    (a file of JSON: pairs of the number of a first line and a code)

A block may await, as in the shell of `python -m asyncio`.
"""

import ast
import asyncio
import inspect
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    namespace: dict[str, object] = {"__name__": "page"}
    for line, text in json.loads(Path(sys.argv[1]).read_text("utf-8")):
        padded = "\n" * (line - 1) + text  # a traceback then names the line of the page
        code = compile(padded, sys.argv[2], "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, namespace))
        else:
            exec(code, namespace)
