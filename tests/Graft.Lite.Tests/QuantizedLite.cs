using Graft.Lite.Reading;

namespace Graft.Lite.Tests;

/// <summary>Which whole numbers a network has.</summary>
/// <param name="Type">Of values and weights.</param>
/// <param name="IsPerChannel">Whether each output has a scale of its own.</param>
/// <param name="WeightZero">The zero point of weights of uint8.</param>
internal sealed record QuantizedKind(LiteType Type, bool IsPerChannel, int WeightZero = 128);

/// <summary>A step of a network.</summary>
/// <param name="Tensor">The value that it gives.</param>
/// <param name="Inputs">Those that it takes.</param>
/// <param name="Compute">What it gives for given ones.</param>
internal sealed record QuantizedStep(int Tensor, int[] Inputs, Func<WholeValue[], WholeValue> Compute);

/// <summary>A quantized classifier with random numbers, written as a file and computed in whole numbers beside it: convolution, depthwise convolution, residual sum, mean over the image, dense layer, softmax.</summary>
internal sealed class QuantizedLite
{
    public const int Side = 11, Classes = 7;

    private readonly Random random;
    private readonly QuantizedKind kind;
    private readonly int low, high;

    public QuantizedLite(QuantizedKind kind, int seed = 1)
    {
        (this.kind, random) = (kind, new Random(seed));
        (low, high) = kind.Type == LiteType.UInt8 ? (0, 255) : (-128, 127);
        Pixels = [.. Enumerable.Range(0, Side * Side * 3).Select(_ => random.Next(256))];
        WholeValue image = new(Side, Side, 3, [.. Pixels.Select(pixel => pixel + low)], 1 / 128.0, 128 + low, low, high);
        Source = (Network.Tensor(Part("image", image)), image);
        Network.Inputs = [Source.Tensor];
        (int Tensor, WholeValue Value) value = Source;
        value = Layer("stem", LiteNetwork.Convolution, value, 8, 3, 2, isCut: true);
        (int Tensor, WholeValue Value) shortcut = Layer("project", LiteNetwork.Convolution, value, 6, 1, 1, isCut: false);
        value = Layer("expand", LiteNetwork.Convolution, shortcut, 16, 1, 1, isCut: true);
        value = Layer("depthwise", LiteNetwork.Depthwise, value, 16, 3, 1, isCut: true);
        value = Layer("linear", LiteNetwork.Convolution, value, 6, 1, 1, isCut: false);
        value = Sum("sum", value, shortcut);
        value = Layer("head", LiteNetwork.Convolution, value, 12, 3, 1, isCut: true);
        WholeValue pooled = IntegerKernels.Pool(value.Value);
        value = Step(Network.Operator(LiteNetwork.AveragePool, [value.Tensor], Part("pool", pooled), (0, (sbyte)1), (1, 1), (2, 1), (3, 6), (4, 6)), [value], inputs => IntegerKernels.Pool(inputs[0]));
        value = Dense(value);
        Logits = value.Value;
        WholeValue probabilities = new(1, 1, Classes, new int[Classes], 1 / 256.0, low, low, high);
        int softmax = Network.Operator(LiteNetwork.Softmax, [value.Tensor], Part("probabilities", probabilities) with { Shape = [1, Classes] }, (0, 1f));
        Network.Outputs = [softmax];
    }

    /// <summary>The file.</summary>
    public LiteNetwork Network { get; } = new();

    /// <summary>The bytes of the image.</summary>
    public int[] Pixels { get; }

    /// <summary>The image's values as they enter the network: what its bytes stand for.</summary>
    public float[] Image => [.. Pixels.Select(pixel => (pixel - 128) / 128f)];

    /// <summary>The image as whole numbers, and its tensor.</summary>
    public (int Tensor, WholeValue Value) Source { get; }

    /// <summary>Each step, by <see cref="IntegerKernels"/>.</summary>
    public List<QuantizedStep> Steps { get; } = [];

    /// <summary>The class scores, as the kernels give them from the image on.</summary>
    public WholeValue Logits { get; }

    /// <summary>The numbers of a value that Graft computed, as the file's whole numbers.</summary>
    public static WholeValue Whole(float[] numbers, WholeValue kind) => kind with { Values = [.. numbers.Select(number => (int)Math.Round(number / kind.Scale) + kind.Zero)] };

