// Shows how far an upload has come. Without this script the form is sent as it stands, and the
// page waits; the answer is the same.
"use strict";

const form = document.querySelector("form[data-progress]");
const place = form.querySelector(".progress");
const bar = place.querySelector("progress");
const said = place.querySelector("p");
const button = form.querySelector("button");
const AGAIN = "The connection broke before an answer came. Look at the patient's page, then send it again.";

function say(text) {
  if (said.textContent !== text) said.textContent = text;
}

// In steps of ten, since a screen reader reads every change aloud.
function sending(event) {
  if (!event.lengthComputable) return;
  bar.value = event.loaded / event.total;
  say(`Sending the file: ${10 * Math.floor((10 * event.loaded) / event.total)} %`);
}

function reading() {
  bar.removeAttribute("value");
  say("The file is here; its cells are being read.");
}

function failed(text) {
  bar.hidden = true;
  button.disabled = false;
  said.setAttribute("role", "alert");
  say(text);
}

function problem(answer) {
  if (!answer) return AGAIN;
  const fields = (answer.errors || []).map((error) => `${error.field}: ${error.rule}`);
  return fields.join("; ") || answer.detail;
}

function answered(request) {
  const kept = request.status === 201 && request.response;
  if (kept) window.location.assign(request.response.href);
  else failed(problem(request.response));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", sending);
  request.upload.addEventListener("load", reading);
  request.addEventListener("load", () => answered(request));
  request.addEventListener("error", () => failed(AGAIN));
  button.disabled = true;
  place.hidden = false;
  bar.hidden = false;
  bar.value = 0;
  said.setAttribute("role", "status");
  request.send(new FormData(form));
});
