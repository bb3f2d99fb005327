// node compute.js WEB WEIGHTS PICTURES OUT: what the page computes for each of the pictures, as float32 behind each other.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [web, weights, pictures, out] = process.argv.slice(2);
const files = ["tensor.js", "model.js"].map((name) => path.join(web, name));
for (const file of [...files, weights]) vm.runInThisContext(fs.readFileSync(file, "utf8"), { filename: file });

const content = vm.runInThisContext("WEIGHTS");
const [vit, cnn] = [Model.read(content.vit), Model.read(content.cnn)];
const size = vit.config.image_shape.reduce((a, b) => a * b);
const pixels = fs.readFileSync(pictures);
const found = [];
for (let first = 0; first < pixels.length; first += size) {
  const picture = pixels.subarray(first, first + size);
  const { logits, blocks, answers } = Model.vit(vit, picture);
  const rollout = Model.rollout(blocks);
  found.push(logits, Model.vit(vit, picture, false).logits, Model.cnn(cnn, picture).logits);
  for (const { scores } of blocks) found.push(...scores.map(({ data }) => data));
  found.push(rollout[rollout.length - 1].data, ...answers.map(({ probabilities }) => probabilities));
}
fs.writeFileSync(out, Buffer.concat(found.map((numbers) => Buffer.from(Float32Array.from(numbers).buffer))));
