// Keeps the offline screen on this computer, so that it opens when the network is cut. The screen names nobody.
"use strict";

const { screen: screenAddress, worker } = document.currentScript.dataset;

async function keepScreen() {
  await navigator.serviceWorker.register(worker);
  const answer = await fetch(screenAddress);
  if (!answer.ok || answer.redirected) return; // logged out meanwhile: what was kept before stays
  const page = new DOMParser().parseFromString(await answer.clone().text(), "text/html");
  const parts = [...page.querySelectorAll("link[href]")].map((link) => link.getAttribute("href"));
  parts.push(...[...page.scripts].map((script) => script.getAttribute("src")));
  const kept = await caches.open("okalib-offline");
  await kept.addAll(parts);
  await kept.put(new URL(screenAddress, location.href).href, answer);
  document.dispatchEvent(new CustomEvent("desk:offline-ready"));
}

if ("serviceWorker" in navigator) {
  keepScreen().catch(() => {
    // The next opening tries again: without a network nothing is lost, what was kept before is still there.
  });
}
