using Graft.Formats;
using Graft.Lite.Reading;

namespace Graft.Lite.Tests.Reading;

public class FuzzTests
{
    private const int Rounds = 3000;

    private static readonly LiteWeights[] Weights = [LiteWeights.Exact, LiteWeights.Bytes, LiteWeights.Float];

    /// <summary>Whatever bytes are changed, the answer is a model or a <see cref="WeightFileException"/>, and memory stays within a multiple of the file.</summary>
    [Fact]
    public void DamagedFilesGiveErrorsAndTakeLittleMemory()
    {
        byte[][] seeds =
        [
            new QuantizedLite(new QuantizedKind(LiteType.UInt8, false, 141)).Network.Write(),
            new QuantizedLite(new QuantizedKind(LiteType.Int8, true)).Network.Write(),
            MetadataTests.WithLabels("a\nb\nc\nd\ne\nf\ng", fromTheBeginning: true),
        ];
        Mutator damage = new(1);
        int read = 0, refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] file = damage.Overwritten(seeds[round % seeds.Length]);
            if (round % 10 == 9) file = file[..damage.Next(file.Length)];
            if (TryImport(file, Weights[damage.Next(3)])) read++;
            else refused++;
        }

        Assert.True(read > Rounds / 50 && refused > Rounds / 10, $"{read} were read and {refused} refused.");
    }

    /// <summary>The same for files that are well formed as tables, and wrong as networks.</summary>
    [Fact]
    public void StrangeGraphsGiveErrorsAndTakeLittleMemory()
    {
        LiteNetwork[] seeds = [new QuantizedLite(new QuantizedKind(LiteType.UInt8, false)).Network, new QuantizedLite(new QuantizedKind(LiteType.Int8, true)).Network];
        int[] extremes = [0, 1, -1, 2, 3, 4, 255, 4096, 1 << 24, int.MaxValue, int.MinValue];
        float[] scales = [0, -1, 1e-38f, 1e30f, float.NaN, float.NegativeInfinity, 1];
        Random random = new(2);
        int read = 0, refused = 0;
        for (int round = 0; round < Rounds / 2; round++)
        {
            LiteNetwork network = seeds[round % seeds.Length].Clone();
            for (int i = random.Next(1, 4); i > 0; i--) Change(network);
            if (TryImport(network.Write(), Weights[random.Next(3)])) read++;
            else refused++;
        }

        Assert.True(read > Rounds / 100 && refused > Rounds / 20, $"{read} were read and {refused} refused.");

        void Change(LiteNetwork network)
        {
            int op = random.Next(network.Operators.Count), tensor = random.Next(network.Tensors.Count), extreme = extremes[random.Next(extremes.Length)];
            OperatorPart changed = network.Operators[op];
            TensorPart part = network.Tensors[tensor];
            switch (random.Next(10))
            {
                case 0:
                    network.Operators[op] = changed with { Code = random.Next(2) == 0 ? network.Operators[random.Next(network.Operators.Count)].Code : random.Next(160) };
                    break;
                case 1:
                    network.Operators[op] = changed with { Inputs = [.. changed.Inputs.Select(input => random.Next(2) == 0 ? tensor : input)] };
                    break;
                case 2:
                    network.Operators[op] = changed with { Outputs = [random.Next(2) == 0 ? tensor : extreme] };
                    break;
                case 3 when changed.Options is not null:
                    network.Operators[op] = changed with { Options = new FlatNode([.. changed.Options.Fields.Select(field => random.Next(3) > 0 ? field : (field.Id, field.Value is int ? extreme : (sbyte)extreme))]) };
                    break;
                case 4 when part.Shape.Length > 0:
                    int[] shape = [.. part.Shape];
                    shape[random.Next(shape.Length)] = extreme;
                    network.Tensors[tensor] = part with { Shape = shape };
                    break;
                case 5:
                    network.Tensors[tensor] = part with { Type = (LiteType)random.Next(12) };
                    break;
                case 6:
                    network.Tensors[tensor] = part with { Scales = [.. Enumerable.Range(0, random.Next(9)).Select(_ => scales[random.Next(scales.Length)])], ZeroPoints = [.. Enumerable.Range(0, random.Next(9)).Select(_ => (long)extreme)] };
                    break;
                case 7:
                    network.Tensors[tensor] = part with { Data = part.Data is { Length: > 1 } data ? data[..(data.Length / 2)] : [1, 2, 3, 4] };
                    break;
                case 8:
                    (network.Inputs, network.Outputs) = (random.Next(2) == 0 ? [tensor] : network.Inputs, [random.Next(3) == 0 ? extreme : tensor]);
                    break;
                default:
                    network.Operators.Insert(random.Next(op + 1), changed);
                    break;
            }
        }
    }

    /// <summary>Many operators that each take the same weights anew would be many times the file.</summary>
    [Fact]
    public void SharedWeightsAreCounted()
    {
        LiteNetwork network = new();
        int value = network.Tensor(new TensorPart("image", [1, 1, 1, 256], LiteType.Float32));
        network.Inputs = [value];
        int weight = network.Floats("weight", [256, 1, 1, 256], new float[256 * 256]);
        for (int i = 0; i < 1000; i++) value = network.Operator(LiteNetwork.Convolution, [value, weight], new TensorPart($"{i}", [1, 1, 1, 256], LiteType.Float32), (0, (sbyte)0), (1, 1), (2, 1));
        network.Outputs = [value];
        Assert.Contains("the file's operators use its numbers so often that they would take many times its size.", Assert.Throws<WeightFileException>(() => network.Import()).Message);
    }

    private static bool TryImport(byte[] file, LiteWeights weights)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            LiteImporter.Import(file, "fuzz.tflite", new LiteImportOptions { Weights = weights });
            return true;
        }
        catch (WeightFileException)
        {
            return false;
        }
        finally
        {
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < (32L * file.Length) + (4 << 20), $"{taken} bytes for a file of {file.Length}.");
        }
    }
}
