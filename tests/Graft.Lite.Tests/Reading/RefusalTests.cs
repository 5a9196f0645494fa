using Graft.Formats;
using Graft.Lite.Reading;

namespace Graft.Lite.Tests.Reading;

/// <summary>What is not read is named, with its place.</summary>
public sealed class RefusalTests
{
    private static readonly QuantizedLite Made = new(new QuantizedKind(LiteType.UInt8, false));

    [Fact]
    public void AnOperatorIsNamed()
    {
        LiteNetwork network = Float(out int image);
        network.Outputs = [network.Operator(LiteNetwork.Concatenation, [image, image], new TensorPart("joined", [1, 6, 6, 6], LiteType.Float32), (0, 1))];
        Refused("hand.tflite: operator 0 of type 'CONCATENATION' that gives 'joined': it joins 2 values along axis 1, and Graft joins the channels of two and more, which are the last axis.", network);

        network = Float(out image);
        network.Outputs = [network.Operator(LiteNetwork.Minimum, [image, image], new TensorPart("least", [1, 6, 6, 3], LiteType.Float32))];
        Refused("hand.tflite: operator 0 of type 'MINIMUM' that gives 'least': Graft has no such operation.", network);

        network = Float(out image);
        network.Tensors.Add(new TensorPart("joined", [1, 6, 6, 6], LiteType.Float32));
        network.Operators.Add(new OperatorPart(32, [image], [1], null) { Custom = "TFLite_Detection_PostProcess" });
        network.Outputs = [1];
        Refused("operator 0 of type 'CUSTOM TFLite_Detection_PostProcess' that gives 'joined': Graft has no such operation.", network);

        network = Float(out image);
        network.Outputs = [network.Operator(LiteNetwork.AddCode, [image, image], new TensorPart("sum", [1, 6, 6, 3], LiteType.Float32), (0, (sbyte)4))];
        Refused("operator 0 of type 'ADD' that gives 'sum': it ends in the activation 'TANH', and RELU and RELU6 are read.", network);
    }

    [Fact]
    public void WindowsAreSquare()
    {
        LiteNetwork network = Float(out int image);
        network.Outputs = [network.Operator(LiteNetwork.MaxPool, [image], new TensorPart("pool", [1, 3, 6, 3], LiteType.Float32), (0, (sbyte)1), (1, 1), (2, 2), (3, 1), (4, 2))];
        Refused("operator 0 of type 'MAX_POOL_2D' that gives 'pool': its window is 2x1, and Graft's are square, from 1 to 4,096.", network);
    }

    [Theory]
    [InlineData(0f, "its scale is 0, and it must be from 1e-30 to 1e30.")]
    [InlineData(-1f, "its scale is -1, and it must be from 1e-30 to 1e30.")]
    [InlineData(float.NaN, "its scale is NaN, and it must be from 1e-30 to 1e30.")]
    [InlineData(float.PositiveInfinity, "its scale is Infinity, and it must be from 1e-30 to 1e30.")]
    public void ScalesArePositive(float scale, string problem) => Refused($"tensor 0, 'image': {problem}", With(0, tensor => tensor with { Scales = [scale] }));

    [Fact]
    public void QuantizationsFit()
    {
        Refused("tensor 0, 'image': its zero point is 256, and for uint8 it must be from 0 to 255.", With(0, tensor => tensor with { ZeroPoints = [256] }));
        Refused("tensor 1, 'stem/weights': it has 1 scale and 2 zero points; there must be as many.", With(1, tensor => tensor with { ZeroPoints = [1, 2] }));
        Refused("tensor 0, 'image': it is of bytes without a scale, so that nothing says what they stand for.", With(0, tensor => tensor with { Scales = null, ZeroPoints = null }));
        Refused("its weights have 2 scales along axis 0 for 8 outputs along axis 0.", With(1, tensor => tensor with { Scales = [1, 2], ZeroPoints = [128, 128] }));
        Refused("its weights have 8 scales along axis 3 for 8 outputs along axis 0.", With(1, tensor => tensor with { Scales = [1, 2, 3, 4, 5, 6, 7, 8], ZeroPoints = [.. Enumerable.Repeat(128L, 8)], Axis = 3 }));
        Refused("which take 216 bytes, and 215 are there. The file is damaged.", With(1, tensor => tensor with { Data = tensor.Data![1..] }));
        Refused("its bias is of the type int16; int32 is read behind values and weights of 8 bits, and else float32.", With(2, tensor => tensor with { Type = LiteType.Int16, Data = tensor.Data![..16] }));
    }

    [Fact]
    public void TheFileIsWhole()
    {
        byte[] file = Made.Network.Write();
        Refused("it is no TensorFlow Lite file: it does not say 'TFL3' at its beginning.", [1, 2, 3]);
        Refused("beyond its end at 200. It is damaged, or cut off.", file[..200]);
        LiteNetwork network = Made.Network.Clone();
        network.Version = 4;
        Refused("it is of version 4 of TensorFlow Lite's schema, and version 3 is read.", network);
        network = Made.Network.Clone();
        network.Outputs = [1000];
        Refused("it names tensor 1000, and has", network);
        network = Made.Network.Clone();
        network.Operators.Add(network.Operators[^1]);
        Refused("an earlier operator gives the same value. The file is damaged.", network);
        network = Made.Network.Clone();
        network.Operators.RemoveAt(4);
        Refused("operator 4 of type 'ADD' that gives 'sum': it takes tensor ", network);
        Refused(", which no earlier operator computes.", network);
    }

    [Fact]
    public void AnInputIsAnImage()
    {
        Refused("tensor 0, 'image': the input is of the type int32, and float32, uint8 and int8 are read.", With(0, tensor => tensor with { Type = LiteType.Int32, Scales = null, ZeroPoints = null }));
        Refused("tensor 0, 'image': the input has 2 axes, and Graft reads networks of images: [batch, height, width, channels].", With(0, tensor => tensor with { Shape = [1, 363] }));
    }

    // Tensor 0 is the image, 1 and 2 are the first layer's weights and bias.
    private static LiteNetwork With(int tensor, Func<TensorPart, TensorPart> change)
    {
        LiteNetwork network = Made.Network.Clone();
        network.Tensors[tensor] = change(network.Tensors[tensor]);
        return network;
    }

    private static LiteNetwork Float(out int image)
    {
        LiteNetwork network = new();
        image = network.Tensor(new TensorPart("image", [1, 6, 6, 3], LiteType.Float32));
        network.Inputs = [image];
        return network;
    }

    private static void Refused(string problem, LiteNetwork network) => Refused(problem, network.Write());

    private static void Refused(string problem, byte[] file) => Assert.Contains(problem, Assert.Throws<WeightFileException>(() => LiteImporter.Import(file, "hand.tflite")).Message);
}
