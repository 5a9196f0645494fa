#!/usr/bin/env node
// Makes graphs/ and graphs.json: small TensorFlow.js graph models, and what TensorFlow.js computes with them.
// Run where `npm install @tensorflow/tfjs@4.22.0` was run, or with NODE_PATH set to its node_modules.
'use strict';
const fs = require('fs'), path = require('path');
const tf = require('@tensorflow/tfjs');

const Here = __dirname;

// The formula of TestNumbers.Uniform.
function uniform(count, seed, scale = 1, offset = 0) {
  return Float32Array.from({ length: count }, (_, i) => {
    let h = (Math.imul(i, 2654435761) + seed * 40503 + 12345) >>> 0;
    for (let k = 0; k < 2; k++) h = Math.imul(h ^ (h >>> 15), 2246822519) >>> 0;
    return offset + scale * (h / 2147483648 - 1);
  });
}

const count = shape => shape.reduce((a, b) => a * b, 1);
const text = s => ({ s: Buffer.from(s).toString('base64') });
const texts = (...s) => ({ list: { s: s.map(one => text(one).s) } });
const ints = (...i) => ({ list: { i: i.map(String) } });
const dims = shape => ({ dim: shape.map(size => ({ size: String(size) })) });

class Graph {
  constructor(name, image = [-1, 8, 8, 3]) {
    Object.assign(this, { name, nodes: [], weights: [], seed: 100 });
    this.add('image', 'Placeholder', [], { dtype: { type: 'DT_FLOAT' }, shape: { shape: dims(image) } });
  }

  add(name, op, input, attr = {}) {
    this.nodes.push({ name, op, input, attr: { T: { type: 'DT_FLOAT' }, ...attr } });
    return name;
  }

  values(name, shape, numbers, dtype = 'float32', quantization = undefined) {
    this.nodes.push({ name, op: 'Const', attr: { dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' }, value: { tensor: { dtype: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT', tensorShape: dims(shape) } } } });
    this.weights.push({ name, shape, numbers, dtype, quantization });
    return name;
  }

  random(name, shape, scale = 0.5, offset = 0, quantization = undefined) { return this.values(name, shape, uniform(count(shape), this.seed++, scale, offset), 'float32', quantization); }
  whole(name, numbers, shape = [numbers.length]) { return this.values(name, shape, Int32Array.from(numbers), 'int32'); }
  number(name, value) { return this.values(name, [], Float32Array.of(value)); }

  // Bytes as the manifest says them.
  data() {
    return Buffer.concat(this.weights.map(({ numbers, dtype, quantization }) => {
      if (!quantization) return Buffer.from((dtype === 'int32' ? Int32Array : Float32Array).from(numbers).buffer);
      if (quantization === 'float16') return Buffer.from(Uint16Array.from(numbers, half).buffer);
      const min = Math.min(...numbers), most = quantization === 'uint8' ? 255 : 65535, scale = (Math.max(...numbers) - min) / most;
      const stored = (quantization === 'uint8' ? Uint8Array : Uint16Array).from(numbers, value => Math.round((value - min) / scale));
      return Buffer.from(stored.buffer);
    }));
  }

  manifest() {
    return this.weights.map(({ name, shape, numbers, dtype, quantization }) => {
      const entry = { name, shape, dtype };
      if (quantization === 'float16') entry.quantization = { dtype: 'float16', original_dtype: 'float32' };
      else if (quantization) {
        const min = Math.min(...numbers), most = quantization === 'uint8' ? 255 : 65535;
        entry.quantization = { dtype: quantization, min, scale: (Math.max(...numbers) - min) / most, original_dtype: 'float32' };
      }
      return entry;
    });
  }
}

// The nearest number of half precision, of those that are normal or 0.
function half(value) {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0], sign = (bits >>> 16) & 0x8000, exponent = ((bits >>> 23) & 0xff) - 112;
  return exponent <= 0 ? sign : sign | ((exponent << 10) + ((((bits >>> 12) & 0x7ff) + 1) >>> 1));
}

