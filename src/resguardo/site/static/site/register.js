// Helps whoever fills in a record: keeps the draft while they write, searches codes as they type, and a few
// keys. Everything works without this file: what was typed goes with the form.
(function () {
  "use strict";
  var form = document.getElementById("record");
  if (!form) return;
  var kept = document.getElementById("kept"), AFTER = 4000, timer, sending = false, again = false;

  function text(id, value) { var e = document.getElementById(id); if (e) e.textContent = value; }

  function lost() { kept.textContent = form.dataset.lost; kept.className = "lost"; }

  function keep() {
    clearTimeout(timer);
    if (sending) { again = true; return; }
    sending = true;
    fetch(form.dataset.draft, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "error" })
      .then(function (answer) { if (!answer.ok) throw new Error(); return answer.json(); })
      .then(function (told) {
        kept.textContent = told.kept; kept.className = "";
        text("filled", told.filled);
        document.getElementById("progress").value = told.filled;
        Object.keys(told.follows).forEach(function (name) {
          var place = form.querySelector('[data-follows="' + name + '"]'), by = form.elements["f-" + name];
          if (place && !(by && by.value)) place.textContent = told.follows[name] || "—";
        });
      })
      .catch(lost)
      .then(function () { sending = false; if (again) { again = false; keep(); } });
  }

  function later(event) {
    if (event.target.name && !/^(f-|source)/.test(event.target.name)) return;
    clearTimeout(timer);
    timer = setTimeout(keep, AFTER);
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", function () { clearTimeout(timer); });

  // What is chosen in a long list stands beside its title.
  function count(fold) {
    var chosen = fold.querySelectorAll("input:checked"), there = fold.querySelector(".chosen");
    if (!there) { there = document.createElement("b"); there.className = "chosen"; fold.querySelector("summary").appendChild(there); }
    there.textContent = chosen.length ? " (" + Array.prototype.map.call(chosen, function (box) {
      return box.parentNode.querySelector("span").firstChild.textContent.trim();
    }).join(", ") + ")" : "";
  }
  form.addEventListener("change", function (event) {
    var fold = event.target.closest("details.fold");
    if (fold) count(fold);
  });

  // A code that was found is chosen: a box, a place in a list, or the words of an input.
  function choose(input, found) {
    var name = input.dataset.for;
    if (!name) { input.value = found.label; input.dispatchEvent(new Event("change", { bubbles: true })); return; }
    var box = form.querySelector('input[name="' + name + '"][value="' + found.code + '"]');
    var list = form.querySelector('select[name="' + name + '"]');
    if (box) {
      box.checked = true;
      if (box.closest("details")) box.closest("details").open = true;
      box.dispatchEvent(new Event("change", { bubbles: true }));
      box.focus();
    } else if (list) {
      list.value = found.code;
      list.dispatchEvent(new Event("change", { bubbles: true }));
      list.focus();
    }
    input.value = "";
  }

  Array.prototype.forEach.call(form.querySelectorAll("input[data-list]"), function (input, number) {
    var list = document.createElement("ul"), said = document.createElement("span"), at = -1, found = [], wait, asked = "";
    list.className = "found"; list.id = "found-" + number; list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", (input.labels[0] || input).textContent);
    said.className = "hidden"; said.setAttribute("role", "status");
    input.removeAttribute("list");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-autocomplete", "list");
    if (!input.closest(".seek")) input.parentNode.classList.add("over");
    input.parentNode.appendChild(list);
    input.parentNode.appendChild(said);

    function close() { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); }
    function go(step) {
      if (!found.length) return;
      at = (at + step + found.length) % found.length;
      Array.prototype.forEach.call(list.children, function (line, place) {
        line.setAttribute("aria-selected", place === at ? "true" : "false");
      });
      list.children[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", list.children[at].id);
    }
    function take(place) { var one = found[place]; close(); choose(input, one); }
    function show(answer) {
      found = answer; at = -1; list.textContent = "";
      found.forEach(function (one, place) {
        var line = document.createElement("li"), more = document.createElement("span");
        line.id = list.id + "-" + place;
        line.setAttribute("role", "option"); line.setAttribute("aria-selected", "false");
        line.textContent = one.label;
        if (one.meaning && input.dataset.for) { more.className = "soft"; more.textContent = one.meaning; line.appendChild(more); }
        line.addEventListener("mousedown", function (event) { event.preventDefault(); take(place); });
        list.appendChild(line);
      });
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", found.length ? "true" : "false");
      said.textContent = found.length ? found.length + " " + form.dataset.count : form.dataset.none;
      if (found.length) { list.scrollIntoView({ block: "nearest" }); go(1); }
    }
    function ask() {
      var words = input.value.trim();
      if (words.length < 2) { close(); said.textContent = ""; return; }
      asked = words;
      fetch(form.dataset.codes + "?formato=json&lista=" + input.dataset.list + "&q=" + encodeURIComponent(words), { headers: { Accept: "application/json" }, redirect: "error" })
        .then(function (answer) { return answer.ok ? answer.json() : { found: [] }; })
        .then(function (answer) { if (asked === words && document.activeElement === input) show(answer.found); })
        .catch(close);
    }
    input.addEventListener("input", function () { clearTimeout(wait); wait = setTimeout(ask, 180); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown") { event.preventDefault(); if (list.hidden) ask(); else go(1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); go(-1); }
      else if (event.key === "Escape") { close(); }
      else if (event.key === "Enter" && !event.ctrlKey) {
        event.preventDefault();
        if (at >= 0 && !list.hidden) take(at); else ask();
      }
    });
  });

  // Ctrl+Enter saves; a figure chooses in a group of buttons; / goes to the search.
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      var save = document.getElementById("save") || form.querySelector(".bar button:not(.plain)");
      event.preventDefault();
      if (save) save.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    var writing = /TEXTAREA|SELECT/.test(event.target.tagName) || (event.target.tagName === "INPUT" && !/radio|checkbox/.test(event.target.type));
    if (writing) return;
    if (event.key === "/") {
      var search = form.querySelector("input[type=search]");
      if (search) { event.preventDefault(); event.stopPropagation(); search.focus(); }
    } else if (event.key === "?" && event.target.tagName === "INPUT") {
      var help = document.getElementById("keys");
      event.preventDefault(); help.open = true; help.querySelector("summary").focus();
    } else if (event.key >= "1" && event.key <= "9" && event.target.type === "radio") {
      var group = form.querySelectorAll('input[type=radio][name="' + event.target.name + '"]'), one = group[event.key - 1];
      if (one) { event.preventDefault(); one.focus(); one.click(); }
    }
  }, true);

  var errors = document.querySelector(".errors");
  if (errors) errors.focus();
})();
