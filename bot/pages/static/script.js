"use strict";
const overlays = () => [...document.querySelectorAll("details.overlay")];

function reveal() {
  const found = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!found) return;
  for (let at = found.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
  found.scrollIntoView();
}

addEventListener("hashchange", reveal);
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) setTimeout(reveal);
});
addEventListener("beforeprint", () => overlays().forEach((one) => (one.open = true)));

const fold = document.getElementById("fold");
if (fold) {
  const folded = () => overlays().every((one) => !one.open);
  const label = () => (fold.textContent = folded() ? "Unfold all" : "Fold all");
  fold.hidden = false;
  fold.addEventListener("click", () => {
    const open = folded();
    overlays().forEach((one) => (one.open = open));
  });
  overlays().forEach((one) => one.addEventListener("toggle", label));
  label();
}
const index = document.querySelector(".index details");
if (index && matchMedia("(max-width: 60rem)").matches) index.open = false;
reveal();
