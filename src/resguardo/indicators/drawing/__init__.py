"""The pictures of the figures: pure functions from numbers to inline SVG, drawn on the server.

Each is one image with a title and a description, and stands beside a table of the same numbers. Colours and
letters are attributes, so that it prints and compiles alone; classes let `site/figures.css` recolour it.
"""
