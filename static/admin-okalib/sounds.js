// Two tones for the ear: what is done sounds high, what has stopped sounds low, and what lies between has both.
// They are made here, not loaded. The button turns them off, and this machine remembers it.
"use strict";

const HIGH = 880;
const LOW = 294;
const TUNES = {
  done: [[HIGH, 0.09]],
  look: [[HIGH, 0.09], [LOW, 0.16]],
  override: [[LOW, 0.12], [HIGH, 0.09], [LOW, 0.12]],
  stop: [[LOW, 0.18], [LOW, 0.18], [LOW, 0.36]],
};
const PAUSE = 0.05;
const REMEMBERED = "okalib-desk-sound";

const button = document.querySelector("[data-sound]");
let audio = null;
let isOn = localStorage.getItem(REMEMBERED) !== "off";

function play(tone) {
  if (!isOn || !TUNES[tone]) return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  let at = audio.currentTime + 0.01;
  for (const [pitch, seconds] of TUNES[tone]) {
    const oscillator = new OscillatorNode(audio, { frequency: pitch, type: tone === "stop" ? "square" : "sine" });
    const volume = new GainNode(audio, { gain: 0.15 });
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(at);
    oscillator.stop(at + seconds);
    at += seconds + PAUSE;
  }
}

function show() {
  button.textContent = isOn ? button.dataset.on : button.dataset.off;
  button.setAttribute("aria-pressed", `${isOn}`);
}

button.hidden = false;
show();
button.addEventListener("click", () => {
  isOn = !isOn;
  localStorage.setItem(REMEMBERED, isOn ? "on" : "off");
  show();
  play("done");
});
document.addEventListener("desk:answered", (event) => play(event.detail.tone));

const shown = document.querySelector("[data-tone]:not([hidden])");
if (shown && navigator.userActivation?.hasBeenActive) play(shown.dataset.tone);
