using System.Text.RegularExpressions;

namespace Graft.Formats.Keras;

/// <summary>A model while its layers are read: what they are called by files that hold their weights.</summary>
/// <param name="group">The outermost model below the whole one that this is in, or is; null in the whole one.</param>
/// <param name="path">What Keras 3 puts before the names of its layers.</param>
internal sealed partial class KerasScope(string? group, string path)
{
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);

    /// <summary>The whole model.</summary>
    public static KerasScope Whole() => new(null, "");

    /// <summary>The next layer.</summary>
    /// <param name="className">Its class.</param>
    /// <param name="name">Its name.</param>
    public KerasLayerName Next(string className, string name)
    {
        string snake = Snake(className);
        counts.TryGetValue(snake, out int count);
        counts[snake] = count + 1;
        return new KerasLayerName(name, group ?? name, count == 0 ? $"{path}layers/{snake}" : $"{path}layers/{snake}_{count}");
    }

    /// <summary>The inside of a model among the layers.</summary>
    public static KerasScope Inside(KerasLayerName model) => new(model.Group, $"{model.Path}/");

    // Keras 3's own rule: DepthwiseConv2D is depthwise_conv2d.
    private static string Snake(string className) => Ends().Replace(Words().Replace(className, "$1_$2"), "$1_$2").ToLowerInvariant();

    [GeneratedRegex("(.)([A-Z][a-z]+)")]
    private static partial Regex Words();

    [GeneratedRegex("([a-z])([A-Z])")]
    private static partial Regex Ends();
}
