using System.Collections.Immutable;

namespace Graft.Operations.Normalization;

/// <summary>Normalizations by name, as command lines ask for them. Each names itself in its own file: <see cref="NormalizationNameAttribute"/>.</summary>
internal static partial class NormalizationNames
{
    /// <summary>
    /// The names: batch, frn (with its threshold in place of the activation), ghost (virtual batches of 8), group (32 groups, or as many as leave 4 channels in
    /// each), ibn (half instance, half batch), instance, layer (over the image), layer-channels (over a pixel's channels), none, renorm, rms, switchable,
    /// sync.
    /// </summary>
    public static ImmutableArray<string> All { get; } = [.. Names()];

    /// <summary>What makes the normalization of a name for a number of channels; of <c>none</c> it makes null.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <exception cref="NetworkException">There is no such name.</exception>
    public static Func<int, Operation?> Make(string name) => Find(name) ?? throw new NetworkException($"There is no normalization '{name}'. There are: {string.Join(", ", All)}.");

    [NormalizationName("none")]
    internal static Operation? None(int _) => null;
}
