using Graft.Formats;
using Graft.Lite.Reading;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Lite.Tests.Reading;

/// <summary>Networks of whole numbers, against what <see cref="IntegerKernels"/> computes.</summary>
public sealed class QuantizedNetworkTests
{
    public static TheoryData<string, bool, int, int> Kinds => new()
    {
        // Which layers have bytes for weights: all, where whole numbers from -127 to 127 hold them.
        { "UInt8", false, 128, 7 },
        { "UInt8", false, 141, 0 },
        { "Int8", false, 0, 7 },
        { "Int8", true, 0, 7 },
    };

    /// <summary>Each step of the network gives the whole numbers that the kernels give of what it takes, but for a few that are one off: those round twice, and a middle between two numbers another way.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void EachValueIsTheNumberOfTheFile(string type, bool isPerChannel, int weightZero, int layersOfBytes)
    {
        QuantizedLite made = new(new QuantizedKind(Enum.Parse<LiteType>(type), isPerChannel, weightZero));
        Dictionary<int, WholeValue> actual = new() { [made.Source.Tensor] = made.Source.Value };
        int off = 0, count = 0;
        foreach (QuantizedStep step in made.Steps)
        {
            LiteNetwork network = made.Network.Clone();
            network.Outputs = [step.Tensor];
            WholeValue expected = step.Compute([.. step.Inputs.Select(input => actual[input])]), value = QuantizedLite.Whole(LiteModel.Run(network.Import().Model, made.Image), expected);
            actual.Add(step.Tensor, value);
            string name = made.Network.Tensors[step.Tensor].Name;
            Assert.Equal(expected.Values.Length, value.Values.Length);

            // The ranges are used, so that equal numbers say something.
            Assert.True(expected.Values.Distinct().Count() > Math.Min(20, expected.Values.Length / 3), $"{name}: {string.Join(' ', expected.Values.Take(20))}");
            for (int i = 0; i < value.Values.Length; i++)
            {
                int apart = Math.Abs(value.Values[i] - expected.Values[i]);
                Assert.True(apart <= 1, $"{name}, {i}: {value.Values[i]}, not {expected.Values[i]}");
                off += apart;
            }

            count += value.Values.Length;
        }

        Assert.True(off <= count / 100, $"{off} of {count} numbers are one step off.");
        LiteImport import = made.Network.Import();
        Assert.Equal(layersOfBytes, import.Model.Network.Graph.Nodes.Count(node => node.Operation is Conv2d { QuantizeWeight: true } or Dense { QuantizeWeight: true }));
        Assert.Equal(layersOfBytes == 0, import.Report.Notes.Any(note => note.StartsWith("7 layers of 7 have weights that whole numbers from -127 to 127 do not hold: they compute with the same numbers in float32.", StringComparison.Ordinal)));
    }

    /// <summary>Class scores are not rounded: they are near those of the kernels from the image on, which are.</summary>
    [Theory]
    [InlineData("UInt8", false, 128)]
    [InlineData("UInt8", false, 141)]
    [InlineData("Int8", true, 0)]
    public void ScoresAreThoseOfTheFile(string type, bool isPerChannel, int weightZero)
    {
        QuantizedLite made = new(new QuantizedKind(Enum.Parse<LiteType>(type), isPerChannel, weightZero));
        Model model = made.Network.Import().Model;
        Assert.Equal([ClassifierHead.Features, ClassifierHead.Logits], model.Network.Graph.Outputs.Select(output => output.Name));
        float[] scores = LiteModel.Run(model, made.Image);
        double[] expected = [.. made.Logits.Values.Select(q => made.Logits.Scale * (q - made.Logits.Zero))];
        Assert.True(made.Logits.Values.Max() - made.Logits.Values.Min() > 150);
        for (int c = 0; c < scores.Length; c++) Assert.InRange(scores[c] - expected[c], -4 * made.Logits.Scale, 4 * made.Logits.Scale);
    }

    /// <summary>All layers of bytes: numbers that reach further are rounded, which is said, and the scores stay close.</summary>
    [Fact]
    public void WideWeightsAreRoundedWhereThatIsWanted()
    {
        QuantizedLite made = new(new QuantizedKind(LiteType.UInt8, false, 141));
        LiteImport import = made.Network.Import(new LiteImportOptions { Weights = LiteWeights.Bytes });
        Assert.Equal(7, import.Model.Network.Graph.Nodes.Count(node => node.Operation is Conv2d { QuantizeWeight: true } or Dense { QuantizeWeight: true }));
        Assert.Contains(import.Report.Notes, note => note.Contains("outputs of 7 layers were rounded to a larger scale: their weights reach further than 127."));
        float[] exact = LiteModel.Run(made.Network.Import().Model, made.Image), rounded = LiteModel.Run(import.Model, made.Image);
        double size = Math.Sqrt(exact.Average(x => x * x)), error = Math.Sqrt(exact.Zip(rounded, (a, b) => (a - b) * (a - b)).Average());
        Assert.InRange(error / size, 1e-6, 0.1);
    }

