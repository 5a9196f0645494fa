using System.Collections.Immutable;

namespace Graft.Operations.Normalization;

/// <summary>Normalizations by name, as command lines ask for them.</summary>
public static class NormalizationNames
{
    // Groups of fewer channels come near to instance normalization.
    private const int MostGroups = 32, LeastGroupChannels = 4;

    // Few enough for the noise of small batches in the usual ones of 32.
    private const int GhostSize = 8;

    private static readonly (string Name, Func<int, Operation?> Make)[] Known =
    [
        ("batch", _ => new BatchNorm()),

        // The paper's schedule for trainings of thousands of steps in place of hundreds of thousands.
        ("renorm", _ => new BatchRenorm { Start = 100, ShiftEnd = 500, ScaleEnd = 800 }),
        ("ghost", _ => new GhostBatchNorm(GhostSize)),
        ("sync", _ => new SyncBatchNorm()),
        ("instance", _ => new InstanceNorm()),
        ("group", channels => new GroupNorm(Groups(channels))),
        ("layer", _ => new LayerNorm { Axes = LayerNormAxes.Picture }),
        ("layer-channels", _ => new LayerNorm()),
        ("rms", _ => new RmsNorm()),

        // Pictures of one pixel, as at the end of a network, need the epsilon that is learned.
        ("frn", _ => new FilterResponseNorm { LearnsEpsilon = true }),
        ("switchable", _ => new SwitchableNorm()),
        ("ibn", _ => new InstanceBatchNorm()),
        ("none", _ => null),
    ];

    /// <summary>
    /// The names: batch, renorm, ghost (virtual batches of 8), sync, instance, group (32 groups, or as many as leave 4 channels in each), layer (over the picture), layer-channels (over a pixel's channels), rms,
    /// frn (with its threshold in place of the activation), switchable, ibn (half instance, half batch), none.
    /// </summary>
    public static ImmutableArray<string> All { get; } = [.. Known.Select(known => known.Name)];

    /// <summary>What makes the normalization of a name for a number of channels; of <c>none</c> it makes null.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <exception cref="NetworkException">There is no such name.</exception>
    public static Func<int, Operation?> Make(string name) => Known.FirstOrDefault(known => known.Name == name).Make
        ?? throw new NetworkException($"There is no normalization '{name}'. There are: {string.Join(", ", All)}.");

    private static int Groups(int channels)
    {
        for (int groups = Math.Min(MostGroups, channels / LeastGroupChannels); groups > 1; groups--)
            if (channels % groups == 0) return groups;
        return 1;
    }
}
