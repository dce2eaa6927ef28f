// Rectangles drawn over a picture; each fills the numbers of the next free row, which can be typed as well.
(function () {
  "use strict";
  var picture = document.querySelector(".draw"), next = 1, from = null, box = null;
  if (!picture) return;
  function part(event) {
    var frame = picture.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top].map(function (at, axis) {
      return Math.max(0, Math.min(100, 100 * at / (axis ? frame.height : frame.width)));
    });
  }
  function place(to) {
    var x = Math.min(from[0], to[0]), y = Math.min(from[1], to[1]), w = Math.abs(to[0] - from[0]), h = Math.abs(to[1] - from[1]);
    box.style.left = x + "%"; box.style.top = y + "%"; box.style.width = w + "%"; box.style.height = h + "%";
    return { x: Math.floor(x), y: Math.floor(y), w: Math.ceil(w), h: Math.ceil(h) };
  }
  picture.addEventListener("pointerdown", function (event) {
    if (!document.getElementById("id_x" + next)) return;
    event.preventDefault(); picture.setPointerCapture(event.pointerId);
    from = part(event); box = document.createElement("span"); picture.appendChild(box);
  });
  picture.addEventListener("pointermove", function (event) { if (from) place(part(event)); });
  picture.addEventListener("pointerup", function (event) {
    if (!from) return;
    var found = place(part(event)); from = null;
    if (!found.w || !found.h) { box.remove(); return; }
    found.w = Math.min(found.w, 100 - found.x); found.h = Math.min(found.h, 100 - found.y);
    Object.keys(found).forEach(function (name) { document.getElementById("id_" + name + next).value = found[name]; });
    next += 1;
  });
})();
