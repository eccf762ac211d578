#pragma once

// page.css and page.js as texts, written by tools/embed_text.py at build time.
extern const char vg_page_css[];
extern const char vg_page_js[];
