// Esc three times, or the exit button: leave at once, and leave no way back to this page.
(function () {
  var link = document.querySelector("[data-exit]");
  if (!link) return;
  var count = 0;
  function leave(event) {
    if (event) event.preventDefault();
    document.body.hidden = true;
    window.location.replace(link.href);
  }
  link.addEventListener("click", leave);
  document.addEventListener("keydown", function (event) {
    count = event.key === "Escape" ? count + 1 : 0;
    if (count === 3) leave();
  });
})();