const conv = (stride, padding, extra = {}) => ({ strides: ints(1, stride, stride, 1), dilations: ints(1, 1, 1, 1), padding: text(padding), data_format: text('NHWC'), explicit_paddings: { list: {} }, ...extra });
const pool = (side, stride, padding) => ({ ksize: ints(1, side, side, 1), strides: ints(1, stride, stride, 1), padding: text(padding), data_format: text('NHWC') });
const fused = (...ops) => ({ fused_ops: texts(...ops), num_args: { i: ops[0] === 'BiasAdd' ? '1' : '0' }, leakyrelu_alpha: { f: 0.2 }, epsilon: { f: 0 } });
const matrix = (isTurned = false) => ({ transpose_a: { b: false }, transpose_b: { b: isTurned } });
const keep = isKept => ({ keep_dims: { b: isKept } });

// As the converter leaves a MobileNetV2: everything is fused. In the names of functions' nodes, all kinds of numbers in the manifest.
function fusedModel() {
  const g = new Graph('fused'), p = 'StatefulPartitionedCall/model/';
  g.random(p + 'stem/weights', [3, 3, 3, 6], 0.5, 0, 'uint8');
  g.random(p + 'stem/bias', [6]);
  g.add(p + 'stem/Relu6', '_FusedConv2D', ['image', p + 'stem/weights', p + 'stem/bias'], { ...conv(2, 'SAME'), ...fused('BiasAdd', 'Relu6') });
  g.random(p + 'wide/weights', [3, 3, 6, 2], 0.5, 0, 'uint16');
  g.random(p + 'wide/bias', [12]);
  g.add(p + 'wide/Relu', 'FusedDepthwiseConv2dNative', [p + 'stem/Relu6', p + 'wide/weights', p + 'wide/bias'], { ...conv(1, 'SAME'), ...fused('BiasAdd', 'Relu') });
  g.random(p + 'thin/weights', [1, 1, 12, 6], 0.5, 0, 'float16');
  g.random(p + 'thin/bias', [6]);
  g.add(p + 'thin/BiasAdd', '_FusedConv2D', [p + 'wide/Relu', p + 'thin/weights', p + 'thin/bias'], { ...conv(1, 'SAME'), ...fused('BiasAdd') });
  g.add(p + 'add', 'AddV2', [p + 'stem/Relu6', p + 'thin/BiasAdd:0']);
  g.whole(p + 'axes', [1, 2]);
  g.add(p + 'pool', 'Mean', [p + 'add', p + 'axes'], keep(false));
  g.random(p + 'dense/weights', [6, 5]);
  g.random(p + 'dense/bias', [5]);
  g.add(p + 'dense/BiasAdd', '_FusedMatMul', [p + 'pool', p + 'dense/weights', p + 'dense/bias'], { ...matrix(), ...fused('BiasAdd') });
  g.add(p + 'Softmax', 'Softmax', [p + 'dense/BiasAdd', '^image']);
  g.add('Identity', 'Identity', [p + 'Softmax']);
  return { graph: g, signature: { inputs: { x: { name: 'image:0', dtype: 'DT_FLOAT', tensorShape: dims([-1, 8, 8, 3]) } }, outputs: { scores: { name: 'Identity:0', dtype: 'DT_FLOAT', tensorShape: dims([-1, 5]) } } }, taps: { features: p + 'pool', logits: p + 'dense/BiasAdd', result: 'Identity' } };
}

