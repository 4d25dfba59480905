// The page's own script: hands presses to the server, plays tiles under the pointer, and knows the keys.
// The feed is redrawn by position, which strips what a script sets on its nodes. So nothing is kept on them: what is selected, filtered or
// playing lives on the root element and in one style sheet.
(() => {
  "use strict";
  const root = document.documentElement;
  const state = { take: null, trigger: null, waiting: [], hover: null };
  const chosen = document.createElement("style");
  document.head.append(chosen);

  const cookie = (name) => {
    const found = document.cookie.split("; ").find((c) => c.startsWith(name + "="));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  };
  const remember = (name) => {
    const kept = name.replace(/[\p{C}]/gu, " ").trim().slice(0, 40) || "guest " + Math.floor(10 + Math.random() * 90);
    document.cookie = `sora_lock_name=${encodeURIComponent(kept)}; path=/; max-age=31536000; samesite=lax`;
    try { localStorage.setItem("sora_lock_name", kept); } catch { /* private windows */ }
    return kept;
  };
  if (!cookie("sora_lock_name")) {
    let kept = "";
    try { kept = localStorage.getItem("sora_lock_name") || ""; } catch { /* private windows */ }
    remember(kept);
  }

  const send = (act, data) => {
    if (state.trigger) state.trigger(act, { ...data });
    else state.waiting.push([act, data]);
  };

  const select = (take, tell = true) => {
    state.take = take || null;
    const name = take ? CSS.escape(take) : "";
    chosen.textContent = take
      ? `#feed .tile[data-take="${name}"] .pic::after{box-shadow:inset 0 0 0 2px var(--warm)!important}` +
        `#feed .tile[data-take="${name}"] .no{color:var(--warm)!important}` +
        `#rail .node[data-take="${name}"] circle:not(.hit){fill:var(--warm)!important}`
      : "";
    const url = new URL(location.href);
    if (take) url.searchParams.set("take", take); else url.searchParams.delete("take");
    history.replaceState(null, "", url);
    if (tell) send("open", { take: take || "" });
  };

  const tiles = () => [...document.querySelectorAll("#feed .tile[data-take]")].filter((t) => t.offsetParent);
  const tileOf = (take) => tiles().find((t) => t.dataset.take === take);
  const reveal = (element) => element && element.scrollIntoView({ block: "nearest", behavior: "smooth" });
  const step = (by) => {
    const all = tiles();
    if (!all.length) return;
    const at = all.findIndex((t) => t.dataset.take === state.take);
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
    select(all[next].dataset.take);
    reveal(all[next]);
  };
  const tab = (name) => {
    const wanted = [...document.querySelectorAll("#dock-tabs > .tab-wrapper button[role=tab]")].find((b) => b.textContent.trim() === name);
    if (wanted && wanted.getAttribute("aria-selected") !== "true") wanted.click();
  };
  const focusLines = () => {
    root.classList.remove("dock-low");
    tab("Compose");
    setTimeout(() => { const t = document.querySelector("#lines textarea"); if (t) { t.focus(); t.setSelectionRange(t.value.length, t.value.length); } }, 60);
  };

  let arrived = false;
  const act = (element) => {
    const data = { ...element.dataset };
    const name = data.act;
    delete data.act;
    if (name === "open") { select(data.take); const t = tileOf(data.take); if (t && !element.classList.contains("tile")) reveal(t); return; }
    if (name === "scene") {
      select(null, false);
      arrived = false;
      const url = new URL(location.href);
      url.searchParams.set("scene", data.scene); url.searchParams.delete("take");
      history.replaceState(null, "", url);
    }
    if (name === "edit_lock" || name === "new_lock" || name === "edit_note") root.classList.remove("dock-low");
    send(name, data);
    if (name === "branch" || name === "again" || name === "copy") focusLines();
  };

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const filter = target.closest("[data-filter]");
    if (filter && filter !== root) { root.dataset.filter = filter.dataset.filter; return; }
    const clip = target.closest("[data-clip]");
    if (clip) { navigator.clipboard && navigator.clipboard.writeText(clip.dataset.clip); return; }
    const link = target.closest("[data-link]");
    if (link) { event.preventDefault(); navigator.clipboard && navigator.clipboard.writeText(link.href); link.textContent = "link copied"; return; }
    if (target.closest("[data-together]")) { together(target.closest(".cell")); return; }
    if (target.closest("#dock-tabs > .tab-wrapper [role=tab]")) root.classList.remove("dock-low");
    const pressed = target.closest("[data-act]");
    if (pressed) { event.preventDefault(); act(pressed); }
  });

  document.addEventListener("change", (event) => {
    const field = event.target.closest && event.target.closest("[data-change]");
    if (!field) return;
    if (field.dataset.change === "name") { field.value = remember(field.value); send("name", {}); return; }
    const { change, ...data } = field.dataset;
    if (field.value) send(change, { ...data, value: field.value });
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-submit]");
    if (!form) return;
    event.preventDefault();
    const text = form.elements.text.value.trim();
    if (!text) return;
    send(form.dataset.submit, { take: form.dataset.take, text, frame: window.soraLock.frame ? window.soraLock.frame() : "" });
    form.reset();
  });

  // Tiles play under the pointer and with the focus, and rest on the poster's frame again.
  const play = (tile) => {
    if (state.hover === tile) return;
    rest();
    const video = tile && tile.querySelector("video[src]");
    state.hover = tile;
    if (video) { video.muted = true; video.play().catch(() => {}); }
  };
  const rest = () => {
    const video = state.hover && state.hover.querySelector("video[src]");
    state.hover = null;
    if (video && !video.paused) { video.pause(); if (video.duration) video.currentTime = Math.min(video.duration - .01, video.duration * .625); }
  };
  document.addEventListener("pointerover", (event) => {
    const tile = event.target.closest && event.target.closest("#feed .tile");
    if (tile) play(tile); else if (state.hover && !state.hover.matches(":focus-visible")) rest();
  });
  document.addEventListener("focusin", (event) => { const tile = event.target.closest("#feed .tile"); if (tile && event.target === tile && tile.matches(":focus-visible")) play(tile); });
  document.addEventListener("pointerleave", rest);
  const together = (cell) => {
    for (const video of cell.querySelectorAll("video[src]")) { video.muted = true; video.currentTime = 0; video.play().catch(() => {}); }
  };

  const typing = (element) => element && (element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName)) && element.type !== "range";
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && at && at.closest("#dock")) {
      event.preventDefault();
      const shoot = document.querySelector("#shoot");
      (shoot.matches("button") ? shoot : shoot.querySelector("button")).click();
      return;
    }
    if (event.key === "Escape") {
      if (typing(at)) at.blur();
      else if (root.classList.contains("wiping")) root.classList.remove("wiping");
      else select(null);
      return;
    }
    if (typing(at) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (at && at.getAttribute("role") === "slider" && /^(Arrow|Home|End)/.test(event.key)) return;
    if ((event.key === "Enter" || event.key === " ") && at && at.matches(".tile, .node")) { event.preventDefault(); select(at.dataset.take); return; }
    if (event.key === " " && at && at.matches("button, a")) return;
    const focused = at && at.closest && at.closest("#feed .tile");
    const take = (focused && focused.dataset.take) || state.take;
    const keys = {
      c: () => take && send("mark", { take, mark: "circled" }),
      k: () => take && send("mark", { take, mark: "keep" }),
      n: () => take && send("mark", { take, mark: "NG" }),
      b: () => { if (take) { send("branch", { take }); focusLines(); } },
      r: () => take && send("retake", { take }),
      x: () => take && send("cancel", { take }),
      d: () => root.classList.toggle("dock-low"),
      "/": focusLines,
      ArrowRight: () => step(1),
      ArrowLeft: () => step(-1),
      ArrowDown: () => step(columns()),
      ArrowUp: () => step(-columns()),
      Home: () => step(-1e6),
      End: () => step(1e6),
    };
    const does = keys[event.key] || (window.soraLock.playerKeys && window.soraLock.playerKeys[event.key]);
    if (does) { event.preventDefault(); does(); }
  });
  const columns = () => {
    const tile = tileOf(state.take);
    return tile ? getComputedStyle(tile.parentElement).gridTemplateColumns.split(" ").length : 1;
  };

  // Once, when the feed first shows: to the take of the link, else to the last fan-out, as one opens a notebook where one stopped.
  const arrive = () => {
    const cells = document.querySelectorAll("#feed .cell.fanout");
    if (arrived || !document.querySelector("#feed .cell")) return;
    arrived = true;
    const tile = state.take && tileOf(state.take);
    const place = tile ? tile.closest(".cell") : cells[cells.length - 1];
    if (place) setTimeout(() => { place.scrollIntoView({ block: "start" }); if (tile) tile.scrollIntoView({ block: "nearest" }); }, 60);
  };

  window.soraLock = {
    connect(trigger) {
      state.trigger = trigger;
      for (const [name, data] of state.waiting.splice(0)) trigger(name, data);
      select(new URL(location.href).searchParams.get("take"), false);
    },
    // After every redraw: lists show what the server says (a list a person has used no longer follows its attributes).
    drawn() {
      arrive();
      for (const list of document.querySelectorAll("#rooms select.pick:not(.against)")) {
        const told = [...list.options].findIndex((o) => o.defaultSelected);
        if (told >= 0 && list !== document.activeElement && list.selectedIndex !== told) list.selectedIndex = told;
      }
      for (const time of document.querySelectorAll("#rooms time[datetime]")) {
        const at = new Date(time.dateTime);
        if (!isNaN(at)) { time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false }); time.title = at.toLocaleString(); }
      }
      if (window.soraLock.playerDrawn) window.soraLock.playerDrawn();
    },
    settle(element) {
      for (const list of element.querySelectorAll("select.pick")) {
        const told = [...list.options].findIndex((o) => o.defaultSelected);
        if (told >= 0) list.selectedIndex = told;
      }
    },
    toast(element) {
      const line = element.querySelector("p");
      if (!line) return;
      for (const animation of line.getAnimations()) { animation.cancel(); animation.play(); }
      const goto = line.dataset.goto;
      if (goto) setTimeout(() => { const cell = document.getElementById(goto); if (cell) cell.scrollIntoView({ block: "start", behavior: "smooth" }); }, 120);
    },
    get take() { return state.take; },
  };
})();
