"""The pages say what the service answers, carry what must be on each, and load nothing."""

import asyncio
import json
import re
import uuid
from html.parser import HTMLParser

import pytest
from sqlalchemy import update

from features import schema
from features.notices import SYNTHETIC, UNTESTED_BLASTS
from models.endpoints import ENDPOINTS
from serving.assessment import risk_wording, sentences, wording
from serving.pages.page_routes import show_cohort, show_models
from serving.requests_responses.row_json import to_json
from serving.storage.audit_chain import rows_of
from serving.storage.audit_log import open_audit_log
from serving.storage.database import writing
from serving.storage.tables import samples
from tests.serving.fitted import two_samples
from tests.serving.http_request import http_request

VOID = {"meta", "link", "input", "br", "img", "line", "rect", "circle", "polyline"}


class Page(HTMLParser):
    """A strict reading of a page: balanced elements, their attributes and their text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.inside_script = []
        self.feed(html)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        """Note the element; it stays open unless it cannot hold anything."""
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """An element that closes itself."""
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        """Only the innermost open element may close."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Text that a reader sees or hears; a script's own text is noted apart."""
        if self.open[-1:] == ["script"]:
            self.inside_script.append(data)
        self.words.append(data)


def page(client, path, status=200):
    """A page, checked for what holds on every page."""
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.text.startswith("<!doctype html>") and 'lang="en"' in answer.text
    found = Page(answer.text)
    assert "Research use only" in found.text
    scripts = [attribute for attribute in found.attributes if attribute[0] == "script"]
    assert all(name in ("src", "defer") for _, name, _ in scripts) and not found.inside_script
    assert not re.search(r"(https?:)?//\w", answer.text)
    assert not any(name == "style" or name.startswith("on") for _, name, _ in found.attributes)
    assert found.tags.count("h1") == 1
    return found


def store_patient(client, identifier, **changes):
    """Store the test patient; `changes` are made to the current sample."""
    key = client.post("/v1/patients", json={"identifier": identifier}).json()["key"]
    for sample in two_samples():
        sample |= {"patient_id": None} | (changes if sample["day"] == 28 else {})
        body = {name: value for name, value in to_json(sample).items() if value is not None}
        answer = client.put(f"/v1/patients/{key}/samples/{sample['sample_id']}", json=body)
        assert answer.status_code == 201, answer.text
    return key


def cds_hook(client, identifier):
    """The hook `patient-view` for a patient."""
    body = {"hook": "patient-view", "hookInstance": str(uuid.uuid4())}
    body["context"] = {"patientId": identifier}
    return client.post("/cds-services/cd7watch-risk", json=body)


@pytest.fixture
def database():
    """The database of the service in this process."""
    engine = open_audit_log().engine
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def key(client):
    """One stored patient."""
    return store_patient(client, "Bed 4 <West>")


@pytest.fixture(scope="module")
def abstained_key(client):
    """A stored patient for whom the model gives no number."""
    shares = [f.name for f in schema.CELLS if f.unit == "fraction"]
    return store_patient(client, "Bed 9", **dict.fromkeys(shares, 1.0))


def test_patient_page_shows_the_served_risk(client, key):
    """Number, natural frequency, cohort and every reason are those of /v1/explain."""
    samples = [{n: v for n, v in to_json(row).items() if v is not None} for row in two_samples()]
    answer = client.post("/v1/explain", json={"samples": samples}).json()
    found = page(client, f"/patients/{key}")
    assert "Bed 4 <West>" in found.text
    for endpoint in answer["endpoints"].values():
        shown = next(h for h in endpoint["horizons"] if h["horizon"] == 180)
        low, high = shown["stability_interval"]["low"], shown["stability_interval"]["high"]
        assert risk_wording.natural_frequency(shown["risk"], low, high) in found.text
        assert f"{wording.percent(shown['risk'])} within 180 days" in found.text
        assert f"{risk_wording.of_hundred(shown['prevalence'])} of 100" in found.text
        for reason in shown["reasons"]:
            assert reason["label"] in found.text and reason["value_text"] in found.text
        for flag in endpoint["flags"]:
            assert flag["sentence"] in found.text
    assert sentences.MODEL_NOT_CAUSE in found.text and "not a confidence interval" in found.text
    assert "not measured" in found.text