// As old converters leave it: nothing is fused, no signature says what the outputs are, and the image goes through x 2 - 1 first.
function plainModel() {
  const g = new Graph('plain', [1, 9, 9, 3]);
  g.number('two', 2);
  g.number('one', 1);
  g.add('doubled', 'Mul', ['two', 'image']);
  g.add('centered', 'Sub', ['doubled', 'one']);
  g.random('conv/weights', [3, 3, 3, 4]);
  g.add('conv', 'Conv2D', ['centered', 'conv/weights'], conv(1, 'VALID'));
  g.random('conv/bias', [4]);
  g.add('conv/BiasAdd', 'BiasAdd', ['conv', 'conv/bias'], { data_format: text('NHWC') });
  for (const [name, scale, offset] of [['gamma', 0.3, 1], ['beta', 0.3, 0], ['mean', 0.3, 0], ['variance', 0.4, 0.6]]) g.random('norm/' + name, [4], scale, offset);
  g.add('norm', 'FusedBatchNormV3', ['conv/BiasAdd', 'norm/gamma', 'norm/beta', 'norm/mean', 'norm/variance'], { epsilon: { f: 0.001 }, is_training: { b: false }, data_format: text('NHWC') });
  g.add('relu', 'Relu', ['norm']);
  g.whole('pads', [0, 0, 0, 1, 0, 1, 0, 0], [4, 2]);
  g.add('pad', 'Pad', ['relu', 'pads']);
  g.random('depthwise/weights', [3, 3, 4, 1]);
  g.add('depthwise', 'DepthwiseConv2dNative', ['pad', 'depthwise/weights'], conv(2, 'VALID'));
  g.random('depthwise/bias', [1, 1, 1, 4]);
  g.add('depthwise/add', 'Add', ['depthwise', 'depthwise/bias']);
  g.add('relu6', 'Relu6', ['depthwise/add']);
  g.add('pad2', 'PadV2', ['relu6', 'pads', 'zero']);
  g.number('zero', 0);
  g.add('largest', 'MaxPool', ['pad2'], pool(3, 1, 'VALID'));
  g.add('largest2', 'MaxPool', ['largest'], pool(2, 1, 'SAME'));
  g.add('average', 'AvgPool', ['largest2'], pool(2, 1, 'SAME'));
  g.add('global', 'AvgPool', ['average'], pool(2, 1, 'VALID'));
  g.random('logits/weights', [1, 1, 4, 5]);
  g.random('logits/bias', [5]);
  g.add('logits', '_FusedConv2D', ['global', 'logits/weights', 'logits/bias'], { ...conv(1, 'SAME'), ...fused('BiasAdd') });
  g.add('squeezed', 'Squeeze', ['logits'], { squeeze_dims: ints(1, 2) });
  return { graph: g, taps: { features: 'global', logits: 'squeezed' } };
}

