// Files in resumable pieces, where JavaScript is there; without it the plain form below does its work.
// Nothing is kept in the browser: what has begun is in her draft, on the server.
(function () {
  "use strict";
  var form = document.querySelector("form[data-upload]");
  if (!form || !window.fetch || !Blob.prototype.arrayBuffer) return;
  var input = form.querySelector("input[type=file]"), list = document.createElement("ul"), words = form.dataset, loaded;
  list.className = "rows"; list.setAttribute("aria-live", "polite");
  form.parentNode.insertBefore(list, form);
  document.getElementById("hint-files").textContent = words.large;

  function script(address) {
    return new Promise(function (done, failed) {
      var tag = document.createElement("script");
      tag.src = address; tag.onload = done; tag.onerror = failed;
      document.head.appendChild(tag);
    });
  }
  function ready() { loaded = loaded || Promise.all([script(words.tus), script(words.sha)]); return loaded; }

  async function hash(file, moved) {
    var digest = new Sha256(), step = 2097152;
    for (var at = 0; at < file.size; at += step) {
      digest.update(new Uint8Array(await file.slice(at, at + step).arrayBuffer()));
      moved(Math.min(1, (at + step) / file.size));
    }
    return digest.hex();
  }

  function row(file) {
    var item = document.createElement("li"), name = document.createElement("bdi"), bar = document.createElement("progress");
    var state = document.createElement("p"), print = document.createElement("p"), button = document.createElement("button");
    name.textContent = file.name; bar.max = 1; bar.value = 0; bar.setAttribute("aria-label", file.name);
    state.className = "soft"; print.className = "soft print"; button.type = "button"; button.className = "plain"; button.hidden = true;
    [name, bar, state, print, button].forEach(function (part) { item.appendChild(part); });
    list.appendChild(item);
    return { bar: bar, state: state, print: print, button: button };
  }

  function percent(part) { return Math.floor(part * 100) + " %"; }

  function send(file) {
    var shown = row(file);
    shown.state.textContent = words.hashing;
    return hash(file, function (part) { shown.bar.value = part; }).then(function (digest) {
      shown.print.textContent = words.print + " " + digest;
      return new Promise(function (done) {
        var known = document.querySelector("[data-unfinished][data-size='" + file.size + "'][data-name=" + JSON.stringify(file.name) + "]");
        var upload = new tus.Upload(file, {
          endpoint: words.upload, uploadUrl: known ? words.upload + known.dataset.unfinished + "/" : null,
          chunkSize: 8388608, retryDelays: [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000], storeFingerprintForResuming: false,
          metadata: { filename: file.name, sha256: digest, note: form.querySelector("textarea").value },
          onProgress: function (sent, all) { shown.bar.value = sent / all; shown.state.textContent = words.sending + " " + percent(sent / all); },
          onError: function (error) {
            var answer = error.originalResponse, text = answer && answer.getBody();
            shown.state.textContent = answer && answer.getStatus() >= 400 && text ? text : words.broken;
            wait(true);
          },
          onSuccess: function () { shown.button.hidden = true; shown.state.textContent = words.done; done(true); }
        });
        function wait(paused) {
          shown.button.hidden = false;
          shown.button.textContent = paused ? words.resume : words.pause;
          shown.button.onclick = function () {
            if (paused) { upload.start(); shown.state.textContent = words.sending; wait(false); }
            else { upload.abort(); shown.state.textContent = words.paused; wait(true); }
          };
        }
        upload.start(); wait(false);
      });
    });
  }

  form.addEventListener("submit", function (event) {
    if (!input.files.length) return;
    event.preventDefault();
    var files = Array.prototype.slice.call(input.files), button = form.querySelector(".buttons button");
    button.disabled = true;
    ready().then(function () {
      return files.reduce(function (before, file) { return before.then(function () { return send(file); }); }, Promise.resolve());
    }).then(function () { location.replace(location.pathname); }, function () { button.disabled = false; form.submit(); });
  });
})();
