using Graft.Kernels.Quantization;
using Graft.Lite.Reading;
using Graft.Operations;

namespace Graft.Lite.Tests.Reading;

/// <summary>Where TensorFlow Lite's whole numbers are others than the nearest of what the numbers of the file give.</summary>
public sealed class RoundingTests
{
    /// <summary>Means of whole numbers go from a half away from 0, up and down, and from beside it to the nearest.</summary>
    [Theory]
    [InlineData("UInt8", 0)]
    [InlineData("UInt8", 100)]
    [InlineData("Int8", 0)]
    [InlineData("Int8", -128)]
    [InlineData("Int8", 17)]
    public void HalfAMeanGoesAwayFromZero(string type, int zero)
    {
        const int Side = 4;
        int low = type == "Int8" ? -128 : 0;

        // Sums of 16 pixels, in 16ths: around halves between an even number and an odd one, both ways.
        int[] means = type == "Int8" ? [168, 184, 183, 185, -168, -184, -183, -185, 8, -8, 2031, -2040] : [168, 184, 183, 185, 8, 7, 9, 4071, 4072, 2040, 2056, 24];
        WholeValue image = new(Side, Side, means.Length, [.. Enumerable.Range(0, Side * Side).SelectMany(p => means.Select(sum => Pixel(sum, p)))], 0.0234f, zero, low, low + 255);
        LiteNetwork network = new();
        TensorPart part = new("image", [1, Side, Side, means.Length], Enum.Parse<LiteType>(type)) { Scales = [(float)image.Scale], ZeroPoints = [zero] };
        network.Inputs = [network.Tensor(part)];
        network.Outputs = [network.Operator(LiteNetwork.AveragePool, network.Inputs, part with { Name = "pool", Shape = [1, 1, 1, means.Length] }, (0, (sbyte)1), (1, 1), (2, 1), (3, Side), (4, Side))];
        WholeValue expected = IntegerKernels.Pool(image);
        Assert.Equal([11, 12, 11, 12], expected.Values[..4]);
        float[] numbers = [.. image.Values.Select(q => (float)((q - zero) * image.Scale))];
        Assert.Equal(expected.Values, QuantizedLite.Whole(LiteModel.Run(network.Import().Model, numbers), expected).Values);

        // In a network to be trained it is the mean.
        LiteImport floats = network.Import(new LiteImportOptions { Weights = LiteWeights.Float });
        Assert.IsType<GlobalAveragePool>(Assert.Single(floats.Model.Network.Graph.Nodes).Operation);
        Assert.Equal(means.Select(sum => (sum / 16.0) - zero), LiteModel.Run(floats.Model, numbers).Select(number => number / image.Scale), (a, b) => Math.Abs(a - b) < 1e-4);

        static int Pixel(int sum, int p) => (sum >= 0 ? sum / 16 : -(-sum / 16)) + (p < Math.Abs(sum) % 16 ? Math.Sign(sum) : 0);
    }

    /// <summary>Windows that the border cuts off have means of 4 and 6 pixels, whose halves go up, too.</summary>
    [Fact]
    public void HalfAMeanAtABorderGoesAwayFromZero()
    {
        const int Side = 5, Channels = 4;
        int[] pixels = [.. Enumerable.Range(0, Side * Side * Channels).Select(i => i * 37 % 23)];
        LiteNetwork network = new();
        TensorPart part = new("image", [1, Side, Side, Channels], LiteType.UInt8) { Scales = [0.5f], ZeroPoints = [0] };
        network.Inputs = [network.Tensor(part)];
        network.Outputs = [network.Operator(LiteNetwork.AveragePool, network.Inputs, part with { Name = "pool" }, (0, (sbyte)0), (1, 1), (2, 1), (3, 3), (4, 3))];
        int halves = 0;
        int[] expected = [.. Enumerable.Range(0, pixels.Length).Select(i =>
        {
            (int row, int column, int c) = (i / Channels / Side, i / Channels % Side, i % Channels);
            int[] window = [.. from y in Enumerable.Range(row - 1, 3) from x in Enumerable.Range(column - 1, 3) where y is >= 0 and < Side && x is >= 0 and < Side select pixels[(((y * Side) + x) * Channels) + c]];
            if (2 * window.Sum() % (2 * window.Length) == window.Length) halves++;
            return (window.Sum() + (window.Length / 2)) / window.Length;
        })];
        Assert.True(halves > 5);
        Assert.Equal(expected, LiteModel.Run(network.Import().Model, [.. pixels.Select(q => q * 0.5f)]).Select(y => (int)Math.Round(y / 0.5)));
    }

