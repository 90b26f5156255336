"""MkDocs hook: pages from the repository's root, and one page of reference per sub-package.

MkDocs calls `on_config` and `on_files` by name. The reference is generated from the folders, so
that a new module appears without a list to keep.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

import griffe
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pygments.formatters import HtmlFormatter

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("features", "models", "training", "serving")
ROOT_PAGES = {
    "README.md": "index.md",
    "GLOSSARY.md": "glossary.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
LINK = re.compile(r"\]\(([^)\s:]+)\)")
DOCTEST = re.compile(r"(?m)^>>> .*(?:\n(?!$).*)*")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the reference to the navigation."""
    assert config.nav is not None
    config.nav.append({"Python modules": [_navigation(package) for package in PACKAGES]})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, the licence that the home page links to, and code colours."""
    for name, page in ROOT_PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text("utf-8")))
    files.append(File.generated(config, "LICENSE", content=(ROOT / "LICENSE").read_text("utf-8")))
    colours = HtmlFormatter().get_style_defs(".codehilite")
    files.append(File.generated(config, "pygments.css", content=colours))
    for package in PACKAGES:
        for name in sub_packages(package):
            files.append(File.generated(config, page_of(name), content=reference(name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links between files of the repository to the site's pages."""
    return LINK.sub(lambda link: f"]({site_link(link[1])})", markdown)


def site_link(target: str) -> str:
    """Address on the site of a link that is right in the repository.

    >>> site_link("docs/http.md#errors"), site_link("../GLOSSARY.md"), site_link("report.png")
    ('http.md#errors', 'glossary.md', 'report.png')
    """
    path, hash_, anchor = target.partition("#")
    name = posixpath.basename(path)
    return ROOT_PAGES.get(name, path.removeprefix("docs/")) + hash_ + anchor


def sub_packages(package: str) -> list[str]:
    """Dotted names of a package and the packages in it, leaving out database migrations."""
    folders = sorted(path.parent for path in (ROOT / package).rglob("__init__.py"))
    names = [".".join(folder.relative_to(ROOT).parts) for folder in folders]
    return [name for name in names if ".migrations" not in name]


def modules(package: str) -> Iterator[str]:
    """Dotted names of the modules directly in a package."""
    for path in sorted((ROOT / package.replace(".", "/")).glob("*.py")):
        if not path.stem.startswith("__"):
            yield f"{package}.{path.stem}"


def reference(package: str) -> str:
    """Markdown of one package's page: its docstring, then each of its modules."""
    summary = f"::: {package}\n    options: {{members: false, show_root_heading: false}}"
    return "\n\n".join([f"# {package}", summary, *(f"::: {name}" for name in modules(package))])


def page_of(package: str) -> str:
    """File name of a package's page.

    >>> page_of("features.readers")
    'reference/features.readers.md'
    """
    return f"reference/{package}.md"


def _navigation(package: str) -> dict[str, object]:
    return {package: [{name: page_of(name)} for name in sub_packages(package)]}


class FencedDoctests(griffe.Extension):
    """Griffe extension: doctests become fenced code; in Markdown `>>>` would be a quotation."""

    def on_object(self, *, obj: griffe.Object, **kwargs: object) -> None:
        """Fence the doctests of one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = fence(obj.docstring.value)


def fence(text: str) -> str:
    """Put each run of doctest lines between fences.

    >>> fence("Twice.\\n\\n>>> 1 + 1\\n2").splitlines()
    ['Twice.', '', '```pycon', '>>> 1 + 1', '2', '```']
    """
    return DOCTEST.sub(lambda example: f"```pycon\n{example[0]}\n```", text)