// Gates as MobileNetV3 and EfficientNet have them, arithmetic with constants, and shapes that are computed.
function gatesModel() {
  const g = new Graph('gates');
  const three = g.number('three', 3), sixth = g.number('sixth', 1 / 6), six = g.number('six', 6);
  g.random('stem/weights', [3, 3, 3, 4]);
  g.random('stem/bias', [4]);
  g.add('stem', '_FusedConv2D', ['image', 'stem/weights', 'stem/bias'], { ...conv(2, 'EXPLICIT', { explicit_paddings: ints(0, 0, 1, 0, 1, 1, 0, 0) }), ...fused('BiasAdd') });
  g.add('h1/add', 'AddV2', ['stem', three]);
  g.add('h1/cut', 'Relu6', ['h1/add']);
  g.add('h1/sixth', 'Mul', ['h1/cut', sixth]);
  g.add('h1', 'Mul', ['stem', 'h1/sixth']);
  g.whole('axes', [1, 2]);
  g.add('se/pool', 'Mean', ['h1', 'axes'], keep(true));
  g.random('se/down/weights', [1, 1, 4, 3]);
  g.random('se/down/bias', [3]);
  g.add('se/down', '_FusedConv2D', ['se/pool', 'se/down/weights', 'se/down/bias'], { ...conv(1, 'SAME'), ...fused('BiasAdd', 'Relu') });
  g.random('se/up/weights', [1, 1, 3, 4]);
  g.random('se/up/bias', [4]);
  g.add('se/up', '_FusedConv2D', ['se/down', 'se/up/weights', 'se/up/bias'], { ...conv(1, 'SAME'), ...fused('BiasAdd') });
  g.add('se/add', 'AddV2', [three, 'se/up']);
  g.add('se/cut', 'Relu6', ['se/add']);
  g.add('se/gate', 'RealDiv', ['se/cut', six]);
  g.add('se', 'Mul', ['se/gate', 'h1']);
  g.add('h2/add', 'AddV2', ['se', three]);
  g.add('h2/cut', 'Relu6', ['h2/add']);
  g.add('h2/product', 'Mul', ['h2/cut', 'se']);
  g.add('h2', 'Mul', [sixth, 'h2/product']);
  g.random('factor', [4], 0.5, 1);
  g.random('less', [1, 1, 1, 4]);
  g.random('parts', [4], 0.5, 1.5);
  g.add('scaled', 'Mul', ['h2', 'factor']);
  g.add('shifted', 'Sub', ['scaled', 'less']);
  g.add('divided', 'RealDiv', ['shifted', 'parts']);
  g.add('turned', 'Sub', [g.number('half', 0.5), 'divided']);
  g.add('swish/sigmoid', 'Sigmoid', ['turned']);
  g.add('swish', 'Mul', ['turned', 'swish/sigmoid']);
  g.add('pool', 'Mean', ['swish', 'axes'], keep(false));
  g.add('shape', 'Shape', ['pool'], { out_type: { type: 'DT_INT32' } });
  g.add('batch', 'StridedSlice', ['shape', g.whole('begin', [0]), g.whole('end', [1]), g.whole('step', [1])], { shrink_axis_mask: { i: '1' }, begin_mask: { i: '0' }, end_mask: { i: '0' }, ellipsis_mask: { i: '0' }, new_axis_mask: { i: '0' } });
  g.add('target', 'Pack', ['batch', g.whole('a1', [1], []), g.whole('a2', [1], []), g.whole('a3', [4], [])], { axis: { i: '0' }, N: { i: '4' } });
  g.add('tall', 'Reshape', ['pool', 'target']);
  g.add('flat', 'Reshape', ['tall', g.whole('flat/shape', [-1, 4])]);
  g.random('hidden/weights', [6, 4]);
  g.add('hidden', 'MatMul', ['flat', 'hidden/weights'], matrix(true));
  g.random('hidden/bias', [6]);
  g.add('hidden/add', 'AddV2', ['hidden', 'hidden/bias']);
  g.add('hidden/relu', 'Relu', ['hidden/add']);
  g.random('last/weights', [6, 3]);
  g.random('last/bias', [3]);
  g.add('last', 'MatMul', ['hidden/relu', 'last/weights'], matrix());
  g.add('last/BiasAdd', 'BiasAdd', ['last', 'last/bias'], { data_format: text('NHWC') });
  g.add('labels', 'Sigmoid', ['last/BiasAdd']);
  return { graph: g, taps: { features: 'hidden/relu', logits: 'last/BiasAdd' } };
}

// ImageNet's mean and deviation of values from 0 to 255.
function preparedModel() {
  const g = new Graph('prepared', [-1, -1, -1, 3]);
  g.values('mean', [3], Float32Array.of(123.675, 116.28, 103.53));
  g.values('deviation', [3], Float32Array.of(58.395, 57.12, 57.375));
  g.add('less', 'Sub', ['image', 'mean']);
  g.add('scaled', 'RealDiv', ['less', 'deviation']);
  g.random('conv/weights', [3, 3, 3, 4]);
  g.random('conv/bias', [4]);
  g.add('conv', '_FusedConv2D', ['scaled', 'conv/weights', 'conv/bias'], { ...conv(2, 'SAME'), ...fused('BiasAdd', 'Relu') });
  g.whole('axes', [2, 1]);
  g.add('pool', 'Mean', ['conv', 'axes'], keep(false));
  return { graph: g, taps: { features: 'pool' } };
}

