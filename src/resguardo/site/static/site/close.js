// An opened file does not stay on a desk: it closes by itself, unless somebody says that they still look.
(function () {
  "use strict";
  var page = document.querySelector("[data-close]");
  if (!page) return;
  var warning = document.getElementById("closing"), stay = document.getElementById("stay"), end;
  function begin() {
    clearTimeout(end); warning.hidden = true;
    end = setTimeout(function () {
      warning.hidden = false; stay.focus();
      end = setTimeout(function () { page.hidden = true; location.replace(page.dataset.close); }, 30000);
    }, Number(page.dataset.after) * 1000);
  }
  stay.addEventListener("click", begin);
  begin();
})();
