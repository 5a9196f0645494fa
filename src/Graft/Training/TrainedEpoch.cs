namespace Graft.Training;

/// <summary>The numbers of an epoch.</summary>
public sealed record TrainedEpoch
{
    /// <summary>The measure that is the loss on held-out samples.</summary>
    public const string HeldOutLoss = "loss";

    /// <summary>Which, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The name of the phase that it was of.</summary>
    public required string Phase { get; init; }

    /// <summary>The number of steps until its end.</summary>
    public required long Step { get; init; }

    /// <summary>The samples that were learned from.</summary>
    public required long Samples { get; init; }

    /// <summary>The mean loss of its samples.</summary>
    public required double Loss { get; init; }

    /// <summary>The learning rate at its end.</summary>
    public required double Rate { get; init; }

    /// <summary>The samples learned from in a second.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>How long it took, with what its end took.</summary>
    public double Seconds { get; init; }

    /// <summary>What the task measured at its end, by name; what could not be measured is left out.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; init; } = new Dictionary<string, double>();

    /// <summary>Whether what was learned until its end is the best until then; false where nothing is compared.</summary>
    public bool IsBest { get; init; }

    /// <summary>What was measured under a name; null where nothing was.</summary>
    /// <param name="name">The name, such as <see cref="HeldOutLoss"/>.</param>
    public double? Measure(string name) => Measures.TryGetValue(name, out double value) ? value : null;

    /// <summary>What a measure of held-out samples is called where it is taken, in the same way, of samples that were learned from.</summary>
    /// <param name="name">The measure, such as <see cref="HeldOutLoss"/>.</param>
    public static string Learned(string name) => $"learned_{name}";

    /// <summary>The epoch with measures; those that are null are left out.</summary>
    /// <param name="measures">Names and values.</param>
    public TrainedEpoch With(params IEnumerable<(string Name, double? Value)> measures) =>
        this with { Measures = measures.Where(measure => measure.Value is not null).ToDictionary(measure => measure.Name, measure => measure.Value!.Value) };
}
