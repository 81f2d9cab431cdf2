// Stands between the pages under /offline/ and the network: where it is silent, what this computer keeps is shown, and
// in place of any page the screen. It keeps nothing by itself; offline_ready.js decides what is kept.
"use strict";

const KEPT = "okalib-offline";
const SCREEN = new URL("screen/", self.registration.scope).href;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(fetch(event.request).catch(() => fromMemory(event.request)));
});

async function fromMemory(request) {
  const kept = await caches.open(KEPT);
  const wanted = request.mode === "navigate" ? SCREEN : request;
  return (await kept.match(wanted, { ignoreVary: true })) ?? Response.error();
}
