#!/usr/bin/env python3
"""Whether every element of an HTML file is closed where it should be, and its plots are XML."""

import re
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

VOID = {"meta", "link", "img", "input", "br", "hr"}


class Balance(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)) or any(re.search("[<\"'&]|^on", name) for name in names):
            self.wrong.append(f"{self.getpos()}: attributes of {tag}: {names}")

    def handle_startendtag(self, tag, attributes):
        pass   # within a plot

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"{self.getpos()}: </{tag}>")


text = open(sys.argv[1], encoding="utf-8").read()
balance = Balance()
balance.feed(text)
plots = re.findall(r"<svg\b.*?</svg>", text, re.S)
for plot in plots:
    ElementTree.fromstring(plot)
print("\n".join(balance.wrong[:10]) or f"ok {len(plots)} plots")
sys.exit(bool(balance.wrong or balance.open))
