using Graft.Lite.Reading;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Lite.Tests.Reading;

/// <summary>Networks of float32, and of float16 weights, against formulas in double precision.</summary>
public sealed class FloatNetworkTests
{
    private const int Side = 9;

    private readonly Random random = new(5);

    /// <summary>A convolution that pads by itself, one after PAD, a depthwise one with holes, and a dense layer.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void LayersComputeTheirFormulas(bool isHalf)
    {
        float[] image = Numbers(Side * Side * 3), first = Numbers(4 * 3 * 3 * 3), firstBias = Numbers(4), depth = Numbers(3 * 3 * 4), second = Numbers(5 * 3 * 3 * 4), dense = Numbers(6 * 5), denseBias = Numbers(6);
        if (isHalf) (first, depth, second, dense) = (Half(first), Half(depth), Half(second), Half(dense));
        LiteNetwork network = new();
        int input = network.Tensor(new TensorPart("image", [1, Side, Side, 3], LiteType.Float32));
        network.Inputs = [input];
        int value = network.Operator(LiteNetwork.Convolution, [input, Weight("first", [4, 3, 3, 3], first), network.Floats("b1", [4], firstBias)], Float("a", 5, 5, 4), (0, (sbyte)0), (1, 2), (2, 2), (3, (sbyte)1));
        value = network.Operator(LiteNetwork.Depthwise, [value, Weight("depth", [1, 3, 3, 4], depth), -1], Float("b", 5, 5, 4), (0, (sbyte)0), (1, 1), (2, 1), (3, 1), (4, (sbyte)0), (5, 2), (6, 2));
        value = network.Operator(LiteNetwork.Pad, [value, network.Ints("pads", [4, 2], 0, 0, 0, 1, 1, 0, 0, 0)], Float("c", 6, 6, 4));
        value = network.Operator(LiteNetwork.Convolution, [value, Weight("second", [5, 3, 3, 4], second)], Float("d", 4, 4, 5), (0, (sbyte)1), (1, 1), (2, 1));
        value = network.Operator(LiteNetwork.Mean, [value, network.Ints("axes", [2], 1, 2)], Float("e", 1, 1, 5), (0, true));
        value = network.Operator(LiteNetwork.Reshape, [value, network.Ints("shape", [2], -1, 5)], new TensorPart("f", [1, 5], LiteType.Float32));
        value = network.Operator(LiteNetwork.FullyConnected, [value, Weight("dense", [6, 5], dense), network.Floats("b2", [6], denseBias)], new TensorPart("g", [1, 6], LiteType.Float32), (0, (sbyte)0));
        network.Outputs = [network.Operator(LiteNetwork.Softmax, [value], new TensorPart("h", [1, 6], LiteType.Float32), (0, 1f))];

        double[] expected = Convolve(Doubles(image), Side, 3, first, 4, firstBias, 3, stride: 2, dilation: 1, top: 1, left: 1, size: 5, isDepthwise: false);
        expected = [.. expected.Select(x => Math.Max(x, 0))];
        expected = Convolve(expected, 5, 4, depth, 4, new float[4], 3, 1, 2, top: 2, left: 2, 5, isDepthwise: true);
        expected = Convolve(expected, 5, 4, second, 5, new float[5], 3, 1, 1, top: 0, left: 1, 4, isDepthwise: false);
        double[] mean = [.. Enumerable.Range(0, 5).Select(c => Enumerable.Range(0, 16).Average(p => expected[(p * 5) + c]))];
        double[] logits = [.. Enumerable.Range(0, 6).Select(o => denseBias[o] + Enumerable.Range(0, 5).Sum(i => mean[i] * dense[(o * 5) + i]))];

        LiteImport import = network.Import();
        Assert.Equal([ClassifierHead.Features, ClassifierHead.Logits], import.Model.Network.Graph.Outputs.Select(output => output.Name));
        Assert.True(import.Report.AssumesPreprocessing);
        Near(logits, LiteModel.Run(import.Model, image));
        Near(mean, LiteModel.Run(import.Model.WithoutHead(), image));

        int Weight(string name, int[] shape, float[] numbers)
        {
            if (!isHalf) return network.Floats(name, shape, numbers);
            return network.Operator(LiteNetwork.Dequantize, [network.Halves(name, shape, numbers)], new TensorPart($"{name}/float", shape, LiteType.Float32));
        }
    }

