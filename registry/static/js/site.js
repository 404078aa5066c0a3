/* Small helps; every page works without them. Loaded in the head so that large text is there before the first paint. */
(function () {
  "use strict";
  var root = document.documentElement, key = "large-text";
  function stored() { try { return localStorage.getItem(key) === "1"; } catch (e) { return false; } }
  function store(on) { try { localStorage.setItem(key, on ? "1" : "0"); } catch (e) { /* remembering is optional */ } }
  if (stored()) { root.classList.add("large"); }

  function largeText(button) {
    button.setAttribute("aria-pressed", String(root.classList.contains("large")));
    button.parentNode.hidden = button.hidden = false;
    button.addEventListener("click", function () {
      var on = root.classList.toggle("large");
      button.setAttribute("aria-pressed", String(on));
      store(on);
    });
  }

  /* A second click on a button that sends must not send twice; the server refuses it too. */
  function sendOnce(form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var each = function (selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); };
    each("[data-large-text]", largeText);
    each("form[method=post]", sendOnce);
    each("[data-print]", function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { window.print(); });
    });
    var problems = document.querySelector(".problems");
    if (problems) { problems.focus(); }
  });
  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.forms, function (form) { delete form.dataset.sent; });
  });
}());
