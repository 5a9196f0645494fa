using Graft.Activations;
using Graft.Formats;
using Graft.Kernels.Quantization;
using Graft.Operations;

namespace Graft.Lite.Reading;

/// <summary>Activations: operators of their own, and those at the end of others.</summary>
internal static class ActivationReader
{
    private static readonly string[] Fused = ["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"];

    /// <summary>What reads an operator that is a function by its name alone.</summary>
    public static Action<GraphReader, LiteOperator> As(ActivationFunction function) => (reader, op) => reader.Finish(op, reader.Take(op, 0), function);

    /// <summary>The activation that an operator's options put at its end; null where there is none.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="field">The field of its options.</param>
    public static ActivationFunction? Of(LiteOperator op, int field)
    {
        int code = op.Choice(field);
        return code switch
        {
            0 => null,
            1 => ActivationFunction.Relu,
            3 => ActivationFunction.Relu6,
            _ => throw op.Refuse($"it ends in the activation {(code > 0 && code < Fused.Length ? $"'{Fused[code]}'" : code)}, and RELU and RELU6 are read."),
        };
    }

    /// <summary>Whether a range of bytes is that of ReLU6: averages of ranges come out a little off 6.</summary>
    public static bool IsSix(ByteGrid grid) => grid.ZeroPoint == 0 && Math.Abs(grid.Range.High - 6) < 0.05f;

    public static void ReadHardSwish(GraphReader reader, LiteOperator op)
    {
        ChannelsLastValue value = reader.Take(op, 0);
        if (reader.Rounds(op) && reader.Tensor(op.Inputs[0]).Grid is { } input && HardSwishBytes.Fit(input, op.Output.Grid!.Value) is var (scale, shift)) value = ArithmeticReader.Scaled(reader, op, value, scale, shift);
        reader.Finish(op, value, ActivationFunction.HardSwish);
    }

    public static void ReadSoftmax(GraphReader reader, LiteOperator op)
    {
        ChannelsLastValue value = reader.Take(op, 0);
        float beta = op.Float(0, 1);
        if (beta != 1) throw op.Refuse($"it multiplies what it takes by {beta}, and Graft's does not.");
        if (reader.Shape(value).Rank != 2) throw op.Refuse("it runs over the channels of an image, and Graft reads it behind pooled features.");
        reader.Finish(op, value with { Name = reader.Add(op, new Softmax(), [value]) });
    }
}