def test_patient_page_draws(client, key):
    """Three gauges, three waterfalls and four courses, inline and titled."""
    found = page(client, f"/patients/{key}")
    kinds = [value for tag, name, value in found.attributes if (tag, name) == ("svg", "class")]
    assert sorted(kinds) == ["gauge"] * 3 + ["trend"] * 4 + ["waterfall"] * 3
    assert found.tags.count("title") == 1 + len(kinds)
    for label in ("Monocytes", "S100A8/A9, all leukocytes", "CD7-negative T cells"):
        assert label in found.text


def test_every_page_of_a_synthetic_model_says_so(client, key):
    """The models are fitted to simulated patients, so every page says so; this patient is real."""
    for path in ("/", f"/patients/{key}", "/cohort", "/model"):
        banner = page(client, path).text.split("CD7Watch Ward Cohort Model")[1]
        assert "Synthetic: " in banner[:200] and "the model was fitted to simulated" in banner[:200]
    assert SYNTHETIC not in page(client, f"/patients/{key}").text


def test_synthetic_patient_is_called_so(client):
    """A simulated patient's page says it above everything, and so does the list."""
    synthetic = store_patient(client, "Simulated 1", provenance="synthetic")
    for path in (f"/patients/{synthetic}", "/"):
        found = page(client, path)
        assert SYNTHETIC.rstrip(".") in found.text
        assert [v for _, n, v in found.attributes if n == "class"].count("banner synthetic") == 1


def test_abstention_is_a_reason_without_a_number(client, abstained_key):
    """Nothing on the page reads as a risk."""
    found = page(client, f"/patients/{abstained_key}")
    assert "No number" in found.text and "No risk is given" in found.text
    assert "of 100" not in found.text and "within 180 days" not in found.text


def test_ward_lists_abstained_first_and_then_by_risk(client, key, abstained_key):
    """Those without a number lead; among the others the higher risk comes first."""
    found = page(client, "/")
    hrefs = [value for tag, name, value in found.attributes if name == "href"]
    assert hrefs.index(f"/patients/{abstained_key}") < hrefs.index(f"/patients/{key}")
    rows = [text.split("%")[0] for text in found.words]
    assert "no number" in [row.strip() for row in rows]


def test_ward_is_not_coloured_while_a_model_is_not_validated(client, key):
    """A candidate's risks get no colour, and the page says why."""
    found = page(client, "/")
    classes = {value for _, name, value in found.attributes if name == "class"}
    assert not any("upper" in value for value in classes)
    assert "not coloured" in found.text


def test_model_page_is_the_manifest_in_words(client):
    """Version, state, landmark, events and the gate's sentences are there."""
    found = page(client, "/model")
    for text in ("candidate (not validated)", "day 28", "ridge regression", "Score test p = 0.30"):
        assert text in found.text
    assert "at day 28, for the following 90, 180 and 365 days" in found.text
    assert "the risk within 180 days" in found.text and "day 15 to 28" in found.text
    assert "Candidate: it has not passed the gate" in found.text


def test_cohort_page_shows_what_the_folder_holds(client):
    """Relapse's folder tells of its cohort, fatal infection's is older and does not."""
    found = page(client, "/cohort")
    kinds = [value for tag, name, value in found.attributes if (tag, name) == ("svg", "class")]
    assert kinds == ["chart"] * 3 and found.tags.count("desc") == 3
    assert "On day 28 the model would have warned of" in found.text
    assert "an earlier version of CD7Watch exported it" in found.text
    assert "Not validated: this is the models' own cohort" in found.text


def test_a_handler_needs_no_application(client):
    """The functions behind the addresses answer a request that was made by hand."""
    from serving.service import STATE

    for handler, heading in ((show_models, b"<h1>Model</h1>"), (show_cohort, b"<h1>Cohort</h1>")):
        answer = asyncio.run(handler(STATE, http_request()))
        assert answer.status_code == 200 and heading in answer.body


