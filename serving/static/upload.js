// Shows the progress of an upload. Without this script the browser sends the form itself and
// waits; the answer is the same.
"use strict";

const form = document.querySelector("form[data-progress]");
const progress = form.querySelector(".progress");
const bar = progress.querySelector("progress");
const message = progress.querySelector("p");
const button = form.querySelector("button");
const AGAIN = "The connection broke before an answer came. Check the patient's page; if the sample is not there, send it again.";

function say(text) {
  if (message.textContent !== text) message.textContent = text;
}

// In steps of ten percent, because a screen reader reads every change aloud.
function showSending(event) {
  if (!event.lengthComputable) return;
  bar.value = event.loaded / event.total;
  say(`Sending the file: ${10 * Math.floor((10 * event.loaded) / event.total)} %`);
}

function showReading() {
  bar.removeAttribute("value");
  say("The file has arrived; its cells are being read.");
}

function showFailure(text) {
  bar.hidden = true;
  button.disabled = false;
  message.setAttribute("role", "alert");
  say(text);
}

function problem(answer) {
  if (!answer) return AGAIN;
  const fields = (answer.errors || []).map((error) => `${error.field}: ${error.rule}`);
  return fields.join("; ") || answer.detail;
}

function finish(request) {
  const stored = request.status === 201 && request.response;
  if (stored) window.location.assign(request.response.href);
  else showFailure(problem(request.response));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", showSending);
  request.upload.addEventListener("load", showReading);
  request.addEventListener("load", () => finish(request));
  request.addEventListener("error", () => showFailure(AGAIN));
  button.disabled = true;
  progress.hidden = false;
  bar.hidden = false;
  bar.value = 0;
  message.setAttribute("role", "status");
  request.send(new FormData(form));
});
