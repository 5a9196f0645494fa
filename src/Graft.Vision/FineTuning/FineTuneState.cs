using System.Text.Json.Serialization;
using Graft.Training;
using Graft.Vision.Evaluating;

namespace Graft.Vision.FineTuning;

/// <summary>Where a fine-tuning is: with the tensors beside it in a checkpoint, all that decides how it goes on.</summary>
internal sealed record FineTuneState
{
    /// <summary>The trunk's weights, as a hash.</summary>
    public required string Trunk { get; init; }

    public required ImageItem[] Train { get; init; }

    public required ImageItem[] Judged { get; init; }

    public required double ReadoutPenalty { get; init; }

    public required double ReadoutTemperature { get; init; }

    public required int Cached { get; init; }

    public required SkippedImage[] Skipped { get; set; }

    public required SkippedImage[] Notices { get; set; }

    /// <summary>The images in <see cref="Train"/> whose labels the others dispute.</summary>
    public JudgedImage[] Disputed { get; init; } = [];

    public RateRangeTest? RangeTest { get; set; }

    public double Rate { get; set; }

    /// <summary>What the rate is a part of, by weight; null where it is absolute.</summary>
    public Dictionary<string, double>? Scales { get; set; }

    /// <summary>How a step is done in little memory; null where that is not bounded.</summary>
    public MemoryChoice? Memory { get; set; }

    public int BestEpoch { get; set; }

    /// <summary>How good it is, where images were held out.</summary>
    public Merit Best { get; set; }

    /// <summary>How the schedule was cut short; null where it was not.</summary>
    public EarlyStop? EarlyStop { get; set; }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(FineTuneState))]
[JsonSerializable(typeof(FineTunerOptions))]
internal sealed partial class FineTuneJson : JsonSerializerContext;