    /// <summary>A network to be trained: no rounding, float32 weights of the same numbers, and ranges that cut off are activations.</summary>
    [Fact]
    public void AFloatNetworkIsCloseAndHasActivations()
    {
        QuantizedLite made = new(new QuantizedKind(LiteType.UInt8, false, 141));

        // Converters may leave the activation to the range.
        LiteNetwork network = made.Network.Clone();
        for (int i = 0; i < network.Operators.Count; i++)
        {
            OperatorPart op = network.Operators[i];
            if (op.Options is not null) network.Operators[i] = op with { Options = new FlatNode([.. op.Options.Fields.Select(field => field.Value is (sbyte)3 ? (field.Id, (sbyte)0) : field)]) };
        }

        LiteImport import = network.Import(new LiteImportOptions { Weights = LiteWeights.Float });
        Assert.DoesNotContain(import.Model.Network.Graph.Nodes, node => node.Operation is FakeQuantize or Conv2d { QuantizeWeight: true } or Dense { QuantizeWeight: true });
        Assert.Equal(4, import.Model.Network.Graph.Nodes.Count(node => node.Operation is Activation { Function.Name: "relu6" }));
        Assert.Contains("The weights of 7 layers of 8 bits are float32 here, and values are not rounded.", import.Report.Notes);
        float[] exact = LiteModel.Run(made.Network.Import().Model, made.Image), floats = LiteModel.Run(import.Model, made.Image);
        double size = Math.Sqrt(exact.Average(x => x * x)), error = Math.Sqrt(exact.Zip(floats, (a, b) => (a - b) * (a - b)).Average());
        Assert.InRange(error / size, 1e-6, 0.15);
    }

    /// <summary>Bytes of an image are the bytes of the input, whatever they stand for.</summary>
    [Theory]
    [InlineData(1 / 127.5f, 127, 127 / 255f, 0.5f)]
    [InlineData(0.0078125f, 128, 128 / 255f, 128 / 255f)]
    [InlineData(1 / 255f, 0, 0, 1)]
    public void PreprocessingFollowsFromTheInput(float scale, int zero, float mean, float deviation)
    {
        QuantizedLite made = new(new QuantizedKind(LiteType.UInt8, false));
        LiteNetwork network = made.Network.Clone();
        network.Tensors[0] = network.Tensors[0] with { Scales = [scale], ZeroPoints = [zero] };
        LiteImport import = network.Import();
        Assert.False(import.Report.AssumesPreprocessing);
        Assert.Equal(QuantizedLite.Side, import.Model.Preprocessing.Resolution);
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(mean, import.Model.Preprocessing.Mean[c], 1e-6f);
            Assert.Equal(deviation, import.Model.Preprocessing.StandardDeviation[c], 1e-6f);
        }
    }

    /// <summary>What stands before a network of int8, a change from bytes without a sign to those with one, changes no number.</summary>
    [Fact]
    public void AnotherSignIsTheSameNumber()
    {
        QuantizedLite made = new(new QuantizedKind(LiteType.Int8, true));
        LiteNetwork network = made.Network.Clone();
        int pixels = network.Tensor(network.Tensors[0] with { Name = "pixels", Type = LiteType.UInt8, ZeroPoints = [network.Tensors[0].ZeroPoints![0] + 128] });
        network.Operators.Insert(0, new OperatorPart(LiteNetwork.Quantize, [pixels], [network.Inputs[0]], null));
        network.Inputs = [pixels];
        LiteImport import = network.Import();
        Assert.Equal(LiteModel.Run(made.Network.Import().Model, made.Image), LiteModel.Run(import.Model, made.Image));
        Assert.Equal(made.Network.Import().Model.Network.Graph.Nodes.Length, import.Model.Network.Graph.Nodes.Length);
    }

    /// <summary>The model is the same after it was kept in a file.</summary>
    [Fact]
    public void AModelIsTheSameFromAFile()
    {
        QuantizedLite made = new(new QuantizedKind(LiteType.Int8, true));
        Model model = made.Network.Import().Model;
        using MemoryStream stream = new();
        model.Save(stream);
        stream.Position = 0;
        Assert.Equal(LiteModel.Run(model, made.Image), LiteModel.Run(Model.Load(stream), made.Image));
    }
}
