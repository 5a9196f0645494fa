using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>A value while a Keras model is read.</summary>
/// <param name="Name">The node or input that computes it.</param>
/// <param name="Shape">Its shape at batch 1.</param>
/// <param name="Zeros">Zeros that a ZeroPadding2D put around it, and that the next convolution takes over.</param>
internal sealed record KerasValue(string Name, Shape Shape, Padding Zeros = default);

/// <summary>How a Keras variable becomes one of our weights.</summary>
internal enum KerasLayout
{
    /// <summary>As it is.</summary>
    Vector,

    /// <summary>[height, width, in, out] to [out, in, height, width].</summary>
    Convolution,

    /// <summary>[height, width, channels, multiplier] to [channels multiplier, 1, height, width].</summary>
    Depthwise,

    /// <summary>[in, out], or [1, 1, in, out], to [out, in].</summary>
    Dense,
}

/// <summary>Where one of our weights comes from.</summary>
/// <param name="Node">The node that owns it.</param>
/// <param name="Parameter">Its name within the node.</param>
/// <param name="Layer">The Keras layer.</param>
/// <param name="Variable">The layer's variable; null for a constant that Keras leaves out.</param>
/// <param name="Layout">How the axes move.</param>
/// <param name="Constant">The value that Keras leaves out.</param>
internal sealed record KerasWeight(string Node, string Parameter, string Layer, string? Variable, KerasLayout Layout = KerasLayout.Vector, float Constant = 0);
