"use strict";
// The two models, computed as `vit_keras` computes them; equations are numbered as in the lecture.

const Model = (() => {
  // ---- The Vision Transformer ----

  // Pixels, (H * W * C) in [0, 255], to patches: N rows of P * P * C numbers, in the order of `vit_keras.Patches`.
  function cut(pixels, [height, width, channels], size) {
    const across = width / size;
    const patches = new Matrix((height / size) * across, size * size * channels);
    for (let n = 0; n < patches.rows; n++) {
      const [top, left] = [Math.floor(n / across) * size, (n % across) * size];
      for (let line = 0; line < size; line++) {
        const from = ((top + line) * width + left) * channels;
        patches.row(n).set(pixels.subarray(from, from + size * channels), line * size * channels);
      }
    }
    return patches;
  }

  function normalize(pixels, { scale, offset }) {
    const channels = scale.length;
    return Float64Array.from(pixels, (value, index) => value * scale[index % channels] + offset[index % channels]);
  }

  // (1)  z_0 = [x_class; x_p^1 E; ...; x_p^N E] + E_pos
  function embed(patches, { projection, class_token, positions }, withPositions) {
    const projected = Tensor.dense(patches, projection);
    const tokens = new Matrix(patches.rows + 1, projected.width);
    tokens.row(0).set(class_token);
    tokens.data.set(projected.data, projected.width);
    return { projected, tokens: withPositions ? Tensor.add(tokens, positions) : tokens };
  }

  // MSA: in each head A = softmax(q k^T / sqrt(D_h)), and the values are mixed by these scores.
  function attend(x, { query, key, value, output_projection }, numHeads) {
    const [q, k, v] = [Tensor.dense(x, query), Tensor.dense(x, key), Tensor.dense(x, value)];
    const width = x.width / numHeads;
    const scores = [], mixed = new Matrix(x.rows, x.width);
    for (let head = 0; head < numHeads; head++) {
      const [qh, kh, vh] = [q, k, v].map((all) => all.columns(head * width, width));
      const a = Tensor.products(qh, kh);
      for (let index = 0; index < a.data.length; index++) a.data[index] /= Math.sqrt(width);
      scores.push(Tensor.softmax(a));
      Tensor.products(a, vh.transposed(), null, mixed.columns(head * width, width));
    }
    return { q, k, scores, output: Tensor.dense(mixed, output_projection) };
  }

  function block(z, weights, { num_heads, layer_norm_epsilon }) {
    const msa = attend(Tensor.layerNorm(z, weights.norm_1, layer_norm_epsilon), weights.attention, num_heads);
    const middle = Tensor.add(msa.output, z);  // (2)  z'_l = MSA(LN(z_{l-1})) + z_{l-1}
    const normed = Tensor.layerNorm(middle, weights.norm_2, layer_norm_epsilon);
    const mlp = Tensor.dense(Tensor.gelu(Tensor.dense(normed, weights.mlp.dense_1)), weights.mlp.dense_2);
    return { ...msa, before: z, middle, mlp, z: Tensor.add(mlp, middle) };  // (3)  z_l = MLP(LN(z'_l)) + z'_l
  }

  // (4)  y = LN(z_L^0), and the head makes logits of it. After an earlier block: what the answer would be there.
  function answer(z, { encoder, head }, { layer_norm_epsilon }) {
    const y = Tensor.layerNorm(new Matrix(1, z.width, z.row(0)), encoder.norm, layer_norm_epsilon);
    return withShares(Tensor.dense(y, head).data);
  }

  function withShares(logits) {
    return { logits, probabilities: Tensor.softmax(new Matrix(1, logits.length, logits.slice())).data };
  }

  // From pixels to the answer, with everything on the way.
  function vit(model, pixels, withPositions = true) {
    const { config, weights } = model;
    const patches = cut(normalize(pixels, config.normalize), config.image_shape, config.patch_size);
    const { projected, tokens } = embed(patches, weights.patch_encoder, withPositions);
    const blocks = [];
    for (let l = 1; l <= config.num_layers; l++)
      blocks.push(block(l === 1 ? tokens : blocks[l - 2].z, weights.encoder[`block_${l}`], config));
    const answers = [tokens, ...blocks.map(({ z }) => z)].map((z) => answer(z, weights, config));
    return { patches, projected, tokens, blocks, answers, ...answers[config.num_layers] };
  }

  // R_l = Â_l ... Â_1 after every block, Â = (A + I) / 2 and A the mean of the heads, as `vit_keras.inside` has it.
  function rollout(blocks) {
    const found = [];
    for (const { scores } of blocks) {
      const step = new Matrix(scores[0].rows, scores[0].width);
      for (const a of scores) a.data.forEach((score, index) => { step.data[index] += score / scores.length / 2; });
      for (let n = 0; n < step.rows; n++) step.row(n)[n] += 1 / 2;
      found.push(found.length ? Tensor.products(step, found[found.length - 1].transposed()) : step);
    }
    return found;
  }

  // ---- The CNN: maps are matrices with one row a place and one column a channel ----

  // A convolution is a dense layer on what lies around each place; zeros stand outside, as "same" of Keras has them.
  function convolve(map, side, kernel, stride) {
    const size = Math.sqrt(kernel.width / map.width), outSide = Math.ceil(side / stride);
    const before = Math.floor(Math.max((outSide - 1) * stride + size - side, 0) / 2);
    const around = new Matrix(outSide * outSide, kernel.width);
    for (let place = 0; place < around.rows; place++) {
      const top = Math.floor(place / outSide) * stride - before, left = (place % outSide) * stride - before;
      for (let line = Math.max(0, -top); line < Math.min(size, side - top); line++) {
        const first = Math.max(0, -left), end = Math.min(size, side - left);
        const from = ((top + line) * side + left) * map.width;
        const seen = map.data.subarray(from + first * map.width, from + end * map.width);
        around.row(place).set(seen, (line * size + first) * map.width);
      }
    }
    return Tensor.products(around, kernel);
  }

  function normRelu(map, { gamma, beta, moving_mean, moving_variance }, epsilon) {
    const scale = gamma.map((factor, channel) => factor / Math.sqrt(moving_variance[channel] + epsilon));
    const shift = beta.map((term, channel) => term - moving_mean[channel] * scale[channel]);
    const data = map.data.map((v, index) => Math.max(0, v * scale[index % map.width] + shift[index % map.width]));
    return new Matrix(map.rows, map.width, data);
  }

  function cnn({ config, weights }, pixels) {
    const { image_shape, strides, batch_norm_epsilon } = config;
    let side = image_shape[0];
    let x = new Matrix(side * side, image_shape[2], normalize(pixels, config.normalize));
    x = convolve(x, side, weights.first.kernel, strides[0]);
    side = Math.ceil(side / strides[0]);
    for (let b = 1; b < strides.length; b++) {
      const { norm_1, norm_2, kernel_1, kernel_2, shortcut } = weights[`block_${b}`];
      const start = normRelu(x, norm_1, batch_norm_epsilon);
      if (shortcut) x = convolve(start, side, shortcut.kernel, strides[b]);
      const y = convolve(start, side, kernel_1.kernel, strides[b]);
      side = Math.ceil(side / strides[b]);
      x = Tensor.add(x, convolve(normRelu(y, norm_2, batch_norm_epsilon), side, kernel_2.kernel, 1));
    }
    x = normRelu(x, weights.norm, batch_norm_epsilon);
    const mean = new Matrix(1, x.width);
    x.data.forEach((value, index) => { mean.data[index % x.width] += value / x.rows; });
    return withShares(Tensor.dense(mean, weights.head).data);
  }

  // ---- From weights.js to weights: nested objects by their names; kernels get one row a unit ----

  function read({ config, arrays, base64 }) {
    const numbers = new Float32Array(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
    const weights = {};
    let first = 0;
    for (const [path, shape] of arrays) {
      const values = Float64Array.from(numbers.subarray(first, (first += shape.reduce((a, b) => a * b, 1))));
      const names = path.split("/"), last = names.pop();
      const place = names.reduce((parent, name) => (parent[name] ??= {}), weights);
      const units = shape[shape.length - 1];
      if (last === "kernel") place.kernel = new Matrix(values.length / units, units, values).transposed();
      else place[last] = last === "positions" ? new Matrix(values.length / units, units, values) : values;
    }
    return { config, weights };
  }

  return { read, vit, cnn, rollout };
})();
