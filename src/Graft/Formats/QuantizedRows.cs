using Graft.Tensors;

namespace Graft.Formats;

/// <summary>
/// A matrix as whole numbers from -127 to 127 with a scale for each of its rows, the outputs of a layer: w = scale q with scale = max |w| / 127. Where a row's weights are all alike in size, the rounding is a seventieth of that;
/// only what is stored becomes smaller, nets compute with what is read, in float32.
/// </summary>
/// <remarks>Source: Krishnamoorthi 2018, "Quantizing deep convolutional networks for efficient inference", arXiv:1806.08342, section 3.2: per-channel weights.</remarks>
internal static class QuantizedRows
{
    /// <summary>What the name of a matrix's scales ends with.</summary>
    public const string ScaleSuffix = ".scale";

    private const float Most = 127;

    // Of rows shorter than this, such as depthwise filters, every weight tells, and there is little to win.
    private const int ShortestRow = 24;

    /// <summary>Whether a tensor is worth it, and has numbers that it can be done to.</summary>
    public static bool Fits(Tensor tensor) => tensor.Shape.Rank >= 2 && tensor.Shape[0] > 0 && tensor.Shape.Count / tensor.Shape[0] >= ShortestRow && IsFinite(tensor);

    /// <summary>Whether a tensor has numbers alone, which whole ones can stand for.</summary>
    public static bool IsFinite(Tensor tensor) => !tensor.Span.ContainsAnyExceptInRange(float.MinValue, float.MaxValue);

    /// <summary>The whole numbers of a matrix, and the scales of its rows.</summary>
    public static (sbyte[] Values, Tensor Scales) Of(Tensor tensor)
    {
        int rows = tensor.Shape[0], length = tensor.Span.Length / rows;
        sbyte[] values = new sbyte[tensor.Span.Length];
        float[] scales = new float[rows];
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = tensor.Span.Slice(r * length, length);
            float largest = 0;
            foreach (float value in row) largest = Math.Max(largest, Math.Abs(value));
            scales[r] = largest / Most;
            for (int i = 0; i < length && scales[r] > 0; i++) values[(r * length) + i] = (sbyte)Math.Clamp(MathF.Round(row[i] / scales[r]), -Most, Most);
        }

        return (values, new Tensor([rows], scales));
    }

    /// <summary>Multiplies whole numbers by the scales of their rows, in place.</summary>
    public static void Scale(Tensor values, Tensor scales)
    {
        int length = values.Span.Length / scales.Span.Length;
        for (int i = 0; i < values.Span.Length; i++) values.Span[i] *= scales.Span[i / length];
    }

    /// <summary>The entry of a matrix whose scales an entry holds; null where it holds no scales.</summary>
    public static SafetensorsHeader.Entry? MatrixOf(SafetensorsHeader header, SafetensorsHeader.Entry entry)
    {
        if (!entry.Name.EndsWith(ScaleSuffix, StringComparison.Ordinal)) return null;
        string name = entry.Name[..^ScaleSuffix.Length];
        return header.Entries.Find(other => other.Name == name && other.Type == StoredType.Int8 && other.Shape.Rank >= 2 && entry.Shape.Rank == 1 && entry.Shape[0] == other.Shape[0] && entry.Shape[0] > 0);
    }
}
