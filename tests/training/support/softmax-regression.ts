/** The simplest trainer there is: a line for each class, by gradient descent. Enough to learn what is there, and nothing else. */
import type { Classifier, Examples, FeatureMatrix } from '../../../src/training/dataset.ts';

const STEPS = 60;
const RATE = 1;
const CLASSES = 3;

interface Scale {
  readonly mean: number;
  readonly unit: number;
}

/** A missing value counts as the mean. */
export function softmaxRegression({ features, rows, classes, weights }: Examples): Classifier {
  const { columns } = features;
  const scales = Array.from({ length: columns }, (_, column) => scaleOf(features, rows, column));
  const lines = new Float64Array(CLASSES * (columns + 1));
  const total = rows.reduce((sum, row) => sum + weights[row]!, 0);
  const inputs = scaled(features, rows, scales);
  for (let step = 0; step < STEPS; step++) {
    const gradient = new Float64Array(lines.length);
    const said = saidOf(inputs, lines, columns);
    rows.forEach((row, place) => {
      for (let k = 0; k < CLASSES; k++) {
        const error = (said[place * CLASSES + k]! - (classes[row] === k ? 1 : 0)) * (weights[row]! / total);
        for (let j = 0; j <= columns; j++)
          gradient[k * (columns + 1) + j]! += error * inputs[place * (columns + 1) + j]!;
      }
    });
    for (const at of lines.keys()) lines[at]! -= RATE * gradient[at]!;
  }
  return {
    probabilities: (matrix, wanted) => Float32Array.from(saidOf(scaled(matrix, wanted, scales), lines, columns)),
  };
}

function scaleOf({ columns, values }: FeatureMatrix, rows: Int32Array, column: number): Scale {
  const present = [...rows].map((row) => values[row * columns + column]!).filter((value) => !Number.isNaN(value));
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  const square = present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length;
  return { mean, unit: Math.sqrt(square) || 1 };
}

/** With a column of ones at the end. */
function scaled({ columns, values }: FeatureMatrix, rows: Int32Array, scales: readonly Scale[]): Float64Array {
  const inputs = new Float64Array(rows.length * (columns + 1)).fill(1);
  rows.forEach((row, place) => {
    for (let j = 0; j < columns; j++) {
      const z = (values[row * columns + j]! - scales[j]!.mean) / scales[j]!.unit;
      inputs[place * (columns + 1) + j] = Number.isNaN(z) ? 0 : z;
    }
  });
  return inputs;
}

function saidOf(inputs: Float64Array, lines: Float64Array, columns: number): Float64Array {
  const width = columns + 1;
  const said = new Float64Array((inputs.length / width) * CLASSES);
  for (let place = 0; place * width < inputs.length; place++) {
    let total = 0;
    for (let k = 0; k < CLASSES; k++) {
      let value = 0;
      for (let j = 0; j < width; j++) value += inputs[place * width + j]! * lines[k * width + j]!;
      said[place * CLASSES + k] = Math.exp(value);
      total += Math.exp(value);
    }
    for (let k = 0; k < CLASSES; k++) said[place * CLASSES + k]! /= total;
  }
  return said;
}