    /// <summary>Activations, pooling, squeeze-and-excitation with a hard sigmoid that is written out, factors and offsets.</summary>
    [Fact]
    public void OtherOperatorsComputeTheirFormulas()
    {
        float[] image = [.. Numbers(6 * 6 * 3).Select(x => 4 * x)], factors = [1.5f, -0.5f, 2], weight = Numbers(9);
        LiteNetwork network = new();
        int input = network.Tensor(new TensorPart("image", [1, 6, 6, 3], LiteType.Float32));
        network.Inputs = [input];
        int swish = network.Operator(LiteNetwork.HardSwish, [input], Float("swish", 6, 6, 3));
        int largest = network.Operator(LiteNetwork.MaxPool, [swish], Float("max", 3, 3, 3), (0, (sbyte)0), (1, 2), (2, 2), (3, 3), (4, 3));
        int pooled = network.Operator(LiteNetwork.AveragePool, [largest], Float("pool", 1, 1, 3), (0, (sbyte)1), (1, 1), (2, 1), (3, 3), (4, 3));
        int gate = network.Operator(LiteNetwork.Convolution, [pooled, network.Floats("weight", [3, 1, 1, 3], weight)], Float("gate", 1, 1, 3), (0, (sbyte)0), (1, 1), (2, 1));
        int shifted = network.Operator(LiteNetwork.AddCode, [gate, network.Floats("three", [], [3])], Float("shifted", 1, 1, 3), (0, (sbyte)3));
        int sigmoid = network.Operator(LiteNetwork.Multiply, [shifted, network.Floats("sixth", [], [1f / 6])], Float("sigmoid", 1, 1, 3), (0, (sbyte)0));
        int excited = network.Operator(LiteNetwork.Multiply, [largest, sigmoid], Float("excited", 3, 3, 3), (0, (sbyte)0));
        int scaled = network.Operator(LiteNetwork.Multiply, [excited, network.Floats("factors", [3], factors)], Float("scaled", 3, 3, 3), (0, (sbyte)0));
        int squashed = network.Operator(LiteNetwork.Logistic, [scaled], Float("squashed", 3, 3, 3));
        network.Outputs = [network.Operator(LiteNetwork.AveragePool, [squashed], Float("average", 3, 3, 3), (0, (sbyte)0), (1, 1), (2, 1), (3, 3), (4, 3))];

        double[] x = [.. image.Select(v => v * Math.Clamp(v + 3, 0, 6) / 6.0)];
        double[] max = Windows(x, 6, 3, 2, 0, 3, values => values.Max());
        double[] gates = [.. Enumerable.Range(0, 3).Select(o => Math.Clamp(Enumerable.Range(0, 3).Sum(i => weight[(o * 3) + i] * Enumerable.Range(0, 9).Average(p => max[(p * 3) + i])) + 3, 0, 6) / 6)];
        double[] squash = [.. max.Select((v, i) => 1 / (1 + Math.Exp(-v * gates[i % 3] * factors[i % 3])))];
        double[] expected = Windows(squash, 3, 3, 1, 1, 3, values => values.Average());

        LiteImport import = network.Import();
        Near(expected, LiteModel.Run(import.Model, image));
        Assert.Single(import.Model.Network.Graph.Nodes, node => node.Operation is Activation { Function.Name: "hard_sigmoid" });
    }