    private (int Tensor, WholeValue Value) Layer(string name, int code, (int Tensor, WholeValue Value) input, int outputs, int kernel, int stride, bool isCut)
    {
        bool isDepthwise = code == LiteNetwork.Depthwise;
        WholeWeights weights = Weights(input.Value, outputs, isDepthwise ? 1 : input.Value.Channels, kernel, isDepthwise);

        // A range that holds most of what comes out.
        WholeValue fine = IntegerKernels.Convolve(input.Value with { Low = -1 << 28, High = 1 << 28 }, weights, stride, 1e-3, 0, null);
        double scale = (float)(isCut ? 6 / 255.0 : 1e-3 * 0.9 * (fine.Values.Max() - fine.Values.Min()) / 255);
        int zero = isCut ? low : low + (int)Math.Round(-1e-3 * 0.9 * fine.Values.Min() / scale);
        WholeValue Compute(WholeValue[] inputs) => IntegerKernels.Convolve(inputs[0], weights, stride, scale, Math.Clamp(zero, low, high), isCut ? 6 : null);
        WholeValue value = Compute([input.Value]);
        int[] shape = isDepthwise ? [1, kernel, kernel, outputs] : [outputs, kernel, kernel, input.Value.Channels];
        int weight = Network.Tensor(WeightPart($"{name}/weights", shape, weights, isDepthwise ? 3 : 0)), bias = Network.Ints($"{name}/bias", [outputs], weights.Bias);
        (int, object?)[] options = isDepthwise ? [(0, (sbyte)0), (1, stride), (2, stride), (3, 1), (4, (sbyte)(isCut ? 3 : 0))] : [(0, (sbyte)0), (1, stride), (2, stride), (3, (sbyte)(isCut ? 3 : 0))];
        return Step(Network.Operator(code, [input.Tensor, weight, bias], Part(name, value), options), [input], Compute);
    }

    private (int Tensor, WholeValue Value) Sum(string name, (int Tensor, WholeValue Value) left, (int Tensor, WholeValue Value) right)
    {
        float scale = (float)(1.3 * Math.Max(left.Value.Scale, right.Value.Scale));
        WholeValue Compute(WholeValue[] inputs) => IntegerKernels.Sum(inputs[0], inputs[1], scale, low + 120);
        return Step(Network.Operator(LiteNetwork.AddCode, [left.Tensor, right.Tensor], Part(name, Compute([left.Value, right.Value])), (0, (sbyte)0)), [left, right], Compute);
    }

    private (int Tensor, WholeValue Value) Dense((int Tensor, WholeValue Value) input)
    {
        WholeWeights weights = Weights(input.Value, Classes, input.Value.Channels, 1, isDepthwise: false);
        int[] fine = IntegerKernels.Convolve(input.Value with { Low = -1 << 28, High = 1 << 28 }, weights, 1, 1e-3, 0, null).Values;
        float scale = 1.1e-3f * (fine.Max() - fine.Min()) / 255;
        WholeValue value = IntegerKernels.Convolve(input.Value, weights, 1, scale, low + Math.Clamp((int)Math.Round(-1.05e-3 * fine.Min() / scale), 0, 255), null);
        int weight = Network.Tensor(WeightPart("classes/weights", [Classes, input.Value.Channels], weights, 0)), bias = Network.Ints("classes/bias", [Classes], weights.Bias);
        return (Network.Operator(LiteNetwork.FullyConnected, [input.Tensor, weight, bias], Part("classes", value) with { Shape = [1, Classes] }, (0, (sbyte)0)), value);
    }

    private (int Tensor, WholeValue Value) Step(int tensor, (int Tensor, WholeValue Value)[] inputs, Func<WholeValue[], WholeValue> compute)
    {
        Steps.Add(new QuantizedStep(tensor, [.. inputs.Select(input => input.Tensor)], compute));
        return (tensor, compute([.. inputs.Select(input => input.Value)]));
    }

    // Such that what comes out is about as large as what goes in.
    private WholeWeights Weights(WholeValue input, int outputs, int inputs, int kernel, bool isDepthwise)
    {
        int zero = kind.Type == LiteType.UInt8 ? kind.WeightZero : 0, count = outputs * inputs * kernel * kernel;
        int[] values = [.. Enumerable.Range(0, count).Select(_ => kind.Type == LiteType.UInt8 ? random.Next(1, 256) : random.Next(-127, 128))];
        double size = 3 / (75 * Math.Sqrt(inputs * kernel * kernel));
        double[] scales = [.. Enumerable.Range(0, outputs).Select(_ => (float)(size * (kind.IsPerChannel ? 0.5 + random.NextDouble() : 1)))];
        int[] bias = [.. scales.Select(scale => (int)(((2 * random.NextDouble()) - 0.7) / (input.Scale * scale)))];
        return new WholeWeights(outputs, inputs, kernel, isDepthwise, values, scales, [.. Enumerable.Repeat(zero, outputs)], bias);
    }

    private TensorPart Part(string name, WholeValue value) =>
        new(name, [1, value.Height, value.Width, value.Channels], kind.Type) { Scales = [(float)value.Scale], ZeroPoints = [value.Zero] };

    private TensorPart WeightPart(string name, int[] shape, WholeWeights weights, int axis) => new(name, shape, kind.Type)
    {
        Data = [.. weights.Values.Select(value => (byte)value)],
        Scales = [.. (kind.IsPerChannel ? weights.Scales : weights.Scales[..1]).Select(scale => (float)scale)],
        ZeroPoints = [.. (kind.IsPerChannel ? weights.Zeros : weights.Zeros[..1]).Select(zero => (long)zero)],
        Axis = axis,
    };
}
