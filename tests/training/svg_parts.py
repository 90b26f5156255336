"""Reading a picture in tests: well-formed, nothing loaded, nothing outside."""

import xml.etree.ElementTree as ET


def parsed(svg: str) -> ET.Element:
    """The picture as XML; nothing refers elsewhere and every number lies inside the view."""
    root = ET.fromstring(svg)
    width, height = map(float, root.get("viewBox").split()[2:])
    for node in root.iter():
        assert not any("href" in name for name in node.attrib)
        for x, y in ((("x", "x1", "x2", "cx"), ("y", "y1", "y2", "cy")),):
            assert all(-1 <= float(node.get(name, 0)) <= width + 1 for name in x)
            assert all(-1 <= float(node.get(name, 0)) <= height + 1 for name in y)
        for pair in (node.get("points") or "").split():
            a, b = map(float, pair.split(","))
            assert 0 <= a <= width and 0 <= b <= height
    assert root.get("aria-label")
    return root


def having(root: ET.Element, kind: str) -> list[ET.Element]:
    """Elements of a class."""
    return [node for node in root.iter() if kind in (node.get("class") or "").split()]