// Branches that are joined, as Inception and SqueezeNet have them.
function joinedModel() {
  const g = new Graph('joined');
  g.whole('axis', [3], []);
  g.random('squeeze/weights', [1, 1, 3, 4]);
  g.random('squeeze/bias', [4]);
  g.add('squeeze', '_FusedConv2D', ['image', 'squeeze/weights', 'squeeze/bias'], { ...conv(1, 'SAME'), ...fused('BiasAdd', 'Relu') });
  g.random('narrow/weights', [1, 1, 4, 5]);
  g.random('narrow/bias', [5]);
  g.add('narrow', '_FusedConv2D', ['squeeze', 'narrow/weights', 'narrow/bias'], { ...conv(1, 'SAME'), ...fused('BiasAdd', 'Relu') });
  g.random('wide/weights', [3, 3, 4, 6]);
  g.random('wide/bias', [6]);
  g.add('wide', '_FusedConv2D', ['squeeze', 'wide/weights', 'wide/bias'], { ...conv(1, 'SAME'), ...fused('BiasAdd', 'Relu') });
  g.add('joined', 'ConcatV2', ['narrow', 'wide', 'image', 'axis'], { N: { i: '3' } });
  g.whole('axes', [1, 2]);
  g.add('pool', 'Mean', ['joined', 'axes'], keep(false));
  g.random('last/weights', [14, 3]);
  g.random('last/bias', [3]);
  g.add('last', '_FusedMatMul', ['pool', 'last/weights', 'last/bias'], { ...matrix(), ...fused('BiasAdd') });
  return { graph: g, taps: { features: 'pool', logits: 'last' } };
}

async function run({ graph, signature, taps }) {
  const folder = path.join(Here, 'graphs', graph.name), data = graph.data();
  const side = graph.name === 'plain' ? 9 : 8;
  fs.mkdirSync(folder, { recursive: true });
  const shards = graph.name === 'fused' ? [data.subarray(0, 300), data.subarray(300)] : [data];
  const paths = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`);
  shards.forEach((shard, i) => fs.writeFileSync(path.join(folder, paths[i]), shard));
  const modelTopology = { node: graph.nodes, library: {}, versions: { producer: 1 } };
  const model = { format: 'graph-model', generatedBy: '2.15.0', convertedBy: 'TensorFlow.js Converter v4.22.0', ...(signature ? { signature } : {}), modelTopology, weightsManifest: [{ paths, weights: graph.manifest() }] };
  fs.writeFileSync(path.join(folder, 'model.json'), JSON.stringify(model));
  const loaded = await tf.loadGraphModel({ load: async () => ({ modelTopology, signature, weightSpecs: graph.manifest(), weightData: Uint8Array.from(data).buffer }) });

  // Numbers from 0 to 1, or to 255 where the arithmetic is of these.
  const scale = graph.name === 'prepared' ? 255 : 1;
  const numbers = graph.name === 'plain' || graph.name === 'prepared' ? uniform(side * side * 3, 50, 0.5, 0.5).map(value => value * scale) : uniform(side * side * 3, 50);
  const image = tf.tensor4d(numbers, [1, side, side, 3]), result = {};
  for (const [name, node] of Object.entries(taps)) result[name] = Array.from(await loaded.execute({ image }, node).data());
  return result;
}

(async () => {
  await tf.setBackend('cpu');
  const expected = {};
  for (const make of [fusedModel, plainModel, gatesModel, preparedModel, joinedModel]) {
    const made = make();
    expected[made.graph.name] = await run(made);
  }
  fs.writeFileSync(path.join(Here, 'graphs.json'), JSON.stringify(expected));
})();
