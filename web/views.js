"use strict";
// How numbers are shown: heat maps, strips, grids of patches that a mouse and a keyboard can use, and percentages.

const Views = (() => {
  const VIRIDIS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129],
    [92, 200, 99], [170, 220, 50], [253, 231, 37]];
  const SIGNED = [[140, 81, 10], [216, 179, 101], [246, 246, 244], [90, 180, 172], [1, 102, 94]];  // brown, white, teal

  // The color at `share`, 0 to 1, of a map.
  function mix(map, share) {
    const place = Math.min(Math.max(share, 0), 1) * (map.length - 1), low = Math.min(Math.floor(place), map.length - 2);
    const [from, to, part] = [map[low], map[low + 1], place - low];
    return [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1]), from[2] + part * (to[2] - from[2])];
  }

  // Shares grow dark quickly, so colors follow their square root; the scale below the maps says so.
  const bright = (most) => (share) => mix(VIRIDIS, Math.sqrt(share / most));
  const signed = (most) => (value) => mix(SIGNED, 0.5 + value / most / 2);
  const css = (color) => `rgb(${color.map(Math.round)})`;

  // A pixel for each value, `columns` in a row; the style sheet makes it as large as it is shown.
  function heat(canvas, values, columns, color) {
    draw(canvas, columns, Math.ceil(values.length / columns), (data) => values.forEach((value, index) => {
      const [red, green, blue] = color(value);
      data[4 * index] = red;
      data[4 * index + 1] = green;
      data[4 * index + 2] = blue;
      data[4 * index + 3] = 255;
    }));
  }

  // A picture, (H * W * 3); with a patch size, its patches stand apart.
  function picture(canvas, pixels, width, size = 0) {
    const height = pixels.length / 3 / width;
    const place = (pixel) => pixel + (size ? Math.floor(pixel / size) : 0);
    const across = place(width - 1) + 1;
    draw(canvas, across, place(height - 1) + 1, (data) => {
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const from = (y * width + x) * 3, to = (place(y) * across + place(x)) * 4;
          for (let color = 0; color < 3; color++) data[to + color] = pixels[from + color];
          data[to + 3] = 255;
        }
    });
  }

  function draw(canvas, width, height, fill) {
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d"), image = context.createImageData(width, height);
    fill(image.data);
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
      button.addEventListener("click", (event) => pick(index, event));
      button.addEventListener("focus", () => {
        for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
      });
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