def decide(client, key, **changes):
    """Send the page's form as a browser would."""
    form = {"sample_id": "day28", "endpoint": "relapse", "outcome": "override"}
    form |= {"reason": "implausible", "comment": "Culture <grew>"} | changes
    return client.post(
        f"/patients/{key}/decisions", data=form, headers={"Accept": "text/html"},
        follow_redirects=True,
    )  # fmt: skip


def test_an_override_is_stored_and_shown(client, key):
    """The form's decision stands on the page afterwards, with risk, reason and comment."""
    answer = decide(client, key)
    assert answer.status_code == 200
    found = Page(answer.text)
    shown = client.get(f"/v1/patients/{key}/acknowledgements").json()["acknowledgements"][-1]
    risk = wording.percent(shown["risks"]["180"])
    sentence = (
        f"relapse ({risk} within 180 days) set aside. Implausible for this patient: Culture <grew>"
    )
    assert sentence in found.text and shown["outcome"] == "override"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "choose all three"),
        ({"endpoint": "death"}, "choose all three"),
        ({"reason": "other", "comment": " "}, "the comment is empty"),
        ({"sample_id": "older"}, "a newer sample has been added"),
    ],
)
def test_an_incomplete_decision_is_not_stored(client, key, changes, sentence):
    """The page comes back with what to correct, and the record holds nothing new."""
    path = f"/v1/patients/{key}/acknowledgements"
    before = client.get(path).json()
    answer = decide(client, key, **changes)
    assert answer.status_code == 422 and sentence in Page(answer.text).text
    assert client.get(path).json() == before


def test_ward_is_searched_by_name(client, key, abstained_key):
    """A search lists who fits it and nobody else, whatever the letters' case."""
    found = page(client, "/?q=bed+4")
    assert "Bed 4 <West>" in found.text and "Bed 9" not in found.text
    assert "No patient matches" in page(client, "/?q=nobody-has-this").text


def test_the_record_names_whom_the_ward_list_showed(client, key):
    """The last entry about the list names the patient and the versions, and no risk."""
    page(client, "/?q=bed+4")
    from serving.service import STATE

    with STATE.engine.connect() as connection:
        entries = list(rows_of(connection, ["page_ward"]))
    body = json.loads(entries[-1]["body"])
    assert body["patients"] == [key] and set(body["versions"]) == set(ENDPOINTS)
    assert set(body) == {"versions", "patients", "seal"} and len(body["seal"]) == 64


