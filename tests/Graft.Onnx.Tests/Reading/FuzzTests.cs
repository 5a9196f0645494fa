using Graft.Models;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Onnx.Tests.Reading;

public class FuzzTests
{
    private const int Rounds = 3000;

    /// <summary>Whatever bytes are changed, the answer is a model or an <see cref="OnnxException"/>, and memory stays within a multiple of the file.</summary>
    [Fact]
    public void DamagedFilesGiveErrorsAndTakeLittleMemory()
    {
        byte[][] seeds =
        [
            OnnxFile.Export(new Model(TestNetworks.WithTestWeights(MobileNetV1.Trunk(new TrunkOptions { Width = 0.01, Resolution = 32 }).WithHead(3))), new OnnxExportOptions { IncludeProbabilities = true }),
            OnnxFile.Export(OnnxFile.Single(new Resize(9, 7, ResizeMode.Bilinear), 5, 5), new OnnxExportOptions { Layout = ImageLayout.Nhwc, IncludeNormalization = true }),
            File.ReadAllBytes(Fixture.Path("Reading", "mixed.onnx")),
            QuantizationReaderTests.Static(isSigned: true, isPerChannel: true).Bytes,
            OnnxFile.Export(new Model(QuantizedNetworks.Of(TestNetworks.WithTestWeights(MobileNetV1.Trunk(new TrunkOptions { Width = 0.01, Resolution = 32 }).WithHead(3))))),
        ];
        Random random = new(1);
        int read = 0, refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] file = [.. seeds[round % seeds.Length]];
            int changes = 1 << random.Next(5);
            for (int i = 0; i < changes; i++)
            {
                int at = random.Next(file.Length);
                switch (random.Next(4))
                {
                    case 0:
                        file[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        file[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 2:
                        file.AsSpan(at, Math.Min(random.Next(1, 12), file.Length - at)).Fill(0xFF);
                        break;
                    default:
                        int length = Math.Min(random.Next(1, 64), file.Length - at);
                        file.AsSpan(random.Next(file.Length - length + 1), length).CopyTo(file.AsSpan(at));
                        break;
                }
            }

            if (TryImport(file)) read++;
            else refused++;
        }

        Assert.True(read > Rounds / 50 && refused > Rounds / 10, $"{read} were read and {refused} refused.");
    }

    /// <summary>The same for files that are well formed as protocol buffers, and wrong as networks.</summary>
    [Fact]
    public void StrangeGraphsGiveErrorsAndTakeLittleMemory()
    {
        ModelProto[] seeds = [QuantizationReaderTests.Static(isSigned: false, isPerChannel: true).Proto, .. new[] { "mixed", "mobilenet_v3_opset11", "resnet_basic" }.Select(name => ModelProto.Parser.ParseFrom(File.ReadAllBytes(Fixture.Path("Reading", $"{name}.onnx"))))];
        long[] extremes = [0, 1, -1, 2, 3, 4, 255, 4096, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1L << 32];
        Random random = new(2);
        int read = 0, refused = 0;
        for (int round = 0; round < Rounds / 2; round++)
        {
            ModelProto proto = seeds[round % seeds.Length].Clone();
            for (int i = random.Next(1, 4); i > 0; i--) Change(proto.Graph);
            if (TryImport(Google.Protobuf.MessageExtensions.ToByteArray(proto))) read++;
            else refused++;
        }

        Assert.True(read > Rounds / 100 && refused > Rounds / 20, $"{read} were read and {refused} refused.");

        void Change(GraphProto graph)
        {
            NodeProto node = graph.Node[random.Next(graph.Node.Count)];
            TensorProto tensor = graph.Initializer[random.Next(graph.Initializer.Count)];
            long extreme = extremes[random.Next(extremes.Length)];
            switch (random.Next(8))
            {
                case 0:
                    node.OpType = graph.Node[random.Next(graph.Node.Count)].OpType;
                    break;
                case 1 when node.Input.Count > 0:
                    node.Input[random.Next(node.Input.Count)] = graph.Node[random.Next(graph.Node.Count)].Output[0];
                    break;
                case 2 when node.Input.Count > 0:
                    node.Input[random.Next(node.Input.Count)] = tensor.Name;
                    break;
                case 3 when node.Attribute.Count > 0:
                    AttributeProto attribute = node.Attribute[random.Next(node.Attribute.Count)];
                    attribute.I = extreme;
                    attribute.F = random.Next(3) switch { 0 => float.NaN, 1 => float.NegativeInfinity, _ => extreme };
                    if (attribute.Ints.Count > 0) attribute.Ints[random.Next(attribute.Ints.Count)] = extreme;
                    break;
                case 4 when tensor.Dims.Count > 0:
                    tensor.Dims[random.Next(tensor.Dims.Count)] = extreme;
                    break;
                case 5:
                    graph.Input[0].Type.TensorType.Shape.Dim[random.Next(4)].DimValue = extreme;
                    break;
                case 6:
                    node.Input.Add(tensor.Name);
                    break;
                default:
                    node.Attribute.Clear();
                    break;
            }
        }
    }

    private static bool TryImport(byte[] file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            OnnxFile.Import(file);
            return true;
        }
        catch (OnnxException)
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
