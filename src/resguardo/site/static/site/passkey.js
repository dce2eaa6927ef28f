// A passkey as second step: asks the browser and sends its answer. Without this file a code does the same.
(function () {
  Array.prototype.forEach.call(document.querySelectorAll("form[data-passkey]"), function (form) {
    form.addEventListener("submit", function (event) {
      if (form.elements.passkey.value) return;
      event.preventDefault();
      var options = JSON.parse(form.dataset.options);
      var asked = form.dataset.passkey === "create"
        ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      asked.then(function (made) {
        form.elements.passkey.value = JSON.stringify(made.toJSON());
        form.submit();
      }, function () { form.querySelector("button").focus(); });
    });
  });
})();