    /// <summary>HARD_SWISH of bytes is what the kernel's numbers of 16 bits make of it, also where another byte is nearer. Grids and bytes are MobileNetV3's, as LiteRT 2.5.3 computes them.</summary>
    [Theory]
    [InlineData(0.49307096f, 130, 0.22009954f, 2, new[] { 128, 1, 232, 230 })]
    [InlineData(0.28514618f, 140, 0.12235224f, 3, new[] { 137, 0, 196, 133, 199, 140 })]
    [InlineData(0.23463939f, 104, 0.12419515f, 3, new[] { 107, 7 })]
    [InlineData(0.39225236f, 151, 0.1462431f, 2, new[] { 162, 31, 184, 90 })]
    [InlineData(0.29207262f, 99, 0.17332385f, 2, new int[0])]
    public void HardSwishIsTheKernels(float scale, int zero, float outScale, int outZero, int[] recorded)
    {
        byte[] table = HardSwishBytes.Of(new ByteGrid(scale, zero), new ByteGrid(outScale, outZero))!;
        for (int i = 0; i < recorded.Length; i += 2) Assert.Equal((recorded[i], recorded[i + 1]), (recorded[i], table[recorded[i]]));
        LiteNetwork network = new();
        network.Inputs = [network.Tensor(Image("image", scale, zero))];
        network.Outputs = [network.Operator(LiteNetwork.HardSwish, network.Inputs, Image("swish", outScale, outZero))];
        float[] numbers = [.. Enumerable.Range(0, 256).Select(q => (q - zero) * scale)];
        byte[] nearest = [.. numbers.Select(x => new ByteGrid(outScale, outZero).Of(x * Math.Clamp(x + 3, 0, 6) / 6))];
        int[] others = [.. Enumerable.Range(0, 256).Where(q => nearest[q] != table[q])];
        Assert.Equal(recorded.Length / 2, others.Length);
        Assert.All(others, q => Assert.Contains(q, recorded));
        Assert.Equal(table.Select(q => (int)q), LiteModel.Run(network.Import().Model, numbers).Select(y => (int)Math.Round(y / outScale) + outZero));

        // In a network to be trained it is the function alone.
        Assert.Single(network.Import(new LiteImportOptions { Weights = LiteWeights.Float }).Model.Network.Graph.Nodes);
    }

    /// <summary>Grids that no kernel computes with are read as the function.</summary>
    [Theory]
    [InlineData(1e-30f, 1e30f)]
    [InlineData(1e30f, 1e-30f)]
    [InlineData(1f, 1e-6f)]
    public void StrangeGridsHaveNoTable(float scale, float outScale) => Assert.Null(HardSwishBytes.Fit(new ByteGrid(scale, 128), new ByteGrid(outScale, 0)));

    /// <summary>A gate that is written as a sum and a product, as MobileNetV3's are, rounds the sum first: each byte of it is what the two roundings make of it.</summary>
    [Theory]
    [InlineData(LiteWeights.Exact)]
    [InlineData(LiteWeights.Bytes)]
    public void AGateRoundsItsSumFirst(LiteWeights weights)
    {
        const float Step = 0.04489157f, SumStep = 0.0234633f, GateStep = 0.0038995966f, Three = 3f / 255, Sixth = 1f / 6 / 255;
        const int Zero = 129;
        LiteNetwork network = new();
        network.Inputs = [network.Tensor(Image("image", Step, Zero))];
        int three = network.Tensor(new TensorPart("three", [1], LiteType.UInt8) { Data = [255], Scales = [Three], ZeroPoints = [0] });
        int sixth = network.Tensor(new TensorPart("sixth", [1], LiteType.UInt8) { Data = [255], Scales = [Sixth], ZeroPoints = [0] });
        int sum = network.Operator(LiteNetwork.AddCode, [network.Inputs[0], three], Image("sum", SumStep, 0), (0, (sbyte)3));
        network.Outputs = [network.Operator(LiteNetwork.Multiply, [sum, sixth], Image("gate", GateStep, 0), (0, (sbyte)0))];
        float[] gates = LiteModel.Run(network.Import(new LiteImportOptions { Weights = weights }).Model, [.. Enumerable.Range(0, 256).Select(q => (q - Zero) * Step)]);
        int[] twice = new int[256], once = new int[256];
        for (int q = 0; q < 256; q++)
        {
            double x = (q - Zero) * (double)Step, cut = Math.Clamp(Math.Round((x + 3) / SumStep), 0, Math.Round(6 / SumStep));
            (twice[q], once[q]) = (Byte(cut * SumStep / 6), Byte(Math.Clamp(x + 3, 0, 6) / 6));
        }

        Assert.Equal(twice, gates.Select(gate => (int)Math.Round(gate / GateStep)));
        Assert.InRange(twice.Zip(once).Count(pair => pair.First != pair.Second), 1, 60);

        static int Byte(double gate) => (int)Math.Clamp(Math.Round(gate / GateStep), 0, 255);
    }

    // A pixel for each byte.
    private static TensorPart Image(string name, float scale, int zero) => new(name, [1, 16, 16, 1], LiteType.UInt8) { Scales = [scale], ZeroPoints = [zero] };
}
