"use strict";
// The page: what the reader chooses, what is computed of it, and where it is shown.

const App = (() => {
  const at = (id) => document.getElementById(id);
  if (typeof WEIGHTS === "undefined") return at("source").append(Words.say("missing"));
  const { say } = Words;
  const { percent, number, element } = Views;
  const largest = (values) => values.reduce((best, value, index) => (value > values[best] ? index : best), 0);

  const vit = Model.read(WEIGHTS.vit), cnn = Model.read(WEIGHTS.cnn);
  const { image_shape: [H, W], patch_size: P, num_layers: L, num_heads: heads } = vit.config;
  const { hidden_dim: D, mlp_dim: mlp } = vit.config;
  const rows = H / P, columns = W / P, N = rows * columns, T = N + 1, Dh = D / heads, PPC = P * P * 3;
  const sizes = { H, W, P, L, heads, D, mlp, N, T, Dh, PPC };

  // ---- What the reader has chosen ----

  const state = {
    base: null,   // the picture as it was drawn, (H * W * 3) in [0, 255]
    dx: 0, dy: 0, mirrored: false, order: null, covered: new Set(), positions: true,   // what is done to it
    tool: "look", token: 1 + (rows >> 1) * columns + (columns >> 1),                   // 0 is the class token
    block: L, head: 1, key: null,   // null: the other token that it looks at most
  };
  const fresh = () => ({ dx: 0, dy: 0, mirrored: false, order: null, covered: new Set() });
  let pixels, trace, rolled, other, took;   // computed from it: see `compute`

  // The picture as the models see it: mirrored, moved (the border is reflected, as in `vit_keras.data`), its patches
  // shuffled, and some of them covered.
  function seen() {
    const found = new Uint8ClampedArray(H * W * 3);
    const inside = (place, side) => {
      const folded = Math.abs(place) % (2 * side - 2);
      return folded < side ? folded : 2 * side - 2 - folded;
    };
    for (let y = 0; y < H; y++)
      for (let x = 0; x < W; x++) {
        const patch = Math.floor(y / P) * columns + Math.floor(x / P), from = state.order ? state.order[patch] : patch;
        const fromY = inside(Math.floor(from / columns) * P + (y % P) - state.dy, H);
        const fromX = inside((from % columns) * P + (x % P) - state.dx, W);
        const source = (fromY * W + (state.mirrored ? W - 1 - fromX : fromX)) * 3;
        const target = (y * W + x) * 3;
        if (state.covered.has(patch)) found.fill(128, target, target + 3);
        else found.set(state.base.subarray(source, source + 3), target);
      }
    return found;
  }

  function compute() {
    pixels = seen();
    const start = performance.now();
    trace = Model.vit(vit, pixels, state.positions);
    const middle = performance.now();
    other = Model.cnn(cnn, pixels);
    took = { vit: Math.round(middle - start), cnn: Math.round(performance.now() - middle) };
    rolled = Model.rollout(trace.blocks);
  }

  // A change of the picture is computed and shown; a change of what is looked at is only shown.
  function change(choices) {
    Object.assign(state, choices);
    compute();
    show();
  }

  function look(choices) {
    Object.assign(state, choices);
    show();
  }

  // ---- What is shown ----

  const className = (index) => WEIGHTS.class_names[Words.language][index];
  const tokenName = (n) => (n === 0 ? say("class_token")
    : say("patch", { n, row: Math.floor((n - 1) / columns) + 1, column: ((n - 1) % columns) + 1 }));
  const score = (l, h) => trace.blocks[l - 1].scores[h - 1].row(state.token);
  const keyOf = (scores) => state.key ?? largest(scores.map((share, m) => (m === state.token ? 0 : share)));
  const topOf = (shares) => `${className(largest(shares))} ${percent(Math.max(...shares))}`;

  function show() {
    const parts = [showPicture, showAnswer, showOverview, showPatch, showTokens, showMaps, showScore, showBlock,
      showRollout, showClasses];
    for (const part of parts) part();
  }

  function showPicture() {
    Views.picture(at("picture"), pixels, W);
    at("stage").dataset.tool = state.tool;
    at("hint").textContent = say(`hint_${state.tool}`);
    at("color").hidden = state.tool !== "paint";
    patchButtons.forEach((button, index) => {
      const covered = state.covered.has(index), patch = tokenName(index + 1);
      button.setAttribute("aria-label", covered ? say("covered", { patch }) : patch);
      button.setAttribute("aria-pressed", index + 1 === state.token);
    });
    const pressed = { mirror: state.mirrored, shuffle: state.order !== null, positions: state.positions,
      "class-token": state.token === 0 };
    for (const id in pressed) at(id).setAttribute("aria-pressed", pressed[id]);
    for (const place of document.querySelectorAll("[data-selected]")) place.textContent = tokenName(state.token);
  }

  function showAnswer() {
    const both = [["vit", trace.probabilities], ["cnn", other.probabilities]];
    at("bars").replaceChildren(...Array.from(trace.probabilities, (_, index) => {
      const item = element("li");
      item.append(element("span", "name", className(index)));
      for (const [model, shares] of both) {
        const bar = element("span", model), best = index === largest(shares) ? "best" : "";
        bar.style.setProperty("--share", shares[index]);
        item.append(bar, element("span", best, percent(shares[index])));
      }
      return item;
    }));
    const remark = state.order && !state.positions ? "remark_same" : !state.positions ? "remark_off"
      : state.order ? "remark_shuffled" : null;
    at("remark").textContent = remark ? say(remark) : "";
    at("time").textContent = say("time", took);
    at("status").textContent = say("status", { vit: topOf(trace.probabilities), cnn: topOf(other.probabilities) });
  }

  function showOverview() {
    const [picture, patches, tokens, blocks, ofClass] = at("overview").querySelectorAll("canvas");
    Views.picture(picture, pixels, W);
    Views.picture(patches, pixels, W, P);
    Views.heat(tokens, trace.tokens.data, D, Views.signed(3));
    const looks = trace.blocks[L - 1].scores[state.head - 1].row(0).subarray(1);
    Views.heat(blocks, looks, columns, Views.bright(Math.max(...looks)));
    Views.heat(ofClass, trace.blocks[L - 1].z.row(0), Math.ceil(Math.sqrt(D)), Views.signed(6));
    at("overview").querySelector("b").textContent = className(largest(trace.probabilities));
  }

  function showPatch() {
    Views.picture(at("cut"), pixels, W, P);
    if (state.token === 0) return at("patch").replaceChildren(element("p", "", say("no_patch")));
    const values = trace.patches.row(state.token - 1), { scale, offset } = vit.config.normalize;
    const square = Object.assign(element("canvas", "square"), { role: "img", ariaLabel: say("pixels") });
    Views.picture(square, Uint8ClampedArray.from(values, (v, index) => (v - offset[index % 3]) / scale[index % 3]), P);
    const strip = element("div");
    Views.strips(strip, [[`<b>x</b><sub>p</sub><sup>${state.token}</sup>`, values]]);
    at("patch").replaceChildren(square, element("p", "note", say("flat", sizes)), strip);
  }

  function showTokens() {
    const n = state.token, { patch_encoder: { class_token, positions } } = vit.weights;
    Views.strips(at("embedding"), [
      n ? [`<b>x</b><sub>p</sub><sup>${n}</sup> <b>E</b>`, trace.projected.row(n - 1)]
        : ["<b>x</b><sub>class</sub>", class_token],
      [`+ <b>E</b><sub>pos</sub><sup>${n}</sup>`, state.positions ? positions.row(n) : null],
      [`= <b>z</b><sub>0</sub><sup>${n}</sup>`, trace.tokens.row(n)],
    ]);
    const most = Math.max(...trace.tokens.data.map(Math.abs)) / 2;   // hardly any number is larger
    Views.heat(at("tokens"), trace.tokens.data, D, Views.signed(most));
    at("tokens-scale").replaceChildren(Views.scale(`≤ −${most.toFixed(1)}`, "0", `≥ ${most.toFixed(1)}`, Views.SIGNED));
    Object.assign(at("token-row").style, { top: `${(100 * n) / T}%`, height: `${100 / T}%` });
  }

  // Rows of maps of one scale, a column for each block: [[name, [scores, ...]], ...].
  function showTable(container, scaleAt, scaleName, table, label, pick) {
    const others = (row) => Array.from(row).filter((_, m) => m !== 0 && m !== state.token);
    const most = Math.max(...table.flatMap(([, all]) => all.flatMap(others)));
    const color = Views.bright(most);
    container.style.setProperty("--blocks", L);
    container.replaceChildren(element("span"),
      ...trace.blocks.map((_, index) => element("span", "head", say("block", { l: index + 1 }))),
      ...table.flatMap(([name, all], line) => [element("span", "side", name), ...all.map((row, index) => {
        const map = pick ? Object.assign(element("button"), { type: "button" }) : element("div");
        const best = largest(row.subarray(1)) + 1, canvas = element("canvas");
        const patches = element("span", "patches"), ofClass = element("span", "of-class");
        Views.heat(canvas, row.subarray(1), columns, color);
        patches.append(canvas, ...(state.token ? [markOf(state.token - 1)] : []));
        ofClass.style.background = Views.css(color(row[0]));
        map.append(patches, ofClass);
        const values = { share: percent(row[0]), patch: tokenName(best), most: percent(row[best]) };
        map.setAttribute("aria-label", label(index + 1, line + 1, values));
        if (!pick) map.setAttribute("role", "img");
        else {
          map.setAttribute("aria-pressed", index + 1 === state.block && line + 1 === state.head);
          map.addEventListener("click", () => pick(index + 1, line + 1));
        }
        return map;
      })]));
    const scale = Views.scale("0", percent(most / 4), `≥ ${percent(most)}`);
    scaleAt.replaceChildren(element("span", "", say(scaleName)), scale);
    return color;
  }

  // A frame around the patch from which the map looks.
  function markOf(patch) {
    const mark = element("i", "mark"), part = (index, all) => `${(100 * index) / all}%`;
    Object.assign(mark.style, { left: part(patch % columns, columns), top: part(Math.floor(patch / columns), rows),
      width: part(1, columns), height: part(1, rows) });
    return mark;
  }

  let mapColor;   // the scale of all maps, for the large one too
  function showMaps() {
    const focused = [...at("maps").children].indexOf(document.activeElement);
    const table = Array.from({ length: heads }, (_, h) =>
      [say("head", { h: h + 1 }), trace.blocks.map((_, l) => score(l + 1, h + 1))]);
    mapColor = showTable(at("maps"), at("scale"), "scale", table, (l, h, values) => say("map", { l, h, ...values }),
      (block, head) => look({ block, head }));
    if (focused >= 0) at("maps").children[focused].focus();
  }

  function showScore() {
    const { block: l, head: h, token: n } = state, { q, k } = trace.blocks[l - 1];
    const scores = score(l, h), m = keyOf(scores);
    Views.heat(at("map"), scores.subarray(1), columns, mapColor);
    keyButtons.forEach((button, index) => {
      button.setAttribute("aria-label", `${tokenName(index + 1)}: ${percent(scores[index + 1])}`);
      button.setAttribute("aria-pressed", index + 1 === m);
      button.classList.toggle("mark", index + 1 === n);
    });
    at("class-key").textContent = `${say("class_token")}: ${percent(scores[0])}`;
    at("class-key").style.setProperty("--color", Views.css(mapColor(scores[0])));
    at("class-key").setAttribute("aria-pressed", m === 0);
    at("which").textContent = say("which", { l, h, query: tokenName(n), key: tokenName(m) });

    const query = q.columns((h - 1) * Dh, Dh).row(n), keys = k.columns((h - 1) * Dh, Dh), key = keys.row(m);
    const products = query.map((value, index) => value * key[index]);
    const dot = (vector) => query.reduce((sum, value, index) => sum + value * vector[index], 0);
    const scaled = dot(key) / Math.sqrt(Dh);
    let sum = 0;
    for (let j = 0; j < T; j++) sum += Math.exp(dot(keys.row(j)) / Math.sqrt(Dh) - scaled);
    at("arithmetic").replaceChildren(
      line(say("dot"), number(dot(key))),
      line(say("scaled", sizes), `${number(dot(key))} ÷ ${number(Math.sqrt(Dh))} = ${number(scaled)}`),
      line(say("soft", sizes), `<i>e</i><sup>${number(scaled, 2)}</sup> ÷ ∑<i>e</i><sup>…</sup> = ` +
        `1 ÷ ${number(sum)} = <b id="score">${percent(scores[m])}</b>`));
    Views.strips(at("vectors"), [[`${say("query_of")} <b>q</b><sub>${n}</sub>`, query],
      [`${say("key_of")} <b>k</b><sub>${m}</sub>`, key], [say("product_of"), products]]);
    at("products").replaceChildren(...Array.from(products, (product, index) =>
      element("li", "", `${number(query[index], 2)} × ${number(key[index], 2)} = <b>${number(product, 2)}</b>`)));
  }

  function line(name, value) {
    const whole = element("p");
    whole.append(element("span", "", name), element("span", "value", value));
    return whole;
  }

  function showBlock() {
    const { block: l, token: n } = state, { before, output, middle, mlp: added, z } = trace.blocks[l - 1];
    at("through").textContent = say("through", { l, token: tokenName(n) });
    Views.strips(at("residual"), [
      [`<b>z</b><sub>${l - 1}</sub>`, before.row(n)],
      ["+ MSA(LN(<b>z</b>))", output.row(n)], [`= <b>z</b>′<sub>${l}</sub> (2)`, middle.row(n)],
      ["+ MLP(LN(<b>z</b>′))", added.row(n)], [`= <b>z</b><sub>${l}</sub> (3)`, z.row(n)],
    ]);
  }

  function showRollout() {
    const table = [["<i>R</i><sub>ℓ</sub>", rolled.map((all) => all.row(state.token))]];
    showTable(at("rollout"), at("rollout-scale"), "rollout_scale", table,
      (l, _, values) => say("rollout", { l, ...values }));
  }

  function showClasses() {
    const head = element("tr", "", `<th scope="col">${say("after")}</th>`);
    head.append(...trace.answers.map((_, l) => Object.assign(element("th", "", l), { scope: "col" })));
    at("answers").replaceChildren(head, ...Array.from(trace.probabilities, (_, index) => {
      const row = element("tr", "", `<th scope="row">${className(index)}</th>`);
      row.append(...trace.answers.map(({ probabilities: shares }) => {
        const text = shares[index] < 0.03 ? "" : `${Math.round(100 * shares[index])}%`;
        const cell = element("td", index === largest(shares) ? "best" : "", text);
        cell.style.setProperty("--share", shares[index]);
        return cell;
      }));
      return row;
    }));
  }

  // ---- Language ----

  function speak(language) {
    Words.language = language;
    document.documentElement.lang = language;
    document.title = say("page");
    const all = (selector) => document.querySelectorAll(selector);
    for (const place of all("[data-word]")) place.textContent = say(place.dataset.word, sizes);
    for (const place of all("[data-label]")) place.setAttribute("aria-label", say(place.dataset.label, sizes));
    for (const button of all("[data-language]")) button.setAttribute("aria-pressed", button.lang === language);
    at("grid").setAttribute("aria-label", say("grid"));
    at("keys").setAttribute("aria-label", say("keys"));
    shelf.forEach(([name, button]) => {
      button.ariaLabel = button.title = className(WEIGHTS.class_names.en.indexOf(name));
    });
    const [ofVit, ofCnn] = [WEIGHTS.vit.accuracy, WEIGHTS.cnn.accuracy];
    const accuracy = ofVit === null ? "" : say("accuracy", { vit: percent(ofVit), cnn: percent(ofCnn) });
    at("source").textContent = say("source", { data: WEIGHTS.trained_on[language], accuracy });
  }

  // The language of the address (?lang=ko or #ko), of the last visit, or of the browser.
  function firstLanguage() {
    const inAddress = [new URLSearchParams(location.search).get("lang"), location.hash.slice(1)];
    const wishes = [...inAddress, remembered(), navigator.language.slice(0, 2)];
    return wishes.find((wish) => ["en", "ko"].includes(wish)) ?? "en";
  }

  function remembered(language) {
    try {
      if (language) localStorage.setItem("language", language);
      return localStorage.getItem("language");
    } catch {
      return null;   // some browsers keep nothing for file:// addresses
    }
  }

  // ---- What the reader does ----

  const patchButtons = Views.grid(at("grid"), rows, columns, (index, { detail }) => {
    if (state.tool === "paint" && detail === 0)   // not a pointer's click: the keyboard's
      return dab((index % columns) * P, Math.floor(index / columns) * P, P);
    if (state.tool !== "cover") return look({ token: index + 1, key: null });
    if (!state.covered.delete(index)) state.covered.add(index);
    change();
  });
  const keyButtons = Views.grid(at("keys"), rows, columns, (index) => look({ key: index + 1 }));
  const shelf = Pictures.names.filter((name) => WEIGHTS.class_names.en.includes(name)).map((name) => {
    const button = Object.assign(element("button"), { type: "button" }), canvas = element("canvas");
    const drawn = Pictures.draw(name, W, H);
    Views.picture(canvas, drawn, W);
    button.append(canvas);
    button.addEventListener("click", () => change({ ...fresh(), base: drawn }));
    at("shelf").append(button);
    return [name, button, drawn];
  });

  function move(dx, dy) {
    change({ dx: state.dx + dx, dy: state.dy + dy });
  }

  function paint(event) {
    if (state.tool !== "paint" || !event.buttons) return;
    event.preventDefault();
    const { left, top, width, height } = at("stage").getBoundingClientRect();
    dab(Math.floor(((event.clientX - left) / width) * W), Math.floor(((event.clientY - top) / height) * H), 2);
  }

  function dab(left, top, side) {
    const color = at("color").value.match(/\w\w/g).map((hex) => parseInt(hex, 16)), base = seen();
    for (let y = Math.max(top, 0); y < Math.min(top + side, H); y++)
      for (let x = Math.max(left, 0); x < Math.min(left + side, W); x++) base.set(color, (y * W + x) * 3);
    change({ ...fresh(), base });
  }

  async function open(file) {
    const base = file && await Pictures.open(file, W, H).catch(() => null);   // null: no browser can show it
    if (base) change({ ...fresh(), base });
    else at("hint").textContent = say("no_picture");
  }

  function shuffled() {
    const order = Array.from({ length: N }, (_, index) => index);
    for (let last = N - 1; last > 0; last--) {
      const chosen = Math.floor(Math.random() * (last + 1));
      [order[last], order[chosen]] = [order[chosen], order[last]];
    }
    return order;
  }

  function listen() {
    const click = (id, action) => at(id).addEventListener("click", action);
    click("mirror", () => change({ mirrored: !state.mirrored }));
    click("shuffle", () => change({ order: state.order ? null : shuffled() }));
    click("positions", () => change({ positions: !state.positions }));
    click("reset", () => change({ ...fresh(), positions: true }));
    click("blank", () => change({ ...fresh(), base: new Uint8ClampedArray(H * W * 3).fill(236) }));
    click("class-token", () => look({ token: 0, key: null }));
    click("class-key", () => look({ key: 0 }));
    click("tokens", ({ offsetY }) =>
      look({ token: Math.min(Math.floor((offsetY / at("tokens").clientHeight) * T), T - 1), key: null }));
    document.getElementsByName("tool").forEach((choice) =>
      choice.addEventListener("change", () => look({ tool: choice.value })));
    at("file").addEventListener("change", (event) => open(event.target.files[0]));
    document.querySelectorAll("[data-move]").forEach((button) =>
      button.addEventListener("click", () => move(...button.dataset.move.split(" ").map(Number))));
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const byKey = (event) => {
      if (!arrows[event.key] || !(event.shiftKey || at("pad").contains(event.target))) return;
      event.preventDefault();
      move(...arrows[event.key]);
    };
    for (const id of ["pad", "grid"]) at(id).addEventListener("keydown", byKey);
    for (const kind of ["pointerdown", "pointermove"]) at("stage").addEventListener(kind, paint);
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      open(event.dataTransfer.files[0]);
    });
    document.querySelectorAll("[data-language]").forEach((button) => button.addEventListener("click", () => {
      location.hash = remembered(button.lang) ?? button.lang;
      speak(button.lang);
      show();
    }));
  }

  listen();
  speak(firstLanguage());
  const first = shelf[Math.max(0, shelf.length - 2)];
  change({ base: first ? first[2] : new Uint8ClampedArray(H * W * 3).fill(236) });

  return { state, pixels: () => pixels, trace: () => trace };
})();
