"use strict";
// Drawn pictures, one for a class: a sky, a ground, and parts on a field of 64 x 64, each a color and an SVG path.

const Pictures = (() => {
  const FIELD = 64, FINE = 8;  // drawn FINE times as large as needed, then averaged

  const oval = (x, y, rx, ry = rx, turn = 0) => {
    const [dx, dy] = [rx * Math.cos((turn * Math.PI) / 180), rx * Math.sin((turn * Math.PI) / 180)];
    const arc = `A${rx} ${ry} ${turn} 1 1`;
    return `M${x - dx} ${y - dy} ${arc} ${x + dx} ${y + dy} ${arc} ${x - dx} ${y - dy}Z`;
  };
  const box = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}Z`;
  const star = () => "M" + Array.from({ length: 10 }, (_, tip) => {
    const [radius, angle] = [tip % 2 ? 0.43 : 1, (tip * Math.PI) / 5];
    return `${radius * Math.sin(angle)} ${-radius * Math.cos(angle)}`;
  }).join("L") + "Z";

  // The outlines of `vit_keras.draw_shapes`: a circle of radius 1 around them, y down.
  const shape = (sky, color, path) => ({ sky, parts: [[color, path]], place: [32, 33, 21] });

  const ALL = {
    circle: shape(["#d9c7a7", "#b9a98f"], "#2d5ad2", oval(0, 0, 0.95)),
    square: shape(["#a9c4a4", "#c9d6b4"], "#d63031", box(-0.7, -0.7, 1.4, 1.4)),
    triangle: shape(["#8b7aa8", "#b3a4c4"], "#f5d73c", "M0-1L.866.5H-.866Z"),
    cross: shape(["#3c5a5e", "#57797b"], "#f0f0ee", "M-.3-.95H.3V-.3H.95V.3H.3V.95H-.3V.3H-.95V-.3H-.3Z"),
    ring: shape(["#f0dcc8", "#dcc0aa"], "#7d3cb4", oval(0, 0, 0.96) + oval(0, 0, 0.52)),
    star: shape(["#22335e", "#3b4f80"], "#f08c1e", star()),
    heart: shape(["#dfe6ee", "#c3d0de"], "#f078b4", "M0 .85L-.75.1A.53.53 0 0 1 0-.65A.53.53 0 0 1 .75.1Z"),
    moon: shape(["#493a52", "#6a5670"], "#f5d73c", "M.57-.797A.98.98 0 1 0 .57.797A.8.8 0 1 1 .57-.797Z"),
    arrow: shape(["#e2cf8c", "#cdb873"], "#2ea043", "M0-1L.85.05H.28V.95H-.28V.05H-.85Z"),
    hourglass: shape(["#b6d6da", "#9cc0c8"], "#16161a", "M-.66-.74H.66L.07 0L.66.74H-.66L-.07 0Z"),

    airplane: {
      sky: ["#4f8fd0", "#cfe2f3"],
      parts: [
        ["#98a3ae", "M30 29L37 29L47 15L42 15Z"], ["#aab4be", "M50 30L56 13L61 13L60 30Z"],
        ["#f3f5f6", "M4 34Q9 27 22 27L48 27Q55 27 60 24L61 30Q56 37 44 38L15 39Q6 39 4 34Z"],
        ["#7c8894", "M24 33L38 33L53 51L46 51Z"], ["#33475b", "M8 32L13 29L15 32Z"],
        ["#56687a", [20, 25, 30, 35, 40].map((x) => oval(x, 31, 1)).join("")],
      ],
    },
    automobile: {
      sky: ["#b9cfdd", "#dfe6e4"], ground: [44, "#7b7d7e"],
      parts: [
        ["#6d8a5c", "M0 44V34Q10 27 20 33T40 32T64 33V44Z"],
        ["#c62f2c", "M4 45Q4 35 14 33L20 24Q22 20 28 20H41Q46 20 49 24L54 33Q61 34 61 42V47H4Z"],
        ["#cfe6f2", "M18 33L23 25H31V33ZM34 33V25H41Q44 25 45 28L48 33Z"], ["#f7e08a", oval(58, 38, 2)],
        ["#1c1d1f", oval(17, 47, 7) + oval(48, 47, 7)], ["#b9bcc0", oval(17, 47, 3) + oval(48, 47, 3)],
      ],
    },
    bird: {
      sky: ["#a9cde6", "#dcebd8"],
      parts: [
        ["#5d4632", "M0 51L64 47V52L0 56Z"], ["#5b3d26", "M17 38L2 51L8 54L23 44Z"],
        ["#8a5a33", oval(30, 34, 16, 11, -25)], ["#d99a5b", oval(35, 37, 9, 7, -30)],
        ["#5b3d26", oval(25, 35, 12, 6, -20)], ["#8a5a33", oval(43, 22, 8)], ["#e0a02c", "M50 20L59 24L49 26Z"],
        ["#111111", oval(45, 21, 1.6)], ["#3a2a1c", "M30 44h2v6h-2ZM36 43h2v6h-2Z"],
      ],
    },
    cat: {
      sky: ["#cfc4b4", "#a89884"],
      parts: [
        ["#8d8379", oval(32, 62, 22, 14)], ["#8d8379", "M13 32L11 7L30 19ZM51 32L53 7L34 19Z"],
        ["#d9a3a0", "M16 24L15 13L24 19ZM48 24L49 13L40 19Z"], ["#9b9187", oval(32, 35, 21, 18)],
        ["#5f574f", "M29 18h2v9h-2ZM33 18h2v9h-2ZM24 20h2v6h-2ZM38 20h2v6h-2ZM11 35h8v2h-8ZM45 35h8v2h-8Z"],
        ["#efe9e1", oval(27, 43, 7, 5.5) + oval(37, 43, 7, 5.5)], ["#c9c25a", oval(23, 32, 5) + oval(41, 32, 5)],
        ["#111111", oval(23, 32, 1.6, 4.3) + oval(41, 32, 1.6, 4.3)], ["#c5676c", "M29 38h6L32 42Z"],
      ],
    },
    deer: {
      sky: ["#8fae6f", "#b3c486"], ground: [42, "#7c9550"],
      parts: [
        ["#4d3a26", "M47 12L43 3L45 2L48 8L49 2L51 2L50 12ZM52 12L55 2L57 3L55 8L60 4L61 6L54 13Z"],
        ["#7a5433", "M15 36h4v22h-4ZM22 36h3v20h-3ZM35 36h4v22h-4ZM41 36h3v20h-3Z"], ["#9a6b40", oval(28, 34, 18, 9)],
        ["#9a6b40", "M36 34L46 14L53 17L46 38Z"], ["#9a6b40", oval(53, 17, 7, 4.5, 15)],
        ["#f1ece2", oval(11, 32, 3, 4)], ["#111111", oval(52, 15, 1.2) + oval(60, 19, 1.3)],
      ],
    },
    dog: {
      sky: ["#a8c48a", "#7fa160"],
      parts: [
        ["#c89a5e", oval(32, 62, 20, 16)], ["#d1a468", oval(32, 31, 18, 20)],
        ["#6e4526", oval(13, 32, 6, 16, 12) + oval(51, 32, 6, 16, -12)], ["#efdcbd", oval(32, 42, 11, 10)],
        ["#e2788c", oval(32, 51, 4, 6)], ["#1a1614", oval(32, 37, 5, 3.6)],
        ["#22160e", oval(24, 27, 3) + oval(40, 27, 3)], ["#efdcbd", "M30 12h4v14h-4Z"],
      ],
    },
    frog: {
      sky: ["#4f5a37", "#6e5b3e"],
      parts: [
        ["#4f7f2c", oval(11, 48, 10, 7, 30) + oval(53, 48, 10, 7, -30)], ["#6ba43a", oval(32, 43, 20, 14)],
        ["#c4d48a", oval(32, 47, 12, 9)], ["#79b545", oval(32, 29, 18, 11) + oval(20, 19, 6) + oval(44, 19, 6)],
        ["#e8d25a", oval(20, 18, 4) + oval(44, 18, 4)], ["#0f120b", oval(20, 18, 2) + oval(44, 18, 2)],
        ["#35581f", "M17 32Q32 40 47 32Q32 43 17 32Z"], ["#4f7f2c", oval(20, 56, 6, 3) + oval(44, 56, 6, 3)],
      ],
    },
    horse: {
      sky: ["#b8d2e2", "#dde6dc"], ground: [44, "#86a35c"],
      parts: [
        ["#3a2415", "M12 29Q2 34 5 52L10 49Q9 40 16 36Z"],
        ["#5c3820", "M14 34h5v24h-5ZM22 36h4v21h-4ZM36 36h5v22h-5ZM43 34h4v22h-4Z"], ["#7a4a29", oval(29, 33, 19, 10)],
        ["#7a4a29", "M35 32L41 9L52 13L48 38Z"], ["#7a4a29", "M41 8L47 6L61 19L58 24L45 19Z"],
        ["#2c1a0e", "M45 3L47 8L41 9L36 30L32 27Q34 12 40 6Z"], ["#111111", oval(50, 13, 1.2)],
      ],
    },
    ship: {
      sky: ["#9cc3e0", "#dbe8ee"], ground: [42, "#2f6690"],
      parts: [
        ["#8a939a", box(29, 6, 1.5, 20)], ["#f2f2ee", box(16, 29, 30, 11)], ["#e3e4e0", box(22, 21, 17, 9)],
        ["#c23b33", box(40, 15, 6, 15)], ["#23292e", box(40, 15, 6, 3)],
        ["#3b4c5a", [19, 25, 31, 37].map((x) => box(x, 33, 3, 3)).join("") + box(24, 24, 13, 3)],
        ["#26343f", "M2 38L62 38L55 52H11Z"], ["#a83a32", "M8 48H57L55 53H11Z"],
        ["#3f7aa5", "M0 53Q8 50 16 53T32 53T48 53T64 53V64H0Z"],
      ],
    },
    truck: {
      sky: ["#b4c9d8", "#dde3e2"], ground: [46, "#77797b"],
      parts: [
        ["#e9e7e0", box(2, 14, 38, 32)], ["#c9c6bc", box(2, 26, 38, 3)], ["#e08a1e", "M41 22H52L61 34V49H41Z"],
        ["#cbe3ef", "M44 25H51L57 34H44Z"], ["#3d4145", box(2, 45, 59, 4)], ["#f7e08a", box(59, 40, 2, 4)],
        ["#1b1c1e", oval(11, 50, 6) + oval(25, 50, 6) + oval(51, 50, 6)],
        ["#b4b8bc", oval(11, 50, 2.5) + oval(25, 50, 2.5) + oval(51, 50, 2.5)],
      ],
    },
  };

  function draw(name, width, height) {
    const { sky, ground, parts, place } = ALL[name];
    return pixelsOf(width, height, (context) => {
      context.scale((width * FINE) / FIELD, (height * FINE) / FIELD);
      const shade = context.createLinearGradient(0, 0, 0, ground ? ground[0] : FIELD);
      sky.forEach((color, index) => shade.addColorStop(index, color));
      context.fillStyle = shade;
      context.fillRect(0, 0, FIELD, FIELD);
      if (ground) {
        context.fillStyle = ground[1];
        context.fillRect(0, ground[0], FIELD, FIELD);
      }
      if (place) {
        context.translate(place[0], place[1]);
        context.scale(place[2], place[2]);
      }
      for (const [color, path] of parts) {
        context.fillStyle = color;
        context.fill(new Path2D(path), place ? "evenodd" : "nonzero");
      }
    });
  }

  // An image file, its middle square: nothing leaves the page.
  async function open(file, width, height) {
    const bitmap = await createImageBitmap(file);
    const side = Math.min(bitmap.width, bitmap.height);
    const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    return pixelsOf(width, height, (context) => {
      context.imageSmoothingQuality = "high";
      context.fillStyle = "#808080";
      context.fillRect(0, 0, width * FINE, height * FINE);
      context.drawImage(bitmap, left, top, side, side, 0, 0, width * FINE, height * FINE);
    });
  }

  // What `paint` draws, (H * W * 3) in [0, 255]: each pixel is the mean of FINE x FINE finer ones.
  function pixelsOf(width, height, paint) {
    const canvas = Object.assign(document.createElement("canvas"), { width: width * FINE, height: height * FINE });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    paint(context);
    const fine = context.getImageData(0, 0, canvas.width, canvas.height).data;
    const sums = new Float64Array(width * height * 3);
    for (let y = 0; y < canvas.height; y++)
      for (let x = 0; x < canvas.width; x++)
        for (let color = 0; color < 3; color++) {
          const pixel = Math.floor(y / FINE) * width + Math.floor(x / FINE);
          sums[pixel * 3 + color] += fine[(y * canvas.width + x) * 4 + color];
        }
    return Uint8ClampedArray.from(sums, (sum) => sum / FINE ** 2);
  }

  return { names: Object.keys(ALL), draw, open };
})();
