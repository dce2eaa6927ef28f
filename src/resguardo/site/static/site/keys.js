// j and k walk the work list, Enter opens. Everything works without this file.
(function () {
  var links = Array.prototype.slice.call(document.querySelectorAll(".worklist li > a"));
  if (!links.length) return;
  document.addEventListener("keydown", function (event) {
    if (/INPUT|TEXTAREA|SELECT/.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
    var step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
    if (!step) return;
    var at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at + step))].focus();
  });
})();