def test_unknown_patient_is_a_page(client):
    """A browser gets a page that leads back, a program a problem."""
    assert "No such patient" in page(client, "/patients/nobody", 404).text
    answer = client.get("/patients/nobody", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_patient_without_samples_says_how_to_begin(client):
    """A patient who was just made has a page, and the ward list leaves it out."""
    key = client.post("/v1/patients", json={}).json()["key"]
    assert "No sample of this patient" in page(client, f"/patients/{key}").text
    assert key not in client.get("/?sort=name").text


def test_sign_in_page(client):
    """Without a token a browser gets the form, styled and without a number."""
    answer = client.get("/sign-in")
    found = Page(answer.text)
    assert ("input", "name", "token") in found.attributes and "Research use only" in found.text


def test_style_is_ours(client):
    """The style sheet and the icon come from here and name no other place."""
    style = client.get("/static/style.css")
    assert style.status_code == 200 and style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text and "@import" not in style.text
    assert client.get("/static/icon.svg").headers["content-type"].startswith("image/svg")


def luminance(colour):
    """Relative luminance of #rrggbb, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_contrast_is_at_least_aa(client):
    """Every text colour has 4.5 : 1 on every ground it lies on; bars have 3 : 1 (WCAG AA)."""
    style = client.get("/static/style.css").text
    roots = re.findall(r":root \{(.*?)\}", style, re.S)
    assert len(roots) == 3  # light, dark, paper
    light = dict(re.findall(r"--([\w-]+): (#\w{6})", roots[0]))
    for root in roots:
        colours = light | dict(re.findall(r"--([\w-]+): (#\w{6})", root))
        pairs = [(text, on, 4.5) for text in ("ink", "quiet", "link") for on in ("ground", "paper")]
        pairs += [("notice-ink", "notice", 4.5), ("ink", "band", 4.5), ("quiet", "band", 4.5)]
        pairs += [("ink", "upper", 4.5), ("quiet", "upper", 4.5), ("ground", "link", 4.5)]
        pairs += [("up", "paper", 3.0), ("down", "paper", 3.0), ("ink", "interval", 3.0)]
        for first, second, least in pairs:
            high, low = sorted((luminance(colours[first]), luminance(colours[second])))[::-1]
            assert (high + 0.05) / (low + 0.05) >= least, (first, second)


def test_warnings_are_sentences_at_the_top(client):
    """Limits lead the patient's and the sample's page in words, notes follow, no code is seen."""
    codes = "shallow;unfiltered;dropped_cd7neg_t_activation;<b>deep_ambient"
    key = store_patient(client, "Bed 11", warnings=codes)
    limits = ["Under 600 genes a cell: rare types uncertain.", "B deep ambient."]
    note = "Unfiltered matrix: empty droplets were set aside."
    patient, sample = (page(client, f"/patients/{key}{end}") for end in ("", "/samples/day28"))
    for sentence in limits:
        assert patient.text.index(sentence) < patient.text.index("Relapse")
        assert sample.text.index(sentence) < sample.text.index(note) < sample.text.index("Quality")
    card = cds_hook(client, "Bed 11").json()["cards"][0]["detail"]
    for text in (patient.text, sample.text, card):
        assert not re.search("deep_ambient|dropped_|unfiltered;|<b>", text)
    assert f"- {limits[0]}" in card and note not in card


def test_further_measurements_have_their_sections(client):
    """Values with errors or intervals, leukaemic cells first and open where they are raised."""
    key = store_patient(
        client, "Bed 12", b_blast_fraction=0.05, b_blast_fraction_se=0.004, cd34_rate=4.6,
        regulatory_t_fraction=0.06, clr_nk=1.0, donor_cell_fraction=0.98,
        s100a8a9_nonmyeloid_low=0.5, s100a8a9_nonmyeloid_high=1.4,
    )  # fmt: skip
    for path in (f"/patients/{key}", f"/patients/{key}/samples/day28"):
        found = page(client, path)
        assert UNTESTED_BLASTS in found.text and "5.0 % ± 0.4 points" in found.text
        assert "90 % interval: 0.649 to 3.06 UMIs per 10,000" in found.text
        titles = ["Leukaemic cells", "T-cell subsets", "S100A8/A9", "Donor and patient cells"]
        places = [found.text.rindex(title) for title in titles]
        assert places == sorted(places) and "Log-ratio of NK cells" not in found.text
        assert [name for tag, name, _ in found.attributes if (tag, name) == ("details", "open")]


def test_samples_of_another_schema_are_named(client, database):
    """The ward, the patient and the sample say that they are not read, and what to do."""
    key = store_patient(client, "Bed 13")
    with writing(database) as connection:
        old = (samples.c.patient_key == key) & (samples.c.sample_id == "before")
        connection.execute(update(samples).where(old).values(schema_version="2"))
    way_out = "add the samples again under the same names"
    assert "Not read: before, stored by" in page(client, f"/patients/{key}").text
    assert way_out in client.get(f"/patients/{key}/samples/before").text
    ward = page(client, "/").text
    assert "1 patient with samples stored by" in ward and "No patient yet" not in ward
    assert client.get(f"/v1/patients/{key}").json()["samples_of_other_schema"] == ["before"]
    with writing(database) as connection:
        connection.execute(
            update(samples).where(samples.c.patient_key == key).values(schema_version=None)
        )
    assert way_out in page(client, f"/patients/{key}").text
    note = {"endpoint": "relapse", "outcome": "acknowledged", "reason": "seen"}
    answer = client.post(f"/v1/patients/{key}/acknowledgements", json=note)
    assert answer.status_code == 409 and way_out in answer.json()["detail"]
    answer = cds_hook(client, "Bed 13")
    assert answer.status_code == 412 and way_out in answer.json()["detail"]
