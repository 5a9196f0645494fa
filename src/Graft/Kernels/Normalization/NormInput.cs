namespace Graft.Kernels.Normalization;

/// <summary>What the scalar references of normalizations are given.</summary>
internal readonly ref struct NormInput
{
    /// <summary>The number of images; 1 where they do not matter.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Height times width, or the number of all rows.</summary>
    public required int Pixels { get; init; }

    /// <summary>The number of channels.</summary>
    public required int Channels { get; init; }

    /// <summary>Added to the variance.</summary>
    public required double Epsilon { get; init; }

    /// <summary>The input <c>[batch, pixels, channels]</c>.</summary>
    public required ReadOnlySpan<float> X { get; init; }

    /// <summary>The scale <c>[channels]</c>; empty for ones.</summary>
    public ReadOnlySpan<float> Weight { get; init; }

    /// <summary>The shift <c>[channels]</c>; empty for zeros.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    /// <summary>Makes an input.</summary>
    public NormInput()
    {
    }

    /// <summary>The rows of all images.</summary>
    public int Rows => Batch * Pixels;

    /// <summary>The scale of a channel.</summary>
    public double Gamma(int channel) => Weight.IsEmpty ? 1 : Weight[channel];

    /// <summary>The shift of a channel.</summary>
    public double Beta(int channel) => Bias.IsEmpty ? 0 : Bias[channel];
}

/// <summary>The gradients that the scalar references of normalizations read and write.</summary>
internal readonly ref struct NormGradient
{
    /// <summary>The gradient of the output, of its shape.</summary>
    public required ReadOnlySpan<float> Dy { get; init; }

    /// <summary>The gradient of the input, written.</summary>
    public required Span<float> Dx { get; init; }

    /// <summary>The gradient of the scale, written; empty where there is none.</summary>
    public Span<float> DWeight { get; init; }

    /// <summary>The gradient of the shift, written; empty where there is none.</summary>
    public Span<float> DBias { get; init; }

    /// <summary>Sets the gradients of a channel's scale and shift.</summary>
    public void Set(int channel, double scale, double shift)
    {
        if (!DWeight.IsEmpty) DWeight[channel] = (float)scale;
        if (!DBias.IsEmpty) DBias[channel] = (float)shift;
    }
}
