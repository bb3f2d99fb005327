"use strict";
// Matrices and what is computed with them. Files of this page are classic scripts that each define one name, not ES
// modules: Chromium refuses to import a module from a file:// address. tests/web loads the same files in node.

// Row n holds `width` numbers, from data[offset + n * stride] on: a head is a narrow view of wide rows.
class Matrix {
  constructor(rows, width, data = new Float64Array(rows * width), offset = 0, stride = width) {
    Object.assign(this, { rows, width, data, offset, stride });
  }

  row(n) {
    return this.data.subarray(this.offset + n * this.stride, this.offset + n * this.stride + this.width);
  }

  columns(first, width) {
    return new Matrix(this.rows, width, this.data, this.offset + first, this.stride);
  }

  transposed() {
    const turned = new Matrix(this.width, this.rows);
    for (let n = 0; n < this.rows; n++)
      for (let m = 0; m < this.width; m++)
        turned.data[m * this.rows + n] = this.data[this.offset + n * this.stride + m];
    return turned;
  }
}

const Tensor = {
  // Nearly all the work is done here: entry (n, m) is the dot product of row n of `x` and row m of `y`, plus bias[m].
  // Two rows times four at a time, so that a number that has been read is used more than once; at an edge that two or
  // four do not divide, the last row is computed again.
  products(x, y, bias = null, out = new Matrix(x.rows, y.rows)) {
    const [a, b, c, width] = [x.data, y.data, out.data, x.width];
    for (let n = 0; n < x.rows; n += 2) {
      const n1 = Math.min(n + 1, x.rows - 1);
      const [x0, x1] = [x.offset + n * x.stride, x.offset + n1 * x.stride];
      const [c0, c1] = [out.offset + n * out.stride, out.offset + n1 * out.stride];
      for (let m = 0; m < y.rows; m += 4) {
        const m1 = Math.min(m + 1, y.rows - 1), m2 = Math.min(m + 2, y.rows - 1), m3 = Math.min(m + 3, y.rows - 1);
        const y0 = y.offset + m * y.stride, y1 = y.offset + m1 * y.stride;
        const y2 = y.offset + m2 * y.stride, y3 = y.offset + m3 * y.stride;
        let s00 = 0, s01 = 0, s02 = 0, s03 = 0;
        if (bias) [s00, s01, s02, s03] = [bias[m], bias[m1], bias[m2], bias[m3]];
        let s10 = s00, s11 = s01, s12 = s02, s13 = s03;
        for (let k = 0; k < width; k++) {
          const a0 = a[x0 + k], a1 = a[x1 + k], b0 = b[y0 + k], b1 = b[y1 + k], b2 = b[y2 + k], b3 = b[y3 + k];
          s00 += a0 * b0; s01 += a0 * b1; s02 += a0 * b2; s03 += a0 * b3;
          s10 += a1 * b0; s11 += a1 * b1; s12 += a1 * b2; s13 += a1 * b3;
        }
        c[c0 + m] = s00; c[c0 + m1] = s01; c[c0 + m2] = s02; c[c0 + m3] = s03;
        c[c1 + m] = s10; c[c1 + m1] = s11; c[c1 + m2] = s12; c[c1 + m3] = s13;
      }
    }
    return out;
  },

  // A dense layer is {kernel, bias}; its kernel lies here with one row a unit, transposed as compared with Keras.
  dense(x, layer) {
    return Tensor.products(x, layer.kernel, layer.bias);
  },

  add(x, y) {
    const out = new Matrix(x.rows, x.width);
    for (let index = 0; index < out.data.length; index++) out.data[index] = x.data[index] + y.data[index];
    return out;
  },

  layerNorm(x, { gamma, beta }, epsilon) {
    const out = new Matrix(x.rows, x.width);
    for (let n = 0; n < x.rows; n++) {
      const [from, to] = [x.row(n), out.row(n)];
      let mean = 0, variance = 0;
      for (let d = 0; d < x.width; d++) mean += from[d] / x.width;
      for (let d = 0; d < x.width; d++) variance += (from[d] - mean) ** 2 / x.width;
      const scale = 1 / Math.sqrt(variance + epsilon);
      for (let d = 0; d < x.width; d++) to[d] = (from[d] - mean) * scale * gamma[d] + beta[d];
    }
    return out;
  },

  // In place, each row by itself.
  softmax(x) {
    for (let n = 0; n < x.rows; n++) {
      const row = x.row(n);
      let largest = -Infinity, sum = 0;
      for (let m = 0; m < row.length; m++) largest = Math.max(largest, row[m]);
      for (let m = 0; m < row.length; m++) sum += row[m] = Math.exp(row[m] - largest);
      for (let m = 0; m < row.length; m++) row[m] /= sum;
    }
    return x;
  },

  // GELU(x) = x Φ(x), in place. Φ as in Abramowitz and Stegun, 7.1.26, right to 1.5e-7.
  gelu(x) {
    for (let index = 0; index < x.data.length; index++) {
      const value = x.data[index], u = Math.abs(value) * Math.SQRT1_2, t = 1 / (1 + 0.3275911 * u);
      const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
      const tail = 0.5 * series * Math.exp(-u * u);
      x.data[index] = value * (value < 0 ? tail : 1 - tail);
    }
    return x;
  },
};
