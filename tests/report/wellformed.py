#!/usr/bin/env python3
"""Reads a file of SVG or XHTML pieces as XML, and refuses coordinates that are no numbers."""

import re
import sys
from xml.etree import ElementTree

text = open(sys.argv[1], encoding="utf-8").read()
root = ElementTree.fromstring(f"<pieces>{text}</pieces>")
for element in root.iter():
    for name, value in element.attrib.items():
        if name in ("d", "x", "y", "cx", "cy", "viewBox", "width", "height"):
            bad = re.search(r"nan|inf|[0-9]{12}", value)
            if bad:
                sys.exit(f"{element.tag} {name}: {bad[0]}")
print("ok", sum(1 for _ in root.iter()), "elements")
