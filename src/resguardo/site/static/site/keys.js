// j and k walk a list, Enter opens, t takes, / searches, l goes to the list, ? shows the keys.
// Everything works without this file.
(function () {
  var links = Array.prototype.slice.call(document.querySelectorAll(".worklist li > a"));
  function walk(step) {
    if (!links.length) return;
    var at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at + step))].focus();
  }
  var keys = {
    j: function () { walk(1); },
    k: function () { walk(-1); },
    l: function () { location.href = "/trabajo/"; },
    "/": function () { location.href = "/trabajo/buscar/"; },
    "?": function () {
      var help = document.getElementById("keys");
      if (help) { help.open = !help.open; help.querySelector("summary").focus(); }
    },
    t: function () {
      var row = document.activeElement.closest(".worklist li");
      var take = row && row.querySelector("form button");
      if (take) take.click();
    }
  };
  document.addEventListener("keydown", function (event) {
    if (/INPUT|TEXTAREA|SELECT/.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
})();
