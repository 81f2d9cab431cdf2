// What this computer has written down without the network, for the screen that writes it and the page that sends it.
"use strict";

const STORE = "okalib-offline-scans";

function readScans() {
  return JSON.parse(localStorage.getItem(STORE) ?? "[]");
}

function keepScans(scans) {
  localStorage.setItem(STORE, JSON.stringify(scans));
}
