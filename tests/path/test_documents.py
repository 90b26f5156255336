"""Tests that README, glossary, changelog, architecture and other documents say what there is."""

import re
import tomllib

import pytest

import cd7watch
from features import schema
from features.__main__ import main as features_command
from features.samples_command import samples
from features.settings import REPOSITORY
from features.table import sample_sheet
from features.table.text_tables.column_names import known_columns
from features.table.text_tables.spelling import letters
from tests.path.installed import PACKAGES

DOCUMENTS = (
    "README.md", "GLOSSARY.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/statistics.md",
)  # fmt: skip
SUB_PACKAGE = re.compile(r"^\| (\d+) \| `((?:features|training|serving)/[\w/]+)` \|", re.M)


def text(name: str) -> str:
    """One document of the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def sub_packages() -> set[str]:
    """Every folder of modules below the four packages, except the versions of the database."""
    folders = {
        path.parent.relative_to(REPOSITORY).as_posix()
        for package in PACKAGES
        for path in (REPOSITORY / package).glob("*/**/__init__.py")
    }
    return folders - {"serving/migrations/versions"}


def test_architecture_has_a_row_for_every_sub_package() -> None:
    """The table names each sub-package once and none that is not there."""
    rows = [name for _, name in SUB_PACKAGE.findall(text("docs/architecture.md"))]
    assert sorted(rows) == sorted(sub_packages())


@pytest.mark.parametrize("package", ["features", "training", "serving"])
def test_architecture_orders_as_the_contracts_do(package: str) -> None:
    """Sub-packages of one number are one layer of the import contract, in the same order."""
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (contract,) = [c for c in contracts if c["name"] == f"Inside {package}"]
    layers = [
        {f"{package}/{name}" for name in layer.split(" | ")} & sub_packages()
        for layer in reversed(contract["layers"])
    ]
    levels: dict[int, set[str]] = {}
    for number, name in SUB_PACKAGE.findall(text("docs/architecture.md")):
        if name.startswith(f"{package}/") and name.count("/") == 1:
            levels.setdefault(int(number), set()).add(name)
    assert list(levels) == sorted(levels)
    assert list(levels.values()) == [layer for layer in layers if layer]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_that_a_document_names_exist(name: str) -> None:
    """Each path to a Python file is one of the tree."""
    paths = re.findall(r"`([\w/]+/[\w/]+\.py)`", text(name))
    assert [path for path in paths if not (REPOSITORY / path).is_file()] == []


def test_readme_shows_every_sub_package() -> None:
    """The tree lists them by name under their package."""
    tree = text("README.md").split("## The tree")[1]
    for name in sub_packages():
        package, *rest = name.split("/")
        if len(rest) == 1 and name != "serving/migrations":
            lines = re.search(rf"^    {package}/.*\n((?:        .*\n)*)", tree, re.M)
            assert lines is not None and rest[0] in lines[1].split(), name


def test_glossary_explains_each_word_once_and_in_order() -> None:
    """No word has two entries, and each group is sorted."""
    groups = text("GLOSSARY.md").split("\n## ")[1:]
    words = [re.findall(r"^\| \*\*(.+?)\*\* \|", group, re.M) for group in groups]
    assert all(group == sorted(group, key=str.casefold) for group in words)
    every = [word for group in words for word in group]
    assert len(every) == len(set(every)) > 50


def test_changelog_begins_with_this_version() -> None:
    """Unreleased changes come first, then the version that the program prints, with its date."""
    headings = re.findall(r"^## (.*)$", text("CHANGELOG.md"), re.M)
    assert headings[0] == "[Unreleased]"
    assert re.fullmatch(rf"\[{re.escape(cd7watch.__version__)}\] - \d{{4}}-\d\d-\d\d", headings[1])
    kinds = set(re.findall(r"^### (.*)$", text("CHANGELOG.md"), re.M))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_inputs_lists_every_column_of_the_sheet() -> None:
    """Each number stands there with its unit and range, each text and key by its name."""
    page = text("docs/inputs.md")
    for feature in schema.CLINICAL:
        row = f"| `{feature.name}` | {feature.unit} | {feature.meaning} | "
        assert f"{row}{feature.low:g} to {feature.high:g} |" in page, feature.name
    for name in sample_sheet.COLUMNS:
        assert f"\n| `{name}` |" in page, name
    for category in schema.CATEGORIES:
        line = re.search(rf"^\| `{category.name}` \| (.*) \|$", page, re.M)
        assert line is not None and all(value in line[1] for value in category.allowed_values)


def test_inputs_names_columns_in_other_units_that_are_read() -> None:
    """Each name in the last column of the table is the feature in another unit."""
    names = known_columns(sample_sheet.COLUMNS, schema.CLINICAL)
    rows = re.findall(r"^\| `(\w+)` \|.* to \S+ \| (`.*`) \|$", text("docs/inputs.md"), re.M)
    assert len(rows) > 15
    for feature, others in rows:
        for other in re.findall(r"`(\w+)`", others):
            column = names[letters(other)]
            assert (column.name, column.unit is not None) == (feature, True), other


def test_inputs_gives_options_that_the_commands_have() -> None:
    """Each --option of the page is one of `features` or `features samples`."""
    options = {o for command in (features_command, samples) for p in command.params for o in p.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text("docs/inputs.md"))) <= options


@pytest.mark.parametrize(
    "name", ["README.md", "docs/tutorial.md", "docs/http.md", "docs/inputs.md"]
)
def test_commands_in_documents_exist(name: str) -> None:
    """Each `cd7watch PACKAGE COMMAND` of a document is a command of that group."""
    for package, command in re.findall(r"cd7watch (training|serving) ([a-z]+)", text(name)):
        group = cd7watch.load(package)
        assert command in group.commands, f"{package} {command}"  # type: ignore[attr-defined]
