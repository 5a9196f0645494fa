using Graft.Networks.Passes;

namespace Graft.Cli.Commands.Importing;

/// <summary>What <c>graft import</c> was told about how images are prepared; null is not told.</summary>
internal sealed record PreprocessingRequest
{
    // A value of 255 is 1 in the units in which a .graft file keeps means.
    private const double Full = 255;

    public string? Preset { get; init; }

    public double[]? Mean { get; init; }

    public double[]? StandardDeviation { get; init; }

    /// <summary>What a value from 0 to 255 is multiplied by first.</summary>
    public double? Scale { get; init; }

    public int? Resize { get; init; }

    public double? Crop { get; init; }

    public Interpolation? Interpolation { get; init; }

    public JpegDecoding? Decoding { get; init; }

    /// <summary>Whether the network takes blue first.</summary>
    public bool IsReversed { get; init; }

    /// <summary>Whether the values that enter the network were told, so that nothing of weight is left to be assumed.</summary>
    public bool SaysValues => Preset is not null || Scale is not null || (Mean is not null && StandardDeviation is not null);

    private bool IsEmpty => this with { Decoding = null } == new PreprocessingRequest();

    /// <summary>Refuses what cannot be meant.</summary>
    /// <exception cref="ArgumentsException">Two options say the same, or numbers are of 0 to 255 without a scale.</exception>
    public void Check()
    {
        if (Resize is not null && Crop is not null) throw new ArgumentsException("--resize and --crop say the same, in pixels and as a part: give one of them.");
        if (Scale is null && (Mean ?? []).Concat(StandardDeviation ?? []).Where(number => Math.Abs(number) > 1).Cast<double?>().FirstOrDefault() is { } large)
            throw new ArgumentsException(FormattableString.Invariant($"A mean or deviation of {large:R} is none of values from 0 to 1, which pixels are scaled to. If it is of values from 0 to 255, add --scale 1."));
    }

    /// <summary>The model with what was told.</summary>
    /// <param name="model">The model as it was read.</param>
    /// <param name="isAssumed">Whether what its file did not say was assumed.</param>
    /// <exception cref="ArgumentsException">A side is smaller than the network's square.</exception>
    public Model Apply(Model model, bool isAssumed)
    {
        if (Decoding is { } decoding) model = model with { Preprocessing = model.Preprocessing with { Decoding = decoding } };
        string source = IsEmpty || (isAssumed && !SaysValues) ? isAssumed ? "assumed" : "" : "given";
        if (source.Length > 0) model = model with { Provenance = model.Provenance.SetItem("preprocessing", source) };
        if (IsEmpty) return model;
        int side = model.Preprocessing.Resolution;
        if (Resize < side) throw new ArgumentsException($"--resize takes at least {side}, the side of the network's square, not {Resize}.");
        Preprocessing start = Preset is null ? model.Preprocessing : PreprocessingPresets.Get(Preset) with { Resolution = side };

        // (v scale - mean) / deviation = (v / 255 - mean / (255 scale)) / (deviation / (255 scale)). What was told is in the network's order, what is kept in that of red, green, blue.
        double unit = Full * (Scale ?? (1 / Full));
        float[] mean = Mean is not null || Scale is not null ? InOrder(Mean ?? [0], unit) : [.. start.Mean];
        float[] deviation = StandardDeviation is not null || Scale is not null ? InOrder(StandardDeviation ?? [1], unit) : [.. start.StandardDeviation];
        model = model with
        {
            Preprocessing = start with
            {
                Mean = [.. mean],
                StandardDeviation = [.. deviation],
                CropFraction = Crop ?? (Resize is { } resized ? (double)side / resized : start.CropFraction),
                Interpolation = Interpolation ?? start.Interpolation,
                Decoding = model.Preprocessing.Decoding,
            },
        };
        return IsReversed
            ? model with { Network = model.Network.WithReversedInputChannels(), Provenance = model.Provenance.SetItem("channels", "taken as bgr; the order is folded into the first layer") }
            : model;
    }

    private float[] InOrder(double[] numbers, double unit)
    {
        float[] three = [.. Enumerable.Range(0, 3).Select(c => (float)(numbers[numbers.Length == 1 ? 0 : c] / unit))];
        if (IsReversed) Array.Reverse(three);
        return three;
    }
}
