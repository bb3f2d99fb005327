"use strict";
// How numbers are shown: heat maps, strips, grids of patches that a mouse and a keyboard can use, and percentages.

const Views = (() => {
  const VIRIDIS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99],
    [170, 220, 50], [253, 231, 37]];
  const SIGNED = [[140, 81, 10], [216, 179, 101], [246, 246, 244], [90, 180, 172], [1, 102, 94]];  // brown, white, teal

  // The color at `share`, 0 to 1, of a map.
  function mix(map, share) {
    const place = Math.min(Math.max(share, 0), 1) * (map.length - 1);
    const low = Math.min(Math.floor(place), map.length - 2);
    return map[low].map((value, color) => value + (place - low) * (map[low + 1][color] - value));
  }

  // Shares grow dark quickly, so colors follow their square root; the scale below the maps says so.
  const bright = (most) => (share) => mix(VIRIDIS, Math.sqrt(share / most));
  const signed = (most) => (value) => mix(SIGNED, 0.5 + value / most / 2);
  const css = (color) => `rgb(${color.map(Math.round)})`;

  // A cell for each value, `columns` in a row, with a frame around the cells `marks`, [[index, color], ...].
  function heat(canvas, values, columns, color, { cell = 1, gap = 0, marks = [] } = {}) {
    Object.assign(canvas, { width: columns * cell, height: Math.ceil(values.length / columns) * cell });
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const corner = (index) => [(index % columns) * cell, Math.floor(index / columns) * cell];
    values.forEach((value, index) => {
      const [left, top] = corner(index), [red, green, blue] = color(value);
      for (let y = top; y < top + cell - gap; y++)
        for (let x = left; x < left + cell - gap; x++)
          image.data.set([red, green, blue, 255], (y * canvas.width + x) * 4);
    });
    context.putImageData(image, 0, 0);
    marks.forEach(([index, stroke]) => {
      context.strokeStyle = stroke;
      context.strokeRect(...corner(index).map((place) => place + 0.5), cell - 1, cell - 1);
    });
  }

  // A picture, (H * W * 3); with a gap, its patches stand apart.
  function picture(canvas, pixels, width, size = 0) {
    const height = pixels.length / 3 / width, gap = size ? 1 : 0, step = size || width;
    const place = (pixel) => pixel + gap * Math.floor(pixel / step);
    Object.assign(canvas, { width: place(width - 1) + 1, height: place(height - 1) + 1 });
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const from = (y * width + x) * 3;
        image.data.set([...pixels.subarray(from, from + 3), 255], (place(y) * canvas.width + place(x)) * 4);
      }
    context.putImageData(image, 0, 0);
  }

  // Rows of signed numbers under one scale, each with its name: [[html, values], ...].
  function strips(container, rows) {
    const most = Math.max(...rows.flatMap(([, values]) => Array.from(values ?? [], Math.abs)), 1e-9);
    container.className = "strips";
    container.replaceChildren(...rows.flatMap(([name, values]) => {
      const canvas = document.createElement("canvas");
      if (values) heat(canvas, values, values.length, signed(most));
      return [element("span", "", name), values ? canvas : element("span", "off", Words.say("off"))];
    }), element("span"), scale(`−${most.toFixed(1)}`, "0", most.toFixed(1), SIGNED));
  }

  function scale(left, middle, right, map = VIRIDIS) {
    const bar = element("span", "bar");
    bar.style.background = `linear-gradient(to right, ${map.map(css)})`;
    const labels = element("span", "labels");
    labels.append(...[left, middle, right].map((text) => element("span", "", text)));
    const whole = element("span", "key");
    whole.append(bar, labels);
    return whole;
  }

  function element(tag, className = "", html = "") {
    return Object.assign(document.createElement(tag), { className, innerHTML: html });
  }

  // Buttons over a picture, one a patch. Tab reaches one of them; arrow keys go on from there.
  function grid(container, rows, columns, pick) {
    container.className = "grid";
    container.setAttribute("role", "group");
    container.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    const buttons = Array.from({ length: rows * columns }, (_, index) => {
      const button = Object.assign(element("button"), { type: "button", tabIndex: index ? -1 : 0 });
      button.addEventListener("click", () => pick(index));
      button.addEventListener("focus", () => buttons.forEach((other) => { other.tabIndex = other === button ? 0 : -1; }));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
        if (!step || event.shiftKey) return;
        event.preventDefault();
        const sameRow = Math.floor((index + step) / columns) === Math.floor(index / columns);
        if (Math.abs(step) > 1 || sameRow) buttons[index + step]?.focus();
      });
      return button;
    });
    container.append(...buttons);
    return buttons;
  }

  const percent = (share) => `${(100 * share).toFixed(1)}%`;
  const number = (value, digits = 3) => value.toFixed(digits).replace("-", "−");

  return { SIGNED, bright, signed, css, heat, picture, strips, scale, element, grid, percent, number };
})();