    /// <summary>Branches that are joined, with an activation at the end.</summary>
    [Fact]
    public void BranchesAreJoined()
    {
        float[] image = Numbers(2 * 2 * 3), weight = Numbers(2 * 3), bias = Numbers(2);
        LiteNetwork network = new();
        int input = network.Tensor(new TensorPart("image", [1, 2, 2, 3], LiteType.Float32));
        network.Inputs = [input];
        int branch = network.Operator(LiteNetwork.Convolution, [input, network.Floats("weight", [2, 1, 1, 3], weight), network.Floats("bias", [2], bias)], Float("branch", 2, 2, 2), (0, (sbyte)0), (1, 1), (2, 1));
        network.Outputs = [network.Operator(LiteNetwork.Concatenation, [branch, input], Float("joined", 2, 2, 5), (0, 3), (1, (sbyte)1))];
        double[] expected = [.. Enumerable.Range(0, 4).SelectMany(p => (IEnumerable<double>)
        [
            .. Enumerable.Range(0, 2).Select(o => Math.Max(0, bias[o] + Enumerable.Range(0, 3).Sum(i => (double)image[(p * 3) + i] * weight[(o * 3) + i]))),
            .. Enumerable.Range(0, 3).Select(i => Math.Max(0, (double)image[(p * 3) + i])),
        ])];
        Near(expected, LiteModel.Run(network.Import().Model, image));
    }

    /// <summary>A side that the file leaves open is the caller's, and missing it is told.</summary>
    [Fact]
    public void AFreeResolutionIsTold()
    {
        LiteNetwork network = new();
        int input = network.Tensor(new TensorPart("image", [1, 1, 1, 3], LiteType.Float32) { Signature = [-1, -1, -1, 3] });
        network.Inputs = [input];
        network.Outputs = [network.Operator(LiteNetwork.HardSwish, [input], Float("swish", 1, 1, 3))];
        Shape expected = [1, 20, 20, 3];
        Assert.Equal(expected, network.Import(new LiteImportOptions { Resolution = 20 }).Model.Network.Graph.Shapes["swish.activation"]);
        Assert.Contains("the file does not fix the height and width of its input. Name a resolution", Assert.Throws<Formats.WeightFileException>(() => network.Import()).Message);
    }

    private static TensorPart Float(string name, int height, int width, int channels) => new(name, [1, height, width, channels], LiteType.Float32);

    private static void Near(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Max(Math.Abs);
        Assert.True(expected.Distinct().Count() > 2 && largest > 0.05);
        for (int i = 0; i < expected.Length; i++) Assert.InRange(actual[i] - expected[i], -1e-5 * largest, 1e-5 * largest);
    }

    private static double[] Doubles(float[] numbers) => [.. numbers.Select(number => (double)number)];

    private static float[] Half(float[] numbers) => [.. numbers.Select(number => (float)(Half)number)];

    private float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];

    /// <summary>A convolution of a square image, weights as the file has them.</summary>
    private static double[] Convolve(double[] x, int side, int channels, float[] weight, int outputs, float[] bias, int kernel, int stride, int dilation, int top, int left, int size, bool isDepthwise)
    {
        double[] y = new double[size * size * outputs];
        for (int at = 0; at < y.Length; at++)
        {
            (int row, int column, int o) = (at / outputs / size, at / outputs % size, at % outputs);
            y[at] = bias[o];
            for (int u = 0; u < kernel; u++)
            {
                for (int v = 0; v < kernel; v++)
                {
                    int i = (row * stride) + (u * dilation) - top, j = (column * stride) + (v * dilation) - left;
                    if (i < 0 || i >= side || j < 0 || j >= side) continue;
                    for (int c = 0; c < channels; c++)
                    {
                        if (isDepthwise && c != o) continue;
                        y[at] += x[(((i * side) + j) * channels) + c] * weight[isDepthwise ? (((u * kernel) + v) * outputs) + o : (((((o * kernel) + u) * kernel) + v) * channels) + c];
                    }
                }
            }
        }

        return y;
    }

    /// <summary>What a function makes of each 3x3 window of 3 channels, those beyond the border left out.</summary>
    private static double[] Windows(double[] x, int side, int size, int stride, int before, int channels, Func<IEnumerable<double>, double> function) =>
    [
        .. Enumerable.Range(0, size * size * channels).Select(at => function(
            from u in Enumerable.Range(0, 3)
            from v in Enumerable.Range(0, 3)
            let i = (at / channels / size * stride) + u - before
            let j = (at / channels % size * stride) + v - before
            where i >= 0 && i < side && j >= 0 && j < side
            select x[(((i * side) + j) * channels) + (at % channels)])),
    ];
}
