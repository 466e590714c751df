// Small comforts. Every page works without this file.
(() => {
  "use strict";

  // links.confirm = "auto": a page may post its own form, once, when a person has it before them:
  // visible, focused, and still so a moment later. A scanner that only opens the link has neither.
  for (const form of document.querySelectorAll("form[data-auto]")) {
    let sent = false;
    let timer = 0;
    const here = () => document.visibilityState === "visible" && document.hasFocus();
    const look = () => {
      clearTimeout(timer);
      if (sent || !here()) return;
      timer = setTimeout(() => {
        if (sent || !here()) return;
        sent = true;
        form.requestSubmit(form.querySelector("button.primary"));
      }, 700);
    };
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);
    addEventListener("blur", look);
    look();
  }

  // The number of unread notices, as it changes. While nobody looks at the page nothing listens: a browser has
  // few lines to one house, and a page that comes back goes on where it was.
  const badge = document.querySelector("[data-unread]");
  if (badge && window.EventSource) {
    let source = null;
    let since = "";
    const take = (event) => {
      since = event.lastEventId || since;
      const { unread } = JSON.parse(event.data);
      badge.firstElementChild.textContent = unread < 100 ? String(unread) : "99+";
      badge.hidden = unread === 0;
    };
    const listen = () => {
      if (document.visibilityState !== "visible") {
        if (source) source.close();
        source = null;
      } else if (!source) {
        source = new EventSource("/events" + (since ? "?since=" + encodeURIComponent(since) : ""));
        source.addEventListener("notice", take);
        source.addEventListener("unread", take);
      }
    };
    document.addEventListener("visibilitychange", listen);
    addEventListener("pagehide", () => { if (source) source.close(); source = null; });
    addEventListener("pageshow", listen);
    listen();
  }

  // A page of something that goes on by itself looks whether it has changed, and is read anew then: often while agents
  // are at it, else now and then. Never while nobody looks, and never under somebody's hands.
  const live = document.querySelector("[data-live]");
  if (live) {
    let touched = false;
    let busy = false;
    const touch = () => { touched = true; };
    document.addEventListener("input", touch);
    document.addEventListener("submit", touch);
    const look = async () => {
      if (busy || touched || document.visibilityState !== "visible") return;
      busy = true;
      try {
        const answer = await fetch(location.href, { redirect: "error" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const now = page.querySelector("[data-live]");
        const same = now && now.dataset.live === live.dataset.live;
        const open = document.querySelector("details[open]");
        if (answer.ok && !same && !touched && !open) location.reload();
      } catch {
        // The next look may find the house again.
      }
      busy = false;
    };
    setInterval(look, "busy" in live.dataset ? 2000 : 20000);
  }

  // A zone that the page could only guess is the browser's.
  for (const field of document.querySelectorAll("input[data-guess-zone]")) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const known = [...(field.list ? field.list.options : [])].some((option) => option.value === timeZone);
    if (known && field.value === field.defaultValue) field.value = timeZone;
  }

  // Times in a zone that the page could only guess are asked for again in the browser's, once: the address then names it.
  for (const form of document.querySelectorAll("form[data-guess-zone]")) {
    const field = form.elements.zone;
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const known = [...(field.list ? field.list.options : [])].some((option) => option.value === timeZone);
    if (!known || field.value === timeZone) continue;
    field.value = timeZone;
    location.replace(form.action + "?" + new URLSearchParams(new FormData(form)));
  }

  // A token that is shown once can be copied with one press.
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const from = document.getElementById(button.dataset.copy);
    if (!from || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(from.textContent.trim());
      button.textContent = "Copied";
    });
  }

  // Moving the start keeps the length.
  const minutes = (text) => {
    const [hours, rest] = text.split(":").map(Number);
    return hours * 60 + rest;
  };
  const clock = (n) => String(Math.floor(n / 60)).padStart(2, "0") + ":" + String(n % 60).padStart(2, "0");
  for (const form of document.querySelectorAll("form[data-keep-length]")) {
    const { from, until } = form.elements;
    if (!from || !until || form.elements.until_date) continue;
    let length = minutes(until.value) - minutes(from.value);
    from.addEventListener("input", () => {
      const end = minutes(from.value) + length;
      if (length > 0 && end < 24 * 60) until.value = clock(end);
    });
    until.addEventListener("input", () => {
      const now = minutes(until.value) - minutes(from.value);
      if (now > 0) length = now;
    });
  }
})();
