"""Charts as SVG or matplotlib, of numbers that other packages computed."""
